// Text -> code of a frame, in one pass, while the text arrives.
//
// The walk of a token: lexer -> consume_token -> (a word of the instruction set, a name, a number) -> emitter.
#pragma once

#include <cstdint>
#include <string_view>

#include "core/words.hpp"
#include "jit/constants.hpp"
#include "jit/dictionary.hpp"
#include "jit/emitter.hpp"
#include "jit/engine.hpp"
#include "jit/errors.hpp"
#include "jit/in_work.hpp"
#include "jit/lexer.hpp"
#include "jit/numbers.hpp"
#include "vm/machine.hpp"
#include "vm/unloading.hpp"

namespace mica::inline MICA_PROFILE::jit {

enum class Structure : std::uint8_t { if_part, else_part, loop, while_part, counted_loop, try_part, catch_part };

// An open structure.
struct Control {
  Position opened;
  std::uint32_t departures = 0;  // if: before it
  Flow flow;   // if: of the way around the first part; else: at its end; loops: at the head; while: of the way out
  Patch jump;  // if: over the first part; else: over the second; while: out of the loop
  // A try is like an if that jumps when something is raised.
  std::uint16_t head = 0;    // loops: where they begin; try: `try_` before it
  std::uint16_t leaves = 0;  // operand of the last leave; each holds the distance to the one before
  Small loop_floor;          // loops: of the flow before the head
  Extent outside;            // loops: extent of what lies before the head
  Extent body;               // loops: extent of the body, once it is put aside
  Flow leave_flow;
  Structure kind = Structure::if_part;
  bool certain = true;  // if: what follows it is certain, unless a part departs
  bool body_known = false;
  bool left = false;
  bool leaves_differ = false;
};

// Where the innermost `try` stands whose first part is in work, counted from 1 among the open structures; 0: none.
struct OpenTry {
  std::uint8_t place = 0;
  void set(std::uint32_t to) { place = static_cast<std::uint8_t>(to); }
};
struct NoTry {
  static constexpr std::uint8_t place = 0;
  void set(std::uint32_t) {}
};
using InnermostTry = std::conditional_t<vm::has_exceptions, OpenTry, NoTry>;

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
  // begin() and after finish() there is nothing to feed: no_frame. feed() leaves `text` at what it did not consume; it
  // and finish() do a bounded amount of work and are to be called again while the status says busy. Holes that frames
  // have left are closed first: a text gets all the memory that is free, and finds all frames in their places.
  CompileStatus begin(vm::Machine& machine, const CompileOptions& options);
  // Before begin(): the text is that of a frame which was in this slot, and goes on from where it was.
  void resume(std::uint8_t slot, const WatchedPlaces& maps);
  CompileStatus feed(std::string_view& text);
  CompileStatus finish();

  // Gives up the frame in work, if there is one.
  void abandon() { fail(CompileError::no_frame); }

  // Is the text one more of an open frame?
  bool extends() const { return options_.extends != CompileOptions::no_frame; }
  // Does it take the place of a loaded one?
  bool replaces() const { return vm::has_moves && options_.replaces != CompileOptions::no_frame && !extends(); }

  // The frame in work or just closed.
  std::uint8_t frame() const { return slot_; }
  // There is a text in work.
  bool is_open() const { return open_; }

 private:
  static constexpr int reach_any = -(1 << 20);  // no stack is so deep
  static constexpr std::uint32_t piece_of_work = vm::piece_of_work;
  static constexpr unsigned names_at_once = piece_of_work / sizeof(Name);

  // Work that grows with the size of what was declared: of one kind at a time, done piece by piece in the calls that
  // follow, before the next token.
  enum class WorkLeft : std::uint8_t {
    none,
    opening,  // a frame for the text
    names,    // of the frame that the text extends are to be read
    imports,  // a name of another frame is to be found
    leaves,   // lead to the end of their loop
    needs,    // go into the block checks of a word
    zeros,    // of an array
    text,     // is to be put on the stack
    exports,  // are to be marked
    gaps,     // of the frame are to be closed
    test,     // of the frame by itself
  };

  // What is to be ended next, once the last of the text has come.
  enum class Ending : std::uint8_t { token, program, constants, test, frame };

