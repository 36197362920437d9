// The blocks that layers of int8 become: their numbers are those that TensorFlow Lite Micro prepares.
#include <doctest/doctest.h>

#include "ml/import/graph_frame.hpp"
#include "ml/import/tflite_reader.hpp"
#include "tests/import/tflite_builder.hpp"

namespace {

using namespace mica;
using namespace mica::tests;
using Code = tfl::OperatorCode;

std::string text_of(const TfliteBuilder& builder) {
  const std::string bytes = builder.bytes();
  const ml::Graph graph = ml::read_tflite(bytes, "m.tflite");
  return ml::write_graph_frame(graph, {.name = "m", .origin = ""}, "m.tflite").text;
}

// Its lines are joined.
void has(const TfliteBuilder& builder, const std::string& fields) {
  std::string text;
  for (const char c : text_of(builder))
    if (c != '\n' && (c != ' ' || text.empty() || text.back() != ' ')) text += c;
  CHECK_MESSAGE(text.find(fields) != std::string::npos, text);
}

tfl::LeakyReluOptionsT leaky(float alpha) {
  tfl::LeakyReluOptionsT options;
  options.alpha = alpha;
  return options;
}

TEST_CASE("scales of sums are divided as doubles, those of differences as floats") {
  const std::vector<Given> pair = {{{1, 4}, quantised(0.6028777f, 0)}, bytes({1, 4}, quantised(1.1126366f, 0))};
  const Given result = {{1, 4}, quantised(0.5781125f, 0)};
  has(one_operator(Code::ADD, tfl::AddOptionsT(), pair, result),
      "multipliers 1163605432 1073741824 2066525894 shifts -1 0 -18");
  has(one_operator(Code::SUB, tfl::SubOptionsT(), pair, result),
      "multipliers 1163605376 1073741824 2066525952 shifts -1 0 -18 negate b");
}

TEST_CASE("both factors of leaky relu come of floats, and that of a negative slope is negative") {
  has(one_operator(Code::LEAKY_RELU, leaky(5.8f), {{{1, 4}, quantised(0.59183675f, 0)}},
                   {{1, 4}, quantised(0.20408164f, 0)}),
      "multiplier 1556925696 shift 2 slope 1128771072 slope-shift 5 }");
  has(one_operator(Code::LEAKY_RELU, leaky(-0.5f), {{{1, 4}, quantised(0.25f, 0)}}, {{1, 4}, quantised(0.25f, 0)}),
      "multiplier 1073741824 shift 1 slope -1073741824 }");
}

// Where steps are so large, no number but 0.0 is between the ends of these functions.
TEST_CASE("functions of large steps fit their blocks") {
  has(one_operator(Code::LOGISTIC, {{{1, 4}, quantised(16, 5)}}, {{1, 4}, quantised(1.0f / 256, -128)}),
      "sigmoid{ input input output output zero 5 multiplier 1073741824 shift 30 radius 0 }");
  has(one_operator(Code::TANH, {{{1, 4}, quantised(100, 0)}}, {{1, 4}, quantised(1.0f / 128, 0)}), "shift 30 radius 0");
  tfl::SoftmaxOptionsT softmax;
  softmax.beta = 1;
  has(one_operator(Code::SOFTMAX, softmax, {{{1, 4}, quantised(32, 0)}}, {{1, 4}, quantised(1.0f / 256, -128)}),
      "multiplier 2147483647 shift 30 least 0 }");
  has(one_operator(Code::HARD_SWISH, {{{1, 4}, quantised(1e8f, 0)}}, {{1, 4}, quantised(1e8f, 0)}), " 30 }");
}

TEST_CASE("functions of small steps have no ends within reach, not even 255 steps away from 0.0") {
  const Given logistic = {{1, 4}, quantised(1.0f / 256, -128)}, tangent = {{1, 4}, quantised(1.0f / 128, 0)};
  has(one_operator(Code::LOGISTIC, {{{1, 4}, quantised(0.01f, -128)}}, logistic), "shift 21 radius 256 }");
  has(one_operator(Code::TANH, {{{1, 4}, quantised(0.01f, 127)}}, tangent), "shift 21 radius 256 }");
  has(one_operator(Code::LOGISTIC, {{{1, 4}, quantised(0.06f, -128)}}, logistic), "shift 23 radius 240 }");
}

TEST_CASE("a few numbers that a layer takes are listed, more are packed") {
  const auto sum = [](const std::vector<int>& shape) {
    return one_operator(Code::ADD, tfl::AddOptionsT(),
                        {{{1, 2, 9}, quantised(0.5f, 0)}, bytes(shape, quantised(0.5f, 0))},
                        {{1, 2, 9}, quantised(0.5f, 0)});
  };
  has(sum({1}), "table constant-1 int8 { 1 }");
  has(sum({9}), "table constant-1 int8 packed 9\"0rJua1Qkhq2(<@9\"");
}

TEST_CASE("what is padded is copied in as few blocks as the axes allow") {
  const auto pad = [](const std::vector<int>& from, const std::vector<std::int32_t>& pads, const std::vector<int>& to) {
    Given given = integers(pads);
    given.shape = {static_cast<int>(from.size()), 2};
    return one_operator(Code::PAD, {{from, quantised(0.5f, 3)}, given}, {to, quantised(0.5f, 3)});
  };
  has(pad({1, 5, 2, 3}, {0, 0, 1, 0, 0, 2, 0, 0}, {1, 6, 4, 3}),
      "fill{ output output length 72 value 3 } copy{ input input output output rows 5 length 6 from 0 6 to 12 12 };");
  // The longest axis makes the rows, the other one takes two blocks.
  has(pad({1, 5, 2, 3}, {0, 0, 1, 0, 0, 2, 1, 1}, {1, 6, 4, 5}),
      "copy{ input input output output rows 5 length 3 from 0 6 to 21 20 }"
      " copy{ input input output output rows 5 length 3 from 3 6 to 26 20 };");
  has(pad({1, 70}, {0, 0, 4, 0}, {1, 74}), "copy{ input input output output length 70 to 4 0 };");
}

}  // namespace
