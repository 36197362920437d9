// ONNX models made in a test, piece by piece.
#pragma once

#include <onnx/onnx_pb.h>

#include <cstdint>
#include <string>
#include <vector>

#include "ml/import/network.hpp"

namespace mica::tests {

struct ModelBuilder {
  onnx::ModelProto model;

  explicit ModelBuilder(std::int64_t opset = 13);

  onnx::GraphProto& graph() { return *model.mutable_graph(); }
  // An input with these sizes; 0 is open.
  ModelBuilder& input(const std::string& name, const std::vector<std::int64_t>& sizes);
  ModelBuilder& output(const std::string& name);
  onnx::TensorProto& tensor(const std::string& name, const std::vector<std::int64_t>& sizes,
                            const std::vector<float>& numbers);
  onnx::TensorProto& integers(const std::string& name, const std::vector<std::int64_t>& numbers);
  onnx::NodeProto& node(const std::string& operation, const std::vector<std::string>& inputs,
                        const std::string& output);
  std::string bytes() const { return model.SerializeAsString(); }
};

void set_integer(onnx::NodeProto& node, const std::string& name, std::int64_t value);
void set_integers(onnx::NodeProto& node, const std::string& name, const std::vector<std::int64_t>& values);
void set_real(onnx::NodeProto& node, const std::string& name, float value);

// Three inputs, a hidden layer of two with sigmoid, four probabilities: MatMul, Add, Sigmoid, MatMul, Add, Softmax.
ModelBuilder small_model();

// The network for fixed point in the bytes of a file; messages name m.onnx. ImportError.
ml::Network read_network(const std::string& bytes);

}  // namespace mica::tests
