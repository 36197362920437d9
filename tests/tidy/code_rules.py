"""Rules for code: who includes whom, what freestanding code may use, functions, dead files."""
import fnmatch
import os
import re

import tables

INCLUDE = re.compile(r'#[ \t]*include[ \t]*(?:\\?"([\w./+-]+)\\?"|<([\w./+-]+)>)')
STATIC = re.compile(r"\bstatic\b\s*([^;={(\[]*)")
CASE_OF_OPCODE = re.compile(r"\bcase\b[^;{}?]*?\bOp::|\bswitch\s*\([^{]*\bOp\b")


def in_folder(path, folder):
    parts, wanted = path.split("/"), folder.split("/")
    return len(parts) > len(wanted) and all(fnmatch.fnmatchcase(part, want) for part, want in zip(parts, wanted))


def layer_of(path):
    fitting = [layer for layer in tables.LAYERS if in_folder(path, layer.folder)]
    return max(fitting, key=lambda layer: (layer.folder.count("/"), "*" not in layer.folder), default=None)


def own_folder(path, layer):
    return "/".join(path.split("/")[:layer.folder.count("/") + 1])


def resolve(tree, file, name):
    """The path from the root of the file that an include names, or None."""
    layer = layer_of(file.path) or tables.LAYERS[-1]
    candidates = [name, os.path.join(os.path.dirname(file.path), name)]
    if file.path.startswith("codegen/"):
        candidates.append("codegen/" + name)
    for candidate in map(os.path.normpath, candidates):
        if candidate in tree.paths or candidate + ".in" in tree.paths:
            return candidate
    if layer.bare:
        own = own_folder(file.path, layer)
        return min((path for path in tree.paths if path.endswith("/" + name) and in_folder(path, own)), default=None)
    return None


def includes(tree, file):
    """(position, as written, path from the root or None, where it stands)

    It stands in "<>" (a name of no file in the tree), in '""', or as "text" in a string: a generator writes it out.
    """
    for match in INCLUDE.finditer(file.without_comments):
        name = match[1] or match[2]
        is_text = file.code[match.start()] != "#"
        if name.split("/")[0] in tables.GENERATED_FOLDERS:
            path = name
        else:
            path = name if name in tree.paths else resolve(tree, file, name) if match[1] else None
        if path or match[1]:
            yield match.start(), name, path, "text" if is_text else '""'
        elif not is_text:
            yield match.start(), name, None, "<>"


def layering(tree):
    for file in tree.cpp:
        layer = layer_of(file.path)
        for position, name, path, place in includes(tree, file):
            line = file.line_of(position)
            if layer is None:
                yield file, line, "layering", "this folder has no layer (add it to LAYERS in tests/tidy/tables.py)"
                break
            if place == "<>":
                if layer.standard == "freestanding" and name not in tables.FREESTANDING_HEADERS:
                    yield (file, line, "standard-header", f"<{name}> is not on the list of freestanding headers "
                           "(do without it: device code has no heap and no operating system)")
                continue
            if path is None:
                yield file, line, "include-path", f'"{name}" does not exist (write the path from the root of the tree)'
                continue
            if place == "text":
                continue
            if path != name and not layer.bare:
                yield file, line, "include-path", f'"{name}" leaves out its folder (write "{path}")'
            own = own_folder(file.path, layer)
            allowed = [own if prefix == "." else prefix for prefix in layer.includes]
            if not any(path == prefix or path.startswith(prefix + "/") for prefix in allowed):
                yield (file, line, "layering", f'{own}/ may not include "{path}", only {", ".join(allowed)} '
                       "(move what is shared down, or hand it in through an interface)")


def freestanding(tree):
    for file in tree.cpp:
        if not any(in_folder(file.path, folder) for folder in tables.FREESTANDING_FOLDERS):
            continue
        for pattern, message in tables.FREESTANDING_BANS:
            for match in re.finditer(pattern, without_directive_names(file.code)):
                yield file, file.line_of(match.start()), "freestanding", message
        for _, _, start, end in file.functions:
            for match in STATIC.finditer(file.code, start, end):
                if not is_constant(match[1]):
                    yield (file, file.line_of(match.start()), "freestanding",
                           "static variable in a function: keep state in the machine or the task, or make it constexpr")


