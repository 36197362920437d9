// The command mica.
#include <CLI/CLI.hpp>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <exception>
#include <functional>

#include "hosts/pc/bench.hpp"
#include "hosts/pc/check.hpp"
#include "hosts/pc/convert.hpp"
#include "hosts/pc/engines.hpp"
#include "hosts/pc/infer.hpp"
#include "hosts/pc/repl.hpp"
#include "hosts/pc/run.hpp"
#include "hosts/pc/simulate.hpp"
#include "hosts/pc/validate.hpp"
#include "hosts/pc/words.hpp"
#include "ml/import/import_error.hpp"
#include "sim/diagnostic.hpp"

namespace {

using namespace mica::pc;

const CLI::Validator factor(
    [](std::string& text) {
      double number = 0;
      const bool good = CLI::detail::lexical_cast(text, number) && number >= 1e-9 && number <= 1e9;
      return good ? std::string() : "'" + text + "' is no number from 1e-9 to 1e9";
    },
    "", "factor");

std::string profile_names() {
  std::string names;
  for (const mica::Engine* engine : engines()) names += (names.empty() ? "" : ", ") + std::string(engine->profile);
  return names;
}

// The library reads numbers with a 0 in front as octal.
const CLI::Validator decimal(
    [](std::string& text) {
      const bool octal = text.size() > 1 && text[0] == '0' && text[1] >= '0' && text[1] <= '9';
      return octal ? "write " + text + " without the 0 in front" : std::string();
    },
    "", "decimal");

const CLI::Validator file_name(
    [](std::string& text) {
      return text.empty() || text == "-" ? std::string("give it a name; standard output is for the programs")
                                         : std::string();
    },
    "", "file");

void add_profile(CLI::App& command, std::string& profile) {
  command.add_option("--profile", profile, "profile of the machine: " + profile_names())
      ->option_text("NAME (default " + profile + ")");
}

void add_with(CLI::App& command, std::vector<std::string>& files) {
  command.add_option("--with", files, "frames to load before, from which it imports")
      ->option_text("FILE")
      ->allow_extra_args(false);
}

// What runs the form traced cannot run another one.
void add_observer(CLI::App& command, RunOptions& options) {
  CLI::Option* const form = command.get_option("--form");
  CLI::Option* const trace = command
                                 .add_option("--trace", options.observe.trace,
                                             "write when words of the program and heavy instructions ran, as JSON")
                                 ->option_text("FILE")
                                 ->check(file_name)
                                 ->excludes(form);
  command.add_flag("--trace-all", options.observe.every_word, "every instruction in the trace")->needs(trace);
  command
      .add_option("--flame", options.observe.flame,
                  "write a flame graph of ticks: FILE.svg, or any other as folded stacks in text")
      ->option_text("FILE")
      ->check(file_name)
      ->excludes(form);
  command.add_flag("--hot", options.observe.hot, "print the ticks of each word to standard error")->excludes(form);
}

// What programs run with, from their begin or from a snapshot on.
void add_running(CLI::App& command, RunOptions& options) {
  command.add_option("--slice", options.slice, "ticks of a slice; results do not depend on it")
      ->option_text("TICKS (default " + std::to_string(options.slice) + ")")
      ->check(decimal)
      ->check(CLI::Range(1u, 0x7fffffffu - 1024));
  CLI::Option* ticks =
      command
          .add_option("--ticks", options.ticks_max,
                      "stop with an error after so many ticks of all programs together; what is under way ends at its "
                      "next charge, at most 64 ticks later")
          ->option_text("TICKS (default 0: never)")
          ->check(decimal)
          ->check(CLI::Range(std::uint64_t{0}, ~std::uint64_t{0} >> 1));
  command
      .add_option(
          "--snapshot", options.snapshot,
          "write the state to FILE when the ticks are used up, which is no error then; mica resume FILE goes on")
      ->option_text("FILE")
      ->check(file_name)
      ->needs(ticks);
  command
      .add_option("--event", options.events,
                  "signal the event NUMBER, 0 to 31, to the programs after MS milliseconds; can be given several times")
      ->option_text("NUMBER@MS")
      ->allow_extra_args(false);
  command
      .add_option("--form", options.form,
                  "form of the interpreter: switch, goto, switch-observed, goto-observed, checked, traced")
      ->option_text("NAME");
  command.add_flag("--virtual-time", options.virtual_time,
                   "count a tick as a microsecond and do not wait while all tasks sleep");
  command.add_flag(
      "--stats", options.stats,
      "print ticks, digest and sizes of each program, and ticks, digest and state of each task that it has "
      "started, to standard error");
  add_observer(command, options);
}

void add_run(CLI::App& app, RunOptions& options, std::function<int()>& action) {
  CLI::App* command = app.add_subcommand("run", "Compile and run programs to their end");
  command->footer(
      "Several files run as tasks side by side, in turns of a slice, beginning with the first. Those of --with are\n"
      "run before the others are loaded, to their end or until only an --event could let them go on. Examples:\n"
      "  echo '1 2 + . cr' | mica run -\n"
      "  mica run --stats --slice 100 one.mica other.mica\n"
      "  mica run --with library.mica program.mica\n"
      "Programs can start tasks; they sleep by the clock of the PC, unless --virtual-time is given. The run ends when\n"
      "all are over, and with an error when those that are left wait for what no other one, and no --event, can do:\n"
      "  echo '3 -1 event? .' | mica run --event 3@250 -\n"
      "--stats writes ticks=N where the count is exact, as of a task that has ended; ticks>=N where a task has "
      "trapped\n"
      "or goes on, and has executed some that were not charged yet; ticks~N where it has caught a trap or was started\n"
      "again behind one, for which more is charged than was executed.\n"
      "Forms give the same results: switch and goto are the fastest, their -observed forms also make the\n"
      "task digest, checked asserts the effect of every instruction, traced calls hooks.\n"
      "Ctrl-C stops a run between two slices; what is to be written is, but for a snapshot.\n"
      "Where the ticks go:\n"
      "  mica run --hot program.mica\n"
      "  mica run --flame ticks.svg --trace trace.json program.mica\n"
      "A browser shows the one; ui.perfetto.dev or chrome://tracing the other: frames as processes, tasks as threads,\n"
      "ticks as microseconds. These three run the form traced, without fusing; ticks are the same.");
  command->add_option("FILE", options.files, "programs; - is standard input")->required();
  add_with(*command, options.with);
  add_profile(*command, options.profile);
  command->add_flag_callback(
      "--no-fuse", [&] { options.fuse = false; }, "do not combine instructions");
  add_running(*command, options);
  command->callback([&] { action = [&] { return run(options); }; });
}

void add_resume(CLI::App& app, RunOptions& options, std::function<int()>& action) {
  CLI::App* command = app.add_subcommand("resume", "Go on from a snapshot");
  command->footer(
      "The file is what mica run --snapshot has written: programs with their data and all tasks in the midst of their\n"
      "work. It is of one profile; what it says is checked against its programs, which are compiled anew. Example:\n"
      "  echo '3 0 do i . loop' | mica run - --ticks 9 --snapshot half.snapshot && mica resume half.snapshot");
  command->add_option("SNAPSHOT", options.files, "the state to go on from")->required()->expected(1);
  add_running(*command, options);
  command->callback([&] { action = [&] { return resume(options); }; });
}

void add_disasm(CLI::App& app, DisasmOptions& options, std::function<int()>& action) {
  CLI::App* command = app.add_subcommand("disasm", "List the code of a program with its source lines and columns");
  command->footer("Example:\n  echo ': square dup * ; 7 square .' | mica disasm -");
  command->add_option("FILE", options.file, "program; - is standard input")->required();
  add_with(*command, options.with);
  add_profile(*command, options.profile);
  command->add_flag_callback(
      "--no-fuse", [&] { options.fuse = false; }, "do not combine instructions");
  command->callback([&] { action = [&] { return disassemble(options); }; });
}

void add_decompile(CLI::App& app, DecompileOptions& options, std::function<int()>& action) {
  CLI::App* command = app.add_subcommand("decompile", "Turn the frame of a program back into text");
  command->footer(
      "The text compiles to the same code and data. Comments and names of numbers are not in a frame.\n"
      "Example:\n  echo 'var n : up n @ 1 + n ! ; up up' | mica decompile - --ticks 1000");
  command->add_option("FILE", options.file, "program; - is standard input")->required();
  add_with(*command, options.with);
  add_profile(*command, options.profile);
  command->add_option("--ticks", options.ticks, "run the program for so many ticks first: its data are those of then")
      ->option_text("TICKS (default 0)")
      ->check(decimal)
      ->check(CLI::Range(std::uint64_t{0}, ~std::uint64_t{0} >> 1));
  command->add_flag_callback(
      "--no-fuse", [&] { options.fuse = false; }, "do not combine instructions");
  command->callback([&] { action = [&] { return decompile(options); }; });
}

void add_sim(CLI::App& app, SimulateOptions& options, std::function<int()>& action) {
  CLI::App* command = app.add_subcommand("sim", "Run a scenario in virtual time");
  command->footer("Example: mica sim tests/frames/digits.scenario.json");
  command->add_option("SCENARIO", options.scenario, "scenario, a JSON file")->required();
  command->callback([&] { action = [&] { return simulate(options); }; });
}

// How a model becomes a graph.
void add_graph_options(CLI::App& command, GraphOptions& options) {
  command.add_option("--calibrate", options.calibrate, "samples, a CSV file; to quantise an ONNX model")
      ->option_text("CSV");
  command.add_flag("--labels", options.labels, "the last number of each sample is its class");
  command.add_option("--input-scale", options.input_scale, "the model's input for 1.0 of a feature")
      ->option_text("NUMBER (default 1)")
      ->check(factor);
  command.add_option("--percentile", options.percentile, "how many in a hundred of a layer's numbers are in its range")
      ->option_text("NUMBER (default 100: from the least to the greatest)")
      ->check(CLI::Range(50.0, 100.0));
}

void add_convert(CLI::App& app, ConvertOptions& options, std::function<int()>& action) {
  CLI::App* command = app.add_subcommand("convert", "Make a frame of a trained model");
  command->footer(
      "A quantised model (.tflite, int8) is taken as it is: its results are those of TensorFlow Lite Micro, byte by\n"
      "byte. Example: mica convert kws.tflite -o kws.mica, then: mica infer kws.mica --input samples.csv\n\n"
      "A model of ONNX keeps its floats, or is quantised when there are samples like those that it will see, which "
      "tell\n"
      "how large its numbers become. A line of the CSV file is a sample, its features separated by commas; those of "
      "an\n"
      "image have the channels last. Trees, forests and linear models need no samples. Example:\n"
      "  mica convert digits-mlp.onnx -o digits.mica --calibrate digits-test.csv --labels --input-scale 0.0625\n"
      "The digits are pixels from 0 to 16 and the model takes 0 to 1: hence 0.0625. What it became, and what that\n"
      "cost, is said on standard error. Then: mica infer digits.mica --input digits-test.csv --labels\n\n"
      "Trees, forests and linear models of scikit-learn, in a file of ONNX, need no samples.");
  command->add_option("MODEL", options.model, "the model: a file of TensorFlow Lite or of ONNX")->required();
  command->add_option("-o,--output", options.output, "the frame to write; - is standard output")
      ->option_text("FRAME")
      ->required();
  add_graph_options(*command, options.graph);
  command->add_option("--quantize", options.graph.arithmetic, "arithmetic of the frame of an ONNX model")
      ->option_text("int8|fixed|float (default: float without samples, else fixed for a perceptron, int8 for others)")
      ->check(CLI::IsMember({"int8", "fixed", "float"}));
  command->add_option("--weights", options.weights, "type of the weights in fixed point")
      ->option_text("int8|int16 (default int8)")
      ->check(CLI::IsMember({"int8", "int16"}));
  command->add_option("--features", options.features, "type of the features of trees and linear models")
      ->option_text("float32|int16|int32 (default float32)")
      ->check(CLI::IsMember({"float32", "int16", "int32"}));
  command->add_flag("--packed", options.packed, "write constants as Z85 text: half of the size, not readable");
  command->add_flag("--logits", options.logits, "leave out a softmax at the end: the class is the same");
  add_profile(*command, options.profile);
  command->callback([&] { action = [&] { return convert(options); }; });
}

// What a model is run on.
void add_input_options(CLI::App& command, InputOptions& options) {
  command
      .add_option("--input", options.file,
                  "samples: a CSV file, - for one from standard input; tensors as they are in FILE.bin; images one\n"
                  "after another in FILE.pgm or FILE.ppm, of the size that the model takes")
      ->option_text("FILE")
      ->required();
  command.add_option("--white", options.white, "feature for the brightest pixel of an image")
      ->option_text("NUMBER (default 1)");
  command.add_option("--black", options.black, "and for the darkest")->option_text("NUMBER (default 0)");
}

void add_validate(CLI::App& app, ValidateOptions& options, std::function<int()>& action) {
  CLI::App* command = app.add_subcommand("validate", "Hold each layer of a frame against the model it was made of");
  command->footer(
      "Each layer is computed anew in real numbers, from what the frame has handed to it. An error of one step of the\n"
      "result is rounding; the first layer with more is named, and the exit status is 1. Example:\n"
      "  mica validate kws.tflite kws.mica --input samples.csv");
  command->add_option("MODEL", options.model, "the model: a file of TensorFlow Lite or of ONNX")->required();
  command->add_option("FRAME", options.frame, "the frame that mica convert has made of it")->required();
  add_input_options(*command, options.input);
  add_graph_options(*command, options.graph);
  command->add_option("--quantize", options.graph.arithmetic, "arithmetic of the frame of an ONNX model")
      ->option_text("int8|float (default: int8 with samples, else float)")
      ->check(CLI::IsMember({"int8", "float"}));
  command->callback([&] { action = [&] { return validate(options); }; });
}

void add_infer(CLI::App& app, InferOptions& options, std::function<int()>& action) {
  CLI::App* command = app.add_subcommand("infer", "Run a model over samples");
  command->footer(
      "A line for each sample: its class, then the scores. Accuracy and time are said on standard error. Example:\n"
      "  mica infer digits.mica --input digits-test.csv --labels");
  command->add_option("FRAME", options.frame, "the model, as mica convert writes it")->required();
  add_input_options(*command, options.input);
  command->add_flag("--labels", options.input.labels, "the last number of each sample is its class");
  command->add_flag("--confusion", options.confusion, "with labels: tell how often each class was taken for which");
  command->add_flag("--raw", options.raw, "print the output only, integers as they are in the frame");
  add_profile(*command, options.profile);
  command->add_option("--ticks", options.ticks_max, "stop with an error when a sample takes so many ticks")
      ->option_text("TICKS (default 0: never)")
      ->check(decimal)
      ->check(CLI::Range(std::uint64_t{0}, ~std::uint64_t{0} >> 24));
  command->callback([&] { action = [&] { return infer(options); }; });
}

void add_repl(CLI::App& app, ReplOptions& options, std::function<int()>& action) {
  CLI::App* command = app.add_subcommand("repl", "Write a program line by line and see what each does");
  command->footer(
      "Words, variables and the cells on the stack stay from line to line; on a terminal the stack is shown as\n"
      "( 1 2 3 ), the top on the right. A definition, structure or text that is not closed goes on in the next line.\n"
      "Behind an error the session goes on; a trap empties the stack. ? lists the words, ? WORD explains one, Ctrl-C\n"
      "stops the program of the line, Ctrl-D ends. Lines are kept in $XDG_STATE_HOME/mica_history or else\n"
      "~/.mica_history.\n"
      ":frames, :load FILE and :unload NAME are for frames, :event NUMBER signals an event to the programs, :help\n"
      "tells of these. A file whose program does not end goes on in the background once it sleeps or waits, and so\n"
      "does a line that waits for an event, or for more than a second for other tasks; until it has ended no other\n"
      "line can run.\n"
      "Example of a session:\n"
      "  mica> : square ( n -- n2 ) dup * ;\n"
      "  mica> 7 square\n"
      "  ( 49 )\n"
      "Without a terminal there are no prompts, and the exit status is 1 when any line was wrong or has not come to\n"
      "its end, or any task has trapped:\n"
      "  printf '1 2\\n+ . cr\\n' | mica repl\n"
      "Programs given with --with are run before, until they end, sleep or wait; what they export is there when the\n"
      "first line is a header:\n"
      "  mica> frame console 1 imports lib.square");
  add_with(*command, options.with);
  add_profile(*command, options.profile);
  command->callback([&] { action = [&] { return repl(options); }; });
}

void add_check(CLI::App& app, CheckOptions& options, std::function<int()>& action) {
  CLI::App* command = app.add_subcommand("check", "Compile programs without running them");
  command->footer(
      "Each file is compiled for itself, behind those that --with names. Exit status 1 when one is wrong or cannot be "
      "read.\nOf a frame whose header names a self-test that is run, as it would be when the frame is loaded: a "
      "million ticks\nat most, and it may neither sleep nor wait for what no task is ready to do. Nothing else is "
      "run.\n"
      "Examples:\n"
      "  mica check *.mica\n"
      "  mica check --with library.mica program.mica\n"
      "  mica check --json - <program.mica\n"
      "--json writes a list, empty when all is right. Its entries have file, line and column (from 1; 0 when the file\n"
      "cannot be read), end_column (behind the word, where there is one), name, severity, text, and hint where\n"
      "something else may have been meant, and test where a self-test has failed: why.");
  command->add_option("FILE", options.files, "programs; - is standard input")->required();
  add_with(*command, options.with);
  add_profile(*command, options.profile);
  command->add_flag("--json", options.json, "write what is wrong to standard output, for editors and scripts");
  command->callback([&] { action = [&] { return check(options); }; });
}

void add_words(CLI::App& app, WordsOptions& options, std::function<int()>& action) {
  CLI::App* command = app.add_subcommand("words", "What the words of a profile do");
  command->footer(
      "Exit status 1 when there is no such word. Examples:\n"
      "  mica words\n"
      "  mica words +\n"
      "  mica words vecfold --profile rexa16");
  command->add_option("WORD", options.word, "all about this word; without it a line about each");
  add_profile(*command, options.profile);
  command->callback([&] { action = [&] { return words(options); }; });
}

void add_bench(CLI::App& app, BenchOptions& options, std::function<int()>& action) {
  CLI::App* command = app.add_subcommand("bench", "Measure what the machine promises");
  command->require_subcommand(1);
  command->footer("Example:\n  mica bench scheduler");
  CLI::App* scheduler = command->add_subcommand(
      "scheduler", "How soon a periodic task runs beside two that never give way, in virtual time");
  scheduler->footer("Exit status 1 when a deadline was missed, or the jitter is larger than the longest piece may be.");
  scheduler->add_option("--profile", options.profile, "profile of the machine: " + profile_names())
      ->option_text("NAME (default node32, stm32f4 and stm32f1)");
  scheduler->callback([&] { action = [&] { return bench_scheduler(options); }; });
}

// 1 when standard output could not take all: a full disk, a closed pipe.
int status_of_output(int status) {
  if (std::fflush(stdout) == 0 && !std::ferror(stdout)) return status;
  std::fprintf(stderr, "mica: error: standard output: %s\n", std::strerror(errno));
  return 1;
}

// Behind what programs have written before.
void complain(const char* before, const char* what, const char* behind) {
  std::fflush(stdout);
  std::fprintf(stderr, "%s%s%s", before, what, behind);
}

int perform(const std::function<int()>& action) {
  try {
    return action();
  } catch (const std::invalid_argument& error) {
    complain("mica: error: ", error.what(), "\n");
    return 2;
  } catch (const mica::sim::SourceError& error) {  // says its place itself
    complain("", error.what(), "");
    return 1;
  } catch (const mica::ml::ImportError& error) {  // and so does this
    complain("", error.what(), "");
    return 1;
  } catch (const std::exception& error) {
    complain("mica: error: ", error.what(), "\n");
    return 1;
  }
}

// Names the commands there are when the first argument is none of them.
bool names_a_command(const CLI::App& app, const char* argument) {
  if (argument[0] == '-') return true;
  std::string known;
  for (const CLI::App* command : app.get_subcommands({})) {
    if (command->get_name() == argument) return true;
    known += (known.empty() ? "" : ", ") + command->get_name();
  }
  std::fprintf(stderr, "mica: error: there is no command '%s'; there are %s\n", argument, known.c_str());
  return false;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("Mica: a bytecode virtual machine for tiny machine learning", "mica");
  app.require_subcommand(1);
  app.footer("Example: echo '1 2 + . cr' | mica run -\nHelp on a command: mica run --help");
  app.set_version_flag("--version", "mica " MICA_VERSION);
  // What is said of wrong usage has the form of all other messages.
  app.failure_message([](const CLI::App*, const CLI::Error& error) {
    return "mica: error: " + std::string(error.what()) + "; mica --help and mica COMMAND --help say more\n";
  });
  RunOptions run_options, resume_options;
  DisasmOptions disasm_options;
  DecompileOptions decompile_options;
  SimulateOptions simulate_options;
  ConvertOptions convert_options;
  InferOptions infer_options;
  ReplOptions repl_options;
  CheckOptions check_options;
  WordsOptions words_options;
  BenchOptions bench_options;
  std::function<int()> action;
  add_run(app, run_options, action);
  add_resume(app, resume_options, action);
  add_disasm(app, disasm_options, action);
  add_decompile(app, decompile_options, action);
  add_sim(app, simulate_options, action);
  add_convert(app, convert_options, action);
  add_infer(app, infer_options, action);
  ValidateOptions validate_options;
  add_validate(app, validate_options, action);
  add_repl(app, repl_options, action);
  add_check(app, check_options, action);
  add_words(app, words_options, action);
  add_bench(app, bench_options, action);
  if (argc < 2) {
    std::fputs(app.help().c_str(), stderr);
    return 2;
  }
  if (!names_a_command(app, argv[1])) return 2;
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? status_of_output(0) : 2;
  }
  return status_of_output(perform(action));
}
