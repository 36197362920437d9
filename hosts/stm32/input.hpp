// What comes in on the serial line, in pieces. firmware.hpp says what the control bytes mean.
#pragma once

#include <array>
#include <cstddef>
#include <string_view>

namespace mica::stm32 {

namespace control {
inline constexpr char start_of_setting = 1;
inline constexpr char end_of_transmission = 4;
inline constexpr char cancel = 24;
}  // namespace control

// The next byte; sleeps until there is one.
char receive();

// A piece of a text. It never reaches beyond a line feed or a CAN, so a frame ends where a piece ends.
class Piece {
 public:
  // Takes `first` and what has arrived behind it.
  void read(char first);

  std::string_view text() const { return {bytes_.data(), cancelled() ? size_ - 1 : size_}; }
  bool ends_line() const { return last() == '\n'; }
  bool cancelled() const { return last() == control::cancel; }

 private:
  char last() const { return bytes_[size_ - 1]; }

  std::array<char, 64> bytes_{};
  std::size_t size_ = 1;
};

// The rest of a setting: the text up to the line feed.
class SettingLine {
 public:
  void read();

  std::string_view text() const { return {bytes_.data(), size_}; }
  bool too_long() const { return too_long_; }
  bool cancelled() const { return cancelled_; }

 private:
  std::array<char, 64> bytes_{};
  std::size_t size_ = 0;
  bool too_long_ = false;
  bool cancelled_ = false;
};

// Ignores everything up to the next CAN.
void skip_to_cancel();

}  // namespace mica::stm32
