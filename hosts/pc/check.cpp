#include "hosts/pc/check.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <span>

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

// A text is compiled alone, but for those it imports from: names of one are not known in another, and one that is wrong
// hides none.
Json check_file(const Engine& engine, std::span<const std::string> with, const std::string& file, bool say) {
  const Io io(engine.cell_bits);
  std::vector<std::string> files(with.begin(), with.end());
  files.push_back(file);
  sim::Node node(engine, machine_bytes(files), io.offer());
  sim::Source source{file, {}};
  try {
    for (const std::string& before : with) {
      sim::Source known{before, {}};
      load(node, known, {});  // which has been checked
    }
    const CompileStatus status = load(node, source, {});
    if (say && status.error != 0) fmt::print(stderr, "{}", explain(node, source, status));
    return findings_of(node, source, status);
  } catch (const std::runtime_error& error) {  // it cannot be read
    if (say) fmt::print(stderr, "mica: error: {}\n", error.what());
    return Json::array({finding(file, {}, {}, "cannot_read", error.what())});
  }
}

int report(const CheckOptions& options, const Json& all) {
  // Names of files and pieces of texts may hold bytes that are no UTF-8.
  if (options.json) fmt::print("{}\n", all.dump(2, ' ', false, Json::error_handler_t::replace));
  return all.empty() ? 0 : 1;
}

}  // namespace

int check(const CheckOptions& options) {
  const Engine& engine = find_engine(options.profile);
  std::vector<std::string> read = options.with;
  read.insert(read.end(), options.files.begin(), options.files.end());
  refuse_second_standard_input(read);
  Json all = Json::array();
  const auto check_one = [&](std::span<const std::string> with, const std::string& file) {
    for (const Json& entry : check_file(engine, with, file, !options.json)) all.push_back(entry);
  };
  const std::span<const std::string> with = options.with;
  for (std::size_t k = 0; k < with.size(); ++k) check_one(with.first(k), with[k]);
  if (!all.empty()) return report(options, all);
  for (const std::string& file : options.files) check_one(with, file);
  return report(options, all);
}

}  // namespace mica::pc
