#include "ml/import/evaluate.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace mica::ml {
namespace {

std::size_t size(std::int64_t number) { return static_cast<std::size_t>(number); }

double activated(Activation activation, double x) {
  switch (activation) {
    case Activation::none: break;
    case Activation::relu: return std::max(x, 0.0);
    case Activation::relu6: return std::clamp(x, 0.0, 6.0);
    case Activation::relu_n1_to_1: return std::clamp(x, -1.0, 1.0);
  }
  return x;
}

// Goes over all places of a shape: each(index of the place along every axis).
template <typename Each>
void for_each_place(const Shape& shape, const Each& each) {
  std::vector<std::int64_t> place(shape.size());
  for (std::int64_t k = 0, count = elements_of(shape); k < count; ++k) {
    each(place);
    for (std::size_t axis = shape.size(); axis-- > 0;) {
      if (++place[axis] < shape[axis]) break;
      place[axis] = 0;
    }
  }
}

std::size_t index_in(const Shape& shape, const std::vector<std::int64_t>& place) {
  std::int64_t index = 0;
  for (std::size_t axis = 0; axis < shape.size(); ++axis) index = index * shape[axis] + place[axis];
  return size(index);
}

class Evaluation {
 public:
  Evaluation(const Graph& graph, const Operator& one, const std::vector<Reals>& inputs)
      : graph_(graph), one_(one), attributes_(one.attributes), inputs_(inputs), shape_(tensor(one.outputs[0]).shape) {}

  Reals result();

 private:
  const Tensor& tensor(int index) const { return graph_.tensors[static_cast<std::size_t>(index)]; }
  const Shape& shape(std::size_t input) const { return tensor(one_.inputs[input]).shape; }
  bool has(std::size_t input) const { return input < inputs_.size() && !inputs_[input].empty(); }

  template <typename Function>
  Reals map(const Function& function) const {
    Reals result(inputs_[0].size());
    std::transform(inputs_[0].begin(), inputs_[0].end(), result.begin(), function);
    return result;
  }
  template <typename Function>
  Reals pairs(const Function& function) const;
  template <typename Visit>
  void window(std::int64_t row, std::int64_t column, std::int64_t kernel_height, std::int64_t kernel_width,
              const Visit& visit) const;

  Reals convolution(bool depthwise) const;
  Reals fully_connected() const;
  Reals pool(bool average) const;
  Reals mean() const;
  Reals softmax() const;
  Reals pad() const;
  Reals concat() const;
  Reals argmax() const;
  Reals transpose() const;
  Reals batch_norm() const;
  Reals mat_mul() const;

