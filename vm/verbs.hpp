// The verbs of snippets as the interpreter understands them: inside a generated case, with the registers of the
// form as local variables. Included by interpreter.cpp and page_two.cpp only, after they have defined
// MICA_OBSERVED (task digests), MICA_CHECKED (assert every declared effect).
//
// Locals: machine, task, frame, data, data_room, code, pc, dsp, fsp, rsp, top, left; in a case: next, component.
#pragma once

#include <cstddef>
#include <cstring>

#include "core/kernels.hpp"
#include "vm/exceptions.hpp"
#include "vm/memory.hpp"
#include "vm/metering.hpp"
#include "vm/output.hpp"
#include "vm/tokens.hpp"

#define OPERAND(type, at) ::mica::ml::load<type>(reinterpret_cast<const std::byte*>(pc) + (at))

#define TRAP(reason)                \
  do {                              \
    task.trap = core::Trap::reason; \
    task.component = component;     \
    goto trapped;                   \
  } while (0)

#define TRAP_UNLESS_NONE(expression)       \
  do {                                     \
    const core::Trap trap_ = (expression); \
    if (trap_ != core::Trap::none) {       \
      task.trap = trap_;                   \
      task.component = component;          \
      goto trapped;                        \
    }                                      \
  } while (0)

#define JUMP(displacement) next = pc + (displacement)
#define ADJUST(ticks) CHARGE(ticks)
#define STOP()
#define CROSS()

// Entries of the return stack that neither return addresses nor cells of the program take.
#define RETURNS_FREE() (task.returns + core::limits::return_cells - rsp - static_cast<std::ptrdiff_t>(task.kept))

#define CALL(displacement)                                                                               \
  do {                                                                                                   \
    const std::uint8_t* const header_ = pc + (displacement);                                             \
    if (fsp - dsp < static_cast<std::ptrdiff_t>(room_of(header_))) TRAP(stack_overflow);                 \
    if (RETURNS_FREE() <= static_cast<std::ptrdiff_t>(returns_of(header_))) TRAP(return_stack_overflow); \
    *rsp++ = static_cast<UCell>(next - code);                                                            \
    next = header_ + header_bytes;                                                                       \
  } while (0)

// The token is still on the stack while its word is looked at. Behind the call lies a verify_depth, in the own dialect:
// only words whose declared effect must be verified return there.
#define CALL_TOKEN(number)                                                                    \
  do {                                                                                        \
    if (is_function(number)) {                                                                \
      if (FREE_DEPTH() - 1 < 1) TRAP(stack_underflow);                                        \
      dsp[-1] = apply_function((number), dsp[-1]);                                            \
      CHARGE(function_ticks);                                                                 \
      next += verification_bytes;                                                             \
      break;                                                                                  \
    }                                                                                         \
    const std::uint32_t index_ = static_cast<UCell>(static_cast<UCell>(number) - 1);          \
    if (index_ >= frame.tokens) {                                                             \
      if (!has_host_functions) TRAP(invalid_token);                                           \
      Cell* const dsp_ = call_host_by_token(machine, task, (number), dsp, fsp);               \
      if (dsp_ == nullptr) {                                                                  \
        task.component = component;                                                           \
        goto trapped;                                                                         \
      }                                                                                       \
      dsp = dsp_;                                                                             \
      CHARGE(function_ticks);                                                                 \
      next += verification_bytes;                                                             \
      break;                                                                                  \
    }                                                                                         \
    const Token& token_ = frame.token(index_);                                                \
    const std::uint8_t* const header_ = code + token_.header;                                 \
    if (FREE_DEPTH() - 1 < token_.in) TRAP(stack_underflow);                                  \
    if (LOOPS() < token_.loop_in) TRAP(loop_stack_underflow);                                 \
    if (fsp - dsp + 1 < static_cast<std::ptrdiff_t>(room_of(header_))) TRAP(stack_overflow);  \
    if (RETURNS_FREE() <= static_cast<std::ptrdiff_t>(returns_of(header_) + token_.verified)) \
      TRAP(return_stack_overflow);                                                            \
    CHARGE(token_.exit_pending);                                                              \
    if (token_.verified)                                                                      \
      *rsp++ = static_cast<UCell>(DEPTH() - 1 + token_.change);                               \
    else                                                                                      \
      next += verification_bytes;                                                             \
    *rsp++ = static_cast<UCell>(next - code);                                                 \
    next = header_ + header_bytes;                                                            \
  } while (0)

