// Snippets of the group "float_layer"; the interface of each is its entry in float_layer.json.
#include "core/snippet_signatures.hpp"
#include "ml/kernels/float_elements.hpp"
#include "ml/kernels/float_windows.hpp"
#include "ml/kernels/quantise.hpp"
#include "ml/kernels/sizes.hpp"

OP_CHECK(fconv2d) {  // ( -- )
  const bool same = padding == 1;
  WANT(!same || pad_top + pad_left + pad_bottom + pad_right == 0, pad_top);
  const ml::Windows1d down =
      ml::windows_along(height, kernel_height, stride_down, dilation_down, same, pad_top, pad_bottom);
  const ml::Windows1d across =
      ml::windows_along(width, kernel_width, stride_across, dilation_across, same, pad_left, pad_right);
  WANT(ml::are_regular(down, kernel_height, dilation_down), kernel_height);
  WANT(ml::are_regular(across, kernel_width, dilation_across), kernel_width);
  WANT_LENGTH(input, std::uint64_t{height} * width * channels);
  rows = down.count;
  columns = across.count;
  before_rows = down.before;
  before_columns = across.before;
  outputs = LENGTH(bias);
  WANT(outputs <= 65535, bias);
  WANT(channels % groups == 0 && outputs % groups == 0, groups);
  WANT_LENGTH(filter, std::uint64_t{outputs} * kernel_height * kernel_width * (channels / groups));
  WANT(low <= high, low);
  WANT_LENGTH(output, std::uint64_t{rows} * columns * outputs);
  WANT_APART(output, input);
}

OP_UNIT(fconv2d) {
  const std::uint32_t results = rows * columns * outputs;
  SOURCE(image, input, float32, height * width * channels);
  SOURCE(weights, filter, float32, outputs * kernel_height * kernel_width * (channels / groups));
  SOURCE(offsets, bias, float32, outputs);
  TARGET(result, output, float32, results);
  const ml::FloatConv2d layer = {
      {height, rows, kernel_height, stride_down, dilation_down, before_rows},
      {width, columns, kernel_width, stride_across, dilation_across, before_columns},
      channels,
      outputs,
      groups,
      ml::float_range(low, high)};
  if (!ml::is_inside(layer, progress.place)) TRAP(invalid_argument);
  if (ml::convolve(layer, {image, weights, offsets, result}, progress.place)) COMPLETE(output, results);
}

OP_CHECK(fdepthwise_conv2d) {  // ( -- )
  const bool same = padding == 1;
  WANT(!same || pad_top + pad_left + pad_bottom + pad_right == 0, pad_top);
  const ml::Windows1d down =
      ml::windows_along(height, kernel_height, stride_down, dilation_down, same, pad_top, pad_bottom);
  const ml::Windows1d across =
      ml::windows_along(width, kernel_width, stride_across, dilation_across, same, pad_left, pad_right);
  WANT(ml::are_regular(down, kernel_height, dilation_down), kernel_height);
  WANT(ml::are_regular(across, kernel_width, dilation_across), kernel_width);
  WANT_LENGTH(input, std::uint64_t{height} * width * channels);
  rows = down.count;
  columns = across.count;
  before_rows = down.before;
  before_columns = across.before;
  const std::uint32_t outputs = LENGTH(bias);
  depth = outputs / channels;
  WANT(outputs <= 65535 && outputs % channels == 0, bias);
  WANT_LENGTH(filter, std::uint64_t{outputs} * kernel_height * kernel_width);
  WANT(low <= high, low);
  WANT_LENGTH(output, std::uint64_t{rows} * columns * outputs);
  WANT_APART(output, input);
}

OP_UNIT(fdepthwise_conv2d) {
  const std::uint32_t outputs = channels * depth, results = rows * columns * outputs;
  SOURCE(image, input, float32, height * width * channels);
  SOURCE(weights, filter, float32, outputs * kernel_height * kernel_width);
  SOURCE(offsets, bias, float32, outputs);
  TARGET(result, output, float32, results);
  const ml::FloatDepthwise layer = {
      {height, rows, kernel_height, stride_down, dilation_down, before_rows},
      {width, columns, kernel_width, stride_across, dilation_across, before_columns},
      channels,
      depth,
      ml::float_range(low, high)};
  if (!ml::is_inside(layer, progress.place)) TRAP(invalid_argument);
  if (ml::convolve(layer, {image, weights, offsets, result}, progress.place)) COMPLETE(output, results);
}

