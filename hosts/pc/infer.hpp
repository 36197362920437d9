// mica infer: a model over the samples of a file.
#pragma once

#include <cstdint>
#include <string>

#include "hosts/pc/model_input.hpp"

namespace mica::pc {

struct InferOptions {
  std::string frame;
  InputOptions input;
  std::string profile = "node32";
  std::uint64_t ticks_max = 0;  // for each sample; 0: no limit
  bool confusion = false;       // with labels: how often each class was taken for which
  bool raw = false;             // print the output cells only
};

// Returns the exit status, 0. Throws ml::ImportError for what is wrong with the samples, sim::SourceError for what is
// wrong with the frame.
int infer(const InferOptions& options);

}  // namespace mica::pc
