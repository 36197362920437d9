// Words with a block of fields, section 9 of the page: which there are, what a text says in one, and what it comes to.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace mica::oracle {

struct Region;

// A field: an array of one of the types, as many numbers or floats, or one of the choices.
struct Field {
  std::string_view name;
  std::vector<std::string_view> types = {};
  bool written = false;
  std::size_t numbers = 0;
  std::int64_t least = 0, most = 0;
  std::vector<std::string_view> choices = {};
  std::optional<std::vector<std::int64_t>> otherwise = {};
  bool floats = false;  // numbers that are cells with the bits of floats
  bool optional = false;  // an array that may be left out
};

// Null: there is no such word.
const std::vector<Field>* fields_of(std::string_view word);
std::vector<std::string_view> block_words();

// Those of layers of floats, float_blocks.cpp.
const std::map<std::string_view, std::vector<Field>>& float_words();

struct Block {
  std::string word;
  std::map<std::string, std::size_t, std::less<>> arrays;                // numbers in their handles
  std::map<std::string, std::vector<std::int64_t>, std::less<>> values;  // a choice is the number of it

  std::int64_t value(std::string_view field, std::size_t k = 0) const { return values.find(field)->second.at(k); }
  bool has(std::string_view field) const { return arrays.contains(field); }
};

// Throws InvalidText that names the field.
void check_block(const Block& block, const std::vector<Region>& regions);

// One direction of windows that go over an image.
struct Windows {
  std::int64_t size, kernel, stride, dilation, before, count;

  // Where a tap lies; what is not in 0 .. size-1 is padding.
  std::int64_t place(std::int64_t window, std::int64_t tap) const { return window * stride + tap * dilation - before; }
  bool inside(std::int64_t window, std::int64_t tap) const {
    return place(window, tap) >= 0 && place(window, tap) < size;
  }
  std::int64_t taps_inside(std::int64_t window) const;
};

// Down or across; InvalidText where they do not fit.
Windows windows_of(const Block& block, bool across);

// What a layer stores, in the order in which it counts, and the units that it takes.
struct LayerResult {
  std::vector<std::pair<std::int64_t, std::int64_t>> elements;  // index and value
  std::int64_t units = 0;
  bool astray = false;  // a tree leads nowhere: what there is is of those before, and the last unit does not end
};

using LayerArrays = std::map<std::string, std::vector<std::int64_t>, std::less<>>;

LayerResult run_layer(const Block& block, const LayerArrays& arrays, std::int64_t element_bytes);

// Of the elements of arrays.
struct LayerType {
  unsigned bits = 0;
  bool floats = false;
  std::int64_t length = 0;
};
using LayerTypes = std::map<std::string, LayerType, std::less<>>;

// Trees, linear models, scaling: classic.cpp.
bool is_classic(std::string_view word);
LayerResult run_classic(const Block& block, const LayerArrays& arrays, const LayerTypes& types);

// x * m / 2^31 * 2^e, as the page says.
std::int64_t rescale(std::int64_t x, std::int64_t m, std::int64_t e, bool once);

// The units of a layer while its work is done, in the order in which it is done.
class Units {
 public:
  // `again`: work that a unit begins with when it goes on with what another one has begun.
  explicit Units(std::int64_t again = 0) : again_(again) {}

  std::int64_t count() const { return count_; }
  // A stretch of products: runs, each of as many as there is room for, and one more.
  void products(std::int64_t length, std::int64_t each, std::int64_t run);
  // Elements in runs, each of as many as there is room for.
  void elements(std::int64_t length, std::int64_t each, std::int64_t run);
  void results(std::int64_t number, std::int64_t each);
  // Something new, which takes as much as going on with it would.
  void begin() {
    if (left_ == 0) return next();
    spend(again_);
  }
  void spend(std::int64_t work) { left_ = work < left_ ? left_ - work : 0; }

 private:
  void next() {
    ++count_;
    left_ = 360 - again_;
  }

  std::int64_t again_ = 0, left_ = 360, count_ = 1;
};

// Of one element each, layer_elements.cpp; of rows, layer_rows.cpp.
bool run_elements(const Block& block, const LayerArrays& arrays, LayerResult& result);
bool run_rows(const Block& block, const LayerArrays& arrays, std::int64_t element_bytes, LayerResult& result);

// Layers of floats, float_layers.cpp.
bool run_floats(const Block& block, const LayerArrays& arrays, LayerResult& result);
// Of signals, signals.cpp.
bool run_signals(const Block& block, const LayerArrays& arrays, LayerResult& result);
bool is_signal(std::string_view word);

// Functions on numbers with a fixed point, layer_functions.cpp.
std::int64_t product_high(std::int64_t a, std::int64_t b);           // a * b / 2^31
std::int64_t divided_by_power(std::int64_t x, std::int64_t places);  // halves away from zero
std::int64_t fixed_exponential(std::int64_t x, unsigned integer_bits);
std::int64_t fixed_inverse(std::int64_t x);  // 2 / (1 + x), 2 bits before the point
std::int64_t fixed_logistic(std::int64_t x);
std::int64_t fixed_tangent(std::int64_t x);
std::int64_t held(std::int64_t value, std::int64_t low, std::int64_t high);

}  // namespace mica::oracle
