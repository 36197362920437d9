// Programs that come near the ends of the stacks, or go beyond them.
#include <algorithm>
#include <array>

#include "tests/oracle/author.hpp"

namespace mica::oracle {

void Author::limits() {
  for (unsigned left = random_.count(1, 2); left > 0; --left) {
    const unsigned kind = random_.below(100);
    if (kind < 35) {
      deep_recursion();
    } else if (kind < 55) {
      deep_calls();
    } else if (kind < 72) {
      many_cells();
    } else if (kind < 84) {
      many_loops();
    } else if (kind < 90) {
      many_kept();
    } else {
      endless();
    }
  }
}

// Recursion with nothing, one cell or a loop kept in each call.
void Author::deep_recursion() {
  struct Shape {
    std::string_view body;
    unsigned cells;
  };
  static constexpr std::array<Shape, 5> shapes{{
      {"dup 0 > if 1 - SELF endif", 0},
      {"dup 0 > if dup 1 - SELF + endif", 1},
      {"dup 0 > if 1 0 do 1 - SELF loop endif", 2},
      {"dup 0 > if 7 swap 1 - 1 0 do 5 swap SELF + loop + endif", 4},
      {"dup 0 > if try 1 pick 1 - SELF throw 7 catch endtry + endif", 2},
  }};
  const Shape shape = settings_.rexa ? shapes[random_.below(shapes.size() - 1)] : random_.pick(shapes);
  unsigned depth =
      random_.count(settings_.call_levels - std::min(settings_.call_levels, 4U), settings_.call_levels + 2);
  if (shape.cells > 0 && random_.percent(50)) {
    const unsigned enough = settings_.stack_cells / shape.cells;
    depth = random_.count(enough - std::min(enough, 3U), enough + 3);
  }
  if (random_.percent(15)) depth *= 5;
  const Frame outer_frame = frame_;
  const Scope outer_scope = scope_;
  const std::string name = new_name();
  open_word(name, 1, 1, true);
  text(shape.body, name);
  writer_.word(";");
  frame_ = outer_frame;
  scope_ = outer_scope;
  number(depth);
  writer_.word(name);
}

// Words that call each other down a chain, each with some cells of its own.
void Author::deep_calls() {
  const unsigned levels =
      random_.count(settings_.call_levels - std::min(settings_.call_levels, 3U), settings_.call_levels + 3);
  const unsigned cells = random_.below(2 * settings_.stack_cells / settings_.call_levels + 2);
  std::string called;
  for (unsigned level = 0; level < levels; ++level) {
    const std::string name = new_name();
    writer_.word(":");
    writer_.word(name);
    writer_.plain_gap();
    for (unsigned k = 0; k < cells; ++k) writer_.number(any_number());
    writer_.word(called.empty() ? "cr" : called);
    for (unsigned k = 0; k < cells; ++k) writer_.word("drop");
    writer_.word(";");
    called = name;
  }
  writer_.word(called);
}

// Cells in a straight line up to the limit, give or take a few.
void Author::many_cells() {
  const unsigned limit = settings_.stack_cells - std::min(settings_.stack_cells, scope_.all());
  const unsigned cells = random_.count(limit - std::min(limit, 4U), limit + 4);
  for (unsigned k = 0; k < cells; ++k) number(any_number());
  const bool sum = random_.percent(50);
  for (unsigned k = 0; k < cells; ++k) op(sum && k + 1 < cells ? "+" : "drop");
}

void Author::many_loops() {
  const unsigned limit = (settings_.stack_cells - std::min(settings_.stack_cells, scope_.all())) / 2;
  const unsigned loops = random_.count(limit - std::min(limit, 3U), limit + 2);
  for (unsigned k = 0; k < loops; ++k) {
    number(1);
    number(0);
    op("do");
  }
  op("i");
  op(".");
  for (unsigned k = 0; k < loops; ++k) op("loop");
}

// Cells on the return stack up to the limit, give or take a few; calls leave less for them.
void Author::many_kept() {
  const unsigned cells =
      random_.count(settings_.call_levels - std::min(settings_.call_levels, 4U), settings_.call_levels + 3);
  number(cells);
  text("begin dup >r 1 - dup 0= until drop", "");
  account(1, 0, 8 * cells);
  if (words_.size() > 0 && random_.percent(50)) call();
  number(cells);
  text("begin r> drop 1 - dup 0= until drop", "");
  account(1, 0, 8 * cells);
}

void Author::endless() {
  static constexpr std::array<std::string_view, 3> recursions{"1 + SELF", "dup SELF drop",
                                                              "1 0 do SELF loop"};
  static constexpr std::array<std::string_view, 2> loops{"begin dup 0 until", "30000 0 do i loop"};
  const Frame outer_frame = frame_;
  const Scope outer_scope = scope_;
  const std::string name = new_name();
  const bool loop = (!settings_.rexa || settings_.allow_unbalanced) && random_.percent(40);
  open_word(name, 1, 1, true);
  text(loop ? random_.pick(loops) : random_.pick(recursions), name);
  writer_.word(";");
  frame_ = outer_frame;
  scope_ = outer_scope;
  number(1);
  writer_.word(name);
}

}  // namespace mica::oracle
