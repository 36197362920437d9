#include "ml/import/graph_ranges.hpp"

#include <algorithm>
#include <cstdint>

namespace mica::ml {
namespace {

constexpr std::size_t parts = 4096;

struct Histogram {
  std::vector<std::uint64_t> counts = std::vector<std::uint64_t>(parts);
  std::uint64_t all = 0;

  void add(double number, const Range& range) {
    const double width = range.high - range.low;
    const double part = width > 0 ? (number - range.low) / width * parts : 0;
    ++counts[std::min(parts - 1, static_cast<std::size_t>(std::max(part, 0.0)))];
    ++all;
  }

  Range narrowed(const Range& range, double percentile) const {
    const double outside = static_cast<double>(all) * (100 - percentile) / 200;
    const double part = (range.high - range.low) / parts;
    const auto cut = [&](const auto& part_of) {
      double seen = 0;
      std::size_t k = 0;
      while (k + 1 < parts && seen + static_cast<double>(counts[part_of(k)]) <= outside)
        seen += static_cast<double>(counts[part_of(k++)]);
      return static_cast<double>(k) * part;
    };
    const double below = cut([](std::size_t k) { return k; });
    const double above = cut([](std::size_t k) { return parts - 1 - k; });
    return {range.low + below, range.high - above};
  }
};

}  // namespace

std::vector<Range> find_ranges(const Graph& graph, const std::vector<Reals>& samples, double percentile,
                               const Progress& progress) {
  std::vector<Range> ranges(graph.tensors.size());
  const bool cuts = percentile < 100;
  const std::size_t all = samples.size() * (cuts ? 2 : 1);
  std::size_t done = 0;
  const auto each_tensor = [&](const auto& visit) {
    for (const Reals& sample : samples) {
      const std::vector<Reals> values = evaluate(graph, {sample});
      for (std::size_t k = 0; k < values.size(); ++k)
        if (!graph.tensors[k].is_constant() && !values[k].empty()) visit(k, values[k]);
      if (progress) progress(++done, all);
    }
  };
  std::vector<bool> is_known(graph.tensors.size());
  each_tensor([&](std::size_t k, const Reals& numbers) {
    const auto [low, high] = std::minmax_element(numbers.begin(), numbers.end());
    ranges[k] =
        is_known[k] ? Range{std::min(ranges[k].low, *low), std::max(ranges[k].high, *high)} : Range{*low, *high};
    is_known[k] = true;
  });
  if (!cuts) return ranges;
  std::vector<Histogram> histograms(graph.tensors.size(), Histogram{{}, 0});
  each_tensor([&](std::size_t k, const Reals& numbers) {
    if (histograms[k].counts.empty()) histograms[k] = Histogram{};
    for (const double number : numbers) histograms[k].add(number, ranges[k]);
  });
  for (std::size_t k = 0; k < ranges.size(); ++k)
    if (histograms[k].all != 0) ranges[k] = histograms[k].narrowed(ranges[k], percentile);
  return ranges;
}

}  // namespace mica::ml
