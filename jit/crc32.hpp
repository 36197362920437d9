// CRC-32 of IEEE 802.3 (reflected polynomial 0xEDB88320), four bits at a time: 64 bytes of table.
#pragma once

#include <cstdint>

namespace mica {

class Crc32 {
 public:
  constexpr void add(unsigned char byte) {
    state_ ^= byte;
    state_ = (state_ >> 4) ^ table[state_ & 15];
    state_ = (state_ >> 4) ^ table[state_ & 15];
  }
  constexpr std::uint32_t value() const { return ~state_; }

 private:
  static constexpr std::uint32_t table[16] = {0x00000000, 0x1db71064, 0x3b6e20c8, 0x26d930ac, 0x76dc4190, 0x6b6b51f4,
                                              0x4db26158, 0x5005713c, 0xedb88320, 0xf00f9344, 0xd6d6a3e8, 0xcb61b38c,
                                              0x9b64c2b0, 0x86d3d2d4, 0xa00ae278, 0xbdbdf21c};
  std::uint32_t state_ = 0xffffffff;
};

}  // namespace mica
