// What conversions of all kinds of models share.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "hosts/pc/boards.hpp"
#include "hosts/pc/convert.hpp"
#include "sim/node.hpp"

namespace mica::pc {

// Where a model came from, for the frame: file, size and checksum.
std::string origin_of(const std::string& model, std::string_view bytes);

// Loads the frame as a device will. ImportError: it does not compile for the profile.
void load_frame(sim::Node& node, const std::string& text, const ConvertOptions& options);

// What the boards say to a frame that the options ask about, a line for each. `why` adds what decides where it does not
// fit. ImportError: it does not fit the one that it must.
std::vector<std::string> verdicts(const ConvertOptions& options, std::string_view text,
                                  const std::function<std::string(const Board&)>& why = {});

// `file` is - for standard output. ImportError: it cannot be written.
void write_text(const std::string& file, const std::string& text);

}  // namespace mica::pc
