"""The files of the repository as the rules see them: text, code without comments, functions."""
import ast
import functools
import os
import re
import subprocess

import tables

# Raw strings, strings, characters (not the ' in 1'000), comments.
LEXEME = re.compile(
    r'(?P<string>\bR"(?P<mark>[^()\\\s]{0,16})\((?s:.*?)\)(?P=mark)"|"(?:\\.|[^"\\\n])*"|(?<!\w)\'(?:\\.|[^\'\\\n])+\')'
    r"|(?P<comment>//(?:[^\n\\]|\\.|\\\n)*|/\*(?s:.*?)(?:\*/|\Z))")
DIRECTIVE = re.compile(r"^[ \t]*#[ \t]*(\w*)(?:[^\n\\]|\\.|\\\n)*", re.MULTILINE)
MARK = re.compile(r"[{};]")
NEXT = re.compile(r"\s*(.?)")


def blank(text):
    """As many characters and lines, nothing in them."""
    return re.sub(r"[^\n]", " ", text)


class File:
    def __init__(self, path, text):
        self.path = path
        self.text = text
        self.is_data = (path.endswith(tables.DATA_ENDINGS)
                        or not tables.DATA_FOLDERS.isdisjoint(path.split("/")[:-1]))
        self.is_code = not self.is_data and path.endswith(tables.CODE_ENDINGS)
        self.is_cpp = not self.is_data and path.endswith(tables.CPP_ENDINGS)
        self.is_python = not self.is_data and path.endswith(".py")
        self.is_cmake = not self.is_data and path.endswith(tables.CMAKE_FILES)

    @functools.cached_property
    def lines(self):
        return self.text.split("\n")[:-1] if self.text.endswith("\n") else self.text.split("\n")

    @functools.cached_property
    def without_comments(self):
        return LEXEME.sub(lambda m: blank(m[0]) if m["comment"] else m[0], self.text)

    @functools.cached_property
    def code(self):
        """Neither comments nor what stands in strings."""
        return LEXEME.sub(lambda m: blank(m[0]) if m["comment"] else m[0][0] + blank(m[0][1:-1]) + m[0][-1], self.text)

    @functools.cached_property
    def comments(self):
        end, pieces = 0, []
        for match in LEXEME.finditer(self.text):
            if match["comment"]:
                pieces += [blank(self.text[end:match.start()]), match[0]]
                end = match.end()
        return "".join(pieces) + blank(self.text[end:])

    @functools.cached_property
    def functions(self):
        """(first line, last line, start and end of the body) of each function in no other; bodies for C++ only."""
        if self.is_cpp:
            return list(cpp_functions(self.code))
        if self.is_python:
            return list(python_functions(self.text))
        return []

    def line_of(self, position):
        return self.text.count("\n", 0, position) + 1


def python_functions(text):
    def walk(node):
        for child in ast.iter_child_nodes(node):
            if isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef)):
                yield (child.lineno, child.end_lineno, 0, 0)
            else:
                yield from walk(child)
    yield from walk(ast.parse(text))


def is_function(head):
    """Whether a '{' after this text opens the body of a function."""
    head = head.strip()
    while head.startswith("template"):
        depth, rest = 0, re.sub(r"\([^()]*\)", lambda m: " " * len(m[0]), head)
        for bracket in re.finditer(r"[<>]", rest):
            depth += 1 if bracket[0] == "<" else -1
            if depth == 0:
                break
        head = head[bracket.end():].lstrip() if depth == 0 and rest.count(">") else ""
    if re.match(r"(?:(?:inline|export|typedef)\s+)*(?:namespace|class|struct|union|enum)\b", head):
        return False
    return ")" in head and not head.endswith("=")


def cpp_functions(code):
    """Matches braces. After an #else the state of the #if holds again, so that each branch may open the same brace."""
    opened, saved, head_start = [], [], 0
    marks = sorted([*MARK.finditer(DIRECTIVE.sub(lambda m: blank(m[0]), code)), *DIRECTIVE.finditer(code)],
                   key=lambda m: m.start())
    for mark in marks:
        word = mark[0]
        if word == "{":
            head = code[head_start:mark.start()]
            is_outermost = is_function(head) and not any(function for *_, function in opened)
            opened.append((head_start, mark.start(), is_outermost))
            head_start = mark.end()
        elif word == "}":
            start, body, function = opened.pop() if opened else (mark.end(), mark.end(), False)
            following = NEXT.match(code, mark.end())[1]
            # What follows a brace of initialisers still belongs to the head: A() : a{1}, b{2} {
            head_start = start if following in tuple(",{.)") else mark.end()
            if function and following not in tuple(",{"):
                first = mark.end() - len(code[start:mark.end()].lstrip())
                yield (code.count("\n", 0, first) + 1, code.count("\n", 0, mark.start()) + 1, body, mark.end())
        elif word == ";":
            head_start = mark.end()
        else:
            head_start = mark.end()
            if mark[1].startswith("if"):
                saved.append(list(opened))
            elif mark[1].startswith("el") and saved:
                opened = list(saved[-1])
            elif mark[1] == "endif" and saved:
                saved.pop()


class Tree:
    def __init__(self, texts):
        self.paths = set(texts)
        self.files = {path: File(path, text) for path, text in sorted(texts.items()) if text is not None}
        self.folders = {os.path.dirname(path) for path in texts}
        for folder in list(self.folders):
            while folder:
                folder = os.path.dirname(folder)
                self.folders.add(folder)

    @functools.cached_property
    def cpp(self):
        return [file for file in self.files.values() if file.is_cpp]

    @functools.cached_property
    def cmake(self):
        return [file for file in self.files.values() if file.is_cmake and not file.path.endswith(".json")]


def listed_paths(root):
    """Files that git tracks or would track; without git all files outside of build folders."""
    try:
        listing = subprocess.run(["git", "-C", root, "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
                                 capture_output=True, check=True).stdout
        top = subprocess.run(["git", "-C", root, "rev-parse", "--show-prefix"], capture_output=True, check=True).stdout
        if not top.strip():
            return sorted(set(os.fsdecode(listing).split("\0")) - {""})
    except (OSError, subprocess.CalledProcessError):
        pass
    found = []
    for folder, folders, names in os.walk(root):
        folders[:] = [name for name in folders if name not in (".git", "__pycache__", "build")]
        found += [os.path.relpath(os.path.join(folder, name), root).replace(os.sep, "/") for name in names]
    return sorted(found)


def read_tree(root):
    texts = {}
    for path in listed_paths(root):
        try:
            with open(os.path.join(root, path), "rb") as file:
                content = file.read()
        except (FileNotFoundError, IsADirectoryError):
            continue
        try:
            texts[path] = None if b"\0" in content else content.decode()
        except UnicodeDecodeError:
            texts[path] = None
    return Tree(texts)
