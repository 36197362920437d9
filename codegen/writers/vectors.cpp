// instruction_vectors.inc: the tests of the entries as programs with what they must do, run on every host.
#include "../json/failure.hpp"
#include "../source_writer.hpp"
#include "examples.hpp"

namespace mica::codegen {
namespace {

std::string vectors_of(const std::string& name, const std::string& word, const std::vector<Example>& tests,
                       const Model& model) {
  std::string text;
  const std::vector<Sample> samples = samples_of(word, tests, model);
  if (samples.empty() && !tests.empty()) text += fmt::format("NO_VECTOR({})\n", quoted(name));
  for (const Sample& sample : samples) {
    if (!sample.stack.empty()) {
      text += fmt::format("STACK_VECTOR({}, {}, {})\n", quoted(name), quoted(sample.program), quoted(sample.stack));
      continue;
    }
    text += fmt::format("VECTOR({}, {}, {}, {})\n", quoted(name), quoted(sample.program), quoted(sample.output),
                        quoted(sample.trap));
  }
  return text;
}

}  // namespace

void write_vectors(const Model& model, const Output& output) {
  std::string text = head(model, "VECTOR, STACK_VECTOR and NO_VECTOR: the tests of the entries", false);
  for (const Instruction& one : model.instructions) text += vectors_of(one.name, one.word, one.tests, model);
  for (const CompileWord& one : model.words) text += vectors_of(one.word, one.word, one.tests, model);
  write_file(output, "instruction_vectors.inc", text);
}

}  // namespace mica::codegen
