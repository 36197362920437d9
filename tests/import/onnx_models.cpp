#include "tests/import/onnx_models.hpp"

#include <algorithm>
#include <numeric>

#include "tests/import/model_builder.hpp"

namespace mica::tests {
namespace {

using Shape = std::vector<std::int64_t>;

std::int64_t count(const Shape& shape) {
  return std::accumulate(shape.begin(), shape.end(), std::int64_t{1}, std::multiplies<>());
}

class Author {
 public:
  Author(std::uint64_t seed, bool plain) : random_(seed), plain_(plain) {}

  RandomOnnx write();

 private:
  struct Value {
    std::string name;
    Shape shape;
  };

  std::string constant(const Shape& shape, int least = -100, int most = 100) {
    const std::string name = "w" + std::to_string(++constants_);
    std::vector<float> numbers(static_cast<std::size_t>(count(shape)));
    for (float& one : numbers) one = static_cast<float>(random_.between(least, most)) / 100;
    builder_.tensor(name, shape, numbers);
    return name;
  }
  std::string integers(const Shape& numbers) {
    const std::string name = "i" + std::to_string(++constants_);
    builder_.integers(name, numbers);
    return name;
  }
  onnx::NodeProto& node(const std::string& operation, std::vector<std::string> inputs, const Shape& shape) {
    inputs.insert(inputs.begin(), value_.name);
    return apart(operation, inputs, shape);
  }
  onnx::NodeProto& apart(const std::string& operation, const std::vector<std::string>& inputs, const Shape& shape) {
    value_ = {"v" + std::to_string(++values_), shape};
    earlier_.push_back(value_);
    return builder_.node(operation, inputs, value_.name);
  }

  void window_step();
  void image_step();
  void vector_step();
  void any_step();
  void conv();
  void pool();
  void batch_norm();
  void excite();
  void shuffle();
  void pad();
  void join();
  void add_earlier();
  void combine();
  void transpose_and_back();
  void windows(onnx::NodeProto& node, const Shape& kernel, bool dilates, std::int64_t channels);

