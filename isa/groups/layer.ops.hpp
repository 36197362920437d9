// Snippets of the group "layer"; the interface of each is its entry in layer.json.
#include "core/snippet_signatures.hpp"
#include "ml/kernels/activation.hpp"
#include "ml/kernels/binary.hpp"
#include "ml/kernels/conv2d.hpp"
#include "ml/kernels/copy.hpp"
#include "ml/kernels/depthwise.hpp"
#include "ml/kernels/pool.hpp"
#include "ml/kernels/sizes.hpp"
#include "ml/kernels/softmax.hpp"

OP_CHECK(conv2d) {  // ( -- )
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
  scales = LENGTH(multiplier);
  WANT(outputs <= 65535, bias);
  WANT(channels % groups == 0 && outputs % groups == 0, groups);
  WANT_LENGTH(filter, std::uint64_t{outputs} * kernel_height * kernel_width * (channels / groups));
  WANT(scales == 1 || scales == outputs, multiplier);
  WANT_LENGTH(shift, scales);
  WANT(low <= high, low);
  WANT_LENGTH(output, std::uint64_t{rows} * columns * outputs);
  WANT_APART(output, input);
}

OP_UNIT(conv2d) {
  const std::uint32_t results = rows * columns * outputs;
  SOURCE(image, input, int8, height * width * channels);
  SOURCE(weights, filter, int8, outputs * kernel_height * kernel_width * (channels / groups));
  SOURCE(offsets, bias, int32, outputs);
  SOURCE(fractions, multiplier, int32, scales);
  SOURCE(powers, shift, int8, scales);
  TARGET(result, output, int8, results);
  const ml::Conv2d layer = {
      {height, rows, kernel_height, stride_down, dilation_down, before_rows},
      {width, columns, kernel_width, stride_across, dilation_across, before_columns},
      channels,
      outputs,
      groups,
      scales,
      static_cast<std::int8_t>(zero_in),
      ml::int8_range(zero_out, low, high),
      static_cast<ml::Rounding>(rounding)};
  if (!ml::is_inside(layer, progress.place)) TRAP(invalid_argument);
  if (ml::convolve(layer, {image, weights, offsets, fractions, powers, result}, progress.place))
    COMPLETE(output, results);
}

OP_CHECK(depthwise_conv2d) {  // ( -- )
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
  scales = LENGTH(multiplier);
  depth = outputs / channels;
  WANT(outputs <= 65535 && outputs % channels == 0, bias);
  WANT_LENGTH(filter, std::uint64_t{outputs} * kernel_height * kernel_width);
  WANT(scales == 1 || scales == outputs, multiplier);
  WANT_LENGTH(shift, scales);
  WANT(low <= high, low);
  WANT_LENGTH(output, std::uint64_t{rows} * columns * outputs);
  WANT_APART(output, input);
}

OP_UNIT(depthwise_conv2d) {
  const std::uint32_t outputs = channels * depth, results = rows * columns * outputs;
  SOURCE(image, input, int8, height * width * channels);
  SOURCE(weights, filter, int8, outputs * kernel_height * kernel_width);
  SOURCE(offsets, bias, int32, outputs);
  SOURCE(fractions, multiplier, int32, scales);
  SOURCE(powers, shift, int8, scales);
  TARGET(result, output, int8, results);
  const ml::Depthwise layer = {
      {height, rows, kernel_height, stride_down, dilation_down, before_rows},
      {width, columns, kernel_width, stride_across, dilation_across, before_columns},
      channels,
      depth,
      scales,
      static_cast<std::int8_t>(zero_in),
      ml::int8_range(zero_out, low, high),
      static_cast<ml::Rounding>(rounding)};
  if (!ml::is_inside(layer, progress.place)) TRAP(invalid_argument);
  if (ml::convolve(layer, {image, weights, offsets, fractions, powers, result}, progress.place))
    COMPLETE(output, results);
}

OP_CHECK(fully_connected) {  // ( -- )
  outputs = LENGTH(bias);
  scales = LENGTH(multiplier);
  inputs = LENGTH(filter) / outputs;
  WANT(inputs > 0 && LENGTH(filter) % outputs == 0, filter);
  WANT(scales == 1 || scales == outputs, multiplier);
  WANT_LENGTH(shift, scales);
  WANT(low <= high, low);
  rows = LENGTH(input) / inputs;
  WANT(rows > 0 && rows <= 65535 && LENGTH(input) % inputs == 0, input);
  WANT_LENGTH(output, std::uint64_t{rows} * outputs);
  WANT_APART(output, input);
}

