// Makes the linker keep a core as a host does that compiles and runs text. Nobody runs it: what counts is its size.
#include <cstddef>
#include <span>

#include "jit/engine.hpp"

namespace mica {
const Engine& MICA_ENGINE();
}

extern "C" bool core_main(std::byte* memory, std::size_t size) {
  const mica::Engine& engine = mica::MICA_ENGINE();
  return engine.create(std::span(memory, size), {}) != nullptr;
}
