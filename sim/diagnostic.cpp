#include "sim/diagnostic.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace mica::sim {
namespace {

constexpr std::size_t excerpt_max = 100;  // bytes of a line that are shown

bool is_blank(char character) { return character == ' ' || character == '\t' || character == '\r'; }
bool is_control(char character) { return static_cast<unsigned char>(character) < 32 || character == 127; }
bool continues_character(char byte) { return (static_cast<unsigned char>(byte) & 0xc0) == 0x80; }  // UTF-8

// Line `number` of a text, from 1; empty when there is none.
std::string_view line_of(std::string_view text, std::uint32_t number) {
  for (; number > 1; --number) {
    const std::size_t end = text.find('\n');
    if (end == std::string_view::npos) return {};
    text.remove_prefix(end + 1);
  }
  return text.substr(0, text.find('\n'));
}

// The part of a line around the byte `at` that is shown: begins and ends between characters.
std::string_view excerpt(std::string_view line, std::size_t at) {
  std::size_t begin = at > excerpt_max / 2 ? at - excerpt_max / 2 : 0;
  while (begin < at && continues_character(line[begin])) ++begin;
  std::size_t end = std::min(line.size(), begin + excerpt_max);
  while (end < line.size() && continues_character(line[end])) ++end;
  return line.substr(begin, end - begin);
}

}  // namespace

std::string diagnostic(const Source& source, Place place, std::string_view sentence, std::string_view name) {
  if (place.line == 0) return fmt::format("{}: error: {} [{}]\n", source.file, sentence, name);
  std::string message =
      fmt::format("{}:{}:{}: error: {} [{}]\n", source.file, place.line, place.column, sentence, name);
  const std::string_view line = line_of(source.text, place.line);
  const std::size_t at = place.column - std::size_t{1};
  if (place.column == 0 || at >= line.size()) return message;
  const std::string_view shown = excerpt(line, at);
  const std::size_t before = at - static_cast<std::size_t>(shown.data() - line.data());
  std::string text = "  ", marks = "  ";
  for (std::size_t k = 0; k < shown.size(); ++k) {
    text += is_control(shown[k]) ? ' ' : shown[k];
    if (k < before && !continues_character(shown[k])) marks += ' ';
  }
  marks += '^';
  for (std::size_t k = before + 1; k < shown.size() && !is_blank(shown[k]); ++k)
    if (!continues_character(shown[k])) marks += '~';
  return message + text + "\n" + marks + "\n";
}

std::string_view word_at(const Source& source, Place place) {
  std::string_view line = line_of(source.text, place.line);
  if (place.line == 0 || place.column == 0 || place.column > line.size()) return {};
  line.remove_prefix(place.column - std::size_t{1});
  return line.substr(0, static_cast<std::size_t>(std::find_if(line.begin(), line.end(), is_blank) - line.begin()));
}

}  // namespace mica::sim
