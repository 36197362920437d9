// Models that are no networks, as readers hand them on: what prepares the features, then trees or a linear model, then
// what becomes of the scores.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace mica::ml {

// (x - offset) * factor; one number of each for all features, or one for each.
struct FeatureScale {
  std::vector<float> offsets, factors;
};

enum class RowNorm { l2, l1 };

using Preparation = std::variant<FeatureScale, RowNorm>;

// Nodes in pre-order, as forest{ takes them: the left child of an inner node is the next one, the right one is `skip`
// nodes further on. A feature of -1 is a leaf, and its skip is a row of `leaves`.
struct TreeEnsemble {
  std::vector<std::int32_t> features, skips;
  std::vector<float> thresholds;
  std::vector<std::int32_t> roots;
  std::vector<double> leaves;
  std::size_t inner_nodes = 0, depth = 0;
};

struct LinearModel {
  std::vector<float> weights;  // [output][feature]
  std::vector<float> bias;     // one for each output
};

enum class ScoreFunction { none, logistic, softmax };

struct ClassicModel {
  std::size_t inputs = 0, outputs = 0;
  std::vector<Preparation> preparations;
  std::variant<TreeEnsemble, LinearModel> model;
  ScoreFunction function = ScoreFunction::none;
  std::optional<RowNorm> score_norm;  // behind it
  // Of a classifier what its classes are called, text or whole numbers; of another model nothing.
  std::vector<std::string> labels;
  bool has_number_labels = false;
};

// Are the labels 0, 1, ...?
bool are_indices(const ClassicModel& model);

}  // namespace mica::ml
