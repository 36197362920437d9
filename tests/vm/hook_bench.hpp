// A machine in the form `traced`, and what hooks are told as text.
#pragma once

#include <doctest/doctest.h>

#include <string>

#include "tests/vm/bench.hpp"
#include "vm/hooks.hpp"

namespace mica::tests {

class Traced : public Bench {
 public:
  explicit Traced(const Profile& profile, const Host& services = {}, std::string_view form = "traced")
      : Bench(profile, form, 8 * pool_for_one(profile), services) {}

  void choose(std::string_view form) {
    const auto found = std::find(engine().forms.begin(), engine().forms.end(), form);
    REQUIRE(found != engine().forms.end());
    REQUIRE(engine().choose_form(instance(), static_cast<std::size_t>(found - engine().forms.begin())));
  }
  void run_text(const std::string& text, std::uint32_t budget = 7) {
    REQUIRE(describe(engine(), load(text)) == "");
    REQUIRE(run_to_end(budget));
  }
};

// "before vecmul [1 2 3] 0:int8*7!": its cells, arrays with their places, "!" for read-only; ticks and the trap.
inline std::string tell(const Call& call, const Engine* engine = nullptr) {
  const char* const phase = call.phase == Phase::before   ? "before "
                            : call.phase == Phase::around ? "around "
                            : call.phase == Phase::after  ? "after "
                            : call.phase == Phase::left   ? "left "
                                                          : "over";
  std::string text = phase + std::string(call.word);
  if (call.phase == Phase::left) {
    if (call.trap != 0 && engine != nullptr) text += " " + std::string(engine->trap_name(call.trap));
    return text + " " + std::to_string(call.ticks);
  }
  text += " [";
  for (const std::int32_t cell : call.cells) text += (text.back() == '[' ? "" : " ") + std::to_string(cell);
  text += "]";
  const char* const types[] = {"int8", "int16", "int32", "", "", "", "float32"};
  for (const OperandArray& one : call.arrays)
    text += " " + (one.field.empty() ? std::to_string(one.cell) : std::string(one.field)) + ":" +
            types[static_cast<unsigned>(one.view.type)] + "*" + std::to_string(one.view.count) +
            (one.view.read_only ? "!" : "");
  if (call.phase == Phase::after) text += " " + std::to_string(call.ticks);
  if (call.skipped) text += " skipped";
  return text;
}

// With one blank for any number of them.
inline std::string squeezed(std::string_view text) {
  std::string result;
  for (const char one : text)
    if (one != ' ' || (!result.empty() && result.back() != ' ')) result += one;
  return result;
}

}  // namespace mica::tests
