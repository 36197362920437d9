// Compiles and runs the text given on the command line. Status 0: it has ended.
#include <cstdio>
#include <vector>

#include "jit/engine.hpp"

namespace mica {
const Engine& own_core_engine();
}

int main(int count, char** arguments) {
  const mica::Engine& engine = mica::own_core_engine();
  std::vector<std::uint64_t> memory(engine.bytes_min / 8 + 1000);
  mica::Host host;
  host.write = [](void*, const char* text, std::size_t size) { std::fwrite(text, 1, size, stdout); };
  mica::Instance* const machine = engine.create(std::as_writable_bytes(std::span(memory)), host);
  engine.begin(machine, {});
  mica::feed_all(engine, machine, count > 1 ? arguments[1] : "3 7 mean .");
  const mica::CompileStatus status = mica::finish_all(engine, machine);
  if (status.error != 0) {
    std::printf("%u:%u: error: %s\n", status.line, status.column, engine.error_text(status.error).data());
    return 1;
  }
  while (!engine.run(machine, 100).idle) {
  }
  return engine.task(machine, 0).state == mica::TaskState::ended ? 0 : 1;
}