// The cells that the function takes are replaced by those that it leaves. Cell k from the top lies in dsp[-k], but for
// the top itself.
#define CALL_HOST(number)                                                                                    \
  do {                                                                                                       \
    const HostFunction& function_ = machine.host.functions[number];                                          \
    std::int32_t cells_[HostFunction::cells_max];                                                            \
    const std::uint8_t in_ = function_.in, out_ = function_.out;                                             \
    for (unsigned k_ = 0; k_ < in_; ++k_) cells_[in_ - 1 - k_] = k_ == 0 ? top : dsp[-static_cast<int>(k_)]; \
    if (!function_.call(machine.host.context, cells_)) TRAP(host_error);                                     \
    if (in_ == 0 && out_ != 0) *dsp = top;                                                                   \
    dsp -= in_;                                                                                              \
    for (unsigned k_ = 0; k_ + 1 < out_; ++k_) dsp[k_ + 1] = static_cast<Cell>(cells_[k_]);                  \
    if (in_ != 0 || out_ != 0) top = out_ == 0 ? *dsp : static_cast<Cell>(cells_[out_ - 1]);                 \
    dsp += out_;                                                                                             \
  } while (0)

#define RETURN() next = code + *--rsp

#define DEPTH() (dsp - task.stack)

// Cells that may be taken: between `try` and `catch` those that were there before may not.
#define FREE_DEPTH() (DEPTH() - static_cast<std::ptrdiff_t>(task.tries.depth))

#define LOOPS() (task.stack + core::limits::stack_cells - fsp)

#define REQUIRE(need, room)                           \
  do {                                                \
    if (FREE_DEPTH() < (need)) TRAP(stack_underflow); \
    if (fsp - dsp < (room)) TRAP(stack_overflow);     \
  } while (0)

#define REQUIRE_LOOPS(need)                           \
  do {                                                \
    if (LOOPS() < (need)) TRAP(loop_stack_underflow); \
  } while (0)

#define MARK() *rsp++ = static_cast<UCell>(DEPTH())

#define VERIFY(in, out)                                                                       \
  do {                                                                                        \
    if (DEPTH() - static_cast<std::ptrdiff_t>(*--rsp) != (out) - (in)) TRAP(effect_mismatch); \
  } while (0)

// The handler finds one cell more on the stack: the compiler has seen to the room for it.
#define OPEN_TRY(displacement)                                                                                        \
  do {                                                                                                                \
    if (RETURNS_FREE() <= static_cast<std::ptrdiff_t>(try_entries)) TRAP(return_stack_overflow);                      \
    rsp = open_try(task, static_cast<std::uint32_t>(pc - code + (displacement)), static_cast<std::uint32_t>(DEPTH()), \
                   static_cast<std::uint32_t>(LOOPS()), rsp);                                                         \
  } while (0)

#define CLOSE_TRY() rsp = close_try(task, rsp)

// What it raises lies on top of the stack: catch_trap() in vm/exceptions.cpp looks at it.
#define THROW(ticks) \
  do {               \
    CHARGE(ticks);   \
    TRAP(uncaught);  \
  } while (0)

#define LOAD(variable, address)                                                       \
  do {                                                                                \
    const UCell at_ = static_cast<UCell>(static_cast<UCell>(address) - first_offset); \
    if (at_ >= data_room) TRAP(invalid_address);                                      \
    variable = load_cell(data + at_);                                                 \
  } while (0)

