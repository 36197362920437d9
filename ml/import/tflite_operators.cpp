// The operators of TensorFlow Lite that can be converted. Shapes, types and quantisation are checked where all readers
// do; here is checked what decides whether the file can be understood.
#include <fmt/format.h>

#include <algorithm>

#include "ml/import/graph_checks.hpp"
#include "ml/import/tflite_walk.hpp"

namespace mica::ml {

using Code = tflite::OperatorCode;

const TfliteWalk::Reader TfliteWalk::readers[] = {
    {Code::ADD, OperatorKind::add, &TfliteWalk::read_add, all_values, 0},
    {Code::ARG_MAX, OperatorKind::argmax, &TfliteWalk::read_argmax, 1, 1},
    {Code::AVERAGE_POOL_2D, OperatorKind::average_pool, &TfliteWalk::read_pool, all_values, 0},
    {Code::CONCATENATION, OperatorKind::concat, &TfliteWalk::read_concat, all_values, 0},
    {Code::CONV_2D, OperatorKind::conv2d, &TfliteWalk::read_convolution, all_values, 0},
    {Code::DEPTHWISE_CONV_2D, OperatorKind::depthwise_conv2d, &TfliteWalk::read_depthwise, all_values, 0},
    {Code::DEQUANTIZE, OperatorKind::dequantise, &TfliteWalk::read_nothing, all_values, 0},
    {Code::EXPAND_DIMS, OperatorKind::reshape, &TfliteWalk::read_expand_dims, 1, 1},
    {Code::FULLY_CONNECTED, OperatorKind::fully_connected, &TfliteWalk::read_fully_connected, all_values, 0},
    {Code::HARD_SWISH, OperatorKind::hard_swish, &TfliteWalk::read_nothing, all_values, 0},
    {Code::LEAKY_RELU, OperatorKind::leaky_relu, &TfliteWalk::read_leaky_relu, all_values, 0},
    {Code::LOGISTIC, OperatorKind::sigmoid, &TfliteWalk::read_nothing, all_values, 0},
    {Code::MAX_POOL_2D, OperatorKind::max_pool, &TfliteWalk::read_pool, all_values, 0},
    {Code::MEAN, OperatorKind::mean_hw, &TfliteWalk::read_mean, 1, 1},
    {Code::MUL, OperatorKind::mul, &TfliteWalk::read_mul, all_values, 0},
    {Code::PACK, OperatorKind::reshape, &TfliteWalk::fold_pack, no_values, 0},
    {Code::PAD, OperatorKind::pad, &TfliteWalk::read_pad, 1, 1},
    {Code::PADV2, OperatorKind::pad, &TfliteWalk::read_pad, 1, 2},
    {Code::QUANTIZE, OperatorKind::quantise, &TfliteWalk::read_nothing, all_values, 0},
    {Code::RELU, OperatorKind::relu, &TfliteWalk::read_nothing, all_values, 0},
    {Code::RELU6, OperatorKind::relu6, &TfliteWalk::read_nothing, all_values, 0},
    {Code::RELU_0_TO_1, OperatorKind::clip, &TfliteWalk::read_relu_0_to_1, all_values, 0},
    {Code::RELU_N1_TO_1, OperatorKind::relu_n1_to_1, &TfliteWalk::read_nothing, all_values, 0},
    {Code::RESHAPE, OperatorKind::reshape, &TfliteWalk::read_reshape, 1, 1},
    {Code::SHAPE, OperatorKind::reshape, &TfliteWalk::fold_shape, no_values, 0},
    {Code::SOFTMAX, OperatorKind::softmax, &TfliteWalk::read_softmax, all_values, 0},
    {Code::SQUEEZE, OperatorKind::reshape, &TfliteWalk::read_squeeze, all_values, 0},
    {Code::STRIDED_SLICE, OperatorKind::reshape, &TfliteWalk::fold_strided_slice, no_values, 0},
    {Code::SUB, OperatorKind::sub, &TfliteWalk::read_sub, all_values, 0},
    {Code::TANH, OperatorKind::tanh, &TfliteWalk::read_nothing, all_values, 0},
    {Code::TRANSPOSE, OperatorKind::transpose, &TfliteWalk::read_transpose, 1, 1},
    {Code::ADD, OperatorKind::add, nullptr, 0, 0},
};

namespace {

constexpr int integers_max = 64;  // in a constant that is a shape, axes, or pads

template <typename Options>
constexpr tflite::Options options_number = tflite::OptionsTraits<Options>::enum_value;

}  // namespace

// Files leave out what is as by default, but not the options themselves.
template <typename Options>
const Options& TfliteWalk::options() const {
  if (operator_->options() == nullptr || operator_->options_type() != options_number<Options>)
    refuse("its options lack, or are those of another operator", "unsupported_attribute");
  return *static_cast<const Options*>(operator_->options());
}

bool TfliteWalk::has_file_input(std::size_t k) const {
  const int index =
      static_cast<int>(k) < length(operator_->inputs()) ? at(operator_->inputs(), static_cast<int>(k)) : -1;
  return index != -1;
}

int TfliteWalk::file_input(std::size_t k) const {
  if (!has_file_input(k)) refuse(fmt::format("lacks its input {}", k), "missing_tensor");
  return at(operator_->inputs(), static_cast<int>(k));
}

// A constant input that says how, or a shape that has been computed.
std::vector<std::int64_t> TfliteWalk::integers(std::size_t k) {
  const int index = file_input(k);
  if (const auto found = folded_.find(index); found != folded_.end()) return found->second;
  const Tensor tensor = read_tensor(index);
  if (!tensor.is_constant())
    refuse(fmt::format("takes {} where a constant should be", tensor_text(index)), "unsupported_graph");
  const std::size_t count = tensor.elements();
  if ((tensor.type != TensorType::int32 && tensor.type != TensorType::int64) || count > integers_max)
    refuse(fmt::format("{} should be a short list of integers", tensor_text(index)), "unsupported_type");
  std::vector<std::int64_t> numbers;
  for (std::size_t j = 0; j < count; ++j)
    numbers.push_back(tensor.type == TensorType::int32 ? tensor.element<std::int32_t>(j)
                                                       : tensor.element<std::int64_t>(j));
  return numbers;
}

std::size_t TfliteWalk::axis_of(std::int64_t axis, std::size_t axes) const {
  const auto count = static_cast<std::int64_t>(axes);
  if (axis < -count || axis >= count) refuse(fmt::format("has an axis of {}, of {}", axis, count), "bad_attribute");
  return static_cast<std::size_t>(axis < 0 ? axis + count : axis);
}

Activation TfliteWalk::activation_of(tflite::Fused fused) const {
  switch (fused) {
    case tflite::Fused::NONE: return Activation::none;
    case tflite::Fused::RELU: return Activation::relu;
    case tflite::Fused::RELU6: return Activation::relu6;
    case tflite::Fused::RELU_N1_TO_1: return Activation::relu_n1_to_1;
    default: break;
  }
  const std::string name = tflite::EnumNameFused(fused);
  refuse(fmt::format("its fused activation {} is not supported",
                     name.empty() ? std::to_string(static_cast<int>(fused)) : name),
         "unsupported_attribute");
}

template <typename Options>
void TfliteWalk::read_strides(const Options& options) {
  one_.attributes.window.stride_height = options.stride_h();
  one_.attributes.window.stride_width = options.stride_w();
  one_.attributes.activation = activation_of(options.fused());
}

// Paddings as numbers. Where those of the window are none, the check of the shape will say so.
void TfliteWalk::resolve_padding(tflite::Padding padding) {
  if (padding != tflite::Padding::SAME && padding != tflite::Padding::VALID)
    refuse(fmt::format("has a padding of kind {}", static_cast<int>(padding)), "unsupported_attribute");
  Window& w = one_.attributes.window;
  const Shape& x = input(0).shape;
  const bool valid = x.size() == 4 && std::min({w.kernel_height, w.kernel_width, w.stride_height, w.stride_width,
                                                w.dilation_height, w.dilation_width}) > 0;
  if (padding == tflite::Padding::VALID || !valid) return;
  const auto rows = same_pads(x[1], w.kernel_height, w.stride_height, w.dilation_height);
  const auto columns = same_pads(x[2], w.kernel_width, w.stride_width, w.dilation_width);
  w.pad_top = rows[0], w.pad_bottom = rows[1];
  w.pad_left = columns[0], w.pad_right = columns[1];
}

void TfliteWalk::read_convolution() {
  const auto& given = options<tflite::Conv2DOptions>();
  read_strides(given);
  Window& w = one_.attributes.window;
  w.dilation_height = given.dilation_h(), w.dilation_width = given.dilation_w();
  const Shape &x = input(0).shape, &filter = input(1).shape;
  if (filter.size() == 4) {
    w.kernel_height = filter[1], w.kernel_width = filter[2];
    if (x.size() == 4 && x[3] % filter[3] == 0) one_.attributes.groups = x[3] / filter[3];
  }
  resolve_padding(given.padding());
}

void TfliteWalk::read_depthwise() {
  const auto& given = options<tflite::DepthwiseConv2DOptions>();
  read_strides(given);
  Window& w = one_.attributes.window;
  w.dilation_height = given.dilation_h(), w.dilation_width = given.dilation_w();
  const Shape& filter = input(1).shape;
  if (filter.size() == 4) w.kernel_height = filter[1], w.kernel_width = filter[2];
  resolve_padding(given.padding());
}

void TfliteWalk::read_pool() {
  const auto& given = options<tflite::Pool2DOptions>();
  read_strides(given);
  one_.attributes.window.kernel_height = given.filter_h();
  one_.attributes.window.kernel_width = given.filter_w();
  resolve_padding(given.padding());
}

void TfliteWalk::read_fully_connected() {
  const auto& given = options<tflite::FullyConnectedOptions>();
  if (given.weights_format() != tflite::WeightsFormat::DEFAULT)
    refuse("its weights are shuffled for one processor", "unsupported_attribute");
  one_.attributes.activation = activation_of(given.fused());
  one_.attributes.keeps_axes = given.keep_num_dims();
}

void TfliteWalk::read_add() { one_.attributes.activation = activation_of(options<tflite::AddOptions>().fused()); }
void TfliteWalk::read_sub() { one_.attributes.activation = activation_of(options<tflite::SubOptions>().fused()); }
void TfliteWalk::read_mul() { one_.attributes.activation = activation_of(options<tflite::MulOptions>().fused()); }

void TfliteWalk::read_mean() {
  const std::size_t axes = input(0).shape.size();
  std::vector<std::size_t> over;
  for (std::int64_t axis : integers(1)) over.push_back(axis_of(axis, axes));
  std::sort(over.begin(), over.end());
  if (over != std::vector<std::size_t>{1, 2})
    refuse(fmt::format("is a mean over the axes {} of shape {}; those over height and width can be converted",
                       fmt::join(over, ","), shape_text(input(0).shape)),
           "unsupported_attribute");
  one_.attributes.keeps_axes = options<tflite::ReducerOptions>().keep_dims();
}

void TfliteWalk::read_softmax() { one_.attributes.beta = options<tflite::SoftmaxOptions>().beta(); }

// What is around is a real 0 or the number of input 2.
void TfliteWalk::read_pad() {
  const std::vector<std::int64_t> pads = integers(1);
  if (pads.size() != 2 * input(0).shape.size())
    refuse(fmt::format("has {} pads for shape {}", pads.size(), shape_text(input(0).shape)), "bad_shape");
  for (std::size_t k = 0; k < pads.size(); k += 2) one_.attributes.pads.push_back({pads[k], pads[k + 1]});
  const Quantisation& quantisation = result().quantisation;
  if (!quantisation.zero_points.empty()) one_.attributes.pad_value = quantisation.zero_points[0];
  if (!has_file_input(2)) return;
  const Tensor value = read_tensor(file_input(2));
  if (!value.is_constant() || value.elements() != 1 || value.type != input(0).type ||
      value.quantisation != quantisation)
    refuse(fmt::format("pads with {}, which is no constant number like its result", tensor_text(file_input(2))),
           "unsupported_graph");
  one_.attributes.pad_value =
      value.type == TensorType::float32 ? value.element<float>(0) : value.element<std::int8_t>(0);
}

// The shape is an input, an option, or that of the result. A size may be left open, as -1.
void TfliteWalk::read_reshape() {
  Shape& shape = one_.attributes.shape;
  const auto* given = operator_->options_as_ReshapeOptions();
  if (has_file_input(1))
    shape = integers(1);
  else if (given != nullptr && length(given->new_shape()) != 0 && length(given->new_shape()) <= integers_max)
    shape.assign(given->new_shape()->begin(), given->new_shape()->end());
  else
    shape = result().shape;
  const auto open = std::find(shape.begin(), shape.end(), -1);
  if (open == shape.end()) return;
  *open = 1;
  if (const std::int64_t others = elements_of(shape); others > 0) *open = elements_of(input(0).shape) / others;
}

void TfliteWalk::read_squeeze() {
  Shape& shape = one_.attributes.shape;
  const auto& axes = options<tflite::SqueezeOptions>();
  const Shape& x = input(0).shape;
  std::vector<bool> dropped(x.size());
  for (int k = 0; k < length(axes.axes()); ++k) dropped[axis_of(at(axes.axes(), k), x.size())] = true;
  for (std::size_t k = 0; k < x.size(); ++k)
    if (!(length(axes.axes()) == 0 ? x[k] == 1 : dropped[k])) shape.push_back(x[k]);
}

void TfliteWalk::read_expand_dims() {
  const std::vector<std::int64_t> axes = integers(1);
  if (axes.size() != 1) refuse(fmt::format("has {} axes", axes.size()), "bad_attribute");
  Shape& shape = one_.attributes.shape;
  shape = input(0).shape;
  shape.insert(shape.begin() + static_cast<std::ptrdiff_t>(axis_of(axes[0], shape.size() + 1)), 1);
}

void TfliteWalk::read_concat() {
  const auto& given = options<tflite::ConcatenationOptions>();
  one_.attributes.axis = axis_of(given.axis(), input(0).shape.size());
  if (given.fused() != tflite::Fused::NONE)
    refuse("has a fused activation, which this operator cannot have", "unsupported_attribute");
}

void TfliteWalk::read_relu_0_to_1() { one_.attributes.high = 1; }

void TfliteWalk::read_leaky_relu() { one_.attributes.alpha = options<tflite::LeakyReluOptions>().alpha(); }

void TfliteWalk::read_argmax() {
  const std::vector<std::int64_t> axes = integers(1);
  if (axes.size() != 1) refuse(fmt::format("has {} axes", axes.size()), "bad_attribute");
  one_.attributes.axis = axis_of(axes[0], input(0).shape.size());
}

void TfliteWalk::read_transpose() {
  for (std::int64_t axis : integers(1)) one_.attributes.permutation.push_back(axis_of(axis, input(0).shape.size()));
}

}  // namespace mica::ml
