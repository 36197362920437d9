// mica convert: a trained model becomes the text of a frame.
#pragma once

#include <string>

namespace mica::pc {

struct ConvertOptions {
  std::string model;      // an ONNX file
  std::string output;     // "-" is standard output
  std::string calibrate;  // a CSV file of samples
  std::string profile = "node32";
  std::string weights = "int8";
  double input_scale = 1;  // of the model's input for 1.0 of a feature
  bool labels = false;     // the last number of a sample is its class
  bool packed = false;     // constants as Z85 text
  bool logits = false;     // leave out a softmax at the end
};

// Returns the exit status, 0. Throws ml::ImportError for what is wrong with the files.
int convert(const ConvertOptions& options);

}  // namespace mica::pc
