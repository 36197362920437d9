// The verbs of snippets for editors and checks: with it a snippet file compiles on its own, each snippet as a function
// of its items (core/snippet_signatures.hpp includes this). Nothing here is ever run or linked; the interpreter has the
// verbs of vm/verbs.hpp. Included by snippet files only, so that it may open namespaces for them.
#pragma once

#include <cstdint>
#include <type_traits>

#include "core/kernels.hpp"
#include "core/traps.hpp"
#include "ml/layout/array_view.hpp"
#include "vm/cell.hpp"
#include "vm/functions.hpp"
#include "vm/settings.hpp"

namespace mica::inline MICA_PROFILE::lint {

[[noreturn]] void trap(core::Trap reason);

// Flow of control. Displacements are bytes from the opcode.
void jump(std::int16_t displacement);
void call(std::int16_t displacement);
void call_token(Cell token);
// Cells of the data stack below and above the items of a sliced instruction.
void need_cells(std::uint32_t count);
Cell cell_below(std::uint32_t k);
void drop_cells(std::uint32_t count);
void room_for_cells(std::uint32_t count);
void place_cell(std::uint32_t k, Cell value);
void raise_cells(std::uint32_t count, Cell value);
void cells_at(Cell address, std::uint32_t count);
void call_host(std::uint16_t function);
void return_from_word();
void cross();
void stop();
void done();

void adjust(std::int8_t ticks);

// Depth of the data stack, in cells.
void require(std::uint16_t need, std::uint16_t room);
void require_loops(std::uint16_t need);
void mark();
void verify(std::uint16_t in, std::uint16_t out);

// Exceptions.
void open_try(std::int16_t displacement);
void close_try();
[[noreturn]] void throw_code(std::int8_t ticks);

// The data segment.
Cell load(Cell address);
void store(Cell address, Cell value);

// Arrays: `operand` is an address or a handle.
bool is_map(Cell token);
ml::ArrayView array(Cell operand);
std::uint32_t scale_count(Cell operand, std::uint32_t otherwise);
std::uint32_t range(const ml::ArrayView& view, Cell first, Cell length);
ml::ArrayView elements(Cell operand, std::uint32_t first, std::uint32_t count);

// The value is cut to the width of the element.
template <class Signed>
void store_element(Cell, std::uint32_t, Signed) {
  static_assert(std::is_signed_v<Signed>);
}

// Blocks: what is wrong with them, and their arrays.
void want(bool condition);
std::uint32_t length(Cell array);
void apart(Cell one, Cell other);
const std::byte* source(Cell array, std::uint32_t count);
std::byte* target(Cell array, std::uint32_t count);
void complete(Cell array, std::uint32_t count);

Cell pick(Cell n);
Cell pick_loop(Cell n);
void drop_loop(Cell n);

// Cells of the program on the return stack.
void kept(std::uint8_t n);
void room_to_keep(std::uint8_t n);
void keep(Cell x);
Cell take_back();
Cell copy_kept(std::uint8_t n);

// Tasks.
void yield();
void sleep(Cell milliseconds);
Cell start(Cell token, Cell priority, Cell period, Cell deadline);
void kill(Cell id);
void supervise(Cell id, Cell restarts, Cell milliseconds);
void handle_traps(Cell token);
Cell own_id();
void limit_wait(Cell milliseconds);
Cell in_time();
void send(Cell handle, Cell x);
Cell receive(Cell handle);
void begin_message(Cell handle, std::uint32_t count);
void send_element(Cell handle, std::uint32_t index, Cell x);
Cell receive_element(Cell handle, std::uint32_t index);
void end_message(Cell handle, std::uint32_t count);
void acquire(Cell handle);
void release(Cell handle);
void await(Cell operand, Cell index, Cell x);
void take_event(Cell event);

extern vm::Settings settings;

void write_number(Cell n);
void write_double(Double d);
void write_decimal(Cell n);
void write_hexadecimal(Cell x);
void write_short_hexadecimal(Cell n);
void write_character(char character);
void write_text(std::uint32_t characters);

}  // namespace mica::inline MICA_PROFILE::lint

