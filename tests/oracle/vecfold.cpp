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

void Machine::vecfold() {
  const auto cells = operands(4);
  const Elements in = resolve(cells[0]);
  const Elements weights = resolve(cells[1]);
  const Elements out = writable(cells[2]);
  const Scale scale = scale_of(cells[3]);
  const bool unlike = scale.kind == Scale::each && scale.factors.length != out.length;
  if (in.length * out.length != weights.length || unlike) throw Trap{"shape_mismatch"};

  for (std::int64_t o = 0; o < out.length; ++o) {
    std::int64_t sum = 0;
    for (std::int64_t j = 0; j < in.length; ++j)
      sum = wrapping_sum(sum, wrapping_product(element(weights, o * in.length + j), element(in, j)));
    put(out, o, scaled_by(scale, wrap(sum, 2 * settings_.cell_bits), o));
  }
  charge_units(out.length * ((in.length + 31) / 32), 24);
}

}  // namespace mica::oracle
