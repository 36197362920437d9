// try, catch and throw.
#include <algorithm>
#include <array>

#include "tests/oracle/machine.hpp"

namespace mica::oracle {

namespace {

// The numbers of those that can be caught.
struct Numbered {
  std::int64_t number;
  std::string_view name;
};
constexpr std::array<Numbered, 13> catchable{{{1, "divide_by_zero"},
                                              {2, "invalid_address"},
                                              {3, "invalid_handle"},
                                              {4, "index_out_of_range"},
                                              {5, "read_only"},
                                              {6, "shape_mismatch"},
                                              {13, "return_stack_underflow"},
                                              {14, "invalid_token"},
                                              {16, "host_error"},
                                              {17, "invalid_argument"},
                                              {19, "tasks_full"},
                                              {20, "abandoned"},
                                              {21, "not_held"}}};

}  // namespace

bool Machine::execute_try(const SourceWord& word) {
  switch (word.kind) {
    case Kind::try_:
      tries_.push_back({frames_.size(), stack_.size(), loops_.size(), kept_.size(), word.target});
      return true;
    case Kind::catch_:
      tries_.pop_back();
      frames_.back().next = word.target;
      return true;
    case Kind::throw_:
      return throw_code(pop()), true;
    default:
      return false;
  }
}

// Its ticks count, whether it raises something or not.
void Machine::throw_code(std::int64_t code) {
  if (code == 0) return;
  result_.ticks += word_ticks(Kind::throw_);
  if (code > 0) throw Thrown{code};
  const auto* const trap =
      std::find_if(catchable.begin(), catchable.end(), [&](const Numbered& one) { return one.number == -code; });
  throw Trap{trap == catchable.end() ? "invalid_argument" : trap->name};
}

// Goes on at the handler of the innermost try, in the word in which it stands.
bool Machine::catches(std::int64_t code) {
  if (tries_.empty()) return false;
  const Try innermost = tries_.back();
  tries_.pop_back();
  frames_.erase(frames_.begin() + static_cast<std::ptrdiff_t>(innermost.calls), frames_.end());
  stack_.resize(innermost.cells);
  loops_.resize(innermost.loop_cells);
  kept_.resize(innermost.kept);
  frames_.back().next = innermost.handler;
  push(code);
  ++result_.caught;
  Task& task = tasks_[current_];
  task.limited = task.late = task.abandoned = false;
  return true;
}

bool Machine::catches(const Trap& trap) {
  const auto* const found =
      std::find_if(catchable.begin(), catchable.end(), [&](const Numbered& one) { return one.name == trap.name; });
  if (found == catchable.end() || !catches(-found->number)) return false;
  result_.ticks += uncounted;
  result_.ticks_slack += uncounted;
  return true;
}

}  // namespace mica::oracle
