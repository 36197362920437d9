// What becomes of a file of TensorFlow Lite that is refused.
#pragma once

#include <doctest/doctest.h>

#include <string>

#include "ml/import/import_error.hpp"
#include "ml/import/tflite_reader.hpp"
#include "tests/import/tflite_builder.hpp"

namespace mica::tests {

// The message and the name of the error; empty when the bytes are read.
inline std::string refusal_of(const std::string& bytes, std::string& name) {
  try {
    ml::read_tflite(bytes, "m.tflite");
  } catch (const ml::ImportError& error) {
    name = error.name;
    return error.what();
  }
  return "";
}

inline void check_refusal(const TfliteBuilder& builder, const std::string& name, const std::string& message) {
  std::string is;
  const std::string text = refusal_of(builder.bytes(), is);
  CHECK_MESSAGE(text.find(message) != std::string::npos, text);
  CHECK_MESSAGE(is == name, text);
  if (!text.empty()) CHECK(text.substr(text.size() - is.size() - 3) == "[" + is + "]\n");
}

}  // namespace mica::tests
