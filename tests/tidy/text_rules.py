"""Rules for every text: form, names, words, and what ties it to one machine; and for the tree as a whole."""
import fnmatch
import itertools
import json
import os
import re

import tables

ISSUE_NUMBER = re.compile(r"(?:^|(?<=[\s(\[]))#\d{1,5}\b(?![-;])|\b(?:issue|ticket|pull request)s? #?\d+\b",
                          re.IGNORECASE | re.MULTILINE)
BRACES = re.compile(r"([^\s`|,{}]*)\{([^{}\s]+)\}([^\s`|,{}]*)")


def form(tree):
    for file in tree.files.values():
        if file.is_data:
            continue
        limit = tables.CMAKE_LINE_COLUMNS if file.is_cmake else tables.LINE_COLUMNS
        # Neither strings in JSON nor rows of a table in Markdown can be broken.
        breaks = file.is_cmake or not file.path.endswith(".json")
        unbroken = r"\s*\|" if file.path.endswith(".md") else r"(?!)"
        for number, line in enumerate(file.lines, 1):
            if breaks and len(line) > limit and not re.match(unbroken, line):
                yield file, number, "line-length", f"{len(line)} columns, at most {limit} (break the line)"
            if "\t" in line:
                yield file, number, "white-space", "a tab (use blanks)"
            if line != line.rstrip():
                yield file, number, "white-space", "blanks at the end of the line (delete them)"
        if file.text and (not file.text.endswith("\n") or file.text.endswith("\n\n")):
            yield file, len(file.lines), "white-space", "the end is not exactly one line feed (mend it)"
        if file.is_code and len(file.lines) > tables.FILE_LINES:
            yield (file, len(file.lines), "file-length", f"{len(file.lines)} lines, at most {tables.FILE_LINES} "
                   "(split it by topic)")


def file_names(tree):
    for path, file in ((path, tree.files.get(path)) for path in sorted(tree.paths)):
        name = os.path.basename(path)
        pattern = tables.OTHER_NAME
        if file and file.is_data or name in tables.FIXED_NAMES:
            continue
        if name.endswith((".cmake", ".cmake.in", ".pc.in")):
            pattern = tables.CMAKE_NAME
        elif name.endswith(tables.CODE_ENDINGS):
            pattern = tables.CODE_NAME
        if not re.fullmatch(pattern, name):
            yield path, 1, "file-name", f"'{name}' is not in snake_case (rename it)"


def words(tree):
    banned = [(word.lower().split(" ")[0],
               re.compile(r"(?<![A-Za-z])" + word.replace(" ", "[ _-]") + "(?:e?[sd])?(?![A-Za-z])",
                          0 if case else re.IGNORECASE), "banned-word", instead)
              for word, case, instead in tables.BANNED_WORDS]
    machine = [("/", re.compile(tables.MACHINE_PATH), "machine-path",
                "a folder of one machine (make it relative, or an option)")]
    machine += [(host, re.compile(rf"(?<![\w-]){re.escape(host)}(?![\w-])", re.IGNORECASE), "registry-host",
                 "a host of a package registry (name the package; where it comes from is the machine's affair)")
                for host in tables.REGISTRY_HOSTS]
    for file in tree.files.values():
        lower = file.text.lower()
        for beginning, pattern, rule, message in machine if file.is_data else machine + banned:
            if beginning not in lower:
                continue
            for match in pattern.finditer(file.text):
                yield file, file.line_of(match.start()), rule, f"'{match[0]}': {message}"


def issue_numbers(tree):
    for file in tree.files.values():
        if file.is_data:
            continue
        for match in ISSUE_NUMBER.finditer(file.comments if file.is_cpp else file.text):
            yield (file, file.line_of(match.start()), "issue-number",
                   f"'{match[0]}' (say the reason itself: a number means nothing without its list)")


def top_level(tree):
    for path in sorted({path.split("/")[0] for path in tree.paths}):
        if path not in tables.TOP_LEVEL and not path.startswith("."):
            allowed = ", ".join(sorted(tables.TOP_LEVEL))
            yield path, 1, "top-level", f"only {allowed} and dot files stand here (move it into a folder)"


def names_in(text):
    """The text, and after it what its braces stand for: a.{hpp,cpp} is a.hpp and a.cpp."""
    pieces = [text]
    for before, inner, after in BRACES.findall(text):
        pieces += [before + item + after for item in inner.split(",")]
    return "\n".join(pieces)


def folder_maps(tree):
    def is_named_file(path):
        if not path.endswith(tables.NAMED_ENDINGS) or path.endswith(tables.DESCRIBED_ENDINGS):
            return False
        return not (path in tree.files and tree.files[path].is_data)

    by_folder = itertools.groupby(sorted(filter(is_named_file, tree.paths), key=lambda p: (os.path.dirname(p), p)),
                                  key=os.path.dirname)
    for folder, paths in by_folder:
        if not folder or folder.count("/") > 1:
            continue
        names = [os.path.basename(path) for path in paths]
        own, parent = f"{folder}/README.md", f"{os.path.dirname(folder)}/README.md"
        map_of_folder = own if own in tree.files else parent if "/" in folder and parent in tree.files else None
        if map_of_folder is None:
            yield (own, 1, "folder-readme", f"is missing (a line for each of {len(names)} files: "
                   f"{', '.join(names[:4])}{' ...' if len(names) > 4 else ''})")
            continue
        known = names_in(tree.files[map_of_folder].text)
        patterns = re.findall(r"[\w.*-]{3,}\*[\w.*-]*", known)
        for name in names:
            # `stem` in quotes of its own stands for stem.hpp and stem.cpp.
            stem = re.sub(r"\.(?:hpp|cpp|h|c)$", "", name)
            named = f"`{stem}`" in known or re.search(rf"(?<![\w.-]){re.escape(name)}(?![\w-])", known)
            if not named and not any(fnmatch.fnmatchcase(name, pattern) for pattern in patterns):
                yield map_of_folder, 1, "folder-readme", f"does not name {folder}/{name} (say what it holds)"


def snippet_vocabulary(tree):
    if tables.VERBS not in tree.files:
        return
    description = json.loads(tree.files[tables.VERBS].text)
    page = f"{os.path.dirname(tables.VERBS)}/README.md"
    known = set(re.findall(r"`(\w+)`", tree.files[page].text if page in tree.files else ""))
    for name in [*description["verbs"], *description["helpers"]]:
        if name not in known:
            yield page, 1, "snippet-vocabulary", f"does not name `{name}` of {tables.VERBS} (say what it is for)"


RULES = [form, file_names, words, issue_numbers, top_level, folder_maps, snippet_vocabulary]
