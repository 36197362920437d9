#include "ml/import/graph_network.hpp"

#include <fmt/format.h>

#include <cmath>

#include "ml/import/import_error.hpp"

namespace mica::ml {
namespace {

constexpr std::size_t weights_max = std::size_t{1} << 23;  // of all layers; a constant may be used more than once

class Chain {
 public:
  Chain(const Graph& graph, const std::string& file) : graph_(graph), file_(file) {}

  Network network();

 private:
  [[noreturn]] void refuse(const Operator& one, const std::string& sentence, const char* name) const {
    throw ImportError(file_, fmt::format("node {} '{}' ({}): {}", one.index, one.name, kind_name(one.kind), sentence),
                      name);
  }
  void add(const Operator& one);
  void add_dense(const Operator& one);
  void add_bias(const Operator& one, const Tensor& bias);
  void add_activation(const Operator& one, Operation operation);

  const Graph& graph_;
  const std::string& file_;
  Network network_;
  std::size_t weights_ = 0;
  int value_ = 0;  // the tensor that the layers so far compute
};

void Chain::add_dense(const Operator& one) {
  const Tensor& weights = graph_.tensor(one.inputs[1]);
  Layer layer{Operation::dense,
              one.name,
              static_cast<std::size_t>(weights.shape[1]),
              static_cast<std::size_t>(weights.shape[0]),
              {},
              {}};
  if (graph_.tensor(one.inputs[0]).elements() != layer.inputs)
    refuse(one,
           fmt::format("takes a value of shape {}; one row, of one sample, is needed",
                       shape_text(graph_.tensor(one.inputs[0]).shape)),
           "bad_shape");
  weights_ += weights.elements();
  if (weights_ > weights_max)
    refuse(one, fmt::format("up to here the model has {} weights, at most {} are read", weights_, weights_max),
           "too_large");
  layer.bias.resize(layer.outputs);
  for (std::size_t k = 0; k < weights.elements(); ++k) layer.weights.push_back(weights.element<float>(k));
  network_.layers.push_back(std::move(layer));
  if (one.inputs.size() > 2 && one.inputs[2] >= 0) add_bias(one, graph_.tensor(one.inputs[2]));
}

void Chain::add_bias(const Operator& one, const Tensor& bias) {
  if (network_.layers.empty() || network_.layers.back().operation != Operation::dense)
    refuse(one, "adds to what is no product; only the bias of a layer can be added", "unsupported_graph");
  Layer& layer = network_.layers.back();
  if (!bias.is_constant() || (bias.elements() != 1 && bias.elements() != layer.outputs))
    refuse(one, "adds a computed value: the model is no chain", "unsupported_graph");
  for (std::size_t o = 0; o < layer.outputs; ++o) {
    layer.bias[o] += bias.element<float>(bias.elements() == 1 ? 0 : o);
    if (!std::isfinite(layer.bias[o])) refuse(one, "a bias is too large for a float", "not_finite");
  }
}

void Chain::add_activation(const Operator& one, Operation operation) {
  const std::size_t count = network_.outputs();
  if (operation == Operation::softmax && graph_.tensor(value_).shape.back() != static_cast<std::int64_t>(count))
    refuse(one, fmt::format("works on parts of a value of shape {}", shape_text(graph_.tensor(value_).shape)),
           "bad_shape");
  network_.layers.push_back({operation, one.name, count, count, {}, {}});
}

void Chain::add(const Operator& one) {
  const bool second = one.kind == OperatorKind::add && one.inputs[1] == value_;
  if (one.inputs[second ? 1 : 0] != value_)
    refuse(one, "takes what another node has taken: the model is no chain", "unsupported_graph");
  switch (one.kind) {
    case OperatorKind::fully_connected: add_dense(one); break;
    case OperatorKind::add: add_bias(one, graph_.tensor(one.inputs[second ? 0 : 1])); break;
    case OperatorKind::relu: add_activation(one, Operation::relu); break;
    case OperatorKind::sigmoid: add_activation(one, Operation::sigmoid); break;
    case OperatorKind::softmax: add_activation(one, Operation::softmax); break;
    case OperatorKind::reshape: break;
    default:
      refuse(one, "fixed point has fully connected layers, relu, sigmoid and softmax; there is int8 for all else",
             "unsupported_operator");
  }
  value_ = one.outputs[0];
}

Network Chain::network() {
  if (graph_.inputs.size() != 1 || graph_.outputs.size() != 1)
    throw ImportError(file_, "the model has not one input and one output", "unsupported_graph");
  value_ = graph_.inputs[0];
  network_.inputs = graph_.tensor(value_).elements();
  for (const Operator& one : graph_.operators) add(one);
  if (value_ != graph_.outputs[0])
    throw ImportError(file_, "the output is not what the last layer computes", "unsupported_graph");
  return std::move(network_);
}

}  // namespace

Network network_of(const Graph& graph, const std::string& file) { return Chain(graph, file).network(); }

}  // namespace mica::ml
