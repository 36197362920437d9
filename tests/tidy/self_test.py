"""Feeds each rule a small tree with one violation, and trees that come close to one without being one."""
import os
import re

import sources
import tables

CLEAN = {
    "CMakeLists.txt": "set(parts machine stack)\nforeach(part IN LISTS parts)\n  add_source(vm/${part}.cpp)\n"
                      "endforeach()\nadd_executable(mica hosts/pc/main.cpp)\nadd_subdirectory(tests/vm)\n",
    "README.md": "# Mica\n",
    "vm/README.md": "| `machine.{hpp,cpp}` | the machine |\n| `stack`, `cell.hpp` | values |\n",
    "vm/machine.hpp": "// The machine.\n#pragma once\n\n#include <cstdint>\n\n#include \"core/config.hpp\"\n"
                      "#include \"vm/cell.hpp\"\n",
    "vm/machine.cpp": "#include \"vm/machine.hpp\"\n\nvoid run() {\n  static constexpr int steps = 1;\n}\n",
    "vm/stack.cpp": "#include <new>\n#include \"vm/cell.hpp\"\n",
    "vm/cell.hpp": "// A cell.\n#pragma once\n",
    "hosts/pc/README.md": "`main.cpp`\n",
    "hosts/pc/main.cpp": "#include <iostream>\n#include \"vm/machine.hpp\"\nint main() { return 0; }\n",
    "isa/groups/stack.json": "{}\n",
    "isa/groups/stack.ops.hpp": "#include \"core/snippet_signatures.hpp\"\n\nOP(dup) {  // ( x -- x x )\n}\n",
    "tests/README.md": "`vm_test.cpp` in `vm`\n",
    "tests/vm/CMakeLists.txt": "add_executable(test_vm vm_test.cpp)\n",
    "tests/vm/vm_test.cpp": "#include <vector>\n#include \"vm/machine.hpp\"\n",
}

VM = "// x\n#include \"vm/cell.hpp\"\n"
HEAD = "#include \"vm/machine.hpp\"\n"
LONG_CPP = "void f() {\n" + "  g();\n" * 69 + "}\n"
LONG_PY = "def f():\n" + "    g()\n" * 70
HOME = "/ho" "me/"

VERBS = '{"verbs": {"MARK": {}}, "helpers": ["wrap"]}\n'


def in_vm(code):
    return {"vm/machine.cpp": HEAD + code}


