// A model as every reader hands it on: tensors, operators in the order of their execution, inputs and outputs. Plain
// data.
//
// Shapes are those of TensorFlow Lite, whatever the file: activations are 1HWC (one sample, height, width, channels),
// filters of convolutions OHWI, depthwise filters 1HWO, weights of a fully connected layer OI. A quantised number q
// stands for scale * (q - zero point).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace mica::ml {

using Shape = std::vector<std::int64_t>;  // the last size belongs to neighbours in memory; empty: one number

// A text of a model as messages and comments may show it: printable, and not long.
std::string printable(const std::string& text);

std::string shape_text(const Shape& shape);  // "1x8x8"

// Number of elements; -1 when a size is not above 0 or there are 2^31 or more.
std::int64_t elements_of(const Shape& shape);

// What is wrong with an operator or a tensor. Readers make an ImportError of it, which says where.
struct GraphError {
  std::string sentence;
  const char* name;
};

enum class TensorType : std::uint8_t { float32, int8, int16, int32, int64, uint8, boolean };

const char* type_name(TensorType type);
std::size_t element_bytes(TensorType type);

// How integers stand for real numbers. No scales: they do not, or are real numbers themselves. One: of all elements.
// More: one for each index along `axis`. Scales are finite and above 0; those of weights and biases may be 0, where a
// channel is nothing but zeros.
struct Quantisation {
  std::vector<float> scales;
  std::vector<std::int32_t> zero_points;  // as many as scales
  std::size_t axis = 0;

  bool operator==(const Quantisation&) const = default;
};

struct Tensor {
  std::string name;  // in the file, printable
  Shape shape;       // every size is above 0
  TensorType type = TensorType::float32;
  Quantisation quantisation;
  // Of a constant: all elements, little-endian, in the bytes of the file, `Graph::owned` or `Graph::file`, at any
  // address. Floats are finite. Empty: an input of the graph, or what an operator computes.
  std::span<const std::byte> data;

  bool is_constant() const { return !data.empty(); }
  std::size_t elements() const { return static_cast<std::size_t>(elements_of(shape)); }
  std::size_t bytes() const { return elements() * element_bytes(type); }

  // Element `index` of a constant whose type is that of Number.
  template <typename Number>
  Number element(std::size_t index) const {
    Number number;
    std::memcpy(&number, data.data() + index * sizeof number, sizeof number);
    return number;
  }
};

// Behind each: its inputs, and which attributes it has. `x` is what it works on; of what stands in brackets the index
// may be -1, or it may lack. Each has one output, of the type of x unless said.
enum class OperatorKind : std::uint8_t {
  conv2d,            // x, filter OHWI, [bias O]: window, groups (I is the channels of x by groups), activation
  depthwise_conv2d,  // x, filter 1HWO, [bias O]: window, activation. O is a multiple m of the channels of x: result o
                     // is of channel o / m
  fully_connected,   // x, weights OI, [bias O]: activation, keeps_axes (the result is x with O for its last size,
                     // otherwise a matrix). x is rows of I numbers; there may be more than one
  add,               // a, b: activation. Sizes of 1 are stretched, and sizes that lack in front
  sub,               // a, b: as add; a - b
  mul,               // a, b: as add
  average_pool,      // x: window (no dilation), activation, counts_padding
  max_pool,          // x: window (no dilation), activation. What is padded is less than everything
  mean_hw,       // x: keeps_axes. The mean over height and width, 1x1x1xC or 1xC; has its own rounding when quantised
  softmax,       // x: beta. Along the last axis
  pad,           // x: pads, pad_value
  reshape,       // x: shape. All that leaves the numbers as they lie in memory
  concat,        // one or more: axis
  relu,          // x
  relu6,         // x
  relu_n1_to_1,  // x
  clip,          // x: low, high
  sigmoid,       // x
  tanh,          // x
  hard_swish,    // x: x * relu6(x + 3) / 6
  leaky_relu,    // x: alpha, the slope below 0
  argmax,        // x: axis, keeps_axes. int32 or int64: the index of the largest, the first of equal ones
  quantise,      // x, real or quantised: the output is quantised, int8 or uint8
  dequantise,    // x, quantised: the output is float32
  transpose,     // x: permutation
  batch_norm,    // x, scale C, shift C, mean C, variance C, constants: epsilon. Over the last axis
  mat_mul,       // a (.. M, K), b (.. K, N), sizes in front equal
};

const char* kind_name(OperatorKind kind);
inline constexpr std::size_t operator_kinds = static_cast<std::size_t>(OperatorKind::mat_mul) + 1;

// What a layer does with its results at once.
enum class Activation : std::uint8_t { none, relu, relu6, relu_n1_to_1 };

const char* activation_name(Activation activation);

// A window that moves over height and width. The window at row y of the result begins at row
// y * stride_height - pad_top of x, and has every dilation_height-th row.
struct Window {
  std::int64_t kernel_height = 1, kernel_width = 1;  // of a convolution: those of its filter
  std::int64_t stride_height = 1, stride_width = 1;
  std::int64_t dilation_height = 1, dilation_width = 1;
  std::int64_t pad_top = 0, pad_left = 0, pad_bottom = 0, pad_right = 0;  // not below 0; around x, with real zeros

  bool operator==(const Window&) const = default;
};

// Those that the kind of the operator does not have are as here.
struct Attributes {
  Window window;
  std::int64_t groups = 1;
  Activation activation = Activation::none;
  bool keeps_axes = false;
  bool counts_padding = false;  // an average is of all the window's cells, those outside of x are 0
  float beta = 1;               // above 0
  float alpha = 0;
  float low = 0, high = 0;  // real numbers, low <= high
  float epsilon = 0;
  std::size_t axis = 0;
  Shape shape;
  std::vector<std::size_t> permutation;           // axis k of the result is axis permutation[k] of x
  std::vector<std::array<std::int64_t, 2>> pads;  // for each axis: elements in front of it, behind it; not below 0
  double pad_value = 0;                           // as it stands in the tensor: of int8 the integer
};

struct Operator {
  OperatorKind kind = OperatorKind::reshape;
  std::string name;       // for people: that of its result or of the node in the file, printable
  std::size_t index = 0;  // in the file
  std::vector<int> inputs;
  std::vector<int> outputs;
  Attributes attributes;
};

// Operators take inputs, constants and what operators before them have computed; each tensor is computed once.
struct Graph {
  std::vector<Tensor> tensors;  // that operators or the graph refer to, by index
  std::vector<Operator> operators;
  std::vector<int> inputs;
  std::vector<int> outputs;
  // Constants that are not in the file as they are needed; copies of a graph share them.
  std::vector<std::shared_ptr<const std::byte[]>> owned;
  std::shared_ptr<const void> file;  // what else they lie in, where the reader has unpacked it
  // How the file wants tensors of float32 to be quantised, by their index. Numbers of such constants are multiples of
  // their scales.
  std::map<int, Quantisation> wanted;

  Tensor& tensor(int index) { return tensors[static_cast<std::size_t>(index)]; }
  const Tensor& tensor(int index) const { return tensors[static_cast<std::size_t>(index)]; }

  // Memory for a constant, which lives as long as the graph and its copies.
  std::span<std::byte> own(std::size_t bytes);
  // A constant of these numbers, whose type they have; its index.
  int add_constant(const std::string& name, const Shape& shape, std::span<const float> numbers);
  int add_constant(const std::string& name, const Shape& shape, std::span<const std::int8_t> numbers);
  int add_constant(const std::string& name, const Shape& shape, std::span<const std::int32_t> numbers);
};

}  // namespace mica::ml