using namespace mica;
using mica::lint::is_map;

#define TRAP(reason) ::mica::lint::trap(core::Trap::reason)
#define JUMP(displacement) ::mica::lint::jump(displacement)
#define CALL(displacement) ::mica::lint::call(displacement)
#define NEED_CELLS(count) ::mica::lint::need_cells(count)
#define CELL_BELOW(k) ::mica::lint::cell_below(k)
#define DROP_CELLS(count) ::mica::lint::drop_cells(count)
#define ROOM_FOR_CELLS(count) ::mica::lint::room_for_cells(count)
#define PLACE_CELL(k, value) ::mica::lint::place_cell((k), (value))
#define RAISE_CELLS(count, value) ::mica::lint::raise_cells((count), (value))
#define CELLS_AT(address, count) ::mica::lint::cells_at((address), (count))
#define CALL_TOKEN(token) ::mica::lint::call_token(token)
#define CALL_HOST(function) ::mica::lint::call_host(function)
#define RETURN() ::mica::lint::return_from_word()
#define CROSS() ::mica::lint::cross()
#define STOP() ::mica::lint::stop()
#define DONE() ::mica::lint::done()
#define ADJUST(ticks) ::mica::lint::adjust(ticks)
#define REQUIRE(need, room) ::mica::lint::require((need), (room))
#define REQUIRE_LOOPS(need) ::mica::lint::require_loops(need)
#define MARK() ::mica::lint::mark()
#define VERIFY(in, out) ::mica::lint::verify((in), (out))
#define OPEN_TRY(displacement) ::mica::lint::open_try(displacement)
#define CLOSE_TRY() ::mica::lint::close_try()
#define THROW(ticks) ::mica::lint::throw_code(ticks)
#define LOAD(variable, address) variable = ::mica::lint::load(address)
#define STORE(address, value) ::mica::lint::store((address), (value))
#define ANY_ARRAY(view, operand) [[maybe_unused]] ml::ArrayView view = ::mica::lint::array(operand)
#define ARRAY(view, operand) [[maybe_unused]] ml::ArrayView view = ::mica::lint::array(operand)
#define WRITABLE(view, operand) ARRAY(view, operand)
#define RANGE(first, end, view, n_first, n_length) \
  const std::uint32_t first = ::mica::lint::range(view, (n_first), (n_length)), end = first
#define ELEMENTS(view, operand, first, count) \
  [[maybe_unused]] ml::ArrayView view = ::mica::lint::elements((operand), (first), (count))
#define STORE_ELEMENT(operand, index, value) ::mica::lint::store_element((operand), (index), (value))
#define WANT(condition, field) (::mica::lint::want(condition), static_cast<void>(field))
#define WANT_LENGTH(array, count) ::mica::lint::want(::mica::lint::length(array) == (count))
#define WANT_APART(array, other) ::mica::lint::apart((array), (other))
#define WANT_APART_OR_SAME(array, other) ::mica::lint::apart((array), (other))
#define WANT_SAME_TYPE(array, other) ::mica::lint::apart((array), (other))
#define ELEMENT_BYTES(array) ::mica::lint::length(array)
#define ELEMENT_TYPE(operand) ::mica::lint::array(operand).type
#define GIVEN(array) (::mica::lint::length(array) > 0)
#define LENGTH(array) ::mica::lint::length(array)
#define SOURCE(pointer, operand, element, count) \
  const auto* pointer =                          \
      reinterpret_cast<const ml::Elements<ml::ElementType::element>*>(::mica::lint::source((operand), (count)))
#define TARGET(pointer, operand, element, count) \
  auto* pointer = reinterpret_cast<ml::Elements<ml::ElementType::element>*>(::mica::lint::target((operand), (count)))
#define SOURCE_BYTES(pointer, operand, bytes, count) \
  const std::byte* pointer = ::mica::lint::source((operand), (bytes) * (count))
#define TARGET_BYTES(pointer, operand, bytes, count) \
  std::byte* pointer = ::mica::lint::target((operand), (bytes) * (count))
