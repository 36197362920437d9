#!/usr/bin/env python3
"""Checks that the libraries of the core need nothing of a heap, an operating system or a C++ runtime.

    check_core_symbols.py [--instrumented] [--nm PROGRAM] ARCHIVE...
    check_core_symbols.py --self-test

Every undefined symbol must be defined in one of the archives or be in one of the lists below. Without --nm the program
is chosen by the processor that the archive is for. Prints ARCHIVE(MEMBER): error: text; exit status 1 if there are any.
"""
import argparse
import re
import shutil
import subprocess
import sys
import tempfile

# What a compiler may call by itself in any code; every board's toolchain has them.
ALLOWED = {
    "memcpy", "memmove", "memset", "memcmp", "strlen",
    "bcmp",  # what clang makes of a memcmp that only asks for equality
    "_GLOBAL_OFFSET_TABLE_",
    # Protection of the stack, where a distribution's compiler switches it on, and the guarded forms of the above.
    "__stack_chk_fail", "__stack_chk_guard", "__memcpy_chk", "__memmove_chk", "__memset_chk",
}
# Arithmetic that ARM and Thumb processors have no instruction for. Of floating point only what the words on floats
# come to on a processor without it: binary64 would be too slow to go unnoticed.
ALLOWED |= {"__aeabi_" + name for name in """
    idiv idivmod uidiv uidivmod ldivmod uldivmod lmul llsl llsr lasr lcmp ulcmp
    fadd fsub fmul fdiv fcmpeq fcmplt fcmpge fcmpun f2iz i2f
    memcpy memcpy4 memcpy8 memmove memmove4 memmove8 memset memset4 memset8 memclr memclr4 memclr8
    uread4 uread8 uwrite4 uwrite8
""".split()}
ALLOWED |= {"__gnu_thumb1_case_" + name for name in ("sqi", "uqi", "shi", "uhi", "si")}

# Of builds with sanitizers (the last: the types of functions that a sanitizer compares), coverage or profiles.
INSTRUMENTATION = re.compile(r"__(?:asan|ubsan|sanitizer|sancov|lsan|tsan|msan|gcov|llvm)_|__(?:start|stop)_|"
                             r"_ZTVN10__cxxabiv1\d+__\w+_type_infoE$")
ARM = 40


def machine(archive):
    """The processor number in the first ELF file of an archive, 0 if there is none."""
    with open(archive, "rb") as file:
        content = file.read()
    at = content.find(b"\x7fELF")
    if at < 0:
        return 0
    order = "little" if content[at + 5] == 1 else "big"
    return int.from_bytes(content[at + 18:at + 20], order)


def symbols(nm, archive, option):
    """(member, symbol) of the undefined or the defined symbols."""
    listing = subprocess.run([nm, "--format=posix", option, archive], capture_output=True, text=True, check=True).stdout
    member = ""
    for line in listing.splitlines():
        heading = re.fullmatch(r".*\[(.*)\]:", line)
        if heading:
            member = heading[1]
        elif line.strip():
            yield member, line.split()[0]


def readable(names):
    program = shutil.which("c++filt")
    if not program or not names:
        return dict(zip(names, names))
    done = subprocess.run([program], input="\n".join(names) + "\n", capture_output=True, text=True, check=True)
    return dict(zip(names, done.stdout.splitlines()))


def check(archives, nm=None, instrumented=False):
    """Sorted list of (archive, member, symbol) that nothing allows."""
    defined, needed = set(), set()
    for archive in archives:
        program = nm or ("arm-none-eabi-nm" if machine(archive) == ARM else "nm")
        defined |= {symbol for _, symbol in symbols(program, archive, "--defined-only")}
        needed |= {(archive, member, symbol) for member, symbol in symbols(program, archive, "--undefined-only")}
    return sorted(one for one in needed if one[2] not in defined | ALLOWED
                  and not (instrumented and INSTRUMENTATION.match(one[2])))


