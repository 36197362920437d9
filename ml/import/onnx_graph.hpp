// The walk along the nodes of an ONNX graph, in which each operator becomes a layer, a change of shape, or a constant.
#pragma once

#include <onnx/onnx_pb.h>

#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "ml/import/network.hpp"
#include "ml/import/onnx_tensor.hpp"

namespace mica::ml {

class GraphWalk {
 public:
  GraphWalk(const onnx::GraphProto& graph, std::int64_t opset, std::string file)
      : graph_(graph), opset_(opset), file_(std::move(file)) {}

  // Once. ImportError.
  Network walk();

 private:
  struct Operator {
    const char* name;
    void (GraphWalk::*read)();
    const char* attributes;  // that it may have, each with a blank behind it
  };
  static const Operator operators[];

  [[noreturn]] void refuse(const std::string& what, const std::string& sentence, const char* error_name) const;
  [[noreturn]] void refuse_node(const std::string& sentence, const char* error_name) const;
  std::string node_text() const;
  std::string layer_name() const;

  void read_initializers();
  void read_input();
  void read_node();
  void check_output() const;
  static std::string operator_names();

  // Operators, each for `node_`.
  void read_gemm();
  void read_mat_mul();
  void read_add();
  void read_relu() { add_activation(Operation::relu); }
  void read_sigmoid() { add_activation(Operation::sigmoid); }
  void read_softmax();
  void read_flatten();
  void read_reshape();
  void read_squeeze();
  void read_identity();
  void read_constant();

  void add_constant(const std::string& name, Constant constant);
  void define(const std::string& name);
  Constant constant_of(const onnx::TensorProto& tensor, const std::string& what) const;
  const onnx::AttributeProto* attribute(std::string_view name, onnx::AttributeProto::AttributeType type) const;
  std::int64_t integer(std::string_view name, std::int64_t otherwise) const;
  double real(std::string_view name, double otherwise) const;
  std::size_t axis(std::int64_t otherwise, std::size_t axes) const;

  void need_inputs(int least, int most) const;
  void need_value(int input) const;
  const Constant& need_constant(int input) const;
  const Constant* optional_constant(int input) const;
  std::vector<std::int64_t> need_integers(int input) const;
  void result(Shape shape);
  void add_activation(Operation operation);
  void add_dense(const Constant& matrix, bool transposed, double factor, Shape result_shape);
  void add_bias(const Constant& bias, double factor);

  const onnx::GraphProto& graph_;
  const std::int64_t opset_;
  const std::string file_;

  std::map<std::string, Constant> constants_;
  std::set<std::string> names_;   // of everything that is defined so far
  std::set<std::string> passed_;  // of values that later nodes have replaced
  std::string value_;             // name of what the nodes so far have computed
  Shape shape_;                   // of it, for one sample
  Network network_;
  std::size_t weights_ = 0;
  int index_ = 0;  // of the node
  const onnx::NodeProto* node_ = nullptr;
};

}  // namespace mica::ml
