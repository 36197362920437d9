#include "ml/import/block_text.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace mica::ml {
namespace {

constexpr std::size_t line_columns = 100;
constexpr std::size_t listed_max = 8;  // numbers; more are packed

template <typename Number>
std::vector<std::string> texts_of(std::span<const Number> numbers) {
  std::vector<std::string> texts;
  if (numbers.size() > listed_max) return texts;
  for (const Number number : numbers) texts.push_back(fmt::format("{}", number));
  return texts;
}

}  // namespace

std::string z85_text(std::span<const std::byte> bytes) {
  constexpr std::string_view alphabet =
      "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.-:+=^!/*?&<>()[]{}@%$#";
  std::string text = "\"";
  for (std::size_t k = 0; k < bytes.size(); k += 4) {
    std::uint32_t group = 0;
    for (std::size_t j = k; j < k + 4; ++j)
      group = group << 8 | (j < bytes.size() ? static_cast<std::uint32_t>(bytes[j]) : 0u);
    char characters[5];
    for (int j = 4; j >= 0; --j, group /= 85) characters[j] = alphabet[group % 85];
    if (k != 0 && k % (line_columns / 5 * 4) == 0) text += '\n';
    text.append(characters, 5);
  }
  return text + "\"";
}

std::string elements_text(std::span<const float> numbers) {
  if (numbers.size() <= listed_max) return fmt::format("{{ {} }}", fmt::join(numbers, " "));
  return fmt::format("packed {}\n{}", numbers.size_bytes(), z85_text(std::as_bytes(numbers)));
}

void BlockText::add(std::string_view token) {
  if (column_ > 1 && column_ + 1 + token.size() > line_columns) {
    text_ += "\n ";
    column_ = 1;
  }
  text_ += ' ';
  text_ += token;
  column_ += 1 + token.size();
}

BlockText& BlockText::name(std::string_view field, std::string_view name) {
  add(std::string(field) + " " + std::string(name));
  return *this;
}

BlockText& BlockText::numbers(std::string_view field, std::initializer_list<std::int64_t> numbers) {
  std::string text(field);
  for (const std::int64_t number : numbers) text += " " + std::to_string(number);
  add(text);
  return *this;
}

BlockText& BlockText::numbers(std::string_view field, std::initializer_list<std::int64_t> values,
                              std::initializer_list<std::int64_t> otherwise) {
  return std::equal(values.begin(), values.end(), otherwise.begin(), otherwise.end()) ? *this : numbers(field, values);
}

BlockText& BlockText::floats(std::string_view field, std::initializer_list<float> numbers) {
  add(fmt::format("{} {}", field, fmt::join(numbers, " ")));
  return *this;
}

BlockText& BlockText::array(std::string_view field, std::span<const float> numbers) {
  add(field);
  add_array(std::as_bytes(numbers), texts_of(numbers));
  return *this;
}

BlockText& BlockText::array(std::string_view field, std::span<const std::int8_t> numbers) {
  add(field);
  add_array(std::as_bytes(numbers), texts_of(numbers));
  return *this;
}

BlockText& BlockText::array(std::string_view field, std::span<const std::int32_t> numbers) {
  add(field);
  add_array(std::as_bytes(numbers), texts_of(numbers));
  return *this;
}

void BlockText::add_array(std::span<const std::byte> bytes, const std::vector<std::string>& numbers) {
  constant_bytes_ += bytes.size();
  if (!numbers.empty()) {
    add("{");
    for (const std::string& number : numbers) add(number);
    return add("}");
  }
  add("packed " + std::to_string(bytes.size()));
  text_ += "\n" + z85_text(bytes) + "\n ";
  column_ = 1;
}

}  // namespace mica::ml
