// Snippets of the group "filter"; the interface of each is its entry in filter.json.
#include "core/snippet_signatures.hpp"
#include "ml/kernels/filter.hpp"
#include "ml/kernels/scale.hpp"

OP_BEGIN(lowp) {  // ( addr n_first n_length n_factor -- )
  ARRAY(array, addr);
  if (array.read_only) TRAP(read_only);
  if (n_factor < 0 || n_factor > 1000) TRAP(invalid_argument);
  if (n_first < 0 || index_of(n_first) >= array.count || n_length < 0) TRAP(index_out_of_range);
  const std::uint32_t rest = array.count - index_of(n_first);
  if (index_of(n_length) > rest) TRAP(index_out_of_range);
  progress.index = index_of(n_first);
  progress.end = progress.index + (n_length == 0 ? rest : index_of(n_length));
  progress.state = static_cast<Double>(ml::element(array, progress.index) * ml::filter_one);
}

OP_UNIT(lowp) {
  const std::uint32_t run = smaller_of(8, progress.end - progress.index);
  const std::int64_t coefficient = ml::filter_coefficient(n_factor);
  ELEMENTS(array, addr, progress.index, run);
  for (std::uint32_t k = 0; k < run; ++k) {
    const std::int64_t input = ml::element(array, k);
    progress.state = static_cast<Double>(ml::smooth(progress.state, input, coefficient));
    const Double value = static_cast<Double>(ml::filtered(progress.state));
    STORE_ELEMENT(addr, progress.index + k, SETTING(saturation) ? ml::fit(value, array.type) : value);
  }
  progress.index += run;
  if (progress.index == progress.end) DONE();
}

OP_BEGIN(highp) {  // ( addr n_first n_length n_factor -- )
  ARRAY(array, addr);
  if (array.read_only) TRAP(read_only);
  if (n_factor < 0 || n_factor > 1000) TRAP(invalid_argument);
  if (n_first < 0 || index_of(n_first) >= array.count || n_length < 0) TRAP(index_out_of_range);
  const std::uint32_t rest = array.count - index_of(n_first);
  if (index_of(n_length) > rest) TRAP(index_out_of_range);
  progress.index = index_of(n_first);
  progress.end = progress.index + (n_length == 0 ? rest : index_of(n_length));
  progress.state = static_cast<Double>(ml::element(array, progress.index) * ml::filter_one);
}

OP_UNIT(highp) {
  const std::uint32_t run = smaller_of(8, progress.end - progress.index);
  const std::int64_t coefficient = ml::filter_coefficient(n_factor);
  ELEMENTS(array, addr, progress.index, run);
  for (std::uint32_t k = 0; k < run; ++k) {
    const std::int64_t input = ml::element(array, k);
    progress.state = static_cast<Double>(ml::smooth(progress.state, input, coefficient));
    const Double value = static_cast<Double>(input - ml::filtered(progress.state));
    STORE_ELEMENT(addr, progress.index + k, SETTING(saturation) ? ml::fit(value, array.type) : value);
  }
  progress.index += run;
  if (progress.index == progress.end) DONE();
}

OP_BEGIN(hull) {  // ( addr n_first n_length n_factor -- )
  ARRAY(array, addr);
  if (array.read_only) TRAP(read_only);
  if (n_factor < 0 || n_factor > 1000) TRAP(invalid_argument);
  if (n_first < 0 || index_of(n_first) >= array.count || n_length < 0) TRAP(index_out_of_range);
  const std::uint32_t rest = array.count - index_of(n_first);
  if (index_of(n_length) > rest) TRAP(index_out_of_range);
  progress.index = index_of(n_first);
  progress.end = progress.index + (n_length == 0 ? rest : index_of(n_length));
}

OP_UNIT(hull) {
  const std::uint32_t run = smaller_of(8, progress.end - progress.index);
  const std::int64_t coefficient = ml::filter_coefficient(n_factor);
  ELEMENTS(array, addr, progress.index, run);
  for (std::uint32_t k = 0; k < run; ++k) {
    const std::int64_t element = ml::element(array, k);
    const std::int64_t input = element < 0 ? -element : element;
    // At once up, slowly down.
    const bool rises = input * ml::filter_one >= progress.state;
    progress.state =
        static_cast<Double>(rises ? input * ml::filter_one : ml::smooth(progress.state, input, coefficient));
    const Double value = static_cast<Double>(ml::filtered(progress.state));
    STORE_ELEMENT(addr, progress.index + k, SETTING(saturation) ? ml::fit(value, array.type) : value);
  }
  progress.index += run;
  if (progress.index == progress.end) DONE();
}
