// One virtual machine on a PC: its memory, its output, and where its code came from.
#pragma once

#include <cstdint>
#include <cstdlib>
#include <functional>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "jit/engine.hpp"
#include "sim/diagnostic.hpp"

namespace mica::sim {

// "ticks=N digest=H": ticks are exact once the task has ended, "ticks>=N" before and after a trap; "-" where the form
// of the interpreter makes no digest.
std::string ticks_and_digest(const TaskReport& task);

// Functions and arrays that programs may use by name; they outlive the node.
struct Offer {
  std::span<const HostFunction> functions = {};
  std::span<const HostArray> arrays = {};
};

// Microseconds; `ticks` is what the machine has run in its slice so far.
using Clock = std::function<Time(std::uint32_t ticks)>;

class Node {
 public:
  static constexpr std::size_t default_bytes = std::size_t{1} << 22;

  // `bytes` of memory for the machine and its frames. Throws std::invalid_argument when it is less than the engine
  // needs. Without a clock the machine keeps a time of its own (vm/host.hpp).
  explicit Node(const Engine& engine, std::size_t bytes = default_bytes, const Offer& offer = {}, Clock clock = {});
  Node(const Node&) = delete;
  Node& operator=(const Node&) = delete;

  // Throws std::invalid_argument for a form that the engine does not have.
  void choose_form(std::string_view form);

  // Called with each piece of output; without it the output is collected in output().
  void on_output(std::function<void(std::string_view)> sink) { sink_ = std::move(sink); }

  // Compiles a text that comes in pieces. The task is ready when finish() has no error; after an error begin() is next.
  CompileStatus begin(const CompileOptions& options);
  CompileStatus feed(std::string_view piece) { return feed_all(engine_, instance_, piece); }
  CompileStatus finish();

  // All of these for a whole text, in chunks of `chunk` bytes (0: at once).
  CompileStatus load(std::string_view text, const CompileOptions& options = {}, std::size_t chunk = 0);

  Unloading unload(std::uint8_t frame) { return unload_all(engine_, instance_, frame); }
  MemoryReport memory() const { return engine_.memory(instance_); }

  // The state for another node; the sources are those of the frames in the order of their slots. Empty, or what is in
  // the way (Engine::save).
  std::string_view save(const std::vector<Source>& sources, std::vector<std::byte>& snapshot);
  // Takes it up in a node that has loaded nothing yet. Empty, or what is wrong (Engine::restore); the texts of the
  // sources are filled in.
  std::string_view restore(std::span<const std::byte> snapshot, std::vector<Source>& sources);

  // Called behind each slice, also those in which a frame tests itself while it is loaded.
  void on_slice(std::function<void(const RunReport&)> sink) { on_slice_ = std::move(sink); }
  RunReport run(std::uint32_t budget);
  // The frame that tests itself just now, or CompileOptions::no_frame.
  std::uint8_t tested_frame() const { return tested_frame_; }
  TaskReport task(std::uint8_t index) const { return engine_.task(instance_, index); }
  // The task that runs the text of a frame; absent when there is none.
  TaskReport main_task(std::uint8_t frame) const;
  FrameReport frame(std::uint8_t index) const { return engine_.frame(instance_, index); }
  std::uint32_t schedule_digest() const { return engine_.schedule_digest(instance_); }
  std::span<const std::byte> data(std::uint8_t frame) const { return engine_.data(instance_, frame); }
  std::span<const std::uint8_t> code(std::uint8_t frame) const { return engine_.code(instance_, frame); }

  const Engine& engine() const { return engine_; }
  const Offer& offer() const { return offer_; }
  Instance* instance() { return instance_; }
  const Instance* instance() const { return instance_; }
  const std::string& output() const { return output_; }

  // Where the instruction at `offset` of the code of frame `frame` stood in its text; line 0 if unknown.
  Place place(std::uint8_t frame, std::uint32_t offset, std::uint8_t component) const;

  // What the self-test of the text before has come to when it has failed, in a sentence; empty if that is not known.
  std::string test_failure() const;

  // What a text did not compile for, and what a task trapped for: as diagnostic() has it. A test that has failed has
  // the sentence about it below.
  std::string diagnose(const Source& source, const CompileStatus& status) const;
  std::string diagnose(const Source& source, const TaskReport& trapped) const;

 private:
  static Time now(void* context, std::uint32_t ticks);
  static void write(void* context, const char* text, std::size_t size);
  static void note_place(void* context, std::uint32_t offset, std::uint8_t component, std::uint32_t line,
                         std::uint32_t column);

  void run_test(std::uint8_t frame);
  std::string trap_text_of(const TaskReport&) const;
  void take_text(std::vector<Source>& sources, std::uint8_t frame, std::string_view text);

  using Places = std::map<std::pair<std::uint32_t, std::uint8_t>, Place>;

  const Engine& engine_;
  const Offer offer_;
  const Clock clock_;
  // Pages of it that are never used cost nothing.
  struct Release {
    void operator()(void* memory) const { std::free(memory); }
  };
  std::unique_ptr<void, Release> memory_;
  Instance* instance_ = nullptr;
  std::string output_;
  std::function<void(std::string_view)> sink_;
  std::function<void(const RunReport&)> on_slice_;
  std::vector<Places> places_;  // of the frame in each slot
  Places compiled_places_;      // of the text in work
  bool extends_ = false;        // it extends a frame
  std::uint8_t tested_frame_ = CompileOptions::no_frame;
  TaskReport test_;             // the task that has tested the frame, as it was last
  int restored_frame_ = -1;     // that is made anew from a snapshot just now
};

}  // namespace mica::sim
