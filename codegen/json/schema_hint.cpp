#include "schema_hint.hpp"

#include <fmt/format.h>

namespace mica::codegen {
namespace {

using Json = nlohmann::json;

constexpr std::size_t value_max = 40;  // characters of a value that are shown

const Json& resolved(const Json& root, const Json& schema) {
  const Json* at = &schema;
  while (at->contains("$ref")) at = &root.at(Json::json_pointer((*at)["$ref"].get<std::string>().substr(1)));
  return *at;
}

// The schema of a member; null when nothing is said of it.
Json member(const Json& schema, const std::string& key, bool of_array) {
  if (!schema.is_object()) return Json();
  if (of_array) return schema.value("items", Json());
  if (schema.contains("properties") && schema["properties"].contains(key)) return schema["properties"][key];
  if (schema.contains("patternProperties")) return schema["patternProperties"].front();
  return schema.contains("additionalProperties") ? schema["additionalProperties"] : Json();
}

std::string list(const Json& values) {
  std::string text;
  for (const Json& value : values) text += (text.empty() ? "" : ", ") + value.dump();
  return text;
}

std::string keys_of(const Json& schema) {
  std::string text;
  const Json properties = schema.value("properties", Json::object());
  for (const auto& [key, value] : properties.items()) text += (text.empty() ? "" : ", ") + key;
  return text;
}

std::string range(const Json& schema) {
  std::string text;
  if (schema.contains("minimum")) text += " from " + schema["minimum"].dump();
  if (schema.contains("maximum")) text += (text.empty() ? " up to " : " to ") + schema["maximum"].dump();
  return text;
}

std::string with_article(const std::string& type) { return (type.find_first_of("aeiou") == 0 ? "an " : "a ") + type; }

// What a value must be; empty when the schema does not say.
std::string expectation(const Json& schema) {
  std::string text;
  if (schema.contains("enum")) {
    text = "one of " + list(schema["enum"]);
  } else if (schema.contains("type")) {
    text = with_article(schema["type"]) + range(schema);
    if (schema.contains("pattern")) text += " that matches " + schema["pattern"].get<std::string>();
  }
  if (schema.contains("anyOf"))
    for (const Json& part : schema["anyOf"]) text += (text.empty() ? "" : " or ") + expectation(part);
  if (schema.contains("description")) text += ": " + schema["description"].get<std::string>();
  return text;
}

// Is a finding of the validator one that expectation() puts better?
bool says_better(const std::string& finding) {
  for (const char* const part : {"'type'", "enum", "'pattern'", "Expected number", "anyOf"})
    if (finding.find(part) != std::string::npos) return true;
  return false;
}

std::string shown(const Json& value) {
  std::string text = value.dump(-1, ' ', true);
  if (text.size() > value_max) text = text.substr(0, value_max) + "...";
  return text;
}

}  // namespace

std::string explain(const Json& root, const Json& document, const std::vector<std::string>& path,
                    const std::string& finding) {
  Json schema = root;
  const Json* value = &document;
  for (const std::string& step : path) {
    const bool of_array = value->is_array();
    schema = resolved(root, member(resolved(root, schema), step, of_array));
    value = of_array ? &value->at(std::stoul(step)) : &value->at(step);
  }
  if (value->is_object() && schema.contains("properties")) {
    if (!schema.value("additionalProperties", true))
      for (const auto& [key, ignored] : value->items())
        if (!schema["properties"].contains(key))
          return fmt::format("there is no key '{}' here; there are {}", key, keys_of(schema));
    for (const Json& key : schema.value("required", Json::array()))
      if (!value->contains(key))
        return fmt::format("the key '{}' is missing; an object here needs {}", key.get<std::string>(),
                           list(schema["required"]));
  }
  const std::string expected = expectation(schema);
  if (expected.empty() || !says_better(finding)) return fmt::format("{}: {}", shown(*value), finding);
  return fmt::format("{} does not fit; this must be {}", shown(*value), expected);
}

}  // namespace mica::codegen
