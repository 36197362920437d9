// A model file as the graph that frames compute.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "ml/import/graph.hpp"
#include "ml/import/samples.hpp"

namespace mica::pc {

// What decides how a model becomes a graph. Files of TensorFlow Lite need nothing but themselves.
struct GraphOptions {
  std::string arithmetic;   // of an ONNX model: "float"; "int8", which needs samples; empty: int8 if there are samples
  std::string calibrate;    // a CSV file of samples; the numbers of an image have the channels last
  bool labels = false;      // the last number of a sample is its class
  double input_scale = 1;   // of the model's input for 1.0 of a feature
  double percentile = 100;  // of the numbers of a tensor that its range holds, in the middle; above 50
};

struct ModelGraph {
  std::string origin;               // where it came from, one line
  std::string bytes;                // in which the constants of a graph of TensorFlow Lite lie
  ml::Graph source;                 // as the file has it
  ml::Graph simple;                 // fused, without dead channels: it computes the same
  ml::Graph graph;                  // what frames compute: that, and of ONNX quantised to int8
  std::size_t dead_channels = 0;    // that are gone
  std::vector<ml::Sample> samples;  // of the calibration, if there are any
};

// Are these the bytes of a file of TensorFlow Lite?
bool is_tflite(std::string_view bytes);

// A graph of ONNX that is a chain of fully connected layers and activations.
bool is_perceptron(const ml::Graph& graph);

// What the graph takes for these features of a sample.
std::vector<double> inputs_of(const ml::Sample& sample, const GraphOptions& options);

// `file` is the model's, `bytes` are what it holds. ImportError: what is wrong with it or the samples.
// std::invalid_argument: samples are needed.
ModelGraph make_graph(const std::string& file, std::string bytes, const GraphOptions& options);

}  // namespace mica::pc
