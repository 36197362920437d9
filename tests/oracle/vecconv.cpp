// The word vecconv, section 5 of the page: convolution and pooling.
#include <algorithm>

#include "tests/oracle/machine.hpp"

namespace mica::oracle {

namespace {

// How many windows there are along a side.
std::int64_t windows(std::int64_t length, std::int64_t kernel, std::int64_t stride, std::int64_t pad, bool rexa) {
  const std::int64_t room = length + 2 * pad - kernel;
  if (rexa) return std::max<std::int64_t>(0, room / stride + kernel % 2);
  return room < 0 ? 0 : room / stride + 1;
}

// Is there a window along this side without an element of the matrix?
bool some_empty(std::int64_t windows, std::int64_t length, std::int64_t kernel, std::int64_t stride, std::int64_t pad) {
  for (std::int64_t w = 0; w < windows; ++w) {
    const std::int64_t begin = w * stride - pad;
    if (std::max<std::int64_t>(begin, 0) >= std::min(begin + kernel, length)) return true;
  }
  return false;
}

}  // namespace

void Machine::vecconv() {
  const auto cells = operands(8);
  Matrix m;
  m.elements = resolve(cells[0]);
  m.pools = cells[5] < 0;
  if (cells[5] > 0) m.weights = resolve(cells[1]);
  const Elements out = writable(cells[2]);
  m.width = cells[4];
  m.kernel_width = m.pools ? -cells[5] : cells[5];
  m.stride = cells[6];
  m.pad = cells[7];
  if (m.width < 1 || m.kernel_width == 0 || m.stride < 1 || m.pad < 0 || m.pad > 16383) throw Trap{"invalid_argument"};
  m.way = m.pools ? cells[1] - cells[1] % 256 : 0;
  const bool known = m.way == 256 || m.way == 512 || m.way == 1024 || m.way == 2048;
  if (m.pools && (cells[1] < 0 || !known || cells[1] % 256 == 0)) throw Trap{"invalid_argument"};

  m.height = m.elements.length / m.width;
  m.kernel_height = m.pools ? cells[1] % 256 : m.weights.length / m.kernel_width;
  if (!m.pools && m.weights.length != m.kernel_width * m.kernel_height) throw Trap{"shape_mismatch"};
  if (!settings_.rexa && m.elements.length != m.width * m.height) throw Trap{"shape_mismatch"};
  const std::int64_t across = windows(m.width, m.kernel_width, m.stride, m.pad, settings_.rexa);
  const std::int64_t down = windows(m.height, m.kernel_height, m.stride, m.pad, settings_.rexa);
  if (across == 0 || down == 0) {
    if (!settings_.rexa) throw Trap{"shape_mismatch"};
    return charge_units(1, 56);
  }
  if (across * down > out.length) throw Trap{"shape_mismatch"};
  const bool empty = some_empty(across, m.width, m.kernel_width, m.stride, m.pad) ||
                     some_empty(down, m.height, m.kernel_height, m.stride, m.pad);
  if (m.pools && m.way != 2048 && empty) throw Trap{"shape_mismatch"};

  for (std::int64_t j = 0; j < down; ++j)
    for (std::int64_t i = 0; i < across; ++i) {
      Wide value = window_value(m, j * m.stride - m.pad, i * m.stride - m.pad);
      if (cells[3] != 0) value = scaled(value, cells[3]);
      put(out, j * across + i, value);
    }
  const std::int64_t for_each = m.kernel_width < 32
                                    ? (m.kernel_height + 32 / m.kernel_width - 1) / (32 / m.kernel_width)
                                    : m.kernel_height * ((m.kernel_width + 31) / 32);
  charge_units(across * down * for_each, 56);
}

// What a window comes to before it is scaled.
Machine::Wide Machine::window_value(const Matrix& m, std::int64_t top, std::int64_t left) const {
  std::vector<std::int64_t> inside;
  std::uint64_t sum = 0;
  for (std::int64_t y = 0; y < m.kernel_height; ++y)
    for (std::int64_t x = 0; x < m.kernel_width; ++x) {
      const std::int64_t row = top + y;
      const std::int64_t column = left + x;
      if (row < 0 || row >= m.height || column < 0 || column >= m.width) continue;
      const std::int64_t value = element(m.elements, row * m.width + column);
      const std::int64_t weight = m.pools ? 1 : element(m.weights, y * m.kernel_width + x);
      sum += static_cast<std::uint64_t>(value) * static_cast<std::uint64_t>(weight);
      inside.push_back(value);
    }
  if (m.way == 256) return *std::min_element(inside.begin(), inside.end());
  if (m.way == 512) return *std::max_element(inside.begin(), inside.end());
  const Wide total = wrap(static_cast<std::int64_t>(sum), 2 * settings_.cell_bits);
  return m.way == 1024 ? divided(total, static_cast<Wide>(inside.size())) : total;
}

}  // namespace mica::oracle
