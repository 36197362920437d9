// What words did and when, as a trace in JSON that ui.perfetto.dev and chrome://tracing show: frames are processes,
// tasks are threads, ticks are microseconds. It is written while the programs run.
#pragma once

#include <cstdint>
#include <cstdio>
#include <map>
#include <string>
#include <utility>

#include "vm/hooks.hpp"
#include "vm/report.hpp"

namespace mica::pc {

class TraceFile {
 public:
  // Throws std::runtime_error when the file cannot be written; close() does so, too. With `every_word` also the light
  // instructions are in it.
  TraceFile(const std::string& file, bool every_word);
  ~TraceFile();
  TraceFile(const TraceFile&) = delete;
  TraceFile& operator=(const TraceFile&) = delete;

  void name_task(std::uint8_t owner, std::uint16_t id, const std::string& frame);
  void begin(const Call&);
  void end(const Call&, std::string_view trap);
  void slice(const RunReport&, const TaskReport&);
  void close();

 private:
  using Task = std::pair<std::uint8_t, std::uint16_t>;

  bool is_wanted(const Call&) const;
  std::uint64_t time_of(const Call&);
  void add(const std::string& event);
  [[noreturn]] void fail() const;

  const std::string file_;
  const bool every_word_;
  std::FILE* stream_;
  std::uint64_t slices_ = 0;            // ticks of those that have ended
  std::map<Task, std::uint64_t> last_;  // time of the last event of each task
  bool is_first_ = true;
};

}  // namespace mica::pc
