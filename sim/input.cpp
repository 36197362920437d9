#include "sim/input.hpp"

#include <cerrno>
#include <cstring>
#include <stdexcept>

namespace mica::sim {

Input::Input(const std::string& name) : name_(name), stream_(name == "-" ? stdin : std::fopen(name.c_str(), "rb")) {
  if (stream_ == nullptr) fail();
}

Input::~Input() {
  if (stream_ != stdin) std::fclose(stream_);
}

std::string_view Input::next() {
  errno = 0;
  const std::size_t size = std::fread(piece_, 1, sizeof piece_, stream_);
  if (size == 0 && std::ferror(stream_)) fail();
  return {piece_, size};
}

void Input::fail() const {
  throw std::runtime_error((name_ == "-" ? "standard input" : name_) + " cannot be read: " + std::strerror(errno));
}

}  // namespace mica::sim
