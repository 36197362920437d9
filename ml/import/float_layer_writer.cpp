#include "ml/import/float_layer_writer.hpp"

#include <fmt/format.h>

#include <cmath>
#include <limits>

#include "ml/import/layer_parts.hpp"

namespace mica::ml {
namespace {

constexpr float infinity = std::numeric_limits<float>::infinity();

class FloatLayerWriter {
 public:
  FloatLayerWriter(const Graph& graph, const Operator& one, const TensorNames& names)
      : graph_(graph), one_(one), names_(names) {}

  LayerText write();

 private:
  const Tensor& input(std::size_t k) const { return graph_.tensor(one_.inputs[k]); }
  bool has_input(std::size_t k) const { return k < one_.inputs.size() && one_.inputs[k] >= 0; }
  const Tensor& output() const { return graph_.tensor(one_.outputs[0]); }
  const Attributes& attributes() const { return one_.attributes; }

  BlockText begin(std::string_view word) const {
    BlockText block(word);
    block.name("input", names_(one_.inputs[0])).name("output", names_(one_.outputs[0]));
    return block;
  }
  void take(const BlockText& block) {
    result_.text += block.text();
    result_.constant_bytes += block.constant_bytes();
    result_.words.push_back(block.word());
  }

  void need_types() const;
  void activation(BlockText& block) const;
  void weighted(BlockText& block, std::size_t outputs) const;
  void convolution(std::string_view word);
  void fully_connected();
  void pool(std::string_view word);
  void mean();
  void clip(float low, float high);
  void leaky_relu();
  void pair(std::string_view word);
  void batch_norm();
  void softmax();
  void argmax();
  void int8(std::string_view word, const Tensor& tensor);
  void unary(std::string_view word) { take(begin(word)); }

