// The checksum of a frame and the comment that declares an effect.
#include <doctest/doctest.h>

#include <string>
#include <string_view>

#include "jit/crc32.hpp"
#include "jit/effect_comment.hpp"

namespace {

using namespace mica;

std::uint32_t crc(std::string_view text) {
  Crc32 sum;
  for (const char character : text) sum.add(static_cast<unsigned char>(character));
  return sum.value();
}

// What stands between the parentheses, as "IN OUT", "none" when it declares nothing, "wrong".
std::string effect(std::string_view text) {
  EffectComment comment;
  for (const char character : text) comment.add(character);
  comment.finish();
  if (!comment.declares()) return "none";
  if (comment.is_wrong()) return "wrong";
  return std::to_string(comment.in()) + " " + std::to_string(comment.out());
}

std::string times(unsigned count, const std::string& item) {
  std::string text;
  for (unsigned k = 0; k < count; ++k) text += item + " ";
  return text;
}

}  // namespace

// The numbers are those of IEEE 802.3, worked out bit by bit apart from this program.
TEST_CASE("the checksum") {
  CHECK(crc("123456789") == 0xcbf43926u);
  CHECK(crc("") == 0);
  CHECK(crc("a") == 0xe8b7be43u);
  CHECK(crc(std::string_view("\0", 1)) == 0xd202ef8du);
  CHECK(crc("\xff\xff\xff\xff") == 0xffffffffu);
  CHECK(crc("7 .\n") == 0x9f27b9d6u);
}

TEST_CASE("the checksum of what came so far can be asked for at any time") {
  Crc32 sum;
  for (const char character : std::string_view("1234")) sum.add(static_cast<unsigned char>(character));
  CHECK(sum.value() == crc("1234"));
  for (const char character : std::string_view("56789")) sum.add(static_cast<unsigned char>(character));
  CHECK(sum.value() == 0xcbf43926u);
}

TEST_CASE("each item is a cell") {
  CHECK(effect("--") == "0 0");
  CHECK(effect(" n -- n ") == "1 1");
  CHECK(effect("a b c--d") == "none");  // the last item is c--d
  CHECK(effect("a b c --") == "3 0");
  CHECK(effect("-- a\tb\r\nc") == "0 3");
  CHECK(effect("a\n--\nb") == "1 1");
  CHECK(effect("( -- x") == "1 1");  // an item may be anything
}

TEST_CASE("doubles are two cells") {
  CHECK(effect("d -- ") == "2 0");
  CHECK(effect("ud --") == "2 0");
  CHECK(effect("d1 ud2 d33 -- ud0 d999") == "6 4");
  CHECK(effect("-- d") == "0 2");
}

TEST_CASE("what only looks like a double is a cell") {
  for (const char* item : {"dd", "du", "data", "udata", "u",    "u2", "u2d", "uud", "2d",       "d2x",  "dx",
                           "D",  "UD", "d-",   "-d",    "ud-1", "d.", "x",   "7",   "\xc3\xa4", "d\xc3"})
    CHECK_MESSAGE(effect(std::string(item) + " --") == "1 0", item);
}

TEST_CASE("dashes") {
  CHECK(effect("") == "none");
  CHECK(effect("   ") == "none");
  CHECK(effect("a b") == "none");
  CHECK(effect("- -") == "none");
  CHECK(effect("---") == "none");
  CHECK(effect("a - b -- c") == "3 1");
  CHECK(effect("--- -- -") == "1 1");
  CHECK(effect("a -- b -- c") == "wrong");
  CHECK(effect("-- -- --") == "wrong");
  CHECK(effect("-- --") == "wrong");
}

TEST_CASE("counts") {
  CHECK(effect(times(30000, "n") + "--") == "30000 0");
  CHECK(effect(times(30001, "n") + "--") == "wrong");
  CHECK(effect("-- " + times(30000, "n")) == "0 30000");
  CHECK(effect("-- " + times(30001, "n")) == "wrong");
  CHECK(effect(times(14999, "d") + "--") == "29998 0");
  CHECK(effect(times(14999, "d") + "x --") == "29999 0");
  CHECK(effect(times(15001, "d") + "--") == "wrong");
  CHECK(effect("-- " + times(100000, "d")) == "wrong");
  CHECK(effect(times(100000, "n")) == "none");
}
