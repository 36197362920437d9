// Trees and forests against trees of pointers, and with numbers that lead nowhere.
#include "ml/kernels/forest.hpp"

#include <doctest/doctest.h>

#include <array>
#include <cmath>
#include <memory>
#include <optional>

#include "tests/ml/any_array.hpp"
#include "tests/ml/layers.hpp"

namespace {

using namespace mica;
using layers::AnyArray;
using layers::Random;
using ml::ElementType;
using Numbers = std::vector<std::int64_t>;

struct Node {
  std::int64_t feature = -1, threshold = 0, row = 0;
  std::unique_ptr<Node> left, right;
};

struct Case {
  std::uint32_t inputs, outputs, rows;
  ElementType type, feature_type, skip_type, leaf_type, output_type;
  std::vector<std::unique_ptr<Node>> trees;
  Numbers input, leaves;
  Numbers thresholds, features, skips, roots;  // of the trees, one after another
};

std::unique_ptr<Node> grow(Random& random, const Case& one, unsigned depth) {
  auto node = std::make_unique<Node>();
  if (depth == 0 || random.percent(15)) {
    node->row = random.below(one.rows);
    if (random.percent(20)) node->feature = random.between(-128, -1);
    return node;
  }
  node->feature = random.below(one.inputs);
  // Often equal to what it is compared with.
  node->threshold = random.percent(25) ? one.input[static_cast<std::size_t>(node->feature)]
                                       : layers::random_element(random, one.type);
  node->left = grow(random, one, depth - 1);
  node->right = grow(random, one, depth - 1);
  return node;
}

// In pre-order: how many nodes that are.
std::int64_t flatten(const Node& node, Case& one) {
  const std::size_t at = one.features.size();
  one.features.push_back(node.feature);
  one.thresholds.push_back(node.threshold);
  one.skips.push_back(node.row);
  if (node.feature < 0) return 1;
  const std::int64_t left = flatten(*node.left, one);
  one.skips[at] = left + 1;
  return 1 + left + flatten(*node.right, one);
}

Case random_case(Random& random) {
  static constexpr std::array types{ElementType::int8, ElementType::int16, ElementType::int32, ElementType::float32};
  Case one;
  one.inputs = random.count(1, 20);
  one.outputs = random.percent(20) ? random.count(40, 100) : random.count(1, 12);
  one.rows = random.count(1, 10);
  one.type = random.pick(types);
  one.feature_type = random.percent(50) ? ElementType::int8 : ElementType::int16;
  one.skip_type = random.percent(50) ? ElementType::int16 : ElementType::int32;
  one.leaf_type = random.pick(types);
  one.output_type = one.leaf_type == ElementType::float32 ? ElementType::float32
                    : random.percent(70)                  ? ElementType::int32
                                                          : ElementType::int16;
  one.input = layers::random_elements(random, one.type, one.inputs);
  one.leaves = layers::random_elements(random, one.leaf_type, std::size_t{one.rows} * one.outputs);
  const unsigned trees = random.percent(40) ? 1 : random.count(2, 12);
  for (unsigned k = 0; k < trees; ++k) {
    one.trees.push_back(grow(random, one, random.percent(5) ? 9 : random.below(6)));
    one.roots.push_back(static_cast<std::int64_t>(one.features.size()));
    flatten(*one.trees.back(), one);
  }
  if (trees == 1 && random.percent(70)) one.roots.clear();
  return one;
}

Numbers expected(const Case& one) {
  Numbers sums;
  for (std::size_t k = 0; k < one.trees.size(); ++k) {
    const Node* node = one.trees[k].get();
    while (node->left != nullptr) {
      const std::int64_t x = one.input[static_cast<std::size_t>(node->feature)];
      const bool left = one.type == ElementType::float32
                            ? layers::float_of_bits(x) <= layers::float_of_bits(node->threshold)
                            : x <= node->threshold;
      node = left ? node->left.get() : node->right.get();
    }
    for (std::uint32_t j = 0; j < one.outputs; ++j) {
      const std::int64_t leaf = one.leaves[static_cast<std::size_t>(node->row) * one.outputs + j];
      if (k == 0) sums.push_back(0);
      if (one.output_type != ElementType::float32)
        sums[j] += leaf;
      else
        sums[j] = layers::bits_of_float(k == 0 ? layers::float_of_bits(leaf)
                                               : layers::float_of_bits(sums[j]) + layers::float_of_bits(leaf));
    }
  }
  for (auto& sum : sums) {
    if (one.output_type == ElementType::int32) sum = static_cast<std::int32_t>(sum);
    if (one.output_type == ElementType::int16) sum = static_cast<std::int16_t>(sum);
  }
  return sums;
}

// The arrays of a case in memory.
struct Arrays {
  explicit Arrays(const Case& one)
      : input(one.type, one.input),
        thresholds(one.type, one.thresholds),
        features(one.feature_type, one.features),
        skips(one.skip_type, one.skips),
        leaves(one.leaf_type, one.leaves),
        roots(ElementType::int16, one.roots),
        output(one.output_type, one.outputs),
        layer{one.inputs, static_cast<std::uint32_t>(one.features.size()),
              std::max<std::uint32_t>(1, static_cast<std::uint32_t>(one.roots.size())), one.rows, one.outputs} {}

