#include "hosts/pc/tick_tree.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

namespace mica::pc {
namespace {

// Separates words in a folded stack.
std::string without_separator(std::string word) {
  std::replace(word.begin(), word.end(), ';', ':');
  return word;
}

void fold(const TickNode& node, const std::string& above, std::string& text) {
  const std::string path = above + (above.empty() ? "" : ";") + without_separator(node.word);
  if (node.self != 0) text += fmt::format("{} {}\n", path, node.self);
  for (const auto& [word, child] : node.children) fold(*child, path, text);
}

struct Row {
  std::string_view word;
  std::uint64_t self = 0, total = 0, calls = 0;
};

// Of a word that calls itself only the outermost call counts in all.
void add_rows(const TickNode& node, std::vector<std::string_view>& above, std::map<std::string_view, Row>& rows) {
  Row& row = rows[node.word];
  row.word = node.word;
  row.self += node.self;
  row.calls += node.calls;
  if (std::find(above.begin(), above.end(), node.word) == above.end()) row.total += node.total();
  above.push_back(node.word);
  for (const auto& [word, child] : node.children) add_rows(*child, above, rows);
  above.pop_back();
}

double percent(std::uint64_t part, std::uint64_t whole) {
  return whole == 0 ? 0 : 100.0 * static_cast<double>(part) / static_cast<double>(whole);
}

}  // namespace

std::uint64_t TickNode::total() const {
  std::uint64_t sum = self;
  for (const auto& [name, child] : children) sum += child->total();
  return sum;
}

TickNode& TickTree::called(TickNode& from, std::string_view word) {
  TickNode& node = found(from, word);
  ++node.calls;
  return node;
}

TickNode& TickTree::found(TickNode& from, std::string_view word) {
  auto found = from.children.find(word);
  if (found == from.children.end()) {
    nodes_.push_back({std::string(word), &from, 0, 0, {}});
    found = from.children.emplace(std::string(word), &nodes_.back()).first;
  }
  return *found->second;
}

std::string TickTree::folded() const {
  std::string text;
  for (const auto& [word, task] : root().children) fold(*task, "", text);
  return text;
}

std::string table_of(const TickTree& tree) {
  std::map<std::string_view, Row> rows;
  std::vector<std::string_view> above;
  for (const auto& [word, task] : tree.root().children) add_rows(*task, above, rows);
  std::vector<Row> sorted;
  for (const auto& [word, row] : rows) sorted.push_back(row);
  std::stable_sort(sorted.begin(), sorted.end(), [](const Row& a, const Row& b) { return a.self > b.self; });
  const std::uint64_t sum = tree.root().total();
  std::string text = fmt::format("{:>12}  {:>6}  {:>12}  {:>10}  word\n", "ticks", "share", "in all", "calls");
  for (const Row& row : sorted)
    text += fmt::format("{:>12}  {:>5.1f}%  {:>12}  {:>10}  {}\n", row.self, percent(row.self, sum), row.total,
                        row.calls, row.word);
  return text + fmt::format("{:>12}  ticks of all tasks\n", sum);
}

}  // namespace mica::pc
