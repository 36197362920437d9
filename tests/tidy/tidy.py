#!/usr/bin/env python3
"""Holds the tree to its rules. What they compare with is in tables.py; README.md has the list of rules.

    tidy.py [--root FOLDER]     prints FILE:LINE: rule: message (what to do); exit status 1 when there is any
    tidy.py --self-test         feeds a violation to each rule and sees that it is caught
"""
import argparse
import collections
import os
import sys

sys.dont_write_bytecode = True

import code_rules  # noqa: E402
import sources  # noqa: E402
import text_rules  # noqa: E402


def findings(tree):
    """Sorted list of (path, line, rule, message)."""
    found = set()
    for rule in code_rules.RULES + text_rules.RULES:
        for where, line, name, message in rule(tree):
            found.add((where if isinstance(where, str) else where.path, line, name, message))
    return sorted(found)


def main():
    root_of_this = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
    parser = argparse.ArgumentParser(description="Holds the tree to its rules.")
    parser.add_argument("--root", default=root_of_this)
    parser.add_argument("--self-test", action="store_true")
    arguments = parser.parse_args()
    if arguments.self_test:
        import self_test
        return self_test.run(findings)
    tree = sources.read_tree(arguments.root)
    found = findings(tree)
    for path, line, rule, message in found:
        print(f"{path}:{line}: {rule}: {message}")
    if found:
        counts = collections.Counter(rule for _, _, rule, _ in found)
        print(f"{len(found)} findings in {len({path for path, *_ in found})} files: "
              + ", ".join(f"{rule} {count}" for rule, count in sorted(counts.items())), file=sys.stderr)
    else:
        print(f"{len(tree.paths)} files, no findings")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
