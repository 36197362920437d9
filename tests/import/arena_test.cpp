// Memory of graphs: each plan is played through, with every byte marked by the tensor that lies there.
#include "ml/import/arena.hpp"

#include <doctest/doctest.h>

#include <algorithm>

#include "tests/oracle/random.hpp"

namespace {

using namespace mica;
using ml::ArenaOptions;
using ml::ArenaPlan;
using ml::Graph;
using ml::OperatorKind;

int add_tensor(Graph& graph, ml::Shape shape) {
  ml::Tensor tensor;
  tensor.shape = std::move(shape);
  tensor.type = ml::TensorType::int8;
  graph.tensors.push_back(std::move(tensor));
  return static_cast<int>(graph.tensors.size()) - 1;
}

int add_operator(Graph& graph, OperatorKind kind, std::vector<int> inputs, ml::Shape shape) {
  ml::Operator one;
  one.kind = kind;
  one.index = graph.operators.size();
  one.inputs = std::move(inputs);
  one.outputs = {add_tensor(graph, std::move(shape))};
  graph.operators.push_back(one);
  return one.outputs[0];
}

// Marks each byte with the value that lies there. A value is what one operator has computed, or an input; a reshape
// hands it on.
class Play {
 public:
  Play(const Graph& graph, const ArenaPlan& plan, const ArenaOptions& options)
      : graph_(graph), plan_(plan), options_(options), marks_(plan.bytes, -1), value_of_(graph.tensors.size(), -1) {}

  // What went wrong first; empty: nothing.
  std::string run() {
    for (int k : graph_.inputs) write(k, k);
    for (std::size_t step = 0; step < graph_.operators.size() && wrong_.empty(); ++step) run_operator(step);
    for (int k : graph_.outputs) read(k, "output");
    if (options_.inputs_stay)
      for (int k : graph_.inputs) read(k, "input at the end");
    return wrong_;
  }

 private:
  const ml::Tensor& tensor(int k) const { return graph_.tensors[static_cast<std::size_t>(k)]; }

  void mark(std::size_t offset, std::size_t bytes, int value) {
    if (offset % options_.alignment != 0) wrong_ = "not aligned";
    if (offset + bytes > marks_.size()) {
      wrong_ = "behind the arena";
      return;
    }
    std::fill_n(marks_.begin() + static_cast<std::ptrdiff_t>(offset), bytes, value);
  }

  void write(int k, int value) {
    const auto& offset = plan_.offsets[static_cast<std::size_t>(k)];
    value_of_[static_cast<std::size_t>(k)] = value;
    if (!offset)
      wrong_ = "no place for a tensor";
    else
      mark(*offset, tensor(k).bytes(), value);
  }

  void read(int k, const std::string& what) {
    if (k < 0 || tensor(k).is_constant()) return;
    const std::size_t offset = *plan_.offsets[static_cast<std::size_t>(k)];
    for (std::size_t j = offset; j < offset + tensor(k).bytes(); ++j)
      if (marks_[j] != value_of_[static_cast<std::size_t>(k)]) wrong_ = what + " overwritten: " + std::to_string(k);
  }

  // The result is written first: what is read after it must still be there, except in place.
  void run_operator(std::size_t step) {
    const ml::Operator& one = graph_.operators[step];
    for (int k : one.inputs) read(k, "input");
    const int result = one.outputs[0];
    if (one.kind == OperatorKind::reshape && !tensor(one.inputs[0]).is_constant()) {
      value_of_[static_cast<std::size_t>(result)] = value_of_[static_cast<std::size_t>(one.inputs[0])];
      read(result, "reshape");
      return;
    }
    if (!options_.scratch.empty()) mark(plan_.scratch_offsets[step], options_.scratch[step], -2);
    write(result, result);
    int in_place = 0;
    for (std::size_t k = 0; k < one.inputs.size(); ++k) {
      if (one.inputs[k] < 0 || tensor(one.inputs[k]).is_constant()) continue;
      const auto at = [&](int t) { return plan_.offsets[static_cast<std::size_t>(t)]; };
      const bool same = at(one.inputs[k]) == at(result);
      if (same && options_.in_place && ml::may_be_in_place(graph_, one, k))
        ++in_place;
      else
        read(one.inputs[k], "input while it is read");
    }
    if (in_place > 1 && one.inputs[0] != one.inputs[1]) wrong_ = "two inputs in the place of the result";
    if (!options_.scratch.empty() && options_.scratch[step] > 0 && marks_[plan_.scratch_offsets[step]] != -2)
      wrong_ = "scratch overwritten";
  }

