#include "hosts/pc/observer.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <stdexcept>

namespace mica::pc {
namespace {

void write_file(const std::string& file, const std::string& text) {
  std::FILE* const stream = std::fopen(file.c_str(), "wb");
  bool is_good = stream != nullptr && std::fwrite(text.data(), 1, text.size(), stream) == text.size();
  int reason = errno;
  if (stream != nullptr && std::fclose(stream) != 0 && is_good) {
    is_good = false;
    reason = errno;
  }
  if (!is_good) throw std::runtime_error(fmt::format("{} cannot be written: {}", file, std::strerror(reason)));
}

}  // namespace

Observer::Observer(sim::Node& node, const ObserverOptions& options) : node_(node), options_(options) {
  hook_.when = Phase::before | Phase::after | Phase::left | Phase::over | Phase::found;
  hook_.context = this;
  hook_.call = [](void* context, Call& call) {
    static_cast<Observer*>(context)->see(call);
    return Verdict::proceed;
  };
  const auto& forms = node.engine().forms;
  if (std::find(forms.begin(), forms.end(), "traced") == forms.end())
    throw std::invalid_argument(
        fmt::format("the profile {} is built without the form traced, which --trace, --flame "
                    "and --hot need; node32 and rexa16 have it",
                    node.engine().profile));
  if (!options.trace.empty()) trace_ = std::make_unique<TraceFile>(options.trace, options.every_word);
  // Those of a snapshot have run before.
  for (std::uint8_t index = 0; index < node.engine().tasks; ++index)
    if (const TaskReport task = node.task(index); is_live(task.state)) task_of(task.owner, task.id).time = task.ticks;
  node.choose_form("traced");
  node.engine().hook(node.instance(), hook_);
}

Observer::~Observer() { node_.engine().unhook(node_.instance(), hook_); }

Observer::Seen& Observer::task_of(std::uint8_t owner, std::uint16_t id) {
  const auto [found, is_new] = tasks_.try_emplace({owner, id});
  if (is_new) {
    const std::string_view title = node_.frame(owner).name;
    const std::string frame = title.empty() ? fmt::format("frame {}", owner) : std::string(title);
    found->second.at = &tree_.called(tree_.root(), fmt::format("{} task {}", frame, id));
    if (trace_) trace_->name_task(owner, id, frame);
  }
  return found->second;
}

void Observer::see(const Call& call) {
  Seen& task = task_of(call.owner, call.task);
  task.at->self += call.time - task.time;
  task.time = call.time;
  switch (call.phase) {
    case Phase::before:
    case Phase::found:
      task.at = call.phase == Phase::found ? &tree_.found(*task.at, call.word) : &tree_.called(*task.at, call.word);
      if (trace_) trace_->begin(call);
      break;
    case Phase::after:
    case Phase::left:
      task.at = task.at->parent;
      if (trace_) trace_->end(call, call.trap == 0 ? std::string_view{} : node_.engine().trap_name(call.trap));
      break;
    case Phase::over: tasks_.erase({call.owner, call.task}); break;
    case Phase::around: break;
  }
}

void Observer::slice(const RunReport& report) {
  if (trace_) trace_->slice(report, node_.task(report.task));
}

// Those that are not over were charged some since the last word.
void Observer::close_tasks() {
  for (std::uint8_t index = 0; index < node_.engine().tasks; ++index) {
    const TaskReport task = node_.task(index);
    const auto found = tasks_.find({task.owner, task.id});
    if (found == tasks_.end() || !is_live(task.state) || task.ticks <= found->second.time) continue;
    found->second.at->self += task.ticks - found->second.time;
    found->second.time = task.ticks;
  }
}

void Observer::finish() {
  close_tasks();
  if (options_.hot) fmt::print(stderr, "{}", table_of(tree_));
  if (trace_) trace_->close();
  if (options_.flame.empty()) return;
  write_file(options_.flame,
             options_.flame.ends_with(".svg") ? flame_graph(tree_, "Ticks of all tasks by word") : tree_.folded());
}

}  // namespace mica::pc
