// Channels and semaphores while they are declared. They lie among the data of the frame and are named by handles.
#include <cstring>

#include "jit/compiler.hpp"
#include "vm/waiting.hpp"

namespace mica::inline MICA_PROFILE::jit {

void Compiler::define_channel() { expect_ = Expect::channel_name; }
void Compiler::define_semaphore() { expect_ = Expect::semaphore_name; }

void Compiler::name_waitable(const Token& token) {
  array_ = ArrayInWork{};
  array_.is_channel = expect_ == Expect::channel_name;
  array_.name = take_name(token, NameKind::region);
  expect_ = Expect::waitable_size;
}

// At first it is empty: all of its cells are 0.
void Compiler::size_waitable(const Token& token) {
  const Number number = value_of(token);
  if (is_refused(number)) return;
  if (number.kind != NumberKind::number || number.value < 1) return fail(CompileError::capacity_expected);
  if (number.value > core::limits::data_bytes) return fail(CompileError::data_full);
  const std::uint32_t count = static_cast<std::uint32_t>(number.value);
  const std::uint32_t cells = count + (array_.is_channel ? vm::channel_head_cells : 0);
  const std::uint32_t bytes = cells * static_cast<std::uint32_t>(sizeof(Cell));
  const std::uint32_t offset = frame_->data_bytes;
  zeros_ = reserve_data(bytes);
  if (zeros_ == nullptr) return;
  zeros_left_ = bytes;
  work_left_ = WorkLeft::zeros;
  array_.name->value = static_cast<UCell>(vm::handle_of(frame_->regions));
  const vm::Storage storage = array_.is_channel ? vm::Storage::channel : vm::Storage::semaphore;
  if (!vm::add_region(*frame_, {offset, count, vm::cell_type, storage, false, frame()}))
    return fail(CompileError::regions_full);
  expect_ = Expect::word;
}

}  // namespace mica::inline MICA_PROFILE::jit
