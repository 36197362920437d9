// Straight-line text: numbers, expressions, fetches and stores.
#include <algorithm>
#include <array>

#include "tests/oracle/author.hpp"
#include "tests/oracle/reader.hpp"

namespace mica::oracle {

// A number at the edge of what 8, 16 or 32 bits can hold.
std::int64_t Author::extreme() {
  static constexpr std::array<std::int64_t, 34> edges{
      0,      1,      -1,     2,      126,   127,   128,    129,    -126,       -127,         -128,  -129,
      254,    255,    256,    257,    -254,  -255,  -256,   -257,   32766,      32767,        32768, 32769,
      -32766, -32767, -32768, -32769, 65535, 65536, -65535, -65536, 0x7FFFFFFF, -0x80000000LL};
  const std::int64_t edge = random_.pick(edges);
  if (edge == wrap(edge, settings_.cell_bits)) return edge;
  return edge < 0 ? lowest() + random_.below(3) : -lowest() - 1 - random_.below(3);
}

std::int64_t Author::any_number() {
  const unsigned kind = random_.below(20);
  if (kind < 10) return random_.between(-10, 20);
  if (kind < 15) return extreme();
  const unsigned bits = random_.count(4, settings_.cell_bits);
  return wrap(static_cast<std::int64_t>(random_.next()), bits);
}

void Author::number(std::int64_t value) {
  writer_.number(value);
  account(0, 1, 1);
}

// One more cell.
void Author::value(unsigned nesting) {
  const bool complex = nesting < 2 && room(4) && affordable(30);
  const unsigned kind = random_.below(complex ? 24 : 12);
  const bool has_index = !scope_.loops.empty() || frame_.callers_loop;
  if (kind < 5) return number(any_number());
  if (kind < 9 && has_index) {
    frame_.needs_loop = frame_.needs_loop || scope_.loops.empty();
    if (scope_.loops.size() >= 2 && random_.percent(30)) return op("j");
    return op("i");
  }
  if (kind == 7 && random_.percent(30)) return op("one");
  if (kind < 8) return scope_.depth > 0 ? op("dup") : number(any_number());
  if (kind < 9) return scope_.depth > 1 ? op("over") : number(extreme());
  if (kind == 11 && !constants_.empty()) {
    writer_.word(random_.pick(constants_).name);
    return account(0, 1, 1);
  }
  if (kind < 12) {
    const Storage* variable = some(Storage::Kind::variable);
    if (variable == nullptr) return number(any_number());
    name_of(*variable);
    return op("@");
  }
  if (kind < 17) return fetch();
  if (kind < 19) return read_table();
  value(nesting + 1);
  if (kind < 21) return transform();
  value(nesting + 1);
  combine();
}

void Author::condition() {
  const unsigned kind = random_.below(10);
  if (kind < 2) return value();
  value(1);
  if (kind < 4) return op("0=");
  number(any_number());
  op(random_.percent(40) ? "<" : random_.percent(70) ? ">" : "=");
}

// Makes the cell on top one of 0 .. n-1.
void Author::shrink_to(unsigned n) {
  op("dup");
  number(n);
  op("/");
  number(n);
  op("*");
  op("-");
  op("relu");
}

// Divides; the divisor is on top.
void Author::divide() {
  if (!risky_ && !straight_ && random_.percent(30)) {
    op("dup");
    op("0=");
    op("if");
    op("drop");
    number(random_.between(1, 9));
    writer_.word("endif");
  } else if (!risky_) {
    // No square is -1 modulo a power of two from 4 on, so this is never 0.
    op("dup");
    op("*");
    number(1);
    op("+");
  }
  op("/");
}

void Author::element_address(const Storage& array, bool store) {
  const auto k = random_.below(array.length);
  const unsigned way = random_.below(10);
  if (way < 3 && room(4)) {
    name_of(array);
    value(2);
    if (!risky_ || store) shrink_to(array.length);
    return op("cell+");
  }
  if (way < 4) return number(array.address + k * cell_bytes());
  name_of(array);
  if (k == 0 && way < 7) return;
  if (way < 8) {
    number(k);
    return op("cell+");
  }
  number(k * cell_bytes());
  op("+");
}

// Anywhere among the elements.
void Author::unaligned_address(const Storage& array) {
  name_of(array);
  number(random_.between(0, (array.length - 1) * cell_bytes()));
  op("+");
}

void Author::fetch() {
  const unsigned way = random_.below(20);
  const Storage* array = some(Storage::Kind::array);
  if (way == 0 && !storage_complete_ && !has_tasks_) {
    // Storage of the text that is still to come.
    number(data_end_ + random_.below(6));
    promised_end_ = data_end_ + 5 + cell_bytes();
  } else if (array == nullptr) {
    return number(any_number());
  } else if (way < 3) {
    name_of(*array);
    number(-1);
    op("cell+");
  } else if (way < 7) {
    unaligned_address(*array);
  } else {
    element_address(*array, false);
  }
  op("@");
}

void Author::read_table() {
  const unsigned kind = random_.below(10);
  const Storage* table = some(kind < 5   ? Storage::Kind::table
                              : kind < 8 ? Storage::Kind::typed
                                         : Storage::Kind::array);
  if (table == nullptr) return fetch();
  if (random_.percent(40) && room(5)) {
    value(2);
    if (!risky_) shrink_to(table->length);
  } else {
    number(random_.below(table->length));
  }
  if (!settings_.rexa && random_.percent(5) && !storage_complete_ && !has_tasks_ && promised_tables_ == 0) {
    // Element 0 of a table that is still to come.
    op("drop");
    number(0);
    number(lowest() + tables_);
    promised_tables_ = tables_ + 1;
  } else {
    name_of(*table);
  }
  op("read");
}

void Author::push_value() {
  if (room(6)) {
    value();
  } else if (scope_.depth > 0) {
    settle(scope_.depth - 1);
  }
}

void Author::transform() {
  static constexpr std::array<std::string_view, 8> words{"+", "-", "*", "<", ">", "=", "cell+", "/"};
  if (scope_.depth == 0) return push_value();
  const unsigned kind = random_.below(10);
  if (kind == 0) return function();
  if (kind == 1) return op("0=");
  if (kind == 2) {
    op("dup");
    return op(random_.percent(50) ? "*" : "+");
  }
  const std::string_view word = random_.pick(words);
  std::int64_t operand = any_number();
  if (word == "/" && operand == 0) operand = -1;
  number(operand);
  op(word);
}

void Author::function() {
  static constexpr std::array<std::string_view, 5> words{"relu", "relu", "sin", "log", "sigmoid"};
  op(random_.pick(words));
}

void Author::combine() {
  static constexpr std::array<std::string_view, 9> words{"+", "+", "-", "*", "<", ">", "=", "cell+", "/"};
  if (scope_.depth < 2) return push_value();
  const std::string_view word = random_.pick(words);
  if (word == "/") return divide();
  op(word);
}

void Author::shuffle() {
  const unsigned kind = random_.below(6);
  if (kind < 2 && scope_.depth >= 1 && room(3)) return op("dup");
  if (kind < 3 && scope_.depth >= 2 && room(3)) return op("over");
  if (kind < 5 && scope_.depth >= 2) return op("swap");
  if (scope_.depth >= 1) op("drop");
}

void Author::store() {
  if (!room(7)) return push_value();
  if (scope_.depth == 0 || random_.percent(50)) value();
  const Storage* variable = some(Storage::Kind::variable);
  const Storage* array = some(Storage::Kind::array);
  if (array != nullptr && !array->private_ && random_.percent(60)) {
    if (random_.percent(25)) {
      unaligned_address(*array);
    } else {
      element_address(*array, true);
    }
  } else if (variable != nullptr && !variable->private_) {
    name_of(*variable);
  } else {
    return;
  }
  op("!");
}

void Author::print() {
  if (random_.percent(15)) return op("cr");
  if (scope_.depth == 0 || random_.percent(30)) value();
  op(".");
}

// More words in a straight line than one charge covers.
void Author::stretch() {
  const std::size_t length = random_.count(66, 160);
  if (!affordable(3 * length) || scope_.nest >= 3) return transform();
  straight_ = true;
  const std::size_t end = writer_.words() + length;
  for (unsigned left = 400; left > 0 && writer_.words() < end; --left) statement();
  straight_ = false;
}

void Author::comment() { writer_.remark(); }

}  // namespace mica::oracle
