// The attributes of one operator of ai.onnx.ml, and what the trees and the linear models among them are.
#pragma once

#include <onnx/onnx_pb.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "ml/import/classic_model.hpp"

namespace mica::ml {

// A node with its attributes. All that it refuses is an ImportError that names it.
class ClassicNode {
 public:
  ClassicNode(const onnx::NodeProto& node, int index, const std::string& file)
      : node_(node), index_(index), file_(file) {}

  const onnx::NodeProto& proto() const { return node_; }
  [[noreturn]] void refuse(const std::string& sentence, const char* error_name) const;

  // Refuses attributes of other names. `known`: each with a blank behind it.
  void know_attributes(std::string_view known) const;
  bool has(std::string_view name) const { return find(name) != nullptr; }
  std::int64_t integer(std::string_view name, std::int64_t otherwise) const;
  std::string text(std::string_view name, const std::string& otherwise) const;
  std::vector<std::int64_t> integers(std::string_view name) const;  // none, if it is not there
  std::vector<float> reals(std::string_view name) const;            // all finite
  std::vector<std::string> texts(std::string_view name) const;

  // The attribute post_transform.
  ScoreFunction score_function() const;
  // The labels of a classifier; refuses one that has none.
  void read_labels(std::string_view numbers, std::string_view texts, ClassicModel& model) const;

 private:
  const onnx::AttributeProto* find(std::string_view name) const;
  const onnx::AttributeProto* find(std::string_view name, onnx::AttributeProto::AttributeType type) const;

  const onnx::NodeProto& node_;
  int index_;
  const std::string& file_;
};

// TreeEnsembleClassifier, TreeEnsembleRegressor: the trees, number of outputs, labels, what becomes of the scores.
void read_tree_ensemble(const ClassicNode& node, bool classifies, ClassicModel& model);

// LinearClassifier, LinearRegressor.
void read_linear_model(const ClassicNode& node, bool classifies, ClassicModel& model);

}  // namespace mica::ml
