#include "sim/node.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <new>
#include <span>
#include <stdexcept>

namespace mica::sim {

std::string ticks_and_digest(const TaskReport& task) {
  const char* const relation = !task.ticks_exact ? "~" : task.state == TaskState::ended ? "=" : ">=";
  return fmt::format("ticks{}{} digest={}", relation, task.ticks,
                     task.observed ? fmt::format("{:08x}", task.digest) : "-");
}

Node::Node(const Engine& engine, std::size_t bytes, const Offer& offer, Clock clock)
    : engine_(engine), offer_(offer), clock_(std::move(clock)), memory_(std::calloc(1, bytes)) {
  if (memory_ == nullptr) throw std::bad_alloc();
  Host host;
  host.context = this;
  host.write = write;
  if (clock_) host.now = now;
  host.note_place = note_place;
  host.functions = offer.functions;
  host.arrays = offer.arrays;
  instance_ = engine.create(std::span(static_cast<std::byte*>(memory_.get()), bytes), host);
  if (instance_ == nullptr && bytes >= engine.bytes_min)
    throw std::invalid_argument("the host offers more functions, or functions of more cells, than a machine can call");
  if (instance_ == nullptr)
    throw std::invalid_argument("a machine of the profile '" + std::string(engine.profile) + "' needs at least " +
                                std::to_string(engine.bytes_min) + " bytes of memory");
}

void Node::choose_form(std::string_view form) {
  const auto found = std::find(engine_.forms.begin(), engine_.forms.end(), form);
  if (found == engine_.forms.end() ||
      !engine_.choose_form(instance_, static_cast<std::size_t>(found - engine_.forms.begin()))) {
    std::string known;
    for (const std::string_view one : engine_.forms) known += (known.empty() ? "" : ", ") + std::string(one);
    throw std::invalid_argument("there is no interpreter form '" + std::string(form) + "'; there are " + known);
  }
}

CompileStatus Node::begin(const CompileOptions& options) {
  compiled_places_.clear();
  test_ = {};
  extends_ = options.extends != CompileOptions::no_frame;
  return engine_.begin(instance_, options);
}

CompileStatus Node::finish() {
  CompileStatus status = engine_.finish(instance_);
  while (status.busy) {
    if (status.testing) run_test(status.frame);
    status = engine_.finish(instance_);
  }
  if (engine_.error_name(status.error) != "selftest_failed") test_ = {};
  if (status.error != 0) return status;
  if (places_.size() <= status.frame) places_.resize(status.frame + std::size_t{1});
  Places& places = places_[status.frame];
  if (!extends_) places.clear();
  for (const auto& [where, place] : compiled_places_) places[where] = place;
  return status;
}

// Once it has come to its end, its task is gone with the next call.
void Node::run_test(std::uint8_t frame) {
  tested_frame_ = frame;
  run(1000);
  tested_frame_ = CompileOptions::no_frame;
  test_ = main_task(frame);
}

RunReport Node::run(std::uint32_t budget) {
  const RunReport report = engine_.run(instance_, budget);
  if (on_slice_) on_slice_(report);
  return report;
}

std::string Node::test_failure() const {
  switch (test_.state) {
    case TaskState::absent: return {};
    case TaskState::ended: return test_.offset == 0 ? "its word left 0" : "its word has ended the program";
    case TaskState::ready: return "its word has taken too many ticks, or others did not let it run";
    case TaskState::sleeping: return "its word sleeps, for which there is no time in a test";
    case TaskState::waiting: return "its word waits, and no other task does what it waits for";
    case TaskState::trapped: break;
  }
  const auto found = compiled_places_.find({test_.offset, test_.component});
  std::string where;
  if (test_.frame != test_.owner)
    where = fmt::format(" in the frame '{}'", engine_.frame(instance_, test_.frame).name);
  else if (found != compiled_places_.end())
    where = fmt::format(" at {}:{}", found->second.line, found->second.column);
  return fmt::format("its word has trapped{}: {} [{}]", where, trap_text_of(test_), engine_.trap_name(test_.trap));
}

CompileStatus Node::load(std::string_view text, const CompileOptions& options, std::size_t chunk) {
  CompileStatus status = begin(options);
  while (status.error == 0 && !text.empty()) {
    const std::size_t size = chunk == 0 ? text.size() : std::min(chunk, text.size());
    status = feed(text.substr(0, size));
    text.remove_prefix(size);
  }
  return status.error == 0 ? finish() : status;
}

std::string_view Node::save(const std::vector<Source>& sources, std::vector<std::byte>& snapshot) {
  const FrameTexts texts = {const_cast<std::vector<Source>*>(&sources),
                            [](void* context, std::uint8_t frame, const TextSink& sink) {
                              const auto& known = *static_cast<const std::vector<Source>*>(context);
                              if (frame >= known.size()) return false;
                              sink.write(sink.context, known[frame].text.data(), known[frame].text.size());
                              return true;
                            }};
  const ByteSink sink = {&snapshot, [](void* context, const std::byte* bytes, std::size_t size) {
                           auto& to = *static_cast<std::vector<std::byte>*>(context);
                           to.insert(to.end(), bytes, bytes + size);
                         }};
  return engine_.save(instance_, texts, sink);
}

std::string_view Node::restore(std::span<const std::byte> snapshot, std::vector<Source>& sources) {
  struct Taking {
    Node& node;
    std::vector<Source>& sources;
  } taking{*this, sources};
  const FrameTextSink texts = {&taking, [](void* context, std::uint8_t frame, const char* text, std::size_t size) {
                                 auto& to = *static_cast<Taking*>(context);
                                 to.node.take_text(to.sources, frame, {text, size});
                               }};
  std::vector<std::uint64_t> scratch(engine_.scratch_bytes / sizeof(std::uint64_t) + 1);
  const std::string_view problem =
      engine_.restore(instance_, snapshot, std::as_writable_bytes(std::span(scratch)), texts);
  restored_frame_ = -1;
  return problem;
}

void Node::take_text(std::vector<Source>& sources, std::uint8_t frame, std::string_view text) {
  if (sources.size() <= frame) sources.resize(frame + std::size_t{1});
  if (places_.size() <= frame) places_.resize(frame + std::size_t{1});
  sources[frame].text += text;
  restored_frame_ = frame;
}

Place Node::place(std::uint8_t frame, std::uint32_t offset, std::uint8_t component) const {
  if (frame >= places_.size()) return {};
  const auto found = places_[frame].find({offset, component});
  return found == places_[frame].end() ? Place{} : found->second;
}

std::string Node::diagnose(const Source& source, const CompileStatus& status) const {
  const std::string text = diagnostic(source, {status.line, status.column}, engine_.error_text(status.error),
                                      engine_.error_name(status.error));
  const std::string failure = test_failure();
  return failure.empty() ? text : text + "  " + failure + "\n";
}

std::string Node::diagnose(const Source& source, const TaskReport& trapped) const {
  return diagnostic(source, place(trapped.frame, trapped.offset, trapped.component), trap_text_of(trapped),
                    engine_.trap_name(trapped.trap));
}

std::string Node::trap_text_of(const TaskReport& trapped) const {
  std::string text(engine_.trap_text(trapped.trap));
  if (trapped.code != 0) text += ": " + std::to_string(trapped.code);
  return text;
}

TaskReport Node::main_task(std::uint8_t frame) const {
  TaskReport task;
  for (std::uint8_t index = 0; index < engine_.tasks; ++index)
    if (const TaskReport one = this->task(index); one.is_main && one.owner == frame && one.state != TaskState::absent)
      task = one;
  return task;
}

Time Node::now(void* context, std::uint32_t ticks) { return static_cast<Node*>(context)->clock_(ticks); }

void Node::write(void* context, const char* text, std::size_t size) {
  Node& node = *static_cast<Node*>(context);
  if (node.sink_)
    node.sink_({text, size});
  else
    node.output_.append(text, size);
}

void Node::note_place(void* context, std::uint32_t offset, std::uint8_t component, std::uint32_t line,
                      std::uint32_t column) {
  Node& node = *static_cast<Node*>(context);
  Places& places =
      node.restored_frame_ < 0 ? node.compiled_places_ : node.places_[static_cast<std::size_t>(node.restored_frame_)];
  places[{offset, component}] = {line, column};
}

}  // namespace mica::sim
