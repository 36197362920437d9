#include "ml/kernels/copy.hpp"

#include <cstring>

#include "ml/kernels/taps.hpp"
#include "ml/layout/array_view.hpp"

namespace mica::ml {
namespace {

constexpr std::uint32_t copy_work = 2, fill_work = 3, run_work = 15;

// Run by run until the work is used up: each(row, first byte, bytes).
template <std::uint32_t byte_work, class Layer, class Each>
bool walk_runs(const Layer& layer, BlockPlace& place, const Each& each) {
  Work work;
  while (!work.is_used_up()) {
    const std::uint32_t rest = layer.length - place.index, room = work.left() / byte_work + 1;
    const std::uint32_t bytes = rest < room ? rest : room;
    each(std::size_t{place.row}, place.index, bytes);
    work.spend(bytes * byte_work + run_work);
    place.index += bytes;
    if (place.index < layer.length) return false;
    place.index = 0;
    if (++place.row >= layer.rows) return true;
  }
  return false;
}

}  // namespace

bool copy_blocks(const BlockCopy& layer, const std::byte* source, std::byte* target, BlockPlace& place) {
  return walk_runs<copy_work>(layer, place, [&](std::size_t row, std::size_t first, std::size_t bytes) {
    std::memmove(target + row * layer.target_step + first, source + row * layer.source_step + first, bytes);
  });
}

bool fill_blocks(const BlockFill& layer, std::byte* target, BlockPlace& place) {
  return walk_runs<fill_work>(layer, place, [&](std::size_t row, std::uint32_t first, std::uint32_t bytes) {
    std::byte* const run = target + row * layer.target_step;
    const std::uint32_t mask = (layer.element_bytes - 1) & 3;
    std::byte pattern[4];
    store(pattern, layer.value);
    for (std::uint32_t k = first; k < first + bytes; ++k) run[k] = pattern[k & mask];
  });
}

}  // namespace mica::ml
