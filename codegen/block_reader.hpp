// The fields of a block, and the operands that they become.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "model.hpp"

namespace mica::codegen {

// The "block" of an entry. `fields` are those that the group defines by name; `where` is the entry, for messages.
std::vector<BlockField> read_block(const nlohmann::ordered_json& block, const nlohmann::ordered_json& fields,
                                   const std::string& where);

// One operand for each value, of the smallest kind that holds it.
std::vector<Operand> operands_of(const std::vector<BlockField>& block, const Kinds& kinds, const std::string& where);

}  // namespace mica::codegen
