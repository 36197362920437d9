// The lines that somebody types, or that come through a pipe.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "vm/report.hpp"

namespace mica::pc {

// What is done while a line is awaited: a piece of it, and for how many microseconds there is nothing to do behind it.
using MeanwhileWork = std::function<Time()>;

enum class LineEvent { line, interrupted, end };

class LineReader {
 public:
  virtual ~LineReader() = default;

  // The next line, without its line feed. Interrupted: Ctrl-C was pressed, what was typed is forgotten.
  virtual LineEvent next(const std::string& prompt, std::string& line) = 0;
};

// Edits lines on the terminal and keeps them in the history. From here on Ctrl-C does not end the command.
std::unique_ptr<LineReader> edited_lines(MeanwhileWork work);

// Lines of standard input as they come, without prompts. next() throws std::runtime_error when it cannot be read.
std::unique_ptr<LineReader> plain_lines();

}  // namespace mica::pc
