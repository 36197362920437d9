// Layers whose windows go over an image: coordinate by coordinate, padding being where there is no element.
#include <algorithm>

#include "tests/oracle/blocks.hpp"
#include "tests/oracle/machine.hpp"

namespace mica::oracle {

void Units::products(std::int64_t length, std::int64_t each, std::int64_t run) {
  while (length > 0) {
    if (left_ == 0) next();
    const std::int64_t elements = std::min(length, left_ / each + 1);
    spend(elements * each + run);
    length -= elements;
  }
}

void Units::elements(std::int64_t length, std::int64_t each, std::int64_t run) {
  if (left_ == 0) next();
  for (;;) {
    const std::int64_t elements = std::min(length, left_ / each);
    spend(elements * each + run);
    length -= elements;
    if (length == 0) return;
    next();
  }
}

void Units::results(std::int64_t number, std::int64_t each) {
  if (left_ < number * each) next();
  spend(number * each);
}

namespace {

class Image {
 public:
  Image(const Block& block, const LayerArrays& arrays)
      : block_(block), arrays_(arrays), input_(arrays.find("input")->second) {
    if (block.values.contains("kernel")) {
      down_ = windows_of(block, false);
      across_ = windows_of(block, true);
      channels_ = block.value("size", 2);
      outputs_ = channels_;
    } else if (block.word == "mean{") {
      down_ = {block.value("size", 0), block.value("size", 0), 1, 1, 0, 1};
      across_ = {block.value("size", 1), block.value("size", 1), 1, 1, 0, 1};
      outputs_ = channels_ = block.value("size", 2);
    } else {  // fully-connected{: each row is a window of one tap
      const auto inputs = arrays.find("filter")->second.size() / arrays.find("bias")->second.size();
      channels_ = static_cast<std::int64_t>(inputs);
      const std::int64_t rows = static_cast<std::int64_t>(input_.size()) / channels_;
      down_ = {rows, 1, 1, 1, 0, rows};
      across_ = {1, 1, 1, 1, 0, 1};
    }
    if (block.has("bias")) outputs_ = static_cast<std::int64_t>(arrays.find("bias")->second.size());
    if (block.values.contains("groups")) groups_ = block.value("groups");
    multiplies_ = block.has("filter") && block.word != "depthwise-conv2d{";
  }

  LayerResult run() {
    LayerResult result;
    for (std::int64_t r = 0; r < down_.count; ++r)
      for (std::int64_t s = 0; s < across_.count; ++s) {
        for (std::int64_t o = 0; o < outputs_; ++o)
          result.elements.emplace_back(static_cast<std::int64_t>(result.elements.size()), value(r, s, o));
        charge(r, s);
      }
    result.units = units_.count();
    return result;
  }

 private:
  std::int64_t number(std::string_view array, std::int64_t k) const {
    return arrays_.find(array)->second.at(static_cast<std::size_t>(k));
  }

  // All elements under a window of one channel of the input.
  template <class Each>
  void each_inside(std::int64_t r, std::int64_t s, const Each& each) const {
    for (std::int64_t i = 0; i < down_.kernel; ++i)
      for (std::int64_t j = 0; j < across_.kernel; ++j)
        if (down_.inside(r, i) && across_.inside(s, j))
          each(i, j, down_.place(r, i) * across_.size + across_.place(s, j));
  }

  std::int64_t value(std::int64_t r, std::int64_t s, std::int64_t o) const {
    const std::int64_t low = block_.value("clamp", 0), high = block_.value("clamp", 1);
    if (block_.has("filter")) {
      const std::int64_t scale = arrays_.find("multiplier")->second.size() == 1 ? 0 : o;
      const std::int64_t sum = wrap(weighted_sum(r, s, o), 32);
      return held(rescale(sum, number("multiplier", scale), number("shift", scale), once()) + block_.value("zeros", 1),
                  low, high);
    }
    std::vector<std::int64_t> inside;
    each_inside(r, s, [&](std::int64_t, std::int64_t, std::int64_t at) {
      inside.push_back(input_.at(static_cast<std::size_t>(at * channels_ + o)));
    });
    const auto count = static_cast<std::int64_t>(inside.size());
    if (block_.word == "max-pool{")
      return held(count == 0 ? -128 : *std::max_element(inside.begin(), inside.end()), low, high);
    std::int64_t sum = 0;
    for (const std::int64_t one : inside) sum += one;
    if (block_.word == "average-pool{") return held(count == 0 ? 0 : nearest(sum, count), low, high);
    sum = wrap(sum - count * block_.value("zeros", 0), 32);
    return held(rescale(sum, block_.value("multiplier"), block_.value("shift"), once()) + block_.value("zeros", 1), low,
                high);
  }

