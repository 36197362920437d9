#include "tests/fuzz/round_trip.hpp"

#include <algorithm>
#include <cstdint>
#include <span>
#include <vector>

namespace mica::fuzz {
namespace {

constexpr std::size_t pool_bytes = 24000;

class Frame {
 public:
  explicit Frame(const Engine& engine) : engine_(engine), memory_((engine.bytes_min + pool_bytes) / 8) {}

  std::uint8_t load(std::string_view text, bool fuse) {
    instance_ = engine_.create(std::as_writable_bytes(std::span(memory_)), {});
    engine_.begin(instance_, {.fuse = fuse});
    feed_all(engine_, instance_, text);
    return finish_all(engine_, instance_).error;
  }

  std::string_view decompile(std::string& text) const {
    const auto append = [](void* context, const char* piece, std::size_t size) {
      static_cast<std::string*>(context)->append(piece, size);
    };
    return engine_.decompile(instance_, 0, {&text, append});
  }

  bool operator==(const Frame& other) const {
    return std::ranges::equal(engine_.code(instance_, 0), other.engine_.code(other.instance_, 0)) &&
           std::ranges::equal(engine_.data(instance_, 0), other.engine_.data(other.instance_, 0));
  }

 private:
  const Engine& engine_;
  std::vector<std::uint64_t> memory_;
  Instance* instance_ = nullptr;
};

}  // namespace

std::string round_trip(const Engine& engine, std::string_view text, bool fuse) {
  Frame first(engine), second(engine);
  if (first.load(text, fuse) != 0) return {};
  std::string again;
  if (const std::string_view wrong = first.decompile(again); !wrong.empty())
    return "cannot be decompiled: " + std::string(wrong) + "\n--- so far\n" + again;
  if (const std::uint8_t error = second.load(again, fuse))
    return "what is decompiled does not compile: " + std::string(engine.error_name(error)) + "\n--- it\n" + again;
  if (first == second) return {};
  return "what is decompiled compiles to something else\n--- it\n" + again;
}

}  // namespace mica::fuzz
