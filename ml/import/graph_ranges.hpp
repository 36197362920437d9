// Which numbers the tensors of a graph hold, over samples.
#pragma once

#include <functional>
#include <vector>

#include "ml/import/evaluate.hpp"
#include "ml/import/graph.hpp"

namespace mica::ml {

struct Range {
  double low = 0, high = 0;  // low <= high
};

// Told after each sample: how many are done, of how many.
using Progress = std::function<void(std::size_t done, std::size_t all)>;

// For each tensor that is computed or an input the least and the greatest number over all samples; of the others
// nothing. `samples` are inputs of the graph, which has one; there is at least one sample. With `percentile` below 100
// a range is narrower: of all numbers that a tensor has held, at most 100 - percentile of a hundred are outside, half
// of them on each side (found in a histogram of 4096 parts; 50 < percentile).
std::vector<Range> find_ranges(const Graph& graph, const std::vector<Reals>& samples, double percentile = 100,
                               const Progress& progress = {});

}  // namespace mica::ml
