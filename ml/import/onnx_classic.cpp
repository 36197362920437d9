#include "ml/import/onnx_classic.hpp"

#include <fmt/format.h>
#include <google/protobuf/stubs/logging.h>
#include <onnx/onnx_pb.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <optional>

#include "ml/import/evaluate.hpp"
#include "ml/import/graph.hpp"
#include "ml/import/import_error.hpp"
#include "ml/import/onnx_classic_nodes.hpp"
#include "ml/import/onnx_tensor.hpp"

namespace mica::ml {
namespace {

constexpr std::size_t model_bytes_max = std::size_t{1} << 28;
constexpr int nodes_max = 256;

// What a value of the graph is.
enum class Role {
  features,  // what the model takes, as far as it is prepared
  scores,
  index,  // of the greatest score
  label
};

class Walk {
 public:
  Walk(const onnx::GraphProto& graph, const std::string& file) : graph_(graph), file_(file) {}

  ClassicModel read() {
    if (graph_.node_size() > nodes_max)
      throw ImportError(file_,
                        fmt::format("the model has {} nodes, at most {} are read", graph_.node_size(), nodes_max),
                        "too_large");
    read_input();
    for (int index = 0; index < graph_.node_size(); ++index) {
      const ClassicNode node(graph_.node(index), index, file_);
      node_ = &node;
      read_node(node.proto());
    }
    if (!is_read_) throw ImportError(file_, "there are no trees and no linear model in it", "unsupported_graph");
    check_outputs();
    return std::move(model_);
  }

 private:
  void read_input() {
    const onnx::ValueInfoProto* input = nullptr;
    for (const onnx::ValueInfoProto& one : graph_.input()) {
      if (is_constant(one.name())) continue;
      if (input != nullptr) refuse_value("input", one.name(), "the model has more than one input", "unsupported_graph");
      input = &one;
    }
    if (input == nullptr) throw ImportError(file_, "the model has no input", "missing_tensor");
    const auto& type = input->type().tensor_type();
    if (!input->type().has_tensor_type() || type.shape().dim_size() != 2 || type.shape().dim(1).dim_value() < 1 ||
        type.shape().dim(1).dim_value() > 1 << 24)
      refuse_value("input", input->name(), "its shape should be samples by features, with the number of features",
                   "bad_shape");
    if (type.shape().dim(0).dim_value() > 1)
      refuse_value("input", input->name(), "it takes more than one sample at a time", "bad_shape");
    switch (type.elem_type()) {
      case onnx::TensorProto::FLOAT:
      case onnx::TensorProto::DOUBLE:
      case onnx::TensorProto::INT64:
      case onnx::TensorProto::INT32: break;
      default: refuse_value("input", input->name(), "its elements are no numbers", "unsupported_type");
    }
    model_.inputs = static_cast<std::size_t>(type.shape().dim(1).dim_value());
    roles_[input->name()] = Role::features;
  }

  [[noreturn]] void refuse_value(const char* what, const std::string& name, const std::string& sentence,
                                 const char* error) const {
    throw ImportError(file_, fmt::format("{} '{}': {}", what, printable(name), sentence), error);
  }

  bool is_constant(const std::string& name) const { return constant(name) != nullptr; }
  const onnx::TensorProto* constant(const std::string& name) const {
    for (const onnx::TensorProto& one : graph_.initializer())
      if (one.name() == name) return &one;
    return nullptr;
  }

  // The role of the first input. One value goes on into several nodes only behind the model.
  Role need(std::initializer_list<Role> wanted, int input = 0) const {
    const onnx::NodeProto& node = node_->proto();
    if (node.input_size() <= input) node_->refuse(fmt::format("has {} inputs", node.input_size()), "wrong_count");
    const auto found = roles_.find(node.input(input));
    if (found == roles_.end())
      node_->refuse(fmt::format("takes '{}', which nothing before it computes", printable(node.input(input))),
                    "missing_tensor");
    if (std::find(wanted.begin(), wanted.end(), found->second) == wanted.end())
      node_->refuse(fmt::format("takes '{}' where it cannot", printable(node.input(input))), "unsupported_graph");
    if (found->second == Role::features && node.input(input) != features()) {
      node_->refuse(fmt::format("takes '{}', which another node has taken", printable(node.input(input))),
                    "unsupported_graph");
    }
    return found->second;
  }

