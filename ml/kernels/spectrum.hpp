// What is done with samples before a Fourier transform and with spectra behind it: windows and power. Pure functions on
// arrays that are known to fit, all at any alignment.
#pragma once

#include <cstddef>
#include <cstdint>

#include "ml/kernels/elements.hpp"

namespace mica::ml {

enum class WindowShape : std::uint8_t { hann, hamming, blackman, rectangle };

// Rows of `columns` samples (1 .. 65535), each times a window of that period.
struct Tapering {
  std::uint32_t count, columns;
  WindowShape shape;
};

// int16, output may be the input. Goes on from the place for a unit of work. True: that was the last.
bool taper(const Tapering& layer, const std::byte* input, std::byte* output, ElementPlace& place);

// The sizes of complex numbers: pairs of int16 to int32.
struct Sizes {
  std::uint32_t count;
};

bool find_powers(const Sizes& layer, const std::byte* input, std::byte* output, ElementPlace& place);
bool find_magnitudes(const Sizes& layer, const std::byte* input, std::byte* output, ElementPlace& place);

}  // namespace mica::ml
