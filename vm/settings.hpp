// What a task can set for itself; words read it with SETTING and change it with SET.
#pragma once

#include "core/config.hpp"

namespace mica::inline MICA_PROFILE::vm {

struct Settings {
  Cell base = 0;  // of the numbers it writes: 0 decimal, anything else hexadecimal
};

}  // namespace mica::inline MICA_PROFILE::vm
