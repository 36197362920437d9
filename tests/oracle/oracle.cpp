#include "tests/oracle/oracle.hpp"

#include <algorithm>
#include <bit>

#include "tests/oracle/floats.hpp"
#include "tests/oracle/functions.hpp"
#include "tests/oracle/host.hpp"
#include "tests/oracle/machine.hpp"
#include "tests/oracle/reader.hpp"

namespace mica::oracle {

namespace {

constexpr std::size_t runaway_cells = 1000000;

// Entries of the return stack that an open try takes, at most.
constexpr std::size_t try_entries = 6;

// 0: it is no word of tasks.
std::uint64_t ticks_of_tasks(Kind kind) {
  switch (kind) {
    case Kind::self:
    case Kind::yield:
      return 4;
    case Kind::sleep:
      return 8;
    case Kind::start:
    case Kind::every:
      return 40;
    case Kind::kill:
      return 24;
    case Kind::supervise:
    case Kind::on_trap:
      return 16;
    case Kind::send:
    case Kind::send_in_time:
    case Kind::receive:
    case Kind::receive_in_time:
    case Kind::acquire:
    case Kind::acquire_in_time:
    case Kind::release:
    case Kind::await:
    case Kind::await_in_time:
    case Kind::event:
      return 20;
    case Kind::send_all:
    case Kind::receive_all:  // and 48 for each 4 elements that are moved
      return 16 + 48;
    case Kind::send_out:
    case Kind::send_cells_out:  // and 32 for each 4 cells
      return 16;
    default:
      return 0;
  }
}

}  // namespace

// What a word takes, whatever its operands are.
std::uint64_t word_ticks(Kind kind) {
  if (kind >= Kind::float_plus && kind <= Kind::float_dot) return float_ticks(kind);
  if (const std::uint64_t ticks = ticks_of_tasks(kind)) return ticks;
  switch (kind) {
    case Kind::double_dot:
      return 20;
    case Kind::dot:
    case Kind::out:
    case Kind::print_text:
    case Kind::call_host:
    case Kind::double_divide:
    case Kind::double_modulo:
      return 8;
    case Kind::cr:
    case Kind::base:
    case Kind::rounding:
    case Kind::saturation:
      return 4;
    case Kind::execute:  // and 8 for a function
    case Kind::map_call:
    case Kind::dup_unless_zero:  // and 1 for the copy
    case Kind::double_fetch:
    case Kind::double_store:
    case Kind::double_times:
    case Kind::double_minimum:
    case Kind::double_maximum:
    case Kind::try_:
      return 2;
    case Kind::throw_:
      return 8;
    case Kind::sin:
    case Kind::log:
    case Kind::read:
      return 6;
    case Kind::write:
      return 9;
    case Kind::sigmoid:
      return 8;
    case Kind::map_element:
      return 8;
    case Kind::map_store:
      return 12;
    case Kind::map_end:
      return 5;
    case Kind::vecmap:  // 16 together with 1 for map_next, where it ends, and 5 for map_end
      return 10;
    case Kind::vecfold:  // the units of vector words are added where the shape is known
      return 24;
    case Kind::vecconv:
      return 40;
    case Kind::vecload:
    case Kind::vecscale:
    case Kind::vecadd:
    case Kind::vecmul:
    case Kind::vecreduce:
    case Kind::vecreshape:
    case Kind::vecprint:
    case Kind::layer:
    case Kind::print_string:
    case Kind::store_string:
    case Kind::fetch_string:
    case Kind::lowp:
    case Kind::highp:
    case Kind::hull:
      return 16;
    default:
      return 1;
  }
}

Machine::Machine(const Program& program, const Settings& settings)
    : program_(program), settings_(settings), cell_bytes_(settings.cell_bits / 8), data_(program.data),
      host_arrays_(settings.host.arrays), queues_(program.regions.size()) {
  frames_.push_back({&program_.definitions.front(), 0, 0});
}

bool Machine::test() {
  Machine tester(program_, settings_);
  tester.frames_.front().definition = &program_.definitions[*program_.test];
  while (tester.tasks_.front().state != Task::State::over && tester.choose_task()) {
    if (tester.result_.ticks >= settings_.ticks_max || tester.runaway()) return false;
    tester.step();
  }
  tester.switch_to(0);
  saw_hidden_ = tester.saw_hidden_;
  const bool ended = tester.result_.outcome == Outcome::ended;
  const bool returned = ended && tester.frames_.size() == 1 && tester.stack_.size() == 1;
  if (!returned || tester.stack_.front() == 0) throw InvalidText("the self-test has failed");
  data_ = tester.data_;
  host_arrays_ = tester.host_arrays_;
  result_.output = tester.result_.output;
  queues_ = tester.queues_;
  for (std::size_t k = 0; k < queues_.size(); ++k)
    if (program_.regions[k].where == Region::Where::semaphore) queues_[k].clear();  // all tasks of the test are over
  return true;
}

Result Machine::run() {
  while (choose_task()) {
    if (result_.ticks >= settings_.ticks_max || runaway()) {
      finish(Outcome::out_of_ticks);
      break;
    }
    step();
  }
  return collect();
}

bool Machine::runaway() const {
  return stack_.size() + loops_.size() > runaway_cells || frames_.size() + kept_.size() + tries_.size() > runaway_cells;
}

void Machine::note_peaks() {
  result_.stack_peak = std::max(result_.stack_peak, stack_.size() + loops_.size());
  result_.call_peak = std::max(result_.call_peak, frames_.size() - 1 + kept_.size() + try_entries * tries_.size());
}

void Machine::execute(const SourceWord& word) {
  if (execute_stack(word.kind) || execute_arithmetic(word.kind) || execute_memory(word.kind)) return;
  if (execute_moves(word.kind) || execute_loop_stack(word.kind) || execute_return_stack(word.kind)) return;
  if (execute_change(word.kind) || execute_pair(word.kind) || execute_output(word.kind)) return;
  if (execute_double(word.kind) || execute_double_pair(word.kind)) return;
  if (execute_float(word.kind) || execute_task(word.kind) || execute_waiting(word.kind)) return;
  if (send_out(word.kind)) return;
  if (execute_vector(word.kind) || execute_map(word) || execute_text(word.kind)) return;
  if (execute_jump(word) || execute_try(word)) return;
  switch (word.kind) {
    case Kind::number:
    case Kind::token:
      return push(word.value);
    case Kind::execute:
      return execute_token();
    case Kind::call_host:
      return call_host(settings_.host.functions[static_cast<std::size_t>(word.value)]);
    case Kind::print_text:
      return write(program_.texts[static_cast<std::size_t>(word.value)]);
    case Kind::layer:
      return layer(program_.blocks[static_cast<std::size_t>(word.value)]);
    case Kind::call:
      return call(static_cast<std::size_t>(word.value));
    case Kind::return_:
    case Kind::semicolon:
      return leave_word();
    default:
      ended_ = true;
  }
}

bool Machine::execute_stack(Kind kind) {
  switch (kind) {
    case Kind::dup:
      need(1);
      push(stack_.back());
      return true;
    case Kind::drop:
      pop();
      return true;
    case Kind::swap:
      need(2);
      std::swap(stack_[stack_.size() - 1], stack_[stack_.size() - 2]);
      return true;
    case Kind::over:
      need(2);
      push(stack_[stack_.size() - 2]);
      return true;
    default:
      return false;
  }
}

bool Machine::execute_arithmetic(Kind kind) {
  if (kind == Kind::zero_equal) return push(pop() == 0 ? 1 : 0), true;
  if (kind >= Kind::relu && kind <= Kind::sigmoid) {
    const auto number = static_cast<std::int64_t>(kind) - static_cast<std::int64_t>(Kind::relu);
    return push(apply_function(number, pop())), true;
  }
  const bool two = (kind >= Kind::plus && kind <= Kind::greater) || kind == Kind::cell_plus;
  if (!two) return false;
  need(2);
  const std::int64_t right = stack_.back();
  const std::int64_t left = stack_[stack_.size() - 2];
  if (kind == Kind::divide && right == 0) throw Trap{"divide_by_zero"};
  pop();
  pop();
  switch (kind) {
    case Kind::plus:
      push(left + right);
      break;
    case Kind::minus:
      push(left - right);
      break;
    case Kind::times:
      push(left * right);
      break;
    case Kind::divide:
      push(left / right);
      break;
    case Kind::equal:
      push(left == right ? 1 : 0);
      break;
    case Kind::less:
      push(left < right ? 1 : 0);
      break;
    case Kind::greater:
      push(left > right ? 1 : 0);
      break;
    default:
      push(left + right * cell_bytes_);
  }
  return true;
}

bool Machine::execute_memory(Kind kind) {
  switch (kind) {
    case Kind::fetch:
      push(load(pop()));
      return true;
    case Kind::store: {
      need(2);
      const std::int64_t address = pop();
      const std::int64_t value = pop();
      check_address(address);
      save(address, value);
      return true;
    }
    case Kind::read: {
      need(2);
      const std::int64_t array = pop();
      const std::int64_t k = pop();
      push(element(indexed(array, k), k));
      return true;
    }
    case Kind::write: {
      need(3);
      const std::int64_t operand = pop();
      const std::int64_t k = pop();
      const Elements array = indexed(operand, k);
      if (read_only(array)) throw Trap{"read_only"};
      store_element(array, k, pop());
      return true;
    }
    default:
      return false;
  }
}

bool Machine::execute_jump(const SourceWord& word) {
  std::size_t& next = frames_.back().next;
  switch (word.kind) {
    case Kind::if_:
    case Kind::while_:
    case Kind::until:
      if (pop() == 0) next = word.target;
      return true;
    case Kind::else_:
    case Kind::again:
    case Kind::repeat:
      next = word.target;
      return true;
    case Kind::do_: {
      need(2);
      const std::int64_t start = pop();
      loops_.push_back(pop());
      loops_.push_back(start);
      return true;
    }
    case Kind::loop:
      return next_round(word, 1), true;
    case Kind::plus_loop:
      need(1);
      need_loop_cells(2);
      return next_round(word, pop()), true;
    case Kind::leave:
      if (word.value != 0) {
        need_loop_cells(2);
        loops_.resize(loops_.size() - 2);
      }
      next = word.target;
      return true;
    default:
      return false;
  }
}

void Machine::next_round(const SourceWord& word, std::int64_t step) {
  need_loop_cells(2);
  std::int64_t& index = loops_.back();
  index = wrapped(index + step);
  if (index < loops_[loops_.size() - 2]) {
    frames_.back().next = word.target;
  } else {
    loops_.resize(loops_.size() - 2);
  }
}

void Machine::call(std::size_t definition) {
  if (const auto& effect = program_.definitions[definition].effect) need(effect->takes);
  frames_.push_back({&program_.definitions[definition], 0, stack_.size()});
}

void Machine::execute_token() {
  const std::int64_t token = pop();
  if (token < 0 && token >= -function_count) {
    push(apply_function(-token - 1, pop()));
    result_.ticks += 8;
    return;
  }
  if (const HostFunction* const function = function_behind(settings_.host, token)) {
    call_host(*function);
    result_.ticks += 8;
    return;
  }
  if (token < 1 || token > static_cast<std::int64_t>(program_.tokens.size())) throw Trap{"invalid_token"};
  call(program_.tokens[static_cast<std::size_t>(token - 1)]);
}

void Machine::call_host(const HostFunction& function) {
  std::vector<std::int64_t> cells = operands(function.takes);
  if (!function.call(cells, host_arrays_)) throw Trap{"host_error"};
  for (std::size_t k = 0; k < function.leaves; ++k) push(cells.at(k));
}

void Machine::leave_word() {
  const Frame& frame = frames_.back();
  if (const auto& effect = frame.definition->effect) {
    if (stack_.size() + effect->takes != frame.stack_depth + effect->leaves) throw Trap{"effect_mismatch"};
  }
  frames_.pop_back();
}

void Machine::need(std::size_t cells) const {
  const std::size_t below_try = tries_.empty() ? 0 : tries_.back().cells;
  if (stack_.size() < cells + below_try) throw Trap{"stack_underflow"};
}

std::int64_t Machine::pop() {
  need(1);
  const std::int64_t value = stack_.back();
  stack_.pop_back();
  return value;
}

void Machine::push(std::int64_t value) { stack_.push_back(wrapped(value)); }

void Machine::check_address(std::int64_t address) const {
  const bool valid =
      address >= cell_bytes_ && address + cell_bytes_ <= static_cast<std::int64_t>(data_.size());
  if (!valid) throw Trap{"invalid_address"};
}

std::int64_t Machine::load(std::int64_t address) const {
  check_address(address);
  note_access(address, cell_bytes_);
  std::uint64_t cell = 0;
  for (std::int64_t byte = cell_bytes_ - 1; byte >= 0; --byte)
    cell = cell << 8 | data_[static_cast<std::size_t>(address + byte)];
  return wrapped(static_cast<std::int64_t>(cell));
}

void Machine::note_access(std::int64_t address, std::int64_t bytes) const {
  for (const Region& region : program_.regions) {
    const bool channel = region.where == Region::Where::channel;
    if (!channel && region.where != Region::Where::semaphore) continue;
    const auto first = static_cast<std::int64_t>(region.offset);
    const std::int64_t size = (region.length + (channel ? 4 : 0)) * cell_bytes_;
    saw_hidden_ = saw_hidden_ || (address < first + size && address + bytes > first);
  }
}

// The address has been checked.
void Machine::save(std::int64_t address, std::int64_t value) { save_bits(address, value, settings_.cell_bits); }

void Machine::save_bits(std::int64_t address, std::int64_t value, unsigned bits) {
  note_access(address, bits / 8);
  store_bits(data_, static_cast<std::size_t>(address), value, bits);
  const auto where = static_cast<std::uint32_t>(address);
  result_.events.push_back({Event::store, where, value});
  mix(0x53000000 ^ where);
  mix(static_cast<std::uint32_t>(value));
}

const Region* Machine::region_of(std::int64_t handle) const {
  const std::int64_t lowest = -(std::int64_t{1} << (settings_.cell_bits - 1));
  const auto number = static_cast<std::size_t>(handle - lowest);
  return number < program_.regions.size() ? &program_.regions[number] : nullptr;
}

void Machine::write(std::string_view bytes) {
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    result_.output.push_back(c);
    result_.events.push_back({Event::output, 0, byte});
    mix(0x4F000000 | byte);
  }
}

void Machine::mix(std::uint32_t x) { digest_ = std::rotl((digest_ ^ x) * 0x9E3779B1, 15); }

Result run(std::string_view text, const Settings& settings) {
  Result result;
  try {
    const Program program = read_program(text, settings);
    Machine machine(program, settings);
    try {
      if (!program.test || machine.test()) return machine.run();
    } catch (const InvalidText&) {
      result.saw_hidden = machine.saw_hidden();
      throw;
    }
    result.outcome = Outcome::out_of_ticks;
    return result;
  } catch (const InvalidText& error) {
    result.outcome = Outcome::invalid;
    result.invalid_why = error.what();
    return result;
  }
}

}  // namespace mica::oracle
