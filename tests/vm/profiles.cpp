#include <stdexcept>
#include <string>

#include "tests/vm/profile.hpp"

namespace mica::tests {

const Profile& node32_profile();
const Profile& rexa16_profile();
const Profile& tests_tiny_profile();
const Profile& own16_profile();
const Profile& far_code_profile();
const Profile& small_profile();
const Profile& flash_profile();
const Profile& stm32f4_profile();
const Profile& stm32f1_profile();
const Profile& minimal_profile();

std::span<const Profile* const> profiles() {
  static const Profile* const all[] = {&node32_profile(), &rexa16_profile(), &tests_tiny_profile(), &own16_profile(),
                                       &far_code_profile()};
  return all;
}

const Profile& find_profile(std::string_view name) {
  for (const Profile* profile : profiles())
    if (profile->name == name) return *profile;
  for (const Profile* profile :
       {&small_profile(), &flash_profile(), &stm32f4_profile(), &stm32f1_profile(), &minimal_profile()})
    if (profile->name == name) return *profile;
  throw std::invalid_argument("there is no profile '" + std::string(name) + "'");
}

}  // namespace mica::tests
