#include "examples.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <sstream>

namespace mica::codegen {
namespace {

constexpr std::size_t explaining_max = 3;

// Inputs and outputs become a program that prints what is left, top first.
std::string program_of(const Example& example, const std::string& word) {
  if (!example.text.empty()) return example.text;
  std::string text;
  for (const std::int64_t cell : example.in) text += fmt::format("{} ", cell);
  text += word;
  if (example.out)
    for (std::size_t k = 0; k < example.out->size(); ++k) text += " .";
  return text;
}

// Does the program use a word that other profiles have and this one lacks?
bool uses_absent_word(const Model& model, const std::string& program) {
  const auto has = [](const auto& list, const std::string& word) {
    return std::any_of(list.begin(), list.end(), [&](const auto& one) { return one.word == word; });
  };
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

std::string expected(const Example& example) {
  if (!example.out) return example.output;
  std::string text;
  for (auto cell = example.out->rbegin(); cell != example.out->rend(); ++cell) text += fmt::format("{} ", *cell);
  return text;
}

}  // namespace

std::vector<Sample> samples_of(const std::string& word, const std::vector<Example>& tests, const Model& model) {
  std::vector<Sample> samples;
  for (const Example& example : tests) {
    if (!applies(example, model.profile)) continue;
    const std::string program = program_of(example, word);
    if (!uses_absent_word(model, program)) samples.push_back({program, expected(example), example.trap});
  }
  return samples;
}

std::vector<Sample> explaining_samples(const std::string& word, const std::vector<Example>& tests, const Model& model) {
  std::vector<Sample> samples = samples_of(word, tests, model);
  samples.resize(std::min(samples.size(), explaining_max));
  return samples;
}

}  // namespace mica::codegen
