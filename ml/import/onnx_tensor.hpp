// Constants of an ONNX model: tensors that lie in its file.
#pragma once

#include <onnx/onnx_pb.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "ml/import/graph.hpp"

namespace mica::ml {

struct Constant {
  Shape shape;
  std::vector<double> numbers;
  bool is_integer = false;
};

// Number of elements; -1 when a size is not above 0 or there are more than a network for small devices can have.
std::int64_t element_count(const Shape& shape);

// What is wrong with a tensor.
struct TensorError {
  std::string sentence;
  const char* name;
};

// Throws TensorError.
Constant read_tensor(const onnx::TensorProto& tensor);

}  // namespace mica::ml
