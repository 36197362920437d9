// mica convert for models that are no networks: trees, forests, linear models.
#pragma once

#include <string>

#include "hosts/pc/convert.hpp"
#include "jit/engine.hpp"

namespace mica::pc {

// Returns the exit status, 0. ImportError.
int convert_classic(const Engine& engine, const ConvertOptions& options, const std::string& bytes);

}  // namespace mica::pc
