// A frame that holds a model, as `mica convert` writes it: it exports arrays `input` and `output`, a word `predict` and
// what stands for real numbers in both: constants `input-scale` and `output-scale`, or `input-step`, `input-zero`,
// `output-step` and `output-zero` (ml/import/README.md).
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

// How integers stand for real numbers: 1.0 is `scale` of them in fixed point; else a number q is step * (q - zero), or
// holds the bits of a float, which is times the step.
struct NumberScale {
  std::int32_t scale = 0;  // 0: not in fixed point
  float step = 1;
  std::int32_t zero = 0;
  bool is_float = false;

  double real(std::int64_t number) const;
  // Not in fixed point: what stands for it, within the range of so many bits where it is no float.
  std::int64_t quantised(double number, unsigned bits) const;
};

class ModelFrame {
 public:
  // Compiles the text and runs it to its end; what it prints is dropped. Throws sim::SourceError when it does not
  // compile, traps, takes more than `ticks_max` ticks (0: no limit), or does not export what it must.
  // `form` of the interpreter; empty: that of the profile.
  ModelFrame(const Engine& engine, sim::Source source, std::uint64_t ticks_max, std::string_view form = {});

  sim::Node& node() { return node_; }

  std::size_t inputs() const { return input_.count; }
  std::size_t outputs() const { return output_.count; }
  const NumberScale& input_scale() const { return input_scale_; }
  const NumberScale& output_scale() const { return output_scale_; }
  // What the class with this index is called by the samples: the frame may export an array `classes`.
  std::size_t class_number(std::size_t index) const;
  unsigned input_bits() const { return 8 * ml::bytes_of(input_.type); }

  // The outputs for inputs() numbers that fit input_bits(). Throws as the constructor does.
  std::vector<std::int64_t> predict(std::span<const std::int64_t> inputs);

  double seconds() const { return seconds_; }  // that all predictions have taken
  std::uint64_t ticks() const { return ticks_; }

 private:
  [[noreturn]] void refuse(const std::string& sentence, const char* name) const;
  ml::ArrayView exported_array(const char* name, bool written);
  NumberScale exported_scale(const std::string& what, const ml::ArrayView& array);
  void find_classes();
  std::uint64_t run_to_end(std::uint8_t task);

  sim::Source source_;
  std::uint64_t ticks_max_;
  sim::Node node_;
  ml::ArrayView input_, output_;
  NumberScale input_scale_, output_scale_;
  std::vector<std::int64_t> classes_;
  double seconds_ = 0;
  std::uint64_t ticks_ = 0;
};

}  // namespace mica::pc
