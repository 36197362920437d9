// Snippets of the group "signal"; the interface of each is its entry in signal.json.
#include "core/snippet_signatures.hpp"
#include "ml/kernels/bands.hpp"
#include "ml/kernels/fourier.hpp"
#include "ml/kernels/moving.hpp"
#include "ml/kernels/spectrum.hpp"
#include "ml/kernels/tones.hpp"

OP_CHECK(moving) {  // ( -- )
  WANT(LENGTH(input) >= length, length);
  windows = (LENGTH(input) - length) / step + 1;
  WANT_LENGTH(output, std::uint64_t{windows} * ml::results_of(static_cast<ml::Statistic>(of)));
  WANT_APART(output, input);
}

OP_UNIT(moving) {
  const ml::Moving layer = {windows, length, step, static_cast<ml::Statistic>(of)};
  const std::uint32_t results = windows * ml::results_of(layer.statistic);
  SOURCE(samples, input, int16, (windows - 1) * step + length);
  TARGET(result, output, int16, results);
  if (!ml::is_inside(layer, progress.place)) TRAP(invalid_argument);
  if (ml::move_statistics(layer, samples, result, progress.place)) COMPLETE(output, results);
}

OP_CHECK(window) {  // ( -- )
  count = LENGTH(input);
  row = columns == 0 ? count : columns;
  WANT(row <= 65535 && count % row == 0, columns);
  WANT_LENGTH(output, count);
  WANT_APART_OR_SAME(output, input);
}

OP_UNIT(window) {
  SOURCE(samples, input, int16, count);
  TARGET(result, output, int16, count);
  const ml::Tapering layer = {count, row, static_cast<ml::WindowShape>(shape)};
  if (!ml::is_inside(layer, progress.place)) TRAP(invalid_argument);
  if (ml::taper(layer, samples, result, progress.place)) COMPLETE(output, count);
}

OP_CHECK(fft) {  // ( -- )
  const ml::Fourier one = {1, points, samples == 0};
  WANT(ml::is_points(points), points);
  rows = LENGTH(input) / ml::source_elements(one);
  WANT(rows > 0 && LENGTH(input) % ml::source_elements(one) == 0, input);
  WANT_LENGTH(output, std::uint64_t{rows} * ml::target_elements(one));
  WANT_APART(output, input);
}

OP_UNIT(fft) {
  const ml::Fourier layer = {rows, points, samples == 0};
  const std::uint32_t results = rows * ml::target_elements(layer);
  SOURCE(row, input, int16, rows * ml::source_elements(layer));
  TARGET(result, output, int16, results);
  if (!ml::is_inside(layer, progress.place)) TRAP(invalid_argument);
  if (ml::transform(layer, row, result, progress.place)) COMPLETE(output, results);
}

OP_CHECK(power) {  // ( -- )
  count = LENGTH(input) / 2;
  WANT(count > 0 && LENGTH(input) % 2 == 0, input);
  WANT_LENGTH(output, count);
  WANT_APART(output, input);
}

OP_UNIT(power) {
  SOURCE(points, input, int16, 2 * count);
  TARGET(result, output, int32, count);
  const ml::Sizes layer = {count};
  if (!ml::is_inside(layer, progress.place)) TRAP(invalid_argument);
  if (ml::find_powers(layer, points, result, progress.place)) COMPLETE(output, count);
}

OP_CHECK(magnitude) {  // ( -- )
  count = LENGTH(input) / 2;
  WANT(count > 0 && LENGTH(input) % 2 == 0, input);
  WANT_LENGTH(output, count);
  WANT_APART(output, input);
}

OP_UNIT(magnitude) {
  SOURCE(points, input, int16, 2 * count);
  TARGET(result, output, int32, count);
  const ml::Sizes layer = {count};
  if (!ml::is_inside(layer, progress.place)) TRAP(invalid_argument);
  if (ml::find_magnitudes(layer, points, result, progress.place)) COMPLETE(output, count);
}

OP_CHECK(goertzel) {  // ( -- )
  row = columns == 0 ? LENGTH(input) : columns;
  WANT(row <= 65535 && LENGTH(input) % row == 0, columns);
  rows = LENGTH(input) / row;
  tones = LENGTH(frequencies);
  WANT_LENGTH(output, std::uint64_t{rows} * tones);
  WANT_APART(output, input);
  WANT_APART(output, frequencies);
}

OP_UNIT(goertzel) {
  SOURCE(samples, input, int16, rows * row);
  SOURCE(wanted, frequencies, int32, tones);
  TARGET(result, output, int32, rows * tones);
  const ml::Tones layer = {rows, row, tones, rate, static_cast<ml::ToneSize>(of)};
  if (!ml::is_inside(layer, progress.place)) TRAP(invalid_argument);
  if (ml::find_tones(layer, {samples, wanted, result}, progress.place)) COMPLETE(output, rows * tones);
}

OP_CHECK(mel) {  // ( -- )
  row = columns == 0 ? LENGTH(input) : columns;
  WANT(LENGTH(input) % row == 0, columns);
  WANT(LENGTH(edges) >= 3, edges);
  rows = LENGTH(input) / row;
  bands = LENGTH(edges) - 2;
  WANT_LENGTH(output, std::uint64_t{rows} * bands);
  WANT_APART(output, input);
  WANT_APART(output, edges);
}

OP_UNIT(mel) {
  SOURCE(energies, input, int32, rows * row);
  SOURCE(corners, edges, int16, bands + 2);
  TARGET(result, output, int32, rows * bands);
  const ml::Bands layer = {rows, row, bands, scale == 1};
  if (!ml::is_inside(layer, progress.place)) TRAP(invalid_argument);
  if (ml::add_bands(layer, {energies, corners, result}, progress.place)) COMPLETE(output, rows * bands);
}
