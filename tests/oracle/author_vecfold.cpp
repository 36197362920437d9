// Layers for vecfold, from a single product to overlapping arrays at odd addresses.
#include <algorithm>
#include <array>

#include "tests/oracle/author.hpp"
#include "tests/oracle/reader.hpp"

namespace mica::oracle {

// Mostly small numbers, as weights are.
std::vector<std::int64_t> Author::elements(unsigned length) {
  std::vector<std::int64_t> list;
  const bool narrow = random_.percent(60);
  for (; length > 0; --length)
    list.push_back(narrow || random_.percent(80) ? random_.between(-128, 127) : any_number());
  return list;
}

std::vector<std::int64_t> Author::scales(unsigned length) {
  std::vector<std::int64_t> list;
  for (; length > 0; --length) list.push_back(random_.percent(15) ? 0 : any_number());
  return list;
}

std::size_t Author::some_array(unsigned length) {
  if (random_.percent(60)) return declare_elements(elements(length), false);
  const std::size_t array = declare_array(length, false);
  if (random_.percent(80)) fill(storage_[array]);
  return array;
}

std::size_t Author::some_elements(unsigned length) {
  if (!settings_.rexa && random_.percent(55))
    return random_.percent(30) ? declare_typed(elements(length)) : declare_table(elements(length));
  return some_array(length);
}

// Gives the elements values that depend on the index. Only used at the top level.
void Author::fill(Storage array) {
  if (!affordable(12 * array.length) || !room(10)) return;
  number(array.length);
  number(0);
  op("do");
  const Scope before = scope_;
  begin_body(before, array.length, 0);
  scope_.loops.push_back(scope_.all());
  op("i");
  number(any_number());
  op(random_.percent(50) ? "*" : "+");
  name_of(array);
  op("i");
  op("cell+");
  op("!");
  op("loop");
  end_body(before, array.length, 0);
}

void Author::plan_layer() {
  static constexpr std::array<unsigned, 12> lengths{1, 2, 31, 32, 33, 63, 64, 65, 96, 97, 99, 100};
  Layer layer;
  layer.in_length = random_.percent(70) ? random_.count(1, 9) : random_.pick(lengths);
  layer.out_length = layer.in_length > 40 ? random_.count(1, 2) : random_.count(1, 5);
  const unsigned weights = layer.in_length * layer.out_length;
  if (!fits(layer.in_length + weights + 2 * layer.out_length + 8)) return statement();
  layer.in.storage = some_elements(layer.in_length);
  layer.weights.storage = some_elements(weights);
  const bool in_place = layer.in_length == layer.out_length && random_.percent(30) &&
                        storage_[layer.in.storage].kind == Storage::Kind::array;
  const bool typed = !settings_.rexa && random_.percent(25);
  layer.out.storage = in_place ? layer.in.storage
                      : typed  ? declare_typed(elements(layer.out_length))
                               : declare_array(layer.out_length, false);
  layer.scale.storage = !settings_.rexa && random_.percent(40)
                            ? declare_table(scales(layer.out_length))
                            : declare_elements(scales(layer.out_length), false);
  layers_.push_back(layer);
  vecfold_of(layer);
}

// Input and output in one array, with their lengths in cells that need not be aligned.
void Author::plan_overlap() {
  const auto cell = static_cast<unsigned>(cell_bytes());
  Layer layer;
  layer.in_length = random_.count(1, 7);
  layer.out_length = random_.count(1, 4);
  const unsigned cells = std::max(layer.in_length, layer.out_length) + random_.count(3, 5);
  if (!fits(cells + 2 * layer.in_length * layer.out_length + 8)) return statement();
  layer.weights.storage = some_elements(layer.in_length * layer.out_length);
  layer.scale.storage = declare_elements(scales(layer.out_length), false);
  layer.in.storage = layer.out.storage = declare_elements(elements(cells), true);
  const auto place = [&](unsigned length) {
    const unsigned last = (cells - length) * cell;
    return random_.percent(50) ? random_.count(1, last / cell) * cell : random_.count(cell, last);
  };
  do {
    layer.in.bytes = place(layer.in_length);
    layer.out.bytes = place(layer.out_length);
  } while (layer.in.bytes < layer.out.bytes + cell && layer.out.bytes < layer.in.bytes + cell);
  layer.lengths = {{layer.in.bytes - cell, layer.in_length}, {layer.out.bytes - cell, layer.out_length}};
  layers_.push_back(layer);
  vecfold_of(layer);
}

void Author::vecfold() {
  if (layers_.empty()) return transform();
  const Layer layer = random_.pick(layers_);
  vecfold_of(layer);
}

void Author::vecfold_of(const Layer& layer) {
  const unsigned units = layer.out_length * ((layer.in_length + 31) / 32);
  if (!affordable(24 * units + 44) || !room(7)) return transform();
  for (const auto& [offset, length] : layer.lengths) {
    number(length);
    name_of(storage_[layer.in.storage]);
    number(offset);
    op("+");
    op("!");
  }
  push_operand(layer.in);
  const bool squares = layer.out_length == 1 && layer.lengths.empty() && random_.percent(15);
  push_operand(squares ? layer.in : layer.weights);
  push_operand(layer.out);
  push_scale(layer);
  op("vecfold");
  account(0, 0, 24 * units);
  if (!random_.percent(50)) return;
  if (storage_[layer.out.storage].kind == Storage::Kind::typed) {
    number(random_.below(layer.out_length));
    push_operand(layer.out);
    op("read");
  } else {
    push_operand(layer.out);
    number(random_.below(layer.out_length));
    op("cell+");
    op("@");
  }
  if (random_.percent(50)) op(".");
}

void Author::push_operand(const Operand& operand) {
  name_of(storage_[operand.storage]);
  if (operand.bytes == 0) return;
  const auto cell = static_cast<unsigned>(cell_bytes());
  const bool whole = operand.bytes % cell == 0 && random_.percent(70);
  number(whole ? operand.bytes / cell : operand.bytes);
  op(whole ? "cell+" : "+");
}

// A scale that divides everything: negative, and far from the handles of tables.
std::int64_t Author::divisor() {
  if (settings_.rexa && random_.percent(15)) return lowest() + (settings_.host ? 20 : 0);
  const std::int64_t n = random_.percent(50) ? random_.between(-300, -1) : any_number();
  return std::clamp<std::int64_t>(n > 0 ? -n : n, lowest() + 100, -1);
}

void Author::push_scale(const Layer& layer) {
  const unsigned kind = random_.below(10);
  if (kind < 2) return number(0);
  if (kind < 5) return number(divisor());
  if (kind < 6) return push_operand(layer.out);  // row o is scaled by what row o replaces
  if (kind < 7 && layer.in_length == layer.out_length) return push_operand(layer.in);
  push_operand(layer.scale);
}

}  // namespace mica::oracle
