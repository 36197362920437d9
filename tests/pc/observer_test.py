#!/usr/bin/env python3
"""`mica run --trace`, `--flame` and `--hot`: what they write is well formed, and its ticks are those of the tasks."""
import argparse
import collections
import json
import os
import re
import resource
import signal
import subprocess
import sys
import tempfile
import time
import xml.etree.ElementTree

SECONDS_MAX = 60
NAMES = ("array in { 1 2 3 } array w { 1 0 2 0 1 1 } array sums 2 : layer in w sums 0 vecfold ; "
         ": twice ( n -- n ) 2 * ;\n")
# Name -> text, exit status.
PROGRAMS = {
    "layer": (NAMES + "10 0 do layer sums @ twice drop loop", 0),
    "straight": ("1 2 + .", 0),
    "empty": ("", 0),
    "recursive": (": fac ( n -- n ) dup 2 < if drop 1 return endif dup 1 - fac * ; 10 fac .", 0),
    "tasks": (": w 20 0 do i drop loop ; $ w 1 start drop $ w 0 start drop $ w 3 1 0 every 5 sleep kill w", 0),
    "channels": ("channel c 2 : w 6 1 do i c send loop ; $ w 0 start drop 5 0 do c receive . loop", 0),
    "caught": (": bad 1 0 / drop ; : worse bad ; 3 0 do try worse catch drop endtry loop 5 .", 0),
    "end": (": w 1 drop end ; : v w ; v", 0),
    "killed": (": w begin 1 drop again ; $ w 0 start yield yield kill 3 .", 0),
    "spelt": (': a"<&>;b 1 drop ; : \u00e4\u00f6 a"<&>;b ; 3 0 do \u00e4\u00f6 loop', 0),
    "supervised": (": w 7 drop 1 0 / drop ; $ w 0 start 3 0 supervise 5 sleep 8 .", 1),
    "trap": (": w 1 0 / ; w drop", 1),
    "budget": (": w begin 1 drop again ; w", 1),
}
LIBRARY = "frame lib 1 exports long\n: inner ( n -- n ) 1 + 2 * ; : long ( n -- n ) inner 3 + ; 5 long drop"
PROGRAMS["import"] = ("frame app 1 imports lib.long\n: w ( n -- n ) long 1 + ; 5 w . 4 $ long execute .", 0)
# With tasks that no --stats tells of, or that do not come to their end.
OTHERS = ("tasks", "channels", "killed", "supervised", "trap", "budget")


class Failure(Exception):
    pass


def expect(is_so, what):
    if not is_so:
        raise Failure(what)


class Calls:
    def __init__(self, mica, folder):
        self.mica, self.folder = mica, folder
        for name, (text, _) in PROGRAMS.items():
            with open(os.path.join(folder, name + ".mica"), "w", encoding="utf-8") as file:
                file.write(text)
        with open(os.path.join(folder, "lib.mica"), "w", encoding="utf-8") as file:
            file.write(LIBRARY)

    def run(self, *arguments, status=0, command="run"):
        done = subprocess.run([self.mica, command, "--virtual-time", *arguments], capture_output=True, text=True,
                              cwd=self.folder, timeout=SECONDS_MAX, check=False)
        expect(done.returncode == status, f"{arguments}: exit status {done.returncode}: {done.stderr}")
        return done

    def write(self, name, content):
        with open(os.path.join(self.folder, name), "wb") as file:
            file.write(content)

    def read(self, name):
        with open(os.path.join(self.folder, name), encoding="utf-8") as file:
            return file.read()


def ticks_of(text):
    """Ticks of the main tasks, as --stats tells them."""
    return [int(ticks) for ticks in re.findall(r"ticks[=~>]+(\d+)", text)]


def check_trace(text, name):
    """Words nest and times rise in each task; the slices follow each other. Returns the ticks of all slices."""
    events = json.loads(text)["traceEvents"]
    open_words, times = collections.defaultdict(list), collections.defaultdict(int)
    begun = collections.Counter()
    end_of_slices = 0
    for event in events:
        task = event["pid"], event.get("tid")
        if event["ph"] == "M":
            continue
        if event["ph"] == "X":
            expect(event["ts"] == end_of_slices, f"{name}: a slice at {event['ts']} behind {end_of_slices}")
            end_of_slices += event["dur"]
            continue
        expect(event["ts"] >= times[task], f"{name}: time goes back at {event}")
        times[task] = event["ts"]
        if event["ph"] == "B":
            open_words[task].append(event["name"])
            begun[event["name"]] += 1
            continue
        expect(event["ph"] == "E" and open_words[task], f"{name}: {event} has not begun")
        expect(open_words[task].pop() == event["name"], f"{name}: {event} ends another word")
    if name != "budget":
        expect(not any(open_words.values()), f"{name}: not ended: {dict(open_words)}")
    return end_of_slices, begun


