// config.hpp: cell types, limits and identity of the profile; traps.hpp: the traps.
#include "../json/failure.hpp"
#include "../source_writer.hpp"

namespace mica::codegen {
namespace {

// Bumped whenever what generated files and runtime agree on changes.
constexpr int core_format = 3;

}  // namespace

void write_config(const Model& model, const Output& output) {
  const Profile& profile = model.profile;
  const bool wide = profile.cell_bits == 32;
  std::string text = head(model, "Cells, limits and identity");
  text += "#include <cstdint>\n#include <string_view>\n\n";
  text +=
      "// The namespace of everything that depends on the profile: namespace mica::inline MICA_PROFILE::vm { ... }\n";
  text += fmt::format("#define MICA_PROFILE {}\n\n", profile.name_space);
  text += fmt::format("namespace mica::inline {} {{\n\n", profile.name_space);
  text += fmt::format("using Cell = std::int{0}_t;\nusing UCell = std::uint{0}_t;\n", wide ? 32 : 16);
  text += fmt::format("using Double = std::int{0}_t;\nusing UDouble = std::uint{0}_t;\n\n", wide ? 64 : 32);
  text += "namespace core {\n\n";
  text += fmt::format("inline constexpr int format = {};\n", core_format);
  text += fmt::format("inline constexpr std::string_view profile = \"{}\";\n", profile.name);
  text += fmt::format("inline constexpr bool rexa16 = {};  // dialect\n", profile.dialect == "rexa16");
  text += fmt::format("inline constexpr unsigned cell_bits = {};\n", profile.cell_bits);
  text += fmt::format("inline constexpr std::uint32_t fingerprint = 0x{:08x};\n", fingerprint(model));
  text += fmt::format("inline constexpr std::string_view dispatch = \"{}\";\n", profile.dispatch);
  text += fmt::format("inline constexpr bool has_snapshots = {};\n", profile.snapshots);
  text += fmt::format("inline constexpr bool has_error_texts = {};\n", profile.error_texts);
  text += "inline constexpr std::string_view groups[] = {";
  for (std::size_t k = 0; k < profile.groups.size(); ++k)
    text += fmt::format("{}\"{}\"", k ? ", " : "", profile.groups[k]);
  text += "};\nconstexpr bool has_group(std::string_view name) {\n  for (const std::string_view group : groups)\n";
  text += "    if (group == name) return true;\n  return false;\n}\n\n";
  text += "namespace limits {\n";
  for (const auto& [name, value] : profile.limits)
    text += fmt::format("inline constexpr std::uint32_t {} = {};\n", name, value);
  text += "}  // namespace limits\n\n}  // namespace core\n" + close_core();
  write_file(output, "config.hpp", text);
}

void write_traps(const Model& model, const Output& output) {
  std::string text = head(model, "Traps");
  text += "#include <cstdint>\n#include <string_view>\n\n" + open_core(model);
  text += "enum class Trap : std::uint8_t {\n  none = 0,\n";
  for (const TrapInfo& trap : model.traps)
    text += fmt::format("  {} = {},  // {}\n", trap.name, trap.number, trap.text);
  text += "};\n\nstruct TrapText {\n  Trap trap;\n  std::string_view name;\n  std::string_view text;\n};\n\n";
  text += "inline constexpr TrapText trap_texts[] = {\n";
  for (const TrapInfo& trap : model.traps)
    text += fmt::format("    {{Trap::{}, {}, {}}},\n", trap.name, quoted(trap.name), quoted(trap.text));
  text += "};\n" + close_core();
  write_file(output, "traps.hpp", text);
}

}  // namespace mica::codegen
