#include "sim/input.hpp"

#include <cerrno>
#include <cstring>
#include <stdexcept>
#include <utility>

#include "jit/engine.hpp"

namespace mica::sim {

bool is_snapshot(std::string_view bytes) {
  constexpr std::size_t size = sizeof snapshot_signature;
  return bytes.size() > size + 1 && std::memcmp(bytes.data(), &snapshot_signature, size) == 0 && bytes[size + 1] == 0;
}

Input::Input(const std::string& name, Holds holds)
    : name_(name),
      stream_(name == "-" ? stdin : std::fopen(name.c_str(), "rb")),
      may_be_snapshot_(holds == Holds::text) {
  if (stream_ == nullptr) fail();
}

Input::~Input() {
  if (stream_ != stdin) std::fclose(stream_);
}

std::string_view Input::next() {
  errno = 0;
  const std::size_t size = std::fread(piece_, 1, sizeof piece_, stream_);
  if (size == 0 && std::ferror(stream_)) fail();
  if (std::exchange(may_be_snapshot_, false) && is_snapshot({piece_, size}))
    throw std::runtime_error(shown_name() + " is a snapshot and no text: mica resume goes on from it");
  return {piece_, size};
}

std::string Input::shown_name() const { return name_ == "-" ? "standard input" : name_; }

void Input::fail() const {
  throw std::runtime_error(shown_name() + " cannot be read: " + std::strerror(errno));
}

}  // namespace mica::sim
