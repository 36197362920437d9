// Trees and forests, linear models, scaling of features: section 10 of the page.
#include <algorithm>
#include <bit>
#include <cmath>

#include "tests/oracle/blocks.hpp"
#include "tests/oracle/machine.hpp"

namespace mica::oracle {

namespace {

using Numbers = std::vector<std::int64_t>;

double real_of(std::int64_t bits) { return std::bit_cast<float>(static_cast<std::uint32_t>(bits)); }

// Sums and products of two floats, and roots of one, are rounded to floats once if they come from binary64.
std::int64_t bits_of(double value) {
  const auto real = static_cast<float>(value);
  return wrap(std::isnan(real) ? 0x7FC00000 : std::bit_cast<std::uint32_t>(real), 32);
}
double rounded(double value) { return static_cast<double>(static_cast<float>(value)); }

// floor(value / 2^places + 1/2), within so many bits.
std::int64_t shifted(std::int64_t value, std::int64_t places) {
  const std::int64_t divisor = std::int64_t{1} << places;
  std::int64_t quotient = value / divisor, rest = value % divisor;
  if (rest < 0) {
    --quotient;
    rest += divisor;
  }
  return rest >= divisor - rest ? quotient + 1 : quotient;
}
std::int64_t within(std::int64_t value, unsigned bits) {
  const std::int64_t most = (std::int64_t{1} << (bits - 1)) - 1;
  return held(value, -most - 1, most);
}

class Classic {
 public:
  Classic(const Block& block, const LayerArrays& arrays, const LayerTypes& types)
      : block_(block), arrays_(arrays), types_(types), output_(types.find("output")->second) {}

  LayerResult run() {
    if (block_.word == "forest{") {
      forest();
    } else if (block_.word == "linear{") {
      linear();
    } else if (block_.word == "scaler{") {
      scaler();
    } else {
      normalizer();
    }
    return std::move(result_);
  }

 private:
  const Numbers& all(std::string_view field) const { return arrays_.find(field)->second; }
  std::int64_t number(std::string_view field, std::size_t k) const { return all(field).at(k); }
  bool floats(std::string_view field) const { return types_.find(field)->second.floats; }
  void store(std::int64_t value) {
    result_.elements.emplace_back(static_cast<std::int64_t>(result_.elements.size()), value);
  }

  void forest() {
    Numbers roots{0};
    if (block_.has("roots")) roots = all("roots");
    Numbers sums;
    Units units{20};
    for (const std::int64_t root : roots) {
      units.begin();
      const std::int64_t row = leaf_of(root, units);
      if (row < 0) {
        result_.astray = true;
        break;
      }
      const auto outputs = static_cast<std::size_t>(output_.length);
      units.elements(output_.length, 8, 0);
      const bool first = sums.empty();
      sums.resize(outputs);
      for (std::size_t k = 0; k < outputs; ++k) {
        const std::int64_t leaf = number("leaves", static_cast<std::size_t>(row) * outputs + k);
        if (!output_.floats) {
          sums[k] = wrap(sums[k] + leaf, output_.bits);
        } else {
          sums[k] = bits_of(first ? real_of(leaf) : real_of(sums[k]) + real_of(leaf));
        }
      }
    }
    for (const std::int64_t sum : sums) store(sum);
    result_.units = units.count();
  }

  // Below 0: the way leads nowhere.
  std::int64_t leaf_of(std::int64_t root, Units& units) const {
    const auto nodes = static_cast<std::int64_t>(all("features").size());
    const auto rows = static_cast<std::int64_t>(all("leaves").size()) / output_.length;
    for (std::int64_t node = root; node >= 0 && node < nodes;) {
      const auto at = static_cast<std::size_t>(node);
      const std::int64_t feature = number("features", at), skip = number("skips", at);
      if (feature < 0) return skip < rows ? skip : -1;
      units.products(1, 13, 0);
      if (feature >= static_cast<std::int64_t>(all("input").size()) || skip < 1) return -1;
      const std::int64_t x = number("input", static_cast<std::size_t>(feature)), limit = number("thresholds", at);
      const bool left = floats("input") ? real_of(x) <= real_of(limit) : x <= limit;
      node += left ? 1 : skip;
    }
    return -1;
  }

