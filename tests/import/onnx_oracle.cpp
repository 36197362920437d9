#include "tests/import/onnx_oracle.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <functional>
#include <map>
#include <stdexcept>

namespace mica::tests {
namespace {

using Shape = std::vector<std::int64_t>;
using Place = std::vector<std::int64_t>;

std::size_t size(std::int64_t n) { return static_cast<std::size_t>(n); }

std::int64_t count(const Shape& shape) {
  std::int64_t n = 1;
  for (auto s : shape) n *= s;
  return n;
}

Place place_of(std::int64_t index, const Shape& shape) {
  Place place(shape.size());
  for (std::size_t k = shape.size(); k-- > 0; index /= shape[k]) place[k] = index % shape[k];
  return place;
}

std::int64_t index_of(const Place& place, const Shape& shape) {
  std::int64_t index = 0;
  for (std::size_t k = 0; k < shape.size(); ++k) index = index * shape[k] + place[k];
  return index;
}

OracleTensor tensor_of(const onnx::TensorProto& proto) {
  OracleTensor t{{proto.dims().begin(), proto.dims().end()}, {}};
  const auto raw = [&](auto zero) {
    for (std::size_t k = 0; k + sizeof zero <= proto.raw_data().size(); k += sizeof zero) {
      std::memcpy(&zero, proto.raw_data().data() + k, sizeof zero);
      t.numbers.push_back(static_cast<double>(zero));
    }
  };
  if (proto.data_type() == onnx::TensorProto::FLOAT) raw(float{});
  if (proto.data_type() == onnx::TensorProto::INT64) raw(std::int64_t{});
  if (proto.data_type() == onnx::TensorProto::INT8) raw(std::int8_t{});
  if (proto.data_type() == onnx::TensorProto::UINT8) raw(std::uint8_t{});
  if (proto.data_type() == onnx::TensorProto::INT32) raw(std::int32_t{});
  t.numbers.insert(t.numbers.end(), proto.float_data().begin(), proto.float_data().end());
  t.numbers.insert(t.numbers.end(), proto.int64_data().begin(), proto.int64_data().end());
  t.numbers.insert(t.numbers.end(), proto.int32_data().begin(), proto.int32_data().end());
  return t;
}

struct Node {
  const onnx::NodeProto& proto;
  std::vector<const OracleTensor*> in;

  const onnx::AttributeProto* find(const std::string& name) const {
    for (const auto& one : proto.attribute())
      if (one.name() == name) return &one;
    return nullptr;
  }
  std::int64_t integer(const std::string& name, std::int64_t other) const {
    return find(name) == nullptr ? other : find(name)->i();
  }
  double real(const std::string& name, double other) const {
    return find(name) == nullptr ? other : static_cast<double>(find(name)->f());
  }
  Shape integers(const std::string& name, Shape other) const {
    return find(name) == nullptr ? other : Shape(find(name)->ints().begin(), find(name)->ints().end());
  }
  Shape list(std::size_t k) const { return {in[k]->numbers.begin(), in[k]->numbers.end()}; }
};

OracleTensor each(const OracleTensor& x, const std::function<double(double)>& f) {
  OracleTensor y = x;
  for (double& n : y.numbers) n = f(n);
  return y;
}

OracleTensor pair(const OracleTensor& a, const OracleTensor& b, const std::function<double(double, double)>& f) {
  const std::size_t rank = std::max(a.shape.size(), b.shape.size());
  Shape sa(rank - a.shape.size(), 1), sb(rank - b.shape.size(), 1), shape(rank);
  sa.insert(sa.end(), a.shape.begin(), a.shape.end());
  sb.insert(sb.end(), b.shape.begin(), b.shape.end());
  for (std::size_t k = 0; k < rank; ++k) shape[k] = std::max(sa[k], sb[k]);
  OracleTensor y{shape, {}};
  for (std::int64_t i = 0; i < count(shape); ++i) {
    Place pa = place_of(i, shape), pb = pa;
    for (std::size_t k = 0; k < rank; ++k) pa[k] = std::min(pa[k], sa[k] - 1), pb[k] = std::min(pb[k], sb[k] - 1);
    y.numbers.push_back(f(a.numbers[size(index_of(pa, sa))], b.numbers[size(index_of(pb, sb))]));
  }
  return y;
}

// Windows over the axes behind samples and channels: what each says for a place of the result, and its paddings.
struct Windows {
  Shape kernel, strides, dilations, pads;
  Shape result;

