#include "ml/import/onnx_tensor.hpp"

#include <fmt/format.h>

#include <cstring>

#include "ml/import/graph_checks.hpp"

namespace mica::ml {
namespace {

std::string type_text(int type) {
  return onnx::TensorProto_DataType_IsValid(type)
             ? onnx::TensorProto_DataType_Name(static_cast<onnx::TensorProto_DataType>(type))
             : fmt::format("number {}", type);
}

template <typename Field>
std::span<const std::byte> bytes_of(const Field& field) {
  return std::as_bytes(std::span(field.data(), static_cast<std::size_t>(field.size())));
}

// How the elements of a tensor lie in the file: in raw_data, or in a field that may have wider ones.
struct Source {
  TensorType type;  // in the graph
  std::span<const std::byte> field;
  std::size_t raw_bytes, field_bytes;  // of an element
  bool is_double = false;
};

Source source_of(const onnx::TensorProto& tensor) {
  switch (tensor.data_type()) {
    case onnx::TensorProto::FLOAT: return {TensorType::float32, bytes_of(tensor.float_data()), 4, 4};
    case onnx::TensorProto::DOUBLE: return {TensorType::float32, bytes_of(tensor.double_data()), 8, 8, true};
    case onnx::TensorProto::INT32: return {TensorType::int32, bytes_of(tensor.int32_data()), 4, 4};
    case onnx::TensorProto::INT64: return {TensorType::int64, bytes_of(tensor.int64_data()), 8, 8};
    case onnx::TensorProto::INT8: return {TensorType::int8, bytes_of(tensor.int32_data()), 1, 4};
    case onnx::TensorProto::UINT8: return {TensorType::uint8, bytes_of(tensor.int32_data()), 1, 4};
    default: break;
  }
  throw GraphError{fmt::format("its elements are of type {}; FLOAT, DOUBLE, INT8, UINT8, INT32 and INT64 are read",
                               type_text(tensor.data_type())),
                   "unsupported_type"};
}

}  // namespace

Tensor tensor_of(const onnx::TensorProto& proto, const std::function<std::span<std::byte>(std::size_t)>& own) {
  if (proto.data_location() == onnx::TensorProto::EXTERNAL || proto.external_data_size() != 0)
    throw GraphError{"its data lies in another file; save the model in one file", "external_data"};
  if (proto.has_segment()) throw GraphError{"it is stored in segments", "unsupported_type"};
  const Source source = source_of(proto);
  Tensor tensor;
  tensor.name = printable(proto.name());
  tensor.type = source.type;
  tensor.shape.assign(proto.dims().begin(), proto.dims().end());
  if (elements_of(tensor.shape) < 0)
    throw GraphError{fmt::format("its shape is {}", shape_text(tensor.shape)), "bad_shape"};
  const bool is_raw = proto.has_raw_data();
  const std::span<const std::byte> found =
      is_raw ? std::as_bytes(std::span(proto.raw_data().data(), proto.raw_data().size())) : source.field;
  const std::size_t width = is_raw ? source.raw_bytes : source.field_bytes, count = tensor.elements();
  if (is_raw && found.size() != count * width)
    throw GraphError{fmt::format("{} bytes of data instead of {}", found.size(), count * width), "wrong_size"};
  if (found.size() != count * width)
    throw GraphError{fmt::format("{} numbers instead of {}", found.size() / width, count), "wrong_size"};
  tensor.data = found;
  if (source.is_double || width != element_bytes(tensor.type)) {
    const std::span<std::byte> to = own(tensor.bytes());
    for (std::size_t k = 0; k < count; ++k) {
      if (source.is_double) {
        double number;
        std::memcpy(&number, found.data() + k * sizeof number, sizeof number);
        const auto narrow = static_cast<float>(number);
        std::memcpy(to.data() + k * sizeof narrow, &narrow, sizeof narrow);
      } else {
        to[k] = found[k * width];  // the lowest byte of four
      }
    }
    tensor.data = to;
  }
  check_tensor(tensor);
  return tensor;
}

}  // namespace mica::ml
