#include "hosts/pc/model_input.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <cstring>
#include <iostream>
#include <stdexcept>

#include "ml/import/fixed_network.hpp"
#include "ml/import/import_error.hpp"

namespace mica::pc {

ModelInput::ModelInput(const std::string& file, const ModelFrame& frame, bool labels)
    : file_(file),
      scale_(frame.input_scale()),
      count_(frame.inputs()),
      bytes_(frame.input_bits() / 8),
      labels_(labels) {
  const bool is_raw = file.ends_with(".bin");
  if (is_raw && labels) throw std::invalid_argument("raw tensors have no labels: leave out --labels");
  errno = 0;
  if (file != "-") {
    stream_.open(file, std::ios::binary);
    if (stream_) stream_.peek();
    if (errno != 0) throw ml::ImportError(file, fmt::format("cannot be read: {}", std::strerror(errno)), "unreadable");
  }
  std::istream& stream = file == "-" ? std::cin : stream_;
  if (!is_raw) lines_ = std::make_unique<ml::SampleReader>(stream, file, count_, labels);
}

// TensorFlow Lite divides in floats where it quantises.
std::int64_t ModelInput::number_of(double feature, std::size_t place) const {
  const double most = std::ldexp(1.0, static_cast<int>(8 * bytes_) - 1);  // numbers are below it
  if (scale_.scale == 0) return scale_.quantised(feature, 8 * static_cast<unsigned>(bytes_));
  if (std::abs(feature) * scale_.scale > most - 1)
    throw ml::ImportError(
        lines_->place_of(place),
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
    throw ml::ImportError(file_,
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

std::optional<ModelSample> ModelInput::next() {
  if (!lines_) return next_tensor();
  const std::optional<ml::Sample> line = lines_->next();
  if (!line) return std::nullopt;
  ModelSample sample;
  for (std::size_t k = 0; k < line->features.size(); ++k) sample.numbers.push_back(number_of(line->features[k], k));
  if (labels_) sample.label = line->label;
  return sample;
}

}  // namespace mica::pc
