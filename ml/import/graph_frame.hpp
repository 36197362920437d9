// Writes a quantised graph as the text of a frame: one array as memory of all tensors, views of it, and a word that
// goes from layer to layer.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "ml/import/arena.hpp"
#include "ml/import/graph.hpp"

namespace mica::ml {

struct GraphFrame {
  struct Layer {
    const Operator* source = nullptr;
    std::size_t constant_bytes = 0;
    std::size_t text_bytes = 0;
    std::vector<std::string> words;  // of the blocks that compute it; none where it shares memory
  };

  std::string text;
  std::vector<Layer> layers;
  ArenaPlan arena;
  std::size_t constant_bytes = 0;
};

struct GraphFrameNotes {
  std::string name;        // of the frame: a token
  std::string origin;      // where the model came from, one line
  double input_scale = 1;  // the model's input for 1.0 of what the host has
};

// `file` names the model in messages. ImportError: an operator cannot be converted, by its name and index.
GraphFrame write_graph_frame(const Graph& graph, const GraphFrameNotes& notes, const std::string& file);

}  // namespace mica::ml
