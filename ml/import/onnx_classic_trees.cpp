// The nodes of TreeEnsembleClassifier and TreeEnsembleRegressor, which lie in any order and name their children by
// numbers, in pre-order.
#include <fmt/format.h>

#include <cmath>
#include <limits>
#include <map>
#include <utility>

#include "ml/import/graph.hpp"
#include "ml/import/onnx_classic_nodes.hpp"

namespace mica::ml {
namespace {

constexpr std::size_t nodes_max = std::size_t{1} << 22;
constexpr std::int64_t features_max = 32767;  // what a forest can name

using Key = std::pair<std::int64_t, std::int64_t>;  // tree, node

struct Branch {
  std::int64_t feature = -1;
  float threshold = 0;
  std::int64_t left = 0, right = 0;  // numbers of nodes of the same tree
  bool is_leaf = false;
};

class Ensemble {
 public:
  Ensemble(const ClassicNode& node, bool classifies, ClassicModel& model)
      : node_(node), classifies_(classifies), model_(model) {}

  void read() {
    node_.know_attributes(
        classifies_
            ? "class_ids class_nodeids class_treeids class_weights classlabels_int64s classlabels_strings base_values "
              "post_transform nodes_treeids nodes_nodeids nodes_featureids nodes_modes nodes_values "
              "nodes_truenodeids nodes_falsenodeids nodes_hitrates nodes_missing_value_tracks_true "
            : "target_ids target_nodeids target_treeids target_weights n_targets aggregate_function base_values "
              "post_transform nodes_treeids nodes_nodeids nodes_featureids nodes_modes nodes_values "
              "nodes_truenodeids nodes_falsenodeids nodes_hitrates nodes_missing_value_tracks_true ");
    model_.function = node_.score_function();
    read_branches();
    find_roots();
    read_outputs();
    read_weights();
    for (const auto& [tree, root] : roots_) walk_tree(tree, root);
    if (ensemble_.features.size() != branches_.size()) refuse_unreached();
    model_.model = std::move(ensemble_);
  }

 private:
  [[noreturn]] void refuse_node(const Key& key, const std::string& sentence, const char* name) const {
    node_.refuse(fmt::format("tree {}, node {}: {}", key.first, key.second, sentence), name);
  }

  void read_branches() {
    const auto trees = node_.integers("nodes_treeids"), nodes = node_.integers("nodes_nodeids"),
               features = node_.integers("nodes_featureids"), left = node_.integers("nodes_truenodeids"),
               right = node_.integers("nodes_falsenodeids"), tracks = node_.integers("nodes_missing_value_tracks_true");
    const auto modes = node_.texts("nodes_modes");
    const auto values = node_.reals("nodes_values");
    const std::size_t count = nodes.size();
    if (count == 0) node_.refuse("has no nodes", "bad_attribute");
    if (count > nodes_max)
      node_.refuse(fmt::format("has {} nodes, at most {} are read", count, nodes_max), "too_large");
    for (const auto& [name, size] : {std::pair{"nodes_treeids", trees.size()},
                                     {"nodes_featureids", features.size()},
                                     {"nodes_truenodeids", left.size()},
                                     {"nodes_falsenodeids", right.size()},
                                     {"nodes_modes", modes.size()},
                                     {"nodes_values", values.size()}})
      if (size != count)
        node_.refuse(fmt::format("'{}' has {} elements for {} nodes", name, size, count), "wrong_size");
    if (!tracks.empty() && tracks.size() != count)
      node_.refuse("'nodes_missing_value_tracks_true' has another length than there are nodes", "wrong_size");
    for (std::size_t k = 0; k < count; ++k) {
      const Key key{trees[k], nodes[k]};
      Branch branch{features[k], values[k], left[k], right[k], modes[k] == "LEAF"};
      if (!branch.is_leaf) {
        read_mode(key, modes[k], branch);
        if (branch.feature < 0 || branch.feature >= static_cast<std::int64_t>(model_.inputs))
          refuse_node(key, fmt::format("asks for feature {} of {}", branch.feature, model_.inputs), "bad_attribute");
        if (branch.feature > features_max)
          refuse_node(key, fmt::format("asks for feature {}; there may be {}", branch.feature, features_max + 1),
                      "too_large");
        if (!tracks.empty() && tracks[k] != 0)
          refuse_node(key, "what is no number goes the way of what is less, which is not supported",
                      "unsupported_attribute");
      }
      if (!branches_.emplace(key, branch).second) refuse_node(key, "is there twice", "duplicate_name");
    }
  }

