#!/usr/bin/env python3
"""The command mica as people call it, rightly and wrongly: exit status, what goes where, what messages say."""
import re
import subprocess
import sys

import console_cases
import model_cases
from case import SECONDS_MAX, Case, run_cases

NODE = '"name": "a", "board": "netduinoplus2"'
LARGE = "frame large 1\ntable t int32 { " + "7 " * 1200000 + "}\n1199999 t read .\n"
FILES = {
    "good.mica": "1 2 + . cr",
    "loop.mica": "begin 7 drop again",
    "trapping.mica": ": w 1 0 / drop ; $ w 1 start drop 1000 0 do loop",
    "trap.mica": "1 .\n5 0 / .",
    "throws.mica": "try 1 0 / . catch . endtry\n 123 throw",
    "library.mica": "frame lib 1 exports share\n: share / ;\n",
    "importing.mica": "frame app 1 imports lib.share\n12 4 share .\n12 0 share .\n",
    "one.mica": ': more 300 0 do loop ; ." a" more ." b"',
    "two.mica": ': more 300 0 do loop ; ." c" more ." d"',
    "three.mica": ': more 300 0 do loop ; ." e" more ." f"',
    "filling.mica": "frame filling 1 exports squares\narray squares 5 : fill 5 0 do i i * squares i cell+ ! loop ;\n"
                    ": wait 1000 0 do loop ; wait fill\n",
    "filled.mica": "frame filled 1 imports filling.squares\n5 0 do i squares read . loop",
    "large.mica": LARGE,
    "wrong.mica": "1 .\n\ttotl @",
    "good.json": f'{{ "nodes": [ {{ {NODE}, "frames": ["good.mica"] }} ] }}',
    "importing.json": f'{{ "nodes": [ {{ {NODE}, "frames": ["library.mica", "importing.mica"] }} ] }}',
    "wrong.json": f'{{ "nodes": [ {{ {NODE}, "frames": ["wrong.mica"] }} ] }}',
    "stop.json": f'{{ "nodes": [ {{ {NODE}, "slice_ticks": 1000000000, "frames": ["loop.mica"] }} ], '
                 '"stop": { "after_us": 100 } }',
    "no_stop_time.json": f'{{ "nodes": [ {{ {NODE}, "frames": ["loop.mica"] }} ], "stop": {{}} }}',
    "board.json": '{ "nodes": [ { "name": "a", "board": "../x", "frames": ["good.mica"] } ] }',
    "boards.json": '{ "nodes": [ { "name": "a", "board": "x", "frames": ["good.mica"] } ] }',
    "frame.json": f'{{ "nodes": [ {{ {NODE}, "frames": ["good.mica", "none.mica"] }} ] }}',
    "folder.json": f'{{ "nodes": [ {{ {NODE}, "frames": ["."] }} ] }}',
    "key.json": f'{{ "nodes": [ {{ {NODE}, "frame": ["good.mica"] }} ] }}',
    "type.json": f'{{ "nodes": [ {{ {NODE}, "frames": ["good.mica"], "slice_ticks": "many" }} ] }}',
    "tasks.mica": ": w 7 . ; : bad 1 0 / drop ;\n$ w 1 start $ bad 1 start drop drop 300 sleep 8 .",
    "periodic.mica": ": w 7 . ; $ w 1 100 0 every 250 sleep kill 8 .",
    "background.mica": ": w 100 0 do loop ;\n$ w 1 100 0 every drop 8 .",
    "killed.mica": ": w begin again ; $ w 0 start yield kill 8 .",
    "sleeping.json": f'{{ "nodes": [ {{ {NODE}, "frames": ["periodic.mica"] }}, {{ "name": "b", "board": '
                     '"netduinoplus2", "frames": ["killed.mica"] } ] }',
    "trapped_task.json": f'{{ "nodes": [ {{ {NODE}, "frames": ["tasks.mica"] }} ] }}',
    **{f"restarts_{most}.mica": "var n : w n @ 1 + dup n ! . n @ 3 < if 1 0 / drop endif ;\n"
                                f"$ w 0 start {most} 5 supervise" for most in (1, 2)},
    "deadlock.mica": "semaphore a 1 semaphore b 1\n: left a acquire yield b acquire ;\n"
                     ": right b acquire yield a acquire ;\n$ left 0 start $ right 0 start drop drop 8 .",
    "starving.mica": "channel c 1\n7 . c receive",
    "watching.mica": "array a 1 7 . 5 0 a await",
    "syntax.json": '{ "nodes": [ ] \n  ,, }',
}
BUDGET = r"loop\.mica:1:7: error: .* --ticks \[budget\]"

