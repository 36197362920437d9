#include "hosts/pc/load.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <stdexcept>
#include <utility>

#include "hosts/pc/hints.hpp"
#include "sim/input.hpp"

namespace mica::pc {
namespace {

constexpr std::size_t piped_bytes = std::size_t{1} << 25;  // of a text whose size is not known

std::size_t text_bytes(const std::string& file) {
  struct stat status;
  const int failed = file == "-" ? fstat(0, &status) : stat(file.c_str(), &status);
  return failed == 0 && S_ISREG(status.st_mode) ? static_cast<std::size_t>(status.st_size) : piped_bytes;
}

}  // namespace

CompileStatus load(sim::Node& node, sim::Source& source, const CompileOptions& options) {
  sim::Input input(source.file);
  CompileStatus status = node.begin(options);
  while (status.error == 0) {
    const std::string_view piece = input.next();
    if (piece.empty()) break;
    source.text += piece;
    status = node.feed(piece);
  }
  return status.error == 0 ? node.finish() : status;
}

sim::Source read_source(const std::string& file) {
  sim::Input input(file);
  sim::Source source{file, {}};
  for (std::string_view piece; !(piece = input.next()).empty();) source.text += piece;
  return source;
}

std::vector<std::string> names_of(const sim::Offer& offer) {
  std::vector<std::string> names;
  for (const HostFunction& function : offer.functions) names.emplace_back(function.name);
  for (const HostArray& array : offer.arrays) names.emplace_back(array.name);
  return names;
}

std::string hint_of(const sim::Node& node, const sim::Source& source, const CompileStatus& status,
                    const std::vector<std::string>& names) {
  const Engine& engine = node.engine();
  if (engine.error_name(status.error) == "header_syntax")
    return hint_for_key(sim::word_at(source, {status.line, status.column}));
  if (engine.error_name(status.error) != "unknown_word") return {};
  std::vector<std::string> known = names;
  for (std::string& name : names_of(node.offer())) known.push_back(std::move(name));
  return hint_for(find_reference(engine.profile), sim::word_at(source, {status.line, status.column}), known);
}

std::string explain(const sim::Node& node, const sim::Source& source, const CompileStatus& status,
                    const std::vector<std::string>& names) {
  const std::string hint = hint_of(node, source, status, names);
  return node.diagnose(source, status) + (hint.empty() ? "" : "  hint: " + hint + "\n");
}

std::string explain(const sim::Node& node, const sim::Source& source, const CompileStatus& status) {
  return explain(node, source, status, defined_names(source.text));
}

std::size_t machine_bytes(const std::vector<std::string>& files) {
  std::size_t bytes = sim::Node::default_bytes;
  for (const std::string& file : files) bytes += 2 * text_bytes(file);
  return bytes;
}

void refuse_second_standard_input(const std::vector<std::string>& files) {
  if (std::count(files.begin(), files.end(), "-") > 1)
    throw std::invalid_argument("standard input, -, can be read only once");
}

}  // namespace mica::pc