  Windows(const Node& node, const Shape& x, const Shape& kernel_shape, std::int64_t channels) {
    const std::size_t axes = x.size() - 2;
    kernel = node.integers("kernel_shape", kernel_shape);
    strides = node.integers("strides", Shape(axes, 1));
    dilations = node.integers("dilations", Shape(axes, 1));
    pads = node.integers("pads", Shape(2 * axes, 0));
    const std::string automatic = node.find("auto_pad") == nullptr ? "NOTSET" : node.find("auto_pad")->s();
    result = {x[0], channels};
    for (std::size_t k = 0; k < axes; ++k) {
      const std::int64_t reach = (kernel[k] - 1) * dilations[k] + 1;
      if (automatic.substr(0, 4) == "SAME") {
        const std::int64_t wanted = (x[k + 2] + strides[k] - 1) / strides[k];
        const std::int64_t total = std::max<std::int64_t>(0, (wanted - 1) * strides[k] + reach - x[k + 2]);
        pads[k] = automatic == "SAME_UPPER" ? total / 2 : total - total / 2;
        pads[k + axes] = total - pads[k];
      }
      const std::int64_t room = x[k + 2] + pads[k] + pads[k + axes] - reach;
      std::int64_t windows = room / strides[k] + 1;
      if (node.integer("ceil_mode", 0) != 0 && room % strides[k] != 0 && windows * strides[k] < x[k + 2] + pads[k])
        ++windows;
      result.push_back(windows);
    }
  }

