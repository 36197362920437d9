"""What golden files cannot show: the same bytes every time, times of files, lines, any order of groups, the depfile,
the table of words, the command line."""
import itertools
import json
import os
import re

import support


def same_again(isa):
    """A second run gives the same bytes elsewhere, and leaves the files of the first alone."""
    first = isa.generate("tiny32", "first")
    if isa.generate("tiny32", "second") != first:
        yield "a second run writes other bytes"
    core = os.path.join(isa.folder, "first", "core")
    old = 1_000_000_000
    for name in first:
        os.utime(os.path.join(core, name), (old, old))
    isa.generate("tiny32", "first")
    for name in first:
        if os.stat(os.path.join(core, name)).st_mtime != old:
            yield f"a second run touches {name}, though nothing has changed"
    # The number of a trap is in one artefact only, beside the fingerprint.
    isa.edit("traps.json", '"number": 9', '"number": 10')
    isa.generate("tiny32", "first")
    touched = [name for name in first if os.stat(os.path.join(core, name)).st_mtime != old]
    if touched != ["config.hpp", "traps.hpp"]:
        yield f"the number of a trap changes {touched}"
    isa.edit("traps.json", '"number": 10', '"number": 9')


def lines(isa):
    """#line names the line of the snippet, and behind it the line of the generated file."""
    checked = 0
    for name in ("page_one_cases.inc", "page_two_cases.inc", "sliced_cases.inc"):
        text = isa.generate("tiny32", "lines")[name].split("\n")
        source, number = None, 0
        for at, line in enumerate(text, 1):
            directive = re.fullmatch(r'#line (\d+) "(.*)"', line)
            if directive:
                number, file = int(directive[1]), directive[2]
                if file == f"core/{name}" and number != at + 1:
                    yield f"{name}:{at}: says line {number} of itself"
                source = None if file.startswith("core/") else support.read(os.path.join(isa.folder, file)).split("\n")
                continue
            if source:
                # The first line of a body stands behind its opening brace, the last before its closing one.
                code = line.strip()
                if code not in ("}", "") and code.lstrip("{ ").rstrip("} ") not in source[number - 1]:
                    yield f"{name}:{at}: '{line}' is not line {number} of its source, '{source[number - 1]}'"
                checked += 1
            number += 1
        if source:
            yield f"{name}: ends in the lines of a snippet"
    if checked < 40:
        yield f"only {checked} lines of snippets were found"


def known_lines(isa):
    """The same for three instructions, counted by hand in the snippet files."""
    files = isa.generate("tiny32", "lines")
    for name, first, wanted in (("page_one_cases.inc", "CASE(divide)", '#line 28 "isa/groups/plain.ops.hpp"'),
                                ("page_one_cases.inc", "CASE(double_add)", '#line 47 "isa/groups/plain.ops.hpp"'),
                                ("sliced_cases.inc", "CASE(fill)", '#line 16 "isa/groups/heavy.ops.hpp"'),
                                ("sliced_cases.inc", "BEGUN();", '#line 20 "isa/groups/heavy.ops.hpp"')):
        found = re.search(r"#line \d+ \"isa.*", files[name][files[name].index(first):])[0]
        if found != wanted:
            yield f"{name}: {first} is followed by {found}, not {wanted}"


def code_on_first_line(isa):
    """A body may begin on the line of its brace, in front of the effect."""
    old = isa.read("groups/plain.ops.hpp")
    isa.edit("groups/plain.ops.hpp", "OP(extend) {  // ( n -- d )\n  d = widen(n);\n}",
             "OP(extend) { d = widen(n);  // ( n -- d )\n}")
    text = isa.generate("tiny32", "first-line")["page_one_cases.inc"]
    if "{ d = widen(n);  // ( n -- d )\n" not in text:
        yield "the code in front of the effect is lost"
    isa.write("groups/plain.ops.hpp", old)


