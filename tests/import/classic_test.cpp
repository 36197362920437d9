// Trees, forests and linear models of ONNX as frames on the machine, against what the files mean; and what is refused.
#include <doctest/doctest.h>

#include <bit>
#include <cmath>
#include <functional>
#include <sstream>

#include "ml/import/classic_frame.hpp"
#include "ml/import/import_error.hpp"
#include "ml/import/onnx_classic.hpp"
#include "tests/import/classic_builder.hpp"
#include "tests/vm/bench.hpp"

namespace {

using namespace mica;
using namespace mica::tests;
using oracle::Random;
using Reals = std::vector<double>;

ml::ClassicFrame frame_of(ModelBuilder& model, ml::ElementType features = ml::ElementType::float32) {
  REQUIRE(ml::is_classic_onnx(model.bytes()));
  return ml::write_classic_frame(ml::read_onnx_classic(model.bytes(), "m.onnx"), {"m", "By hand.", features}, "m.onnx");
}

// The results for each of the samples.
std::vector<Reals> run(const ml::ClassicFrame& frame, const std::vector<std::vector<float>>& samples, bool whole,
                       std::size_t outputs) {
  std::ostringstream text;
  text << frame.text;
  for (const auto& sample : samples) {
    for (std::size_t k = 0; k < sample.size(); ++k)
      text << (whole ? static_cast<std::int64_t>(sample[k]) : std::bit_cast<std::int32_t>(sample[k])) << ' ' << k
           << " input write\n";
    text << "predict show cr\n";
  }
  std::string source = text.str();
  std::string show = ": show ( -- ) ";
  for (std::size_t k = 0; k < outputs; ++k) show += " " + std::to_string(k) + " output read .";
  source.insert(source.find(": predict"), show + " ;\n");
  Bench bench(find_profile("node32"));
  const CompileStatus status = bench.load(source);
  REQUIRE_MESSAGE(status.error == 0, bench.error_name(status) << " in line " << status.line << " of\n" << source);
  REQUIRE(bench.run_to_end(unbounded, 100000000));
  REQUIRE(bench.state() == "ended");
  std::vector<Reals> results;
  std::istringstream lines(bench.output);
  for (std::string line; std::getline(lines, line);) {
    results.emplace_back();
    std::istringstream numbers(line);
    for (std::int64_t number = 0; numbers >> number;)
      results.back().push_back(frame.output_units == 0 ? double{std::bit_cast<float>(static_cast<std::int32_t>(number))}
                                                       : static_cast<double>(number) / frame.output_units);
  }
  return results;
}

std::vector<std::vector<float>> random_samples(Random& random, std::size_t features, bool whole) {
  std::vector<std::vector<float>> samples(12);
  for (auto& sample : samples)
    for (std::size_t k = 0; k < features; ++k)
      sample.push_back(static_cast<float>(random.between(-9, 9)) / (whole ? 1 : 2));
  return samples;
}

void check_close(const Reals& got, const Reals& wanted, double error, const std::string& what) {
  REQUIRE_MESSAGE(got.size() == wanted.size(), what);
  for (std::size_t k = 0; k < wanted.size(); ++k)
    CHECK_MESSAGE(std::abs(got[k] - wanted[k]) <= error, what << ": " << got[k] << " for " << wanted[k]);
}

// A tree that asks whether x0 is at most 1.5, with two leaves.
ModelBuilder small_tree() {
  OnnxEnsemble ensemble;
  ensemble.features = 2;
  ensemble.outputs = 2;
  ensemble.classifies = true;
  auto root = std::make_unique<OnnxTree>();
  root->mode = "BRANCH_LEQ";
  root->threshold = 1.5f;
  root->yes = std::make_unique<OnnxTree>(OnnxTree{"LEAF", 0, 0, 0, nullptr, nullptr, {1, 0.25f}});
  root->no = std::make_unique<OnnxTree>(OnnxTree{"LEAF", 0, 0, 0, nullptr, nullptr, {0.5f, 0.75f}});
  ensemble.trees.push_back(std::move(root));
  Random random(1);
  return model_of(ensemble, random);
}

void check_refusal(ModelBuilder model, const std::string& name, const std::string& sentence,
                   ml::ElementType features = ml::ElementType::float32) {
  try {
    const ml::ClassicModel read = ml::read_onnx_classic(model.bytes(), "m.onnx");
    ml::write_classic_frame(read, {"m", "", features}, "m.onnx");
  } catch (const ml::ImportError& error) {
    const std::string text = error.what();
    CHECK_MESSAGE(error.name == name, text);
    CHECK_MESSAGE(text.find(sentence) != std::string::npos, text);
    return;
  }
  FAIL_CHECK("is not refused: " << name << ": " << sentence);
}

void check_refused_change(const std::string& name, const std::string& sentence,
                          const std::function<void(ModelBuilder&)>& change) {
  ModelBuilder model = small_tree();
  change(model);
  check_refusal(std::move(model), name, sentence);
}

onnx::NodeProto& behind(ModelBuilder& model, const std::string& operation, const std::vector<std::string>& inputs,
                        const std::string& output, bool classic = true) {
  onnx::NodeProto& node = model.node(operation, inputs, output);
  if (classic) node.set_domain("ai.onnx.ml");
  return node;
}

}  // namespace

