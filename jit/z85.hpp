// Z85: four bytes as five printable characters, the first the most significant (ZeroMQ RFC 32). The last group may
// stand for fewer bytes; those behind are cut off.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace mica {

class Z85 {
 public:
  // Adds a character. False: it is none of the alphabet, or the group is more than 2^32 - 1.
  constexpr bool add(char character) {
    const unsigned char code = static_cast<unsigned char>(character);
    const std::uint8_t digit = code < 128 ? digits[code] : none;
    if (digit == none) return false;
    const std::uint64_t sum = std::uint64_t{group_} * 85 + digit;
    group_ = static_cast<std::uint32_t>(sum);
    ++characters_;
    return sum <= 0xffffffff;
  }

  // Is the group complete? Then its bytes are there to take.
  constexpr bool complete() const { return characters_ == 5; }
  constexpr bool begun() const { return characters_ != 0; }
  constexpr std::array<std::uint8_t, 4> take() {
    const std::uint32_t group = group_;
    group_ = 0;
    characters_ = 0;
    return {static_cast<std::uint8_t>(group >> 24), static_cast<std::uint8_t>(group >> 16),
            static_cast<std::uint8_t>(group >> 8), static_cast<std::uint8_t>(group)};
  }

  static constexpr std::string_view alphabet =
      "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.-:+=^!/*?&<>()[]{}@%$#";

 private:
  static constexpr std::uint8_t none = 255;
  static constexpr std::array<std::uint8_t, 128> digits = [] {
    std::array<std::uint8_t, 128> table{};
    table.fill(none);
    for (std::size_t k = 0; k < alphabet.size(); ++k)
      table[static_cast<unsigned char>(alphabet[k])] = static_cast<std::uint8_t>(k);
    return table;
  }();

  std::uint32_t group_ = 0;
  unsigned characters_ = 0;
};

}  // namespace mica
