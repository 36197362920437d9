// Images of the formats PGM and PPM (Netpbm), plain or raw: P2, P3, P5, P6.
#pragma once

#include <cstddef>
#include <istream>
#include <optional>
#include <string>
#include <vector>

namespace mica::pc {

struct Image {
  std::size_t width = 0, height = 0, channels = 1;  // channels: 1 grey, 3 red, green and blue
  std::vector<double> pixels;                       // row by row, the channels of a pixel together; 0 black, 1 white
};

// The next image of the stream; nothing at its end. `name` is that of the file in messages. ImportError: it is no such
// image, is cut off, or is larger than `pixels_max` numbers.
std::optional<Image> read_netpbm(std::istream& stream, const std::string& name, std::size_t pixels_max);

}  // namespace mica::pc
