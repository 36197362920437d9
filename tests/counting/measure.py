"""Counts the figures of programs.py on the PC and on the emulated device, and reads the sizes of the device build.

pc(), device() and sizes() return figures: key of the figure -> {column: number}. What they measure was compiled with
pc_toolchain() and device_toolchain(). Missing tools and builds raise Missing with a sentence for people.
"""

import concurrent.futures
import dataclasses
import pathlib
import re
import shutil
import statistics
import struct
import subprocess
import sys
import tempfile

import programs

sys.path.insert(0, str(programs.ROOT / "hosts" / "stm32"))
import run_qemu  # noqa: E402

FORMS = ("switch", "goto")
COMPILER = "compile"  # beside the forms: the instructions of the compiler

TASK_MAX = {programs.PROFILE: 512}  # bytes of a task with its stacks


class Missing(Exception):
    """Something that the measurement needs is not there."""


class OtherToolchain(Missing):
    """The expected figures belong to another compiler or kind of build."""


class Broken(Exception):
    """A program did not do what the list says."""


def need(path, sentence):
    if not pathlib.Path(path).exists():
        raise Missing(f"{sentence} ({path} is missing)")
    return pathlib.Path(path)


def run(command):
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True, errors="replace")
    if done.returncode != 0:
        raise Broken(f"{pathlib.Path(str(command[0])).name} failed:\n{done.stdout[-2000:]}{done.stderr[-2000:]}")
    return done.stdout


# --- what was compiled with what --------------------------------------------------------------------------------------

def pc_toolchain(program):
    need(program, "build mica_count_pc; it needs valgrind/callgrind.h when the build is configured")
    return toolchain(build_root(program), {"the rest": ("mica_node32", "jit/emitter.cpp"),
                                           "the interpreter": ("mica_node32_goto", "vm/interpreter.cpp")})


def device_toolchain(firmware):
    if firmware is None:
        raise Missing("MICA_FIRMWARE_DIR does not say where the images of the firmware are")
    root = build_root(need(firmware, "build the firmware"))
    if source := changed_source(root):
        raise Missing(f"the firmware is older than {source}: cmake --build {root}")
    return toolchain(root, {"the rest": ("mica_stm32f4_goto", "jit/emitter.cpp"),
                            "the interpreter": ("mica_stm32f4_goto_goto", "vm/interpreter.cpp")})


def changed_source(root):
    """A source that is newer than what was made of it; None if there is none, or no ninja to tell."""
    cache = cache_of(root)
    if cache.get("CMAKE_GENERATOR") != "Ninja":
        return None
    # What an older list of targets has left in the folder does not count.
    commands = need(root / "compile_commands.json", "the build does not say its commands").read_text()
    stamps = {pathlib.Path(folder, "codegen.stamp") for folder in re.findall(r"-I(\S+/generated/[^/\s]+) ", commands)}
    objects = set(re.findall(r" -o (\S+) -c ", commands))
    for stamp in stamps:
        for source in read_for(stamp):
            if not source.exists() or source.stat().st_mtime > stamp.stat().st_mtime:
                return source
    made = None
    for line in run([cache["CMAKE_MAKE_PROGRAM"], "-C", root, "-t", "deps"]).splitlines():
        if match := re.match(r"(\S+): #deps", line):
            made = root / match.group(1) if match.group(1) in objects else None
        elif line.strip() and made and made.exists():
            source = root / line.strip()
            if not source.exists() or source.stat().st_mtime > made.stat().st_mtime:
                return source
    return None


def read_for(stamp):
    """What codegen has read for the core of this stamp, as it has written down itself; the snippets among them."""
    depfile = need(stamp.with_name("codegen.d"), "build again: codegen has not said what it read")
    text = depfile.read_text().replace("\\\n", " ").replace("\\ ", "\0")
    return [pathlib.Path(name.replace("\0", " ")) for name in text.partition(":")[2].split()]


def build_root(path):
    """The build folder that `path` lies in."""
    for folder in pathlib.Path(path).resolve().parents:
        if (folder / "CMakeCache.txt").exists():
            return folder
    raise Missing(f"{path} is not in a build folder")


def cache_of(root):
    return dict(re.findall(r"^(\w+):\w+=(.*)$", (root / "CMakeCache.txt").read_text(), re.M))


