// Snippets of the group "vector"; the interface of each is its entry in vector.json.
#include "core/snippet_signatures.hpp"
#include "ml/kernels/fold.hpp"
#include "ml/kernels/reduce.hpp"
#include "ml/kernels/scale.hpp"
#include "ml/kernels/window.hpp"

OP_BEGIN(vecfold) {  // ( addr_in addr_weights addr_out n_scale -- )
  ARRAY(input, addr_in);
  ARRAY(weights, addr_weights);
  WRITABLE(output, addr_out);
  SCALE_COUNT(scales, n_scale, output.count);
  if (scales != output.count) TRAP(shape_mismatch);
  // Counts stay far below 2^32, but their product need not: divide instead of multiplying.
  if (weights.count / output.count != input.count || weights.count % output.count != 0) TRAP(shape_mismatch);
  progress.inputs = input.count;
  progress.outputs = output.count;
}

OP_UNIT(vecfold) {
  const std::uint32_t run = smaller_of(32, progress.inputs - progress.column);
  ELEMENTS(input, addr_in, progress.column, run);
  ELEMENTS(weights, addr_weights, progress.row * progress.inputs + progress.column, run);
  progress.sum = ml::multiply_accumulate(progress.sum, weights, input);
  progress.column += run;
  if (progress.column == progress.inputs) {
    SCALES(scales, n_scale, progress.row, 1);
    Double value = ml::scale_result(progress.sum, widen(n_scale), scales, 0, SETTING(rounding), SETTING(saturation));
    if (SETTING(saturation)) {
      ELEMENTS(output, addr_out, progress.row, 1);
      value = ml::fit(value, output.type);
    }
    STORE_ELEMENT(addr_out, progress.row, value);
    progress.sum = 0;
    progress.column = 0;
    progress.row += 1;
    if (progress.row == progress.outputs) DONE();
  }
}

OP_BEGIN(vecload) {  // ( addr_src n_offset addr_dst -- )
  ARRAY(source, addr_src);
  WRITABLE(output, addr_dst);
  // The REXA VM takes the offset for arrays of a host only.
  const Cell first = is_rexa16() && addr_src >= 0 ? Cell{0} : n_offset;
  if (first < 0 || index_of(first) >= source.count) TRAP(index_out_of_range);
  if (output.count > source.count - index_of(first)) TRAP(shape_mismatch);
  progress.count = output.count;
  progress.first = index_of(first);
}

OP_UNIT(vecload) {
  const std::uint32_t run = smaller_of(8, progress.count - progress.index);
  ELEMENTS(source, addr_src, progress.first + progress.index, run);
  ELEMENTS(output, addr_dst, progress.index, run);
  for (std::uint32_t k = 0; k < run; ++k) {
    const Double value = ml::element(source, k);
    STORE_FITTED(addr_dst, progress.index + k, output, value);
  }
  progress.index += run;
  if (progress.index == progress.count) DONE();
}

OP_BEGIN(vecscale) {  // ( addr_src addr_dst n_scale -- )
  ARRAY(source, addr_src);
  WRITABLE(output, addr_dst);
  SCALE_COUNT(scales, n_scale, output.count);
  if (scales != output.count) TRAP(shape_mismatch);
  if (source.count < output.count) TRAP(shape_mismatch);
  progress.count = output.count;
}

OP_UNIT(vecscale) {
  const std::uint32_t run = smaller_of(6, progress.count - progress.index);
  ELEMENTS(source, addr_src, progress.index, run);
  ELEMENTS(output, addr_dst, progress.index, run);
  SCALES(scales, n_scale, progress.index, run);
  for (std::uint32_t k = 0; k < run; ++k) {
    const Double value = ml::element(source, k);
    STORE_SCALED(addr_dst, progress.index + k, output, value, n_scale, scales, k);
  }
  progress.index += run;
  if (progress.index == progress.count) DONE();
}

OP_BEGIN(vecadd) {  // ( addr_a addr_b addr_dst n_scale -- )
  ARRAY(a, addr_a);
  ARRAY(b, addr_b);
  WRITABLE(output, addr_dst);
  const std::uint32_t count = smaller_of(a.count, output.count);
  SCALE_COUNT(scales, n_scale, count);
  if (scales < count) TRAP(shape_mismatch);
  if (a.count != b.count) TRAP(shape_mismatch);
  progress.count = count;
}

