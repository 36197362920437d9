// Layers that go over rows: softmax, the greatest element, moved runs.
#include <algorithm>

#include "tests/oracle/blocks.hpp"
#include "tests/oracle/reader.hpp"

namespace mica::oracle {

namespace {

using Numbers = std::vector<std::int64_t>;

Numbers softmax_of(const Block& block, const Numbers& row) {
  const std::int64_t greatest = *std::max_element(row.begin(), row.end());
  const auto counts = [&](std::int64_t x) { return x - greatest >= block.value("least"); };
  const auto exponential = [&](std::int64_t x) {
    return fixed_exponential(rescale(x - greatest, block.value("multiplier"), block.value("shift"), false), 5);
  };
  std::int64_t sum = 0;
  for (const std::int64_t x : row)
    if (counts(x)) sum += divided_by_power(exponential(x), 12);
  // sum = part * 2^(bits - 1), the part being at least 1 and less than 2, with 31 bits behind the point.
  std::int64_t bits = 0;
  while (bits < 40 && sum >> bits != 0) ++bits;
  const std::int64_t part = bits > 31 ? sum >> (bits - 32) : sum << (32 - bits);
  const std::int64_t inverse = held(2 * fixed_inverse(part - (std::int64_t{1} << 31)), 0, 2147483647);
  Numbers results;
  for (const std::int64_t x : row) {
    const std::int64_t places = bits + 3;
    const bool some = counts(x) && places <= 31;
    const std::int64_t value = some ? divided_by_power(product_high(inverse, exponential(x)), places) : 0;
    results.push_back(held(value, 0, 255) - 128);
  }
  return results;
}

void run_columns(const Block& block, const Numbers& input, LayerResult& result) {
  const std::int64_t columns = block.value("columns");
  const bool soft = block.word == "softmax{";
  Units units;
  for (auto begin = input.begin(); begin != input.end(); begin += columns) {
    const Numbers row(begin, begin + columns);
    const Numbers results =
        soft ? softmax_of(block, row) : Numbers{std::max_element(row.begin(), row.end()) - row.begin()};
    for (const std::int64_t value : results)
      result.elements.emplace_back(static_cast<std::int64_t>(result.elements.size()), value);
    units.elements(columns, 3, soft ? 30 : 15);
    if (!soft) continue;
    units.elements(columns, 50, 30);
    units.elements(columns, 60, 30);
  }
  result.units = units.count();
}

}  // namespace

bool run_rows(const Block& block, const LayerArrays& arrays, std::int64_t element_bytes, LayerResult& result) {
  if (block.values.contains("columns")) {
    run_columns(block, arrays.find("input")->second, result);
    return true;
  }
  if (!block.values.contains("length")) return false;
  Units units;
  const bool copies = block.has("input");
  const std::int64_t length = block.value("length");
  for (std::int64_t row = 0; row < block.value("rows"); ++row) {
    for (std::int64_t k = 0; k < length; ++k) {
      const std::int64_t value = copies ? arrays.find("input")->second.at(static_cast<std::size_t>(
                                              block.value("from", 0) + row * block.value("from", 1) + k))
                                        : block.value("value");
      result.elements.emplace_back(block.value("to", 0) + row * block.value("to", 1) + k, value);
    }
    units.products(length * element_bytes, copies ? 2 : 3, 15);
  }
  result.units = units.count();
  return true;
}

}  // namespace mica::oracle
