"""Compares what codegen writes for the tiny instruction set with the files in golden/<profile>, byte for byte.

--bless rewrites those files; look at the difference before it goes into the repository.
"""
import difflib
import os
import shutil

import support

ARTEFACTS = {
    "config.hpp", "traps.hpp", "opcodes.hpp", "instruction_table.hpp", "mnemonics.hpp", "hook_words.hpp",
    "progress.hpp", "functions.hpp", "page_one_cases.inc", "page_two_cases.inc", "sliced_cases.inc",
    "blocks.hpp", "block_checks.inc", "page_one_labels.inc", "words.hpp", "compile_actions.inc", "fusions.hpp",
    "kernels.hpp", "snippet_signatures.hpp", "instruction_vectors.inc", "instructions.md", "word_reference.inc"}


def golden_folder(profile):
    return os.path.join(support.HERE, "golden", profile)


def bless(profile, files):
    shutil.rmtree(golden_folder(profile), ignore_errors=True)
    os.makedirs(golden_folder(profile))
    for name, text in files.items():
        support.write(os.path.join(golden_folder(profile), name), text)


def compare(profile, files):
    failures = []
    folder = golden_folder(profile)
    expected = set(os.listdir(folder)) if os.path.isdir(folder) else set()
    for name in sorted(expected ^ set(files)):
        failures.append(f"golden/{profile}/{name}: " + ("is not written any more" if name in expected else "is new"))
    for name in sorted(expected & set(files)):
        golden = support.read(os.path.join(folder, name))
        if golden != files[name]:
            failures.append("".join(line if line.endswith("\n") else line + "\n" for line in difflib.unified_diff(
                golden.splitlines(keepends=True), files[name].splitlines(keepends=True),
                f"golden/{profile}/{name}", "written now")))
    return failures


def main():
    options = support.arguments(__doc__, "--bless")
    isa = support.TinyIsa(options.codegen)
    failures = []
    for profile in support.PROFILES:
        files = isa.generate(profile, profile, "--no-line-directives")
        if set(files) != ARTEFACTS:
            failures.append(f"{profile}: other artefacts than the list: {sorted(set(files) ^ ARTEFACTS)}")
        if options.bless:
            bless(profile, files)
        failures += compare(profile, files)
    if failures:
        failures.append("When this is what you want: cmake --build <build folder> --target bless_goldens")
    support.finish(failures, f"{len(ARTEFACTS) * len(support.PROFILES)} files compared")


if __name__ == "__main__":
    main()
