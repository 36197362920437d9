// Reads an ONNX model that is a chain of layers: a multi-layer perceptron.
#pragma once

#include <string>
#include <string_view>

#include "ml/import/network.hpp"

namespace mica::ml {

// The network in the bytes of an ONNX file; `file` names it in messages. The bytes may be anything: what is no model,
// or none of this kind, is an ImportError that names the node or the tensor.
Network read_onnx(std::string_view bytes, const std::string& file);

}  // namespace mica::ml
