// Where in one block of memory the tensors of a graph lie while it is computed, so that what lives at the same time
// does not overlap.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <vector>

#include "ml/import/graph.hpp"

namespace mica::ml {

struct ArenaOptions {
  std::size_t alignment = 1;  // every offset is a multiple of it
  bool inputs_stay = false;   // the inputs of the graph are there at the end as they were at the start
  std::optional<TensorType> only = {};  // tensors of this type; others lie elsewhere
  bool in_place = true;       // what works on each number by itself may write over what it takes
  std::span<const std::size_t> scratch =
      {};  // bytes that each operator needs while it works; none: no operator needs any
};

struct ArenaPlan {
  std::vector<std::optional<std::size_t>> offsets;  // for each tensor; constants and what no one refers to have none
  std::vector<std::size_t> scratch_offsets;         // for each operator, when there is scratch
  std::size_t bytes = 0;
  std::size_t lower_bound = 0;  // the most that lives at the same time; no plan is smaller
};

// A reshape shares the memory of what it takes. Each operator writes its result before, while and after it reads its
// inputs: only in place they overlap, and then byte k of the result is that of the input.
ArenaPlan plan_arena(const Graph& graph, const ArenaOptions& options = {});

// Whether the operator may write its result over that input, if no one takes the input after it.
bool may_be_in_place(const Graph& graph, const Operator& one, std::size_t input);

}  // namespace mica::ml
