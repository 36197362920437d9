#include "tests/differential/host.hpp"

#include <array>

namespace mica {

namespace {

constexpr std::array<std::int16_t, 10> first_samples{12, -7, 32767, 0, 5, -32768, 900, 1, -1, 64};
constexpr std::int16_t first_level = 40;

std::array<std::int16_t, 10> samples;
std::array<std::int8_t, 6> weights{3, -128, 127, 0, -1, 9};
std::array<std::int16_t, 1> level;

std::int32_t sum(std::int32_t a, std::int32_t b) {
  return static_cast<std::int32_t>(static_cast<std::uint32_t>(a) + static_cast<std::uint32_t>(b));
}

bool add(void*, std::int32_t* cells) {
  cells[0] = sum(cells[0], cells[1]);
  return true;
}

bool tell(void*, std::int32_t* cells) {
  level[0] = static_cast<std::int16_t>(sum(level[0], cells[0]));
  return true;
}

bool pair(void*, std::int32_t* cells) {
  cells[0] = -300;
  cells[1] = level[0];
  return true;
}

bool check(void*, std::int32_t* cells) { return cells[0] >= 0; }

constexpr std::array<HostFunction, 4> functions{
    {{"host-add", 2, 1, add}, {"host-tell", 1, 0, tell}, {"host-pair", 0, 2, pair}, {"host-check", 1, 1, check}}};

const std::array<HostArray, 3> arrays{{{"host-samples", samples.data(), 10, ml::ElementType::int16, false},
                                       {"host-weights", weights.data(), 6, ml::ElementType::int8, true},
                                       {"host-level", level.data(), 1, ml::ElementType::int16, false}}};

}  // namespace

const sim::Offer& example_offer() {
  static const sim::Offer offer{functions, arrays};
  return offer;
}

void reset_host() {
  samples = first_samples;
  level[0] = first_level;
}

std::vector<std::int64_t> host_elements() {
  std::vector<std::int64_t> elements(samples.begin(), samples.end());
  elements.insert(elements.end(), weights.begin(), weights.end());
  elements.push_back(level[0]);
  return elements;
}

}  // namespace mica
