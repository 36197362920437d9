// The words of layers of floats and their fields.
#include "tests/oracle/blocks.hpp"

namespace mica::oracle {

namespace {

using Numbers = std::vector<std::int64_t>;
using Fields = std::vector<Field>;

constexpr std::int64_t infinity = 0x7F800000, minus_infinity = -0x800000, one = 0x3F800000, cell_highest = 2147483647;

Field array(std::string_view name, std::string_view type = "float32") { return {name, {type}}; }
Field output(std::string_view type = "float32") { return {"output", {type}, true}; }
Field integers(std::string_view name, std::size_t count, std::int64_t least, std::int64_t most,
               std::optional<Numbers> otherwise = std::nullopt) {
  return {name, {}, false, count, least, most, {}, std::move(otherwise)};
}
Field floats(std::string_view name, std::size_t count, std::optional<Numbers> otherwise = std::nullopt) {
  return {name, {}, false, count, 0, 0, {}, std::move(otherwise), true};
}
Field choice(std::string_view name, std::vector<std::string_view> choices) {
  return {name, {}, false, 0, 0, 0, std::move(choices), Numbers{0}};
}

Fields together(std::initializer_list<Fields> parts) {
  Fields all;
  for (const Fields& part : parts) all.insert(all.end(), part.begin(), part.end());
  return all;
}

}  // namespace

const std::map<std::string_view, Fields>& float_words() {
  static const Fields in_out{array("input"), output()};
  static const Fields clamp{floats("clamp", 2, Numbers{minus_infinity, infinity})};
  static const Fields size{integers("size", 3, 1, 65535)};
  static const Fields windows{integers("kernel", 2, 1, 65535), integers("stride", 2, 1, 255, Numbers{1, 1}),
                              integers("dilation", 2, 1, 255, Numbers{1, 1}), choice("padding", {"valid", "same"}),
                              integers("pads", 4, 0, 65535, Numbers{0, 0, 0, 0})};
  static const Fields weights{array("filter"), array("bias")};
  static const Fields pair{array("a"), array("b"), output()};
  static const Fields columns{integers("columns", 1, 1, cell_highest)};
  static const Fields steps{floats("scale", 1), integers("zero", 1, -128, 127, Numbers{0})};
  static const std::map<std::string_view, Fields> all{
      {"fconv2d{", together({in_out, weights, size, windows, clamp, {integers("groups", 1, 1, 65535, Numbers{1})}})},
      {"fdepthwise-conv2d{", together({in_out, weights, size, windows, clamp})},
      {"ffully-connected{", together({in_out, weights, clamp})},
      {"faverage-pool{", together({in_out, size, windows, clamp})},
      {"fmax-pool{", together({in_out, size, windows, clamp})},
      {"fmean{", together({in_out, size, clamp})},
      {"fclamp{", together({in_out, {floats("clamp", 2)}})},
      {"fleaky-relu{", together({in_out, {floats("slope", 1)}})},
      {"fhard-swish{", in_out},
      {"fsigmoid{", in_out},
      {"ftanh{", in_out},
      {"fadd{", together({pair, clamp, {choice("negate", {"none", "a", "b"})}})},
      {"fmul{", together({pair, clamp})},
      {"fsoftmax{", together({in_out, columns, {floats("beta", 1, Numbers{one})}})},
      {"fargmax{", together({{array("input"), output("int32")}, columns})},
      {"quantise{", together({{array("input"), output("int8")}, steps})},
      {"dequantise{", together({{array("input", "int8"), output()}, steps})}};
  return all;
}

}  // namespace mica::oracle
