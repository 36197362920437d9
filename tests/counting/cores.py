"""Bytes of whole cores on a Cortex-M3, the smallest processor they are for, and what each group of instructions takes.

profiles() and groups() return figures as measure.py does. A core is compiled with the commands of the firmware's
build, but for the processor and the profile, and linked with core_main.cpp without drivers: what a profile leaves out
must be gone then.
"""
import concurrent.futures
import json
import os
import pathlib
import re
import subprocess
import tempfile

import measure
import programs

HERE = pathlib.Path(__file__).resolve().parent
PROCESSOR = ["-mcpu=cortex-m3", "-mthumb"]
FIRMWARE_CORE = "mica_stm32f4_goto"  # the target whose commands are taken: one form, without digests

PROFILES = ("stm32f1", "minimal")
# Flash and RAM of the chip that a profile is for, and what of the RAM is not for the machine's state: a pool in which
# programs of some hundred words have room, the stack, buffers of the host.
CHIPS = {"stm32f1": (128 * 1024, 8 * 1024), "minimal": (32 * 1024, 4 * 1024)}
# Bytes of a task at most, with its stacks; the state holds as many as the profile has.
TASK_MAX = {"stm32f1": 256, "minimal": 256}
BESIDE_STATE = {"stm32f1": 2048 + 2048, "minimal": 1024 + 1024}

# Groups that a core can do without; what each takes of a core that has all others is measured with this profile.
OPTIONAL = ("stack", "arithmetic", "compare", "logic", "double", "loop_stack", "exception", "memory", "output", "text",
            "token", "host", "import", "task", "function", "vector", "filter")
FULL = "stm32f1"
# Those that need other cells, with the profile whose core is measured instead.
WIDE = {"float": "stm32f4"}
# What is of no use without a group, and is left out with it.
MAPPING = ["vecmap", "vecmap_element", "vecmap_store"]
NEEDS = {"token": MAPPING, "stack": MAPPING}


def profiles(firmware):
    """text, data, bss of the linked core, and the state of the machine with its compiler, of each profile."""
    with Builder(firmware) as builder:
        found = {f"core: {name}": builder.sizes(read_profile(name)) for name in PROFILES}
        bare = without_groups(read_profile(FULL), OPTIONAL)
        found[f"core: {FULL} without all groups that can be left out"] = builder.sizes(bare)
    for name, (flash, ram) in CHIPS.items():
        core = found[f"core: {name}"]
        if core["task"] > TASK_MAX[name]:
            raise measure.Broken(f"a task of {name} takes {core['task']} bytes, more than {TASK_MAX[name]}")
        if core["text"] + core["data"] > flash or core["state"] + BESIDE_STATE[name] > ram:
            raise measure.Broken(f"{name} does not fit its chip any more: {core}, {BESIDE_STATE[name]} bytes of RAM "
                                 f"are for other things; there are {flash} bytes of flash, {ram} of RAM")
    return found


def groups(firmware):
    """What one group takes: how much smaller the core is without it."""
    with Builder(firmware) as builder:
        full = {name: builder.sizes(read_profile(name)) for name in (FULL, *WIDE.values())}
        found = {}
        for group in (*OPTIONAL, *WIDE):
            name = WIDE.get(group, FULL)
            profile = without_groups(read_profile(name), [group])
            profile["without"] += NEEDS.get(group, [])
            without = builder.sizes(profile)
            found[f"group: {group}"] = {part: full[name][part] - without[part] for part in ("text", "state")}
            if full[name]["text"] <= without["text"]:
                raise measure.Broken(f"without the group {group} the core is not smaller")
    return found


def read_json(folder, name):
    return json.loads((programs.ROOT / "isa" / folder / f"{name}.json").read_text(encoding="utf-8"))


def read_profile(name):
    return read_json("profiles", name)


def without_groups(profile, groups):
    """The profile without the groups; of what it leaves out or fuses by name, what is in the others."""
    kept = [group for group in profile["groups"] if group not in groups]
    entries = [entry for group in kept for kind in ("instructions", "words")
               for entry in read_json("groups", group).get(kind, [])]
    names = {entry.get(key) for entry in entries for key in ("name", "word")}
    return profile | {"groups": kept, "without": [name for name in profile.get("without", []) if name in names],
                      "fused": [parts for parts in profile["fused"] if names.issuperset(parts)]}


