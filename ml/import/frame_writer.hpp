// Writes a fixed-point network as the text of a frame.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "ml/import/comparison.hpp"
#include "ml/import/fixed_network.hpp"

namespace mica::ml {

struct FrameNotes {
  std::string name = {};                // of the frame: a token
  std::string origin = {};              // where the model came from, one line
  std::vector<std::string> notes = {};  // further lines of comment
  bool packed = false;                  // constants are written as Z85 text: 1.25 characters for a byte
  bool tables = true;                   // constants are read-only tables beside the code, otherwise arrays of cells
};

// A name of a frame made of the name of a file: "models/digits-mlp.onnx" gives "digits-mlp".
std::string frame_name(const std::string& file);

// "int8", "int16" or "int32": the smallest type that holds all the numbers.
const char* element_type(const std::vector<std::int32_t>& numbers);

std::string activation_names(const FixedStage& stage);  // "relu, sigmoid"; "none"

// Bytes of all constants, and of the arrays that are written while it runs.
std::size_t constant_bytes(const FixedNetwork& network, bool tables, unsigned cell_bits);
std::size_t array_bytes(const FixedNetwork& network, unsigned cell_bits);

std::string write_frame(const FixedNetwork& network, const Comparison& comparison, const FrameNotes& notes);

}  // namespace mica::ml
