// Checks of graphs that no file of TensorFlow Lite comes to: operators that it does not have, and tensors that its
// reader would not hand on.
#include "ml/import/graph_checks.hpp"

#include <doctest/doctest.h>

#include <limits>
#include <utility>

#include "ml/import/costs.hpp"

namespace {

using namespace mica::ml;

// What an operator on floats of these shapes gives; those behind the first are constants.
struct Checked {
  Graph graph;
  Operator one;
  std::vector<std::byte> data = std::vector<std::byte>(1000);

  Checked(OperatorKind kind, const std::vector<Shape>& shapes, std::size_t values = 1) {
    one.kind = kind;
    for (const Shape& shape : shapes) {
      Tensor tensor;
      tensor.shape = shape;
      if (graph.tensors.size() >= values) tensor.data = std::span(data).first(tensor.bytes());
      one.inputs.push_back(static_cast<int>(graph.tensors.size()));
      graph.tensors.push_back(tensor);
    }
  }

  std::string shape() {
    try {
      check_inputs(graph, one);
      return shape_text(infer_shape(graph, one));
    } catch (const GraphError& error) {
      return error.name;
    }
  }
};

std::string name_of(const Tensor& tensor) {
  try {
    check_tensor(tensor);
  } catch (const GraphError& error) {
    return error.name;
  }
  return "";
}

TEST_CASE("batch norm") {
  const auto shape = [](const Shape& x, const Shape& last) {
    return Checked(OperatorKind::batch_norm, {x, {3}, {3}, {3}, last}).shape();
  };
  CHECK(shape({1, 4, 5, 3}, {3}) == "1x4x5x3");
  CHECK(shape({1, 4, 5, 3}, {4}) == "bad_shape");
  CHECK(shape({1, 4, 5, 3}, {1, 3}) == "bad_shape");
  CHECK(shape({}, {3}) == "bad_shape");
  CHECK(Checked(OperatorKind::batch_norm, {{1, 3}, {3}, {3}, {3}}).shape() == "wrong_count");
  Checked of_integers(OperatorKind::batch_norm, {{1, 3}, {3}, {3}, {3}, {3}});
  for (Tensor& tensor : of_integers.graph.tensors) tensor.type = TensorType::int8;
  CHECK(of_integers.shape() == "unsupported_type");
  Checked computed(OperatorKind::batch_norm, {{1, 3}, {3}, {3}, {3}, {3}}, 2);
  CHECK(computed.shape() == "unsupported_graph");
}

TEST_CASE("products of matrices") {
  const auto shape = [](const Shape& a, const Shape& b) { return Checked(OperatorKind::mat_mul, {a, b}, 2).shape(); };
  CHECK(shape({2, 3}, {3, 4}) == "2x4");
  CHECK(shape({5, 2, 3}, {5, 3, 4}) == "5x2x4");
  CHECK(shape({5, 2, 3}, {6, 3, 4}) == "bad_shape");
  CHECK(shape({2, 3}, {4, 3}) == "bad_shape");
  CHECK(shape({5, 2, 3}, {3, 4}) == "bad_shape");
  CHECK(shape({3}, {3}) == "bad_shape");
}

TEST_CASE("what products of matrices and sums cost") {
  Checked product(OperatorKind::mat_mul, {{5, 2, 3}, {5, 3, 4}}, 2);
  Tensor result;
  result.shape = {5, 2, 4};
  product.graph.tensors.push_back(result);
  product.one.outputs = {2};
  CHECK(cost_of(product.graph, product.one).products == 5 * 2 * 3 * 4);
  product.one.kind = OperatorKind::add;
  product.graph.tensors[0].data = std::span(product.data).first(120);
  CHECK(cost_of(product.graph, product.one).products == 0);
  CHECK(cost_of(product.graph, product.one).constant_bytes == 120);
}

TEST_CASE("attributes that only other files have") {
  Checked clip(OperatorKind::clip, {{1, 3}});
  clip.one.attributes.low = -1;
  clip.one.attributes.high = -1;
  CHECK(clip.shape() == "1x3");
  clip.one.attributes.high = -2;
  CHECK(clip.shape() == "bad_attribute");
  clip.one.attributes.high = std::numeric_limits<float>::infinity();
  CHECK(clip.shape() == "bad_attribute");

  Checked argmax(OperatorKind::argmax, {{1, 3, 4}});
  argmax.one.attributes.keeps_axes = true;
  argmax.one.attributes.axis = 1;
  CHECK(argmax.shape() == "1x1x4");
  argmax.one.attributes.axis = 3;
  CHECK(argmax.shape() == "bad_attribute");

  Checked pool(OperatorKind::max_pool, {{1, 4, 4, 2}});
  Window& w = pool.one.attributes.window;
  w = {.kernel_height = 2, .kernel_width = 3, .stride_height = 2};
  CHECK(pool.shape() == "1x2x2x2");
  w.pad_bottom = 1;
  CHECK(pool.shape() == "1x2x2x2");
  w.pad_top = 1;
  CHECK(pool.shape() == "1x3x2x2");
  w.pad_right = 2;
  CHECK(pool.shape() == "1x3x4x2");
  for (std::int64_t* const pad : {&w.pad_top, &w.pad_bottom, &w.pad_left, &w.pad_right})
    for (const std::int64_t wrong : {std::int64_t{-1}, std::int64_t{3}, std::int64_t{1} << 40}) {
      const std::int64_t right = std::exchange(*pad, wrong);
      CHECK(pool.shape() == "bad_attribute");
      *pad = right;
    }
  w.pad_bottom = 2;  // a whole window
  CHECK(pool.shape() == "bad_attribute");
  w.pad_bottom = 1;
  for (std::int64_t* const dilation : {&w.dilation_width, &w.dilation_height}) {
    *dilation = 2;
    CHECK(pool.shape() == "bad_attribute");
    *dilation = 1;
  }
  CHECK(pool.shape() == "1x3x4x2");

  Checked convolution(OperatorKind::conv2d, {{1, 4, 4, 2}, {3, 2, 2, 2}});
  Window& window = convolution.one.attributes.window;
  CHECK(convolution.shape() == "bad_shape");  // its window is not that of the filter
  window.kernel_height = 2;
  CHECK(convolution.shape() == "bad_shape");
  window = {.kernel_width = 2};
  CHECK(convolution.shape() == "bad_shape");
  window = {.kernel_height = 2, .kernel_width = 2, .pad_top = 5};
  CHECK(convolution.shape() == "1x8x3x3");
  window.stride_width = 65535;
  CHECK(convolution.shape() == "1x8x1x3");
  window.stride_width = 65536;
  CHECK(convolution.shape() == "bad_attribute");
  window.stride_width = 1;
  window.pad_top = std::int64_t{1} << 40;
  CHECK(convolution.shape() == "bad_attribute");
  window.pad_top = 5;
  convolution.one.attributes.groups = 0;
  CHECK(convolution.shape() == "bad_shape");
}

TEST_CASE("attributes that readers hand on as they are") {
  Checked pad(OperatorKind::pad, {{1, 3}});
  CHECK(pad.shape() == "bad_shape");
  pad.one.attributes.pads = {{0, 0}, {1, 2}};
  CHECK(pad.shape() == "1x6");
  pad.one.attributes.pads = {{0, 0}, {1, std::int64_t{1} << 62}};
  CHECK(pad.shape() == "bad_attribute");

  Checked concat(OperatorKind::concat, {{1, 3}, {1, 4}});
  concat.one.attributes.axis = 1;
  CHECK(concat.shape() == "1x7");
  concat.one.attributes.axis = 2;
  CHECK(concat.shape() == "bad_attribute");

  Checked transpose(OperatorKind::transpose, {{1, 3}});
  const auto ordered = [&](std::vector<std::size_t> permutation) {
    transpose.one.attributes.permutation = std::move(permutation);
    return transpose.shape();
  };
  CHECK(ordered({1, 0}) == "3x1");
  for (const auto& wrong : {std::vector<std::size_t>{}, {1}, {1, 1}, {1, 2}, {1, 7}, {1, 0, 0}, {1, 0, 2}})
    CHECK(ordered(wrong) == "bad_attribute");

  Checked connected(OperatorKind::fully_connected, {{1, 3}, {4, 3}, {4}});
  CHECK(connected.shape() == "1x4");
  for (const Shape& wrong : {Shape{3}, Shape{}, Shape{4, 1}, Shape{2, 4}}) {
    connected.graph.tensors[2].shape = wrong;
    CHECK(connected.shape() == "bad_shape");
  }
  Checked single(OperatorKind::fully_connected, {{1, 3}, {1, 3}, {}});
  CHECK(single.shape() == "bad_shape");
}

TEST_CASE("tensors") {
  Tensor tensor;
  tensor.shape = {2, 3};
  tensor.type = TensorType::int8;
  CHECK(name_of(tensor) == "");
  tensor.quantisation = {{1, 2}, {0, 0}, 0};
  CHECK(name_of(tensor) == "");
  tensor.quantisation = {{1, 2}, {0}, 0};
  CHECK(name_of(tensor) == "bad_quantisation");
  tensor.quantisation = {{1, 2}, {0, 0}, 1};
  CHECK(name_of(tensor) == "bad_quantisation");
  tensor.quantisation = {{1, 2}, {0, 0}, 2};
  CHECK(name_of(tensor) == "bad_quantisation");
  const auto with_zero_point = [&](TensorType type, std::int32_t zero) {
    tensor.type = type;
    tensor.quantisation = {{1}, {zero}, 0};
    return name_of(tensor);
  };
  CHECK(with_zero_point(TensorType::uint8, 255) == "");
  CHECK(with_zero_point(TensorType::uint8, -1) == "bad_quantisation");
  CHECK(with_zero_point(TensorType::uint8, 256) == "bad_quantisation");
  CHECK(with_zero_point(TensorType::int8, 127) == "");
  CHECK(with_zero_point(TensorType::int8, -128) == "");
  CHECK(with_zero_point(TensorType::int32, 1000) == "");
}

TEST_CASE("texts") {
  CHECK(printable("a\nb\xff") == "a?b?");
  CHECK(printable(std::string(61, 'x')) == std::string(60, 'x') + "...");
  CHECK(shape_text({}) == "scalar");
  CHECK(elements_of({}) == 1);
  CHECK(elements_of({1 << 16, 1 << 15}) == -1);
  CHECK(elements_of({4, std::int64_t{1} << 62}) == -1);
  CHECK(elements_of({(1 << 16) - 1, 1 << 15}) == ((1ll << 16) - 1) << 15);
  for (std::size_t k = 0; k < operator_kinds; ++k) CHECK(std::string(kind_name(static_cast<OperatorKind>(k))) != "");
  CHECK(kind_name(OperatorKind::mat_mul) == std::string("mat_mul"));
  CHECK(kind_name(OperatorKind::mean_hw) == std::string("mean_hw"));
}

}  // namespace
