#include "hosts/pc/model_frame.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <chrono>
#include <cmath>
#include <cstring>
#include <utility>

namespace mica::pc {
namespace {

constexpr std::uint32_t slice = 1 << 20;  // ticks

}  // namespace

double NumberScale::real(std::int64_t number) const {
  if (is_float) return static_cast<double>(std::bit_cast<float>(static_cast<std::uint32_t>(number)) * step);
  if (scale != 0) return static_cast<double>(number) / scale;
  return static_cast<double>(step) * static_cast<double>(number - zero);
}

std::int64_t NumberScale::quantised(double number, unsigned bits) const {
  if (is_float) return std::bit_cast<std::int32_t>(static_cast<float>(number) / step);
  const double most = std::ldexp(1.0, static_cast<int>(bits) - 1);  // numbers are below it
  const double steps = std::round(static_cast<float>(number) / step);
  return static_cast<std::int64_t>(std::clamp(steps + zero, -most, most - 1));
}

// Constants are never larger than their text.
ModelFrame::ModelFrame(const Engine& engine, sim::Source source, std::uint64_t ticks_max, std::string_view form)
    : source_(std::move(source)), ticks_max_(ticks_max), node_(engine, (1u << 20) + 2 * source_.text.size()) {
  node_.on_output([](std::string_view) {});
  if (!form.empty()) node_.choose_form(form);
  const CompileStatus status = node_.load(source_.text);
  if (status.error != 0) throw sim::SourceError(node_.diagnose(source_, status));
  run_to_end(0);
  input_ = exported_array("input", true);
  output_ = exported_array("output", false);
  input_scale_ = exported_scale("input", input_);
  output_scale_ = exported_scale("output", output_);
  find_classes();
  const ExportReport predict = engine.find_export(node_.instance(), 0, "predict");
  if (predict.kind != ExportReport::Kind::word || predict.in != 0 || predict.out != 0)
    refuse("is no model: it exports no word 'predict' that takes and leaves nothing", "no_model");
}

void ModelFrame::refuse(const std::string& sentence, const char* name) const {
  throw sim::SourceError(fmt::format("{}: error: {} [{}]\n", source_.file, sentence, name));
}

ml::ArrayView ModelFrame::exported_array(const char* name, bool written) {
  const ExportReport found = node_.engine().find_export(node_.instance(), 0, name);
  if (found.kind != ExportReport::Kind::array || found.array.count == 0 || (written && found.array.read_only))
    refuse(fmt::format("is no model: it exports no array '{}'", name), "no_model");
  return found.array;
}

void ModelFrame::find_classes() {
  const ExportReport found = node_.engine().find_export(node_.instance(), 0, "classes");
  if (found.kind != ExportReport::Kind::array || ml::is_float(found.array.type)) return;
  for (std::uint32_t k = 0; k < found.array.count; ++k) classes_.push_back(ml::element(found.array, k));
}

std::size_t ModelFrame::class_number(std::size_t index) const {
  return index < classes_.size() ? static_cast<std::size_t>(classes_[index]) : index;
}

// Floats stand for themselves.
NumberScale ModelFrame::exported_scale(const std::string& what, const ml::ArrayView& array) {
  const bool is_float = ml::is_float(array.type);
  const auto find = [&](const char* suffix) {
    return node_.engine().find_export(node_.instance(), 0, (what + suffix).c_str());
  };
  const ExportReport step = find("-step"), zero = find("-zero"), scale = find("-scale");
  if (step.kind == ExportReport::Kind::constant) {
    const float size = step.is_float ? std::bit_cast<float>(step.value) : static_cast<float>(step.value);
    if (!(size > 0) || std::isinf(size))
      refuse(fmt::format("is no model: '{}-step' must be above 0", what), "no_model");
    if (zero.kind != ExportReport::Kind::constant || zero.is_float)
      refuse(fmt::format("is no model: it exports no constant '{}-zero', a whole number", what), "no_model");
    return {.scale = 0, .step = size, .zero = zero.value, .is_float = is_float};
  }
  if (is_float) return {.is_float = true};
  if (scale.kind == ExportReport::Kind::constant && scale.is_float)
    refuse(fmt::format("is no model: '{}-scale' must be a whole number", what), "no_model");
  if (scale.kind != ExportReport::Kind::constant || scale.value < 1)
    refuse(fmt::format("is no model: it exports no constant '{}-scale' above 0", what), "no_model");
  return {.scale = scale.value};
}

// Runs what is ready; the ticks that the task took.
std::uint64_t ModelFrame::run_to_end(std::uint8_t task) {
  std::uint64_t ticks = 0;
  for (RunReport report{.idle = false}; !report.idle;) {
    if (ticks_max_ != 0 && ticks >= ticks_max_) refuse("the ticks are used up; give more with --ticks", "budget");
    const std::uint64_t left = ticks_max_ == 0 ? slice : ticks_max_ - ticks;
    report = node_.run(static_cast<std::uint32_t>(std::min<std::uint64_t>(slice, left)));
    ticks += report.ticks;
  }
  const TaskReport ended = node_.task(task);
  if (ended.state == TaskState::trapped) throw sim::SourceError(node_.diagnose(source_, ended));
  return ended.ticks;  // not the sum of the slices: a word that was started counts its call, too
}

std::vector<std::int64_t> ModelFrame::predict(std::span<const std::int64_t> inputs) {
  const auto begin = std::chrono::steady_clock::now();
  const std::uint32_t size = ml::bytes_of(input_.type);
  std::byte* const elements = const_cast<std::byte*>(input_.elements);  // the engine gives it for this
  for (std::size_t k = 0; k < inputs.size(); ++k) std::memcpy(elements + k * size, &inputs[k], size);
  std::uint8_t task = 0;
  if (!node_.engine().start(node_.instance(), 0, "predict", {}, task))
    refuse("'predict' cannot be started: what it leaves is known only while it runs; declare its effect", "no_task");
  ticks_ += run_to_end(task);
  std::vector<std::int64_t> outputs;
  for (std::uint32_t k = 0; k < output_.count; ++k) outputs.push_back(ml::element(output_, k));
  seconds_ += std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  return outputs;
}

}  // namespace mica::pc
