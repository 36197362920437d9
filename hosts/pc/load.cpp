#include "hosts/pc/load.hpp"

#include <algorithm>
#include <stdexcept>

#include "hosts/pc/hints.hpp"
#include "sim/input.hpp"

namespace mica::pc {

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

std::string hint_of(const sim::Node& node, const sim::Source& source, const CompileStatus& status,
                    const std::vector<std::string>& names) {
  const Engine& engine = node.engine();
  if (engine.error_name(status.error) != "unknown_word") return {};
  std::vector<std::string> known = names;
  for (const HostFunction& function : node.offer().functions) known.emplace_back(function.name);
  for (const HostArray& array : node.offer().arrays) known.emplace_back(array.name);
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

void refuse_second_standard_input(const std::vector<std::string>& files) {
  if (std::count(files.begin(), files.end(), "-") > 1)
    throw std::invalid_argument("standard input, -, can be read only once");
}

}  // namespace mica::pc
