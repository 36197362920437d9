// Snippets of the group "vector"; the interface of each is its entry in vector.json.
#include "core/snippet_signatures.hpp"
#include "ml/kernels/fold.hpp"

OP_BEGIN(vecfold) {  // ( addr_in addr_weights addr_out n_scale -- )
  ARRAY(input, addr_in);
  ARRAY(weights, addr_weights);
  ARRAY(output, addr_out);
  if (output.read_only) TRAP(read_only);
  if (n_scale > 0 || is_region(n_scale)) {
    ARRAY(scale, n_scale);
    if (scale.count != output.count) TRAP(shape_mismatch);
  }
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
    Cell scale = n_scale;
    if (n_scale > 0 || is_region(n_scale)) {
      ELEMENTS(scales, n_scale, progress.row, 1);
      scale = wrapping(unsign(ml::element(scales, 0)));
      if (scale >= 0) progress.sum = ml::multiply_wrapping(progress.sum, widen(scale));
    }
    if (scale < 0) progress.sum = progress.sum / -widen(scale);
    STORE_ELEMENT(addr_out, progress.row, progress.sum);
    progress.sum = 0;
    progress.column = 0;
    progress.row += 1;
    if (progress.row == progress.outputs) DONE();
  }
}
