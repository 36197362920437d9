// Trees of ONNX made in a test: random ones, whose nodes are of all modes and lie in any order, and what they compute.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "tests/import/model_builder.hpp"
#include "tests/oracle/random.hpp"

namespace mica::tests {

struct OnnxTree {
  std::string mode;  // LEAF: no children
  std::int64_t feature = 0, id = 0;
  float threshold = 0;
  std::unique_ptr<OnnxTree> yes, no;  // where the comparison holds, and where not
  std::vector<float> values;          // of a leaf, one for each output
};

struct OnnxEnsemble {
  std::size_t features = 1, outputs = 1;
  std::vector<std::unique_ptr<OnnxTree>> trees;
  bool classifies = false, averages = false;
  bool is_single = false;  // one score for two classes: only the second of the values of leaves is written
  std::vector<float> base;
  std::string function = "NONE";

  // As the page of ONNX has it, in wide numbers.
  std::vector<double> scores(const std::vector<float>& features) const;
};

// `exact`: values of leaves are few bits.
OnnxEnsemble random_ensemble(oracle::Random& random, bool exact);

void set_text(onnx::NodeProto& node, const std::string& name, const std::string& value);
void set_texts(onnx::NodeProto& node, const std::string& name, const std::vector<std::string>& values);
void set_reals(onnx::NodeProto& node, const std::string& name, const std::vector<float>& values);

// A model of it, with labels 0, 1, ... if it classifies; its nodes are shuffled. The node with the trees is the last.
ModelBuilder model_of(const OnnxEnsemble& ensemble, oracle::Random& random);

// The attribute of the last node.
onnx::AttributeProto& attribute_of(ModelBuilder& model, const std::string& name);

}  // namespace mica::tests
