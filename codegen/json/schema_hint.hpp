// What a schema wants at a place, in words.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace mica::codegen {

// Says what is wrong with the part of `document` at `path` (keys and indices from the root): the key that is not
// known or missing if that is it, else the value, `finding`, and what `schema` expects there. Follows properties,
// items and references to definitions, as the schemas of this project use them.
std::string explain(const nlohmann::json& schema, const nlohmann::json& document, const std::vector<std::string>& path,
                    const std::string& finding);

}  // namespace mica::codegen
