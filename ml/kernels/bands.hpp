// The energy of bands of spectra, weighted by triangles, as filters of the mel scale are. A pure function on arrays
// that are known to fit.
#pragma once

#include <cstddef>
#include <cstdint>

namespace mica::ml {

// Rows of `columns` bins. Band b is 0 at edge b, rises to 1 at edge b + 1 and falls to 0 at edge b + 2.
struct Bands {
  std::uint32_t rows, columns, bands;
  bool logarithm;  // to the base of two, with 16 bits behind the point
};

struct BandsArrays {
  const std::byte* input;  // int32
  const std::byte* edges;  // int16, numbers of bins, bands + 2; each counts as the nearest of 0 .. columns
  std::byte* output;       // int32, the bands of a row one after another
};

struct BandsPlace {
  std::uint32_t result, index;
  std::int64_t rising, falling;
};

constexpr bool is_inside(const Bands& layer, const BandsPlace& place) {
  return place.result < layer.rows * layer.bands;
}

// Goes on from the place for a unit of work. True: that was the last.
bool add_bands(const Bands& layer, const BandsArrays& arrays, BandsPlace& place);

}  // namespace mica::ml
