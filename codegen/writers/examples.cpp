#include "examples.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <sstream>

namespace mica::codegen {
namespace {

constexpr std::size_t explaining_max = 3;

bool has(const auto& list, const std::string& word) {
  return std::any_of(list.begin(), list.end(), [&](const auto& one) { return one.word == word; });
}

// Inputs and outputs become a program that prints what is left, top first, if the profile has a word for that.
std::string program_of(const Example& example, const std::string& word, bool prints) {
  if (!example.text.empty()) return example.text;
  std::string text;
  for (const std::int64_t cell : example.in) text += fmt::format("{} ", cell);
  text += word;
  if (example.out && prints)
    for (std::size_t k = 0; k < example.out->size(); ++k) text += " .";
  return text;
}

// Does the program use a word that other profiles have and this one lacks?
bool uses_absent_word(const Model& model, const std::string& program) {
  std::istringstream tokens(program);
  for (std::string token; tokens >> token;)
    if (!has(model.instructions, token) && !has(model.words, token) &&
        (has(model.absent, token) || has(model.absent_words, token)))
      return true;
  return false;
}

bool applies(const Example& example, const Profile& profile) {
  return (example.cell_bits == 0 || example.cell_bits == profile.cell_bits) &&
         (example.dialect.empty() || example.dialect == profile.dialect);
}

std::string cells_of(const Example& example) {
  std::string text;
  for (auto cell = example.out->rbegin(); cell != example.out->rend(); ++cell) text += fmt::format("{} ", *cell);
  return text;
}

}  // namespace

std::vector<Sample> samples_of(const std::string& word, const std::vector<Example>& tests, const Model& model) {
  std::vector<Sample> samples;
  const bool prints = has(model.instructions, ".");
  for (const Example& example : tests) {
    if (!applies(example, model.profile)) continue;
    const std::string program = program_of(example, word, prints);
    if (uses_absent_word(model, program)) continue;
    const std::string cells = example.out ? cells_of(example) : "";
    samples.push_back({program, example.out && prints ? cells : example.output, example.trap, prints ? "" : cells});
  }
  return samples;
}

std::vector<Sample> explaining_samples(const std::string& word, const std::vector<Example>& tests, const Model& model) {
  std::vector<Sample> samples = samples_of(word, tests, model);
  std::erase_if(samples, [](const Sample& one) { return !one.stack.empty(); });
  samples.resize(std::min(samples.size(), explaining_max));
  return samples;
}

}  // namespace mica::codegen