def toolchain(root, objects):
    """`objects`: label -> (target, source) whose flags are shown."""
    text = need(root / "compile_commands.json", "the build does not say its commands").read_text()
    commands = [command.split() for command in re.findall(r'"command": "(.*)"', text)]
    found = {"build type": cache_of(root).get("CMAKE_BUILD_TYPE", "")}
    for label, (target, source) in objects.items():
        command = next((words for words in commands if words[-1].endswith(source)
                        and f"/{target}.dir/" in "/" + words[words.index("-o") + 1]), None)
        if command is None:
            raise Missing(f"{root} does not build {target}")
        compiler = next(word for word in command if not word.endswith("ccache"))
        version = run([compiler, "--version"]).splitlines()[0]
        found["compiler"] = version.removeprefix(pathlib.Path(compiler).name + " ")
        flags = [word for word in command if re.match(r"-(f(?!file-prefix)|m|O|g|std=)", word)]  # no names, no paths
        found[f"flags of {label}"] = " ".join(flags)
    return found


# --- programs ---------------------------------------------------------------------------------------------------------

@dataclasses.dataclass
class Run:
    """What one program came to."""
    counts: dict           # column -> instructions
    ticks: int
    output: str
    instructions: tuple = None  # (before fusing, after fusing)


def texts_of(figures):
    """Each program once, in a fixed order."""
    return list(dict.fromkeys(text for figure in figures for text in (figure.fewer, figure.more) if text is not None))


def combine(figures, runs):
    """Runs by text -> figures."""
    found = {}
    for figure in figures:
        more = runs[figure.more]
        fewer = runs[figure.fewer] if figure.fewer is not None else Run(dict.fromkeys(more.counts, 0), 0, "", (0, 0))
        check(figure, fewer, more)
        columns = {name: (more.counts[name] - fewer.counts[name]) / figure.units for name in more.counts
                   if (name == COMPILER) == figure.compiling}
        if not figure.compiling:
            columns["ticks"] = (more.ticks - fewer.ticks) / figure.units
        found[figure.key] = {name: tidy(number) for name, number in columns.items()}
    return found


def check(figure, fewer, more):
    if figure.prints is not None and more.output.strip() != figure.prints.strip():
        raise Broken(f"{figure.key}: printed {more.output!r}, not {figure.prints!r}")
    if figure.added and more.instructions:
        added = tuple(b - a for a, b in zip(fewer.instructions, more.instructions))
        if added != figure.added:
            raise Broken(f"{figure.key}: {added} more instructions (before and after fusing), not {figure.added}; "
                         "has the compiler put something between the words?")


def tidy(number):
    return int(number) if number == int(number) else round(number, 2)


# --- PC ---------------------------------------------------------------------------------------------------------------

def pc(program, figures):
    """Counts with callgrind what of the executable `program` (count_pc.cpp) runs; functions of libc are not counted,
    because they differ from processor to processor."""
    if not shutil.which("valgrind"):
        raise Missing("valgrind is not installed")
    texts = texts_of(figures)
    with tempfile.TemporaryDirectory(prefix="mica-count-") as folder:
        files = []
        for number, text in enumerate(texts):
            files.append(pathlib.Path(folder, f"{number}.mica"))
            files[-1].write_bytes(run_qemu.seal(text))
        said = run(["valgrind", "--tool=callgrind", "--dump-line=no", "--compress-strings=no", "--compress-pos=no",
                    f"--callgrind-out-file={folder}/dump", program, *files])
        counts = [{} for _ in texts]
        for path in pathlib.Path(folder).glob("dump.*"):
            trigger, instructions = read_dump(path, program.name)
            if trigger:
                counts[trigger[1]][trigger[0]] = instructions
    runs = {}
    for line in said.splitlines():
        match = re.fullmatch(r"(\d+) ticks=(\d+) source_instructions=(\d+) instructions=(\d+) output=(.*)", line)
        number, ticks, before, after = map(int, match.groups()[:4])
        runs[texts[number]] = Run(counts[number], ticks, match.group(5), (before, after))
    return combine(figures, runs)


def read_dump(path, executable):
    """((part, number of the program), instructions) of one dump; (None, 0) for the one at the end."""
    trigger, total, counted, skip = None, 0, False, False
    with open(path, encoding="utf-8", errors="replace") as lines:
        for line in lines:
            if skip:
                skip = False  # the cost of a call is that of the function called
            elif line[0].isdigit():
                total += int(line.split()[1]) if counted else 0
            elif line.startswith("ob="):
                counted = line.rstrip().endswith("/" + executable)
            elif line.startswith("calls="):
                skip = True
            elif match := re.match(r"desc: Trigger: Client Request: (\w+) (\d+)", line):
                trigger = match.group(1), int(match.group(2))
    return trigger, total


