// Ticks as boxes: tasks at the bottom, on each word those that it has called.
#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <string>

#include "hosts/pc/tick_tree.hpp"

namespace mica::pc {
namespace {

constexpr double picture_width = 1200, row_height = 18, margin = 10, title_height = 30;
constexpr double character_width = 6.6;  // of the letters in boxes
constexpr double smallest_box = 0.2;     // pixels

// Words may have bytes that are no UTF-8.
std::string readable(std::string_view text) {
  using Json = nlohmann::json;
  return Json::parse(Json(text).dump(-1, ' ', false, Json::error_handler_t::replace)).get<std::string>();
}

std::string escaped(std::string_view text) {
  std::string result;
  for (const char one : text) {
    switch (one) {
      case '&': result += "&amp;"; break;
      case '<': result += "&lt;"; break;
      case '>': result += "&gt;"; break;
      case '"': result += "&quot;"; break;
      default: result += one;
    }
  }
  return result;
}

// As many characters as there is room for, without breaking one of UTF-8.
std::string fitting(const std::string& text, double width) {
  std::size_t room = static_cast<std::size_t>(std::max(0.0, (width - 6) / character_width));
  if (room < 2) return "";
  std::size_t end = 0;
  while (end < text.size() && room > 0) {
    do ++end;
    while (end < text.size() && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80);
    --room;
  }
  return end == text.size() ? text : text.substr(0, end) + "…";
}

// The same word has the same warm colour everywhere.
std::string colour_of(std::string_view word) {
  unsigned hash = 2166136261u;
  for (const char one : word) hash = (hash ^ static_cast<unsigned char>(one)) * 16777619u;
  return fmt::format("rgb({},{},{})", 210 + hash % 45, 90 + (hash >> 8) % 130, 40 + (hash >> 16) % 50);
}

unsigned height_of(const TickNode& node) {
  unsigned highest = 0;
  for (const auto& [word, child] : node.children) highest = std::max(highest, height_of(*child));
  return highest + 1;
}

class Picture {
 public:
  explicit Picture(const TickTree& tree)
      : all_(std::max<std::uint64_t>(1, tree.root().total())), rows_(height_of(tree.root())) {}

  // Returns the width.
  double draw(const TickNode& node, double x, unsigned row) {
    const std::uint64_t total = node.total();
    const double width = (picture_width - 2 * margin) * static_cast<double>(total) / static_cast<double>(all_);
    if (width < smallest_box) return width;
    const double y = title_height + row_height * (rows_ - 1 - row);
    const std::string word = node.parent == nullptr ? "all tasks" : readable(node.word);
    const double share = 100.0 * static_cast<double>(total) / static_cast<double>(all_);
    text_ += fmt::format(
        "<g><title>{}: {} ticks, {:.2f} %, {} of its own</title>"
        "<rect x=\"{:.2f}\" y=\"{:.0f}\" width=\"{:.2f}\" height=\"{:.0f}\" fill=\"{}\"/>",
        escaped(word), total, share, node.self, x, y, width, row_height - 1, colour_of(word));
    if (const std::string shown = fitting(word, width); !shown.empty())
      text_ += fmt::format("<text x=\"{:.2f}\" y=\"{:.0f}\">{}</text>", x + 3, y + 13, escaped(shown));
    text_ += "</g>\n";
    for (const auto& [name, child] : node.children) x += draw(*child, x, row + 1);
    return width;
  }

  std::string finish(std::string_view title) const {
    const double height = title_height + row_height * rows_ + margin;
    return fmt::format(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{0:.0f}\" height=\"{1:.0f}\" viewBox=\"0 0 {0:.0f} "
        "{1:.0f}\" "
        "font-family=\"monospace\" font-size=\"11\">\n"
        "<rect width=\"100%\" height=\"100%\" fill=\"#fffdf5\"/>\n<text x=\"{2:.0f}\" y=\"20\" "
        "font-size=\"14\">{3}</text>\n"
        "{4}</svg>\n",
        picture_width, height, margin, escaped(readable(title)), text_);
  }

 private:
  const std::uint64_t all_;
  const unsigned rows_;
  std::string text_;
};

}  // namespace

std::string flame_graph(const TickTree& tree, std::string_view title) {
  Picture picture(tree);
  picture.draw(tree.root(), margin, 0);
  return picture.finish(title);
}

}  // namespace mica::pc
