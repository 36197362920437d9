// The digest of what a task did (jit/LANGUAGE.md section 4): equal for every budget, dispatch, fusion and host.
#pragma once

#include <bit>
#include <cstdint>

namespace mica {

class Digest {
 public:
  constexpr Digest() = default;
  // One that goes on from a value.
  constexpr explicit Digest(std::uint32_t value) : state_(value) {}

  constexpr void mix(std::uint32_t value) { state_ = std::rotl((state_ ^ value) * 0x9E3779B1u, 15); }

  constexpr void store(std::uint32_t offset, std::int32_t value) {
    mix(0x53000000u ^ offset);
    mix(static_cast<std::uint32_t>(value));
  }
  constexpr void store_outside(std::uint32_t array, std::uint32_t index, std::int32_t value) {
    mix(0x41000000u ^ array);
    mix(index);
    mix(static_cast<std::uint32_t>(value));
  }
  constexpr void send(std::uint32_t channel, std::int32_t value) {
    mix(0x43000000u ^ channel);
    mix(static_cast<std::uint32_t>(value));
  }
  constexpr void output(char character) { mix(0x4F000000u | static_cast<unsigned char>(character)); }
  constexpr void end(std::uint64_t ticks) {
    mix(0x454E4400u);
    mix(static_cast<std::uint32_t>(ticks));
    mix(static_cast<std::uint32_t>(ticks >> 32));
  }
  constexpr void trap(std::uint32_t number) {
    mix(0x54524150u);
    mix(number);
  }

  constexpr std::uint32_t value() const { return state_; }

 private:
  std::uint32_t state_ = 0x811C9DC5u;
};

}  // namespace mica