def check_program(calls, name):
    status = PROGRAMS[name][1]
    options = ["--with", "lib.mica"] if name == "import" else []
    options += ["--ticks", "5000"] if name == "budget" else []
    for slice_ticks in ("1", "7", "1000"):
        done = calls.run(*options, "--slice", slice_ticks, "--stats", "--hot", "--trace", "t.json", "--trace-all",
                         "--flame", "t.txt", name + ".mica", status=status)
        plain = calls.run(*options, "--slice", slice_ticks, "--stats", name + ".mica", status=status)
        expect(done.stdout == plain.stdout, f"{name}: other output")
        digests = [re.findall("digest=[0-9a-f]+", run.stderr) for run in (done, plain)]
        if name != "budget":  # fused code is charged at other places
            expect(digests[0] == digests[1], f"{name}: other digests")
        in_slices, _ = check_trace(calls.read("t.json"), name)
        folded = sum(int(line.rsplit(" ", 1)[1]) for line in calls.read("t.txt").splitlines())
        table = int(re.search(r"(\d+)  ticks of all tasks", done.stderr).group(1))
        rows = re.findall(r"^ *(\d+) +[\d.]+% +(\d+) +(\d+)  (\S.*)$", done.stderr, re.M)
        expect(folded == table == sum(int(row[0]) for row in rows), f"{name}: sums {folded}, {table} of {rows}")
        if name not in OTHERS:
            charged = sum(ticks_of(done.stderr))
            expect(table == charged, f"{name}: {table} in all, {charged} charged")
        # The call of a word at which a task starts, and its last stretch, are in no slice: of tasks 5 for each period.
        # Nor is what a trap costs one that begins anew. Without that it was not charged all.
        tolerance = {"tasks": 60, "supervised": 4 * (1 + 64)}.get(name, 10 if name in OTHERS else 0)
        expect(abs(table - in_slices) <= tolerance, f"{name}: {table} in all, {in_slices} in slices")


def check_counts(calls):
    """The numbers of calls are known."""
    calls.run("--trace", "t.json", "layer.mica")
    _, begun = check_trace(calls.read("t.json"), "layer")
    expect(begun == {"layer": 10, "vecfold": 10, "twice": 10}, f"words in the trace: {begun}")
    heavy = [event for event in json.loads(calls.read("t.json"))["traceEvents"] if event["name"] == "vecfold"]
    expect(heavy[0]["args"]["arrays"] == ["int32*3", "int32*6", "int32*2"], f"arrays of vecfold: {heavy[0]}")
    expect(heavy[1]["args"] == {"ticks": 72}, f"ticks of vecfold: {heavy[1]}")
    done = calls.run("--hot", "recursive.mica")
    row = re.search(r"^ *(\d+) +[\d.]+% +(\d+) +(\d+)  fac$", done.stderr, re.M)
    expect(row and row.group(3) == "10", f"calls of fac: {done.stderr}")
    whole = int(re.search(r"(\d+)  ticks of all tasks", done.stderr).group(1))
    expect(int(row.group(2)) < whole, "what fac took in all is counted for each call anew")


def check_picture(calls):
    calls.run("--flame", "t.svg", "spelt.mica")
    root = xml.etree.ElementTree.fromstring(calls.read("t.svg"))
    titles = [title.text for title in root.iter("{http://www.w3.org/2000/svg}title")]
    expect(any(title.startswith('a"<&>;b: ') for title in titles), f"titles of boxes: {titles}")
    expect(any(title.startswith("all tasks: ") and " 100.00 %" in title for title in titles), f"titles: {titles}")
    widths = {title.split(":")[0]: float(box.find("{http://www.w3.org/2000/svg}rect").get("width"))
              for box, title in zip(root.iter("{http://www.w3.org/2000/svg}g"), titles)}
    expect(widths["all tasks"] >= widths["frame 0 task 1"] > widths["\u00e4\u00f6"] > 0, f"widths: {widths}")
    calls.write("bytes.mica", b": \xff\xfe 3 drop ; \xff\xfe")
    calls.run("--flame", "t.svg", "bytes.mica")
    root = xml.etree.ElementTree.fromstring(calls.read("t.svg"))
    expect(any("\ufffd\ufffd: " in title.text for title in root.iter("{http://www.w3.org/2000/svg}title")), "no UTF-8")
    calls.run("--flame", "t.svg", "empty.mica")
    xml.etree.ElementTree.fromstring(calls.read("t.svg"))


