#!/usr/bin/env python3
"""How long the longest piece is that nothing can interrupt, in instructions of the emulated board.

usage: pieces_test.py --images FOLDER --plugin FILE

Every sliced instruction of the profile stm32f4 works on data that are larger than what one unit of it takes, in slices
of one tick: then a slice is one piece, a unit or a stretch of ordinary words. What a slice costs by itself is counted
with it. The data and settings are those that cost most: divisions of 64 bits, rounding, saturation. Fails when a piece
takes more instructions than PIECE_MAX, or when a sliced instruction is not among those that are looked at.

Exit status: 0 as it should be, 1 not, 77 nothing to count with.
"""
import argparse
import json
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "tests" / "stm32"), str(ROOT / "hosts" / "stm32")]
sys.dont_write_bytecode = True
import board  # noqa: E402
from run_qemu import Node  # noqa: E402

PROFILE = "stm32f4"
PIECE_MAX = 2400  # instructions; at 168 MHz, and 1.5 cycles for each, 21 microseconds

NUMBERS = " ".join(str(k * 7 % 50) for k in range(100))
ARRAYS = (f"array xs {{ {NUMBERS} }} array ys {{ {NUMBERS} }} array zs 100 array few 4 array cs int8 {{ {NUMBERS} }}\n"
          f"array scales {{ {' '.join(['-7'] * 100)} }}\n")
SIZES = {"f4": "int8 288", "f8": "int8 576", "fd": "int8 144", "f72": "int8 72", "w12": "int8 9600", "b8": "int32 8",
         "m8": "int32 8", "s8": "int8 8", "b16": "int32 16", "m1": "int32 1", "s1": "int8 1", "b12": "int32 12",
         "m12": "int32 12", "s12": "int8 12"}
LAYER_ARRAYS = ("array a int8 800 array c8 int8 8 array o8 int8 800 view p8 o8 0 512 array o16 int8 1600 "
                "array i200 int32 200 view i1 i200 0 1 array o12 int8 12 view t256 o16 0 256 "
                f"array xs8 int8 {{ {NUMBERS} }}\n"
                + " ".join(f"array {name} {size}" for name, size in SIZES.items()) + "\n")
# Samples of any size, which roots and quotients take longest with.
SAMPLES = " ".join(str(k * 7919 % 65535 - 32767) for k in range(256))
SIGNALS = (f"array x int16 {{ {SAMPLES} }} array o int16 640 view o1 o 0 256 view o2 o 0 255 view o3 o 0 57 "
           "view o4 o 0 10 array p int32 640 view p1 p 0 128 view p2 p 0 6 view p3 p 0 256 view p4 p 0 16\n")
CONV = "{}{{ input a size 10 10 8 kernel 3 3 {} output {} }} "
REALS = " ".join(f"{k % 7 - 3}.{k * 37 % 100:02}" for k in range(100))
FLOAT_ARRAYS = ("array fa float32 400 array fo float32 800 view p4 fo 0 400 view p1 fo 0 100 view p12 fo 0 12 "
                f"array fx float32 {{ {REALS} }} array qs int8 400 array i100 int32 100 view i1 i100 0 1 "
                "array g8 float32 288 array gd float32 72 array w12 float32 1200 "
                "array c4 float32 4 array c8 float32 8 array c12 float32 12\n")
