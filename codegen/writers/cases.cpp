// page_one_cases.inc, page_two_cases.inc, sliced_cases.inc, page_one_labels.inc, functions.hpp: the bodies of the
// interpreter.
//
// A case reads its items from the stacks into locals, runs the snippet, writes the results and goes on. A fused case is
// made in the same way from several snippets: what one part leaves and the next takes stays in a local. A single
// instruction is a sequence of one part.
#include <algorithm>
#include <functional>

#include "../effect_parser.hpp"
#include "../json/failure.hpp"
#include "../snippet_reader.hpp"
#include "../source_writer.hpp"

namespace mica::codegen {
namespace {

// A stack as the composer sees it: values made by earlier parts on top of cells that are still in memory.
class VirtualStack {
 public:
  // `read(k)` is the expression for cell k of the real stack, 0 the top; `prefix`, k and _ name the local that holds
  // it. No item or operand can have such a name: a local that is made from itself would not be noticed.
  VirtualStack(std::string prefix, std::function<std::string(unsigned)> read)
      : prefix_(std::move(prefix)), read_(std::move(read)) {}

  // Takes `count` cells; the result has the deepest first.
  std::vector<std::string> take(std::size_t count) {
    while (values_.size() < count) {
      values_.insert(values_.begin(), local(taken_));
      loads_ += fmt::format("  const Cell {} = {};\n", local(taken_), read_(taken_));
      ++taken_;
    }
    std::vector<std::string> result(values_.end() - static_cast<std::ptrdiff_t>(count), values_.end());
    values_.resize(values_.size() - count);
    return result;
  }

  void leave(std::string value) { values_.push_back(std::move(value)); }

  unsigned taken() const { return taken_; }
  unsigned left() const { return static_cast<unsigned>(values_.size()); }
  const std::string& loads() const { return loads_; }
  const std::string& value(unsigned from_bottom) const { return values_[from_bottom]; }
  // Does this position already hold its own value, untouched in memory?
  bool untouched(unsigned from_bottom) const {
    return from_bottom < taken_ && values_[from_bottom] == local(taken_ - 1 - from_bottom);
  }

 private:
  std::string local(unsigned k) const { return fmt::format("{}{}_", prefix_, k); }

  std::string prefix_;
  std::function<std::string(unsigned)> read_;
  std::string loads_;
  std::vector<std::string> values_;  // deepest first
  unsigned taken_ = 0;
};

VirtualStack data_stack() {
  return VirtualStack("data", [](unsigned k) { return k == 0 ? std::string("top") : fmt::format("dsp[-{}]", k); });
}

VirtualStack loop_stack() {
  return VirtualStack("loop", [](unsigned k) { return fmt::format("fsp[{}]", k); });
}

class CaseWriter {
 public:
  CaseWriter(const Output& output, std::string file) : output_(output), file_(std::move(file)) {}

  void write_case(const std::string& name, const std::vector<const Instruction*>& parts) {
    begin(name, parts);
    VirtualStack data = data_stack(), loop = loop_stack();
    std::string bodies;
    unsigned operand_at = parts.front()->page;
    for (std::size_t k = 0; k < parts.size(); ++k) bodies_of(*parts[k], k, data, loop, operand_at, bodies);
    text_ += data.loads() + loop.loads() + "  [[maybe_unused]] const std::uint8_t* next = pc + " +
             std::to_string(operand_at) + ";\n";
    append(bodies);
    write_back(data, loop);
    finish(*parts.back(), operand_at);
  }

  void write_sliced(const Instruction& one) {
    begin(one.name, {&one});
    VirtualStack data = data_stack(), loop = loop_stack();
    std::string items = declare_inputs(one, data, loop);
    const std::string results = declare_results(one, items);
    text_ += data.loads() + loop.loads();
    text_ += "  [[maybe_unused]] constexpr std::uint8_t component = 0;\n";
    text_ += fmt::format("  [[maybe_unused]] constexpr std::ptrdiff_t items = {};\n", cells(one.data.in)) + items;
    unsigned operand_at = one.page;
    text_ += declare_operands(one, operand_at);
    text_ += fmt::format("  core::Progress_{0}& progress = PROGRESS(Progress_{0});\n", one.name);
    text_ += "  if (!RESUMED()) {\n    progress = {};\n";
    append(paste(one.body, "    "));
    text_ += "    BEGUN();\n  }\n";
    text_ += "  for (bool done = false; !done;) {\n";
    append(paste(one.unit, "    "));
    text_ +=
        fmt::format("    CHARGE({});\n    if (!done && SPENT()) SUSPEND();\n  }}\n  FINISHED();\n", one.unit_ticks);
    text_ += results + fmt::format("  const std::uint8_t* next = pc + {};\n", one.length());
    leave_results(one, data);
    write_back(data, loop);
    text_ += fmt::format("  pc = next;\n  if (SPENT(){}) SUSPEND();\n  CONTINUE();\n}}\n\n", pauses(one));
  }

