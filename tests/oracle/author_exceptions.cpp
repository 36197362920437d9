// try, catch and throw, and what is raised inside.
#include <algorithm>
#include <array>
#include <utility>

#include "tests/oracle/author.hpp"

namespace mica::oracle {

// What is below `try` stays there: to the text inside the stack looks empty, and it goes nowhere else. A word may be
// raised anywhere in it. Both parts leave the same.
void Author::try_block() {
  if (settings_.rexa || scope_.tries >= frame_.tries_max || !room(10) || !affordable(200)) return transform();
  const bool keeps = random_.percent(25);
  if (keeps) {
    value();
    op(">r");
  }
  op("try");
  const Scope before = scope_;
  const unsigned left = random_.below(3);
  scope_.base = before.all();
  scope_.depth = 0;
  scope_.fence = static_cast<unsigned>(scope_.loops.size());
  scope_.closed = true;
  scope_.may_raise = true;
  ++scope_.nest;
  frame_.tries = std::max(frame_.tries, ++scope_.tries);
  block(random_.count(0, 3));
  if (!scope_.dead && random_.percent(65)) raise();
  block(random_.below(3));
  if (!scope_.dead && random_.percent(2)) leave_or_return();
  if (!scope_.dead) settle(left);
  Scope first = scope_;
  first.base = before.base;
  first.depth += before.depth;
  catch_block(before, before.depth + left);
  writer_.word("endtry");
  const Scope second = std::exchange(scope_, first);
  join(before, second);
  if (keeps && !scope_.dead) op("r>");
}

// With the code on top. The ticks are those that an oracle may count for a trap.
void Author::catch_block(const Scope& before, unsigned target) {
  scope_ = before;
  op("catch");
  account(0, 1, 128);
  ++scope_.nest;
  const unsigned kind = random_.below(10);
  if (kind < 5) op(".");
  if (kind == 5) op("drop");
  if (kind == 6 && scope_.may_raise) op("throw");
  block(random_.below(3));
  if (!scope_.dead && may_go_away() && random_.percent(8)) leave_or_return();
  if (!scope_.dead) settle(target);
}

void Author::maybe_raise() {
  if (!scope_.may_raise || !room(10) || !affordable(80)) return push_value();
  raise();
}

// Something that raises a code or a trap, now and then only. The text goes on as if nothing happened.
void Author::raise() {
  if (!room(10)) return push_value();
  switch (random_.below(16)) {
    case 0:
    case 1:
      condition();
      return op("throw");
    case 2:
      value();
      return op("throw");
    case 3:
    case 4:
      number(random_.between(0, 5));
      return op("throw");
    case 5:
      number(random_.percent(80) ? random_.between(-19, -1) : random_.between(-70, -1));
      return op("throw");
    case 6:
      number(extreme());
      return op("throw");
    case 7: return trap_divide();
    case 8: return trap_address();
    case 9: return trap_handle();
    case 10: return trap_index();
    case 11: return trap_read_only();
    case 12: return straight_ ? trap_divide() : trap_vector();
    case 13:
      op("r>");
      return op("drop");
    case 14:
      if (!settings_.host) return trap_handle();
      number(random_.between(-2, 1));
      op("host-check");
      return op("drop");
    default: return call_raising();
  }
}

// One of those that may be called here only.
void Author::call_raising() {
  std::vector<std::size_t> candidates;
  for (std::size_t k = 0; k < words_.size(); ++k)
    if (words_[k].raises && callable(words_[k])) candidates.push_back(k);
  if (candidates.empty() || straight_) {
    number(random_.count(1, 3));
    return op("throw");
  }
  const Word word = words_[random_.pick(candidates)];
  call_of(word);
}

// A vecmap that stops at an element.
void Author::plan_map_that_raises() {
  static constexpr std::array<std::string_view, 5> bodies{
      "dup 3 > throw", "dup throw", "1 swap /", "dup >r 7 >f f> r> swap - throw", "dup 0 > if dup 1 > throw endif 2 *"};
  const unsigned length = random_.count(1, 6);
  const VectorPart source = array_part(length, true), out = array_part(length, true);
  std::string name = new_name();
  writer_.word(":");
  writer_.word(name);
  writer_.effect_comment("n -- n2");
  hide(name);
  text(random_.pick(bodies), name);
  writer_.word(";");
  if (random_.percent(40)) name = word_around(name, "n -- n2");
  if (!affordable(60 * length + 300) || !room(18)) return;
  op("try");
  push_part(source);
  push_part(out);
  writer_.word("$");
  writer_.word(name);
  account(0, 1, 1);
  number(0);
  op("vecmap");
  op("catch");
  account(0, 1, 192 + 60 * length);
  op(".");
  writer_.word("endtry");
  frame_.levels = std::max(frame_.levels, 3U);
}

}  // namespace mica::oracle
