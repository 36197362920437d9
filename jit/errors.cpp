#include "jit/errors.hpp"

namespace mica {

std::string_view name_of(CompileError error) {
  static constexpr std::string_view names[] = {"",
#define MICA_NAME(name, text) #name,
                                               MICA_COMPILE_ERRORS(MICA_NAME)
#undef MICA_NAME
  };
  return names[static_cast<unsigned>(error)];
}

std::string_view text_of(CompileError error) {
  static constexpr std::string_view texts[] = {"",
#define MICA_TEXT(name, text) text,
                                               MICA_COMPILE_ERRORS(MICA_TEXT)
#undef MICA_TEXT
  };
  return texts[static_cast<unsigned>(error)];
}

}  // namespace mica