#define SOURCE_VIEW(view, operand, count) const ml::ArrayView view = ::mica::lint::elements((operand), 0, (count))
#define TARGET_VIEW(view, operand, count) const ml::ArrayView view = ::mica::lint::elements((operand), 0, (count))
#define COMPLETE_BLOCKS(operand, first, step, rows, length) \
  ::mica::lint::complete((operand), (first) + (rows) * (step) + (length))
#define COMPLETE(operand, count) ::mica::lint::complete((operand), (count))
#define SCALES(view, operand, first, count) \
  [[maybe_unused]] ml::ArrayView view = ::mica::lint::elements((operand), (first), (count))
#define SCALE_COUNT(variable, operand, otherwise) \
  const std::uint32_t variable = ::mica::lint::scale_count((operand), (otherwise))
#define STORE_FITTED(operand, index, view, value) STORE_ELEMENT(operand, index, ml::fit((value), view.type))
#define STORE_SCALED(operand, index, view, value, scale, scales, k) \
  STORE_ELEMENT(operand, index, ml::element_result((value), widen(scale), scales, (k), view.type, false, false))
#define PICK(variable, n) variable = ::mica::lint::pick(n)
#define PICK_LOOP(variable, n) variable = ::mica::lint::pick_loop(n)
#define DROP_LOOP(n) ::mica::lint::drop_loop(n)
#define KEPT(n) ::mica::lint::kept(n)
#define ROOM_TO_KEEP(n) ::mica::lint::room_to_keep(n)
#define KEEP(x) ::mica::lint::keep(x)
#define TAKE_BACK(variable) variable = ::mica::lint::take_back()
#define COPY_KEPT(variable, n) variable = ::mica::lint::copy_kept(n)
#define YIELD() ::mica::lint::yield()
#define SLEEP(milliseconds) ::mica::lint::sleep(milliseconds)
#define START(variable, token, priority, period, deadline) \
  variable = ::mica::lint::start((token), (priority), (period), (deadline))
#define KILL(id) ::mica::lint::kill(id)
#define SUPERVISE(id, restarts, milliseconds) ::mica::lint::supervise((id), (restarts), (milliseconds))
#define HANDLE_TRAPS(token) ::mica::lint::handle_traps(token)
#define OWN_ID() ::mica::lint::own_id()
#define LIMIT_WAIT(milliseconds) ::mica::lint::limit_wait(milliseconds)
#define IN_TIME() ::mica::lint::in_time()
#define SEND(handle, x) ::mica::lint::send((handle), (x))
#define RECEIVE(variable, handle) variable = ::mica::lint::receive(handle)
#define BEGIN_SENDING(handle, count) ::mica::lint::begin_message((handle), (count))
#define BEGIN_RECEIVING(handle, count) ::mica::lint::begin_message((handle), (count))
#define SEND_ELEMENT(handle, index, x) ::mica::lint::send_element((handle), (index), (x))
#define RECEIVE_ELEMENT(variable, handle, index) variable = ::mica::lint::receive_element((handle), (index))
#define END_SENDING(handle, count) ::mica::lint::end_message((handle), (count))
#define END_RECEIVING(handle, count) ::mica::lint::end_message((handle), (count))
#define ACQUIRE(handle) ::mica::lint::acquire(handle)
#define RELEASE(handle) ::mica::lint::release(handle)
#define AWAIT(operand, index, x) ::mica::lint::await((operand), (index), (x))
#define TAKE_EVENT(event) ::mica::lint::take_event(event)
#define SETTING(name) ::mica::lint::settings.name
#define SET(name, value) ::mica::lint::settings.name = (value)
#define WRITE_NUMBER(n) ::mica::lint::write_number(n)
#define WRITE_DOUBLE(d) ::mica::lint::write_double(d)
#define WRITE_DECIMAL(n) ::mica::lint::write_decimal(n)
#define WRITE_HEXADECIMAL(x) ::mica::lint::write_hexadecimal(x)
#define WRITE_SHORT_HEXADECIMAL(n) ::mica::lint::write_short_hexadecimal(n)
#define WRITE_TEXT(characters) ::mica::lint::write_text(characters)
#define WRITE_CHARACTER(character) ::mica::lint::write_character(character)
