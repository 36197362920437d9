// Models that are wrong, or not for us: each is refused by name, and nothing that a file holds does any harm.
#include <doctest/doctest.h>

#include <cmath>
#include <functional>

#include "ml/import/calibration.hpp"
#include "ml/import/comparison.hpp"
#include "ml/import/frame_writer.hpp"
#include "ml/import/import_error.hpp"
#include "ml/import/model_file.hpp"
#include "ml/import/onnx_reader.hpp"
#include "ml/import/quantise.hpp"
#include "tests/import/model_builder.hpp"
#include "tests/import/zoo.hpp"
#include "tests/oracle/random.hpp"

namespace {

using namespace mica;
using namespace mica::tests;

struct Refusal {
  const char* what;
  std::function<void(ModelBuilder&)> spoil;  // the small model
  const char* name;
  const char* message;  // a part of it
};

onnx::NodeProto& node(ModelBuilder& b, int index) { return *b.graph().mutable_node(index); }
onnx::TensorProto& tensor(ModelBuilder& b, int index) { return *b.graph().mutable_initializer(index); }

const Refusal refusals[] = {
    {"unknown operator", [](ModelBuilder& b) { node(b, 2).set_op_type("LSTM"); }, "unsupported_operator",
     "m.onnx: error: node 2 '/s1' (LSTM): this operator is not supported; there are Add, ArgMax"},
    {"operator of others", [](ModelBuilder& b) { node(b, 2).set_domain("com.x"); }, "unsupported_operator", "'com.x'"},
    {"name with a line feed", [](ModelBuilder& b) { node(b, 2).set_op_type("A\nB"); }, "unsupported_operator", "(A?B)"},
    {"unknown attribute", [](ModelBuilder& b) { set_integer(node(b, 0), "half", 1); }, "unsupported_attribute",
     "'half'"},
    {"attribute of the wrong type", [](ModelBuilder& b) { set_real(node(b, 5), "axis", 1); }, "", ""},
    {"two outputs", [](ModelBuilder& b) { node(b, 0).add_output("z"); }, "unsupported_graph", "one output"},
    {"cycle", [](ModelBuilder& b) { node(b, 0).set_input(0, "s1"); }, "missing_tensor",
     "node 0 '/m1' (MatMul): takes 's1', which nothing before it computes"},
    {"missing weights", [](ModelBuilder& b) { node(b, 0).set_input(1, "w9"); }, "missing_tensor", "'w9'"},
    {"no inputs", [](ModelBuilder& b) { node(b, 0).clear_input(); }, "wrong_count", "0 inputs"},
    {"a branch", [](ModelBuilder& b) { node(b, 3).set_input(0, "a1"); }, "unsupported_graph", "no chain"},
    {"product of two values", [](ModelBuilder& b) { node(b, 3).set_input(1, "a1"); }, "unsupported_operator",
     "multiplies two computed values; one must be a constant"},
    {"constant first", [](ModelBuilder& b) { node(b, 0).set_input(0, "w1"); }, "unsupported_graph", "the constant"},
    {"bias too long", [](ModelBuilder& b) { node(b, 1).set_input(1, "b2"); }, "unsupported_shape",
     "combines shapes 1x2 and 1x4; one must cover the other"},
    {"adds to what is no product",
     [](ModelBuilder& b) {
       node(b, 1).set_input(0, "x");
       node(b, 0).set_output(0, "m");
     },
     "unsupported_shape", "combines shapes 1x3 and 2"},
    {"wrong matrix", [](ModelBuilder& b) { node(b, 0).set_input(1, "w2"); }, "bad_shape",
     "multiplies a value of shape 1x3 with a matrix of shape 2x4"},
    {"too little data", [](ModelBuilder& b) { tensor(b, 0).mutable_float_data()->RemoveLast(); }, "wrong_size",
     "tensor 'w1': 5 numbers instead of 6"},
    {"raw data of another size", [](ModelBuilder& b) { tensor(b, 0).set_raw_data("abc"); }, "wrong_size", "3 bytes"},
    {"raw data that is too long", [](ModelBuilder& b) { tensor(b, 0).set_raw_data(std::string(28, '0')); },
     "wrong_size", "28 bytes of data instead of 24"},
    {"input whose sizes are no memory's",
     [](ModelBuilder& b) {
       b.graph().clear_input();
       b.input("x", {1, 1 << 24, 1 << 24});
     },
     "bad_shape", "input 'x': its shape is 1x16777216x16777216"},
    {"size below 0", [](ModelBuilder& b) { tensor(b, 0).set_dims(0, -3); }, "bad_shape", "-3x2"},
    {"sizes whose product wraps",
     [](ModelBuilder& b) {
       tensor(b, 0).set_dims(0, std::int64_t{1} << 62);
       tensor(b, 0).set_dims(1, 8);
     },
     "bad_shape", "its shape is"},
    {"data elsewhere", [](ModelBuilder& b) { tensor(b, 0).set_data_location(onnx::TensorProto::EXTERNAL); },
     "external_data", "in another file"},
    {"half floats", [](ModelBuilder& b) { tensor(b, 0).set_data_type(onnx::TensorProto::FLOAT16); }, "unsupported_type",
     "FLOAT16"},
    {"type that is none", [](ModelBuilder& b) { tensor(b, 0).set_data_type(77); }, "unsupported_type", "number 77"},
    {"not a number", [](ModelBuilder& b) { tensor(b, 0).set_float_data(0, NAN); }, "not_finite", "'w1'"},
    {"same name twice", [](ModelBuilder& b) { tensor(b, 1).set_name("w1"); }, "duplicate_name",
     "'w1' is defined twice"},
    {"value defined twice", [](ModelBuilder& b) { node(b, 1).set_output(0, "x"); }, "duplicate_name", "'x'"},
    {"no input", [](ModelBuilder& b) { b.graph().clear_input(); }, "missing_tensor", "no input"},
    {"two inputs", [](ModelBuilder& b) { b.input("z", {1}); }, "unsupported_graph", "not one input"},
    {"open size",
     [](ModelBuilder& b) {
       b.graph().clear_input();
       b.input("x", {1, 0});
     },
     "bad_shape", "may be open"},
    {"several samples at once",
     [](ModelBuilder& b) {
       b.graph().clear_input();
       b.input("x", {2, 3});
     },
     "bad_shape", "shape is 2x3, of several samples; export the model with a batch of 1, or an open one"},
    {"other output", [](ModelBuilder& b) { b.graph().mutable_output(0)->set_name("a2"); }, "unsupported_graph",
     "the output is not what the last layer computes"},
    {"old operators", [](ModelBuilder& b) { b.model.mutable_opset_import(0)->set_version(6); }, "unsupported_version",
     "set 6"},
    {"no operators", [](ModelBuilder& b) { b.model.clear_opset_import(); }, "unsupported_version", "set 0"},
    {"no graph", [](ModelBuilder& b) { b.model.clear_graph(); }, "no_model", "no graph"},
    {"softmax along the samples", [](ModelBuilder& b) { node(b, 5).mutable_attribute(0)->set_i(0); }, "bad_shape",
     "works on parts of a value of shape 4x1"},
    {"axis that is none", [](ModelBuilder& b) { node(b, 5).mutable_attribute(0)->set_i(7); }, "bad_attribute",
     "axis 7"},
    {"sparse weights", [](ModelBuilder& b) { b.graph().add_sparse_initializer(); }, "unsupported_type", "sparse"},
};

std::string refusal_of(const std::string& bytes, std::string& name) {
  try {
    read_network(bytes);
  } catch (const ml::ImportError& error) {
    name = error.name;
    return error.what();
  }
  return "";
}

TEST_CASE("models are refused by name") {
  for (const Refusal& one : refusals) {
    CAPTURE(one.what);
    ModelBuilder builder = small_model();
    one.spoil(builder);
    std::string name;
    const std::string message = refusal_of(builder.bytes(), name);
    CHECK_MESSAGE(message.find(one.message) != std::string::npos, message);
    CHECK_MESSAGE(name == one.name, message);
    if (!message.empty()) CHECK(message.substr(message.size() - name.size() - 3) == "[" + name + "]\n");
  }
}

TEST_CASE("a network without weights in front is refused by the name of its first node") {
  ModelBuilder builder;
  builder.input("x", {1, 2}).output("y");
  builder.tensor("w", {2, 2}, {1, 2, 3, 4});
  builder.node("Relu", {"x"}, "first");
  builder.node("MatMul", {"first", "w"}, "y");
  const ml::Network network = read_network(builder.bytes());
  const std::vector<ml::Sample> samples(2, {{1, 2}, 0});
  CHECK_THROWS_WITH_AS(
      ml::quantise(network, ml::calibrate(network, samples, 1), {}, "m.onnx"),
      "m.onnx: error: layer '/first' (relu): the first layer must be one with weights [unsupported_graph]\n",
      ml::ImportError);
}

TEST_CASE("weights that are used again and again do not fill the memory") {
  ModelBuilder builder;
  builder.input("v0", {1, 512}).output("v0");
  builder.tensor("w", {512, 512}, std::vector<float>(512 * 512, 0.5f));
  for (int k = 0; k < 1000; ++k) builder.node("MatMul", {"v" + std::to_string(k), "w"}, "v" + std::to_string(k + 1));
  std::string name;
  CHECK(refusal_of(builder.bytes(), name).find("node 3 ") != std::string::npos);
  CHECK(name == "too_large");
}

// All steps with a model that may be anything; true when it became a frame.
bool convert(const std::string& bytes) {
  try {
    const ml::Network network = read_network(bytes);
    if (network.inputs > 4096) return true;
    std::vector<ml::Sample> samples(2, {std::vector<double>(network.inputs, 1.0), 0});
    samples[1].features[0] = -3;
    const ml::FixedNetwork fixed = ml::quantise(network, ml::calibrate(network, samples, 1), {}, "m.onnx");
    return !ml::write_frame(fixed, ml::compare(network, fixed, samples), {.name = "m"}).empty();
  } catch (const ml::ImportError&) {
    return false;
  }
}

std::string mutated(std::string bytes, oracle::Random& random) {
  for (std::uint32_t k = random.below(3) + 1; k > 0; --k) {
    const std::size_t at = random.below(bytes.size());
    switch (random.below(4)) {
      case 0: bytes[at] = static_cast<char>(random.below(256)); break;
      case 1: bytes[at] = static_cast<char>(bytes[at] ^ (1 << random.below(8))); break;
      case 2: bytes.insert(at, bytes.substr(random.below(bytes.size()), random.below(40))); break;
      default:
        bytes.erase(at, random.below(20) + 1);
        if (bytes.empty()) bytes = "x";
    }
  }
  return bytes;
}

TEST_CASE("files with errors in them are read or refused, nothing else") {
  oracle::Random random(1);
  const std::string digits = ml::read_model_file(zoo("digits-mlp.onnx")), small = small_model().bytes();
  int read = 0, refused = 0;
  for (int k = 0; k < 20000; ++k) ++(convert(mutated(small, random)) ? read : refused);
  for (int k = 0; k < 500; ++k) ++(convert(mutated(digits, random)) ? read : refused);
  for (std::size_t size = 0; size < small.size(); ++size) ++(convert(small.substr(0, size)) ? read : refused);
  MESSAGE(read << " read, " << refused << " refused");
  CHECK(read > 1000);
  CHECK(refused > 1000);
}

}  // namespace
