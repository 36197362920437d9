// The fixed-point functions, section 5 of the page, written a second time: with floating point where the page gives a
// real function, with wide integers where it gives a formula.
#pragma once

#include <cstdint>

namespace mica::oracle {

std::int64_t function_log(std::int64_t x);
std::int64_t function_sigmoid(std::int64_t x);
std::int64_t function_sin(std::int64_t x);

constexpr std::int64_t function_count = 4;

// Token of the host's first function; those of the others follow below it.
constexpr std::int64_t first_host_token = -65;

// Function number 0 .. 3: relu, sin, log, sigmoid.
std::int64_t apply_function(std::int64_t number, std::int64_t x);

}  // namespace mica::oracle
