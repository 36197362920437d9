// Snippets of the group "classic"; the interface of each is its entry in classic.json.
#include "core/snippet_signatures.hpp"
#include "ml/kernels/forest.hpp"
#include "ml/kernels/linear.hpp"
#include "ml/kernels/scaler.hpp"

OP_CHECK(forest) {  // ( -- )
  WANT_SAME_TYPE(thresholds, input);
  WANT(ml::is_float(ELEMENT_TYPE(leaves)) == ml::is_float(ELEMENT_TYPE(output)), leaves);
  inputs = LENGTH(input);
  nodes = LENGTH(features);
  WANT_LENGTH(thresholds, nodes);
  WANT_LENGTH(skips, nodes);
  outputs = LENGTH(output);
  rows = LENGTH(leaves) / outputs;
  WANT(LENGTH(leaves) % outputs == 0, leaves);
  starts = GIVEN(roots) ? LENGTH(roots) : 0;
  WANT_APART(output, input);
  WANT_APART(output, features);
  WANT_APART(output, thresholds);
  WANT_APART(output, skips);
  WANT_APART(output, leaves);
  if (GIVEN(roots)) WANT_APART(output, roots);
}

OP_UNIT(forest) {
  SOURCE_VIEW(elements, input, inputs);
  SOURCE_VIEW(node_features, features, nodes);
  SOURCE_VIEW(node_thresholds, thresholds, nodes);
  SOURCE_VIEW(node_skips, skips, nodes);
  SOURCE_VIEW(values, leaves, rows * outputs);
  SOURCE_VIEW(first_nodes, roots, starts);
  TARGET_VIEW(result, output, outputs);
  const ml::Forest layer = {inputs, nodes, starts == 0 ? 1 : starts, rows, outputs};
  const ml::ForestArrays arrays = {elements, node_thresholds, node_features, node_skips, values, first_nodes, result};
  if (!ml::agree(arrays)) TRAP(invalid_handle);
  if (!ml::is_inside(layer, progress.place)) TRAP(invalid_argument);
  const ml::Walk walk = ml::walk_any_forest<cell_bytes == 4>(layer, arrays, progress.place);
  if (ml::is_astray(walk)) TRAP(invalid_argument);
  if (ml::has_ended(walk)) COMPLETE(output, outputs);
}

OP_CHECK(linear) {  // ( -- )
  const bool floats = ml::is_float(ELEMENT_TYPE(output));
  WANT(ml::is_float(ELEMENT_TYPE(input)) == floats, input);
  WANT(ml::is_float(ELEMENT_TYPE(weights)) == floats, weights);
  WANT(ml::is_float(ELEMENT_TYPE(bias)) == floats, bias);
  WANT(!floats || shift == 0, shift);
  outputs = LENGTH(bias);
  inputs = LENGTH(weights) / outputs;
  WANT(inputs > 0 && LENGTH(weights) % outputs == 0, weights);
  rows = LENGTH(input) / inputs;
  WANT(rows > 0 && LENGTH(input) % inputs == 0, input);
  WANT_LENGTH(output, std::uint64_t{rows} * outputs);
  WANT_APART(output, input);
  WANT_APART(output, weights);
  WANT_APART(output, bias);
}

OP_UNIT(linear) {
  SOURCE_VIEW(elements, input, rows * inputs);
  SOURCE_VIEW(factors, weights, outputs * inputs);
  SOURCE_VIEW(offsets, bias, outputs);
  TARGET_VIEW(result, output, rows * outputs);
  const ml::Linear layer = {rows, inputs, outputs, shift};
  const ml::LinearArrays arrays = {elements, factors, offsets, result};
  if (!ml::agree(arrays)) TRAP(invalid_handle);
  if (!ml::is_inside(layer, progress.place)) TRAP(invalid_argument);
  if (ml::run_linear(layer, arrays, progress.place)) COMPLETE(output, rows * outputs);
}

OP_CHECK(scaler) {  // ( -- )
  const bool floats = ml::is_float(ELEMENT_TYPE(output));
  WANT(floats || !ml::is_float(ELEMENT_TYPE(input)), input);
  WANT(ml::is_float(ELEMENT_TYPE(offsets)) == floats, offsets);
  WANT(ml::is_float(ELEMENT_TYPE(factors)) == floats, factors);
  WANT(!floats || shift == 0, shift);
  count = LENGTH(input);
  offset_count = LENGTH(offsets);
  factor_count = LENGTH(factors);
  WANT(count % offset_count == 0, offsets);
  WANT(count % factor_count == 0, factors);
  WANT_LENGTH(output, count);
  WANT_APART(output, offsets);
  WANT_APART(output, factors);
  WANT_APART_OR_SAME(output, input);
}

OP_UNIT(scaler) {
  SOURCE_VIEW(elements, input, count);
  SOURCE_VIEW(zeros, offsets, offset_count);
  SOURCE_VIEW(scales, factors, factor_count);
  TARGET_VIEW(result, output, count);
  const ml::Scaler layer = {count, offset_count, factor_count, shift};
  const ml::ScalerArrays arrays = {elements, zeros, scales, result};
  if (!ml::agree(arrays)) TRAP(invalid_handle);
  if (!ml::is_inside(layer, progress.place)) TRAP(invalid_argument);
  if (ml::run_scaler(layer, arrays, progress.place)) COMPLETE(output, count);
}

OP_CHECK(normalizer) {  // ( -- )
  rows = LENGTH(input) / columns;
  WANT(LENGTH(input) % columns == 0, columns);
  WANT_LENGTH(output, LENGTH(input));
  WANT_APART_OR_SAME(output, input);
}

OP_UNIT(normalizer) {
  SOURCE(elements, input, float32, rows * columns);
  TARGET(result, output, float32, rows * columns);
  const ml::Normalizer layer = {rows, columns, static_cast<ml::Norm>(norm)};
  if (!ml::is_inside(layer, progress.place)) TRAP(invalid_argument);
  if (ml::run_normalizer(layer, {elements, result}, progress.place)) COMPLETE(output, rows * columns);
}
