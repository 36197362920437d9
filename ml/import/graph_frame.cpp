#include "ml/import/graph_frame.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <tuple>

#include "ml/import/block_text.hpp"
#include "ml/import/costs.hpp"
#include "ml/import/import_error.hpp"
#include "ml/import/layer_parts.hpp"
#include "ml/import/layer_writer.hpp"

namespace mica::ml {
namespace {

class GraphFrameWriter {
 public:
  GraphFrameWriter(const Graph& graph, const GraphFrameNotes& notes, const std::string& file)
      : graph_(graph), notes_(notes), file_(file) {}

  GraphFrame write();

 private:
  template <typename... Arguments>
  void line(fmt::format_string<Arguments...> format, Arguments&&... arguments) {
    fmt::format_to(std::back_inserter(frame_.text), format, std::forward<Arguments>(arguments)...);
    frame_.text += '\n';
  }
  const Tensor& tensor(int index) const { return graph_.tensors[static_cast<std::size_t>(index)]; }
  int only(const std::vector<int>& tensors, const char* what) const;
  void plan();
  void name_tensors();
  void name_constants();
  void introduction();
  void memory();
  void scale(const char* what, const Tensor& tensor, double factor);
  void layer(const Operator& one);

  const Graph& graph_;
  const GraphFrameNotes& notes_;
  const std::string& file_;
  GraphFrame frame_;
  int input_ = 0, output_ = 0;
  std::map<int, std::string> names_;
  // Memory for the tensors of a type.
  struct Arena {
    std::string name;
    TensorType type;
    std::size_t elements;
  };
  std::vector<Arena> arenas_;
  std::vector<int> views_;  // tensors, one for each name
  std::vector<int> tables_;
};

int GraphFrameWriter::only(const std::vector<int>& tensors, const char* what) const {
  if (tensors.size() != 1)
    throw ImportError(file_, fmt::format("the model has {} {}s; one can be converted", tensors.size(), what),
                      "unsupported_graph");
  return tensors[0];
}

// Views are of the type of their array: there is one of each type.
void GraphFrameWriter::plan() {
  frame_.arena.offsets.resize(graph_.tensors.size());
  for (const TensorType type : {TensorType::int8, TensorType::float32, TensorType::int32}) {
    const ArenaPlan plan = plan_arena(graph_, {.alignment = element_bytes(type), .only = type});
    if (plan.bytes == 0) continue;
    arenas_.push_back(
        {arenas_.empty() ? "arena" : fmt::format("arena-{}", type_name(type)), type, plan.bytes / element_bytes(type)});
    frame_.arena.bytes += plan.bytes;
    frame_.arena.lower_bound += plan.lower_bound;
    for (std::size_t k = 0; k < plan.offsets.size(); ++k)
      if (plan.offsets[k]) frame_.arena.offsets[k] = plan.offsets[k];
  }
}

// Tensors that lie in the same place and have as many elements share a name.
void GraphFrameWriter::name_tensors() {
  std::map<std::tuple<std::size_t, std::size_t, TensorType>, std::string> places;
  const auto name = [&](int index, const std::string& wanted) {
    const Tensor& one = tensor(index);
    const auto offset = frame_.arena.offsets[static_cast<std::size_t>(index)];
    if (!offset || names_.count(index) != 0) return;
    const auto [place, is_new] = places.emplace(std::tuple{*offset, one.elements(), one.type}, wanted);
    names_[index] = place->second;
    if (is_new) views_.push_back(index);
  };
  name(input_, "input");
  if (names_.count(output_) == 0) {
    // Under its own name even where another tensor lies there, too: the host looks for it.
    names_[output_] = "output";
    views_.push_back(output_);
  }
  for (const Operator& one : graph_.operators)
    for (const int index : one.outputs) name(index, fmt::format("buffer-{}", views_.size() - 1));
}

// Constants that a layer takes like what was computed.
void GraphFrameWriter::name_constants() {
  for (const Operator& one : graph_.operators) {
    const bool has_two = one.kind == OperatorKind::add || one.kind == OperatorKind::sub ||
                         one.kind == OperatorKind::mul || one.kind == OperatorKind::concat;
    if (!has_two) continue;
    for (const int index : one.inputs) {
      if (!tensor(index).is_constant() || names_.count(index) != 0) continue;
      names_[index] = fmt::format("constant-{}", tables_.size() + 1);
      tables_.push_back(index);
    }
  }
}

void GraphFrameWriter::introduction() {
  const Tensor &input = tensor(input_), &output = tensor(output_);
  line("frame {} 1 exports input exports output exports predict exports input-step exports input-zero", notes_.name);
  frame_.text.pop_back();
  line(" exports output-step exports output-zero");
  const bool has_floats = input.type == TensorType::float32 || output.type == TensorType::float32;
  line("\\ A {}neural network of {} layers: {} -> {}, {} multiply-accumulates.", has_floats ? "" : "quantised ",
       graph_.operators.size(), shape_text(input.shape), shape_text(output.shape), cost_of(graph_).products);
  line("\\ {}", notes_.origin);
  line("\\ Constants {} bytes, memory of all tensors {} bytes (no plan needs less than {}).", frame_.constant_bytes,
       frame_.arena.bytes, frame_.arena.lower_bound);
  line("\\");
  line("\\ Use: store {} numbers in the array input and call predict; then the array output holds {}.",
       input.elements(), output.elements());
  if (input.shape.size() == 4 && input.shape[3] > 1) line("\\ The input has its channels last: row, column, channel.");
  line("\\ A number q stands for step * (q - zero){}. Results take the place of the input.",
       has_floats ? ", also a float" : "");
  line("");
}

// The shortest text of a float that is read as the same number, with a point.
std::string float_text(float number) {
  std::string text = fmt::format("{}", number);
  const bool has_point = text.find('.') != std::string::npos || text.find('e') != std::string::npos;
  return has_point ? text : text + ".0";
}

void GraphFrameWriter::scale(const char* what, const Tensor& one, double factor) {
  const bool has_scale = !one.quantisation.scales.empty();
  const double step = has_scale ? static_cast<double>(one.quantisation.scales[0]) : 1;
  line("const {}-step {}", what, float_text(static_cast<float>(step / factor)));
  line("const {}-zero {}", what, has_scale ? one.quantisation.zero_points[0] : 0);
}

// Few numbers are easier to read, many are shorter packed.
std::string table_text(const Tensor& one) {
  constexpr std::size_t listed_max = 8;
  if (one.elements() > listed_max) return fmt::format("packed {}\n{}", one.bytes(), z85_text(one.data));
  std::string text = "{";
  for (std::size_t k = 0; k < one.elements(); ++k) text += fmt::format(" {}", one.element<std::int8_t>(k));
  return text + " }";
}

void GraphFrameWriter::memory() {
  scale("input", tensor(input_), notes_.input_scale);
  scale("output", tensor(output_), 1);
  line("");
  for (const int index : tables_) {
    const Tensor& one = tensor(index);
    if (one.type != TensorType::int8 && one.type != TensorType::float32)
      throw ImportError(file_, fmt::format("the constant '{}' is of {}", one.name, type_name(one.type)),
                        "unsupported_type");
    frame_.constant_bytes += one.bytes();
    if (one.type == TensorType::float32) {
      line("table {} float32 {}", names_[index], elements_text(numbers_of<float>(one)));
      continue;
    }
    line("table {} int8 {}", names_[index], table_text(one));
  }
  for (const Arena& arena : arenas_) line("array {} {} {}", arena.name, type_name(arena.type), arena.elements);
  for (const int index : views_) {
    const Tensor& one = tensor(index);
    const auto arena = std::find_if(arenas_.begin(), arenas_.end(), [&](const Arena& a) { return a.type == one.type; });
    if (arena == arenas_.end())
      throw ImportError(
          file_, fmt::format("the tensor '{}' is of {}; that cannot be converted", one.name, type_name(one.type)),
          "unsupported_type");
    line("view {} {} {} {}", names_[index], arena->name,
         *frame_.arena.offsets[static_cast<std::size_t>(index)] / element_bytes(one.type), one.elements());
  }
  line("");
}

void GraphFrameWriter::layer(const Operator& one) {
  LayerText text;
  try {
    text = write_layer(graph_, one, [&](int index) {
      const auto found = names_.find(index);
      if (found == names_.end()) throw GraphError{"takes a constant where it cannot", "unsupported_graph"};
      return found->second;
    });
  } catch (const GraphError& error) {
    throw ImportError(file_,
                      fmt::format("operator {}, {} '{}': {}", one.index, kind_name(one.kind), one.name, error.sentence),
                      error.name);
  }
  const std::size_t before = frame_.text.size();
  const Tensor& output = tensor(one.outputs[0]);
  line("  \\ {} {} {}: {} -> {}", one.index, kind_name(one.kind), one.name, shape_text(tensor(one.inputs[0]).shape),
       shape_text(output.shape));
  frame_.text += text.text;
  frame_.layers.push_back({&one, text.constant_bytes, frame_.text.size() - before, std::move(text.words)});
  frame_.constant_bytes += text.constant_bytes;
}

GraphFrame GraphFrameWriter::write() {
  input_ = only(graph_.inputs, "input");
  output_ = only(graph_.outputs, "output");
  plan();
  name_tensors();
  name_constants();
  memory();
  line(": predict ( -- )");
  for (const Operator& one : graph_.operators) layer(one);
  line(";");
  const std::string body = std::move(frame_.text);
  frame_.text.clear();
  introduction();
  frame_.text += body;
  return std::move(frame_);
}

}  // namespace

GraphFrame write_graph_frame(const Graph& graph, const GraphFrameNotes& notes, const std::string& file) {
  return GraphFrameWriter(graph, notes, file).write();
}

}  // namespace mica::ml
