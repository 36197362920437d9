#include "tests/vm/bench.hpp"

#include <doctest/doctest.h>

#include <algorithm>

namespace mica::tests {

Bench::Bench(const Profile& profile, std::string_view form, std::size_t pool_bytes, const Host& services,
             std::uint8_t garbage)
    : profile_(profile), services_(services), machine_bytes_(profile.engine.bytes_min + pool_bytes) {
  memory_.assign(machine_bytes_ + 2 * canary_bytes, static_cast<std::byte>(canary));
  std::fill_n(begin(), machine_bytes_, static_cast<std::byte>(garbage));
  Host host;
  host.context = this;
  host.write = [](void* context, const char* text, std::size_t size) {
    static_cast<Bench*>(context)->output.append(text, size);
  };
  host.note_place = [](void* context, std::uint32_t offset, std::uint8_t component, std::uint32_t line,
                       std::uint32_t column) {
    static_cast<Bench*>(context)->places.push_back({offset, component, line, column});
  };
  host.functions = services.functions;
  host.arrays = services.arrays;
  if (services.now != nullptr)
    host.now = [](void* context, std::uint32_t ticks) {
      const Host& to = static_cast<Bench*>(context)->services_;
      return to.now(to.context, ticks);
    };
  if (services.open_constants != nullptr) keep_constants(host);
  instance_ = engine().create({begin(), machine_bytes_}, host);
  REQUIRE(instance_ != nullptr);
  if (form.empty()) return;
  const auto found = std::find(engine().forms.begin(), engine().forms.end(), form);
  REQUIRE(found != engine().forms.end());
  REQUIRE(engine().choose_form(instance_, static_cast<std::size_t>(found - engine().forms.begin())));
}

// Hands calls on with the context that they are for.
void Bench::keep_constants(Host& host) {
  host.open_constants = [](void* context, std::uint8_t frame, std::uint32_t& capacity) {
    const Host& to = static_cast<Bench*>(context)->services_;
    return to.open_constants(to.context, frame, capacity);
  };
  host.write_constants = [](void* context, std::uint8_t frame, std::uint32_t offset, const std::byte* bytes,
                            std::uint32_t size) {
    const Host& to = static_cast<Bench*>(context)->services_;
    return to.write_constants(to.context, frame, offset, bytes, size);
  };
  host.close_constants = [](void* context, std::uint8_t frame, std::uint32_t size) {
    const Host& to = static_cast<Bench*>(context)->services_;
    to.close_constants(to.context, frame, size);
  };
}

Bench::~Bench() { CHECK_MESSAGE(surroundings_are_whole(), profile_.name << ": wrote outside of its memory"); }

bool Bench::surroundings_are_whole() const {
  const auto whole = [&](std::size_t from) {
    return std::all_of(memory_.begin() + static_cast<std::ptrdiff_t>(from),
                       memory_.begin() + static_cast<std::ptrdiff_t>(from + canary_bytes),
                       [](std::byte one) { return one == static_cast<std::byte>(canary); });
  };
  return whole(0) && whole(canary_bytes + machine_bytes_);
}

CompileStatus Bench::load(std::string_view text, const CompileOptions& options, std::size_t chunk) {
  places.clear();
  CompileStatus status = engine().begin(instance_, options);
  while (status.error == 0 && !text.empty()) {
    const std::size_t size = chunk == 0 ? text.size() : std::min(chunk, text.size());
    // A copy of exactly its size, so that a sanitizer sees who reads beyond a chunk.
    const std::vector<char> piece(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(size));
    status = feed_all(engine(), instance_, {piece.data(), size});
    text.remove_prefix(size);
  }
  return status.error == 0 ? finish_all(engine(), instance_) : status;
}

bool Bench::run_to_end(std::uint32_t budget, std::uint64_t ticks_max) {
  std::uint64_t ticks = 0;
  for (;;) {
    const RunReport report = run(budget);
    ticks += report.ticks;
    if (report.idle) return true;
    if (ticks >= ticks_max) return false;
  }
}

std::string Bench::state(std::uint8_t index) const {
  const TaskReport report = task(index);
  switch (report.state) {
    case TaskState::absent: return "absent";
    case TaskState::ready: return "ready";
    case TaskState::ended: return "ended";
    case TaskState::sleeping: return "sleeping";
    case TaskState::waiting: return "waiting";
    case TaskState::trapped: break;
  }
  return "trap " + std::string(engine().trap_name(report.trap));
}

std::vector<std::uint8_t> Bench::code(std::uint8_t index) const {
  const std::span<const std::uint8_t> bytes = engine().code(instance_, index);
  return {bytes.begin(), bytes.end()};
}

std::vector<std::uint8_t> Bench::data(std::uint8_t index) const {
  std::vector<std::uint8_t> bytes;
  for (const std::byte one : engine().data(instance_, index)) bytes.push_back(static_cast<std::uint8_t>(one));
  return bytes;
}

std::string describe(const Engine& engine, const CompileStatus& status) {
  if (status.error == 0) return "";
  return std::string(engine.error_name(status.error)) + " " + std::to_string(status.line) + ":" +
         std::to_string(status.column);
}

}  // namespace mica::tests
