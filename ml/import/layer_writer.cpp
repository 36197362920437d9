#include "ml/import/layer_writer.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <numeric>

#include "ml/import/block_text.hpp"
#include "ml/import/float_layer_writer.hpp"
#include "ml/import/layer_parts.hpp"
#include "ml/import/multiplier.hpp"

namespace mica::ml {
namespace {

double scale_of(const Tensor& tensor, std::size_t channel = 0) {
  const std::vector<float>& scales = tensor.quantisation.scales;
  return scales[scales.size() == 1 ? 0 : channel];
}
std::int32_t zero_of(const Tensor& tensor) { return tensor.quantisation.zero_points[0]; }

// For functions that are at their ends from a step on when the shift exceeds the field of a block: it does not matter.
int held_shift(const Multiplier& multiplier) { return std::min(multiplier.shift, 30); }

// Elements of a tensor that is padded: as many, evenly spaced in it and in the result.
struct Stretch {
  std::int64_t count = 1, from_step = 1, to_step = 1;
};

// The first is a run of neighbours; all elements are the places of one along those of another, and so on.
std::vector<Stretch> stretches_of(const Shape& from, const Shape& to) {
  std::vector<Stretch> stretches(1);
  std::int64_t from_step = 1, to_step = 1;
  for (std::size_t k = from.size(); k-- > 0; from_step *= from[k], to_step *= to[k]) {
    Stretch& last = stretches.back();
    const bool goes_on = from_step == last.from_step * last.count && to_step == last.to_step * last.count;
    if (goes_on)
      last.count *= from[k];
    else if (from[k] != 1)
      stretches.push_back({from[k], from_step, to_step});
  }
  return stretches;
}

class LayerWriter {
 public:
  LayerWriter(const Graph& graph, const Operator& one, const TensorNames& names)
      : graph_(graph), one_(one), names_(names) {}

  LayerText write();

 private:
  const Tensor& input(std::size_t k) const { return graph_.tensors[static_cast<std::size_t>(one_.inputs[k])]; }
  bool has_input(std::size_t k) const { return k < one_.inputs.size() && one_.inputs[k] >= 0; }
  const Tensor& output() const { return graph_.tensors[static_cast<std::size_t>(one_.outputs[0])]; }
  std::string input_name(std::size_t k) const { return names_(one_.inputs[k]); }
  std::string output_name() const { return names_(one_.outputs[0]); }
  const Attributes& attributes() const { return one_.attributes; }

  void take(const BlockText& block) {
    result_.text += block.text();
    result_.constant_bytes += block.constant_bytes();
    result_.words.push_back(block.word());
  }

  BlockText begin(std::string_view word) const;
  void need_int8() const;
  void weighted(BlockText& block, std::size_t outputs, bool is_one_float) const;
  void convolution(std::string_view word);
  void fully_connected();
  void pool(std::string_view word);
  void mean();
  void rescale(std::int32_t low, std::int32_t high);
  void clip(double low, double high);
  void leaky_relu();
  void hard_swish();
  void squash(std::string_view word);
  void sum();
  void product();
  void softmax();
  void argmax();
  std::int64_t pad_value() const;
  void pad();
  void concat();
  void transpose();

