#include "ml/kernels/float_text.hpp"

#include <array>
#include <bit>
#include <utility>

#include "ml/kernels/float.hpp"

namespace mica::ml {
namespace {

bool is_digit(char character) { return character >= '0' && character <= '9'; }

// Without the checks of substr(), which would throw.
std::string_view first_of(std::string_view text, std::size_t count) { return {text.data(), count}; }
std::string_view behind(std::string_view text, std::size_t count) {
  text.remove_prefix(count);
  return text;
}

// Takes the digits at the front; false if there are none.
bool take_digits(std::string_view& text) {
  const std::size_t before = text.size();
  while (!text.empty() && is_digit(text.front())) text.remove_prefix(1);
  return text.size() != before;
}

bool take(std::string_view& text, char character) {
  if (text.empty() || text.front() != character) return false;
  text.remove_prefix(1);
  return true;
}

// An integer without sign, as large as reading a float ever needs it: see `digits_max`.
class Natural {
 public:
  void multiply_add(std::uint32_t factor, std::uint32_t summand) {
    std::uint64_t carry = summand;
    for (std::uint32_t k = 0; k < size_; ++k) {
      carry += std::uint64_t{limbs_[k]} * factor;
      limbs_[k] = static_cast<std::uint32_t>(carry);
      carry >>= 32;
    }
    if (carry != 0) limbs_[size_++] = static_cast<std::uint32_t>(carry);
  }

  void multiply_by_power_of_5(std::int32_t power) {
    for (; power >= 13; power -= 13) multiply_add(1220703125, 0);
    for (; power > 0; --power) multiply_add(5, 0);
  }

  std::int32_t bits() const {
    return size_ == 0 ? 0 : static_cast<std::int32_t>(32 * size_) - std::countl_zero(limbs_[size_ - 1]);
  }

  void shift_left(std::uint32_t bits) {
    const std::uint32_t whole = bits / 32;
    if (whole != 0 && size_ != 0) {
      for (std::uint32_t k = size_; k > 0; --k) limbs_[k - 1 + whole] = limbs_[k - 1];
      for (std::uint32_t k = 0; k < whole; ++k) limbs_[k] = 0;
      size_ += whole;
    }
    if (bits % 32 != 0) multiply_add(1u << bits % 32, 0);
  }

  void subtract(const Natural& other) {
    std::uint64_t borrow = 0;
    for (std::uint32_t k = 0; k < size_; ++k) {
      const std::uint64_t difference = std::uint64_t{limbs_[k]} - (k < other.size_ ? other.limbs_[k] : 0) - borrow;
      limbs_[k] = static_cast<std::uint32_t>(difference);
      borrow = difference >> 63;
    }
    while (size_ > 0 && limbs_[size_ - 1] == 0) --size_;
  }

  // Negative, 0 or positive as it is less than, equal to or greater than the other.
  int compare(const Natural& other) const {
    if (size_ != other.size_) return size_ < other.size_ ? -1 : 1;
    for (std::uint32_t k = size_; k > 0; --k)
      if (limbs_[k - 1] != other.limbs_[k - 1]) return limbs_[k - 1] < other.limbs_[k - 1] ? -1 : 1;
    return 0;
  }

