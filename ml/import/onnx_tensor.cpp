#include "ml/import/onnx_tensor.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>

namespace mica::ml {
namespace {

static_assert(std::endian::native == std::endian::little, "raw tensors of ONNX are little-endian");

constexpr std::int64_t elements_max = std::int64_t{1} << 24;

// The numbers of a tensor lie in `raw_data` or, of another type for each, in a field of their own.
template <typename Element, typename Field>
std::vector<double> numbers_of(const onnx::TensorProto& tensor, const Field& field, std::size_t count) {
  std::vector<double> numbers;
  if (tensor.has_raw_data()) {
    const std::string& raw = tensor.raw_data();
    if (raw.size() != count * sizeof(Element))
      throw TensorError{fmt::format("{} bytes of data instead of {}", raw.size(), count * sizeof(Element)),
                        "wrong_size"};
    for (std::size_t k = 0; k < count; ++k) {
      Element element;
      std::memcpy(&element, raw.data() + k * sizeof element, sizeof element);
      numbers.push_back(static_cast<double>(element));
    }
    return numbers;
  }
  if (static_cast<std::size_t>(field.size()) != count)
    throw TensorError{fmt::format("{} numbers instead of {}", field.size(), count), "wrong_size"};
  for (const auto element : field) numbers.push_back(static_cast<double>(element));
  return numbers;
}

std::string type_name(int type) {
  return onnx::TensorProto_DataType_IsValid(type)
             ? onnx::TensorProto_DataType_Name(static_cast<onnx::TensorProto_DataType>(type))
             : fmt::format("number {}", type);
}

}  // namespace

std::int64_t element_count(const Shape& shape) {
  std::int64_t count = 1;
  for (std::int64_t size : shape) {
    if (size < 1 || size > elements_max) return -1;
    count *= size;
    if (count > elements_max) return -1;
  }
  return count;
}

Constant read_tensor(const onnx::TensorProto& tensor) {
  if (tensor.data_location() == onnx::TensorProto::EXTERNAL || tensor.external_data_size() != 0)
    throw TensorError{"its data lies in another file; save the model in one file", "external_data"};
  if (tensor.has_segment()) throw TensorError{"it is stored in segments", "unsupported_type"};
  Constant constant{Shape(tensor.dims().begin(), tensor.dims().end()), {}, false};
  const std::int64_t elements = element_count(constant.shape);
  if (elements < 0) throw TensorError{fmt::format("its shape is {}", shape_text(constant.shape)), "bad_shape"};
  const auto count = static_cast<std::size_t>(elements);
  switch (tensor.data_type()) {
    case onnx::TensorProto::FLOAT: constant.numbers = numbers_of<float>(tensor, tensor.float_data(), count); break;
    case onnx::TensorProto::DOUBLE: constant.numbers = numbers_of<double>(tensor, tensor.double_data(), count); break;
    case onnx::TensorProto::INT32:
      constant.numbers = numbers_of<std::int32_t>(tensor, tensor.int32_data(), count);
      constant.is_integer = true;
      break;
    case onnx::TensorProto::INT64:
      constant.numbers = numbers_of<std::int64_t>(tensor, tensor.int64_data(), count);
      constant.is_integer = true;
      break;
    default:
      throw TensorError{fmt::format("its elements are of type {}; FLOAT, DOUBLE, INT32 and INT64 are read",
                                    type_name(tensor.data_type())),
                        "unsupported_type"};
  }
  if (!std::all_of(constant.numbers.begin(), constant.numbers.end(), [](double x) { return std::isfinite(x); }))
    throw TensorError{"one of its numbers is not finite", "not_finite"};
  return constant;
}

}  // namespace mica::ml
