// Writes a random network of ONNX and samples for it.
// usage: write_random_onnx SEED MODEL.onnx SAMPLES.csv
#include <cstdlib>
#include <fstream>
#include <iostream>

#include "tests/import/onnx_models.hpp"

int main(int count, char** arguments) {
  using namespace mica::tests;
  if (count != 4) {
    std::cerr << "usage: write_random_onnx SEED MODEL.onnx SAMPLES.csv\n";
    return 2;
  }
  const std::uint64_t seed = std::strtoull(arguments[1], nullptr, 10);
  const RandomOnnx random = random_onnx(seed, true);
  std::ofstream(arguments[2], std::ios::binary) << random.model.SerializeAsString();
  std::int64_t inputs = 1;
  for (const std::int64_t size : random.input) inputs *= size;
  Random numbers(seed);
  std::ofstream samples(arguments[3]);
  for (int row = 0; row < 8; ++row)
    for (std::int64_t k = 0; k < inputs; ++k)
      samples << static_cast<double>(numbers.between(-100, 100)) / 50 << (k + 1 < inputs ? "," : "\n");
  return samples ? 0 : 1;
}
