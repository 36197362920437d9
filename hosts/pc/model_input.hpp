// What a model is run on: lines of a CSV file, or tensors as they are.
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

class ModelInput {
 public:
  // `file`: tensors one after another if its name ends in .bin; else CSV, - for that from standard input. With `labels`
  // the last number of a line is its class. ImportError: it cannot be read. std::invalid_argument: tensors have no
  // labels.
  ModelInput(const std::string& file, const ModelFrame& frame, bool labels);

  // The next one; nothing at the end. ImportError: the file holds none or is damaged, or a number is too large for a
  // frame in fixed point; one that is quantised is held within its range.
  std::optional<ModelSample> next();

 private:
  std::int64_t number_of(double feature, std::size_t place) const;
  std::optional<ModelSample> next_tensor();

  const std::string file_;
  const NumberScale scale_;
  const std::size_t count_, bytes_;
  const bool labels_;
  std::ifstream stream_;
  std::unique_ptr<ml::SampleReader> lines_;  // null: tensors
  std::size_t samples_ = 0;
};

}  // namespace mica::pc
