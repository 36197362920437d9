// From model to frame to result: the frame computes on the machine exactly what the fixed-point network does, and this
// stays close to the float one.
#include <doctest/doctest.h>

#include <cmath>
#include <sstream>

#include "ml/import/calibration.hpp"
#include "ml/import/comparison.hpp"
#include "ml/import/frame_writer.hpp"
#include "ml/import/import_error.hpp"
#include "ml/import/model_file.hpp"
#include "ml/import/onnx_reader.hpp"
#include "ml/import/quantise.hpp"
#include "tests/import/model_builder.hpp"
#include "tests/import/zoo.hpp"
#include "tests/oracle/random.hpp"
#include "tests/vm/bench.hpp"

namespace {

using namespace mica;
using namespace mica::tests;
using Cells = std::vector<std::int64_t>;

constexpr std::size_t batch = 20;  // samples in the text of one run

struct Converted {
  ml::Network network;
  ml::FixedNetwork fixed;
  ml::Comparison comparison;
  std::string text;
};

Converted convert(const ml::Network& network, const std::vector<ml::Sample>& calibration,
                  const std::vector<ml::Sample>& samples, const ml::QuantiseOptions& options, bool tables) {
  Converted made{network, {}, {}, {}};
  made.fixed = ml::quantise(network, ml::calibrate(network, calibration, options.input_factor), options, "model.onnx");
  made.comparison = ml::compare(network, made.fixed, samples);
  made.text = ml::write_frame(made.fixed, made.comparison, {.name = "model", .origin = "A test.", .tables = tables});
  return made;
}

Cells inputs_of(const ml::Sample& sample, const ml::FixedNetwork& fixed) {
  Cells cells;
  for (double feature : sample.features) cells.push_back(ml::to_units(feature, fixed.input_scale));
  return cells;
}

// What the frame prints as its outputs for some samples.
std::string run_frame(const Profile& profile, const Converted& made, const ml::Sample* samples, std::size_t count) {
  std::ostringstream text;
  text << made.text << "\n: show  predict  " << made.fixed.stages.back().outputs
       << " 0 do  output i cell+ @ .  loop  cr ;\n";
  for (std::size_t k = 0; k < count; ++k) {
    const Cells cells = inputs_of(samples[k], made.fixed);
    for (std::size_t j = 0; j < cells.size(); ++j) text << cells[j] << " input " << j << " cell+ !\n";
    text << "show\n";
  }
  Bench bench(profile);
  const CompileStatus status = bench.load(text.str());
  REQUIRE_MESSAGE(status.error == 0, bench.error_name(status) << " in line " << status.line);
  REQUIRE(bench.run_to_end(unbounded, 100000000));
  REQUIRE(bench.state() == "ended");
  return bench.output;
}

std::string expected_output(const Converted& made, const ml::Sample* samples, std::size_t count) {
  std::ostringstream text;
  for (std::size_t k = 0; k < count; ++k) {
    const auto results = ml::evaluate(made.fixed, inputs_of(samples[k], made.fixed));
    for (std::int64_t cell : results.back()) text << cell << ' ';
    text << '\n';
  }
  return text.str();
}

void check_frame(const Profile& profile, const Converted& made, const std::vector<ml::Sample>& samples) {
  for (std::size_t k = 0; k < samples.size(); k += batch) {
    const std::size_t count = std::min(batch, samples.size() - k);
    CHECK(run_frame(profile, made, &samples[k], count) == expected_output(made, &samples[k], count));
  }
}

struct Form {
  std::string profile;
  unsigned cell_bits;
  bool tables;
};
const Form forms[] = {{"node32", 32, true}, {"own16", 16, true}, {"rexa16", 16, false}};

TEST_CASE("digits: the frames find the digits as well as the float network") {
  const ml::Network network = read_network(ml::read_model_file(zoo("digits-mlp.onnx")));
  const auto calibration = ml::read_samples(zoo("digits-calibration.csv"), 64, true);
  const auto samples = ml::read_samples(zoo("digits-test.csv"), 64, true);
  for (const Form& form : forms) {
    for (unsigned weight_bits : {8u, 16u}) {
      CAPTURE(form.profile);
      CAPTURE(weight_bits);
      const Converted made =
          convert(network, calibration, samples,
                  {.weight_bits = weight_bits, .cell_bits = form.cell_bits, .input_factor = 0.0625}, form.tables);
      CHECK(made.comparison.samples == 450);
      CHECK(made.comparison.float_hits == 435);
      CHECK(made.comparison.fixed_hits >= 430);  // 95.5 %
      CHECK(made.comparison.same_class >= 447);
      check_frame(find_profile(form.profile), made, samples);
    }
  }
}

// Half a step of an int8 weight of each row times what it meets, a unit for the division and half of one for the bias,
// and what came in is wrong by.
std::vector<double> error_bounds(const ml::Network& network, const ml::FixedNetwork& fixed, const Cells& inputs) {
  std::vector<double> bounds, wrong(inputs.size(), 0.0);
  std::vector<double> values(inputs.begin(), inputs.end());
  double units = fixed.input_scale / fixed.input_factor;
  for (double& value : values) value /= units;
  std::size_t index = 0;
  for (const ml::FixedStage& stage : fixed.stages) {
    const ml::Layer& layer = network.layers[index];
    std::vector<double> next(stage.outputs, 1.5 / stage.product_units);
    for (std::size_t o = 0; o < stage.outputs; ++o) {
      const double step = units / stage.product_units / stage.divisors[o];  // of a weight
      for (std::size_t j = 0; j < stage.inputs; ++j)
        next[o] +=
            std::abs(values[j]) * step / 2 + (std::abs(layer.weights[o * stage.inputs + j]) + step / 2) * wrong[j];
    }
    bounds.push_back(*std::max_element(next.begin(), next.end()));
    for (std::size_t k = index; k <= stage.last_layer; ++k) values = ml::evaluate(network.layers[k], values);
    wrong = next;
    units = stage.units;
    index = stage.last_layer + 1;
  }
  return bounds;
}

TEST_CASE("digits: each layer is within the bound that rounding its numbers has") {
  const ml::Network network = read_network(ml::read_model_file(zoo("digits-mlp.onnx")));
  const auto samples = ml::read_samples(zoo("digits-test.csv"), 64, true);
  for (unsigned weight_bits : {8u, 16u}) {
    const Converted made =
        convert(network, samples, samples, {.weight_bits = weight_bits, .input_factor = 0.0625}, true);
    for (const ml::Sample& sample : samples) {
      const Cells inputs = inputs_of(sample, made.fixed);
      const auto bounds = error_bounds(network, made.fixed, inputs);
      const auto cells = ml::evaluate(made.fixed, inputs);
      const auto exact = ml::evaluate(network, ml::model_inputs(sample, 0.0625));
      for (std::size_t k = 0; k < cells.size(); ++k)
        for (std::size_t o = 0; o < cells[k].size(); ++o) {
          const ml::FixedStage& stage = made.fixed.stages[k];
          const double is = static_cast<double>(cells[k][o]) / stage.units;
          REQUIRE(std::abs(is - exact[stage.last_layer][o]) <= bounds[k]);
        }
    }
    CHECK(made.comparison.stages[1].largest < (weight_bits == 8 ? 0.2 : 0.01));
  }
}

std::vector<ml::Sample> random_samples(std::size_t count, std::size_t features, double magnitude) {
  oracle::Random random(7);
  std::vector<ml::Sample> samples(count);
  for (ml::Sample& sample : samples)
    for (std::size_t k = 0; k < features; ++k)
      sample.features.push_back(static_cast<double>(random.between(-1000, 1000)) / 1000 * magnitude);
  return samples;
}

TEST_CASE("sigmoid and softmax: probabilities close to those of the float network") {
  const ml::Network network = read_network(small_model().bytes());
  for (double magnitude : {0.01, 1.0, 30.0}) {
    CAPTURE(magnitude);
    const auto samples = random_samples(60, 3, magnitude);
    const Converted made = convert(network, samples, samples, {.weight_bits = 16}, true);
    CHECK(made.comparison.stages[0].largest < 0.002);
    CHECK(made.comparison.stages[1].largest < 0.004);
    check_frame(find_profile("node32"), made, samples);
  }
}

TEST_CASE("sigmoid in 16-bit cells; softmax is refused there") {
  ml::Network network = read_network(small_model().bytes());
  const auto samples = random_samples(60, 3, 4);
  const ml::Calibration calibration = ml::calibrate(network, samples, 1);
  CHECK_THROWS_WITH_AS(ml::quantise(network, calibration, {.cell_bits = 16}, "small.onnx"),
                       "small.onnx: error: layer '/y' (softmax): softmax needs 32-bit cells; leave it out with "
                       "--logits [unsupported_graph]\n",
                       ml::ImportError);
  network.layers.pop_back();
  for (const Form& form : forms) {
    CAPTURE(form.profile);
    const Converted made =
        convert(network, samples, samples, {.weight_bits = 16, .cell_bits = form.cell_bits}, form.tables);
    CHECK(made.comparison.stages[0].largest < 0.003);
    CHECK(made.comparison.stages[1].largest < 0.02);
    check_frame(find_profile(form.profile), made, samples);
  }
}

ml::Network wild_network(oracle::Random& random) {
  ml::Network network;
  network.inputs = 4;
  std::size_t inputs = 4;
  for (std::size_t k = 0; k < 3; ++k) {
    ml::Layer layer{ml::Operation::dense, "d", inputs, 5, {}, {}};
    const double size = std::pow(10.0, static_cast<double>(random.between(-4, 3)));
    for (std::size_t n = 0; n < 5 * inputs; ++n)
      layer.weights.push_back(static_cast<float>(static_cast<double>(random.between(-1000, 1000)) / 1000 * size));
    for (std::size_t n = 0; n < 5; ++n) layer.bias.push_back(static_cast<float>(random.between(-3, 3)));
    network.layers.push_back(layer);
    if (random.percent(60)) network.layers.push_back({ml::Operation::relu, "r", 5, 5, {}, {}});
    inputs = 5;
  }
  return network;
}

TEST_CASE("nothing wraps for features within the range of the samples, however wild the weights") {
  oracle::Random random(3);
  int quantised = 0;
  for (int round = 0; round < 1000; ++round) {
    const unsigned cell_bits = random.percent(50) ? 16 : 32;
    const std::int64_t cell_max = (std::int64_t{1} << (cell_bits - 1)) - 1;
    const ml::Network network = wild_network(random);
    const double least = -static_cast<double>(random.below(2)), size = std::pow(10.0, random.between(-3, 3));
    std::vector<ml::Sample> samples{{{0, least * size, size, 0}, 0}};  // all the range, but little of what may come
    ml::FixedNetwork fixed;
    try {
      fixed = ml::quantise(network, ml::calibrate(network, samples, 1), {.cell_bits = cell_bits}, "m");
    } catch (const ml::ImportError& error) {
      CHECK(error.name == "out_of_range");
      continue;
    }
    ++quantised;
    for (int corner = 0; corner < 16; ++corner) {
      for (int k = 0; k < 4; ++k)
        samples[0].features[static_cast<std::size_t>(k)] = size * (corner >> k & 1 ? 1 : least);
      const auto results = ml::evaluate(fixed, inputs_of(samples[0], fixed));
      for (std::size_t k = 0; k < results.size(); ++k)
        for (std::int64_t cell : results[k]) REQUIRE(std::abs(cell) <= fixed.stages[k].bound);
    }
    for (const ml::FixedStage& stage : fixed.stages) {
      REQUIRE(stage.bound <= cell_max);
      for (std::int32_t divisor : stage.divisors) REQUIRE((divisor >= 1 && divisor <= cell_max));
      for (std::int32_t weight : stage.weights) REQUIRE(std::abs(weight) <= 127);
      for (std::int32_t bias : stage.bias) REQUIRE(std::abs(bias) <= cell_max);
    }
  }
  CHECK(quantised > 500);
}

TEST_CASE("samples whose numbers no cell holds are refused") {
  const ml::Network network = read_network(small_model().bytes());
  for (double magnitude : {1e10, 1e300}) {
    const auto samples = random_samples(5, 3, magnitude);
    CHECK_THROWS_AS(ml::quantise(network, ml::calibrate(network, samples, 1), {}, "small.onnx"), ml::ImportError);
  }
}

TEST_CASE("samples of zeros only leave room for others") {
  const ml::Network network = read_network(small_model().bytes());
  const std::vector<ml::Sample> samples(3, {{0, 0, 0}, 0});
  const ml::FixedNetwork fixed = ml::quantise(network, ml::calibrate(network, samples, 1), {}, "small.onnx");
  CHECK(fixed.input_scale == 8192);
}

TEST_CASE("names of frames are tokens") {
  CHECK(ml::frame_name("a/b/digits-mlp.onnx") == "digits-mlp");
  CHECK(ml::frame_name("x y\n(z.onnx") == "x-y--z");
  CHECK(ml::frame_name(".onnx") == "model");
}

TEST_CASE("constants have the smallest type that holds them") {
  CHECK(ml::element_type({127, -128}) == std::string("int8"));
  CHECK(ml::element_type({1, 128}) == std::string("int16"));
  CHECK(ml::element_type({-32768, -129}) == std::string("int16"));
  CHECK(ml::element_type({0, -32769}) == std::string("int32"));
}

TEST_CASE("the class that scores stand for") {
  const std::vector<double> scores{1, 3, 3};
  CHECK(ml::class_of<double>(scores, 0.5) == 1);
  CHECK(ml::class_of<double>(std::vector<double>{0.5}, 0.5) == 1);
  CHECK(ml::class_of<double>(std::vector<double>{0.49}, 0.5) == 0);
}

TEST_CASE("a single score in units is a yes from a half on, whatever the scale") {
  for (std::int32_t scale : {1, 2, 3, 100, 16384, 0x7ffffffe, 0x7fffffff}) {
    CAPTURE(scale);
    for (std::int64_t score : {-1, 0, scale / 2, scale / 2 + 1, scale})
      CHECK(ml::class_of_units(Cells{score}, scale) == (2 * score >= scale ? 1 : 0));
  }
}

}  // namespace
