// Snippets of the group "layer"; the interface of each is its entry in layer.json.
#include "core/snippet_signatures.hpp"
#include "ml/kernels/conv2d.hpp"
#include "ml/kernels/sizes.hpp"

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
  outputs = LENGTH(bias);
  scales = LENGTH(multiplier);
  WANT(outputs <= 65535, bias);
  WANT(channels % groups == 0 && outputs % groups == 0, groups);
  WANT_LENGTH(filter, std::uint64_t{outputs} * kernel_height * kernel_width * (channels / groups));
  WANT(scales == 1 || scales == outputs, multiplier);
  WANT_LENGTH(shift, scales);
  WANT(low <= high, low);
  rows = down.count;
  columns = across.count;
  before_rows = down.before;
  before_columns = across.before;
  WANT_LENGTH(output, std::uint64_t{rows} * columns * outputs);
  WANT_APART(output, input);
}

OP_UNIT(conv2d) {
  const std::uint32_t results = rows * columns * outputs;
  SOURCE(image, input, int8, height * width * channels);
  SOURCE(weights, filter, int8, outputs * kernel_height * kernel_width * (channels / groups));
  SOURCE(offsets, bias, int32, outputs);
  SOURCE(factors, multiplier, int32, scales);
  SOURCE(powers, shift, int8, scales);
  TARGET(results_at, output, int8, results);
  const ml::Conv2d layer = {{height, rows, kernel_height, stride_down, dilation_down, before_rows},
                            {width, columns, kernel_width, stride_across, dilation_across, before_columns},
                            channels,
                            outputs,
                            groups,
                            scales,
                            zero_in,
                            {zero_out, low, high},
                            static_cast<ml::Rounding>(rounding)};
  if (!ml::is_inside(layer, progress.place)) TRAP(invalid_argument);
  if (ml::convolve(layer, {image, weights, offsets, factors, powers, results_at}, progress.place))
    COMPLETE(output, results);
}
