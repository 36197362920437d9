// What a task can set for itself; words read it with SETTING and change it with SET.
#pragma once

#include "core/config.hpp"

namespace mica::inline MICA_PROFILE::vm {

struct Settings {
  Cell base = 0;            // of the numbers it writes: 0 decimal, anything else hexadecimal
  bool rounding = false;    // vector words divide to the nearest number, not toward zero
  bool saturation = false;  // and keep results in the range of the element, instead of wrapping them
};

}  // namespace mica::inline MICA_PROFILE::vm
