// The entry that libFuzzer calls.
#include "tests/fuzz/fuzz_one.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  mica::fuzz::run_one(bytes, size);
  return 0;
}
