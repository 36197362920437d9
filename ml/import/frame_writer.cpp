#include "ml/import/frame_writer.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <set>

#include "ml/import/curve.hpp"

namespace mica::ml {
namespace {

constexpr std::size_t line_columns = 100;

template <typename Type>
bool all_fit(const std::vector<std::int32_t>& numbers) {
  return std::all_of(numbers.begin(), numbers.end(), [](std::int32_t number) {
    return number >= std::numeric_limits<Type>::min() && number <= std::numeric_limits<Type>::max();
  });
}

std::size_t element_bytes(const std::vector<std::int32_t>& numbers) {
  return all_fit<std::int8_t>(numbers) ? 1 : all_fit<std::int16_t>(numbers) ? 2 : 4;
}

// Elements as they lie in memory, the low byte first.
std::string bytes_of(const std::vector<std::int32_t>& numbers) {
  std::string bytes;
  for (std::int32_t number : numbers)
    for (std::size_t k = 0; k < element_bytes(numbers); ++k) bytes += static_cast<char>(number >> (8 * k));
  return bytes;
}

// Four bytes as five characters, the first the most significant; in quotation marks, in lines. The last group is filled
// up with zeros.
std::string z85(const std::string& bytes) {
  constexpr std::string_view alphabet =
      "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.-:+=^!/*?&<>()[]{}@%$#";
  std::string text = "  \"";
  for (std::size_t k = 0; k < bytes.size(); k += 4) {
    std::uint32_t group = 0;
    for (std::size_t j = k; j < k + 4; ++j)
      group = group << 8 | (j < bytes.size() ? static_cast<std::uint8_t>(bytes[j]) : 0u);
    char characters[5];
    for (int j = 4; j >= 0; --j, group /= 85) characters[j] = alphabet[group % 85];
    if (k != 0 && k % (line_columns / 5 * 4) == 0) text += "\n   ";
    text.append(characters, 5);
  }
  return text + "\"\n";
}

std::vector<std::int32_t> negated(std::vector<std::int32_t> numbers) {
  for (std::int32_t& number : numbers) number = -number;
  return numbers;
}

std::vector<std::int32_t> points_of(const Curve& curve) { return {curve.points.begin(), curve.points.end()}; }

// The curves of a network, each named by its activation and the units of its argument.
std::set<std::pair<Operation, std::int32_t>> curves_of(const FixedNetwork& network) {
  std::set<std::pair<Operation, std::int32_t>> curves;
  for (const FixedStage& stage : network.stages) {
    std::int32_t units = stage.product_units;
    for (Operation activation : stage.activations) {
      if (activation == Operation::relu) continue;
      curves.emplace(activation, units);
      units = curve_one;
    }
  }
  return curves;
}

Curve curve_of(Operation activation, std::int32_t units) {
  return activation == Operation::sigmoid ? sigmoid_curve(units) : exponential_curve(units);
}

std::string curve_word(Operation activation, std::int32_t units) {
  return fmt::format("{}-{}", activation == Operation::sigmoid ? "logistic" : "decay", units);
}

class FrameWriter {
 public:
  FrameWriter(const FixedNetwork& network, const Comparison& comparison, const FrameNotes& notes)
      : network_(network), comparison_(comparison), notes_(notes) {}

  std::string write();

 private:
  template <typename... Arguments>
  void line(fmt::format_string<Arguments...> format, Arguments&&... arguments) {
    fmt::format_to(std::back_inserter(text_), format, std::forward<Arguments>(arguments)...);
    text_ += '\n';
  }
  std::string array_name(std::size_t stage) const {
    return stage + 1 == network_.stages.size() ? "output" : fmt::format("dense{}", stage + 1);
  }
  // Takes the index from the stack.
  std::string element_of(const std::string& name) const { return name + (notes_.tables ? " read" : " swap cell+ @"); }

  void introduction();
  void constants(const std::string& name, const std::vector<std::int32_t>& numbers, std::size_t row,
                 const std::string& comment);
  void rows(const std::vector<std::int32_t>& numbers, std::size_t row);
  void curve(Operation activation, std::int32_t units);
  void stage(std::size_t index);
  void softmax(const FixedStage& stage, std::int32_t units);

