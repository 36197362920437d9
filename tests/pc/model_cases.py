"""Calls of `mica convert` and `mica infer`. A case may use what those before it have written."""
import pathlib

from case import Case

ZOO = pathlib.Path(__file__).resolve().parents[2] / "ml" / "zoo" / "digits"
MODEL, TEST, CALIBRATION = ZOO / "digits-mlp.onnx", ZOO / "digits-test.csv", ZOO / "digits-calibration.csv"
DIGITS = ["--calibrate", CALIBRATION, "--labels", "--input-scale", "0.0625"]
REPORT = (r"(?s)/1/Gemm +64 -> 32 +int8 .* relu\n/3/Gemm +32 -> 10 +int8 .*scales: input \d+ units.*"
          r"sizes: constants \d+ bytes.*work: 2368 products, \d{4} ticks.*"
          r"Accuracy: float 1\.0000 \(250 of 250\), fixed point [01]\.")
RIGHT = r"^accuracy: 0\.9[5-9]\d\d \(4[345]\d of 450\)\ntime: \d+\.\d us and \d+ ticks per inference\n$"
ROWS = r"(\d( -?[\d.]+){10}\n){450}"
ROWS_OF_TEST = TEST.read_text(encoding="utf-8").splitlines()
ONE = ROWS_OF_TEST[0] + "\n"

PREDICTS = ": predict  input @ output ! ;\n"
HEADER = "frame m 1 exports input exports output exports input-scale exports output-scale exports predict\n"

FILES = {
    "text.onnx": "this is no model",
    "empty.onnx": "",
    "digits.pgm": "".join(f"P2 # a digit\n8 8\n16\n{' '.join(row.split(',')[:64])}\n"
                          for row in (ROWS_OF_TEST[0], next(row for row in ROWS_OF_TEST if row.endswith(",8")))),
    "small.pgm": "P2 2 2 255 0 0 0 0",
    "large.pgm": "P5 9 9 255 x",
    "cut.pgm": "P5 8 8 255 x",
    "empty.pgm": "# nothing\n",
    "text.ppm": "P7 1 1",
    "net.pth": "PK\x03\x04 net/data.pkl",
    "net.bin": "PK\x03\x04 archive/data.pkl",
    "net.keras": "PK\x03\x04 metadata.json",
    "forest.joblib": "pickled",
    "half.mica": HEADER.replace(" exports predict", "") +
                 "array input 2\narray output 1\nconst input-scale 1\nconst output-scale 1\n",
    "fine-model.mica": HEADER + "array input 1\narray output 1\nconst input-scale 1\nconst output-scale 2147483647\n"
                       + PREDICTS,
    "float-input.mica": HEADER + "array input float32 2\narray output 1\nconst input-scale 1\nconst output-scale 1\n"
                        ": predict 0 input read 1 input read f+ f>s output ! ;\n",
    "float-output.mica": HEADER + "array input 1\narray output float32 2\nconst input-scale 1\nconst output-scale 1\n"
                         ": predict input @ s>f 0.5 f* 0 output write 0.25 1 output write ;\n",
    "classes.mica": HEADER.replace("exports input ", "exports classes exports input ", 1) +
                    "array input 1\narray output 2\narray classes { 50 70 }\n"
                    "const input-scale 1\nconst output-scale 1\n"
                    ": predict input @ output 1 cell+ ! ;\n",
    "float-scale.mica": HEADER + "array input 1\narray output 1\nconst input-scale 1\nconst output-scale 1.5\n"
                        + PREDICTS,
    "trap-model.mica": HEADER + "array input 1\narray output 1\nconst input-scale 1\nconst output-scale 1\n"
                       ": predict  100 input @ 1 - / output ! ;\n",
    "endless-model.mica": HEADER + "array input 1\narray output 1\nconst input-scale 1\nconst output-scale 1\n"
                          ": predict  begin input @ 0= until ;\n",
    "yes-model.mica": HEADER + "array input 2\narray output 1\nconst input-scale 10\n"
                      "const output-scale 100\n: predict  input @ input 1 cell+ @ +  output ! ;\n",
}

