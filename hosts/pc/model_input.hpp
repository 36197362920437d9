// What a model is run on: lines of a CSV file, images, or tensors as they are.
#pragma once

#include <cstdint>
#include <fstream>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "hosts/pc/model_frame.hpp"
#include "ml/import/samples.hpp"

namespace mica::pc {

struct ModelSample {
  std::vector<std::int64_t> numbers;  // as the array `input` takes them
  std::optional<std::size_t> label;
};

// What a file holds, and what its numbers are.
struct InputOptions {
  std::string file;
  bool labels = false;          // of CSV, the last number of a line is its class
  double black = 0, white = 1;  // features for the darkest and the brightest pixel of an image
};

class ModelInput {
 public:
  // The file holds tensors one after another if its name ends in .bin, images one after another if it ends in .pgm or
  // .ppm; else CSV, - for that from standard input. ImportError: it cannot be read. std::invalid_argument: tensors and
  // images have no labels.
  ModelInput(const InputOptions& options, const ModelFrame& frame);

  // The next one; nothing at the end. ImportError: the file holds none or is damaged, or a number is too large for a
  // frame in fixed point; one that is quantised is held within its range.
  std::optional<ModelSample> next();

 private:
  std::int64_t number_of(double feature, const std::string& place) const;
  std::optional<ModelSample> next_tensor();
  std::optional<ModelSample> next_image();

  const InputOptions options_;
  const NumberScale scale_;
  const std::size_t count_, bytes_;
  std::ifstream stream_;
  std::unique_ptr<ml::SampleReader> lines_;  // null: tensors or images
  bool has_images_ = false;
  std::size_t samples_ = 0;
};

}  // namespace mica::pc
