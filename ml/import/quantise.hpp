// From float to fixed point: how many units stand for 1.0 in each array, and the parameters in these units.
#pragma once

#include <string>

#include "ml/import/calibration.hpp"
#include "ml/import/fixed_network.hpp"
#include "ml/import/network.hpp"

namespace mica::ml {

struct QuantiseOptions {
  unsigned weight_bits = 8;  // 8 or 16
  unsigned cell_bits = 32;   // 32 or 16, of the machine that the frame is for
  double input_factor = 1;   // of the model's input for 1.0 of a feature
};

// Units are powers of two, so chosen that twice the largest number that the samples gave fits 16 bits; nothing wraps as
// long as features stay within the range of the samples. ImportError, naming `file` and the layer, for what frames
// cannot compute and for ranges that the cells do not hold.
FixedNetwork quantise(const Network& network, const Calibration& calibration, const QuantiseOptions& options,
                      const std::string& file);

}  // namespace mica::ml
