// Files of the digits network.
#pragma once

#include <string>

namespace mica::tests {

inline std::string zoo(const std::string& file) { return MICA_ZOO "/digits/" + file; }

}  // namespace mica::tests
