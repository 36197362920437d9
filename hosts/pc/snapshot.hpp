// Files of snapshots.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "sim/node.hpp"

namespace mica::pc {

// Throws std::runtime_error if a machine of the profile has none, std::invalid_argument if the file is there and holds
// something else.
void expect_snapshots(sim::Node& node, const std::string& file);

// Writes the state of a machine to a file. Throws std::runtime_error, which says why, if that cannot be.
void write_snapshot(sim::Node& node, const std::vector<sim::Source>& sources, const std::string& file);

// Throws std::runtime_error with the reason if the file cannot be read.
std::vector<std::byte> read_snapshot(const std::string& file);

// The profile that a snapshot is of. Throws std::runtime_error if the command carries none such.
const Engine& engine_of(const std::vector<std::byte>& snapshot, const std::string& file);

// Takes the snapshot of a file up in a machine that is empty; the texts of its frames come to `sources`. Throws
// std::runtime_error.
void take_up(sim::Node& node, const std::vector<std::byte>& snapshot, const std::string& file,
             std::vector<sim::Source>& sources);

}  // namespace mica::pc
