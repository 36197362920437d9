// What the command offers to programs by name.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "sim/node.hpp"

namespace mica::pc {

// A function, or an array, which is a word that leaves its handle.
struct IoEntry {
  std::string_view name;
  std::string_view effect;
  std::string_view doc;
};

// All of them, for people.
std::span<const IoEntry> io_entries();

// Functions and arrays for one machine, with the names and contents that the command of the REXA VM has.
class Io {
 public:
  explicit Io(unsigned cell_bits);
  Io(const Io&) = delete;
  Io& operator=(const Io&) = delete;

  sim::Offer offer() const { return {functions_, arrays_}; }

 private:
  std::vector<std::int16_t> data2_, sample_, counter_;
  std::vector<std::int8_t> data1_;
  std::vector<HostFunction> functions_;
  std::vector<HostArray> arrays_;
};

}  // namespace mica::pc
