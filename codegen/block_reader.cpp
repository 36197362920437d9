#include "block_reader.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "json/failure.hpp"

namespace mica::codegen {
namespace {

using Json = nlohmann::ordered_json;
using Kind = BlockField::Kind;

std::string identifier(std::string name) {
  std::replace(name.begin(), name.end(), '-', '_');
  return name;
}

// Of floats "-inf" and "inf" are numbers, too.
std::vector<double> defaults_of(const Json& otherwise, Kind kind, const std::string& where) {
  std::vector<double> values;
  for (const Json& value : otherwise) {
    if (value.is_string() && kind != Kind::real) fail(where, "only floats are {}", value.dump());
    values.push_back(value.is_string() ? (value == "inf" ? 1 : -1) * std::numeric_limits<double>::infinity()
                                       : value.get<double>());
    const bool is_float = value.is_string() || std::abs(values.back()) <= std::numeric_limits<float>::max();
    if (kind == Kind::real && !is_float) fail(where, "{} is too large for a float", value.dump());
  }
  return values;
}

void check_defaults(const BlockField& field, const std::string& where) {
  if (field.otherwise.empty()) return;
  if (field.kind == Kind::array || field.kind == Kind::derived)
    fail(where + "/otherwise", "only numbers and choices have a value when they are left out");
  if (field.otherwise.size() != field.values.size())
    fail(where + "/otherwise", "the field '{}' has {} value(s), not {}", field.name, field.values.size(),
         field.otherwise.size());
  for (const double value : field.otherwise)
    if (field.kind != Kind::real && (value != std::floor(value) || value < static_cast<double>(field.least) ||
                                     value > static_cast<double>(field.most)))
      fail(where + "/otherwise", "{} is not within {} .. {}", value, field.least, field.most);
}

void check_keys(const Json& entry, const std::string& name, const std::string& where) {
  int kinds = 0;
  for (const char* key : {"array", "numbers", "floats", "choices", "derived"}) kinds += entry.contains(key);
  if (kinds != 1)
    fail(where, "the field '{}' must have one of \"array\", \"numbers\", \"floats\", \"choices\", \"derived\"", name);
  const bool is_number = entry.contains("numbers") || entry.contains("derived");
  if (is_number && !entry.contains("most")) fail(where, "the field '{}' lacks \"most\"", name);
  if (!is_number && (entry.contains("least") || entry.contains("most")))
    fail(where, "only numbers have \"least\" and \"most\", not the field '{}'", name);
}

BlockField read_field(const Json& entry, const std::string& name, const std::string& where) {
  check_keys(entry, name, where);
  BlockField field;
  field.name = name;
  field.doc = entry["doc"];
  field.least = entry.value("least", std::int64_t{0});
  field.most = entry.value("most", std::int64_t{0});
  field.written = entry.value("written", false);
  field.optional = entry.value("optional", false);
  if (entry.contains("array")) {
    field.kind = Kind::array;
    field.types = entry["array"].get<std::vector<std::string>>();
    field.values = {identifier(name)};
  } else if (entry.contains("choices")) {
    field.kind = Kind::choice;
    field.choices = entry["choices"].get<std::vector<std::string>>();
    field.values = {identifier(name)};
    field.most = static_cast<std::int64_t>(field.choices.size()) - 1;
  } else {
    const char* const key = entry.contains("numbers") ? "numbers" : entry.contains("floats") ? "floats" : "derived";
    field.kind = entry.contains("numbers") ? Kind::number : entry.contains("floats") ? Kind::real : Kind::derived;
    field.values = entry[key].get<std::vector<std::string>>();
  }
  if (field.written && field.kind != Kind::array) fail(where + "/written", "only an array is written");
  if (field.optional && (field.kind != Kind::array || field.written))
    fail(where + "/optional", "only an array that is not written may be left out; numbers have \"otherwise\"");
  if (field.least > field.most) fail(where + "/least", "{} is more than {}", field.least, field.most);
  if (field.kind == Kind::derived) field.name.clear();
  if (entry.contains("otherwise")) field.otherwise = defaults_of(entry["otherwise"], field.kind, where + "/otherwise");
  check_defaults(field, where);
  return field;
}

std::string kind_of(const BlockField& field) {
  if (field.kind == Kind::array) return "region16";
  if (field.kind == Kind::real) return "field_f32";
  if (field.least >= 0) return field.most <= 0xff ? "field_u8" : field.most <= 0xffff ? "field_u16" : "field_u32";
  if (field.least >= -0x80 && field.most < 0x80) return "field_i8";
  return field.least >= -0x8000 && field.most < 0x8000 ? "field_i16" : "field_i32";
}

}  // namespace

std::vector<BlockField> read_block(const Json& block, const Json& fields, const std::string& where) {
  const std::string group = where.substr(0, where.find(": "));
  std::vector<BlockField> result;
  for (std::size_t k = 0; k < block.size(); ++k) {
    const std::string place = fmt::format("{}/block/{}", where, k), key = block[k];
    if (!fields.contains(key)) fail(place, "the group has no field '{}' among its \"fields\"", key);
    const Json& entry = fields[key];
    const std::string name = entry.value("field", key);
    for (const BlockField& other : result)
      if (other.name == name) fail(place, "the field '{}' occurs twice", name);
    if (!result.empty() && result.back().kind == Kind::derived) fail(place, "what is derived stands behind all fields");
    result.push_back(read_field(entry, name, group + ": /fields/" + key));
  }
  return result;
}

std::vector<Operand> operands_of(const std::vector<BlockField>& block, const Kinds& kinds, const std::string& where) {
  std::vector<Operand> operands;
  for (const BlockField& field : block) {
    const std::string kind = kind_of(field);
    const auto known = kinds.operands.find(kind);
    if (known == kinds.operands.end()) fail(where + "/block", "kinds.json has no operand kind '{}'", kind);
    for (const std::string& value : field.values) operands.push_back({value, kind, known->second});
  }
  return operands;
}

}  // namespace mica::codegen
