// Functions of numbers in fixed point, with the scales of the REXA VM and its results for all arguments of 16 bits (but
// for those that it has not defined). Pure, total, without division by anything but constants.
#pragma once

#include <cstdint>

namespace mica::ml {

// 100 * log10(x / 10), at most 4.4 below; 0 for x < 10.
std::int32_t logarithm(std::int32_t x);

// 1000 / (1 + e^(-x / 1000)), at most 22 off and monotone; 0 and 1000 from 10000 on.
std::int32_t sigmoid(std::int32_t x);

// 1000 * sin(x / 1000), at most 2.5 off. Angles beyond 16 bits are reduced by whole turns first.
std::int32_t sine(std::int32_t x);

}  // namespace mica::ml
