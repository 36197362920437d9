// A neural network as a chain of layers with float parameters, and what it computes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace mica::ml {

enum class Operation : std::uint8_t { dense, relu, sigmoid, softmax };

const char* operation_name(Operation operation);

struct Layer {
  Operation operation = Operation::dense;
  std::string name;  // of the node of the model that it comes from, printable
  std::size_t inputs = 0;
  std::size_t outputs = 0;
  std::vector<float> weights;  // of a dense layer: a row of `inputs` for each output
  std::vector<float> bias;     // of a dense layer: one for each output
};

struct Network {
  std::size_t inputs = 0;
  std::vector<Layer> layers;

  std::size_t outputs() const { return layers.empty() ? inputs : layers.back().outputs; }
};

// What a layer makes of its inputs.
std::vector<double> evaluate(const Layer& layer, std::span<const double> inputs);

// What each layer of the network leaves; the last is the result.
std::vector<std::vector<double>> evaluate(const Network& network, std::span<const double> inputs);

}  // namespace mica::ml
