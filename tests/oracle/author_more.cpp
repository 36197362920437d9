// Words on single cells, doubles, the loop stack and the return stack.
#include <algorithm>
#include <array>
#include <utility>

#include "tests/oracle/author.hpp"
#include "tests/oracle/reader.hpp"

namespace mica::oracle {

namespace {

struct Move {
  std::string_view word;
  unsigned takes;
  bool own;
};

constexpr std::array<Move, 10> moves{{{"rot", 3, false},
                                      {"-rot", 3, true},
                                      {"nip", 2, true},
                                      {"tuck", 2, true},
                                      {"-dup", 1, false},
                                      {"2dup", 2, false},
                                      {"2drop", 2, false},
                                      {"2swap", 4, false},
                                      {"2over", 4, false},
                                      {"2rot", 6, false}}};

constexpr std::array<std::string_view, 9> changes{"minus", "abs", "0<", "negate", "invert", "0>", "0<>", "not", "0="};
constexpr std::size_t changes_of_rexa = 3;

constexpr std::array<std::string_view, 12> pairs{"min", "max", "and", "or", "xor", "mod",
                                                 "<>",  "<=",  ">=",  "u<", "u>",  "mod"};
constexpr std::size_t pairs_of_rexa = 6;

constexpr std::array<std::string_view, 10> double_pairs{"2+",   "2-",   "2*",   "2/",  "2mod",
                                                        "2min", "2max", "2and", "2or", "2xor"};

// Moves cells to the loop stack and back over ways that differ. The own dialect takes none of it.
constexpr std::array<std::string_view, 6> uneven_loop_stack{
    "3 begin dup >f 1 - dup 0 < until drop 4 begin f> . 1 - dup 0= until drop",
    "5 >f 6 >f dup 0 > if f> drop 1 else 2 endif fdrop",
    "5 >f 6 >f 1 1 + fdrop",
    "2 0 do 7 >f i drop f> drop loop",
    "3 0 do f> 1 + >f loop",
    "4 begin dup while dup >f 1 - repeat drop f> f> f> f> + + + ."};

}  // namespace

void Author::more_words() {
  if (floats_ && random_.percent(30)) return float_words();
  const unsigned kind = random_.below(20);
  if (kind < 3) return change();
  if (kind < 7) return change_pair();
  if (kind < 11) return move();
  if (kind < 15) return double_words();
  if (kind < 17) return through_return_stack();
  if (kind < 19 && !straight_) return through_loop_stack();
  number_base();
}

void Author::change() {
  if (scope_.depth == 0) return push_value();
  op(word_of(changes, changes_of_rexa));
}

void Author::change_pair() {
  if (!room(4)) return transform();
  if (scope_.depth < 2) value(1);
  if (scope_.depth < 2) value(1);
  const unsigned kind = random_.below(10);
  if (kind < 2 && !settings_.rexa) {
    if (random_.percent(80)) number(random_.between(-1, settings_.cell_bits + 1));
    return op(random_.percent(50) ? "lshift" : "rshift");
  }
  const std::string_view word = word_of(pairs, pairs_of_rexa);
  if (word != "mod" || risky_) return op(word);
  op("dup");
  op("0=");
  op("+");  // the divisor is not 0, unless it was -1
  op("dup");
  op("0=");
  op("-");
  op("mod");
}

void Author::move() {
  if (!room(6) || scope_.depth == 0) return push_value();
  if (random_.percent(25)) {
    number(random_.count(1, scope_.depth));
    return op("pick");
  }
  const Move& one = random_.pick(moves);
  if (one.takes > scope_.depth || (one.own && settings_.rexa)) return shuffle();
  op(one.word);
}

void Author::double_number() {
  const unsigned bits = 2 * settings_.cell_bits;
  const unsigned kind = random_.below(10);
  std::int64_t value = any_number();
  if (kind > 6) value = wrap(static_cast<std::int64_t>(random_.next()), bits);
  if (kind == 6) value = static_cast<std::int64_t>((std::uint64_t{1} << (bits - 1)) - random_.below(3));
  if (kind == 5) value = wrap(-2 * (std::int64_t{1} << (bits - 2)) + random_.below(2), bits);
  writer_.double_number(wrap(value, bits));
  account(0, 2, 2);
}

// Two more cells that are a double.
void Author::double_value() {
  const unsigned kind = random_.below(10);
  const Storage* array = some(Storage::Kind::array);
  if (kind < 3) {
    value(2);
    op("2ext");
  } else if (kind < 5 && array != nullptr && array->length > 1) {
    name_of(*array);
    number(random_.below(array->length - 1));
    op("cell+");
    op("2@");
  } else if (kind < 6) {
    value(2);
    value(2);
  } else {
    double_number();
  }
}

void Author::double_words() {
  if (!room(9) || !affordable(60)) return transform();
  double_value();
  const unsigned kind = random_.below(20);
  if (kind < 10) {
    const std::string_view word = random_.pick(double_pairs);
    double_value();
    if (word == "2/" || word == "2mod") {
      if (!risky_) {
        writer_.double_number(1);
        account(0, 2, 2);
        op("2or");
      }
    }
    op(word);
  } else if (kind < 12) {
    op(random_.percent(50) ? "2abs" : "2minus");
  }
  if (kind >= 17) {
    static constexpr std::array<std::string_view, 3> comparisons{"2=", "2<", "2>"};
    double_value();
    return op(random_.pick(comparisons));
  }
  const unsigned end = random_.below(10);
  const Storage* array = some(Storage::Kind::array);
  if (end < 4) return op("2.");
  if (end < 6) return op("2red");
  if (end < 8) return;
  if (array == nullptr || array->private_ || array->length < 2) return op("2drop");
  name_of(*array);
  number(random_.below(array->length - 1));
  op("cell+");
  op("2!");
}

void Author::through_return_stack() {
  if (!room(6) || scope_.depth == 0) return push_value();
  const bool two = !settings_.rexa && scope_.depth >= 2 && random_.percent(30);
  op(two ? "2>r" : ">r");
  if (random_.percent(40)) op(two && random_.percent(50) ? "2r" : "r");
  const bool outside = std::exchange(straight_, true);
  block(random_.below(3));
  straight_ = outside;
  if (!straight_ && random_.percent(30)) call();
  op(two ? "2r>" : "r>");
}

// Structures inside find the loop stack as it was, and do not go away without giving back what lies there.
void Author::through_loop_stack() {
  if (!room(8) || !affordable(60) || scope_.nest >= 4) return transform();
  if (settings_.rexa && settings_.allow_unbalanced && random_.percent(30)) {
    if (scope_.depth == 0) value();
    if (!affordable(150) || !room(12)) return;
    const auto shape = random_.below(uneven_loop_stack.size());
    if (shape == 4 && scope_.times > 1) return;
    return text(uneven_loop_stack[shape], "");
  }
  if (scope_.depth == 0) value();
  const unsigned cells = random_.count(1, std::min(3U, scope_.depth));
  const Scope outside = scope_;
  scope_.held += 2 * static_cast<unsigned>(scope_.loops.size());
  scope_.loops.clear();
  scope_.fence = 0;
  scope_.closed = true;
  for (unsigned k = 0; k < cells; ++k) {
    op(">f");
    ++scope_.held;
  }
  const unsigned depth = scope_.depth;
  ++scope_.nest;
  block(random_.count(1, 3));
  if (!scope_.dead) settle(depth);
  scope_.dead = false;
  --scope_.nest;
  const unsigned kind = random_.below(6);
  if (kind == 0) op("f");
  if (kind == 1) {
    number(random_.count(1, cells));
    op("fpick");
  }
  unsigned left = cells;
  while (left > 0) {
    if (random_.percent(20)) {
      const unsigned count = random_.count(1, left);
      number(count);
      op("fdrop");
      left -= count;
      scope_.held -= count;
    } else {
      op("f>");
      --left;
      --scope_.held;
    }
  }
  scope_.loops = outside.loops;
  scope_.fence = outside.fence;
  scope_.held = outside.held;
  scope_.closed = outside.closed;
}

void Author::number_base() {
  if (!affordable(30) || !room(3)) return transform();
  if (random_.percent(50)) {
    value();
    return op("out");
  }
  number(random_.percent(60) ? 0 : any_number());
  op("base");
}

}  // namespace mica::oracle
