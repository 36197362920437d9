#include "hosts/pc/snapshot.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <span>
#include <stdexcept>
#include <string_view>

#include "hosts/pc/engines.hpp"
#include "hosts/pc/io.hpp"
#include "hosts/pc/outputs.hpp"
#include "sim/input.hpp"

namespace mica::pc {
namespace {

struct Sentence {
  std::string_view problem, text;
};

constexpr Sentence sentences[] = {
    {"text_in_work", "a text is being compiled: let it come to its end first"},
    {"frame_open", "a frame can still be extended by lines of a console: load it as a whole"},
    {"text_missing", "the text of a frame is not there, and it cannot be decompiled"},
    {"damaged", "the file is no snapshot, or has been damaged: write it anew"},
    {"other_profile", "it was written by a machine of another profile or another version of Mica: use that one"},
    {"frame_refused", "a frame does not compile here: it may use functions or arrays that this host has not"},
    {"frame_differs", "a frame becomes other code here: the host that wrote it offers other functions or arrays"},
    {"task_differs", "a task stands where its program cannot have come to: the file has been changed"},
};

std::runtime_error failure(const std::string& file, std::string_view verb, std::string_view problem) {
  for (const Sentence& one : sentences)
    if (one.problem == problem)
      return std::runtime_error(fmt::format("{} cannot be {}: {} [{}]", file, verb, one.text, problem));
  return std::runtime_error(fmt::format("{} cannot be {} [{}]", file, verb, problem));
}

bool has_snapshots(const Engine& engine) {
  const Io io(engine.cell_bits);
  sim::Node node(engine, engine.bytes_min + 8, io.offer());
  std::vector<std::byte> snapshot;
  return node.save({}, snapshot) != "no_snapshots";
}

std::runtime_error no_snapshots(const Engine& engine, const std::string& file) {
  std::string names;
  for (const Engine* one : engines())
    if (has_snapshots(*one)) names += (names.empty() ? "" : ", ") + std::string(one->profile);
  return std::runtime_error(fmt::format(
      "{} cannot be written: the profile {} is built without snapshots; these have them: {} [no_snapshots]", file,
      engine.profile, names));
}

// A file that holds something, and that is no snapshot. A pipe or a terminal would wait to be read.
bool is_something_else(const std::string& file) {
  if (!std::filesystem::is_regular_file(file)) return false;
  std::ifstream stream(file, std::ios::binary);
  char begin[8];
  stream.read(begin, sizeof begin);
  return stream.gcount() > 0 && !sim::is_snapshot({begin, static_cast<std::size_t>(stream.gcount())});
}

// By trying: a machine looks at that first.
bool fits(const Engine& engine, const std::vector<std::byte>& snapshot) {
  const Io io(engine.cell_bits);
  sim::Node node(engine, engine.bytes_min + 8, io.offer());
  std::vector<sim::Source> sources;
  const std::string_view problem = node.restore(snapshot, sources);
  return problem != "other_profile" && problem != "no_snapshots";
}

}  // namespace

void expect_snapshots(sim::Node& node, const std::string& file) {
  if (!has_snapshots(node.engine())) throw no_snapshots(node.engine(), file);
  check_writable(file);
  if (is_something_else(file))
    throw std::invalid_argument(fmt::format("{} is there and no snapshot: give another name", file));
}

void write_snapshot(sim::Node& node, const std::vector<sim::Source>& sources, const std::string& file) {
  std::vector<std::byte> snapshot;
  const std::string_view problem = node.save(sources, snapshot);
  if (!problem.empty()) throw failure(file, "written", problem);
  errno = 0;
  std::ofstream stream(file, std::ios::binary);
  stream.write(reinterpret_cast<const char*>(snapshot.data()), static_cast<std::streamsize>(snapshot.size()));
  stream.close();
  if (!stream) throw std::runtime_error(fmt::format("{} cannot be written: {}", file, std::strerror(errno)));
}

std::vector<std::byte> read_snapshot(const std::string& file) {
  sim::Input input(file, sim::Input::Holds::bytes);
  std::vector<std::byte> snapshot;
  for (std::string_view piece; !(piece = input.next()).empty();) {
    const std::span<const std::byte> bytes = std::as_bytes(std::span(piece));
    snapshot.insert(snapshot.end(), bytes.begin(), bytes.end());
  }
  return snapshot;
}

const Engine& engine_of(const std::vector<std::byte>& snapshot, const std::string& file) {
  for (const Engine* engine : engines())
    if (fits(*engine, snapshot)) return *engine;
  throw failure(file, "taken up", "other_profile");
}

void take_up(sim::Node& node, const std::vector<std::byte>& snapshot, const std::string& file,
             std::vector<sim::Source>& sources) {
  const std::string_view problem = node.restore(snapshot, sources);
  if (!problem.empty()) throw failure(file, "taken up", problem);
  for (std::size_t slot = 0; slot < sources.size(); ++slot) {
    const std::string_view name = node.frame(static_cast<std::uint8_t>(slot)).name;
    sources[slot].file = fmt::format("{}({})", file, name.empty() ? std::to_string(slot) : std::string(name));
  }
}

}  // namespace mica::pc
