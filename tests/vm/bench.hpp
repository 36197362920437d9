// One machine under test: in memory of exactly the size asked for, between bytes that must stay as they are, with a
// record of all that it tells its host.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "tests/vm/profile.hpp"

namespace mica::tests {

inline constexpr std::uint32_t unbounded = 0x7fffffff - 1024;  // the largest budget

// A call of note_place.
struct Place {
  std::uint32_t offset, component, line, column;
  bool operator==(const Place&) const = default;
};

class Bench {
 public:
  // Memory beyond that of the machine itself that holds any one frame.
  static std::size_t pool_for_one(const Profile& profile) {
    // Code and data get a quarter each, unless the header of the frame says otherwise.
    return std::size_t{4} * std::max(profile.limits.code_bytes, profile.limits.data_bytes) + 64;
  }

  explicit Bench(const Profile& profile, std::string_view form = {}) : Bench(profile, form, pool_for_one(profile)) {}
  // `services`: what the host has beside its output and the record of places. Its context is for the constants and the
  // clock.
  // The memory of the machine is full of `garbage` before.
  Bench(const Profile& profile, std::string_view form, std::size_t pool_bytes, const Host& services = {},
        std::uint8_t garbage = canary);
  ~Bench();  // checks that the bytes around the memory are whole
  Bench(const Bench&) = delete;
  Bench& operator=(const Bench&) = delete;

  CompileStatus feed(std::string_view text) { return feed_all(engine(), instance_, text); }
  // In chunks of `chunk` bytes; 0: at once.
  CompileStatus load(std::string_view text, const CompileOptions& options = {}, std::size_t chunk = 0);
  RunReport run(std::uint32_t budget) { return engine().run(instance_, budget); }
  // Until no task is ready or `ticks_max` ticks are used up; false in the latter case.
  bool run_to_end(std::uint32_t budget, std::uint64_t ticks_max = 1000000);

  TaskReport task(std::uint8_t index = 0) const { return engine().task(instance_, index); }
  // "ended", "trap NAME", "ready", "sleeping", "waiting" or "absent".
  std::string state(std::uint8_t task = 0) const;
  std::string error_name(const CompileStatus& status) const { return std::string(engine().error_name(status.error)); }

  const Profile& profile() const { return profile_; }
  const Engine& engine() const { return profile_.engine; }
  Instance* instance() { return instance_; }
  std::span<const std::byte> memory() const { return {memory_.data() + canary_bytes, machine_bytes_}; }
  std::vector<std::uint8_t> code(std::uint8_t frame = 0) const;
  std::vector<std::uint8_t> data(std::uint8_t frame = 0) const;
  FrameReport frame(std::uint8_t index = 0) const { return engine().frame(instance_, index); }
  std::uint32_t schedule_digest() const { return engine().schedule_digest(instance_); }

  // Are the bytes before and after the memory as they were?
  bool surroundings_are_whole() const;

  static constexpr std::uint8_t canary = 0xA5;

  std::string output;
  std::vector<Place> places;

 private:
  static constexpr std::size_t canary_bytes = 256;

  std::byte* begin() { return memory_.data() + canary_bytes; }

  void keep_constants(Host& host);

  const Profile& profile_;
  const Host services_;
  std::vector<std::byte> memory_;
  std::size_t machine_bytes_;
  Instance* instance_ = nullptr;
};

// "ERROR LINE:COLUMN", or "" when there is none.
std::string describe(const Engine& engine, const CompileStatus& status);

}  // namespace mica::tests
