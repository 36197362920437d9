// An array of elements of any type, at an odd address: for the tests of kernels that take views.
#pragma once

#include <cstring>
#include <vector>

#include "ml/kernels/float.hpp"
#include "ml/layout/array_view.hpp"
#include "tests/oracle/random.hpp"

namespace mica::layers {

// Elements are kept as integers, those of floats as their bits.
class AnyArray {
 public:
  AnyArray(ml::ElementType type, std::vector<std::int64_t> values) : type_(type) {
    bytes_.assign(2 * guard + 1 + values.size() * ml::bytes_of(type), std::byte{0xA5});
    for (std::size_t k = 0; k < values.size(); ++k)
      std::memcpy(at(k), &values[k], ml::bytes_of(type));  // the low bytes
    count_ = values.size();
  }
  AnyArray(ml::ElementType type, std::size_t count) : AnyArray(type, std::vector<std::int64_t>(count)) {}

  ml::ElementType type() const { return type_; }
  ml::ArrayView view() { return {bytes_.data() + guard + 1, static_cast<std::uint32_t>(count_), type_, false}; }
  std::byte* data() { return at(0); }

  std::vector<std::int64_t> values() const {
    std::vector<std::int64_t> result;
    for (std::size_t k = 0; k < count_; ++k) {
      std::int64_t value = 0;
      std::memcpy(&value, bytes_.data() + guard + 1 + k * ml::bytes_of(type_), ml::bytes_of(type_));
      const unsigned free = 64 - 8 * ml::bytes_of(type_);
      result.push_back(type_ == ml::ElementType::float32
                           ? value
                           : static_cast<std::int64_t>(static_cast<std::uint64_t>(value) << free) >> free);
    }
    return result;
  }

  bool is_unhurt() const {
    for (std::size_t k = 0; k <= guard; ++k)
      if (bytes_[k] != std::byte{0xA5} || bytes_[bytes_.size() - 1 - k + (k == guard)] != std::byte{0xA5}) return false;
    return true;
  }

 private:
  static constexpr std::size_t guard = 32;
  std::byte* at(std::size_t k) { return bytes_.data() + guard + 1 + k * ml::bytes_of(type_); }

  ml::ElementType type_;
  std::vector<std::byte> bytes_;
  std::size_t count_ = 0;
};

inline std::int64_t bits_of_float(double value) { return ml::float_bits(static_cast<float>(value)); }
inline float float_of_bits(std::int64_t bits) { return ml::float_of(static_cast<std::uint32_t>(bits)); }

// A number of the type: all of its range, or small; of floats also what is no number.
inline std::int64_t random_element(oracle::Random& random, ml::ElementType type) {
  if (type == ml::ElementType::float32) {
    if (random.percent(3)) return random.percent(50) ? 0x7fc00000 : random.percent(50) ? 0x80000000 : 0xff800000;
    return bits_of_float(static_cast<double>(random.between(-4000, 4000)) / 64);
  }
  const std::int64_t most = (std::int64_t{1} << (8 * ml::bytes_of(type) - 1)) - 1;
  if (random.percent(5)) return random.percent(50) ? most : -most - 1;
  return random.percent(40) ? random.between(-most - 1, most) : random.between(-9, 9);
}

inline std::vector<std::int64_t> random_elements(oracle::Random& random, ml::ElementType type, std::size_t count) {
  std::vector<std::int64_t> values;
  for (; count > 0; --count) values.push_back(random_element(random, type));
  return values;
}

}  // namespace mica::layers