OP_CHECK(ffully_connected) {  // ( -- )
  outputs = LENGTH(bias);
  inputs = LENGTH(filter) / outputs;
  WANT(inputs > 0 && LENGTH(filter) % outputs == 0, filter);
  WANT(low <= high, low);
  rows = LENGTH(input) / inputs;
  WANT(rows > 0 && rows <= 65535 && LENGTH(input) % inputs == 0, input);
  WANT_LENGTH(output, std::uint64_t{rows} * outputs);
  WANT_APART(output, input);
}

// A convolution over an image of one column, window by window one element.
OP_UNIT(ffully_connected) {
  SOURCE(elements, input, float32, rows * inputs);
  SOURCE(weights, filter, float32, outputs * inputs);
  SOURCE(offsets, bias, float32, outputs);
  TARGET(result, output, float32, rows * outputs);
  const ml::FloatConv2d layer = {
      {rows, rows, 1, 1, 1, 0}, {1, 1, 1, 1, 1, 0}, inputs, outputs, 1, ml::float_range(low, high)};
  if (!ml::is_inside(layer, progress.place)) TRAP(invalid_argument);
  if (ml::convolve(layer, {elements, weights, offsets, result}, progress.place)) COMPLETE(output, rows * outputs);
}

OP_CHECK(faverage_pool) {  // ( -- )
  const bool same = padding == 1;
  WANT(!same || pad_top + pad_left + pad_bottom + pad_right == 0, pad_top);
  const ml::Windows1d down =
      ml::windows_along(height, kernel_height, stride_down, dilation_down, same, pad_top, pad_bottom);
  const ml::Windows1d across =
      ml::windows_along(width, kernel_width, stride_across, dilation_across, same, pad_left, pad_right);
  WANT(ml::are_regular(down, kernel_height, dilation_down), kernel_height);
  WANT(ml::are_regular(across, kernel_width, dilation_across), kernel_width);
  WANT_LENGTH(input, std::uint64_t{height} * width * channels);
  rows = down.count;
  columns = across.count;
  before_rows = down.before;
  before_columns = across.before;
  WANT(low <= high, low);
  WANT_LENGTH(output, std::uint64_t{rows} * columns * channels);
  WANT_APART(output, input);
}

OP_UNIT(faverage_pool) {
  const std::uint32_t results = rows * columns * channels;
  SOURCE(image, input, float32, height * width * channels);
  TARGET(result, output, float32, results);
  const ml::FloatPool layer = {
      {height, rows, kernel_height, stride_down, dilation_down, before_rows},
      {width, columns, kernel_width, stride_across, dilation_across, before_columns},
      channels,
      ml::float_range(low, high)};
  if (!ml::is_inside(layer, progress.place)) TRAP(invalid_argument);
  if (ml::pool_average(layer, {image, nullptr, nullptr, result}, progress.place)) COMPLETE(output, results);
}

OP_CHECK(fmax_pool) {  // ( -- )
  const bool same = padding == 1;
  WANT(!same || pad_top + pad_left + pad_bottom + pad_right == 0, pad_top);
  const ml::Windows1d down =
      ml::windows_along(height, kernel_height, stride_down, dilation_down, same, pad_top, pad_bottom);
  const ml::Windows1d across =
      ml::windows_along(width, kernel_width, stride_across, dilation_across, same, pad_left, pad_right);
  WANT(ml::are_regular(down, kernel_height, dilation_down), kernel_height);
  WANT(ml::are_regular(across, kernel_width, dilation_across), kernel_width);
  WANT_LENGTH(input, std::uint64_t{height} * width * channels);
  rows = down.count;
  columns = across.count;
  before_rows = down.before;
  before_columns = across.before;
  WANT(low <= high, low);
  WANT_LENGTH(output, std::uint64_t{rows} * columns * channels);
  WANT_APART(output, input);
}