OP_UNIT(vecadd) {
  const std::uint32_t run = smaller_of(6, progress.count - progress.index);
  ELEMENTS(a, addr_a, progress.index, run);
  ELEMENTS(b, addr_b, progress.index, run);
  ELEMENTS(output, addr_dst, progress.index, run);
  SCALES(scales, n_scale, progress.index, run);
  for (std::uint32_t k = 0; k < run; ++k) {
    const Double value = Double{ml::element(a, k)} + ml::element(b, k);
    STORE_SCALED(addr_dst, progress.index + k, output, value, n_scale, scales, k);
  }
  progress.index += run;
  if (progress.index == progress.count) DONE();
}

OP_BEGIN(vecmul) {  // ( addr_a addr_b addr_dst n_scale -- )
  ARRAY(a, addr_a);
  ARRAY(b, addr_b);
  WRITABLE(output, addr_dst);
  const std::uint32_t count = smaller_of(a.count, output.count);
  SCALE_COUNT(scales, n_scale, count);
  if (scales < count) TRAP(shape_mismatch);
  if (a.count != b.count) TRAP(shape_mismatch);
  progress.count = count;
}

OP_UNIT(vecmul) {
  const std::uint32_t run = smaller_of(6, progress.count - progress.index);
  ELEMENTS(a, addr_a, progress.index, run);
  ELEMENTS(b, addr_b, progress.index, run);
  ELEMENTS(output, addr_dst, progress.index, run);
  SCALES(scales, n_scale, progress.index, run);
  for (std::uint32_t k = 0; k < run; ++k) {
    const Double value = Double{ml::element(a, k)} * ml::element(b, k);
    STORE_SCALED(addr_dst, progress.index + k, output, value, n_scale, scales, k);
  }
  progress.index += run;
  if (progress.index == progress.count) DONE();
}

OP_BEGIN(vecmap) {  // ( addr_src addr_dst x_function n_scale -- addr_src addr_dst x_function n_scale n_left )
  ARRAY(source, addr_src);
  WRITABLE(output, addr_dst);
  if (!is_function(x_function) && !is_map(x_function)) TRAP(invalid_token);
  SCALE_COUNT(scales, n_scale, output.count);
  if (scales < output.count) TRAP(shape_mismatch);
  if (source.count < output.count) TRAP(shape_mismatch);
  progress.count = output.count;
}

// A function of the instruction set takes all elements here; behind one of the program there is a loop of calls.
OP_UNIT(vecmap) {
  if (!is_function(x_function)) {
    n_left = wrapping(progress.count);
    DONE();
  } else {
    const std::uint32_t run = smaller_of(4, progress.count - progress.index);
    ELEMENTS(source, addr_src, progress.index, run);
    ELEMENTS(output, addr_dst, progress.index, run);
    SCALES(scales, n_scale, progress.index, run);
    for (std::uint32_t k = 0; k < run; ++k) {
      const Double value = apply_function(x_function, wrapping(unsign(ml::element(source, k))));
      STORE_SCALED(addr_dst, progress.index + k, output, value, n_scale, scales, k);
    }
    progress.index += run;
    if (progress.index == progress.count) {
      n_left = 0;
      DONE();
    }
  }
}

// The array may have changed since: its length is what the memory says now.
OP(vecmap_element) {  // ( addr_src addr_dst x_map n_scale n_left -- addr_src addr_dst x_map n_scale n_left x1 x2 )
  ARRAY(output, addr_dst);
  if (!is_map(x_map)) TRAP(invalid_handle);  // vecmap has looked at it: only a snapshot can have another
  ELEMENTS(source, addr_src, output.count - index_of(n_left), 1);
  x1 = wrapping(unsign(ml::element(source, 0)));
  x2 = x_map;
}

OP(vecmap_store) {  // ( addr_src addr_dst x_map n_scale n_left x -- addr_src addr_dst x_map n_scale n_less )
  ARRAY(output, addr_dst);
  const std::uint32_t index = output.count - index_of(n_left);
  SCALES(scales, n_scale, index, 1);
  STORE_SCALED(addr_dst, index, output, widen(x), n_scale, scales, 0);
  n_less = wrapping(unsign(n_left) - 1);
}

