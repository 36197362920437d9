#include "hosts/pc/io.hpp"

#include <chrono>
#include <numeric>

namespace mica::pc {
namespace {

void put_double(std::int32_t* cells, std::int64_t value, unsigned cell_bits) {
  cells[0] = static_cast<std::int32_t>(value);
  cells[1] = static_cast<std::int32_t>(value >> cell_bits);
}

std::int64_t milliseconds() {
  using Clock = std::chrono::steady_clock;
  static const Clock::time_point begin = Clock::now();
  return std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - begin).count();
}

template <unsigned cell_bits>
bool milli(void*, std::int32_t* cells) {
  put_double(cells, milliseconds(), cell_bits);
  return true;
}

template <unsigned cell_bits>
bool double_random(void*, std::int32_t* cells) {
  put_double(cells, -123456, cell_bits);
  return true;
}

bool random_pair(void*, std::int32_t* cells) {
  cells[0] = -100;
  cells[1] = -2000;
  return true;
}

constexpr IoEntry entries[] = {
    {"milli", "( -- d )", "Milliseconds since it was first called."},
    {"random2", "( -- n1 n2 )", "For tests: always -100 and -2000."},
    {"2random", "( -- d )", "For tests: always -123456."},
    {"data1", "( -- handle )", "100 elements of int8, writable, 0 at first."},
    {"data2", "( -- handle )", "100 elements of int16, writable, 0 at first."},
    {"counter", "( -- handle )", "One element of int16, writable, 0 at first."},
    {"sample", "( -- handle )", "8192 elements of int16, read-only: 0, 1, 2 to 8191."},
};

}  // namespace

std::span<const IoEntry> io_entries() { return entries; }

Io::Io(unsigned cell_bits) : data2_(100), sample_(8192), counter_(1), data1_(100) {
  std::iota(sample_.begin(), sample_.end(), std::int16_t{0});
  const bool wide = cell_bits == 32;
  functions_ = {{"milli", 0, 2, wide ? milli<32> : milli<16>},
                {"random2", 0, 2, random_pair},
                {"2random", 0, 2, wide ? double_random<32> : double_random<16>}};
  arrays_ = {{"data2", data2_.data(), 100, ml::ElementType::int16, false},
             {"data1", data1_.data(), 100, ml::ElementType::int8, false},
             {"sample", sample_.data(), 8192, ml::ElementType::int16, true},
             {"counter", counter_.data(), 1, ml::ElementType::int16, false}};
}

}  // namespace mica::pc
