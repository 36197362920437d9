#include "hosts/pc/check.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <stdexcept>

#include "hosts/pc/engines.hpp"
#include "hosts/pc/hints.hpp"
#include "hosts/pc/io.hpp"
#include "hosts/pc/load.hpp"
#include "hosts/pc/real_time.hpp"

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

// What is wrong with a text that does not compile.
Json finding_of(const sim::Node& node, const sim::Source& source, const CompileStatus& status) {
  const sim::Place place = {status.line, status.column};
  Json entry = finding(source.file, place, sim::word_at(source, place), node.engine().error_name(status.error),
                       node.engine().error_text(status.error));
  const std::string hint = hint_of(node, source, status, defined_names(source.text));
  if (!hint.empty()) entry["hint"] = hint;
  if (const std::string failure = node.test_failure(); !failure.empty()) entry["test"] = failure;
  return entry;
}

class Checker {
 public:
  explicit Checker(const CheckOptions& options)
      : engine_(find_engine(options.profile)), io_(engine_.cell_bits), say_(!options.json) {}

  // A text is compiled alone, but for those it imports from: names of one are not known in another, and one that is
  // wrong hides none.
  void check(const std::string& file) { compile(file); }
  // The same of one from which all that follow may import. It is read once: standard input has no second time.
  void check_library(const std::string& file) { libraries_.push_back(compile(file)); }

  const Json& found() const { return found_; }

 private:
  sim::Source compile(const std::string& file) {
    std::vector<std::string> files = {file};
    for (const sim::Source& library : libraries_) files.push_back(library.file);
    sim::Node node(engine_, machine_bytes(files), io_.offer(), real_time());  // as mica run has it
    for (const sim::Source& library : libraries_) node.load(library.text);    // which has been checked
    sim::Source source{file, {}};
    try {
      const CompileStatus status = load(node, source, {});
      if (say_ && status.error != 0) fmt::print(stderr, "{}", explain(node, source, status));
      if (status.error != 0) found_.push_back(finding_of(node, source, status));
    } catch (const std::runtime_error& error) {  // it cannot be read
      if (say_) fmt::print(stderr, "mica: error: {}\n", error.what());
      found_.push_back(finding(file, {}, {}, "cannot_read", error.what()));
    }
    return source;
  }

  const Engine& engine_;
  const Io io_;
  const bool say_;  // or be silent and collect
  std::vector<sim::Source> libraries_;
  Json found_ = Json::array();
};

int report(const CheckOptions& options, const Json& all) {
  // Names of files and pieces of texts may hold bytes that are no UTF-8.
  if (options.json) fmt::print("{}\n", all.dump(2, ' ', false, Json::error_handler_t::replace));
  return all.empty() ? 0 : 1;
}

}  // namespace

int check(const CheckOptions& options) {
  std::vector<std::string> read = options.with;
  read.insert(read.end(), options.files.begin(), options.files.end());
  refuse_second_standard_input(read);
  Checker checker(options);
  for (const std::string& file : options.with) checker.check_library(file);
  if (!checker.found().empty()) return report(options, checker.found());
  for (const std::string& file : options.files) checker.check(file);
  return report(options, checker.found());
}

}  // namespace mica::pc
