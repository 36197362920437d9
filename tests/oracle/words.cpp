// Words that move cells, count, compare and work on bits and doubles, and those of the loop and return
// stacks.
#include <algorithm>

#include "tests/oracle/machine.hpp"

namespace mica::oracle {

namespace {

std::uint64_t bits_of(std::int64_t value) { return static_cast<std::uint64_t>(value); }
std::int64_t value_of(std::uint64_t bits) { return static_cast<std::int64_t>(bits); }

std::string hexadecimal(std::uint64_t value) {
  std::string text;
  do text.insert(text.begin(), "0123456789abcdef"[value % 16]);
  while ((value /= 16) != 0);
  return text;
}

}  // namespace

std::uint64_t Machine::low_bits(std::int64_t value, unsigned bits) const {
  return bits == 64 ? bits_of(value) : bits_of(value) & ((std::uint64_t{1} << bits) - 1);
}

std::string Machine::number_text(std::int64_t value, unsigned bits) const {
  return (base_ == 0 ? std::to_string(value) : hexadecimal(low_bits(value, bits))) + " ";
}

// A double lies on the stack with its high cell on top.
std::int64_t Machine::pop_double() {
  need(2);
  const std::int64_t high = pop();
  const std::int64_t low = pop();
  const unsigned bits = settings_.cell_bits;
  return wrap(value_of(bits_of(high) << bits | low_bits(low, bits)), 2 * bits);
}

void Machine::push_double(std::int64_t value) {
  push(value);
  push(wrap(value, 2 * settings_.cell_bits) >> settings_.cell_bits);
}

// Takes `cells` cells and leaves those at these places among them, counted from 1 for the deepest one.
void Machine::rearrange(std::size_t cells, std::initializer_list<std::size_t> places) {
  need(cells);
  const std::vector<std::int64_t> taken(stack_.end() - static_cast<std::ptrdiff_t>(cells), stack_.end());
  stack_.resize(stack_.size() - cells);
  for (const std::size_t place : places) push(taken[place - 1]);
}

bool Machine::execute_moves(Kind kind) {
  switch (kind) {
    case Kind::rot:
      return rearrange(3, {2, 3, 1}), true;
    case Kind::minus_rot:
      return rearrange(3, {3, 1, 2}), true;
    case Kind::nip:
      return rearrange(2, {2}), true;
    case Kind::tuck:
      return rearrange(2, {2, 1, 2}), true;
    case Kind::dup_twice:
      return rearrange(1, {1, 1, 1}), true;
    case Kind::two_dup:
      return rearrange(2, {1, 2, 1, 2}), true;
    case Kind::two_drop:
      return rearrange(2, {}), true;
    case Kind::two_swap:
      return rearrange(4, {3, 4, 1, 2}), true;
    case Kind::two_over:
      return rearrange(4, {1, 2, 3, 4, 1, 2}), true;
    case Kind::two_rot:
      return rearrange(6, {3, 4, 5, 6, 1, 2}), true;
    case Kind::pick: {
      need(1);
      const std::int64_t n = stack_.back();
      if (n < 1 || n >= static_cast<std::int64_t>(stack_.size())) throw Trap{"stack_underflow"};
      stack_.back() = stack_[stack_.size() - 1 - static_cast<std::size_t>(n)];
      return true;
    }
    case Kind::dup_unless_zero:
      need(1);
      if (stack_.back() == 0) return true;
      push(stack_.back());
      ++result_.ticks;
      return true;
    default:
      return false;
  }
}

void Machine::need_loop_cells(std::size_t cells) const {
  if (loops_.size() < cells) throw Trap{"loop_stack_underflow"};
}

bool Machine::execute_loop_stack(Kind kind) {
  switch (kind) {
    case Kind::index:
    case Kind::f:
      need_loop_cells(1);
      push(loops_.back());
      return true;
    case Kind::outer_index:
      need_loop_cells(4);
      push(loops_[loops_.size() - 3]);
      return true;
    case Kind::to_f:
      loops_.push_back(pop());
      return true;
    case Kind::from_f:
      need_loop_cells(1);
      push(loops_.back());
      loops_.pop_back();
      return true;
    case Kind::f_pick: {
      need(1);
      const std::int64_t n = stack_.back();
      if (n < 1 || n > static_cast<std::int64_t>(loops_.size())) throw Trap{"loop_stack_underflow"};
      stack_.back() = loops_[loops_.size() - static_cast<std::size_t>(n)];
      return true;
    }
    case Kind::f_drop: {
      need(1);
      const std::int64_t n = stack_.back();
      if (n < 0 || n > static_cast<std::int64_t>(loops_.size())) throw Trap{"loop_stack_underflow"};
      pop();
      loops_.resize(loops_.size() - static_cast<std::size_t>(n));
      return true;
    }
    default:
      return false;
  }
}

void Machine::need_kept(std::size_t cells) const {
  if (kept_.size() < cells + (tries_.empty() ? 0 : tries_.back().kept)) throw Trap{"return_stack_underflow"};
}

bool Machine::execute_return_stack(Kind kind) {
  switch (kind) {
    case Kind::to_r:
      kept_.push_back(pop());
      return true;
    case Kind::from_r:
      need_kept(1);
      push(kept_.back());
      kept_.pop_back();
      return true;
    case Kind::r:
      need_kept(1);
      push(kept_.back());
      return true;
    case Kind::two_to_r:
      need(2);
      kept_.insert(kept_.end(), stack_.end() - 2, stack_.end());
      pop();
      pop();
      return true;
    case Kind::two_r:
    case Kind::two_from_r:
      need_kept(2);
      push(kept_[kept_.size() - 2]);
      push(kept_.back());
      if (kind == Kind::two_from_r) kept_.resize(kept_.size() - 2);
      return true;
    default:
      return false;
  }
}

bool Machine::execute_change(Kind kind) {
  switch (kind) {
    case Kind::minus_sign:
    case Kind::negate:
      return push(-pop()), true;
    case Kind::absolute: {
      const std::int64_t n = pop();
      return push(n < 0 ? -n : n), true;
    }
    case Kind::one:
      return push(1), true;
    case Kind::invert:
      return push(-1 - pop()), true;
    case Kind::zero_less:
      return push(pop() < 0 ? 1 : 0), true;
    case Kind::zero_greater:
      return push(pop() > 0 ? 1 : 0), true;
    case Kind::zero_differs:
      return push(pop() != 0 ? 1 : 0), true;
    case Kind::logical_not:
      return push(pop() == 0 ? 1 : 0), true;
    default:
      return false;
  }
}

bool Machine::execute_pair(Kind kind) {
  const unsigned bits = settings_.cell_bits;
  if (kind < Kind::modulo || kind > Kind::shift_right) return false;
  need(2);
  const std::int64_t right = stack_.back();
  const std::int64_t left = stack_[stack_.size() - 2];
  if (kind == Kind::modulo && right == 0) throw Trap{"divide_by_zero"};
  pop();
  pop();
  const bool shifts = right >= 0 && right < static_cast<std::int64_t>(bits);
  switch (kind) {
    case Kind::modulo:
      push(left % right);
      break;
    case Kind::minimum:
      push(std::min(left, right));
      break;
    case Kind::maximum:
      push(std::max(left, right));
      break;
    case Kind::bit_and:
      push(left & right);
      break;
    case Kind::bit_or:
      push(left | right);
      break;
    case Kind::bit_xor:
      push(left ^ right);
      break;
    case Kind::differs:
      push(left != right ? 1 : 0);
      break;
    case Kind::at_most:
      push(left <= right ? 1 : 0);
      break;
    case Kind::at_least:
      push(left >= right ? 1 : 0);
      break;
    case Kind::unsigned_less:
      push(low_bits(left, bits) < low_bits(right, bits) ? 1 : 0);
      break;
    case Kind::unsigned_greater:
      push(low_bits(left, bits) > low_bits(right, bits) ? 1 : 0);
      break;
    case Kind::shift_left:
      push(shifts ? value_of(low_bits(left, bits) << right) : 0);
      break;
    default:
      push(shifts ? value_of(low_bits(left, bits) >> right) : 0);
  }
  return true;
}

bool Machine::execute_double(Kind kind) {
  switch (kind) {
    case Kind::extend:
      return push_double(pop()), true;
    case Kind::reduce:
      return push(pop_double()), true;
    case Kind::double_absolute: {
      const std::int64_t d = pop_double();
      return push_double(d < 0 ? value_of(0 - bits_of(d)) : d), true;
    }
    case Kind::double_minus:
      return push_double(value_of(0 - bits_of(pop_double()))), true;
    case Kind::double_dot:
      return write(number_text(pop_double(), 2 * settings_.cell_bits)), true;
    case Kind::double_fetch: {
      const std::int64_t address = pop();
      const std::int64_t low = load(address);
      const std::int64_t high = load(address + cell_bytes_);
      push(low);
      push(high);
      return true;
    }
    case Kind::double_store: {
      need(3);
      const std::int64_t address = pop();
      const std::int64_t high = pop();
      const std::int64_t low = pop();
      check_address(address);
      check_address(address + cell_bytes_);
      save(address, low);
      save(address + cell_bytes_, high);
      return true;
    }
    default:
      return false;
  }
}

bool Machine::execute_double_pair(Kind kind) {
  if (kind < Kind::double_plus || kind > Kind::double_greater) return false;
  need(4);
  const std::int64_t right = pop_double();
  const std::int64_t left = pop_double();
  switch (kind) {
    case Kind::double_plus:
      push_double(value_of(bits_of(left) + bits_of(right)));
      break;
    case Kind::double_subtract:
      push_double(value_of(bits_of(left) - bits_of(right)));
      break;
    case Kind::double_times:
      push_double(value_of(bits_of(left) * bits_of(right)));
      break;
    case Kind::double_divide:
      if (right == 0) throw Trap{"divide_by_zero"};
      push_double(right == -1 ? value_of(0 - bits_of(left)) : left / right);
      break;
    case Kind::double_modulo:
      if (right == 0) throw Trap{"divide_by_zero"};
      push_double(right == -1 ? 0 : left % right);
      break;
    case Kind::double_minimum:
      push_double(std::min(left, right));
      break;
    case Kind::double_maximum:
      push_double(std::max(left, right));
      break;
    case Kind::double_and:
      push_double(left & right);
      break;
    case Kind::double_or:
      push_double(left | right);
      break;
    case Kind::double_xor:
      push_double(left ^ right);
      break;
    case Kind::double_equal:
      push(left == right ? 1 : 0);
      break;
    case Kind::double_less:
      push(left < right ? 1 : 0);
      break;
    default:
      push(left > right ? 1 : 0);
  }
  return true;
}

bool Machine::execute_output(Kind kind) {
  switch (kind) {
    case Kind::dot:
      return write(number_text(pop(), settings_.cell_bits)), true;
    case Kind::cr:
      return write("\n"), true;
    case Kind::base:
      base_ = pop();
      return true;
    case Kind::out: {
      const std::string digits = hexadecimal(low_bits(pop(), settings_.cell_bits));
      return write("$" + std::string(settings_.cell_bits / 4 - digits.size(), '0') + digits), true;
    }
    default:
      return false;
  }
}

// How many cells hold so many characters.
std::size_t Machine::text_cells(std::int64_t characters) const {
  if (characters < 0) throw Trap{"invalid_argument"};
  return static_cast<std::size_t>((characters + cell_bytes_ - 1) / cell_bytes_);
}

// The cells of a text lie below its length, the first on top.
bool Machine::execute_text(Kind kind) {
  if (kind == Kind::print_string) {
    const std::int64_t length = pop();
    const std::size_t cells = text_cells(length);
    need(cells);
    std::string text;
    for (std::size_t k = 0; k < cells; ++k) {
      const std::int64_t cell = pop();
      for (std::int64_t shift = cell_bytes_ - 1; shift >= 0; --shift)
        text.push_back(static_cast<char>(bits_of(cell) >> (8 * shift)));
    }
    text.resize(static_cast<std::size_t>(length));
    if (settings_.rexa && length % 2 == 0) text.push_back(' ');
    write(text);
    charge_units(std::max<std::int64_t>(1, (static_cast<std::int64_t>(cells) + 3) / 4), 32);
    return true;
  }
  if (kind == Kind::store_string) {
    need(2);
    const std::int64_t address = pop();
    const std::int64_t length = pop();
    const std::size_t cells = text_cells(length);
    need(cells);
    const auto last = address + static_cast<std::int64_t>(cells) * cell_bytes_;
    check_address(address);
    check_address(last);
    save(address, length);
    for (std::int64_t at = address + cell_bytes_; at <= last; at += cell_bytes_) save(at, pop());
    charge_units(std::max<std::int64_t>(1, (static_cast<std::int64_t>(cells) + 3) / 4), 32);
    return true;
  }
  if (kind != Kind::fetch_string) return false;
  const std::int64_t address = pop();
  const std::int64_t length = load(address);
  const std::size_t cells = text_cells(length);
  const auto last = address + static_cast<std::int64_t>(cells) * cell_bytes_;
  check_address(last);
  for (std::int64_t at = last; at > address; at -= cell_bytes_) push(load(at));
  push(length);
  charge_units(std::max<std::int64_t>(1, (static_cast<std::int64_t>(cells) + 3) / 4), 32);
  return true;
}

}  // namespace mica::oracle
