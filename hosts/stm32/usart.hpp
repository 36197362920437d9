// The serial line of the console: USART1, 8 data bits, no parity, one stop bit.
//
// Sending polls (the emulator has no transmit interrupt). Received bytes go through a ring that the interrupt
// handler fills; when it is full the handler masks itself until the reader has made room. Under the emulator
// no byte is lost that way, however fast the sender is. On the chip a sender that keeps sending for longer
// than the ring lasts loses bytes, which the checksum of the frame shows.
#pragma once

#include <cstdint>

namespace mica::stm32 {

// Sets up the pins and the line with the clocks in force. May be called again.
void usart_start();

// True when the line has been set up since the reset of the chip.
bool usart_started();

// Sends one byte. Gives it up when the line stays busy for much longer than a byte takes.
void usart_send(std::uint8_t byte);

// True when usart_receive would not wait.
bool usart_available();

// The next byte; sleeps until there is one. Interrupts must be enabled.
std::uint8_t usart_receive();

void usart_interrupt();

}  // namespace mica::stm32