  // A case of a switch on the number of the function; its argument is `argument`.
  void write_function(const Instruction& one, std::size_t number) {
    const StackItem &in = one.data.in.front(), &out = one.data.out.front();
    text_ += fmt::format("    case {}: {{  // {}\n", number, one.name);
    text_ += fmt::format("      [[maybe_unused]] const Cell {} = argument;\n", in.name);
    if (in.name != out.name) text_ += fmt::format("      Cell {};\n", out.name);
    append(paste(one.body, "      "));
    text_ += fmt::format("      return {};\n    }}\n", out.name);
  }

  const std::string& text() const { return text_; }
  void add(const std::string& text) { text_ += text; }

 private:
  static std::string pauses(const Instruction& one) { return one.control == "pause" ? " || PAUSED()" : ""; }

  void begin(const std::string& name, const std::vector<const Instruction*>& parts) {
    std::string effects;
    int depth = 0, need = 0, loop = 0, loop_need = 0;
    for (const Instruction* part : parts) {
      effects += " " + part->effect_text;
      depth -= static_cast<int>(cells(part->data.in));
      loop -= static_cast<int>(cells(part->loop.in));
      need = std::min(need, depth);
      loop_need = std::min(loop_need, loop);
      depth += static_cast<int>(cells(part->data.out));
      loop += static_cast<int>(cells(part->loop.out));
    }
    text_ += fmt::format("CASE({}) {{  //{}\n", name, effects);
    text_ += fmt::format("  EXPECT({}, {}, {});\n", -need, -loop_need, std::max(0, depth + loop));
  }

  void append(const std::string& text) { append_pasted(output_, file_, text, text_); }

  std::string paste(const Snippet& snippet, const std::string& indent) const {
    return mica::codegen::paste(output_, snippet, indent);
  }

  std::string declare_operands(const Instruction& one, unsigned& at) const {
    std::string text;
    for (const Operand& operand : one.operands) {
      const std::string& type = operand.info.type;
      const std::string value = fmt::format("OPERAND({}, {})", type, at);
      if (operand.info.role == "array")
        text += fmt::format("    [[maybe_unused]] const Cell {} = HANDLE({});\n", operand.name, value);
      else
        text += fmt::format("    [[maybe_unused]] const {} {} = {};\n", local_type(operand), operand.name, value);
      at += operand.info.bytes;
    }
    return text;
  }

  static std::string declare(const StackItem& item, const std::vector<std::string>& values, std::size_t& at) {
    const std::string value =
        item.cells == 1 ? values[at] : fmt::format("join_cells({}, {})", values[at], values[at + 1]);
    at += item.cells;
    return fmt::format("    [[maybe_unused]] const {} {} = {};\n", item.type, item.name, value);
  }

  std::string declare_inputs(const Instruction& one, VirtualStack& data, VirtualStack& loop) const {
    std::string text;
    for (const auto& [effect, stack] : {std::pair{&one.data, &data}, std::pair{&one.loop, &loop}}) {
      const std::vector<std::string> values = stack->take(cells(effect->in));
      std::size_t at = 0;
      for (const StackItem& item : effect->in) text += declare(item, values, at);
    }
    return text;
  }

  // The outputs of a sliced instruction, for its last unit to assign; returns how they become cells.
  static std::string declare_results(const Instruction& one, std::string& items) {
    std::string results;
    for (const StackItem& item : one.data.out) {
      if (is_input(one, item)) continue;
      items += fmt::format("    {} {} = 0;\n", item.type, item.name);
      if (item.cells == 1) {
        results += fmt::format("  const Cell r0_{0} = {0};\n", item.name);
      } else {
        results += fmt::format("  const Cell r0_{0} = low_cell({0}), r0_{0}_high = high_cell({0});\n", item.name);
      }
    }
    return results;
  }

  static void leave_results(const Instruction& one, VirtualStack& data) {
    for (const StackItem& item : one.data.out) {
      const bool input = is_input(one, item);
      data.leave(item.cells == 2 && input ? fmt::format("low_cell({})", item.name) : (input ? "" : "r0_") + item.name);
      if (item.cells == 2)
        data.leave(input ? fmt::format("high_cell({})", item.name) : fmt::format("r0_{}_high", item.name));
    }
  }

  static bool is_input(const Instruction& one, const StackItem& item) {
    return std::any_of(one.data.in.begin(), one.data.in.end(),
                       [&](const StackItem& input) { return input.name == item.name; });
  }

