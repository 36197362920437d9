#include "hosts/pc/convert_steps.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <cstdio>
#include <cstring>

#include "jit/crc32.hpp"
#include "ml/import/import_error.hpp"

namespace mica::pc {

std::string origin_of(const std::string& model, std::string_view bytes) {
  Crc32 crc;
  for (char c : bytes) crc.add(static_cast<unsigned char>(c));
  const std::string file = model.substr(model.find_last_of('/') + 1);
  std::string shown;
  for (char c : file) shown += c >= ' ' && c <= '~' ? c : '?';
  return fmt::format("Written by mica convert from {}, {} bytes, CRC-32 {:08x}.", shown, bytes.size(), crc.value());
}

void load_frame(sim::Node& node, const std::string& text, const ConvertOptions& options) {
  const CompileStatus status = node.load(text);
  if (status.error == 0) return;
  const Engine& engine = node.engine();
  throw ml::ImportError(options.model,
                        fmt::format("the frame does not compile for {}: line {}: {} ({})", options.profile, status.line,
                                    engine.error_text(status.error), engine.error_name(status.error)),
                        "does_not_fit");
}

std::vector<std::string> verdicts(const ConvertOptions& options, std::string_view text,
                                  const std::function<std::string(const Board&)>& why) {
  std::vector<std::string> lines;
  for (const Board& board : boards()) {
    if (options.board.empty() ? !options.report : board.name != find_board(options.board).name) continue;
    const Fit fit = fit_on(board, text);
    if (fit.fits) {
      lines.push_back(fmt::format("fits {}: {} of {} bytes for frames", board.name, fit.used, fit.bytes));
      continue;
    }
    lines.push_back(fmt::format("does not fit {}, which has {} bytes for frames: line {}: {}{}", board.name, fit.bytes,
                                fit.status.line, fit.error, why ? "; " + why(board) : ""));
    if (!options.board.empty()) throw ml::ImportError(options.model, lines.back(), "does_not_fit");
  }
  return lines;
}

void write_text(const std::string& file, const std::string& text) {
  std::FILE* stream = file == "-" ? stdout : std::fopen(file.c_str(), "wb");
  bool good = stream != nullptr && std::fwrite(text.data(), 1, text.size(), stream) == text.size();
  good = good && std::fflush(stream) == 0;
  const int reason = errno;
  if (stream != nullptr && stream != stdout) good = std::fclose(stream) == 0 && good;
  if (!good) throw ml::ImportError(file, fmt::format("cannot be written: {}", std::strerror(reason)), "unwritable");
}

}  // namespace mica::pc
