// Words for signals: samples of any size, windows and transforms of them, frequencies, bands.
#include <algorithm>
#include <array>
#include <utility>

#include "tests/oracle/author.hpp"

namespace mica::oracle {

Author::Elements Author::some_samples(unsigned length) {
  Elements samples;
  const std::int64_t size = std::int64_t{1} << random_.below(16);
  for (; length > 0; --length) {
    const bool end = random_.percent(5);
    samples.push_back(end ? (random_.percent(50) ? -32768 : 32767) : random_.between(-size, size - 1));
  }
  return samples;
}

// An array of int16, alone or a part of one.
std::size_t Author::samples_of(unsigned length, bool written) {
  const bool table = !written && random_.percent(30);
  if (random_.percent(70)) return declare_of_type(table, 16, length, some_samples(length));
  const unsigned more = random_.count(1, 4), first = random_.below(more + 1);
  return view_of(declare_of_type(table, 16, length + more, some_samples(length + more)), first, length);
}

void Author::samples_in(unsigned length) {
  if (random_.percent(30)) return field_elements("input", 16, some_samples(length), false);
  field_array("input", samples_of(length, false));
}

void Author::columns_field(unsigned columns, unsigned rows) {
  if (rows > 1 || random_.percent(40)) {
    field("columns", {columns});
  } else if (random_.percent(20)) {
    field("columns", {0});
  }
}

std::size_t Author::wide_results(unsigned length) {
  return random_.percent(40) ? declare_array(length, false) : declare_of_type(false, 32, length, {});
}

void Author::plan_moving() {
  static constexpr std::array<std::string_view, 6> statistics{"mean", "deviation", "rms", "least", "greatest", "all"};
  const std::string_view statistic = random_.pick(statistics);
  const bool all = statistic == "all";
  const unsigned length = random_.percent(85) ? random_.count(1, 12) : random_.count(60, 150);
  const unsigned step = random_.percent(50) ? 1 : random_.count(1, 14), windows = random_.count(1, length > 12 ? 3 : 9);
  const unsigned samples = (windows - 1) * step + length + random_.below(step);
  work_ = windows * (4 * length + 60 + (all ? 300 : 140));
  if (!has_room(2 * samples + 10 * windows)) return;
  field("length", {length});
  if (step > 1 || random_.percent(20)) field("step", {step});
  field_choice("of", statistic);
  samples_in(samples);
  const unsigned results = windows * (all ? 5 : 1);
  emit_block("moving{", samples_of(results, true), results, 16);
}

void Author::plan_window() {
  static constexpr std::array<std::string_view, 4> shapes{"hann", "hamming", "blackman", "rectangle"};
  const unsigned columns = random_.percent(90) ? random_.count(1, 16) : random_.count(50, 120);
  const unsigned rows = random_.percent(70) ? 1 : random_.count(2, 3);
  const unsigned length = rows * columns;
  work_ = length * 18;
  if (!has_room(4 * length)) return;
  columns_field(columns, rows);
  field_choice("shape", random_.pick(shapes));
  if (random_.percent(40)) {
    const std::size_t array = samples_of(length, true);
    field_array("input", array);
    return emit_block("window{", array, length, 16);
  }
  samples_in(length);
  emit_block("window{", samples_of(length, true), length, 16);
}

void Author::plan_transform() {
  const bool complex = random_.percent(40);
  const unsigned stages = random_.percent(85) ? random_.count(1, 4) : random_.count(5, 6);
  const unsigned points = 1U << stages, rows = random_.percent(70) ? 1 : random_.count(2, 3);
  work_ = rows * points * (30 + 10 * stages) + rows * 40 * (stages + 2);
  const unsigned in = rows * points * (complex ? 2 : 1), out = complex ? in : in + 2 * rows;
  if (!has_room(2 * (in + out))) return;
  field("size", {points});
  if (complex || random_.percent(30)) field_choice("samples", complex ? "complex" : "real");
  samples_in(in);
  emit_block("fft{", samples_of(out, true), out, 16);
}

void Author::plan_sizes() {
  const bool roots = random_.percent(50);
  const unsigned length = random_.count(1, roots ? 20 : 70);
  work_ = length * (roots ? 45 : 6);
  if (!has_room(8 * length)) return;
  samples_in(2 * length);
  emit_block(roots ? "magnitude{" : "power{", wide_results(length), length, 32);
}

void Author::plan_tones() {
  const unsigned columns = random_.percent(80) ? random_.count(1, 20) : random_.count(30, 80);
  const unsigned rows = random_.percent(75) ? 1 : 2, tones = random_.count(1, 3), results = rows * tones;
  work_ = results * (columns * 13 + 300 + columns * 2);
  if (!has_room(2 * rows * columns + 4 * results)) return;
  const std::int64_t rate = random_.percent(80) ? random_.between(1, 50000) : random_.between(1, 2147483647);
  Elements frequencies;
  for (unsigned k = 0; k < tones; ++k)
    frequencies.push_back(random_.percent(80) ? random_.between(0, rate) : some_multiplier());
  columns_field(columns, rows);
  field("rate", {rate});
  field_elements("frequencies", 32, frequencies, false);
  if (random_.percent(60)) field_choice("of", random_.percent(70) ? "magnitude" : "power");
  samples_in(rows * columns);
  emit_block("goertzel{", wide_results(results), results, 32);
}

void Author::plan_bands() {
  const unsigned columns = random_.percent(80) ? random_.count(1, 20) : random_.count(60, 140);
  const unsigned rows = random_.percent(75) ? 1 : 2, bands = random_.count(1, 4), results = rows * bands;
  work_ = results * (columns * 5 + 400);
  if (!has_room(4 * rows * columns + 4 * results)) return;
  Elements edges, energies;
  for (unsigned k = 0; k < bands + 2; ++k) edges.push_back(random_.below(columns + 1));
  if (random_.percent(80)) std::sort(edges.begin(), edges.end());
  if (random_.percent(10)) edges[random_.below(bands + 2)] = random_.between(-32768, 32767);
  const std::int64_t size = std::int64_t{1} << random_.below(32);
  for (unsigned k = 0; k < rows * columns; ++k)
    energies.push_back(random_.between(random_.percent(5) ? -size : 0, size - 1));
  columns_field(columns, rows);
  field_elements("edges", 16, edges, false);
  field_elements("input", 32, energies, false);
  if (random_.percent(60)) field_choice("scale", random_.percent(70) ? "log" : "linear");
  emit_block("mel{", wide_results(results), results, 32);
}

void Author::plan_signal() {
  static const std::vector<Choice> kinds{{4, &Author::plan_moving},    {3, &Author::plan_window},
                                         {4, &Author::plan_transform}, {4, &Author::plan_sizes},
                                         {3, &Author::plan_tones},     {3, &Author::plan_bands}};
  choose(kinds);
}

}  // namespace mica::oracle