  const Graph& graph_;
  const Operator& one_;
  const Attributes& attributes_;
  const std::vector<Reals>& inputs_;
  const Shape& shape_;  // of the result
};

// visit(row, column of the input, row, column of the window), for the cells of a window that lie inside.
template <typename Visit>
void Evaluation::window(std::int64_t row, std::int64_t column, std::int64_t kernel_height, std::int64_t kernel_width,
                        const Visit& visit) const {
  const Window& window = attributes_.window;
  for (std::int64_t i = 0; i < kernel_height; ++i)
    for (std::int64_t j = 0; j < kernel_width; ++j) {
      const std::int64_t y = row * window.stride_height + i * window.dilation_height - window.pad_top;
      const std::int64_t x = column * window.stride_width + j * window.dilation_width - window.pad_left;
      if (y >= 0 && y < shape(0)[1] && x >= 0 && x < shape(0)[2]) visit(y, x, i, j);
    }
}

Reals Evaluation::convolution(bool depthwise) const {
  const std::int64_t channels = shape(0)[3], outputs = shape_[3];
  const std::int64_t height = shape(1)[1], width = shape(1)[2];
  const std::int64_t group = depthwise ? 1 : channels / attributes_.groups;  // channels that an output sees
  const std::int64_t group_outputs = depthwise ? outputs / channels : outputs / attributes_.groups;
  Reals result(size(elements_of(shape_)));
  for_each_place(shape_, [&](const std::vector<std::int64_t>& at) {
    const std::int64_t o = at[3], first = o / group_outputs * group;
    double sum = has(2) ? inputs_[2][size(o)] : 0;
    window(at[1], at[2], height, width, [&](std::int64_t y, std::int64_t x, std::int64_t i, std::int64_t j) {
      for (std::int64_t c = 0; c < group; ++c) {
        const std::size_t weight =
            depthwise ? size((i * width + j) * outputs + o) : size(((o * height + i) * width + j) * group + c);
        sum += inputs_[0][size((y * shape(0)[2] + x) * channels + first + c)] * inputs_[1][weight];
      }
    });
    result[index_in(shape_, at)] = activated(attributes_.activation, sum);
  });
  return result;
}

Reals Evaluation::fully_connected() const {
  const std::size_t outputs = size(shape(1)[0]), inputs = size(shape(1)[1]);
  Reals result(size(elements_of(shape_)));
  for (std::size_t k = 0; k < result.size(); ++k) {
    const std::size_t row = k / outputs, o = k % outputs;
    double sum = has(2) ? inputs_[2][o] : 0;
    for (std::size_t j = 0; j < inputs; ++j) sum += inputs_[0][row * inputs + j] * inputs_[1][o * inputs + j];
    result[k] = activated(attributes_.activation, sum);
  }
  return result;
}

// Shapes are aligned at their end; sizes of 1 are stretched.
template <typename Function>
Reals Evaluation::pairs(const Function& function) const {
  Reals result(size(elements_of(shape_)));
  for_each_place(shape_, [&](const std::vector<std::int64_t>& at) {
    double numbers[2];
    for (std::size_t k = 0; k < 2; ++k) {
      const Shape& own = shape(k);
      std::vector<std::int64_t> place(at.end() - static_cast<std::ptrdiff_t>(own.size()), at.end());
      for (std::size_t axis = 0; axis < own.size(); ++axis)
        if (own[axis] == 1) place[axis] = 0;
      numbers[k] = inputs_[k][index_in(own, place)];
    }
    result[index_in(shape_, at)] = activated(attributes_.activation, function(numbers[0], numbers[1]));
  });
  return result;
}

Reals Evaluation::pool(bool average) const {
  const Window& own = attributes_.window;
  Reals result(size(elements_of(shape_)));
  for_each_place(shape_, [&](const std::vector<std::int64_t>& at) {
    double sum = 0, most = -INFINITY;
    std::int64_t count = 0;
    window(at[1], at[2], own.kernel_height, own.kernel_width,
           [&](std::int64_t y, std::int64_t x, std::int64_t, std::int64_t) {
             const double number = inputs_[0][size((y * shape(0)[2] + x) * shape(0)[3] + at[3])];
             sum += number;
             most = std::max(most, number);
             ++count;
           });
    if (attributes_.counts_padding) count = own.kernel_height * own.kernel_width;
    result[index_in(shape_, at)] = activated(attributes_.activation, average ? sum / static_cast<double>(count) : most);
  });
  return result;
}

Reals Evaluation::mean() const {
  const std::size_t channels = size(shape(0)[3]), cells = inputs_[0].size() / channels;
  Reals result(channels);
  for (std::size_t k = 0; k < inputs_[0].size(); ++k) result[k % channels] += inputs_[0][k];
  for (double& one : result) one /= static_cast<double>(cells);
  return result;
}

Reals Evaluation::softmax() const {
  const std::size_t columns = size(shape(0).back());
  Reals result = inputs_[0];
  for (std::size_t row = 0; row < result.size(); row += columns) {
    const auto begin = result.begin() + static_cast<std::ptrdiff_t>(row),
               end = begin + static_cast<std::ptrdiff_t>(columns);
    const double most = *std::max_element(begin, end);
    std::transform(begin, end, begin, [&](double x) { return std::exp((x - most) * attributes_.beta); });
    const double sum = std::accumulate(begin, end, 0.0);
    std::transform(begin, end, begin, [&](double x) { return x / sum; });
  }
  return result;
}

Reals Evaluation::pad() const {
  const Tensor& x = tensor(one_.inputs[0]);
  Reals result(size(elements_of(shape_)),
               x.quantisation.scales.empty() ? attributes_.pad_value : real_of(x, 0, attributes_.pad_value));
  for_each_place(shape(0), [&](const std::vector<std::int64_t>& at) {
    std::vector<std::int64_t> place = at;
    for (std::size_t axis = 0; axis < place.size(); ++axis) place[axis] += attributes_.pads[axis][0];
    result[index_in(shape_, place)] = inputs_[0][index_in(shape(0), at)];
  });
  return result;
}

Reals Evaluation::concat() const {
  Reals result(size(elements_of(shape_)));
  std::int64_t first = 0;
  for (std::size_t k = 0; k < inputs_.size(); ++k) {
    for_each_place(shape(k), [&](const std::vector<std::int64_t>& at) {
      std::vector<std::int64_t> place = at;
      place[attributes_.axis] += first;
      result[index_in(shape_, place)] = inputs_[k][index_in(shape(k), at)];
    });
    first += shape(k)[attributes_.axis];
  }
  return result;
}

Reals Evaluation::argmax() const {
  const Shape& own = shape(0);
  const std::size_t length = size(own[attributes_.axis]);
  std::size_t inner = 1;
  for (std::size_t axis = attributes_.axis + 1; axis < own.size(); ++axis) inner *= size(own[axis]);
  Reals result(inputs_[0].size() / length);
  for (std::size_t k = 0; k < result.size(); ++k) {
    const std::size_t base = k / inner * inner * length + k % inner;
    std::size_t found = 0;
    for (std::size_t j = 1; j < length; ++j)
      if (inputs_[0][base + j * inner] > inputs_[0][base + found * inner]) found = j;
    result[k] = static_cast<double>(found);
  }
  return result;
}

Reals Evaluation::transpose() const {
  Reals result(inputs_[0].size());
  for_each_place(shape_, [&](const std::vector<std::int64_t>& at) {
    std::vector<std::int64_t> place(at.size());
    for (std::size_t axis = 0; axis < at.size(); ++axis) place[attributes_.permutation[axis]] = at[axis];
    result[index_in(shape_, at)] = inputs_[0][index_in(shape(0), place)];
  });
  return result;
}

Reals Evaluation::batch_norm() const {
  Reals result = inputs_[0];
  const std::size_t channels = inputs_[1].size();
  for (std::size_t k = 0; k < result.size(); ++k) {
    const std::size_t c = k % channels;
    const double deviation = std::sqrt(inputs_[4][c] + attributes_.epsilon);
    result[k] = (result[k] - inputs_[3][c]) / deviation * inputs_[1][c] + inputs_[2][c];
  }
  return result;
}

Reals Evaluation::mat_mul() const {
  const std::size_t columns = size(shape_.back()), inner = size(shape(0).back());
  const std::size_t rows = shape_.size() > 1 ? size(shape_[shape_.size() - 2]) : 1;
  Reals result(size(elements_of(shape_)));
  for (std::size_t k = 0; k < result.size(); ++k) {
    const std::size_t column = k % columns, row = k / columns, matrix = row / rows;
    for (std::size_t j = 0; j < inner; ++j)
      result[k] += inputs_[0][row * inner + j] * inputs_[1][(matrix * inner + j) * columns + column];
  }
  return result;
}

Reals Evaluation::result() {
  const auto& a = attributes_;
  switch (one_.kind) {
    case OperatorKind::conv2d: return convolution(false);
    case OperatorKind::depthwise_conv2d: return convolution(true);
    case OperatorKind::fully_connected: return fully_connected();
    case OperatorKind::add: return pairs([](double x, double y) { return x + y; });
    case OperatorKind::sub: return pairs([](double x, double y) { return x - y; });
    case OperatorKind::mul: return pairs([](double x, double y) { return x * y; });
    case OperatorKind::average_pool: return pool(true);
    case OperatorKind::max_pool: return pool(false);
    case OperatorKind::mean_hw: return mean();
    case OperatorKind::softmax: return softmax();
    case OperatorKind::pad: return pad();
    case OperatorKind::concat: return concat();
    case OperatorKind::argmax: return argmax();
    case OperatorKind::transpose: return transpose();
    case OperatorKind::batch_norm: return batch_norm();
    case OperatorKind::mat_mul: return mat_mul();
    case OperatorKind::reshape:
    case OperatorKind::quantise:
    case OperatorKind::dequantise: return inputs_[0];
    case OperatorKind::relu: return map([](double x) { return std::max(x, 0.0); });
    case OperatorKind::relu6: return map([](double x) { return std::clamp(x, 0.0, 6.0); });
    case OperatorKind::relu_n1_to_1: return map([](double x) { return std::clamp(x, -1.0, 1.0); });
    case OperatorKind::clip: return map([&](double x) { return std::clamp<double>(x, a.low, a.high); });
    case OperatorKind::sigmoid: return map([](double x) { return 1 / (1 + std::exp(-x)); });
    case OperatorKind::tanh: return map([](double x) { return std::tanh(x); });
    case OperatorKind::hard_swish: return map([](double x) { return x * std::clamp(x + 3, 0.0, 6.0) / 6; });
    case OperatorKind::leaky_relu: return map([&](double x) { return x < 0 ? x * a.alpha : x; });
  }
  return {};
}

}  // namespace

