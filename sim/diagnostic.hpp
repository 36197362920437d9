// Messages about a place in a text, as compilers print them.
#pragma once

#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>

namespace mica::sim {

struct Place {
  std::uint32_t line = 0;  // from 1; 0: unknown
  std::uint32_t column = 0;
};

// A text and the name that messages give it.
struct Source {
  std::string file;
  std::string text;
};

// Says all by itself: its what() is a diagnostic.
struct SourceError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

// "FILE:LINE:COLUMN: error: SENTENCE [NAME]" and a line feed; below it the line of the text with a mark under the word
// that begins at the place, where there is one. "FILE: error: ..." where the line is not known.
std::string diagnostic(const Source& source, Place place, std::string_view sentence, std::string_view name);

// The word that begins at a place, as far as the text is there; empty when there is none.
std::string_view word_at(const Source& source, Place place);

}  // namespace mica::sim
