// What frames show to their hosts and to other frames by name.
#pragma once

#include <cstdint>
#include <string_view>

#include "vm/machine.hpp"
#include "vm/name.hpp"
#include "vm/report.hpp"

namespace mica::inline MICA_PROFILE::vm {

// The array that a name of a frame stands for; without elements if its length was overwritten.
ml::ArrayView array_of(const Machine&, const Frame&, const Name&);

// The newest name that the loaded frame in slot `frame` exports; null if there is none.
const Name* find_export(const Machine&, std::uint8_t frame, std::string_view name);

ExportReport report_export(const Machine&, std::uint8_t frame, std::string_view name);

}  // namespace mica::inline MICA_PROFILE::vm
