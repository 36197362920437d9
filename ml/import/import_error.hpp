// What is wrong with a model or with a file of samples, and where. Its what() is the whole message:
// "FILE: error: SENTENCE [NAME]" or "FILE:LINE:COLUMN: error: SENTENCE [NAME]", and a line feed.
#pragma once

#include <stdexcept>
#include <string>

namespace mica::ml {

struct ImportError : std::runtime_error {
  ImportError(const std::string& place, const std::string& sentence, const std::string& error_name)
      : std::runtime_error(place + ": error: " + sentence + " [" + error_name + "]\n"), name(error_name) {}

  std::string name;  // for programs: "unsupported_operator"
};

}  // namespace mica::ml
