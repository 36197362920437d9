// Blocks of fields as text of a frame: `conv2d{ input a output b filter packed 64 "..." }`.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace mica::ml {

// Four bytes as five characters of Z85, the first the most significant, in lines between quotation marks. The last
// group is filled up with zeros.
std::string z85_text(std::span<const std::byte> bytes);

// Elements as the language has them behind a type: a list of few, packed where they are more.
std::string elements_text(std::span<const float> numbers);

class BlockText {
 public:
  // `word` ends in {.
  explicit BlockText(std::string_view word) : word_(word) { add(word); }

  const std::string& word() const { return word_; }

  BlockText& name(std::string_view field, std::string_view name);
  BlockText& numbers(std::string_view field, std::initializer_list<std::int64_t> numbers);
  // Left out where they are what the field is without them.
  BlockText& numbers(std::string_view field, std::initializer_list<std::int64_t> numbers,
                     std::initializer_list<std::int64_t> otherwise);
  // Floats, also infinite ones.
  BlockText& floats(std::string_view field, std::initializer_list<float> numbers);
  // An array in full; of the type that the field takes first.
  BlockText& array(std::string_view field, std::span<const std::int8_t> numbers);
  BlockText& array(std::string_view field, std::span<const std::int32_t> numbers);
  BlockText& array(std::string_view field, std::span<const float> numbers);

  // With a line feed.
  std::string text() const { return text_ + " }\n"; }
  std::size_t constant_bytes() const { return constant_bytes_; }  // of the arrays so far

 private:
  void add(std::string_view token);
  void add_array(std::span<const std::byte> bytes, const std::vector<std::string>& numbers);

  std::string word_;
  std::string text_ = " ";
  std::size_t column_ = 1;
  std::size_t constant_bytes_ = 0;
};

}  // namespace mica::ml
