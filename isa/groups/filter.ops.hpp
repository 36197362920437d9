// Snippets of the group "filter"; the interface of each is its entry in filter.json.
#include "core/snippet_signatures.hpp"
#include "ml/kernels/filter.hpp"
#include "ml/kernels/scale.hpp"

OP_BEGIN(lowp) {  // ( addr n_first n_length n_factor -- )
  WRITABLE(array, addr);
  if (n_factor < 0 || n_factor > 1000) TRAP(invalid_argument);
  RANGE(first, end, array, n_first, n_length);
  progress.index = first;
  progress.end = end;
  progress.state = static_cast<Double>(ml::element(array, first) * ml::filter_one);
}

OP_UNIT(lowp) {
  const std::uint32_t run = smaller_of(8, progress.end - progress.index);
  const std::int64_t coefficient = ml::filter_coefficient(n_factor);
  ELEMENTS(array, addr, progress.index, run);
  for (std::uint32_t k = 0; k < run; ++k) {
    const std::int64_t input = ml::element(array, k);
    progress.state = static_cast<Double>(ml::smooth(progress.state, input, coefficient));
    const Double value = static_cast<Double>(ml::filtered(progress.state));
    STORE_FITTED(addr, progress.index + k, array, value);
  }
  progress.index += run;
  if (progress.index == progress.end) DONE();
}

OP_BEGIN(highp) {  // ( addr n_first n_length n_factor -- )
  WRITABLE(array, addr);
  if (n_factor < 0 || n_factor > 1000) TRAP(invalid_argument);
  RANGE(first, end, array, n_first, n_length);
  progress.index = first;
  progress.end = end;
  progress.state = static_cast<Double>(ml::element(array, first) * ml::filter_one);
}

OP_UNIT(highp) {
  const std::uint32_t run = smaller_of(8, progress.end - progress.index);
  const std::int64_t coefficient = ml::filter_coefficient(n_factor);
  ELEMENTS(array, addr, progress.index, run);
  for (std::uint32_t k = 0; k < run; ++k) {
    const std::int64_t input = ml::element(array, k);
    progress.state = static_cast<Double>(ml::smooth(progress.state, input, coefficient));
    const Double value = static_cast<Double>(input - ml::filtered(progress.state));
    STORE_FITTED(addr, progress.index + k, array, value);
  }
  progress.index += run;
  if (progress.index == progress.end) DONE();
}

OP_BEGIN(hull) {  // ( addr n_first n_length n_factor -- )
  WRITABLE(array, addr);
  if (n_factor < 0 || n_factor > 1000) TRAP(invalid_argument);
  RANGE(first, end, array, n_first, n_length);
  progress.index = first;
  progress.end = end;
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
    STORE_FITTED(addr, progress.index + k, array, value);
  }
  progress.index += run;
  if (progress.index == progress.end) DONE();
}
