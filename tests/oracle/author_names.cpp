// Text, tokens, and what the host offers by name.
#include <algorithm>
#include <array>
#include <utility>

#include "tests/oracle/author.hpp"
#include "tests/oracle/functions.hpp"
#include "tests/oracle/host.hpp"

namespace mica::oracle {

namespace {

constexpr std::array<std::string_view, 4> function_names{"relu", "sin", "log", "sigmoid"};

}  // namespace

void Author::named_words() {
  const unsigned kind = random_.below(20);
  if (kind < 4) return print_text();
  if (kind < 6) return push_text();
  if (kind < 8) return text_in_memory();
  if (kind < 11) return write_element();
  if (kind < 13) return execute_function();
  if (!settings_.host) return transform();
  host_words();
}

// --- text

std::string Author::some_text(unsigned length_max) {
  // rexa16 would cut the last one in two.
  static constexpr std::array<std::string_view, 12> pieces{"a",  "1", " ", "\n", "(",    ")",
                                                           "\\", ";", "{", "$ ", "text", "\xC3\x9C"};
  std::string text;
  const unsigned most = length_max > 100 ? length_max : 40;
  for (unsigned left = random_.percent(90) ? random_.below(7) : random_.below(most); left > 0; --left) {
    const std::string_view piece = word_of(pieces, pieces.size() - 1);
    if (text.size() + piece.size() <= length_max) text += piece;
  }
  return text;
}

// The text as the program has it: rexa16 leaves out the last character.
unsigned Author::quoted(std::string_view word, unsigned length_max) {
  static constexpr std::array<std::string_view, 5> blanks{" ", " ", " ", "\t", "\n"};
  const std::string text = some_text(length_max);
  writer_.word(std::string(word) + std::string(random_.pick(blanks)) + text + "\"");
  const auto length = static_cast<unsigned>(text.size());
  return settings_.rexa && length > 0 ? length - 1 : length;
}

void Author::print_text() {
  if (!affordable(200)) return transform();
  const unsigned length = quoted(".\"", 60);
  account(0, 0, 8 * ((length + 3) / 4));
}

void Author::push_text() {
  const unsigned most = random_.percent(80) ? 4 : 60;
  if (!room(most + 4)) return transform();
  const auto cell = static_cast<unsigned>(cell_bytes());
  const unsigned cells = (quoted("s\"", most * cell) + cell - 1) / cell + 1;
  account(0, cells, cells);
}

// Stores a text, and fetches it for printing.
void Author::text_in_memory() {
  const auto cell = static_cast<unsigned>(cell_bytes());
  const Storage* array = some(Storage::Kind::array);
  if (!may_execute() || array == nullptr || !room(10) || !affordable(200)) return transform();
  const Storage chosen = *array;
  const unsigned cells = (quoted("s\"", std::min(5U, chosen.length - 1) * cell) + cell - 1) / cell;
  account(0, cells + 1, cells + 1);
  if (random_.percent(40)) return print_string(cells);
  name_of(chosen);
  op("s!");
  account(cells, 0, 64);
  if (random_.percent(30)) return;
  name_of(chosen);
  op("s@");
  account(0, cells, 64);
  if (!settings_.rexa || random_.percent(70)) print_string(cells);
}

void Author::print_string(unsigned cells) {
  op(".s");
  account(cells, 0, 64);
}

// --- elements

// Of an array of cells or one behind a handle.
void Author::write_element() {
  const Storage* array = some(random_.percent(50) ? Storage::Kind::typed : Storage::Kind::array);
  if (array == nullptr || !room(7)) return transform();
  const Storage chosen = *array;
  value(1);
  number(random_.below(chosen.length));
  name_of(chosen);
  op("write");
}

// --- tokens

// In the own dialect nothing is known of the depth afterwards: only the top level can go on.
bool Author::may_execute() const { return settings_.rexa || (!frame_.is_word && scope_.nest == 0); }

// The token of a function, as a number or by its name.
void Author::push_token(std::int64_t token) {
  const std::string_view name = function_names[static_cast<std::size_t>(-token - 1)];
  if (name == redefined_ || random_.percent(40)) return number(token);
  writer_.word("$");
  writer_.word(name);
  account(0, 1, 1);
}

void Author::execute_function() {
  if (!may_execute() || !room(8) || !affordable(60)) return transform();
  if (settings_.host && random_.percent(40)) return execute_host_function();
  if (scope_.depth == 0) value();
  const std::string_view name = random_.pick(function_names);
  if (name == redefined_) return transform();
  writer_.word("$");
  writer_.word(name);
  account(0, 1, 1);
  op("execute");
  account(1, 1, 8);
}

// The token of a function of the host.
void Author::push_host_token(std::string_view name, unsigned percent_numbers) {
  const Host host = example_host();
  const auto found = std::find_if(host.functions.begin(), host.functions.end(),
                                  [&](const HostFunction& one) { return one.name == name; });
  if (is_name(name) || random_.percent(percent_numbers))
    return number(first_host_token - (found - host.functions.begin()));
  writer_.word("$");
  writer_.word(name);
  account(0, 1, 1);
}

void Author::execute_host_function() {
  const Host host = example_host();
  const HostFunction& function = random_.pick(host.functions);
  // The own dialect must be able to know the depth.
  if (is_name(function.name) && !settings_.rexa) return transform();
  for (std::size_t k = 0; k < function.takes; ++k) value(1);
  if (function.name == "host-check") op("relu");
  push_host_token(function.name, settings_.rexa ? 20 : 0);
  op("execute");
  account(static_cast<unsigned>(function.takes), static_cast<unsigned>(function.leaves), 8);
}

// By its name, by its token, or with the word that is made for it.
void Author::invoke(const Word& word) {
  const bool by_token = word.token_of.empty() && may_execute() && random_.percent(12) && room(word.price.peak + 2);
  if (!by_token && word.token_of.empty()) return writer_.word(word.name);
  writer_.word("$");
  writer_.word(by_token ? word.name : word.token_of);
  account(0, 1, 2);
  account(1, 0, 0);
  writer_.word(by_token ? "execute" : word.name);
}

// A word that executes the token of another one.
void Author::define_apply() {
  std::vector<std::size_t> candidates;
  const bool may_raise = std::exchange(scope_.may_raise, true);
  for (std::size_t k = 0; k < words_.size(); ++k)
    if (callable(words_[k]) && words_[k].grades.empty() && words_[k].more == 0 && !words_[k].needs_loop &&
        !words_[k].ends && words_[k].token_of.empty() && words_[k].price.levels + 1 < frame_.levels_max)
      candidates.push_back(k);
  scope_.may_raise = may_raise;
  if (candidates.empty()) return define_plain(false);
  const Word callee = words_[random_.pick(candidates)];
  Word word = callee;
  word.name = new_name();
  word.token_of = callee.name;
  word.price = {callee.price.ticks + 6, callee.price.peak + 2, callee.price.levels + 1, callee.price.tries};
  const Frame outer_frame = frame_;
  const Scope outer_scope = scope_;
  open_word(word.name, callee.takes + 1, callee.leaves, true);
  writer_.word("execute");
  writer_.word(";");
  frame_ = outer_frame;
  scope_ = outer_scope;
  words_.push_back(std::move(word));
}

// A word that does nothing but call another one.
std::string Author::word_around(std::string_view callee, std::string_view effect) {
  const std::string name = new_name();
  writer_.word(":");
  writer_.word(name);
  writer_.effect_comment(effect);
  writer_.word(callee);
  writer_.word(";");
  hide(name);
  return name;
}

// Elements through a word of the program. It may store to a variable, and it sees the operands below its cell.
void Author::plan_map_by_word() {
  static constexpr std::array<std::string_view, 9> bodies{
      "dup * 3 -", "relu 2 /", "", "dup 0 < if minus endif", "dup .", "2 pick +", "1 swap - >r 5 r> +",
      "dup >f f> +", "$ WORD +"};
  const unsigned length = random_.count(1, 6);
  const VectorPart out = array_part(length, true);
  const VectorPart source = random_.percent(30) ? out : array_part(length + random_.below(2), false);
  const VectorPart scale = scale_part(length);
  std::string name = new_name();
  const std::string_view body = random_.pick(bodies);
  writer_.word(":");
  writer_.word(name);
  writer_.effect_comment("n -- n2");
  hide(name);
  text(body == bodies.back() ? "$ " + name + " +" : std::string(body), name);
  writer_.word(";");
  if (random_.percent(40)) name = word_around(name, "n -- n2");
  if (!affordable(60 * length + 100) || !room(18)) return;
  push_part(source);
  push_part(out);
  writer_.word("$");
  writer_.word(name);
  account(0, 1, 1);
  push_part(scale);
  op("vecmap");
  frame_.levels = std::max(frame_.levels, 3U);
  account(0, 0, 56 + 60 * length);
}

// Elements through a function of the host that fails for those below 0.
void Author::plan_map_by_host() {
  const unsigned length = random_.count(1, 6);
  const VectorPart source = array_part(length, true);
  const VectorPart out = random_.percent(50) ? source : array_part(length, true);
  const VectorPart scale = scale_part(length);
  if (!affordable(40 * length + 220) || !room(18)) return;
  push_part(source);
  push_part(source);
  push_token(-1);
  number(0);
  op("vecmap");
  push_part(source);
  push_part(out);
  push_host_token("host-check");
  push_part(scale);
  op("vecmap");
  account(0, 0, 168 + 31 * length);
}

// --- the host

bool Author::is_name(std::string_view name) const {
  return std::find(names_.begin(), names_.end(), name) != names_.end();
}

void Author::host_words() {
  if (!room(8) || !affordable(60)) return transform();
  const unsigned kind = random_.below(12);
  if (kind < 2) return host_array(kind);
  if (kind < 5) return host_level();
  if (kind < 7 && !is_name("host-add")) {
    value(1);
    value(1);
    return op("host-add");
  }
  if (kind < 9) {
    value(1);
    return op("host-tell");
  }
  if (kind < 10) return op("host-pair");
  value(1);
  op("relu");
  op("host-check");
}

// Its first use gives it a handle; from then on it is an array like others.
void Author::host_array(unsigned which) {
  const HostArray array = example_host().arrays[which];
  const bool known =
      std::any_of(storage_.begin(), storage_.end(), [&](const Storage& one) { return one.name == array.name; });
  if (known) return read_table();
  const auto length = static_cast<unsigned>(array.elements.size());
  storage_.push_back({array.read_only ? Storage::Kind::table : Storage::Kind::typed, array.name, lowest() + tables_++,
                      length, array.read_only});
  number(random_.below(length));
  writer_.word(array.name);
  account(0, 1, 1);
  op("read");
}

// In rexa16 its name is that of a variable: index and handle.
void Author::host_level() {
  const std::string_view name = "host-level";
  if (is_name(name)) return transform();
  if (!level_used_) ++tables_;
  level_used_ = true;
  const bool writes = random_.percent(50);
  if (writes) value(1);
  if (!settings_.rexa) number(0);
  writer_.word(name);
  settings_.rexa ? account(0, 2, 2) : account(0, 1, 1);
  op(writes ? "write" : "read");
}

// --- traps

void Author::trap_text() {
  const Storage* array = some(Storage::Kind::array);
  const unsigned kind = array == nullptr ? 0 : random_.below(4);
  const std::int64_t length = random_.percent(50) ? -1 - std::int64_t{random_.below(9)} : 3000;
  if (kind > 1) {
    const Storage chosen = *array;
    number(length);
    name_of(chosen);
    if (kind == 2) return op("s!");
    op("!");
    name_of(chosen);
    op("s@");
    return op("drop");
  }
  number(kind == 0 ? length : 0);
  if (kind == 0) return op(".s");
  number(no_address());
  op("s!");
}

// vecmap with a function of the host that does not make one cell of one, or that fails.
void Author::trap_host_map(const Storage& array) {
  static constexpr std::array<std::string_view, 4> names{"host-add", "host-tell", "host-pair", "host-check"};
  const std::string_view name = random_.pick(names);
  if (name == "host-check") {
    number(random_.percent(50) ? -1 : lowest());
    number(random_.below(array.length));
    name_of(array);
    op("write");
  }
  name_of(array);
  name_of(array);
  push_host_token(name);
  number(0);
  op("vecmap");
}

// vecmap with a word that does not make one cell of one, or not surely.
void Author::trap_map() {
  struct Shape {
    std::string_view effect, body;
  };
  static constexpr std::array<Shape, 3> plain{
      {{"n n2 -- n3", "+"}, {"n -- n n2", "dup"}, {"n -- n2", "dup if dup endif"}}};
  static constexpr std::array<Shape, 6> declared{{{"n -- n2", "dup if 5 endif"},
                                                  {"n -- n2", "1 if 5 endif drop drop drop 7 7"},
                                                  {"n -- n2", "1 if 5 endif drop drop drop 2 9"},
                                                  {"n -- n2", "0 if 5 endif 3 +"},
                                                  {"n -- n2", "?dup if 2 * else 5 endif"},
                                                  {"n -- n2", "5 ?dup drop"}}};
  static constexpr std::array<Shape, 5> uncertain{{{"n -- n2", "dup if + 0 endif"},
                                                   {"n -- n2", "dup if swap drop 1 swap endif"},
                                                   {"n -- n2", "1 if f drop endif"},
                                                   {"n -- n2", "2 0 do dup if + 0 endif loop"},
                                                   {"n -- n2", "dup 0= if return endif + 1"}}};
  const Storage* array = some(Storage::Kind::array);
  if (array == nullptr) return;
  const Storage chosen = *array;
  if (settings_.host && random_.percent(50)) return trap_host_map(chosen);
  const bool is_plain = random_.percent(30);
  const Shape& shape = is_plain         ? random_.pick(plain)
                       : settings_.rexa ? random_.pick(uncertain)
                                        : random_.pick(declared);
  std::string name = new_name();
  writer_.word(":");
  writer_.word(name);
  writer_.effect_comment(shape.effect);
  hide(name);
  text(shape.body, name);
  writer_.word(";");
  for (unsigned around = random_.below(3); around > 0; --around) name = word_around(name, shape.effect);
  name_of(chosen);
  name_of(chosen);
  writer_.word("$");
  writer_.word(name);
  account(0, 1, 1);
  number(0);
  op("vecmap");
}

void Author::trap_names() {
  const unsigned kind = random_.below(10);
  const bool by_token = may_execute() && !frame_.is_word;
  if (kind < 4 && settings_.host) {
    number(random_.percent(50) ? -1 : lowest());
    if (!by_token || random_.percent(50)) {
      op("host-check");
    } else {
      push_host_token("host-check", 0);
      op("execute");
      account(1, 1, 8);
    }
    return op("drop");
  }
  if (kind < 5 && by_token) {
    static constexpr std::array<std::int64_t, 5> tokens{0, -1 - function_count, 120, -300, first_host_token + 1};
    number(random_.percent(80) ? random_.pick(tokens) : lowest());
    return op("execute");
  }
  if (kind < 6 && by_token) return trap_text();
  if (kind < 8 && !frame_.is_word && scope_.nest == 0) return trap_map();
  const unsigned which = random_.below(4);
  const Storage* array = some(which == 0   ? Storage::Kind::table
                              : which == 1 ? Storage::Kind::typed
                                           : Storage::Kind::array);
  value(1);
  if (array == nullptr || random_.percent(30)) {
    number(0);
    random_.percent(50) ? number(no_handle()) : number(no_address());
    return op("write");
  }
  const Storage chosen = *array;
  const std::array<std::int64_t, 5> wrong{-1, chosen.length, chosen.length + 1, lowest(), -lowest() - 1};
  number(which == 0 && random_.percent(60) ? 0 : random_.pick(wrong));
  name_of(chosen);
  op("write");
}

}  // namespace mica::oracle
