#include "vm/output.hpp"

namespace mica::inline MICA_PROFILE::vm {
namespace {

constexpr UDouble chunk = 1000000000;  // the largest power of ten in 32 bits
constexpr unsigned chunk_digits = 9;

// Digits from the last to the first.
class Digits {
 public:
  void add(std::uint32_t value, std::uint32_t base, unsigned at_least) {
    for (unsigned k = 0; k < at_least || value != 0; ++k) {
      digits_[count_++] = "0123456789abcdef"[value % base];
      value /= base;
    }
  }

  // Turns them round.
  std::size_t write(char* at) const {
    for (std::size_t k = 0; k < count_; ++k) at[k] = digits_[count_ - 1 - k];
    return count_;
  }

 private:
  char digits_[number_length_max];
  std::size_t count_ = 0;
};

}  // namespace

std::size_t format_decimal(Double n, std::span<char> text) {
  Digits digits;
  UDouble rest = n < 0 ? UDouble{0} - static_cast<UDouble>(n) : static_cast<UDouble>(n);
  // At most two divisions of more than 32 bits, which small processors do in software.
  if constexpr (sizeof(UDouble) > 4) {
    while (rest > 0xffffffff) {
      digits.add(static_cast<std::uint32_t>(rest % chunk), 10, chunk_digits);
      rest /= chunk;
    }
  }
  digits.add(static_cast<std::uint32_t>(rest), 10, 1);
  std::size_t at = 0;
  if (n < 0) text[at++] = '-';
  return at + digits.write(text.data() + at);
}

std::size_t format_hexadecimal(UDouble n, unsigned at_least, std::span<char> text) {
  Digits digits;
  if constexpr (sizeof(UDouble) > 4) {
    if (n > 0xffffffff) {
      digits.add(static_cast<std::uint32_t>(n), 16, 8);
      n >>= 32;
      at_least = 1;
    }
  }
  digits.add(static_cast<std::uint32_t>(n), 16, at_least);
  return digits.write(text.data());
}

std::size_t format_number(Double n, UDouble bits, bool hexadecimal, std::span<char> text) {
  const std::size_t size = hexadecimal ? format_hexadecimal(bits, 1, text) : format_decimal(n, text);
  text[size] = ' ';
  return size + 1;
}

}  // namespace mica::inline MICA_PROFILE::vm