CASES = [
    Case("program", ["run", "good.mica"], 0, "3 \n"),
    Case("standard input", ["run", "-"], 0, "4 ", text="4 ."),
    Case("two programs", ["run", "good.mica", "good.mica"], 0, "3 \n3 \n|3 3 \n\n"),
    Case("three programs, beginning with the first",
         ["run", "--slice", "100000", "one.mica", "two.mica", "three.mica"], 0, "abcdef"),
    Case("three programs in turns", ["run", "--slice", "100", "one.mica", "two.mica", "three.mica"], 0, "acebdf"),
    Case("a library that works before", ["run", "--with", "filling.mica", "filled.mica"], 0, "0 1 4 9 16 "),
    Case("a library that has not worked yet", ["run", "--slice", "10", "filling.mica", "filled.mica"], 0, "0 0 0 0 0 "),
    Case("a library that traps", ["run", "--with", "trap.mica", "good.mica"], 1, "1 3 \n", "divide_by_zero"),
    Case("ticks of library and program", ["run", "--ticks", "2000", "--with", "loop.mica", "good.mica"], 1, "",
         "budget"),
    Case("text that is wrong", ["run", "wrong.mica"], 1, "",
         r"^wrong\.mica:2:2: error: .*no number.* \[unknown_word\]\n   totl @\n   \^~~~\n$"),
    Case("trap", ["run", "trap.mica"], 1, "1 ",
         r"^trap\.mica:2:5: error: .* \[divide_by_zero\]\n  5 0 / \.\n      \^\n$"),
    Case("a code that nothing catches", ["run", "throws.mica"], 1, "-1 ",
         r"^throws\.mica:2:6: error: .*: 123 \[uncaught\]\n   123 throw\n"),
    Case("ticks behind a trap that was caught", ["run", "--stats", "throws.mica"], 1, "-1 ", r"ticks~\d+ digest"),
    Case("ticks used up", ["run", "--ticks", "2000", "loop.mica", "good.mica"], 1, "3 \n", "^" + BUDGET),
    Case("others are not blamed", ["run", "--ticks", "2000", "good.mica", "loop.mica"], 1, "3 \n", "^" + BUDGET),
    Case("exactly enough ticks", ["run", "--ticks", "16", "good.mica"], 0, "3 \n"),
    Case("the stretch in which the ticks are used up is finished", ["run", "--ticks", "1", "good.mica"], 0, "3 \n"),
    Case("tasks of a program; one traps", ["run", "--virtual-time", "tasks.mica"], 1, "7 8 ",
         r"^tasks\.mica:1:21: error: .* \[divide_by_zero\]\n"),
    Case("a task that is started again", ["run", "restarts_2.mica"], 0, "1 2 3 ",
         r"^restarts_2\.mica:1:44: error: .* \[divide_by_zero\]\n.*\n.*\nTask 2 is started again\.\n$"),
    Case("a task that is given up", ["run", "restarts_1.mica"], 1, "1 2 ",
         r"Task 2 is started again\.\nrestarts_1\.mica:1:44: error: .*\n.*\n.*\nTask 2 is given up; restarts: 1\.\n$"),
    Case("a periodic task", ["run", "periodic.mica"], 0, "7 7 7 8 "),
    Case("a periodic task in virtual time", ["run", "--virtual-time", "periodic.mica"], 0, "7 7 7 8 "),
    Case("a task in the background, until the ticks are used up",
         ["run", "--virtual-time", "--ticks", "9000", "background.mica"], 1, "8 ",
         r"^background\.mica:1:\d+: error: .* \[budget\]\n"),
    Case("two tasks that wait for each other", ["run", "deadlock.mica"], 1, "8 ",
         r"^deadlock\.mica:2:26: error: .* \[deadlock\]\n.*\n.*\n"
         r"deadlock\.mica:3:27: error: .* \[deadlock\]\n"),
    Case("a task that nobody sends to", ["run", "starving.mica"], 1, "7 ",
         r"^starving\.mica:2:7: error: .* \[deadlock\]\n"),
    Case("a variable that nobody changes, in virtual time", ["run", "--virtual-time", "watching.mica"], 1, "7 ",
         r"^watching\.mica:1:21: error: .* \[deadlock\]\n"),
    Case("a task that was killed has not failed", ["run", "killed.mica"], 0, "8 "),
    Case("sleeping nodes", ["sim", "sleeping.json"], 0, r"(?s).*",
         r"(?s)a: .* in virtual time 2500\d\d us .*b: .* in virtual time \d\d? us"),
    Case("response of a task, with cells of 16 bits", ["bench", "scheduler", "--profile", "stm32f1"], 0,
         r"(.*\n){3}(stm32f1 +65000 +\d+ +0 +\d+ +\d+ +\d\d? .*\n){3}(.*\n){3}"),
    Case("a profile that cannot have the benchmark", ["bench", "scheduler", "--profile", "minimal"], 1, r"(.*\n){3}",
         "minimal cannot run the benchmark"),
    Case("a node whose task traps", ["sim", "trapped_task.json"], 1, "7 8 ", "divide_by_zero"),
    Case("statistics", ["run", "--stats", "good.mica"], 0, "3 \n",
         r"^good\.mica: ticks=16 digest=[0-9a-f]{8} code=\d+"),
    Case("no digest in a plain form", ["run", "--stats", "--form", "goto", "good.mica"], 0, "3 \n",
         r"ticks=16 digest=- "),
    Case("ticks before a trap", ["run", "--stats", "trap.mica"], 1, "1 ", r"ticks>=\d+ digest"),
    Case("a table larger than any data", ["run", "large.mica"], 0, "7 "),
    Case("the same as standard input", ["run", "-"], 0, "7 ", redirect="<large.mica"),
    Case("the same through a pipe", ["run", "-"], 0, "7 ", text=LARGE),
    Case("the same to be checked", ["check", "large.mica"], 0),
    Case("the same, back to text", ["decompile", "large.mica"], 0, r"(?s)frame large 1 code \d+ constants 4800000\n.*"),
    Case("the same, as a listing", ["disasm", "large.mica"], 0, r"(?s).*"),
    Case("a run that is cut", ["run", "--virtual-time", "--ticks", "61", "--snapshot", "cut", "restarts_1.mica"], 0,
         ""),
    Case("and goes on", ["resume", "--virtual-time", "cut"], 1, "1 2 ",
         r"^cut\(0\):1:44: error: .*\n.*\n.*\nTask 2 is started again\.\n(.*\n)+Task 2 is given up"),
    Case("a run that is cut behind a trap", ["run", "--virtual-time", "--ticks", "300", "--slice", "20", "--snapshot",
                                             "cut", "trapping.mica"], 1, "", "divide_by_zero"),
    Case("an importing one that is cut",
         ["run", "--ticks", "9", "--snapshot", "cut", "library.mica", "importing.mica"], 0, ""),
    Case("and traps in the imported word", ["resume", "cut"], 1, "3 ",
         r"^cut\(lib\):2:9: error: .* \[divide_by_zero\]\n  : share / ;\n          \^\n$"),
    Case("a run that ends before", ["run", "--ticks", "6000", "--snapshot", "none", "good.mica"], 0, "3 \n",
         "none is not written: the programs came to their end before"),
    Case("a snapshot that is not there", ["resume", "none"], 1, "",
         r"^mica: error: none: No such file or directory\n$"),
    Case("a program as a snapshot", ["resume", "good.mica"], 1, "",
         r"^mica: error: good.mica cannot .* \[damaged\]\n$"),
    Case("a profile without snapshots",
         ["run", "--profile", "minimal", "--ticks", "2", "--snapshot", "cut", "-"], 1, "1 .*",
         r"\[no_snapshots\]\n$", text="1 . " * 20),
    Case("a folder that is not there", ["run", "--ticks", "2", "--snapshot", "no/cut", "loop.mica"], 1, "",
         r"^mica: error: no/cut: No such file or directory\n$"),
    Case("a snapshot of no moment", ["run", "--snapshot", "cut", "good.mica"], 2, "", "--snapshot requires --ticks"),
    Case("back to text", ["decompile", "good.mica"], 0, r"(.*\n)+"),
    Case("back to text, importing", ["decompile", "--with", "library.mica", "importing.mica"], 0,
         r"frame app 1 code \d+ imports lib.share\n12 4 share \. 12 0 share \.\n"),
    Case("back to text, wrong program", ["decompile", "wrong.mica"], 1, "", r"wrong.mica:.*\n(.*\n)*"),
    Case("back to text, a profile that cannot", ["decompile", "--profile", "minimal", "-"], 1, "",
         r"^mica: error: - cannot be decompiled in the profile minimal, .* `preset` .*; node32, .* can \[no_decomp",
         text="1 drop"),
    Case("a word that does not fit vecmap", ["run", "-"], 1, "",
         r"token of a word of this program; vecmap also wants one that takes a cell and leaves one \[invalid_token\]",
         text=": d dup ; array a 2 a a $ d 0 vecmap"),
    Case("an array of floats where none fits", ["run", "-"], 1, "",
         r"or it is that of an array of floats, which only read and write take \[invalid_handle\]",
         text="array a float32 2 a vecprint"),
    Case("a double as element", ["run", "-"], 1, "", r"a number of one cell .*\[value_expected\]",
         text="array a { 5l }"),
    Case("a table with its size", ["run", "-"], 1, "", r"table \{ or packed; .*\[value_expected\]",
         text="table t int8 5"),
    Case("listing", ["disasm", "good.mica"], 0, r"(.*\n)+.*end_task.*\n"),
    Case("a trap in an imported word", ["run", "library.mica", "importing.mica"], 1, "3 ",
         r"^library\.mica:2:9: error: .* \[divide_by_zero\]\n  : share / ;\n          \^\n$"),
    Case("nothing to import from", ["run", "importing.mica", "library.mica"], 1, "",
         r"^importing\.mica:1:21: error: .* \[import_missing\]"),
    Case("check, importing", ["check", "--with", "library.mica", "importing.mica"], 0, ""),
    Case("check, importing from what is wrong", ["check", "--with", "wrong.mica", "importing.mica"], 1, "",
         r"^wrong\.mica:2:2: error: .*\[unknown_word\]\n.*\n.*\n$"),
    Case("listing, importing", ["disasm", "--with", "library.mica", "importing.mica"], 0,
         r"(?s).*enter_frame 0 \d+ \d+ +\\ 1:21\n.*"),
    Case("simulation", ["sim", "good.json"], 0, "3 \n", r"\d+ to \d+ us on netduinoplus2.*\(\d+ to \d+ instructions\)"),
    Case("simulation of a trap in an imported word", ["sim", "importing.json"], 1, "3 ",
         r"\nlibrary\.mica:2:9: error: .* \[divide_by_zero\]\n  : share / ;\n          \^\n"),
    Case("time of a simulation", ["sim", "stop.json"], 0, "", r"stopped ticks>=11[4-9]\d "),

    Case("nothing", [], 2, "", "Usage: mica"),
    Case("help", ["--help"], 0, r"(.*\n)+.*Example.*\n(.*\n)*"),
    Case("help of a command", ["run", "--help"], 0, r"(.*\n)+.*Examples:\n(.*\n)*"),
    Case("no such command", ["rum", "good.mica"], 2, "",
         r"^mica: error: .*'rum'.*run, resume, disasm, decompile, sim, convert, infer, repl, check, words, bench\n$"),
    Case("no such option", ["run", "--stat", "good.mica"], 2, "", r"^mica: error: .*--stat"),
    Case("no file", ["run"], 2, "", r"^mica: error: .*FILE"),
    Case("no such profile", ["run", "--profile", "x", "good.mica"], 2, "", r"'x'.*node32, rexa16"),
    Case("no such form", ["run", "--form", "x", "good.mica"], 2, "", r"'x'.*switch, goto"),
    Case("slice of 0", ["run", "--slice", "0", "good.mica"], 2, "", r"^mica: error: --slice.* 1 "),
    Case("octal number", ["run", "--ticks", "010", "good.mica"], 2, "", r"^mica: error: --ticks: write 010 without"),
    Case("standard input twice", ["run", "-", "-"], 2, "", "only once", text="1 ."),
    Case("no such file", ["run", "none.mica"], 1, "", r"^mica: error: none\.mica cannot be read: No such file"),
    Case("folder", ["run", "."], 1, "", r"^mica: error: \. cannot be read: Is a directory"),
    Case("folder as standard input", ["run", "-"], 1, "", r"^mica: error: standard input cannot", redirect="<."),
    Case("full disk", ["run", "good.mica"], 1, "", r"^mica: error: standard output: No space", redirect=">/dev/full"),
    Case("full disk, listing", ["disasm", "good.mica"], 1, "", "standard output: No space", redirect=">/dev/full"),
    Case("full disk, simulation", ["sim", "good.json"], 1, "", "standard output: No space", redirect=">/dev/full"),
    Case("full disk, help", ["--help"], 1, "", "standard output: No space", redirect=">/dev/full"),
    Case("text without end", ["run", "/dev/zero"], 1, "", r"^/dev/zero:1:1: error: .*\[invalid_character\]"),

    Case("scenario with a wrong text", ["sim", "wrong.json"], 1, "", r"^wrong\.mica:2:2: error: .*\[unknown_word\]\n"),
    Case("scenario without a time to stop", ["sim", "no_stop_time.json"], 1, "",
         r"^no_stop_time\.json: /stop: error: .*after_us"),
    Case("board that is a path", ["sim", "board.json"], 1, "", r"^board\.json: /nodes/0/board: error: "),
    Case("board that is not there", ["sim", "boards.json"], 1, "", r"/nodes/0/board: error: .*there are netduinoplus2"),
    Case("frame that is not there", ["sim", "frame.json"], 1, "",
         r"/nodes/0/frames/1: error: none\.mica cannot be read"),
    Case("frame that is a folder", ["sim", "folder.json"], 1, "", r"/nodes/0/frames/0: error: .* cannot be read"),
    Case("unknown key", ["sim", "key.json"], 1, "",
         r"/nodes/0: error: there is no key 'frame' here; there are .*frames"),
    Case("wrong type", ["sim", "type.json"], 1, "", r'/nodes/0/slice_ticks: error: "many" does not fit.* an integer'),
    Case("wrong syntax", ["sim", "syntax.json"], 1, "", r"^syntax\.json:2:4: error: "),
    Case("no scenario", ["sim", "none.json"], 1, "", r"^none\.json: error: cannot be read"),
]


def failures_of(mica, folder, case):
    command = [mica, *case.arguments]
    if case.redirect:
        command = ["sh", "-c", f'exec "$0" "$@" {case.redirect}', *command]
    done = subprocess.run(command, input=case.text, capture_output=True, text=True, cwd=folder, timeout=SECONDS_MAX,
                          check=False)
    if done.returncode != case.status:
        yield f"status {done.returncode}, not {case.status}: {done.stderr}"
    if not re.fullmatch(case.output, done.stdout):
        yield f"standard output is {done.stdout!r}"
    if case.message and not re.search(case.message, done.stderr):
        yield f"standard error is {done.stderr!r}"
    if not case.message and done.stderr:
        yield f"says {done.stderr!r}"


if __name__ == "__main__":
    sys.exit(run_cases(__doc__, FILES | model_cases.FILES | console_cases.FILES,
                       CASES + model_cases.CASES + console_cases.CASES, failures_of))
