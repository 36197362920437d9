// A frame that holds a model, as `mica convert` writes it: it exports arrays `input` and `output`, a word `predict` and
// constants `input-scale` and `output-scale` (ml/import/README.md).
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "ml/layout/array_view.hpp"
#include "sim/diagnostic.hpp"
#include "sim/node.hpp"

namespace mica::pc {

class ModelFrame {
 public:
  // Compiles the text and runs it to its end; what it prints is dropped. Throws sim::SourceError when it does not
  // compile, traps, takes more than `ticks_max` ticks (0: no limit), or does not export what it must.
  ModelFrame(const Engine& engine, sim::Source source, std::uint64_t ticks_max);

  std::size_t inputs() const { return input_.count; }
  std::size_t outputs() const { return output_.count; }
  std::int32_t input_scale() const { return input_scale_; }
  std::int32_t output_scale() const { return output_scale_; }
  unsigned input_bits() const { return 8 * ml::bytes_of(input_.type); }

  // The outputs for inputs() numbers that fit input_bits(). Throws as the constructor does.
  std::vector<std::int64_t> predict(std::span<const std::int64_t> inputs);

  double seconds() const { return seconds_; }  // that all predictions have taken
  std::uint64_t ticks() const { return ticks_; }

 private:
  [[noreturn]] void refuse(const std::string& sentence, const char* name) const;
  ml::ArrayView exported_array(const char* name, bool written);
  std::int32_t exported_scale(const char* name);
  std::uint64_t run_to_end(std::uint8_t task);

  sim::Source source_;
  std::uint64_t ticks_max_;
  sim::Node node_;
  ml::ArrayView input_, output_;
  std::int32_t input_scale_ = 1;
  std::int32_t output_scale_ = 1;
  double seconds_ = 0;
  std::uint64_t ticks_ = 0;
};

}  // namespace mica::pc
