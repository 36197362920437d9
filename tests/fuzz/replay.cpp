// Runs inputs that fuzzing has found, or that people wrote, in a build of any compiler:
//
//   fuzz_replay FILE|FOLDER...
#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "tests/fuzz/fuzz_one.hpp"

namespace {

bool replay(const std::filesystem::path& path) {
  std::ifstream stream(path, std::ios::binary);
  const std::string bytes{std::istreambuf_iterator<char>(stream), {}};
  if (!stream) {
    std::fprintf(stderr, "fuzz_replay: %s cannot be read\n", path.c_str());
    return false;
  }
  std::printf("%s\n", path.c_str());
  std::fflush(stdout);  // the last name is the one that broke something
  mica::fuzz::run_one(reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size());
  return true;
}

}  // namespace

int main(int argc, char** argv) {
  std::vector<std::filesystem::path> files;
  for (int k = 1; k < argc; ++k) {
    if (!std::filesystem::is_directory(argv[k])) {
      files.emplace_back(argv[k]);
      continue;
    }
    for (const auto& entry : std::filesystem::directory_iterator(argv[k]))
      if (entry.is_regular_file()) files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  if (files.empty()) {
    std::fprintf(stderr, "usage: fuzz_replay FILE|FOLDER...\n");
    return 2;
  }
  bool good = true;
  for (const std::filesystem::path& file : files) good = replay(file) && good;
  std::printf("%zu inputs\n", files.size());
  return good ? 0 : 1;
}
