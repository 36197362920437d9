// Layers of floats: blocks with fields that fit each other.
#include <array>
#include <cstdlib>

#include "tests/oracle/author.hpp"
#include "tests/oracle/reader.hpp"

namespace mica::oracle {

namespace {

float limit_of(const std::string& text) { return std::strtof(text.c_str(), nullptr); }

}  // namespace

// --- arrays

// In full; packed ones hold anything.
void Author::write_layer_floats(unsigned length) {
  if (random_.percent(15)) {
    Elements bits;
    for (; length > 0; --length) bits.push_back(wrap(static_cast<std::int64_t>(random_.next()), 32));
    return write_packed(bits, 4);
  }
  const bool plain = random_.percent(70);
  writer_.word("{");
  for (; length > 0; --length) {
    if (random_.percent(30)) {
      writer_.word(std::to_string(random_.between(-99, 99)));
    } else if (plain) {
      const std::int64_t whole = random_.between(-20, 20);
      writer_.word(std::to_string(whole) + "." + std::to_string(random_.below(1000)));
    } else {
      writer_.word(float_text());
    }
  }
  writer_.word("}");
}

std::size_t Author::declare_floats_of(bool table, unsigned length, bool zeros) {
  std::string name = storage_name();
  writer_.word(table ? "table" : "array");
  writer_.word(name);
  writer_.word("float32");
  if (zeros)
    declared_number(length);
  else
    write_layer_floats(length);
  if (!table) data_end_ += (4 - data_end_ % 4) % 4 + 4 * std::int64_t{length};
  return remember(table ? Storage::Kind::float_table : Storage::Kind::floats, std::move(name), length, false);
}

// A new one, or a part of one that the program has.
std::size_t Author::array_of_floats(unsigned length) {
  std::vector<std::size_t> found;
  for (std::size_t k = 0; k < storage_.size(); ++k) {
    const Storage& one = storage_[k];
    const bool floats = one.kind == Storage::Kind::floats || one.kind == Storage::Kind::float_table;
    if (floats && is_own(one) && one.length >= length) found.push_back(k);
  }
  if (!found.empty() && random_.percent(30)) {
    const std::size_t chosen = random_.pick(found);
    const unsigned more = storage_[chosen].length - length;
    return more == 0 ? chosen : view_of(chosen, random_.below(more + 1), length);
  }
  return declare_floats_of(random_.percent(30), length, false);
}

// Input and output: in one arena, apart, or the same where it may be.
std::pair<std::size_t, std::size_t> Author::floats_in_and_out(unsigned in, unsigned out, bool or_same) {
  if (or_same && in == out && random_.percent(35)) {
    const std::size_t array = declare_floats_of(false, in, false);
    return {array, random_.percent(70) ? array : view_of(array, 0, in)};
  }
  if (random_.percent(30)) {
    const unsigned gap = random_.below(3);
    const std::size_t arena = declare_floats_of(false, in + gap + out, false);
    const bool first = random_.percent(50);
    const std::size_t input = view_of(arena, first ? 0 : out + gap, in);
    return {input, view_of(arena, first ? in + gap : 0, out)};
  }
  const std::size_t input = array_of_floats(in);
  return {input, declare_floats_of(false, out, true)};
}

// --- fields

void Author::field_floats(std::string_view name, std::vector<std::string> texts) {
  fields_.push_back([this, name, texts = std::move(texts)] {
    writer_.word(name);
    for (const std::string& text : texts) writer_.word(text);
  });
}

// In full, or a name; a new one where the results have their place already.
void Author::field_float_elements(std::string_view name, unsigned length, bool is_new) {
  const unsigned way = random_.below(10);
  if (way < 2) return field_array(name, declare_floats_of(way == 0, length, false));
  if (way == 2 && !is_new) return field_array(name, array_of_floats(length));
  fields_.push_back([this, name, length] {
    writer_.word(name);
    if (random_.percent(15)) writer_.word("float32");
    write_layer_floats(length);
    ++tables_;
  });
}

void Author::float_clamp_field(bool must_be) {
  if (!must_be && random_.percent(60)) return;
  std::string low = random_.percent(25) ? "-inf" : random_.percent(50) ? "0" : float_text();
  std::string high = random_.percent(25) ? "inf" : random_.percent(40) ? "6.0" : float_text();
  if (limit_of(low) > limit_of(high)) std::swap(low, high);
  field_floats("clamp", {low, high});
}

// --- the layers

// fconv2d{ and fdepthwise-conv2d{
void Author::plan_float_convolution() {
  const bool deep = random_.percent(40);
  const unsigned groups = !deep && random_.percent(25) ? random_.count(2, 3) : 1;
  const unsigned height = random_.count(1, 4), width = random_.count(1, 4);
  const unsigned channels = groups * random_.count(1, deep ? 6 : 4);
  const unsigned outputs =
      deep ? channels * (random_.percent(60) ? 1 : random_.count(2, 3)) : groups * random_.count(1, 6);
  const unsigned count = window_fields(height, width, channels);
  const unsigned blocks = (outputs + 3) / 4 + groups, seen = deep ? 1 : channels / groups;
  // At most: each tap a stretch of its own, nine units of work for each of its elements.
  work_ = count * blocks * (taps_ * (110 + 18 * seen) + 80);
  if (!has_room(4 * (height * width * channels + count * outputs))) return;
  field_float_elements("filter", outputs * taps_ * seen);
  field_float_elements("bias", outputs);
  float_clamp_field(false);
  if (groups > 1) field("groups", {groups});
  emit_layer(deep ? "fdepthwise-conv2d{" : "fconv2d{",
             floats_in_and_out(height * width * channels, count * outputs, false));
}

void Author::plan_float_connected() {
  const unsigned rows = random_.percent(60) ? 1 : random_.count(2, 3);
  const bool wide = random_.percent(35);
  const unsigned inputs = wide ? random_.count(30, 90) : random_.count(1, 12);
  const unsigned outputs = random_.count(1, wide ? 5 : 9);
  work_ = rows * (outputs + 3) / 4 * (9 * inputs + 150 + inputs / 2);
  if (!has_room(4 * rows * (inputs + outputs))) return;
  field_float_elements("filter", inputs * outputs);
  field_float_elements("bias", outputs);
  float_clamp_field(false);
  emit_layer("ffully-connected{", floats_in_and_out(rows * inputs, rows * outputs, false));
}

void Author::plan_float_pool() {
  const unsigned height = random_.count(1, 5), width = random_.count(1, 5), channels = random_.count(1, 6);
  const bool mean = random_.percent(30);
  if (mean) field("size", {height, width, channels});
  const unsigned count = mean ? 1 : window_fields(height, width, channels);
  if (mean) taps_ = height * width;
  work_ = count * (channels + 3) / 4 * (taps_ * 70 + 80);
  if (!has_room(4 * (height * width * channels + count * channels))) return;
  float_clamp_field(false);
  const char* const word = mean ? "fmean{" : random_.percent(50) ? "faverage-pool{" : "fmax-pool{";
  emit_layer(word, floats_in_and_out(height * width * channels, count * channels, false));
}

// What makes one element of one.
void Author::plan_float_activation() {
  static constexpr std::array<std::string_view, 5> words{"fclamp{", "fleaky-relu{", "fhard-swish{", "fsigmoid{",
                                                         "ftanh{"};
  const std::string_view word = random_.pick(words);
  const bool is_function = word == "fsigmoid{" || word == "ftanh{";
  const unsigned length = random_.count(1, is_function ? 4 : random_.percent(80) ? 25 : 70);
  work_ = length * (is_function ? 260 : 20);
  if (!has_room(8 * length)) return;
  if (word == "fclamp{") float_clamp_field(true);
  if (word == "fleaky-relu{") field_floats("slope", {random_.percent(5) ? "-inf" : float_text()});
  emit_layer(word, floats_in_and_out(length, length, true));
}

// fadd{ and fmul{
void Author::plan_float_pair() {
  const bool adds = random_.percent(60);
  const unsigned second = random_.count(1, 8), length = second * random_.count(1, 5);
  work_ = length * 14;
  if (!has_room(8 * length + 4 * second)) return;
  if (adds && random_.percent(50))
    field_choice("negate", random_.percent(40) ? "a" : random_.percent(70) ? "b" : "none");
  float_clamp_field(false);
  const auto [input, output] = floats_in_and_out(length, length, true);
  field_array("a", input);
  if (second == length && random_.percent(40))
    field_array("b", input);
  else
    field_float_elements("b", second, true);
  emit_block(adds ? "fadd{" : "fmul{", output, length, 32);
}

// fsoftmax{ and fargmax{
void Author::plan_float_rows() {
  const bool soft = random_.percent(60);
  const unsigned columns = random_.count(1, soft ? 4 : 20), rows = random_.count(1, 3);
  work_ = rows * columns * (soft ? 280 : 5) + rows * 120;
  if (!has_room(8 * columns * rows)) return;
  field("columns", {columns});
  if (soft) {
    if (random_.percent(40)) field_floats("beta", {random_.percent(60) ? "0.5" : float_text()});
    return emit_layer("fsoftmax{", floats_in_and_out(columns * rows, columns * rows, true));
  }
  const std::size_t input = array_of_floats(columns * rows);
  const bool cells = random_.percent(40);
  const std::size_t output = cells ? declare_array(rows, false) : declare_of_type(false, 32, rows, {});
  field_array("input", input);
  emit_block("fargmax{", output, rows, 32);
}

// quantise{ and dequantise{
void Author::plan_quantise() {
  const bool back = random_.percent(50);
  const unsigned length = random_.percent(80) ? random_.count(1, 20) : random_.count(30, 70);
  work_ = length * 12;
  if (!has_room(5 * length)) return;
  field_floats("scale", {random_.percent(80) ? "0.0" + std::to_string(random_.between(1, 999)) : float_text()});
  if (random_.percent(60)) field("zero", {random_.between(-128, 127)});
  if (back) {
    const std::size_t input = array_of_int8(length, false);
    return emit_layer("dequantise{", {input, declare_floats_of(false, length, true)});
  }
  const std::size_t input = array_of_floats(length);
  emit_layer("quantise{", {input, declare_of_type(false, 8, length, {})});
}

void Author::plan_float_layer() {
  static const std::vector<Choice> kinds{{5, &Author::plan_float_convolution}, {2, &Author::plan_float_connected},
                                         {4, &Author::plan_float_pool},        {5, &Author::plan_float_activation},
                                         {3, &Author::plan_float_pair},        {3, &Author::plan_float_rows},
                                         {3, &Author::plan_quantise}};
  choose(kinds);
}

}  // namespace mica::oracle
