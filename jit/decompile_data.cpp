// Names of a frame -> declarations.
#include <algorithm>
#include <cstring>

#include "jit/decompiler.hpp"
#include "jit/numbers.hpp"
#include "jit/z85.hpp"
#include "ml/kernels/float_text.hpp"
#include "vm/region.hpp"
#include "vm/waiting.hpp"

namespace mica::inline MICA_PROFILE::jit {
namespace {

// More elements than that are packed, where the language can.
constexpr std::uint32_t listed_max = 64;

constexpr std::uint32_t cell_bytes = sizeof(Cell);

bool is_zero(const std::byte* from, std::uint32_t bytes) {
  return std::all_of(from, from + bytes, [](std::byte one) { return one == std::byte{0}; });
}

Cell cell_at(const std::byte* from) {
  Cell cell;
  std::memcpy(&cell, from, sizeof cell);
  return cell;
}

}  // namespace

std::string_view name_of(ml::ElementType type) {
  switch (type) {
    case ml::ElementType::int8: return "int8";
    case ml::ElementType::int16: return "int16";
    case ml::ElementType::float32: return "float32";
    default: return "int32";
  }
}

// --- names
// ------------------------------------------------------------------------------------------------------------

// The name that was made next; null stands for what is before the first.
const Name* Decompiler::newer(const Name* name) const {
  const Name* before = nullptr;
  for (const Name* one = vm::newest_name(frame_); one != name; one = vm::older_name(frame_, one)) before = one;
  return before;
}

const Name* Decompiler::next_word(const Name* name) const {
  const Name* next = nullptr;
  for (const Name* one = vm::newest_name(frame_); one != name; one = vm::older_name(frame_, one))
    if (one->kind == NameKind::word) next = one;
  return next;
}

// What the text means at this place of the program.
const Name* Decompiler::resolve(std::string_view text) const {
  for (const Name* one = last_; one != nullptr; one = vm::older_name(frame_, one))
    if (one->kind < NameKind::frame_name && one->text() == text) return one;
  return nullptr;
}

const Name* Decompiler::word_at(std::uint32_t header) const {
  for (const Name* one = last_; one != nullptr; one = vm::older_name(frame_, one))
    if (one->kind == NameKind::word && one->value == header) return one;
  return nullptr;
}

// The array that a handle names, or what lies at an address.
const Name* Decompiler::datum_behind(std::int32_t literal, bool is_address) const {
  for (const Name* one = last_; one != nullptr; one = vm::older_name(frame_, one)) {
    const bool at_address = is_address && (one->is_variable() || one->kind == NameKind::array);
    const bool has_handle = one->kind == NameKind::region || one->kind == NameKind::view;
    if ((has_handle || at_address) && static_cast<Cell>(static_cast<UCell>(one->value)) == literal)
      return resolve(one->text()) == one ? one : nullptr;
  }
  return nullptr;
}

// --- header
// -----------------------------------------------------------------------------------------------------------

// Its sizes are those that the frame has come to.
void Decompiler::header() {
  const Name* last = nullptr;
  out_.keep_line = true;
  for (const Name* one = newer(nullptr); one != nullptr && one->kind >= NameKind::frame_name; one = newer(last)) {
    last = one;
    if (one->kind == NameKind::wanted_test) continue;  // the frame has passed it with other data
    if (one->kind == NameKind::frame_name) out_.word("frame");
    if (one->kind == NameKind::wanted_import) {
      out_.word("imports");
      last = newer(one);  // what is imported
      if (last->kind == NameKind::word) ++crossings_;
    }
    if (one->kind == NameKind::wanted_export) out_.word("exports");
    out_.word(one->text());
    if (one->kind != NameKind::frame_version) continue;
    out_.word("code");
    out_.number(frame_.code_bytes + frame_.regions * std::uint32_t{sizeof(vm::Region)});
    const std::uint32_t data = frame_.data_bytes + frame_.tokens * std::uint32_t{sizeof(vm::Token)};
    if (data > 0) {
      out_.word("data");
      out_.number(data);
    }
    if (frame_.constant_bytes > 0) {
      out_.word("constants");
      out_.number(frame_.constant_bytes);
    }
    if (frame_.tasks != 1) {
      out_.word("tasks");
      out_.number(frame_.tasks);
    }
    if (frame_.priority != 0) {
      out_.word("priority");
      out_.number(frame_.priority);
    }
  }
  out_.keep_line = false;
  out_.end_line();
  last_ = last;
  name_ = newer(last);
  const Name* const word = next_word(last);
  next_header_ = word == nullptr ? frame_.code_bytes : word->value;
}

// --- data
// -------------------------------------------------------------------------------------------------------------

bool Decompiler::is_imported(const Name& name) const {
  const Name* const before = vm::older_name(frame_, &name);
  return before != nullptr && before->kind == NameKind::wanted_import;
}

// Where its data begin, counted from the begin of the segment; beyond it if there are none.
std::uint32_t Decompiler::data_begin(const Name& name) const {
  if (name.is_variable()) return name.value - cell_bytes;
  if (name.kind == NameKind::array) return name.value - 2 * cell_bytes;
  if (name.kind != NameKind::region || is_imported(name)) return ~std::uint32_t{0};
  const std::uint32_t index = vm::region_index(static_cast<Cell>(static_cast<UCell>(name.value)));
  if (index >= frame_.regions) return ~std::uint32_t{0};
  const vm::Storage storage = frame_.region(index).storage;
  if (storage == vm::Storage::constants || storage == vm::Storage::host) return ~std::uint32_t{0};
  return frame_.region(index).offset;
}

// Where the next data begin: how large something is does not hang on what the program has made of its length.
std::uint32_t Decompiler::next_data(const Name& name) const {
  std::uint32_t next = frame_.data_bytes;
  for (const Name* one = vm::newest_name(frame_); one != &name; one = vm::older_name(frame_, one))
    next = std::min(next, data_begin(*one));
  return next;
}

bool Decompiler::is_of_host(const Name& name) const {
  const std::uint32_t index = vm::region_index(static_cast<Cell>(static_cast<UCell>(name.value)));
  return (name.kind == NameKind::region || name.kind == NameKind::scalar) && index < frame_.regions &&
         frame_.region(index).storage == vm::Storage::host;
}

void Decompiler::declare(const Name& name) {
  if (name.is_variable()) return variable(name);
  if (name.kind == NameKind::array) return array_of_cells(name);
  if (name.kind == NameKind::constant) {
    out_.word("const");
    out_.word(name.text());
    return has_floats && name.is_float ? real(name.value) : out_.number(cell_of(name));
  }
  if (name.kind == NameKind::view) return view(name);
  const std::uint32_t index = vm::region_index(static_cast<Cell>(static_cast<UCell>(name.value)));
  if (index >= frame_.regions) return fail("array_without_region");
  if (frame_.region(index).storage > vm::Storage::host) return waitable(name);
  if (frame_.region(index).storage != vm::Storage::host) return typed_array(name);
  // The name of a host's array stands where it is used first.
  if (block_comes()) return;
  out_.word(name.text());
  if (!name.unreached) {
    names_to_come_ = name.kind == NameKind::scalar ? 2 : 1;
  } else if (!dead_) {
    fail("array_named_nowhere");
  }
}

void Decompiler::variable(const Name& name) {
  const std::uint32_t begin = data_begin(name);
  const std::uint32_t cells = name.kind == NameKind::double_variable ? 2 : 1;
  out_.end_line();
  out_.word(cells == 1 ? "var" : "2var");
  out_.word(name.text());
  data_end_ = begin + cells * cell_bytes;
  if (!is_zero(frame_.data + begin, cells * cell_bytes)) {
    begin_preset();
    out_.word(name.text());
    elements(frame_.data + begin, cells, vm::cell_type);
  }
  out_.end_line();
}

void Decompiler::array_of_cells(const Name& name) {
  const std::uint32_t begin = data_begin(name) + cell_bytes;
  const std::uint32_t count = (next_data(name) - begin) / cell_bytes;
  if (count < 1) return fail("data_misplaced");
  out_.end_line();
  out_.word("array");
  out_.word(name.text());
  data_end_ = begin + count * cell_bytes;
  if (is_zero(frame_.data + begin, count * cell_bytes))
    out_.number(count);
  else
    elements(frame_.data + begin, count, vm::cell_type);
  if (cell_at(frame_.data + begin - cell_bytes) != static_cast<Cell>(count)) preset(begin - cell_bytes, begin);
  out_.end_line();
}

void Decompiler::typed_array(const Name& name) {
  const vm::Region& region = frame_.region(vm::region_index(static_cast<Cell>(static_cast<UCell>(name.value))));
  const bool constant = region.storage == vm::Storage::constants;
  const std::byte* const from = (constant ? frame_.constants : frame_.data) + region.offset;
  const std::uint32_t bytes = region.count * ml::bytes_of(region.type);
  out_.end_line();
  out_.word(constant ? "table" : "array");
  out_.word(name.text());
  out_.word(name_of(region.type));
  if (constant)
    constants(region);
  else if (is_zero(from, bytes))
    out_.number(region.count);
  else
    listed_or_packed(from, region);
  if (!constant) {
    const std::uint32_t gap = data_end_;
    data_end_ = region.offset + bytes;
    if (!is_zero(frame_.data + gap, region.offset - gap)) preset(gap, region.offset);
  }
  out_.end_line();
}

void Decompiler::constants(const vm::Region& region) { listed_or_packed(frame_.constants + region.offset, region); }

// Bits of floats are exact, whatever they mean.
void Decompiler::listed_or_packed(const std::byte* from, const vm::Region& region) {
  if (region.count > listed_max || region.type == ml::ElementType::float32)
    packed(from, region.count * ml::bytes_of(region.type));
  else
    elements(from, region.count, region.type);
}

void Decompiler::real(std::uint32_t bits) {
  const ml::FloatText text = ml::write_float(bits);
  out_.word({text.characters, text.size});
}

// What is in a channel goes along, but not who is in the midst of a message or holds a semaphore: there are no tasks.
void Decompiler::waitable(const Name& name) {
  const vm::Region& region = frame_.region(vm::region_index(static_cast<Cell>(static_cast<UCell>(name.value))));
  const bool channel = region.storage == vm::Storage::channel;
  out_.end_line();
  out_.word(channel ? "channel" : "semaphore");
  out_.word(name.text());
  out_.number(region.count);
  data_end_ = region.offset + (region.count + (channel ? vm::channel_head_cells : 0)) * cell_bytes;
  if (channel) {
    const std::uint32_t cells = region.offset + vm::channel_head_cells * cell_bytes;
    preset_unless_zero(region.offset, region.offset + 2 * cell_bytes);
    preset_unless_zero(cells, data_end_);
  }
  out_.end_line();
}

void Decompiler::elements(const std::byte* from, std::uint32_t count, ml::ElementType type) {
  out_.word("{");
  for (std::uint32_t k = 0; k < count; ++k) {
    const std::byte* const at = from + k * ml::bytes_of(type);
    if (type == ml::ElementType::int8) {
      out_.number(static_cast<std::int8_t>(*at));
    } else if (type == ml::ElementType::int16) {
      std::int16_t value;
      std::memcpy(&value, at, sizeof value);
      out_.number(value);
    } else {
      std::int32_t value;
      std::memcpy(&value, at, sizeof value);
      out_.number(value);
    }
  }
  out_.word("}");
}

void Decompiler::packed(const std::byte* from, std::uint32_t bytes) {
  out_.word("packed");
  out_.number(bytes);
  out_.begin_block();
  for (std::uint32_t at = 0; at < bytes; at += 4) {
    std::uint32_t group = 0;
    for (std::uint32_t k = 0; k < 4; ++k)
      group = group << 8 | (at + k < bytes ? static_cast<std::uint32_t>(from[at + k]) : 0);
    char text[5];
    for (unsigned k = 5; k-- > 0; group /= 85) text[k] = Z85::alphabet[group % 85];
    out_.block({text, sizeof text});
  }
  out_.end_block();
}

void Decompiler::preset_unless_zero(std::uint32_t from, std::uint32_t end) {
  if (!is_zero(frame_.data + from, end - from)) preset(from, end);
}

// In rexa16 a program may have given the word another meaning.
void Decompiler::begin_preset() {
  if (resolve("preset") != nullptr) return fail("preset_redefined");
  out_.word("preset");
}

// What the declarations do not say of the data from `from` on. Cells reach into what lies beside, which they leave as
// it is.
void Decompiler::preset(std::uint32_t from, std::uint32_t end) {
  begin_preset();
  from = std::min(from, data_end_ - cell_bytes);
  out_.number(from + cell_bytes);
  const std::uint32_t count = (end - from + cell_bytes - 1) / cell_bytes;
  elements(frame_.data + from, count, vm::cell_type);
}

}  // namespace mica::inline MICA_PROFILE::jit
