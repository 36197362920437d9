#!/usr/bin/env python3
"""Builds the project in own_core, which has an instruction group of its own, outside of the tree, and runs it: first as
codegen/README.md shows it."""
import os
import pathlib
import shutil

import tree


README = "codegen/README.md"
SHOWN = {"cmake": "CMakeLists.txt", "json": "own-core.json", "cpp": "main.cpp"}


def check_page(work):
    """The page shows the files of the project, and its commands build and run it."""
    with open(os.path.join(tree.ROOT, README), encoding="utf-8") as file:
        blocks, _ = tree.markdown.split(README, file.read())
    first = {}
    for block in blocks:
        first.setdefault(block.language, block.text)
    for language, name in SHOWN.items():
        with open(os.path.join(tree.HERE, "own_core", name), encoding="utf-8") as file:
            tree.expect(first[language].strip() == file.read().strip(), f"{README} does not show {name} as it is")
    folder = os.path.join(work.folder, "as shown")
    commands = first["sh"].replace("build/own-core", f'"{folder}"').replace('-DMICA="$PWD"', f'-DMICA="{tree.ROOT}" '
                           f'-DMICA_HOST_CODEGEN="{os.path.abspath(work.options.codegen)}"')
    done = tree.run(["sh", "-e", "-c", commands], seconds=600, cwd=tree.ROOT)
    tree.expect(done.stdout.strip().endswith(first["text"].strip()),
                f"{README} does not show what comes:\n{done.stdout}")


def check_vectors(work, project, options):
    """The test vectors of the project's own group run, and one that is wrong is told."""
    group = pathlib.Path(project, "groups", "statistics.json")
    right = group.read_text(encoding="utf-8")
    program = os.path.join(work.build("own", "own_core_vectors", *options, source=project), "own_core_vectors")
    done = tree.run([program, "mean"])
    tree.expect(done.stdout == "own-core: 2 test vectors right, 0 wrong, 0 too large for the profile\n", done.stdout)
    tree.run([program])
    wrong = right.replace('"in": [3, 7], "out": [5]', '"in": [3, 7], "out": [6]')
    tree.expect(wrong != right, "the group has another first vector")
    group.write_text(wrong, encoding="utf-8")
    work.build("own", "own_core_vectors", *options, source=project)
    done = tree.run([program], status=1)
    tree.expect('writes "5 " and ends\n  should write "6 "' in done.stdout, done.stdout)


def test(work):
    check_page(work)
    project = os.path.join(work.folder, "project")
    shutil.rmtree(project, ignore_errors=True)
    shutil.copytree(os.path.join(tree.HERE, "own_core"), project)
    # The tree may be a symbolic link beside the project, whose own files are named from there.
    linked = os.path.join(work.folder, "linked")
    if not os.path.lexists(linked):
        os.symlink(tree.ROOT, linked)
    options = [f"-DMICA={linked}", "-DCMAKE_BUILD_TYPE=Debug", f"-DCMAKE_CXX_COMPILER={work.options.compiler}"]
    folder = work.build("own", "own_program", *options, source=project)
    program = os.path.join(folder, "own_program")
    cases = [("3 7 mean . -3 -6 mean .", 0, "5 -4 "), ("2147483647 2147483645 mean .", 0, "2147483646 "),
             ("3 mean .", 1, None), ("1 2 vecfold", 1, None), ("7 0 /", 1, "")]
    for text, status, output in cases:
        done = tree.run([program, text], status=status)
        tree.expect(output in (None, done.stdout), f"{text!r} writes {done.stdout!r}, not {output!r}")
    check_vectors(work, project, options)
    return "a core with an instruction group of its own works"


if __name__ == "__main__":
    tree.main(__doc__, test)
