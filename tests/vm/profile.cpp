// Compiled once for each profile, with what codegen made for it.
#include "tests/vm/profile.hpp"

#include <algorithm>
#include <iterator>

#include "core/config.hpp"
#include "core/hook_words.hpp"
#include "core/instruction_table.hpp"

#define MICA_PASTE(profile, suffix) profile##suffix
#define MICA_NAME(profile, suffix) MICA_PASTE(profile, suffix)

namespace mica {

const Engine& MICA_NAME(MICA_PROFILE, _engine)();

}  // namespace mica

namespace mica::tests {
namespace {

// All of these profiles have the word `.`.
#define VECTOR(instruction, program, output, trap) {instruction, program, output, trap},
#define NO_VECTOR(instruction)
constexpr Vector vectors[] = {
#include "core/instruction_vectors.inc"
};
#undef VECTOR
#undef NO_VECTOR

unsigned largest_step() {
  unsigned largest = 0;
  const auto take = [&](const core::InstructionInfo& info) {
    largest = std::max<unsigned>(largest, std::max(info.ticks, info.unit_ticks));
  };
  std::for_each(std::begin(core::instruction_info_one), std::end(core::instruction_info_one), take);
  std::for_each(std::begin(core::instruction_info_two), std::end(core::instruction_info_two), take);
  return largest;
}

// All of them are on the second page.
std::span<const std::string_view> pausing() {
  static std::string_view words[std::size(core::instruction_info_two)];
  std::size_t count = 0;
  for (std::size_t k = 0; k < std::size(core::instruction_info_two); ++k)
    if (core::instruction_info_two[k].control == core::Control::pause) words[count++] = core::hook_words_two[k].word;
  return std::span(words, count);
}

}  // namespace

const Profile& MICA_NAME(MICA_PROFILE, _profile)() {
  namespace limits = core::limits;
  static const Profile profile{
      core::profile,
      core::rexa16,
      core::cell_bits,
      largest_step(),
      {limits::stack_cells, limits::return_cells, limits::tasks, limits::frames, limits::regions, limits::names,
       limits::token_bytes, limits::control_depth, limits::code_bytes, limits::data_bytes},
      vectors,
      pausing(),
      MICA_NAME(MICA_PROFILE, _engine)()};
  return profile;
}

}  // namespace mica::tests
