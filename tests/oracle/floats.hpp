// Floats, as the page has them, in other ways than a machine would take: arithmetic is done in binary64 and the
// functions in a still wider format, and what they give is rounded once; decimals are those of the C++ library.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "tests/oracle/reader.hpp"
#include "tests/oracle/tokens.hpp"

namespace mica::oracle {

// Digits, with a point and digits, with an exponent or without these; the bits as a cell.
std::optional<Number> parse_float(std::string_view token);

std::string float_text(std::uint32_t bits);

std::uint64_t float_ticks(Kind kind);

// What a cell holds as a float; a number as the cell with the float nearest to it; a function of the float in a cell.
double float_number(std::int64_t cell);
std::int64_t float_cell(double number);
std::int64_t float_function(Kind kind, std::int64_t cell);

}  // namespace mica::oracle
