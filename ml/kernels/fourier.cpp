#include "ml/kernels/fourier.hpp"

#include <bit>

#include "ml/kernels/cosine.hpp"
#include "ml/kernels/taps.hpp"
#include "ml/layout/array_view.hpp"

namespace mica::ml {
namespace {

constexpr std::uint32_t order_work = 8, butterfly_work = 16, part_work = 23, run_work = 15;
constexpr std::uint32_t steps_of_turn = 4 * quarter_steps;

struct Complex {
  std::int32_t real, imaginary;
};

Complex load_complex(const std::byte* array, std::uint32_t index) {
  const std::byte* const at = array + 4 * std::size_t{index};
  return {load<std::int16_t>(at), load<std::int16_t>(at + 2)};
}

std::int16_t held(std::int32_t value) {
  return static_cast<std::int16_t>(value > 32767 ? 32767 : value < -32768 ? -32768 : value);
}

void store_complex(std::byte* array, std::uint32_t index, std::int32_t real, std::int32_t imaginary) {
  std::byte* const at = array + 4 * std::size_t{index};
  store(at, held(real));
  store(at + 2, held(imaginary));
}

// The complex transform within a layer.
struct Points {
  std::uint32_t count, stages;
};

constexpr Points points_of(const Fourier& layer) {
  const std::uint32_t count = layer.is_real ? layer.points / 2 : layer.points;
  return {count, static_cast<std::uint32_t>(std::countr_zero(count))};
}

constexpr std::uint32_t last_pass(const Fourier& layer, const Points& points) {
  return points.stages + (layer.is_real ? 1 : 0);
}

constexpr std::uint32_t turns_of(const Points& points, std::uint32_t pass) {
  if (pass == 0) return points.count;
  return pass <= points.stages ? points.count / 2 : points.count / 2 + 1;
}

constexpr std::uint32_t reversed(std::uint32_t index, std::uint32_t bits) {
  index = (index & 0x5555) << 1 | (index >> 1 & 0x5555);
  index = (index & 0x3333) << 2 | (index >> 2 & 0x3333);
  index = (index & 0x0f0f) << 4 | (index >> 4 & 0x0f0f);
  index = (index & 0x00ff) << 8 | (index >> 8 & 0x00ff);
  return index >> (16 - bits);
}

// Two points become half their sum and half their difference, the second of them turned before.
void butterflies(std::byte* row, std::uint32_t stage, std::uint32_t first, std::uint32_t end) {
  const std::uint32_t half = std::uint32_t{1} << (stage - 1), step = steps_of_turn >> stage;
  for (std::uint32_t k = first; k < end; ++k) {
    const std::uint32_t turn = k & (half - 1), upper = 2 * k - turn, lower = upper + half;
    const Rotation w = rotation_of_steps(turn * step);
    const Complex a = load_complex(row, upper), b = load_complex(row, lower);
    // Products have 15 bits behind the point and are less than 2^31; halved they leave room for the sum.
    const std::int32_t real = (w.cosine * b.real + w.sine * b.imaginary) >> 1;
    const std::int32_t imaginary = (w.cosine * b.imaginary - w.sine * b.real) >> 1;
    const std::int32_t round = 1 << 14, a_real = a.real * (1 << 14) + round,
                       a_imaginary = a.imaginary * (1 << 14) + round;
    store_complex(row, upper, (a_real + real) >> 15, (a_imaginary + imaginary) >> 15);
    store_complex(row, lower, (a_real - real) >> 15, (a_imaginary - imaginary) >> 15);
  }
}

// Samples with even and odd numbers were transformed as real and imaginary parts: takes them apart and makes one
// transform of them, points k and count - k at a time.
void take_apart(std::byte* row, std::uint32_t count, std::uint32_t first, std::uint32_t end) {
  const std::uint32_t step = steps_of_turn / 2 / count;
  for (std::uint32_t k = first; k < end; ++k) {
    const Complex a = load_complex(row, k);
    if (k == 0) {
      store_complex(row, 0, (a.real + a.imaginary + 1) >> 1, 0);
      store_complex(row, count, (a.real - a.imaginary + 1) >> 1, 0);
      continue;
    }
    const Complex b = load_complex(row, count - k);
    const Rotation w = rotation_of_steps(k * step);
    const std::int64_t p = a.imaginary + b.imaginary, q = b.real - a.real;
    const std::int64_t real = w.cosine * p + w.sine * q, imaginary = w.cosine * q - w.sine * p;
    const std::int64_t even_real = std::int64_t{a.real + b.real} * 32768;
    const std::int64_t even_imaginary = std::int64_t{a.imaginary - b.imaginary} * 32768;
    const auto quarter = [](std::int64_t sum) { return static_cast<std::int32_t>((sum + (1 << 16)) >> 17); };
    store_complex(row, count - k, quarter(even_real - real), quarter(imaginary - even_imaginary));
    store_complex(row, k, quarter(even_real + real), quarter(even_imaginary + imaginary));
  }
}

}  // namespace

bool is_inside(const Fourier& layer, const FourierPlace& place) {
  const Points points = points_of(layer);
  return place.row < layer.rows && place.pass <= last_pass(layer, points) && place.index < turns_of(points, place.pass);
}

bool transform(const Fourier& layer, const std::byte* input, std::byte* output, FourierPlace& place) {
  const Points points = points_of(layer);
  Work work;
  while (!work.is_used_up()) {
    const std::byte* const from = input + 2 * std::size_t{place.row} * source_elements(layer);
    std::byte* const row = output + 2 * std::size_t{place.row} * target_elements(layer);
    const std::uint32_t all = turns_of(points, place.pass);
    const std::uint32_t each = place.pass == 0 ? order_work : place.pass <= points.stages ? butterfly_work : part_work;
    const std::uint32_t end = place.index + work.take(each, all - place.index);
    work.spend(run_work);
    if (place.pass == 0) {
      for (std::uint32_t k = place.index; k < end; ++k) {
        const Complex a = load_complex(from, reversed(k, points.stages));
        store_complex(row, k, a.real, a.imaginary);
      }
    } else if (place.pass <= points.stages) {
      butterflies(row, place.pass, place.index, end);
    } else {
      take_apart(row, points.count, place.index, end);
    }
    place.index = end;
    if (end < all) return false;
    place.index = 0;
    if (++place.pass <= last_pass(layer, points)) continue;
    place.pass = 0;
    if (++place.row >= layer.rows) return true;
  }
  return false;
}

}  // namespace mica::ml