  // The name of the features as they are now.
  const std::string& features() const {
    for (const auto& [name, role] : roles_)
      if (role == Role::features) return name;
    node_->refuse("takes features behind the model", "unsupported_graph");
  }

  void result(int output, Role role) {
    const onnx::NodeProto& node = node_->proto();
    if (node.output_size() <= output || node.output(output).empty()) return;
    const std::string& name = node.output(output);
    if (role == Role::features) roles_.erase(features());
    if (is_constant(name) || !roles_.emplace(name, role).second)
      node_->refuse(fmt::format("'{}' is defined twice", printable(name)), "duplicate_name");
  }

  void read_node(const onnx::NodeProto& node) {
    const std::string& type = node.op_type();
    if (node.domain() == "ai.onnx.ml") {
      if (type == "TreeEnsembleClassifier" || type == "LinearClassifier") return read_model(true, type[0] == 'T');
      if (type == "TreeEnsembleRegressor" || type == "LinearRegressor") return read_model(false, type[0] == 'T');
      if (type == "Scaler") return read_scaler();
      if (type == "Normalizer") return read_normalizer();
      if (type == "ZipMap") {
        need({Role::scores});
        return result(0, Role::scores);
      }
      if (type == "ArrayFeatureExtractor") return read_extractor();
    } else if (node.domain().empty() || node.domain() == "ai.onnx") {
      if (type == "Identity" || type == "Cast") return pass_on(type == "Cast");
      if (type == "Reshape" || type == "Flatten" || type == "Squeeze") return reshape();
      if (type == "ArgMax") return read_arg_max();
    }
    const std::string domain = node.domain().empty() ? "" : " of '" + printable(node.domain()) + "'";
    node_->refuse(
        fmt::format("this operator{} is not supported; there are TreeEnsembleClassifier, "
                    "TreeEnsembleRegressor, LinearClassifier, LinearRegressor, Scaler, Normalizer, and behind "
                    "them ArgMax, ArrayFeatureExtractor, Cast, Flatten, Identity, Reshape, Squeeze, ZipMap",
                    domain),
        "unsupported_operator");
  }

  void read_model(bool classifies, bool has_trees) {
    if (is_read_) node_->refuse("is a second model", "unsupported_graph");
    need({Role::features});
    has_trees ? read_tree_ensemble(*node_, classifies, model_) : read_linear_model(*node_, classifies, model_);
    is_read_ = true;
    if (classifies) result(0, Role::label);
    result(classifies ? 1 : 0, Role::scores);
    roles_.erase(features());
  }

  void read_scaler() {
    need({Role::features});
    node_->know_attributes("offset scale ");
    FeatureScale scale{node_->reals("offset"), node_->reals("scale")};
    if (scale.offsets.empty()) scale.offsets = {0};
    if (scale.factors.empty()) scale.factors = {1};
    for (const auto& [name, size] : {std::pair{"offset", scale.offsets.size()}, {"scale", scale.factors.size()}})
      if (size != 1 && size != model_.inputs)
        node_->refuse(fmt::format("'{}' has {} numbers for {} features", name, size, model_.inputs), "wrong_size");
    model_.preparations.push_back(std::move(scale));
    result(0, Role::features);
  }

  // Of features, or of scores.
  void read_normalizer() {
    const Role role = need({Role::features, Role::scores});
    node_->know_attributes("norm ");
    const std::string name = node_->text("norm", "MAX");
    if (name != "L1" && name != "L2")
      node_->refuse(fmt::format("the norm {} is not supported; L1 and L2 are", printable(name)),
                    "unsupported_attribute");
    const RowNorm norm = name == "L1" ? RowNorm::l1 : RowNorm::l2;
    if (role == Role::features)
      model_.preparations.push_back(norm);
    else if (model_.score_norm)
      node_->refuse("the scores are divided by a norm twice", "unsupported_graph");
    else
      model_.score_norm = norm;
    result(0, role);
  }

