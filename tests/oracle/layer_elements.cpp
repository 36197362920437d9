// Layers that make one element of one or two.
#include "tests/oracle/blocks.hpp"
#include "tests/oracle/reader.hpp"

namespace mica::oracle {

namespace {

// Those for which there is room in a unit.
std::int64_t elements_of_unit(std::string_view word) {
  if (word == "rescale{") return 25;
  if (word == "leaky-relu{") return 24;
  if (word == "mul{") return 22;
  if (word == "hard-swish{") return 18;
  if (word == "add{") return 11;
  if (word == "sigmoid{" || word == "tanh{") return 5;
  return word == "look-up{" ? 120 : 0;
}

std::int64_t limited(const Block& block, std::int64_t value) {
  return held(value, block.value("clamp", 0), block.value("clamp", 1));
}

bool once(const Block& block) { return block.value("rounding") == 1; }

std::int64_t in_int8(std::int64_t value) { return held(value, -128, 127); }

std::int64_t leaky(const Block& block, std::int64_t x) {
  x -= block.value("zeros", 0);
  std::int64_t value = 0;
  if (x >= 0) {
    value = rescale(x, block.value("multiplier"), block.value("shift"), once(block));
  } else {
    value = rescale(x, block.value("slope"), block.value("slope-shift"), once(block));
    if (block.value("slope-sign") == 1) value = wrap(-value, 32);
  }
  return in_int8(value + block.value("zeros", 1));
}

// Numbers of 16 bits: a * b / 2^15, halves upward.
std::int64_t in_16_bits(std::int64_t value) { return held(value, -32768, 32767); }

std::int64_t floored(std::int64_t dividend, std::int64_t divisor) {
  const std::int64_t rest = (dividend % divisor + divisor) % divisor;
  return (dividend - rest) / divisor;
}

std::int64_t product_16(std::int64_t a, std::int64_t b) { return in_16_bits(floored(a * b + 16384, 32768)); }

std::int64_t hard_swish(const Block& block, std::int64_t x) {
  const std::int64_t fine = (x - block.value("zeros", 0)) * 128;
  const std::int64_t outer = product_16(fine, block.value("factors", 0));
  const std::int64_t shift = block.value("shifts", 1);
  std::int64_t inner = fine;
  if (shift > 1) inner = in_16_bits(inner << (shift - 1));
  inner = product_16(inner, block.value("factors", 1));
  if (shift > 0) inner = in_16_bits(inner * 2);
  if (shift < 0) inner = divided_by_power(inner, held(-shift, 0, 15));
  const std::int64_t share = floored(inner + 32768, 2);
  const std::int64_t product = in_16_bits(share * outer / 32768);
  return in_int8(divided_by_power(product, held(-block.value("shifts", 0), 0, 15)) + block.value("zeros", 1));
}

std::int64_t squashed(const Block& block, std::int64_t x, bool tangent) {
  x -= block.value("zero");
  if (x <= -block.value("radius")) return -128;
  if (x >= block.value("radius")) return 127;
  const std::int64_t value = rescale(x, block.value("multiplier"), block.value("shift"), once(block));
  return in_int8(tangent ? divided_by_power(fixed_tangent(value), 24)
                         : divided_by_power(fixed_logistic(value), 23) - 128);
}

std::int64_t of_one(const Block& block, const LayerArrays& arrays, std::int64_t x) {
  if (block.word == "look-up{") return arrays.find("table")->second.at(static_cast<std::size_t>(x + 128));
  if (block.word == "leaky-relu{") return leaky(block, x);
  if (block.word == "hard-swish{") return hard_swish(block, x);
  if (block.word == "sigmoid{" || block.word == "tanh{") return squashed(block, x, block.word == "tanh{");
  return limited(block,
                 rescale(x - block.value("zeros", 0), block.value("multiplier"), block.value("shift"), once(block)) +
                     block.value("zeros", 1));
}

std::int64_t sum(const Block& block, std::int64_t a, std::int64_t b) {
  const auto term = [&](std::int64_t x, std::size_t k) {
    const std::int64_t value =
        rescale(wrap(x << 20, 32), block.value("multipliers", k), block.value("shifts", k), once(block));
    return block.value("negate") == static_cast<std::int64_t>(k) + 1 ? -value : value;
  };
  const std::int64_t total = wrap(term(a, 0) + term(b, 1), 32);
  return rescale(total, block.value("multipliers", 2), block.value("shifts", 2), once(block));
}

std::int64_t of_two(const Block& block, std::int64_t a, std::int64_t b) {
  a -= block.value("zeros", 0);
  b -= block.value("zeros", 1);
  const std::int64_t value = block.word == "add{"
                                 ? sum(block, a, b)
                                 : rescale(a * b, block.value("multiplier"), block.value("shift"), once(block));
  return limited(block, value + block.value("zeros", 2));
}

}  // namespace

bool run_elements(const Block& block, const LayerArrays& arrays, LayerResult& result) {
  const std::int64_t in_unit = elements_of_unit(block.word);
  if (in_unit == 0) return false;
  const bool two = block.has("b");
  const std::vector<std::int64_t>& first = arrays.find(two ? "a" : "input")->second;
  for (std::size_t k = 0; k < first.size(); ++k) {
    std::int64_t value = 0;
    if (two) {
      const std::vector<std::int64_t>& second = arrays.find("b")->second;
      value = of_two(block, first[k], second[k % second.size()]);
    } else {
      value = of_one(block, arrays, first[k]);
    }
    result.elements.emplace_back(static_cast<std::int64_t>(k), value);
  }
  result.units = (static_cast<std::int64_t>(first.size()) + in_unit - 1) / in_unit;
  return true;
}

}  // namespace mica::oracle
