// Compiling texts, and what is said of those that are wrong.
#pragma once

#include <string>
#include <vector>

#include "hosts/pc/references.hpp"
#include "sim/node.hpp"

namespace mica::pc {

// Compiles a text while it is read and keeps it in `source`; nothing is read behind an error.
CompileStatus load(sim::Node& node, sim::Source& source, const CompileOptions& options);

// The whole text of a file.
sim::Source read_source(const std::string& file);

// Of its functions and arrays.
std::vector<std::string> names_of(const sim::Offer& offer);

// What may have been meant at an error, nothing if there is no guess. `names` are those that the program knows.
std::string hint_of(const sim::Node& node, const sim::Source& source, const CompileStatus& status,
                    const std::vector<std::string>& names);

// The message about an error with the line and, below it, the hint.
std::string explain(const sim::Node& node, const sim::Source& source, const CompileStatus& status,
                    const std::vector<std::string>& names);

// The same of a whole text, the names being those that it defines itself.
std::string explain(const sim::Node& node, const sim::Source& source, const CompileStatus& status);

// What a machine for these programs needs at most: as much as a profile allows beside constants, which are never more
// than twice as large as their text. Where that comes through a pipe its size is not known, and there is room for
// plenty.
std::size_t machine_bytes(const std::vector<std::string>& files);

// Throws std::invalid_argument.
void refuse_second_standard_input(const std::vector<std::string>& files);

}  // namespace mica::pc
