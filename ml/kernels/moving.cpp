#include "ml/kernels/moving.hpp"

#include "ml/kernels/roots.hpp"
#include "ml/kernels/taps.hpp"
#include "ml/layout/array_view.hpp"

namespace mica::ml {
namespace {

constexpr std::uint32_t add_work = 3, exchange_work = 4, run_work = 15;

constexpr std::uint32_t result_work(Statistic statistic) {
  switch (statistic) {
    case Statistic::least:
    case Statistic::greatest: return 8;
    case Statistic::mean: return 20;
    case Statistic::deviation:
    case Statistic::rms: return 85;
    case Statistic::all: break;
  }
  return 190;
}

std::int16_t sample(const std::byte* input, std::size_t index) { return load<std::int16_t>(input + 2 * index); }

std::int16_t held(std::uint32_t value) { return static_cast<std::int16_t>(value > 32767 ? 32767 : value); }

std::int32_t wrapping(std::int32_t sum, std::int32_t more) {
  return static_cast<std::int32_t>(static_cast<std::uint32_t>(sum) + static_cast<std::uint32_t>(more));
}

// The elements of a window, from the place on.
void add(const std::byte* input, std::size_t start, std::uint32_t end, MovingPlace& place) {
  std::int32_t sum = place.sum;
  std::int64_t squares = place.squares;
  std::int16_t least = place.least, greatest = place.greatest;
  for (; place.index < end; ++place.index) {
    const std::int16_t x = sample(input, start + place.index);
    sum = wrapping(sum, x);
    squares = wrapping_sum(squares, x * x);
    if (x < least) least = x;
    if (x > greatest) greatest = x;
  }
  place.sum = sum;
  place.squares = squares;
  place.least = least;
  place.greatest = greatest;
}

// What the window has lost and won since the one before, `length` apart.
void exchange(const std::byte* input, std::size_t start, std::uint32_t length, std::uint32_t end, MovingPlace& place) {
  std::int32_t sum = place.sum;
  std::int64_t squares = place.squares;
  for (; place.index < end; ++place.index) {
    const std::int16_t lost = sample(input, start + place.index), won = sample(input, start + length + place.index);
    sum = wrapping(sum, won - lost);
    squares = wrapping_sum(squares, std::int64_t{won * won} - lost * lost);
  }
  place.sum = sum;
  place.squares = squares;
}

std::int16_t deviation_of(const MovingPlace& place, std::uint32_t length) {
  const std::uint64_t square = static_cast<std::uint64_t>(std::int64_t{place.sum} * place.sum);
  const std::uint64_t spread = length * static_cast<std::uint64_t>(place.squares) - square;
  return held(half_root(4 * spread / (std::uint64_t{length} * length)));
}

std::int16_t result_of(const MovingPlace& place, std::uint32_t length, Statistic statistic) {
  switch (statistic) {
    case Statistic::mean: return static_cast<std::int16_t>(nearest_quotient(place.sum, length));
    case Statistic::deviation: return deviation_of(place, length);
    case Statistic::rms: return held(half_root(4 * static_cast<std::uint64_t>(place.squares) / length));
    case Statistic::least: return place.least;
    default: return place.greatest;
  }
}

void finish(const Moving& layer, std::byte* output, const MovingPlace& place) {
  const std::uint32_t results = results_of(layer.statistic);
  std::byte* const at = output + 2 * std::size_t{place.window} * results;
  for (std::uint32_t k = 0; k < results; ++k)
    store(at + 2 * k, result_of(place, layer.length, results == 1 ? layer.statistic : static_cast<Statistic>(k)));
}

}  // namespace

bool move_statistics(const Moving& layer, const std::byte* input, std::byte* output, MovingPlace& place) {
  const bool compares = layer.statistic >= Statistic::least;
  const std::uint32_t ending = result_work(layer.statistic);
  Work work;
  while (!work.is_used_up()) {
    const bool goes_on = place.window > 0 && !compares && layer.step < layer.length;
    const std::size_t start = std::size_t{place.window - (goes_on ? 1 : 0)} * layer.step;
    const std::uint32_t elements = goes_on ? layer.step : layer.length;
    if (place.index == 0 && !goes_on) place = {place.window, 0, 0, 0, 32767, -32768};
    if (place.index < elements) {
      const std::uint32_t rest = elements - place.index;
      const std::uint32_t end = place.index + work.take(goes_on ? exchange_work : add_work, rest);
      work.spend(run_work);
      goes_on ? exchange(input, start, layer.length, end, place) : add(input, start, end, place);
    }
    // A result that no longer fits into this unit begins the next.
    if (place.index < elements || work.left() < ending) return false;
    finish(layer, output, place);
    work.spend(ending);
    place.index = 0;
    if (++place.window >= layer.windows) return true;
  }
  return false;
}

}  // namespace mica::ml