def any_order(isa):
    """Groups in any order give the same instructions, each with what belongs to it."""
    def cases(files):
        return sorted(part for name in ("page_one_cases.inc", "page_two_cases.inc", "sliced_cases.inc")
                      for part in files[name].split("CASE(")[1:])
    text = isa.read("profiles/tiny32.json")
    usual = isa.generate("tiny32", "usual", "--no-line-directives")
    for order in itertools.permutations(["plain", "flow", "heavy"]):
        isa.write("profiles/tiny32.json", text.replace('["plain", "flow", "heavy"]', json.dumps(order)))
        files = isa.generate("tiny32", "-".join(order), "--no-line-directives")
        if cases(files) != cases(usual):
            yield f"the order {order} changes a case"
        for name in ("words.hpp", "instruction_vectors.inc", "snippet_signatures.hpp", "opcodes.hpp"):
            words = [sorted(re.findall(r"[^\s,]+", re.sub(r"= \w+,|^ +\d[\d, ]*,$", "", one[name], flags=re.MULTILINE)))
                     for one in (files, usual)]
            if words[0] != words[1]:
                yield f"the order {order} changes more of {name} than the order"
        yield from lookup(files, f"order {order}")
    isa.write("profiles/tiny32.json", text)


def word_hash(word):
    value = 2166136261
    for byte in word.encode():
        value = (value ^ byte) * 16777619 & 0xffffffff
    return value


def lookup(files, what, wanted=()):
    """Finds each word of words.hpp as a device does: from its hash to the only slot it can lie in."""
    text = files["words.hpp"]
    slots, buckets = (int(re.search(rf"word_{name} = (\d+);", text)[1]) for name in ("slots", "buckets"))
    row = re.search(r"word_displacement\[\] = \{(.*?)\}", text, re.DOTALL)[1]
    displacement = [int(one) for one in row.split(",")[:-1]]
    rows = re.search(r"Word words\[\] = \{\n(.*?)\n\};", text, re.DOTALL)[1].split("\n")
    words = [json.loads(row.strip()[1:row.strip().rindex('"') + 1]) if '"' in row else None for row in rows]
    if len(words) != slots or len(displacement) != buckets or any(not 0 <= one < 256 for one in displacement):
        yield f"{what}: the tables of words have other sizes than they say"
        return
    for word in filter(None, words):
        value = word_hash(word)
        slot = (value >> 16) + displacement[value % buckets] * ((value >> 8) | 1) & slots - 1
        if words[slot] != word:
            yield f"{what}: '{word}' is not found"
    missing = {"-", "swap", "if", "endif", *wanted} - set(words)
    if missing:
        yield f"{what}: {sorted(missing)} have no slot"


def alike(isa):
    """Words whose hashes agree in all bits that a small table looks at still get slots."""
    low, high = {}, {}
    for number in range(60000):
        value = word_hash(f"w{number}")
        low.setdefault(value & 0xfff, []).append(f"w{number}")
        high.setdefault(value >> 20, []).append(f"w{number}")
    words = sorted({*max(low.values(), key=len)[:8], *max(high.values(), key=len)[:8]})
    entries = [{"word": word, "compile": "end_program", "ticks": 1, "doc": "One of those alike.",
                "tests": [{"text": f"1 . {word}", "output": "1 "}]} for word in words]
    group = {"group": "alike", "doc": "Words alike.", "instructions": [], "words": entries}
    isa.write("groups/alike.json", json.dumps(group))
    isa.write("groups/alike.ops.hpp", "#pragma once\n")
    text = isa.read("profiles/tiny32.json")
    isa.write("profiles/tiny32.json", text.replace('"heavy"]', '"heavy", "alike"]'))
    yield from lookup(isa.generate("tiny32", "alike"), "alike", words)
    isa.write("profiles/tiny32.json", text)
    for ending in (".json", ".ops.hpp"):
        os.remove(isa.path("groups/alike" + ending))


