#!/usr/bin/env python3
"""Configures and builds a project that has Mica as a folder, and sees add_vm_core refuse what cannot be meant."""
import os
import re

import tree

# What is wrong -> words of the message.
REFUSED = {
    "form": "add_vm_core(wrong): there is no form 'swich'; the forms are switch, goto, switch-observed, goto-observed, "
            "checked, traced",
    "profile": "add_vm_core: the profile 'own-core' is made with the profile file '",
    "groups": "add_vm_core: the profile 'own-core' is made with the GROUPS '",
    "argument": "add_vm_core(NAME PROFILE <file> [FORMS <form>...] [GROUPS <folder>...])",
}


def test(work):
    project = os.path.join(tree.HERE, "subproject")
    folder = work.build("sub", "two_engines", f"-DMICA={tree.ROOT}", "-DCMAKE_BUILD_TYPE=Debug", "-DWRONG=",
                        f"-DCMAKE_CXX_COMPILER={work.options.compiler}", source=project)
    seen = tree.run([os.path.join(folder, "two_engines")]).stdout.split()
    tree.expect(seen == ["node32", "own-core"], f"the two cores call themselves {seen}")
    for wrong, words in REFUSED.items():
        done = tree.run(["cmake", f"-DWRONG={wrong}", folder], status=1)
        tree.expect(words in re.sub(r"\s+", " ", done.stderr),
                    f"a wrong {wrong} is not refused by\n{words}\n{done.stderr}")
    return f"a project around Mica has its cores; {len(REFUSED)} mistakes are refused"


if __name__ == "__main__":
    tree.main(__doc__, test)