  // What is needed of the options once the text has begun.
  struct Options {
    bool fuse : 1 = true;
    bool needs_trailer : 1 = false;
    bool keep_open : 1 = false;
    std::uint8_t extends = CompileOptions::no_frame;
    std::uint8_t replaces = CompileOptions::no_frame;
    std::uint32_t first_line = 1;
  };
  // Can texts have headers?
  static constexpr bool has_headers = core::CompileAction::frame_header != core::CompileAction::absent;

  // What the next token is taken for.
  enum class Expect : std::uint8_t {
    word,
    definition_name,
    variable_name,
    double_variable_name,
    constant_name,
    constant_value,
    array_name,
    table_name,
    channel_name,
    semaphore_name,
    waitable_size,
    view_name,
    view_array,
    view_first,
    view_count,
    block_field,
    block_value,
    block_array,
    table_type,
    table_content,
    array_size,
    array_element,
    packed_size,
    packed_text,
    preset_address,
    preset_opening,
    preset_first,
    preset_next,
    printed_text,
    pushed_text,
    token_name,
    frame_name,
    frame_version,
    header_key,
    header_code,
    header_data,
    header_constants,
    header_stack,
    header_tasks,
    header_priority,
    header_needs,
    header_imports,
    header_exports,
    header_test,
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
    bool may_end = false;  // the task, itself or in a word that it calls
    bool recursive = false;
    bool unverified = false;  // called itself while its depth was still known
    int reach = 0;            // lowest depth that some way may come to, from that at the entry; reach_any: any
    int loop_reach = 0;       // of the loop stack
    bool returned = false;    // some way ends at `return_depth`
    bool returns_differ = false;
    int return_depth = 0;
    int return_loops = 0;
    bool assumed = false;  // a recursive call relied on `assumed_change`
    int assumed_change = 0;
    bool needs_to_fill_in = false;
  };

  // frame_in_work.cpp
  void claim_replaced();
  bool open();
  CompileError open_frame();
  CompileError extend_frame();
  void end_next();
  void end_frame();
  void end_constants();
  void begin_test();
  bool has_tested();
  bool has_gone_on(std::uint32_t ticks);
  void end_last();
  void give_up();
  void give_back();

  // compiler.cpp
  bool has_caught_up();
  bool do_piece_of_work();
  CompileStatus status();
  void fail(CompileError error);
  void fail_with_emitter();
  void fail_at(CompileError error, Position position);
  void fail_if_cut_short();
  void run(Scan scan);
  void consume_token(const Token& token);
  void consume_quoted(Scan scan);
  void consume_word(const Token& token);
  void act(core::CompileAction action);
  void emit_instruction(core::Op op);
  // A number, or a constant, where the text must have one.
  Number value_of(const Token& token, bool as_float = false);
  // Is it a number that the profile cannot have? Says so.
  bool is_refused(const Number& number) {
    if (number.kind < NumberKind::out_of_range) return false;
    fail(number.kind == NumberKind::no_floats ? CompileError::floats_missing : CompileError::number_out_of_range);
    return true;
  }
  void note_number(std::int64_t value);
  void emit_number(std::int64_t value);
  void emit_double(std::int64_t value);
  void call(Name& name);
  void execute();
  void call_itself();
  bool enough(int in, int loop_in);
  bool enough_data(int in);
  bool enough_loops(int in);
  bool checks_while_running() const;
  void emit_call(std::uint32_t header, const WordEffect& effect, bool verified);
  void new_epoch(CompileError unless_allowed);
  bool inside_loop() const;
  Extent put_bodies_aside();
  bool defining() const { return definition_.name != nullptr; }
  // Cells that are sure to be there at the begin of the code in work.
  int cells_given() const { return defining() ? definition_.in : cells_before_; }
  bool at_top_level() const { return !defining(); }
  bool at_top() const { return at_top_level() && depth_ == 0; }
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
  void map_array();
  void begin_do();
  void end_do();
  void end_do_by();
  void end_counted_loop(core::Op next, int in, int ticks);
  void leave_loop();
  Control* loop_to_leave();
  void drop_loop_cells();
  void dup_unless_zero();
  void end_parts(Control& control);
  Control* open(Structure kind);
  Control* top(Structure kind, Structure or_kind);
  void join(const Flow& other, CompileError unless_allowed);
  bool same_loop_stack(const Flow& other);
  void open_body(Control& control);
  void close_body(const Control& control);
  bool repeats_as_it_began(const Control& control) const;
  Extent body_of(const Control& control) const;
  void note_sure_loops();
  void check_again(const Control& control, int ticks);
  void go_back_with_check(const Control& control, Patch again);
  void end_body(Control& control, bool balanced);
  void arrive_as_leaves_do(const Control& control, const Patch& way, Flow& out);
  void land_leaves(Control& control);

