// mica convert, for models that are graphs of quantised layers: each number is that of the file.
#pragma once

#include <string>
#include <string_view>

#include "hosts/pc/convert.hpp"
#include "jit/engine.hpp"

namespace mica::pc {

// Are these the bytes of a file of TensorFlow Lite?
bool is_tflite(std::string_view bytes);

// Writes the frame and says on standard error what each layer takes. Returns the exit status, 0. ImportError for what
// is wrong with the model, or does not fit the profile.
int convert_tflite(const Engine& engine, const ConvertOptions& options, const std::string& bytes);

}  // namespace mica::pc
