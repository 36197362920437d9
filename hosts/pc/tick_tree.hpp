// Where the ticks of programs went: for each way that words were called the ticks and how often.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <string>
#include <string_view>

namespace mica::pc {

// A word as it was called from the one above it; those without one above are tasks.
struct TickNode {
  std::string word;
  TickNode* parent = nullptr;
  std::uint64_t self = 0;  // ticks of itself, without those of what it called
  std::uint64_t calls = 0;
  std::map<std::string, TickNode*, std::less<>> children;

  std::uint64_t total() const;
};

class TickTree {
 public:
  // The node of `word`, called from `from`; `found` does not count the call.
  TickNode& called(TickNode& from, std::string_view word);
  TickNode& found(TickNode& from, std::string_view word);
  TickNode& root() { return nodes_.front(); }
  const TickNode& root() const { return nodes_.front(); }

  // "task;word;word 123", a line for each way with ticks of its own: what flame graph programs read.
  std::string folded() const;

 private:
  std::deque<TickNode> nodes_ = std::deque<TickNode>(1);  // stay where they are
};

// A table of words: ticks of each itself and in all, calls, share. The sum is that of all tasks.
std::string table_of(const TickTree&);

// A flame graph that needs nothing but a browser: the width of a box are its ticks.
std::string flame_graph(const TickTree&, std::string_view title);

}  // namespace mica::pc
