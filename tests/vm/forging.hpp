// A snapshot taken apart: what it says of the machine and its tasks can be changed, and put together again with the
// right checksum. Compiled with what codegen made for one profile.
#pragma once

#include <algorithm>
#include <cstdint>
#include <iterator>
#include <memory>
#include <span>
#include <vector>

#include "jit/crc32.hpp"
#include "jit/snapshot_fields.hpp"

namespace mica::inline MICA_PROFILE::forging {

inline constexpr std::size_t identity_bytes = 8 * 4;
inline constexpr std::size_t checksum_bytes = 4;

// The checksum as it should be, whatever lies before it.
inline void sign(std::vector<std::byte>& snapshot) {
  if (snapshot.size() < checksum_bytes) return;
  Crc32 crc;
  const std::size_t end = snapshot.size() - checksum_bytes;
  for (std::size_t k = 0; k < end; ++k) crc.add(std::to_integer<unsigned char>(snapshot[k]));
  for (unsigned k = 0; k < checksum_bytes; ++k) snapshot[end + k] = static_cast<std::byte>(crc.value() >> 8 * k);
}

class OpenSnapshot {
 public:
  explicit OpenSnapshot(std::span<const std::byte> snapshot) : made_(std::make_unique<vm::Machine>()), machine(*made_) {
    for (vm::Task& task : machine.tasks) {  // cells that nobody has written
      std::fill(std::begin(task.stack), std::end(task.stack), Cell{0});
      std::fill(std::begin(task.returns), std::end(task.returns), UCell{0});
    }
    identity_.assign(snapshot.begin(), snapshot.begin() + identity_bytes);
    SnapshotReader in(snapshot.subspan(identity_bytes, snapshot.size() - identity_bytes - checksum_bytes));
    time = in.keep(Time{});
    jit::keep_machine(in, machine);
    for (unsigned k = 0; k < core::limits::tasks; ++k) placed[k] = jit::keep_task(in, machine.tasks[k], 0);
    const std::span<const std::byte> rest = in.take(in.left());
    frames.assign(rest.begin(), rest.end());
    good = in.good();
  }

  std::vector<std::byte> close() {
    std::vector<std::byte> result = identity_;
    const ByteSink sink = {&result, [](void* context, const std::byte* bytes, std::size_t size) {
                             auto& to = *static_cast<std::vector<std::byte>*>(context);
                             to.insert(to.end(), bytes, bytes + size);
                           }};
    SnapshotWriter out(sink);
    out.keep(time);
    jit::keep_machine(out, machine);
    for (unsigned k = 0; k < core::limits::tasks; ++k) jit::keep_task(out, machine.tasks[k], placed[k]);
    result.insert(result.end(), frames.begin(), frames.end());
    result.resize(result.size() + checksum_bytes);
    sign(result);
    return result;
  }

 private:
  const std::unique_ptr<vm::Machine> made_;
  std::vector<std::byte> identity_;

 public:
  vm::Machine& machine;
  Time time = 0;
  std::uint32_t placed[core::limits::tasks] = {};
  std::vector<std::byte> frames;  // with their data and texts
  bool good = false;
};

}  // namespace mica::inline MICA_PROFILE::forging