TEST_CASE("random forests compute what the file means, whatever the order of their nodes") {
  Random random(1);
  unsigned rounded = 0, floats = 0, single = 0;
  for (int turn = 0; turn < 300; ++turn) {
    const bool exact = random.percent(60), whole = random.percent(30);
    const OnnxEnsemble ensemble = random_ensemble(random, exact);
    ModelBuilder model = model_of(ensemble, random);
    const ml::ClassicFrame frame = frame_of(model, whole ? ml::ElementType::int16 : ml::ElementType::float32);
    const auto samples = random_samples(random, ensemble.features, whole);
    const auto results = run(frame, samples, whole, ensemble.outputs);
    REQUIRE(results.size() == samples.size());
    CHECK((!exact || !frame.is_rounded));
    const double error = frame.output_units == 0 ? 1e-5 : frame.is_rounded ? 4e-7 : 0;
    for (std::size_t k = 0; k < samples.size(); ++k)
      check_close(results[k], ensemble.scores(samples[k]), error, "turn " + std::to_string(turn));
    rounded += frame.is_rounded ? 1 : 0;
    floats += frame.output_units == 0 ? 1 : 0;
    single += ensemble.is_single ? 1 : 0;
  }
  CHECK(rounded > 30);
  CHECK(floats > 30);
  CHECK(single > 15);
}

TEST_CASE("one score of two classes is what it lacks of 1 for the other, if it is never below 0") {
  ModelBuilder model = small_tree();
  for (const char* name : {"class_ids", "class_treeids", "class_nodeids"}) {
    auto& numbers = *attribute_of(model, name).mutable_ints();
    const std::int64_t first = numbers[0], third = numbers[2];
    numbers.Clear();
    numbers.Add(first);
    numbers.Add(third);
  }
  attribute_of(model, "class_ids").mutable_ints()->Set(1, attribute_of(model, "class_ids").ints(0));
  auto& weights = *attribute_of(model, "class_weights").mutable_floats();
  const float first = weights[0], third = weights[2];
  weights.Clear();
  weights.Add(first);
  weights.Add(third);
  const auto results = run(frame_of(model), {{1, 0}, {2, 0}}, false, 2);
  for (const Reals& one : results) CHECK(one[0] + one[1] == 1.0);
}

TEST_CASE("linear models, with what prepares features and what follows") {
  ModelBuilder model(15);
  model.input("x", {0, 2}).output("probabilities").output("label");
  onnx::NodeProto& scaler = behind(model, "Scaler", {"x"}, "scaled");
  set_reals(scaler, "offset", {1, -2});
  set_reals(scaler, "scale", {0.5f, 2});
  onnx::NodeProto& node = behind(model, "LinearClassifier", {"scaled"}, "label");
  node.add_output("scores");
  set_reals(node, "coefficients", {1, 2, -1, 0.5f, 0.25f, 0});
  set_reals(node, "intercepts", {0.125f, 0, -1});
  set_texts(node, "classlabels_strings", {"setosa", "versi\ncolor", "virginica"});
  set_text(node, "post_transform", "LOGISTIC");
  set_text(behind(model, "Normalizer", {"scores"}, "normal"), "norm", "L1");
  behind(model, "ZipMap", {"normal"}, "probabilities");
  for (const auto type : {ml::ElementType::float32, ml::ElementType::int32}) {
    const ml::ClassicFrame frame = frame_of(model, type);
    CHECK(frame.text.find("Classes: 0: setosa, 1: versi?color, 2: virginica\n") != std::string::npos);
    const Reals x{(3 - 1) * 0.5, (-1 + 2) * 2.0};
    Reals wanted{x[0] + 2 * x[1] + 0.125, -x[0] + 0.5 * x[1], 0.25 * x[0] - 1};
    double sum = 0;
    for (double& one : wanted) sum += one = 1 / (1 + std::exp(-one));
    for (double& one : wanted) one /= sum;
    check_close(run(frame, {{3, -1}}, type != ml::ElementType::float32, 3).at(0), wanted, 1e-6, "linear");
  }
}

