// A graph that is a chain of fully connected layers and activations, as a network for fixed point.
#pragma once

#include <string>

#include "ml/import/graph.hpp"
#include "ml/import/network.hpp"

namespace mica::ml {

// `file` names the model in messages. ImportError: an operator is of another kind, or the graph is no chain of rows.
Network network_of(const Graph& graph, const std::string& file);

}  // namespace mica::ml
