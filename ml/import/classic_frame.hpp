// Models that are no networks as the text of a frame.
#pragma once

#include <cstddef>
#include <string>

#include "ml/import/classic_model.hpp"
#include "ml/layout/array_view.hpp"

namespace mica::ml {

struct ClassicFrameNotes {
  std::string name;                             // of the frame: a token
  std::string origin;                           // where the model came from, one line
  ElementType features = ElementType::float32;  // or int16, int32: then thresholds are whole numbers
};

struct ClassicFrame {
  std::string text;
  std::size_t constant_bytes = 0;
  double output_units = 0;  // what stands for 1.0 in the output; 0: it has floats
  bool is_rounded = false;  // values of leaves are
};

// `file` names the model in messages. ImportError: features or thresholds do not fit the type.
ClassicFrame write_classic_frame(const ClassicModel& model, const ClassicFrameNotes& notes, const std::string& file);

}  // namespace mica::ml
