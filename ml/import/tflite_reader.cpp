#include "ml/import/tflite_reader.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <limits>

#include "ml/import/graph_checks.hpp"
#include "ml/import/import_error.hpp"
#include "ml/import/tflite_walk.hpp"

namespace mica::ml {
namespace {

// What a file can make us allocate beside its own bytes; large networks have some hundreds.
constexpr int operators_max = 8192, inputs_max = 256, axes_max = 8;
constexpr std::size_t tensors_max = 65536;

constexpr std::uint32_t schema_version = 3;

std::string text_of(const flatbuffers::String* text) { return text == nullptr ? "" : printable(text->str()); }

std::string code_text(tflite::OperatorCode code) {
  const std::string name = tflite::EnumNameOperatorCode(code);
  return name.empty() ? fmt::format("number {}", static_cast<int>(code)) : name;
}

}  // namespace

Graph read_tflite(std::string_view bytes, const std::string& file) {
  const auto* data = reinterpret_cast<const std::uint8_t*>(bytes.data());
  if (bytes.size() >= FLATBUFFERS_MAX_BUFFER_SIZE) throw ImportError(file, "is larger than 2 GiB", "too_large");
  flatbuffers::Verifier verifier(data, bytes.size());
  if (!tflite::VerifyModelBuffer(verifier))
    throw ImportError(file, "is no model of TensorFlow Lite, or damaged", "no_model");
  return TfliteWalk(*tflite::GetModel(data), bytes.size(), file).walk();
}

Graph TfliteWalk::walk() {
  if (model_.version() != schema_version)
    refuse_file(fmt::format("is of version {} of the format; {} is read", model_.version(), schema_version),
                "unsupported_version");
  if (length(model_.subgraphs()) != 1)
    refuse_file(fmt::format("has {} subgraphs; models with one can be converted", length(model_.subgraphs())),
                "unsupported_graph");
  subgraph_ = at(model_.subgraphs(), 0);
  const int operators = length(subgraph_->operators());
  if (operators > operators_max)
    refuse_file(fmt::format("has {} operators, at most {} are read", operators, operators_max), "too_large");
  indices_.assign(static_cast<std::size_t>(length(subgraph_->tensors())), -1);
  computed_.assign(indices_.size(), false);
  read_inputs();
  for (index_ = 0; index_ < operators; ++index_) {
    operator_ = at(subgraph_->operators(), index_);
    read_operator();
  }
  operator_ = nullptr;
  read_outputs();
  return std::move(graph_);
}

void TfliteWalk::refuse_file(const std::string& sentence, const char* error_name) const {
  throw ImportError(file_, sentence, error_name);
}

void TfliteWalk::refuse(const std::string& sentence, const char* error_name) const {
  throw ImportError(file_, (operator_ == nullptr ? "" : operator_text() + ": ") + sentence, error_name);
}

void TfliteWalk::refuse_tensor(int index, const std::string& sentence, const char* error_name) const {
  refuse(tensor_text(index) + ": " + sentence, error_name);
}

std::string TfliteWalk::tensor_name(int index) const {
  if (index < 0 || index >= length(subgraph_->tensors())) return "";
  return text_of(at(subgraph_->tensors(), index)->name());
}

std::string TfliteWalk::tensor_text(int index) const {
  const std::string name = tensor_name(index);
  return fmt::format("tensor {}{}", index, name.empty() ? "" : " '" + name + "'");
}

std::string TfliteWalk::operator_text() const {
  std::string code = "?";
  if (operator_->type() < static_cast<std::uint32_t>(length(model_.operator_types()))) {
    const tflite::OperatorType& type = *model_.operator_types()->Get(operator_->type());
    code = code_text(std::max(static_cast<tflite::OperatorCode>(type.old_code()), type.code()));
    if (code == "CUSTOM") code = "custom '" + text_of(type.custom_code()) + "'";
  }
  const std::string name = length(operator_->outputs()) == 0 ? "" : tensor_name(at(operator_->outputs(), 0));
  return fmt::format("operator {}{} ({})", index_, name.empty() ? "" : " '" + name + "'", code);
}

std::string TfliteWalk::operator_names() {
  std::string names;
  for (const Reader* one = readers; one->read != nullptr; ++one)
    names += (names.empty() ? "" : ", ") + code_text(one->code);
  return names;
}

const TfliteWalk::Reader& TfliteWalk::find_reader() const {
  if (operator_->type() >= static_cast<std::uint32_t>(length(model_.operator_types())))
    refuse(fmt::format("is of type {}, which the file does not have", operator_->type()), "missing_operator");
  const tflite::OperatorType& type = *model_.operator_types()->Get(operator_->type());
  // Files that are older than code 127 have it in a byte, newer ones in both.
  const auto code = std::max(static_cast<tflite::OperatorCode>(type.old_code()), type.code());
  for (const Reader* one = readers; one->read != nullptr; ++one)
    if (one->code == code) return *one;
  if (code == tflite::OperatorCode::CUSTOM) refuse("custom operators cannot be converted", "unsupported_operator");
  refuse("this operator cannot be converted; there are " + operator_names(), "unsupported_operator");
}

void TfliteWalk::read_inputs() {
  const int count = length(subgraph_->inputs());
  if (count == 0) refuse_file("has no input", "missing_tensor");
  if (count > inputs_max) refuse_file(fmt::format("has {} inputs", count), "too_large");
  for (int k = 0; k < count; ++k) {
    const int index = at(subgraph_->inputs(), k);
    const int number = tensor(index);
    const Tensor& input = graph_.tensors[static_cast<std::size_t>(number)];
    if (input.is_constant()) refuse_tensor(index, "is an input with data", "unsupported_graph");
    if (computed_[static_cast<std::size_t>(index)]) refuse_tensor(index, "is an input twice", "unsupported_graph");
    if (input.shape.size() > 1 && input.shape[0] != 1)
      refuse_tensor(index,
                    fmt::format("is an input of shape {}; export the model with a batch of 1", shape_text(input.shape)),
                    "bad_shape");
    computed_[static_cast<std::size_t>(index)] = true;
    graph_.inputs.push_back(number);
  }
}

void TfliteWalk::read_outputs() {
  const int count = length(subgraph_->outputs());
  if (count == 0) refuse_file("has no output", "missing_tensor");
  if (count > inputs_max) refuse_file(fmt::format("has {} outputs", count), "too_large");
  for (int k = 0; k < count; ++k) {
    const int index = at(subgraph_->outputs(), k);
    const int number = tensor(index);
    const bool is_input = std::find(graph_.inputs.begin(), graph_.inputs.end(), number) != graph_.inputs.end();
    if (!computed_[static_cast<std::size_t>(index)] || is_input || folded_.count(index) != 0)
      refuse_tensor(index, "is an output that no layer computes", "missing_tensor");
    graph_.outputs.push_back(number);
  }
}

void TfliteWalk::read_operator() {
  const Reader& reader = find_reader();
  one_ = Operator{};
  one_.kind = reader.kind;
  one_.index = static_cast<std::size_t>(index_);
  if (length(operator_->outputs()) != 1)
    refuse(fmt::format("has {} outputs; it needs 1", length(operator_->outputs())), "wrong_count");
  one_.name = tensor_name(at(operator_->outputs(), 0));
  if (one_.name.empty()) one_.name = fmt::format("{} {}", kind_name(one_.kind), index_);
  try {
    if (reader.values == no_values) {  // nothing but arithmetic with shapes
      tensor_at(at(operator_->outputs(), 0));
      (this->*reader.read)();
      read_result();
      return;
    }
    read_inputs_of_operator(reader);
    check_inputs(graph_, one_);
    const int output = at(operator_->outputs(), 0);
    one_.outputs = {tensor(output)};
    (this->*reader.read)();
    const Shape shape = infer_shape(graph_, one_);
    if (shape != result().shape)
      refuse(fmt::format("its result has shape {} in the file; from its inputs follows {}", shape_text(result().shape),
                         shape_text(shape)),
             "bad_shape");
    check_result(graph_, one_);
  } catch (const GraphError& error) {
    refuse(error.sentence, error.name);
  }
  read_result();
  graph_.operators.push_back(std::move(one_));
}

void TfliteWalk::read_inputs_of_operator(const Reader& reader) {
  const int count = length(operator_->inputs());
  const int most = reader.values == 0 ? inputs_max : reader.values + reader.parameters;
  if (count > most) refuse(fmt::format("has {} inputs; at most {} are read", count, most), "wrong_count");
  for (int k = 0; k < count && (reader.values == 0 || k < reader.values); ++k) {
    const int index = at(operator_->inputs(), k);
    if (index == -1) {
      one_.inputs.push_back(-1);
      continue;
    }
    const int number = tensor(index);
    if (!graph_.tensors[static_cast<std::size_t>(number)].is_constant() && !computed_[static_cast<std::size_t>(index)])
      refuse(fmt::format("takes {}, which nothing before it computes", tensor_text(index)), "missing_tensor");
    if (folded_.count(index) != 0)
      refuse(fmt::format("computes with {}, a shape", tensor_text(index)), "unsupported_graph");
    one_.inputs.push_back(number);
  }
}

// From here on the result can be taken.
void TfliteWalk::read_result() {
  const int index = at(operator_->outputs(), 0);
  if (!data_of(index, tensor_at(index)).empty())
    refuse(fmt::format("computes {}, a constant", tensor_text(index)), "duplicate_name");
  if (computed_[static_cast<std::size_t>(index)])
    refuse(fmt::format("computes {} once more", tensor_text(index)), "duplicate_name");
  computed_[static_cast<std::size_t>(index)] = true;
}

const tflite::Tensor& TfliteWalk::tensor_at(int index) const {
  if (index < 0 || index >= length(subgraph_->tensors()))
    refuse(fmt::format("tensor {} is not in the file", index), "missing_tensor");
  return *at(subgraph_->tensors(), index);
}

int TfliteWalk::tensor(int index) {
  tensor_at(index);
  int& number = indices_[static_cast<std::size_t>(index)];
  if (number < 0) {
    if (graph_.tensors.size() == tensors_max)
      refuse(fmt::format("takes more than {} tensors", tensors_max), "too_large");
    graph_.tensors.push_back(read_tensor(index));
    number = static_cast<int>(graph_.tensors.size()) - 1;
  }
  return number;
}

Tensor TfliteWalk::read_tensor(int index) {
  const tflite::Tensor& source = tensor_at(index);
  Tensor tensor;
  tensor.name = tensor_name(index);
  tensor.type = type_of(index, source);
  if (source.is_variable()) refuse_tensor(index, "keeps its value between runs (a variable)", "unsupported_graph");
  if (source.sparsity() != nullptr)
    refuse_tensor(index, "is sparse; save the model with dense ones", "unsupported_type");
  const int axes = length(source.shape());
  if (axes > axes_max)
    refuse_tensor(index, fmt::format("has {} axes, at most {} are read", axes, axes_max), "bad_shape");
  for (int k = 0; k < axes; ++k) tensor.shape.push_back(at(source.shape(), k));
  for (int k = 1; k < std::min(axes, length(source.shape_signature())); ++k)
    if (at(source.shape_signature(), k) == -1)
      refuse_tensor(index, fmt::format("its size {} is open; only the first, the batch, may be", k), "bad_shape");
  tensor.data = data_of(index, source);
  // Tensors may share their data, and in a file that is made to keep us busy all do.
  constant_bytes_ += tensor.data.size();
  if (constant_bytes_ > 8 * file_bytes_)
    refuse_tensor(index, "with its data there is more than a file holds", "too_large");
  tensor.quantisation = quantisation_of(index, source);
  try {
    check_tensor(tensor);
  } catch (const GraphError& error) {
    refuse_tensor(index, error.sentence, error.name);
  }
  return tensor;
}

TensorType TfliteWalk::type_of(int index, const tflite::Tensor& tensor) const {
  switch (tensor.type()) {
    case tflite::ElementType::FLOAT32: return TensorType::float32;
    case tflite::ElementType::INT8: return TensorType::int8;
    case tflite::ElementType::INT16: return TensorType::int16;
    case tflite::ElementType::INT32: return TensorType::int32;
    case tflite::ElementType::INT64: return TensorType::int64;
    case tflite::ElementType::UINT8: return TensorType::uint8;
    case tflite::ElementType::BOOL: return TensorType::boolean;
    default: break;
  }
  const std::string name = tflite::EnumNameElementType(tensor.type());
  refuse_tensor(index,
                fmt::format("its elements are of type {}; float32 and int8 models can be converted",
                            name.empty() ? std::to_string(static_cast<int>(tensor.type())) : name),
                "unsupported_type");
}

std::span<const std::byte> TfliteWalk::data_of(int index, const tflite::Tensor& tensor) const {
  const auto buffers = static_cast<std::uint32_t>(length(model_.buffers()));
  if (tensor.external_buffer() != 0) refuse_tensor(index, "its data lies in another file", "external_data");
  if (tensor.buffer() >= buffers) {
    if (tensor.buffer() == 0) return {};
    refuse_tensor(index, fmt::format("its data is buffer {}, which the file does not have", tensor.buffer()),
                  "missing_tensor");
  }
  const tflite::Buffer& buffer = *model_.buffers()->Get(tensor.buffer());
  if (buffer.offset() > 1) refuse_tensor(index, "its data lies behind the model", "external_data");
  if (buffer.data() == nullptr) return {};
  return std::as_bytes(std::span(buffer.data()->data(), buffer.data()->size()));
}

Quantisation TfliteWalk::quantisation_of(int index, const tflite::Tensor& tensor) {
  Quantisation result;
  const tflite::Quantisation* source = tensor.quantisation();
  if (source == nullptr || tensor.type() == tflite::ElementType::FLOAT32) return result;
  if (source->details_type() != 0) refuse_tensor(index, "is quantised in a way of its own", "unsupported_type");
  const int scales = length(source->scale()), zeros = length(source->zero_point());
  // Tensors may share their scales, as they do in files that are made to fill memories.
  scales_ += static_cast<std::size_t>(scales);
  if (scales_ > file_bytes_ / 8) refuse_tensor(index, "with its scales there are more than a file holds", "too_large");
  for (int k = 0; k < scales; ++k) {
    std::int64_t zero = 0;  // the verifier does not see to it that they lie where such a long may be taken
    if (k < zeros)
      std::memcpy(&zero, source->zero_point()->Data() + static_cast<std::size_t>(k) * sizeof zero, sizeof zero);
    constexpr std::int64_t zero_max = std::numeric_limits<std::int32_t>::max();
    if (zero < -zero_max || zero > zero_max)
      refuse_tensor(index, fmt::format("has a zero point of {}", zero), "bad_quantisation");
    result.scales.push_back(at(source->scale(), k));
    result.zero_points.push_back(static_cast<std::int32_t>(zero));
  }
  if (zeros != 0 && zeros != scales)
    refuse_tensor(index, fmt::format("has {} scales and {} zero points", scales, zeros), "bad_quantisation");
  if (scales > 1 && length(tensor.shape()) > 1) {  // of a row files do not always say the axis
    if (source->axis() < 0) refuse_tensor(index, "has scales along no axis", "bad_quantisation");
    result.axis = static_cast<std::size_t>(source->axis());
  }
  return result;
}

}  // namespace mica::ml
