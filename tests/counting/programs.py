"""What is counted: pairs of programs that differ only in how often one thing happens.

figures() makes the one list that the PC and the device both count. Instructions with words come from the ISA data:
a plain one is picked up from its description and its tests. Only what needs surroundings is written down here.
"""

import dataclasses
import json
import pathlib
import re

ROOT = pathlib.Path(__file__).resolve().parents[2]
PROFILE = "stm32f4"  # on the board; node32 on the PC has the same instructions

# Stands between the parts of a program so that no fused instruction reaches from one part into the next. Whatever it
# becomes, both programs of a pair hold it equally often.
APART = "1 if endif"
APART_TICKS = 2

# A pair stays below the ticks after which the compiler inserts a charge into a straight stretch (64).
TICKS_MAX = 58


@dataclasses.dataclass(frozen=True)
class Figure:
    """One figure: what `more` costs beyond `fewer`, divided by `units`."""
    group: str
    name: str
    fewer: str                # None: all of what `more` costs
    more: str
    units: int
    compiling: bool = False   # count the compiler instead of the program
    added: tuple = None       # (before fusing, after fusing): instructions that `more` has beyond `fewer`; None: any
    prints: str = None        # what `more` prints; None: whatever it likes

    @property
    def key(self):
        return f"{self.group}: {self.name}"


# Words whose values on the stack must mean something: (declarations, values).
EIGHT = "{ 1500 -2 37 -400 5 -6000 70 -8 }"
SIXTEEN = "{ 1500 -2 37 -400 5 -6000 70 -8 9 1000 -11 1200 -13 140 -15 16 }"
SIX = "{ 1500 -2 37 -400 5 -6000 }"
FOUR = "{ 1500 -2 37 -400 }"
# One unit of most words.
VECTORS = f"array a {SIX} array b {SIX} array o 6 array s {SIX}"
THIRTY_TWO = f"array a {SIXTEEN[:-1]} {SIXTEEN[1:]}"

SURROUNDINGS = {
    "@": ("var v", "v"),
    "!": ("var v", "5 v"),
    "cell+": ("array a 4", "a 1"),
    "read": ("table t int8 { 3 -4 5 -6 }", "1 t"),
    "write": ("array a 4", "5 1 a"),
    ".": ("", "5"),
    "2.": ("", "5 0"),
    "base": ("", "0"),
    "out": ("", "5"),
    "2@": ("array a 4", "a"),
    "2!": ("array a 4", "5 0 a"),
    "2ext": ("", "5"),
    "r": ("5 >r", ""),
    "2r": ("5 6 2>r", ""),
    "j": ("5 >f 6 >f", ""),
    "fpick": ("5 >f", "1"),
    **{word: ("", "70000 0") for word in ("2abs", "2minus", "2red")},
    **{word: ("", "70000 0 5 0") for word in (
        "2+", "2-", "2*", "2/", "2mod", "2min", "2max", "2and", "2or", "2xor", "2=", "2<", "2>")},
    **{word: ("", "1.5 2.25") for word in ("f+", "f-", "f*", "f/", "f<", "f=", "fmin", "fmax")},
    **{word: ("", "1.5") for word in (
        "f0<", "f0=", "fnegate", "fabs", "fsqrt", "fexp", "fln", "fsin", "fcos", "ftanh", "fsigmoid", "fround", "floor",
        "f>s", "f.")},
    "s>f": ("", "5"),
    "vecfold": ("array a { 1 2 3 4 5 6 7 8 } array w { 1 2 3 4 5 6 7 8 } array o 1 array s { 3 }", "a w o 0"),
    "vecload": (f"array a {EIGHT} array o 8", "a 0 o"),
    "vecscale": (VECTORS, "a o 0"),
    "vecadd": (VECTORS, "a b o 0"),
    "vecmul": (VECTORS, "a b o 0"),
    "vecconv": (THIRTY_TWO + f" array w {SIXTEEN[:-1]} {SIXTEEN[1:]} array o 1", "a w o 0 8 8 1 0"),
    "vecreduce": (THIRTY_TWO, "a 0 0 8"),
    "vecreshape": (f"array a {SIX} array o 3 array c 6", "a o -2"),
    "vecprint": (f"array a {FOUR}", "a"),
    "lowp": (f"array a {EIGHT}", "a 0 0 100"),
    "highp": (f"array a {EIGHT}", "a 0 0 100"),
    "hull": (f"array a {EIGHT}", "a 0 0 100"),
    ".s": ("", "1633837924 1701209960 8"),
    "s!": ("array a 8", "1633837924 1701209960 8 a"),
    "s@": ("array a { 8 1633837924 1701209960 }", "a"),
    "yield": ("", ""),
    "sleep": ("", "0"),
    "start": (": w ;", "$ w 0"),
    "every": (": w end ;", "$ w 0 9 0"),
    "self": ("", ""),
    "kill": (": w ; : go begin $ w 0 start drop yield 1 until ; go", "2"),
    "supervise": (": w ; : go begin $ w 0 start drop 1 until ; go", "2 1 0"),
    "on-trap": (": w ( n n -- ) drop drop ;", "$ w"),
    "send": ("channel c 8", "5 c"),
    "send?": ("channel c 8", "5 c 0"),
    "receive": ("channel c 8 8 0 do i c send loop", "c"),
    "receive?": ("channel c 8 8 0 do i c send loop", "c 0"),
    "sendn?": (f"channel c 32 array a {FOUR}", "a c 0"),
    "receiven?": (f"channel c 32 array a {FOUR} 8 0 do a c 0 sendn? drop loop", "a c 0"),
    "acquire": ("semaphore s 8", "s"),
    "acquire?": ("semaphore s 8", "s 0"),
    "release": ("semaphore s 8 8 0 do s acquire loop", "s"),
    "await": ("var v", "0 0 v"),
    "await?": ("var v", "0 0 v 0"),
    "event?": ("", "3 0"),
    "rounding": ("", "1"),
    "saturation": ("", "1"),
}