  const Graph& graph_;
  const ArenaPlan& plan_;
  const ArenaOptions& options_;
  std::vector<int> marks_;
  std::vector<int> value_of_;
  std::string wrong_;
};

Graph random_graph(oracle::Random& random) {
  static const std::byte constant[16] = {};
  Graph graph;
  const auto shape = [&] { return ml::Shape{1, random.between(1, 6), random.between(1, 6), random.between(1, 9)}; };
  for (std::uint32_t k = random.below(2) + 1; k > 0; --k) graph.inputs.push_back(add_tensor(graph, shape()));
  const int weights = add_tensor(graph, {16});
  graph.tensors.back().data = constant;
  const auto any = [&] {
    int k = weights;
    while (k == weights) {
      // Mostly something recent, as in networks.
      const auto count = static_cast<std::uint32_t>(graph.tensors.size());
      k = static_cast<int>(random.below(3) != 0 && count > 4 ? count - 1 - random.below(4) : random.below(count));
    }
    return k;
  };
  for (std::uint32_t n = random.below(14) + 1; n > 0; --n) {
    const int x = any();
    const ml::Shape of_x = graph.tensors[static_cast<std::size_t>(x)].shape;
    switch (random.below(6)) {
      case 0: add_operator(graph, OperatorKind::conv2d, {x, weights, -1}, shape()); break;
      case 1: add_operator(graph, OperatorKind::relu, {x}, of_x); break;
      case 2: add_operator(graph, OperatorKind::add, {x, any()}, of_x); break;
      case 3: add_operator(graph, OperatorKind::concat, {x, any(), x}, shape()); break;
      case 4: add_operator(graph, OperatorKind::batch_norm, {x, weights, weights, weights, weights}, of_x); break;
      default: {
        ml::Shape other = of_x;
        std::reverse(other.begin(), other.end());
        add_operator(graph, OperatorKind::reshape, {x}, other);
      }
    }
  }
  graph.outputs.push_back(graph.operators.back().outputs[0]);
  if (random.below(2) == 0) graph.outputs.push_back(graph.operators.front().outputs[0]);
  return graph;
}

TEST_CASE("nothing overlaps that lives at the same time") {
  oracle::Random random(3);
  int at_bound = 0;
  constexpr int graphs = 4000;
  for (int k = 0; k < graphs; ++k) {
    CAPTURE(k);
    const Graph graph = random_graph(random);
    std::vector<std::size_t> scratch;
    if (random.below(2) == 0)
      for (std::size_t step = 0; step < graph.operators.size(); ++step) scratch.push_back(random.below(40));
    const ArenaOptions options{.alignment = std::size_t{1} << random.below(4),
                               .inputs_stay = random.below(2) == 0,
                               .in_place = random.below(3) != 0,
                               .scratch = scratch};
    const ArenaPlan plan = ml::plan_arena(graph, options);
    CHECK(plan.bytes >= plan.lower_bound);
    CHECK(Play(graph, plan, options).run() == "");
    at_bound += plan.bytes == plan.lower_bound;
    for (std::size_t t = 0; t < graph.tensors.size(); ++t)
      CHECK(plan.offsets[t].has_value() == !graph.tensors[t].is_constant());
  }
  MESSAGE(at_bound << " of " << graphs << " plans are as small as can be");
  CHECK(at_bound > graphs * 95 / 100);
}

TEST_CASE("a chain takes the two largest neighbours") {
  Graph graph;
  graph.inputs = {add_tensor(graph, {1, 10})};
  int x = graph.inputs[0];
  for (const int size : {300, 500, 200, 700, 50}) x = add_operator(graph, OperatorKind::softmax, {x}, {1, size});
  graph.outputs = {x};
  CHECK(ml::plan_arena(graph).bytes == 900);
  CHECK(ml::plan_arena(graph).lower_bound == 900);
  CHECK(ml::plan_arena(graph, {.inputs_stay = true}).bytes == 910);
  CHECK(ml::plan_arena(graph, {.alignment = 16, .inputs_stay = true}).bytes == 208 + 704 + 16);
  const std::size_t scratch[] = {0, 0, 400, 0, 0};
  const ArenaPlan plan = ml::plan_arena(graph, {.scratch = scratch});
  CHECK(plan.bytes == 500 + 200 + 400);
  CHECK(plan.scratch_offsets.size() == 5);
}

TEST_CASE("what works on each number by itself takes no memory of its own, unless it must") {
  Graph graph;
  graph.inputs = {add_tensor(graph, {1, 100})};
  const int a = add_operator(graph, OperatorKind::softmax, {graph.inputs[0]}, {1, 100});
  const int b = add_operator(graph, OperatorKind::reshape, {a}, {100, 1});
  const int c = add_operator(graph, OperatorKind::relu, {b}, {100, 1});
  graph.outputs = {add_operator(graph, OperatorKind::tanh, {c}, {100, 1})};
  CHECK(ml::plan_arena(graph).bytes == 200);
  CHECK(ml::plan_arena(graph, {.in_place = false}).bytes == 200);
  CHECK(ml::plan_arena(graph, {.inputs_stay = true}).bytes == 200);
  CHECK(ml::plan_arena(graph, {.inputs_stay = true, .in_place = false}).bytes == 300);
  graph.outputs.push_back(a);  // which lies where b does
  CHECK(ml::plan_arena(graph).bytes == 200);
  const ArenaPlan plan = ml::plan_arena(graph);
  CHECK(plan.offsets[static_cast<std::size_t>(a)] == plan.offsets[static_cast<std::size_t>(b)]);
  CHECK(plan.offsets[static_cast<std::size_t>(b)] != plan.offsets[static_cast<std::size_t>(c)]);
}

TEST_CASE("a reshape of a constant has memory of its own") {
  static const std::byte constant[8] = {};
  Graph graph;
  graph.inputs = {add_tensor(graph, {1, 8})};
  const int weights = add_tensor(graph, {8});
  graph.tensors.back().data = constant;
  const int row = add_operator(graph, OperatorKind::reshape, {weights}, {1, 8});
  graph.outputs = {add_operator(graph, OperatorKind::add, {graph.inputs[0], row}, {1, 8})};
  const ArenaPlan plan = ml::plan_arena(graph);
  CHECK(plan.bytes == 16);
  CHECK(!plan.offsets[static_cast<std::size_t>(weights)].has_value());
  CHECK(Play(graph, plan, {}).run() == "");
}

TEST_CASE("what is stretched is not written over") {
  Graph graph;
  graph.inputs = {add_tensor(graph, {1, 8}), add_tensor(graph, {8, 8})};
  graph.outputs = {add_operator(graph, OperatorKind::mul, graph.inputs, {8, 8})};
  const ArenaPlan plan = ml::plan_arena(graph);
  CHECK(plan.bytes == 72);
  CHECK(plan.offsets[2] == plan.offsets[1]);
  graph.tensors[2].type = ml::TensorType::float32;
  CHECK(ml::plan_arena(graph).bytes == 72 + 256);
}

}  // namespace
