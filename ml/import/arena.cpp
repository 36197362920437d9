#include "ml/import/arena.hpp"

#include <algorithm>
#include <functional>
#include <numeric>

namespace mica::ml {
namespace {

// Tensors that share their memory, or scratch. It is taken from operator `first` to operator `last`; behind the last
// operator comes the end.
struct Block {
  std::size_t bytes = 0, first = 0, last = 0;
  std::size_t offset = 0;
};

bool meet(const Block& a, const Block& b) { return a.first <= b.last && b.first <= a.last; }

class Planner {
 public:
  Planner(const Graph& graph, const ArenaOptions& options) : graph_(graph), options_(options) {}

  ArenaPlan plan();

 private:
  static constexpr std::size_t none = ~std::size_t{0};

  std::size_t aligned(std::size_t n) const {
    return (n + options_.alignment - 1) / options_.alignment * options_.alignment;
  }
  std::size_t& block_of(int tensor) { return block_of_[static_cast<std::size_t>(tensor)]; }
  const Tensor& tensor(int k) const { return graph_.tensors[static_cast<std::size_t>(k)]; }
  void find_last_uses();
  void add_block(int tensor, std::size_t first);
  std::size_t shared_block(const Operator& one, std::size_t step);
  void make_blocks();
  void add_scratch();
  std::size_t place(std::vector<std::size_t> order);
  std::size_t lower_bound() const;

