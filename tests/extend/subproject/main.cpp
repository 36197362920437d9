// Tells the profiles of two cores in one program.
#include <cstdio>

#include "jit/engine.hpp"

namespace mica {
const Engine& node32_engine();
const Engine& own_core_engine();
}  // namespace mica

int main() {
  for (const mica::Engine* engine : {&mica::node32_engine(), &mica::own_core_engine()})
    std::printf("%.*s\n", static_cast<int>(engine->profile.size()), engine->profile.data());
}