SELF_TEST = [
    # (body of a C++ file, what must be found)
    ("#include <cstring>\nvoid own(); void own() {}\nextern \"C\" void copy(char* a, const char* b, unsigned long n) "
     "{ own(); __builtin_memmove(a, b, n); }", []),
    ("extern \"C\" void* malloc(unsigned long); void* f() { return malloc(3); }", ["malloc"]),
    ("int* f() { return new int(3); }", ["_Znwm"]),
    ("void f() { throw 3; }", ["_ZTIi", "__cxa_allocate_exception", "__cxa_throw"]),
    ("#include <cstdio>\nvoid f(int n) { std::printf(\"%d\", n); }", ["printf"]),
    ("#include <cstdlib>\nvoid f() { std::abort(); }", ["abort"]),
    ("int g(); int f() { static int x = g(); return x; }", ["_Z1gv", "__cxa_guard_acquire", "__cxa_guard_release"]),
    ("extern \"C\" void __asan_init(); void f() { __asan_init(); }", ["__asan_init"]),
]


def self_test(compiler):
    failures = 0
    with tempfile.TemporaryDirectory() as folder:
        for number, (body, expected) in enumerate(SELF_TEST):
            source, program, archive = (f"{folder}/{number}.{ending}" for ending in ("cpp", "o", "a"))
            with open(source, "w", encoding="utf-8") as file:
                file.write(body + "\n")
            subprocess.run([compiler, "-std=c++20", "-O1", "-fno-asynchronous-unwind-tables", "-U_FORTIFY_SOURCE",
                            "-c", source, "-o", program], check=True)
            subprocess.run(["ar", "rc", archive, program], check=True)
            found = [symbol for _, _, symbol in check([archive])]
            # Unwinding has more symbols than a test should know.
            if found[:len(expected)] != expected and not set(expected) <= set(found) or bool(found) != bool(expected):
                failures += 1
                print(f"expected {expected} from {body!r}, found {found}")
        if check([f"{folder}/{len(SELF_TEST) - 1}.a"], instrumented=True):
            failures += 1
            print("--instrumented does not allow the hooks of sanitizers")
        both = check([f"{folder}/6.a", f"{folder}/6.a"])
        with open(f"{folder}/g.cpp", "w", encoding="utf-8") as file:
            file.write("int g() { return 3; }\n")
        subprocess.run([compiler, "-c", f"{folder}/g.cpp", "-o", f"{folder}/g.o"], check=True)
        subprocess.run(["ar", "rc", f"{folder}/g.a", f"{folder}/g.o"], check=True)
        if "_Z1gv" not in {symbol for *_, symbol in both} or "_Z1gv" in {
                symbol for *_, symbol in check([f"{folder}/6.a", f"{folder}/g.a"])}:
            failures += 1
            print("a symbol that another archive defines is not seen as defined")
    print(f"{len(SELF_TEST) + 2} cases: {failures} failures")
    return 1 if failures else 0


def main():
    parser = argparse.ArgumentParser(description="Checks what the libraries of the core need from outside.")
    parser.add_argument("archives", nargs="*", metavar="ARCHIVE")
    parser.add_argument("--nm", help="program to list symbols with")
    parser.add_argument("--instrumented", action="store_true", help="allow the hooks of sanitizers and coverage")
    parser.add_argument("--self-test", action="store_true")
    parser.add_argument("--compiler", default="c++", help="of the self-test")
    arguments = parser.parse_args()
    if arguments.self_test:
        return self_test(arguments.compiler)
    if not arguments.archives:
        parser.error("name at least one archive")
    try:
        found = check(arguments.archives, arguments.nm, arguments.instrumented)
    except OSError as error:
        sys.exit(f"{error.filename}: error: {error.strerror}")
    except subprocess.CalledProcessError as error:
        sys.exit(f"{error.cmd[-1]}: error: {error.cmd[0]} cannot read it: {error.stderr.strip()}")
    names = readable(sorted({symbol for *_, symbol in found}))
    for archive, member, symbol in found:
        shown = names[symbol] if names[symbol] == symbol else f"{names[symbol]} [{symbol}]"
        print(f"{archive}({member}): error: needs {shown}, which devices do not have "
              "(do without it, or take it from the host through vm/host.hpp)")
    if not found:
        print(f"{len(arguments.archives)} archives need only what any toolchain has")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
