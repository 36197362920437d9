#include "hosts/pc/check.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "hosts/pc/engines.hpp"
#include "hosts/pc/hints.hpp"
#include "hosts/pc/io.hpp"
#include "hosts/pc/load.hpp"

namespace mica::pc {
namespace {

using Json = nlohmann::ordered_json;

// `word`: what stands at the place, empty when that is not known.
Json finding(const std::string& file, sim::Place place, std::string_view word, std::string_view name,
             std::string_view text) {
  Json entry = {{"file", file}, {"line", place.line}, {"column", place.column}};
  if (!word.empty()) entry["end_column"] = place.column + word.size();
  entry.update({{"name", name}, {"severity", "error"}, {"text", text}});
  return entry;
}

// The list with what is wrong with a text, or an empty one.
Json findings_of(const sim::Node& node, const sim::Source& source, const CompileStatus& status) {
  if (status.error == 0) return Json::array();
  const sim::Place place = {status.line, status.column};
  Json entry = finding(source.file, place, sim::word_at(source, place), node.engine().error_name(status.error),
                       node.engine().error_text(status.error));
  const std::string hint = hint_of(node, source, status, defined_names(source.text));
  if (!hint.empty()) entry["hint"] = hint;
  return Json::array({entry});
}

// Each text is compiled alone: names of one are not known in another, and one that is wrong hides none.
Json check_file(const Engine& engine, const std::string& file, bool say) {
  const Io io(engine.cell_bits);
  sim::Node node(engine, sim::Node::default_bytes, io.offer());
  sim::Source source{file, {}};
  try {
    const CompileStatus status = load(node, source, {});
    if (say && status.error != 0) fmt::print(stderr, "{}", explain(node, source, status));
    return findings_of(node, source, status);
  } catch (const std::runtime_error& error) {  // it cannot be read
    if (say) fmt::print(stderr, "mica: error: {}\n", error.what());
    return Json::array({finding(file, {}, {}, "cannot_read", error.what())});
  }
}

}  // namespace

int check(const CheckOptions& options) {
  const Engine& engine = find_engine(options.profile);
  refuse_second_standard_input(options.files);
  Json all = Json::array();
  for (const std::string& file : options.files)
    for (const Json& entry : check_file(engine, file, !options.json)) all.push_back(entry);
  // Names of files and pieces of texts may hold bytes that are no UTF-8.
  if (options.json) fmt::print("{}\n", all.dump(2, ' ', false, Json::error_handler_t::replace));
  return all.empty() ? 0 : 1;
}

}  // namespace mica::pc