# rule, files that break it, line of the finding
VIOLATIONS = [
    ("layering", {"vm/stack.cpp": VM + "#include \"hosts/pc/main.cpp\"\n"}, 3),
    ("layering", {"vm/stack.cpp": VM + "#include <hosts/pc/main.cpp>\n"}, 3),
    ("layering", {"jit/README.md": "lexer.hpp\n", "jit/lexer.hpp": "// x\n#include \"ml/kernels/a.hpp\"\n",
                  "ml/README.md": "a.hpp\n", "ml/kernels/a.hpp": "// x\n",
                  "vm/stack.cpp": VM + "#include \"ml/kernels/a.hpp\"\n",
                  "tests/vm/vm_test.cpp": "#include \"jit/lexer.hpp\"\n#include \"vm/machine.hpp\"\n"}, 2),
    ("layering", {"isa/groups/stack.ops.hpp": "#include \"core/opcodes.hpp\"\n"}, 1),
    ("layering", {"isa/groups/stack.ops.hpp": "#include \"vm/cell.hpp\"\n"}, 1),
    ("layering", {"hosts/stm32/README.md": "a.hpp\n", "hosts/stm32/a.hpp": "#include \"hosts/pc/b.hpp\"\n",
                  "hosts/pc/README.md": "main.cpp b.hpp\n", "hosts/pc/b.hpp": "\n",
                  "tests/vm/vm_test.cpp": "#include \"hosts/stm32/a.hpp\"\n#include \"vm/machine.hpp\"\n"}, 1),
    ("layering", {"sim/README.md": "a.hpp\n", "sim/a.hpp": "// x\n#include \"hosts/pc/main.cpp\"\n",
                  "hosts/pc/main.cpp": "#include \"sim/a.hpp\"\n"}, 2),
    ("layering", {"codegen/README.md": "a.hpp", "codegen/a.hpp": "#include \"vm/cell.hpp\"\n#include \"a.hpp\"\n"}, 1),
    ("layering", {"tests/oracle/README.md": "a.hpp\n", "tests/oracle/a.hpp": "#include \"vm/cell.hpp\"\n",
                  "tests/vm/vm_test.cpp": "#include \"tests/oracle/a.hpp\"\n"}, 1),
    ("include-path", {"vm/stack.cpp": "#include \"cell.hpp\"\n"}, 1),
    ("include-path", {"vm/stack.cpp": VM + "#include \"vm/heap.hpp\"\n"}, 3),
    ("include-path", {"codegen/README.md": "a.hpp\n",
                      "codegen/a.hpp": "#include \"a.hpp\"\nauto text = \"#include \\\"vm/heap.hpp\\\"\";\n"}, 2),
    ("standard-header", {"vm/stack.cpp": VM + "#include <string>\n"}, 3),
    ("standard-header", {"vm/stack.cpp": VM + "#include <chrono>\n"}, 3),
    ("freestanding", in_vm("int* p = new int;\n"), 2),
    ("freestanding", in_vm("void f(int* p) { delete p; }\n"), 2),
    ("freestanding", in_vm("void f() { malloc(3); }\n"), 2),
    ("freestanding", in_vm("void f() { throw 3; }\n"), 2),
    ("freestanding", in_vm("void f() {\n  try {\n  } g();\n}\n"), 3),
    ("freestanding", in_vm("auto p = dynamic_cast<int*>(q);\n"), 2),
    ("freestanding", in_vm("std::string name;\n"), 2),
    ("freestanding", in_vm("std::vector<int> cells;\n"), 2),
    ("freestanding", in_vm("std::function<void()> call;\n"), 2),
    ("freestanding", in_vm("void f() { snprintf(a, 3, b); }\n"), 2),
    ("freestanding", in_vm("thread_local int x;\n"), 2),
    ("freestanding", in_vm("void f() {\n  static int calls = 0;\n}\n"), 3),
    ("freestanding", in_vm("A::A() : a{1}, b(2) {\n  static const char* name = nullptr;\n}\n"), 3),
    ("freestanding", {"isa/groups/stack.ops.hpp": "OP(dup) {\n  static int n;\n}\n"}, 2),
    ("instruction-list", in_vm("int f(Op op) {\n  switch (op) {\n    case core::Op::add: g();\n  }\n}\n"), 4),
    ("instruction-list", in_vm("int f(int op) {\n  switch (static_cast<core::Op>(op)) {\n  }\n}\n"), 3),
    ("function-length", in_vm(LONG_CPP), 2),
    ("function-length", in_vm("struct A {\n  A() : a{1}, b{2} {\n" + "  g();\n" * 69 + "  }\n};\n"), 3),
    ("function-length", in_vm("#if A\nvoid f(int a) {\n#else\nvoid f() {\n#endif\n" + "  g();\n" * 69 + "}\n"), 5),
    ("function-length", {"tests/README.md": "vm_test.cpp a.py\n", "tests/vm/a.py": LONG_PY}, 1),
    ("function-length", {"tests/README.md": "vm_test.cpp a.py\n", "tests/vm/a.py": "x = 1\ndef\n"}, 2),
    ("file-length", in_vm("int a;\n" * 500), 501),
    ("line-length", in_vm("//" + "x" * 119 + "\n"), 2),
    ("line-length", {"README.md": "x" * 121 + "\n"}, 1),
    ("line-length", {"CMakePresets.json": "x" * 131 + "\n"}, 1),
    ("white-space", in_vm("\tint a;\n"), 2),
    ("white-space", in_vm("int a; \n"), 2),
    ("white-space", in_vm("int a;\r\n"), 2),
    ("white-space", in_vm("int a;"), 2),
    ("white-space", in_vm("int a;\n\n"), 3),
    ("file-name", {"tests/README.md": "vm_test.cpp Tool.py\n", "tests/vm/Tool.py": "x = 1\n"}, 1),
    ("file-name", {"tests/README.md": "vm_test.cpp a-tool.py\n", "tests/vm/a-tool.py": "x = 1\n"}, 1),
    ("file-name", {"isa/Kinds.json": "{}\n"}, 1),
    ("issue-number", in_vm("int a;  // see " "#" "12\n"), 2),
    ("issue-number", {"README.md": "Mended (#" "7).\n"}, 1),
    ("issue-number", {"README.md": "Mended in is" "sue 7.\n"}, 1),
    ("machine-path", {"README.md": f"cd {HOME}me/mica\n"}, 1),
    ("machine-path", {"tests/data/a.csv": f"1,{HOME}me\n"}, 1),
    ("top-level", {"notes.md": "x\n"}, 1),
    ("top-level", {"src/a.json": "x\n"}, 1),
    ("folder-readme", {"vm/README.md": None}, 1),
    ("folder-readme", {"vm/README.md": "machine.hpp machine.cpp cell.hpp\n"}, 1),
    ("folder-readme", {"tests/README.md": "Tests.\n"}, 1),
    ("snippet-vocabulary", {"isa/README.md": "`MARK`, wrap and `wrapped`\n", "isa/verbs.json": VERBS}, 1),
    ("snippet-vocabulary", {"isa/README.md": "`wrap`, MARK\n", "isa/verbs.json": VERBS}, 1),
    ("dead-source", {"vm/README.md": "machine.{hpp,cpp} stack.cpp cell.hpp heap.cpp", "vm/heap.cpp": VM}, 1),
    ("dead-source", {"vm/README.md": "machine.{hpp,cpp} stack.cpp cell.hpp main.cpp", "vm/main.cpp": VM}, 1),
    ("dead-header", {"vm/README.md": "machine.{hpp,cpp} stack.cpp cell.hpp heap.hpp", "vm/heap.hpp": "// x\n"}, 1),
    ("dead-header", {"isa/groups/heap.ops.hpp": "OP(a) {\n}\n"}, 1),
    ("header-comment", {"vm/cell.hpp": "#pragma once\n\n\n// A cell.\n"}, 1),
]
VIOLATIONS += [("banned-word", {"README.md": f"A {word} b\n"}, 1) for word, _, _ in tables.BANNED_WORDS]
VIOLATIONS += [("banned-word", {"README.md": "Black" "-lists\n"}, 1),
               ("banned-word", in_vm("int san" "ity_check;\n"), 2)]