  bool once() const { return block_.value("rounding") == 1; }

  // To the nearest integer, halves away from 0.
  static std::int64_t nearest(std::int64_t sum, std::int64_t count) {
    const std::int64_t size = ((sum < 0 ? -sum : sum) + count / 2) / count;
    return sum < 0 ? -size : size;
  }

  std::int64_t weighted_sum(std::int64_t r, std::int64_t s, std::int64_t o) const {
    std::int64_t sum = number("bias", o);
    const std::int64_t zero = block_.value("zeros", 0), of_group = channels_ / groups_;
    each_inside(r, s, [&](std::int64_t i, std::int64_t j, std::int64_t at) {
      const std::int64_t tap = i * across_.kernel + j;
      if (!multiplies_) {
        const std::int64_t channel = o / (outputs_ / channels_);
        sum += (number("input", at * channels_ + channel) - zero) * number("filter", tap * outputs_ + o);
        return;
      }
      const std::int64_t first = o / (outputs_ / groups_) * of_group;
      for (std::int64_t k = 0; k < of_group; ++k)
        sum += (number("input", at * channels_ + first + k) - zero) *
               number("filter", (o * down_.kernel * across_.kernel + tap) * of_group + k);
    });
    return sum;
  }

  // The work of all results of a window.
  void charge(std::int64_t r, std::int64_t s) {
    const std::int64_t rows = down_.taps_inside(r), taps = across_.taps_inside(s), of_group = outputs_ / groups_;
    for (std::int64_t o = 0; o < outputs_;) {
      const std::int64_t block = std::min<std::int64_t>(4, of_group - o % of_group);
      units_.begin();
      for (std::int64_t row = 0; row < rows && taps > 0; ++row) charge_row(taps, o, block);
      units_.results(block, 18);
      o += block;
    }
  }

  // Of the outputs from `o` on.
  void charge_row(std::int64_t taps, std::int64_t o, std::int64_t block) {
    if (!multiplies_) {
      charge_taps(taps, o, block);
      return units_.spend(1);
    }
    const std::int64_t channels = channels_ / groups_, stretches = groups_ == 1 && across_.dilation == 1 ? 1 : taps;
    for (std::int64_t k = 0; k < stretches; ++k)
      units_.products(taps / stretches * channels, block == 4 ? 4 : 2 * block, block == 4 ? 32 : 20 + 10 * block);
  }

  void charge_taps(std::int64_t taps, std::int64_t o, std::int64_t block) {
    if (!block_.has("filter")) return units_.products(taps, block == 4 ? 4 : 3 * block, 32);
    const std::int64_t depth = outputs_ / channels_;
    if (block == 4 && (depth == 1 || o / depth == (o + 3) / depth)) return units_.products(taps, 8, 32);
    units_.products(taps, 3 * block, 20 + 15 * block);
  }

  const Block& block_;
  const LayerArrays& arrays_;
  const std::vector<std::int64_t>& input_;
  Windows down_{}, across_{};
  std::int64_t channels_ = 1, outputs_ = 1, groups_ = 1;
  bool multiplies_ = false;  // an output sees several channels
  Units units_{40};
};

}  // namespace

LayerResult run_layer(const Block& block, const LayerArrays& arrays, std::int64_t element_bytes) {
  LayerResult result;
  if (run_floats(block, arrays, result)) return result;
  if (run_signals(block, arrays, result)) return result;
  if (run_elements(block, arrays, result) || run_rows(block, arrays, element_bytes, result)) return result;
  return Image(block, arrays).run();
}

void Machine::layer(const Block& block) {
  const std::int64_t lowest = -(std::int64_t{1} << (settings_.cell_bits - 1));
  const auto resolved = [&](std::size_t region) { return resolve(lowest + static_cast<std::int64_t>(region), true); };
  LayerArrays arrays;
  LayerTypes types;
  for (const auto& [field, region] : block.arrays) {
    const Elements array = resolved(region);
    types[field] = {array.bits, program_.regions[region].floats, array.length};
    for (std::int64_t k = 0; k < array.length && field != "output"; ++k) arrays[field].push_back(element(array, k));
  }
  const Elements output = resolved(block.arrays.find("output")->second);
  const LayerResult result =
      is_classic(block.word) ? run_classic(block, arrays, types) : run_layer(block, arrays, output.bits / 8);
  if (result.astray) go_astray(output, result);
  for (const auto& [k, value] : result.elements) store_element(output, k, value);
  charge_units(result.units, 160);
}

}  // namespace mica::oracle
