#include "ml/import/model_file.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <string_view>

#include "ml/import/import_error.hpp"

namespace mica::ml {
namespace {

constexpr std::size_t model_bytes_max = std::size_t{1} << 28;
constexpr std::size_t piece_bytes = std::size_t{1} << 20;

bool begins_with(std::string_view bytes, std::string_view start) { return bytes.substr(0, start.size()) == start; }

bool ends_with(std::string_view file, std::string_view end) {
  return file.size() >= end.size() && file.substr(file.size() - end.size()) == end;
}

// Files that people have, and how they become ones that can be read. What is in them is code of Python to be run, or of
// a library of its own.
void refuse_other_formats(const std::string& file, std::string_view bytes) {
  const std::string stem = file.substr(0, file.find_last_of('.'));
  const bool is_zip = begins_with(bytes, "PK\3\4"), is_pickle = begins_with(bytes, "\x80");
  const auto refuse = [&](const char* what, const std::string& lines) {
    throw ImportError(file,
                      fmt::format("is a file of {}; with the model at hand in Python, export it to {}", what, lines),
                      "unsupported_format");
  };
  const bool is_torch = ends_with(file, ".pth") || ends_with(file, ".pt");
  if ((is_zip || is_pickle) && (is_torch || bytes.find("/data.pkl") != std::string_view::npos))
    refuse("PyTorch", fmt::format("ONNX:\n"
                                  "  model.load_state_dict(torch.load(\"{}\"))\n"
                                  "  model.eval()\n"
                                  "  torch.onnx.export(model, torch.zeros(1, ...), \"{}.onnx\")  # a sample's shape",
                                  file, stem));
  if (is_pickle || ends_with(file, ".joblib"))
    refuse("Python", fmt::format("ONNX; of scikit-learn:\n"
                                 "  from skl2onnx import to_onnx\n"
                                 "  text = to_onnx(model, samples[:1].astype(\"float32\")).SerializeToString()\n"
                                 "  open(\"{}.onnx\", \"wb\").write(text)",
                                 stem));
  if (begins_with(bytes, "\x89HDF") || (is_zip && ends_with(file, ".keras")))
    refuse("Keras", fmt::format("TensorFlow Lite:\n"
                                "  converter = tf.lite.TFLiteConverter.from_keras_model(model)\n"
                                "  text = converter.convert()\n"
                                "  open(\"{}.tflite\", \"wb\").write(text)",
                                stem));
}

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
  refuse_other_formats(file, bytes);
  return bytes;
}

}  // namespace mica::ml
