// kernels.hpp: the headers that snippet files include.
// snippet_signatures.hpp: makes a snippet file a C++ header that compiles on its own, so that editors, clang-tidy and
// people see functions with typed parameters. The interpreter does not use it: it pastes the bodies.
#include "../effect_parser.hpp"
#include "../json/failure.hpp"
#include "../source_writer.hpp"

namespace mica::codegen {
namespace {

std::string type_of(const Operand& operand) { return operand.info.role == "array" ? "Cell" : local_type(operand); }

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
  for (const Operand& operand : one.operands) add(fmt::format("const {} {}", type(type_of(operand)), operand.name));
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

// Where a block is checked what is derived is not there yet.
std::string check_parameters(const Instruction& one, bool typed) {
  std::string text;
  std::size_t at = 0;
  for (const BlockField& field : one.block)
    for (std::size_t k = 0; k < field.values.size(); ++k, ++at) {
      const Operand& operand = one.operands[at];
      text += fmt::format("{}[[maybe_unused]] {}{}{} {}", text.empty() ? "" : ", ",
                          field.kind == BlockField::Kind::derived ? "" : "const ", typed ? type_of(operand) : "auto",
                          field.kind == BlockField::Kind::derived ? "&" : "", operand.name);
    }
  return text;
}

void define_parameters(const std::vector<Instruction>& instructions, bool typed, std::string& text) {
  for (const Instruction& one : instructions) {
    text += fmt::format("#define OP_PARAMETERS_{} {}\n", one.name, parameters(one, typed));
    if (one.has_block())
      text += fmt::format("#define OP_CHECK_PARAMETERS_{} {}\n", one.name, check_parameters(one, typed));
  }
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
      "#define OP_UNIT(name) [[maybe_unused]] static void unit_##name(OP_PARAMETERS_##name)\n"
      "#define OP_CHECK(name) [[maybe_unused]] static void check_##name(OP_CHECK_PARAMETERS_##name)\n\n";
  define_parameters(model.instructions, true, text);
  if (!model.absent.empty()) text += "\n// Not in this profile.\n";
  define_parameters(model.absent, false, text);
  write_file(output, "snippet_signatures.hpp", text);
}

}  // namespace mica::codegen
