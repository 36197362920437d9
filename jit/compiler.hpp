// Text -> code of a frame, in one pass, while the text arrives.
//
// The walk of a token: lexer -> consume_token -> (a word of the instruction set, a name, a number) -> emitter.
#pragma once

#include <cstdint>
#include <string_view>

#include "core/words.hpp"
#include "jit/dictionary.hpp"
#include "jit/emitter.hpp"
#include "jit/engine.hpp"
#include "jit/errors.hpp"
#include "jit/lexer.hpp"
#include "vm/machine.hpp"

namespace mica::inline MICA_PROFILE::jit {

enum class Structure : std::uint8_t { if_part, else_part, loop, while_part, counted_loop };

// An open structure.
struct Control {
  Structure kind = Structure::if_part;
  Position opened;
  Flow flow;   // if: of the way around the first part; else: at its end; loops: at the head; while: of the way out
  Patch jump;  // if: over the first part; else: over the second; while: out of the loop
  std::uint32_t head = 0;
  bool certain = true;           // if: what follows it is certain, unless a part departs
  std::uint32_t departures = 0;  // if: before it
  int loop_floor = 0;            // loops: of the flow before the head
  Extent outside;                // loops: extent of what lies before the head
  Extent body;                   // loops: extent of the body, once it is put aside
  bool body_known = false;
  std::uint32_t leaves = 0;  // operand of the last leave; each holds the distance to the one before
  bool left = false;
  bool leaves_differ = false;
  Flow leave_flow;
};

// What takes much memory. It serves one text after another, so that beginning a text does not clear it all.
struct Workspace {
  Dictionary dictionary;
  Control controls[core::limits::control_depth];
};

class Compiler {
 public:
  explicit Compiler(Workspace& workspace) : dictionary_(workspace.dictionary), controls_(workspace.controls) {}

  // For one text; make another for the next. begin() opens a frame in the machine, finish() closes it. All three
  // return what has come of the text so far; after an error the frame is gone and the same error comes back. Before
  // begin() and after finish() there is nothing to feed: no_frame.
  CompileStatus begin(vm::Machine& machine, const CompileOptions& options);
  CompileStatus feed(std::string_view text);
  CompileStatus finish();

  // Gives up the frame in work, if there is one.
  void abandon() { fail(CompileError::no_frame); }

  // The frame in work or just closed.
  std::uint8_t frame() const { return static_cast<std::uint8_t>(frame_ - machine_->frames); }

 private:
  // What the next token is taken for.
  enum class Expect : std::uint8_t {
    word,
    definition_name,
    variable_name,
    double_variable_name,
    constant_name,
    constant_value,
    array_name,
    array_size,
    array_element,
    table_name,
    table_type,
    table_open,
    table_element,
    frame_name,
    frame_version,
    header_key,
    header_code,
    header_data,
    trailer_length,
    trailer_crc,
    nothing
  };

  // The definition in work.
  struct Definition {
    Name* name = nullptr;
    Position opened;
    bool declared = false;
    int in = 0, out = 0;  // as declared
    bool dynamic = false;
    bool early_return = false;
    bool recursive = false;
    bool unverified = false;  // called itself while its depth was still known
    bool returned = false;    // some way ends at `return_depth`
    bool returns_differ = false;
    int return_depth = 0;
    int return_loops = 0;
    bool assumed = false;  // a recursive call relied on `assumed_change`
    int assumed_change = 0;
    bool needs_to_fill_in = false;
  };

  // compiler.cpp
  CompileStatus status();
  void fail(CompileError error);
  void fail_at(CompileError error, Position position);
  void fail_if_cut_short();
  void run(Scan scan);
  void consume_token(const Token& token);
  void consume_word(const Token& token);
  void act(core::CompileAction action);
  void emit_instruction(core::Op op);
  void emit_number(std::int64_t value);
  void emit_double(std::int64_t value);
  void call(Name& name);
  void call_itself();
  bool enough(int in, int loop_in, int more = 0);
  bool enough_data(int in);
  bool enough_loops(int in);
  bool checks_while_running() const;
  void emit_call(std::uint32_t header, const WordEffect& effect, bool verified);
  void new_epoch(CompileError unless_allowed);
  bool inside_loop() const;
  Extent put_bodies_aside();
  bool defining() const { return definition_.name != nullptr; }
  bool at_top() const { return !defining() && depth_ == 0; }
  int ticks(core::CompileAction action) const { return core::action_ticks[static_cast<unsigned>(action)]; }
  Flow& flow() { return emitter_.word.flow; }

  // structures.cpp
  void begin_if();
  void begin_else();
  void end_if();
  void begin_loop();
  void end_until();
  void end_again();
  void end_loop(int ticks);
  void leave_while();
  void end_repeat();
  void begin_do();
  void end_do();
  void end_do_by();
  void end_counted_loop(core::Op next, int in, int ticks);
  void leave_do();
  void drop_loop_cells();
  void dup_unless_zero();
  Control* open(Structure kind);
  Control* top(Structure kind, Structure or_kind);
  void join(const Flow& other, CompileError unless_allowed);
  bool same_loop_stack(const Flow& other);
  void open_body(Control& control);
  void close_body(const Control& control);
  bool repeats_as_it_began(const Control& control) const;
  void check_again(const Control& control);
  void land_leaves(Control& control);

  // definitions.cpp
  void begin_definition();
  void name_definition(const Token& token);
  void declare_effect();
  void end_definition();
  void return_early();
  void end_program();
  void note_return();
  WordEffect effect_of_definition();
  void open_gap();
  void close_gap();

  // declarations.cpp
  void define_variable();
  void define_double_variable();
  void define_constant();
  void define_array();
  void define_table();
  void frame_header();
  void frame_trailer();
  Name* take_name(const Token& token);
  void name_datum(const Token& token);
  void consume_constant(const Token& token);
  void consume_array(const Token& token);
  void consume_table(const Token& token);
  void close_table();
  void consume_header(const Token& token);
  void consume_trailer(const Token& token);
  std::byte* reserve_data(std::uint32_t bytes);

  vm::Machine* machine_ = nullptr;
  vm::Frame* frame_ = nullptr;
  CompileOptions options_;
  Lexer lexer_;
  Dictionary& dictionary_;
  Emitter emitter_;
  CompileError error_ = CompileError::none;
  Position error_position_;
  Position position_;  // of the token in work
  Expect expect_ = Expect::word;
  bool first_token_ = true;
  bool complete_ = false;
  bool open_ = false;  // a frame is in work

  Control* controls_;
  std::uint32_t depth_ = 0;       // open structures
  std::uint32_t departures_ = 0;  // places so far at which a way leaves the structure it is in
  int number_before_ = -1;        // the token before was this number, if not negative
  int last_number_ = -1;          // the token in work is
  Definition definition_;
  WordInWork main_;  // while a definition is in work
  Patch gap_;        // the jump over definitions and constants
  std::uint32_t gap_end_ = 0;
  Patch definition_gap_;  // the one over the definition in work

  // The array, table, header or trailer in work.
  std::uint32_t elements_ = 0;
  std::uint32_t array_at_ = 0;
  ml::ElementType table_type_ = ml::ElementType::int8;
  Name* name_in_work_ = nullptr;  // of the constant or the table
  std::uint32_t header_line_ = 0;
  std::uint32_t code_wanted_ = 0, data_wanted_ = 0;
  std::uint32_t bytes_before_trailer_ = 0, crc_before_trailer_ = 0;
};

}  // namespace mica::inline MICA_PROFILE::jit