class Builder:
    """Builds cores in a folder of its own."""

    def __init__(self, firmware):
        self.root = measure.build_root(measure.need(firmware, "build the firmware"))
        self.codegen = measure.cache_of(self.root)["MICA_HOST_CODEGEN"]
        text = measure.need(self.root / "compile_commands.json", "the build does not say its commands").read_text()
        commands = [command["command"].split() for command in json.loads(text)]
        self.core = [words for words in commands if re.search(rf"/{FIRMWARE_CORE}(_goto|_page_two_plain)?\.dir/",
                                                              "/" + output_of(words))]
        self.common = [words for words in commands if "/mica_common.dir/" in "/" + output_of(words)]
        if len(self.core) < 10 or not self.common:
            raise measure.Missing(f"{self.root} does not build {FIRMWARE_CORE}")

    def __enter__(self):
        self.holder = tempfile.TemporaryDirectory(prefix="mica-cores-")
        self.folder = pathlib.Path(self.holder.name)
        self.pool = concurrent.futures.ThreadPoolExecutor(os.cpu_count())
        self.shared = self.compile(self.common, "common", lambda word: word)
        return self

    def __exit__(self, *_):
        self.pool.shutdown()
        self.holder.cleanup()

    def sizes(self, profile):
        name = profile["profile"]
        generated = self.folder / "generated"
        file = self.folder / "profile.json"
        file.write_text(json.dumps(profile))
        measure.run(["env", "-C", programs.ROOT, self.codegen, "--isa", "isa", "--profile", file, "--out", generated])
        form = profile["dispatch"]
        changed = {"-DMICA_FORM=execute_goto": f"-DMICA_FORM=execute_{form}", "-DMICA_GOTO=1":
                   f"-DMICA_GOTO={int(form == 'goto')}", "-DMICA_HAS_GOTO=1": f"-DMICA_HAS_{form.upper()}=1"}

        def adapt(word):
            if word.startswith("-I") and word.endswith("/generated/stm32f4"):
                return f"-I{generated}"
            return changed.get(word, word)

        # Compiled where they are wanted only, as codegen/cmake/VmCore.cmake has it.
        of_tasks = () if "task" in profile["groups"] else ("/waiting.cpp", "/faults.cpp")
        of_snapshots = () if profile.get("snapshots") else ("/call_chain.cpp", "/task_check.cpp", "/snapshot.cpp")
        core = [words for words in self.core if not words[-1].endswith(of_tasks + of_snapshots)]
        objects = self.compile(core, "core", adapt)
        image = self.folder / "core.elf"
        flags = [word for word in self.core[0][1:] if re.match(r"-(f(?!file-prefix|stack-usage)|O|std=)", word)]
        measure.run([self.core[0][0], *PROCESSOR, *flags, f"-I{programs.ROOT}", f"-DMICA_ENGINE={name}_engine",
                     "-nostartfiles", "--specs=nano.specs", "-Wl,--gc-sections", "-Wl,--entry=core_main", "-o", image,
                     HERE / "core_main.cpp", *objects, *self.shared])
        text, data, bss = map(int, measure.run(["arm-none-eabi-size", image]).splitlines()[1].split()[:3])
        state, task = measure.state_sizes(image, name)[:2]
        return {"text": text, "data": data, "bss": bss, "state": state, "task": task}

    def compile(self, commands, folder, adapt):
        jobs = []
        (self.folder / folder).mkdir(exist_ok=True)
        for number, words in enumerate(commands):
            out = self.folder / folder / f"{number}.o"
            words = [adapt(word) for word in words
                     if not re.match(r"-(mcpu=|mthumb|mfpu=|mfloat-abi=|fstack-usage)", word)]
            words[words.index("-o") + 1] = str(out)
            jobs.append((out, self.pool.submit(subprocess.run, [*words, *PROCESSOR], cwd=self.root, text=True,
                                               capture_output=True)))
        for _, job in jobs:
            if job.result().returncode != 0:
                raise measure.Broken(job.result().stderr[-2000:])
        return [out for out, _ in jobs]


def output_of(words):
    return words[words.index("-o") + 1] if "-o" in words else ""
