// Constants of an ONNX model: tensors that lie in its file.
#pragma once

#include <onnx/onnx_pb.h>

#include <cstddef>
#include <functional>
#include <span>

#include "ml/import/graph.hpp"

namespace mica::ml {

// Its numbers stay where they are unless the graph has another type for them: then `own` gives memory. GraphError:
// what is wrong with it, or that it lies in another file.
Tensor tensor_of(const onnx::TensorProto& proto, const std::function<std::span<std::byte>(std::size_t)>& own);

}  // namespace mica::ml
