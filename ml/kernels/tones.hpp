// How strong single frequencies are in rows of samples: what the algorithm of Goertzel finds, but by the sums of
// products that it stands for, since its recurrence loses too many bits of integers. A pure function on arrays that
// are known to fit.
#pragma once

#include <cstddef>
#include <cstdint>

namespace mica::ml {

enum class ToneSize : std::uint8_t { power, magnitude };

// Rows of `columns` samples (1 .. 65535); `rate` samples are a unit of time, for which frequencies count.
struct Tones {
  std::uint32_t rows, columns, frequencies, rate;
  ToneSize size;
};

struct TonesArrays {
  const std::byte* input;        // int16
  const std::byte* frequencies;  // int32
  std::byte* output;             // int32, the frequencies of a row one after another
};

struct TonesPlace {
  std::uint32_t result, index;
  std::int64_t cosines, sines;
};

constexpr bool is_inside(const Tones& layer, const TonesPlace& place) {
  return place.result < layer.rows * layer.frequencies && place.index <= layer.columns;
}

// Goes on from the place for a unit of work. True: that was the last.
bool find_tones(const Tones& layer, const TonesArrays& arrays, TonesPlace& place);

}  // namespace mica::ml
