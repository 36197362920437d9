#include "ml/import/classic_frame.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <span>
#include <type_traits>

#include "ml/import/block_text.hpp"
#include "ml/import/graph.hpp"
#include "ml/import/import_error.hpp"

namespace mica::ml {
namespace {

constexpr std::size_t listed_max = 8, line_columns = 100;

const char* name_of(ElementType type) {
  switch (type) {
    case ElementType::int8: return "int8";
    case ElementType::int16: return "int16";
    case ElementType::int32: return "int32";
    case ElementType::float32: break;
  }
  return "float32";
}

// The shortest text that is read as the same float, with a point.
std::string float_text(float number) {
  std::string text = fmt::format("{}", number);
  const bool has_point = text.find('.') != std::string::npos || text.find('e') != std::string::npos;
  return has_point ? text : text + ".0";
}

std::string counted(std::size_t count, const char* what) {
  return fmt::format("{} {}{}", count, what, count == 1 ? "" : "s");
}

template <class Number>
constexpr ElementType type_of() {
  if constexpr (std::is_same_v<Number, float>) return ElementType::float32;
  return sizeof(Number) == 1 ? ElementType::int8 : sizeof(Number) == 2 ? ElementType::int16 : ElementType::int32;
}

class Writer {
 public:
  Writer(const ClassicModel& model, const ClassicFrameNotes& notes, const std::string& file)
      : model_(model), notes_(notes), file_(file), type_(notes.features) {}

  ClassicFrame write() {
    find_units();
    line(": predict ( -- )");
    for (const Preparation& one : preparations()) prepare(one);
    if (const auto* trees = std::get_if<TreeEnsemble>(&model_.model))
      forest(*trees);
    else
      linear(std::get<LinearModel>(model_.model));
    if (model_.function != ScoreFunction::none) line("  squash");
    if (model_.score_norm) normalizer("output", "output", model_.outputs, *model_.score_norm);
    line(";");
    std::string body = std::move(frame_.text);
    frame_.text.clear();
    introduction();
    memory();
    frame_.text += body;
    return std::move(frame_);
  }

 private:
  template <typename... Arguments>
  void line(fmt::format_string<Arguments...> format, Arguments&&... arguments) {
    fmt::format_to(std::back_inserter(frame_.text), format, std::forward<Arguments>(arguments)...);
    frame_.text += '\n';
  }

  bool has_float_output() const { return frame_.output_units == 0; }

  // Before floats there must be floats.
  std::vector<Preparation> preparations() const {
    std::vector<Preparation> all = model_.preparations;
    const bool wants_floats = all.empty() ? std::holds_alternative<LinearModel>(model_.model)
                                          : !std::holds_alternative<FeatureScale>(all.front());
    if (notes_.features != ElementType::float32 && wants_floats) all.insert(all.begin(), FeatureScale{{0}, {1}});
    return all;
  }

  // The least power of two with which the values of all leaves are whole numbers, so that sums are exact. Where there
  // is none it is 2^24, or as much as sums have room for.
  void find_units() {
    const auto* trees = std::get_if<TreeEnsemble>(&model_.model);
    if (trees == nullptr || model_.function != ScoreFunction::none || model_.score_norm) return;
    double most = 0;
    for (const double leaf : trees->leaves) most = std::max(most, std::abs(leaf));
    most *= static_cast<double>(trees->roots.size());
    const auto is_exact = [&](double units) {
      return std::all_of(trees->leaves.begin(), trees->leaves.end(),
                         [units](double leaf) { return leaf * units == std::round(leaf * units); });
    };
    const auto has_room = [&](double units) {
      return most * units + static_cast<double>(trees->roots.size()) < 2147483647;
    };
    for (double units = 1; units <= 1 << 30 && has_room(units); units *= 2)
      if (is_exact(units)) {
        frame_.output_units = units;
        return;
      }
    double units = 1 << 24;
    while (units > 1 && !has_room(units)) units /= 2;
    if (!has_room(units)) return;  // floats it is
    frame_.output_units = units;
    frame_.is_rounded = true;
  }