  void pass_on(bool casts) {
    const Role role = need({Role::features, Role::scores, Role::index, Role::label});
    if (casts && (role == Role::features || role == Role::scores)) {
      const std::int64_t to = node_->integer("to", 0);
      if (to != onnx::TensorProto::FLOAT && to != onnx::TensorProto::DOUBLE)
        node_->refuse("makes integers of real numbers", "unsupported_attribute");
    }
    result(0, role);
  }

  void reshape() { result(0, need({Role::features, Role::scores, Role::index, Role::label})); }

  void read_arg_max() {
    need({Role::scores});
    node_->know_attributes("axis keepdims select_last_index ");
    const std::int64_t axis = node_->integer("axis", 0);
    if (axis != 1 && axis != -1)
      node_->refuse(fmt::format("looks along axis {}, which is not that of the scores", axis), "unsupported_attribute");
    if (node_->integer("select_last_index", 0) != 0)
      node_->refuse("the last of equal scores is not supported, the first one is", "unsupported_attribute");
    result(0, Role::index);
  }

  // Labels by their index.
  void read_extractor() {
    need({Role::index}, 1);
    const std::string& name = node_->proto().input(0);
    const onnx::TensorProto* labels = constant(name);
    if (labels == nullptr) node_->refuse(fmt::format("'{}' is no constant", printable(name)), "unsupported_graph");
    model_.labels.clear();
    model_.has_number_labels = labels->data_type() != onnx::TensorProto::STRING;
    if (!model_.has_number_labels)
      model_.labels.assign(labels->string_data().begin(), labels->string_data().end());
    else
      read_numbers(*labels);
    if (model_.labels.size() != model_.outputs)
      node_->refuse(fmt::format("has {} labels for {} scores", model_.labels.size(), model_.outputs), "wrong_size");
    result(0, Role::label);
  }

  void read_numbers(const onnx::TensorProto& labels) {
    try {
      Graph memory;
      const Tensor tensor = tensor_of(labels, [&](std::size_t bytes) { return memory.own(bytes); });
      for (const double number : reals_of(tensor)) model_.labels.push_back(fmt::format("{:.0f}", number));
    } catch (const GraphError& error) {
      node_->refuse(error.sentence, error.name);
    }
  }

  void check_outputs() const {
    bool tells = false;
    for (const onnx::ValueInfoProto& output : graph_.output()) {
      const auto found = roles_.find(output.name());
      if (found == roles_.end() || found->second == Role::features)
        refuse_value("output", output.name(), "is not what the model computes", "unsupported_graph");
      tells = true;
    }
    if (!tells) throw ImportError(file_, "the model has no output", "unsupported_graph");
  }

  const onnx::GraphProto& graph_;
  const std::string& file_;
  std::map<std::string, Role> roles_;  // of all values so far, but of features only the last
  const ClassicNode* node_ = nullptr;
  ClassicModel model_;
  bool is_read_ = false;
};

std::optional<onnx::ModelProto> parse(std::string_view bytes) {
  google::protobuf::SetLogHandler(nullptr);  // it would write to standard error what we say better
  onnx::ModelProto model;
  if (bytes.size() > model_bytes_max || !model.ParseFromArray(bytes.data(), static_cast<int>(bytes.size())) ||
      !model.has_graph())
    return std::nullopt;
  return model;
}

}  // namespace

bool are_indices(const ClassicModel& model) {
  if (!model.has_number_labels) return false;
  for (std::size_t k = 0; k < model.labels.size(); ++k)
    if (model.labels[k] != std::to_string(k)) return false;
  return true;
}

bool is_classic_onnx(std::string_view bytes) {
  const auto model = parse(bytes);
  return model && std::any_of(model->graph().node().begin(), model->graph().node().end(),
                              [](const onnx::NodeProto& node) { return node.domain() == "ai.onnx.ml"; });
}

ClassicModel read_onnx_classic(std::string_view bytes, const std::string& file) {
  const auto model = parse(bytes);
  if (!model) throw ImportError(file, "is no ONNX model", "no_model");
  return Walk(model->graph(), file).read();
}

}  // namespace mica::ml