FLOAT_CONV = "{}{{ input fa size 10 10 4 kernel 3 3 padding same {} output {} }} "
# Programs that have each sliced instruction at work for several units, with what costs it most.
PROGRAMS = [
    ("vecfold", "1 rounding 1 saturation array w { " + " ".join([NUMBERS] * 4) + " }\nxs w few -3 vecfold"),
    ("vecload", "1 saturation xs 0 cs vecload"),
    ("vecscale", "1 rounding 1 saturation xs zs scales vecscale xs zs -7 vecscale"),
    ("vecadd", "1 rounding 1 saturation xs ys cs scales vecadd xs ys zs -7 vecadd"),
    ("vecmul", "1 rounding 1 saturation xs ys cs scales vecmul xs ys zs -7 vecmul"),
    ("vecmap", "1 rounding 1 saturation xs cs $ sigmoid scales vecmap : w 3 + ; xs zs $ w -7 vecmap"),
    ("vecconv", "1 rounding 1 saturation array k { 1 2 3 4 5 6 7 8 9 } xs k zs -7 10 3 1 1 vecconv "
                "xs 1027 zs 0 10 -3 1 1 vecconv xs 515 zs 0 10 -3 1 1 vecconv"),
    ("vecreduce", "1 rounding xs 0 0 1 vecreduce xs 0 0 2 vecreduce xs 0 0 4 vecreduce xs 0 0 8 vecreduce"),
    ("vecreshape", "1 rounding 1 saturation array ls 50 xs ls -2 vecreshape array ms 200 xs ms 2 vecreshape"),
    ("vecprint", "xs vecprint"),
    ("lowp", "1 saturation xs 0 0 300 lowp"),
    ("highp", "1 saturation xs 0 0 300 highp"),
    ("hull", "1 saturation xs 0 0 300 hull"),
    ("print_string", "s\" a text of more than four cells, so that it takes several units\" .s"),
    ("store_string", "array line 20 s\" a text of more than four cells, so that it takes several units\" line s!"),
    ("fetch_string", "array line 20 s\" a text of more than four cells of a stack\" line s! line s@ .s"),
    ("send_cell", "channel ch 2 : w 6 0 do ch receive drop loop ; $ w 0 start drop 6 0 do i ch send loop"),
    ("receive_cell", "channel ch 2 : w 6 0 do i ch send loop ; $ w 0 start drop 6 0 do ch receive drop loop"),
    ("send_cell_for", "channel ch 2 1 ch 5 send? 2 ch 5 send? 3 ch 5 send?"),
    ("receive_cell_for", "channel ch 2 1 ch send ch 5 receive? ch 5 receive?"),
    ("send_array", "channel ch 120 xs ch 5 sendn? xs ch 5 sendn?"),
    ("receive_array", "channel ch 120 xs ch 5 sendn? drop cs ch 5 receiven? cs ch 5 receiven?"),
    ("acquire", "semaphore s 3 s acquire s acquire s release"),
    ("acquire_for", "semaphore s 1 s 5 acquire? : w s 1 acquire? drop ; $ w 0 start 3 sleep"),
    ("await_value", "var v 0 0 v 5 await? 1 0 v 2 await?"),
    ("await_element", "var v 0 0 v await"),
    ("await_event", "3 2 event?"),
    # Layers on arrays of which a unit takes a part; the numbers do not matter, but for softmax.
    ("conv2d", CONV.format("conv2d", "filter f4 bias b8 multiplier m8 shift s8 groups 2 pads 1 1 1 1", "o8")
     + CONV.format("conv2d", "filter f8 bias b8 multiplier m8 shift s8 rounding once", "p8")),
    ("depthwise_conv2d",
     CONV.format("depthwise-conv2d", "filter fd bias b16 multiplier m1 shift s1 padding same", "o16")
     + CONV.format("depthwise-conv2d", "filter f72 bias b8 multiplier m8 shift s8 padding same", "o8")),
    ("fully_connected", "fully-connected{ input a output o12 filter w12 bias b12 multiplier m12 shift s12 }"),
    ("average_pool", CONV.format("average-pool", "padding same", "o8")
     + "average-pool{ input a output c8 size 10 10 8 kernel 10 10 }"),
    ("max_pool", CONV.format("max-pool", "padding same", "o8")),
    ("mean", "mean{ input a output c8 size 10 10 8 multiplier 1073741824 }"),
    ("rescale", "rescale{ input a output o8 multiplier 1073741825 shift -3 }"),
    ("leaky_relu", "leaky-relu{ input a output o8 multiplier 1073741825 shift -3 slope 5 slope-sign minus }"),
    ("hard_swish", "hard-swish{ input a output o8 factors 16384 21845 shifts -6 3 }"),
    ("logistic", "sigmoid{ input a output o8 multiplier 1073741824 shift 24 radius 120 }"),
    ("tangent", "tanh{ input a output o8 multiplier 1073741824 shift 24 radius 120 }"),
    ("look_up", "look-up{ input a output o8 table t256 }"),
    ("add_layer", "add{ a a b c8 output o8 multipliers 1073741824 1073741825 1073741826 shifts 0 -1 -18 }"),
    ("multiply_layer", "mul{ a a b c8 output o8 multiplier 1073741825 shift -3 }"),
    ("softmax", "softmax{ input xs8 output xs8 columns 100 multiplier 1073741824 shift 24 least -120 } "
                "softmax{ input a output o8 columns 2 multiplier 1073741824 shift 24 least -120 }"),
    ("argmax", "argmax{ input a output i200 columns 4 } argmax{ input a output i1 columns 800 }"),
    ("copy_blocks", "copy{ input a output o8 length 800 } copy{ input a output o8 rows 400 length 1 from 0 2 to 0 2 }"),
    ("fill_blocks", "fill{ output o8 length 800 value 3 } fill{ output o8 rows 400 length 1 to 0 2 }"),
    # A tree that is a chain of nodes, many trees of one leaf, leaves of many values; floats cost more.
    ("forest", "array ff int8 200 array fs int16 200 199 0 do 1 i fs write loop -1 199 ff write array i1 int32 1 "
               "array i200 int32 200 array r1 float32 1 array r200 float32 200 array s200 float32 200 view o1 s200 0 1 "
               "forest{ input r1 output i1 features ff thresholds r200 skips fs leaves { 7 } } "
               "forest{ input int32 { 5 } output i1 features ff thresholds i200 skips fs leaves { 7 } } "
               "forest{ input r1 output o1 features { -1 } thresholds float32 { 0.0 } skips { 0 } "
               "leaves float32 { 7.0 } roots { " + "0 " * 60 + "} } "
               "forest{ input r1 output s200 features { -1 } thresholds float32 { 0.0 } skips { 0 } leaves r200 "
               "roots { 0 0 } } "
               "array l200 int16 200 forest{ input { 5 } output i200 features { -1 } thresholds { 0 } skips { 0 } "
               "leaves l200 roots { 0 0 } }"),
    ("linear", "array i400 int32 400 array w400 int32 400 array i1 int32 1 array r400 float32 400 array r1 float32 1 "
               "array s400 float32 400 linear{ input i400 output i1 weights w400 bias { 5 } shift 9 } "
               "linear{ input r400 output r1 weights s400 bias float32 { 5.0 } } "
               "linear{ input i400 output w400 weights { 1 } bias { 5 } shift 9 } "
               "linear{ input r400 output s400 weights float32 { 1.0 } bias float32 { 5.0 } }"),
    ("scaler", "array i400 int32 400 array r400 float32 400 scaler{ input i400 output r400 offsets { 1.5 } "
               "factors { 2.5 2.5 } } "
               "scaler{ input i400 output i400 offsets int32 { 1 } factors int32 { 77 77 } shift 5 }"),
    ("normalizer", "array r400 float32 400 normalizer{ input r400 output r400 columns 400 } "
                   "normalizer{ input r400 output r400 columns 1 } "
                   "normalizer{ input r400 output r400 columns 400 norm max } "
                   "scaler{ input r400 output r400 offsets { -1.5 } factors { 0.3 } } "
                   "normalizer{ input r400 output r400 columns 20 }"),
    # Layers of floats; the numbers matter to the functions alone.
    ("fconv2d", FLOAT_ARRAYS + FLOAT_CONV.format("fconv2d", "filter g8 bias c8", "fo")
     + FLOAT_CONV.format("fconv2d", "filter gd bias c4 groups 2", "p4")),
    ("fdepthwise_conv2d", FLOAT_ARRAYS + FLOAT_CONV.format("fdepthwise-conv2d", "filter gd bias c8", "fo")
     + "view g36 gd 0 36 " + FLOAT_CONV.format("fdepthwise-conv2d", "filter g36 bias c4", "p4")),
    ("ffully_connected", FLOAT_ARRAYS + "ffully-connected{ input fx output p12 filter w12 bias c12 }"),
    ("faverage_pool", FLOAT_ARRAYS + FLOAT_CONV.format("faverage-pool", "", "p4")
     + "view p4s fo 0 4 faverage-pool{ input fa output p4s size 10 10 4 kernel 10 10 }"),
    ("fmax_pool", FLOAT_ARRAYS + FLOAT_CONV.format("fmax-pool", "", "p4")),
    ("fmean", FLOAT_ARRAYS + "view p4s fo 0 4 fmean{ input fa output p4s size 10 10 4 }"),
    ("fclamp", FLOAT_ARRAYS + "fclamp{ input fa output p4 clamp 0.5 6 }"),
    ("fleaky_relu", FLOAT_ARRAYS + "fleaky-relu{ input fa output p4 slope 0.3 }"),
    ("fhard_swish", FLOAT_ARRAYS + "fhard-swish{ input fx output p1 }"),
    ("flogistic", FLOAT_ARRAYS + "fsigmoid{ input fx output p1 }"),
    ("ftangent", FLOAT_ARRAYS + "ftanh{ input fx output p1 }"),
    ("fadd_layer", FLOAT_ARRAYS + "fadd{ a fa b c8 output p4 negate b clamp -1 1 }"),
    ("fmultiply_layer", FLOAT_ARRAYS + "fmul{ a fa b c8 output p4 clamp -1 1 }"),
    ("fsoftmax", FLOAT_ARRAYS + "fsoftmax{ input fx output p1 columns 100 } fsoftmax{ input fx output p1 columns 2 }"),
    ("fargmax", FLOAT_ARRAYS + "fargmax{ input fa output i100 columns 4 } "
                "fargmax{ input fx output i1 columns 100 }"),
    ("quantise_layer", FLOAT_ARRAYS + "view q1 qs 0 100 quantise{ input fx output q1 scale 0.0371 zero 5 }"),
    ("dequantise_layer", FLOAT_ARRAYS + "dequantise{ input qs output p4 scale 0.0371 zero 5 }"),
    # Many short windows, and long ones; rows of two points; one sample a row.
    ("moving", SIGNALS + "moving{ input x output o2 length 2 of mean } "
               "moving{ input x output o2 length 2 of deviation } "
               "moving{ input x output o1 length 1 of rms } moving{ input x output o1 length 1 of least } "
               "moving{ input x output o length 2 step 2 of all } moving{ input x output o3 length 200 of mean } "
               "moving{ input x output o4 length 200 step 50 of all }"),
    ("window", SIGNALS + "window{ input x output o1 shape blackman } "
               "window{ input x output x columns 1 shape blackman }"),
    ("fft", SIGNALS + "array o6 int16 258 fft{ input x output o6 size 256 } array o7 int16 512 "
            "fft{ input x output o1 size 128 samples complex } fft{ input x output o7 size 2 } "
            "fft{ input x output o1 size 2 samples complex }"),
    ("power", "array x int16 640 array y 320 power{ input x output y }"),
    ("magnitude", SIGNALS + "magnitude{ input x output p1 }"),
    ("goertzel", SIGNALS + "goertzel{ input x output p2 frequencies { 1 2 3 4 5 6 } rate 7 } "
     "goertzel{ input x output p3 columns 1 frequencies { 123456789 } rate 2147483647 } "
     "goertzel{ input x output p4 columns 16 frequencies { 123456789 } rate 2147483647 of magnitude }"),
    ("mel", SIGNALS + "array h { " + SAMPLES + " } "
     "mel{ input h output p2 edges { 0 2 4 6 8 10 12 14 } scale log } "
     "mel{ input h output p2 edges { 0 9 1 9 2 9 3 9 } } "
     "mel{ input h output p2 edges { 0 200 256 200 0 100 200 200 } scale log }"),
    ("words", "9 0 do i dup * 3 + 7 mod dup dup * swap drop 4 / drop loop"),
]


