// Layers: blocks with fields that fit each other, in any order, and views of arrays.
#include <algorithm>
#include <array>
#include <functional>
#include <memory>
#include <utility>

#include "tests/oracle/author.hpp"
#include "tests/oracle/blocks.hpp"

namespace mica::oracle {

namespace {

constexpr std::int64_t lowest_32 = -2147483648LL;

std::int64_t windows(std::int64_t size, std::int64_t span, std::int64_t stride) { return (size - span) / stride + 1; }

}  // namespace

// --- arrays

// An array of the program that is not the host's and whose name is still its own.
bool Author::is_own(const Storage& one) const {
  return !one.hidden && !one.name.starts_with("host-") && one.address < 0;
}

// COUNT elements of an array that the program has.
void Author::declare_view() {
  std::vector<std::size_t> found;
  for (std::size_t k = 0; k < storage_.size(); ++k)
    if (is_own(storage_[k])) found.push_back(k);
  if (found.empty()) return declare_constant();
  const std::size_t base = random_.pick(found);
  const unsigned count = random_.count(1, storage_[base].length);
  view_of(base, random_.below(storage_[base].length - count + 1), count);
}

std::size_t Author::view_of(std::size_t base, unsigned first, unsigned count) {
  std::string name = new_name();
  writer_.word("view");
  writer_.word(name);
  writer_.word(storage_[base].name);
  declared_number(first);
  declared_number(count);
  const Storage& array = storage_[base];
  const bool is_private = array.private_;
  const unsigned bits = array.bits;
  const std::size_t view = remember(array.kind, std::move(name), count, is_private);
  storage_[view].bits = bits;
  return view;
}

// Of one type, with elements or, if there are none, with zeros.
std::size_t Author::declare_of_type(bool table, unsigned bits, unsigned length, const Elements& elements) {
  std::string name = storage_name();
  writer_.word(table ? "table" : "array");
  writer_.word(name);
  writer_.word("int" + std::to_string(bits));
  if (elements.empty()) {
    declared_number(length);
  } else {
    random_.percent(30) ? write_packed(elements, bits / 8) : write_elements(elements);
  }
  const std::int64_t size = bits / 8;
  if (!table) data_end_ += (size - data_end_ % size) % size + length * size;
  const std::size_t array =
      remember(table ? Storage::Kind::table : Storage::Kind::typed, std::move(name), length, table);
  storage_[array].bits = bits;
  return array;
}

// As `declare_of_type`, or a part of a larger one, or one that the program has.
std::size_t Author::array_of_int8(unsigned length, bool written) {
  std::vector<std::size_t> found;
  for (std::size_t k = 0; k < storage_.size(); ++k) {
    const Storage& one = storage_[k];
    if (one.bits == 8 && is_own(one) && one.length >= length && (!written || one.kind == Storage::Kind::typed))
      found.push_back(k);
  }
  if (!found.empty() && random_.percent(30)) {
    const std::size_t chosen = random_.pick(found);
    const unsigned more = storage_[chosen].length - length;
    return more == 0 ? chosen : view_of(chosen, random_.below(more + 1), length);
  }
  if (!written) {
    const bool table = random_.percent(30);  // before the elements, whatever the compiler
    return declare_of_type(table, 8, length, some_bytes(length));
  }
  if (random_.percent(70)) return declare_of_type(false, 8, length, {});
  const unsigned more = random_.count(1, 4), first = random_.below(more + 1);
  return view_of(declare_of_type(false, 8, length + more, some_bytes(length + more)), first, length);
}

Author::Elements Author::some_bytes(unsigned length) {
  Elements bytes;
  const bool wide = random_.percent(60);
  for (; length > 0; --length)
    bytes.push_back(random_.percent(8) ? (random_.percent(50) ? -128 : 127)
                    : wide             ? random_.between(-128, 127)
                                       : random_.between(-9, 9));
  return bytes;
}

// Input and output: in one arena, apart, or the same where it may be.
std::pair<std::size_t, std::size_t> Author::in_and_out(unsigned in, unsigned out, bool or_same) {
  if (or_same && in == out && random_.percent(35)) {
    const std::size_t array = declare_of_type(false, 8, in, some_bytes(in));
    return {array, random_.percent(70) ? array : view_of(array, 0, in)};
  }
  if (random_.percent(30)) {
    const unsigned gap = random_.below(3);
    const std::size_t arena = declare_of_type(false, 8, in + gap + out, some_bytes(in + gap + out));
    const bool first = random_.percent(50);
    const std::size_t input = view_of(arena, first ? 0 : out + gap, in);
    return {input, view_of(arena, first ? in + gap : 0, out)};
  }
  const std::size_t input = array_of_int8(in, false);
  // What it has may lie where the input does.
  return {input, declare_of_type(false, 8, out, {})};
}

// --- fields

void Author::field(std::string_view name, std::vector<std::int64_t> numbers) {
  fields_.push_back([this, name, numbers = std::move(numbers)] {
    writer_.word(name);
    // A number of the upper half stands for itself here.
    for (const std::int64_t one : numbers) one < 0 ? writer_.word(std::to_string(one)) : declared_number(one);
  });
}

void Author::field_choice(std::string_view name, std::string_view choice) {
  fields_.push_back([this, name, choice] {
    writer_.word(name);
    writer_.word(choice);
  });
}

void Author::field_array(std::string_view name, std::size_t array) {
  fields_.push_back([this, name, array] {
    writer_.word(name);
    writer_.word(storage_[array].name);
    Storage& one = storage_[array];
    // An array of cells takes a number here.
    if (one.kind == Storage::Kind::array && !std::exchange(one.numbered, true)) ++tables_;
  });
}

// In full, or a name.
void Author::field_elements(std::string_view name, unsigned bits, const Elements& elements, bool typed) {
  const auto length = static_cast<unsigned>(elements.size());
  const unsigned way = random_.below(10);
  if (way == 0) return field_array(name, declare_of_type(true, bits, length, elements));
  if (way == 1) return field_array(name, declare_of_type(false, bits, length, elements));
  if (way < 4 && bits == 32) return field_array(name, declare_elements(elements, false));
  typed = typed || random_.percent(15);
  fields_.push_back([this, name, bits, elements, typed] {
    writer_.word(name);
    if (typed) writer_.word("int" + std::to_string(bits));
    random_.percent(30) ? write_packed(elements, bits / 8) : write_elements(elements);
    ++tables_;
  });
}

std::int64_t Author::some_multiplier() {
  static constexpr std::array<std::int64_t, 7> edges{lowest_32, 2147483647, 0, 1, -1, 1073741824, lowest_32 + 1};
  if (random_.percent(70)) return random_.between(1 << 30, 2147483647);
  return random_.percent(50) ? random_.pick(edges) : random_.between(lowest_32, 2147483647);
}

std::int64_t Author::some_shift() { return random_.percent(75) ? random_.between(-9, 2) : random_.between(-31, 30); }

void Author::zeros_field(unsigned count) {
  if (random_.percent(30)) return;
  std::vector<std::int64_t> zeros;
  for (; count > 0; --count) zeros.push_back(random_.percent(60) ? random_.between(-9, 9) : random_.between(-128, 127));
  field("zeros", zeros);
}

void Author::clamp_field() {
  if (random_.percent(60)) return;
  std::int64_t low = random_.between(-128, 127), high = random_.between(-128, 127);
  if (low > high) std::swap(low, high);
  field("clamp", {low, high});
}

void Author::rounding_field() {
  if (random_.percent(40)) field_choice("rounding", random_.percent(60) ? "once" : "twice");
}

void Author::scale_fields(std::string_view multiplier, std::string_view shift) {
  field(multiplier, {some_multiplier()});
  if (random_.percent(80)) field(shift, {some_shift()});
}

// Of each output, or one for all.
void Author::weight_fields(unsigned weights, unsigned outputs) {
  field_elements("filter", 8, some_bytes(weights), false);
  Elements bias, multipliers, shifts;
  for (unsigned k = 0; k < outputs; ++k)
    bias.push_back(random_.percent(90) ? random_.between(-3000, 3000) : some_multiplier());
  const unsigned scales = random_.percent(40) ? 1 : outputs;
  for (unsigned k = 0; k < scales; ++k) {
    multipliers.push_back(some_multiplier());
    shifts.push_back(random_.percent(95) ? some_shift() : random_.between(-128, 127));
  }
  field_elements("bias", 32, bias, false);
  field_elements("multiplier", 32, multipliers, false);
  field_elements("shift", 8, shifts, false);
  zeros_field(2);
  clamp_field();
  rounding_field();
}

// --- the layers

// Chooses sizes of windows: the number of them.
unsigned Author::window_fields(unsigned height, unsigned width, unsigned channels) {
  const std::array<unsigned, 2> sizes{height, width};
  std::vector<std::int64_t> kernel, stride, dilation, pads(4);
  const bool same = random_.percent(30), padded = !same && random_.percent(35);
  std::int64_t count = 1;
  for (std::size_t k = 0; k < 2; ++k) {
    const std::int64_t size = sizes[k];
    kernel.push_back(random_.count(1, std::min(sizes[k] + (same ? 1 : 0), 3U)));
    stride.push_back(random_.count(1, 3));
    const std::int64_t most = kernel[k] == 1 ? 3 : same ? 2 : (size - 1) / (kernel[k] - 1);
    dilation.push_back(random_.percent(70) ? 1 : random_.between(1, std::min<std::int64_t>(most, 3)));
    const std::int64_t span = (kernel[k] - 1) * dilation[k] + 1;
    for (const std::size_t side : {k, k + 2})
      if (padded) pads[side] = random_.between(0, span - 1);
    count *= same ? (size + stride[k] - 1) / stride[k] : windows(size + pads[k] + pads[k + 2], span, stride[k]);
  }
  field("size", {height, width, channels});
  field("kernel", kernel);
  if (stride != std::vector<std::int64_t>{1, 1} || random_.percent(20)) field("stride", stride);
  if (dilation != std::vector<std::int64_t>{1, 1} || random_.percent(10)) field("dilation", dilation);
  if (same || random_.percent(10)) field_choice("padding", same ? "same" : "valid");
  if (padded || random_.percent(10)) field("pads", pads);
  taps_ = static_cast<unsigned>(kernel[0] * kernel[1]);
  return static_cast<unsigned>(count);
}

// conv2d{ and depthwise-conv2d{
void Author::plan_convolution() {
  const bool deep = random_.percent(40);
  const unsigned groups = !deep && random_.percent(25) ? random_.count(2, 3) : 1;
  const unsigned height = random_.count(1, 5), width = random_.count(1, 5);
  const unsigned channels = groups * random_.count(1, deep ? 6 : 4);
  const unsigned outputs =
      deep ? channels * (random_.percent(60) ? 1 : random_.count(2, 3)) : groups * random_.count(1, 6);
  const unsigned count = window_fields(height, width, channels);
  const unsigned blocks = (outputs + 3) / 4 + groups;
  // At most: each tap a stretch of its own, eight products for each.
  work_ = count * blocks * (taps_ * (90 + 16 * (channels / groups)) + 80);
  if (!has_room(height * width * channels + count * outputs)) return;
  weight_fields(outputs * taps_ * (deep ? 1 : channels / groups), outputs);
  if (groups > 1) field("groups", {groups});
  emit_layer(deep ? "depthwise-conv2d{" : "conv2d{", in_and_out(height * width * channels, count * outputs, false));
}

void Author::plan_connected() {
  const unsigned rows = random_.percent(60) ? 1 : random_.count(2, 3);
  const bool wide = random_.percent(35);
  const unsigned inputs = wide ? random_.count(60, 160) : random_.count(1, 12);
  const unsigned outputs = random_.count(1, wide ? 5 : 9);
  work_ = rows * (outputs + 3) / 4 * (4 * inputs + 110 + inputs / 2);
  if (!has_room(rows * (inputs + outputs) + (inputs + 9) * outputs)) return;
  weight_fields(inputs * outputs, outputs);
  emit_layer("fully-connected{", in_and_out(rows * inputs, rows * outputs, false));
}

void Author::plan_pool() {
  const unsigned height = random_.count(1, 6), width = random_.count(1, 6), channels = random_.count(1, 6);
  const bool mean = random_.percent(30);
  if (mean) field("size", {height, width, channels});
  const unsigned count = mean ? 1 : window_fields(height, width, channels);
  if (mean) taps_ = height * width;
  work_ = count * (channels + 3) / 4 * (taps_ * 28 + 60);
  if (!has_room(height * width * channels + count * channels)) return;
  clamp_field();
  if (mean) {
    zeros_field(2);
    scale_fields("multiplier", "shift");
    rounding_field();
  }
  const char* const word = mean ? "mean{" : random_.percent(50) ? "average-pool{" : "max-pool{";
  emit_layer(word, in_and_out(height * width * channels, count * channels, false));
}

// What makes one element of one.
void Author::plan_activation() {
  static constexpr std::array<std::string_view, 6> words{"rescale{", "leaky-relu{", "hard-swish{",
                                                         "sigmoid{", "tanh{",       "look-up{"};
  const std::string_view word = random_.pick(words);
  const bool squashes = word == "sigmoid{" || word == "tanh{";
  const unsigned length = word == "look-up{" ? random_.count(1, 140) : random_.count(1, squashes ? 12 : 30);
  work_ = length * (squashes ? 52 : 22);
  if (!has_room(2 * length)) return;
  if (word == "look-up{") {
    field_elements("table", 8, some_bytes(256), false);
  } else if (word == "hard-swish{") {
    zeros_field(2);
    field("factors", {random_.between(-32768, 32767), random_.between(-32768, 32767)});
    if (random_.percent(80))
      field("shifts", {random_.percent(80) ? random_.between(-9, 0) : some_shift(), random_.between(-4, 8)});
  } else if (squashes) {
    if (random_.percent(60)) field("zero", {random_.between(-128, 127)});
    field("multiplier", {some_multiplier()});
    field("shift", {random_.percent(80) ? random_.between(18, 26) : some_shift()});
    field("radius", {random_.percent(70) ? random_.between(40, 256) : random_.between(0, 256)});
    rounding_field();
  } else {
    zeros_field(2);
    scale_fields("multiplier", "shift");
    rounding_field();
    if (word == "rescale{") clamp_field();
  }
  if (word == "leaky-relu{") {
    scale_fields("slope", "slope-shift");
    if (random_.percent(40)) field_choice("slope-sign", random_.percent(70) ? "minus" : "plus");
  }
  emit_layer(word, in_and_out(length, length, true));
}

// add{ and mul{
void Author::plan_pair() {
  const bool adds = random_.percent(60);
  const unsigned second = random_.count(1, 8), length = second * random_.count(1, 4);
  work_ = length * 22;
  if (!has_room(2 * length + second)) return;
  if (adds) {
    field("multipliers", {some_multiplier(), some_multiplier(), some_multiplier()});
    field("shifts", {random_.between(-4, 1), random_.between(-4, 1),
                     random_.percent(80) ? random_.between(-22, -15) : some_shift()});
    if (random_.percent(50)) field_choice("negate", random_.percent(40) ? "a" : random_.percent(70) ? "b" : "none");
  } else {
    scale_fields("multiplier", "shift");
  }
  zeros_field(3);
  clamp_field();
  rounding_field();
  const auto [input, output] = in_and_out(length, length, true);
  field_array("a", input);
  if (second == length && random_.percent(40)) {
    field_array("b", input);
  } else if (random_.percent(50)) {
    field_elements("b", 8, some_bytes(second), false);
  } else {
    const bool table = random_.percent(40);
    field_array("b", declare_of_type(table, 8, second, some_bytes(second)));
  }
  emit_block(adds ? "add{" : "mul{", output, length, 8);
}

// softmax{ and argmax{
void Author::plan_rows() {
  const bool soft = random_.percent(60);
  const unsigned columns = random_.count(1, soft ? 9 : 20), rows = random_.count(1, 3);
  work_ = rows * columns * (soft ? 160 : 3) + rows * 200;
  if (!has_room(2 * columns * rows + 4 * rows)) return;
  field("columns", {columns});
  if (!soft) {
    const std::size_t input = array_of_int8(columns * rows, false);
    const bool cells = random_.percent(40);
    const std::size_t output = cells ? declare_array(rows, false) : declare_of_type(false, 32, rows, {});
    field_array("input", input);
    return emit_block("argmax{", output, rows, 32);
  }
  field("multiplier", {some_multiplier()});
  if (random_.percent(90)) field("shift", {random_.percent(80) ? random_.between(18, 27) : some_shift()});
  field("least", {random_.percent(80) ? random_.between(-255, 0) : random_.between(lowest_32, 0)});
  emit_layer("softmax{", in_and_out(columns * rows, columns * rows, true));
}

// copy{ and fill{
void Author::plan_moves() {
  const bool copies = random_.percent(60);
  static constexpr std::array<unsigned, 3> widths{8, 16, 32};
  const unsigned bits = random_.pick(widths);
  const unsigned rows = random_.percent(60) ? random_.count(1, 4) : random_.count(9, 20);
  const unsigned length = random_.count(1, rows > 4 || random_.percent(85) ? 6 : 40);
  const unsigned first = random_.below(4), step = length + random_.below(3);
  const unsigned from = random_.below(4), from_step = random_.below(length + 3);
  const unsigned room = first + (rows - 1) * step + length + random_.below(3);
  const unsigned source = from + (rows - 1) * from_step + length + random_.below(3);
  work_ = rows * (length * bits / 4 + 30);
  if (!has_room(bits / 8 * (room + source))) return;
  field("length", {length});
  if (rows > 1 || random_.percent(20)) field("rows", {rows});
  if (rows > 1 || first > 0 || random_.percent(20)) field("to", {first, rows > 1 ? step : random_.below(9)});
  Elements elements;
  for (unsigned k = 0; k < source; ++k) elements.push_back(random_.between(-128, 127));
  if (copies) {
    field("from", {from, from_step});
    field_elements("input", bits, elements, bits != 8);
  } else if (random_.percent(80)) {
    field("value", {some_multiplier()});
  }
  const bool cells = bits == 32 && random_.percent(40);
  const std::size_t output = cells ? declare_array(room, false) : declare_of_type(false, bits, room, {});
  emit_block(copies ? "copy{" : "fill{", output, room, bits);
}

// --- the block

// For a layer of so much work, and as many bytes of arrays.
bool Author::has_room(unsigned bytes) {
  const unsigned units = work_ / 128 + 2;
  if (fits(bytes / 4 + 30) && tables_ < 36 && affordable(2 * (16 + 160 * std::uint64_t{units})) && room(4)) {
    work_ = units;
    return true;
  }
  fields_.clear();
  transform();
  return false;
}

void Author::emit_layer(std::string_view word, const std::pair<std::size_t, std::size_t>& arrays) {
  field_array("input", arrays.first);
  const Storage& output = storage_[arrays.second];
  emit_block(word, arrays.second, output.length, output.kind == Storage::Kind::floats ? 32 : 8);
}

void Author::emit_block(std::string_view word, std::size_t output, unsigned length, unsigned bits) {
  field_array("output", output);
  const unsigned around = random_.below(10);
  if (around == 0) {
    number(2);
    number(0);
    writer_.word("do");
    account(2, 0, 4);
  } else if (around == 1) {
    condition();
    op("if");
  }
  const std::string name = around == 2 ? new_name() : "";
  if (around == 2) {
    writer_.word(":");
    writer_.word(name);
    writer_.plain_gap();
    hide(name);
  }
  emit_fields(word);
  if (around == 0) account(0, 0, 16 + 160 * std::uint64_t{work_});
  if (around == 0) writer_.word("loop");
  if (around == 1) op("endif");
  if (around == 2) {
    writer_.word(";");
    writer_.word(name);
    account(0, 0, 2);
    frame_.levels = std::max(frame_.levels, 1U);
  }
  show_results(output, length, bits);
}

// In any order.
void Author::emit_fields(std::string_view word) {
  writer_.word(word);
  for (std::size_t k = fields_.size(); k > 1; --k) std::swap(fields_[k - 1], fields_[random_.below(k)]);
  for (const auto& one : fields_) one();
  fields_.clear();
  writer_.word("}");
  account(0, 0, 16 + 160 * std::uint64_t{work_});
}

void Author::show_results(std::size_t output, unsigned length, unsigned bits) {
  const Storage result = storage_[output];
  if (bits == 8 && length < 20 && affordable(16 + 10 * length + 40) && random_.percent(40)) {
    name_of(result);
    op("vecprint");
    return account(0, 0, 40 * ((length + 3) / 4));
  }
  for (unsigned left = random_.below(3); left > 0; --left) {
    number(random_.below(length));
    name_of(result);
    op("read");
    op(result.kind == Storage::Kind::floats ? "f." : ".");
  }
}

void Author::plan_block() {
  static const std::vector<Choice> kinds{{5, &Author::plan_convolution}, {2, &Author::plan_connected},
                                         {4, &Author::plan_pool},        {8, &Author::plan_activation},
                                         {3, &Author::plan_pair},        {3, &Author::plan_rows},
                                         {3, &Author::plan_moves},       {26, &Author::plan_float_layer},
                                         {5, &Author::plan_forest},      {3, &Author::plan_linear},
                                         {3, &Author::plan_scaler},      {2, &Author::plan_normalizer},
                                         {8, &Author::plan_signal}};
  if (scope_.dead || ends_called_ || storage_complete_) return statement();
  plans_block_ = true;
  settings_.cell_bits == 32 ? choose(kinds) : plan_forest();
  plans_block_ = false;
}

}  // namespace mica::oracle