OP_BEGIN(vecconv) {  // ( addr_in x_kernel addr_out n_scale n_width n_kernel n_stride n_pad -- )
  ARRAY(input, addr_in);
  std::uint32_t weights_count = 0;
  if (n_kernel > 0) {
    ARRAY(weights, x_kernel);
    weights_count = weights.count;
  }
  WRITABLE(output, addr_out);
  if (n_width < 1 || n_kernel == 0 || n_stride < 1 || n_pad < 0 || n_pad > 16383) TRAP(invalid_argument);
  if (n_kernel < 0 && !ml::is_pool(x_kernel)) TRAP(invalid_argument);
  const std::uint32_t width = unsign(n_width);
  const std::uint32_t kernel_width = n_kernel < 0 ? 0u - unsign(n_kernel) : unsign(n_kernel);
  progress.height = input.count / width;
  progress.kernel_height = n_kernel < 0 ? ml::pool_height(x_kernel) : weights_count / kernel_width;
  if (weights_count % kernel_width != 0) TRAP(shape_mismatch);
  // What is no whole row stays out of it in the REXA VM, and a kernel that is too large has no windows.
  if (!is_rexa16() && input.count % width != 0) TRAP(shape_mismatch);
  const ml::Windows windows = ml::windows_of(
      {width, progress.height, kernel_width, progress.kernel_height, unsign(n_stride), unsign(n_pad)}, is_rexa16());
  const bool none = windows.across == 0 || windows.down == 0;
  if (none && !is_rexa16()) TRAP(shape_mismatch);
  if (!none && windows.across > output.count / windows.down) TRAP(shape_mismatch);
  if (!none && !windows.filled && n_kernel < 0 && !ml::is_sum(x_kernel)) TRAP(shape_mismatch);
  progress.across = windows.across;
  progress.down = none ? 0 : windows.down;
}

OP_UNIT(vecconv) {
  if (n_width < 1 || n_kernel == 0 || n_stride < 1 || n_pad < 0 || n_pad > 16383) TRAP(invalid_argument);
  const std::uint32_t kernel_width = n_kernel < 0 ? 0u - unsign(n_kernel) : unsign(n_kernel);
  if (progress.row < progress.down) {
    const std::uint32_t columns = smaller_of(32, kernel_width - progress.x);
    const std::uint32_t rows =
        kernel_width < 32 ? smaller_of(32 / kernel_width, progress.kernel_height - progress.y) : 1;
    const ml::Geometry geometry = {unsign(n_width),        progress.height,  kernel_width,
                                   progress.kernel_height, unsign(n_stride), unsign(n_pad)};
    if (!ml::is_small(geometry, progress.row, progress.column, progress.y, progress.x)) TRAP(invalid_argument);
    const ml::WindowPart part = {static_cast<std::int32_t>(progress.row * geometry.stride - geometry.pad),
                                 static_cast<std::int32_t>(progress.column * geometry.stride - geometry.pad),
                                 progress.y,
                                 rows,
                                 progress.x,
                                 columns};
    ELEMENTS(input, addr_in, 0, geometry.width * geometry.height);
    if (n_kernel < 0) {
      const ml::Pooled pooled = ml::pool({progress.sum, progress.count}, x_kernel, input, geometry, part);
      progress.sum = static_cast<Double>(pooled.value);
      progress.count = pooled.count;
    } else {
      ELEMENTS(weights, x_kernel, progress.y * kernel_width + progress.x, (rows - 1) * kernel_width + columns);
      progress.sum = ml::correlate(progress.sum, input, weights, geometry, part);
    }
    progress.x += columns;
    if (progress.x == kernel_width) {
      progress.x = 0;
      progress.y += rows;
    }
    if (progress.y == progress.kernel_height) {
      Double value = progress.sum;
      if (n_kernel < 0 && ml::is_mean(x_kernel)) {
        if (!is_count(progress.count)) TRAP(invalid_argument);
        value = ml::divide(value, static_cast<Double>(progress.count), SETTING(rounding));
      }
      value = ml::scale_result(value, widen(n_scale), {}, 0, SETTING(rounding), SETTING(saturation));
      const std::uint32_t at = progress.row * progress.across + progress.column;
      if (SETTING(saturation)) {
        ELEMENTS(output, addr_out, at, 1);
        value = ml::fit(value, output.type);
      }
      STORE_ELEMENT(addr_out, at, value);
      progress.sum = 0;
      progress.count = 0;
      progress.y = 0;
      progress.column += 1;
      if (progress.column == progress.across) {
        progress.column = 0;
        progress.row += 1;
      }
    }
  }
  if (progress.row == progress.down) DONE();
}

