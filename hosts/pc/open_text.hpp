// When a text that goes on from line to line may be at its end. Asking the compiler means to give it the whole text
// again, so it is asked only when the last lines have what could close the text.
#pragma once

#include <string_view>
#include <vector>

#include "hosts/pc/references.hpp"
#include "hosts/pc/tokens.hpp"

namespace mica::pc {

class OpenText {
 public:
  explicit OpenText(const Reference& reference);

  void begin();
  void add(std::string_view line);
  // False: the compiler, if it were asked, would say that the text goes on.
  bool may_be_closed() const;
  // What it said: why the text goes on, and the word that stands where it says so.
  void goes_on(std::string_view error, std::string_view word);

 private:
  // What the text waits for.
  enum class Waits { for_anything, for_token, for_structure, for_brace };

  const bool reads_texts_;                       // as the scanner does
  std::vector<std::string_view> opening_words_;  // of the profile
  TokenScanner scanner_;
  Waits waits_ = Waits::for_anything;
  int depth_ = 0;           // structures that are open, from the one that the compiler has named on
  bool has_token_ = false;  // since it was asked
  bool has_brace_ = false;
};

}  // namespace mica::pc
