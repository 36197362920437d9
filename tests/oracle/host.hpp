// What the host offers in random programs: small functions and arrays of each kind.
#pragma once

#include "tests/oracle/oracle.hpp"

namespace mica::oracle {

// The function that a token names; null: none.
const HostFunction* function_behind(const Host& host, std::int64_t token);

inline constexpr std::size_t level_array = 2;  // where host-level is among the arrays; `host-tell` adds to it

// Functions: host-add ( n1 n2 -- n3 ), host-tell ( n -- ), host-pair ( -- n1 n2 ), host-check ( n -- n ), which fails
// for n < 0. Arrays: host-samples, writable; host-weights, read-only; host-level with one element.
Host example_host();

}  // namespace mica::oracle
