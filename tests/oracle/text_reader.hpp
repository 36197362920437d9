// The state of reading a text: what reader.cpp and reader_storage.cpp share.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tests/oracle/reader.hpp"
#include "tests/oracle/tokens.hpp"

namespace mica::oracle {

// A control structure that is not closed yet.
struct Open {
  enum class What { if_, else_, begin, while_, do_, try_, catch_ } what;
  std::size_t at;                   // position of the word that jumps forward, or the place to jump back to
  std::vector<std::size_t> leaves;  // of a do loop
};

struct Body {
  std::size_t definition;
  std::vector<Open> open;
};

struct Name {
  std::string text;
  SourceWord meaning;
  bool scalar = false;  // an array of one element of the host, in rexa16: index 0 goes in front
  bool constant = false;
  bool is_float = false;  // a constant that was given as one
  enum class What { other, cells, region } what = What::other;
};

class Reader {
 public:
  Reader(std::string_view text, const Settings& settings)
      : text_(text), settings_(settings), tokens_(text), cell_bytes_(settings.cell_bits / 8) {}

  Program read();

 private:
  bool header_or_trailer(const Token& token, bool first);
  void header();
  void trailer(std::size_t at);
  void read_token(std::string_view token);
  bool structure(std::string_view text);
  bool declaration(std::string_view token);
  void plain(Kind kind);
  void map_loop();
  void jump(Kind kind);
  void definition_start();
  void definition_end();
  void else_branch();
  void catch_part();
  void endif();
  void until_or_again(Kind kind);
  void loop(Kind kind);
  void land(const std::vector<std::size_t>& leaves);
  void leave();
  void return_from_word();
  void repeat();
  void variable(std::size_t cells);
  void constant();
  void array();
  void preset();
  void table();
  void view();
  void block(std::string_view word);
  std::vector<std::int64_t> field_values(const Field& field);
  std::size_t field_array(const Field& field);
  std::size_t named_array(std::string_view token);
  std::size_t region_number(const Name& name) const;
  std::size_t region_of_cells(std::size_t address);
  void waitable(Region::Where what);
  void fill(std::size_t address, const Region& region);
  std::vector<std::int64_t> packed(std::size_t element_bytes);
  void elements_of(Region& region, std::string_view how);
  void place(Region region, std::string name);
  void add_test();
  void header_key(Tokens& line, std::string_view key);
  void print_text();
  void push_text();
  std::string_view quoted_text();
  void token();
  bool host_token(std::string_view name);
  bool host_array(std::string_view token);
  bool take_from_host(std::string_view token);
  void use(const Name& name);
  unsigned type_bits(std::string_view type) const;
  const Name* find(std::string_view name) const;
  const Name* find_constant(std::string_view name) const;
  std::vector<std::int64_t> list(const Region& region);
  std::int64_t number_here(std::string_view token, bool floats = false) const;
  std::int64_t float_here(std::string_view token) const;
  std::string new_name();
  std::string_view required(const char* what);
  void bind(std::string name, SourceWord meaning) {
    names_.push_back({std::move(name), meaning});
    declared_.clear();
  }
  std::size_t allot(std::size_t bytes);
  std::vector<SourceWord>& words() { return program_.definitions[body_->definition].words; }
  Open& innermost(const char* complaint);
  Open take(std::initializer_list<Open::What> expected, const char* complaint);

  std::string_view text_;
  const Settings& settings_;
  Tokens tokens_;
  std::size_t cell_bytes_;
  Program program_;
  std::vector<Name> names_;
  std::string declared_;  // the name that is being declared, which hides older ones
  Body main_{0, {}};
  Body word_{0, {}};
  Body* body_ = &main_;
  bool number_here_ = false;  // the token that is read is a number
  bool number_before_ = false;
  std::vector<std::string> exports_;
  std::string test_;
};

}  // namespace mica::oracle
