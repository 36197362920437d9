// The sentences of errors, apart from their names: a core can be built without them.
#include "jit/errors.hpp"

namespace mica {

std::string_view text_of(CompileError error) {
  static constexpr std::string_view texts[] = {"",
#define MICA_TEXT(name, text) text,
                                               MICA_COMPILE_ERRORS(MICA_TEXT)
#undef MICA_TEXT
  };
  return texts[static_cast<unsigned>(error)];
}

}  // namespace mica
