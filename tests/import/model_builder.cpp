#include "tests/import/model_builder.hpp"

#include "ml/import/graph_network.hpp"
#include "ml/import/onnx_reader.hpp"

namespace mica::tests {

ModelBuilder::ModelBuilder(std::int64_t opset) {
  model.set_ir_version(8);
  model.add_opset_import()->set_version(opset);
  graph().set_name("graph");
}

ModelBuilder& ModelBuilder::input(const std::string& name, const std::vector<std::int64_t>& sizes) {
  onnx::ValueInfoProto& value = *graph().add_input();
  value.set_name(name);
  onnx::TypeProto::Tensor& type = *value.mutable_type()->mutable_tensor_type();
  type.set_elem_type(onnx::TensorProto::FLOAT);
  for (std::int64_t size : sizes) {
    auto& dimension = *type.mutable_shape()->add_dim();
    if (size == 0)
      dimension.set_dim_param("N");
    else
      dimension.set_dim_value(size);
  }
  return *this;
}

ModelBuilder& ModelBuilder::output(const std::string& name) {
  graph().add_output()->set_name(name);
  return *this;
}

onnx::TensorProto& ModelBuilder::tensor(const std::string& name, const std::vector<std::int64_t>& sizes,
                                        const std::vector<float>& numbers) {
  onnx::TensorProto& tensor = *graph().add_initializer();
  tensor.set_name(name);
  tensor.set_data_type(onnx::TensorProto::FLOAT);
  for (std::int64_t size : sizes) tensor.add_dims(size);
  for (float number : numbers) tensor.add_float_data(number);
  return tensor;
}

onnx::TensorProto& ModelBuilder::integers(const std::string& name, const std::vector<std::int64_t>& numbers) {
  onnx::TensorProto& tensor = *graph().add_initializer();
  tensor.set_name(name);
  tensor.set_data_type(onnx::TensorProto::INT64);
  tensor.add_dims(static_cast<std::int64_t>(numbers.size()));
  for (std::int64_t number : numbers) tensor.add_int64_data(number);
  return tensor;
}

onnx::NodeProto& ModelBuilder::node(const std::string& operation, const std::vector<std::string>& inputs,
                                    const std::string& output) {
  onnx::NodeProto& node = *graph().add_node();
  node.set_op_type(operation);
  node.set_name("/" + output);
  for (const std::string& input : inputs) node.add_input(input);
  node.add_output(output);
  return node;
}

void set_integer(onnx::NodeProto& node, const std::string& name, std::int64_t value) {
  onnx::AttributeProto& attribute = *node.add_attribute();
  attribute.set_name(name);
  attribute.set_type(onnx::AttributeProto::INT);
  attribute.set_i(value);
}

void set_integers(onnx::NodeProto& node, const std::string& name, const std::vector<std::int64_t>& values) {
  onnx::AttributeProto& attribute = *node.add_attribute();
  attribute.set_name(name);
  attribute.set_type(onnx::AttributeProto::INTS);
  for (std::int64_t value : values) attribute.add_ints(value);
}

void set_real(onnx::NodeProto& node, const std::string& name, float value) {
  onnx::AttributeProto& attribute = *node.add_attribute();
  attribute.set_name(name);
  attribute.set_type(onnx::AttributeProto::FLOAT);
  attribute.set_f(value);
}

ModelBuilder small_model() {
  ModelBuilder builder;
  builder.input("x", {0, 3}).output("y");
  builder.tensor("w1", {3, 2}, {0.5f, -1.5f, 2.0f, 0.25f, -0.75f, 1.0f});
  builder.tensor("b1", {2}, {0.1f, -0.2f});
  builder.tensor("w2", {2, 4}, {3.0f, -2.0f, 0.5f, 1.0f, -1.0f, 4.0f, 0.25f, -3.0f});
  builder.tensor("b2", {1, 4}, {0.0f, 0.5f, -0.5f, 1.0f});
  builder.node("MatMul", {"x", "w1"}, "m1");
  builder.node("Add", {"m1", "b1"}, "a1");
  builder.node("Sigmoid", {"a1"}, "s1");
  builder.node("MatMul", {"s1", "w2"}, "m2");
  builder.node("Add", {"b2", "m2"}, "a2");
  set_integer(builder.node("Softmax", {"a2"}, "y"), "axis", 1);
  return builder;
}

ml::Network read_network(const std::string& bytes) {
  return ml::network_of(ml::read_onnx_graph(bytes, "m.onnx"), "m.onnx");
}

}  // namespace mica::tests
