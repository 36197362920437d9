#include "hosts/stm32/firmware.hpp"

#include <array>
#include <cstddef>
#include <span>
#include <string_view>

#include "board/board.hpp"
#include "hosts/stm32/console.hpp"
#include "hosts/stm32/counting.hpp"
#include "hosts/stm32/faults.hpp"
#include "hosts/stm32/semihosting.hpp"
#include "hosts/stm32/usart.hpp"
#include "jit/engine.hpp"

namespace mica::stm32 {

namespace {

constexpr char end_of_transmission = 4;

alignas(8) constinit std::array<std::byte, board::instance_bytes> instance_memory{};

void write_output(void*, const char* text, std::size_t size) {
  Region<Count::run>::pause();
  console_write({text, size});
  Region<Count::run>::resume();
}

char receive() { return static_cast<char>(usart_receive()); }

// A piece of a line of input. It never reaches beyond a line feed, so a frame ends where a piece ends.
class Piece {
 public:
  void read(char first) {
    size_ = 0;
    append(first);
    while (size_ < bytes_.size() && !ends_line() && (deterministic_input || usart_available()))
      append(receive());
  }
  std::string_view text() const { return {bytes_.data(), size_}; }
  bool ends_line() const { return bytes_[size_ - 1] == '\n'; }

 private:
  void append(char byte) { bytes_[size_++] = byte; }

  std::array<char, 64> bytes_;
  std::size_t size_ = 0;
};

// Waits for the first byte of a frame.
char first_byte(bool in_trailer_line) {
  for (;;) {
    const char byte = receive();
    if (byte == end_of_transmission) {
      semihosting_exit(0);
    } else if (in_trailer_line) {
      in_trailer_line = byte != '\n';
    } else {
      return byte;
    }
  }
}

// Ignores input until a line of a single '.' has passed.
void resynchronise(bool at_line_begin) {
  enum class Line { begin, dot, other };
  Line line = at_line_begin ? Line::begin : Line::other;
  for (;;) {
    const char byte = receive();
    if (byte == '\n') {
      if (line == Line::dot) return;
      line = Line::begin;
    } else if (byte == '.' && line == Line::begin) {
      line = Line::dot;
    } else if (byte != '\r') {
      line = Line::other;
    }
  }
}

// Reads and compiles one frame; `piece` is left at its last piece.
CompileStatus compile(const Engine& engine, Instance* instance, char first, Piece& piece) {
  using Counted = Region<Count::compile>;
  Counted::open();
  CompileStatus status = engine.begin(instance, CompileOptions{.fuse = true, .needs_trailer = true});
  Counted::pause();
  piece.read(first);
  for (;;) {
    Counted::resume();
    if (status.error == 0) status = engine.feed(instance, piece.text());
    Counted::pause();
    if (status.error != 0 || status.complete) break;
    piece.read(receive());
  }
  Counted::resume();
  if (status.error == 0) status = engine.finish(instance);
  Counted::close();
  return status;
}

void run(const Engine& engine, Instance* instance) {
  using Counted = Region<Count::run>;
  Counted::open();
  while (!engine.run(instance, slice_ticks).idle) {
  }
  Counted::close();
}

void report_error(const Engine& engine, const CompileStatus& status) {
  console_begin_line();
  console_write("# error ");
  console_decimal(status.line);
  console_write(":");
  console_decimal(status.column);
  console_write(" ");
  console_write(engine.error_name(status.error));
  console_write("\n");
}

void report_task(const Engine& engine, const TaskReport& task) {
  console_begin_line();
  if (task.state == TaskState::trapped) {
    console_write("# trap ");
    console_write(engine.trap_name(task.trap));
    console_write(" at=");
    console_decimal(task.offset);
    console_write(".");
    console_decimal(task.component);
  } else {
    console_write(task.state == TaskState::ended ? "# ended ticks=" : "# deadlock ticks=");
    console_decimal(task.ticks);
  }
  console_write(" digest=");
  console_hex(task.digest);
  console_write("\n");
}

// Index of the interpreter form to use; `forms.size()` when there is no such form.
std::size_t wanted_form(std::span<const std::string_view> forms) {
  for (std::size_t form = 0; form < forms.size(); ++form) {
    if (board::form.empty() ? forms[form].ends_with("observed") : forms[form] == board::form) return form;
  }
  return board::form.empty() ? 0 : forms.size();
}

// A fresh machine in the same memory.
Instance* make_instance(const Engine& engine) {
  static constexpr Host host{.context = nullptr, .write = write_output, .note_place = nullptr};
  Instance* instance = engine.create(instance_memory, host);
  if (instance == nullptr) halt("instance memory too small");
  // A counting build measures the form that the engine itself prefers.
  if (counted == Count::none || !board::form.empty()) {
    if (!engine.choose_form(instance, wanted_form(engine.forms))) halt("no such form");
  }
  return instance;
}

}  // namespace

void firmware_main() {
  const Engine& engine = board_engine();
  if (engine.profile != board::profile) halt("engine of another profile");
  Instance* instance = make_instance(engine);
  console_write("# mica ");
  console_write(engine.profile);
  console_write(" ready\n");

  bool in_trailer_line = false;
  for (;;) {
    Piece piece;
    const CompileStatus status = compile(engine, instance, first_byte(in_trailer_line), piece);
    in_trailer_line = !piece.ends_line();
    if (status.error != 0) {
      report_error(engine, status);
      resynchronise(!in_trailer_line);
      in_trailer_line = false;
    } else {
      run(engine, instance);
      report_task(engine, engine.task(instance, 0));
    }
    instance = make_instance(engine);
  }
}

}  // namespace mica::stm32
