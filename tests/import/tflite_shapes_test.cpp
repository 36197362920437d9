// Shapes that a file of TensorFlow Lite computes, as exporters write them for an open batch.
#include <functional>

#include "tests/import/refusal.hpp"

namespace {

using namespace mica;
using namespace mica::tests;
using Code = tfl::OperatorCode;

// The small model, in which SHAPE, STRIDED_SLICE and PACK make the shape that is flattened to. Their tensors:
enum { sizes = small::y + 1, batch, packed, begin, end, step, open };

TfliteBuilder computed_shape() {
  TfliteBuilder b = small_tflite();
  b.tensor(small::x).shape_signature = {-1, 6, 5, 2};
  const Number whole = number(tfl::ElementType::INT32);
  b.add("sizes", {{4}, whole});
  b.add("batch", {{}, whole});
  b.add("packed", {{2}, whole});
  b.add("begin", integers({0}));
  b.add("end", integers({1}));
  b.add("step", integers({1}));
  b.add("open", integers({-1}, true));
  auto operators = std::move(b.graph().operators);
  b.graph().operators.clear();
  b.add_operator(Code::SHAPE, {small::x}, {sizes});
  tfl::StridedSliceOptionsT slice;
  slice.shrink_axis_mask = 1;
  b.add_operator(Code::STRIDED_SLICE, {sizes, begin, end, step}, {batch}).options.Set(std::move(slice));
  b.add_operator(Code::PACK, {batch, open}, {packed});
  operators[2]->inputs[1] = packed;
  for (auto& one : operators) b.graph().operators.push_back(std::move(one));
  return b;
}

void set(TfliteBuilder& b, int tensor, const std::vector<std::int32_t>& numbers) {
  b.tensor(tensor).shape = {static_cast<int>(numbers.size())};
  b.buffer_of(tensor).data = integers(numbers).data;
}

tfl::StridedSliceOptionsT& slice(TfliteBuilder& b) { return *b.op(1).options.AsStridedSliceOptions(); }

TEST_CASE("a shape that the file computes") {
  const std::string bytes = computed_shape().bytes();
  const ml::Graph graph = ml::read_tflite(bytes, "m");
  CHECK(graph.operators.size() == 5);
  CHECK(graph.tensors.size() == 10);
  CHECK(graph.operators[2].attributes.shape == ml::Shape{1, 16});
  CHECK(graph.operators[2].index == 5);
}

// x itself is brought to a part of its own shape.
TfliteBuilder part_of_shape(std::int32_t from, std::int32_t to, int begin_mask, int end_mask) {
  TfliteBuilder b = computed_shape();
  set(b, begin, {from});
  set(b, end, {to});
  slice(b).shrink_axis_mask = 0;
  slice(b).begin_mask = begin_mask;
  slice(b).end_mask = end_mask;
  b.tensor(batch).shape = {3};
  b.graph().operators.resize(2);
  const int y = b.add("z", {{6, 5, 2}, quantised(0.5f, 3)});
  b.add_operator(Code::RESHAPE, {small::x, batch}, {y});
  b.graph().outputs = {y};
  return b;
}

TEST_CASE("parts of a shape") {
  for (const TfliteBuilder& b : {part_of_shape(1, 4, 0, 0), part_of_shape(-3, 9, 0, 0), part_of_shape(1, 0, 0, 1)})
    check_refusal(b, "", "");
  check_refusal(part_of_shape(0, 3, 0, 0), "bad_shape", "makes shape 1x6x5");
  check_refusal(part_of_shape(2, -1, 1, 0), "bad_shape", "makes shape 1x6x5");
  check_refusal(part_of_shape(1, -1, 0, 0), "bad_shape", "'batch', is no list of 2 integers");
}

const struct {
  const char* what;
  std::function<void(TfliteBuilder&)> spoil;
  const char* name;
  const char* message;
} refusals[] = {
    {"a size instead of the batch", [](TfliteBuilder& b) { set(b, begin, {1}); }, "bad_shape", "makes shape 6x2"},
    {"shape of the wrong length", [](TfliteBuilder& b) { b.tensor(sizes).shape = {5}; }, "bad_shape",
     "operator 0 'sizes' (SHAPE): its result, tensor 11 'sizes', is no list of 4 integers"},
    {"shape of floats", [](TfliteBuilder& b) { b.tensor(sizes).type = tfl::ElementType::FLOAT32; }, "bad_shape",
     "is no list of 4 integers"},
    {"shape of what comes later", [](TfliteBuilder& b) { b.op(0).inputs = {small::y}; }, "missing_tensor",
     "takes tensor 10 'y', which nothing before it computes"},
    {"shape of nothing", [](TfliteBuilder& b) { b.op(0).inputs.clear(); }, "missing_tensor", "lacks its input 0"},
    {"shape of a constant", [](TfliteBuilder& b) { b.op(0).inputs = {small::filter}; }, "bad_shape",
     "from its inputs follows 4x4"},
    {"shape twice", [](TfliteBuilder& b) { b.op(2).outputs = {sizes}; }, "bad_shape", "is no list of 2"},
    {"slice of numbers", [](TfliteBuilder& b) { b.op(1).inputs[0] = small::shape; }, "unsupported_operator",
     "only a slice of a shape"},
    {"slice without options", [](TfliteBuilder& b) { b.op(1).options.Reset(); }, "unsupported_attribute", "in a way"},
    {"ellipsis", [](TfliteBuilder& b) { slice(b).ellipsis_mask = 1; }, "unsupported_attribute", "in a way"},
    {"new axis", [](TfliteBuilder& b) { slice(b).new_axis_mask = 1; }, "unsupported_attribute", "in a way"},
    {"end as an offset", [](TfliteBuilder& b) { slice(b).offset = true; }, "unsupported_attribute", "in a way"},
    {"two begins",
     [](TfliteBuilder& b) {
       set(b, begin, {0, 0});
     },
     "unsupported_attribute", "other than one axis"},
    {"two ends",
     [](TfliteBuilder& b) {
       set(b, end, {1, 1});
     },
     "unsupported_attribute", "other than one axis"},
    {"two steps",
     [](TfliteBuilder& b) {
       set(b, step, {1, 1});
     },
     "unsupported_attribute", "other than one axis"},
    {"steps of two", [](TfliteBuilder& b) { set(b, step, {2}); }, "unsupported_attribute", "or in steps"},
    {"begin that is computed", [](TfliteBuilder& b) { b.op(1).inputs[1] = small::x; }, "unsupported_graph",
     "takes tensor 0 'x' where a constant should be"},
    {"behind the end", [](TfliteBuilder& b) { set(b, begin, {4}); }, "bad_shape", "slices nothing"},
    {"nothing",
     [](TfliteBuilder& b) {
       set(b, begin, {1});
       slice(b).shrink_axis_mask = 0;
     },
     "bad_shape", "slices nothing"},
    {"packed lists", [](TfliteBuilder& b) { b.op(2).inputs[0] = small::shape; }, "unsupported_operator",
     "only numbers that make up a shape"},
    {"packed values", [](TfliteBuilder& b) { b.op(2).inputs[0] = small::x; }, "unsupported_graph", "where a constant"},
    {"packed without end", [](TfliteBuilder& b) { b.op(2).inputs.resize(70, open); }, "unsupported_operator", ""},
    {"an output that is a shape", [](TfliteBuilder& b) { b.graph().outputs.push_back(packed); }, "missing_tensor",
     "tensor 13 'packed': is an output that no layer computes"},
    {"a layer of a shape",
     [](TfliteBuilder& b) {
       const int z = b.add("z", {{2}, number(tfl::ElementType::INT32)});
       b.add_operator(Code::RESHAPE, {packed}, {z});
     },
     "unsupported_graph", "computes with tensor 13 'packed', a shape"},
    {"result that is none", [](TfliteBuilder& b) { b.op(0).outputs = {-1}; }, "missing_tensor", "tensor -1"},
};

TEST_CASE("shapes that are refused") {
  for (const auto& one : refusals) {
    CAPTURE(one.what);
    TfliteBuilder builder = computed_shape();
    one.spoil(builder);
    check_refusal(builder, one.name, one.message);
  }
}

}  // namespace