OP_BEGIN(vecreduce) {  // ( addr n_first n_length n_way -- x_low x_high )
  ARRAY(array, addr);
  if (n_way != 1 && n_way != 2 && n_way != 4 && n_way != 8) TRAP(invalid_argument);
  if (n_first < 0 || index_of(n_first) >= array.count || n_length < 0) TRAP(index_out_of_range);
  std::uint32_t first = index_of(n_first);
  std::uint32_t count = n_length == 0 ? array.count - first : index_of(n_length);
  progress.divisor = count;
  if (is_rexa16()) {
    // There the length is where the range ends, and what a mean is divided by; and the offset counts twice in an array
    // of a host.
    progress.divisor = n_length == 0 ? array.count : index_of(n_length);
    if (progress.divisor <= first) TRAP(index_out_of_range);
    count = progress.divisor - first;
    first = addr < 0 ? 2 * first : first;
  }
  if (first >= array.count || count > array.count - first) TRAP(index_out_of_range);
  progress.index = first;
  progress.end = first + count;
  progress.place = first;
  if (n_way < 4) progress.value = ml::element(array, first);
}

OP_UNIT(vecreduce) {
  const std::uint32_t run = smaller_of(32, progress.end - progress.index);
  ELEMENTS(array, addr, progress.index, run);
  if (n_way < 4) {
    const ml::Extreme extreme =
        ml::find_extreme({wrapping(unsign(progress.value)), progress.place}, array, progress.index, n_way == 2);
    progress.value = extreme.value;
    progress.place = extreme.index;
  } else {
    progress.value = ml::add_elements(progress.value, array);
  }
  progress.index += run;
  if (progress.index == progress.end) {
    if (!is_count(progress.divisor)) TRAP(invalid_argument);
    const Double value = n_way == 4
                             ? ml::divide(progress.value, static_cast<Double>(progress.divisor), SETTING(rounding))
                             : progress.value;
    x_low = low_cell(value);
    // The index of an extreme; the REXA VM gives that of the end.
    x_high = n_way >= 4 ? high_cell(value) : wrapping(is_rexa16() ? progress.divisor : progress.place);
    DONE();
  }
}

OP_BEGIN(vecreshape) {  // ( addr_src addr_dst n_factor -- )
  ARRAY(source, addr_src);
  WRITABLE(output, addr_dst);
  if (n_factor == 0) TRAP(invalid_argument);
  const bool shrinks = n_factor < 0;
  const std::uint32_t factor = shrinks ? 0u - unsign(n_factor) : unsign(n_factor);
  const std::uint32_t longer = shrinks ? source.count : output.count;
  const std::uint32_t shorter = shrinks ? output.count : source.count;
  const bool fits = longer / factor == shorter && longer % factor == 0;
  const bool reference_fits = (output.count - 1) / factor < source.count;
  if (is_rexa16() && shrinks ? !reference_fits : !fits) TRAP(shape_mismatch);
  progress.count = output.count;
}

OP_UNIT(vecreshape) {
  if (n_factor == 0) TRAP(invalid_argument);
  const bool averages = n_factor < 0 && !is_rexa16();
  const std::uint32_t factor = n_factor < 0 ? 0u - unsign(n_factor) : unsign(n_factor);
  for (std::uint32_t k = 0; k < 6; ++k) {
    if (progress.index < progress.count) {
      const std::uint32_t from = averages ? progress.index * factor + progress.part : progress.index / factor;
      ELEMENTS(source, addr_src, from, 1);
      progress.sum = ml::add_elements(progress.sum, source);
      progress.part += 1;
      if (!averages || progress.part == factor) {
        Double value =
            averages ? ml::divide(progress.sum, static_cast<Double>(factor), SETTING(rounding)) : progress.sum;
        if (SETTING(saturation)) {
          ELEMENTS(output, addr_dst, progress.index, 1);
          value = ml::fit(value, output.type);
        }
        STORE_ELEMENT(addr_dst, progress.index, value);
        progress.sum = 0;
        progress.part = 0;
        progress.index += 1;
      }
    }
  }
  if (progress.index == progress.count) DONE();
}

OP_BEGIN(vecprint) {  // ( addr -- )
  ARRAY(array, addr);
  progress.count = array.count;
}

OP_UNIT(vecprint) {
  const std::uint32_t run = smaller_of(4, progress.count - progress.index);
  ELEMENTS(array, addr, progress.index, run);
  for (std::uint32_t k = 0; k < run; ++k) {
    WRITE_CHARACTER(' ');
    WRITE_DECIMAL(wrapping(unsign(ml::element(array, k))));
  }
  progress.index += run;
  if (progress.index == progress.count) DONE();
}

OP(set_rounding) {  // ( flag -- )
  SET(rounding, flag != 0);
}

OP(set_saturation) {  // ( flag -- )
  SET(saturation, flag != 0);
}