def without_directive_names(code):
    """So that #include <new> is no use of new."""
    return re.sub(r"#[ \t]*include[^\n]*", lambda m: " " * len(m[0]), code)


def is_constant(declaration):
    if re.search(r"\bconstexpr\b", declaration):
        return True
    return bool(re.match(r"\s*const\b", declaration)) and ("*" not in declaration or
                                                          bool(re.search(r"\*\s*const\b[^*]*$", declaration)))


def instruction_lists(tree):
    for file in tree.cpp:
        if file.path in tables.MAY_SWITCH_OVER_OPCODES or file.path.startswith("codegen/"):
            continue
        for match in CASE_OF_OPCODE.finditer(file.code):
            yield (file, file.line_of(match.start()), "instruction-list",
                   "a list of instructions by hand (let codegen write it from isa/groups, or ask core::info)")


def function_length(tree):
    for file in tree.files.values():
        try:
            functions = file.functions
        except SyntaxError as error:
            yield file, error.lineno or 1, "function-length", f"this is not Python: {error.msg} (mend the syntax)"
            continue
        for first, last, _, _ in functions:
            if last - first + 1 > tables.FUNCTION_LINES:
                yield (file, first, "function-length", f"a function of {last - first + 1} lines, at most "
                       f"{tables.FUNCTION_LINES} (move a part with a name of its own out)")


def header_comment(tree):
    for file in tree.cpp:
        if not file.path.endswith(".hpp") or not any(in_folder(file.path, f) for f in tables.COMMENTED_HEADER_FOLDERS):
            continue
        top = file.comments.split("\n")[:tables.HEADER_COMMENT_LINES]
        if not any(line.strip() for line in top):
            yield (file, 1, "header-comment", f"no comment in the first {tables.HEADER_COMMENT_LINES} lines "
                   "(say what the header gives and what it promises)")


def dead_headers(tree):
    included = {path for file in tree.cpp for _, _, path, _ in includes(tree, file) if path}
    for file in tree.cpp:
        if not file.path.endswith(".hpp") or file.path in included:
            continue
        if file.path.endswith(".ops.hpp") and file.path.removesuffix(".ops.hpp") + ".json" in tree.paths:
            continue  # cut and pasted by codegen; layering of snippets is checked all the same
        yield file, 1, "dead-header", "no file includes this header (include or delete it)"


def sources_in(cmake):
    """Names of sources in a CMake file: tokens that end with .cpp or .c, lists that a foreach makes such tokens of."""
    text = re.sub(r"#[^\n]*", "", cmake.text)
    lists = {name: items.split() for name, items in re.findall(r"\bset\s*\(\s*(\w+)([^()]*)\)", text)}
    loops = {}
    for variable, items in re.findall(r"\bforeach\s*\(\s*(\w+)([^()]*)\)", text):
        words = [item for item in items.split() if item not in ("IN", "ITEMS", "LISTS")]
        loops.setdefault(variable, []).extend(word for item in words for word in lists.get(item, [item]))
    for token in re.findall(r"[^\s()\"<>;]+\.(?:cpp|c)\b", text):
        loop = re.search(r"\$\{(\w+)\}[\w.-]*$", token)
        if loop and loop[1] in loops:
            yield from (token.replace(loop[0], loop[0].replace("${" + loop[1] + "}", item)) for item in loops[loop[1]])
        else:
            yield token


def dead_sources(tree):
    patterns = set()
    for cmake in tree.cmake:
        for token in sources_in(cmake):
            # A variable in front stands for the root or for the folder of the CMake file.
            rest = re.sub(r"^(?:\$\{\w+\}/)+", "", token)
            patterns.add(os.path.normpath(os.path.join(os.path.dirname(cmake.path), rest)))
            if rest != token:
                patterns.add(os.path.normpath(rest))
    names = {pattern for pattern in patterns if "*" not in pattern}
    globs = patterns - names
    for file in tree.cpp:
        if not file.path.endswith((".cpp", ".c")) or file.path in names:
            continue
        if not any(fnmatch.fnmatchcase(file.path, glob) for glob in globs):
            yield file, 1, "dead-source", "no CMake file names this source (add it to a target or delete it)"


RULES = [layering, freestanding, instruction_lists, function_length, header_comment, dead_headers, dead_sources]
