#include "ml/import/onnx_reader.hpp"

#include <fmt/format.h>
#include <google/protobuf/stubs/logging.h>
#include <onnx/onnx_pb.h>

#include "ml/import/import_error.hpp"
#include "ml/import/onnx_graph.hpp"

namespace mica::ml {
namespace {

constexpr std::size_t model_bytes_max = std::size_t{1} << 24;  // of a network for small devices
constexpr std::int64_t opset_min = 7, opset_max = 23;          // between which the operators mean the same to us

// Version of the standard operators that the model is written for.
std::int64_t opset_of(const onnx::ModelProto& model, const std::string& file) {
  std::int64_t opset = 0;
  for (const onnx::OperatorSetIdProto& set : model.opset_import())
    if (set.domain().empty() || set.domain() == "ai.onnx") opset = set.version();
  if (opset < opset_min || opset > opset_max)
    throw ImportError(file,
                      fmt::format("the model is of operator set {}; {} to {} are read", opset, opset_min, opset_max),
                      "unsupported_version");
  return opset;
}

}  // namespace

Network read_onnx(std::string_view bytes, const std::string& file) {
  google::protobuf::SetLogHandler(nullptr);  // it would write to standard error what we say better
  onnx::ModelProto model;
  if (bytes.size() > model_bytes_max)
    throw ImportError(file, fmt::format("is larger than {} bytes", model_bytes_max), "too_large");
  if (!model.ParseFromArray(bytes.data(), static_cast<int>(bytes.size())))
    throw ImportError(file, "is no ONNX model", "no_model");
  if (!model.has_graph()) throw ImportError(file, "is no ONNX model: there is no graph in it", "no_model");
  return GraphWalk(model.graph(), opset_of(model, file), file).walk();
}

}  // namespace mica::ml
