"""Files of TensorFlow Lite, written for tests: as JSON, of which flatc makes the bytes."""
import json
import math
import pathlib
import struct
import subprocess

# Of little-endian elements.
FORMATS = {"INT8": "b", "INT32": "i", "INT64": "q", "FLOAT32": "f"}


def as_float(number):
    """The nearest number of 32 bits, which is what a file can hold."""
    return struct.unpack("<f", struct.pack("<f", number))[0]


class TfliteFile:
    """A model of one subgraph. Tensors are known by their index."""

    def __init__(self):
        self.tensors, self.buffers, self.types, self.operators = [], [{}], [], []
        self.inputs, self.outputs = [], []

    def tensor(self, name, shape, kind="INT8", scales=(), zeros=(), axis=0, numbers=None):
        """With numbers a constant."""
        buffer = 0
        if numbers is not None:
            assert len(numbers) == math.prod(shape)
            data = struct.pack(f"<{len(numbers)}{FORMATS[kind]}", *numbers)
            buffer = len(self.buffers)
            self.buffers.append({"data": list(data)})
        one = {"shape": list(shape), "type": kind, "buffer": buffer, "name": name}
        if scales:
            one["quantisation"] = {"scale": list(scales), "zero_point": list(zeros), "axis": axis}
        self.tensors.append(one)
        return len(self.tensors) - 1

    def integers(self, numbers, shape=None, kind="INT32"):
        """A shape, axes, pads."""
        return self.tensor(f"integers-{len(self.tensors)}", [len(numbers)] if shape is None else shape, kind,
                           numbers=numbers)

    def operator(self, code, inputs, output, options=None, **fields):
        """`options`: the name of their table, of which the fields are."""
        if code not in self.types:
            self.types.append(code)
        one = {"type": self.types.index(code), "inputs": list(inputs), "outputs": [output]}
        if options is not None:
            one["options_type"] = options
            one["options"] = fields
        self.operators.append(one)

    def text(self, codes):
        """As JSON; `codes`: the numbers of operators. Those above 127 do not fit the old field, which then says 127."""
        return json.dumps({
            "version": 3,
            "operator_types": [{"code": code, "old_code": min(codes[code], 127)} for code in self.types],
            "subgraphs": [{"tensors": self.tensors, "inputs": self.inputs, "outputs": self.outputs,
                           "operators": self.operators}],
            "buffers": self.buffers})


class Writer:
    """Writes models as files with flatc, and the numbers of operators that the schema says."""

    def __init__(self, flatc, schema, folder):
        self.flatc, self.schema, self.folder = flatc, pathlib.Path(schema), pathlib.Path(folder)
        codes = self.schema.read_text(encoding="utf-8").split("enum OperatorCode : int {")[1].split("}")[0]
        self.codes = {name.strip(): number for number, name in enumerate(codes.split(","))}

    def write(self, models):
        """{name: TfliteFile} to files NAME.tflite."""
        sources = []
        for name, model in models.items():
            sources.append(self.folder / f"{name}.json")
            sources[-1].write_text(model.text(self.codes), encoding="utf-8")
        subprocess.run([self.flatc, "-b", "-o", self.folder, self.schema, *sources], check=True, timeout=300)
        for source in sources:
            source.unlink()