 private:
  std::uint32_t size_ = 0;  // limbs; the last one is not 0
  std::uint32_t limbs_[14];
};

// The middle of two floats has at most 112 digits. If a number has more than that, it is enough to know whether those
// behind are all 0. The smallest power of ten is then that of the last digit of the smallest number that does not
// become 0: 10^-(digits_max + 45), of which 5^158 has 367 bits, less than the digits, 377. A shift to the same length
// and one bit more fit Natural, too.
constexpr std::int32_t digits_max = 113;
constexpr std::int32_t exponent_most = 100000;  // what is beyond is clear without it

// digits * 10^exponent, and something less than 1 * 10^exponent more if `more`.
struct Decimal {
  Natural digits;
  std::int32_t count = 0;  // of the digits
  std::int32_t exponent = 0;
  bool more = false;
};

std::int32_t read_exponent(std::string_view text) {
  const bool negative = take(text, '-');
  if (!negative) take(text, '+');
  std::int32_t exponent = 0;
  for (const char digit : text)
    if (exponent < exponent_most) exponent = 10 * exponent + (digit - '0');
  return negative ? -exponent : exponent;
}

Decimal read_decimal(std::string_view text) {
  Decimal decimal;
  bool behind_point = false;
  for (std::size_t k = 0; k < text.size(); ++k) {
    if (text[k] == 'e' || text[k] == 'E') {
      decimal.exponent += read_exponent(behind(text, k + 1));
      break;
    }
    if (text[k] == '.') {
      behind_point = true;
      continue;
    }
    const std::uint32_t digit = static_cast<std::uint32_t>(text[k] - '0');
    const bool kept = decimal.count < digits_max;
    if (kept && (digit != 0 || decimal.count != 0)) {
      decimal.digits.multiply_add(10, digit);
      ++decimal.count;
    }
    decimal.more = decimal.more || (!kept && digit != 0);
    decimal.exponent += (kept ? 0 : 1) - (behind_point ? 1 : 0);
  }
  return decimal;
}

// The nearest float to the quotient times 2^exponent, and a bit more if `more`. Both are not 0.
std::uint32_t divide_to_float(Natural& a, Natural& b, std::int32_t exponent, bool more) {
  // The quotient becomes one of 1 to 2.
  const std::int32_t shift = a.bits() - b.bits();
  exponent += shift;
  shift < 0 ? a.shift_left(static_cast<std::uint32_t>(-shift)) : b.shift_left(static_cast<std::uint32_t>(shift));
  if (a.compare(b) < 0) {
    a.shift_left(1);
    --exponent;
  }
  if (exponent > 127) return infinity;
  if (exponent < -150) return 0;
  std::uint32_t significand = 0;
  for (std::int32_t bits = exponent < -126 ? 150 + exponent : 24; bits > 0; --bits) {
    significand <<= 1;
    if (a.compare(b) >= 0) {
      a.subtract(b);
      ++significand;
    }
    a.shift_left(1);
  }
  const int rest = a.compare(b);
  const bool up = rest > 0 || (rest == 0 && (more || (significand & 1) != 0));
  const std::uint32_t field = exponent < -126 ? 0 : static_cast<std::uint32_t>(exponent + 126);
  return (field << 23) + significand + (up ? 1 : 0);
}

// --- writing: Giulietti, The Schubfach way to render doubles, 2020
// -------------------------------------------------------

constexpr std::int32_t powers_first = -31, powers_last = 45;

constexpr std::int32_t floor_log2_of_power_of_10(std::int32_t power) { return (power * 1741647) >> 19; }

// 192 bits, the low ones first: enough for 10^45 and 2^150.
using Limbs = std::array<std::uint32_t, 6>;

constexpr void multiply(Limbs& number, std::uint32_t factor, std::int32_t times) {
  for (; times > 0; --times) {
    std::uint64_t carry = 0;
    for (std::uint32_t& limb : number) {
      carry += std::uint64_t{limb} * factor;
      limb = static_cast<std::uint32_t>(carry);
      carry >>= 32;
    }
  }
}

// Takes b from a if that is not less.
constexpr bool take(Limbs& a, const Limbs& b) {
  Limbs rest{};
  std::uint64_t borrow = 0;
  for (std::size_t k = 0; k < a.size(); ++k) {
    const std::uint64_t difference = std::uint64_t{a[k]} - b[k] - borrow;
    rest[k] = static_cast<std::uint32_t>(difference);
    borrow = difference >> 63;
  }
  if (borrow == 0) a = rest;
  return borrow == 0;
}

// The first 64 bits of a power of ten, rounded up: those of the quotient of two integers, one by one.
constexpr std::uint64_t bits_of_power_of_10(std::int32_t power) {
  Limbs a{1}, b{1};
  multiply(a, 10, power);
  multiply(b, 10, -power);
  multiply(a, 2, -floor_log2_of_power_of_10(power));
  multiply(b, 2, floor_log2_of_power_of_10(power));
  std::uint64_t bits = 0;
  for (int k = 0; k < 64; ++k) {
    bits = bits * 2 + (take(a, b) ? 1 : 0);
    multiply(a, 2, 1);
  }
  return a == Limbs{} ? bits : bits + 1;
}

// One constant for each, so that compilers do not give up on a long computation.
template <std::size_t index>
constexpr std::uint64_t power_of_10 = bits_of_power_of_10(static_cast<std::int32_t>(index) + powers_first);

constexpr auto powers_of_10 = []<std::size_t... index>(std::index_sequence<index...>) {
  return std::array{power_of_10<index>...};
}
(std::make_index_sequence<powers_last - powers_first + 1>());

// The product without its low 64 bits, of which the lowest bit left says whether there were any.
std::uint32_t scale_down(std::uint64_t power, std::uint32_t factor) {
  const std::uint64_t low = (power & 0xffffffff) * factor;
  const std::uint64_t high = (power >> 32) * factor + (low >> 32);
  return static_cast<std::uint32_t>(high >> 32) | (static_cast<std::uint32_t>(high) > 1 ? 1 : 0);
}

// digits * 10^exponent
struct ShortDecimal {
  std::uint32_t digits;
  std::int32_t exponent;
};

// Of a float that is neither 0 nor infinite.
ShortDecimal shortest(std::uint32_t size) {
  const std::uint32_t field = size >> 23, fraction = size & 0x7fffff;
  const std::uint32_t significand = field == 0 ? fraction : fraction | 0x800000;
  const std::int32_t exponent = static_cast<std::int32_t>(field == 0 ? 1 : field) - 150;
  // All numbers between the middles to the next floats read back as this one, the middles themselves if it is even.
  // Below a power of two the next one is only half as far away.
  const bool is_closer_below = fraction == 0 && field > 1;
  const std::uint32_t is_odd = significand & 1;
  // The greatest power of ten that is not above the distance of the middles.
  const std::int32_t power = (exponent * 1262611 - (is_closer_below ? 524031 : 0)) >> 22;
  const std::int32_t shift = exponent + floor_log2_of_power_of_10(-power) + 1;
  const std::uint64_t scale = powers_of_10[static_cast<std::size_t>(-power - powers_first)];
  // Four times the float and the middles in units of that power.
  const std::uint32_t value = scale_down(scale, (4 * significand) << shift);
  const std::uint32_t lowest = scale_down(scale, (4 * significand - 2 + is_closer_below) << shift) + is_odd;
  const std::uint32_t highest = scale_down(scale, (4 * significand + 2) << shift) - is_odd;
  const std::uint32_t units = value / 4, tens = units / 10;
  const bool ten_below = lowest <= 40 * tens, ten_above = 40 * tens + 40 <= highest;
  if (units >= 10 && ten_below != ten_above) return {tens + (ten_above ? 1 : 0), power + 1};
  const bool one_below = lowest <= 4 * units, one_above = 4 * units + 4 <= highest;
  if (one_below != one_above) return {units + (one_above ? 1 : 0), power};
  const std::uint32_t middle = 4 * units + 2;
  return {units + (value > middle || (value == middle && (units & 1) != 0) ? 1 : 0), power};
}

void put(FloatText& text, char character) { text.characters[text.size++] = character; }

void put(FloatText& text, std::string_view characters) {
  for (const char character : characters) put(text, character);
}

void put_zeros(FloatText& text, std::int32_t count) {
  for (; count > 0; --count) put(text, '0');
}

// With a point behind the digit number `point`, counted from the first one, which is 1.
void put_plain(FloatText& text, std::string_view digits, std::int32_t point) {
  const std::int32_t count = static_cast<std::int32_t>(digits.size());
  if (point <= 0) {
    put(text, "0.");
    put_zeros(text, -point);
    return put(text, digits);
  }
  put(text, first_of(digits, point < count ? static_cast<std::size_t>(point) : digits.size()));
  put_zeros(text, point - count);
  put(text, '.');
  point < count ? put(text, behind(digits, static_cast<std::size_t>(point))) : put(text, '0');
}

void put_scientific(FloatText& text, std::string_view digits, std::int32_t exponent) {
  put(text, digits[0]);
  if (digits.size() > 1) {
    put(text, '.');
    put(text, behind(digits, 1));
  }
  put(text, 'e');
  if (exponent < 0) put(text, '-');
  const std::int32_t size = exponent < 0 ? -exponent : exponent;
  if (size >= 10) put(text, static_cast<char>('0' + size / 10));
  put(text, static_cast<char>('0' + size % 10));
}

}  // namespace

DecimalText scan_decimal(std::string_view text) {
  take(text, '-');
  DecimalText result;
  if (!take_digits(text)) return {};
  if (take(text, '.')) {
    result.is_float = true;
    if (!take_digits(text)) return {};
  }
  if (take(text, 'e') || take(text, 'E')) {
    result.is_float = true;
    if (!take(text, '-')) take(text, '+');
    if (!take_digits(text)) return {};
  }
  result.valid = text.empty();
  return result;
}

bool read_float(std::string_view text, std::uint32_t& bits) {
  const std::uint32_t sign = take(text, '-') ? sign_bit : 0;
  Decimal decimal = read_decimal(text);
  const std::int32_t magnitude =
      decimal.count + decimal.exponent;  // 10^(magnitude - 1) is the place of the first digit
  bits = sign;
  if (decimal.count == 0 || magnitude < -45) return true;
  if (magnitude > 39) return false;
  Natural divisor;
  divisor.multiply_add(0, 1);
  (decimal.exponent < 0 ? divisor : decimal.digits)
      .multiply_by_power_of_5(decimal.exponent < 0 ? -decimal.exponent : decimal.exponent);
  bits |= divide_to_float(decimal.digits, divisor, decimal.exponent, decimal.more);
  return bits != (sign | infinity);
}

FloatText write_float(std::uint32_t r) {
  FloatText text;
  const std::uint32_t size = r & ~sign_bit;
  if (is_nan(r)) {
    put(text, "nan");
    return text;
  }
  if ((r & sign_bit) != 0) put(text, '-');
  if (size == infinity || size == 0) {
    put(text, size == 0 ? "0.0" : "inf");
    return text;
  }
  ShortDecimal decimal = shortest(size);
  for (; decimal.digits % 10 == 0; ++decimal.exponent) decimal.digits /= 10;
  char characters[10];
  std::size_t first = sizeof characters;
  for (; decimal.digits != 0; decimal.digits /= 10) characters[--first] = static_cast<char>('0' + decimal.digits % 10);
  const std::string_view digits{characters + first, sizeof characters - first};
  const std::int32_t point = static_cast<std::int32_t>(digits.size()) + decimal.exponent;
  if (point > -4 && point <= 9)
    put_plain(text, digits, point);
  else
    put_scientific(text, digits, point - 1);
  return text;
}

}  // namespace mica::ml
