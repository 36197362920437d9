// What conversions of all kinds of models share.
#pragma once

#include <string>
#include <string_view>

#include "hosts/pc/convert.hpp"
#include "sim/node.hpp"

namespace mica::pc {

// Where a model came from, for the frame: file, size and checksum.
std::string origin_of(const std::string& model, std::string_view bytes);

// Loads the frame as a device will. ImportError: it does not compile for the profile.
void load_frame(sim::Node& node, const std::string& text, const ConvertOptions& options);

// `file` is - for standard output. ImportError: it cannot be written.
void write_text(const std::string& file, const std::string& text);

}  // namespace mica::pc
