// mica words: the reference of the words.
#pragma once

#include <string>
#include <string_view>

#include "hosts/pc/references.hpp"
#include "sim/node.hpp"

namespace mica::pc {

struct WordsOptions {
  std::string word;  // empty: all
  std::string profile = "node32";
};

// Returns the exit status: 0, or 1 when there is no such word.
int words(const WordsOptions& options);

// All words, by groups, with a line for each; what the host offers comes last.
std::string list_of_words(const Reference& reference);

// All about one word of the profile.
std::string description_of(const Reference& reference, std::string_view word);

// About a function or an array of the host; empty when it has none of that name.
std::string description_of_offer(const sim::Offer& offer, std::string_view name);

// That the profile does not have a word, and which may have been meant.
std::string no_such_word(const Reference& reference, const sim::Offer& offer, std::string_view word);

}  // namespace mica::pc
