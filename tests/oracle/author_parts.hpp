// What a program is made of while it is written: storage, words, places, and what is planned.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace mica::oracle {

// A variable, an array of cells, a writable array behind a handle or a table; both of these also with floats.
struct Storage {
  enum class Kind { variable, array, typed, table, floats, float_table } kind;
  std::string name;
  std::int64_t address;   // or the handle
  unsigned length;        // elements; 1 for a variable
  bool private_ = false;  // only its owner stores to it: loop counters, arrays that hold lengths
  bool hidden = false;    // its name has got another meaning
  bool spare = false;     // a loop counter that no loop has taken yet
  unsigned bits = 0;      // of an element, where a layer can use it
  bool numbered = false;  // an array of cells that a field has named
};

struct Constant {
  std::string name;
  std::optional<std::int64_t> value;  // none: a float
};

// What a call may cost at most. A word that recurs has one of these for each value of its small argument.
struct Price {
  std::uint64_t ticks = 0;
  unsigned peak = 0;  // cells in use, its arguments included
  unsigned levels = 1;
  unsigned tries = 0;  // that are open at the same time
};

struct Word {
  std::string name;
  unsigned takes = 0;
  unsigned leaves = 0;  // at least
  unsigned more = 0;    // and at most so many above that
  Price price;
  bool needs_loop = false;    // uses `i` of its caller
  std::vector<Price> grades;  // not empty: the top argument is a number from first_grade on
  unsigned first_grade = 0;
  bool ends = false;     // ends the program
  bool raises = false;   // something, which is not caught in it
  std::string token_of;  // not empty: takes the token of this word on top
  bool hidden = false;
};

// The text that is being written belongs to one frame: the top level or a word.
struct Frame {
  bool is_word = false;
  unsigned leaves = 0;  // cells a return leaves
  unsigned cells_max = 0;
  unsigned levels_max = 6;
  unsigned tries_max = 2;
  std::uint64_t ticks_max = 0;
  bool callers_loop = false;  // `i` of the caller may be used
  // What it has come to so far:
  unsigned peak = 0;
  unsigned levels = 0;
  unsigned tries = 0;
  std::uint64_t ticks = 0;
  unsigned more = 0;  // cells above `leaves` that some way out may leave
  bool needs_loop = false;
};

// The place in the frame where the next word goes.
struct Scope {
  unsigned base = 0;   // cells of this frame that the text here leaves alone
  unsigned depth = 0;  // cells it may take
  unsigned more = 0;   // cells that may lie there besides, in unbalanced programs
  unsigned nest = 0;
  std::uint64_t times = 1;      // how often this place is reached at most
  std::vector<unsigned> loops;  // base + depth at the begin of the body of each open do loop
  bool dead = false;            // no word can get here
  bool steady = false;          // text below relies on the exact depth, even in unbalanced programs
  bool closed = false;          // no return from here: the cells of the frame are not on the account
  unsigned tries = 0;           // that are open here
  unsigned fence = 0;           // as many of `loops` lie around a try and cannot be left
  bool may_raise = false;       // what is raised here is caught, or the word says so
  unsigned held = 0;            // cells on the loop stack beside those of `loops`
  unsigned all() const { return base + depth; }
  unsigned loop_cells() const { return static_cast<unsigned>(2 * loops.size()) + held; }
};

// An array operand of vecfold. It may be a stretch of a larger array that has its length in the cell below.
struct Operand {
  std::size_t storage = 0;
  unsigned bytes = 0;  // offset of element 0 in the larger array
};

// Operands that fit each other.
struct Layer {
  Operand in, weights, out, scale;
  unsigned in_length = 1;
  unsigned out_length = 1;
  // Overlapping arrays may overwrite each other's lengths: these are stored before each use, at offsets in
  // `in`.
  std::vector<std::pair<unsigned, unsigned>> lengths;
};

// An operand of a vector word: an array or a number.
struct VectorPart {
  Operand array;
  std::int64_t number = 0;
  bool is_array = false;
  bool is_token = false;
};

// A vector word with operands that fit each other.
struct VectorCall {
  std::string_view word;
  std::vector<VectorPart> parts;
  std::int64_t unit_ticks = 0;
};

// How a do loop runs.
struct Bounds {
  unsigned times;      // at most
  std::int64_t start;  // first index
  bool must_leave;     // it would run too long
  std::int64_t step = 1;
};

// A word's definition as text; SELF stands for its name, ~ for a stretch of random words.
struct Template {
  std::string_view body;
  unsigned takes;
  unsigned leaves;
  unsigned first_grade;
  unsigned cells_per_level;
  bool doubles;   // each level calls the next one twice
  bool declared;  // the own dialect needs the effect
};

}  // namespace mica::oracle