  // `field name`, and elements in full, with their type unless it is the one that the field has without.
  template <class Number>
  void array(const char* field, std::span<const Number> numbers, ElementType otherwise) {
    constexpr ElementType type = type_of<Number>();
    frame_.constant_bytes += numbers.size_bytes();
    std::string text = fmt::format("    {}", field);
    if (type != otherwise) text += fmt::format(" {}", name_of(type));
    if (numbers.size() > listed_max)
      return line("{} packed {}\n{}", text, numbers.size_bytes(), z85_text(std::as_bytes(numbers)));
    text += " {";
    for (const Number number : numbers) {
      if constexpr (type == ElementType::float32)
        text += " " + float_text(number);
      else
        text += fmt::format(" {}", static_cast<std::int32_t>(number));
    }
    line("{} }}", text);
  }

  // As the smallest of the types from `least` on, that holds all.
  void smallest(const char* field, const std::vector<std::int32_t>& numbers, ElementType least, ElementType otherwise) {
    const auto [low, high] = std::minmax_element(numbers.begin(), numbers.end());
    const auto fits = [&, low = *low, high = *high](std::int32_t most) { return low >= -most - 1 && high <= most; };
    const auto as = [&]<class Number>(Number) {
      const std::vector<Number> narrow(numbers.begin(), numbers.end());
      array<Number>(field, narrow, otherwise);
    };
    if (least == ElementType::int8 && fits(127)) return as(std::int8_t{});
    fits(32767) ? as(std::int16_t{}) : as(std::int32_t{});
  }

  void prepare(const Preparation& one) {
    if (const auto* scale = std::get_if<FeatureScale>(&one)) {
      line("  scaler{{ input {} output scaled", features_);
      array<float>("offsets", scale->offsets, ElementType::float32);
      array<float>("factors", scale->factors, ElementType::float32);
      line("  }}");
    } else {
      normalizer(features_, "scaled", model_.inputs, std::get<RowNorm>(one));
    }
    features_ = "scaled";
    type_ = ElementType::float32;
  }

  void normalizer(const char* input, const char* output, std::size_t columns, RowNorm norm) {
    line("  normalizer{{ input {} output {} columns {}{} }}", input, output, columns,
         norm == RowNorm::l1 ? " norm l1" : "");
  }

  void forest(const TreeEnsemble& trees) {
    line("  forest{{ input {} output output", features_);
    smallest("features", trees.features, ElementType::int8, ElementType::int8);
    if (type_ == ElementType::float32)
      array<float>("thresholds", trees.thresholds, ElementType::int16);
    else
      smallest_thresholds(trees);
    smallest("skips", trees.skips, ElementType::int16, ElementType::int16);
    leaves(trees);
    if (trees.roots.size() > 1) smallest("roots", trees.roots, ElementType::int16, ElementType::int16);
    line("  }}");
  }

  // A whole number is at most a threshold where it is at most the next whole number below.
  void smallest_thresholds(const TreeEnsemble& trees) {
    const bool wide = type_ == ElementType::int32;
    const double most = wide ? 2147483647.0 : 32767.0;
    std::vector<std::int32_t> thresholds;
    for (std::size_t k = 0; k < trees.thresholds.size(); ++k) {
      const double floor = std::floor(double{trees.thresholds[k]});
      if (floor < -most - 1 || floor > most)
        throw ImportError(file_,
                          fmt::format("the threshold {} of node {} does not fit {}; take features of another type",
                                      trees.thresholds[k], k, name_of(type_)),
                          "out_of_range");
      thresholds.push_back(static_cast<std::int32_t>(floor));
    }
    if (wide) return array<std::int32_t>("thresholds", thresholds, ElementType::int16);
    const std::vector<std::int16_t> narrow(thresholds.begin(), thresholds.end());
    array<std::int16_t>("thresholds", narrow, ElementType::int16);
  }

  void leaves(const TreeEnsemble& trees) {
    if (has_float_output()) {
      const std::vector<float> values(trees.leaves.begin(), trees.leaves.end());
      return array<float>("leaves", values, ElementType::int16);
    }
    std::vector<std::int32_t> values;
    for (const double leaf : trees.leaves)
      values.push_back(static_cast<std::int32_t>(std::round(leaf * frame_.output_units)));
    smallest("leaves", values, ElementType::int16, ElementType::int16);
  }

  void linear(const LinearModel& linear) {
    line("  linear{{ input {} output output", features_);
    array<float>("weights", linear.weights, ElementType::int16);
    array<float>("bias", linear.bias, ElementType::int32);
    line("  }}");
  }

