"""What TensorFlow Lite Micro computes of an int8 model: by the executable specification that lies with the models of
others, and what that does not have by formulas from here, on its arithmetic.
"""
import importlib.util
import math

import numpy

# Operators that the specification names by their number, and has not.
CONCATENATION, LOGISTIC, MUL, RELU, RELU_N1_TO_1, RELU6, TANH, PAD = 2, 14, 18, 19, 20, 21, 28, 34
TRANSPOSE, MEAN, SUB, SQUEEZE, STRIDED_SLICE, PADV2, EXPAND_DIMS, SHAPE, PACK = 39, 40, 41, 43, 45, 60, 70, 77, 83
LEAKY_RELU, QUANTIZE, HARD_SWISH, RELU_0_TO_1 = 98, 114, 117, 152
OF_SHAPES = (SHAPE, STRIDED_SLICE, PACK)
NEVER_MOVES = ("RESHAPE", SQUEEZE, EXPAND_DIMS)


def load_specification(path):
    specification = importlib.util.spec_from_file_location("specification", path)
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    return module


def truncated(number, divisor):
    """Division as C has it."""
    return numpy.sign(number) * (numpy.abs(number) // divisor)


def high_16(a, b):
    """SaturatingRoundingDoublingHighMul of 16 bits."""
    product = a * b
    return numpy.clip(truncated(product + numpy.where(product >= 0, 1 << 14, 1 - (1 << 14)), 1 << 15), -32768, 32767)


class Reference:
    """Computes models. Scales of the specification are arrays of float32, so that products of two are as there."""

    def __init__(self, specification):
        self.s = specification
        self.own = {
            CONCATENATION: self.concatenation, LOGISTIC: self.logistic, TANH: self.tanh, MUL: self.mul,
            RELU: lambda op, ins, out: self.clipped(ins[0], out, 0, None),
            RELU_N1_TO_1: lambda op, ins, out: self.clipped(ins[0], out, -1, 1),
            RELU_0_TO_1: lambda op, ins, out: self.clipped(ins[0], out, 0, 1),
            RELU6: self.relu6, PAD: self.pad, PADV2: self.pad, TRANSPOSE: self.transpose, MEAN: self.mean,
            SUB: self.sub, LEAKY_RELU: self.leaky_relu, HARD_SWISH: self.hard_swish,
            QUANTIZE: lambda op, ins, out: self.rescaled(ins[0], out)}

    def run(self, path, samples, once):
        """The output for each sample; products rounded twice, or once."""
        self.s.SINGLE = once
        model = self.s.load(path)
        return [self.run_sample(model, sample) for sample in samples]

    def run_sample(self, model, sample):
        file, tensors, operators, inputs, outputs = model
        self.file = file
        values = {inputs[0]: numpy.array(sample, numpy.int8).reshape(tensors[inputs[0]]["shape"])}
        for op in operators:
            if op["op"] in OF_SHAPES:
                continue  # the shape that comes of it is that of the result
            taken = [k for k in op["inp"] if k >= 0]
            ins = [dict(tensors[k], x=values[k] if k in values else tensors[k]["data"]) for k in taken]
            out = tensors[op["out"][0]]
            result = numpy.asarray(self.compute(op, ins, out))
            assert result.min() >= -128 and result.max() <= 127
            values[op["out"][0]] = result.astype(numpy.int8).reshape(out["shape"])
        return values[outputs[0]].flatten().tolist()

    def compute(self, op, ins, out):
        name, s, f = op["op"], self.s, self.file
        x = ins[0]["x"]
        bias = ins[2] if len(ins) > 2 else None
        if name == "CONV_2D":
            return s.conv(f, op, ins[0], self.dense(ins[0], ins[1]), bias, out, x, False)
        if name == "DEPTHWISE_CONV_2D":
            return s.conv(f, op, ins[0], ins[1], bias, out, x, True)
        if name == "FULLY_CONNECTED":
            return s.fc(f, op, ins[0], ins[1], bias, out, x)
        if name in ("AVERAGE_POOL_2D", "MAX_POOL_2D"):
            return s.pool(f, op, ins[0], out, x, name[0] == "A")
        if name == "ADD":
            return s.add(f, op, ins[0], ins[1], out, x, ins[1]["x"])
        if name == "SOFTMAX":
            return s.softmax(f, op, ins[0], out, x)
        if name in NEVER_MOVES:
            return x
        return self.own[name](op, ins, out)

    @staticmethod
    def dense(x, weights):
        """Weights in groups as weights without, zeros between the groups."""
        outputs, _, _, part = weights["shape"]
        groups = x["shape"][3] // part
        if groups == 1:
            return weights
        dense = numpy.zeros([*weights["shape"][:3], x["shape"][3]], numpy.int8)
        for k in range(outputs):
            first = k // (outputs // groups) * part
            dense[k, :, :, first:first + part] = weights["data"][k]
        return dict(weights, data=dense, shape=list(dense.shape))

    @staticmethod
    def scale(tensor):
        return float(tensor["scale"][0])

    def limits(self, op, out):
        return self.s.act(self.file.scal(op["opt"], 0, "b") if op["opt"] else 0, out)

    @staticmethod
    def difference(tensor):
        return tensor["x"].astype(numpy.int64) - tensor["zp"]

    # -- of one

    def rescaled(self, x, out, low=-128, high=127):
        factor = self.s.qmul(self.scale(x) / self.scale(out))
        return numpy.clip(self.s.mbqm(self.difference(x), *factor) + out["zp"], low, high)

    def number_of(self, real, tensor):
        """As a number of the tensor, in floats of 32 bits."""
        return tensor["zp"] + self.s.rnd(float(numpy.float32(real) / tensor["scale"][0]))

    def clipped(self, x, out, low, high):
        low, high = self.number_of(low, out), 127 if high is None else self.number_of(high, out)
        return self.rescaled(x, out, max(low, -128), min(max(high, -128), 127))

    def relu6(self, op, ins, out):
        return numpy.clip(ins[0]["x"].astype(numpy.int64), out["zp"], min(self.number_of(6, out), 127))

    def leaky_relu(self, op, ins, out):
        """Both factors in floats of 32 bits; that of a negative slope is negative."""
        alpha = numpy.float32(self.file.scal(op["opt"], 0, "f", 0.0))
        above = self.s.qmul(float(ins[0]["scale"][0] / out["scale"][0]))
        slope = float(ins[0]["scale"][0] * alpha / out["scale"][0])
        below, shift = self.s.qmul(abs(slope))
        x = self.difference(ins[0])
        result = numpy.where(x >= 0, self.s.mbqm(x, *above), self.s.mbqm(x, -below if slope < 0 else below, shift))
        return numpy.clip(result + out["zp"], -128, 127)

    def hard_swish(self, op, ins, out):
        fine = numpy.float32(1 / 128) * ins[0]["scale"][0]

        def factor(ratio):
            whole, shift = self.s.qmul(float(ratio))
            return (32767 if whole >= 0x7fffffff - (1 << 15) else (whole + (1 << 15)) >> 16), shift

        outer, outer_shift = factor(fine / out["scale"][0])
        inner, inner_shift = factor(fine / numpy.float32(3.0 / 32768.0))
        x = self.difference(ins[0]) * 128
        share = x
        if inner_shift > 0:
            share = numpy.clip(share << (inner_shift - 1), -32768, 32767)
        share = high_16(share, inner)
        if inner_shift > 0:
            share = numpy.clip(share << 1, -32768, 32767)
        if inner_shift < 0:
            share = self.s.rdpot(share, -inner_shift)
        product = truncated(((share + 32768) >> 1) * high_16(x, outer), 1 << 15)
        return numpy.clip(self.s.rdpot(product, -outer_shift) + out["zp"], -128, 127)

    # -- functions in fixed point

    def exponential(self, x, bits):
        """e^x of x <= 0 with so many bits before the point: a series around -1/8, then powers of e for the bits."""
        s, quarter = self.s, 1 << (29 - bits)
        part = (x & (quarter - 1)) - quarter
        t = (part << bits) + (1 << 28)
        t2 = s.srdhm(t, t)
        series = s.rdpot(s.srdhm(s.rdpot(s.srdhm(t2, t2), 2) + s.srdhm(t2, t), 715827883) + t2, 1)
        root = round(math.exp(-0.125) * 2 ** 31)
        result = root + s.srdhm(t + series, root)
        for k in range(bits + 2):
            power = round(math.exp(-(2.0 ** (k - 2))) * 2 ** 31)
            result = numpy.where((part - x) & (quarter << k), s.srdhm(result, power), result)
        return numpy.where(x == 0, 2 ** 31 - 1, result)

    def half_sum_inverse(self, x):
        """2 / (1 + x), with two bits before the point."""
        s = self.s
        half = (x + (1 << 31)) >> 1
        y = round(48 / 17 * 2 ** 29) + s.srdhm(half, round(-32 / 17 * 2 ** 29))
        for _ in range(3):
            y = y + s.sat(s.srdhm(y, (1 << 29) - s.srdhm(half, y)) << 2)
        return y

    def squashed(self, x, middle):
        whole, shift = self.s.qmul(self.scale(x) * 2 ** 27)
        radius = math.floor(15 * 2 ** 27 / 2.0 ** shift)
        number = self.difference(x)
        inside = (number > -radius) & (number < radius)
        result = middle(self.s.mbqm(numpy.where(inside, number, 0), whole, shift))
        return numpy.where(inside, numpy.clip(result, -128, 127), numpy.where(number <= -radius, -128, 127))

    def logistic(self, op, ins, out):
        def middle(x):
            upper = self.s.sat(self.half_sum_inverse(self.exponential(-numpy.abs(x), 4)) << 1)
            result = numpy.where(x > 0, upper, 2 ** 31 - 1 - upper)
            return self.s.rdpot(numpy.where(x == 0, 1 << 30, result), 23) - 128
        return self.squashed(ins[0], middle)

    def tanh(self, op, ins, out):
        def middle(x):
            size = self.s.sat((self.half_sum_inverse(self.exponential(-numpy.abs(x), 5)) - (1 << 29)) << 2)
            return self.s.rdpot(numpy.where(x == 0, 0, numpy.where(x > 0, size, -size)), 24)
        return self.squashed(ins[0], middle)

    # -- of two

    def sub(self, op, ins, out):
        """The scales in floats of 32 bits, other than those of a sum."""
        scales = [one["scale"][0] for one in ins]
        both = numpy.float32(2) * max(scales)
        a, b = (self.s.mbqm(self.difference(one) << 20, *self.s.qmul(float(scale / both)))
                for one, scale in zip(ins, scales))
        factor = self.s.qmul(float(both / (numpy.float32(1 << 20) * out["scale"][0])))
        return numpy.clip(self.s.mbqm(a - b, *factor) + out["zp"], *self.limits(op, out))

    def mul(self, op, ins, out):
        factor = self.s.qmul(self.scale(ins[0]) * self.scale(ins[1]) / self.scale(out))
        product = self.difference(ins[0]) * self.difference(ins[1])
        return numpy.clip(self.s.mbqm(product, *factor) + out["zp"], *self.limits(op, out))

    # -- over axes

    def mean(self, op, ins, out):
        whole, shift = self.s.qmul(self.scale(ins[0]) / self.scale(out))
        height, width = ins[0]["shape"][1:3]
        places = min((height * width).bit_length() - 1, 32, 31 + shift)
        total = self.difference(ins[0]).sum(axis=(1, 2))
        return numpy.clip(self.s.mbqm(total, (whole << places) // (height * width), shift - places) + out["zp"],
                          -128, 127)

    def concatenation(self, op, ins, out):
        return numpy.concatenate([one["x"] for one in ins], self.file.scal(op["opt"], 0, "i"))

    def pad(self, op, ins, out):
        value = int(ins[2]["data"].flatten()[0]) if len(ins) > 2 else out["zp"]
        return numpy.pad(ins[0]["x"], ins[1]["data"], constant_values=value)

    def transpose(self, op, ins, out):
        return numpy.transpose(ins[0]["x"], ins[1]["data"])