  const FixedNetwork& network_;
  const Comparison& comparison_;
  const FrameNotes& notes_;
  std::string text_;
};

void FrameWriter::introduction() {
  const FixedStage& last = network_.stages.back();
  line("frame {} 1 exports input exports output exports predict exports input-scale exports output-scale", notes_.name);
  line("\\ A neural network: {} features in, {} scores out.", network_.inputs, last.outputs);
  line("\\ {}", notes_.origin);
  line("\\");
  line("\\ Use: store {} features, each times input-scale, in the array input and call predict. Then the",
       network_.inputs);
  line("\\ array output holds {} scores, each times output-scale; the class is the index of the highest.",
       last.outputs);
  line("\\");
  line("\\ {:<10} {:<14} {:<9} {:>9} {:>12} {:>12}  {}", "stage", "shape", "weights", "units", "mean error",
       "worst error", "activation");
  for (std::size_t k = 0; k < network_.stages.size(); ++k) {
    const FixedStage& stage = network_.stages[k];
    const Difference& difference = comparison_.stages[k];
    line("\\ {:<10} {:<14} {:<9} {:>9} {:>12.2g} {:>12.2g}  {}", array_name(k),
         fmt::format("{} -> {}", stage.inputs, stage.outputs), element_type(stage.weights), stage.units,
         difference.mean, difference.largest, activation_names(stage));
  }
  line("\\ Units: what stands for 1.0. Errors: against the float model, over {} samples.", comparison_.samples);
  for (const std::string& note : notes_.notes) line("\\ {}", note);
  line("");
  line("const input-scale {}", network_.input_scale);
  line("const output-scale {}", network_.output_scale());
  line("");
}

void FrameWriter::constants(const std::string& name, const std::vector<std::int32_t>& numbers, std::size_t row,
                            const std::string& comment) {
  const std::string head = notes_.tables ? fmt::format("table {} {}", name, element_type(numbers)) : "array " + name;
  if (notes_.packed) {
    line("\\ {}", comment);
    line("{} packed {}", head, numbers.size() * element_bytes(numbers));
    text_ += z85(bytes_of(numbers));
    return;
  }
  line("{} {{  \\ {}", head, comment);
  rows(numbers, row);
  line("}}");
}

// Rows begin on lines of their own.
void FrameWriter::rows(const std::vector<std::int32_t>& numbers, std::size_t row) {
  std::string one = " ";
  for (std::size_t k = 0; k < numbers.size(); ++k) {
    const std::string number = fmt::format(" {}", numbers[k]);
    if ((k != 0 && k % row == 0) || one.size() + number.size() > line_columns) {
      line("{}", one);
      one = " ";
    }
    one += number;
  }
  line("{}", one);
}

// A table of points and the word that goes along straight lines between them. Below 0 the logistic function is one
// minus that of the opposite; the other curve is never asked there.
void FrameWriter::curve(Operation activation, std::int32_t units) {
  const Curve curve = curve_of(activation, units);
  const std::string word = curve_word(activation, units);
  const bool is_sigmoid = activation == Operation::sigmoid;
  constants(word + "-points", points_of(curve), curve.points.size(),
            fmt::format("{} of {}, at x = 0, 1/16, 2/16 ...", curve_one, is_sigmoid ? "1 / (1 + e^-x)" : "e^-x"));
  line("");
  line("var {}-place", word);
  line("");
  line(": {}{} ( n -- n2 )  \\ 1.0 is {} in n, {} in n2", word, is_sigmoid ? "-above" : "", units, curve_one);
  line("  dup {} < if", curve.limit());
  line("    dup {} /  dup {}-place !  {} * -  ( units behind the point )", curve.step, word, curve.step);
  line("    {0}-place @ 1 + {1}  {0}-place @ {1}  -  * {2} /", word, element_of(word + "-points"), curve.step);
  line("    {}-place @ {}  +", word, element_of(word + "-points"));
  line("  else drop {} endif", curve.points.back());
  line(";");
  line("");
  if (!is_sigmoid) return;
  line(": {} ( n -- n2 )", word);
  line("  dup 0 < if  0 swap - {}-above  {} swap -  else  {}-above  endif", word, curve_one, word);
  line(";");
  line("");
}

// In the array output, in place.
void FrameWriter::softmax(const FixedStage& stage, std::int32_t units) {
  line("var highest");
  line("var total");
  line("");
  line(": softmax ( -- )");
  line("  output @ highest !");
  line("  {} 0 do  output i cell+ @  dup highest @ > if highest ! else drop endif  loop", stage.outputs);
  line("  0 total !");
  line("  {} 0 do", stage.outputs);
  line("    highest @  output i cell+ @ -  {}", curve_word(Operation::softmax, units));
  line("    dup output i cell+ !  total @ + total !");
  line("  loop");
  line("  {} 0 do  output i cell+  dup @ {} * total @ /  swap !  loop", stage.outputs, curve_one);
  line(";");
  line("");
}

void FrameWriter::stage(std::size_t index) {
  const FixedStage& stage = network_.stages[index];
  const std::string layer = fmt::format("dense{}", index + 1);
  const std::string array = array_name(index);
  constants(layer + "-weights", stage.weights, stage.inputs, fmt::format("{} rows of {}", stage.outputs, stage.inputs));
  constants(layer + "-divisors", negated(stage.divisors), stage.outputs, "of each row; negative: divide");
  constants(layer + "-bias", stage.bias, stage.outputs, fmt::format("1.0 is {}", stage.product_units));
  line("array {} {}", array, stage.outputs);
  line("");
  std::int32_t units = stage.product_units;
  std::string steps;
  for (Operation activation : stage.activations) {
    if (activation == Operation::softmax) softmax(stage, units);
    steps += activation == Operation::relu      ? fmt::format("  {0} {0} $ relu 0 vecmap\n", array)
             : activation == Operation::softmax ? "  softmax\n"
                                                : fmt::format("  {} 0 do  {} i cell+  dup @  {}  swap !  loop\n",
                                                              stage.outputs, array, curve_word(activation, units));
    if (activation != Operation::relu) units = curve_one;
  }
  line(": compute-{} ( -- )", layer);
  line("  {} {}-weights {} {}-divisors vecfold", index == 0 ? "input" : array_name(index - 1), layer, array, layer);
  line("  {0} {1}-bias {0} 0 vecadd", array, layer);
  text_ += steps;
  line(";");
  line("");
}

std::string FrameWriter::write() {
  introduction();
  line("array input {}", network_.inputs);
  line("");
  for (const auto& [activation, units] : curves_of(network_)) curve(activation, units);
  for (std::size_t k = 0; k < network_.stages.size(); ++k) stage(k);
  std::string calls;
  for (std::size_t k = 0; k < network_.stages.size(); ++k) calls += fmt::format("  compute-dense{}", k + 1);
  line(": predict ( -- ){} ;", calls);
  return std::move(text_);
}

}  // namespace

std::string activation_names(const FixedStage& stage) {
  std::string names;
  for (Operation activation : stage.activations)
    names += (names.empty() ? "" : ", ") + std::string(operation_name(activation));
  return names.empty() ? "none" : names;
}

const char* element_type(const std::vector<std::int32_t>& numbers) {
  const std::size_t bytes = element_bytes(numbers);
  return bytes == 1 ? "int8" : bytes == 2 ? "int16" : "int32";
}

std::string frame_name(const std::string& file) {
  std::string name = file.substr(file.find_last_of('/') + 1);
  name = name.substr(0, name.find_last_of('.'));
  for (char& c : name)
    if (!std::isalnum(static_cast<unsigned char>(c)) && c != '-' && c != '_') c = '-';
  return name.empty() ? "model" : name.substr(0, 32);
}

std::size_t constant_bytes(const FixedNetwork& network, bool tables, unsigned cell_bits) {
  std::size_t bytes = 0;
  const auto add = [&](const std::vector<std::int32_t>& numbers) {
    bytes += numbers.size() * (tables ? element_bytes(numbers) : cell_bits / 8);
  };
  for (const FixedStage& stage : network.stages) {
    add(stage.weights);
    add(negated(stage.divisors));
    add(stage.bias);
  }
  for (const auto& [activation, units] : curves_of(network)) add(points_of(curve_of(activation, units)));
  return bytes;
}

std::size_t array_bytes(const FixedNetwork& network, unsigned cell_bits) {
  std::size_t cells = network.inputs;
  for (const FixedStage& stage : network.stages) cells += stage.outputs;
  return cells * cell_bits / 8;
}

std::string write_frame(const FixedNetwork& network, const Comparison& comparison, const FrameNotes& notes) {
  return FrameWriter(network, comparison, notes).write();
}

}  // namespace mica::ml
