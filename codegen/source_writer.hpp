// What all writers share: the head of a generated file, and writing it only when it changed.
#pragma once

#include <string>

#include "model.hpp"

namespace mica::codegen {

struct Output {
  std::string folder;           // <out>/core
  bool line_directives = true;  // #line back into the snippets; goldens are written without
};

// "Generated ... Do not edit." as a C++ comment, with #pragma once for headers.
std::string head(const Model& model, const std::string& what, bool header = true);

// Opens and closes the generated namespace mica::<profile>::core.
std::string open_core(const Model& model);
std::string close_core();

// A string as a C++ literal.
std::string quoted(const std::string& text);

// The body of a snippet as a block of a generated text, with #line directives around it; empty if there is no code in
// it.
std::string paste(const Output& output, const Snippet& snippet, const std::string& indent);

// Adds text with pasted snippets to that of a file: directives behind them count on the line they land on.
void append_pasted(const Output& output, const std::string& file, const std::string& text, std::string& all);

// The type by which snippets know an operand: they calculate with fields of blocks.
std::string local_type(const Operand& operand);

// Keeps the file's time when nothing changed, so that nothing is rebuilt.
void write_file(const Output& output, const std::string& name, const std::string& text);

// One writer per artefact; each writes core/<name>.
void write_config(const Model&, const Output&);          // config.hpp
void write_traps(const Model&, const Output&);           // traps.hpp
void write_opcodes(const Model&, const Output&);         // opcodes.hpp
void write_tables(const Model&, const Output&);          // instruction_table.hpp: effects, operands, costs, control
void write_mnemonics(const Model&, const Output&);       // mnemonics.hpp
void write_hook_words(const Model&, const Output&);      // hook_words.hpp
void write_cases(const Model&, const Output&);           // ..._cases.inc, page_one_labels.inc
void write_blocks(const Model&, const Output&);          // blocks.hpp, block_checks.inc
void write_functions(const Model&, const Output&);       // functions.hpp
void write_progress(const Model&, const Output&);        // progress.hpp: state of sliced instructions
void write_words(const Model&, const Output&);           // words.hpp, compile_actions.inc
void write_fusions(const Model&, const Output&);         // fusions.hpp
void write_kernels(const Model&, const Output&);         // kernels.hpp
void write_signatures(const Model&, const Output&);      // snippet_signatures.hpp
void write_vectors(const Model&, const Output&);         // instruction_vectors.inc
void write_reference(const Model&, const Output&);       // instructions.md
void write_word_reference(const Model&, const Output&);  // word_reference.inc

}  // namespace mica::codegen
