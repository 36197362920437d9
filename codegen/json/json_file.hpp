// Reads a JSON file and holds it against its schema; the same schema serves editors through "$schema".
#pragma once

#include <nlohmann/json.hpp>
#include <string>

namespace mica::codegen {

// Order of keys is kept as in the file. Throws Failure with line and column of a syntax error, or with the JSON
// pointer of what the schema refuses.
nlohmann::ordered_json read_json(const std::string& file, const std::string& schema_file);

}  // namespace mica::codegen
