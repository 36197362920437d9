#include "hosts/pc/convert_classic.hpp"

#include <fmt/format.h>

#include <cstdio>
#include <variant>

#include "hosts/pc/convert_steps.hpp"
#include "ml/import/classic_frame.hpp"
#include "ml/import/frame_writer.hpp"
#include "ml/import/onnx_classic.hpp"
#include "sim/node.hpp"

namespace mica::pc {
namespace {

ml::ElementType feature_type(const std::string& name) {
  if (name == "int16") return ml::ElementType::int16;
  return name == "int32" ? ml::ElementType::int32 : ml::ElementType::float32;
}

void report(const ml::ClassicModel& model, const ml::ClassicFrame& frame, const FrameReport& loaded) {
  if (const auto* trees = std::get_if<ml::TreeEnsemble>(&model.model))
    fmt::print(stderr, "trees: {}, inner nodes {}, at most {} on a way, rows of leaves {}\n", trees->roots.size(),
               trees->inner_nodes, trees->depth, trees->leaves.size() / model.outputs);
  if (frame.output_units != 0)
    fmt::print(stderr, "scores: {} stands for 1.0, {}\n", frame.output_units,
               frame.is_rounded ? "values of leaves are rounded" : "all of them are exact");
  fmt::print(stderr, "sizes: constants {} bytes, code {}, data {}, text {}\n", frame.constant_bytes, loaded.code_bytes,
             loaded.data_bytes, frame.text.size());
}

}  // namespace

int convert_classic(const Engine& engine, const ConvertOptions& options, const std::string& bytes) {
  const ml::ClassicModel model = ml::read_onnx_classic(bytes, options.model);
  const ml::ClassicFrame frame = ml::write_classic_frame(model,
                                                         {.name = ml::frame_name(options.model),
                                                          .origin = origin_of(options.model, bytes),
                                                          .features = feature_type(options.features)},
                                                         options.model);
  sim::Node node(engine, (std::size_t{1} << 20) + 2 * frame.text.size());
  load_frame(node, frame.text, options);
  const std::vector<std::string> boards = verdicts(options, frame.text);
  write_text(options.output, frame.text);
  report(model, frame, node.frame(0));
  for (const std::string& line : boards) fmt::print(stderr, "{}\n", line);
  return 0;
}

}  // namespace mica::pc
