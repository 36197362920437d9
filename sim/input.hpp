// A text that is read piece by piece.
#pragma once

#include <cstdio>
#include <string>
#include <string_view>

namespace mica::sim {

// Do they begin as a snapshot does, and no text?
bool is_snapshot(std::string_view bytes);

class Input {
 public:
  enum class Holds { text, bytes };

  // Opens a file; "-" is standard input. Throws std::runtime_error, with the name and the reason, when it cannot be
  // read.
  explicit Input(const std::string& name, Holds holds = Holds::text);
  Input(const Input&) = delete;
  Input& operator=(const Input&) = delete;
  ~Input();

  // The next piece, valid until the next call; empty at the end. Throws as the constructor does, and when the file is a
  // snapshot where a text is wanted.
  std::string_view next();

 private:
  [[noreturn]] void fail() const;

  std::string shown_name() const;

  std::string name_;
  std::FILE* stream_;
  char piece_[1 << 14];
  bool may_be_snapshot_;
};

}  // namespace mica::sim