  // exceptions.cpp
  void begin_try();
  void begin_catch();
  void end_try();
  void throw_code();
  bool inside_try() const { return vm::has_exceptions && try_.place != 0; }
  bool keeps_cells(int in) { return !inside_try() || takes_cells_of_try(in); }
  bool keeps_loop_cells(int taken) { return !inside_try() || takes_loop_cells_of_try(taken); }
  bool stays_in_try(const Control* outermost) { return !inside_try() || goes_inside_try(outermost); }
  bool takes_cells_of_try(int in);
  bool takes_loop_cells_of_try(int taken);
  bool goes_inside_try(const Control* outermost);

  // definitions.cpp
  void begin_definition();
  void name_definition(const Token& token);
  void declare_effect();
  void end_definition();
  void take_token();
  void push_token(const Token& token);
  void describe_token(const Name& name);
  void return_early();
  void end_program();
  void note_end(bool may_end);
  void note_reach(int depth, int loops);
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
  Name* take_name(const Token& token, NameKind kind);
  std::byte* reserve_data(std::uint32_t bytes);
  std::uint32_t next_address() const;
  void preset_data();
  void take_preset_address(const Token& token);
  void preset_cell(const Token& token);
  void name_variable(const Token& token);
  void name_constant(const Token& token);
  void set_constant(const Token& token);

  // arrays.cpp
  void name_array(const Token& token);
  void begin_array(const Token& token);
  bool place_array();
  void zero_array(const Token& token);
  void add_element(const Token& token);
  bool put_bytes(const void* bytes, std::uint32_t size);
  void close_array();
  void end_field_literal();
  void begin_packed(const Token& token);
  void add_packed(std::string_view piece);
  bool put_packed();
  void end_packed();

  void define_view();
  void take_view_token(const Token& token);
  void begin_view(const Name* base);
  void end_view(std::uint32_t count);

  // blocks.cpp
  BlockInWork& block() { return block_.get(); }  // only where the profile has blocks
  void begin_block(const core::Block& one);
  void take_block_token(const Token& token);
  void begin_field(const Token& token);
  void set_field_value(std::int32_t value);
  void take_field_value(const Token& token);
  void take_field_array(const Token& token);
  void find_field_array(const Token& token);
  std::uint32_t region_of_cells(const Name& name);
  void take_field_region(std::uint32_t index);
  static bool accepts(const core::BlockField& field, ml::ElementType type);
  void open_field_literal(const Token& token);
  void end_block();
  void check_block();
  void refuse_field(unsigned field, CompileError error, std::uint64_t number);
  const vm::Region& region_of(Cell array) const;
  bool lie_apart(Cell one, Cell other, bool or_same) const;

  // channels.cpp
  void define_channel();
  void define_semaphore();
  void name_waitable(const Token& token);
  void size_waitable(const Token& token);

  // strings.cpp
  void print_text();
  void push_text();
  void begin_text(Expect what);
  void add_text(std::string_view piece);
  void add_character(char character);
  void emit_text();
  void end_text();
  void keep_character(char character);
  bool push_cells(unsigned cells);

  // host_names.cpp
  std::uint32_t place_at_host(std::string_view name) const;
  bool take_from_host(const Token& token);
  bool push_host_token(const Token& token);
  Name* name_host_array(const Token& token, std::uint32_t index);
  const Name* array_of_host(const Token& token);
  void call_host(std::uint32_t index);

