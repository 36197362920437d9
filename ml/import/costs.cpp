#include "ml/import/costs.hpp"

namespace mica::ml {

LayerCost cost_of(const Graph& graph, const Operator& one) {
  LayerCost cost;
  for (int k : one.inputs)
    if (k >= 0) cost.constant_bytes += graph.tensors[static_cast<std::size_t>(k)].data.size();
  const std::uint64_t results = graph.tensors[static_cast<std::size_t>(one.outputs[0])].elements();
  const auto shape = [&](std::size_t k) -> const Shape& {
    return graph.tensors[static_cast<std::size_t>(one.inputs[k])].shape;
  };
  std::int64_t products = 0;  // for each result
  if (one.kind == OperatorKind::conv2d)
    products = shape(1)[1] * shape(1)[2] * shape(1)[3];
  else if (one.kind == OperatorKind::depthwise_conv2d)
    products = shape(1)[1] * shape(1)[2];
  else if (one.kind == OperatorKind::fully_connected)
    products = shape(1)[1];
  else if (one.kind == OperatorKind::mat_mul)
    products = shape(0).back();
  cost.products = results * static_cast<std::uint64_t>(products);
  return cost;
}

LayerCost cost_of(const Graph& graph) {
  LayerCost sum;
  for (const Operator& one : graph.operators) {
    const LayerCost cost = cost_of(graph, one);
    sum.products += cost.products;
    sum.constant_bytes += cost.constant_bytes;
  }
  return sum;
}

}  // namespace mica::ml
