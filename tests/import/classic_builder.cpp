#include "tests/import/classic_builder.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <stdexcept>

namespace mica::tests {

namespace {

constexpr std::array modes{"BRANCH_LEQ", "BRANCH_LEQ", "BRANCH_LT", "BRANCH_GT", "BRANCH_GTE"};

bool holds(const OnnxTree& tree, float x) {
  if (tree.mode == "BRANCH_LEQ") return x <= tree.threshold;
  if (tree.mode == "BRANCH_LT") return x < tree.threshold;
  if (tree.mode == "BRANCH_GT") return x > tree.threshold;
  return x >= tree.threshold;
}

float some_value(oracle::Random& random, bool exact) {
  const auto units = static_cast<float>(random.between(-100, 100));
  return exact ? units / 64 : units / 77;
}

std::unique_ptr<OnnxTree> grow(oracle::Random& random, const OnnxEnsemble& all, unsigned depth, bool exact) {
  auto tree = std::make_unique<OnnxTree>();
  if (depth == 0 || random.percent(15)) {
    tree->mode = "LEAF";
    for (std::size_t k = 0; k < all.outputs; ++k) tree->values.push_back(some_value(random, exact));
    if (all.is_single) tree->values[0] = -tree->values[1];
    return tree;
  }
  tree->mode = random.pick(modes);
  tree->feature = random.below(all.features);
  // Halves of whole numbers: features are often equal to that.
  tree->threshold = static_cast<float>(random.between(-8, 8)) / 2;
  tree->yes = grow(random, all, depth - 1, exact);
  tree->no = grow(random, all, depth - 1, exact);
  return tree;
}

void collect(const OnnxTree& tree, std::vector<OnnxTree*>& all) {
  all.push_back(const_cast<OnnxTree*>(&tree));
  if (tree.yes == nullptr) return;
  collect(*tree.yes, all);
  collect(*tree.no, all);
}

template <class List>
void shuffle(List& list, oracle::Random& random) {
  for (std::size_t k = list.size(); k > 1; --k) std::swap(list[k - 1], list[random.below(k)]);
}

}  // namespace

std::vector<double> OnnxEnsemble::scores(const std::vector<float>& x) const {
  std::vector<double> sums(outputs, 0.0);
  for (const auto& root : trees) {
    const OnnxTree* tree = root.get();
    while (tree->yes != nullptr)
      tree = holds(*tree, x[static_cast<std::size_t>(tree->feature)]) ? tree->yes.get() : tree->no.get();
    for (std::size_t k = 0; k < outputs; ++k)
      sums[k] += double{tree->values[k]} / (averages ? static_cast<double>(trees.size()) : 1.0);
  }
  if (is_single && !base.empty()) {
    sums[0] -= double{base[0]};
    sums[1] += double{base[0]};
  }
  for (std::size_t k = 0; !is_single && k < base.size(); ++k) sums[k] += double{base[k]};
  const auto is_never_below_zero = [](const auto& root) {
    std::vector<OnnxTree*> all;
    collect(*root, all);
    return std::all_of(all.begin(), all.end(),
                       [](const OnnxTree* one) { return one->values.empty() || one->values[1] >= 0; });
  };
  // Then the two scores are parts of 1.
  if (is_single && function == "NONE" && std::all_of(trees.begin(), trees.end(), is_never_below_zero)) sums[0] += 1;
  if (function == "LOGISTIC")
    for (double& sum : sums) sum = 1 / (1 + std::exp(-sum));
  if (function == "SOFTMAX") {
    double all = 0;
    for (double& sum : sums) all += sum = std::exp(sum);
    for (double& sum : sums) sum /= all;
  }
  return sums;
}

OnnxEnsemble random_ensemble(oracle::Random& random, bool exact) {
  OnnxEnsemble all;
  all.features = random.count(1, 6);
  all.classifies = random.percent(60);
  all.outputs = all.classifies ? random.count(2, 5) : random.count(1, 3);
  all.is_single = all.classifies && all.outputs == 2 && random.percent(60);
  all.averages = !all.classifies && exact && random.percent(40);
  const unsigned trees = all.averages ? 1U << random.below(3) : random.count(1, 5);
  for (unsigned k = 0; k < trees; ++k) all.trees.push_back(grow(random, all, random.below(6), exact));
  if (random.percent(50))
    for (std::size_t k = 0; k < (all.is_single ? 1 : all.outputs); ++k) all.base.push_back(some_value(random, exact));
  if (random.percent(20)) all.function = "LOGISTIC";
  if (random.percent(15) && !all.is_single) all.function = "SOFTMAX";
  return all;
}

void set_text(onnx::NodeProto& node, const std::string& name, const std::string& value) {
  onnx::AttributeProto& attribute = *node.add_attribute();
  attribute.set_name(name);
  attribute.set_type(onnx::AttributeProto::STRING);
  attribute.set_s(value);
}

void set_texts(onnx::NodeProto& node, const std::string& name, const std::vector<std::string>& values) {
  onnx::AttributeProto& attribute = *node.add_attribute();
  attribute.set_name(name);
  attribute.set_type(onnx::AttributeProto::STRINGS);
  for (const std::string& value : values) attribute.add_strings(value);
}

void set_reals(onnx::NodeProto& node, const std::string& name, const std::vector<float>& values) {
  onnx::AttributeProto& attribute = *node.add_attribute();
  attribute.set_name(name);
  attribute.set_type(onnx::AttributeProto::FLOATS);
  for (const float value : values) attribute.add_floats(value);
}

ModelBuilder model_of(const OnnxEnsemble& ensemble, oracle::Random& random) {
  ModelBuilder model(15);
  model.input("x", {0, static_cast<std::int64_t>(ensemble.features)}).output("scores");
  onnx::NodeProto& node = model.node(ensemble.classifies ? "TreeEnsembleClassifier" : "TreeEnsembleRegressor", {"x"},
                                     ensemble.classifies ? "label" : "scores");
  node.set_domain("ai.onnx.ml");
  if (ensemble.classifies) node.add_output("scores");
  std::vector<std::pair<std::int64_t, OnnxTree*>> nodes;
  for (std::size_t k = 0; k < ensemble.trees.size(); ++k) {
    std::vector<OnnxTree*> own;
    collect(*ensemble.trees[k], own);
    shuffle(own, random);
    for (std::size_t j = 0; j < own.size(); ++j) own[j]->id = static_cast<std::int64_t>(3 * j + 1);
    for (OnnxTree* one : own) nodes.emplace_back(static_cast<std::int64_t>(7 * k), one);
  }
  shuffle(nodes, random);
  std::vector<std::int64_t> trees, ids, features, yes, no, value_trees, value_nodes, value_ids;
  std::vector<float> thresholds, weights;
  std::vector<std::string> kinds;
  for (const auto& [tree, one] : nodes) {
    trees.push_back(tree);
    ids.push_back(one->id);
    features.push_back(one->feature);
    thresholds.push_back(one->threshold);
    kinds.push_back(one->mode);
    yes.push_back(one->yes == nullptr ? 0 : one->yes->id);
    no.push_back(one->no == nullptr ? 0 : one->no->id);
    for (std::size_t k = ensemble.is_single ? 1 : 0; k < one->values.size(); ++k) {
      if (one->values[k] == 0 && !ensemble.is_single) continue;  // what is not there counts nothing
      value_trees.push_back(tree);
      value_nodes.push_back(one->id);
      value_ids.push_back(static_cast<std::int64_t>(k));
      weights.push_back(one->values[k]);
    }
  }
  set_integers(node, "nodes_treeids", trees);
  set_integers(node, "nodes_nodeids", ids);
  set_integers(node, "nodes_featureids", features);
  set_reals(node, "nodes_values", thresholds);
  set_texts(node, "nodes_modes", kinds);
  set_integers(node, "nodes_truenodeids", yes);
  set_integers(node, "nodes_falsenodeids", no);
  const std::string prefix = ensemble.classifies ? "class" : "target";
  set_integers(node, prefix + "_treeids", value_trees);
  set_integers(node, prefix + "_nodeids", value_nodes);
  set_integers(node, prefix + "_ids", value_ids);
  set_reals(node, prefix + "_weights", weights);
  if (ensemble.classifies) {
    std::vector<std::int64_t> labels;
    for (std::size_t k = 0; k < ensemble.outputs; ++k) labels.push_back(static_cast<std::int64_t>(k));
    set_integers(node, "classlabels_int64s", labels);
  } else {
    set_integer(node, "n_targets", static_cast<std::int64_t>(ensemble.outputs));
    if (ensemble.averages) set_text(node, "aggregate_function", "AVERAGE");
  }
  if (!ensemble.base.empty()) set_reals(node, "base_values", ensemble.base);
  set_text(node, "post_transform", ensemble.function);
  return model;
}

onnx::AttributeProto& attribute_of(ModelBuilder& model, const std::string& name) {
  onnx::NodeProto& node = *model.graph().mutable_node(model.graph().node_size() - 1);
  for (onnx::AttributeProto& one : *node.mutable_attribute())
    if (one.name() == name) return one;
  throw std::logic_error("no attribute " + name);
}

}  // namespace mica::tests
