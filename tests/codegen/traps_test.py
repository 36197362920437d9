"""The numbers of traps are for good: digests and devices report them. A new trap is noted here and stays."""
import json
import os

import support

NUMBERS = {
    "divide_by_zero": 1, "invalid_address": 2, "invalid_handle": 3, "index_out_of_range": 4, "read_only": 5,
    "shape_mismatch": 6, "stack_underflow": 7, "stack_overflow": 8, "return_stack_overflow": 9, "effect_mismatch": 10,
    "core_fault": 11, "loop_stack_underflow": 12, "return_stack_underflow": 13, "invalid_token": 14,
    "stopped": 15, "host_error": 16, "invalid_argument": 17, "uncaught": 18, "tasks_full": 19,
    "abandoned": 20, "not_held": 21}


def main():
    support.arguments(__doc__)
    traps = json.loads(support.read(os.path.join(support.ROOT, "isa/traps.json")))["traps"]
    found = {trap["name"]: trap["number"] for trap in traps}
    failures = [f"'{name}' had the number {number}, which nothing else may have; now {found.get(name, 'it is gone')}"
                for name, number in NUMBERS.items() if found.get(name) != number]
    failures += [f"'{name}' is new: note its number {found[name]} in {os.path.basename(__file__)}"
                 for name in found if name not in NUMBERS]
    support.finish(failures, f"{len(found)} traps")


if __name__ == "__main__":
    main()