# --- device -----------------------------------------------------------------------------------------------------------

def device(firmware, plugin, figures):
    """Counts with the plugin what the counting images of the folder `firmware` run in QEMU."""
    plugin = need(plugin, "build the plugin mica_icount")
    if not shutil.which("qemu-system-arm"):
        raise Missing("qemu-system-arm is not installed")
    running = [figure for figure in figures if not figure.compiling]
    compiled = [figure for figure in figures if figure.compiling]
    with concurrent.futures.ThreadPoolExecutor() as pool:
        jobs = {form: pool.submit(device_counts, firmware / f"count_run_{form}.elf", plugin, texts_of(running))
                for form in FORMS}
        compile_job = pool.submit(device_counts, firmware / "count_compile.elf", plugin, texts_of(compiled))
        metered_jobs = [pool.submit(device_counts, firmware / image, plugin, texts_of(programs.metered()))
                        for image in ("count_run_goto.elf", "unmetered/count_run_unmetered.elf")]
        counts = {form: job.result() for form, job in jobs.items()}
    runs = {}
    for text in texts_of(running):
        ticks, output = counts[FORMS[0]][text][1:]
        runs[text] = Run({form: counts[form][text][0] for form in FORMS}, ticks, output)
    found = combine(running, runs)
    found |= combine(compiled, {text: Run({COMPILER: count}, ticks, output)
                                for text, (count, ticks, output) in compile_job.result().items()})
    return found | metering(*(job.result() for job in metered_jobs))


def metering(metered, unmetered):
    """What counting ticks costs; Broken: more than it may."""
    found = {}
    for figure in programs.metered():
        (count, _, output), (without, _, output_without) = metered[figure.more], unmetered[figure.more]
        if output != output_without:
            raise Broken(f"{figure.key}: without metering it prints {output_without!r}, not {output!r}")
        found[figure.key] = {"metered": count, "unmetered": without, "ratio": round(count / without, 3)}
        check_ratio(figure.key, count / without, (programs.METERING_MAX | programs.METERING_ALSO_MAX)[figure.name])
    frames = [found[f"metering: {name}"] for name in programs.METERING_MAX]
    mean = statistics.geometric_mean(one["metered"] / one["unmetered"] for one in frames)
    check_ratio("metering: mean of the frames", mean, programs.METERING_MEAN_MAX)
    return found | {"metering: mean of the frames": {"ratio": round(mean, 3)}}


def check_ratio(key, ratio, most):
    if ratio > most:
        raise Broken(f"{key}: {ratio:.3f} times as many instructions as without, which may be {most} at most")


def device_counts(image, plugin, texts):
    """text -> (instructions, ticks, output)"""
    found = {}
    with run_qemu.Node(need(image, "build the firmware"), plugin=plugin) as node:
        for text in texts:
            output, status = node.run_frame(text)
            match = re.match(r"# ended ticks=(\d+)", status)
            if not match or node.count is None:
                raise Broken(f"{image.name}: '{status}' and {node.count} instructions for\n{text}")
            found[text] = node.count, int(match.group(1)), output
    return found


# --- sizes ------------------------------------------------------------------------------------------------------------

def sizes(firmware):
    """Bytes of the device build: each object of the core, the parts of the firmware, the state of each profile."""
    if not shutil.which("arm-none-eabi-size"):
        raise Missing("arm-none-eabi-size is not installed")
    found = object_sizes(firmware)
    board = next(firmware.glob(f"firmware_*_{programs.PROFILE}.elf"), None)
    if board is None:
        raise Missing(f"build the firmware (there is no firmware_*_{programs.PROFILE}.elf in {firmware})")
    found |= image_sizes(board)
    for image in sorted(firmware.glob("firmware_*.elf")):
        profile = image.stem.split("_")[-1]
        state, task = state_sizes(image, profile)
        if task > TASK_MAX.get(profile, task):
            raise Broken(f"a task of {profile} takes {task} bytes, more than {TASK_MAX[profile]}")
        found[f"state: {profile}"] = {"machine and compiler": state, "one task": task}
    return found


