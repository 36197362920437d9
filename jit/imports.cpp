// What other frames export and this one uses: `imports FRAME.NAME` in the header.
#include "jit/compiler.hpp"
#include "vm/exports.hpp"

namespace mica::inline MICA_PROFILE::jit {

using core::Op;

// The frame may have many names: they are looked at piece by piece, in the calls that follow.
void Compiler::begin_import(const Token& token) {
  note_header(token, NameKind::wanted_import, Expect::header_key);
  next_name_ = 0;
  import_frame_ = slot_;  // which lies above all others
  work_left_ = WorkLeft::imports;
}

// The frame that was loaded last comes first. Between calls, frames can be moved or unloaded. Looks at so many names;
// true: at the last.
bool Compiler::find_import(unsigned names) {
  if (machine_->frames[import_frame_].state != vm::FrameState::loaded) {
    next_name_ = 0;
    import_frame_ = slot_;
  }
  for (; names > 0; --names) {
    if (next_name_ == 0) {
      import_frame_ = frame_below(import_frame_);
      if (import_frame_ == CompileOptions::no_frame) {
        fail(CompileError::import_missing);
        return true;
      }
      next_name_ = machine_->frames[import_frame_].name_bytes;
      continue;
    }
    const vm::Frame& frame = machine_->frames[import_frame_];
    const Name& name = vm::name_at(frame, next_name_);
    next_name_ -= name.bytes();
    if (!name.exported || !is_wanted(frame, name)) continue;
    import_name(name, import_frame_);
    return true;
  }
  return false;
}

// The frame that was loaded before another one: frames lie in that order. One that the text replaces will be gone.
std::uint8_t Compiler::frame_below(std::uint8_t slot) const {
  std::uint8_t found = CompileOptions::no_frame;
  const std::uint8_t *const above = machine_->frames[slot].code, *highest = nullptr;
  for (std::uint8_t k = 0; k < core::limits::frames; ++k) {
    const vm::Frame& frame = machine_->frames[k];
    if (frame.state != vm::FrameState::loaded || frame.replaced || frame.code >= above) continue;
    if (highest != nullptr && frame.code < highest) continue;
    found = k;
    highest = frame.code;
  }
  return found;
}

// Is FRAME.NAME what is wanted?
bool Compiler::is_wanted(const vm::Frame& frame, const Name& name) const {
  // The newest name is the header's word for it.
  const std::string_view wanted = vm::newest_name(*frame_)->text(), title = vm::title_of(frame);
  return wanted.size() == title.size() + 1 + name.length && wanted.starts_with(title) && wanted[title.size()] == '.' &&
         wanted.ends_with(name.text());
}

void Compiler::import_name(const Name& name, std::uint8_t frame) {
  if (dictionary_.find(name.text(), name.hash) != nullptr) return fail(CompileError::import_twice);
  frame_->holds = static_cast<vm::FrameSet>(frame_->holds | vm::only(frame));
  const NameKind kind = name.kind == NameKind::word || name.kind == NameKind::constant ? name.kind : NameKind::region;
  Name* const mine = dictionary_.insert(name.text(), name.hash, kind);
  if (mine == nullptr) return fail(CompileError::names_full);
  switch (kind) {
    case NameKind::word: return import_word(*mine, name, frame);
    case NameKind::constant:
      mine->value = name.value;
      mine->is_float = name.is_float;
      return;
    default:
      if (!import_array(*mine, name, frame)) fail(CompileError::regions_full);
  }
}

// A word of this frame that goes over to the other; that one returns straight to the caller. Its header sees to it that
// the stacks fit for both.
void Compiler::import_word(Name& mine, const Name& name, std::uint8_t frame) {
  const std::uint8_t* const header = machine_->frames[frame].code + name.value;
  open_gap();
  const WordInWork interrupted = emitter_.begin_word();
  mine.value = emitter_.word.header;
  mine.effect = name.effect;
  mine.effect.plain = false;
  emitter_.word.extent.highest = static_cast<int>(vm::room_of(header));
  emitter_.word.marks = static_cast<int>(vm::returns_of(header) + vm::crossing_returns);
  emitter_.emit_crossing(frame, static_cast<std::int32_t>(name.value));
  emitter_.end_word(emitter_.word.extent);
  emitter_.resume_word(interrupted);
  frame_->code_kept = frame_->code_bytes;
  close_gap();
}

// A handle for what is an array here, in place. A variable of the other frame is an array of its cells.
bool Compiler::import_array(Name& mine, const Name& name, std::uint8_t frame) {
  const vm::Frame& other = machine_->frames[frame];
  mine.value = static_cast<UCell>(vm::handle_of(frame_->regions));
  const Cell operand = static_cast<Cell>(static_cast<UCell>(name.value));
  if (name.kind == NameKind::region || name.kind == NameKind::view ||
      name.kind == NameKind::scalar)  // it may be imported there, too
    return vm::add_region(*frame_, other.region(vm::region_index(operand)));
  const ml::ArrayView view = vm::array_of(*machine_, other, name);
  const std::ptrdiff_t offset = view.count == 0 ? 0 : view.elements - other.data;
  return vm::add_region(
      *frame_, {static_cast<std::uint32_t>(offset), view.count, view.type, vm::Storage::data, view.read_only, frame});
}

}  // namespace mica::inline MICA_PROFILE::jit
