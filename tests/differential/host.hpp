// What tests/oracle/host.hpp describes, as the machine's host offers it.
#pragma once

#include <cstdint>
#include <vector>

#include "sim/node.hpp"

namespace mica {

// One machine at a time works with it.
const sim::Offer& example_offer();

// As at the start of a program.
void reset_host();

// The elements of all arrays, one after another.
std::vector<std::int64_t> host_elements();

}  // namespace mica
