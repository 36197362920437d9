#include "hosts/pc/outputs.hpp"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <stdexcept>

namespace mica::pc {
namespace {

namespace fs = std::filesystem;

[[noreturn]] void refuse(const std::string& file, int reason) {
  throw std::runtime_error(fmt::format("{} cannot be written: {}", file, std::strerror(reason)));
}

// Standard input may come from a file.
bool is_same(const std::string& output, const std::string& input) {
  struct stat one, other;
  if (stat(output.c_str(), &one) != 0) return false;
  if ((input == "-" ? fstat(STDIN_FILENO, &other) : stat(input.c_str(), &other)) != 0) return false;
  return S_ISREG(one.st_mode) && one.st_dev == other.st_dev && one.st_ino == other.st_ino;
}

}  // namespace

void check_writable(const std::string& file) {
  std::error_code error;
  const fs::file_status status = fs::status(file, error);
  if (fs::is_directory(status)) refuse(file, EISDIR);
  const fs::path folder = fs::path(file).parent_path();
  const std::string place = fs::exists(status) ? file : folder.empty() ? "." : folder.string();
  if (access(place.c_str(), W_OK) != 0) refuse(file, errno);
}

void check_outputs(const std::vector<std::string>& outputs, const std::vector<std::string>& inputs) {
  for (std::size_t k = 0; k < outputs.size(); ++k) {
    const std::string& output = outputs[k];
    if (output.empty()) continue;
    for (const std::string& input : inputs)
      if (is_same(output, input))
        throw std::invalid_argument(fmt::format("{} is read: give another name to what is written", output));
    for (std::size_t other = 0; other < k; ++other)
      if (fs::path(output).lexically_normal() == fs::path(outputs[other]).lexically_normal())
        throw std::invalid_argument(fmt::format("{} is to be written twice: give two names", output));
  }
}

}  // namespace mica::pc
