#include "ml/import/onnx_reader.hpp"

#include <fmt/format.h>
#include <google/protobuf/stubs/logging.h>
#include <onnx/onnx_pb.h>

#include "ml/import/import_error.hpp"
#include "ml/import/onnx_walk.hpp"

namespace mica::ml {
namespace {

constexpr std::size_t model_bytes_max = std::size_t{1} << 28;
constexpr std::int64_t opset_min = 7, opset_max = 23;  // between which the operators mean the same to us

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

std::shared_ptr<const onnx::ModelProto> parse(std::string_view bytes, const std::string& file) {
  google::protobuf::SetLogHandler(nullptr);  // it would write to standard error what we say better
  if (bytes.size() > model_bytes_max)
    throw ImportError(file, fmt::format("is larger than {} bytes", model_bytes_max), "too_large");
  auto model = std::make_shared<onnx::ModelProto>();
  if (!model->ParseFromArray(bytes.data(), static_cast<int>(bytes.size())))
    throw ImportError(file, "is no ONNX model", "no_model");
  if (!model->has_graph()) throw ImportError(file, "is no ONNX model: there is no graph in it", "no_model");
  return model;
}

}  // namespace

Graph read_onnx_graph(std::string_view bytes, const std::string& file) {
  auto model = parse(bytes, file);
  const std::int64_t opset = opset_of(*model, file);
  // Weights are copied once when they are turned; twice, because a few may be used again.
  constexpr std::size_t small = std::size_t{1} << 20;
  return OnnxWalk(std::move(model), opset, 2 * bytes.size() + small, file).walk();
}

}  // namespace mica::ml
