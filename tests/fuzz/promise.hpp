// What is said when a promise is broken, and memory that finds what is written beside it.
#pragma once

#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#if defined(__SANITIZE_ADDRESS__)
#define MICA_FUZZ_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define MICA_FUZZ_ASAN 1
#endif
#endif
#ifdef MICA_FUZZ_ASAN
#include <sanitizer/asan_interface.h>
#else
#define ASAN_POISON_MEMORY_REGION(begin, size) static_cast<void>(begin), static_cast<void>(size)
#define ASAN_UNPOISON_MEMORY_REGION(begin, size) static_cast<void>(begin), static_cast<void>(size)
#endif

namespace mica::fuzz {

// What is in work, shown when something is wrong.
struct Subject {
  std::string_view profile;
  std::string_view text;
};
inline Subject subject;

// Ends the program with what is in work, unless the promise holds.
inline void check(bool holds, const char* promise) {
  if (holds) return;
  std::fprintf(stderr, "broken promise: %s\nprofile: %s\n--- text\n%s\n---\n", promise,
               std::string(subject.profile).c_str(), std::string(subject.text).c_str());
  std::abort();
}

// Memory for an instance, of any size, between two guards; all of it filled with one byte.
class GuardedMemory {
 public:
  GuardedMemory(std::size_t size, unsigned char filling) : bytes_(size + 2 * guard_bytes, guard) {
    std::memset(inside().data(), filling, size);
    ASAN_POISON_MEMORY_REGION(bytes_.data(), guard_bytes);
    ASAN_POISON_MEMORY_REGION(bytes_.data() + guard_bytes + size, guard_bytes);
  }
  GuardedMemory(const GuardedMemory&) = delete;
  GuardedMemory& operator=(const GuardedMemory&) = delete;
  ~GuardedMemory() {
    ASAN_UNPOISON_MEMORY_REGION(bytes_.data(), bytes_.size());
    for (std::size_t k = 0; k < guard_bytes; ++k)
      check(bytes_[k] == guard && bytes_[bytes_.size() - 1 - k] == guard, "nothing is written beside the instance");
  }

  std::span<std::byte> inside() { return std::span(bytes_).subspan(guard_bytes, bytes_.size() - 2 * guard_bytes); }
  bool holds(const void* begin, std::size_t size) {
    const std::byte* const first = static_cast<const std::byte*>(begin);
    const std::span<std::byte> all = inside();
    return size == 0 || (first >= all.data() && size <= all.size() &&
                         static_cast<std::size_t>(first - all.data()) <= all.size() - size);
  }

 private:
  static constexpr std::size_t guard_bytes = 64;
  static constexpr std::byte guard{0x9b};

  std::vector<std::byte> bytes_;  // aligned to 16, as everything that is allocated
};

}  // namespace mica::fuzz
