// Files that the command writes, looked at before anything runs.
#pragma once

#include <string>
#include <vector>

namespace mica::pc {

// Throws std::runtime_error with the reason when the file cannot be written. Nothing is created.
void check_writable(const std::string& file);

// Throws std::invalid_argument when one of these, of which each may be empty, is one of those that are read ("-":
// standard input), or stands there twice.
void check_outputs(const std::vector<std::string>& outputs, const std::vector<std::string>& inputs);

}  // namespace mica::pc
