// The vector words and filters of section 5 of the page, but for vecfold.
#include <algorithm>

#include "tests/oracle/balance.hpp"
#include "tests/oracle/functions.hpp"
#include "tests/oracle/host.hpp"
#include "tests/oracle/machine.hpp"

namespace mica::oracle {

namespace {

std::int64_t units_of(std::int64_t elements, std::int64_t in_unit) { return (elements + in_unit - 1) / in_unit; }

}  // namespace

bool Machine::execute_vector(Kind kind) {
  switch (kind) {
    case Kind::vecfold: return vecfold(), true;
    case Kind::vecload: return vecload(), true;
    case Kind::vecscale:
    case Kind::vecmap: return map_elements(kind), true;
    case Kind::vecadd:
    case Kind::vecmul: return combine_elements(kind), true;
    case Kind::vecconv: return vecconv(), true;
    case Kind::vecreduce: return vecreduce(), true;
    case Kind::vecreshape: return vecreshape(), true;
    case Kind::vecprint: return vecprint(), true;
    case Kind::lowp:
    case Kind::highp:
    case Kind::hull: return filter(kind), true;
    case Kind::rounding: rounding_ = pop() != 0; return true;
    case Kind::saturation: saturation_ = pop() != 0; return true;
    default: return false;
  }
}

void Machine::charge_units(std::int64_t units, unsigned ticks) {
  result_.ticks += static_cast<std::uint64_t>(units) * ticks;
}

// The operands of a word in the order in which they were pushed.
std::vector<std::int64_t> Machine::operands(std::size_t count) {
  need(count);
  std::vector<std::int64_t> cells(stack_.end() - static_cast<std::ptrdiff_t>(count), stack_.end());
  stack_.resize(stack_.size() - count);
  return cells;
}

Machine::Elements Machine::writable(std::int64_t cell) const {
  const Elements elements = resolve(cell);
  if (read_only(elements)) throw Trap{"read_only"};
  return elements;
}

void Machine::put(const Elements& array, std::int64_t k, Wide value) {
  const Wide limit = Wide{1} << (array.bits - 1);
  if (saturation_) value = std::clamp(value, -limit, limit - 1);
  store_element(array, k, static_cast<std::int64_t>(value));
}

// Divides by a positive number.
Machine::Wide Machine::divided(Wide value, Wide divisor) const {
  if (!rounding_) return value / divisor;
  const Wide size = ((value < 0 ? -value : value) * 2 + divisor) / (2 * divisor);
  return value < 0 ? -size : size;
}

Machine::Wide Machine::scaled(Wide value, std::int64_t factor) const {
  if (factor < 0) return divided(value, -Wide{factor});
  const Wide limit = Wide{1} << (2 * settings_.cell_bits - 1);
  if (saturation_) return std::clamp(value * factor, -limit, limit - 1);
  // The low 64 bits are all that counts.
  const auto low = static_cast<std::uint64_t>(value) * static_cast<std::uint64_t>(factor);
  return wrap(static_cast<std::int64_t>(low), 2 * settings_.cell_bits);
}

// The scale operand: nothing for 0, one factor, or one for each element.
Machine::Scale Machine::scale_of(std::int64_t cell) const {
  if (cell == 0) return {};
  if (cell < 0 && region_of(cell) == nullptr) return {Scale::one, cell, {}};
  return {Scale::each, 0, resolve(cell)};
}

Machine::Wide Machine::scaled_by(const Scale& scale, Wide value, std::int64_t k) const {
  if (scale.kind == Scale::none) return value;
  return scaled(value, scale.kind == Scale::one ? scale.factor : element(scale.factors, k));
}

void Machine::vecload() {
  const auto cells = operands(3);
  const Elements source = resolve(cells[0]);
  const Elements out = writable(cells[2]);
  const std::int64_t first = settings_.rexa && cells[0] >= 0 ? 0 : cells[1];
  if (first < 0 || first >= source.length) throw Trap{"index_out_of_range"};
  if (first + out.length > source.length) throw Trap{"shape_mismatch"};
  for (std::int64_t k = 0; k < out.length; ++k) put(out, k, element(source, first + k));
  charge_units(units_of(out.length, 8), 48);
}

// vecscale and vecmap: one element comes to one.
void Machine::map_elements(Kind kind) {
  const bool maps = kind == Kind::vecmap;
  const auto cells = operands(maps ? 4 : 3);
  const Elements source = resolve(cells[0]);
  const Elements out = writable(cells[1]);
  const std::int64_t function = maps ? -cells[2] - 1 : 0;
  const bool by_word = maps && maps_cells(cells[2]);
  if (!by_word && (function < 0 || function >= function_count)) throw Trap{"invalid_token"};
  const Scale scale = scale_of(cells.back());
  const bool each = scale.kind == Scale::each;
  if (each && (maps ? scale.factors.length < out.length : scale.factors.length != out.length))
    throw Trap{"shape_mismatch"};
  if (source.length < out.length) throw Trap{"shape_mismatch"};
  if (maps) {
    for (const std::int64_t cell : cells) push(cell);
    push(by_word ? out.length : 0);
  }
  if (by_word) return charge_units(1, 56);
  for (std::int64_t k = 0; k < out.length; ++k) {
    const std::int64_t value = element(source, k);
    put(out, k, scaled_by(scale, maps ? apply_function(function, value) : value, k));
  }
  charge_units(units_of(out.length, maps ? 4 : 6), maps ? 56 : 64);
}

// Does the token name a word, or a function of the host, that vecmap takes?
bool Machine::maps_cells(std::int64_t token) const {
  const HostFunction* const function = function_behind(settings_.host, token);
  if (function != nullptr) return function->takes == 1 && function->leaves == 1;
  if (token < 1 || token > static_cast<std::int64_t>(program_.tokens.size())) return false;
  return oracle::maps_cells(program_, settings_, program_.tokens[static_cast<std::size_t>(token - 1)]);
}

// src dst token scale, and how many elements are left: these lie on the stack while the word runs.
bool Machine::execute_map(const SourceWord& word) {
  if (word.kind < Kind::map_next) return false;
  if (word.kind == Kind::map_call) return execute_token(), true;
  if (word.kind == Kind::map_next) {
    need(5);
    if (stack_.back() == 0) frames_.back().next = word.target;
    return true;
  }
  if (word.kind == Kind::map_end) return operands(5), true;
  const std::int64_t result = word.kind == Kind::map_store ? pop() : 0;
  need(5);
  const std::int64_t* const cells = &stack_[stack_.size() - 5];
  const Elements out = resolve(cells[1]);
  const std::int64_t k = out.length - cells[4];
  if (word.kind == Kind::map_element) {
    const std::int64_t token = cells[2];
    push(element_now(cells[0], k));
    push(token);
    return true;
  }
  const std::int64_t scale = cells[3];
  const bool each = scale > 0 || region_of(scale) != nullptr;
  const Wide value = each ? scaled(result, element_now(scale, k)) : scale < 0 ? scaled(result, scale) : Wide{result};
  // The length may have become smaller than the number of elements that are left.
  if (k < 0 || k >= out.length) throw Trap{cells[1] < 0 ? "invalid_handle" : "invalid_address"};
  if (read_only(out)) throw Trap{"read_only"};
  put(out, k, value);
  push(pop() - 1);
  frames_.back().next = word.target;
  return true;
}

// An element of an array whose length may have changed.
std::int64_t Machine::element_now(std::int64_t cell, std::int64_t k) const {
  if (cell >= 0) {
    if (k < 0) throw Trap{"invalid_address"};
    return load(cell + k * cell_bytes_);
  }
  const Elements array = resolve(cell);
  if (k < 0 || k >= array.length) throw Trap{"invalid_handle"};
  return element(array, k);
}

// vecadd and vecmul: two elements come to one.
void Machine::combine_elements(Kind kind) {
  const auto cells = operands(4);
  const Elements a = resolve(cells[0]);
  const Elements b = resolve(cells[1]);
  const Elements out = writable(cells[2]);
  const std::int64_t count = std::min(a.length, out.length);
  const Scale scale = scale_of(cells[3]);
  if (scale.kind == Scale::each && scale.factors.length < count) throw Trap{"shape_mismatch"};
  if (a.length != b.length) throw Trap{"shape_mismatch"};
  for (std::int64_t k = 0; k < count; ++k) {
    const std::int64_t x = element(a, k);
    const std::int64_t y = element(b, k);
    put(out, k, scaled_by(scale, kind == Kind::vecadd ? x + y : x * y, k));
  }
  charge_units(units_of(count, 6), 64);
}

void Machine::vecreduce() {
  const auto cells = operands(4);
  const Elements array = resolve(cells[0]);
  const std::int64_t way = cells[3];
  if (way != 1 && way != 2 && way != 4 && way != 8) throw Trap{"invalid_argument"};
  std::int64_t first = cells[1];
  const std::int64_t length = cells[2];
  if (first < 0 || first >= array.length || length < 0) throw Trap{"index_out_of_range"};
  std::int64_t end = length == 0 ? array.length : settings_.rexa ? length : first + length;
  const std::int64_t named_end = end;
  const std::int64_t divisor = settings_.rexa ? end : end - first;
  if (settings_.rexa && cells[0] < 0) {
    end += first;
    first += first;
  }
  if (end <= first || end > array.length) throw Trap{"index_out_of_range"};

  std::int64_t best = first;
  std::uint64_t sum = 0;
  for (std::int64_t k = first; k < end; ++k) {
    const std::int64_t value = element(array, k);
    const std::int64_t so_far = element(array, best);
    if (way == 1 ? value < so_far : value > so_far) best = k;
    sum += static_cast<std::uint64_t>(value);
  }
  charge_units(units_of(end - first, 32), 40);
  if (way <= 2) {
    push(element(array, best));
    return push(settings_.rexa ? named_end : best);
  }
  Wide total = wrap(static_cast<std::int64_t>(sum), 2 * settings_.cell_bits);
  if (way == 4) total = divided(total, divisor);
  push(static_cast<std::int64_t>(total));
  push(static_cast<std::int64_t>(total) >> settings_.cell_bits);
}

void Machine::vecreshape() {
  const auto cells = operands(3);
  const Elements source = resolve(cells[0]);
  const Elements out = writable(cells[1]);
  if (cells[2] == 0) throw Trap{"invalid_argument"};
  const std::int64_t factor = cells[2] < 0 ? -cells[2] : cells[2];
  const bool shrinks = cells[2] < 0;
  const bool picks = shrinks && settings_.rexa;
  const bool fits = picks     ? (out.length - 1) / factor < source.length
                    : shrinks ? source.length == out.length * factor
                              : out.length == source.length * factor;
  if (!fits) throw Trap{"shape_mismatch"};
  const bool averages = shrinks && !picks;
  for (std::int64_t k = 0; k < out.length; ++k) {
    if (!averages) {
      put(out, k, element(source, k / factor));
      continue;
    }
    Wide sum = 0;
    for (std::int64_t j = 0; j < factor; ++j) sum += element(source, k * factor + j);
    put(out, k, divided(sum, factor));
  }
  charge_units(units_of(averages ? source.length : out.length, 6), 64);
}

void Machine::vecprint() {
  const Elements array = resolve(pop());
  for (std::int64_t k = 0; k < array.length; ++k) write(" " + std::to_string(element(array, k)) + " ");
  charge_units(units_of(array.length, 4), 40);
}

// lowp, highp and hull.
void Machine::filter(Kind kind) {
  constexpr std::int64_t one = 4096;
  const auto cells = operands(4);
  const Elements array = writable(cells[0]);
  if (cells[3] < 0 || cells[3] > 1000) throw Trap{"invalid_argument"};
  const std::int64_t first = cells[1];
  if (first < 0 || first >= array.length || cells[2] < 0) throw Trap{"index_out_of_range"};
  const std::int64_t end = cells[2] == 0 ? array.length : first + cells[2];
  if (end > array.length) throw Trap{"index_out_of_range"};

  const std::int64_t factor = (cells[3] * 262144 + 500) / 1000;
  std::int64_t state = kind == Kind::hull ? 0 : element(array, first) * one;
  for (std::int64_t k = first; k < end; ++k) {
    std::int64_t x = element(array, k);
    if (kind == Kind::hull) x = x < 0 ? -x : x;
    if (kind == Kind::hull && x * one >= state) {
      state = x * one;
    } else {
      state += ((x * one - state) * factor + 131072) >> 18;
    }
    const std::int64_t y = (state + one / 2) >> 12;
    put(array, k, kind == Kind::highp ? x - y : y);
  }
  charge_units(units_of(end - first, 8), 64);
}

}  // namespace mica::oracle
