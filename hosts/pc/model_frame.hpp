// A frame that holds a model, as `mica convert` writes it: arrays `input` and `output`, words `predict`, `input-scale`
// and `output-scale` (ml/import/README.md).
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "jit/engine.hpp"
#include "sim/diagnostic.hpp"

namespace mica::pc {

class ModelFrame {
 public:
  // Throws sim::SourceError when the text does not compile or lacks one of the names.
  ModelFrame(const Engine& engine, const std::string& file);

  std::size_t inputs() const { return inputs_; }
  std::size_t outputs() const { return outputs_; }
  std::int32_t input_scale() const { return input_scale_; }
  std::int32_t output_scale() const { return output_scale_; }
  std::size_t batch() const;  // samples that one call of predict takes at most

  // The outputs for samples of inputs() cells each, one sample behind the other. Throws sim::SourceError when the
  // program traps or takes more than `ticks_max` ticks (0: no limit) for a sample.
  std::vector<std::int64_t> predict(std::span<const std::int64_t> cells, std::uint64_t ticks_max);

  double seconds() const { return seconds_; }  // that the machine has run, of all predictions together

 private:
  std::vector<std::int64_t> run(const std::string& driver, std::uint64_t ticks_max);

  const Engine& engine_;
  sim::Source source_;
  std::size_t lines_ = 0;  // of the text of the frame itself
  std::size_t inputs_ = 0;
  std::size_t outputs_ = 0;
  std::int32_t input_scale_ = 1;
  std::int32_t output_scale_ = 1;
  double seconds_ = 0;
};

}  // namespace mica::pc