  const Graph& graph_;
  const Operator& one_;
  const TensorNames& names_;
  LayerText result_;
};

void FloatLayerWriter::need_types() const {
  const auto need = [](const Tensor& tensor, TensorType type) {
    if (tensor.type != type)
      throw GraphError{fmt::format("works on {} and float32; that cannot be converted", type_name(tensor.type)),
                       "unsupported_type"};
  };
  need(input(0), one_.kind == OperatorKind::dequantise ? TensorType::int8 : TensorType::float32);
  if (one_.kind == OperatorKind::argmax) return;
  need(output(), one_.kind == OperatorKind::quantise ? TensorType::int8 : TensorType::float32);
}

void FloatLayerWriter::activation(BlockText& block) const {
  switch (attributes().activation) {
    case Activation::none: break;
    case Activation::relu: block.floats("clamp", {0, infinity}); break;
    case Activation::relu6: block.floats("clamp", {0, 6}); break;
    case Activation::relu_n1_to_1: block.floats("clamp", {-1, 1}); break;
  }
}

void FloatLayerWriter::weighted(BlockText& block, std::size_t outputs) const {
  activation(block);
  block.array("filter", numbers_of<float>(input(1)))
      .array("bias", has_input(2) ? numbers_of<float>(input(2)) : std::vector<float>(outputs));
}

void FloatLayerWriter::convolution(std::string_view word) {
  BlockText block = begin(word);
  write_window(block, graph_, one_);
  block.numbers("groups", {attributes().groups}, {1});
  weighted(block, static_cast<std::size_t>(image_of(output()).channels));
  take(block);
}

void FloatLayerWriter::fully_connected() {
  BlockText block = begin("ffully-connected{");
  weighted(block, static_cast<std::size_t>(input(1).shape[0]));
  take(block);
}

void FloatLayerWriter::pool(std::string_view word) {
  check_pool(one_);
  BlockText block = begin(word);
  write_window(block, graph_, one_);
  activation(block);
  take(block);
}

void FloatLayerWriter::mean() {
  const Image image = image_of(input(0));
  BlockText block = begin("fmean{");
  block.numbers("size", {image.height, image.width, image.channels});
  take(block);
}

void FloatLayerWriter::clip(float low, float high) {
  BlockText block = begin("fclamp{");
  block.floats("clamp", {low, high});
  take(block);
}

void FloatLayerWriter::leaky_relu() {
  BlockText block = begin("fleaky-relu{");
  block.floats("slope", {attributes().alpha});
  take(block);
}

void FloatLayerWriter::pair(std::string_view word) {
  const auto [a, b] = operands_of(graph_, one_);
  BlockText block(word);
  block.name("a", names_(one_.inputs[a])).name("b", names_(one_.inputs[b])).name("output", names_(one_.outputs[0]));
  if (one_.kind == OperatorKind::sub) block.name("negate", a == 0 ? "b" : "a");
  activation(block);
  take(block);
}

// (x - mean) / sqrt(variance + epsilon) * scale + shift, as a factor and a term for each channel.
void FloatLayerWriter::batch_norm() {
  const auto channels = static_cast<std::size_t>(input(0).shape.back());
  std::vector<float> factors, terms;
  for (std::size_t k = 0; k < channels; ++k) {
    const auto number = [&](std::size_t input_number) {
      return static_cast<double>(input(input_number).element<float>(k));
    };
    const double factor = number(1) / std::sqrt(number(4) + static_cast<double>(attributes().epsilon));
    factors.push_back(static_cast<float>(factor));
    terms.push_back(static_cast<float>(number(2) - number(3) * factor));
  }
  const std::string from = names_(one_.inputs[0]), to = names_(one_.outputs[0]);
  BlockText product("fmul{");
  product.name("a", from).name("output", to).array("b", factors);
  take(product);
  BlockText sum("fadd{");
  sum.name("a", to).name("output", to).array("b", terms);
  take(sum);
}

void FloatLayerWriter::softmax() {
  BlockText block = begin("fsoftmax{");
  block.numbers("columns", {input(0).shape.back()});
  if (attributes().beta != 1) block.floats("beta", {attributes().beta});
  take(block);
}

void FloatLayerWriter::argmax() {
  check_argmax(graph_, one_);
  BlockText block = begin("fargmax{");
  block.numbers("columns", {input(0).shape.back()});
  take(block);
}

// To or from the int8 of that tensor.
void FloatLayerWriter::int8(std::string_view word, const Tensor& tensor) {
  BlockText block = begin(word);
  block.floats("scale", {tensor.quantisation.scales[0]}).numbers("zero", {tensor.quantisation.zero_points[0]}, {0});
  take(block);
}

LayerText FloatLayerWriter::write() {
  need_types();
  switch (one_.kind) {
    case OperatorKind::conv2d: convolution("fconv2d{"); break;
    case OperatorKind::depthwise_conv2d: convolution("fdepthwise-conv2d{"); break;
    case OperatorKind::fully_connected: fully_connected(); break;
    case OperatorKind::add:
    case OperatorKind::sub: pair("fadd{"); break;
    case OperatorKind::mul: pair("fmul{"); break;
    case OperatorKind::average_pool: pool("faverage-pool{"); break;
    case OperatorKind::max_pool: pool("fmax-pool{"); break;
    case OperatorKind::mean_hw: mean(); break;
    case OperatorKind::softmax: softmax(); break;
    case OperatorKind::relu: clip(0, infinity); break;
    case OperatorKind::relu6: clip(0, 6); break;
    case OperatorKind::relu_n1_to_1: clip(-1, 1); break;
    case OperatorKind::clip: clip(attributes().low, attributes().high); break;
    case OperatorKind::sigmoid: unary("fsigmoid{"); break;
    case OperatorKind::tanh: unary("ftanh{"); break;
    case OperatorKind::hard_swish: unary("fhard-swish{"); break;
    case OperatorKind::leaky_relu: leaky_relu(); break;
    case OperatorKind::batch_norm: batch_norm(); break;
    case OperatorKind::argmax: argmax(); break;
    case OperatorKind::quantise: int8("quantise{", output()); break;
    case OperatorKind::dequantise: int8("dequantise{", input(0)); break;
    default:
      throw GraphError{fmt::format("{} cannot be converted for float32 yet", kind_name(one_.kind)),
                       "unsupported_operator"};
  }
  return std::move(result_);
}

}  // namespace

LayerText write_float_layer(const Graph& graph, const Operator& one, const TensorNames& names) {
  return FloatLayerWriter(graph, one, names).write();
}

}  // namespace mica::ml
