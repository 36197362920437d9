// Random networks of ONNX: images, signals and vectors, with branches, and with all that moves axes about.
#pragma once

#include <onnx/onnx_pb.h>

#include <cstdint>
#include <vector>

#include "tests/oracle/random.hpp"

namespace mica::tests {

using oracle::Random;

struct RandomOnnx {
  onnx::ModelProto model;
  std::vector<std::int64_t> input, output;  // their shapes in the file
};

// `plain`: only what a frame of int8 can compute.
RandomOnnx random_onnx(std::uint64_t seed, bool plain = false);

}  // namespace mica::tests
