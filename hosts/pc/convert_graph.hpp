// mica convert, for models that are graphs of layers.
#pragma once

#include <string>

#include "hosts/pc/convert.hpp"
#include "jit/engine.hpp"

namespace mica::pc {

// Writes the frame and says on standard error what each layer takes. `bytes` are the model's. Returns the exit status,
// 0. ImportError for what is wrong with the model, or does not fit the profile.
int convert_graph(const Engine& engine, const ConvertOptions& options, std::string bytes);

}  // namespace mica::pc
