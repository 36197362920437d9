// Branches, loops and the ways out of them.
#include <algorithm>
#include <array>
#include <utility>

#include "tests/oracle/author.hpp"
#include "tests/oracle/reader.hpp"

namespace mica::oracle {

// Both parts of an own-dialect if leave the same depth, unless one of them does not get to its end.
void Author::branch() {
  if (!room(6) || !affordable(80)) return transform();
  condition();
  op("if");
  const Scope before = scope_;
  const bool has_else = random_.percent(50);
  unsigned target = before.depth;
  if (has_else) target -= random_.below(std::min(2U, before.depth) + 1);
  if (has_else && room(8)) target += random_.below(3);
  branch_part(before, target);
  if (may_go_away() && random_.percent(6)) again_loop();
  const Scope first = scope_;
  Scope second = before;
  if (has_else) {
    op("else");
    branch_part(before, target);
    second = scope_;
  }
  writer_.word("endif");
  scope_ = first;
  join(before, second);
}

void Author::branch_part(const Scope& before, unsigned target) {
  scope_ = before;
  ++scope_.nest;
  block(random_.count(0, 4));
  const bool unbalanced =
      settings_.allow_unbalanced && !scope_.steady && random_.percent(25) && room_each_time(6);
  settle(unbalanced ? target - std::min(target, 2U) + random_.below(5) : target);
}

// The scope after two ways that meet: the current one and another.
void Author::join(const Scope& before, const Scope& other) {
  const Scope one = scope_;
  scope_ = before;
  scope_.dead = one.dead && other.dead;
  if (scope_.dead) return;
  const Scope& alive = one.dead ? other : one;
  const Scope& second = other.dead ? one : other;
  scope_.depth = std::min(alive.depth, second.depth);
  scope_.more = std::max(alive.depth + alive.more, second.depth + second.more) - scope_.depth;
}

unsigned Author::rounds() {
  const std::uint64_t left = frame_.ticks >= frame_.ticks_max ? 0 : frame_.ticks_max - frame_.ticks;
  const std::uint64_t most = left / (80 * std::max<std::uint64_t>(scope_.times, 1));
  const unsigned wanted = random_.percent(90) ? random_.count(1, 6) : random_.count(7, 30);
  return static_cast<unsigned>(std::clamp<std::uint64_t>(most, 1, wanted));
}

void Author::do_loop() {
  if (!room(10) || !affordable(120)) return transform();
  Bounds bounds = loop_bounds();
  if (random_.percent(30)) {
    static constexpr std::array<std::int64_t, 8> steps{1, 2, 3, 7, -1, -2, -9, 0};
    bounds.step = random_.percent(80) ? random_.pick(steps) : any_number();
    bounds.must_leave = true;
  }
  op("do");
  const Scope before = scope_;
  const int net = net_effect(before, bounds.times);
  begin_body(before, bounds.times, net);
  scope_.loops.push_back(scope_.all());
  if (bounds.must_leave) leave_at(bounds.start + (bounds.times - 1) * bounds.step);
  finish_body(before, bounds.times, net);
  if (random_.percent(5)) {
    leave_or_return();
  } else if (random_.percent(5)) {
    again_loop();
  }
  if (bounds.step == 1 && random_.percent(90)) {
    op("loop");
  } else {
    number(bounds.step);
    op("+loop");
  }
  end_body(before, bounds.times, net);
}

// Writes limit and start.
Bounds Author::loop_bounds() {
  const std::int64_t highest = -lowest() - 1;
  const auto bits = settings_.cell_bits;
  const unsigned times = rounds();
  std::int64_t start = random_.percent(50) ? any_number() : random_.between(-9, 9);
  std::int64_t limit = wrap(start + times, bits);
  Bounds bounds{times, start, false};
  const unsigned kind = random_.below(12);
  if (kind < 4) {
    bounds.start = start = 0;
    limit = times;
  } else if (kind < 5) {
    limit = wrap(start - static_cast<std::int64_t>(random_.below(4)), bits);  // once, unless this wraps
  } else if (kind < 6) {
    bounds.start = start = highest;  // the index goes on at the lowest number
    limit = lowest() + times - 1;
  } else if (kind < 7) {
    bounds.start = start = random_.percent(50) ? highest : lowest();
    limit = random_.percent(50) ? highest : any_number();
  } else if (kind < 9) {
    value(1);
    shrink_to(times + 1);
    number(bounds.start = 0);
    return bounds;
  }
  const std::int64_t second = wrap(start + 1, bits);
  const std::int64_t reached = second < limit ? 1 + limit - second : 1;
  bounds.must_leave = reached > times;
  number(limit);
  number(start);
  return bounds;
}

// What each round leaves above what it found; only unbalanced programs have loops where this is not 0.
int Author::net_effect(const Scope& before, unsigned times) {
  if (!settings_.allow_unbalanced || scope_.steady || !random_.percent(25)) return 0;
  const unsigned cells = random_.count(1, 2);
  if (random_.percent(50) && before.depth >= cells * times) return -static_cast<int>(cells);
  return room(8) && room_each_time(cells * times) ? static_cast<int>(cells) : 0;
}

// On the account the body has the cells that are there in every round.
void Author::begin_body(const Scope& before, unsigned times, int net) {
  const unsigned change = (times - 1) * static_cast<unsigned>(net < 0 ? -net : net);
  scope_ = before;
  ++scope_.nest;
  scope_.times *= times;
  scope_.more += change;
  if (net < 0) scope_.depth -= change;
}

void Author::finish_body(const Scope& before, unsigned times, int net) {
  block(random_.count(1, 4));
  settle(net < 0 ? before.depth - times * static_cast<unsigned>(-net)
                 : before.depth + static_cast<unsigned>(net));
}

void Author::end_body(const Scope& before, unsigned times, int net) {
  // What an unbalanced body may leave besides its net effect comes again in each round.
  const unsigned change = times * static_cast<unsigned>(net < 0 ? -net : net);
  const unsigned found = before.more + (change - change / times);
  const unsigned growth = scope_.more > found ? scope_.more - found : 0;
  scope_ = before;
  scope_.more += change + growth * times;
  if (net < 0) scope_.depth -= change;
  account(0, 0, 0);
}

// Leaves in the round of this index at the latest.
void Author::leave_at(std::int64_t index) {
  op("i");
  number(wrap(index, settings_.cell_bits));
  op("=");
  op("if");
  const Scope before = scope_;
  leave_or_return();
  writer_.word("endif");
  scope_ = before;
}

void Author::until_loop() {
  if (!room(8) || !affordable(120)) return transform();
  if (random_.percent(40)) return until_loop_by_stack();
  loop_by_variable(random_.percent(40));
}

// Counts on the stack, below the cells of the body.
void Author::until_loop_by_stack() {
  const unsigned times = rounds();
  const bool down = random_.percent(70);
  number(down ? times : 0);
  const Scope before = scope_;
  writer_.word("begin");
  scope_.base = before.all();
  scope_.depth = 0;
  scope_.steady = true;
  ++scope_.nest;
  scope_.times *= times;
  block(random_.count(1, 4));
  settle(0);
  scope_.base = before.base;
  scope_.depth = before.depth;
  number(1);
  op(down ? "-" : "+");
  op("dup");
  number(down ? 1 : times - 1);
  op(down ? "<" : ">");
  op("until");
  scope_ = before;
  if (random_.percent(60)) op("drop");
}

// What ends it is counted down in a variable; a while loop has one round less than that says.
void Author::loop_by_variable(bool is_while) {
  const Storage* counter = take_counter();
  if (counter == nullptr) return until_loop_by_stack();
  const unsigned times = rounds();
  const Storage kept = *counter;
  start_counter(kept, times);
  const Scope before = scope_;
  const int net = net_effect(before, times);
  writer_.word("begin");
  begin_body(before, times, net);
  if (is_while) {
    count_down(kept);
    op("0=");
    op("while");
    finish_body(before, times, net);
    op("repeat");
  } else {
    finish_body(before, times, net);
    count_down(kept);
    op("until");
  }
  end_body(before, times, net);
}

// A variable that belongs to one loop of the text alone.
const Storage* Author::take_counter() {
  for (Storage& storage : storage_)
    if (std::exchange(storage.spare, false)) return &storage;
  const bool here = settings_.inner_storage || (scope_.nest == 0 && !frame_.is_word);
  if (!here || !fits(1)) return nullptr;
  return &storage_[declare_variable(true)];
}

void Author::start_counter(const Storage& counter, unsigned times) {
  number(times);
  name_of(counter);
  op("!");
}

// Leaves a flag that is true in the last round.
void Author::count_down(const Storage& counter) {
  name_of(counter);
  op("@");
  number(1);
  op("-");
  op("dup");
  name_of(counter);
  op("!");
  number(1);
  op("<");
}

// A loop without an end: left by leave or return, or the program ends in it. Text behind it is dead but for leave of
// this very loop.
void Author::again_loop() {
  const Storage* counter = affordable(60) ? take_counter() : nullptr;
  if (counter == nullptr) return;
  const Storage kept = *counter;
  const unsigned times = rounds();
  start_counter(kept, times);
  const Scope before = scope_;
  writer_.word("begin");
  ++scope_.nest;
  scope_.times *= times;
  scope_.steady = true;
  block(random_.count(0, 3));
  settle(before.depth);
  count_down(kept);
  op("if");
  const Scope inside = scope_;
  const bool goes_on = scope_.loops.empty() && random_.percent(40);
  if (goes_on) {
    op("leave");
  } else {
    leave_or_return();
  }
  writer_.word("endif");
  scope_ = inside;
  if (random_.percent(30)) block(1);
  settle(before.depth);
  op("again");
  scope_ = before;
  if (goes_on) return;
  scope_.dead = true;
  dead_text();
}

bool Author::may_return() const { return frame_.is_word && scope_.loops.empty() && !scope_.closed; }

bool Author::may_leave() const { return scope_.loops.size() > scope_.fence; }

bool Author::may_go_away() const { return may_leave() || may_return(); }

// Goes to the end of the loop, the word or, failing these, the program.
void Author::leave_or_return() {
  const unsigned found = scope_.all();
  if (may_leave()) {
    back_out(scope_.loops.back());
    op("leave");
  } else if (may_return()) {
    const bool more = settings_.allow_unbalanced && found > frame_.leaves && random_.percent(30);
    if (!more) back_out(frame_.leaves);
    frame_.more = std::max(frame_.more, scope_.all() + scope_.more - frame_.leaves);
    op("return");
  } else {
    op("end");
  }
  scope_.dead = true;
  if (scope_.all() == found) dead_text();
}

// Brings the cells of the whole frame to a number; those that enclosing text holds back go too.
void Author::back_out(unsigned cells) {
  while (scope_.all() > cells) {
    if (scope_.depth == 0) {
      --scope_.base;
      ++scope_.depth;
    }
    op("drop");
  }
  while (scope_.all() < cells) number(any_number());
}

void Author::dead_text() {
  if (!random_.percent(30)) return;
  const Scope kept = scope_;
  scope_.dead = false;
  scope_.times = 0;
  ++scope_.nest;
  block(random_.count(1, 3));
  settle(kept.depth);
  scope_ = kept;
}

// A branch that goes away: out of the loop, the word or the program.
void Author::way_out() {
  const bool ends = !may_go_away();
  const unsigned target = ends ? scope_.all() : may_leave() ? scope_.loops.back() : frame_.leaves;
  // Mostly where no cells have to be dropped or made up.
  if ((ends && !random_.percent(15)) || (target != scope_.all() && random_.percent(60))) return transform();
  if (!room(6)) return transform();
  condition();
  if (ends) {
    number(extreme());
    op("=");
  }
  op("if");
  const Scope before = scope_;
  ++scope_.nest;
  scope_.steady = true;
  block(random_.below(3));
  settle(before.depth);
  leave_or_return();
  if (random_.percent(25)) {
    scope_ = before;
    scope_.steady = true;
    op("else");
    ++scope_.nest;
    block(random_.count(1, 2));
    settle(before.depth);
  }
  writer_.word("endif");
  scope_ = before;
}

}  // namespace mica::oracle