// A convolution over an image of one column, window by window one element.
OP_UNIT(fully_connected) {
  SOURCE(elements, input, int8, rows * inputs);
  SOURCE(weights, filter, int8, outputs * inputs);
  SOURCE(offsets, bias, int32, outputs);
  SOURCE(fractions, multiplier, int32, scales);
  SOURCE(powers, shift, int8, scales);
  TARGET(result, output, int8, rows * outputs);
  const ml::Conv2d layer = {{rows, rows, 1, 1, 1, 0},
                            {1, 1, 1, 1, 1, 0},
                            inputs,
                            outputs,
                            1,
                            scales,
                            static_cast<std::int8_t>(zero_in),
                            ml::int8_range(zero_out, low, high),
                            static_cast<ml::Rounding>(rounding)};
  if (!ml::is_inside(layer, progress.place)) TRAP(invalid_argument);
  if (ml::convolve(layer, {elements, weights, offsets, fractions, powers, result}, progress.place))
    COMPLETE(output, rows * outputs);
}

OP_CHECK(average_pool) {  // ( -- )
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

OP_UNIT(average_pool) {
  const std::uint32_t results = rows * columns * channels;
  SOURCE(image, input, int8, height * width * channels);
  TARGET(result, output, int8, results);
  const ml::Pool layer = {
      {height, rows, kernel_height, stride_down, dilation_down, before_rows},
      {width, columns, kernel_width, stride_across, dilation_across, before_columns},
      channels,
      ml::int8_range(0, low, high)};
  if (!ml::is_inside(layer, progress.place)) TRAP(invalid_argument);
  if (ml::pool_average(layer, {image, result}, progress.place)) COMPLETE(output, results);
}

OP_CHECK(max_pool) {  // ( -- )
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

OP_UNIT(max_pool) {
  const std::uint32_t results = rows * columns * channels;
  SOURCE(image, input, int8, height * width * channels);
  TARGET(result, output, int8, results);
  const ml::Pool layer = {
      {height, rows, kernel_height, stride_down, dilation_down, before_rows},
      {width, columns, kernel_width, stride_across, dilation_across, before_columns},
      channels,
      ml::int8_range(0, low, high)};
  if (!ml::is_inside(layer, progress.place)) TRAP(invalid_argument);
  if (ml::pool_greatest(layer, {image, result}, progress.place)) COMPLETE(output, results);
}

OP_CHECK(mean) {  // ( -- )
  WANT_LENGTH(input, std::uint64_t{height} * width * channels);
  WANT(low <= high, low);
  WANT_LENGTH(output, channels);
  WANT_APART(output, input);
}

OP_UNIT(mean) {
  SOURCE(image, input, int8, height * width * channels);
  TARGET(result, output, int8, channels);
  const ml::MeanPool layer = {{height, 1, height, 1, 1, 0},
                              {width, 1, width, 1, 1, 0},
                              channels,
                              static_cast<std::int8_t>(zero_in),
                              {multiplier, shift},
                              ml::int8_range(zero_out, low, high),
                              static_cast<ml::Rounding>(rounding)};
  if (!ml::is_inside(layer, progress.place)) TRAP(invalid_argument);
  if (ml::pool_mean(layer, {image, result}, progress.place)) COMPLETE(output, channels);
}

OP_CHECK(rescale) {  // ( -- )
  count = LENGTH(input);
  WANT(low <= high, low);
  WANT_LENGTH(output, count);
  WANT_APART_OR_SAME(output, input);
}

OP_UNIT(rescale) {
  SOURCE(elements, input, int8, count);
  TARGET(result, output, int8, count);
  const ml::Rescaling layer = {count,
                               static_cast<std::int8_t>(zero_in),
                               {multiplier, shift},
                               ml::int8_range(zero_out, low, high),
                               static_cast<ml::Rounding>(rounding)};
  if (!ml::is_inside(layer, progress.place)) TRAP(invalid_argument);
  if (ml::rescale_elements(layer, {elements, result}, progress.place)) COMPLETE(output, count);
}

OP_CHECK(leaky_relu) {  // ( -- )
  count = LENGTH(input);
  WANT_LENGTH(output, count);
  WANT_APART_OR_SAME(output, input);
}

OP_UNIT(leaky_relu) {
  SOURCE(elements, input, int8, count);
  TARGET(result, output, int8, count);
  const ml::LeakyRelu layer = {count,
                               static_cast<std::int8_t>(zero_in),
                               {multiplier, shift},
                               {multiplier_below, shift_below},
                               slope_sign == 1,
                               static_cast<std::int8_t>(zero_out),
                               static_cast<ml::Rounding>(rounding)};
  if (!ml::is_inside(layer, progress.place)) TRAP(invalid_argument);
  if (ml::leaky_relu(layer, {elements, result}, progress.place)) COMPLETE(output, count);
}

OP_CHECK(hard_swish) {  // ( -- )
  count = LENGTH(input);
  WANT_LENGTH(output, count);
  WANT_APART_OR_SAME(output, input);
}

OP_UNIT(hard_swish) {
  SOURCE(elements, input, int8, count);
  TARGET(result, output, int8, count);
  const ml::HardSwish layer = {count,
                               static_cast<std::int8_t>(zero_in),
                               static_cast<std::int8_t>(zero_out),
                               static_cast<std::int16_t>(output_factor),
                               static_cast<std::int16_t>(inner_factor),
                               output_shift,
                               inner_shift};
  if (!ml::is_inside(layer, progress.place)) TRAP(invalid_argument);
  if (ml::hard_swish(layer, {elements, result}, progress.place)) COMPLETE(output, count);
}

OP_CHECK(logistic) {  // ( -- )
  count = LENGTH(input);
  WANT_LENGTH(output, count);
  WANT_APART_OR_SAME(output, input);
}

OP_UNIT(logistic) {
  SOURCE(elements, input, int8, count);
  TARGET(result, output, int8, count);
  const ml::Squashing layer = {count,
                               static_cast<std::int8_t>(zero),
                               {multiplier, shift},
                               static_cast<std::int32_t>(radius),
                               static_cast<ml::Rounding>(rounding)};
  if (!ml::is_inside(layer, progress.place)) TRAP(invalid_argument);
  if (ml::squash_logistic(layer, {elements, result}, progress.place)) COMPLETE(output, count);
}

OP_CHECK(tangent) {  // ( -- )
  count = LENGTH(input);
  WANT_LENGTH(output, count);
  WANT_APART_OR_SAME(output, input);
}

OP_UNIT(tangent) {
  SOURCE(elements, input, int8, count);
  TARGET(result, output, int8, count);
  const ml::Squashing layer = {count,
                               static_cast<std::int8_t>(zero),
                               {multiplier, shift},
                               static_cast<std::int32_t>(radius),
                               static_cast<ml::Rounding>(rounding)};
  if (!ml::is_inside(layer, progress.place)) TRAP(invalid_argument);
  if (ml::squash_tangent(layer, {elements, result}, progress.place)) COMPLETE(output, count);
}

OP_CHECK(look_up) {  // ( -- )
  count = LENGTH(input);
  WANT_LENGTH(table, 256);
  WANT_APART(output, table);
  WANT_LENGTH(output, count);
  WANT_APART_OR_SAME(output, input);
}

OP_UNIT(look_up) {
  SOURCE(elements, input, int8, count);
  SOURCE(results, table, int8, 256);
  TARGET(result, output, int8, count);
  const ml::LookUp layer = {count};
  if (!ml::is_inside(layer, progress.place)) TRAP(invalid_argument);
  if (ml::look_up(layer, results, {elements, result}, progress.place)) COMPLETE(output, count);
}

OP_CHECK(add_layer) {  // ( -- )
  count = LENGTH(a);
  second_count = LENGTH(b);
  WANT(count % second_count == 0, b);
  WANT(low <= high, low);
  WANT_LENGTH(output, count);
  WANT_APART_OR_SAME(output, a);
  WANT_APART_OR_SAME(output, b);
}

OP_UNIT(add_layer) {
  SOURCE(first, a, int8, count);
  SOURCE(second, b, int8, second_count);
  TARGET(result, output, int8, count);
  const ml::Addition layer = {count,
                              second_count,
                              static_cast<std::int8_t>(zero_a),
                              static_cast<std::int8_t>(zero_b),
                              negate == 1,
                              negate == 2,
                              {multiplier_a, shift_a},
                              {multiplier_b, shift_b},
                              {multiplier_sum, shift_sum},
                              ml::int8_range(zero_out, low, high),
                              static_cast<ml::Rounding>(rounding)};
  if (!ml::is_inside(layer, progress.place)) TRAP(invalid_argument);
  if (ml::add_pairs(layer, {first, second, result}, progress.place)) COMPLETE(output, count);
}

OP_CHECK(multiply_layer) {  // ( -- )
  count = LENGTH(a);
  second_count = LENGTH(b);
  WANT(count % second_count == 0, b);
  WANT(low <= high, low);
  WANT_LENGTH(output, count);
  WANT_APART_OR_SAME(output, a);
  WANT_APART_OR_SAME(output, b);
}

OP_UNIT(multiply_layer) {
  SOURCE(first, a, int8, count);
  SOURCE(second, b, int8, second_count);
  TARGET(result, output, int8, count);
  const ml::Multiplication layer = {count,
                                    second_count,
                                    static_cast<std::int8_t>(zero_a),
                                    static_cast<std::int8_t>(zero_b),
                                    {multiplier, shift},
                                    ml::int8_range(zero_out, low, high),
                                    static_cast<ml::Rounding>(rounding)};
  if (!ml::is_inside(layer, progress.place)) TRAP(invalid_argument);
  if (ml::multiply_pairs(layer, {first, second, result}, progress.place)) COMPLETE(output, count);
}

OP_CHECK(softmax) {  // ( -- )
  rows = LENGTH(input) / columns;
  WANT(LENGTH(input) % columns == 0, columns);
  WANT_LENGTH(output, LENGTH(input));
  WANT_APART_OR_SAME(output, input);
}

OP_UNIT(softmax) {
  SOURCE(elements, input, int8, rows * columns);
  TARGET(result, output, int8, rows * columns);
  const ml::Softmax layer = {rows, columns, {multiplier, shift}, least};
  if (!ml::is_inside(layer, progress.place)) TRAP(invalid_argument);
  if (ml::softmax(layer, {elements, result}, progress.place)) COMPLETE(output, rows * columns);
}

OP_CHECK(argmax) {  // ( -- )
  rows = LENGTH(input) / columns;
  WANT(LENGTH(input) % columns == 0, columns);
  WANT_LENGTH(output, rows);
}

OP_UNIT(argmax) {
  SOURCE(elements, input, int8, rows * columns);
  TARGET(result, output, int32, rows);
  const ml::ArgMax layer = {rows, columns};
  if (!ml::is_inside(layer, progress.place)) TRAP(invalid_argument);
  if (ml::find_greatest(layer, elements, result, progress.place)) COMPLETE(output, rows);
}

OP_CHECK(copy_blocks) {  // ( -- )
  bytes = ELEMENT_BYTES(input);
  WANT_SAME_TYPE(output, input);
  WANT(ml::fits(LENGTH(input), source_first, source_step, rows, length), source_first);
  WANT(ml::fits(LENGTH(output), target_first, target_step, rows, length), target_first);
  WANT(rows == 1 || target_step >= length, target_first);
  WANT_APART(output, input);
}

OP_UNIT(copy_blocks) {
  SOURCE_BYTES(from, input, bytes, source_first + (rows - 1) * source_step + length);
  TARGET_BYTES(to, output, bytes, target_first + (rows - 1) * target_step + length);
  const ml::BlockCopy layer = {rows, length * bytes, source_step * bytes, target_step * bytes};
  if (!ml::is_inside(layer, progress.place)) TRAP(invalid_argument);
  if (ml::copy_blocks(layer, from + source_first * bytes, to + target_first * bytes, progress.place))
    COMPLETE_BLOCKS(output, target_first, target_step, rows, length);
}

OP_CHECK(fill_blocks) {  // ( -- )
  bytes = ELEMENT_BYTES(output);
  WANT(ml::fits(LENGTH(output), target_first, target_step, rows, length), target_first);
  WANT(rows == 1 || target_step >= length, target_first);
}

OP_UNIT(fill_blocks) {
  TARGET_BYTES(to, output, bytes, target_first + (rows - 1) * target_step + length);
  const ml::BlockFill layer = {rows, length * bytes, target_step * bytes, bytes, static_cast<std::uint32_t>(value)};
  if (!ml::is_inside(layer, progress.place)) TRAP(invalid_argument);
  if (ml::fill_blocks(layer, to + target_first * bytes, progress.place))
    COMPLETE_BLOCKS(output, target_first, target_step, rows, length);
}
