// The walk along the nodes of an ONNX graph, in the order of their execution, which makes operators of them.
//
// A file has images as channels, height, width; a graph has the channels last. So each value has, beside the tensor of
// the graph, the order in which the axes of the file lie in its memory. What changes shapes or orders axes changes that
// and computes nothing; weights are turned as the numbers lie that they meet. Only where an operator needs another
// order, a transposition becomes part of the graph.
#pragma once

#include <onnx/onnx_pb.h>

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ml/import/axes.hpp"
#include "ml/import/graph.hpp"

namespace mica::ml {

class OnnxWalk {
 public:
  // `weight_bytes_max`: what constants that are turned may take in all.
  OnnxWalk(std::shared_ptr<const onnx::ModelProto> model, std::int64_t opset, std::size_t weight_bytes_max,
           std::string file);

  // Once. ImportError.
  Graph walk();

 private:
  // What a name of the file stands for.
  struct Value {
    Axes axes;                      // in the file's order
    int tensor = -1;                // of the graph; none: a constant
    Tensor constant;                // with its shape as it lies in memory
    std::optional<Quantisation> q;  // of a constant that the file has quantised

    bool is_constant() const { return tensor < 0; }
    Shape shape() const { return shape_of(axes); }
  };

  struct Reader {
    const char* name;
    void (OnnxWalk::*read)();
    int least, most;         // inputs
    const char* attributes;  // that it may have, each with a blank behind it
  };
  static const Reader readers[];  // the last has no `read`

  [[noreturn]] void refuse_file(const std::string& what, const std::string& sentence, const char* error_name) const;
  [[noreturn]] void refuse(const std::string& sentence, const char* error_name) const;  // the node
  std::string node_text() const;
  static std::string operator_names();

  void read_initializers();
  void read_inputs();
  void read_input(const onnx::ValueInfoProto& input);
  bool is_signal(const std::string& name) const;
  void read_node();
  const Reader& find_reader() const;
  void read_outputs();

  // Nodes, each for `node_`.
  void read_add() { read_pair(OperatorKind::add); }
  void read_sub() { read_pair(OperatorKind::sub); }
  void read_mul() { read_pair(OperatorKind::mul); }
  void read_argmax();
  void read_average_pool() { read_pool(OperatorKind::average_pool); }
  void read_batch_normalization();
  void read_cast();
  void read_clip();
  void read_concat();
  void read_constant();
  void read_constant_of_shape();
  void read_conv();
  void read_dequantize();
  void read_div();
  void read_flatten();
  void read_gather();
  void read_gemm();
  void read_global_average_pool() { pool_all(OperatorKind::mean_hw, computed(0), true); }
  void read_global_max_pool() { pool_all(OperatorKind::max_pool, computed(0), true); }
  void read_hard_sigmoid();
  void read_hard_swish() { read_each(OperatorKind::hard_swish); }
  void read_identity();
  void read_leaky_relu();
  void read_mat_mul();
  void read_max_pool() { read_pool(OperatorKind::max_pool); }
  void read_pad();
  void read_prelu();
  void read_quantize();
  void read_reduce_mean();
  void read_relu() { read_each(OperatorKind::relu); }
  void read_reshape();
  void read_shape();
  void read_sigmoid() { read_each(OperatorKind::sigmoid); }
  void read_slice();
  void read_softmax();
  void read_squeeze();
  void read_tanh() { read_each(OperatorKind::tanh); }
  void read_transpose();
  void read_unsqueeze();

  // Inputs and attributes of the node.
  bool has_input(int k) const;
  Value& value(int k);
  Value& computed(int k);
  const Value& constant(int k);
  std::vector<std::int64_t> integers(const Value& value) const;
  std::vector<std::int64_t> integers(int k) { return integers(constant(k)); }
  float number(int k);
  const onnx::AttributeProto* attribute(std::string_view name, onnx::AttributeProto::AttributeType type) const;
  std::int64_t integer(std::string_view name, std::int64_t otherwise) const;
  float real(std::string_view name, float otherwise) const;
  std::string text(std::string_view name, const char* otherwise) const;
  std::vector<std::int64_t> attribute_integers(std::string_view name) const;
  std::vector<std::int64_t> axes_given(int k);  // as attribute, or from opset 13 on as input
  std::size_t axis_of(std::int64_t axis, std::size_t axes) const;

  // Results.
  void define(const std::string& name, Value value);
  void result(Value value) { define(node_->output(0), std::move(value)); }
  void fold(std::vector<std::int64_t> numbers, bool is_scalar = false);
  int emit(OperatorKind kind, std::vector<int> inputs, const Attributes& attributes = {});

  // Constants, and tensors in the shape and order that an operator needs.
  Tensor read_tensor(const onnx::TensorProto& tensor, const std::string& what);
  std::span<std::byte> own(std::size_t bytes);
  int add_tensor(Tensor tensor);
  int arranged(const Value& constant, const Stretches& stretches, Shape shape, const std::string& what = {},
               std::size_t scale_axis = 0);
  int constant_tensor(const std::vector<float>& numbers, const std::string& name);
  int shaped(int tensor, const Shape& shape);
  void arrange(Value& value, const Stretches& order);
  void arrange_axes(Value& value, const std::vector<std::size_t>& order);
  static std::vector<std::size_t> plain_order(std::size_t axes);
  static std::vector<std::size_t> image_order(std::size_t axes);
  static Axes image_axes(const Shape& result, std::size_t axes);
  int image(Value& value);
  int rows(Value& value, const std::vector<std::size_t>& along);
  Stretches like(const Stretches& constant, const Stretches& axis) const;

  // Parts of operators.
  void read_each(OperatorKind kind, const Attributes& attributes = {});
  void read_pair(OperatorKind kind);
  void pair(OperatorKind kind, Value& large, Value& small, bool large_first);
  std::pair<int, int> fitted(int large, const Shape& sizes, int small, const Shape& small_sizes);
  int clipped(int tensor, float low, float high);
  void read_pool(OperatorKind kind);
  void pool_all(OperatorKind kind, Value& x, bool keeps);
  void read_window(const Shape& x, Window& window, std::size_t spatial);
  void read_pads(const Shape& x, Window& window, std::size_t spatial);
  static void round_up(const Shape& x, Window& window);
  void connect(Value& x, const Value& weights, std::size_t inputs_axis, float factor, const Value* bias,
               float bias_factor);
  int multiplied(int tensor, float factor, const Shape& shape);
  int bias_row(const Value& bias, float factor, std::int64_t outputs);
  static bool lies_as_image(const Value& value);
  int placed(Value& value, bool as_image);
  static std::size_t placed_axis(std::size_t axis, std::size_t axes, bool as_image);
  Value placed_result(int tensor, std::size_t axes, bool as_image) const;
  void change_shape(Value& x, const Shape& shape);
  void fold_numbers(std::int64_t (*function)(std::int64_t, std::int64_t));
  void fold_pair(OperatorKind kind);
  void fold_division();
  void fold_concat(std::size_t axis);
  Quantisation quantisation_given();

  const std::shared_ptr<const onnx::ModelProto> model_;
  const onnx::GraphProto& file_graph_;
  const std::int64_t opset_;
  const std::size_t weight_bytes_max_;
  const std::string file_;

  Graph graph_;
  std::map<std::string, Value> values_;
  std::size_t owned_bytes_ = 0;
  const onnx::NodeProto* node_ = nullptr;
  int index_ = 0;  // of it
};

}  // namespace mica::ml
