#include "ml/import/samples.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <charconv>
#include <cmath>
#include <cstring>
#include <fstream>

#include "ml/import/import_error.hpp"

namespace mica::ml {
namespace {

constexpr std::size_t line_bytes_max = std::size_t{1} << 22;
constexpr std::size_t numbers_max = std::size_t{1} << 24;  // of all samples that are kept together
constexpr double labels_max = 1e6;

bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\r'; }

// What a message shows of a field.
std::string shown(std::string_view field) {
  std::string text;
  for (char c : field.substr(0, 24)) text += c >= ' ' && c <= '~' ? c : '?';
  return text + (field.size() > 24 ? "..." : "");
}

}  // namespace

SampleReader::SampleReader(std::istream& stream, std::string name, std::size_t features, bool labels)
    : stream_(stream), name_(std::move(name)), features_(features), labels_(labels) {}

void SampleReader::refuse(std::size_t column, const std::string& sentence, const char* error_name) const {
  throw ImportError(fmt::format("{}:{}:{}", name_, line_number_, column + 1), sentence, error_name);
}

std::string SampleReader::place_of(std::size_t index) const {
  return fmt::format("{}:{}:{}", name_, line_number_, columns_.at(index) + 1);
}

// The next line without its end; false at the end of the file. A line is not read further than it may be long.
bool SampleReader::read_line() {
  line_.clear();
  ++line_number_;
  std::streambuf& buffer = *stream_.rdbuf();
  for (int c = buffer.sbumpc(); c != std::char_traits<char>::eof(); c = buffer.sbumpc()) {
    if (c == '\n') return true;
    if (line_.size() == line_bytes_max) refuse(0, "the line is longer than a sample can be", "too_large");
    line_ += static_cast<char>(c);
  }
  return !line_.empty();
}

double SampleReader::number(std::size_t begin, std::size_t end) const {
  std::string_view field = std::string_view(line_).substr(begin, end - begin);
  if (field.empty()) refuse(begin, "a number is missing", "missing_number");
  std::string_view digits = field;
  if (digits.size() > 1 && digits[0] == '+' && digits[1] != '-') digits.remove_prefix(1);
  double value = 0;
  const auto [rest, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (error == std::errc::invalid_argument || rest != digits.data() + digits.size())
    refuse(begin, fmt::format("'{}' is no number; a line holds nothing but numbers and commas", shown(field)),
           "bad_number");
  if (error != std::errc() || !std::isfinite(value))
    refuse(begin, fmt::format("'{}' is no finite number of the range of double", shown(field)), "not_finite");
  return value;
}

void SampleReader::check_count(std::size_t count) const {
  const std::size_t expected = features_ + (labels_ ? 1 : 0);
  if (count == expected) return;
  std::string sentence = fmt::format("{} numbers, but a sample has {}", count, features_);
  if (labels_) sentence += " and its class";
  if (!labels_ && count == features_ + 1) sentence += "; --labels says that the last one is the class";
  if (labels_ && count == features_) sentence += "; without --labels there is no class";
  refuse(columns_[std::min(count, expected) - 1], sentence, "wrong_count");
}

std::size_t SampleReader::label(double value, std::size_t column) const {
  if (value < 0 || value > labels_max || value != std::floor(value))
    refuse(column, "the last number is the class: an integer from 0", "bad_label");
  return static_cast<std::size_t>(value);
}

std::optional<Sample> SampleReader::next() {
  do {
    if (!read_line()) {
      if (samples_ == 0) throw ImportError(name_, "there is no sample in the file", "no_samples");
      return std::nullopt;
    }
  } while (line_.find_first_not_of(" \t\r") == std::string::npos);
  Sample sample;
  columns_.clear();
  for (std::size_t begin = 0;;) {
    const std::size_t end = std::min(line_.find(',', begin), line_.size());
    std::size_t first = begin, last = end;
    while (first < last && is_blank(line_[first])) ++first;
    while (last > first && is_blank(line_[last - 1])) --last;
    columns_.push_back(first);
    sample.features.push_back(number(first, last));
    if (end == line_.size()) break;
    begin = end + 1;
  }
  check_count(sample.features.size());
  if (labels_) {
    sample.label = label(sample.features.back(), columns_.back());
    sample.features.pop_back();
  }
  ++samples_;
  return sample;
}

std::vector<Sample> read_samples(const std::string& file, std::size_t features, bool labels) {
  errno = 0;
  std::ifstream stream(file, std::ios::binary);
  if (!stream || stream.peek() == std::char_traits<char>::eof()) {
    if (errno != 0) throw ImportError(file, fmt::format("cannot be read: {}", std::strerror(errno)), "unreadable");
  }
  SampleReader reader(stream, file, features, labels);
  std::vector<Sample> samples;
  while (std::optional<Sample> sample = reader.next()) {
    if (samples.size() * features > numbers_max)
      throw ImportError(file, fmt::format("more than {} numbers; a part of the samples will do", numbers_max),
                        "too_large");
    samples.push_back(std::move(*sample));
  }
  return samples;
}

}  // namespace mica::ml
