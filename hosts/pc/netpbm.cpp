#include "hosts/pc/netpbm.hpp"

#include <fmt/format.h>

#include "ml/import/import_error.hpp"

namespace mica::pc {
namespace {

constexpr std::size_t size_max = 65535, value_max = 65535;

class Reader {
 public:
  Reader(std::istream& stream, const std::string& name, std::size_t pixels_max)
      : stream_(stream), name_(name), pixels_max_(pixels_max) {}

  std::optional<Image> read();

 private:
  [[noreturn]] void refuse(const std::string& sentence, const char* error_name) const {
    throw ml::ImportError(name_, sentence, error_name);
  }
  std::size_t number(std::size_t most, const char* what);
  double raw(bool wide);
  void skip_blanks();

  std::istream& stream_;
  const std::string& name_;
  const std::size_t pixels_max_;
};

// Blanks, and comments up to the end of their line.
void Reader::skip_blanks() {
  for (int c = stream_.peek(); c == '#' || (c != EOF && std::isspace(c) != 0); c = stream_.peek()) {
    if (c == '#')
      while (c != '\n' && c != EOF) c = stream_.get();
    else
      stream_.get();
  }
}

std::size_t Reader::number(std::size_t most, const char* what) {
  skip_blanks();
  std::size_t value = 0;
  bool has_digit = false;
  for (int c = stream_.peek(); c >= '0' && c <= '9'; c = stream_.peek()) {
    value = value * 10 + static_cast<std::size_t>(stream_.get() - '0');
    has_digit = true;
    if (value > most) refuse(fmt::format("the {} of the image is more than {}", what, most), "out_of_range");
  }
  if (!has_digit) refuse(fmt::format("the {} of the image is missing", what), "bad_image");
  return value;
}

double Reader::raw(bool wide) {
  const int high = wide ? stream_.get() : 0, low = stream_.get();
  if (high == EOF || low == EOF) refuse("the image is cut off", "truncated");
  return high * 256.0 + low;
}

std::optional<Image> Reader::read() {
  skip_blanks();
  if (stream_.peek() == EOF) return std::nullopt;
  const int letter = stream_.get(), kind = stream_.get();
  const bool is_plain = kind == '2' || kind == '3', is_colour = kind == '3' || kind == '6';
  if (letter != 'P' || (!is_plain && kind != '5' && kind != '6'))
    refuse("is no image of PGM or PPM: it must begin with P2, P3, P5 or P6", "bad_image");
  Image image;
  image.channels = is_colour ? 3 : 1;
  image.width = number(size_max, "width");
  image.height = number(size_max, "height");
  const std::size_t white = number(value_max, "greatest value"), count = image.width * image.height * image.channels;
  if (count == 0 || white == 0) refuse("the image has a size or a greatest value of 0", "bad_image");
  if (count > pixels_max_)
    refuse(fmt::format("the image has {}x{}x{} numbers; the model takes {}", image.height, image.width, image.channels,
                       pixels_max_),
           "wrong_size");
  if (!is_plain) stream_.get();  // one blank
  image.pixels.reserve(count);
  for (std::size_t k = 0; k < count; ++k) {
    const double value = is_plain ? static_cast<double>(number(white, "pixel")) : raw(white > 255);
    if (value > static_cast<double>(white)) refuse("a pixel is more than the greatest value", "out_of_range");
    image.pixels.push_back(value / static_cast<double>(white));
  }
  return image;
}

}  // namespace

std::optional<Image> read_netpbm(std::istream& stream, const std::string& name, std::size_t pixels_max) {
  return Reader(stream, name, pixels_max).read();
}

}  // namespace mica::pc