  // All as x <= threshold.
  void read_mode(const Key& key, const std::string& mode, Branch& branch) const {
    const bool less = mode == "BRANCH_LT" || mode == "BRANCH_GTE", swaps = mode == "BRANCH_GT" || mode == "BRANCH_GTE";
    if (!less && !swaps && mode != "BRANCH_LEQ")
      refuse_node(key,
                  fmt::format("the mode {} is not supported; BRANCH_LEQ, _LT, _GT, _GTE and LEAF are", printable(mode)),
                  "unsupported_attribute");
    if (less) {
      branch.threshold = std::nextafter(branch.threshold, -std::numeric_limits<float>::infinity());
      if (!std::isfinite(branch.threshold)) refuse_node(key, "its threshold is the least of all", "not_finite");
    }
    if (swaps) std::swap(branch.left, branch.right);
  }

  // Each node but one of a tree is the child of one other.
  void find_roots() {
    std::map<Key, Key> parents;
    for (const auto& [key, branch] : branches_) {
      if (branch.is_leaf) continue;
      for (const std::int64_t child : {branch.left, branch.right}) {
        const Key below{key.first, child};
        if (!branches_.contains(below))
          refuse_node(key, fmt::format("its child {} is not there", child), "missing_operator");
        const auto [parent, is_new] = parents.emplace(below, key);
        if (!is_new)
          refuse_node(below, fmt::format("is a child of node {} and of node {}", parent->second.second, key.second),
                      "unsupported_graph");
      }
    }
    for (const auto& [key, branch] : branches_) {
      if (parents.contains(key)) continue;
      const auto [found, is_new] = roots_.emplace(key.first, key.second);
      if (!is_new) refuse_node(key, fmt::format("is a second root beside node {}", found->second), "unsupported_graph");
    }
    for (const auto& [key, branch] : branches_)
      if (!roots_.contains(key.first)) refuse_node(key, "its tree has no root", "unsupported_graph");
  }

  [[noreturn]] void refuse_unreached() const {
    for (const auto& [key, branch] : branches_)
      if (!reached_.contains(key)) refuse_node(key, "no way leads to it: its tree has a loop", "unsupported_graph");
    node_.refuse("has a loop", "unsupported_graph");
  }

  void read_outputs() {
    if (classifies_) {
      node_.read_labels("classlabels_int64s", "classlabels_strings", model_);
      model_.outputs = model_.labels.size();
    } else {
      const std::int64_t targets = node_.integer("n_targets", 1);
      if (targets < 1 || targets > 65535) node_.refuse(fmt::format("has {} targets", targets), "bad_attribute");
      model_.outputs = static_cast<std::size_t>(targets);
      const std::string aggregate = node_.text("aggregate_function", "SUM");
      if (aggregate != "SUM" && aggregate != "AVERAGE")
        node_.refuse(
            fmt::format("the aggregate_function {} is not supported; SUM and AVERAGE are", printable(aggregate)),
            "unsupported_attribute");
      if (aggregate == "AVERAGE") divisor_ = static_cast<double>(roots_.size());
    }
    for (const float base : node_.reals("base_values")) base_.push_back(double{base});
  }

  // Values of leaves by their outputs.
  void read_weights() {
    const std::string prefix = classifies_ ? "class" : "target";
    const auto trees = node_.integers(prefix + "_treeids"), nodes = node_.integers(prefix + "_nodeids"),
               ids = node_.integers(prefix + "_ids");
    const auto weights = node_.reals(prefix + "_weights");
    if (ids.size() != weights.size() || trees.size() != weights.size() || nodes.size() != weights.size())
      node_.refuse(
          fmt::format("'{0}_treeids', '{0}_nodeids', '{0}_ids' and '{0}_weights' are not of one length", prefix),
          "wrong_size");
    bool all_positive = true, one_id = true;
    for (std::size_t k = 0; k < weights.size(); ++k) {
      all_positive = all_positive && weights[k] >= 0;
      one_id = one_id && ids[k] == ids[0];
    }
    const bool is_single = classifies_ && model_.outputs == 2 && one_id;
    for (std::size_t k = 0; k < weights.size(); ++k) {
      const Key key{trees[k], nodes[k]};
      const auto found = branches_.find(key);
      if (found == branches_.end() || !found->second.is_leaf)
        refuse_node(key, "has a value and is no leaf", "bad_attribute");
      if (ids[k] < 0 || ids[k] >= static_cast<std::int64_t>(model_.outputs))
        refuse_node(key, fmt::format("has a value for output {} of {}", ids[k], model_.outputs), "bad_attribute");
      auto& row = rows_.try_emplace(key, model_.outputs, 0.0).first->second;
      const double weight = double{weights[k]} / divisor_;
      if (is_single) {
        row[0] -= weight;
        row[1] += weight;
      } else {
        row[static_cast<std::size_t>(ids[k])] += weight;
      }
    }
    read_base(is_single, all_positive && model_.function == ScoreFunction::none);
  }

