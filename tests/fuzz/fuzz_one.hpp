// What fuzzing and replaying do with one input.
#pragma once

#include <cstddef>
#include <cstdint>

namespace mica::fuzz {

// First byte: profile; second: chunks, fusing, memory (fuzz_compiler.cpp); the rest is the text of a program. Compiles
// the text and, if it is accepted, runs it in several ways. Says what is wrong and aborts when a promise is broken.
// True: the text was accepted.
bool run_one(const std::uint8_t* bytes, std::size_t size);

}  // namespace mica::fuzz
