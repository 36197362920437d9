// mica infer: a model over the samples of a file.
#pragma once

#include <cstdint>
#include <string>

namespace mica::pc {

struct InferOptions {
  std::string frame;
  std::string input;  // a CSV file; "-" is standard input
  std::string profile = "node32";
  std::uint64_t ticks_max = 0;  // for each sample; 0: no limit
  bool labels = false;          // the last number of a sample is its class
  bool raw = false;             // print the output cells only
};

// Returns the exit status, 0. Throws ml::ImportError for what is wrong with the samples, sim::SourceError for what is
// wrong with the frame.
int infer(const InferOptions& options);

}  // namespace mica::pc
