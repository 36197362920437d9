#include "hosts/pc/hints.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <numeric>
#include <utility>

#include "hosts/pc/tokens.hpp"

namespace mica::pc {
namespace {

constexpr std::size_t shown_max = 3;
// Behind these stands a name, in every profile that has them.
constexpr std::array<std::string_view, 7> defining_words = {":", ":*", "var", "2var", "const", "array", "table"};

// Words of other Forths, and what they are called here.
constexpr std::array<std::pair<std::string_view, std::string_view>, 8> elsewhere = {{{"then", "endif"},
                                                                                     {"constant", "const"},
                                                                                     {"variable", "var"},
                                                                                     {"2variable", "2var"},
                                                                                     {"d+", "2+"},
                                                                                     {"d.", "2."},
                                                                                     {"exit", "return"},
                                                                                     {"'", "$"}}};

std::string lower(std::string_view text) {
  std::string result(text);
  for (char& character : result)
    if (character >= 'A' && character <= 'Z') character = static_cast<char>(character - 'A' + 'a');
  return result;
}

// "a", "a or b", "a, b or c"
std::string listed(const std::vector<std::string>& words, std::string_view last) {
  std::string text;
  for (std::size_t k = 0; k < words.size(); ++k) {
    if (k > 0) text += k + 1 == words.size() ? fmt::format(" {} ", last) : ", ";
    text += words[k];
  }
  return text;
}

}  // namespace

// Optimal string alignment; rows of the table are kept for the last three prefixes of `one`.
std::size_t edit_distance(std::string_view one, std::string_view other) {
  std::vector<std::size_t> before(other.size() + 1), last(other.size() + 1), row(other.size() + 1);
  std::iota(last.begin(), last.end(), std::size_t{0});
  for (std::size_t i = 1; i <= one.size(); ++i) {
    row[0] = i;
    for (std::size_t j = 1; j <= other.size(); ++j) {
      const bool same = one[i - 1] == other[j - 1];
      row[j] = std::min({last[j] + 1, row[j - 1] + 1, last[j - 1] + (same ? 0 : 1)});
      if (i > 1 && j > 1 && one[i - 1] == other[j - 2] && one[i - 2] == other[j - 1])
        row[j] = std::min(row[j], before[j - 2] + 1);
    }
    before.swap(last);
    last.swap(row);
  }
  return last[other.size()];
}

std::vector<std::string> nearest(std::string_view word, const std::vector<std::string>& candidates) {
  const std::string wanted = lower(word);
  std::size_t limit = std::max<std::size_t>(1, word.size() / 3);
  std::vector<std::string> found;
  for (const std::string& candidate : candidates) {
    const auto [shorter, longer] = std::minmax({word.size(), candidate.size()});
    if (longer - shorter > limit) continue;  // nor can the distance be less
    const std::size_t distance = edit_distance(wanted, lower(candidate));
    // A word all of whose characters differ is not near, however short it is.
    if (distance > limit || distance >= longer) continue;
    if (distance < limit) found.clear();
    limit = distance;
    if (found.size() < shown_max && std::find(found.begin(), found.end(), candidate) == found.end())
      found.push_back(candidate);
  }
  return found;
}

std::vector<std::string> defined_names(std::string_view text) {
  std::vector<std::string> names;
  bool defined = false, imported = false;
  TokenScanner scanner;
  std::vector<std::string> tokens = scanner.feed(text);
  const std::vector<std::string> last = scanner.feed("\n");
  tokens.insert(tokens.end(), last.begin(), last.end());
  for (const std::string& token : tokens) {
    if (defined) names.push_back(token);
    if (imported) names.push_back(token.substr(token.find('.') + 1));  // FRAME.NAME
    const bool is_name = defined || imported;
    defined = !is_name && std::find(defining_words.begin(), defining_words.end(), token) != defining_words.end();
    imported = !is_name && token == "imports";
  }
  return names;
}

static std::string did_you_mean(std::string_view word, const std::vector<std::string>& candidates) {
  const std::vector<std::string> near = nearest(word, candidates);
  return near.empty() ? "" : "did you mean " + listed(near, "or") + "?";
}

std::string hint_for_key(std::string_view word) {
  return did_you_mean(
      word, {"code", "data", "constants", "stack", "tasks", "priority", "needs", "imports", "exports", "selftest"});
}

std::string hint_for(const Reference& reference, std::string_view word, const std::vector<std::string>& names) {
  std::vector<std::string> candidates = names, profiles;
  for (const WordGroup& group : reference.groups)
    for (const WordEntry& entry : group.words) candidates.emplace_back(entry.word);
  for (const Reference& other : references())
    if (other.find(word)) profiles.emplace_back(other.profile);
  for (const auto& [theirs, ours] : elsewhere)
    if (lower(word) == theirs && std::find(candidates.begin(), candidates.end(), ours) != candidates.end())
      return fmt::format("here it is called {}", ours);
  const std::string hint = did_you_mean(word, candidates);
  if (profiles.empty()) return hint;
  return fmt::format("{}{}the profile{} {} {} it", hint, hint.empty() ? "" : " ", profiles.size() == 1 ? "" : "s",
                     listed(profiles, "and"), profiles.size() == 1 ? "has" : "have");
}

}  // namespace mica::pc