TEST_CASE("a linear classifier with one row of weights has two scores; a regressor as many as it says") {
  ModelBuilder model(15);
  model.input("x", {0, 2}).output("label");
  onnx::NodeProto& node = behind(model, "LinearClassifier", {"x"}, "label");
  set_reals(node, "coefficients", {1, 2});
  set_reals(node, "intercepts", {0.5f});
  set_integers(node, "classlabels_ints", {5, 9});
  const ml::ClassicFrame frame = frame_of(model);
  CHECK(frame.text.find("table classes int32 { 5 9 }\n") != std::string::npos);
  check_close(run(frame, {{3, -1}}, false, 2).at(0), {-1.5, 1.5}, 0, "two scores");

  ModelBuilder regressor(15);
  regressor.input("x", {1, 2}).output("y");
  set_text(behind(regressor, "Normalizer", {"x"}, "n"), "norm", "L2");
  onnx::NodeProto& linear = behind(regressor, "LinearRegressor", {"n"}, "y");
  set_reals(linear, "coefficients", {1, 2, 5, -5});
  set_integer(linear, "targets", 2);
  for (const auto type : {ml::ElementType::float32, ml::ElementType::int16})
    check_close(run(frame_of(regressor, type), {{3, -4}}, type != ml::ElementType::float32, 2).at(0),
                {0.6 - 1.6, 3 + 4}, 1e-6, "regressor");
}

TEST_CASE("labels that are looked up behind the greatest score") {
  ModelBuilder model = small_tree();
  onnx::NodeProto& node = *model.graph().mutable_node(0);
  node.set_output(0, "unused");
  model.output("final");
  model.integers("labels", {10, 20});
  set_integer(behind(model, "ArgMax", {"scores"}, "index", false), "axis", 1);
  behind(model, "ArrayFeatureExtractor", {"labels", "index"}, "found");
  set_integer(behind(model, "Cast", {"found"}, "cast", false), "to", onnx::TensorProto::INT64);
  behind(model, "Reshape", {"cast"}, "final", false);
  const ml::ClassicFrame frame = frame_of(model);
  CHECK(frame.text.find("table classes int32 { 10 20 }\n") != std::string::npos);
}

TEST_CASE("nodes that are no tree are refused with their numbers") {
  // Nodes 1, 4 and 7, in some order; the root is the one with children.
  const auto root_at = [](ModelBuilder& model) {
    const auto& modes = attribute_of(model, "nodes_modes").strings();
    for (int k = 0; k < modes.size(); ++k)
      if (modes[k] == "BRANCH_LEQ") return k;
    return -1;
  };
  const auto child = [&](ModelBuilder& model, const char* side, std::int64_t value) {
    attribute_of(model, side).mutable_ints()->Set(root_at(model), value);
  };
  check_refused_change("missing_operator", "its child 99 is not there",
                       [&](ModelBuilder& model) { child(model, "nodes_truenodeids", 99); });
  check_refused_change("unsupported_graph", "is a child of node", [&](ModelBuilder& model) {
    child(model, "nodes_truenodeids", attribute_of(model, "nodes_falsenodeids").ints(root_at(model)));
  });
  check_refused_change("unsupported_graph", "is a second root beside node", [&](ModelBuilder& model) {
    attribute_of(model, "nodes_modes").set_strings(root_at(model), "LEAF");
  });
  check_refused_change("unsupported_graph", "no way leads to it: its tree has a loop", [&](ModelBuilder& model) {
    child(model, "nodes_truenodeids", attribute_of(model, "nodes_nodeids").ints(root_at(model)));
  });
  check_refused_change("duplicate_name", "is there twice", [&](ModelBuilder& model) {
    for (int k = 0; k < 3; ++k) attribute_of(model, "nodes_nodeids").mutable_ints()->Set(k, 4);
  });
  check_refused_change("bad_attribute", "asks for feature 2 of 2", [&](ModelBuilder& model) {
    attribute_of(model, "nodes_featureids").mutable_ints()->Set(root_at(model), 2);
  });
  check_refused_change("unsupported_attribute", "the mode BRANCH_EQ is not supported", [&](ModelBuilder& model) {
    attribute_of(model, "nodes_modes").set_strings(root_at(model), "BRANCH_EQ");
  });
  check_refused_change("bad_attribute", "has a value and is no leaf", [&](ModelBuilder& model) {
    attribute_of(model, "class_nodeids")
        .mutable_ints()
        ->Set(0, attribute_of(model, "nodes_nodeids").ints(root_at(model)));
  });
  check_refused_change("wrong_size", "'nodes_values' has 2 elements for 3 nodes",
                       [](ModelBuilder& model) { attribute_of(model, "nodes_values").mutable_floats()->RemoveLast(); });
  check_refused_change("not_finite", "'nodes_values' holds a number",
                       [](ModelBuilder& model) { attribute_of(model, "nodes_values").set_floats(0, INFINITY); });
}

