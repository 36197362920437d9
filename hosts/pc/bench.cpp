#include "hosts/pc/bench.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <limits>
#include <stdexcept>
#include <string>
#include <vector>

#include "hosts/pc/engines.hpp"
#include "sim/node.hpp"

namespace mica::pc {
namespace {

constexpr std::uint64_t period_ticks = 1000;  // a millisecond; without a clock a tick takes a microsecond
constexpr std::uint64_t periods = 2000;
constexpr std::uint64_t piece_max = 250;  // ticks that a unit of a sliced instruction may take at most

// A layer of a million multiplications; with cells of 16 bits no array has more than 65535 elements.
struct Layer {
  unsigned rows, columns;

  unsigned weights() const { return rows * columns; }
};

Layer layer_of(const Engine& engine) { return engine.cell_bits == 16 ? Layer{250, 260} : Layer{1000, 1000}; }

// The layer again and again, an endless loop, and a word to be called each millisecond.
std::string program(const Layer& layer) {
  std::string text = fmt::format(
      "frame response 1 code 300 data {} constants {} tasks 4\n"
      "array in int8 {} array result int8 {} table weights int8 packed {} \"",
      layer.rows + layer.columns + 100, layer.weights(), layer.columns, layer.rows, layer.weights());
  text.append(layer.weights() / 4 * 5, '0');
  return text +
         "\"\n: layer begin in weights result 0 vecfold again ;\n: loops begin again ;\n: quick ;\n"
         "$ quick 9 1 0 every $ layer 0 start $ loops 0 start drop drop drop";
}

struct Response {
  std::uint64_t missed = 0;
  std::uint64_t least = std::numeric_limits<std::uint64_t>::max(), most = 0;  // ticks from release to begin
  std::uint64_t layers = 0, loops = 0;                                        // ticks that the others got

  std::uint64_t jitter() const { return most - least; }
};

Response measure(const Engine& engine, std::uint32_t slice) {
  const Layer layer = layer_of(engine);
  sim::Node node(engine, engine.bytes_min + layer.weights() + 10000);
  const std::string text = program(layer);
  if (const CompileStatus status = node.load(text); status.error != 0)
    throw std::runtime_error(
        fmt::format("{} cannot run the benchmark [{}]", engine.profile, engine.error_name(status.error)));
  Response response;
  std::uint64_t now = 0, seen = 0;
  while (seen < periods) {
    const RunReport report = node.run(slice);
    const TaskReport task = node.task(report.task);
    if (task.id == 2) {
      // Released at the begin of each period, counted from when the main task started it.
      const std::uint64_t late = now - (report.wake - period_ticks);
      response.least = std::min(response.least, late);
      response.most = std::max(response.most, late);
      response.missed = task.missed;
      ++seen;
    }
    if (task.id == 3) response.layers += report.ticks;
    if (task.id == 4) response.loops += report.ticks;
    now += report.ticks;
  }
  return response;
}

}  // namespace

int bench_scheduler(const BenchOptions& options) {
  std::vector<std::string> profiles{"node32", "stm32f4", "stm32f1"};
  if (!options.profile.empty()) profiles = {options.profile};
  fmt::print("A task each {} ticks beside a large layer and an endless loop; {} periods:\n\n", period_ticks, periods);
  fmt::print("{:<10} {:>8} {:>7} {:>7} {:>13} {:>8} {:>7} {:>11}\n", "profile", "weights", "slice", "missed",
             "begins after", "at most", "jitter", "of others");
  bool good = true;
  for (const std::string& name : profiles)
    for (const std::uint32_t slice : {100u, 1000u, 100000u}) {
      const Response response = measure(find_engine(name), slice);
      fmt::print("{:<10} {:>8} {:>7} {:>7} {:>13} {:>8} {:>7} {:>5}/{:<5}\n", name,
                 layer_of(find_engine(name)).weights(), slice, response.missed, response.least, response.most,
                 response.jitter(), response.layers / 1000, response.loops / 1000);
      good = good && response.missed == 0 && response.jitter() <= piece_max;
    }
  fmt::print("\nAll in ticks, that of others in thousands: the layer and the loop.\n{}\n",
             good ? "No deadline is missed, and no task waits longer than the longest piece of another."
                  : "NOT as promised: no deadline may be missed, and the jitter be 250 at most.");
  return good ? 0 : 1;
}

}  // namespace mica::pc
