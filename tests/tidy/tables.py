"""What the rules compare with. Everything that is a matter of decision stands here, nothing of it in the rules."""
from collections import namedtuple

# --- Layering -------------------------------------------------------------------------------------------------------
# folder      files it speaks of; the longest that fits a file counts; '*' is one folder name
# includes    prefixes of what they may include, from the root; '.' is the folder itself
# standard    what may stand in <...>: "freestanding", a list below, or "any"
# bare        whether an include may leave out its folder
Layer = namedtuple("Layer", "folder includes standard bare")

LAYERS = [
    Layer("ml/kernels", ["ml/kernels", "ml/layout"], "freestanding", False),
    Layer("ml/layout", ["ml/kernels", "ml/layout"], "freestanding", False),
    Layer("ml/import", ["ml", "core", "codegen/json"], "any", False),
    Layer("ml", ["ml"], "freestanding", False),
    Layer("vm", ["vm", "ml/kernels", "ml/layout", "core"], "freestanding", False),
    Layer("jit", ["jit", "vm", "core", "ml/layout", "ml/kernels/float_text.hpp"], "freestanding", False),
    Layer("isa", ["core/snippet_signatures.hpp", "ml/kernels", "ml/layout"], "freestanding", False),
    Layer("codegen", ["."], "any", True),
    Layer("sim", ["sim", "vm", "jit", "ml", "core", "codegen/json"], "any", False),
    Layer("hosts/pc", ["hosts/pc", "vm", "jit", "ml", "core", "sim", "codegen/json"], "any", False),
    Layer("hosts/stm32", ["hosts/stm32", "vm", "jit", "ml", "core", "board"], "freestanding", False),
    Layer("hosts/*", [".", "vm", "jit", "ml", "core"], "any", True),
    # The oracle judges everything else, so it takes nothing from it.
    Layer("tests/oracle", ["tests/oracle"], "any", False),
    Layer("tests", ["tests", "vm", "jit", "ml", "core", "isa", "sim", "hosts", "board", "codegen"], "any", True),
]

# Folders that exist in the build only.
GENERATED_FOLDERS = ["core", "board"]

FREESTANDING_HEADERS = set("""
    algorithm array atomic bit charconv climits compare concepts cstddef cstdint cstring initializer_list iterator
    limits new numeric optional span string_view tuple type_traits utility version
""".split())

# --- Freestanding code ----------------------------------------------------------------------------------------------
FREESTANDING_FOLDERS = ["vm", "jit", "ml/kernels", "ml/layout", "isa"]

# Pattern in code without comments and strings -> what to do instead.
FREESTANDING_BANS = [
    (r"\bnew\b(?!\s*\()", "new: take the memory from the host as a span; placement new is allowed"),
    (r"(?<!=)(?<!= )\bdelete\b", "delete: memory belongs to the host"),
    (r"\b(?:malloc|calloc|realloc|free)\s*\(", "heap: take the memory from the host as a span"),
    (r"\bthrow\b|\btry\b|\bcatch\s*\(", "exceptions: return a trap or an error"),
    (r"\bdynamic_cast\b|\btypeid\b", "run-time types: use an enumeration"),
    (r"\bstd::(?:string|vector|function|map|unordered_map|shared_ptr|unique_ptr)\b(?!_)",
     "this type allocates: use std::span, std::string_view, an array or a function pointer"),
    (r"\b[sfvn]*printf\s*\(", "printf: write through the host"),
    (r"\bthread_local\b", "thread_local: keep state in the machine or the task"),
]

# --- Instructions are listed by the generator only ------------------------------------------------------------------
MAY_SWITCH_OVER_OPCODES = ["vm/interpreter.cpp", "vm/page_two.cpp", "tests/codegen/cases_test.cpp"]

# --- Form -----------------------------------------------------------------------------------------------------------
CODE_ENDINGS = (".cpp", ".hpp", ".c", ".h", ".inc", ".cpp.in", ".hpp.in", ".py", ".cmake", ".sh", "CMakeLists.txt")
CPP_ENDINGS = (".cpp", ".hpp", ".c", ".h", ".inc", ".cpp.in", ".hpp.in")
CMAKE_FILES = (".cmake", "CMakeLists.txt", "CMakePresets.json")
LINE_COLUMNS = 120
CMAKE_LINE_COLUMNS = 130
FILE_LINES = 500
FUNCTION_LINES = 70

