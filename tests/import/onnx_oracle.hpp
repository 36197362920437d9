// What an ONNX model computes, straight from its nodes and in the order of the file: written apart from the reader, to
// hold it against.
#pragma once

#include <onnx/onnx_pb.h>

#include <cstdint>
#include <string>
#include <vector>

namespace mica::tests {

struct OracleTensor {
  std::vector<std::int64_t> shape;
  std::vector<double> numbers;
};

// The first output for this input. std::runtime_error: a node that it does not know.
OracleTensor run_onnx(const onnx::ModelProto& model, const OracleTensor& input);

}  // namespace mica::tests
