#include "ml/import/onnx_walk.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "ml/import/graph_checks.hpp"
#include "ml/import/import_error.hpp"

namespace mica::ml {
namespace {

// What a file can make us allocate beside its own bytes; large networks have some hundreds.
constexpr int nodes_max = 8192, inputs_max = 256, axes_max = 8;
constexpr std::size_t tensors_max = 65536;

bool has_word(std::string_view words, std::string_view word) {
  return (" " + std::string(words)).find(" " + std::string(word) + " ") != std::string::npos;
}

bool is_one_of(std::string_view name, std::initializer_list<std::string_view> names) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

}  // namespace

OnnxWalk::OnnxWalk(std::shared_ptr<const onnx::ModelProto> model, std::int64_t opset, std::size_t weight_bytes_max,
                   std::string file)
    : model_(std::move(model)),
      file_graph_(model_->graph()),
      opset_(opset),
      weight_bytes_max_(weight_bytes_max),
      file_(std::move(file)) {}

Graph OnnxWalk::walk() {
  if (file_graph_.node_size() > nodes_max)
    throw ImportError(file_,
                      fmt::format("the model has {} nodes, at most {} are read", file_graph_.node_size(), nodes_max),
                      "too_large");
  graph_.file = model_;
  read_initializers();
  read_inputs();
  for (index_ = 0; index_ < file_graph_.node_size(); ++index_) {
    node_ = &file_graph_.node(index_);
    read_node();
  }
  read_outputs();
  return std::move(graph_);
}

void OnnxWalk::refuse_file(const std::string& what, const std::string& sentence, const char* error_name) const {
  throw ImportError(file_, what + ": " + sentence, error_name);
}

std::string OnnxWalk::node_text() const {
  const std::string name = node_->name().empty() ? "" : " '" + printable(node_->name()) + "'";
  return fmt::format("node {}{} ({})", index_, name, printable(node_->op_type()));
}

void OnnxWalk::refuse(const std::string& sentence, const char* error_name) const {
  refuse_file(node_text(), sentence, error_name);
}

void OnnxWalk::define(const std::string& name, Value value) {
  if (name.empty()) throw ImportError(file_, "a value has no name", "missing_tensor");
  if (!values_.emplace(name, std::move(value)).second)
    throw ImportError(file_, fmt::format("'{}' is defined twice", printable(name)), "duplicate_name");
}

void OnnxWalk::read_initializers() {
  if (file_graph_.sparse_initializer_size() != 0)
    throw ImportError(file_, "sparse tensors are not supported; save the model with dense ones", "unsupported_type");
  for (const onnx::TensorProto& tensor : file_graph_.initializer()) {
    Value value;
    value.constant = read_tensor(tensor, fmt::format("tensor '{}'", printable(tensor.name())));
    value.axes = plain_axes(value.constant.shape);
    define(tensor.name(), std::move(value));
  }
}

void OnnxWalk::read_inputs() {
  for (const onnx::ValueInfoProto& input : file_graph_.input())
    if (values_.count(input.name()) == 0) read_input(input);
  if (graph_.inputs.empty()) throw ImportError(file_, "the model has no input", "missing_tensor");
  if (graph_.inputs.size() > inputs_max)
    throw ImportError(file_, fmt::format("has {} inputs", graph_.inputs.size()), "too_large");
}

// Whether an input with three axes is a row of channels over time: a layer with windows takes it.
bool OnnxWalk::is_signal(const std::string& name) const {
  for (const onnx::NodeProto& node : file_graph_.node())
    if (node.input_size() > 0 && node.input(0) == name)
      return is_one_of(node.op_type(), {"Conv", "MaxPool", "AveragePool", "GlobalAveragePool", "GlobalMaxPool",
                                        "BatchNormalization", "QuantizeLinear"});
  return false;
}

// The first size is the number of samples, of which there is one at a time; it may be open.
void OnnxWalk::read_input(const onnx::ValueInfoProto& input) {
  const std::string what = fmt::format("input '{}'", printable(input.name()));
  if (!input.type().has_tensor_type() || !input.type().tensor_type().has_shape())
    refuse_file(what, "its shape is not known", "bad_shape");
  const onnx::TypeProto::Tensor& type = input.type().tensor_type();
  if (type.elem_type() != onnx::TensorProto::FLOAT && type.elem_type() != onnx::TensorProto::DOUBLE)
    refuse_file(what, "its elements are no floating-point numbers", "unsupported_type");
  Shape shape;
  for (const auto& dimension : type.shape().dim())
    shape.push_back(dimension.has_dim_value() ? dimension.dim_value() : shape.empty() ? 1 : 0);
  if (elements_of(shape) < 1 || shape.size() > axes_max)
    refuse_file(
        what,
        fmt::format("its shape is {}; only the first size, the number of samples, may be open", shape_text(shape)),
        "bad_shape");
  if (shape.size() > 1 && shape[0] != 1)
    refuse_file(what,
                fmt::format("its shape is {}, of several samples; export the model with a batch of 1, or an open one",
                            shape_text(shape)),
                "bad_shape");
  Value value;
  Tensor tensor;
  tensor.name = printable(input.name());
  const bool is_image = shape.size() == 4 || (shape.size() == 3 && is_signal(input.name()));
  value.axes = plain_axes(shape);
  tensor.shape = shape;
  if (is_image) {
    tensor.shape = {1, shape.size() == 4 ? shape[2] : 1, shape.back(), shape[1]};
    value.axes = image_axes(tensor.shape, shape.size());
  }
  value.tensor = add_tensor(std::move(tensor));
  graph_.inputs.push_back(value.tensor);
  define(input.name(), std::move(value));
}

const OnnxWalk::Reader& OnnxWalk::find_reader() const {
  if (!node_->domain().empty() && node_->domain() != "ai.onnx")
    refuse(fmt::format("operators of '{}' are not supported", printable(node_->domain())), "unsupported_operator");
  for (const Reader* one = readers; one->read != nullptr; ++one)
    if (node_->op_type() == one->name) return *one;
  refuse("this operator is not supported; there are " + operator_names(), "unsupported_operator");
}

std::string OnnxWalk::operator_names() {
  std::string names;
  for (const Reader* one = readers; one->read != nullptr; ++one)
    names += (names.empty() ? "" : ", ") + std::string(one->name);
  return names;
}

void OnnxWalk::read_node() {
  const Reader& reader = find_reader();
  for (const onnx::AttributeProto& one : node_->attribute())
    if (!has_word(reader.attributes, one.name()))
      refuse(fmt::format("the attribute '{}' is not supported", printable(one.name())), "unsupported_attribute");
  // What is for training only comes as further outputs, which no one takes.
  const bool may_have_more = is_one_of(node_->op_type(), {"BatchNormalization", "Dropout", "MaxPool"});
  if (node_->output_size() < 1 || (node_->output_size() > 1 && !may_have_more))
    refuse("has not one output", "unsupported_graph");
  if (node_->input_size() < reader.least || node_->input_size() > reader.most)
    refuse(fmt::format("has {} inputs", node_->input_size()), "wrong_count");
  try {
    (this->*reader.read)();
  } catch (const GraphError& error) {
    refuse(error.sentence, error.name);
  }
}

// Images have their channels last, all else has the order of the file.
void OnnxWalk::read_outputs() {
  if (file_graph_.output_size() == 0) throw ImportError(file_, "the model has no output", "missing_tensor");
  for (const onnx::ValueInfoProto& output : file_graph_.output()) {
    const std::string what = fmt::format("output '{}'", printable(output.name()));
    const auto found = values_.find(output.name());
    if (found == values_.end()) refuse_file(what, "is not what any layer computes", "unsupported_graph");
    Value& value = found->second;
    const bool is_input = std::find(graph_.inputs.begin(), graph_.inputs.end(), value.tensor) != graph_.inputs.end();
    if (value.is_constant() || is_input) refuse_file(what, "is not what any layer computes", "unsupported_graph");
    graph_.outputs.push_back(placed(value, value.axes.size() == 4 && value.shape()[0] == 1));
  }
}

int OnnxWalk::emit(OperatorKind kind, std::vector<int> inputs, const Attributes& attributes) {
  Operator one;
  one.kind = kind;
  one.index = static_cast<std::size_t>(index_);
  one.name = printable(node_->name().empty() ? node_->output(0) : node_->name());
  one.inputs = std::move(inputs);
  one.attributes = attributes;
  check_inputs(graph_, one);
  Tensor tensor;
  tensor.name = printable(node_->output(0));
  tensor.type = kind == OperatorKind::argmax ? TensorType::int32 : TensorType::float32;
  tensor.shape = infer_shape(graph_, one);
  const int output = add_tensor(std::move(tensor));
  one.outputs = {output};
  check_result(graph_, one);
  graph_.operators.push_back(std::move(one));
  return output;
}

int OnnxWalk::add_tensor(Tensor tensor) {
  if (graph_.tensors.size() == tensors_max)
    throw ImportError(file_, fmt::format("takes more than {} tensors", tensors_max), "too_large");
  graph_.tensors.push_back(std::move(tensor));
  return static_cast<int>(graph_.tensors.size()) - 1;
}

bool OnnxWalk::has_input(int k) const { return k < node_->input_size() && !node_->input(k).empty(); }

OnnxWalk::Value& OnnxWalk::value(int k) {
  if (!has_input(k)) refuse(fmt::format("lacks its input {}", k), "missing_tensor");
  const auto found = values_.find(node_->input(k));
  if (found == values_.end())
    refuse(fmt::format("takes '{}', which nothing before it computes", printable(node_->input(k))), "missing_tensor");
  return found->second;
}

OnnxWalk::Value& OnnxWalk::computed(int k) {
  Value& found = value(k);
  if (found.is_constant())
    refuse(fmt::format("takes the constant '{}' where a value should be", printable(node_->input(k))),
           "unsupported_graph");
  return found;
}

const OnnxWalk::Value& OnnxWalk::constant(int k) {
  const Value& found = value(k);
  if (!found.is_constant())
    refuse(fmt::format("takes '{}' where a constant should be", printable(node_->input(k))), "unsupported_graph");
  return found;
}

const onnx::AttributeProto* OnnxWalk::attribute(std::string_view name, onnx::AttributeProto::AttributeType type) const {
  for (const onnx::AttributeProto& one : node_->attribute()) {
    if (one.name() != name) continue;
    if (one.type() != type)
      refuse(fmt::format("the attribute '{}' is of the wrong type", name), "unsupported_attribute");
    return &one;
  }
  return nullptr;
}

std::int64_t OnnxWalk::integer(std::string_view name, std::int64_t otherwise) const {
  const onnx::AttributeProto* found = attribute(name, onnx::AttributeProto::INT);
  return found == nullptr ? otherwise : found->i();
}

float OnnxWalk::real(std::string_view name, float otherwise) const {
  const onnx::AttributeProto* found = attribute(name, onnx::AttributeProto::FLOAT);
  const float number = found == nullptr ? otherwise : found->f();
  if (!std::isfinite(number)) refuse(fmt::format("the attribute '{}' is {}", name, number), "not_finite");
  return number;
}

std::string OnnxWalk::text(std::string_view name, const char* otherwise) const {
  const onnx::AttributeProto* found = attribute(name, onnx::AttributeProto::STRING);
  return found == nullptr ? otherwise : found->s();
}

namespace {

// Larger ones mean as much as can be.
std::int64_t limited(std::int64_t number) {
  constexpr std::int64_t number_max = std::numeric_limits<std::int32_t>::max();
  return std::clamp(number, -number_max, number_max);
}

}  // namespace

std::vector<std::int64_t> OnnxWalk::attribute_integers(std::string_view name) const {
  const onnx::AttributeProto* found = attribute(name, onnx::AttributeProto::INTS);
  std::vector<std::int64_t> numbers;
  if (found == nullptr) return numbers;
  if (found->ints_size() > 2 * axes_max) refuse(fmt::format("the attribute '{}' is too long", name), "bad_attribute");
  for (const std::int64_t one : found->ints()) numbers.push_back(limited(one));
  return numbers;
}

std::vector<std::int64_t> OnnxWalk::integers(const Value& value) const {
  constexpr std::int64_t count_max = 64;  // in a shape, or what is computed with shapes
  const Tensor& tensor = value.constant;
  const bool is_integer = tensor.type == TensorType::int32 || tensor.type == TensorType::int64;
  if (!is_integer || elements_of(tensor.shape) > count_max)
    refuse("takes a constant that should be a short list of integers", "unsupported_type");
  std::vector<std::size_t> order = plain_order(value.axes.size());
  std::vector<std::byte> bytes(tensor.bytes());
  gather(tensor.data, element_bytes(tensor.type), stretches_of(value.axes, order), bytes.data());
  Tensor plain = tensor;
  plain.data = bytes;
  std::vector<std::int64_t> numbers;
  for (std::size_t k = 0; k < tensor.elements(); ++k)
    numbers.push_back(limited(tensor.type == TensorType::int32 ? std::int64_t{plain.element<std::int32_t>(k)}
                                                               : plain.element<std::int64_t>(k)));
  return numbers;
}

// A single number of floating point.
float OnnxWalk::number(int k) {
  const Tensor& tensor = constant(k).constant;
  if (tensor.type != TensorType::float32 || tensor.elements() != 1)
    refuse(fmt::format("takes '{}' where one number should be", printable(node_->input(k))), "unsupported_type");
  return tensor.element<float>(0);
}

std::vector<std::int64_t> OnnxWalk::axes_given(int k) {
  return has_input(k) ? integers(k) : attribute_integers("axes");
}

std::size_t OnnxWalk::axis_of(std::int64_t axis, std::size_t axes) const {
  const auto count = static_cast<std::int64_t>(axes);
  if (axis < -count || axis >= count) refuse(fmt::format("the axis {} is none of {}", axis, count), "bad_attribute");
  return static_cast<std::size_t>(axis < 0 ? axis + count : axis);
}

}  // namespace mica::ml
