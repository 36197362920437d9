#include "tests/fuzz/waits.hpp"

#include <string_view>

#include "tests/fuzz/promise.hpp"

namespace mica::fuzz {
namespace {

// The cells of a channel or semaphore as they lie in memory (vm/waiting.hpp).
class Hidden {
 public:
  Hidden(const oracle::Result::Hidden& place, std::span<const std::byte> data, unsigned cell_bits)
      : bytes_(data.subspan(place.first, place.bytes)), cell_bytes_(cell_bits / 8) {}

  std::size_t count() const { return bytes_.size() / cell_bytes_; }
  std::uint32_t cell(std::size_t index) const {
    std::uint32_t value = 0;
    for (std::size_t byte = cell_bytes_; byte > 0; --byte)
      value = value << 8 | std::to_integer<std::uint32_t>(bytes_[index * cell_bytes_ + byte - 1]);
    return value;
  }

 private:
  std::span<const std::byte> bytes_;
  std::size_t cell_bytes_;
};

// The number in a handle.
std::uint32_t number_of(std::int32_t handle, unsigned cell_bits) {
  const std::uint32_t sign = std::uint32_t{1} << (cell_bits - 1);
  return (static_cast<std::uint32_t>(handle) ^ sign) & (sign | (sign - 1));
}

// Is the task whose number, counted from 1, stands there one that can give back what it holds?
bool is_held(std::span<const TaskOutcome> tasks, std::uint32_t number) {
  return number != 0 && number <= tasks.size() && is_live(tasks[number - 1].report.state);
}

// Whether a message fits is known here only where all or none would.
void check_channel(std::string_view word, std::span<const TaskOutcome> tasks, const Hidden& channel) {
  const std::size_t capacity = channel.count() - 4, count = channel.cell(1);
  const bool whole = word.ends_with("array");
  if (word.starts_with("send_"))
    check((whole ? count > 0 : count == capacity) || is_held(tasks, channel.cell(2)),
          "no task waits for room that is there");
  else
    check((whole ? count < capacity : count == 0) || is_held(tasks, channel.cell(3)),
          "no task waits for data that are there");
}

void check_semaphore(std::span<const TaskOutcome> tasks, const Hidden& semaphore) {
  for (std::size_t place = 0; place < semaphore.count(); ++place)
    check(is_held(tasks, semaphore.cell(place)), "no task waits for a semaphore that is free");
}

}  // namespace

void check_waits(const Engine& engine, std::span<const TaskOutcome> tasks, std::span<const std::byte> data,
                 std::span<const oracle::Result::Hidden> hidden) {
  for (const TaskOutcome& task : tasks) {
    const std::string_view word = task.word;
    const bool acquires = word.starts_with("acquire");
    if (task.report.state != TaskState::waiting || word.starts_with("await_")) continue;
    const std::size_t above = word.ends_with("_for") || word.ends_with("array") ? 1 : 0;  // the time
    check(task.cells.size() > above, "a task that waits has the operands on its stack");
    const std::uint32_t number = number_of(task.cells[above], engine.cell_bits);
    for (const oracle::Result::Hidden& one : hidden) {
      if (one.number != number || one.first + one.bytes > data.size()) continue;
      const Hidden cells(one, data, engine.cell_bits);
      acquires ? check_semaphore(tasks, cells) : check_channel(word, tasks, cells);
    }
  }
}

}  // namespace mica::fuzz
