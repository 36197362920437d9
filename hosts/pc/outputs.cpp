#include "hosts/pc/outputs.hpp"

#include <fmt/format.h>
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
  for (const std::string& output : outputs) {
    if (output.empty()) continue;
    check_writable(output);
    for (const std::string& input : inputs) {
      std::error_code error;
      if (fs::equivalent(output, input, error))
        throw std::invalid_argument(fmt::format("{} is read: give another name to what is written", output));
    }
  }
}

}  // namespace mica::pc
