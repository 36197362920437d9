#include "hosts/pc/model_input.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <cstring>
#include <iostream>
#include <stdexcept>

#include "hosts/pc/netpbm.hpp"
#include "ml/import/fixed_network.hpp"
#include "ml/import/import_error.hpp"

namespace mica::pc {

ModelInput::ModelInput(const InputOptions& options, const ModelFrame& frame)
    : options_(options), scale_(frame.input_scale()), count_(frame.inputs()), bytes_(frame.input_bits() / 8) {
  const std::string& file = options.file;
  const bool is_raw = file.ends_with(".bin");
  has_images_ = file.ends_with(".pgm") || file.ends_with(".ppm");
  if ((is_raw || has_images_) && options.labels)
    throw std::invalid_argument("raw tensors and images have no labels: leave out --labels");
  errno = 0;
  if (file != "-") {
    stream_.open(file, std::ios::binary);
    if (stream_) stream_.peek();
    if (errno != 0) throw ml::ImportError(file, fmt::format("cannot be read: {}", std::strerror(errno)), "unreadable");
  }
  std::istream& stream = file == "-" ? std::cin : stream_;
  if (!is_raw && !has_images_) lines_ = std::make_unique<ml::SampleReader>(stream, file, count_, options.labels);
}

// TensorFlow Lite divides in floats where it quantises.
std::int64_t ModelInput::number_of(double feature, const std::string& place) const {
  const double most = std::ldexp(1.0, static_cast<int>(8 * bytes_) - 1);  // numbers are below it
  if (scale_.scale == 0) return scale_.quantised(feature, 8 * static_cast<unsigned>(bytes_));
  if (std::abs(feature) * scale_.scale > most - 1)
    throw ml::ImportError(
        place,
        fmt::format("{} is too large: times the input-scale of the frame, {}, it does not fit {} bits", feature,
                    scale_.scale, 8 * bytes_),
        "out_of_range");
  return ml::to_units(feature, scale_.scale);
}

std::optional<ModelSample> ModelInput::next_tensor() {
  std::string bytes(count_ * bytes_, '\0');
  stream_.read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  const auto got = static_cast<std::size_t>(stream_.gcount());
  if (got == 0 && samples_ > 0) return std::nullopt;
  if (got != bytes.size())
    throw ml::ImportError(options_.file,
                          fmt::format("ends after {} bytes of input {}; each has {}", got, samples_ + 1, bytes.size()),
                          "truncated");
  ++samples_;
  ModelSample sample;
  const unsigned unused = 64 - 8 * static_cast<unsigned>(bytes_);
  for (std::size_t k = 0; k < count_; ++k) {
    std::uint64_t number = 0;
    for (std::size_t j = 0; j < bytes_; ++j)
      number |= std::uint64_t{static_cast<unsigned char>(bytes[k * bytes_ + j])} << (8 * j);
    sample.numbers.push_back(static_cast<std::int64_t>(number << unused) >> unused);
  }
  return sample;
}

std::optional<ModelSample> ModelInput::next_image() {
  const std::optional<Image> image = read_netpbm(stream_, options_.file, count_);
  if (!image && samples_ == 0) throw ml::ImportError(options_.file, "holds no image", "no_samples");
  if (!image) return std::nullopt;
  if (image->pixels.size() != count_)
    throw ml::ImportError(options_.file,
                          fmt::format("image {} has {}x{}x{} numbers; the model takes {}", samples_ + 1, image->height,
                                      image->width, image->channels, count_),
                          "wrong_size");
  ++samples_;
  ModelSample sample;
  for (const double pixel : image->pixels)
    sample.numbers.push_back(number_of(options_.black + pixel * (options_.white - options_.black), options_.file));
  return sample;
}

std::optional<ModelSample> ModelInput::next() {
  if (has_images_) return next_image();
  if (!lines_) return next_tensor();
  const std::optional<ml::Sample> line = lines_->next();
  if (!line) return std::nullopt;
  ModelSample sample;
  for (std::size_t k = 0; k < line->features.size(); ++k)
    sample.numbers.push_back(number_of(line->features[k], lines_->place_of(k)));
  if (options_.labels) sample.label = line->label;
  return sample;
}

}  // namespace mica::pc
