// What the tests of layers share: random shapes and factors, memory with guards, running a layer unit by unit, and the
// arithmetic of results once more in another form.
#pragma once

#include <algorithm>
#include <cstring>
#include <string>
#include <type_traits>
#include <vector>

#include "ml/kernels/rescale.hpp"
#include "ml/kernels/taps.hpp"
#include "tests/oracle/random.hpp"

namespace mica::layers {

using oracle::Random;
using Bytes = std::vector<std::int8_t>;

inline Bytes random_bytes(Random& random, std::size_t count) {
  Bytes bytes(count);
  // All of the range, and now and then nothing but its ends, where sums are greatest.
  const bool ends = random.percent(10);
  for (auto& byte : bytes)
    byte = static_cast<std::int8_t>(ends ? (random.percent(50) ? -128 : 127) : random.between(-128, 127));
  return bytes;
}

// Memory for results between guards.
template <class Element>
class Guarded {
 public:
  explicit Guarded(std::size_t count) : bytes_(2 * guard + count * sizeof(Element), std::byte{0xA5}) {}
  Element* data() { return reinterpret_cast<Element*>(bytes_.data() + guard); }
  std::byte* bytes() { return bytes_.data() + guard; }
  std::vector<Element> elements() const {
    std::vector<Element> result((bytes_.size() - 2 * guard) / sizeof(Element));
    std::memcpy(result.data(), bytes_.data() + guard, bytes_.size() - 2 * guard);
    return result;
  }
  void fill(const std::vector<Element>& from) {
    std::memcpy(bytes_.data() + guard, from.data(), from.size() * sizeof(Element));
  }
  bool is_unhurt() const {
    const auto is_guard = [](std::byte byte) { return byte == std::byte{0xA5}; };
    return std::all_of(bytes_.begin(), bytes_.begin() + guard, is_guard) &&
           std::all_of(bytes_.end() - guard, bytes_.end(), is_guard);
  }

 private:
  static constexpr std::ptrdiff_t guard = 64;
  std::vector<std::byte> bytes_;
};

// Array of which only the bytes count, at an odd address.
template <class Element>
class Odd {
 public:
  explicit Odd(const std::vector<Element>& from) : bytes_(from.size() * sizeof(Element) + 1) {
    std::memcpy(bytes_.data() + 1, from.data(), from.size() * sizeof(Element));
  }
  const std::byte* data() const { return bytes_.data() + 1; }

 private:
  std::vector<std::byte> bytes_;
};

// Runs a layer to its end from a place. Between two units the place is nothing but its bytes, which lie elsewhere each
// time. Returns how many units that took; 0 if there was no end, or a place that is not inside.
template <class Place, class Unit, class Inside>
unsigned run_layer(Place start, const Unit& unit, const Inside& inside) {
  static_assert(std::is_trivially_copyable_v<Place>);
  static_assert(std::has_unique_object_representations_v<Place>);
  std::vector<std::byte> kept(sizeof start);
  std::memcpy(kept.data(), &start, sizeof start);
  for (unsigned units = 1; units < 1000000; ++units) {
    Place place;
    std::memcpy(&place, kept.data(), sizeof place);
    if (!inside(place)) return 0;
    if (unit(place)) return units;
    kept = std::vector<std::byte>(sizeof place);
    std::memcpy(kept.data(), &place, sizeof place);
  }
  return 0;
}

// A place of random bytes, of which most words are small.
template <class Place>
Place random_place(Random& random) {
  std::uint32_t words[sizeof(Place) / 4];
  for (auto& word : words)
    word = random.percent(10) ? static_cast<std::uint32_t>(random.next()) : random.below(random.percent(70) ? 3 : 40);
  Place place;
  std::memcpy(&place, words, sizeof place);
  return place;
}

inline ml::Axis random_axis(Random& random, unsigned most_size = 10) {
  ml::Axis axis;
  axis.kernel = random.count(1, 5);
  axis.stride = random.count(1, 3);
  axis.dilation = random.percent(70) ? 1 : random.count(2, 3);
  axis.size = random.count(1, most_size);
  axis.pad = random.percent(40) ? 0 : random.below(axis.kernel * axis.dilation);
  // What lies behind the input is padding, too, of which there may be more than a window needs.
  const unsigned all = (axis.size + axis.pad + axis.stride - 1) / axis.stride;
  axis.windows = random.count(1, all + (random.percent(10) ? 1 : 0));
  return axis;
}

// An axis with one window of one element: a fully connected layer has two or one of these.
inline ml::Axis single_axis() { return {1, 1, 1, 1, 1, 0}; }

// Element of the input under a tap, or -1.
inline std::int64_t element_of(const ml::Axis& axis, std::int64_t window, std::int64_t tap) {
  const std::int64_t at = window * axis.stride + tap * axis.dilation - axis.pad;
  return at >= 0 && at < axis.size ? at : -1;
}

// A factor as importers make it: normalised, or 0; now and then any two numbers.
inline ml::Scale random_scale(Random& random, int least_shift, int most_shift) {
  if (random.percent(2)) return {0, 0};
  const auto shift = static_cast<std::int32_t>(random.between(least_shift, most_shift));
  if (random.percent(3)) return {static_cast<std::int32_t>(random.next()), shift};
  return {static_cast<std::int32_t>(random.between(std::int64_t{1} << 30, (std::int64_t{1} << 31) - 1)), shift};
}

inline ml::Int8Range random_range(Random& random) {
  const auto number = [&random] { return static_cast<std::int8_t>(random.between(-128, 127)); };
  ml::Int8Range range{number(), -128, 127};
  if (random.percent(40)) {
    const std::int8_t a = number(), b = number();
    range.low = std::min(a, b);
    range.high = std::max(a, b);
  }
  return range;
}

// floor(a / b), b > 0.
inline __int128 floor_of(__int128 a, __int128 b) { return a >= 0 ? a / b : -((b - 1 - a) / b); }

// The same as ml::rescale, with wide numbers and divisions.
inline std::int64_t expected_rescale(std::int32_t value, const ml::Scale& scale, ml::Rounding rounding) {
  const auto power = [](int exponent) { return static_cast<__int128>(1) << exponent; };
  if (rounding == ml::Rounding::once) {
    const int places = 31 - scale.shift;
    return static_cast<std::int32_t>(
        floor_of(static_cast<__int128>(value) * scale.factor * 2 + power(places), power(places + 1)));
  }
  const auto shifted = static_cast<std::int32_t>(value * power(std::max(scale.shift, 0)));
  __int128 high = floor_of(static_cast<__int128>(shifted) * scale.factor * 2 + power(31), power(32));
  high = std::min(high, power(31) - 1);
  const __int128 divisor = power(std::max(-scale.shift, 0)), size = high < 0 ? -high : high;
  const __int128 rounded = (2 * size + divisor) / (2 * divisor);
  return static_cast<std::int64_t>(high < 0 ? -rounded : rounded);
}

inline std::int8_t expected_byte(std::int64_t value, const ml::Int8Range& range) {
  return static_cast<std::int8_t>(
      std::clamp<std::int64_t>(static_cast<std::int64_t>(value) + range.zero, range.low, range.high));
}

inline std::string place_of(const char* what, int turn) {
  return std::string(what) + " in turn " + std::to_string(turn);
}

}  // namespace mica::layers
