#include "ml/import/onnx_graph.hpp"

#include <fmt/format.h>

#include <cmath>

#include "ml/import/import_error.hpp"

namespace mica::ml {
namespace {

constexpr int nodes_max = 4096;

bool has_word(std::string_view words, std::string_view word) {
  return (" " + std::string(words)).find(" " + std::string(word) + " ") != std::string::npos;
}

}  // namespace

const GraphWalk::Operator GraphWalk::operators[] = {
    {"Add", &GraphWalk::read_add, ""},
    {"Constant", &GraphWalk::read_constant, "value value_float value_floats value_int value_ints "},
    {"Flatten", &GraphWalk::read_flatten, "axis "},
    {"Gemm", &GraphWalk::read_gemm, "alpha beta transA transB "},
    {"Identity", &GraphWalk::read_identity, ""},
    {"MatMul", &GraphWalk::read_mat_mul, ""},
    {"Relu", &GraphWalk::read_relu, ""},
    {"Reshape", &GraphWalk::read_reshape, "allowzero "},
    {"Sigmoid", &GraphWalk::read_sigmoid, ""},
    {"Softmax", &GraphWalk::read_softmax, "axis "},
    {"Squeeze", &GraphWalk::read_squeeze, "axes "},
};

std::string GraphWalk::operator_names() {
  std::string names;
  for (const Operator& one : operators) names += (names.empty() ? "" : ", ") + std::string(one.name);
  return names;
}

void GraphWalk::refuse(const std::string& what, const std::string& sentence, const char* error_name) const {
  throw ImportError(file_, what + ": " + sentence, error_name);
}

std::string GraphWalk::node_text() const {
  const std::string name = node_->name().empty() ? "" : " '" + printable(node_->name()) + "'";
  return fmt::format("node {}{} ({})", index_, name, printable(node_->op_type()));
}

std::string GraphWalk::layer_name() const {
  return node_->name().empty() ? fmt::format("{} {}", node_->op_type(), index_) : printable(node_->name());
}

void GraphWalk::refuse_node(const std::string& sentence, const char* error_name) const {
  refuse(node_text(), sentence, error_name);
}

Network GraphWalk::walk() {
  if (graph_.node_size() > nodes_max)
    throw ImportError(file_, fmt::format("the model has {} nodes, at most {} are read", graph_.node_size(), nodes_max),
                      "too_large");
  read_initializers();
  read_input();
  for (index_ = 0; index_ < graph_.node_size(); ++index_) {
    node_ = &graph_.node(index_);
    read_node();
  }
  check_output();
  return std::move(network_);
}

void GraphWalk::define(const std::string& name) {
  if (name.empty()) throw ImportError(file_, "a value has no name", "missing_tensor");
  if (!names_.insert(name).second)
    throw ImportError(file_, fmt::format("'{}' is defined twice", printable(name)), "duplicate_name");
}

void GraphWalk::add_constant(const std::string& name, Constant constant) {
  define(name);
  constants_.emplace(name, std::move(constant));
}

Constant GraphWalk::constant_of(const onnx::TensorProto& tensor, const std::string& what) const {
  try {
    return read_tensor(tensor);
  } catch (const TensorError& error) {
    refuse(what, error.sentence, error.name);
  }
}

void GraphWalk::read_initializers() {
  if (graph_.sparse_initializer_size() != 0)
    throw ImportError(file_, "sparse tensors are not supported; save the model with dense ones", "unsupported_type");
  for (const onnx::TensorProto& tensor : graph_.initializer())
    add_constant(tensor.name(), constant_of(tensor, fmt::format("tensor '{}'", printable(tensor.name()))));
}

// The one input that has no value in the file. Its first size may be open: the number of samples, of which there is one
// at a time.
void GraphWalk::read_input() {
  const onnx::ValueInfoProto* input = nullptr;
  for (const onnx::ValueInfoProto& candidate : graph_.input()) {
    if (constants_.count(candidate.name()) != 0) continue;
    if (input != nullptr)
      refuse(fmt::format("input '{}'", printable(candidate.name())), "the model has more than one input",
             "unsupported_graph");
    input = &candidate;
  }
  if (input == nullptr) throw ImportError(file_, "the model has no input", "missing_tensor");
  const std::string what = fmt::format("input '{}'", printable(input->name()));
  if (!input->type().has_tensor_type() || !input->type().tensor_type().has_shape())
    refuse(what, "its shape is not known", "bad_shape");
  const onnx::TypeProto::Tensor& type = input->type().tensor_type();
  if (type.elem_type() != onnx::TensorProto::FLOAT && type.elem_type() != onnx::TensorProto::DOUBLE)
    refuse(what, "its elements are no floating-point numbers", "unsupported_type");
  for (const auto& dimension : type.shape().dim())
    shape_.push_back(dimension.has_dim_value() ? dimension.dim_value() : shape_.empty() ? 1 : 0);
  const std::int64_t count = element_count(shape_);
  if (count < 1)
    refuse(what,
           fmt::format("its shape is {}; only the first size, the number of samples, may be open", shape_text(shape_)),
           "bad_shape");
  network_.inputs = static_cast<std::size_t>(count);
  value_ = input->name();
  define(value_);
}

void GraphWalk::read_node() {
  if (!node_->domain().empty() && node_->domain() != "ai.onnx")
    refuse_node(fmt::format("operators of '{}' are not supported", printable(node_->domain())), "unsupported_operator");
  const Operator* found = nullptr;
  for (const Operator& one : operators)
    if (node_->op_type() == one.name) found = &one;
  if (found == nullptr)
    refuse_node("this operator is not supported; there are " + operator_names(), "unsupported_operator");
  for (const onnx::AttributeProto& one : node_->attribute())
    if (!has_word(found->attributes, one.name()))
      refuse_node(fmt::format("the attribute '{}' is not supported", printable(one.name())), "unsupported_attribute");
  if (node_->output_size() != 1) refuse_node("has not one output", "unsupported_graph");
  (this->*found->read)();
}

void GraphWalk::check_output() const {
  if (graph_.output_size() != 1) throw ImportError(file_, "the model has not one output", "unsupported_graph");
  const std::string& name = graph_.output(0).name();
  if (name != value_)
    refuse(fmt::format("output '{}'", printable(name)), "is not what the last layer computes", "unsupported_graph");
}

const onnx::AttributeProto* GraphWalk::attribute(std::string_view name,
                                                 onnx::AttributeProto::AttributeType type) const {
  for (const onnx::AttributeProto& one : node_->attribute()) {
    if (one.name() != name) continue;
    if (one.type() != type)
      refuse_node(fmt::format("the attribute '{}' is of the wrong type", name), "unsupported_attribute");
    return &one;
  }
  return nullptr;
}

std::int64_t GraphWalk::integer(std::string_view name, std::int64_t otherwise) const {
  const onnx::AttributeProto* found = attribute(name, onnx::AttributeProto::INT);
  return found == nullptr ? otherwise : found->i();
}

double GraphWalk::real(std::string_view name, double otherwise) const {
  const onnx::AttributeProto* found = attribute(name, onnx::AttributeProto::FLOAT);
  return found == nullptr ? otherwise : double{found->f()};
}

// The attribute `axis`, counted from 0 where it counts from the end; below `axes`.
std::size_t GraphWalk::axis(std::int64_t otherwise, std::size_t axes) const {
  const auto rank = static_cast<std::int64_t>(shape_.size());
  const std::int64_t given = integer("axis", otherwise);
  if (given < -rank || given >= static_cast<std::int64_t>(axes))
    refuse_node(fmt::format("the axis {} is none of a value of shape {}", given, shape_text(shape_)), "bad_shape");
  return static_cast<std::size_t>(given < 0 ? given + rank : given);
}

void GraphWalk::need_inputs(int least, int most) const {
  const int count = node_->input_size();
  if (count < least || count > most) refuse_node(fmt::format("has {} inputs", count), "wrong_count");
}

// Input `input` must be what the nodes before have computed.
void GraphWalk::need_value(int input) const {
  const std::string& name = node_->input(input);
  if (name == value_) return;
  if (constants_.count(name) != 0)
    refuse_node(fmt::format("takes the constant '{}' where a value should be", printable(name)), "unsupported_graph");
  if (passed_.count(name) != 0)
    refuse_node(fmt::format("takes '{}', which another node has taken: the model is no chain", printable(name)),
                "unsupported_graph");
  refuse_node(fmt::format("takes '{}', which nothing before it computes", printable(name)), "missing_tensor");
}

const Constant& GraphWalk::need_constant(int input) const {
  const std::string& name = node_->input(input);
  const auto found = constants_.find(name);
  if (found != constants_.end()) return found->second;
  if (names_.count(name) != 0)
    refuse_node(fmt::format("takes '{}' where a constant should be", printable(name)), "unsupported_graph");
  refuse_node(fmt::format("takes '{}', which is nowhere", printable(name)), "missing_tensor");
}

const Constant* GraphWalk::optional_constant(int input) const {
  const bool given = input < node_->input_size() && !node_->input(input).empty();
  return given ? &need_constant(input) : nullptr;
}

std::vector<std::int64_t> GraphWalk::need_integers(int input) const {
  const Constant& constant = need_constant(input);
  if (!constant.is_integer || constant.shape.size() > 1 || constant.numbers.size() > 16)
    refuse_node(fmt::format("'{}' should be a short list of integers", printable(node_->input(input))), "bad_shape");
  std::vector<std::int64_t> integers;
  for (double number : constant.numbers) {
    if (std::abs(number) > 0x7fffffff)
      refuse_node(fmt::format("'{}' holds {}, which is no size", printable(node_->input(input)), number), "bad_shape");
    integers.push_back(static_cast<std::int64_t>(number));
  }
  return integers;
}

// What the node has computed is the value for the nodes behind.
void GraphWalk::result(Shape shape) {
  passed_.insert(value_);
  value_ = node_->output(0);
  define(value_);
  shape_ = std::move(shape);
}

}  // namespace mica::ml