OP_UNIT(fmax_pool) {
  const std::uint32_t results = rows * columns * channels;
  SOURCE(image, input, float32, height * width * channels);
  TARGET(result, output, float32, results);
  const ml::FloatPool layer = {
      {height, rows, kernel_height, stride_down, dilation_down, before_rows},
      {width, columns, kernel_width, stride_across, dilation_across, before_columns},
      channels,
      ml::float_range(low, high)};
  if (!ml::is_inside(layer, progress.place)) TRAP(invalid_argument);
  if (ml::pool_greatest(layer, {image, nullptr, nullptr, result}, progress.place)) COMPLETE(output, results);
}

OP_CHECK(fmean) {  // ( -- )
  WANT_LENGTH(input, std::uint64_t{height} * width * channels);
  WANT(low <= high, low);
  WANT_LENGTH(output, channels);
  WANT_APART(output, input);
}

OP_UNIT(fmean) {
  SOURCE(image, input, float32, height * width * channels);
  TARGET(result, output, float32, channels);
  const ml::FloatPool layer = {
      {height, 1, height, 1, 1, 0}, {width, 1, width, 1, 1, 0}, channels, ml::float_range(low, high)};
  if (!ml::is_inside(layer, progress.place)) TRAP(invalid_argument);
  if (ml::pool_average(layer, {image, nullptr, nullptr, result}, progress.place)) COMPLETE(output, channels);
}

OP_CHECK(fclamp) {  // ( -- )
  WANT(low <= high, low);
  count = LENGTH(input);
  WANT_LENGTH(output, count);
  WANT_APART_OR_SAME(output, input);
}

OP_UNIT(fclamp) {
  SOURCE(elements, input, float32, count);
  TARGET(result, output, float32, count);
  const ml::FloatUnary layer = {count, ml::float_range(low, high)};
  if (!ml::is_inside(layer, progress.place)) TRAP(invalid_argument);
  if (ml::clip(layer, {elements, result}, progress.place)) COMPLETE(output, count);
}

OP_CHECK(fleaky_relu) {  // ( -- )
  count = LENGTH(input);
  WANT_LENGTH(output, count);
  WANT_APART_OR_SAME(output, input);
}

OP_UNIT(fleaky_relu) {
  SOURCE(elements, input, float32, count);
  TARGET(result, output, float32, count);
  const ml::FloatLeakyRelu layer = {count, ml::float_bits(slope)};
  if (!ml::is_inside(layer, progress.place)) TRAP(invalid_argument);
  if (ml::leaky_relu(layer, {elements, result}, progress.place)) COMPLETE(output, count);
}

OP_CHECK(fhard_swish) {  // ( -- )
  count = LENGTH(input);
  WANT_LENGTH(output, count);
  WANT_APART_OR_SAME(output, input);
}

OP_UNIT(fhard_swish) {
  SOURCE(elements, input, float32, count);
  TARGET(result, output, float32, count);
  const ml::FloatUnary layer = {count, {}};
  if (!ml::is_inside(layer, progress.place)) TRAP(invalid_argument);
  if (ml::hard_swish(layer, {elements, result}, progress.place)) COMPLETE(output, count);
}

OP_CHECK(flogistic) {  // ( -- )
  count = LENGTH(input);
  WANT_LENGTH(output, count);
  WANT_APART_OR_SAME(output, input);
}

OP_UNIT(flogistic) {
  SOURCE(elements, input, float32, count);
  TARGET(result, output, float32, count);
  const ml::FloatUnary layer = {count, {}};
  if (!ml::is_inside(layer, progress.place)) TRAP(invalid_argument);
  if (ml::squash_logistic(layer, {elements, result}, progress.place)) COMPLETE(output, count);
}

OP_CHECK(ftangent) {  // ( -- )
  count = LENGTH(input);
  WANT_LENGTH(output, count);
  WANT_APART_OR_SAME(output, input);
}

OP_UNIT(ftangent) {
  SOURCE(elements, input, float32, count);
  TARGET(result, output, float32, count);
  const ml::FloatUnary layer = {count, {}};
  if (!ml::is_inside(layer, progress.place)) TRAP(invalid_argument);
  if (ml::squash_tangent(layer, {elements, result}, progress.place)) COMPLETE(output, count);
}

