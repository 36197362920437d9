// Arithmetic with shapes. Files with an open batch compute the shape that they flatten to; with a batch of 1 it is
// known.
#include <fmt/format.h>

#include <algorithm>

#include "ml/import/tflite_walk.hpp"

namespace mica::ml {

void TfliteWalk::fold(std::vector<std::int64_t> shape) {
  const int output = at(operator_->outputs(), 0);
  const Tensor declared = read_tensor(output);
  const bool is_integer = declared.type == TensorType::int32 || declared.type == TensorType::int64;
  if (!is_integer || declared.elements() != shape.size())
    refuse(fmt::format("its result, {}, is no list of {} integers", tensor_text(output), shape.size()), "bad_shape");
  folded_[output] = std::move(shape);
}

void TfliteWalk::fold_shape() {
  const int index = file_input(0);
  const Tensor x = read_tensor(index);
  if (!x.is_constant() && !computed_[static_cast<std::size_t>(index)])
    refuse(fmt::format("takes {}, which nothing before it computes", tensor_text(index)), "missing_tensor");
  fold(x.shape);
}

void TfliteWalk::fold_strided_slice() {
  if (folded_.count(file_input(0)) == 0)
    refuse("only a slice of a shape, which the file computes itself, can be converted", "unsupported_operator");
  const auto* masks = operator_->options_as_StridedSliceOptions();
  if (masks == nullptr || masks->ellipsis_mask() != 0 || masks->new_axis_mask() != 0 || masks->offset())
    refuse("slices in a way that is not supported", "unsupported_attribute");
  const std::vector<std::int64_t> shape = integers(0), begin = integers(1), end = integers(2), step = integers(3);
  if (begin.size() != 1 || end.size() != 1 || step.size() != 1 || step[0] != 1)
    refuse("slices a shape along other than one axis, or in steps", "unsupported_attribute");
  const auto size = static_cast<std::int64_t>(shape.size());
  const auto place = [size](std::int64_t k) { return std::clamp<std::int64_t>(k < 0 ? k + size : k, 0, size); };
  const std::int64_t first = (masks->begin_mask() & 1) != 0 ? 0 : place(begin[0]);
  std::int64_t behind = (masks->end_mask() & 1) != 0 ? size : place(end[0]);
  if ((masks->shrink_axis_mask() & 1) != 0) behind = first + 1;
  if (first >= behind || behind > size) refuse("slices nothing of a shape", "bad_shape");
  fold({shape.begin() + first, shape.begin() + behind});
}

void TfliteWalk::fold_pack() {
  std::vector<std::int64_t> shape;
  for (int k = 0; k < length(operator_->inputs()); ++k) {
    const std::vector<std::int64_t> number = integers(static_cast<std::size_t>(k));
    constexpr std::size_t axes_max = 64;
    if (number.size() != 1 || shape.size() == axes_max)
      refuse("only numbers that make up a shape can be packed", "unsupported_operator");
    shape.push_back(number[0]);
  }
  fold(std::move(shape));
}

}  // namespace mica::ml