double real_of(const Tensor& tensor, std::size_t index, double number) {
  const Quantisation& own = tensor.quantisation;
  if (own.scales.empty()) return number;
  std::size_t part = 0;
  if (own.scales.size() > 1) {
    std::size_t inner = 1;
    for (std::size_t axis = own.axis + 1; axis < tensor.shape.size(); ++axis) inner *= size(tensor.shape[axis]);
    part = index / inner % own.scales.size();
  }
  return static_cast<double>(own.scales[part]) * (number - own.zero_points[part]);
}

Reals reals_of(const Tensor& constant) {
  Reals result(constant.elements());
  for (std::size_t k = 0; k < result.size(); ++k) {
    double number = 0;
    switch (constant.type) {
      case TensorType::float32: number = static_cast<double>(constant.element<float>(k)); break;
      case TensorType::int8: number = constant.element<std::int8_t>(k); break;
      case TensorType::int16: number = constant.element<std::int16_t>(k); break;
      case TensorType::int32: number = constant.element<std::int32_t>(k); break;
      case TensorType::int64: number = static_cast<double>(constant.element<std::int64_t>(k)); break;
      case TensorType::uint8:
      case TensorType::boolean: number = constant.element<std::uint8_t>(k); break;
    }
    result[k] = real_of(constant, k, number);
  }
  return result;
}

