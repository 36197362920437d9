#include "hosts/pc/boards.hpp"

#include <fmt/format.h>

#include <stdexcept>
#include <vector>

#include "hosts/pc/engines.hpp"

namespace mica::pc {

const Board& find_board(std::string_view name) {
  std::string names;
  for (const Board& one : boards()) {
    if (one.name == name) return one;
    names += (names.empty() ? "" : ", ") + std::string(one.name);
  }
  throw std::invalid_argument(fmt::format("there is no board '{}'; there are {}", name, names));
}

// A machine here has wider pointers than there: it gets as much more as it takes more without a frame.
Fit fit_on(const Board& board, std::string_view text) {
  const Engine& engine = find_engine(board.profile);
  const std::size_t bytes = engine.bytes_min + board.instance_bytes - board.machine_bytes;
  std::vector<std::uint64_t> memory((bytes + 7) / 8);
  Host host;
  host.write = [](void*, const char*, std::size_t) {};
  Instance* const instance = engine.create(std::as_writable_bytes(std::span(memory)).first(bytes), host);
  Fit fit;
  fit.bytes = engine.memory(instance).bytes;
  fit.status = engine.begin(instance, {});
  while (fit.status.busy) fit.status = engine.begin(instance, {});
  if (fit.status.error == 0) fit.status = feed_all(engine, instance, text);
  if (fit.status.error == 0) fit.status = finish_all(engine, instance);
  fit.fits = fit.status.error == 0;
  if (!fit.fits)
    fit.error = fmt::format("{} [{}]", engine.error_text(fit.status.error), engine.error_name(fit.status.error));
  fit.used = engine.memory(instance).used_bytes;
  return fit;
}

}  // namespace mica::pc
