#include "ml/import/axes.hpp"

#include <algorithm>
#include <cstring>
#include <numeric>

namespace mica::ml {

Axes ordered_axes(const Shape& shape, std::span<const std::size_t> order) {
  Axes axes(shape.size());
  std::int64_t step = 1;
  for (std::size_t k = order.size(); k-- > 0;) {
    const std::int64_t size = shape[order[k]];
    if (size != 1) axes[order[k]] = {{size, step}};
    step *= size;
  }
  return axes;
}

Axes plain_axes(const Shape& shape) {
  std::vector<std::size_t> order(shape.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  return ordered_axes(shape, order);
}

Shape shape_of(const Axes& axes) {
  Shape shape;
  for (const Stretches& stretches : axes) {
    std::int64_t size = 1;
    for (const Stretch& one : stretches) size *= one.size;
    shape.push_back(size);
  }
  return shape;
}

Stretches stretches_of(const Axes& axes, std::span<const std::size_t> which) {
  Stretches all;
  for (const std::size_t axis : which) all.insert(all.end(), axes[axis].begin(), axes[axis].end());
  return all;
}

bool are_dense(const Stretches& stretches) {
  std::int64_t step = 1;
  for (std::size_t k = stretches.size(); k-- > 0;) {
    if (stretches[k].step != step) return false;
    step *= stretches[k].size;
  }
  return true;
}

Stretches by_step(Stretches stretches) {
  std::sort(stretches.begin(), stretches.end(), [](const Stretch& a, const Stretch& b) { return a.step > b.step; });
  return stretches;
}

Stretches joined(const Stretches& stretches) {
  Stretches result;
  for (const Stretch& one : stretches) {
    if (!result.empty() && result.back().step == one.step * one.size)
      result.back() = {result.back().size * one.size, one.step};
    else
      result.push_back(one);
  }
  return result;
}

std::optional<Axes> split(const Stretches& stretches, std::span<const std::int64_t> sizes) {
  Stretches rest = joined(stretches);
  std::size_t next = 0;
  Axes axes;
  for (const std::int64_t size : sizes) {
    axes.emplace_back();
    for (std::int64_t wanted = size; wanted > 1;) {
      if (next == rest.size()) return std::nullopt;
      Stretch& one = rest[next];
      if (wanted % one.size == 0) {
        axes.back().push_back(one);
        wanted /= one.size;
        ++next;
      } else if (one.size % wanted == 0) {
        axes.back().push_back({wanted, one.step * (one.size / wanted)});
        one.size /= wanted;
        wanted = 1;
      } else {
        return std::nullopt;
      }
    }
  }
  if (next != rest.size()) return std::nullopt;
  return axes;
}

std::optional<Axes> reshaped(const Axes& axes, const Shape& shape) {
  Stretches all;
  for (const Stretches& one : axes) all.insert(all.end(), one.begin(), one.end());
  return split(all, shape);
}

Shape sizes_of(const Stretches& stretches) {
  Shape sizes;
  for (const Stretch& one : stretches) sizes.push_back(one.size);
  return sizes;
}

void gather(std::span<const std::byte> from, std::size_t element_bytes, const Stretches& stretches, std::byte* to) {
  std::vector<std::int64_t> place(stretches.size());
  std::int64_t at = 0;
  for (std::int64_t k = 0, count = elements_of(sizes_of(stretches)); k < count; ++k) {
    std::memcpy(to, from.data() + static_cast<std::size_t>(at) * element_bytes, element_bytes);
    to += element_bytes;
    for (std::size_t axis = stretches.size(); axis-- > 0;) {
      at += stretches[axis].step;
      if (++place[axis] < stretches[axis].size) break;
      place[axis] = 0;
      at -= stretches[axis].step * stretches[axis].size;
    }
  }
}

}  // namespace mica::ml