  void linear() {
    const std::size_t outputs = all("bias").size(), inputs = all("weights").size() / outputs;
    Units units;
    for (std::size_t row = 0; row < all("input").size(); row += inputs)
      for (std::size_t o = 0; o < outputs; ++o) {
        store(score(row, o * inputs, inputs, number("bias", o)));
        units.elements(static_cast<std::int64_t>(inputs), 7, 36);
      }
    result_.units = units.count();
  }

  std::int64_t score(std::size_t row, std::size_t first, std::size_t inputs, std::int64_t bias) const {
    std::uint64_t sum = 0;
    double real = 0;
    for (std::size_t k = 0; k < inputs; ++k) {
      const std::int64_t x = number("input", row + k), w = number("weights", first + k);
      if (output_.floats) {
        real = rounded(real + rounded(real_of(x) * real_of(w)));
      } else {
        sum += static_cast<std::uint64_t>(x * w);
      }
    }
    if (output_.floats) return bits_of(real + real_of(bias));
    return within(shifted(static_cast<std::int64_t>(sum), block_.value("shift")) + bias, output_.bits);
  }

  void scaler() {
    const Numbers &input = all("input"), &offsets = all("offsets"), &factors = all("factors");
    for (std::size_t k = 0; k < input.size(); ++k) {
      const std::int64_t offset = offsets[k % offsets.size()], factor = factors[k % factors.size()];
      if (output_.floats) {
        const double x = floats("input") ? real_of(input[k]) : rounded(static_cast<double>(input[k]));
        store(bits_of(rounded(x - real_of(offset)) * real_of(factor)));
      } else {
        store(within(shifted((input[k] - offset) * factor, block_.value("shift")), output_.bits));
      }
    }
    const std::int64_t in_unit = output_.floats ? 25 : 15;
    result_.units = (static_cast<std::int64_t>(input.size()) + in_unit - 1) / in_unit;
  }

  void normalizer() {
    const Numbers& input = all("input");
    const std::int64_t columns = block_.value("columns"), norm = block_.value("norm");
    Units units;
    for (auto row = input.begin(); row != input.end(); row += columns) {
      double size = 0;
      for (auto x = row; x != row + columns; ++x) {
        const double real = std::fabs(real_of(*x));
        if (norm == 2) {
          size = std::isnan(size) || std::isnan(real) ? std::nan("") : std::max(size, real);
        } else {
          size = rounded(size + (norm == 1 ? real : rounded(real * real)));
        }
      }
      if (norm == 0) size = rounded(std::sqrt(size));
      if (size == 0) size = 1;
      for (auto x = row; x != row + columns; ++x) store(bits_of(real_of(*x) / size));
      units.elements(columns, 8, 15);
      if (norm == 0) units.spend(100);
      units.elements(columns, 10, 15);
    }
    result_.units = units.count();
  }

  const Block& block_;
  const LayerArrays& arrays_;
  const LayerTypes& types_;
  const LayerType output_;
  LayerResult result_;
};

}  // namespace

bool is_classic(std::string_view word) {
  return word == "forest{" || word == "linear{" || word == "scaler{" || word == "normalizer{";
}

LayerResult run_classic(const Block& block, const LayerArrays& arrays, const LayerTypes& types) {
  return Classic(block, arrays, types).run();
}

// What was stored before the trap is there, and does not count.
void Machine::go_astray(const Elements& output, const LayerResult& result) {
  for (const auto& [k, value] : result.elements) leave_element(output, k, value);
  charge_units(result.units - 1, 160);
  throw Trap{"invalid_argument"};
}

void Machine::leave_element(const Elements& array, std::int64_t k, std::int64_t value) {
  value = wrap(value, array.bits);
  if (array.region->where == Region::Where::host) {
    host_arrays_.at(array.region->offset).elements.at(static_cast<std::size_t>(k)) = value;
    return;
  }
  for (std::int64_t byte = 0; byte < array.bits / 8; ++byte)
    data_.at(static_cast<std::size_t>(array.address + k * (array.bits / 8) + byte)) =
        static_cast<std::uint8_t>(value >> (8 * byte));
}

}  // namespace mica::oracle
