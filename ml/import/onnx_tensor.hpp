// Constants of an ONNX model: tensors that lie in its file.
#pragma once

#include <onnx/onnx_pb.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace mica::ml {

using Shape = std::vector<std::int64_t>;

struct Constant {
  Shape shape;
  std::vector<double> numbers;
  bool is_integer = false;
};

// A text of a model as messages and comments may show it: printable, and not long.
std::string printable(const std::string& text);

std::string shape_text(const Shape& shape);  // "1x8x8"

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