CASES = [
    Case("convert", ["convert", MODEL, "-o", "digits.mica", *DIGITS], 0, "", REPORT),
    Case("infer", ["infer", "digits.mica", "--input", TEST, "--labels"], 0, ROWS, RIGHT),
    Case("infer, raw", ["infer", "digits.mica", "--input", TEST, "--labels", "--raw"], 0,
         r"((-?\d+ ){9}-?\d+\n){450}", RIGHT),
    Case("a sample from standard input", ["infer", "digits.mica", "--input", "-", "--labels"], 0,
         r"4 1\.[5-6]\d*( -?[\d.]+){9}\n", r"^accuracy: 1\.0000 \(1 of 1\)\n", text=ONE),
    Case("weights of 16 bits", ["convert", MODEL, "-o", "wide.mica", "--weights", "int16", *DIGITS], 0, "",
         r"/1/Gemm .* int16 "),
    Case("infer with them", ["infer", "wide.mica", "--input", TEST, "--labels"], 0, ROWS,
         r"^accuracy: 0\.9667 \(435 of 450\)"),
    Case("packed constants", ["convert", MODEL, "-o", "packed.mica", "--packed", *DIGITS], 0, "",
         r"text [34]\d\d\d\n"),
    Case("infer with them", ["infer", "packed.mica", "--input", TEST, "--labels"], 0, ROWS, RIGHT),
    Case("a profile without packed constants",
         ["convert", MODEL, "-o", "x", "--packed", "--profile", "rexa16", *DIGITS], 2, "", "rexa16 has no packed"),
    Case("convert for 16-bit cells", ["convert", MODEL, "-o", "narrow.mica", "--profile", "rexa16", *DIGITS], 0, "",
         "Accuracy"),
    Case("infer in 16-bit cells", ["infer", "narrow.mica", "--profile", "rexa16", "--input", TEST, "--labels"], 0, ROWS,
         RIGHT),
    Case("to standard output", ["convert", MODEL, "-o",
         "-", *DIGITS], 0, r"frame digits-mlp 1 exports(.*\n)+: predict .*\n",
         "Accuracy"),
    Case("a profile that is too small", ["convert", MODEL, "-o", "x.mica", "--profile", "tests-tiny", *DIGITS], 1, "",
         r"digits-mlp\.onnx: error: the frame does not compile for tests-tiny: .*\[does_not_fit\]\n$"),
    Case("a class of two scores", ["infer", "yes-model.mica", "--input", "-"], 0, r"1 0\.5\n0 0\.49\n", "time",
         text="2,3\n2.5,2.4\n"),
    Case("half of the finest scale", ["infer", "fine-model.mica", "--input", "-"], 0,
         r"0 -4\.65661e-10\n0 0\.5\n1 0\.5\n", "time", text="-1\n1073741823\n1073741824\n"),

    Case("images", ["infer", "digits.mica", "--input", "digits.pgm", "--white", "16"], 0, r"4 .*\n8 .*\n", "time"),
    Case("image of another size", ["infer", "digits.mica", "--input", "small.pgm"], 1, "",
         r"small\.pgm: error: image 1 has 2x2x1 numbers; the model takes 64 \[wrong_size\]"),
    Case("image that is too large", ["infer", "digits.mica", "--input", "large.pgm"], 1, "",
         r"the image has 9x9x1 numbers; the model takes 64 \[wrong_size\]"),
    Case("image cut off", ["infer", "digits.mica", "--input", "cut.pgm"], 1, "", r"\[truncated\]"),
    Case("no image", ["infer", "digits.mica", "--input", "text.ppm"], 1, "", r"\[bad_image\]"),
    Case("image without pixels", ["infer", "digits.mica", "--input", "empty.pgm"], 1, "", r"\[no_samples\]"),
    Case("images with labels", ["infer", "digits.mica", "--input", "digits.pgm", "--labels"], 2, "", "no labels"),
    Case("confusion", ["infer", "digits.mica", "--input", TEST, "--labels", "--confusion"], 0, ROWS,
         r"(?s)confusion, a row for each class.*\n    0:    4\d     0     0"),
    Case("confusion of what", ["infer", "digits.mica", "--input", TEST, "--confusion"], 2, "", "--labels"),
    *(Case(f"a file of PyTorch, {file}", ["convert", file, "-o", "x.mica"], 1, "",
           rf"{file}: error: is a file of PyTorch; .* export it to ONNX:\n  model\.load_state_dict.*\n"
           r"  model\.eval\(\)\n  torch\.onnx\.export\(model, .*\"net\.onnx\"\).*\[unsupported_format\]\n$")
      for file in ("net.pth", "net.bin")),
    Case("a file of Keras", ["convert", "net.keras", "-o", "x.mica"], 1, "",
         r"(?s)is a file of Keras; .*\[unsupported_format\]\n$"),
    Case("a file of scikit-learn", ["convert", "forest.joblib", "-o", "x.mica"], 1, "",
         r"(?s)is a file of Python; .*skl2onnx.*\[unsupported_format\]\n$"),
    Case("without samples: floats", ["convert", MODEL, "-o", "float.mica", "--input-scale", "0.0625"], 0, "",
         r"work: 2368 products"),
    Case("infer with floats", ["infer", "float.mica", "--input", TEST, "--labels"], 0, ROWS,
         r"^accuracy: 0\.9667 \(435 of 450\)"),
    Case("a board that it fits", ["convert", MODEL, "-o", "x.mica", "--board", "netduinoplus2"], 0, "",
         r"\nfits netduinoplus2: \d{5} of 90\d{3} bytes for frames\n"),
    Case("a tree on a board", ["convert", ZOO / "digits-tree.onnx", "-o", "x.mica", "--board", "netduinoplus2"], 0, "",
         r"\nfits netduinoplus2: \d{4} of 90\d{3} bytes for frames\n"),
    Case("a perceptron of fixed point on a board",
         ["convert", MODEL, "-o", "x.mica", "--board", "netduinoplus2", *DIGITS], 0, "",
         r"\nfits netduinoplus2: \d{4} of 90\d{3} bytes for frames\n"),
    Case("all boards", ["convert", MODEL, "-o", "x.mica", "--report"], 0, "", r"\nfits netduinoplus2: \d"),
    Case("no such board", ["convert", MODEL, "-o", "x.mica", "--board", "x"], 2, "", "no board 'x'; there are netdu"),
    *(Case(f"{what} without samples", ["convert", MODEL, "-o", "x.mica", "--quantize", what], 2, "", "--calibrate")
      for what in ("int8", "fixed")),
    Case("convert to nowhere", ["convert", MODEL, "--calibrate", TEST], 2, "", "--output"),
    Case("weights of no such type", ["convert", MODEL, "-o", "x.mica", "--weights", "int4", *DIGITS], 2, "", "int4"),
    *(Case(f"scale of {scale}", ["convert", MODEL, "-o", "x", "--calibrate", TEST, "--input-scale", scale], 2, "",
           rf"^mica: error: --input-scale: '{scale}' is no number from 1e-9 to 1e9;")
      for scale in ("0", "nan", "-nan", "inf", "-1", "1e10", "x")),
    Case("no such profile to convert for", ["convert", MODEL, "-o", "x", "--profile", "x", *DIGITS], 2, "", "'x'"),
    Case("no model", ["convert", "none.onnx", "-o", "x.mica", *DIGITS], 1, "",
         r"^none\.onnx: error: cannot be read: No such file or directory \[unreadable\]\n$"),
    Case("folder as model", ["convert", ".", "-o", "x.mica", *DIGITS], 1, "", r"^\.: error: .*\[unreadable\]\n$"),
    Case("text as model", ["convert", "text.onnx", "-o", "x.mica", *DIGITS], 1, "",
         r"^text\.onnx: error: is no ONNX model \[no_model\]\n$"),
    Case("empty model", ["convert", "empty.onnx", "-o", "x.mica", *DIGITS], 1, "", r"^empty\.onnx: .*\[no_model\]\n$"),
    Case("model without end", ["convert", "/dev/zero", "-o", "x.mica", *DIGITS], 1, "",
         r"^/dev/zero: .*\[too_large\]\n$"),
    Case("samples with labels that are not asked for", ["convert", MODEL, "-o", "x.mica", "--calibrate", TEST], 1, "",
         r"digits-test\.csv:1:\d+: error: 65 numbers.*--labels.*\[wrong_count\]\n$"),
    Case("frame that cannot be written", ["convert", MODEL, "-o", "no/x.mica", *DIGITS], 1, "",
         r"^no/x\.mica: error: cannot be written: No such file or directory \[unwritable\]\n$"),
    Case("full disk, convert", ["convert", MODEL, "-o", "-", *DIGITS], 1, "", "No space", redirect=">/dev/full"),

    Case("samples that are none", ["infer", "digits.mica", "--input", "-"], 1, "",
         r"^-:1:3: error: 'x' is no number.*\[bad_number\]\n$", text="1,x\n"),
    Case("empty samples", ["infer", "digits.mica", "--input", "-"], 1, "", r"^-: error: .*\[no_samples\]\n$", text=" "),
    Case("not a number", ["infer", "yes-model.mica", "--input", "-"], 1, r"0 0\.3\n",
         r"^-:2:1: error: .*\[not_finite\]\n$",
         text="1,2\nnan,1\n"),
    Case("too few numbers", ["infer", "yes-model.mica", "--input", "-"], 1, "", r"^-:1:1: error: .*\[wrong_count\]\n$",
         text="1\n"),
    Case("a number that fits no cell", ["infer", "yes-model.mica", "--input", "-"], 1, "",
         r"^-:1:3: error: 300000000 is too large: .*\[out_of_range\]\n$", text="1,3e8\n"),
    Case("no samples", ["infer", "digits.mica", "--input", "none.csv"], 1, "",
         r"^none\.csv: error: .*\[unreadable\]\n$"),
    Case("no frame", ["infer", "none.mica", "--input", TEST], 1, "", r"none\.mica cannot be read"),
    Case("frame that is no model", ["infer", "good.mica", "--input", TEST], 1, "",
         r"^good\.mica: error: is no model: it exports no array 'input' \[no_model\]\n$"),
    Case("model without a word", ["infer", "half.mica", "--input", TEST], 1, "",
         r"it exports no word 'predict' .*\[no_model\]\n$"),
    Case("model that takes floats", ["infer", "float-input.mica", "--input", "-"], 0, r"1 3\n0 -3\n", "time: ",
         text="1.5,2.25\n-1.5,-2.25\n"),
    Case("model that gives floats", ["infer", "float-output.mica", "--input", "-"], 0, r"0 1\.5 0\.25\n1 -1\.5 0\.25\n",
         "time: ", text="3\n-3\n"),
    Case("model whose classes have numbers", ["infer", "classes.mica", "--input", "-", "--labels"], 0,
         r"70 0 3\n50 0 -3\n", r"accuracy: 0\.5000 \(1 of 2\)", text="3,70\n-3,0\n"),
    Case("model with a float as scale", ["infer", "float-scale.mica", "--input", TEST], 1, "",
         r"^float-scale\.mica: error: is no model: 'output-scale' must be a whole number \[no_model\]\n$"),
    Case("model and samples from standard input", ["infer", "-", "--input", "-"], 2, "",
         "^mica: error: standard input, -, can be read only once\n$"),
    Case("frame that is wrong", ["infer", "wrong.mica", "--input", TEST], 1, "",
         r"^wrong\.mica:2:2: .*\[unknown_word\]"),
    Case("model that traps", ["infer", "trap-model.mica", "--input", "-"], 1, r"1 50\n",
         r"^trap-model\.mica:6:\d+: error: .*\[divide_by_zero\]", text="3\n1\n"),
    Case("model that does not end", ["infer", "endless-model.mica", "--input", "-", "--ticks", "5000"], 1, "",
         r"^endless-model\.mica: error: .*--ticks \[budget\]\n$", text="1\n"),
    Case("infer without samples", ["infer", "digits.mica"], 2, "", "--input"),
]
