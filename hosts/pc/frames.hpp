// The frames of a machine by their names, for people.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "sim/node.hpp"

namespace mica::pc {

// The slot of a frame of that name, CompileOptions::no_frame if there is none.
std::uint8_t find_frame(const sim::Node& node, std::string_view name);

// What it does, or has come to.
std::string state_of(const sim::Node& node, const TaskReport& task);

// Name and version, bytes and what the main task does, one frame a line; below it what its other tasks do; and the
// memory that is left. `lines` is the frame that lines of a console extend, or CompileOptions::no_frame; `sources` name
// frames that have no name.
std::string list_of_frames(const sim::Node& node, std::uint8_t lines,
                           const std::map<std::uint8_t, sim::Source>& sources);

// Which other frame imports from the one in a slot, and what to do about it.
std::string use_of(const sim::Node& node, std::uint8_t slot, const std::map<std::uint8_t, sim::Source>& sources);

// The cells on the data stack of a task, the top on the right, in a line; nothing when it is empty.
std::string stack_of(const sim::Node& node, std::uint8_t task);

// What the header of a text calls its frame; nothing without a header.
std::string name_in_header(std::string_view text);

// Does it import something from a frame of that name?
bool imports_from(std::string_view text, std::string_view name);

}  // namespace mica::pc
