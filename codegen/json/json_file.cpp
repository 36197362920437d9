#include "json_file.hpp"

#include <cstdint>
#include <fstream>
#include <limits>
#include <set>
#include <sstream>
#include <valijson/adapters/nlohmann_json_adapter.hpp>
#include <valijson/schema.hpp>
#include <valijson/schema_parser.hpp>
#include <valijson/validator.hpp>

#include "failure.hpp"
#include "schema_hint.hpp"

namespace mica::codegen {
namespace {

// The library of regular expressions, which looks at strings next, needs stack for each character.
constexpr std::size_t string_max = 4000;
constexpr std::uint64_t number_max = std::numeric_limits<std::int64_t>::max();

std::string read_file(const std::string& file) {
  std::ifstream stream(file, std::ios::binary);
  if (!stream) fail(file, "cannot be read; check the path");
  std::ostringstream text;
  text << stream.rdbuf();
  return text.str();
}

// "file:line:column" of a byte, the first of which is 1.
std::string place(const std::string& file, const std::string& text, std::size_t byte) {
  std::size_t line = 1, column = 1;
  for (std::size_t k = 0; k + 1 < byte && k < text.size(); ++k) {
    column = text[k] == '\n' ? 1 : column + 1;
    line += text[k] == '\n';
  }
  return fmt::format("{}:{}:{}", file, line, column);
}

nlohmann::json parse(const std::string& file, const std::string& text) {
  using Event = nlohmann::json::parse_event_t;
  // Of two equal keys the parser would keep the last and forget the first, with all that stands in it.
  std::istringstream stream(text);
  std::vector<std::set<std::string>> keys;
  const auto refuse = [&](int, Event event, nlohmann::json& parsed) {
    if ((event == Event::key || event == Event::value) && parsed.is_string() &&
        parsed.get_ref<const std::string&>().size() > string_max)
      fail(place(file, text, static_cast<std::size_t>(stream.tellg())), "a string of more than {} bytes", string_max);
    if (event == Event::value && parsed.is_number_unsigned() && parsed.get<std::uint64_t>() > number_max)
      fail(place(file, text, static_cast<std::size_t>(stream.tellg())), "the number {} is too large", parsed.dump());
    if (event == Event::object_start) keys.emplace_back();
    if (event == Event::object_end) keys.pop_back();
    if (event == Event::key && !keys.back().insert(parsed.get<std::string>()).second)
      fail(place(file, text, static_cast<std::size_t>(stream.tellg())), "the key '{}' stands twice in one object",
           parsed.get<std::string>());
    return true;
  };
  try {
    return nlohmann::json::parse(stream, refuse);
  } catch (const nlohmann::json::parse_error& error) {
    std::string why = error.what();
    why = why.substr(why.find(": ") + 2);
    fail(place(file, text, error.byte), "{}", why);
  }
}

// valijson names the path of a finding as <root>[instructions][3][effect].
std::vector<std::string> path_of(const std::vector<std::string>& context) {
  std::vector<std::string> path;
  for (std::size_t k = 1; k < context.size(); ++k) path.push_back(context[k].substr(1, context[k].size() - 2));
  return path;
}

std::string pointer_of(const std::vector<std::string>& path) {
  std::string pointer;
  for (const std::string& step : path) pointer += "/" + step;
  return pointer.empty() ? "/" : pointer;
}

}  // namespace

nlohmann::ordered_json read_json(const std::string& file, const std::string& schema_file) {
  const std::string text = read_file(file);
  const nlohmann::json document = parse(file, text);
  const nlohmann::json schema_document = parse(schema_file, read_file(schema_file));

  valijson::Schema schema;
  valijson::SchemaParser().populateSchema(valijson::adapters::NlohmannJsonAdapter(schema_document), schema);
  valijson::ValidationResults results;
  const valijson::adapters::NlohmannJsonAdapter target(document);
  if (!valijson::Validator().validate(schema, target, &results)) {
    // Findings come from the outside inwards, and the deepest one says best what is wrong.
    valijson::ValidationResults::Error finding, deepest;
    while (results.popError(finding))
      if (finding.context.size() >= deepest.context.size()) deepest = finding;
    const std::vector<std::string> path = path_of(deepest.context);
    fail(file + ": " + pointer_of(path), "{}", explain(schema_document, document, path, deepest.description));
  }
  return nlohmann::ordered_json::parse(text);
}

}  // namespace mica::codegen
