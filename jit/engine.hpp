// One profile of the virtual machine with its compiler, behind a table of functions that every host uses.
//
// Hosts see no profile-specific type: a PC program carries several engines, a device one. All memory comes from the
// caller; nothing here allocates, throws or calls an operating system. One instance may be used by one thread at a
// time; instances are independent of each other.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "jit/text_writer.hpp"
#include "vm/hooks.hpp"
#include "vm/host.hpp"
#include "vm/report.hpp"

namespace mica {

// An instance of the machine in the caller's memory. Opaque.
struct Instance;

// What compiling a text came to. `error` 0: all right so far. The position counts lines and columns from 1.
struct CompileStatus {
  std::uint8_t error = 0;    // index into the error names, 0 = none
  bool complete = false;     // the trailer of the frame has arrived and was right
  bool busy = false;         // there is more to do: call again
  bool testing = false;      // the frame tests itself: run tasks before that, or the test fails
  std::uint8_t frame = 255;  // slot of the text's frame, once it has one; 255 (no_frame) before, and after an error
  std::uint32_t number = 0;  // that the error speaks of: field_length: elements that are wanted; field_missing: the
                             // number of the field, from 0
  std::uint32_t line = 0;    // of the offending token
  std::uint32_t column = 0;
  std::uint32_t text_bytes = 0;  // bytes consumed so far
};

struct CompileOptions {
  static constexpr std::uint8_t no_frame = 255;

  bool fuse = true;            // combine instructions where the profile lists a sequence
  bool needs_trailer = false;  // for lines: finish() refuses a text without a right trailer
  bool keep_open = false;      // more text may extend the frame later, as the lines of a console do
  // The open frame that the text extends: its names are known, its task goes on with the cells it has left on the
  // stack. Tasks find nothing of the text before it has ended; if it does not compile the frame is as it was before.
  std::uint8_t extends = no_frame;
  // The loaded frame whose place the text's frame takes; it goes on until the text is right to its end, and after an
  // error it is as before. Not looked at for a text that extends a frame.
  std::uint8_t replaces = no_frame;
  std::uint32_t first_line = 1;            // of the text, for positions
  std::uint32_t test_ticks_max = 1000000;  // that the frame's test of itself may take
};

// The first bytes of each; of the next ones, the number of the format, the second is 0, as none of any text.
inline constexpr std::uint32_t snapshot_signature = 0x6163694d;  // "Mica"

// Takes the bytes of a snapshot in pieces; nothing of them is kept.
struct ByteSink {
  void* context = nullptr;
  void (*write)(void* context, const std::byte* bytes, std::size_t size) = nullptr;
};

// Writes the text of the frame in a slot, the same that it was compiled from, to `sink`. False: the host has it not.
struct FrameTexts {
  void* context = nullptr;
  bool (*give)(void* context, std::uint8_t frame, const TextSink& sink) = nullptr;
};

// Takes the text of each frame of a snapshot, in pieces, before it is compiled for good: calls of Host::note_place
// behind it are about that frame.
struct FrameTextSink {
  void* context = nullptr;
  void (*write)(void* context, std::uint8_t frame, const char* text, std::size_t size) = nullptr;
};

struct Engine {
  std::string_view profile;
  unsigned cell_bits;
  std::uint32_t fingerprint;                // of the instruction set
  std::size_t bytes_min;                    // of an instance without any frame
  std::size_t task_bytes;                   // of which one task
  std::uint32_t data_bytes;                 // that a frame can have, at most
  std::size_t scratch_bytes;                // for restore()
  std::uint8_t tasks;                       // that there can be at a time
  std::span<const std::string_view> forms;  // of the interpreter, e.g. "switch", "goto", "checked", "traced"
  std::size_t default_form;                 // index in `forms` that create() chooses

  // Lays out a machine in `memory` (aligned to 8). Null when it is smaller than bytes_min, or `host` has more functions
  // than Host::functions_max or one that takes or leaves more than HostFunction::cells_max cells.
  Instance* (*create)(std::span<std::byte> memory, const Host& host);

  // Chooses the interpreter form by its index in `forms`; all give the same results. False: no such form. While
  // "traced" is chosen, texts are compiled without fusing; in code that was fused before, a fused instruction is one
  // word. Hooks are told of the words in which tasks are at that moment as `found`, and as `left` when another form is
  // chosen.
  bool (*choose_form)(Instance*, std::size_t form);

  // Compiles a frame from text that comes in chunks of any size: begin, feed as often as needed, finish. After an
  // error the frame is gone and feed and finish return the same error again. finish() makes the frame's task ready;
  // begin() gives up a frame that is still in work. A call does work in proportion to the text it takes, and moves,
  // clears, patches or reads again about 1 KB more: feed leaves `text` at what it did not take, and while the status
  // says busy it and finish are to be called again. Behind unload() begin can say so, too, and what is wrong with the
  // options then comes with a later call.
  CompileStatus (*begin)(Instance*, const CompileOptions&);
  CompileStatus (*feed)(Instance*, std::string_view& text);
  CompileStatus (*finish)(Instance*);

  // Ends the tasks of a loaded frame and gives its slot, theirs and all of its memory back. Frames above it are moved
  // to where it was, about 1 KB in a call: while the answer is `busy`, call again with the same frame. Tasks that need
  // a frame that is under way wait meanwhile, all others can run in between; when only such are ready, run() moves the
  // frame on. What is read of a frame under way is empty, and no word of it can be started. Texts in work wait, too;
  // a line of a console keeps its frame where it is, so that some memory comes back only behind the line. Views of
  // arrays, code and data that the host holds are valid until the next call of this function, or of begin, feed,
  // finish or run after it.
  Unloading (*unload)(Instance*, std::uint8_t frame);
  MemoryReport (*memory)(const Instance*);

