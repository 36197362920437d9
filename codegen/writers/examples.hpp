// The tests of an entry as programs: vectors for machines, examples for people.
#pragma once

#include <string>
#include <vector>

#include "../model.hpp"

namespace mica::codegen {

struct Sample {
  std::string program;
  std::string output;
  std::string trap;   // empty: it ends
  std::string stack;  // the cells that it leaves, top first, where there is no `.` to print them; else empty
};

// Those that hold for the profile, in the order of the entry.
std::vector<Sample> samples_of(const std::string& word, const std::vector<Example>& tests, const Model& model);

// The first few of them, which explain a word.
std::vector<Sample> explaining_samples(const std::string& word, const std::vector<Example>& tests, const Model& model);

}  // namespace mica::codegen
