// kernels.hpp: the headers that snippet files include.
// snippet_signatures.hpp: makes a snippet file a C++ header that compiles on its own, so that editors, clang-tidy and
// people see functions with typed parameters. The interpreter does not use it: it pastes the bodies.
#include "../effect_parser.hpp"
#include "../json/failure.hpp"
#include "../source_writer.hpp"

namespace mica::codegen {
namespace {

// Of an instruction that the profile lacks, say for its cell width, no type is said: its function becomes a template
// that nothing uses, so that only its syntax and its verbs are looked at.
std::string parameters(const Instruction& one, bool typed) {
  std::string text;
  const auto type = [&](const std::string& name) { return typed ? name : "auto"; };
  const auto add = [&](const std::string& parameter) {
    text += (text.empty() ? "" : ", ") + ("[[maybe_unused]] " + parameter);
  };
  for (const Effect* effect : {&one.data, &one.loop})
    for (const StackItem& item : effect->in) add(fmt::format("const {} {}", type(item.type), item.name));
  for (const Operand& operand : one.operands) add(fmt::format("const {} {}", type(operand.info.type), operand.name));
  if (one.sliced()) add(fmt::format("{}& progress", type("core::Progress_" + one.name)));
  for (const Effect* effect : {&one.data, &one.loop})
    for (const StackItem& item : effect->out) {
      bool input = false;
      for (const Effect* other : {&one.data, &one.loop})
        for (const StackItem& in : other->in) input = input || in.name == item.name;
      if (!input) add(fmt::format("{}& {}", type(item.type), item.name));
    }
  return text;
}

}  // namespace

void write_kernels(const Model& model, const Output& output) {
  std::string text = head(model, "Kernels that the snippets call");
  for (const std::string& header : model.kernels) text += fmt::format("#include \"{}\"\n", header);
  write_file(output, "kernels.hpp", text);
}

void write_signatures(const Model& model, const Output& output) {
  std::string text = head(model, "Snippets as functions, for editors and checks");
  text += "#include \"core/progress.hpp\"\n#include \"core/traps.hpp\"\n#include \"vm/snippet_verbs.hpp\"\n\n";
  text +=
      "#define OP(name) [[maybe_unused]] static void op_##name(OP_PARAMETERS_##name)\n"
      "#define OP_BEGIN(name) [[maybe_unused]] static void begin_##name(OP_PARAMETERS_##name)\n"
      "#define OP_UNIT(name) [[maybe_unused]] static void unit_##name(OP_PARAMETERS_##name)\n\n";
  for (const Instruction& one : model.instructions)
    text += fmt::format("#define OP_PARAMETERS_{} {}\n", one.name, parameters(one, true));
  if (!model.absent.empty()) text += "\n// Not in this profile.\n";
  for (const Instruction& one : model.absent)
    text += fmt::format("#define OP_PARAMETERS_{} {}\n", one.name, parameters(one, false));
  write_file(output, "snippet_signatures.hpp", text);
}

}  // namespace mica::codegen