  const Graph& graph_;
  const ArenaOptions& options_;
  std::vector<std::size_t> last_use_;  // of each tensor: the operator, or the end
  std::vector<std::size_t> block_of_;  // of each tensor, or none
  std::vector<Block> blocks_;
};

void Planner::find_last_uses() {
  last_use_.assign(graph_.tensors.size(), 0);
  for (std::size_t step = 0; step < graph_.operators.size(); ++step)
    for (int k : graph_.operators[step].inputs)
      if (k >= 0) last_use_[static_cast<std::size_t>(k)] = step;
  const std::size_t end = graph_.operators.size();
  for (int k : graph_.outputs) last_use_[static_cast<std::size_t>(k)] = end;
  if (options_.inputs_stay)
    for (int k : graph_.inputs) last_use_[static_cast<std::size_t>(k)] = end;
}

void Planner::add_block(int k, std::size_t first) {
  const std::size_t last = std::max(first, last_use_[static_cast<std::size_t>(k)]);
  block_of(k) = blocks_.size();
  blocks_.push_back({aligned(tensor(k).bytes()), first, last});
}

// The block that the result of an operator shares with an input, or none. Blocks reach as far as what is in them so
// far is taken: behind this operator only what a reshape has in common with its input.
std::size_t Planner::shared_block(const Operator& one, std::size_t step) {
  if (one.kind == OperatorKind::reshape && !tensor(one.inputs[0]).is_constant()) return block_of(one.inputs[0]);
  if (!options_.in_place) return none;
  for (std::size_t k = 0; k < one.inputs.size(); ++k) {
    if (one.inputs[k] < 0 || !may_be_in_place(graph_, one, k)) continue;
    const std::size_t candidate = block_of(one.inputs[k]);
    if (candidate == none) continue;
    // Another input in the same block may be another view of it, with another order.
    const bool twice = std::any_of(one.inputs.begin(), one.inputs.end(), [&](int other) {
      return other >= 0 && other != one.inputs[k] && block_of(other) == candidate;
    });
    if (!twice && blocks_[candidate].last == step) return candidate;
  }
  return none;
}

void Planner::make_blocks() {
  block_of_.assign(graph_.tensors.size(), none);
  const auto is_left_out = [&](int k) { return options_.only && tensor(k).type != *options_.only; };
  for (int k : graph_.inputs)
    if (!is_left_out(k)) add_block(k, 0);
  for (std::size_t step = 0; step < graph_.operators.size(); ++step) {
    const Operator& one = graph_.operators[step];
    const int result = one.outputs[0];
    if (is_left_out(result)) continue;
    const std::size_t shared = shared_block(one, step);
    if (shared == none) {
      add_block(result, step);
      continue;
    }
    block_of(result) = shared;
    Block& block = blocks_[shared];
    block.last = std::max(block.last, last_use_[static_cast<std::size_t>(result)]);
  }
}

void Planner::add_scratch() {
  for (std::size_t step = 0; step < options_.scratch.size(); ++step)
    blocks_.push_back({aligned(options_.scratch[step]), step, step});
}

// Each block, in this order, as low as those that are placed leave it. What it takes in all.
std::size_t Planner::place(std::vector<std::size_t> order) {
  std::vector<std::size_t> placed;  // by offset
  std::size_t bytes = 0;
  for (std::size_t k : order) {
    Block& block = blocks_[k];
    block.offset = 0;
    for (std::size_t other : placed) {
      const Block& there = blocks_[other];
      if (!meet(block, there)) continue;
      if (block.offset + block.bytes <= there.offset) break;
      block.offset = std::max(block.offset, there.offset + there.bytes);
    }
    bytes = std::max(bytes, block.offset + block.bytes);
    const auto behind = [&](std::size_t a, std::size_t b) { return blocks_[a].offset < blocks_[b].offset; };
    placed.insert(std::upper_bound(placed.begin(), placed.end(), k, behind), k);
  }
  return bytes;
}

std::size_t Planner::lower_bound() const {
  std::size_t most = 0;
  for (std::size_t step = 0; step <= graph_.operators.size(); ++step) {
    std::size_t sum = 0;
    for (const Block& block : blocks_)
      if (block.first <= step && step <= block.last) sum += block.bytes;
    most = std::max(most, sum);
  }
  return most;
}

ArenaPlan Planner::plan() {
  find_last_uses();
  make_blocks();
  const std::size_t tensor_blocks = blocks_.size();
  add_scratch();
  // The largest first is mostly best; where it is not, another order often is.
  const std::function<bool(const Block&, const Block&)> orders[] = {
      [](const Block& a, const Block& b) { return a.bytes > b.bytes; },
      [](const Block& a, const Block& b) { return a.last - a.first > b.last - b.first; },
      [](const Block& a, const Block& b) {
        return a.bytes * (a.last - a.first + 1) > b.bytes * (b.last - b.first + 1);
      },
      [](const Block& a, const Block& b) { return a.first < b.first; },
      [](const Block& a, const Block& b) { return a.last > b.last; }};
  ArenaPlan plan{{}, {}, ~std::size_t{0}, lower_bound()};
  for (const auto& before : orders) {
    std::vector<std::size_t> order(blocks_.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::stable_sort(order.begin(), order.end(),
                     [&](std::size_t a, std::size_t b) { return before(blocks_[a], blocks_[b]); });
    const std::size_t bytes = place(std::move(order));
    if (bytes >= plan.bytes) continue;
    plan.bytes = bytes;
    plan.offsets.assign(graph_.tensors.size(), std::nullopt);
    for (std::size_t k = 0; k < graph_.tensors.size(); ++k)
      if (block_of_[k] != none) plan.offsets[k] = blocks_[block_of_[k]].offset;
    plan.scratch_offsets.clear();
    for (std::size_t k = tensor_blocks; k < blocks_.size(); ++k) plan.scratch_offsets.push_back(blocks_[k].offset);
  }
  return plan;
}

}  // namespace

bool may_be_in_place(const Graph& graph, const Operator& one, std::size_t input) {
  switch (one.kind) {
    case OperatorKind::add:
    case OperatorKind::sub:
    case OperatorKind::mul: break;
    case OperatorKind::relu:
    case OperatorKind::relu6:
    case OperatorKind::relu_n1_to_1:
    case OperatorKind::clip:
    case OperatorKind::sigmoid:
    case OperatorKind::tanh:
    case OperatorKind::hard_swish:
    case OperatorKind::leaky_relu:
    case OperatorKind::quantise:
    case OperatorKind::batch_norm:
      if (input != 0) return false;
      break;
    default: return false;
  }
  const Tensor& x = graph.tensors[static_cast<std::size_t>(one.inputs[input])];
  const Tensor& y = graph.tensors[static_cast<std::size_t>(one.outputs[0])];
  return !x.is_constant() && x.shape == y.shape && element_bytes(x.type) == element_bytes(y.type);
}

ArenaPlan plan_arena(const Graph& graph, const ArenaOptions& options) { return Planner(graph, options).plan(); }

}  // namespace mica::ml
