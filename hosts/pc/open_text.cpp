#include "hosts/pc/open_text.hpp"

#include <algorithm>
#include <array>

namespace mica::pc {
namespace {

// No program can give these another meaning, but for `repeat` in the dialect rexa16. Then the depth is too small and
// the compiler is asked too often, which is as right.
constexpr std::array<std::string_view, 5> opening_words = {":", ":*", "if", "begin", "do"};
constexpr std::array<std::string_view, 7> closing_words = {";", "endif", "until", "again", "repeat", "loop", "+loop"};
constexpr std::array<std::string_view, 2> dividing_words = {"else", "while"};

template <class Words>
bool contains(const Words& words, std::string_view word) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

}  // namespace

// What a profile lacks a program may use as a name.
OpenText::OpenText(const Reference& reference)
    : reads_texts_(reference.find(".\"") != nullptr && reference.find("s\"") != nullptr) {
  for (const std::string_view word : opening_words)
    if (reference.find(word) != nullptr) opening_words_.push_back(word);
}

void OpenText::begin() {
  scanner_ = {};
  waits_ = Waits::for_anything;
}

void OpenText::add(std::string_view line) {
  for (const std::string& token : scanner_.feed(line)) {
    has_token_ = true;
    has_brace_ = has_brace_ || token == "}" || token == "\"";  // the end of a list or of a packed text
    if (contains(opening_words_, token)) ++depth_;
    if (contains(closing_words, token)) --depth_;
    if (depth_ == 0 && waits_ == Waits::for_structure) waits_ = Waits::for_anything;
  }
}

bool OpenText::may_be_closed() const {
  if (!reads_texts_) return true;
  if (scanner_.is_inside()) return false;
  switch (waits_) {
    case Waits::for_anything: return true;
    case Waits::for_token: return has_token_;
    case Waits::for_structure: return false;
    case Waits::for_brace: return has_brace_;
  }
  return true;
}

void OpenText::goes_on(std::string_view error, std::string_view word) {
  depth_ = 1;
  has_token_ = has_brace_ = false;
  const bool is_known = contains(opening_words_, word) || contains(dividing_words, word);
  waits_ = Waits::for_anything;
  if (error == "unclosed_structure" && is_known) waits_ = Waits::for_structure;
  if (error == "value_expected") waits_ = Waits::for_brace;
  if (error == "name_expected") waits_ = Waits::for_token;
}

}  // namespace mica::pc
