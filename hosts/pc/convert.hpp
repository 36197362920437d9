// mica convert: a trained model becomes the text of a frame.
#pragma once

#include <string>

#include "hosts/pc/model_graph.hpp"

namespace mica::pc {

struct ConvertOptions {
  std::string model;   // a file of TensorFlow Lite or of ONNX
  std::string output;  // "-" is standard output
  GraphOptions graph;  // how it becomes a graph; its arithmetic may be "fixed", which a perceptron with samples has
                       // if nothing else is said
  std::string profile = "node32";
  std::string weights = "int8";      // in fixed point
  bool packed = false;               // constants as Z85 text
  bool logits = false;               // leave out a softmax at the end
  std::string features = "float32";  // of trees and linear models: "float32", "int16", "int32"
};

// Returns the exit status, 0. Throws ml::ImportError for what is wrong with the files.
int convert(const ConvertOptions& options);

}  // namespace mica::pc
