// How instructions count ticks: `left` is what is left of the slice, less one, so that its sign alone says that the
// slice is over. Only tests build a machine that does not count, to see what that costs: no slice ends there before the
// task pauses.
#pragma once

#ifndef MICA_METERED
#define MICA_METERED 1
#endif

#if MICA_METERED
#define CHARGE(ticks) left -= (ticks)
#define SPENT() (left < 0)
#else
#define CHARGE(ticks) static_cast<void>(0)
#define SPENT() false
#endif

namespace mica {

inline constexpr bool is_metered = MICA_METERED != 0;

}  // namespace mica
