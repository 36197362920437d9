// codegen: instruction descriptions and a profile in, the generated part of a core out.
//
// load -> check -> one writer per artefact. See README.md.
#include <CLI/CLI.hpp>
#include <filesystem>
#include <fstream>
#include <iostream>

#include "checker.hpp"
#include "json/failure.hpp"
#include "loader.hpp"
#include "source_writer.hpp"

namespace {

using namespace mica::codegen;

constexpr int wrong_usage = 2;  // exit status; 1: the descriptions are refused

// A path as Make's format wants it.
std::string escaped(const std::string& path) {
  std::string result;
  for (const char character : path) {
    if (character == ' ' || character == '#') result += '\\';
    if (character == '$') result += '$';
    result += character;
  }
  return result;
}

// Make's format, which Ninja reads: the generated core depends on every file that was read.
void write_depfile(const std::string& file, const std::string& target, const Model& model) {
  std::ofstream stream(file, std::ios::binary);
  stream << escaped(target) << ":";
  // Absolute: build tools read relative paths as relative to a folder of their own.
  for (const std::string& input : model.inputs)
    stream << " \\\n  " << escaped(std::filesystem::absolute(input).lexically_normal().string());
  stream << "\n";
  if (!stream.flush()) fail(file, "cannot be written");
}

// What build tools look at: without it they would start again every time.
void write_stamp(const std::string& file) {
  std::ofstream stream(file, std::ios::binary);
  stream << "done\n";
  if (!stream.flush()) fail(file, "cannot be written");
}

void write_all(const Model& model, const Output& output) {
  for (const auto writer : {write_config, write_traps, write_opcodes, write_tables, write_mnemonics, write_hook_words,
                            write_progress, write_cases, write_blocks, write_functions, write_words, write_fusions,
                            write_kernels, write_signatures, write_vectors, write_reference, write_word_reference})
    writer(model, output);
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("Generates the core of a virtual machine from instruction descriptions and a profile.");
  Sources sources;
  Output output;
  std::string depfile, stamp;
  bool no_lines = false, only_check = false;
  app.add_option("--isa", sources.isa, "folder with kinds.json, traps.json, verbs.json, schema/ and groups/")
      ->required();
  app.add_option("--groups", sources.group_folders, "further folders with groups, searched first");
  app.add_option("--profile", sources.profile, "profile file")->required();
  app.add_option("--out", output.folder, "folder to write core/ into");
  CLI::Option* const stamp_option = app.add_option("--stamp", stamp, "touch this file when done");
  app.add_option("--depfile", depfile, "write the files that the stamp depends on, in Make's format")
      ->needs(stamp_option);
  app.add_flag("--no-line-directives", no_lines, "leave out #line (for comparing texts)");
  app.add_flag("--check", only_check, "check only, write nothing");
  try {
    app.parse(argc, argv);
    if (output.folder.empty() && !only_check) throw CLI::RequiredError("--out, or --check,");
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : wrong_usage;
  }

  try {
    sources.group_folders.push_back(sources.isa + "/groups");
    const Model model = load(sources);
    check(model);
    if (only_check) return 0;
    output.folder += "/core";
    output.line_directives = !no_lines;
    write_all(model, output);
    if (!depfile.empty()) write_depfile(depfile, stamp, model);
    if (!stamp.empty()) write_stamp(stamp);
  } catch (const std::exception& error) {
    std::cerr << error.what() << "\n";
    return 1;
  }
}