#define STORE(address, value)                                                         \
  do {                                                                                \
    const UCell at_ = static_cast<UCell>(static_cast<UCell>(address) - first_offset); \
    if (at_ >= data_room) TRAP(invalid_address);                                      \
    store_cell(data + at_, (value));                                                  \
    OBSERVE_STORE(at_ + first_offset, (value));                                       \
  } while (0)

#define is_map(token) is_map_of(machine.host, frame, (token))
#define is_region(operand) is_region_of(frame, (operand))

#define ANY_ARRAY(view, operand) \
  ml::ArrayView view;            \
  TRAP_UNLESS_NONE(find_array(machine, frame, (operand), view))

#define ARRAY(view, operand) \
  ANY_ARRAY(view, operand);  \
  if (holds_floats(view)) TRAP(invalid_handle)

#define WRITABLE(view, operand) \
  ARRAY(view, operand);         \
  if (view.read_only) TRAP(read_only)

#define RANGE(first, end, view, n_first, n_length)                          \
  if ((n_first) < 0 || index_of(n_first) >= view.count || (n_length) < 0 || \
      index_of(n_length) > view.count - index_of(n_first))                  \
    TRAP(index_out_of_range);                                               \
  const std::uint32_t first = index_of(n_first), end = (n_length) == 0 ? view.count : first + index_of(n_length)

#define ELEMENTS(view, operand, first, count) \
  ml::ArrayView view;                         \
  TRAP_UNLESS_NONE(find_elements(machine, frame, (operand), (first), (count), view))

#define STORE_ELEMENT(operand, index, value)                                               \
  do {                                                                                     \
    ELEMENTS(element_, operand, index, 1);                                                 \
    if (element_.read_only) TRAP(read_only);                                               \
    const std::int32_t value_ = write_element(element_, static_cast<std::int32_t>(value)); \
    OBSERVE_ELEMENT(operand, index, element_, value_);                                     \
  } while (0)

// Of the arrays that fields of a block name: their regions are kept as numbers.
#define HANDLE(region) handle_of(region)

#define SOURCE(pointer, operand, element, count)                   \
  const ml::Elements<ml::ElementType::element>* pointer = nullptr; \
  TRAP_UNLESS_NONE(find_source<ml::ElementType::element>(machine, frame, (operand), (count), pointer))

#define TARGET(pointer, operand, element, count)             \
  ml::Elements<ml::ElementType::element>* pointer = nullptr; \
  TRAP_UNLESS_NONE(find_target<ml::ElementType::element>(machine, frame, (operand), (count), pointer))

#define SOURCE_BYTES(pointer, operand, bytes, count) \
  const std::byte* pointer = nullptr;                \
  TRAP_UNLESS_NONE(find_source_bytes(machine, frame, (operand), (bytes), (count), pointer))

#define TARGET_BYTES(pointer, operand, bytes, count) \
  std::byte* pointer = nullptr;                      \
  TRAP_UNLESS_NONE(find_target_bytes(machine, frame, (operand), (bytes), (count), pointer))

#define SOURCE_VIEW(view, operand, count) \
  ml::ArrayView view;                     \
  TRAP_UNLESS_NONE(find_source_view(machine, frame, (operand), (count), view))

#define TARGET_VIEW(view, operand, count) \
  ml::ArrayView view;                     \
  TRAP_UNLESS_NONE(find_target_view(machine, frame, (operand), (count), view))

#define COMPLETE_BLOCKS(operand, first, step, rows, length)                                                 \
  do {                                                                                                      \
    for (std::uint32_t row_ = 0; row_ < (rows); ++row_) OBSERVE_RUN(operand, (first) + row_ * (step), length); \
    done = true;                                                                                            \
  } while (0)

#define COMPLETE(operand, count)      \
  do {                                \
    OBSERVE_RUN(operand, 0, count);  \
    done = true;                      \
  } while (0)

