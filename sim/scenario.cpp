#include <fmt/ranges.h>

#include <algorithm>
#include <filesystem>
#include <vector>

#include "codegen/json/failure.hpp"
#include "codegen/json/json_file.hpp"
#include "sim/input.hpp"
#include "sim/simulator.hpp"

namespace mica::sim {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t text_bytes_max = std::size_t{1} << 28;

std::string boards() {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(std::string(MICA_SIM_FOLDER) + "/boards"))
    names.push_back(entry.path().stem().string());
  std::sort(names.begin(), names.end());
  return fmt::format("{}", fmt::join(names, ", "));
}

Range read_range(const Json& json) { return {json["least"], json["middle"], json["most"]}; }

Board read_board(const std::string& name, const std::string& where) {
  const std::string file = std::string(MICA_SIM_FOLDER) + "/boards/" + name + ".json";
  if (!std::filesystem::exists(file)) codegen::fail(where, "there is no board '{}'; there are {}", name, boards());
  const Json json = codegen::read_json(file, std::string(MICA_SIM_FOLDER) + "/schema/board.schema.json");
  const Json& cycles = json["cycles_per_instruction"];
  const double least = cycles["least"], most = cycles["most"];
  return {json["board"],
          json["clock_hz"],
          read_range(json["instructions_per_tick"]),
          read_range(json["instructions_per_slice"]),
          {least, (least + most) / 2, most},
          json["memory_bytes"]};
}

std::string read_text(const std::string& file, const std::string& where) {
  std::string text;
  try {
    Input input(file);
    for (std::string_view piece = input.next(); !piece.empty() && text.size() <= text_bytes_max; piece = input.next())
      text += piece;
  } catch (const std::runtime_error& error) {
    codegen::fail(where, "{}; check the path", error.what());
  }
  if (text.size() > text_bytes_max) codegen::fail(where, "{} is too large for a text", file);
  return text;
}

NodeSettings read_node(const Json& json, const std::string& where, const std::filesystem::path& folder,
                       const FindEngine& find_engine) {
  NodeSettings node;
  node.name = json["name"];
  node.board = read_board(json["board"], where + "/board");
  try {
    node.engine = &find_engine(std::string(json.value("profile", "node32")));
  } catch (const std::exception& error) {
    codegen::fail(where + "/profile", "{}", error.what());
  }
  node.memory_bytes = json.value("memory_bytes", node.board.memory_bytes);
  if (node.memory_bytes < node.engine->bytes_min)
    codegen::fail(where + "/memory_bytes", "the profile needs at least {} bytes", node.engine->bytes_min);
  node.slice_ticks = json.value("slice_ticks", 1000u);
  for (std::size_t k = 0; k < json["frames"].size(); ++k) {
    const std::string file = (folder / std::string(json["frames"][k])).string();
    node.frames.push_back({file, read_text(file, fmt::format("{}/frames/{}", where, k))});
  }
  return node;
}

Scenario read_all(const std::string& file, const FindEngine& find_engine) {
  const Json json = codegen::read_json(file, std::string(MICA_SIM_FOLDER) + "/schema/scenario.schema.json");
  Scenario scenario;
  const std::filesystem::path folder = std::filesystem::path(file).parent_path();
  for (std::size_t k = 0; k < json["nodes"].size(); ++k) {
    for (const NodeSettings& other : scenario.nodes)
      if (other.name == json["nodes"][k]["name"])
        codegen::fail(fmt::format("{}: /nodes/{}/name", file, k), "another node has the name '{}'", other.name);
    scenario.nodes.push_back(read_node(json["nodes"][k], fmt::format("{}: /nodes/{}", file, k), folder, find_engine));
  }
  if (json.contains("stop")) scenario.stop_after_us = json["stop"].value("after_us", 0.0);
  return scenario;
}

}  // namespace

Scenario read_scenario(const std::string& file, const FindEngine& find_engine) {
  try {
    return read_all(file, find_engine);
  } catch (const codegen::Failure& failure) {
    throw SourceError(std::string(failure.what()) + "\n");
  }
}

}  // namespace mica::sim
