// Text to source words: names are looked up and jump targets resolved, nothing else is translated.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "tests/oracle/blocks.hpp"
#include "tests/oracle/oracle.hpp"

namespace mica::oracle {

// The words that a program is made of when names are looked up and the text is in order.
// clang-format off
enum class Kind : std::uint8_t {
  // Words that stand for themselves:
  dup, drop, swap, over, plus, minus, times, divide, equal, less, greater, zero_equal, fetch, store,
  cell_plus, read, write, relu, sin, log, sigmoid, dot, cr, vecfold,
  vecload, vecscale, vecadd, vecmul, vecmap, vecconv, vecreduce, vecreshape, vecprint, lowp, highp, hull,
  rounding, saturation, index, end,
  rot, minus_rot, nip, tuck, dup_twice, pick, two_dup, two_drop, two_swap, two_over, two_rot, dup_unless_zero,
  to_r, from_r, r, two_to_r, two_from_r, two_r, to_f, from_f, f, f_pick, f_drop, outer_index,
  modulo, minimum, maximum, bit_and, bit_or, bit_xor, differs, at_most, at_least, unsigned_less, unsigned_greater,
  shift_left, shift_right,
  minus_sign, negate, absolute, one, invert, zero_less, zero_greater, zero_differs, logical_not,
  double_plus, double_subtract, double_times, double_divide, double_modulo, double_minimum, double_maximum,
  double_and, double_or, double_xor, double_equal, double_less, double_greater,
  double_absolute, double_minus, extend, reduce, double_fetch, double_store, double_dot, base, out, execute,
  print_string, store_string, fetch_string,
  yield, sleep, start, every, self, kill, supervise, on_trap,
  send, send_in_time, receive, receive_in_time, send_all, receive_all,
  acquire, acquire_in_time, release, await, await_in_time, event, send_out, send_cells_out, receive_in, input,
  float_plus, float_subtract, float_times, float_divide, float_less, float_equal, float_minimum, float_maximum,
  float_below_zero, float_is_zero, float_negate, float_absolute, float_root, float_exponential, float_logarithm,
  float_sine, float_cosine, float_tangent, float_sigmoid, float_round, float_floor, to_float, from_float,
  float_dot,
  throw_,
  // Words with a jump or a return:
  if_, else_, until, again, while_, repeat, do_, loop, plus_loop, leave, return_, semicolon, try_, catch_,
  // What names and numbers come to:
  number, token, call, call_host, print_text, layer,
  // How vecmap goes on with a word of the program:
  map_next, map_element, map_call, map_store, map_end
};
// clang-format on
inline constexpr std::size_t kind_count = static_cast<std::size_t>(Kind::map_end) + 1;

std::string_view kind_name(Kind kind);
// Programs have floats in the own dialect with cells of 32 bits.
constexpr bool has_floats(unsigned cell_bits, bool rexa) { return cell_bits == 32 && !rexa; }
// And words with blocks.
constexpr bool has_layers(unsigned cell_bits, bool rexa) { return cell_bits == 32 && !rexa; }
// Of those one that cells of 16 bits have, too.
constexpr bool has_block(std::string_view word, unsigned cell_bits, bool rexa) {
  return has_layers(cell_bits, rexa) || (word == "forest{" && !rexa);
}
bool has_kind(Kind kind, unsigned cell_bits, bool rexa);

struct SourceWord {
  Kind kind;
  // Of a number or token; index of the definition, function of the host, text or block.
  std::int64_t value = 0;
  std::size_t target = 0;  // of a jump: position in the same definition
};

// What a comment with -- after the name of a word declares.
struct Effect {
  std::size_t takes = 0;
  std::size_t leaves = 0;
};

struct Definition {
  std::string name;
  std::vector<SourceWord> words;
  std::optional<Effect> effect;
};

// An array that has a handle. Where its elements are: in the data segment, with the host, or here if it is read-only.
struct Region {
  enum class Where { here, data, host, /* no arrays: */ channel, semaphore } where = Where::here;
  unsigned bits = 8;
  bool read_only = true;
  std::size_t offset = 0;  // in the data segment; index of an array of the host
  std::int64_t length = 0;
  std::vector<std::int64_t> elements = {};
  bool floats = false;
  bool cells = false;  // without a handle: of whatever a cell can be
};

struct Program {
  std::vector<Definition> definitions;  // number 0 is the text outside of all definitions
  std::vector<std::uint8_t> data;       // the whole segment, with the b bytes that nothing may touch
  std::vector<Region> regions;          // in the order of their handles
  std::vector<std::size_t> tokens;      // definitions in the order of their tokens
  std::vector<std::string> texts;       // up to four characters each
  std::vector<Block> blocks;
  std::optional<std::size_t> test;      // definition that calls the word of the self-test and ends
};

struct InvalidText : std::runtime_error {
  using std::runtime_error::runtime_error;
};

// Throws InvalidText.
Program read_program(std::string_view text, const Settings& settings);

// The low `bits` bits of a value as a two's complement number.
constexpr std::int64_t wrap(std::int64_t value, unsigned bits) {
  const unsigned unused = 64 - bits;
  return static_cast<std::int64_t>(static_cast<std::uint64_t>(value) << unused) >> unused;
}

void store_bits(std::vector<std::uint8_t>& data, std::size_t offset, std::int64_t value, unsigned bits);

}  // namespace mica::oracle
