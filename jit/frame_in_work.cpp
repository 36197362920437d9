// The frame that a text becomes: opened, closed when the text has ended, tested, given up.
#include <algorithm>
#include <iterator>

#include "jit/compiler.hpp"
#include "vm/tasks.hpp"

namespace mica::inline MICA_PROFILE::jit {
namespace {

// Is there nobody who could do what the test waits for? That time passes is nothing that it could wait for: where it is
// virtual it goes on at once, elsewhere it may take long.
bool is_stuck(const vm::Machine& machine, const vm::Task& test) {
  if (test.state == TaskState::sleeping) return true;
  if (test.state != TaskState::waiting || machine.pace.untold) return false;
  return std::none_of(std::begin(machine.tasks), std::end(machine.tasks),
                      [](const vm::Task& task) { return task.state == TaskState::ready; });
}

}  // namespace

// From now on the frame that the text replaces stays until the text has ended.
void Compiler::claim_replaced() {
  const std::uint8_t slot = options_.replaces;
  options_.replaces = CompileOptions::no_frame;
  if (slot >= core::limits::frames || machine_->frames[slot].state != vm::FrameState::loaded)
    return fail(CompileError::frame_missing);
  if (vm::is_imported(*machine_, slot)) return fail(CompileError::frame_in_use);
  options_.replaces = slot;
  machine_->frames[slot].replaced = true;
}

// True: the text can come.
bool Compiler::open() {
  const CompileError error = extends() ? extend_frame() : open_frame();
  if (error != CompileError::none) {
    fail(error);
    return true;
  }
  dictionary_.open(*frame_);
  emitter_.begin(*frame_, machine_->host, options_.fuse);
  if (!extends()) return true;
  work_left_ = WorkLeft::names;
  return false;
}

CompileError Compiler::open_frame() {
  frame_ = vm::open_frame(*machine_, options_.keep_open, resumed_);
  if (frame_ == nullptr) return CompileError::frames_full;
  slot_ = static_cast<std::uint8_t>(frame_ - machine_->frames);
  constants_.open(*machine_, *frame_, slot_, !options_.keep_open);
  return CompileError::none;
}

// Code behind the last definition is not needed any more once it has run.
CompileError Compiler::extend_frame() {
  if (options_.extends >= core::limits::frames) return CompileError::frame_not_open;
  slot_ = options_.extends;
  vm::Frame& open = machine_->frames[slot_];
  if (open.state != vm::FrameState::loaded || !open.open) return CompileError::frame_not_open;
  const vm::Task* const task = vm::waiting_task(*machine_, options_.extends);
  if (task == nullptr) return CompileError::frame_busy;
  cells_before_ = task->state == TaskState::trapped ? 0 : static_cast<int>(task->depth);
  open.code_bytes = open.code_kept;
  open.entry = 0;  // that code is gone, even if the line is refused
  open.extended = true;
  extended_ = open;
  frame_ = &extended_;
  constants_.open(*machine_, *frame_, slot_, false);
  first_token_ = false;
  return CompileError::none;
}

// Each once, when the last of the text has come; none before the work that the one before has left is done.
void Compiler::end_next() {
  switch (ending_) {
    case Ending::token: ending_ = Ending::program; return run(lexer_.finish());
    case Ending::program: ending_ = Ending::constants; return end_frame();
    case Ending::constants: ending_ = Ending::test; return end_constants();
    case Ending::test: ending_ = Ending::frame; return has_headers ? begin_test() : void();
    case Ending::frame: return end_last();
  }
}

void Compiler::end_frame() {
  position_ = lexer_.position();
  if (options_.needs_trailer && !complete_) fail(CompileError::trailer_missing);
  fail_if_cut_short();
  if (depth_ > 0) fail_at(CompileError::unclosed_structure, controls_[depth_ - 1].opened);
  if (defining()) fail_at(CompileError::unclosed_structure, definition_.opened);
  emitter_.set_position(position_);
  end_program();
  emitter_.end_word(emitter_.word.extent);
  fail_with_emitter();
  next_name_ = frame_->name_bytes;
  work_left_ = WorkLeft::exports;
}

void Compiler::end_constants() {
  // The frame that is replaced goes on until the test is over.
  const std::uint8_t going = replaces() && test_ == 0 ? options_.replaces : CompileOptions::no_frame;
  if (!extends() && !vm::has_tasks_for(*machine_, *frame_, going)) return fail(CompileError::tasks_full);
  if (!constants_.close(true)) return fail(CompileError::constants_full);
  if (extends()) {
    machine_->frames[slot_] = extended_;  // its memory is taken already, and so may be what lies behind it
    return;
  }
  if (frame_->open) return vm::keep_frame_open(*machine_, *frame_);
  vm::begin_to_close(*machine_, *frame_, closing_);
  work_left_ = WorkLeft::gaps;
}

void Compiler::begin_test() {
  if (test_ == 0 || resumed_ != vm::none) return;
  vm::start_test(*machine_, slot_, vm::name_at(*frame_, test_));
  work_left_ = WorkLeft::test;
}

// Does the test get a turn now and then?
bool Compiler::has_gone_on(std::uint32_t ticks) {
  static constexpr std::uint32_t calls_max = 1000;
  test_stalls_ = ticks == test_ticks_ ? test_stalls_ + 1 : 0;
  test_ticks_ = ticks;
  return test_stalls_ <= calls_max;
}

// False: the test still runs. Then nothing of it is left but what it has stored.
bool Compiler::has_tested() {
  const vm::Task& task = *vm::main_task(*machine_, slot_);
  const bool given_up = is_stuck(*machine_, task) || task.ticks > test_ticks_max_ ||
                        !has_gone_on(static_cast<std::uint32_t>(task.ticks));
  if (!is_over(task.state) && !given_up) return false;
  if (given_up || !vm::has_passed(task)) fail_at(CompileError::selftest_failed, {header_line_, test_column_});
  if (error_ == CompileError::none) vm::free_tasks(*machine_, slot_);
  return true;
}

// For programs a frame that is replaced and the new one change at once.
void Compiler::end_last() {
  open_ = false;
  if (extends()) return give_back();
  if (replaces()) vm::remove_frame(*machine_, machine_->frames[options_.replaces]);
  frame_->state = vm::FrameState::loaded;
}

// The frame is as it was before, or gone.
void Compiler::give_up() {
  if (replaces()) machine_->frames[options_.replaces].replaced = false;
  if (frame_ == nullptr) return;
  constants_.close(false);
  if (extends()) return give_back();
  vm::abandon_frame(*machine_, *frame_);
}

// The frame that the text extends has its freedom again; others may have gone while it had to stay where it is.
void Compiler::give_back() {
  machine_->frames[slot_].extended = false;
  machine_->holes = vm::has_moves;
}

}  // namespace mica::inline MICA_PROFILE::jit
