// Layers of floats: each operation in binary64, and rounded to binary32 once.
#include <algorithm>
#include <cmath>
#include <limits>

#include "tests/oracle/blocks.hpp"
#include "tests/oracle/floats.hpp"

namespace mica::oracle {

namespace {

using Cells = std::vector<std::int64_t>;

double rounded(double number) { return float_number(float_cell(number)); }

// The fields and arrays of a block, and what all layers do with them.
class FloatLayer {
 public:
  FloatLayer(const Block& block, const LayerArrays& arrays) : block_(block), arrays_(arrays) {}

  bool is(std::string_view word) const { return block_.word == word; }
  bool has(std::string_view field) const { return block_.values.contains(field); }
  std::int64_t integer(std::string_view field, std::size_t k = 0) const { return block_.value(field, k); }
  double real(std::string_view field, std::size_t k = 0) const { return float_number(block_.value(field, k)); }
  const Cells& cells(std::string_view array) const { return arrays_.find(array)->second; }
  std::int64_t length(std::string_view array) const { return static_cast<std::int64_t>(cells(array).size()); }
  double at(std::string_view array, std::int64_t k) const {
    return float_number(cells(array).at(static_cast<std::size_t>(k)));
  }

  double limited(double x) const {
    if (!has("clamp")) return x;
    if (x < real("clamp", 0)) x = real("clamp", 0);
    return x > real("clamp", 1) ? real("clamp", 1) : x;
  }

 private:
  const Block& block_;
  const LayerArrays& arrays_;
};

// --- windows over an image

class FloatImage {
 public:
  explicit FloatImage(const Block& block, const FloatLayer& layer) : layer_(layer) {
    weighted_ = block.has("filter");
    if (layer.has("kernel")) {
      down_ = windows_of(block, false);
      across_ = windows_of(block, true);
      channels_ = layer.integer("size", 2);
    } else if (layer.has("size")) {
      down_ = {layer.integer("size", 0), layer.integer("size", 0), 1, 1, 0, 1};
      across_ = {layer.integer("size", 1), layer.integer("size", 1), 1, 1, 0, 1};
      channels_ = layer.integer("size", 2);
    } else {
      channels_ = layer.length("filter") / layer.length("bias");
      const std::int64_t rows = layer.length("input") / channels_;
      down_ = {rows, 1, 1, 1, 0, rows};
      across_ = {1, 1, 1, 1, 0, 1};
    }
    outputs_ = weighted_ ? layer.length("bias") : channels_;
    groups_ = layer.has("groups") ? layer.integer("groups") : 1;
    separate_ = !weighted_ || layer.is("fdepthwise-conv2d{");
  }

  LayerResult run() {
    LayerResult result;
    for (std::int64_t r = 0; r < down_.count; ++r)
      for (std::int64_t s = 0; s < across_.count; ++s) {
        for (std::int64_t o = 0; o < outputs_; ++o)
          result.elements.emplace_back(static_cast<std::int64_t>(result.elements.size()),
                                       float_cell(layer_.limited(weighted_ ? product(r, s, o) : pooled(r, s, o))));
        charge(r, s);
      }
    result.units = units_.count();
    return result;
  }

 private:
  // each(number of the tap, number of the element's place in the image)
  template <class Each>
  void each_tap(std::int64_t r, std::int64_t s, const Each& each) const {
    for (std::int64_t i = 0; i < down_.kernel; ++i)
      for (std::int64_t j = 0; j < across_.kernel; ++j)
        if (down_.inside(r, i) && across_.inside(s, j))
          each(i * across_.kernel + j, down_.place(r, i) * across_.size + across_.place(s, j));
  }

  double product(std::int64_t r, std::int64_t s, std::int64_t o) const {
    double sum = 0;
    const std::int64_t seen = separate_ ? 1 : channels_ / groups_;
    const std::int64_t first = separate_ ? o / (outputs_ / channels_) : o / (outputs_ / groups_) * seen;
    each_tap(r, s, [&](std::int64_t tap, std::int64_t place) {
      for (std::int64_t k = 0; k < seen; ++k) {
        const std::int64_t weight =
            separate_ ? tap * outputs_ + o : (o * down_.kernel * across_.kernel + tap) * seen + k;
        const double x = layer_.at("input", place * channels_ + first + k);
        sum = rounded(sum + rounded(x * layer_.at("filter", weight)));
      }
    });
    return rounded(sum + layer_.at("bias", o));
  }

  double pooled(std::int64_t r, std::int64_t s, std::int64_t o) const {
    double sum = 0, greatest = -std::numeric_limits<double>::infinity();
    std::int64_t count = 0;
    each_tap(r, s, [&](std::int64_t, std::int64_t place) {
      const double x = layer_.at("input", place * channels_ + o);
      sum = rounded(sum + x);
      if (x > greatest) greatest = x;
      ++count;
    });
    if (layer_.is("fmax-pool{")) return greatest;
    return count == 0 ? 0 : rounded(sum / rounded(static_cast<double>(count)));
  }

