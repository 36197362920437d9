// What the layers of a graph are in real numbers: a plain computation in doubles, to hold frames against and to see
// ranges by.
#pragma once

#include <vector>

#include "ml/import/graph.hpp"

namespace mica::ml {

using Reals = std::vector<double>;  // of all elements of a tensor, as they lie in memory

// The real numbers of a constant; what is quantised by its scales.
Reals reals_of(const Tensor& constant);

// What a quantised number stands for, and its scale: element `index` of a tensor.
double real_of(const Tensor& tensor, std::size_t index, double number);

// The result of an operator. `inputs` are the real numbers of its inputs in their order, those of constants too; empty
// where the operator has none. An index (argmax) is a real number, too. Nothing is rounded on the way, and what a
// quantised tensor cannot hold is not cut off.
Reals evaluate(const Graph& graph, const Operator& one, const std::vector<Reals>& inputs);

// All tensors of the graph by their index, for real inputs of the graph; constants that no operator takes are empty.
// Numbers beyond those that a quantised tensor can hold become its limits.
std::vector<Reals> evaluate(const Graph& graph, const std::vector<Reals>& graph_inputs);

}  // namespace mica::ml