def sliced_instructions(profile):
    found = {}
    settings = json.loads((ROOT / "isa" / "profiles" / f"{profile}.json").read_text(encoding="utf-8"))
    for group in settings["groups"]:
        text = (ROOT / "isa" / "groups" / f"{group}.json").read_text(encoding="utf-8")
        for entry in json.loads(text)["instructions"]:
            if "sliced" in entry and entry.get("dialect", settings["dialect"]) == settings["dialect"]:
                found[entry["name"]] = entry["cost"]["ticks"] + entry["cost"]["unit"]["ticks"]
    return found


def count(node, program):
    output, status = node.run_frame(program + "\n")
    if not re.match(r"# ended ", status):
        raise ValueError(f"'{status}' for\n{program}")
    return node.counts


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--images", required=True)
    parser.add_argument("--plugin", required=True)
    options = parser.parse_args()
    try:
        image, = board.find_images(options.images, ["count_slice"])
    except board.Unavailable as unavailable:
        print(unavailable)
        return unavailable.status
    failures = []
    units = sliced_instructions(PROFILE)
    if missing := set(units) - {name for name, _ in PROGRAMS}:
        failures.append(f"no program here has {', '.join(sorted(missing))} at work")
    with Node(image, plugin=options.plugin) as node:
        node.set(slice=1)
        slice_alone = max(count(node, "yield yield yield")[1:-1])
        print(f"{'instruction':18} longest piece  ticks at most\n")
        for name, program in PROGRAMS:
            arrays = LAYER_ARRAYS if "{" in program.split("array", 1)[0] else ARRAYS
            needs_arrays = "{ " in program or re.search(r"\bxs\b|\bcs\b", program)
            longest = max(count(node, (arrays if needs_arrays else "") + program)[1:])
            ticks = units.get(name, 64)
            print(f"{name:18} {longest:13}  {ticks:13}")
            if longest > PIECE_MAX:
                failures.append(f"{name}: a piece takes {longest} instructions, more than {PIECE_MAX}")
        print(f"\nA slice by itself takes {slice_alone}.")
    for failure in failures:
        print(failure)
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
