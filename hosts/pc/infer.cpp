#include "hosts/pc/infer.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <iostream>
#include <optional>
#include <stdexcept>

#include "hosts/pc/engines.hpp"
#include "hosts/pc/load.hpp"
#include "hosts/pc/model_frame.hpp"
#include "ml/import/comparison.hpp"
#include "ml/import/fixed_network.hpp"
#include "ml/import/import_error.hpp"
#include "ml/import/samples.hpp"

namespace mica::pc {
namespace {

using Numbers = std::vector<std::int64_t>;

// Of which real numbers a sample is, in those of the input. In fixed point what is too large is refused; what is
// quantised is held within its range, as TensorFlow Lite does it, which divides in floats.
class Features {
 public:
  Features(const ml::SampleReader& reader, const ModelFrame& frame)
      : reader_(reader),
        scale_(frame.input_scale()),
        most_(std::ldexp(1.0, static_cast<int>(frame.input_bits()) - 1)) {}

  Numbers numbers_of(const ml::Sample& sample) const {
    Numbers numbers;
    for (std::size_t k = 0; k < sample.features.size(); ++k)
      numbers.push_back(scale_.scale != 0 ? fixed(sample.features[k], k) : quantised(sample.features[k]));
    return numbers;
  }

 private:
  std::int64_t fixed(double feature, std::size_t k) const {
    if (std::abs(feature) * scale_.scale > most_ - 1)
      throw ml::ImportError(reader_.place_of(k),
                            fmt::format("{} is too large: times the input-scale of the frame, {}, it does not fit {} "
                                        "bits",
                                        feature, scale_.scale, std::ilogb(most_) + 1),
                            "out_of_range");
    return ml::to_units(feature, scale_.scale);
  }

  std::int64_t quantised(double feature) const {
    const double steps = std::round(static_cast<float>(feature) / scale_.step);
    return static_cast<std::int64_t>(std::clamp(steps + scale_.zero, -most_, most_ - 1));
  }

  const ml::SampleReader& reader_;
  const NumberScale scale_;
  const double most_;  // numbers are below it
};

// The index of the highest score, the first of equal ones; of a single one whether it is at least a half.
std::size_t class_of(std::span<const std::int64_t> outputs, const NumberScale& scale) {
  if (scale.scale != 0) return ml::class_of_units(outputs, scale.scale);
  if (outputs.size() == 1) return scale.real(outputs[0]) >= 0.5 ? 1 : 0;
  return static_cast<std::size_t>(std::max_element(outputs.begin(), outputs.end()) - outputs.begin());
}

void print_outputs(std::span<const std::int64_t> outputs, std::size_t found, const NumberScale& scale, bool raw) {
  std::string line = raw ? "" : fmt::format("{}", found);
  for (std::int64_t output : outputs) {
    if (!line.empty()) line += ' ';
    line += raw ? fmt::format("{}", output) : fmt::format("{:.6g}", scale.real(output));
  }
  fmt::print("{}\n", line);
}

// Input tensors as they are, one after another: the elements of the array `input`, low byte first.
class RawInputs {
 public:
  RawInputs(std::istream& stream, std::string name, const ModelFrame& frame)
      : stream_(stream), name_(std::move(name)), count_(frame.inputs()), bytes_(frame.input_bits() / 8) {}

  std::optional<Numbers> next() {
    std::string bytes(count_ * bytes_, '\0');
    stream_.read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    const auto got = static_cast<std::size_t>(stream_.gcount());
    if (got == 0 && samples_ > 0) return std::nullopt;
    if (got != bytes.size())
      throw ml::ImportError(
          name_, fmt::format("ends after {} bytes of input {}; each has {}", got, samples_ + 1, bytes.size()),
          "truncated");
    ++samples_;
    Numbers numbers;
    for (std::size_t k = 0; k < count_; ++k) {
      std::uint64_t number = 0;
      for (std::size_t j = 0; j < bytes_; ++j)
        number |= std::uint64_t{static_cast<unsigned char>(bytes[k * bytes_ + j])} << (8 * j);
      const unsigned unused = 64 - 8 * static_cast<unsigned>(bytes_);
      numbers.push_back(static_cast<std::int64_t>(number << unused) >> unused);
    }
    return numbers;
  }

 private:
  std::istream& stream_;
  std::string name_;
  std::size_t count_, bytes_, samples_ = 0;
};

bool is_raw(const std::string& file) { return file.ends_with(".bin"); }

}  // namespace

int infer(const InferOptions& options) {
  const Engine& engine = find_engine(options.profile);
  refuse_second_standard_input({options.frame, options.input});
  ModelFrame frame(engine, read_source(options.frame), options.ticks_max);
  std::ifstream file;
  errno = 0;
  if (options.input != "-") {
    file.open(options.input, std::ios::binary);
    if (file) file.peek();
    if (errno != 0)
      throw ml::ImportError(options.input, fmt::format("cannot be read: {}", std::strerror(errno)), "unreadable");
  }
  std::istream& stream = options.input == "-" ? std::cin : file;
  std::size_t samples = 0, hits = 0;
  const auto take = [&](const Numbers& numbers, std::optional<std::size_t> label) {
    const Numbers outputs = frame.predict(numbers);
    const std::size_t found = class_of(outputs, frame.output_scale());
    print_outputs(outputs, found, frame.output_scale(), options.raw);
    ++samples;
    hits += found == label;
  };
  if (is_raw(options.input)) {
    if (options.labels) throw std::invalid_argument("raw tensors have no labels: leave out --labels");
    RawInputs inputs(stream, options.input, frame);
    while (const std::optional<Numbers> numbers = inputs.next()) take(*numbers, std::nullopt);
  } else {
    ml::SampleReader reader(stream, options.input, frame.inputs(), options.labels);
    const Features features(reader, frame);
    while (const std::optional<ml::Sample> sample = reader.next()) take(features.numbers_of(*sample), sample->label);
  }
  std::fflush(stdout);
  const double count = static_cast<double>(samples);
  if (options.labels)
    fmt::print(stderr, "accuracy: {:.4f} ({} of {})\n", static_cast<double>(hits) / count, hits, samples);
  fmt::print(stderr, "time: {:.1f} us and {:.0f} ticks per inference\n", frame.seconds() * 1e6 / count,
             static_cast<double>(frame.ticks()) / count);
  return 0;
}

}  // namespace mica::pc