def check_nothing_ran(calls):
    calls.write("wrong.mica", b": a foo")
    calls.run("--trace", "t.json", "wrong.mica", status=1)
    json.loads(calls.read("t.json"))


def check_snapshot(calls):
    """What ran before a snapshot and behind it is the whole."""
    def ticks(done):
        return int(re.search(r"(\d+)  ticks of all tasks", done.stderr).group(1))
    whole = ticks(calls.run("--hot", "layer.mica"))
    before = ticks(calls.run("--hot", "--ticks", "400", "--snapshot", "t.snapshot", "layer.mica"))
    behind = calls.run("--hot", "--trace", "t.json", "t.snapshot", command="resume")
    check_trace(calls.read("t.json"), "snapshot")
    expect(0 < before < whole and before + ticks(behind) == whole, f"{before} and {ticks(behind)} are not {whole}")


def check_errors(calls):
    for options, words in ((("--trace", "none/t.json"), "none/t.json cannot be written: No such file"),
                           (("--flame", "none/t.svg"), "none/t.svg cannot be written: No such file"),
                           (("--flame", "/dev/full"), "/dev/full cannot be written: No space left"),
                           (("--trace", "/dev/full"), "/dev/full cannot be written: No space left")):
        done = calls.run(*options, "straight.mica", status=1)
        expect(words in done.stderr, f"{options}: {done.stderr}")
    for options, words in ((("--hot", "--form", "goto"), "--form"), (("--trace-all",), "--trace"),
                           (("--hot", "--profile", "stm32f4"), "without the form traced")):
        done = calls.run(*options, "straight.mica", status=2)
        expect(words in done.stderr, f"{options}: {done.stderr}")


def check_interrupt(calls):
    """Behind Ctrl-C all is written that has been seen."""
    calls.write("endless.mica", b": w 1 drop ; 7 . begin w again")
    with subprocess.Popen([calls.mica, "run", "--trace", "t.json", "--stats", "endless.mica"], cwd=calls.folder,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as running:
        trace = os.path.join(calls.folder, "t.json")
        until = time.monotonic() + SECONDS_MAX
        while time.monotonic() < until and (not os.path.exists(trace) or os.path.getsize(trace) < 100_000):
            time.sleep(0.02)
        running.send_signal(signal.SIGINT)
        output, said = running.communicate(timeout=SECONDS_MAX)
    expect(running.returncode == -signal.SIGINT and output == "7 " and "endless.mica: ticks>=" in said and
           said.endswith("mica: stopped by Ctrl-C\n"), f"Ctrl-C: {running.returncode} {output!r} {said!r}")
    expect(len(json.loads(calls.read("t.json"))["traceEvents"]) > 1000, "Ctrl-C: the trace is cut")


def check_memory(calls):
    """A trace does not grow in memory."""
    def largest(ticks):
        calls.run("--slice", "100000", "--ticks", ticks, "--trace", "t.json", "--trace-all", "budget.mica", status=1)
        return resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    small, large = largest("10000"), largest("1000000")
    size = os.path.getsize(os.path.join(calls.folder, "t.json"))
    expect(size > 20_000_000, f"the trace has {size} bytes only")
    expect(large - small < 4096, f"{large - small} KB more for a hundred times the ticks")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--mica", required=True, help="the program")
    mica = os.path.abspath(parser.parse_args().mica)
    failures = []
    with tempfile.TemporaryDirectory(prefix="mica-observer-") as folder:
        calls = Calls(mica, folder)
        checks = [(check_program, name) for name in PROGRAMS]
        checks += [(check,) for check in (check_counts, check_picture, check_nothing_ran, check_snapshot, check_errors,
                                      check_interrupt, check_memory)]
        for check, *arguments in checks:
            try:
                check(calls, *arguments)
            except Failure as failure:
                failures.append(str(failure))
    print("\n".join(failures) or f"{len(PROGRAMS)} programs")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