  const Graph& graph_;
  const Operator& one_;
  const TensorNames& names_;
  LayerText result_;
};

BlockText LayerWriter::begin(std::string_view word) const {
  BlockText block(word);
  block.name("input", input_name(0)).name("output", output_name());
  return block;
}

void LayerWriter::need_int8() const {
  for (const int index : {one_.inputs[0], one_.outputs[0]}) {
    const Tensor& tensor = graph_.tensors[static_cast<std::size_t>(index)];
    const bool is_index = one_.kind == OperatorKind::argmax && index == one_.outputs[0];
    if (tensor.type != TensorType::int8 && !is_index)
      throw GraphError{fmt::format("works on {}; only int8 and float32 can be converted", type_name(tensor.type)),
                       "unsupported_type"};
  }
}

// Weights, biases, and how sums come to the scale of the output.
void LayerWriter::weighted(BlockText& block, std::size_t outputs, bool is_one_float) const {
  const Tensor &x = input(0), &filter = input(1), &y = output();
  const bool by_channel = filter.quantisation.scales.size() > 1;
  std::vector<std::int32_t> factors;
  std::vector<std::int8_t> shifts;
  for (std::size_t o = 0; o < (by_channel ? outputs : 1); ++o) {
    // TensorFlow Lite multiplies floats here where there is one scale for all of a fully connected layer.
    const double both =
        is_one_float && !by_channel
            ? static_cast<double>(static_cast<float>(scale_of(x)) * static_cast<float>(scale_of(filter)))
            : scale_of(x) * scale_of(filter, o);
    const Multiplier multiplier = multiplier_of(both / scale_of(y));
    factors.push_back(multiplier.factor);
    shifts.push_back(static_cast<std::int8_t>(multiplier.shift));
  }
  const Int8Limits limits = limits_of(attributes().activation, y);
  block.numbers("zeros", {zero_of(x), zero_of(y)}, {0, 0})
      .numbers("clamp", {limits.low, limits.high}, {-128, 127})
      .array("filter", numbers_of<std::int8_t>(filter))
      .array("bias", has_input(2) ? numbers_of<std::int32_t>(input(2)) : std::vector<std::int32_t>(outputs))
      .array("multiplier", factors)
      .array("shift", shifts);
}

void LayerWriter::convolution(std::string_view word) {
  BlockText block = begin(word);
  write_window(block, graph_, one_);
  block.numbers("groups", {attributes().groups}, {1});
  weighted(block, static_cast<std::size_t>(image_of(output()).channels), false);
  take(block);
}

void LayerWriter::fully_connected() {
  BlockText block = begin("fully-connected{");
  weighted(block, static_cast<std::size_t>(input(1).shape[0]), true);
  take(block);
}

void LayerWriter::pool(std::string_view word) {
  check_pool(one_);
  BlockText block = begin(word);
  write_window(block, graph_, one_);
  const Int8Limits limits = limits_of(attributes().activation, output());
  block.numbers("clamp", {limits.low, limits.high}, {-128, 127});
  take(block);
}

// The fraction takes in the number of elements, as the kernel of TensorFlow Lite does it.
void LayerWriter::mean() {
  const Image image = image_of(input(0));
  const std::int64_t cells = image.height * image.width;
  const Multiplier whole = multiplier_of(scale_of(input(0)) / scale_of(output()));
  int places = 0;
  while (places < 32 && (cells >> (places + 1)) != 0) ++places;
  places = std::min(places, 31 + whole.shift);
  const std::int64_t factor = places < 0 ? 0 : (std::int64_t{whole.factor} << places) / cells;
  BlockText block = begin("mean{");
  block.numbers("size", {image.height, image.width, image.channels})
      .numbers("zeros", {zero_of(input(0)), zero_of(output())}, {0, 0})
      .numbers("multiplier", {factor})
      .numbers("shift", {whole.shift - places}, {0});
  take(block);
}

void LayerWriter::rescale(std::int32_t low, std::int32_t high) {
  const Multiplier multiplier = multiplier_of(scale_of(input(0)) / scale_of(output()));
  BlockText block = begin("rescale{");
  block.numbers("zeros", {zero_of(input(0)), zero_of(output())}, {0, 0})
      .numbers("multiplier", {multiplier.factor})
      .numbers("shift", {multiplier.shift}, {0})
      .numbers("clamp", {low, high}, {-128, 127});
  take(block);
}

void LayerWriter::clip(double low, double high) {
  const auto limit = [&](double real) {
    return static_cast<std::int32_t>(
        std::clamp<std::int64_t>(quantised(static_cast<float>(real), output()), -128, 127));
  };
  rescale(limit(low), limit(high));
}

// In floats, as TensorFlow Lite Micro prepares it; a negative slope has a negative factor.
void LayerWriter::leaky_relu() {
  const auto x = static_cast<float>(scale_of(input(0))), y = static_cast<float>(scale_of(output()));
  const Multiplier above = multiplier_of(static_cast<double>(x / y));
  const Multiplier below = multiplier_of(static_cast<double>(x * attributes().alpha / y));
  BlockText block = begin("leaky-relu{");
  block.numbers("zeros", {zero_of(input(0)), zero_of(output())}, {0, 0})
      .numbers("multiplier", {above.factor})
      .numbers("shift", {above.shift}, {0})
      .numbers("slope", {below.factor})
      .numbers("slope-shift", {below.shift}, {0});
  take(block);
}

// In floats, then with 16 bits, as TensorFlow Lite Micro prepares it.
void LayerWriter::hard_swish() {
  const float fine = (1.0f / 128.0f) * static_cast<float>(scale_of(input(0)));
  const auto part = [](float ratio) {
    const Multiplier whole = multiplier_of(static_cast<double>(ratio));
    const std::int64_t half = (std::int64_t{whole.factor} + (1 << 15)) >> 16;
    return Multiplier{static_cast<std::int32_t>(std::min<std::int64_t>(half, 32767)), whole.shift};
  };
  const Multiplier out = part(fine / static_cast<float>(scale_of(output())));
  const Multiplier inner = part(fine / (3.0f / 32768.0f));
  BlockText block = begin("hard-swish{");
  block.numbers("zeros", {zero_of(input(0)), zero_of(output())}, {0, 0})
      .numbers("factors", {out.factor, inner.factor})
      .numbers("shifts", {out.shift, held_shift(inner)}, {0, 0});
  take(block);
}

// 4 bits before the point of what the function is of. From the radius on, away from zero, results are at their ends; no
// number is 256 away.
void LayerWriter::squash(std::string_view word) {
  const Multiplier multiplier = multiplier_of(scale_of(input(0)) * (1 << 27));
  const auto radius = static_cast<std::int64_t>(std::floor(15.0 * (1 << 27) / std::exp2(multiplier.shift)));
  BlockText block = begin(word);
  block.numbers("zero", {zero_of(input(0))}, {0})
      .numbers("multiplier", {multiplier.factor})
      .numbers("shift", {held_shift(multiplier)}, {0})
      .numbers("radius", {std::clamp<std::int64_t>(radius, 0, 256)});
  take(block);
}

void LayerWriter::sum() {
  const auto [a, b] = operands_of(graph_, one_);
  const auto ratio = [&](double x, double y) {
    const bool in_floats = one_.kind == OperatorKind::sub;
    return multiplier_of(in_floats ? static_cast<double>(static_cast<float>(x) / static_cast<float>(y)) : x / y);
  };
  const double both = 2 * std::max(scale_of(input(0)), scale_of(input(1)));
  const Multiplier first = ratio(scale_of(input(a)), both), second = ratio(scale_of(input(b)), both);
  const Multiplier result = ratio(both, (1 << 20) * scale_of(output()));
  const Int8Limits limits = limits_of(attributes().activation, output());
  BlockText block("add{");
  block.name("a", input_name(a))
      .name("b", input_name(b))
      .name("output", output_name())
      .numbers("zeros", {zero_of(input(a)), zero_of(input(b)), zero_of(output())}, {0, 0, 0})
      .numbers("multipliers", {first.factor, second.factor, result.factor})
      .numbers("shifts", {first.shift, second.shift, result.shift})
      .numbers("clamp", {limits.low, limits.high}, {-128, 127});
  if (one_.kind == OperatorKind::sub) block.name("negate", a == 0 ? "b" : "a");
  take(block);
}

void LayerWriter::product() {
  const auto [a, b] = operands_of(graph_, one_);
  const Multiplier result = multiplier_of(scale_of(input(0)) * scale_of(input(1)) / scale_of(output()));
  const Int8Limits limits = limits_of(attributes().activation, output());
  BlockText block("mul{");
  block.name("a", input_name(a))
      .name("b", input_name(b))
      .name("output", output_name())
      .numbers("zeros", {zero_of(input(a)), zero_of(input(b)), zero_of(output())}, {0, 0, 0})
      .numbers("multiplier", {result.factor})
      .numbers("shift", {result.shift}, {0})
      .numbers("clamp", {limits.low, limits.high}, {-128, 127});
  take(block);
}

void LayerWriter::softmax() {
  constexpr double point = 1 << 26;
  const Multiplier multiplier =
      multiplier_of(std::min(static_cast<double>(attributes().beta) * scale_of(input(0)) * point, 2147483647.0));
  const auto least = static_cast<std::int64_t>(-std::floor(31 * point / std::exp2(multiplier.shift)));
  BlockText block = begin("softmax{");
  block.numbers("columns", {input(0).shape.back()})
      .numbers("multiplier", {multiplier.factor})
      .numbers("shift", {held_shift(multiplier)}, {0})
      .numbers("least", {std::max<std::int64_t>(least, -2147483647)});
  take(block);
}

void LayerWriter::argmax() {
  check_argmax(graph_, one_);
  BlockText block = begin("argmax{");
  block.numbers("columns", {input(0).shape.back()});
  take(block);
}

// Of floats the bits.
std::int64_t LayerWriter::pad_value() const {
  const double value = attributes().pad_value;
  if (output().type != TensorType::float32) return static_cast<std::int64_t>(value);
  return std::bit_cast<std::int32_t>(static_cast<float>(value));
}

// All of the output is filled, then the input is copied into it: runs, and rows of them along the longest of the
// stretches. Along the others copies are made one by one.
void LayerWriter::pad() {
  std::vector<Stretch> stretches = stretches_of(input(0).shape, output().shape);
  const std::int64_t run = stretches.front().count;
  const auto longest =
      std::max_element(stretches.begin() + 1, stretches.end(), [](auto& a, auto& b) { return a.count < b.count; });
  const Stretch rows = longest == stretches.end() ? Stretch{1, 0, 0} : *longest;
  if (longest != stretches.end()) stretches.erase(longest);
  std::int64_t copies = 1, before = 0, step = 1;
  for (std::size_t k = 1; k < stretches.size(); ++k) copies *= stretches[k].count;
  for (std::size_t k = output().shape.size(); k-- > 0; step *= output().shape[k])
    before += attributes().pads[k][0] * step;
  constexpr std::int64_t copies_max = 64;
  if (copies > copies_max)
    throw GraphError{fmt::format("pads so that {} copies are needed, at most {} are made", copies, copies_max),
                     "unsupported_attribute"};
  BlockText fill("fill{");
  fill.name("output", output_name())
      .numbers("length", {static_cast<std::int64_t>(output().elements())})
      .numbers("value", {pad_value()}, {0});
  take(fill);
  for (std::int64_t copy = 0; copy < copies; ++copy) {
    std::int64_t from = 0, to = before, rest = copy;
    for (std::size_t k = 1; k < stretches.size(); rest /= stretches[k++].count) {
      from += rest % stretches[k].count * stretches[k].from_step;
      to += rest % stretches[k].count * stretches[k].to_step;
    }
    BlockText block = begin("copy{");
    block.numbers("rows", {rows.count}, {1})
        .numbers("length", {run})
        .numbers("from", {from, rows.from_step}, {0, 0})
        .numbers("to", {to, rows.to_step}, {0, 0});
    take(block);
  }
}

void LayerWriter::concat() {
  const std::size_t axis = attributes().axis;
  std::int64_t rows = 1, total = 1, first = 0;
  for (std::size_t k = 0; k < axis; ++k) rows *= output().shape[k];
  for (std::size_t k = axis; k < output().shape.size(); ++k) total *= output().shape[k];
  for (std::size_t k = 0; k < one_.inputs.size(); ++k) {
    const std::int64_t run = static_cast<std::int64_t>(input(k).elements()) / rows;
    BlockText block("copy{");
    block.name("input", input_name(k)).name("output", output_name());
    block.numbers("rows", {rows}, {1})
        .numbers("length", {run})
        .numbers("from", {0, run}, {0, 0})
        .numbers("to", {first, total}, {0, 0});
    take(block);
    first += run;
  }
}

// Runs are the axes at the end that stay there. Of the axes in front of them the longest is gone along by one copy; for
// each place of the others there is one.
void LayerWriter::transpose() {
  struct Axis {
    std::int64_t size, from, to;  // steps in memory
  };
  const Shape &from = input(0).shape, &to = output().shape;
  const std::vector<std::size_t>& order = attributes().permutation;
  std::vector<Axis> axes;  // in the order of the output
  for (std::size_t k = 0; k < order.size(); ++k) {
    Axis axis = {to[k], 1, 1};
    for (std::size_t j = order[k] + 1; j < from.size(); ++j) axis.from *= from[j];
    for (std::size_t j = k + 1; j < to.size(); ++j) axis.to *= to[j];
    if (axis.size > 1) axes.push_back(axis);
  }
  std::int64_t run = 1;
  while (!axes.empty() && axes.back().from == run) {
    run *= axes.back().size;
    axes.pop_back();
  }
  const auto longest =
      std::max_element(axes.begin(), axes.end(), [](const Axis& a, const Axis& b) { return a.size < b.size; });
  const Axis row = axes.empty() ? Axis{1, 0, 0} : *longest;
  if (!axes.empty()) axes.erase(longest);
  std::int64_t copies = 1;
  constexpr std::int64_t copies_max = 256;
  for (const Axis& axis : axes) copies *= axis.size;
  if (copies > copies_max)
    throw GraphError{
        fmt::format("moves numbers in memory, which takes {} copies; at most {} are made", copies, copies_max),
        "unsupported_operator"};
  for (std::int64_t copy = 0; copy < copies; ++copy) {
    std::int64_t first = 0, target = 0, rest = copy;
    for (const Axis& axis : axes) {
      first += rest % axis.size * axis.from;
      target += rest % axis.size * axis.to;
      rest /= axis.size;
    }
    BlockText block = begin("copy{");
    block.numbers("rows", {row.size}, {1})
        .numbers("length", {run})
        .numbers("from", {first, row.from}, {0, 0})
        .numbers("to", {target, row.to}, {0, 0});
    take(block);
  }
}

LayerText LayerWriter::write() {
  if (one_.kind == OperatorKind::reshape) return {};  // the result lies where its input does
  const bool only_moves = one_.kind == OperatorKind::pad || one_.kind == OperatorKind::concat ||
                          one_.kind == OperatorKind::transpose;
  const bool has_floats = input(0).type == TensorType::float32 || output().type == TensorType::float32;
  if (has_floats && !only_moves) return write_float_layer(graph_, one_, names_);
  if (!has_floats) need_int8();
  switch (one_.kind) {
    case OperatorKind::conv2d: convolution("conv2d{"); break;
    case OperatorKind::depthwise_conv2d: convolution("depthwise-conv2d{"); break;
    case OperatorKind::fully_connected: fully_connected(); break;
    case OperatorKind::add:
    case OperatorKind::sub: sum(); break;
    case OperatorKind::mul: product(); break;
    case OperatorKind::average_pool: pool("average-pool{"); break;
    case OperatorKind::max_pool: pool("max-pool{"); break;
    case OperatorKind::mean_hw: mean(); break;
    case OperatorKind::softmax: softmax(); break;
    case OperatorKind::pad: pad(); break;
    case OperatorKind::concat: concat(); break;
    case OperatorKind::relu: {
      const Int8Limits limits = limits_of(Activation::relu, output());
      rescale(limits.low, limits.high);
      break;
    }
    case OperatorKind::relu6: clip(0, 6); break;
    case OperatorKind::relu_n1_to_1: clip(-1, 1); break;
    case OperatorKind::clip: clip(attributes().low, attributes().high); break;
    case OperatorKind::sigmoid: squash("sigmoid{"); break;
    case OperatorKind::tanh: squash("tanh{"); break;
    case OperatorKind::hard_swish: hard_swish(); break;
    case OperatorKind::leaky_relu: leaky_relu(); break;
    case OperatorKind::argmax: argmax(); break;
    case OperatorKind::quantise: rescale(-128, 127); break;
    case OperatorKind::transpose: transpose(); break;
    default:
      throw GraphError{fmt::format("{} cannot be converted for int8 yet", kind_name(one_.kind)),
                       "unsupported_operator"};
  }
  return std::move(result_);
}

}  // namespace

LayerText write_layer(const Graph& graph, const Operator& one, const TensorNames& names) {
  return LayerWriter(graph, one, names).write();
}

}  // namespace mica::ml
