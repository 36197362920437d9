// Output of tasks.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "vm/cell.hpp"

namespace mica::inline MICA_PROFILE::vm {

// Decimal digits of n and a blank; returns how many characters of `text` (at least 12) were written.
std::size_t format_number(Cell n, std::span<char> text);

}  // namespace mica::inline MICA_PROFILE::vm