# Data and what a program has written: no rule of form or words holds there, only those about machines.
DATA_FOLDERS = {"golden", "goldens", "rejected", "corpus", "data", "expected"}
DATA_ENDINGS = (".csv", ".svg", ".html", ".out", ".expected", ".tflite", ".onnx", ".bin", ".npy", ".npz", ".pgm",
                ".png", ".wav", ".pcap", ".vcd")

CODE_NAME = r"[a-z0-9][a-z0-9_]*(\.[a-z0-9_]+)*"
OTHER_NAME = r"\.?[a-z0-9][a-z0-9_.-]*|[A-Z][A-Z_]*\.md"
CMAKE_NAME = r"[A-Za-z0-9][A-Za-z0-9_-]*\.cmake(\.in)?|[A-Za-z0-9-]+\.pc\.in"
FIXED_NAMES = {"README.md", "LICENSE", "CMakeLists.txt", "CMakePresets.json"}

# --- Words ----------------------------------------------------------------------------------------------------------
# Written in pieces, so that this file keeps to its own rules. (word, whether case counts, what to do); also caught
# with -s and -ed, and with a blank, '-' or '_' where the word has a blank.
BANNED_WORDS = [
    ("TO" "DO", True, "do it, or say what holds today"),
    ("FIX" "ME", True, "mend it, or say what holds today"),
    ("X" "XX", True, "say what is meant"),
    ("HA" "CK", True, "say why it must be so"),
    ("W" "IP", True, "finish it first"),
    ("not imple" "mented yet", False, "refuse it by name with an error, or build it"),
    ("not yet imple" "mented", False, "refuse it by name with an error, or build it"),
    ("ma" "gic", False, "signature, or a constant with a name"),
    ("white" "list", False, "allow list"),
    ("white " "list", False, "allow list"),
    ("black" "list", False, "block list"),
    ("black " "list", False, "block list"),
    ("san" "ity", False, "name what is checked"),
    ("sla" "ve", False, "device, follower"),
    ("dum" "my", False, "name what it stands for"),
    ("klu" "dge", False, "say why it must be so"),
    ("obvi" "ously", False, "leave the word out"),
    ("sim" "ply", False, "leave the word out"),
    ("for " "now", False, "say what holds today"),
]

MACHINE_PATH = r"(?<![\w.}>)~-])/(?:wo" r"rk|ro" r"ot|ho" r"me)/"

REGISTRY_HOSTS = [
    "deb.deb" "ian.org", "security.deb" "ian.org", "snapshot.deb" "ian.org", "archive.ubu" "ntu.com",
    "registry.np" "mjs.org", "registry.yar" "npkg.com", "py" "pi", "files.python" "hosted.org", "crat" "es.io",
    "proxy.gol" "ang.org", "repo1.ma" "ven.org", "docker" ".io", "ghcr" ".io", "conda" ".io", "rubyg" "ems.org",
]

# --- The tree -------------------------------------------------------------------------------------------------------
TOP_LEVEL = {"CMakeLists.txt", "README.md", "LICENSE", "CMakePresets.json",
             "vm", "isa", "codegen", "jit", "ml", "hosts", "sim", "tests"}

# A README names every file with one of these endings in its folder. Snippets are described by the JSON beside them:
# whoever adds a group of instructions edits no list.
NAMED_ENDINGS = (".cpp", ".hpp", ".c", ".h", ".cpp.in", ".hpp.in", ".py", ".cmake", ".sh")
DESCRIBED_ENDINGS = (".ops.hpp",)

COMMENTED_HEADER_FOLDERS = ["vm", "jit", "ml", "sim"]
HEADER_COMMENT_LINES = 3

# The verbs and helpers of snippets; the README beside it explains them.
VERBS = "isa/verbs.json"
