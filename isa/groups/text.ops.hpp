// Snippets of the group "text"; the interface of each is its entry in text.json.
#include "core/snippet_signatures.hpp"

OP(print_text) {  // ( -- )
  WRITE_TEXT(characters);
}

OP_BEGIN(print_string) {  // ( n -- )
  if (n < 0) TRAP(invalid_argument);
  progress.cells = cells_for(index_of(n));
  NEED_CELLS(progress.cells);
}

OP_UNIT(print_string) {
  NEED_CELLS(progress.cells);
  const std::uint32_t run = smaller_of(4, rest_of(progress.cells, progress.index));
  for (std::uint32_t k = 0; k < run; ++k) {
    const std::uint32_t characters = smaller_of(cell_bytes, index_of(n) - (progress.index + k) * cell_bytes);
    for (std::uint32_t c = 0; c < characters; ++c)
      WRITE_CHARACTER(character_of(CELL_BELOW(progress.index + k), c));
  }
  progress.index += run;
  if (progress.index == progress.cells) {
    if (is_rexa16() && n % 2 == 0) WRITE_CHARACTER(' ');
    DROP_CELLS(progress.cells);
    DONE();
  }
}

OP_BEGIN(store_string) {  // ( n addr -- )
  if (n < 0) TRAP(invalid_argument);
  progress.cells = cells_for(index_of(n));
  NEED_CELLS(progress.cells);
  CELLS_AT(addr, progress.cells + 1);
  STORE(addr, n);
}

OP_UNIT(store_string) {
  NEED_CELLS(progress.cells);
  const std::uint32_t run = smaller_of(4, rest_of(progress.cells, progress.index));
  for (std::uint32_t k = 0; k < run; ++k)
    STORE(wrapping(unsign(addr) + (progress.index + k + 1) * cell_bytes), CELL_BELOW(progress.index + k));
  progress.index += run;
  if (progress.index == progress.cells) {
    DROP_CELLS(progress.cells);
    DONE();
  }
}

OP_BEGIN(fetch_string) {  // ( addr -- )
  Cell length;
  LOAD(length, addr);
  if (length < 0) TRAP(invalid_argument);
  progress.cells = cells_for(index_of(length));
  CELLS_AT(addr, progress.cells + 1);
  ROOM_FOR_CELLS(progress.cells);
}

// The last cell of the text goes deepest.
OP_UNIT(fetch_string) {
  ROOM_FOR_CELLS(progress.cells);
  const std::uint32_t run = smaller_of(4, rest_of(progress.cells, progress.placed));
  for (std::uint32_t k = 0; k < run; ++k) {
    Cell cell;
    LOAD(cell, wrapping(unsign(addr) + (progress.cells - progress.placed - k) * cell_bytes));
    PLACE_CELL(progress.placed + k, cell);
  }
  progress.placed += run;
  if (progress.placed == progress.cells) {
    Cell length;
    LOAD(length, addr);
    RAISE_CELLS(progress.cells, length);
    DONE();
  }
}