# Of words with more than one unit there: a message of four cells begins with one.
UNITS = {"sendn?": 2, "receiven?": 2}

# Further values for words that take another path with them.
VARIANTS = {
    "/": ["1000000 7", "-2147483648 -1"],
    "relu": ["-5"],
    ".": ["-12345"],
    "2.": ["-1234567890 -123456789"],
    "2/": ["-900000000 -2000 7 0"],
    "fexp": ["-88.5"],
    "fln": ["2e-40"],
    "fsin": ["3e38"],
    "fcos": ["-3e38"],
    "ftanh": ["-0.01"],
    "fsigmoid": ["-70.5"],
    "f.": ["-1.1754942e-38"],
    "vecfold": ["a w o -4", "a w o s"],
    "sin": ["-1571", "100000"],
    "log": ["32767", "5"],
    "sigmoid": ["2000", "-5000", "20000"],
    "vecscale": ["a o -4", "a o s"],
    "vecadd": ["a b o s"],
    "vecmul": ["a b o -1000"],
    "vecconv": ["a w o -100 8 8 1 0", "a 516 o 0 8 -8 1 0", "a 1028 o 0 8 -8 1 0"],
    "vecreduce": ["a 0 0 1", "a 0 0 4"],
    "vecreshape": ["o c 2"],
}


# Words that leave the loop or the return stack as no other word expects it, with what takes it back.
TOGETHER = {">f": ">f f>", "f>": None, ">r": ">r r>", "r>": None, "2>r": "2>r 2r>", "2r>": None}


def figures():
    isa = Isa(PROFILE)
    return [*words(isa), *literals(isa), *fused(isa), *structures(), *vectors(), *programs(), *slices(), *compiling()]


# --- the data of the instruction set ----------------------------------------------------------------------------------