OP_CHECK(fadd_layer) {  // ( -- )
  count = LENGTH(a);
  second_count = LENGTH(b);
  WANT(count % second_count == 0, b);
  WANT(low <= high, low);
  WANT_LENGTH(output, count);
  WANT_APART_OR_SAME(output, a);
  WANT_APART_OR_SAME(output, b);
}

OP_UNIT(fadd_layer) {
  SOURCE(first, a, float32, count);
  SOURCE(second, b, float32, second_count);
  TARGET(result, output, float32, count);
  const ml::FloatBinary layer = {count, second_count, negate == 1, ml::float_range(low, high)};
  if (!ml::is_inside(layer, progress.place)) TRAP(invalid_argument);
  const bool was_last = negate == 0
                            ? ml::add_pairs(layer, {first, second, result}, progress.place)
                            : ml::subtract_pairs(layer, {first, second, result}, progress.place);
  if (was_last) COMPLETE(output, count);
}

OP_CHECK(fmultiply_layer) {  // ( -- )
  count = LENGTH(a);
  second_count = LENGTH(b);
  WANT(count % second_count == 0, b);
  WANT(low <= high, low);
  WANT_LENGTH(output, count);
  WANT_APART_OR_SAME(output, a);
  WANT_APART_OR_SAME(output, b);
}

OP_UNIT(fmultiply_layer) {
  SOURCE(first, a, float32, count);
  SOURCE(second, b, float32, second_count);
  TARGET(result, output, float32, count);
  const ml::FloatBinary layer = {count, second_count, false, ml::float_range(low, high)};
  if (!ml::is_inside(layer, progress.place)) TRAP(invalid_argument);
  if (ml::multiply_pairs(layer, {first, second, result}, progress.place)) COMPLETE(output, count);
}

OP_CHECK(fsoftmax) {  // ( -- )
  rows = LENGTH(input) / columns;
  WANT(LENGTH(input) % columns == 0, columns);
  WANT_LENGTH(output, LENGTH(input));
  WANT_APART_OR_SAME(output, input);
}

OP_UNIT(fsoftmax) {
  SOURCE(elements, input, float32, rows * columns);
  TARGET(result, output, float32, rows * columns);
  const ml::FloatSoftmax layer = {rows, columns, ml::float_bits(beta)};
  if (!ml::is_inside(layer, progress.place)) TRAP(invalid_argument);
  if (ml::softmax(layer, {elements, result}, progress.place)) COMPLETE(output, rows * columns);
}

OP_CHECK(fargmax) {  // ( -- )
  rows = LENGTH(input) / columns;
  WANT(LENGTH(input) % columns == 0, columns);
  WANT_LENGTH(output, rows);
  WANT_APART(output, input);
}

OP_UNIT(fargmax) {
  SOURCE(elements, input, float32, rows * columns);
  TARGET(result, output, int32, rows);
  const ml::FloatArgMax layer = {rows, columns};
  if (!ml::is_inside(layer, progress.place)) TRAP(invalid_argument);
  if (ml::find_greatest(layer, elements, result, progress.place)) COMPLETE(output, rows);
}

OP_CHECK(quantise_layer) {  // ( -- )
  count = LENGTH(input);
  WANT_LENGTH(output, count);
  WANT_APART(output, input);
}

OP_UNIT(quantise_layer) {
  SOURCE(elements, input, float32, count);
  TARGET(result, output, int8, count);
  const ml::Quantising layer = {count, ml::float_bits(scale), static_cast<std::int8_t>(zero)};
  if (!ml::is_inside(layer, progress.place)) TRAP(invalid_argument);
  if (ml::quantise(layer, elements, result, progress.place)) COMPLETE(output, count);
}

OP_CHECK(dequantise_layer) {  // ( -- )
  count = LENGTH(input);
  WANT_LENGTH(output, count);
  WANT_APART(output, input);
}

OP_UNIT(dequantise_layer) {
  SOURCE(elements, input, int8, count);
  TARGET(result, output, float32, count);
  const ml::Quantising layer = {count, ml::float_bits(scale), static_cast<std::int8_t>(zero)};
  if (!ml::is_inside(layer, progress.place)) TRAP(invalid_argument);
  if (ml::dequantise(layer, elements, result, progress.place)) COMPLETE(output, count);
}
