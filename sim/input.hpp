// A text that is read piece by piece.
#pragma once

#include <cstdio>
#include <string>
#include <string_view>

namespace mica::sim {

class Input {
 public:
  // Opens a file; "-" is standard input. Throws std::runtime_error, with the name and the reason, when it cannot be
  // read.
  explicit Input(const std::string& name);
  Input(const Input&) = delete;
  Input& operator=(const Input&) = delete;
  ~Input();

  // The next piece, valid until the next call; empty at the end. Throws as the constructor does.
  std::string_view next();

 private:
  [[noreturn]] void fail() const;

  std::string name_;
  std::FILE* stream_;
  char piece_[1 << 14];
};

}  // namespace mica::sim