  std::string what() const {
    const auto* trees = std::get_if<TreeEnsemble>(&model_.model);
    if (trees == nullptr) return "A linear model";
    const std::string nodes =
        fmt::format("{}, at most {} on a way", counted(trees->inner_nodes, "inner node"), trees->depth);
    if (trees->roots.size() == 1) return "A decision tree with " + nodes;
    return fmt::format("A forest of {} trees with {}", trees->roots.size(), nodes);
  }

  bool has_table() const {
    constexpr std::size_t digits_max = 9;  // of a number of 32 bits, whichever they are
    return model_.has_number_labels && !are_indices(model_) &&
           std::all_of(model_.labels.begin(), model_.labels.end(),
                       [](const std::string& label) { return label.size() <= digits_max; });
  }

  void introduction() {
    std::string names = "exports input exports output exports predict";
    if (notes_.features != ElementType::float32) names += " exports input-scale";
    if (!has_float_output()) names += " exports output-scale";
    if (has_table()) names += " exports classes";
    line("frame {} 1 {}", notes_.name, names);
    const char* const results = model_.labels.empty() ? "result" : "score";
    line("\\ {}: {} -> {}.", what(), counted(model_.inputs, "feature"), counted(model_.outputs, results));
    line("\\ {}", notes_.origin);
    line("\\ Constants {} bytes.", frame_.constant_bytes);
    class_names();
    line("\\");
    line("\\ Use: store the features, {}, in the array input and call predict;",
         notes_.features == ElementType::float32 ? "floats" : "whole numbers");
    line("\\ then the array output holds {}.{}", counted(model_.outputs, has_float_output() ? "float" : "number"),
         has_float_output() ? "" : fmt::format(" {} stands for 1.0 there.", frame_.output_units));
    if (frame_.is_rounded) line("\\ The values of leaves are rounded to that.");
    line("");
  }

  // Each with its index.
  void class_names() {
    if (model_.labels.empty()) return;
    if (are_indices(model_)) return line("\\ Classes: 0 to {}.", model_.labels.size() - 1);
    std::string text = "\\ Classes:";
    for (std::size_t k = 0; k < model_.labels.size(); ++k) {
      const std::string one =
          fmt::format(" {}: {}{}", k, printable(model_.labels[k]), k + 1 < model_.labels.size() ? "," : "");
      if (text.size() + one.size() > line_columns) {
        line("{}", text);
        text = "\\  ";
      }
      text += one;
    }
    line("{}", text);
  }

  void memory() {
    if (notes_.features != ElementType::float32) line("const input-scale 1");
    if (!has_float_output()) line("const output-scale {}", static_cast<std::int64_t>(frame_.output_units));
    if (has_table()) {
      std::string text = "table classes int32 {";
      for (const std::string& label : model_.labels) text += " " + label;
      line("{} }}", text);
    }
    line("array input {} {}", name_of(notes_.features), model_.inputs);
    if (features_ == std::string_view("scaled")) line("array scaled float32 {}", model_.inputs);
    line("array output {} {}", has_float_output() ? "float32" : "int32", model_.outputs);
    line("");
    functions();
  }

  // What comes behind the scores, in words.
  void functions() {
    const std::size_t count = model_.outputs;
    if (model_.function == ScoreFunction::logistic) {
      line(": squash ( -- )  {} 0 do  i output read fsigmoid i output write  loop ;", count);
    } else if (model_.function == ScoreFunction::softmax) {
      line(": greatest ( -- r )  0 output read  {} 0 do  i output read fmax  loop ;", count);
      line(": squash ( -- )");
      line("  greatest 0.0  {} 0 do  i output read 3 pick f- fexp  dup i output write  f+  loop", count);
      line("  swap drop  {} 0 do  i output read over f/ i output write  loop  drop ;", count);
    }
  }

  const ClassicModel& model_;
  const ClassicFrameNotes& notes_;
  const std::string& file_;
  ClassicFrame frame_;
  const char* features_ = "input";  // the array in which they are by now
  ElementType type_;                // of its elements
};

}  // namespace

ClassicFrame write_classic_frame(const ClassicModel& model, const ClassicFrameNotes& notes, const std::string& file) {
  return Writer(model, notes, file).write();
}

}  // namespace mica::ml
