// mica validate: each layer of a frame against the model that it was made of.
#pragma once

#include <string>

#include "hosts/pc/model_graph.hpp"
#include "hosts/pc/model_input.hpp"

namespace mica::pc {

struct ValidateOptions {
  std::string model;
  std::string frame;
  InputOptions input;
  GraphOptions graph;  // as the frame was made
};

// Runs the frame on samples and computes each layer anew in real numbers, from what the frame itself has handed to it,
// so that the first layer that is wrong is the one that is named. Returns the exit status: 0, or 1 if a layer is wrong.
// ImportError, sim::SourceError: what is wrong with the files.
int validate(const ValidateOptions& options);

}  // namespace mica::pc
