// A frame -> text that the compiler makes the same frame of: identical code, data, constants and regions. The code
// holds the structures as the compiler has laid them out, the names say what was declared and where.
//
// Data are printed as they are now: those of a frame that has run are not those that it began with.
#pragma once

#include <cstdint>
#include <string_view>

#include "jit/code_reader.hpp"
#include "jit/in_work.hpp"
#include "jit/text_writer.hpp"
#include "vm/host.hpp"
#include "vm/name.hpp"

namespace mica::inline MICA_PROFILE::jit {

using vm::Name;
using vm::NameKind;

std::string_view name_of(ml::ElementType type);

// Walks along the code once. What stands at a place comes in this order: ends of structures, names, begins of loops,
// the instruction.
class Decompiler {
 public:
  Decompiler(const vm::Frame& frame, const Host& host, const TextSink& sink)
      : frame_(frame), host_(host), out_(sink, core::rexa16) {}

  // Empty, or why the rest of the text is missing.
  std::string_view run();

 private:
  enum class Kind : std::uint8_t { if_part, else_part, loop, while_part, counted_loop, try_part, catch_part };

  // An open structure.
  struct Open {
    Kind kind = Kind::if_part;
    bool ended = false;  // counted loop: its last word is printed
    std::uint32_t target =
        0;  // if, else, while, try, catch: where it ends; loop: its head; counted loop: behind it, 0: unknown
  };

  void fail(std::string_view error) {
    if (error_.empty()) error_ = error;
  }

  // decompiler.cpp
  void begin_code();
  void step();
  bool at_word_end() const { return word_ != nullptr && at_ == end_; }
  bool take_name();
  const Name* unreached_token() const;
  bool unreached_comes() const;
  bool take_unreached();
  bool take_gap();
  void begin_word();
  void end_word();
  void look_at_word();
  bool may_end(const Part& part) const;
  void instruction();
  void plain(const Part& part, CodeReader& reader);
  void literal(const Part& part, CodeReader reader);
  void call(const Part& part);
  void text(const Part& part);
  void end_of_way(const Part& part);
  std::uint32_t limit() const { return word_ != nullptr ? end_ : next_header_; }

  // decompile_structures.cpp
  bool structure(const Part& part, CodeReader& reader);
  void branch(const Part& part);
  void branch_if_zero(const Part& part, CodeReader& reader);
  bool is_until(const Part& part, CodeReader reader, std::uint32_t& end, std::uint32_t& head) const;
  bool is_while(const Part& part, CodeReader reader) const;
  void end_loop(const Part& part);
  void next_iteration(const Part& part, CodeReader& reader);
  void drop_loop();
  void leave_try(const Part& part);
  void map_array(CodeReader& reader);
  void begin_loops();
  unsigned loops_that_begin_here();
  void close_branches();
  void close_loops_without_end();
  void close_dead_loops();
  bool leads_out_of_loop(std::uint32_t target) const;
  void push(Kind kind, std::uint32_t target);
  void pop();
  Open* top() { return depth_ > 0 ? &open_[depth_ - 1] : nullptr; }
  Open* innermost_counted_loop();

  // decompile_blocks.cpp
  void block(const core::Block& block, const Part& part);
  void block_arrays(const core::Block& block, const std::int32_t* values);
  void block_array(const core::BlockField& field, std::uint32_t index);
  void block_values(const core::BlockField& field, const std::int32_t* values);
  const Name* host_array_named_here(std::uint32_t index);
  bool block_comes() const;
  void view(const Name& name);

  // decompile_data.cpp
  void header();
  void declare(const Name& name);
  void variable(const Name& name);
  void array_of_cells(const Name& name);
  void typed_array(const Name& name);
  void constants(const vm::Region& region);
  void listed_or_packed(const std::byte* from, const vm::Region& region);
  void real(std::uint32_t bits);
  void waitable(const Name& name);
  void elements(const std::byte* from, std::uint32_t count, ml::ElementType type);
  void packed(const std::byte* from, std::uint32_t bytes);
  void begin_preset();
  void preset(std::uint32_t from, std::uint32_t end);
  void preset_unless_zero(std::uint32_t from, std::uint32_t end);
  bool is_imported(const Name& name) const;
  bool is_of_host(const Name& name) const;
  std::uint32_t data_begin(const Name& name) const;
  std::uint32_t next_data(const Name& name) const;
  const Name* newer(const Name* name) const;
  const Name* next_word(const Name* name) const;
  const Name* resolve(std::string_view text) const;
  const Name* word_at(std::uint32_t header) const;
  const Name* datum_behind(std::int32_t literal, bool is_address) const;

  const vm::Frame& frame_;
  const Host& host_;
  TextWriter out_;
  std::string_view error_;

  std::uint32_t at_ = 0;
  const Name* last_ = nullptr;        // the newest name that is printed
  const Name* name_ = nullptr;        // the next
  std::uint32_t next_header_ = 0;     // where the next definition lies, or the end of the code
  const Name* word_ = nullptr;        // the definition in work
  std::uint32_t end_ = 0;             // behind it
  std::uint32_t crossings_ = 0;       // words that are imported
  std::uint32_t gap_end_ = 0;         // where the code goes on behind definitions
  bool charged_end_is_word_ = false;  // no `return` is needed at the end of the definition
  std::uint32_t tokens_ = 0;          // that are printed
  bool dead_ = false;                 // nothing comes here but what jumps
  bool main_dead_ = false;            // of the program, while a definition is in work
  std::uint32_t names_to_come_ = 0;   // literals that the name of a host's array stands for
  std::uint32_t data_end_ = 0;        // behind what is declared
  std::uint32_t next_head_ = 0;       // of a loop, from `at_` on
  std::uint32_t heads_known_to_ = 0;

  std::uint32_t depth_ = 0;
  Open open_[core::limits::control_depth];
};

}  // namespace mica::inline MICA_PROFILE::jit
