// Tasks, and what they wait for: section 8 of the page. Slices are single words here.
#include <algorithm>

#include "tests/oracle/balance.hpp"
#include "tests/oracle/machine.hpp"

namespace mica::oracle {

namespace {

constexpr std::uint64_t microseconds = 1000;  // of a millisecond

std::string hexadecimal_of(std::int64_t value, std::size_t digits_least, unsigned bits) {
  std::string digits;
  for (std::uint64_t rest = static_cast<std::uint64_t>(value) & ((std::uint64_t{1} << bits) - 1); rest != 0; rest /= 16)
    digits.insert(digits.begin(), "0123456789abcdef"[rest % 16]);
  while (digits.size() < digits_least) digits.insert(digits.begin(), '0');
  return digits;
}

}  // namespace

// --- which task runs

// Makes those ready whose time or turn has come, and switches to the one that is to run. False: none ever will.
bool Machine::choose_task() {
  start_handler();
  for (;;) {
    std::size_t chosen = tasks_.size();
    std::uint64_t wake = never;
    for (std::size_t step = 1; step <= tasks_.size(); ++step) {
      const std::size_t index = (current_ + step) % tasks_.size();
      Task& task = tasks_[index];
      if (task.state == Task::State::waiting && (task.abandoned || task.comes())) task.state = Task::State::ready;
      if (task.state == Task::State::sleeping || task.state == Task::State::waiting) {
        if (task.wake > now_) {
          wake = std::min(wake, task.wake);
          continue;
        }
        task.late = task.state == Task::State::waiting;
        task.state = Task::State::ready;
      }
      if (task.state != Task::State::ready) continue;
      const bool better = chosen == tasks_.size() || task.priority > tasks_[chosen].priority ||
                          (task.priority == tasks_[chosen].priority && task.due() < tasks_[chosen].due());
      if (better) chosen = index;
    }
    if (chosen != tasks_.size()) return switch_to(chosen), true;
    if (wake == never) return false;
    now_ = wake;
  }
}

void Machine::switch_to(std::size_t task) {
  if (task == current_) return;
  std::swap(static_cast<Context&>(*this), tasks_[current_].context);
  std::swap(static_cast<Context&>(*this), tasks_[task].context);
  current_ = task;
}

// One word of the task.
void Machine::step() {
  if (tasks_[current_].begins_anew) begin_anew();
  Frame& frame = frames_.back();
  const SourceWord& word = frame.definition->words[frame.next];
  const std::uint64_t before = result_.ticks - result_.ticks_slack;
  try {
    ++frame.next;
    execute(word);
    Task& task = tasks_[current_];
    task.limited = task.late = task.abandoned = false;
    result_.ticks += word_ticks(word.kind);
    note_peaks();
    if (ended_) finish(Outcome::ended);
    else if (frames_.empty()) end_work();
  } catch (const Thrown& thrown) {
    if (!catches(thrown.code)) finish(Outcome::trapped, "uncaught", thrown.code);
  } catch (const Trap& trap) {
    if (!catches(trap)) finish(Outcome::trapped, trap.name);
  } catch (const Waits& what) {
    --frames_.back().next;
    Task& task = tasks_[current_];
    if (!task.limited)
      task.wake = what.milliseconds < 0 ? never
                                        : now_ + static_cast<std::uint64_t>(what.milliseconds) * microseconds;
    task.limited = true;
    task.comes = what.comes;
    task.semaphore = what.semaphore;
    task.state = Task::State::waiting;
  }
  now_ += result_.ticks - result_.ticks_slack - before;
}

void Machine::finish(Outcome outcome, std::string_view trap, std::int64_t thrown) {
  result_.outcome = outcome;
  result_.trap = trap;
  if (outcome == Outcome::trapped) {
    mix(0x54524150);
    mix(settings_.trap_number ? settings_.trap_number(trap) : 0);
  } else if (outcome == Outcome::ended) {
    const std::uint64_t ticks = result_.ticks_slack == 0 ? result_.ticks : 0;
    mix(0x454E4400);
    mix(static_cast<std::uint32_t>(ticks));
    mix(static_cast<std::uint32_t>(ticks >> 32));
  }
  tasks_[current_].state = Task::State::over;
  release_all(current_);
  if (outcome == Outcome::trapped && trap != "stopped") follow_trap(trap, thrown);
}

// The word at which the task was started has returned, as if `end` came behind it.
void Machine::end_work() {
  if (!stack_.empty()) throw Trap{"effect_mismatch"};
  ++result_.ticks;
  Task& task = tasks_[current_];
  if (task.period == 0) return finish(Outcome::ended);
  const std::uint64_t periods = std::max<std::uint64_t>(1, (now_ - task.release) / task.period);
  task.release += periods * task.period;
  task.wake = task.release;
  task.state = Task::State::sleeping;
  loops_.clear();
  kept_.clear();
  frames_.push_back({&program_.definitions[task.definition], 0, 0});
  ++result_.ticks;
}

// The results of all tasks, of those that are not over as well.
Result Machine::collect() {
  std::vector<Result> results;
  for (std::size_t task = 0; task < tasks_.size(); ++task) {
    switch_to(task);
    if (tasks_[task].state != Task::State::over)
      result_.outcome = tasks_[task].state == Task::State::waiting ? Outcome::waiting : Outcome::out_of_ticks;
    result_.digest = digest_;
    results.push_back(std::move(result_));
  }
  Result main = std::move(results.front());
  results.erase(results.begin());
  main.others = std::move(results);
  main.data.assign(data_.begin() + cell_bytes_, data_.end());
  main.arrays = std::move(host_arrays_);
  main.saw_hidden = saw_hidden_;
  for (const Region& region : program_.regions) {
    const bool channel = region.where == Region::Where::channel;
    if (!channel && region.where != Region::Where::semaphore) continue;
    const auto cells = static_cast<std::size_t>(region.length + (channel ? 4 : 0));
    const auto size = static_cast<std::size_t>(cell_bytes_);
    const auto number = static_cast<std::uint32_t>(&region - program_.regions.data());
    main.hidden.push_back({region.offset - size, cells * size, number});
  }
  return main;
}

// --- words

bool Machine::execute_task(Kind kind) {
  switch (kind) {
    case Kind::yield:
      return true;
    case Kind::sleep:
      return sleep(), true;
    case Kind::start:
    case Kind::every:
      return start(kind == Kind::every), true;
    case Kind::self:
      return push(static_cast<std::int64_t>(current_) + 1), true;
    case Kind::kill:
      return kill(), true;
    default:
      return execute_supervision(kind);
  }
}

void Machine::sleep() {
  const std::int64_t milliseconds = pop();
  if (milliseconds < 0) throw Trap{"invalid_argument"};
  tasks_[current_].state = Task::State::sleeping;
  tasks_[current_].wake = now_ + static_cast<std::uint64_t>(milliseconds) * microseconds;
}

void Machine::start(bool periodic) {
  const std::vector<std::int64_t> cells = operands(periodic ? 4 : 2);
  if (periodic && cells[2] < 1) throw Trap{"invalid_argument"};
  const bool is_word = cells[0] >= 1 && cells[0] <= static_cast<std::int64_t>(program_.tokens.size());
  if (!is_word) throw Trap{"invalid_token"};
  Task task;
  task.definition = program_.tokens[static_cast<std::size_t>(cells[0] - 1)];
  if (!is_task_of(program_, settings_, task.definition, 0)) throw Trap{"invalid_token"};
  task.priority = cells[1];
  if (task.priority < 0 || task.priority > 255) throw Trap{"invalid_argument"};
  if (periodic) {
    if (cells[2] > 4294967 || cells[3] < 0 || cells[3] > 4294967) throw Trap{"invalid_argument"};
    task.period = static_cast<std::uint64_t>(cells[2]) * microseconds;
    task.deadline = cells[3] == 0 ? task.period : static_cast<std::uint64_t>(cells[3]) * microseconds;
  }
  if (tasks_.size() >= settings_.tasks_max) throw Trap{"tasks_full"};
  task.release = now_;
  task.context.frames_.push_back({&program_.definitions[task.definition], 0, 0});
  task.context.result_.ticks = 1;
  tasks_.push_back(std::move(task));
  push(static_cast<std::int64_t>(tasks_.size()));
}

void Machine::kill() {
  const std::int64_t id = pop();
  if (id < 1 || id > static_cast<std::int64_t>(tasks_.size())) throw Trap{"invalid_argument"};
  const std::size_t victim = static_cast<std::size_t>(id - 1), killer = current_;
  if (victim == killer) throw Trap{"stopped"};
  if (tasks_[victim].state == Task::State::over) return;
  switch_to(victim);
  finish(Outcome::trapped, "stopped");
  switch_to(killer);
}

// --- waiting

// The region behind a handle that names such a thing.
std::size_t Machine::waitable(std::int64_t handle, Region::Where what) const {
  const Region* const region = region_of(handle);
  if (region == nullptr || region->where != what) throw Trap{"invalid_handle"};
  return static_cast<std::size_t>(region - program_.regions.data());
}

// Throws unless what the word waits for is there, or it is late.
void Machine::wait(std::function<bool()> comes, std::int64_t milliseconds, std::size_t semaphore) {
  if (comes() || tasks_[current_].late) return;
  throw Waits{std::move(comes), milliseconds, semaphore};
}

bool Machine::execute_waiting(Kind kind) {
  switch (kind) {
    case Kind::send:
    case Kind::send_in_time:
      return send(kind == Kind::send_in_time), true;
    case Kind::receive:
    case Kind::receive_in_time:
      return receive(kind == Kind::receive_in_time), true;
    case Kind::send_all:
      return send_all(), true;
    case Kind::receive_all:
      return receive_all(), true;
    case Kind::acquire:
    case Kind::acquire_in_time:
      return acquire(kind == Kind::acquire_in_time), true;
    case Kind::release:
      return release(), true;
    case Kind::await:
    case Kind::await_in_time:
      return await(kind == Kind::await_in_time), true;
    case Kind::event:
      return event(), true;
    default:
      return false;
  }
}

void Machine::send(bool in_time) {
  need(in_time ? 3 : 2);
  const std::int64_t limit = in_time ? peek(0) : -1, handle = peek(in_time ? 1 : 0), value = peek(in_time ? 2 : 1);
  const std::size_t channel = waitable(handle, Region::Where::channel);
  const auto length = static_cast<std::size_t>(program_.regions[channel].length);
  wait([this, channel, length] { return queues_[channel].size() < length; }, limit);
  const bool fits = queues_[channel].size() < length;
  operands(in_time ? 3 : 2);
  if (fits) {
    queues_[channel].push_back(value);
    note_send(channel, value);
  }
  if (in_time) push(fits ? 1 : 0);
}

void Machine::note_send(std::size_t channel, std::int64_t value) {
  const auto number = static_cast<std::uint32_t>(channel);
  result_.events.push_back({Event::send, number, value});
  mix(0x43000000 ^ number);
  mix(static_cast<std::uint32_t>(value));
}

void Machine::receive(bool in_time) {
  need(in_time ? 2 : 1);
  const std::size_t channel = waitable(peek(in_time ? 1 : 0), Region::Where::channel);
  wait([this, channel] { return !queues_[channel].empty(); }, in_time ? peek(0) : -1);
  operands(in_time ? 2 : 1);
  const bool there = !queues_[channel].empty();
  push(there ? queues_[channel].front() : 0);
  if (there) queues_[channel].pop_front();
  if (in_time) push(there ? 1 : 0);
}

void Machine::send_all() {
  need(3);
  const Elements array = resolve(peek(2));
  const std::size_t channel = waitable(peek(1), Region::Where::channel);
  const auto length = static_cast<std::size_t>(program_.regions[channel].length);
  const auto count = static_cast<std::size_t>(array.length);
  if (count > length) throw Trap{"shape_mismatch"};
  const auto fits = [this, channel, length, count] { return queues_[channel].size() + count <= length; };
  wait(fits, peek(0));
  const bool done = fits();
  operands(3);
  if (done) {
    for (std::int64_t k = 0; k < array.length; ++k) {
      queues_[channel].push_back(element(array, k));
      note_send(channel, element(array, k));
    }
    charge_units((array.length + 3) / 4, 48);
  }
  push(done ? 1 : 0);
}

void Machine::receive_all() {
  need(3);
  const Elements array = writable(peek(2));
  const std::size_t channel = waitable(peek(1), Region::Where::channel);
  const auto count = static_cast<std::size_t>(array.length);
  if (array.length > program_.regions[channel].length) throw Trap{"shape_mismatch"};
  const auto there = [this, channel, count] { return queues_[channel].size() >= count; };
  wait(there, peek(0));
  const bool done = there();
  operands(3);
  if (done) {
    for (std::int64_t k = 0; k < array.length; ++k) {
      store_element(array, k, queues_[channel].front());
      queues_[channel].pop_front();
    }
    charge_units((array.length + 3) / 4, 48);
  }
  push(done ? 1 : 0);
}

void Machine::acquire(bool in_time) {
  need(in_time ? 2 : 1);
  const std::size_t semaphore = waitable(peek(in_time ? 1 : 0), Region::Where::semaphore);
  if (tasks_[current_].abandoned) throw Trap{"abandoned"};
  const auto length = static_cast<std::size_t>(program_.regions[semaphore].length);
  const auto is_free = [this, semaphore, length] { return queues_[semaphore].size() < length; };
  wait(is_free, in_time ? peek(0) : -1, semaphore + 1);
  const bool done = is_free();
  operands(in_time ? 2 : 1);
  if (done) queues_[semaphore].push_back(static_cast<std::int64_t>(current_));
  if (in_time) push(done ? 1 : 0);
}

void Machine::release() {
  const std::size_t semaphore = waitable(pop(), Region::Where::semaphore);
  std::deque<std::int64_t>& holders = queues_[semaphore];
  const auto own = std::find(holders.begin(), holders.end(), static_cast<std::int64_t>(current_));
  if (own == holders.end()) throw Trap{"not_held"};
  holders.erase(own);
}

// Of an array of floats the bits.
std::int64_t Machine::awaited(std::int64_t array, std::int64_t index) const {
  if (array >= 0) {
    check_address(array);  // or there is nothing that the cells lie behind
    return load(array + index * cell_bytes_);
  }
  const Elements elements = resolve(array, true);
  if (index >= elements.length) throw Trap{"invalid_handle"};
  return element(elements, index);
}

void Machine::await(bool in_time) {
  const std::size_t above = in_time ? 1 : 0;
  need(3 + above);
  const std::int64_t array = peek(above), index = peek(above + 1), value = peek(above + 2);
  if (index < 0) throw Trap{"index_out_of_range"};
  awaited(array, index);
  const auto is_so = [this, array, index, value] { return wrapped(awaited(array, index)) == value; };
  wait(is_so, in_time ? peek(0) : -1);
  const bool done = is_so();
  operands(3 + above);
  if (in_time) push(done ? 1 : 0);
}

// No host signals anything here.
void Machine::event() {
  need(2);
  if (peek(1) < 0 || peek(1) > 31) throw Trap{"invalid_argument"};
  wait([] { return false; }, peek(0));
  operands(2);
  push(0);
}

// Of a task that is over.
void Machine::release_all(std::size_t task) {
  for (std::size_t k = 0; k < queues_.size(); ++k) {
    if (program_.regions[k].where != Region::Where::semaphore) continue;
    if (std::erase(queues_[k], static_cast<std::int64_t>(task)) == 0) continue;
    for (Task& other : tasks_)
      if (other.state == Task::State::waiting && other.semaphore == k + 1) other.abandoned = true;
  }
}

// --- what rexa16 writes

bool Machine::send_out(Kind kind) {
  switch (kind) {
    case Kind::send_out: {
      const auto cells = operands(2);
      write("$" + hexadecimal_of(cells[1], 2, 32) + ":" + hexadecimal_of(cells[0], 4, 16));
      return true;
    }
    case Kind::send_cells_out: {
      const auto cells = operands(3);
      if (cells[1] < 0) throw Trap{"invalid_argument"};
      for (std::int64_t k = 0; k < cells[1]; ++k) check_address(cells[0] + k * cell_bytes_);
      if (cells[1] == 0 && (cells[0] < cell_bytes_ || cells[0] + cell_bytes_ > static_cast<std::int64_t>(data_.size())))
        throw Trap{"invalid_address"};
      write("$" + hexadecimal_of(cells[2], 2, 32) + ":" + hexadecimal_of(cells[1], 2, 32) + ":");
      for (std::int64_t k = 0; k < cells[1]; ++k) write(hexadecimal_of(load(cells[0] + k * cell_bytes_), 4, 16));
      charge_units(std::max<std::int64_t>(1, (cells[1] + 3) / 4), 32);
      return true;
    }
    case Kind::receive_in:
      throw Trap{"host_error"};
    case Kind::input:
      return true;
    default:
      return false;
  }
}

}  // namespace mica::oracle
