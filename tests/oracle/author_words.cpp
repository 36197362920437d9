// Definitions and calls.
#include <algorithm>
#include <array>
#include <utility>

#include "tests/oracle/author.hpp"
#include "tests/oracle/tokens.hpp"

namespace mica::oracle {

namespace {

// Words that call themselves. In those that the own dialect takes without a declaration the call stands in
// the else part, and the part before it shows the effect of the whole word.
constexpr std::array<Template, 10> recursive_words{{
    {"dup 0 > if 1 - $ SELF execute ~ 3 + endif", 1, 1, 0, 1, false, true},
    {"dup 0 > if 1 - ~ SELF 3 + endif", 1, 1, 0, 1, false, true},
    {"dup 1 < if drop 7 ~ else dup ~ 1 - SELF + endif", 1, 1, 0, 1, false, false},
    {"dup 0= if 1 + else dup 1 = if 5 + ~ else 1 - SELF 2 * endif endif", 1, 1, 0, 1, false, false},
    {"dup 2 < if else dup 1 - SELF swap ~ 2 - SELF + endif", 1, 1, 0, 2, true, false},
    {"dup if dup . 1 - ~ SELF else drop endif", 1, 0, 0, 1, false, true},
    {"dup 0= if drop ~ else dup . 1 - SELF endif", 1, 0, 0, 1, false, false},
    {"dup 0= if drop else swap over over over / * - SELF endif", 2, 1, 0, 2, false, false},
    {"dup 0 > if 2 0 do dup 1 - ~ SELF loop endif drop", 1, 0, 0, 3, true, true},
    {"dup 0= if return endif 1 - ~ SELF 1 +", 1, 1, 0, 1, false, true},
}};

// Words whose depth is not known from the text but right in the end.
constexpr std::array<Template, 6> dynamic_words{{
    {"0 swap begin dup 1 - dup 0= until drop begin + over 0= until swap drop", 1, 1, 2, 1, false, true},
    {"?dup if ~ else 5 endif", 1, 1, 0, 1, false, true},
    {"dup 0 > dup if over swap endif if + ~ endif", 1, 1, 0, 1, false, true},
    {"dup 0 do i swap ~ loop 1 do + loop", 1, 1, 2, 1, false, true},
    {"dup 3 > dup if 5 swap endif if 0 do ~ i . loop drop else drop 4 . endif", 1, 0, 0, 1, false, true},
    {"dup begin dup if dup 1 - else 5 return endif dup 5 > if drop drop 9 endif return again", 1, 3, 1, 2,
     false, true},
}};

constexpr unsigned grade_count = 5;

}  // namespace

void Author::define() {
  const unsigned kind = random_.below(20);
  const bool unbalanced = settings_.allow_unbalanced;
  if (kind < 4) return define_template(random_.pick(recursive_words));
  if (kind < 6 && (unbalanced || !settings_.rexa)) {
    const Template& shape = random_.pick(dynamic_words);
    return define_template(settings_.rexa && &shape == &dynamic_words[1] ? dynamic_words[0] : shape);
  }
  if (kind < 8) return define_apply();
  if (kind < 11 && !settings_.rexa) return define_plain(false, true);
  define_plain(unbalanced && kind < 11);
}

// A name that is new or, now and then, gets a new meaning.
std::string Author::name_for_definition() {
  if (names_.empty() || in_task_ || !random_.percent(10)) return new_name();
  const std::string name = random_.pick(names_);
  return name == trap_word_ ? new_name() : name;
}

std::string Author::new_name() {
  static constexpr std::array<std::string_view, 20> whole{
      "x",  "y",     "X",      "DUP", "Drop", "End",  "IF",    "sum", "Sum", "3dup",
      "1+", "-roll", "Negate", "I",   "a-b",  "f(x)", "+Loop", "x;",  "0>=", "--1"};
  static constexpr std::array<std::string_view, 12> stems{"v",
                                                          "w",
                                                          "Word",
                                                          "a-long-name-that-differs-only-late-",
                                                          "\xC3\x9C"
                                                          "ber",
                                                          "x:",
                                                          "#",
                                                          "n2-",
                                                          "drop",
                                                          "0xg",
                                                          "0b2",
                                                          "-x"};
  std::string name(random_.pick(whole));
  if (!redefined_.empty() && random_.percent(20)) name = redefined_;
  if (settings_.host && random_.percent(4)) name = random_.percent(50) ? "host-add" : "host-level";
  while (std::find(names_.begin(), names_.end(), name) != names_.end()) {
    name = random_.pick(stems);
    name += std::to_string(random_.below(1000));
    if (settings_.rexa && random_.percent(5))
      name = "0x" + name;  // the own dialect could read this as a number
    if (parse_number(name, settings_.cell_bits, settings_.rexa)) name = names_.front();
  }
  names_.push_back(name);
  return name;
}

void Author::hide(std::string_view name) {
  for (Word& word : words_)
    if (word.name == name || word.token_of == name) word.hidden = true;
  for (Storage& storage : storage_)
    if (storage.name == name) storage.hidden = true;
  if (semaphore_ == name) semaphore_.clear();
  std::erase_if(constants_, [&](const Constant& one) { return one.name == name; });
}

std::string Author::effect_items(unsigned takes, unsigned leaves) {
  static constexpr std::array<std::string_view, 8> ones{"n", "n2", "x", "flag", "addr", "d-", "du", "u"};
  static constexpr std::array<std::string_view, 5> twos{"d", "ud", "d1", "ud2", "d12"};
  const auto items = [&](unsigned cells) {
    std::string text;
    while (cells > 0) {
      const bool two = cells >= 2 && random_.percent(30);
      text += two ? random_.pick(twos) : random_.pick(ones);
      text += random_.percent(95) ? " " : "\n";
      cells -= two ? 2 : 1;
    }
    return text;
  };
  const std::string before = items(takes);
  return before + "-- " + items(leaves);
}

void Author::open_word(const std::string& name, unsigned takes, unsigned leaves, bool declare) {
  writer_.word(settings_.rexa && name.size() % 5 == 0 ? ":*" : ":");
  writer_.word(name);
  writer_.plain_gap();
  hide(name);
  if (settings_.rexa) {
    // Ignored, whatever it says.
    const unsigned any_takes = random_.below(4);
    const unsigned any_leaves = random_.below(4);
    if (random_.percent(40)) writer_.effect_comment(effect_items(any_takes, any_leaves));
  } else if (declare) {
    writer_.effect_comment(effect_items(takes, leaves));
  } else if (random_.percent(10)) {
    writer_.effect_comment("no effect - just text");
  }
  const unsigned room_for_calls = frame_.levels_max - 1;
  frame_ = {};
  frame_.is_word = true;
  frame_.leaves = leaves;
  frame_.cells_max = std::max(settings_.stack_cells / 4, takes + 6);
  frame_.levels_max = random_.percent(70) ? std::min(2U, room_for_calls) : room_for_calls;
  frame_.tries_max = random_.count(1, 2);
  frame_.ticks_max = random_.count(60, settings_.size == Size::small ? 300 : 900);
  scope_ = {};
  scope_.depth = takes;
  account(0, 0, 0);
}

void Author::define_plain(bool uses_callers_index, bool raises) {
  const Frame outer_frame = frame_;
  const Scope outer_scope = scope_;
  Word word;
  word.name = name_for_definition();
  word.takes = random_.below(4);
  word.leaves = random_.below(4);
  open_word(word.name, word.takes, word.leaves, random_.percent(40));
  frame_.callers_loop = uses_callers_index;
  scope_.may_raise = word.raises = raises;
  block(random_.count(1, 7));
  if (raises && !scope_.dead) raise();
  const unsigned ending = random_.below(100);
  if (ending < 6) {
    again_loop();
  } else if (ending < 9) {
    settle(word.leaves);
    op("end");
    word.ends = true;
    dead_text();
  } else if (ending < 13 && may_return()) {
    word_end();
  }
  close_word(word, outer_frame, outer_scope);
}

// Both parts of a branch return.
void Author::word_end() {
  condition();
  op("if");
  const Scope before = scope_;
  leave_or_return();
  scope_ = before;
  writer_.word("else");
  leave_or_return();
  writer_.word("endif");
}

void Author::close_word(Word word, const Frame& outer_frame, const Scope& outer_scope) {
  if (!scope_.dead) settle(word.leaves);
  op(";");
  word.more = std::max(frame_.more, scope_.dead ? 0 : scope_.more);
  word.needs_loop = frame_.needs_loop;
  word.price = {frame_.ticks, frame_.peak, frame_.levels + 1, frame_.tries};
  frame_ = outer_frame;
  scope_ = outer_scope;
  words_.push_back(std::move(word));
}

// Random words that leave the cells below them alone and nothing on top.
void Author::filler() {
  const Scope kept = scope_;
  scope_.base = kept.all() + 2;
  scope_.depth = 0;
  scope_.nest = 2;
  scope_.steady = true;
  scope_.closed = true;
  block(random_.below(3));
  settle(0);
  scope_ = kept;
}

void Author::text(std::string_view words, std::string_view self) {
  Tokens tokens(words);
  while (const auto token = tokens.next()) {
    ++frame_.ticks;
    if (token->text == "~") {
      filler();
    } else if (token->text == "SELF") {
      writer_.word(self);
    } else if (const auto constant = parse_number(token->text, settings_.cell_bits, true)) {
      writer_.number(constant->value);
    } else {
      writer_.word(token->text);
    }
  }
}

void Author::define_template(const Template& shape) {
  const Frame outer_frame = frame_;
  const Scope outer_scope = scope_;
  Word word;
  word.name = name_for_definition();
  word.takes = shape.takes;
  word.leaves = shape.leaves;
  open_word(word.name, shape.takes, shape.leaves, shape.declared || random_.percent(30));
  frame_.ticks_max = random_.count(20, 120);
  frame_.levels_max = 1;
  text(shape.body, word.name);
  writer_.word(";");
  // Every element of a dynamic word's pile takes a round of its loops: as dear as a call of the next level.
  word.first_grade = shape.first_grade;
  for (unsigned n = 0; n < grade_count; ++n) {
    const unsigned levels = word.first_grade + n + 1;
    const std::uint64_t bodies = shape.doubles ? std::uint64_t{1} << (levels + 1) : levels;
    word.grades.push_back({bodies * (frame_.ticks + 12), frame_.peak + levels * shape.cells_per_level + 6,
                           levels + frame_.levels, frame_.tries});
  }
  frame_ = outer_frame;
  scope_ = outer_scope;
  words_.push_back(std::move(word));
}

bool Author::callable(const Word& word) const {
  const Price& price = word.grades.empty() ? word.price : word.grades.front();
  const unsigned given = word.grades.empty() ? 0 : 1;
  if (word.hidden || scope_.depth + given < word.takes || !affordable(price.ticks + 2)) return false;
  if (price.levels > frame_.levels_max || !room(price.peak + 1)) return false;
  if (price.tries + scope_.tries > frame_.tries_max || (word.raises && !scope_.may_raise)) return false;
  if (word.more > 0 && (scope_.steady || !room_each_time(word.more))) return false;
  return !word.needs_loop || !scope_.loops.empty() || frame_.callers_loop;
}

void Author::call() {
  std::vector<std::size_t> candidates;
  for (std::size_t k = 0; k < words_.size(); ++k)
    if (callable(words_[k])) candidates.push_back(k);
  if (candidates.empty()) return push_value();
  const Word word = words_[random_.pick(candidates)];
  if (word.ends && !random_.percent(10)) return transform();
  call_of(word);
}

void Author::call_of(const Word& word) {
  ends_called_ = ends_called_ || word.ends;
  if (word.needs_loop && scope_.loops.empty()) frame_.needs_loop = true;
  if (word.grades.empty()) {
    invoke(word);
    return spend(word.price, word.takes, word);
  }
  unsigned grade = random_.below(grade_count);
  const auto fits_here = [&](const Price& price) {
    return affordable(price.ticks + 2) && room(price.peak + 1) && price.levels <= frame_.levels_max;
  };
  while (grade > 0 && !fits_here(word.grades[grade])) --grade;
  number(word.first_grade + grade);
  invoke(word);
  spend(word.grades[grade], word.takes, word);
}

void Author::spend(const Price& price, unsigned takes, const Word& word) {
  frame_.levels = std::max(frame_.levels, price.levels);
  frame_.tries = std::max(frame_.tries, scope_.tries + price.tries);
  frame_.peak = std::max(frame_.peak, scope_.all() + scope_.more + scope_.loop_cells() + price.peak);
  account(takes, word.leaves, 1 + price.ticks);
  scope_.more += word.more;
  account(0, 0, 0);
}

}  // namespace mica::oracle