  // 0 units: there was no end; nothing: a node leads nowhere.
  std::optional<unsigned> run(const ml::ForestPlace& start) {
    bool astray = false;
    const ml::ForestArrays arrays{input.view(),  thresholds.view(), features.view(), skips.view(),
                                  leaves.view(), roots.view(),      output.view()};
    const unsigned units = layers::run_layer(
        start,
        [&](ml::ForestPlace& place) {
          const ml::Walk walk = ml::walk_any_forest<true>(layer, arrays, place);
          astray = walk == ml::Walk::astray;
          return walk != ml::Walk::goes_on;
        },
        [&](const ml::ForestPlace& place) { return is_inside(layer, place); });
    return astray ? std::nullopt : std::optional(units);
  }

  AnyArray input, thresholds, features, skips, leaves, roots, output;
  ml::Forest layer;
};

}  // namespace

TEST_CASE("forests of any types and shapes, unit by unit") {
  Random random(1);
  unsigned in_units = 0, many = 0;
  for (int turn = 0; turn < 600; ++turn) {
    const Case one = random_case(random);
    Arrays arrays(one);
    const auto units = arrays.run({});
    CHECK_MESSAGE((units && *units > 0), layers::place_of("no end", turn));
    CHECK_MESSAGE(arrays.output.values() == expected(one), layers::place_of("wrong", turn));
    CHECK_MESSAGE(arrays.output.is_unhurt(), layers::place_of("outside", turn));
    CHECK(arrays.input.values() == one.input);
    in_units += units && *units > 2 ? 1 : 0;
    many += one.trees.size() > 1 ? 1 : 0;
  }
  CHECK(in_units > 60);
  CHECK(many > 200);
}

TEST_CASE("what is no number goes right, and what is equal left") {
  for (const auto& [x, wanted] :
       std::vector<std::pair<double, int>>{{1.5, 1}, {1.25, 1}, {1.75, 2}, {-INFINITY, 1}, {NAN, 2}}) {
    Case one{1,
             1,
             2,
             ElementType::float32,
             ElementType::int8,
             ElementType::int16,
             ElementType::int8,
             ElementType::int32,
             {},
             {layers::bits_of_float(x)},
             {1, 2},
             {layers::bits_of_float(1.5), 0, 0},
             {0, -1, -1},
             {2, 0, 1},
             {}};
    Arrays arrays(one);
    CHECK(arrays.run({}) == 1u);
    CHECK(arrays.output.values() == Numbers{wanted});
  }
}

TEST_CASE("a node that leads nowhere is found, whatever it says") {
  const Case good{2,
                  1,
                  2,
                  ElementType::int16,
                  ElementType::int8,
                  ElementType::int16,
                  ElementType::int8,
                  ElementType::int32,
                  {},
                  {5, 6},
                  {1, 2},
                  {5, 0, 0},
                  {0, -1, -1},
                  {2, 0, 1},
                  {0}};
  CHECK(Arrays(good).run({}) == 1u);
  const auto refused = [&](const char* what, const auto& change) {
    Case one{2,
             1,
             2,
             ElementType::int16,
             ElementType::int8,
             ElementType::int16,
             ElementType::int8,
             ElementType::int32,
             {},
             {5, 6},
             {1, 2},
             {5, 0, 0},
             {0, -1, -1},
             {2, 0, 1},
             {0}};
    change(one);
    Arrays arrays(one);
    CHECK_MESSAGE(!arrays.run({}), what);
    CHECK_MESSAGE(arrays.output.is_unhurt(), what);
  };
  refused("feature", [](Case& one) { one.features[0] = 2; });
  refused("skip to itself", [](Case& one) { one.skips[0] = 0, one.thresholds[0] = 4; });
  refused("skip back", [](Case& one) { one.skips[0] = -1, one.thresholds[0] = 4; });
  refused("skip back that is not taken", [](Case& one) { one.skips[0] = -1; });
  refused("skip past the end", [](Case& one) { one.skips[0] = 3, one.thresholds[0] = 4; });
  refused("left past the end", [](Case& one) { one.roots[0] = 2, one.features[2] = 0, one.skips[2] = 1; });
  refused("row", [](Case& one) { one.skips[1] = 2; });
  refused("row below 0", [](Case& one) { one.skips[1] = -1; });
  refused("root", [](Case& one) { one.roots[0] = 3; });
  refused("root below 0", [](Case& one) { one.roots[0] = -1; });
}

TEST_CASE("forests of forged numbers from forged places stay inside and end") {
  Random random(2);
  unsigned ended = 0, astray = 0;
  for (int turn = 0; turn < 4000; ++turn) {
    Case one = random_case(random);
    for (unsigned changes = random.below(4); changes > 0; --changes) {
      Numbers& some = random.percent(40) ? one.skips : random.percent(60) ? one.features : one.roots;
      if (!some.empty()) some[random.below(static_cast<unsigned>(some.size()))] = random.between(-40000, 40000);
    }
    Arrays arrays(one);
    const auto start = random.percent(50) ? ml::ForestPlace{} : layers::random_place<ml::ForestPlace>(random);
    if (!is_inside(arrays.layer, start)) continue;
    const auto units = arrays.run(start);
    CHECK_MESSAGE((!units || *units > 0), layers::place_of("no end", turn));
    CHECK_MESSAGE(arrays.output.is_unhurt(), layers::place_of("outside", turn));
    (units ? ended : astray) += 1;
  }
  CHECK(ended > 300);
  CHECK(astray > 300);
}
