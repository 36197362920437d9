// CSV files of samples, right and wrong.
#include "ml/import/samples.hpp"

#include <doctest/doctest.h>

#include <sstream>

#include "ml/import/import_error.hpp"

namespace {

using namespace mica;

std::vector<ml::Sample> read(const std::string& text, std::size_t features, bool labels) {
  std::istringstream stream(text);
  ml::SampleReader reader(stream, "s.csv", features, labels);
  std::vector<ml::Sample> samples;
  while (auto sample = reader.next()) samples.push_back(*sample);
  return samples;
}

std::string message_of(const std::string& text, std::size_t features, bool labels) {
  try {
    read(text, features, labels);
  } catch (const ml::ImportError& error) {
    return error.what();
  }
  return "";
}

TEST_CASE("numbers and labels") {
  const auto samples = read("1, -2.5e1 ,7\r\n\n  \n+0.125,-0,0", 2, true);
  REQUIRE(samples.size() == 2);
  CHECK(samples[0].features == std::vector<double>{1, -25});
  CHECK(samples[0].label == 7);
  CHECK(samples[1].features == std::vector<double>{0.125, 0});
  CHECK(samples[1].label == 0);
  CHECK(read("5", 1, false)[0].features == std::vector<double>{5});
}

TEST_CASE("where a feature stands") {
  std::istringstream stream("\n1,  2,3\n");
  ml::SampleReader reader(stream, "s.csv", 3, false);
  REQUIRE(reader.next());
  CHECK(reader.place_of(0) == "s.csv:2:1");
  CHECK(reader.place_of(1) == "s.csv:2:5");
}

TEST_CASE("what is wrong is told with its place") {
  const struct {
    const char* text;
    std::size_t features;
    bool labels;
    const char* message;
  } cases[] = {
      {"", 2, false, "s.csv: error: there is no sample in the file [no_samples]\n"},
      {"\n \n", 2, false, "s.csv: error: there is no sample in the file [no_samples]\n"},
      {"1,2\n1,x\n", 2, false,
       "s.csv:2:3: error: 'x' is no number; a line holds nothing but numbers and commas [bad_number]\n"},
      {"width,height\n1,2\n", 2, false,
       "s.csv:1:1: error: 'width' is no number; a line holds nothing but numbers and commas [bad_number]\n"},
      {"1,2;3\n", 2, false,
       "s.csv:1:3: error: '2;3' is no number; a line holds nothing but numbers and commas [bad_number]\n"},
      {"1,+-2\n", 2, false,
       "s.csv:1:3: error: '+-2' is no number; a line holds nothing but numbers and commas [bad_number]\n"},
      {"1, nan\n", 2, false, "s.csv:1:4: error: 'nan' is no finite number of the range of double [not_finite]\n"},
      {"-inf,1\n", 2, false, "s.csv:1:1: error: '-inf' is no finite number of the range of double [not_finite]\n"},
      {"1,1e999\n", 2, false, "s.csv:1:3: error: '1e999' is no finite number of the range of double [not_finite]\n"},
      {"1,,3\n", 3, false, "s.csv:1:3: error: a number is missing [missing_number]\n"},
      {"1,2,\n", 2, false, "s.csv:1:5: error: a number is missing [missing_number]\n"},
      {"1,2\n1\n", 2, false, "s.csv:2:1: error: 1 numbers, but a sample has 2 [wrong_count]\n"},
      {"1,2,3\n", 2, false,
       "s.csv:1:3: error: 3 numbers, but a sample has 2; --labels says that the last one is the class [wrong_count]\n"},
      {"1,2\n", 2, true,
       "s.csv:1:3: error: 2 numbers, but a sample has 2 and its class; without --labels there is no class "
       "[wrong_count]\n"},
      {"1,2,0.5\n", 2, true, "s.csv:1:5: error: the last number is the class: an integer from 0 [bad_label]\n"},
      {"1,2,-1\n", 2, true, "s.csv:1:5: error: the last number is the class: an integer from 0 [bad_label]\n"},
      {"1,2,1e300\n", 2, true, "s.csv:1:5: error: the last number is the class: an integer from 0 [bad_label]\n"},
  };
  for (const auto& one : cases) CHECK(message_of(one.text, one.features, one.labels) == one.message);
}

TEST_CASE("a line without end is given up") {
  CHECK(message_of(std::string(std::size_t{5} << 20, '1'), 1, false).find("[too_large]") != std::string::npos);
}

TEST_CASE("files that cannot be read") {
  const auto message = [](const char* file) {
    try {
      ml::read_samples(file, 1, false);
    } catch (const ml::ImportError& error) {
      return std::string(error.what());
    }
    return std::string();
  };
  CHECK(message("none.csv") == "none.csv: error: cannot be read: No such file or directory [unreadable]\n");
  CHECK(message("/") == "/: error: cannot be read: Is a directory [unreadable]\n");
}

}  // namespace
