"""Calls of `mica repl` through a pipe, `mica check` and `mica words`, and hints in messages."""
from case import Case

FILES = {
    "twice.mica": ": twice ( n -- n2 ) 2 * ;",
    "uses.mica": "4 twice .",
}
LIST = r"Words of the profile {0}, by groups\.\n(.*\n)*{1}(.*\n)*"


def repl(name, text, status, output="", message="", profile="node32"):
    return Case("repl: " + name, ["repl", "--profile", profile], status, output, message, text)


CASES = [
    Case("name that is nearly known", ["run", "-"], 1, "", r"\n +\^~~~\n  hint: did you mean total\?\n$",
         text="var total totl @"),
    Case("word that is nearly known", ["run", "-"], 1, "", r"\n  hint: did you mean swp2 or swap\?\n$",
         text="var swp2 : swaq 1 ; 1 2 swp"),
    Case("name of the host that is nearly known", ["run", "-"], 1, "", r"\n  hint: did you mean milli\?\n$", text="mili"),
    Case("nothing is near", ["run", "-"], 1, "", r"\n +\^~~~~~~~~~\n$", text="1 completely"),
    Case("word of another profile", ["check", "--profile", "rexa16", "-"], 1, "",
         r"\n  hint: the profiles node32 and tests-tiny have it\n$", text="table a int8 { 1 }"),

    repl("nothing", "", 0),
    repl("what is defined stays", "var a\n: sq ( n -- n2 ) dup * ;\n7 sq a !\na @ . cr\n", 0, "49 \n"),
    repl("cells stay", "1 2\n+\n. cr", 0, "3 \n"),
    repl("output is left as it is", "1 .\n\n2 .", 0, "1 2 "),
    repl("a definition goes on", ": sq ( n -- n2 )\n  dup *\n;\n5 sq .", 0, "25 "),
    repl("a structure goes on", "3 0 do\n i .\nloop", 0, "0 1 2 "),
    repl("a comment goes on", "1 ( one\nmore ) .", 0, "1 "),
    repl("a text goes on", '." one\ntwo"', 0, "one\ntwo"),
    repl("an array goes on", "array a {\n 3 4\n}\na 1 cell+ @ .", 0, "4 "),
    repl("a name follows in the next line", "const\nfive\n5 five .", 0, "5 "),
    repl("an error within a definition ends it", ": sq foo\n1 .", 1, "1 ", r"^-:1:6: error: .*\[unknown_word\]"),
    repl("what is wrong in a line is no reason to go on", "array a foo\n1 .", 1, "1 ", r"^-:1:9: .*\[size_expected\]"),
    repl("what the host offers", "7 3 data2\nwrite\n3 data2 read .", 0, "7 "),
    repl("the end in a definition", "1 .\n: sq\n", 1, "1 ", r"^-:2:1: error: .*\[unclosed_structure\]\n  : sq\n"),
    repl("a wrong line changes nothing", "var a 3 a ! 7\nvar b foo\na @ . .\nb", 1, "3 7 ",
         r"(?s)^-:2:7: .*unknown_word\]\n  var b foo\n.*\n-:4:1: .*unknown_word"),
    repl("the place of a trap in a word of before", ": over0 ( n -- n2 )\n  0 / ;\n1 2\n3 over0 .\n5 .", 1, "5 ",
         r"^-:2:5: error: .*\[divide_by_zero\]\n    0 / ;\n      \^\n  the stack is empty now\n$"),
    repl("a trap empties the stack", "1 2 0 /\n.", 1, "", r"(?s)divide_by_zero.*-:2:1: .*\[stack_underflow\]"),
    repl("names of lines of before", "var total\ntotl", 1, "", r"hint: did you mean total\?"),
    repl("names of a wrong line", "var total foo\ntotl", 1, "", r"(?s)foo.*totl\n  \^~~~\n$"),
    repl("help on a word", "? dup", 0, r"dup \( x -- x x \)\n(.*\n)+"),
    repl("help on all", "?", 0, LIST.format("rexa16", r"  dup .*\n"), profile="rexa16"),
    repl("help on a name", "var total\n? total", 0, "total is a name of this program\n"),
    repl("help on nothing", "? dupp", 1, "", r"^error: the profile node32 has no word 'dupp'; did you mean dup\?\n$"),
    repl("other profile", "70000 .", 0, "4464 ", profile="rexa16"),
    repl("no such profile", "", 2, "", "there is no profile 'x'", profile="x"),
    Case("repl: folder", ["repl"], 1, "", "^mica: error: standard input cannot be read: Is a dir", redirect="<."),
    Case("repl: line without end", ["repl"], 1, "", "more than 1 MB", redirect="</dev/zero"),
    Case("repl: full disk", ["repl"], 1, "", "^mica: error: standard output: No space.*\n$", text="1 .\n2 .",
         redirect=">/dev/full"),

    Case("check: right", ["check", "good.mica", "loop.mica"], 0),
    Case("check: what the host offers", ["check", "-"], 0, text="milli 2drop sample drop"),
    Case("check: nothing is run", ["check", "trap.mica"], 0),
    Case("check: standard input", ["check", "-"], 1, "", r"^-:1:1: error: .*stack_underflow", text="drop"),
    Case("check: each wrong one", ["check", "wrong.mica", "good.mica", "none.mica", "wrong.mica"], 1, "",
         r"(?s)^wrong\.mica:2:2: .*\nmica: error: none\.mica cannot be read: No such file.*\nwrong\.mica:2:2: "),
    Case("check: each for itself", ["check", "twice.mica", "uses.mica"], 1, "", r"^uses\.mica:1:3: .*unknown_word"),
    Case("check: profile", ["check", "--profile", "rexa16", "-"], 1, "", "unknown_word", text="0x10 ."),
    Case("check: no file", ["check"], 2, "", "^mica: error: .*FILE"),
    Case("check: standard input twice", ["check", "-", "-"], 2, "", "only once"),
    Case("check: full disk", ["check", "--json", "good.mica"], 1, "", "No space", redirect=">/dev/full"),
    Case("check: text without end", ["check", "/dev/zero"], 1, "", r"^/dev/zero:1:1: error: .*\[invalid_character\]"),

    Case("words: all", ["words"], 0, LIST.format("node32", r"\nstack: .*\n  dup +\( x -- x x \) +Copies.*\n")),
    Case("words: compiling words", ["words"], 0, LIST.format("node32", r"  begin +Begins a loop.*\n")),
    Case("words: no group without words", ["words"], 0, r"(?:(?!\nliteral)(.|\n))*"),
    Case("words: of a profile", ["words", "--profile", "tests-tiny"], 0, LIST.format("tests-tiny", r"  \+ .*\n")),
    Case("words: one", ["words", "/"], 0,
         r"/ \( n1 n2 -- n3 \)\n  Divides(.*\n)+  Group: arithmetic, in the profile node32\.\n  Ticks: 1\.\n"
         r"  Traps: divide_by_zero\.\n  Examples:\n(    .*\n      prints \".*\"\n|    .*\n      trap \w+\n)+"),
    Case("words: sliced one", ["words", "vecfold"], 0, r"(.*\n)+  Ticks: \d+, and \d+ for each unit \(.*\)\.\n(.*\n)+"),
    Case("words: compiling one", ["words", "if"], 0, r"if \(compiling word\)\n(.*\n)+"),
    Case("words: nearly one", ["words", "vecflod"], 1, "",
         r"^mica: error: the profile node32 has no word 'vecflod'; did you mean vecfold\?\n$"),
    Case("words: capitals", ["words", "DUP"], 1, "", r"did you mean dup\?\n$"),
    Case("words: none", ["words", "xyzzy"], 1, "", r"^mica: error: the profile node32 has no word 'xyzzy'\n$"),
    Case("words: of another profile", ["words", "table", "--profile", "rexa16"], 1, "",
         r"no word 'table'.*; the profiles node32 and tests-tiny have it\n$"),
    Case("words: no such profile", ["words", "--profile", "x"], 2, "", "there is no profile 'x'"),
    Case("words: two", ["words", "dup", "drop"], 2, "", "^mica: error: .*drop"),
    Case("words: full disk", ["words"], 1, "", "standard output: No space", redirect=">/dev/full"),
]