class Isa:
    """The instructions of a profile, in the order of its groups."""

    def __init__(self, profile_name):
        self.profile = load(f"profiles/{profile_name}.json")
        self.kinds = load("kinds.json")
        self.instructions = [
            instruction for group in self.profile["groups"]
            for instruction in load(f"groups/{group}.json")["instructions"]
            if instruction.get("dialect", self.profile["dialect"]) == self.profile["dialect"]
            and instruction.get("cell_bits", self.profile["cell_bits"]) == self.profile["cell_bits"]]
        self.by_name = {instruction["name"]: instruction for instruction in self.instructions}
        # The fields of the group of each instruction that has any.
        self.fields = {instruction["name"]: group["fields"] for group in map(load, (
            f"groups/{name}.json" for name in self.profile["groups"])) if "fields" in group
                       for instruction in group["instructions"]}

    def block(self, instruction):
        """The first test of an instruction with a block: what it declares, and the block with tables for literals."""
        tokens = instruction["tests"][0]["text"].split()
        begin = end = tokens.index(instruction["word"])
        depth = 0
        while depth != 1 or tokens[end] != "}":
            depth += tokens[end].endswith("{") - (tokens[end] == "}")
            end += 1
        text = " ".join(tokens[begin:end + 1])
        types = {entry.get("field", key): entry["array"][0] for key, entry in self.fields[instruction["name"]].items()
                 if key in instruction["block"] and "array" in entry}
        literals = re.findall(r"(\S+) ((?:int8 |int16 |int32 |float32 )?)(\{ [^}]* \})",
                              text[len(instruction["word"]):])
        tables = [f"table t-{field} {said or types[field]} {numbers}" for field, said, numbers in literals]
        for field, said, numbers in literals:
            text = text.replace(f"{field} {said}{numbers}", f"{field} t-{field}")
        return " ".join(tokens[:begin] + tables), text

    def cells(self, instruction):
        """(taken, left) on the data stack."""
        taken, left = re.search(r"\(([^()F]*?)--([^()]*?)\)", instruction["effect"]).groups()
        return self._cells(taken), self._cells(left)

    def _cells(self, items):
        kinds = self.kinds["stack_items"]
        return sum(kinds[re.fullmatch(r"([a-z]+?)(\d+|_\w+)?", item).group(1)]["cells"] for item in items.split())

    def literal_bytes(self, instruction):
        """Size of the number in the instruction; 0 if it is no literal."""
        operands = [self.kinds["operands"][operand["kind"]] for operand in instruction.get("operands", [])]
        pushes = self.cells(instruction) == (0, 1)
        return operands[0]["bytes"] if pushes and len(operands) == 1 and operands[0]["role"] == "literal" else 0

    def values(self, instruction):
        """Values of the first test that gives some and does not trap; None if there is none."""
        bits = self.profile["cell_bits"]
        for test in instruction.get("tests", []):
            if "in" in test and "trap" not in test and test.get("cell_bits", bits) == bits:
                return " ".join(map(str, test["in"]))
        return "" if self.cells(instruction)[0] == 0 else None


def load(name):
    return json.loads((ROOT / "isa" / name).read_text(encoding="utf-8"))


def uses_loop_stack(instruction):
    return "F:" in instruction["effect"]


# --- what happens once in a straight line -----------------------------------------------------------------------------

