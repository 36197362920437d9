"""What tests on the emulated board share: where its images are, and the settings under which results are the same."""
import itertools
import pathlib
import random
import shutil
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "hosts" / "stm32"))

FAILED, SKIPPED = 1, 77  # CTest shows 77 as skipped
QEMU = "qemu-system-arm"
FORMS = ("switch-observed", "goto-observed", "checked")
SLICES = (1, 2, 3, 7, 2**31 - 1025)
# For Node.set, on the images sweep_PROFILE.elf.
COMBINATIONS = [{"form": form, "fuse": fuse, "slice": slice_ticks}
                for form, fuse, slice_ticks in itertools.product(FORMS, (True, False), SLICES)]


class Unavailable(Exception):
    """The test cannot run; `status` is what it must exit with."""

    def __init__(self, status, sentence):
        super().__init__(sentence)
        self.status = status


def find_images(folder, names):
    """The paths of the images. A folder that is given must have them; without one, or without QEMU, tests skip."""
    if not folder:
        raise Unavailable(SKIPPED, "skipped: no folder with firmware; build the stm32 preset and set MICA_FIRMWARE_DIR")
    if not shutil.which(QEMU):
        raise Unavailable(SKIPPED, f"skipped: there is no {QEMU}; install QEMU for Arm")
    paths = [pathlib.Path(folder) / f"{name}.elf" for name in names]
    if missing := [path.name for path in paths if not path.is_file()]:
        raise Unavailable(FAILED, f"there is no {', '.join(missing)} in {folder}; "
                          "build it: cmake --build --preset stm32-netduinoplus2")
    return paths


class Deck:
    """Deals combinations in random order, every one before any comes again."""

    def __init__(self, seed):
        self._random = random.Random(seed)
        self._cards = []

    def deal(self, text_bytes, bytes_max):
        """For one text, as many as `bytes_max` is enough for: sending takes nearly all of the time."""
        count = max(1, min(len(COMBINATIONS), bytes_max // text_bytes))
        hand = []
        while len(hand) < count:
            if not self._cards:
                self._cards = self._random.sample(COMBINATIONS, len(COMBINATIONS))
            hand.append(self._cards.pop())
        return hand


def describe(combination):
    return " ".join(f"{name}={value}" for name, value in combination.items())
