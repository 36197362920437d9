// State that only some profiles need takes memory in these only.
#pragma once

#include <type_traits>

namespace mica {

// In place of a number that is never anything but 0. Members of one type would not share their place: hence `which`.
template <class Number, int which>
struct AlwaysZero {
  constexpr AlwaysZero& operator=(Number) { return *this; }
  constexpr operator Number() const { return 0; }
};

// A number that is kept if it is needed. Give it no initial value: it begins with 0.
template <class Number>
struct KeptNumber {
  Number value = 0;
  constexpr KeptNumber& operator=(Number number) {
    value = number;
    return *this;
  }
  constexpr operator Number() const { return value; }
};

template <bool needed, class Number, int which = 0>
using Kept = std::conditional_t<needed, KeptNumber<Number>, AlwaysZero<Number, which>>;

}  // namespace mica
