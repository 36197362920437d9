#include "hosts/stm32/input.hpp"

#include "hosts/stm32/counting.hpp"
#include "hosts/stm32/usart.hpp"

namespace mica::stm32 {

char receive() { return static_cast<char>(usart_receive()); }

void Piece::read(char first) {
  bytes_[0] = first;
  size_ = 1;
  while (size_ < bytes_.size() && !ends_line() && !cancelled() && (deterministic_input || usart_available()))
    bytes_[size_++] = receive();
}

void SettingLine::read() {
  for (char byte = receive(); byte != '\n'; byte = receive()) {
    if (byte == control::cancel) {
      cancelled_ = true;
      return;
    }
    if (byte == '\r') continue;
    if (size_ == bytes_.size()) {
      too_long_ = true;
    } else {
      bytes_[size_++] = byte;
    }
  }
}

void skip_to_cancel() {
  while (receive() != control::cancel) {
  }
}

}  // namespace mica::stm32