def object_sizes(firmware):
    """Of the core with the one form goto, without digests."""
    folders = [*firmware.glob(f"CMakeFiles/mica_{programs.PROFILE}_goto*.dir")]
    folders += [folder / "CMakeFiles" / "mica_common.dir" for folder in firmware.parents]
    objects = {match.group(1): path for folder in folders for path in sorted(folder.rglob("*.obj"))
               if (match := re.search(r"/((?:vm|jit|ml)/[\w/]+)\.cpp\.obj$", str(path)))}
    found, total = {}, [0, 0, 0]
    for name, path in sorted(objects.items()):
        numbers = [int(number) for number in run(["arm-none-eabi-size", path]).splitlines()[1].split()[:3]]
        found[f"object: {name}"] = dict(zip(("text", "data", "bss"), numbers))
        total = [a + b for a, b in zip(total, numbers)]
    found["object: all"] = dict(zip(("text", "data", "bss"), total))
    return found


def image_sizes(image):
    """Flash and RAM of an image by what they come from, read from its map."""
    sections = {".isr_vector": "flash", ".text": "flash", ".init_array": "flash", ".ARM.exidx": "flash",
                ".data": "both", ".bss": "ram", ".noinit": "ram", ".stack": "ram"}
    board, library, stack = "drivers and main loop", "C and compiler library", "reserved stack"
    parts = {part: {"flash": 0, "ram": 0} for part in ("core", board, library, stack)}
    total = {"flash": 0, "ram": 0}

    def add(to, kind, size):
        for memory in ("flash", "ram") if kind == "both" else (kind,):
            to[memory] += size

    text = need(image.with_suffix(".map"), "the map of the firmware is missing").read_text(errors="replace")
    text = text[text.index("Linker script and memory map"):]
    text = re.sub(r"\n (\S+)\n +(0x)", r"\n \1 \2", text)      # a long name has its numbers on the next line
    text = re.sub(r"\n(\.\S+)\n +(0x)", r"\n\1 \2", text)
    section, part = None, board
    for line in text.splitlines():
        if match := re.match(r"(\.\S+) +0x\w+ +0x(\w+)", line):
            section = match.group(1)
            part = stack if section == ".stack" else board
            if section in sections:
                add(total, sections[section], int(match.group(2), 16))
        elif re.match(r"\S", line):
            section = None
        elif section in sections and (match := re.match(r" (\S+) +0x\w+ +0x(\w+)(?: (\S+))?", line)):
            name, size, origin = match.groups()
            if origin:
                part = "core" if "libmica_" in origin else library if ".a(" in origin or "/lib/" in origin else board
            elif name != "*fill*":
                continue
            add(parts[part], sections[section], int(size, 16))  # what fills up to an alignment follows its cause
    for memory in total:  # what no object brings, but the linker script
        parts[board][memory] += total[memory] - sum(one[memory] for one in parts.values())
    return {f"image: {name}": numbers for name, numbers in (parts | {"all": total}).items()}


def state_sizes(image, profile):
    """(bytes of the state, bytes of a task) as the engine in the image says them (jit/engine.hpp)."""
    symbols = run(["arm-none-eabi-nm", image])
    match = re.search(r"^(\w+) \w _ZN4mica\w*12_GLOBAL__N_1L?6engineE$", symbols, re.M)
    if not match:
        raise Broken(f"{image.name} has no engine")
    name_size, name_at, cell_bits, _, state, task = struct.unpack("<6I", memory_of(image, int(match.group(1), 16), 24))
    if memory_of(image, name_at, name_size) != profile.encode() or cell_bits not in (16, 32) or not 0 < task < state:
        raise Broken("the begin of struct Engine is not as state_sizes() in measure.py reads it")
    return state, task


def memory_of(image, address, size):
    """Bytes at an address of an ELF file for a 32-bit processor with the low byte first."""
    data = image.read_bytes()
    header_at, = struct.unpack_from("<I", data, 28)
    header_size, headers = struct.unpack_from("<HH", data, 42)
    for k in range(headers):
        kind, offset, begin, _, file_size = struct.unpack_from("<5I", data, header_at + k * header_size)
        if kind == 1 and begin <= address and address + size <= begin + file_size:
            return data[offset + address - begin:][:size]
    raise Broken(f"{image.name} holds nothing at {address:#x}")
