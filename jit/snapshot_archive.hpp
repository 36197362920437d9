// Numbers of a snapshot on their way out and in. Both directions have the same functions, so that the fields of a thing
// are named once for both: `x = archive.keep(x)` writes x and leaves it as it is, or makes it what is read.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <type_traits>

#include "jit/crc32.hpp"
#include "jit/engine.hpp"

namespace mica {

class SnapshotWriter {
 public:
  explicit SnapshotWriter(const ByteSink& sink) : sink_(sink) {}

  // Little-endian, as many bytes as the type has.
  template <class Number>
  Number keep(Number number) {
    static_assert(std::is_integral_v<Number>);
    std::byte bytes[sizeof number];
    for (std::size_t k = 0; k < sizeof number; ++k)
      bytes[k] = static_cast<std::byte>(static_cast<std::uint64_t>(number) >> 8 * k & 0xff);
    keep(std::span<std::byte>(bytes));
    return number;
  }
  template <class Number>
  Number keep(Number number, std::uint64_t) {
    return keep(number);
  }
  template <class Enum>
  Enum keep_enum(Enum value, Enum) {
    return static_cast<Enum>(keep(static_cast<std::uint8_t>(value)));
  }
  void keep(std::span<std::byte> bytes) {
    for (const std::byte byte : bytes) crc_.add(static_cast<unsigned char>(byte));
    sink_.write(sink_.context, bytes.data(), bytes.size());
  }
  std::uint32_t crc() const { return crc_.value(); }

 private:
  const ByteSink& sink_;
  Crc32 crc_;
};

// What is not there, or is larger than it may be, reads as 0, and all is wrong from then on.
class SnapshotReader {
 public:
  explicit SnapshotReader(std::span<const std::byte> bytes) : bytes_(bytes) {}

  template <class Number>
  Number keep(Number) {
    static_assert(std::is_integral_v<Number>);
    std::uint64_t number = 0;
    const std::span<const std::byte> bytes = take(sizeof(Number));
    for (std::size_t k = 0; k < bytes.size(); ++k) number |= std::to_integer<std::uint64_t>(bytes[k]) << 8 * k;
    return static_cast<Number>(number);
  }
  template <class Number>
  Number keep(Number, std::uint64_t most) {
    const Number number = keep(Number{});
    if (static_cast<std::uint64_t>(number) <= most) return number;
    good_ = false;
    return 0;
  }
  template <class Enum>
  Enum keep_enum(Enum, Enum last) {
    return static_cast<Enum>(keep(std::uint8_t{}, static_cast<std::uint8_t>(last)));
  }
  void keep(std::span<std::byte> bytes) {
    const std::span<const std::byte> read = take(bytes.size());
    if (!read.empty()) std::memcpy(bytes.data(), read.data(), read.size());
  }
  std::span<const std::byte> take(std::size_t count) {
    if (count > bytes_.size()) {
      good_ = false;
      bytes_ = {};
      return {};
    }
    const std::span<const std::byte> taken = bytes_.first(count);
    bytes_ = bytes_.subspan(count);
    return taken;
  }
  bool good() const { return good_; }
  std::size_t left() const { return bytes_.size(); }

 private:
  std::span<const std::byte> bytes_;
  bool good_ = true;
};

}  // namespace mica
