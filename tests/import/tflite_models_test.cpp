// Models of others, which are no part of the project, where they are there: operators, shapes and sizes are those that
// TensorFlow Lite Micro says.
#include <doctest/doctest.h>

#include <filesystem>

#include "ml/import/arena.hpp"
#include "ml/import/costs.hpp"
#include "ml/import/model_file.hpp"
#include "ml/import/tflite_reader.hpp"

namespace {

using namespace mica;

struct Model {
  const char* file;
  std::uint64_t products;
  std::size_t constant_bytes;          // without the shapes of reshapes, which some count
  std::size_t peak_bytes;              // of what lives at the same time, each a multiple of 16
  std::vector<std::string> operators;  // with the shapes of their results
};

const Model models[] = {
    {"mlperf-tiny/kws_ref_model.tflite",
     2656768,
     24368,
     16000,
     {"conv2d 1x25x5x64", "depthwise_conv2d 1x25x5x64", "conv2d 1x25x5x64", "depthwise_conv2d 1x25x5x64",
      "conv2d 1x25x5x64", "depthwise_conv2d 1x25x5x64", "conv2d 1x25x5x64", "depthwise_conv2d 1x25x5x64",
      "conv2d 1x25x5x64", "average_pool 1x1x1x64", "reshape 1x64", "fully_connected 1x12", "softmax 1x12"}},
    {"mlperf-tiny/pretrainedResnet_quant.tflite",
     12501632,
     78744,
     49152,
     {"conv2d 1x32x32x16", "conv2d 1x32x32x16", "conv2d 1x32x32x16", "add 1x32x32x16", "conv2d 1x16x16x32",
      "conv2d 1x16x16x32", "conv2d 1x16x16x32", "add 1x16x16x32", "conv2d 1x8x8x64", "conv2d 1x8x8x64",
      "conv2d 1x8x8x64", "add 1x8x8x64", "average_pool 1x1x1x64", "reshape 1x64", "fully_connected 1x10",
      "softmax 1x10"}},
    {"mlperf-tiny/ad01_int8.tflite",
     264192,
     270880,
     768,
     {"fully_connected 1x128", "fully_connected 1x128", "fully_connected 1x128", "fully_connected 1x128",
      "fully_connected 1x8", "fully_connected 1x128", "fully_connected 1x128", "fully_connected 1x128",
      "fully_connected 1x128", "fully_connected 1x640"}},
    {"tflm/micro_speech_quantized.tflite",
     336000,
     16688,
     5968,
     {"reshape 1x49x40x1", "depthwise_conv2d 1x25x20x8", "fully_connected 1x4", "softmax 1x4"}},
    {"tflm/hello_world_int8.tflite",
     288,
     420,
     32,
     {"fully_connected 1x16", "fully_connected 1x16", "fully_connected 1x1"}},
    {"tflm/hello_world_float.tflite",
     288,
     1284,
     128,
     {"fully_connected 1x16", "fully_connected 1x16", "fully_connected 1x1"}},
};

TEST_CASE("models of others") {
  for (const Model& model : models) {
    const std::string file = std::string(MICA_MODELS) + "/" + model.file;
    CAPTURE(file);
    if (!std::filesystem::exists(file)) {
      MESSAGE("skipped: " << file << " is not there");
      continue;
    }
    const std::string bytes = ml::read_model_file(file);
    const ml::Graph graph = ml::read_tflite(bytes, file);
    const ml::LayerCost cost = ml::cost_of(graph);
    CHECK(cost.products == model.products);
    CHECK(cost.constant_bytes == model.constant_bytes);
    const ml::ArenaPlan plan = ml::plan_arena(graph, {.alignment = 16});
    CHECK(plan.bytes == model.peak_bytes);
    CHECK(plan.lower_bound == model.peak_bytes);
    std::vector<std::string> operators;
    for (const ml::Operator& one : graph.operators)
      operators.push_back(std::string(ml::kind_name(one.kind)) + " " +
                          ml::shape_text(graph.tensors[static_cast<std::size_t>(one.outputs[0])].shape));
    CHECK(operators == model.operators);
  }
}

}  // namespace
