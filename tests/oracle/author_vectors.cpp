// Calls of the vector words and filters: planned at the top level, with arrays that fit, and repeated anywhere.
#include <algorithm>
#include <array>

#include "tests/oracle/author.hpp"
#include "tests/oracle/functions.hpp"

namespace mica::oracle {

namespace {

std::int64_t units(std::int64_t elements, std::int64_t in_unit) { return (elements + in_unit - 1) / in_unit; }

}  // namespace

VectorPart Author::array_part(unsigned length, bool written) {
  std::vector<std::size_t> found;
  for (std::size_t k = 0; k < storage_.size(); ++k) {
    const Storage& one = storage_[k];
    const bool fitting = one.kind == Storage::Kind::array || one.kind == Storage::Kind::typed ||
                         (one.kind == Storage::Kind::table && !written);
    if (fitting && (!one.private_ || one.kind == Storage::Kind::table) && one.length == length) found.push_back(k);
  }
  if (!found.empty() && random_.percent(50)) return {{random_.pick(found)}, 0, true};
  if (written && !settings_.rexa && random_.percent(35)) return {{declare_typed(elements(length))}, 0, true};
  return {{written ? some_array(length) : some_elements(length)}, 0, true};
}

// The scale of `count` elements.
VectorPart Author::scale_part(unsigned count) {
  const unsigned kind = random_.below(10);
  if (kind < 3) return {{}, 0, false};
  if (kind < 6) return {{}, divisor(), false};
  if (!settings_.rexa && random_.percent(40)) return {{declare_table(scales(count))}, 0, true};
  return {{declare_elements(scales(count), false)}, 0, true};
}

unsigned Author::vector_length() {
  static constexpr std::array<unsigned, 10> lengths{7, 8, 9, 15, 16, 17, 31, 32, 33, 40};
  return random_.percent(65) ? random_.count(1, 6) : random_.pick(lengths);
}

void Author::plan_vector() {
  static const std::vector<Choice> kinds{{2, &Author::plan_vecload},   {3, &Author::plan_map},
                                         {3, &Author::plan_combine},   {5, &Author::plan_vecconv},
                                         {3, &Author::plan_vecreduce}, {2, &Author::plan_vecreshape},
                                         {1, &Author::plan_vecprint},  {3, &Author::plan_filter}};
  if (!fits(140)) return statement();
  if (random_.percent(12)) return plan_map_by_word();
  if (settings_.host && random_.percent(12)) return plan_map_by_host();
  choose(kinds);
  vector_call_of(vector_calls_.back());
}

void Author::plan_vecload() {
  unsigned length = vector_length();
  unsigned more = random_.below(4);
  VectorPart source;
  // The program may have given such a name to an array of its own, which a task writes to.
  const auto host = std::find_if(storage_.begin(), storage_.end(), [](const Storage& one) {
    return one.kind != Storage::Kind::array && one.name.starts_with("host-") && one.length > 1;
  });
  if (host != storage_.end() && random_.percent(40)) {
    source = {{static_cast<std::size_t>(host - storage_.begin())}, 0, true};
    length = random_.count(1, host->length);
    more = host->length - length;
  } else {
    source = array_part(length + more, false);
  }
  const VectorPart out = more == 0 && random_.percent(20) && settings_.rexa ? source : array_part(length, true);
  const bool by_address = storage_[source.array.storage].kind == Storage::Kind::array;
  const std::int64_t first = settings_.rexa && by_address ? any_number() : random_.below(more + 1);
  vector_calls_.push_back({"vecload", {source, {{}, first, false}, out}, 48 * units(length, 8)});
}

// vecscale and vecmap
void Author::plan_map() {
  const bool maps = random_.percent(50);
  const unsigned length = vector_length();
  VectorPart out = array_part(length, true);
  const VectorPart source = random_.percent(30) ? out : array_part(length + random_.below(3), false);
  std::vector<VectorPart> parts{source, out};
  if (maps) parts.push_back({{}, -1 - static_cast<std::int64_t>(random_.below(function_count)), false, true});
  parts.push_back(scale_part(maps ? length + random_.below(2) : length));
  vector_calls_.push_back({maps ? "vecmap" : "vecscale", parts, (maps ? 56 : 64) * units(length, maps ? 4 : 6)});
}

// vecadd and vecmul
void Author::plan_combine() {
  const unsigned length = vector_length();
  const VectorPart a = array_part(length, true);
  const VectorPart b = random_.percent(30) ? a : array_part(length, false);
  const unsigned out_length = random_.percent(70) ? length : random_.count(1, length + 2);
  const VectorPart out = out_length == length && random_.percent(40) ? a : array_part(out_length, true);
  const unsigned count = std::min(length, out_length);
  const VectorPart scale = scale_part(count + random_.below(2));
  vector_calls_.push_back({random_.percent(50) ? "vecadd" : "vecmul", {a, b, out, scale}, 64 * units(count, 6)});
}

void Author::plan_vecconv() {
  const bool wide = random_.percent(10);
  const unsigned width = wide ? random_.count(33, 40) : random_.count(1, 7);
  const unsigned height = wide ? 1 : random_.count(1, 7);
  const unsigned kernel_width = wide ? random_.count(30, width) : random_.count(1, std::min(width, 4U));
  const unsigned kernel_height = random_.count(1, std::min(height, 3U));
  const unsigned stride = random_.count(1, 3);
  const unsigned pad = random_.percent(60) ? 0 : random_.count(1, 2);
  const bool pools = random_.percent(45);
  unsigned across = (width + 2 * pad - kernel_width) / stride + 1;
  unsigned down = (height + 2 * pad - kernel_height) / stride + 1;
  // In rexa16 more than there are: the rest stays as it is.
  const unsigned windows = across * down;
  if (windows > 60) return plan_vecreduce();
  static constexpr std::array<std::int64_t, 4> ways{256, 512, 1024, 2048};
  // A window in the padding alone has a sum only.
  const bool empty = pad >= kernel_width || pad >= kernel_height || (across - 1) * stride >= width + pad ||
                     (down - 1) * stride >= height + pad;
  const std::int64_t way = empty ? 2048 : random_.pick(ways);
  const VectorPart in = array_part(width * height, false);
  const VectorPart kernel =
      pools ? VectorPart{{}, way + kernel_height, false} : array_part(kernel_width * kernel_height, false);
  const VectorPart out = array_part(windows + random_.below(2), true);
  const std::int64_t scale = random_.percent(40) ? 0 : random_.percent(50) ? divisor() : any_number();
  const std::int64_t kernel_cell = pools ? -static_cast<std::int64_t>(kernel_width) : kernel_width;
  const std::int64_t for_each =
      kernel_width < 32 ? units(kernel_height, 32 / kernel_width) : kernel_height * units(kernel_width, 32);
  vector_calls_.push_back({"vecconv",
                           {in,
                            kernel,
                            out,
                            {{}, scale, false},
                            {{}, width, false},
                            {{}, kernel_cell, false},
                            {{}, stride, false},
                            {{}, pad, false}},
                           56 * windows * for_each});
}

// Where to begin, and how many elements or, in rexa16, where to end; 0 stands for all.
std::array<VectorPart, 2> Author::range_parts(unsigned length, bool counts) {
  const unsigned first = random_.percent(40) ? 0 : random_.below(length);
  const unsigned count = random_.count(1, length - first);
  const std::int64_t second = random_.percent(30) ? 0 : counts ? count : first + count;
  return {VectorPart{{}, first, false}, VectorPart{{}, second, false}};
}

void Author::plan_vecreduce() {
  static constexpr std::array<std::int64_t, 4> ways{1, 2, 4, 8};
  const unsigned length = vector_length();
  const VectorPart array = array_part(length, false);
  auto range = range_parts(length, !settings_.rexa);
  // For handles rexa16 adds the begin to both ends.
  if (settings_.rexa && storage_[array.array.storage].kind != Storage::Kind::array) range[0].number = 0;
  vector_calls_.push_back(
      {"vecreduce", {array, range[0], range[1], {{}, random_.pick(ways), false}}, 40 * units(length, 32)});
}

void Author::plan_vecreshape() {
  const unsigned length = random_.count(1, 6);
  const unsigned factor = random_.count(1, 5);
  const bool shrinks = random_.percent(50);
  const VectorPart longer = array_part(length * factor, !shrinks);
  const VectorPart shorter = array_part(length, shrinks);
  const std::int64_t cell = shrinks ? -static_cast<std::int64_t>(factor) : factor;
  vector_calls_.push_back({"vecreshape",
                           {shrinks ? longer : shorter, shrinks ? shorter : longer, {{}, cell, false}},
                           64 * units(length * factor, 6)});
}

void Author::plan_vecprint() {
  const unsigned length = random_.count(1, 9);
  vector_calls_.push_back({"vecprint", {array_part(length, false)}, 40 * units(length, 4)});
}

void Author::plan_filter() {
  static constexpr std::array<std::string_view, 3> words{"lowp", "highp", "hull"};
  const unsigned length = vector_length();
  const VectorPart array = array_part(length, true);
  const auto range = range_parts(length, true);
  const std::int64_t factor = random_.percent(20) ? random_.below(2) * 1000 : random_.below(1001);
  vector_calls_.push_back(
      {random_.pick(words), {array, range[0], range[1], {{}, factor, false}}, 64 * units(length, 8)});
}

void Author::vector_word() {
  if (!settings_.rexa && random_.percent(15) && room(2)) {
    number(random_.below(2));
    return op(random_.percent(50) ? "rounding" : "saturation");
  }
  if (vector_calls_.empty()) return transform();
  const VectorCall call = random_.pick(vector_calls_);
  vector_call_of(call);
}

void Author::vector_call_of(const VectorCall& call) {
  if (!affordable(static_cast<std::uint64_t>(call.unit_ticks) + 60) || !room(9)) return transform();
  for (const VectorPart& part : call.parts) push_part(part);
  op(call.word);
  account(0, 0, static_cast<std::uint64_t>(call.unit_ticks));
}

void Author::push_part(const VectorPart& part) {
  if (part.is_array) return push_operand(part.array);
  if (part.is_token) return push_token(part.number);
  number(part.number);
}

// A planned call with one operand that is probably wrong.
void Author::trap_vector() {
  static constexpr std::array<std::int64_t, 8> numbers{-1, 0, 1, 3, 1001, 16384, 769, -5};
  if (vector_calls_.empty()) return trap_shape();
  const VectorCall call = random_.percent(50) ? vector_calls_.front() : random_.pick(vector_calls_);
  const bool token = call.word == "vecmap" && random_.percent(50);
  const unsigned wrong = token ? 2 : random_.below(static_cast<unsigned>(call.parts.size()));
  const Storage* other = some(random_.percent(60) ? Storage::Kind::array : Storage::Kind::table);
  for (unsigned k = 0; k < call.parts.size(); ++k) {
    const unsigned way = random_.below(10);
    if (k != wrong) {
      push_part(call.parts[k]);
    } else if (!call.parts[k].is_array || way < 1) {
      // No token of a word: it may be one that another task runs, and what both change depends on time.
      const std::int64_t value = random_.percent(70) ? random_.pick(numbers) : extreme();
      // No address in the data: the length below it may be a cell of a semaphore or channel, of which nothing is said.
      const bool is_inside = has_tasks_ && value > cell_bytes() && value < settings_.data_bytes;
      if (call.parts[k].is_token)
        number(value > 0 && value < 1001 ? 1001 : value);
      else
        number(is_inside ? -value : value);
    } else if (way < 4) {
      no_array();
    } else if (way < 6) {
      number(no_handle());
    } else if (other != nullptr) {
      name_of(*other);
    } else {
      number(0);
    }
  }
  op(call.word);
}

}  // namespace mica::oracle