  // The work of all results of a window.
  void charge(std::int64_t r, std::int64_t s) {
    const std::int64_t rows = down_.taps_inside(r), taps = across_.taps_inside(s), of_group = outputs_ / groups_;
    for (std::int64_t o = 0, block = 0; o < outputs_; o += block) {
      block = std::min<std::int64_t>(4, of_group - o % of_group);
      units_.begin();
      for (std::int64_t row = 0; row < rows && taps > 0; ++row) {
        if (separate_) {
          units_.products(taps, 3 * block, 20 + (weighted_ ? 10 : 8) * block);
          units_.spend(1);
          continue;
        }
        const std::int64_t stretches = groups_ == 1 && across_.dilation == 1 ? 1 : taps;
        for (std::int64_t k = 0; k < stretches; ++k)
          units_.products(taps / stretches * (channels_ / groups_), block == 4 ? 8 : 3 * block, 20 + 8 * block);
      }
      units_.results(block, 18);
    }
  }

  const FloatLayer& layer_;
  Windows down_{}, across_{};
  std::int64_t channels_ = 1, outputs_ = 1, groups_ = 1;
  bool weighted_ = false;
  bool separate_ = false;  // an output sees one channel
  Units units_{40};
};

// --- one element of one or two

std::int64_t int8_of(const FloatLayer& layer, double x) {
  const double steps = rounded(x / layer.real("scale"));
  const double whole = std::isnan(steps) ? 0 : std::round(std::clamp(steps, -1000.0, 1000.0));
  return held(static_cast<std::int64_t>(whole) + layer.integer("zero"), -128, 127);
}

std::int64_t of_one(const FloatLayer& layer, std::int64_t cell) {
  if (layer.is("fsigmoid{")) return float_function(Kind::float_sigmoid, cell);
  if (layer.is("ftanh{")) return float_function(Kind::float_tangent, cell);
  if (layer.is("dequantise{"))
    return float_cell(static_cast<double>(cell - layer.integer("zero")) * layer.real("scale"));
  const double x = float_number(cell);
  if (layer.is("quantise{")) return int8_of(layer, x);
  if (layer.is("fleaky-relu{")) return float_cell(x > 0 ? x : x * layer.real("slope"));
  if (layer.is("fclamp{")) return float_cell(layer.limited(x));
  double share = rounded(x + 3);  // fhard-swish{
  share = share < 0 ? 0 : share > 6 ? 6 : share;
  return float_cell(rounded(x * share) / 6);
}

double of_two(const FloatLayer& layer, double a, double b) {
  if (layer.is("fmul{")) return a * b;
  return layer.integer("negate") == 0 ? a + b : layer.integer("negate") == 1 ? b - a : a - b;
}

std::int64_t elements_of_unit(const FloatLayer& layer) {
  if (layer.is("fsigmoid{") || layer.is("ftanh{")) return 1;
  if (layer.is("fhard-swish{")) return 18;
  if (layer.is("fadd{") || layer.is("fmul{")) return 30;
  if (layer.is("quantise{")) return 36;
  return layer.is("fleaky-relu{") ? 45 : 60;
}

LayerResult run_each(const Block& block, const FloatLayer& layer) {
  LayerResult result;
  const bool two = block.has("b");
  const Cells& first = layer.cells(two ? "a" : "input");
  const auto count = static_cast<std::int64_t>(first.size());
  for (std::int64_t k = 0; k < count; ++k) {
    const std::int64_t value =
        two ? float_cell(layer.limited(rounded(of_two(layer, layer.at("a", k), layer.at("b", k % layer.length("b"))))))
            : of_one(layer, first[static_cast<std::size_t>(k)]);
    result.elements.emplace_back(k, value);
  }
  result.units = (count - 1) / elements_of_unit(layer) + 1;
  return result;
}

// --- rows

LayerResult run_rows(const FloatLayer& layer) {
  LayerResult result;
  Units units;
  const std::int64_t columns = layer.integer("columns");
  for (std::int64_t begin = 0; begin < layer.length("input"); begin += columns) {
    double greatest = -std::numeric_limits<double>::infinity();
    std::int64_t found = -1;
    for (std::int64_t k = 0; k < columns; ++k) {
      const double x = layer.at("input", begin + k);
      // Minus infinity is more than what is no number.
      if (x > greatest || (found < 0 && x == greatest)) found = k;
      if (x > greatest) greatest = x;
    }
    if (layer.is("fargmax{")) {
      result.elements.emplace_back(begin / columns, std::max<std::int64_t>(found, 0));
      units.elements(columns, 4, 20);
      continue;
    }
    Cells powers;
    double sum = 0;
    for (std::int64_t k = 0; k < columns; ++k) {
      const double below = rounded(layer.at("input", begin + k) - greatest);
      powers.push_back(float_function(Kind::float_exponential, float_cell(below * layer.real("beta"))));
      sum = rounded(sum + float_number(powers.back()));
    }
    for (std::int64_t k = 0; k < columns; ++k)
      result.elements.emplace_back(begin + k, float_cell(float_number(powers[static_cast<std::size_t>(k)]) / sum));
    for (const std::int64_t each : {4, 200, 8}) units.elements(columns, each, 20);
  }
  result.units = units.count();
  return result;
}

}  // namespace

bool run_floats(const Block& block, const LayerArrays& arrays, LayerResult& result) {
  if (!float_words().contains(block.word)) return false;
  const FloatLayer layer(block, arrays);
  if (layer.has("size") || block.has("filter"))
    result = FloatImage(block, layer).run();
  else
    result = layer.has("columns") ? run_rows(layer) : run_each(block, layer);
  return true;
}

}  // namespace mica::oracle