#define is_array(operand) ((operand) > 0 || is_region(operand))

#define SCALES(view, operand, first, count) \
  ml::ArrayView view;                       \
  if (is_array(operand)) TRAP_UNLESS_NONE(find_elements(machine, frame, (operand), (first), (count), view))

#define SCALE_COUNT(variable, operand, otherwise) \
  std::uint32_t variable = (otherwise);           \
  if (is_array(operand)) {                        \
    ARRAY(scales_, operand);                      \
    variable = scales_.count;                     \
  }

#define STORE_FITTED(operand, index, view, value) \
  STORE_ELEMENT(operand, index, SETTING(saturation) ? ml::fit((value), view.type) : (value))

#define STORE_SCALED(operand, index, view, value, scale, scales, k) \
  STORE_ELEMENT(                                                    \
      operand, index,                                               \
      ml::element_result((value), widen(scale), scales, (k), view.type, SETTING(rounding), SETTING(saturation)))

// Cells below and above the `items` that an instruction takes.
#define NEED_CELLS(count)                                                                  \
  do {                                                                                     \
    if (static_cast<std::uint32_t>(FREE_DEPTH() - items) < (count)) TRAP(stack_underflow); \
  } while (0)

#define CELL_BELOW(k) dsp[-items - static_cast<std::ptrdiff_t>(k)]

#define DROP_CELLS(count) dsp -= (count)

#define ROOM_FOR_CELLS(count)                                                   \
  do {                                                                          \
    if (static_cast<std::uint32_t>(fsp - dsp) <= (count)) TRAP(stack_overflow); \
  } while (0)

#define PLACE_CELL(k, value) dsp[k] = (value)

#define RAISE_CELLS(count, value) \
  do {                            \
    dsp[count] = (value);         \
    dsp += (count) + 1;           \
  } while (0)

#define CELLS_AT(address, count)                                                                    \
  do {                                                                                              \
    const UCell at_ = static_cast<UCell>(static_cast<UCell>(address) - first_offset);               \
    if (at_ >= data_room || (count) > (frame.data_bytes - at_) / cell_bytes) TRAP(invalid_address); \
  } while (0)

#define PICK(variable, n)                                 \
  do {                                                    \
    if ((n) < 1 || (n) >= DEPTH()) TRAP(stack_underflow); \
    variable = dsp[-(n)];                                 \
  } while (0)

#define PICK_LOOP(variable, n)                                \
  do {                                                        \
    if ((n) < 1 || (n) > LOOPS()) TRAP(loop_stack_underflow); \
    variable = fsp[(n)-1];                                    \
  } while (0)

#define DROP_LOOP(n)                                          \
  do {                                                        \
    if ((n) < 0 || (n) > LOOPS()) TRAP(loop_stack_underflow); \
    fsp += (n);                                               \
  } while (0)

#define KEPT(n)                                                          \
  do {                                                                   \
    if (task.kept - task.tries.kept < (n)) TRAP(return_stack_underflow); \
  } while (0)

// One entry stays free: the word in work may still note its depth there, which its call has checked.
#define ROOM_TO_KEEP(n)                                     \
  do {                                                      \
    if (RETURNS_FREE() <= (n)) TRAP(return_stack_overflow); \
  } while (0)

#define KEPT_CELL(n) task.returns[core::limits::return_cells - task.kept + (n)-1]
#define KEEP(x)                           \
  do {                                    \
    ++task.kept;                          \
    KEPT_CELL(1) = static_cast<UCell>(x); \
  } while (0)
#define TAKE_BACK(variable)                     \
  do {                                          \
    variable = static_cast<Cell>(KEPT_CELL(1)); \
    --task.kept;                                \
  } while (0)
#define COPY_KEPT(variable, n) variable = static_cast<Cell>(KEPT_CELL(n))

#define SETTING(name) task.settings.name
#define SET(name, value) task.settings.name = (value)