VIOLATIONS += [("registry-host", {"README.md": f"https://{host}/a\n"}, 1) for host in tables.REGISTRY_HOSTS]

ALLOWED = [
    {},
    in_vm("// new, throw, malloc( and std::string are words here\nconst char* a = \"new throw #" "12\";\n"),
    in_vm("A(const A&) = delete;\nauto p = new (memory) A;\nint renew = 1;\n#include <new>\n"),
    in_vm("std::string_view a;\nint f() {\n  static const char* const b[] = {nullptr};\n  return 1'000'000;\n}\n"),
    in_vm("struct A {\n  static int f() { return 1; }\n  static int count;\n};\n"),
    in_vm("void f() {\n" + "  g();\n" * 68 + "}\n"),
    in_vm("namespace a {\nstruct B {\n  int a = f();\n" + "  int b;\n" * 80 + "};\n}\n"),
    in_vm("template <class T, int n = (3 > 2)>\nstruct B {\n" + "  int b;\n" * 80 + "};\n"),
    in_vm("alignas(8) int a[] = {\n" + "  1,\n" * 80 + "};\n"),
    in_vm("auto a = R\"x(\n#include \"vm/cell.hpp\"\nswitch } new\n)x\";\nvoid f() {\n" + "  g();\n" * 68 + "}\n"),
    in_vm("  asm(\"bkpt #" "0\");\n"),
    in_vm("//" + "x" * 118 + "\n"),
    {"vm/interpreter.cpp": "switch (a) {\n case core::Op::a: ;\n}\n",
     "vm/README.md": "{machine,cell}.hpp mach*.cpp interpreter.cpp stack.cpp\n",
     "CMakeLists.txt": "add_library(a\n  vm/machine.cpp vm/interpreter.cpp\n  ${ROOT}/vm/stack.cpp # heap.cpp\n"
     "  hosts/pc/main.cpp)\n"},
    {"README.md": "| " + "x" * 200 + " |\nSee [a](#12-a), `--option#3` and build/wo" "rk/a.\n"},
    {"tests/golden/a.hpp": "\t#include <new> \n" + "x" * 200},
    {"isa/README.md": "| `MARK` `SET` | and `wrap` |\n", "isa/verbs.json": VERBS},
    {"tests/vm/CMakeLists.txt": "file(GLOB all *_test.cpp)\n"},
    {"hosts/embed/README.md": "mica.h use.c", "hosts/embed/include/mica.h": "int a;\n",
     "hosts/embed/use.c": "#include \"mica.h\"\n",
     "CMakeLists.txt": CLEAN["CMakeLists.txt"] + "add(hosts/embed/use.c)\n"},
    {".ci/run": "x\n", "LICENSE": "x\n", "jit/LANGUAGE.md": "x\n", "codegen/cmake/VmCore.cmake": "x\n",
     "codegen/README.md": "VmCore.cmake\n", "isa/profiles/tests-tiny.json": "{}\n"},
]


def tree_with(changes):
    texts = {path: text for path, text in {**CLEAN, **changes}.items() if text is not None}
    for path in changes:
        if path.endswith("README.md") and path in texts and not texts[path].endswith("\n"):
            texts[path] += "\n"
    return sources.Tree(texts)


def run(findings):
    failures = 0
    for rule, changes, line in VIOLATIONS:
        found = findings(tree_with(changes))
        if {(name, at) for _, at, name, _ in found} != {(rule, line)}:
            failures += 1
            print(f"expected only '{rule}' at line {line} from {changes}, found {found}")
    for changes in ALLOWED:
        found = findings(tree_with(changes))
        if found:
            failures += 1
            print(f"expected nothing from {changes}, found {found}")
    rules = {rule for rule, _, _ in VIOLATIONS}
    with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "README.md"), encoding="utf-8") as readme:
        described = set(re.findall(r"^\| `([a-z-]+)` \|", readme.read(), re.MULTILINE))
    if rules != described:
        failures += 1
        print(f"README.md and the self-test disagree about rules: {sorted(rules ^ described)}")
    print(f"{len(rules)} rules, {len(VIOLATIONS)} violations, {len(ALLOWED)} trees without any: {failures} failures")
    return 1 if failures else 0