def repeated(group, name, fewer, more, block_ticks, before="", instructions=None, in_loop=False):
    """Two blocks of text, each repeated; the stack may grow, the end of the program takes it."""
    units = max(1, min(8, TICKS_MAX // block_ticks))
    opening, closing = (f"{before} 2 1 do\n", "leave loop\n") if in_loop else (f"{before}\n", "")
    added = tuple(count * units for count in instructions) if instructions else None
    fewer, more = (opening + f"{block}\n" * units + closing for block in (fewer, more))
    return Figure(group, name, fewer, more, units, added=added)


def straight(group, name, text, ticks, before="", values="", instructions=(1, 1), in_loop=False):
    """`text` with `values` below it against the values alone."""
    block_ticks = len(values.split()) + ticks + 2 * APART_TICKS
    return repeated(group, name, f"{values} {APART} {APART}", f"{values} {APART} {text} {APART}", block_ticks, before,
                    instructions, in_loop)


def words(isa):
    """Every instruction that has a word."""
    for instruction in isa.instructions:
        word = instruction.get("word")
        if not word:
            continue
        if word in TOGETHER:
            if text := TOGETHER[word]:
                yield straight("words", text, text, 2, values="5 6", instructions=(2, 2))
            continue
        before, values = SURROUNDINGS.get(word, ("", isa.values(instruction)))
        text = word
        if "block" in instruction:
            before, text = isa.block(instruction)
        if values is None:
            raise ValueError(f"'{word}' takes cells and no test of it has \"in\": say in SURROUNDINGS of programs.py "
                             "what to put on the stack")
        # A sliced instruction charges its units beside its own ticks; here it mostly has one.
        unit_ticks = instruction["cost"].get("unit", {}).get("ticks", 0)
        ticks = instruction["cost"]["ticks"] + UNITS.get(word, 1) * unit_ticks
        for number, variant in enumerate([values, *VARIANTS.get(word, [])]):
            # Behind what leaves an unknown depth the compiler checks it: that counts with the word.
            yield straight("words", word + (f" ({variant})" if number else ""), text, ticks, before, variant,
                           instructions=None if "effect_rule" in instruction else (1, 1),
                           in_loop=uses_loop_stack(instruction))


NUMBERS = {1: "8", 2: "300", 4: "100000"}  # by their bytes in the code; the first two are also addresses in fused()


def literals(isa):
    for instruction in isa.instructions:
        if size := isa.literal_bytes(instruction):
            yield straight("words", instruction["name"], NUMBERS[size], instruction["cost"]["ticks"])


def fused(isa):
    """The sequences that the profile combines, as far as they can be written as words and numbers in a row."""
    for names in isa.profile.get("fused", []):
        parts = [isa.by_name[name] for name in names]
        texts = [part.get("word") or NUMBERS.get(isa.literal_bytes(part)) for part in parts]
        if names[-1] == "branch_if_zero":
            texts[-1] = "if endif"
        if None in texts:
            continue  # what ends a loop or calls: whole programs and structures count with it
        needed = depth = 0
        for part in parts:
            taken, left = isa.cells(part)
            needed = max(needed, taken - depth)
            depth += left - taken
        ticks = sum(max(1, part["cost"]["ticks"]) for part in parts)
        # 12 is a number like any other, and an address in the array.
        yield straight("fused", " ".join(names), " ".join(texts), ticks, "array a 200", " ".join(["12"] * needed),
                       instructions=(len(parts), 1), in_loop=any(map(uses_loop_stack, parts)))


# --- structures -------------------------------------------------------------------------------------------------------

def structures():
    def once(name, text, ticks, instructions, before="", values=""):
        return straight("structures", name, text, ticks, before, values,
                        instructions and (instructions, instructions))

    def turns(name, opening, body, loop, closing=""):
        """The same passes, four in the loop against three before it and one in it."""
        opening = f"{opening} {APART}\n"
        return Figure("structures", name, opening + f"{body}\n" * 3 + loop.format(body) + closing,
                      opening + loop.format(body) + closing, 3)

    yield once("if (flag 1)", "if endif", 1, 1, values="1")
    yield once("if (flag 0)", "if endif", 1, 1, values="0")
    yield once("if else (flag 1)", "if else endif", 2, 2, values="1")
    yield once("if else (flag 0)", "if else endif", 1, 2, values="0")

    yield repeated("structures", "begin until, last pass", f"1 {APART} {APART}", f"begin 1 {APART} until {APART}", 6,
                   instructions=(1, 1))
    count_down = "v @ 1 - v ! v @ 0="
    yield turns("begin until, each pass before", "var v 4 v !", f"{count_down} {APART}", "begin {} until")
    yield turns("begin again, each pass", "var v 4 v ! 2 1 do", f"{count_down} if leave endif", "begin {} again",
                " loop")

    yield once("do loop, one pass", "do loop", 2, 3, values="1 0")
    yield Figure("structures", "do loop, each pass before", "2 0 do loop", "10 0 do loop", 8, added=(0, 0))
    yield once("do leave loop", "do leave loop", 2, 3, values="1 0")

    yield once("call and ;", "w", 2, 1, before=": w ;")
    yield once("call and return", "w", 2, 1, before=": w return ;")
    yield once("try, nothing raised", "try catch drop endtry", 3, 3)
    yield once("try, a code thrown", "try 5 throw catch drop endtry", 6, 5)

    # The second word leaves another depth on the way that is not taken, so that its effect is checked while running.
    calls = f"1 {APART}\n" + f"w {APART}\n" * 6
    yield Figure("structures", "checking the effect of a call", f": w ( n -- n ) 0 if endif ;\n{calls}",
                 f": w ( n -- n ) 0 if 5 endif ;\n{calls}", 6)

    for values in ("a o -1 0", "a o -2 0", "a o -3 0", "a o -4 0", "a o -4 -2", "a o -4 s"):
        yield once(f"vecmap ({values})", "vecmap", 72, None, f"array a {FOUR} array o 4 array s {FOUR}", values)

    yield once("variable fetch, v @", "v @", 2, None, before="var v")
    yield once("variable store, 5 v !", "5 v !", 3, None, before="var v")


# --- vectors ----------------------------------------------------------------------------------------------------------

def vecfold(length, rows, table):
    weights = (f"table w int8 {{ {numbers(length * rows)} }}" if table else f"array w {length * rows}")
    return f"array a {length} array o {rows} {weights}\na w o 0 vecfold\n"


def vectors():
    for table in (False, True):
        for length in (8, 32, 64, 256):
            kind = "int8" if table else "int32"
            yield Figure("vecfold", f"per product, rows of {length:3}, weights {kind}", vecfold(length, 1, table),
                         vecfold(length, 3, table), 2 * length, added=(0, 0))


def numbers(count):
    """As a model has them: both signs, one to three digits."""
    return " ".join(str((37 * k + 11) % 255 - 127) for k in range(count))


# --- whole programs ---------------------------------------------------------------------------------------------------

NESTED = """\
var count
{} 0 do i
  100 0 do  dup i + drop  count @ 1 + count !  loop drop
loop
count @ .
"""

CALLS = """\
var sum  var count
: work ( n n -- ) + sum !  count @ 1 + count ! ;
{} 0 do i
  100 0 do  dup i work  loop drop
loop
count @ .
"""

FIB = """\
: fib ( n -- n )
  dup 2 < if
  else  dup 1 - fib  swap 2 - fib  +
  endif ;
{} fib .
"""

SIEVE = """\
frame sieve 1 code 1000 data 40000
array flag 8191
: primes ( -- n )
  8191 0 do  1 flag i cell+ !  loop
  0 8191 0 do
    flag i cell+ @ if
      i dup + 3 +  dup i +                       ( count prime k )
      dup 8191 < if
        begin  0 over flag swap cell+ !  over +  dup 8190 > until
      endif
      drop drop 1 +
    endif
  loop ;
{}
"""


def programs():
    yield Figure("programs", "empty, its one slice", None, "", 1, prints="")
    yield Figure("programs", "nested loop, per inner pass", NESTED.format(2), NESTED.format(6), 400, prints="600 ")
    yield Figure("programs", "loop with call, per call", CALLS.format(2), CALLS.format(6), 400, prints="600 ")
    yield Figure("programs", "fib, per call", FIB.format(10), FIB.format(11), 287 - 177, prints="89 ")
    yield Figure("programs", "sieve of 8191, per run", SIEVE.format("primes ."),
                 SIEVE.format("primes drop primes ."), 1, prints="1899 ")


# What counting ticks costs, slices of 1000 of them included, against a core that does not: name -> what it may come to.
# The frames of tests/frames that end, of their geometric mean it is MEAN_MAX. Heavy words are charged once for many
# instructions; elsewhere each pass of a loop, each call of a word that has such and each return of a word that calls
# itself has three instructions for it.
METERING_MEAN_MAX = 1.05
METERING_MAX = {
    "classic": 1.03,
    "digits": 1.03,
    "fibonacci": 1.13,
    "float_layers": 1.03,
    "layers": 1.03,
    "nested-loops": 1.07,
    "pipeline": 1.02,
    "sieve": 1.06,
    "signal": 1.03,
    "state-machine": 1.02,
    "supervised": 1.02,
    "table-walk": 1.02,
}
# The same, of two that are no frames there.
METERING_ALSO_MAX = {
    "loop with call": 1.06,
    "vecfold, 3 rows of 256": 1.02,
}


def metered():
    """Programs that say what metering costs; all that a run takes counts."""
    frames = {path.stem: path.read_text(encoding="utf-8") for path in (ROOT / "tests" / "frames").glob("*.mica")}
    ending = {name for name, text in frames.items() if "\\ profile: node32" in text and "\\ trap:" not in text}
    assert ending == set(METERING_MAX), ending ^ set(METERING_MAX)
    texts = [frames[name] for name in METERING_MAX] + [CALLS.format(6), vecfold(256, 3, False)]
    return [Figure("metering", name, None, text, 1) for name, text in zip(METERING_MAX | METERING_ALSO_MAX, texts)]


# What a slice costs beside the words that run in it: `yield` ends one, and the next begins behind it.

def slices():
    def figure(name, before, fewer=4, more=12):
        return Figure("slices", name, f"{before}\n" + "yield " * fewer, f"{before}\n" + "yield " * more, more - fewer)

    sleeping = ": w 30000 sleep ;"
    yield figure("the only task goes on", "")
    yield figure("seven others sleep", sleeping + " $ w 0 start" * 7 + " drop" * 7 + " 1 sleep")
    # Both end at the same time: alone, a task would go on for less.
    yield Figure("slices", "two tasks take turns", *(f": w {'yield ' * count}; $ w 0 start drop {'yield ' * count}"
                                                     for count in (4, 12)), 2 * 8)
    # It waits for each cell, and the one that sends goes on behind it: two slices.
    receiving = "channel c 1 : w 20 0 do c receive drop loop ; $ w 1 start drop "
    yield Figure("slices", "a cell for one that waits", receiving + "5 c send " * 4, receiving + "5 c send " * 12, 8)


# --- compiling --------------------------------------------------------------------------------------------------------

def compiling():
    def figure(name, texts, units, before=""):
        fewer, more = (f"{before}\n{text}\n" for text in texts)
        return Figure("compile", name, fewer, more, units, compiling=True)

    def tokens(name, text, before=""):
        line = f"{text} " * 8 + "\n"
        return figure(name, (line * 2, line * 6), 4 * 8 * len(text.split()), before)

    def functions(count):
        # Of the shape by which text compilers are compared: compare, branch, multiply, counted loop.
        body = "over over < if * else 5 0 do over i * + loop swap drop endif ;"
        return "\n".join(f": f{k} {body}" for k in range(10, 10 + count)), 2 + len(body.split())

    yield Figure("compile", "empty frame", None, "", 1, compiling=True)
    (few, per_function), (many, _) = functions(4), functions(12)
    yield figure("functions, per token", (few, many), 8 * per_function)
    yield tokens("word, per token", "dup drop", before="1")
    yield tokens("number, per token", "17")
    yield tokens("variable, per token", "count", before="var count")
    yield tokens("call, per token", "work", before=": work ;")
    yield tokens("if else endif, per token", "1 if else endif")
    yield tokens("do loop, per token", "9 0 do loop")
    comment = f"( {'a' * 50} )\n"
    yield figure("comment, per byte", (comment * 2, comment * 6), 4 * len(comment))
    for name, opening in (("array", "array a {"), ("table int8", "table t int8 {"), ("table int16", "table t int16 {")):
        yield figure(f"{name}, per number", tuple(f"{opening} {numbers(count)} }}" for count in (40, 240)), 200)
