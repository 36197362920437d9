#include "ml/import/onnx_classic_nodes.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "ml/import/graph.hpp"
#include "ml/import/import_error.hpp"

namespace mica::ml {

void ClassicNode::refuse(const std::string& sentence, const char* error_name) const {
  const std::string name = node_.name().empty() ? "" : " '" + printable(node_.name()) + "'";
  throw ImportError(file_, fmt::format("node {}{} ({}): {}", index_, name, printable(node_.op_type()), sentence),
                    error_name);
}

void ClassicNode::know_attributes(std::string_view known) const {
  const std::string all = " " + std::string(known);
  for (const onnx::AttributeProto& one : node_.attribute())
    if (all.find(" " + one.name() + " ") == std::string::npos)
      refuse(fmt::format("the attribute '{}' is not supported", printable(one.name())), "unsupported_attribute");
}

const onnx::AttributeProto* ClassicNode::find(std::string_view name) const {
  for (const onnx::AttributeProto& one : node_.attribute())
    if (one.name() == name) return &one;
  return nullptr;
}

const onnx::AttributeProto* ClassicNode::find(std::string_view name, onnx::AttributeProto::AttributeType type) const {
  const onnx::AttributeProto* found = find(name);
  if (found != nullptr && found->type() != type)
    refuse(fmt::format("the attribute '{}' is of the wrong type", name), "unsupported_attribute");
  return found;
}

std::int64_t ClassicNode::integer(std::string_view name, std::int64_t otherwise) const {
  const onnx::AttributeProto* found = find(name, onnx::AttributeProto::INT);
  return found == nullptr ? otherwise : found->i();
}

std::string ClassicNode::text(std::string_view name, const std::string& otherwise) const {
  const onnx::AttributeProto* found = find(name, onnx::AttributeProto::STRING);
  return found == nullptr ? otherwise : found->s();
}

std::vector<std::int64_t> ClassicNode::integers(std::string_view name) const {
  const onnx::AttributeProto* found = find(name, onnx::AttributeProto::INTS);
  if (found == nullptr) return {};
  return {found->ints().begin(), found->ints().end()};
}

std::vector<float> ClassicNode::reals(std::string_view name) const {
  const onnx::AttributeProto* found = find(name, onnx::AttributeProto::FLOATS);
  if (found == nullptr) return {};
  for (const float number : found->floats())
    if (!std::isfinite(number)) refuse(fmt::format("'{}' holds a number that is not finite", name), "not_finite");
  return {found->floats().begin(), found->floats().end()};
}

std::vector<std::string> ClassicNode::texts(std::string_view name) const {
  const onnx::AttributeProto* found = find(name, onnx::AttributeProto::STRINGS);
  if (found == nullptr) return {};
  return {found->strings().begin(), found->strings().end()};
}

ScoreFunction ClassicNode::score_function() const {
  const std::string name = text("post_transform", "NONE");
  if (name == "NONE") return ScoreFunction::none;
  if (name == "LOGISTIC") return ScoreFunction::logistic;
  if (name == "SOFTMAX") return ScoreFunction::softmax;
  refuse(fmt::format("the post_transform {} is not supported; NONE, LOGISTIC and SOFTMAX are", printable(name)),
         "unsupported_attribute");
}

void ClassicNode::read_labels(std::string_view numbers, std::string_view names, ClassicModel& model) const {
  const std::vector<std::int64_t> integers_here = integers(numbers);
  model.labels = texts(names);
  model.has_number_labels = model.labels.empty();
  if (!integers_here.empty() && !model.labels.empty())
    refuse("has labels of both kinds, numbers and texts", "bad_attribute");
  for (const std::int64_t one : integers_here) model.labels.push_back(std::to_string(one));
  if (model.labels.empty()) refuse("has no labels of its classes", "bad_attribute");
  auto sorted = model.labels;
  std::sort(sorted.begin(), sorted.end());
  if (std::adjacent_find(sorted.begin(), sorted.end()) != sorted.end())
    refuse("has two classes of one label", "bad_attribute");
}

void read_linear_model(const ClassicNode& node, bool classifies, ClassicModel& model) {
  LinearModel linear;
  node.know_attributes(classifies ? "classlabels_ints classlabels_strings coefficients intercepts multi_class "
                                    "post_transform "
                                  : "coefficients intercepts targets post_transform ");
  model.function = node.score_function();
  linear.weights = node.reals("coefficients");
  linear.bias = node.reals("intercepts");
  if (linear.weights.empty() || linear.weights.size() % model.inputs != 0)
    node.refuse(fmt::format("has {} coefficients for {} features", linear.weights.size(), model.inputs), "wrong_size");
  model.outputs = linear.weights.size() / model.inputs;
  if (linear.bias.empty()) linear.bias.assign(model.outputs, 0);
  if (linear.bias.size() != model.outputs)
    node.refuse(fmt::format("has {} intercepts for {} outputs", linear.bias.size(), model.outputs), "wrong_size");
  if (classifies) {
    node.read_labels("classlabels_ints", "classlabels_strings", model);
    if (model.outputs == 1 && model.labels.size() == 2) {
      // The score of the second class; that of the first is its negative.
      const std::vector<float> weights = linear.weights;
      for (float& weight : linear.weights) weight = -weight;
      linear.weights.insert(linear.weights.end(), weights.begin(), weights.end());
      linear.bias = {-linear.bias[0], linear.bias[0]};
      model.outputs = 2;
      // Of two scores of this kind softmax is no function that anybody means.
      if (model.function == ScoreFunction::softmax)
        node.refuse("the post_transform SOFTMAX is not supported for one score", "unsupported_attribute");
    }
    if (model.labels.size() != model.outputs)
      node.refuse(fmt::format("has {} labels for {} scores", model.labels.size(), model.outputs), "wrong_size");
  } else if (const std::int64_t targets = node.integer("targets", 1);
             targets < 1 || static_cast<std::size_t>(targets) != model.outputs) {
    node.refuse(fmt::format("has {} targets and coefficients for {}", targets, model.outputs), "wrong_size");
  }
  model.model = std::move(linear);
}

}  // namespace mica::ml