  // What the loaded frame exports by the header's `exports NAME`. Kind none: nothing of that name.
  ExportReport (*find_export)(const Instance*, std::uint8_t frame, std::string_view name);
  // Makes a task ready at an exported word that takes and leaves nothing: a free one, or one of the frame that is over,
  // but not the one of an open frame that waits for more text. False: there is none, or no such word. Where what
  // the word leaves is known only while it runs, it must have declared that it is nothing, which is then verified.
  bool (*start)(Instance*, std::uint8_t frame, std::string_view word, const TaskOptions&, std::uint8_t& task);

  // Wakes the tasks whose time has come and runs the most urgent of those that are ready until the first charge point
  // at or after `budget` ticks (1 .. 2^31 - 1025), or until it ends, sleeps, waits or gives way to another one.
  RunReport (*run)(Instance*, std::uint32_t budget);

  // Signals an event, 0 .. 31, to all frames: of each frame one task takes it that waits for it now or later. As long
  // as none has, signals of the same number count once.
  void (*signal)(Instance*, unsigned event);

  // Lets the form "traced" call a hook of the host (vm/hooks.hpp). Not while one runs. False: another form is chosen,
  // which would not call it, or the hook is there already; or for unhook, it is not there. Hooks stay when another form
  // is chosen, and are called again once it is "traced".
  bool (*hook)(Instance*, Hook&);
  bool (*unhook)(Instance*, Hook&);

  // Ends a task that is not over, with the trap `stopped`.
  void (*stop)(Instance*, std::uint8_t task);
  // Starts a task that traps again at its word, with empty stacks; not behind `stopped`. False: it is over, or does not
  // run a word that takes nothing.
  bool (*supervise)(Instance*, std::uint8_t task, const Supervision&);
  // Cells on the data stack of a task that does not run, and one of them, 0 being the top.
  std::uint32_t (*depth)(const Instance*, std::uint8_t task);
  std::int32_t (*cell)(const Instance*, std::uint8_t task, std::uint32_t index);

  TaskReport (*task)(const Instance*, std::uint8_t task);
  FrameReport (*frame)(const Instance*, std::uint8_t frame);
  // Of the slices: which task had how many ticks. 0 in a form that makes no digests.
  std::uint32_t (*schedule_digest)(const Instance*);

  // Code of a frame, for listings; empty when there is none.
  std::span<const std::uint8_t> (*code)(const Instance*, std::uint8_t frame);
  // Data segment of a frame, from its first offset (the size of a cell) on.
  std::span<const std::byte> (*data)(const Instance*, std::uint8_t frame);
  // One line of listing for the instruction at `offset`, written to `line`; returns the offset of the next
  // instruction, or 0 at the end of the code.
  std::uint32_t (*disassemble)(const Instance*, std::uint8_t frame, std::uint32_t offset, std::span<char> line);

  // Turns a frame back into text that compiles to the same code, data, constants and arrays; its data are those of now.
  // Empty, or the name of what is in the way: then the text is not whole.
  std::string_view (*decompile)(const Instance*, std::uint8_t frame, const TextSink& sink);

  // Writes the state of the machine, between any two slices, to `sink`: the text of each frame, as `texts` gives it or,
  // where it does not, decompiled, the data and all tasks. Arrays of the host, its functions and what it has put out
  // are its own matter. Empty, or the name of what is in the way: no_snapshots (the profile was made without),
  // text_in_work, frame_open, or text_missing; then what was written is no snapshot.
  std::string_view (*save)(Instance*, const FrameTexts& texts, const ByteSink& sink);
  // Takes a snapshot up in a machine of the same profile that has no frame: the texts are compiled, and what it says of
  // the tasks is held against what the compiler knows of the code, so that no snapshot, whoever has written it, can do
  // more than a text. `scratch` (aligned to 8) is needed meanwhile. Times go on from the host's time of now. Empty, or
  // what is wrong, and the machine goes on as if nothing had been tried: no_snapshots, scratch_too_small,
  // machine_in_use, damaged, other_profile, frame_refused (it does not compile here), frame_differs (it becomes other
  // code: the host has other functions or arrays), task_differs.
  std::string_view (*restore)(Instance*, std::span<const std::byte> snapshot, std::span<std::byte> scratch,
                              const FrameTextSink& texts);

  std::string_view (*trap_name)(std::uint8_t trap);    // "divide_by_zero"
  std::string_view (*trap_text)(std::uint8_t trap);    // a sentence for people
  std::string_view (*error_name)(std::uint8_t error);  // "unknown_word"
  std::string_view (*error_text)(std::uint8_t error);  // a sentence that says what to do
};

// For hosts that have nothing else to do meanwhile.
inline CompileStatus feed_all(const Engine& engine, Instance* instance, std::string_view text) {
  CompileStatus status = engine.feed(instance, text);
  while (status.error == 0 && (status.busy || !text.empty())) status = engine.feed(instance, text);
  return status;
}

inline CompileStatus finish_all(const Engine& engine, Instance* instance) {
  CompileStatus status = engine.finish(instance);
  while (status.busy) {
    if (status.testing) engine.run(instance, 1000);
    status = engine.finish(instance);
  }
  return status;
}

inline Unloading unload_all(const Engine& engine, Instance* instance, std::uint8_t frame) {
  Unloading result = engine.unload(instance, frame);
  while (result == Unloading::busy) result = engine.unload(instance, frame);
  return result;
}

}  // namespace mica