  // imports.cpp
  void begin_import(const Token& token);
  bool find_import(unsigned names);
  std::uint8_t frame_below(std::uint8_t slot) const;
  bool is_wanted(const vm::Frame& frame, const Name& name) const;
  void import_name(const Name& name, std::uint8_t frame);
  void import_word(Name& mine, const Name& name, std::uint8_t frame);
  bool import_array(Name& mine, const Name& name, std::uint8_t frame);

  // frame_text.cpp
  void frame_header();
  void consume_header(const Token& token);
  void note_header(const Token& token, NameKind kind, Expect next);
  void begin_header_key(std::string_view key);
  void set_header_size(std::string_view text);
  bool mark_exports(unsigned names);
  void mark_export(Name* name);
  void note_test(const Name* word);
  void fail_in_header(CompileError error) { fail_at(error, {header_line_, vm::name_at(*frame_, next_name_).value}); }
  void frame_trailer();
  void consume_trailer(const Token& token);

  vm::Machine* machine_ = nullptr;
  vm::Frame* frame_ = nullptr;  // in work: the machine's, or for a line this one:
  vm::Frame extended_;    // the open frame with what the line adds to it, which no task finds before the line has ended
  int cells_before_ = 0;  // that its task has left on the stack
  Options options_;
  Lexer lexer_;
  Dictionary& dictionary_;
  Constants constants_;
  Emitter emitter_;
  Position error_position_;
  std::uint32_t unread_ = 0;           // bytes of quoted text that the lexer has passed and nothing was made of yet
  Position position_;                  // of the token in work
  // What takes one byte lies together.
  std::uint8_t slot_ = 0;            // of the frame in work
  std::uint8_t resumed_ = vm::none;  // the slot of the frame that the text makes anew; none: any
  CompileError error_ = CompileError::none;
  WorkLeft work_left_ = WorkLeft::none;
  Expect expect_ = Expect::word;
  bool first_token_ : 1 = true;
  bool complete_ : 1 = false;
  bool open_ : 1 = false;  // a text is in work
  Ending ending_ = Ending::token;
  std::uint8_t import_frame_ = 0;  // whose names are looked at
  [[no_unique_address]] InnermostTry try_;

  Control* controls_;
  std::uint32_t depth_ = 0;       // open structures
  std::uint32_t departures_ = 0;  // places so far at which a way leaves the structure it is in
  int number_before_ = -1;        // the token before was this number, if not negative
  int last_number_ = -1;          // the token in work is
  Definition definition_;
  WordInWork main_;  // while a definition is in work
  Patch gap_;        // the jump over definitions
  std::uint32_t gap_end_ = 0;
  Patch definition_gap_;  // the one over the definition in work

  // What is declared just now.
  Name* datum_ = nullptr;     // the constant that has no value yet
  std::uint32_t preset_ = 0;  // address of the next cell that is preset
  ArrayInWork array_;
  TextInWork text_;
  [[no_unique_address]] KeptBlock<has_blocks> block_;
  std::uint32_t header_line_ = 0;
  vm::Wishes wishes_;
  std::uint32_t bytes_before_trailer_ = 0, crc_before_trailer_ = 0;

  std::byte* zeros_ = nullptr;
  std::uint32_t zeros_left_ = 0;
  Chain leaves_;
  Needs needs_;
  std::uint32_t next_name_ = 0;  // to be looked at, for imports and exports: its distance from the end of the names
  vm::Closing closing_;
  // The word by which the frame tests itself, as a distance from the end of the names; 0: none.
  [[no_unique_address]] Kept<has_headers, std::uint32_t, 1> test_;
  [[no_unique_address]] Kept<has_blocks, std::uint32_t, 6> number_in_error_;  // that belongs to the error
  [[no_unique_address]] Kept<has_headers, std::uint32_t, 2> test_column_;
  [[no_unique_address]] Kept<has_headers, std::uint32_t, 3> test_ticks_max_;
  [[no_unique_address]] Kept<has_headers, std::uint32_t, 4> test_ticks_;   // when it was looked at last
  [[no_unique_address]] Kept<has_headers, std::uint32_t, 5> test_stalls_;  // how often it had none since
};

}  // namespace mica::inline MICA_PROFILE::jit
