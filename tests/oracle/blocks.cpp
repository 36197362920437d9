// The words with blocks and their fields, and how a text gives them.
#include "tests/oracle/blocks.hpp"

#include <algorithm>

#include "tests/oracle/text_reader.hpp"

namespace mica::oracle {

namespace {

using Numbers = std::vector<std::int64_t>;
using Fields = std::vector<Field>;

constexpr std::int64_t cell_lowest = -2147483648LL, cell_highest = 2147483647;

Field read_field(std::string_view name, std::vector<std::string_view> types = {"int8"}) {
  return {name, std::move(types)};
}
Field written(std::vector<std::string_view> types = {"int8"}) { return {"output", std::move(types), true}; }
Field numbers(std::string_view name, std::size_t count, std::int64_t least, std::int64_t most,
              std::optional<Numbers> otherwise = std::nullopt) {
  return {name, {}, false, count, least, most, {}, std::move(otherwise)};
}
Field choice(std::string_view name, std::vector<std::string_view> choices) {
  return {name, {}, false, 0, 0, 0, std::move(choices), Numbers{0}};
}

// In full the first is meant if none is said.
const std::vector<std::string_view> any{"int8", "int16", "int32", "float32"};
const std::vector<std::string_view> of_integers{"int16", "int8", "int32", "float32"};
const std::vector<std::string_view> of_floats{"float32", "int8", "int16", "int32"};

Field size() { return numbers("size", 3, 1, 65535); }
Field zeros() { return numbers("zeros", 2, -128, 127, Numbers{0, 0}); }
Field clamp() { return numbers("clamp", 2, -128, 127, Numbers{-128, 127}); }
Field rounding() { return choice("rounding", {"twice", "once"}); }
Field multiplier() { return numbers("multiplier", 1, cell_lowest, cell_highest); }
Field shift() { return numbers("shift", 1, -31, 30, Numbers{0}); }

Field optional(Field field) {
  field.optional = true;
  return field;
}

Fields together(Fields fields, const Fields& more) {
  fields.insert(fields.end(), more.begin(), more.end());
  return fields;
}

Fields windows() {
  return {size(),
          numbers("kernel", 2, 1, 65535),
          numbers("stride", 2, 1, 255, Numbers{1, 1}),
          numbers("dilation", 2, 1, 255, Numbers{1, 1}),
          choice("padding", {"valid", "same"}),
          numbers("pads", 4, 0, 65535, Numbers{0, 0, 0, 0})};
}

Fields weighted() {
  return {read_field("input"),
          written(),
          read_field("filter"),
          read_field("bias", {"int32"}),
          read_field("multiplier", {"int32"}),
          read_field("shift"),
          zeros(),
          clamp(),
          rounding()};
}

Fields elementwise() { return {read_field("input"), written()}; }

Fields pair(Fields more) {
  return together({read_field("a"), read_field("b"), written(), numbers("zeros", 3, -128, 127, Numbers{0, 0, 0}),
                   clamp(), rounding()},
                  more);
}

const std::map<std::string_view, Fields>& words() {
  static const Fields pool = together(elementwise(), together(windows(), {clamp()}));
  static const Fields squashing = together(elementwise(), {numbers("zero", 1, -128, 127, Numbers{0}), multiplier(),
                                                           shift(), numbers("radius", 1, 0, 256), rounding()});
  static const Field rows = numbers("rows", 1, 1, cell_highest, Numbers{1});
  static const Field length = numbers("length", 1, 1, cell_highest);
  static const Field to = numbers("to", 2, 0, cell_highest, Numbers{0, 0});
  static const Field right_shift = numbers("shift", 1, 0, 62, Numbers{0});
  static const Field columns = numbers("columns", 1, 1, cell_highest);
  static const std::map<std::string_view, Fields> all{
      {"conv2d{", together(weighted(), together(windows(), {numbers("groups", 1, 1, 65535, Numbers{1})}))},
      {"depthwise-conv2d{", together(weighted(), windows())},
      {"fully-connected{", weighted()},
      {"average-pool{", pool},
      {"max-pool{", pool},
      {"mean{", together(elementwise(), {size(), zeros(), multiplier(), shift(), clamp(), rounding()})},
      {"rescale{", together(elementwise(), {zeros(), multiplier(), shift(), clamp(), rounding()})},
      {"leaky-relu{",
       together(elementwise(),
                {zeros(), multiplier(), shift(), numbers("slope", 1, cell_lowest, cell_highest),
                 numbers("slope-shift", 1, -31, 30, Numbers{0}), choice("slope-sign", {"plus", "minus"}), rounding()})},
      {"hard-swish{", together(elementwise(), {zeros(), numbers("factors", 2, -32768, 32767),
                                               numbers("shifts", 2, -31, 30, Numbers{0, 0})})},
      {"sigmoid{", squashing},
      {"tanh{", squashing},
      {"look-up{", together(elementwise(), {read_field("table")})},
      {"add{", pair({numbers("multipliers", 3, cell_lowest, cell_highest), numbers("shifts", 3, -31, 30),
                     choice("negate", {"none", "a", "b"})})},
      {"mul{", pair({multiplier(), shift()})},
      {"softmax{", together(elementwise(), {columns, multiplier(), shift(), numbers("least", 1, cell_lowest, 0)})},
      {"argmax{", {read_field("input"), written({"int32"}), columns}},
      {"copy{",
       {read_field("input", any), written(any), rows, length, numbers("from", 2, 0, cell_highest, Numbers{0, 0}), to}},
      {"fill{", {written(any), rows, length, to, numbers("value", 1, cell_lowest, cell_highest, Numbers{0})}},
      {"forest{",
       {read_field("input", of_integers), written({"int32", "int16", "float32"}),
        read_field("features", {"int8", "int16"}), read_field("thresholds", of_integers),
        read_field("skips", {"int16", "int32"}), read_field("leaves", of_integers),
        optional(read_field("roots", {"int16", "int32"}))}},
      {"linear{",
       {read_field("input", of_integers), written({"int32", "int16", "float32"}), read_field("weights", of_integers),
        read_field("bias", {"int32", "float32"}), right_shift}},
      {"scaler{",
       {read_field("input", of_integers), written(of_floats), read_field("offsets", of_floats),
        read_field("factors", of_floats), right_shift}},
      {"normalizer{",
       {read_field("input", {"float32"}), written({"float32"}), columns, choice("norm", {"l2", "l1", "max"})}}};
  return all;
}

// Of signals.
const std::map<std::string_view, Fields>& signal_words() {
  static const Field samples = read_field("input", {"int16"}), results = written({"int16"}), wide = written({"int32"});
  static const Field columns = numbers("columns", 1, 0, cell_highest, Numbers{0});
  static const auto must = [](std::string_view name, std::vector<std::string_view> choices) {
    Field field = choice(name, std::move(choices));
    field.otherwise.reset();
    return field;
  };
  static const std::map<std::string_view, Fields> all{
      {"moving{",
       {samples, results, numbers("length", 1, 1, 65535), numbers("step", 1, 1, 65535, Numbers{1}),
        must("of", {"mean", "deviation", "rms", "least", "greatest", "all"})}},
      {"window{", {samples, results, columns, must("shape", {"hann", "hamming", "blackman", "rectangle"})}},
      {"fft{", {samples, results, numbers("size", 1, 2, 4096), choice("samples", {"real", "complex"})}},
      {"power{", {samples, wide}},
      {"magnitude{", {samples, wide}},
      {"goertzel{",
       {samples, wide, columns, read_field("frequencies", {"int32"}), numbers("rate", 1, 1, cell_highest),
        choice("of", {"power", "magnitude"})}},
      {"mel{",
       {read_field("input", {"int32"}), wide, columns, read_field("edges", {"int16"}),
        choice("scale", {"linear", "log"})}}};
  return all;
}

std::string_view type_of(const Region& region) {
  if (region.floats) return "float32";
  return region.bits == 8 ? "int8" : region.bits == 16 ? "int16" : "int32";
}

}  // namespace

const std::vector<Field>* fields_of(std::string_view word) {
  for (const auto* all : {&words(), &float_words(), &signal_words()})
    if (const auto found = all->find(word); found != all->end()) return &found->second;
  return nullptr;
}

bool is_signal(std::string_view word) { return signal_words().contains(word); }

std::vector<std::string_view> block_words() {
  std::vector<std::string_view> all;
  for (const auto* some : {&words(), &float_words(), &signal_words()})
    for (const auto& [word, fields] : *some) all.push_back(word);
  return all;
}

void Reader::block(std::string_view word) {
  Block block{std::string(word), {}, {}};
  const Fields& fields = *fields_of(word);
  for (std::string_view token = required("}"); token != "}"; token = required("}")) {
    const auto field = std::find_if(fields.begin(), fields.end(), [&](const Field& one) { return one.name == token; });
    if (field == fields.end()) throw InvalidText("no field: " + std::string(token));
    const std::string name(field->name);
    if (block.has(name) || block.values.contains(name)) throw InvalidText("a field twice: " + name);
    if (field->types.empty()) {
      block.values[name] = field_values(*field);
    } else {
      block.arrays[name] = field_array(*field);
    }
  }
  for (const Field& field : fields) {
    const std::string name(field.name);
    if (block.has(name) || block.values.contains(name) || field.optional) continue;
    if (!field.otherwise) throw InvalidText("a field is missing: " + name);
    block.values[name] = *field.otherwise;
  }
  check_block(block, program_.regions);
  words().push_back({Kind::layer, static_cast<std::int64_t>(program_.blocks.size())});
  program_.blocks.push_back(std::move(block));
}

std::vector<std::int64_t> Reader::field_values(const Field& field) {
  if (!field.choices.empty()) {
    const auto chosen = std::find(field.choices.begin(), field.choices.end(), required("choice"));
    if (chosen == field.choices.end()) throw InvalidText("no choice of this field");
    return {chosen - field.choices.begin()};
  }
  std::vector<std::int64_t> values;
  for (std::size_t left = field.numbers; left > 0; --left) {
    const std::string_view token = required("number of a field");
    if (field.floats) {
      values.push_back(token == "inf" ? 0x7F800000 : token == "-inf" ? -0x800000 : float_here(token));
      continue;
    }
    std::int64_t value = number_here(token);
    // What is written stands for itself, a constant for its cell.
    if (value < 0 && find_constant(token) == nullptr && !token.starts_with('-')) value += std::int64_t{1} << 32;
    if (value < field.least || value > field.most) throw InvalidText("a field out of its range");
    values.push_back(value);
  }
  return values;
}

// The number in the handle of the array that a field names, or has in full.
std::size_t Reader::field_array(const Field& field) {
  std::string_view token = required("array of a field");
  const bool typed = type_bits(token) != 0;
  std::size_t index = 0;
  if (typed || token == "{" || token == "packed") {
    if (field.written) throw InvalidText("results want an array with a name");
    const std::string_view type = typed ? token : field.types.front();
    if (typed) token = required("elements of a field");
    if (token != "{" && token != "packed") throw InvalidText("elements expected");
    Region region{Region::Where::here, type_bits(type), true};
    region.floats = type == "float32";
    elements_of(region, token);
    index = program_.regions.size();
    place(std::move(region), "");
  } else {
    index = named_array(token);
  }
  const Region& region = program_.regions[index];
  if (std::find(field.types.begin(), field.types.end(), type_of(region)) == field.types.end())
    throw InvalidText("an array of another type");
  if (field.written && region.read_only) throw InvalidText("results for a read-only array");
  return index;
}

std::size_t Reader::named_array(std::string_view token) {
  const Name* name = find(token);
  if (name == nullptr && host_array(token)) name = &names_.back();
  if (name == nullptr) throw InvalidText("no array: " + std::string(token));
  if (name->what == Name::What::cells) return region_of_cells(static_cast<std::size_t>(name->meaning.value));
  const std::size_t index = region_number(*name);
  if (program_.regions[index].where > Region::Where::host) throw InvalidText("no array: " + std::string(token));
  return index;
}

std::size_t Reader::region_number(const Name& name) const {
  if (name.what != Name::What::region) throw InvalidText("no array: " + name.text);
  return static_cast<std::size_t>(name.meaning.value + (std::int64_t{1} << (settings_.cell_bits - 1)));
}

// An array of cells takes a number when a field names it first, with the length that it has there.
std::size_t Reader::region_of_cells(std::size_t address) {
  std::uint64_t length = 0;
  for (std::size_t byte = cell_bytes_; byte > 0; --byte)
    length = length << 8 | program_.data[address - cell_bytes_ + byte - 1];
  if (length == 0 || length > (program_.data.size() - address) / cell_bytes_) throw InvalidText("no array any more");
  const auto found = std::find_if(program_.regions.begin(), program_.regions.end(), [&](const Region& one) {
    return one.where == Region::Where::data && one.offset == address && one.bits == settings_.cell_bits &&
           !one.floats && one.length == static_cast<std::int64_t>(length);
  });
  if (found != program_.regions.end()) return static_cast<std::size_t>(found - program_.regions.begin());
  Region region{Region::Where::data, settings_.cell_bits, false, address, static_cast<std::int64_t>(length)};
  program_.regions.push_back(std::move(region));
  return program_.regions.size() - 1;
}

// A part of an array that the text has declared, as an array of its own.
void Reader::view() {
  std::string name = new_name();
  const std::string_view token = required("array of a view");
  const Name* const base = token == name ? nullptr : find(token);
  if (base == nullptr) throw InvalidText("no array: " + std::string(token));
  Region region = program_.regions[region_number(*base)];
  if (region.where > Region::Where::data) throw InvalidText("no array for a view");
  const std::int64_t first = number_here(required("first element of a view"));
  const std::int64_t count = number_here(required("length of a view"));
  if (first < 0 || count < 1 || first + count > region.length) throw InvalidText("a view beyond the array");
  region.length = count;
  region.offset += static_cast<std::size_t>(first) * region.bits / 8;
  if (!region.elements.empty())
    region.elements = {region.elements.begin() + first, region.elements.begin() + first + count};
  const std::int64_t lowest = -(std::int64_t{1} << (settings_.cell_bits - 1));
  bind(std::move(name), {Kind::number, lowest + static_cast<std::int64_t>(program_.regions.size())});
  names_.back().what = Name::What::region;
  program_.regions.push_back(std::move(region));
}

}  // namespace mica::oracle