  Random random_;
  bool plain_;
  ModelBuilder builder_;
  Value value_;
  std::vector<Value> earlier_;
  int constants_ = 0, values_ = 0;
};

// Attributes of windows, and the shape that follows: value_ has that of the input still.
void Author::windows(onnx::NodeProto& node, const Shape& kernel, bool dilates, std::int64_t channels) {
  const std::size_t axes = kernel.size();
  Shape strides, dilations, pads(2 * axes), shape = {1, channels};
  for (std::size_t k = 0; k < axes; ++k) {
    const std::int64_t size = value_.shape[k + 2];
    strides.push_back(random_.between(1, 3));
    dilations.push_back(dilates && size > 2 * kernel[k] ? random_.between(1, 2) : 1);
    const std::int64_t reach = (kernel[k] - 1) * dilations[k] + 1;
    const std::int64_t most = dilates ? 3 : kernel[k] - 1;
    pads[k] = random_.between(0, most);
    pads[k + axes] = std::max(random_.between(0, most), reach - size - pads[k]);
    shape.push_back((size + pads[k] + pads[k + axes] - reach) / strides[k] + 1);
  }
  set_integers(node, "strides", strides);
  if (dilates) set_integers(node, "dilations", dilations);
  if (random_.percent(20)) {
    for (std::size_t k = 0; k < axes; ++k) shape[k + 2] = (value_.shape[k + 2] + strides[k] - 1) / strides[k];
    onnx::AttributeProto& automatic = *node.add_attribute();
    automatic.set_name("auto_pad");
    automatic.set_type(onnx::AttributeProto::STRING);
    automatic.set_s(random_.percent(50) ? "SAME_UPPER" : "SAME_LOWER");
  } else {
    set_integers(node, "pads", pads);
  }
  value_ = {node.output(0), shape};
  earlier_.push_back(value_);
}

void Author::conv() {
  const std::int64_t channels = value_.shape[1];
  std::int64_t groups = 1, outputs = random_.between(1, 6);
  if (random_.percent(40)) {
    groups = channels % 2 == 0 && random_.percent(50) ? 2 : channels;
    outputs = groups * random_.between(1, 2);
  }
  Shape kernel, filter = {outputs, channels / groups};
  for (std::size_t k = 2; k < value_.shape.size(); ++k) {
    kernel.push_back(std::min(random_.between(1, 4), value_.shape[k]));
    filter.push_back(kernel.back());
  }
  std::vector<std::string> inputs = {value_.name, constant(filter)};
  if (random_.percent(70)) inputs.push_back(constant({outputs}));
  onnx::NodeProto& node = builder_.node("Conv", inputs, "v" + std::to_string(++values_));
  if (groups != 1) set_integer(node, "group", groups);
  windows(node, kernel, true, outputs);
  if (random_.percent(40)) batch_norm();
  if (random_.percent(40)) this->node("Relu", {}, value_.shape);
}

void Author::pool() {
  const bool average = random_.percent(50);
  Shape kernel;
  for (std::size_t k = 2; k < value_.shape.size(); ++k)
    kernel.push_back(std::min(random_.between(1, 3), value_.shape[k]));
  onnx::NodeProto& node =
      builder_.node(average ? "AveragePool" : "MaxPool", {value_.name}, "v" + std::to_string(++values_));
  set_integers(node, "kernel_shape", kernel);
  if (average && random_.percent(50)) set_integer(node, "count_include_pad", 1);
  windows(node, kernel, false, value_.shape[1]);
}

void Author::batch_norm() {
  const Shape channels = {value_.shape[1]};
  const std::string scale = constant(channels), shift = constant(channels), mean = constant(channels),
                    variance = constant(channels, 10, 200);
  node("BatchNormalization", {scale, shift, mean, variance}, value_.shape);
}

// Channels are weighted by what they hold (squeeze and excitation).
void Author::excite() {
  const Value x = value_;
  Shape ones = x.shape;
  std::fill(ones.begin() + 2, ones.end(), 1);
  node("GlobalAveragePool", {}, ones);
  Shape filter = ones;
  filter[0] = x.shape[1];
  node("Conv", {constant(filter)}, ones);
  node("Sigmoid", {}, ones);
  apart("Mul", random_.percent(50) ? std::vector{x.name, value_.name} : std::vector{value_.name, x.name}, x.shape);
}

// Channels in two groups change places, as in ShuffleNet; the next layer sees them in a new order.
void Author::shuffle() {
  const Shape own = value_.shape;
  if (own[1] % 2 != 0) return;
  Shape split = {1, 2, own[1] / 2}, swapped = {1, own[1] / 2, 2};
  Shape order = {0, 2, 1};
  for (std::size_t k = 2; k < own.size(); ++k) {
    split.push_back(own[k]), swapped.push_back(own[k]);
    order.push_back(static_cast<std::int64_t>(k) + 1);
  }
  node("Reshape", {integers(split)}, split);
  set_integers(node("Transpose", {}, swapped), "perm", order);
  node("Reshape", {integers(own)}, own);
}

void Author::pad() {
  Shape pads(2 * value_.shape.size()), shape = value_.shape;
  for (std::size_t k = 1; k < shape.size(); ++k) {
    pads[k] = random_.between(0, 2), pads[k + shape.size()] = random_.between(0, 2);
    shape[k] += pads[k] + pads[k + shape.size()];
  }
  std::vector<std::string> inputs = {integers(pads)};
  if (random_.percent(50)) inputs.push_back(constant({}));
  node("Pad", inputs, shape);
}

void Author::join() {
  const Value x = value_, &other = random_.pick(earlier_);
  if (other.shape.size() != x.shape.size()) return;
  std::size_t axis = 0;
  for (std::size_t k = 1; k < x.shape.size(); ++k)
    if (other.shape[k] != x.shape[k]) {
      if (axis != 0) return;
      axis = k;
    }
  if (axis == 0) axis = 1;
  Shape shape = x.shape;
  shape[axis] += other.shape[axis];
  if (count(shape) > 2000) return;
  set_integer(node("Concat", {other.name}, shape), "axis", static_cast<std::int64_t>(axis));
}

void Author::add_earlier() {
  for (int attempt = 0; attempt < 5; ++attempt) {
    const Value other = random_.pick(earlier_);
    if (other.shape != value_.shape) continue;
    node(random_.pick(std::vector<std::string>{"Add", "Sub", "Mul"}), {other.name}, value_.shape);
    return;
  }
}

// With a constant that is stretched along some axes.
void Author::combine() {
  Shape shape = value_.shape;
  for (std::int64_t& size : shape)
    if (random_.percent(plain_ ? 0 : 40)) size = 1;
  while (!shape.empty() && shape.front() == 1 && random_.percent(50)) shape.erase(shape.begin());
  const std::string operation = random_.pick(std::vector<std::string>{"Add", "Sub", "Mul", "Div"});
  const std::string other = operation == "Div" ? constant(shape, 50, 200) : constant(shape);
  if (operation != "Div" && random_.percent(30))
    apart(operation, {other, value_.name}, value_.shape);
  else
    node(operation, {other}, value_.shape);
}

void Author::transpose_and_back() {
  const Shape own = value_.shape;
  Shape order(own.size()), back(own.size()), turned(own.size());
  std::iota(order.begin(), order.end(), 0);
  for (std::size_t k = order.size(); k > 2; --k) std::swap(order[k - 1], order[1 + random_.below(k - 1)]);
  for (std::size_t k = 0; k < own.size(); ++k) {
    turned[k] = own[static_cast<std::size_t>(order[k])];
    back[static_cast<std::size_t>(order[k])] = static_cast<std::int64_t>(k);
  }
  set_integers(node("Transpose", {}, turned), "perm", order);
  if (random_.percent(50)) combine();
  if (random_.percent(50)) {  // with another value that has its channels elsewhere
    const Value x = value_;
    std::string other;
    for (const Value& one : earlier_)
      if (one.name != x.name && one.shape == turned) other = one.name;
    if (other.empty()) {
      const Shape flat = {1, count(turned)};
      node("Reshape", {integers(flat)}, flat);
      node("Reshape", {integers(turned)}, turned);
      node("Tanh", {}, turned);
      other = value_.name;
    }
    apart("Add", {x.name, other}, turned);
  }
  if (random_.percent(50)) {  // along the last axis only
    turned.back() = random_.between(1, 5);
    const std::string matrix = constant({value_.shape.back(), turned.back()});
    node("MatMul", {matrix}, turned);
  }
  if (random_.percent(30)) set_integer(node("Softmax", {}, turned), "axis", random_.percent(50) ? -1 : 1);
  Shape restored(own.size());
  for (std::size_t k = 0; k < own.size(); ++k) restored[k] = turned[static_cast<std::size_t>(back[k])];
  set_integers(node("Transpose", {}, restored), "perm", back);
}

void Author::any_step() {
  switch (random_.below(plain_ ? 7 : 10)) {
    case 0: node("Relu", {}, value_.shape); break;
    case 1: node("Sigmoid", {}, value_.shape); break;
    case 2: node("Tanh", {}, value_.shape); break;
    case 3: node("HardSwish", {}, value_.shape); break;
    case 4: set_real(node("LeakyRelu", {}, value_.shape), "alpha", 0.125f); break;
    case 5: add_earlier(); break;
    case 6: combine(); break;
    case 7: node("HardSigmoid", {}, value_.shape); break;
    case 8: {
      const std::string low = constant({}, -90, -10), high = constant({}, 10, 90);
      node("Clip", {low, high}, value_.shape);
      break;
    }
    default: node("PRelu", {constant({1})}, value_.shape);
  }
}

void Author::image_step() {
  switch (random_.below(plain_ ? 9 : 12)) {
    case 0:
    case 1:
    case 2: conv(); break;
    case 3: pool(); break;
    case 4: batch_norm(); break;
    case 5: pad(); break;
    case 6: join(); break;
    case 7:
    case 8: any_step(); break;
    case 9: excite(); break;
    case 10: shuffle(); break;
    default: transpose_and_back();
  }
}

void Author::vector_step() {
  const std::int64_t inputs = value_.shape[1], outputs = random_.between(1, 12);
  switch (random_.below(6)) {
    case 0: {
      const bool turned = random_.percent(50);
      onnx::NodeProto& one =
          node("Gemm", {constant(turned ? Shape{outputs, inputs} : Shape{inputs, outputs}), constant({outputs})},
               {1, outputs});
      if (turned) set_integer(one, "transB", 1);
      if (random_.percent(20)) set_real(one, "alpha", 0.5f), set_real(one, "beta", 2);
      break;
    }
    case 1: node("MatMul", {constant({inputs, outputs})}, {1, outputs}); break;
    case 2: batch_norm(); break;
    case 3: join(); break;
    case 4: set_integer(node("Softmax", {}, value_.shape), "axis", -1); break;
    default: any_step();
  }
}

RandomOnnx Author::write() {
  Shape input = {1, random_.between(1, 16)};
  const unsigned kind = random_.below(10);
  if (kind < 8) input = {1, random_.between(1, 4), random_.between(3, 9)};
  if (kind < 6) input.push_back(random_.between(3, 9));
  builder_.input("x", input);
  value_ = {"x", input};
  earlier_.push_back(value_);
  const unsigned steps = random_.count(2, 7);
  if (input.size() == 3) conv();  // which makes it a signal
  for (unsigned k = 0; k < steps; ++k)
    if (value_.shape.size() > 2)
      image_step();
    else
      vector_step();
  if (value_.shape.size() == 3 || (value_.shape.size() == 4 && random_.percent(70))) {
    const Shape flat = {1, count(value_.shape)};
    if (random_.percent(50))
      node("Flatten", {}, flat);
    else
      node("Reshape", {integers({random_.percent(50) ? 0 : 1, -1})}, flat);
    for (unsigned k = random_.count(0, 4); k > 0; --k) vector_step();
  }
  if (values_ == 0 || random_.percent(30)) node("Relu", {}, value_.shape);
  if (random_.percent(10)) node("Identity", {}, value_.shape);
  builder_.output(value_.name);
  return {builder_.model, input, value_.shape};
}

}  // namespace

RandomOnnx random_onnx(std::uint64_t seed, bool plain) { return Author(seed, plain).write(); }

}  // namespace mica::tests