  // What the sums begin with. Of one score for two classes that is the second's. The first one's is what it lacks of 1,
  // where scores are never below 0, and else its negative.
  void read_base(bool is_single, bool all_positive) {
    if (is_single) {
      if (base_.size() > 1) node_.refuse("has two base_values for one score", "unsupported_attribute");
      if (model_.function == ScoreFunction::softmax)
        node_.refuse("the post_transform SOFTMAX is not supported for one score", "unsupported_attribute");
      const double base = base_.empty() ? 0 : base_[0];
      base_ = {(all_positive ? 1 : 0) - base, base};
      return;
    }
    if (!base_.empty() && base_.size() != model_.outputs)
      node_.refuse(fmt::format("has {} base_values for {} outputs", base_.size(), model_.outputs), "wrong_size");
  }

  // Appends the tree in pre-order.
  void walk_tree(std::int64_t tree, std::int64_t root) {
    struct Open {
      std::int64_t node;
      std::size_t parent;  // whose right child it is; the number of nodes: of none
      std::size_t depth;
    };
    const std::size_t none = branches_.size();
    const bool is_first = ensemble_.roots.empty();
    ensemble_.roots.push_back(static_cast<std::int32_t>(ensemble_.features.size()));
    std::vector<Open> open{{root, none, 0}};
    while (!open.empty()) {
      const Open one = open.back();
      open.pop_back();
      const Key key{tree, one.node};
      const Branch& branch = branches_.find(key)->second;
      const std::size_t at = ensemble_.features.size();
      reached_.emplace(key, at);
      if (one.parent != none) ensemble_.skips[one.parent] = static_cast<std::int32_t>(at - one.parent);
      ensemble_.depth = std::max(ensemble_.depth, one.depth);
      if (branch.is_leaf) {
        ensemble_.features.push_back(-1);
        ensemble_.thresholds.push_back(0);
        ensemble_.skips.push_back(row_of(key, is_first));
        continue;
      }
      ++ensemble_.inner_nodes;
      ensemble_.features.push_back(static_cast<std::int32_t>(branch.feature));
      ensemble_.thresholds.push_back(branch.threshold);
      ensemble_.skips.push_back(0);
      open.push_back({branch.right, at, one.depth + 1});
      open.push_back({branch.left, none, one.depth + 1});
    }
  }

  // Equal rows are one.
  std::int32_t row_of(const Key& key, bool has_base) {
    const auto found = rows_.find(key);
    std::vector<double> row = found == rows_.end() ? std::vector<double>(model_.outputs, 0.0) : found->second;
    for (std::size_t k = 0; has_base && k < base_.size(); ++k) row[k] += base_[k];
    const auto [place, is_new] = numbers_.emplace(row, static_cast<std::int32_t>(numbers_.size()));
    if (is_new) ensemble_.leaves.insert(ensemble_.leaves.end(), row.begin(), row.end());
    return place->second;
  }

  const ClassicNode& node_;
  const bool classifies_;
  ClassicModel& model_;
  std::map<Key, Branch> branches_;
  std::map<std::int64_t, std::int64_t> roots_;  // node of each tree
  std::map<Key, std::vector<double>> rows_;
  std::map<Key, std::size_t> reached_;
  std::map<std::vector<double>, std::int32_t> numbers_;
  std::vector<double> base_;
  double divisor_ = 1;
  TreeEnsemble ensemble_;
};

}  // namespace

void read_tree_ensemble(const ClassicNode& node, bool classifies, ClassicModel& model) {
  Ensemble(node, classifies, model).read();
}

}  // namespace mica::ml
