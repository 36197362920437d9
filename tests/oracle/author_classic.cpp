// Trees and forests, some of which lead nowhere; linear models, scalers, normalizers.
#include <array>
#include <utility>

#include "tests/oracle/author.hpp"
#include "tests/oracle/reader.hpp"

namespace mica::oracle {

namespace {

constexpr std::array<unsigned, 3> widths{8, 16, 32};

}  // namespace

Author::Elements Author::some_elements_of(unsigned bits, unsigned count) {
  const std::int64_t most = (std::int64_t{1} << (bits - 1)) - 1;
  Elements elements;
  for (; count > 0; --count)
    elements.push_back(random_.percent(70)  ? random_.between(-9, 9)
                       : random_.percent(8) ? (random_.percent(50) ? most : -most - 1)
                                            : random_.between(-most - 1, most));
  return elements;
}

void Author::write_floats(unsigned count) {
  if (random_.percent(20)) {
    Elements bits;
    for (unsigned k = 0; k < count; ++k) bits.push_back(wrap(static_cast<std::int64_t>(random_.next()), 32));
    return write_packed(bits, 4);
  }
  writer_.word("{");
  for (; count > 0; --count)
    writer_.word(random_.percent(70) ? float_text() : std::to_string(random_.between(-300, 300)));
  writer_.word("}");
}

// Any floats, with a name.
std::size_t Author::declare_float_array(bool table, unsigned count, bool zeros) {
  std::string name = storage_name();
  writer_.word(table ? "table" : "array");
  writer_.word(name);
  writer_.word("float32");
  zeros ? declared_number(count) : write_floats(count);
  if (!table) data_end_ += (4 - data_end_ % 4) % 4 + 4 * std::int64_t{count};
  return remember(table ? Storage::Kind::float_table : Storage::Kind::floats, std::move(name), count, true);
}

// As many numbers of a type, 0 bits standing for floats; `first`: the type that the field has if none is said.
void Author::number_field(std::string_view name, unsigned bits, unsigned count, unsigned first) {
  if (bits != 0) return field_elements(name, bits, some_elements_of(bits, count), bits != first);
  if (random_.percent(30)) {
    const bool table = random_.percent(50);
    return field_array(name, declare_float_array(table, count, false));
  }
  const bool typed = first != 0 || random_.percent(15);
  fields_.push_back([this, name, count, typed] {
    writer_.word(name);
    if (typed) writer_.word("float32");
    write_floats(count);
    ++tables_;
  });
}

// An array that is written, of a type.
std::size_t Author::result_array(unsigned bits, unsigned count) {
  if (bits == 0) return declare_float_array(false, count, true);
  if (bits == settings_.cell_bits && random_.percent(40)) return declare_array(count, false);
  return declare_of_type(false, bits, count, {});
}

// Appends a subtree in pre-order.
void Author::grow(Tree& tree, unsigned inputs, unsigned rows, unsigned depth) {
  const std::size_t at = tree.features.size();
  const bool leaf = depth == 0 || random_.percent(20);
  tree.features.push_back(leaf ? random_.between(-3, -1) : random_.below(inputs));
  tree.skips.push_back(random_.below(rows));
  if (leaf) return;
  grow(tree, inputs, rows, depth - 1);
  tree.skips[at] = static_cast<std::int64_t>(tree.features.size() - at);
  grow(tree, inputs, rows, depth - 1);
}

void Author::plan_forest() {
  const unsigned inputs = random_.count(1, 6), rows = random_.count(1, 4);
  const unsigned outputs = random_.percent(10) ? random_.count(20, 40) : random_.count(1, 4);
  const unsigned trees = random_.percent(50) ? 1 : random_.count(2, 5);
  Tree tree;
  Elements roots;
  for (unsigned k = 0; k < trees; ++k) {
    roots.push_back(static_cast<std::int64_t>(tree.features.size()));
    grow(tree, inputs, rows, random_.percent(8) ? 6 : random_.below(4));
  }
  const auto nodes = static_cast<unsigned>(tree.features.size());
  const bool astray = random_.percent(20);
  if (astray) {
    Elements& some = random_.percent(50) ? tree.skips : random_.percent(70) ? tree.features : roots;
    some[random_.below(some.size())] = random_.percent(50) ? random_.between(-2, 9) : random_.between(-128, 127);
  }
  work_ = trees * (8 * outputs + 130);
  if (!has_room(4 * (inputs + outputs)) || nodes > 120 || tables_ > 30) return fields_.clear();
  const bool wide_cells = settings_.cell_bits == 32;
  const auto some_type = [&] {
    if (!wide_cells) return random_.percent(50) ? 8U : 16U;
    return random_.percent(25) ? 0 : random_.pick(widths);
  };
  const unsigned bits = some_type(), leaf = some_type();
  const unsigned result = leaf == 0 ? 0 : wide_cells && random_.percent(70) ? 32 : 16;
  const unsigned wide = random_.percent(30) ? 16 : 8;
  field_elements("features", wide, tree.features, wide != 8);
  field_elements("skips", 16, tree.skips, false);
  number_field("thresholds", bits, nodes, 16);
  number_field("leaves", leaf, rows * outputs, 16);
  if (trees > 1 || random_.percent(20)) field_elements("roots", 16, roots, false);
  number_field("input", bits, inputs, 16);
  const std::size_t output = result_array(result, outputs);
  if (!astray) return emit_block("forest{", output, outputs, result == 0 ? 32 : result);
  field_array("output", output);
  op("try");
  emit_fields("forest{");
  op("catch");
  account(0, 1, 192);
  op(".");
  writer_.word("endtry");
  frame_.levels = std::max(frame_.levels, 3U);
  show_results(output, outputs, settings_.cell_bits);
}

void Author::plan_linear() {
  const bool floats = random_.percent(35);
  const unsigned rows = random_.percent(70) ? 1 : 2, outputs = random_.count(1, 4);
  const unsigned inputs = random_.percent(15) ? random_.count(40, 90) : random_.count(1, 9);
  work_ = rows * outputs * (9 * inputs + 40);
  if (!has_room(4 * rows * (inputs + outputs))) return;
  const unsigned result = floats ? 0 : random_.percent(70) ? 32 : 16;
  number_field("input", floats ? 0 : random_.pick(widths), rows * inputs, 16);
  number_field("weights", floats ? 0 : random_.pick(widths), outputs * inputs, 16);
  number_field("bias", floats ? 0 : 32, outputs, 32);
  if (!floats && random_.percent(60)) field("shift", {random_.percent(80) ? random_.below(12) : random_.below(63)});
  emit_block("linear{", result_array(result, rows * outputs), rows * outputs, result == 0 ? 32 : result);
}

void Author::plan_scaler() {
  const bool floats = random_.percent(50);
  const unsigned columns = random_.count(1, 6), count = columns * random_.count(1, 8);
  work_ = 20 * count;
  if (!has_room(8 * count)) return;
  const unsigned from = floats && random_.percent(60) ? 0 : random_.pick(widths);
  const unsigned result = floats ? 0 : random_.pick(widths);
  for (const char* name : {"offsets", "factors"}) {
    const unsigned some = random_.percent(40) ? 1 : columns;
    number_field(name, floats ? 0 : random_.pick(widths), some, 0);
  }
  if (!floats && random_.percent(60)) field("shift", {random_.percent(80) ? random_.below(12) : random_.below(63)});
  if (from != result || random_.percent(60)) {
    number_field("input", from, count, 16);
    return emit_block("scaler{", result_array(result, count), count, result == 0 ? 32 : result);
  }
  const std::size_t array = from == 0 ? declare_float_array(false, count, false)
                                      : declare_of_type(false, from, count, some_elements_of(from, count));
  field_array("input", array);
  emit_block("scaler{", array, count, from == 0 ? 32 : from);
}

void Author::plan_normalizer() {
  static constexpr std::array<std::string_view, 3> norms{"l2", "l1", "max"};
  const unsigned columns = random_.count(1, 9), rows = random_.count(1, 3);
  work_ = rows * (columns * 20 + 160);
  if (!has_room(8 * rows * columns)) return;
  field("columns", {columns});
  if (random_.percent(80)) field_choice("norm", random_.pick(norms));
  if (random_.percent(35)) {
    const std::size_t array = declare_float_array(false, rows * columns, false);
    field_array("input", array);
    return emit_block("normalizer{", array, rows * columns, 32);
  }
  number_field("input", 0, rows * columns, 0);
  emit_block("normalizer{", declare_float_array(false, rows * columns, true), rows * columns, 32);
}

}  // namespace mica::oracle
