// The word vecfold, section 5 of the page.
#include "tests/oracle/machine.hpp"

namespace mica::oracle {

namespace {

// The word's arithmetic is that of doubles, which have 32 or 64 bits: unsigned 64-bit numbers wrap as both
// need.
std::int64_t wrapping_product(std::int64_t a, std::int64_t b) {
  return static_cast<std::int64_t>(static_cast<std::uint64_t>(a) * static_cast<std::uint64_t>(b));
}

std::int64_t wrapping_sum(std::int64_t a, std::int64_t b) {
  return static_cast<std::int64_t>(static_cast<std::uint64_t>(a) + static_cast<std::uint64_t>(b));
}

}  // namespace

Machine::Elements Machine::resolve(std::int64_t cell) const {
  if (cell < 0) {
    const auto* table = table_of(cell);
    if (table == nullptr) throw Trap{"invalid_handle"};
    return {table, 0, static_cast<std::int64_t>(table->size())};
  }
  const std::int64_t length = load(cell - cell_bytes_);
  const bool inside = cell + length * cell_bytes_ <= static_cast<std::int64_t>(data_.size());
  if (length < 1 || !inside) throw Trap{"invalid_address"};
  return {nullptr, cell, length};
}

std::int64_t Machine::element(const Elements& elements, std::int64_t k) const {
  if (elements.table != nullptr) return (*elements.table)[static_cast<std::size_t>(k)];
  return load(elements.address + k * cell_bytes_);
}

std::int64_t Machine::scaled(std::int64_t sum, std::int64_t scale) const {
  if (scale < 0) return sum / -scale;
  return wrap(wrapping_product(sum, scale), 2 * settings_.cell_bits);
}

void Machine::vecfold() {
  need(4);
  const std::int64_t scale_cell = pop();
  const std::int64_t out_cell = pop();
  const std::int64_t weights_cell = pop();
  const std::int64_t in_cell = pop();
  const Elements in = resolve(in_cell);
  const Elements weights = resolve(weights_cell);
  const Elements out = resolve(out_cell);
  if (out.table != nullptr) throw Trap{"read_only"};

  const bool one_divisor = scale_cell < 0 && table_of(scale_cell) == nullptr;
  const bool scale_each = scale_cell != 0 && !one_divisor;
  const Elements scales = scale_each ? resolve(scale_cell) : Elements{nullptr, 0, out.length};
  if (in.length * out.length != weights.length || scales.length != out.length) throw Trap{"shape_mismatch"};

  for (std::int64_t o = 0; o < out.length; ++o) {
    std::int64_t sum = 0;
    for (std::int64_t j = 0; j < in.length; ++j)
      sum = wrapping_sum(sum, wrapping_product(element(weights, o * in.length + j), element(in, j)));
    sum = wrap(sum, 2 * settings_.cell_bits);
    if (one_divisor) sum = scaled(sum, scale_cell);
    if (scale_each) sum = scaled(sum, element(scales, o));
    save(out.address + o * cell_bytes_, wrapped(sum));
  }
  const std::int64_t units = out.length * ((in.length + 31) / 32);
  result_.ticks += 24 * static_cast<std::uint64_t>(units);
}

}  // namespace mica::oracle