  // visit(place in x behind samples and channels, place in the window, whether it is in x)
  void visit(const Place& at, const Shape& x, const std::function<void(const Place&, const Place&, bool)>& f) const {
    for (std::int64_t i = 0; i < count(kernel); ++i) {
      const Place w = place_of(i, kernel);
      Place p(w.size());
      bool inside = true;
      for (std::size_t k = 0; k < w.size(); ++k) {
        p[k] = at[k + 2] * strides[k] - pads[k] + w[k] * dilations[k];
        inside = inside && p[k] >= 0 && p[k] < x[k + 2];
      }
      f(p, w, inside);
    }
  }
};

double at(const OracleTensor& x, std::int64_t channel, const Place& p) {
  Place place = {0, channel};
  place.insert(place.end(), p.begin(), p.end());
  return x.numbers[size(index_of(place, x.shape))];
}

OracleTensor conv(const Node& node) {
  const OracleTensor &x = *node.in[0], &w = *node.in[1];
  const Windows windows(node, x.shape, Shape(w.shape.begin() + 2, w.shape.end()), w.shape[0]);
  const std::int64_t groups = node.integer("group", 1), depth = w.shape[1], per_group = w.shape[0] / groups;
  OracleTensor y{windows.result, {}};
  for (std::int64_t i = 0; i < count(y.shape); ++i) {
    const Place place = place_of(i, y.shape);
    double sum = node.in.size() > 2 ? node.in[2]->numbers[size(place[1])] : 0;
    windows.visit(place, x.shape, [&](const Place& p, const Place& k, bool inside) {
      for (std::int64_t c = 0; c < depth && inside; ++c)
        sum += at(x, place[1] / per_group * depth + c, p) * w.numbers[size(index_of(
                                                                [&] {
                                                                  Place at_weight = {place[1], c};
                                                                  at_weight.insert(at_weight.end(), k.begin(), k.end());
                                                                  return at_weight;
                                                                }(),
                                                                w.shape))];
    });
    y.numbers.push_back(sum);
  }
  return y;
}

OracleTensor pool(const Node& node, bool average) {
  const OracleTensor& x = *node.in[0];
  const Windows windows(node, x.shape, {}, x.shape[1]);
  OracleTensor y{windows.result, {}};
  for (std::int64_t i = 0; i < count(y.shape); ++i) {
    const Place place = place_of(i, y.shape);
    double sum = 0, most = -INFINITY, cells = 0;
    windows.visit(place, x.shape, [&](const Place& p, const Place&, bool inside) {
      if (inside) sum += at(x, place[1], p), most = std::max(most, at(x, place[1], p));
      if (inside || node.integer("count_include_pad", 0) != 0) ++cells;
    });
    y.numbers.push_back(average ? sum / cells : most);
  }
  return y;
}

OracleTensor pool_all(const OracleTensor& x, bool average) {
  OracleTensor y{{x.shape[0], x.shape[1]}, {}};
  y.shape.resize(x.shape.size(), 1);
  const std::int64_t cells = count(x.shape) / x.shape[1];
  for (std::int64_t c = 0; c < x.shape[1]; ++c) {
    const auto begin = x.numbers.begin() + c * cells, end = begin + cells;
    double sum = 0;
    for (auto one = begin; one != end; ++one) sum += *one;
    y.numbers.push_back(average ? sum / static_cast<double>(cells) : *std::max_element(begin, end));
  }
  return y;
}

OracleTensor product(const OracleTensor& a, const OracleTensor& b) {
  const std::int64_t inner = a.shape.back(), columns = b.shape[1];
  OracleTensor y{a.shape, {}};
  y.shape.back() = columns;
  for (std::int64_t i = 0; i < count(y.shape); ++i) {
    double sum = 0;
    for (std::int64_t k = 0; k < inner; ++k)
      sum += a.numbers[size(i / columns * inner + k)] * b.numbers[size(k * columns + i % columns)];
    y.numbers.push_back(sum);
  }
  return y;
}

OracleTensor transposed(const OracleTensor& x, const Shape& order) {
  OracleTensor y;
  for (auto k : order) y.shape.push_back(x.shape[size(k)]);
  for (std::int64_t i = 0; i < count(y.shape); ++i) {
    const Place place = place_of(i, y.shape);
    Place from(place.size());
    for (std::size_t k = 0; k < place.size(); ++k) from[size(order[k])] = place[k];
    y.numbers.push_back(x.numbers[size(index_of(from, x.shape))]);
  }
  return y;
}

OracleTensor gemm(const Node& node) {
  OracleTensor a = *node.in[0], b = *node.in[1];
  if (node.integer("transA", 0) != 0) a = transposed(a, {1, 0});
  if (node.integer("transB", 0) != 0) b = transposed(b, {1, 0});
  const double alpha = node.real("alpha", 1), beta = node.real("beta", 1);
  OracleTensor y = each(product(a, b), [&](double n) { return alpha * n; });
  if (node.in.size() < 3) return y;
  return pair(y, *node.in[2], [&](double n, double c) { return n + beta * c; });
}

OracleTensor batch_norm(const Node& node) {
  OracleTensor y = *node.in[0];
  const std::int64_t cells = count(y.shape) / y.shape[0] / y.shape[1];
  for (std::size_t i = 0; i < y.numbers.size(); ++i) {
    const std::size_t c = i / size(cells) % size(y.shape[1]);
    const double deviation = std::sqrt(node.in[4]->numbers[c] + node.real("epsilon", 1e-5));
    y.numbers[i] =
        (y.numbers[i] - node.in[3]->numbers[c]) / deviation * node.in[1]->numbers[c] + node.in[2]->numbers[c];
  }
  return y;
}

OracleTensor softmax(const OracleTensor& x, std::int64_t axis) {
  if (axis < 0) axis += static_cast<std::int64_t>(x.shape.size());
  OracleTensor y = x;
  std::map<Place, double> sums;
  for (std::int64_t i = 0; i < count(x.shape); ++i) {
    Place place = place_of(i, x.shape);
    place[size(axis)] = 0;
    sums[place] += std::exp(x.numbers[size(i)]);
  }
  for (std::int64_t i = 0; i < count(x.shape); ++i) {
    Place place = place_of(i, x.shape);
    place[size(axis)] = 0;
    y.numbers[size(i)] = std::exp(x.numbers[size(i)]) / sums[place];
  }
  return y;
}

OracleTensor reshaped(const OracleTensor& x, Shape shape) {
  std::int64_t known = 1;
  for (std::size_t k = 0; k < shape.size(); ++k) {
    if (shape[k] == 0) shape[k] = x.shape[k];
    if (shape[k] != -1) known *= shape[k];
  }
  for (auto& s : shape)
    if (s == -1) s = count(x.shape) / known;
  return {shape, x.numbers};
}

OracleTensor padded(const OracleTensor& x, const Shape& pads, double value) {
  OracleTensor y{x.shape, {}};
  const std::size_t axes = x.shape.size();
  for (std::size_t k = 0; k < axes; ++k) y.shape[k] += pads[k] + pads[k + axes];
  for (std::int64_t i = 0; i < count(y.shape); ++i) {
    Place place = place_of(i, y.shape);
    bool inside = true;
    for (std::size_t k = 0; k < axes; ++k) {
      place[k] -= pads[k];
      inside = inside && place[k] >= 0 && place[k] < x.shape[k];
    }
    y.numbers.push_back(inside ? x.numbers[size(index_of(place, x.shape))] : value);
  }
  return y;
}

OracleTensor concatenated(const Node& node) {
  std::int64_t axis = node.integer("axis", 0);
  if (axis < 0) axis += static_cast<std::int64_t>(node.in[0]->shape.size());
  OracleTensor y{node.in[0]->shape, {}};
  y.shape[size(axis)] = 0;
  for (const auto* one : node.in) y.shape[size(axis)] += one->shape[size(axis)];
  for (std::int64_t i = 0; i < count(y.shape); ++i) {
    Place place = place_of(i, y.shape);
    std::size_t k = 0;
    for (; place[size(axis)] >= node.in[k]->shape[size(axis)]; ++k) place[size(axis)] -= node.in[k]->shape[size(axis)];
    y.numbers.push_back(node.in[k]->numbers[size(index_of(place, node.in[k]->shape))]);
  }
  return y;
}

OracleTensor result_of(const Node& node) {
  const std::string& op = node.proto.op_type();
  const OracleTensor& x = *node.in[0];
  const auto rank = static_cast<std::int64_t>(x.shape.size());
  if (op == "Conv") return conv(node);
  if (op == "MaxPool" || op == "AveragePool") return pool(node, op == "AveragePool");
  if (op == "GlobalMaxPool" || op == "GlobalAveragePool") return pool_all(x, op == "GlobalAveragePool");
  if (op == "Gemm") return gemm(node);
  if (op == "MatMul") return product(x, *node.in[1]);
  if (op == "BatchNormalization") return batch_norm(node);
  if (op == "Add") return pair(x, *node.in[1], [](double a, double b) { return a + b; });
  if (op == "Sub") return pair(x, *node.in[1], [](double a, double b) { return a - b; });
  if (op == "Mul") return pair(x, *node.in[1], [](double a, double b) { return a * b; });
  if (op == "Div") return pair(x, *node.in[1], [](double a, double b) { return a / b; });
  if (op == "Relu") return each(x, [](double n) { return n < 0 ? 0 : n; });
  if (op == "Sigmoid") return each(x, [](double n) { return 1 / (1 + std::exp(-n)); });
  if (op == "Tanh") return each(x, [](double n) { return std::tanh(n); });
  if (op == "LeakyRelu") return each(x, [a = node.real("alpha", 0.01)](double n) { return n < 0 ? a * n : n; });
  if (op == "PRelu") return each(x, [a = node.in[1]->numbers[0]](double n) { return n < 0 ? a * n : n; });
  if (op == "HardSwish") return each(x, [](double n) { return n * std::min(std::max(n / 6 + 0.5, 0.0), 1.0); });
  if (op == "HardSigmoid") {
    const double alpha = node.real("alpha", 0.2), beta = node.real("beta", 0.5);
    return each(x, [=](double n) { return std::min(std::max(alpha * n + beta, 0.0), 1.0); });
  }
  if (op == "Clip")
    return each(x, [low = node.in[1]->numbers[0], high = node.in[2]->numbers[0]](double n) {
      return std::min(std::max(n, low), high);
    });
  if (op == "Softmax") return softmax(x, node.integer("axis", -1));
  if (op == "Transpose") {
    Shape reversed;
    for (std::int64_t k = rank; k-- > 0;) reversed.push_back(k);
    return transposed(x, node.integers("perm", reversed));
  }
  if (op == "Reshape") return reshaped(x, node.list(1));
  if (op == "Flatten") {
    const std::int64_t axis = node.integer("axis", 1);
    const std::int64_t front = count(Shape(x.shape.begin(), x.shape.begin() + axis));
    return {{front, count(x.shape) / front}, x.numbers};
  }
  if (op == "Pad") return padded(x, node.list(1), node.in.size() > 2 ? node.in[2]->numbers[0] : 0);
  if (op == "Concat") return concatenated(node);
  if (op == "Identity" || op == "Dropout") return x;
  throw std::runtime_error("the oracle does not know " + op);
}

}  // namespace

OracleTensor run_onnx(const onnx::ModelProto& model, const OracleTensor& input) {
  std::map<std::string, OracleTensor> values;
  for (const auto& one : model.graph().initializer()) values[one.name()] = tensor_of(one);
  values[model.graph().input(0).name()] = input;
  for (const auto& proto : model.graph().node()) {
    Node node{proto, {}};
    for (const auto& name : proto.input()) node.in.push_back(&values.at(name));
    values[proto.output(0)] = result_of(node);
  }
  return values.at(model.graph().output(0).name());
}

}  // namespace mica::tests
