// The bytes of a model.
#pragma once

#include <string>

namespace mica::ml {

// All of a file, which is not larger than a large network: one that does not fit is told so with numbers, not refused
// unread. ImportError.
std::string read_model_file(const std::string& file);

}  // namespace mica::ml