TEST_CASE("a loop beside a tree, and a tree that is nothing but one, are refused") {
  const auto add = [](ModelBuilder& model, std::int64_t tree, std::int64_t id, std::int64_t left, std::int64_t right) {
    attribute_of(model, "nodes_treeids").add_ints(tree);
    attribute_of(model, "nodes_nodeids").add_ints(id);
    attribute_of(model, "nodes_featureids").add_ints(0);
    attribute_of(model, "nodes_values").add_floats(0);
    attribute_of(model, "nodes_modes").add_strings(left == right ? "LEAF" : "BRANCH_LEQ");
    attribute_of(model, "nodes_truenodeids").add_ints(left);
    attribute_of(model, "nodes_falsenodeids").add_ints(right);
  };
  check_refused_change("unsupported_graph", "tree 0, node 20: no way leads to it", [&](ModelBuilder& model) {
    add(model, 0, 20, 21, 22);
    add(model, 0, 21, 20, 23);
    add(model, 0, 22, 0, 0);
    add(model, 0, 23, 0, 0);
  });
  check_refused_change("unsupported_graph", "tree 5, node 20: its tree has no root", [&](ModelBuilder& model) {
    add(model, 5, 20, 20, 21);
    add(model, 5, 21, 0, 0);
  });
}

TEST_CASE("models and chains that cannot be computed are refused by name") {
  check_refused_change("unsupported_attribute", "the post_transform PROBIT is not supported",
                       [](ModelBuilder& model) { attribute_of(model, "post_transform").set_s("PROBIT"); });
  check_refused_change("wrong_size", "has 3 base_values for 2 outputs", [](ModelBuilder& model) {
    set_reals(*model.graph().mutable_node(0), "base_values", {1, 2, 3});
  });
  check_refused_change("bad_attribute", "has two classes of one label",
                       [](ModelBuilder& model) { attribute_of(model, "classlabels_int64s").set_ints(0, 1); });
  check_refused_change("unsupported_attribute", "'nodes_values_as_tensor' is not supported", [](ModelBuilder& model) {
    set_integer(*model.graph().mutable_node(0), "nodes_values_as_tensor", 1);
  });
  check_refused_change("unsupported_operator", "this operator of 'ai.onnx.ml' is not supported",
                       [](ModelBuilder& model) { behind(model, "SVMClassifier", {"x"}, "other"); });
  check_refused_change("unsupported_graph", "is a second model", [](ModelBuilder& model) {
    behind(model, "Identity", {"scores"}, "again", false);
    onnx::NodeProto& second = *model.graph().add_node();
    second = model.graph().node(0);
    second.set_input(0, "x");
    second.set_output(0, "l2");
    second.set_output(1, "s2");
  });
  check_refused_change("unsupported_attribute", "the norm MAX is not supported",
                       [](ModelBuilder& model) { behind(model, "Normalizer", {"scores"}, "again"); });
  check_refused_change("missing_tensor", "takes 'nothing'",
                       [](ModelBuilder& model) { behind(model, "ZipMap", {"nothing"}, "again"); });
  check_refused_change("duplicate_name", "'label' is defined twice",
                       [](ModelBuilder& model) { behind(model, "ZipMap", {"scores"}, "label"); });
  check_refused_change("unsupported_graph", "is not what the model computes",
                       [](ModelBuilder& model) { model.output("nowhere"); });
  check_refused_change("bad_shape", "its shape should be samples by features", [](ModelBuilder& model) {
    model.graph().mutable_input(0)->mutable_type()->mutable_tensor_type()->mutable_shape()->clear_dim();
  });
  ModelBuilder large = small_tree();
  attribute_of(large, "nodes_values").set_floats(0, 40000);
  attribute_of(large, "nodes_values").set_floats(1, 40000);
  attribute_of(large, "nodes_values").set_floats(2, 40000);
  check_refusal(std::move(large), "out_of_range", "does not fit int16", ml::ElementType::int16);
  CHECK(!ml::is_classic_onnx("nothing"));
  CHECK(!ml::is_classic_onnx(small_model().bytes()));
}

TEST_CASE("files with errors in them are read, or refused") {
  Random random(2);
  const std::string bytes = small_tree().bytes();
  unsigned read = 0, refused = 0;
  for (int turn = 0; turn < 20000; ++turn) {
    std::string changed = bytes;
    for (unsigned changes = random.count(1, 3); changes > 0; --changes)
      changed[random.below(changed.size())] = static_cast<char>(random.below(256));
    try {
      ml::write_classic_frame(ml::read_onnx_classic(changed, "m.onnx"), {"m", ""}, "m.onnx");
      ++read;
    } catch (const ml::ImportError&) {
      ++refused;
    }
  }
  CHECK(read > 500);
  CHECK(refused > 1000);
}
