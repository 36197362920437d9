#include "ml/import/model_file.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>

#include "ml/import/import_error.hpp"

namespace mica::ml {
namespace {

constexpr std::size_t model_bytes_max = std::size_t{1} << 28;
constexpr std::size_t piece_bytes = std::size_t{1} << 20;

}  // namespace

std::string read_model_file(const std::string& file) {
  std::string bytes;
  std::error_code none;  // pipes have no size; what is there is read piece by piece
  const std::uintmax_t size = std::filesystem::file_size(file, none);
  if (!none && size <= model_bytes_max) bytes.reserve(static_cast<std::size_t>(size) + piece_bytes);
  errno = 0;
  std::ifstream stream(file, std::ios::binary);
  while (stream && bytes.size() <= model_bytes_max) {
    const std::size_t before = bytes.size();
    bytes.resize(before + piece_bytes);
    stream.read(bytes.data() + before, piece_bytes);
    bytes.resize(before + static_cast<std::size_t>(stream.gcount()));
  }
  if (errno != 0) throw ImportError(file, fmt::format("cannot be read: {}", std::strerror(errno)), "unreadable");
  if (bytes.size() > model_bytes_max)
    throw ImportError(file, fmt::format("is larger than {} bytes", model_bytes_max), "too_large");
  return bytes;
}

}  // namespace mica::ml
