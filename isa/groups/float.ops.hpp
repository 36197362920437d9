// Snippets of the group "float"; the interface of each is its entry in float.json.
#include "core/snippet_signatures.hpp"
#include "ml/kernels/float.hpp"
#include "ml/kernels/float_text.hpp"

OP(float_add) {  // ( r1 r2 -- r3 )
  r3 = wrapping(ml::add_floats(bits_of(r1), bits_of(r2)));
}

OP(float_subtract) {  // ( r1 r2 -- r3 )
  r3 = wrapping(ml::subtract_floats(bits_of(r1), bits_of(r2)));
}

OP(float_multiply) {  // ( r1 r2 -- r3 )
  r3 = wrapping(ml::multiply_floats(bits_of(r1), bits_of(r2)));
}

OP(float_divide) {  // ( r1 r2 -- r3 )
  r3 = wrapping(ml::divide_floats(bits_of(r1), bits_of(r2)));
}

OP(float_less) {  // ( r1 r2 -- flag )
  flag = ml::is_less(bits_of(r1), bits_of(r2));
}

OP(float_equal) {  // ( r1 r2 -- flag )
  flag = ml::is_equal(bits_of(r1), bits_of(r2));
}

OP(float_below_zero) {  // ( r -- flag )
  flag = ml::is_less(bits_of(r), 0);
}

OP(float_is_zero) {  // ( r -- flag )
  flag = ml::is_equal(bits_of(r), 0);
}

OP(float_negate) {  // ( r1 -- r2 )
  r2 = wrapping(ml::negate_float(bits_of(r1)));
}

OP(float_absolute) {  // ( r1 -- r2 )
  r2 = wrapping(ml::absolute_float(bits_of(r1)));
}

OP(float_minimum) {  // ( r1 r2 -- r3 )
  r3 = wrapping(ml::least_float(bits_of(r1), bits_of(r2)));
}

OP(float_maximum) {  // ( r1 r2 -- r3 )
  r3 = wrapping(ml::greatest_float(bits_of(r1), bits_of(r2)));
}

OP(float_square_root) {  // ( r1 -- r2 )
  r2 = wrapping(ml::square_root(bits_of(r1)));
}

OP(float_exponential) {  // ( r1 -- r2 )
  r2 = wrapping(ml::exponential(bits_of(r1)));
}

OP(float_logarithm) {  // ( r1 -- r2 )
  r2 = wrapping(ml::natural_logarithm(bits_of(r1)));
}

OP(float_sine) {  // ( r1 -- r2 )
  r2 = wrapping(ml::float_sine(bits_of(r1)));
}

OP(float_cosine) {  // ( r1 -- r2 )
  r2 = wrapping(ml::float_cosine(bits_of(r1)));
}

OP(float_tangent) {  // ( r1 -- r2 )
  r2 = wrapping(ml::hyperbolic_tangent(bits_of(r1)));
}

OP(float_sigmoid) {  // ( r1 -- r2 )
  r2 = wrapping(ml::logistic(bits_of(r1)));
}

OP(float_round) {  // ( r1 -- r2 )
  r2 = wrapping(ml::round_float(bits_of(r1)));
}

OP(float_floor) {  // ( r1 -- r2 )
  r2 = wrapping(ml::floor_float(bits_of(r1)));
}

OP(float_of_integer) {  // ( n -- r )
  r = wrapping(ml::float_of_integer(n));
}

OP(integer_of_float) {  // ( r -- n )
  n = wrapping(unsign(ml::integer_of_float(bits_of(r))));
}

OP(print_float) {  // ( r -- )
  const ml::FloatText text = ml::write_float(bits_of(r));
  const std::uint32_t size = smaller_of(16, text.size);
  for (std::uint32_t k = 0; k < size; ++k) WRITE_CHARACTER(text.characters[k]);
  WRITE_CHARACTER(' ');
}
