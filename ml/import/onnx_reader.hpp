// Reads ONNX models.
#pragma once

#include <string>
#include <string_view>

#include "ml/import/graph.hpp"

namespace mica::ml {

// The model in the bytes of an ONNX file as a graph of float32; `file` names it in messages. The bytes may be anything:
// what is no model, or computes what no operator of a graph does, is an ImportError that names the node or the tensor.
// The graph does not refer to the bytes.
Graph read_onnx_graph(std::string_view bytes, const std::string& file);

}  // namespace mica::ml
