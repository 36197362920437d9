// Samples from a CSV file: a line for each, numbers separated by commas, the last one the class where there are labels.
#pragma once

#include <cstddef>
#include <iosfwd>
#include <optional>
#include <string>
#include <vector>

namespace mica::ml {

struct Sample {
  std::vector<double> features;
  std::size_t label = 0;  // 0 where there are no labels
};

// Reads line by line, so that a file of any length needs little memory. Everything that is wrong is an ImportError with
// line and column.
class SampleReader {
 public:
  // `name` is that of the file in messages; the stream must outlive the reader.
  SampleReader(std::istream& stream, std::string name, std::size_t features, bool labels);

  // The next sample; nothing at the end of the file. A file without any is an error. Lines without numbers are passed
  // over.
  std::optional<Sample> next();

  // Line and column of feature `index` of the sample that was read last, as messages begin: "FILE:LINE:COLUMN".
  std::string place_of(std::size_t index) const;

 private:
  bool read_line();
  [[noreturn]] void refuse(std::size_t column, const std::string& sentence, const char* error_name) const;
  double number(std::size_t begin, std::size_t end) const;
  void check_count(std::size_t count) const;
  std::size_t label(double value, std::size_t column) const;

  std::istream& stream_;
  std::string name_;
  std::size_t features_;
  bool labels_;
  std::string line_;
  std::size_t line_number_ = 0;
  std::size_t samples_ = 0;
  std::vector<std::size_t> columns_;  // of the fields of the line, from 0
};

// All samples of a file. ImportError when it cannot be opened or holds more than memory is meant for.
std::vector<Sample> read_samples(const std::string& file, std::size_t features, bool labels);

}  // namespace mica::ml