  // One part: its inputs as locals of an inner block, its outputs as locals of the case.
  void bodies_of(const Instruction& one, std::size_t part, VirtualStack& data, VirtualStack& loop, unsigned& operand_at,
                 std::string& bodies) const {
    std::map<std::string, std::string> values;  // what an item's cells are called outside of the block
    std::string inner = fmt::format("    [[maybe_unused]] constexpr std::uint8_t component = {};\n", part);
    inner += declare_operands(one, operand_at);
    for (const auto& [effect, stack] : {std::pair{&one.data, &data}, std::pair{&one.loop, &loop}}) {
      const std::vector<std::string> taken = stack->take(cells(effect->in));
      std::size_t at = 0;
      for (const StackItem& item : effect->in) {
        values[item.name] = taken[at];
        if (item.cells == 2) values[item.name + " high"] = taken[at + 1];
        inner += declare(item, taken, at);
      }
    }
    std::string outer, results;
    for (const Effect* effect : {&one.data, &one.loop})
      for (const StackItem& item : effect->out) {
        if (values.count(item.name)) continue;
        inner += fmt::format("    {} {};\n", item.type, item.name);
        const std::string low = fmt::format("r{}_{}", part, item.name);
        values[item.name] = low;
        if (item.cells == 1) {
          outer += fmt::format("  Cell {};\n", low);
          results += fmt::format("    {} = {};\n", low, item.name);
        } else {
          values[item.name + " high"] = low + "_high";
          outer += fmt::format("  Cell {0};\n  Cell {0}_high;\n", low);
          results += fmt::format("    {0} = low_cell({1});\n    {0}_high = high_cell({1});\n", low, item.name);
        }
      }
    bodies += outer + "  {\n" + inner + paste(one.body, "    ") + results + "  }\n";
    for (const auto& [effect, stack] : {std::pair{&one.data, &data}, std::pair{&one.loop, &loop}})
      for (const StackItem& item : effect->out) {
        stack->leave(values[item.name]);
        if (item.cells == 2) stack->leave(values[item.name + " high"]);
      }
  }

  void write_back(const VirtualStack& data, const VirtualStack& loop) {
    const unsigned in = data.taken(), out = data.left();
    if (in != out) text_ += fmt::format("  dsp += {};\n", static_cast<int>(out) - static_cast<int>(in));
    // The top cell lives in a register: a cell that moves between it and memory has to be written.
    if (in == 0 && out > 0) text_ += fmt::format("  dsp[-{}] = top;\n", out);
    for (unsigned k = 0; k < out; ++k) {
      const unsigned from_top = out - 1 - k;
      const bool was_top = k + 1 == in;
      if (data.untouched(k) && was_top == (from_top == 0)) continue;
      text_ += from_top == 0 ? fmt::format("  top = {};\n", data.value(k))
                             : fmt::format("  dsp[-{}] = {};\n", from_top, data.value(k));
    }
    if (in > 0 && out == 0) text_ += "  top = dsp[0];\n";

    const unsigned loop_in = loop.taken(), loop_out = loop.left();
    if (loop_in != loop_out)
      text_ += fmt::format("  fsp -= {};\n", static_cast<int>(loop_out) - static_cast<int>(loop_in));
    for (unsigned k = 0; k < loop_out; ++k)
      if (!loop.untouched(k)) text_ += fmt::format("  fsp[{}] = {};\n", loop_out - 1 - k, loop.value(k));
  }

  void finish(const Instruction& last, unsigned length) {
    std::string charge;
    unsigned at = length - last.operand_bytes();
    for (const Operand& operand : last.operands) {
      if (operand.info.role == "charge") charge = fmt::format("  CHARGE(OPERAND({}, {}));\n", operand.info.type, at);
      at += operand.info.bytes;
    }
    text_ += charge;
    if (last.control == "stop") {
      text_ += "  ENDED();\n}\n\n";
      return;
    }
    if (last.control == "cross") {
      text_ += "  CROSSING();\n}\n\n";
      return;
    }
    if (last.control == "escape") {
      text_ += "  ESCAPE();\n}\n\n";
      return;
    }
    if (!charge.empty() || last.control == "pause")
      text_ += fmt::format("  ADVANCE();\n  if (SPENT(){}) SUSPEND();\n", pauses(last));
    else
      text_ += "  pc = next;\n";
    text_ += "  CONTINUE();\n}\n\n";
  }

