#include "hosts/stm32/firmware.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "board/board.hpp"
#include "hosts/stm32/console.hpp"
#include "hosts/stm32/counting.hpp"
#include "hosts/stm32/faults.hpp"
#include "hosts/stm32/input.hpp"
#include "hosts/stm32/semihosting.hpp"
#include "hosts/stm32/settings.hpp"
#include "jit/engine.hpp"

namespace mica::stm32 {

namespace {

alignas(8) constinit std::array<std::byte, board::instance_bytes> instance_memory{};

void write_output(void*, const char* text, std::size_t size) {
  Region<Count::run>::pause();
  Region<Count::slice>::pause();
  console_write({text, size});
  Region<Count::slice>::resume();
  Region<Count::run>::resume();
}

// What reading a frame came to.
struct Reception {
  CompileStatus status;
  bool cancelled;  // a CAN ended it
};

// Reads and compiles one frame.
Reception compile(const Engine& engine, Instance* instance, bool fuse, char first) {
  using Counted = Region<Count::compile>;
  Counted::open();
  CompileStatus status = engine.begin(instance, CompileOptions{.fuse = fuse, .needs_trailer = true});
  Counted::pause();
  Piece piece;
  piece.read(first);
  for (;;) {
    Counted::resume();
    if (status.error == 0) status = feed_all(engine, instance, piece.text());
    Counted::pause();
    // Up to the end of the trailer's line, so that what is on it counts no matter when it arrives.
    if (status.error != 0 || piece.cancelled() || (status.complete && piece.ends_line())) break;
    piece.read(receive());
  }
  Counted::resume();
  if (status.error == 0 && !piece.cancelled()) status = finish_all(engine, instance);
  Counted::close();
  return {status, piece.cancelled()};
}

void run(const Engine& engine, Instance* instance, std::uint32_t slice_ticks) {
  Region<Count::run>::open();
  for (bool idle = false; !idle;) {
    Region<Count::slice>::open();
    idle = engine.run(instance, slice_ticks).idle;
    Region<Count::slice>::close();
  }
  Region<Count::run>::close();
}

void report_error(const CompileStatus& status, std::string_view name) {
  console_begin_line();
  console_write("# error ");
  console_decimal(status.line);
  console_write(":");
  console_decimal(status.column);
  console_write(" ");
  console_write(name);
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
  if (task.observed) {
    console_hex(task.digest);
  } else {
    console_write("-");
  }
  console_write("\n");
}

// Index of the interpreter form to begin with; `engine.forms.size()` when there is no such form.
std::size_t wanted_form(const Engine& engine) {
  // A counting build measures the form that the engine itself prefers.
  if (counted != Count::none && board::form.empty()) return engine.default_form;
  for (std::size_t form = 0; form < engine.forms.size(); ++form) {
    const std::string_view name = engine.forms[form];
    if (board::form.empty() ? name.ends_with("observed") : name == board::form) return form;
  }
  return board::form.empty() ? 0 : engine.forms.size();
}

// A fresh machine, always in the same memory.
Instance* make_instance(const Engine& engine, std::size_t form) {
  static constexpr Host host{.context = nullptr, .write = write_output, .note_place = nullptr};
  Instance* instance = engine.create(instance_memory, host);
  if (instance == nullptr) halt("instance memory too small");
  if (board::machine_bytes != 0 && engine.bytes_min != board::machine_bytes) {  // mica convert --board counts with it
    console_write("machine_bytes of board.json should be ");
    console_decimal(engine.bytes_min);
    halt("machine_bytes");
  }
  if (!engine.choose_form(instance, form)) halt("no such form");
  return instance;
}

void serve_frame(const Engine& engine, const Settings& settings, char first) {
  Instance* instance = make_instance(engine, settings.form);
  const auto [status, cancelled] = compile(engine, instance, settings.fuse, first);
  if (status.error != 0) {
    report_error(status, engine.error_name(status.error));
    if (!cancelled) skip_to_cancel();
  } else if (cancelled) {
    report_error(status, "cancelled");
  } else {
    run(engine, instance, settings.slice_ticks);
    report_task(engine, engine.task(instance, 0));
  }
}

void serve_setting(const Engine& engine, Settings& settings) {
  SettingLine line;
  line.read();
  std::string_view refused;
  if (line.cancelled()) {
    refused = "cancelled";
  } else if (line.too_long()) {
    refused = "setting_too_long";
  } else {
    refused = change_setting(settings, line.text(), engine.forms);
  }
  console_write(refused.empty() ? "# set " : "# refused ");
  console_write(refused.empty() ? line.text() : refused);
  console_write("\n");
}

}  // namespace

void firmware_main() {
  const Engine& engine = board_engine();
  if (engine.profile != board::profile) halt("engine of another profile");
  Settings settings;
  settings.form = wanted_form(engine);
  make_instance(engine, settings.form);  // an image that cannot work says so before it is ready
  console_write("# mica ");
  console_write(engine.profile);
  console_write(" ready\n");

  for (;;) {
    const char byte = receive();
    switch (byte) {
      case control::cancel: break;  // nothing is being read
      case control::end_of_transmission: semihosting_exit(0); break;
      case control::start_of_setting: serve_setting(engine, settings); break;
      default: serve_frame(engine, settings, byte);
    }
  }
}

}  // namespace mica::stm32
