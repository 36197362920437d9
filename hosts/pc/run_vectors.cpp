// The test vectors of a core: NAME_vectors [INSTRUCTION]. Each runs in every form of the interpreter that the core has,
// fused and not, in slices as short as can be and in one. Status 1: one of them does not do what it should.
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

#include "jit/engine.hpp"
#include "jit/errors.hpp"

namespace mica {

const Engine& MICA_ENGINE();

namespace {

struct Vector {
  std::string_view instruction, program, output, trap;  // no program: each needs a word that the core lacks
  std::string_view stack = {};  // what is left, top first, where a core has no word that prints it
};
constexpr Vector vectors[] = {
#define VECTOR(instruction, program, output, trap) {instruction, program, output, trap},
#define STACK_VECTOR(instruction, program, stack) {instruction, program, {}, {}, stack},
#define NO_VECTOR(instruction) {instruction, {}, {}, {}},
#include "core/instruction_vectors.inc"
#undef VECTOR
#undef STACK_VECTOR
#undef NO_VECTOR
};

struct Way {
  std::size_t form;
  bool fuse;
  std::uint32_t budget;
};
constexpr std::uint32_t unbounded = 1u << 30;
constexpr std::size_t pool_bytes = std::size_t{1} << 18;  // room for any profile's code and data
constexpr std::uint64_t ticks_max = 1'000'000;

enum class Verdict { right, wrong, too_large };

Verdict refuse(const Vector& vector, const CompileStatus& status) {
  if (is_limit(static_cast<CompileError>(status.error))) return Verdict::too_large;
  std::printf("%s: %s\n  refused at %u:%u: %s\n", vector.instruction.data(), vector.program.data(), status.line,
              status.column, MICA_ENGINE().error_text(status.error).data());
  return Verdict::wrong;
}

std::string stack_of(const Engine& engine, const Instance* machine) {
  std::string text;
  for (std::uint32_t k = 0; k < engine.depth(machine, 0); ++k) text += std::to_string(engine.cell(machine, 0, k)) + ' ';
  return text;
}

Verdict run(const Vector& vector, const Way& way) {
  const Engine& engine = MICA_ENGINE();
  std::string output;
  Host host;
  host.context = &output;
  host.write = [](void* context, const char* text, std::size_t size) {
    static_cast<std::string*>(context)->append(text, size);
  };
  std::vector<std::uint64_t> memory((engine.bytes_min + pool_bytes) / sizeof(std::uint64_t));
  Instance* const machine = engine.create(std::as_writable_bytes(std::span(memory)), host);
  engine.choose_form(machine, way.form);
  engine.begin(machine, {.fuse = way.fuse});
  feed_all(engine, machine, vector.program);
  if (const CompileStatus status = finish_all(engine, machine); status.error != 0) return refuse(vector, status);
  std::uint64_t ticks = 0;
  for (RunReport report{.idle = false}; !report.idle && ticks < ticks_max; ticks += report.ticks)
    report = engine.run(machine, way.budget);

  const TaskReport task = engine.task(machine, 0);
  const std::string_view trap = task.state == TaskState::trapped ? engine.trap_name(task.trap) : std::string_view{};
  const std::string stack = vector.stack.empty() ? "" : stack_of(engine, machine);
  if (task.state != TaskState::ready && trap == vector.trap &&
      (!trap.empty() || (output == vector.output && stack == vector.stack)))
    return Verdict::right;
  std::printf("%s: %s\n  in the form %s, %s, slices of %u ticks: ", vector.instruction.data(), vector.program.data(),
              engine.forms[way.form].data(), way.fuse ? "fused" : "not fused", way.budget);
  std::printf("writes \"%s\" and %s%s\n", output.c_str(),
              task.state == TaskState::ready ? "does not end"
              : trap.empty()                 ? "ends"
                                             : "traps with ",
              trap.data() != nullptr ? trap.data() : "");
  if (!vector.stack.empty())
    std::printf("  leaves %s\n  should leave %s\n", stack.c_str(), vector.stack.data());
  else
    std::printf("  should %s%s\n", vector.trap.empty() ? "write " : "trap with ",
                vector.trap.empty() ? ("\"" + std::string(vector.output) + '"').c_str() : vector.trap.data());
  return Verdict::wrong;
}

Verdict run_all_ways(const Vector& vector) {
  for (std::size_t form = 0; form < MICA_ENGINE().forms.size(); ++form)
    for (const bool fuse : {true, false})
      for (const std::uint32_t budget : {1u, unbounded})
        if (const Verdict verdict = run(vector, {form, fuse, budget}); verdict != Verdict::right) return verdict;
  return Verdict::right;
}

int run_vectors(std::string_view only) {
  unsigned right = 0, wrong = 0, too_large = 0;
  for (const Vector& vector : vectors) {
    if (!only.empty() && vector.instruction != only) continue;
    if (vector.program.empty()) {
      std::printf("%s: no test vector, as each needs a word that the core lacks\n", vector.instruction.data());
      continue;
    }
    switch (run_all_ways(vector)) {
      case Verdict::right: ++right; break;
      case Verdict::wrong: ++wrong; break;
      case Verdict::too_large:
        ++too_large;
        std::printf("%s: does not fit into the profile: %s\n", vector.instruction.data(), vector.program.data());
    }
  }
  std::printf("%s: %u test vectors right, %u wrong, %u too large for the profile\n", MICA_ENGINE().profile.data(),
              right, wrong, too_large);
  return wrong == 0 && right > 0 ? 0 : 1;
}

}  // namespace
}  // namespace mica

int main(int count, char** arguments) { return mica::run_vectors(count > 1 ? arguments[1] : ""); }
