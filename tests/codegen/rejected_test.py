"""Sees codegen refuse every change in rejected/, with the place and the words of the message, and take accepted/.

A message in the sources of codegen that no case provokes is a failure, too: each rule has its case.
"""
import glob
import os
import re

import generated_cases
import support
from case_files import read_cases


# Only a disk that is full or a file that vanishes meanwhile shows these.
UNPROVOKED = {"cannot be written", "cannot be read; every group needs its snippets beside it"}

LITERAL = r'"(?:[^"\\]|\\.)*"'


def messages_of_sources():
    """The message of every fail(place, "message", ...), with {} where codegen puts something in."""
    messages = set()
    for file in glob.glob(os.path.join(support.ROOT, "codegen", "**", "*.[ch]pp"), recursive=True):
        for found in re.finditer(rf"\bfail\([^;]*?,\s*((?:{LITERAL}\s*)+)", support.read(file)):
            message = "".join(literal[1:-1] for literal in re.findall(LITERAL, found[1]))
            messages.add(message.replace('\\"', '"').replace("{{", "{").replace("}}", "}"))
    return messages - {"{}"}


def unprovoked(messages, seen):
    patterns = {one: re.escape(one).replace(r"\{\}", ".*") for one in messages - UNPROVOKED}
    return sorted(one for one, pattern in patterns.items() if not any(re.fullmatch(pattern, text) for text in seen))


def run_one(isa, case):
    """Calls codegen on the changed files; the next case finds them as they were."""
    before = {file: isa.read(file) for _, file, _, _ in case.changes if os.path.exists(isa.path(file))}
    try:
        case.apply(isa)
        return isa.run(case.profile, "--out", "out")
    finally:
        case.undo(isa, before)


def judge_rejected(isa, case, seen):
    result = run_one(isa, case)
    if result.returncode == 0:
        return "is taken"
    if result.returncode != 1 or result.stdout:
        return f"ends with {result.returncode}: {result.stdout}{result.stderr}"
    if os.path.exists(os.path.join(isa.folder, "out")):
        return "is refused, but files were written"
    place, error, message = result.stderr.rstrip("\n").partition(": error: ")
    seen.add(message)
    if not error or "\n" in message:
        return f"is not refused in one line PLACE: error: WORDS, but: {result.stderr}"
    if place != case.place or not case.words or case.words not in message:
        expected = f"{case.place}: error: ... {case.words} ..."
        return f"is refused otherwise\n  expected: {expected}\n  message:  {result.stderr}"
    return None


def judge_accepted(isa, case, _):
    result = run_one(isa, case)
    support.remove_folder(os.path.join(isa.folder, "out"))
    return None if result.returncode == 0 else f"is refused: {result.stderr}"


def main():
    options = support.arguments(__doc__)
    isa = support.TinyIsa(options.codegen)
    failures = []
    seen = set()
    done = 0
    for judge, cases in ((judge_rejected, read_cases("rejected") + generated_cases.rejected(isa)),
                         (judge_accepted, read_cases("accepted") + generated_cases.accepted(isa))):
        done += len(cases)
        for case in cases:
            try:
                failure = judge(isa, case, seen)
            except ValueError as error:
                failure = f"cannot be made: {error}"
            if failure:
                failures.append(f"{case.source}: {case.name} {failure}")
    messages = messages_of_sources()
    for message in unprovoked(messages, seen):
        failures.append(f"no case in rejected/ provokes: {message}")
    support.finish(failures, f"{done} cases, {len(messages)} messages in the sources")


if __name__ == "__main__":
    main()