def depfile(isa):
    """Names every file that was read, whatever Make makes of their letters; also a group in a folder of one's own."""
    name = "own $groups #"
    own = os.path.join(isa.folder, name)
    os.makedirs(own)
    for ending in (".json", ".ops.hpp"):
        os.rename(isa.path("groups/heavy" + ending), os.path.join(own, "heavy" + ending))
    isa.generate("tiny32", "out dir", "--groups", name, "--depfile", "d", "--stamp", "a #$ stamp")
    text = support.read(os.path.join(isa.folder, "d")).replace("\\\n", "").replace("\\ ", "\0")
    if re.search(r"(?<!\\)#|(?<!\$)\$(?!\$)", text):
        yield "a # or $ in the depfile is not escaped"
    target, _, inputs = text.replace("\\#", "#").replace("$$", "$").partition(":")
    found = {name.replace("\0", " ") for name in inputs.split()}
    expected = {f"isa/{name}" for name in ("kinds.json", "traps.json", "verbs.json", "profiles/tiny32.json")}
    expected |= {f"isa/groups/{name}{ending}" for name in ("plain", "flow") for ending in (".json", ".ops.hpp")}
    expected |= {f"{name}/heavy.json", f"{name}/heavy.ops.hpp"}
    expected |= {f"isa/schema/{name}.schema.json" for name in ("kinds", "traps", "verbs", "profile", "group")}
    expected = {os.path.join(os.path.realpath(isa.folder), name) for name in expected}
    if target.replace("\0", " ") != "a #$ stamp" or {os.path.realpath(name) for name in found} != expected:
        yield f"the depfile of '{target}' differs in {sorted(found ^ expected)}"
    if not os.path.exists(os.path.join(isa.folder, "a #$ stamp")):
        yield "there is no stamp"
    for ending in (".json", ".ops.hpp"):
        os.rename(os.path.join(own, "heavy" + ending), isa.path("groups/heavy" + ending))


def half_a_group(isa):
    """A group of one's own never takes its second file from another folder."""
    own = os.path.join(isa.folder, "half")
    os.makedirs(own)
    for ending, other in ((".json", ".ops.hpp"), (".ops.hpp", ".json")):
        support.write(os.path.join(own, "heavy" + ending), isa.read("groups/heavy" + ending))
        result = isa.run("tiny32", "--groups", "half", "--check")
        wanted = f"isa/profiles/tiny32.json: /groups: error: half/heavy{ending} has no heavy{other} beside it\n"
        if result.returncode != 1 or result.stderr != wanted:
            yield f"only heavy{ending}: {result.returncode}: {result.stderr}"
        os.remove(os.path.join(own, "heavy" + ending))


def command_line(isa):
    def refused(words, *options, status=2):
        result = isa.run("tiny32", *options)
        if result.returncode != status or words not in result.stderr + result.stdout:
            yield f"{options}: not '{words}', but {result.returncode}: {result.stderr}{result.stdout}"
    before = sorted(os.listdir(isa.folder))
    if isa.run("tiny32", "--check").returncode != 0:
        yield "--check refuses the tiny instruction set"
    yield from refused("--out, or --check, is required")
    yield from refused("--depfile requires --stamp", "--out", "x", "--depfile", "d")
    yield from refused("--output", "--output", "x")
    if sorted(os.listdir(isa.folder)) != before:
        yield "something was written without --out"
    support.write(os.path.join(isa.folder, "file"), "")
    yield from refused("file", "--out", "file", status=1)
    for option in ("--stamp", "--depfile"):
        stamp = ["--stamp", "no-such-folder/stamp" if option == "--stamp" else "stamp", "--depfile",
                 "no-such-folder/depfile" if option == "--depfile" else "depfile"]
        yield from refused("no-such-folder/" + option[2:] + ": error: cannot be written", "--out", "out", *stamp,
                           status=1)
    if isa.run("tiny32", "--help").returncode != 0:
        yield "--help is no success"


def main():
    isa = support.TinyIsa(support.arguments(__doc__).codegen)
    parts = [same_again, lines, known_lines, code_on_first_line, any_order, alike, depfile, half_a_group, command_line]
    failures = [f"{part.__name__}: {failure}" for part in parts for failure in part(isa)]
    support.finish(failures, f"{len(parts)} parts")


if __name__ == "__main__":
    main()
