// Reads models of TensorFlow Lite, int8 and float32.
#pragma once

#include <string>
#include <string_view>

#include "ml/import/graph.hpp"

namespace mica::ml {

// The graph in the bytes of a .tflite file, whose constants lie in these bytes; `file` names it in messages. The bytes
// may be anything, at an address that 8 divides, as strings of some length have: what is no model, or none that can be
// converted, is an ImportError that names the operator.
Graph read_tflite(std::string_view bytes, const std::string& file);

}  // namespace mica::ml