#define WRITE(text, size)                                                         \
  do {                                                                            \
    OBSERVE_OUTPUT(text, size);                                                   \
    if (machine.host.write) machine.host.write(machine.host.context, text, size); \
  } while (0)

#define WRITE_VIEW(view)                   \
  do {                                     \
    const std::string_view view_ = (view); \
    WRITE(view_.data(), view_.size());     \
  } while (0)

#define WRITE_NUMBER(n)                                                                     \
  do {                                                                                      \
    NumberText text_;                                                                       \
    WRITE_VIEW(task.settings.base == 0 ? format_decimal((n), text_)                         \
                                       : format_hexadecimal(static_cast<UCell>(n), text_)); \
  } while (0)

#define WRITE_DECIMAL(n)                    \
  do {                                      \
    NumberText text_;                       \
    WRITE_VIEW(format_decimal((n), text_)); \
  } while (0)

#define WRITE_DOUBLE(d)                                                                       \
  do {                                                                                        \
    NumberText text_;                                                                         \
    WRITE_VIEW(task.settings.base == 0 ? format_decimal((d), text_)                           \
                                       : format_hexadecimal(static_cast<UDouble>(d), text_)); \
  } while (0)

#define WRITE_HEXADECIMAL(x)                                     \
  do {                                                           \
    NumberText text_;                                            \
    WRITE_VIEW(format_all_digits(static_cast<UCell>(x), text_)); \
  } while (0)

#define WRITE_SHORT_HEXADECIMAL(n)                                           \
  do {                                                                       \
    const std::uint32_t bits_ = static_cast<std::uint32_t>(std::int32_t{n}); \
    NumberText text_;                                                        \
    WRITE_VIEW(format_short_digits(bits_, text_));                           \
  } while (0)

#define WRITE_TEXT(characters)                                                     \
  do {                                                                             \
    char text_[4];                                                                 \
    std::size_t size_ = 0;                                                         \
    for (std::uint32_t rest_ = (characters); rest_ != 0 && size_ < 4; rest_ >>= 8) \
      text_[size_++] = static_cast<char>(rest_ & 0xff);                            \
    if (size_ != 0) WRITE(text_, size_);                                           \
  } while (0)

#define WRITE_CHARACTER(character)       \
  do {                                   \
    const char text_[1] = {(character)}; \
    WRITE(text_, 1);                     \
  } while (0)

#if MICA_OBSERVED
#define OBSERVE_STORE(offset, value) task.digest.store(static_cast<std::uint32_t>(offset), (value))
#define OBSERVE_ELEMENT(operand, index, view, value) \
  observe_store(task.digest, frame, (operand), (index), (view), (value))
#define OBSERVE_RUN(operand, first, count) observe_results(task.digest, machine, frame, (operand), (first), (count))
#define OBSERVE_OUTPUT(text, size) \
  for (std::size_t k_ = 0; k_ < (size); ++k_) task.digest.output((text)[k_])
#else
#define OBSERVE_STORE(offset, value) static_cast<void>(0)
#define OBSERVE_ELEMENT(operand, index, view, value) static_cast<void>(value)
#define OBSERVE_RUN(operand, first, count) static_cast<void>(0)
#define OBSERVE_OUTPUT(text, size) static_cast<void>(0)
#endif

#if MICA_CHECKED
// What the compiler promised: the cells an instruction takes are there, and so is the room for what it leaves.
#define EXPECT(data_in, loop_in, room)                                                                  \
  do {                                                                                                  \
    if (DEPTH() < (data_in) || LOOPS() < (loop_in) || LOOPS() < 0 || fsp - dsp < (room) || pc < code || \
        pc >= code + frame.code_bytes || rsp < task.returns || RETURNS_FREE() < 0)                      \
      TRAP(core_fault);                                                                                 \
  } while (0)
#else
#define EXPECT(data_in, loop_in, room) static_cast<void>(0)
#endif
