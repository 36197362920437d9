"""Calls of the command and what must come of them."""
import argparse
import dataclasses
import os
import tempfile

SECONDS_MAX = 60


@dataclasses.dataclass
class Case:
    name: str
    arguments: list
    status: int
    output: str = ""        # pattern of standard output, whole
    message: str = ""       # pattern somewhere in standard error; empty: nothing is said
    text: str = ""          # standard input
    redirect: str = ""      # of the shell, behind the command

    def __str__(self):
        return self.name


def run_cases(description, files, cases, failures_of):
    """The main program of a test: plays all cases in a folder with these files; the exit status.

    failures_of(mica, folder, case) yields what is wrong.
    """
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--mica", required=True, help="the program")
    mica = os.path.abspath(parser.parse_args().mica)
    failures = 0
    with tempfile.TemporaryDirectory(prefix="mica-calls-") as folder:
        for name, text in files.items():
            with open(os.path.join(os.fsencode(folder), os.fsencode(name)), "wb") as file:
                file.write(text.encode() if isinstance(text, str) else text)
        for case in cases:
            for failure in failures_of(mica, folder, case):
                failures += 1
                print(f"{case}: {failure}")
    print(f"{len(cases)} calls, {failures} failures")
    return 1 if failures else 0
