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

// An array of floats is one only to words that say so.
Machine::Elements Machine::resolve(std::int64_t cell, bool floats) const {
  if (cell < 0) {
    const Region* const region = region_of(cell);
    const bool is_array = region != nullptr && region->where <= Region::Where::host;
    if (!is_array || (region->floats && !floats)) throw Trap{"invalid_handle"};
    return {region, static_cast<std::int64_t>(region->offset), region->length, region->bits};
  }
  const std::int64_t length = load(cell - cell_bytes_);
  const bool inside = cell + length * cell_bytes_ <= static_cast<std::int64_t>(data_.size());
  if (length < 1 || !inside) throw Trap{"invalid_address"};
  return {nullptr, cell, length, settings_.cell_bits};
}

std::int64_t Machine::element(const Elements& elements, std::int64_t k) const {
  const auto index = static_cast<std::size_t>(k);
  if (elements.region != nullptr && elements.region->where == Region::Where::here)
    return elements.region->elements.at(index);
  if (elements.region != nullptr && elements.region->where == Region::Where::host)
    return host_arrays_.at(elements.region->offset).elements.at(index);
  const auto bytes = static_cast<std::int64_t>(elements.bits / 8);
  note_access(elements.address + k * bytes, bytes);
  std::uint64_t bits = 0;
  for (std::int64_t byte = bytes - 1; byte >= 0; --byte)
    bits = bits << 8 | data_.at(static_cast<std::size_t>(elements.address + k * bytes + byte));
  return wrap(static_cast<std::int64_t>(bits), elements.bits);
}

Machine::Elements Machine::indexed(std::int64_t cell, std::int64_t k) const {
  const Elements array = resolve(cell, true);
  if (k < 0 || k >= array.length) throw Trap{"index_out_of_range"};
  return array;
}

// The low bits of the value that the element holds. The array may be written.
void Machine::store_element(const Elements& array, std::int64_t k, std::int64_t value) {
  value = wrap(value, array.bits);
  if (array.region == nullptr || array.region->where == Region::Where::data)
    return save_bits(array.address + k * (array.bits / 8), value, array.bits);
  host_arrays_.at(array.region->offset).elements.at(static_cast<std::size_t>(k)) = value;
  const auto number = static_cast<std::uint32_t>(array.region - program_.regions.data());
  result_.events.push_back({Event::store_outside, number, value});
  mix(0x41000000 ^ number);
  mix(static_cast<std::uint32_t>(k));
  mix(static_cast<std::uint32_t>(value));
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