  const Output& output_;
  std::string file_;
  std::string text_;
};

}  // namespace

void write_cases(const Model& model, const Output& output) {
  CaseWriter one(output, "core/page_one_cases.inc");
  one.add(head(model, "Instructions of the first page", false));
  for (const Instruction* instruction : model.page(1)) one.write_case(instruction->name, {instruction});
  for (const Fusion& fusion : model.fusions) one.write_case(fusion.name, fusion.parts);
  write_file(output, "page_one_cases.inc", one.text());

  CaseWriter two(output, "core/page_two_cases.inc"), sliced(output, "core/sliced_cases.inc");
  two.add(head(model, "Instructions of the second page, but for those that are sliced", false));
  sliced.add(head(model, "Sliced instructions, which are all of the second page", false));
  for (const Instruction* instruction : model.page(2)) {
    if (instruction->sliced())
      sliced.write_sliced(*instruction);
    else
      two.write_case(instruction->name, {instruction});
  }
  write_file(output, "page_two_cases.inc", two.text());
  write_file(output, "sliced_cases.inc", sliced.text());

  std::string labels = head(model, "Labels of the first page in the order of the opcodes", false);
  for (const Instruction* instruction : model.page(1)) labels += fmt::format("LABEL({})\n", instruction->name);
  for (const Fusion& fusion : model.fusions) labels += fmt::format("LABEL({})\n", fusion.name);
  write_file(output, "page_one_labels.inc", labels);
}

// functions.hpp: what instructions call by number. Also an empty set is something that code can be compiled against.
void write_functions(const Model& model, const Output& output) {
  const std::vector<const Instruction*> functions = model.functions();
  CaseWriter writer(output, "core/functions.hpp");
  writer.add(head(model, "Functions: instructions that make one cell of one cell and nothing else"));
  writer.add("#include <array>\n#include <cstdint>\n#include <string_view>\n\n");
  writer.add("#include \"core/kernels.hpp\"\n#include \"vm/cell.hpp\"\n\n" + open_core(model));
  std::string words, gaps;
  for (std::size_t k = 0; k < functions.size(); ++k) {
    words += (k == 0 ? "" : ", ") + quoted(functions[k] ? functions[k]->word : "");
    if (!functions[k]) gaps += fmt::format(" && function != {}", k);
  }
  writer.add("// The word of the token -1 - k; empty: the profile has not got it.\n");
  writer.add(fmt::format("inline constexpr std::array<std::string_view, {}> function_words = {{{}}};\n\n",
                         functions.size(), words));
  writer.add("constexpr bool has_function(std::uint32_t function) {\n");
  writer.add(fmt::format("  return function < function_words.size(){};\n}}\n\n// `function` is there.\n", gaps));
  writer.add("inline Cell apply_function(std::uint32_t function, Cell argument) {\n  switch (function) {\n");
  for (std::size_t k = 0; k < functions.size(); ++k)
    if (functions[k]) writer.write_function(*functions[k], k);
  writer.add("    default: return argument;\n  }\n}\n" + close_core());
  write_file(output, "functions.hpp", writer.text());
}

namespace {

// What a snapshot takes of a task in the midst of one.
void write_progress_parts(const Model& model, std::string& text) {
  std::string bytes, placed;
  for (const Instruction& one : model.instructions) {
    if (!one.sliced() || one.state.empty()) continue;
    bytes += fmt::format("    case Op::{0}: return sizeof(Progress_{0});\n", one.name);
    if (one.places_cells())
      placed +=
          fmt::format("    case Op::{0}: return reinterpret_cast<const Progress_{0}*>(progress)->placed;\n", one.name);
  }
  const std::string end = "    default: return 0;\n  }\n}\n";
  text += "\n// Bytes that the instruction uses of it.\n";
  text += "constexpr std::size_t progress_bytes_of(Op op) {\n  switch (op) {\n" + bytes + end;
  text += "\n// Cells that the instruction has put above the top of the stack so far.\n";
  text += "inline std::uint32_t cells_placed(Op op, [[maybe_unused]] const std::byte* progress) {\n  switch (op) {\n" +
          placed + end;
}

}  // namespace

void write_progress(const Model& model, const Output& output) {
  std::string text = head(model, "Progress of sliced instructions, kept in the task between slices");
  text +=
      "#include <algorithm>\n#include <cstddef>\n#include <cstdint>\n\n#include \"core/config.hpp\"\n"
      "#include \"core/kernels.hpp\"\n#include \"core/opcodes.hpp\"\n\n" +
      open_core(model);
  std::string sizes = "std::size_t{0}";
  for (const Instruction& one : model.instructions) {
    if (!one.sliced()) continue;
    text += fmt::format("struct Progress_{} {{\n", one.name);
    for (const StateField& field : one.state)
      text += fmt::format("  {} {};  // {}\n", field.type, field.name, field.doc);
    text += "};\n\n";
    sizes += fmt::format(", sizeof(Progress_{})", one.name);
  }
  text += fmt::format("inline constexpr std::size_t progress_bytes = std::max({{{}}});\n", sizes);
  write_progress_parts(model, text);
  text += close_core();
  write_file(output, "progress.hpp", text);
}

}  // namespace mica::codegen
