#include "hosts/pc/trace_file.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <utility>

namespace mica::pc {
namespace {

constexpr unsigned process_of_slices = 1000;  // no frame has this number
constexpr char end_of_file[] = "\n]}\n";

// Words may have bytes that are no UTF-8.
std::string json_text(std::string_view text) {
  return nlohmann::json(text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

const char* name_of(ml::ElementType type) {
  switch (type) {
    case ml::ElementType::int8: return "int8";
    case ml::ElementType::int16: return "int16";
    case ml::ElementType::int32: return "int32";
    case ml::ElementType::float32: return "float32";
  }
  return "";
}

// {"arrays":["int8*7 read-only","int16*7"],"cells":[...]}
std::string operands_of(const Call& call) {
  std::string cells, arrays;
  for (const std::int32_t cell : call.cells) cells += fmt::format("{}{}", cells.empty() ? "" : ",", cell);
  for (const OperandArray& one : call.arrays)
    arrays += fmt::format("{}\"{}*{}{}\"", arrays.empty() ? "" : ",", name_of(one.view.type), one.view.count,
                          one.view.read_only ? " read-only" : "");
  return fmt::format("{{\"cells\":[{}],\"arrays\":[{}]}}", cells, arrays);
}

}  // namespace

TraceFile::TraceFile(const std::string& file, bool every_word)
    : file_(file), every_word_(every_word), stream_(std::fopen(file.c_str(), "wb")) {
  if (stream_ == nullptr) fail();
  std::fputs("{\"displayTimeUnit\":\"ms\",\"traceEvents\":[\n", stream_);
  add(fmt::format("{{\"name\":\"process_name\",\"ph\":\"M\",\"pid\":{},\"args\":{{\"name\":\"slices\"}}}}",
                  process_of_slices));
}

// Where nothing came to run the file is whole all the same.
TraceFile::~TraceFile() {
  if (stream_ == nullptr) return;
  std::fputs(end_of_file, stream_);
  std::fclose(stream_);
}

void TraceFile::fail() const {
  throw std::runtime_error(fmt::format("{} cannot be written: {}", file_, std::strerror(errno)));
}

void TraceFile::add(const std::string& event) {
  if (!is_first_) std::fputs(",\n", stream_);
  is_first_ = false;
  std::fwrite(event.data(), 1, event.size(), stream_);
}

bool TraceFile::is_wanted(const Call& call) const {
  return every_word_ || call.is_heavy || call.group == "program" || call.group == "host";
}

// Ticks of all tasks together. What a task has executed may be charged to its next slice.
std::uint64_t TraceFile::time_of(const Call& call) {
  std::uint64_t& last = last_[{call.owner, call.task}];
  return last = std::max(last, slices_ + call.in_slice);
}

void TraceFile::name_task(std::uint8_t owner, std::uint16_t id, const std::string& frame) {
  add(fmt::format("{{\"name\":\"process_name\",\"ph\":\"M\",\"pid\":{},\"args\":{{\"name\":{}}}}}", owner,
                  json_text(frame)));
  add(fmt::format("{{\"name\":\"thread_name\",\"ph\":\"M\",\"pid\":{},\"tid\":{},\"args\":{{\"name\":\"task {}\"}}}}",
                  owner, id, id));
}

void TraceFile::begin(const Call& call) {
  if (!is_wanted(call)) return;
  add(fmt::format("{{\"name\":{},\"cat\":{},\"ph\":\"B\",\"ts\":{},\"pid\":{},\"tid\":{},\"args\":{}}}",
                  json_text(call.word), json_text(call.group), time_of(call), call.owner, call.task,
                  operands_of(call)));
}

void TraceFile::end(const Call& call, std::string_view trap) {
  if (!is_wanted(call)) return;
  const std::string why = call.phase == Phase::after ? "" : trap.empty() ? "end" : std::string(trap);
  add(fmt::format("{{\"name\":{},\"ph\":\"E\",\"ts\":{},\"pid\":{},\"tid\":{},\"args\":{{\"ticks\":{}{}}}}}",
                  json_text(call.word), time_of(call), call.owner, call.task, call.ticks,
                  why.empty() ? "" : ",\"left\":" + json_text(why)));
}

void TraceFile::slice(const RunReport& report, const TaskReport& task) {
  if (report.ticks != 0)
    add(fmt::format("{{\"name\":\"{}.{}\",\"cat\":\"slice\",\"ph\":\"X\",\"ts\":{},\"dur\":{},\"pid\":{},\"tid\":0}}",
                    task.owner, task.id, slices_, report.ticks, process_of_slices));
  slices_ += report.ticks;
}

void TraceFile::close() {
  std::fputs(end_of_file, stream_);
  const bool is_whole = std::fflush(stream_) == 0 && std::ferror(stream_) == 0;
  const int reason = errno;
  const bool is_closed = std::fclose(std::exchange(stream_, nullptr)) == 0;
  if (!is_whole) errno = reason;
  if (!is_whole || !is_closed) fail();
}

}  // namespace mica::pc