Reals evaluate(const Graph& graph, const Operator& one, const std::vector<Reals>& inputs) {
  return Evaluation(graph, one, inputs).result();
}

std::vector<Reals> evaluate(const Graph& graph, const std::vector<Reals>& graph_inputs) {
  std::vector<Reals> values(graph.tensors.size());
  for (std::size_t k = 0; k < graph.inputs.size(); ++k) values[size(graph.inputs[k])] = graph_inputs[k];
  for (const Operator& one : graph.operators) {
    std::vector<Reals> inputs;
    for (const int index : one.inputs) {
      if (index >= 0 && graph.tensors[size(index)].is_constant() && values[size(index)].empty())
        values[size(index)] = reals_of(graph.tensors[size(index)]);
      inputs.push_back(index < 0 ? Reals{} : values[size(index)]);
    }
    Reals& result = values[size(one.outputs[0])];
    result = evaluate(graph, one, inputs);
    const Tensor& tensor = graph.tensors[size(one.outputs[0])];
    if (tensor.type != TensorType::int8 || tensor.quantisation.scales.size() != 1) continue;
    const double low = real_of(tensor, 0, -128), high = real_of(tensor, 0, 127);
    for (double& number : result) number = std::clamp(number, low, high);
  }
  return values;
}

}  // namespace mica::ml
