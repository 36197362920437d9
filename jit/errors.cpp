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

bool is_limit(CompileError error) {
  switch (error) {
    case CompileError::token_too_long:
    case CompileError::text_too_long:
    case CompileError::names_full:
    case CompileError::code_full:
    case CompileError::data_full:
    case CompileError::constants_full:
    case CompileError::regions_full:
    case CompileError::control_too_deep:
    case CompileError::word_too_large:
    case CompileError::branch_too_far:
    case CompileError::frame_too_large:
    case CompileError::frames_full:
    case CompileError::tasks_full: return true;
    default: return false;
  }
}

}  // namespace mica
