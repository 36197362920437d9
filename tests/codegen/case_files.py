"""Reads the cases of rejected/ and accepted/: small changes of the tiny instruction set.

    # comment
    case NAME
    profile NAME            optional, else tiny32
    edit FILE               the lines with - must stand in the file once and become those with +
    -old
    +new
    add FILE                a file of the lines with +
    remove FILE
    place PLACE             of the message; rejected cases only
    words WORDS             part of the message; rejected cases only
"""
import os

import support


class Case:
    def __init__(self, name, source):
        self.name, self.source = name, source
        self.profile = "tiny32"
        self.changes = []  # [what, file, old lines, new lines]
        self.place = self.words = None

    def apply(self, isa):
        for what, file, old, new in self.changes:
            if what == "edit":
                isa.edit(file, "\n".join(old), "\n".join(new))
            elif what == "add":
                isa.write(file, "\n".join(new) + "\n")
            else:
                os.remove(isa.path(file))

    def undo(self, isa, before):
        for _, file, _, _ in self.changes:
            if file in before:
                isa.write(file, before[file])
            else:
                os.remove(isa.path(file))


def read_cases(folder):
    cases = []
    for file in sorted(os.listdir(os.path.join(support.HERE, folder))):
        source = f"{folder}/{file}"
        for number, line in enumerate(support.read(os.path.join(support.HERE, source)).split("\n"), 1):
            if line.startswith("-"):
                cases[-1].changes[-1][2].append(line[1:])
                continue
            if line.startswith("+"):
                cases[-1].changes[-1][3].append(line[1:])
                continue
            word, _, rest = line.partition(" ")
            if word == "case":
                cases.append(Case(rest, f"{source}:{number}"))
            elif word in ("edit", "add", "remove"):
                cases[-1].changes.append([word, rest, [], []])
            elif word in ("profile", "place", "words"):
                setattr(cases[-1], word, rest)
            elif word not in ("", "#"):
                raise ValueError(f"{source}:{number}: '{word}' begins no line of a case")
    names = [case.name for case in cases]
    for case in cases:
        if names.count(case.name) > 1:
            raise ValueError(f"{case.source}: '{case.name}' names two cases")
    return cases
