// Words of a program on their way to text: blanks between them, lines of a readable length.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace mica {

// Takes text in pieces; nothing of them is kept.
struct TextSink {
  void* context = nullptr;
  void (*write)(void* context, const char* text, std::size_t size) = nullptr;
};

class TextWriter {
 public:
  // `filler`: printed text needs a character behind its last one, which does not count.
  TextWriter(const TextSink& sink, bool filler) : sink_(sink), filler_(filler) {}

  void word(std::string_view text) {
    end_quote();
    if (column_ > 0 && column_ + 1 + text.size() > line_length && !keep_line) end_line();
    if (column_ == 0) {
      for (unsigned k = 0; k < indent; ++k) put(" ");
    } else {
      put(" ");
    }
    put(text);
  }

  void number(std::int64_t value) {
    char digits[20];
    std::size_t at = sizeof digits;
    std::uint64_t rest = value < 0 ? 0u - static_cast<std::uint64_t>(value) : static_cast<std::uint64_t>(value);
    do digits[--at] = static_cast<char>('0' + rest % 10);
    while ((rest /= 10) != 0);
    if (value < 0) digits[--at] = '-';
    word({digits + at, sizeof digits - at});
  }

  // Text that the program prints; what follows at once is printed by the same word, unless this piece ends it.
  void printed(std::string_view piece, bool ends) {
    if (!quoted_) {
      word(".\"");
      put(" ");
    }
    quoted_ = true;
    put(piece);
    if (ends) end_quote();
  }

  // Text between quotation marks, in lines of its own.
  void begin_block() { word("\""); }
  void block(std::string_view piece) {
    if (column_ + piece.size() > line_length) end_line();
    put(piece);
  }
  void end_block() { put("\""); }

  void end_line() {
    end_quote();
    if (column_ > 0) put("\n");
    column_ = 0;
  }

  unsigned indent = 0;     // of lines that begin from here on
  bool keep_line = false;  // however long it becomes

 private:
  static constexpr std::size_t line_length = 100;

  void end_quote() {
    if (!quoted_) return;
    quoted_ = false;
    put(filler_ ? " \"" : "\"");
  }

  void put(std::string_view text) {
    sink_.write(sink_.context, text.data(), text.size());
    column_ += text.size();
  }

  const TextSink& sink_;
  bool filler_;
  bool quoted_ = false;
  std::size_t column_ = 0;
};

}  // namespace mica
