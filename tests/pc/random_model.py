"""Random int8 models: every operator that is read, with shapes, windows and quantisation that are never only square.

A model is a function of its seed.
"""
import dataclasses
import math
import random

from tflite_file import TfliteFile, as_float

# How far random numbers of int8 are from their zero.
SPREAD = 74
ELEMENTS_MAX = 4000     # of a tensor
PRODUCTS_MAX = 300_000  # of a model
RATIO_MAX = 1 << 20      # of two scales
FUSED = ["NONE", "NONE", "NONE", "RELU", "RELU6", "RELU_N1_TO_1"]


@dataclasses.dataclass
class Value:
    """A tensor of activations."""
    index: int
    shape: list
    scale: float
    zero: int

    @property
    def count(self):
        return math.prod(self.shape)

    @property
    def quantisation(self):
        return {"scales": [self.scale], "zeros": [self.zero]}


def window_places(size, kernel, stride, dilation, same):
    """How many windows there are along an axis."""
    return -(-size // stride) if same else -(-(size - (kernel - 1) * dilation) // stride)


class RandomModel:
    """The model is `file`; `layers` names its operators."""

    def __init__(self, seed):
        self.random = random.Random(seed)
        self.file = TfliteFile()
        self.layers = []
        self.products = 0
        self.values = []
        self.used = set()
        shape = self.first_shape()
        self.values.append(self.value("input", shape, *self.any_quantisation()))
        self.file.inputs = [self.values[0].index]
        makers = self.makers()
        wanted = self.random.choice([1, 1, 2, 3, 4, 6, 9])
        for _ in range(20 * wanted):
            if len(self.layers) >= wanted or self.products > PRODUCTS_MAX:
                break
            # Mostly the last result, so that networks become deep; or any, so that they branch.
            x = self.values[-1] if self.random.random() < 0.75 else self.random.choice(self.values)
            self.random.choice(makers)(x)
        if not self.layers:
            self.make_relu(self.values[0])
        if self.random.random() < 0.6:
            self.join_ends()
        # What lies behind the output is computed, too, and must leave it alone.
        output = self.random.choice(self.values[1:]) if self.chance(0.1) else self.values[-1]
        self.file.outputs = [output.index]

    def makers(self):
        often = [self.make_conv, self.make_depthwise, self.make_fully_connected, self.make_sum, self.make_product]
        return 3 * often + [self.make_average_pool, self.make_max_pool] + 2 * [self.make_concat] + [
            self.make_mean, self.make_softmax, self.make_pad, self.make_padv2, self.make_reshape,
            self.make_computed_reshape, self.make_squeeze, self.make_expand_dims, self.make_transpose, self.make_relu,
            self.make_relu6, self.make_relu_n1_to_1, self.make_relu_0_to_1, self.make_leaky_relu, self.make_hard_swish,
            self.make_logistic, self.make_tanh, self.make_quantize]

    # -- numbers

    def chance(self, share):
        return self.random.random() < share

    def first_shape(self):
        kind = self.random.random()
        if kind < 0.75:
            return [1, self.random.randint(1, 14), self.random.randint(1, 14),
                    self.random.choice([1, 1, 2, 3, 4, 5, 6, 8, 9, 12, 17])]
        if kind < 0.9:
            return [1, self.random.randint(1, 400)]
        return [1, self.random.randint(1, 20), self.random.randint(1, 20)]

    def any_scale(self, low=-7.0, high=2.0):
        return self.maybe_simple(math.exp(self.random.uniform(low, high)))

    def maybe_simple(self, scale):
        """Powers of two and short decimals now and then: there many numbers lie half way between two results."""
        if self.chance(0.2):
            return 2.0 ** round(math.log2(scale))
        return as_float(float(f"{scale:.1g}") if self.chance(0.2) else scale)

    def any_zero(self):
        return self.random.choice([-128, 0, 127]) if self.chance(0.4) else self.random.randint(-128, 127)

    def any_quantisation(self):
        return self.any_scale(), self.any_zero()

    def result_scale(self, real):
        """For results whose spread is about this real number; now and then far from it."""
        factor = math.exp(self.random.uniform(-4, 4) if self.chance(0.1) else self.random.uniform(-1, 0.7))
        return self.maybe_simple(real / SPREAD * factor)

    def held_scale(self, real, x):
        """The same, but not so small that numbers of x overflow 32 bits on its scale."""
        return max(self.result_scale(real), as_float(x.scale / RATIO_MAX))

    def bytes(self, count):
        return [self.random.randint(-128, 127) for _ in range(count)]

    # -- parts of the file

    def value(self, name, shape, scale, zero):
        return Value(self.file.tensor(name, shape, scales=[scale], zeros=[zero]), list(shape), scale, zero)

    def constant(self, shape, scale, zero):
        index = self.file.tensor(f"constant-{len(self.file.tensors)}", shape, scales=[scale], zeros=[zero],
                                 numbers=self.bytes(math.prod(shape)))
        return Value(index, list(shape), scale, zero)

    def add(self, code, inputs, shape, scale, zero, options=None, **fields):
        """An operator on values and indices of tensors, with its result."""
        result = self.value(f"{code.lower()}-{len(self.layers)}", shape, scale, zero)
        indices = [one.index if isinstance(one, Value) else one for one in inputs]
        self.used.update(indices)
        self.file.operator(code, indices, result.index, options, **fields)
        self.layers.append(code)
        self.values.append(result)
        return result

    def keep(self, code, x, shape=None, inputs=(), options=None, **fields):
        """An operator whose result has the quantisation of x."""
        return self.add(code, [x, *inputs], x.shape if shape is None else shape, x.scale, x.zero, options, **fields)

    # -- layers with weights

    def weights(self, shape, channels, axis, x, taps):
        """Weights and their bias; how far results are spread, as real numbers."""
        by_channel = self.chance(0.7)
        count = channels if by_channel else 1
        middle = self.any_scale(-6, 0)
        scales = [as_float(middle * math.exp(self.random.uniform(-1, 1))) for _ in range(count)]
        numbers = [max(number, -128 if count == 1 else -127) for number in self.bytes(math.prod(shape))]
        if count > 1 and self.chance(0.1):  # a channel that is nothing but zeros
            dead = self.random.randrange(channels)
            scales[dead] = 0.0
            inner = math.prod(shape[axis + 1:])
            numbers = [0 if k // inner % channels == dead else number for k, number in enumerate(numbers)]
        filter_index = self.file.tensor(f"filter-{len(self.layers)}", shape, scales=scales, zeros=[0] * count,
                                        axis=axis, numbers=numbers)
        spread = SPREAD * math.sqrt(taps) * x.scale * SPREAD * max(scales)
        if self.chance(0.2):
            return [filter_index] if self.chance(0.5) else [filter_index, -1], spread
        bias_scales = [as_float(x.scale * scale) for scale in scales]
        most = int(2 * SPREAD * SPREAD * math.sqrt(taps))
        biases = [self.random.randint(-most, most) for _ in range(channels)]
        bias_index = self.file.tensor(f"bias-{len(self.layers)}", [channels], "INT32", bias_scales, [0] * count,
                                      numbers=biases)
        return [filter_index, bias_index], spread

    def any_window(self, x, dilates):
        """Sizes, strides, dilations and padding of a window over an image; None: none fits."""
        sizes = x.shape[1:3]
        same = self.chance(0.5)
        dilations = [self.random.choice([1, 1, 1, 2, 3]) if dilates else 1 for _ in sizes]
        kernel = []
        for size, dilation in zip(sizes, dilations):
            most = 5 if same else min(5, (size - 1) // dilation + 1)
            if self.chance(0.1):
                most = size
            kernel.append(self.random.randint(1, max(1, most)))
        strides = [self.random.choice([1, 1, 2, 3]) for _ in sizes]
        places = [window_places(*numbers, same) for numbers in zip(sizes, kernel, strides, dilations)]
        if min(places) < 1:
            return None
        return {"kernel": kernel, "strides": strides, "dilations": dilations, "places": places,
                "padding": "SAME" if same else "VALID"}

    @staticmethod
    def window_fields(window, dilates):
        fields = {"padding": window["padding"], "stride_h": window["strides"][0], "stride_w": window["strides"][1]}
        if dilates:
            fields |= {"dilation_h": window["dilations"][0], "dilation_w": window["dilations"][1]}
        return fields

    def make_conv(self, x):
        if len(x.shape) != 4 or x.shape[0] != 1:
            return
        window = self.any_window(x, True)
        channels, outputs = x.shape[3], self.random.randint(1, 12)
        groups = 1
        if self.chance(0.3):
            groups = self.random.choice([one for one in range(1, channels + 1) if channels % one == 0])
            outputs = groups * self.random.randint(1, 4)
        if window is None:
            return
        shape = [outputs, *window["kernel"], channels // groups]
        taps = math.prod(shape[1:])
        result = [1, *window["places"], outputs]
        if not self.afford(taps, result):
            return
        parameters, spread = self.weights(shape, outputs, 0, x, taps)
        self.add("CONV_2D", [x, *parameters], result, self.result_scale(spread), self.any_zero(), "Conv2DOptions",
                 fused=self.random.choice(FUSED), **self.window_fields(window, True))

    def make_depthwise(self, x):
        if len(x.shape) != 4 or x.shape[0] != 1:
            return
        window = self.any_window(x, True)
        multiplier = self.random.choice([1, 1, 1, 2, 3, 4, 5, 8])
        outputs = x.shape[3] * multiplier
        if window is None:
            return
        shape = [1, *window["kernel"], outputs]
        taps = math.prod(window["kernel"])
        result = [1, *window["places"], outputs]
        if not self.afford(taps, result):
            return
        parameters, spread = self.weights(shape, outputs, 3, x, taps)
        self.add("DEPTHWISE_CONV_2D", [x, *parameters], result, self.result_scale(spread), self.any_zero(),
                 "DepthwiseConv2DOptions", multiplier=multiplier, fused=self.random.choice(FUSED),
                 **self.window_fields(window, True))

    def make_fully_connected(self, x):
        if not x.shape:
            return
        keeps = self.chance(0.3)
        inputs = x.shape[-1] if keeps or self.chance(0.4) else x.count
        outputs = self.random.randint(1, 24)
        result = [*x.shape[:-1], outputs] if keeps else [x.count // inputs, outputs]
        if not self.afford(inputs, result):
            return
        parameters, spread = self.weights([outputs, inputs], outputs, 0, x, inputs)
        self.add("FULLY_CONNECTED", [x, *parameters], result, self.result_scale(spread), self.any_zero(),
                 "FullyConnectedOptions", fused=self.random.choice(FUSED), keep_num_dims=keeps)

    def afford(self, taps, result):
        count = math.prod(result)
        if count > ELEMENTS_MAX or taps * count > PRODUCTS_MAX:
            return False
        self.products += taps * count
        return True

    # -- layers over windows and rows

    def make_pool(self, code, x):
        window = self.any_window(x, False) if len(x.shape) == 4 and x.shape[0] == 1 else None
        if window is None:
            return
        self.keep(code, x, [1, *window["places"], x.shape[3]], options="Pool2DOptions",
                  filter_h=window["kernel"][0], filter_w=window["kernel"][1], fused=self.random.choice(FUSED),
                  **self.window_fields(window, False))

    def make_average_pool(self, x):
        self.make_pool("AVERAGE_POOL_2D", x)

    def make_max_pool(self, x):
        self.make_pool("MAX_POOL_2D", x)

    def make_mean(self, x):
        if len(x.shape) != 4 or x.shape[0] != 1:
            return
        keeps = self.chance(0.5)
        axes = self.random.choice([[1, 2], [2, 1], [-3, -2], [1, -2]])
        spread = SPREAD * x.scale / math.sqrt(x.shape[1] * x.shape[2])
        self.add("MEAN", [x, self.file.integers(axes)], [1, 1, 1, x.shape[3]] if keeps else [1, x.shape[3]],
                 self.result_scale(spread), self.any_zero(), "ReducerOptions", keep_dims=keeps)

    def make_softmax(self, x):
        if x.shape and x.shape[-1] > 1 and x.scale > 1e-5:
            beta = as_float(self.random.choice([1, 1, 1, 0.5, 1 / (SPREAD * x.scale), 3 / (SPREAD * x.scale)]))
            self.add("SOFTMAX", [x], x.shape, 1 / 256, -128, "SoftmaxOptions", beta=beta)

    # -- layers that move numbers

    def any_pads(self, x):
        pads = [[self.random.choice([0, 1, 2]), self.random.choice([0, 0, 1, 3])] if self.chance(0.5) else [0, 0]
                for _ in x.shape]
        if x.shape and x.shape[0] == 1 and len(x.shape) > 1:
            pads[0] = [0, 0]  # a batch
        shape = [size + sum(pad) for size, pad in zip(x.shape, pads)]
        flat = [number for pad in pads for number in pad]
        return self.file.integers(flat, [len(pads), 2], self.random.choice(["INT32", "INT64"])), shape

    def make_pad(self, x):
        if x.shape and x.count < ELEMENTS_MAX // 8:
            pads, shape = self.any_pads(x)
            self.keep("PAD", x, shape, [pads])

    def make_padv2(self, x):
        if x.shape and x.count < ELEMENTS_MAX // 8:
            pads, shape = self.any_pads(x)
            self.keep("PADV2", x, shape, [pads, self.constant([1] if self.chance(0.5) else [], x.scale, x.zero)])

    def any_shape(self, count):
        """A shape of so many numbers."""
        if self.chance(0.1):
            return [count]
        shape = [] if self.chance(0.1) else [1]
        for _ in range(self.random.randint(0, 2)):
            divisor = self.random.choice([one for one in range(1, count + 1) if count % one == 0])
            shape.append(divisor)
            count //= divisor
        return [*shape, count]

    def make_reshape(self, x):
        shape = self.any_shape(x.count)
        given = list(shape)
        if self.chance(0.4):
            given[self.random.randrange(len(given))] = -1
        way = self.random.randrange(3)
        if way == 0:
            self.keep("RESHAPE", x, shape, [self.file.integers(given)])
        elif way == 1:
            self.keep("RESHAPE", x, shape, options="ReshapeOptions", new_shape=given)
        else:
            self.keep("RESHAPE", x, shape)

    def make_computed_reshape(self, x):
        """As files with an open batch have it: the batch comes from the shape of x."""
        if len(x.shape) < 2 or x.shape[0] != 1:
            return
        shape, one = self.file.tensor("shape", [len(x.shape)], "INT32"), self.file.tensor("batch", [], "INT32")
        packed = self.file.tensor("packed", [2], "INT32")
        self.file.operator("SHAPE", [x.index], shape)
        begin, end, step = (self.file.integers([number]) for number in (0, 1, 1))
        self.file.operator("STRIDED_SLICE", [shape, begin, end, step], one, "StridedSliceOptions", shrink_axis_mask=1)
        rest = self.file.integers([x.count], [])
        self.file.operator("PACK", [one, rest], packed, "PackOptions", values_count=2, axis=0)
        self.keep("RESHAPE", x, [1, x.count], [packed])

    def make_squeeze(self, x):
        ones = [k for k, size in enumerate(x.shape) if size == 1 and k > 0]
        if not ones:
            return
        axes = self.random.sample(ones, self.random.randint(1, len(ones)))
        axes = [axis - len(x.shape) if self.chance(0.3) else axis for axis in axes]
        dropped = {axis % len(x.shape) for axis in axes}
        self.keep("SQUEEZE", x, [size for k, size in enumerate(x.shape) if k not in dropped],
                  options="SqueezeOptions", axes=axes)

    def make_expand_dims(self, x):
        if 0 < len(x.shape) < 4:
            axis = self.random.randint(0, len(x.shape))
            given = axis - len(x.shape) - 1 if self.chance(0.3) else axis
            self.keep("EXPAND_DIMS", x, [*x.shape[:axis], 1, *x.shape[axis:]],
                      [self.file.integers([given], [] if self.chance(0.5) else [1])])

    def make_transpose(self, x):
        """Only such as leave the numbers where they are: axes of size 1 move."""
        order = [k for k, size in enumerate(x.shape) if size != 1]
        for axis in (k for k, size in enumerate(x.shape) if size == 1):
            order.insert(self.random.randint(0, len(order)), axis)
        if len(order) > 1:
            self.keep("TRANSPOSE", x, [x.shape[axis] for axis in order], [self.file.integers(order)])

    def make_concat(self, x):
        """Of x and others that fit it along an axis, among them constants; all of one quantisation."""
        if not x.shape or x.count >= ELEMENTS_MAX // 4:
            return
        axis = self.random.randrange(1 if x.shape[0] == 1 and len(x.shape) > 1 else 0, len(x.shape))
        parts = [x]
        for _ in range(self.random.randint(0, 3)):
            fitting = [one for one in self.values if one.count < ELEMENTS_MAX // 4 and
                       len(one.shape) == len(x.shape) and
                       all(a == b for k, (a, b) in enumerate(zip(one.shape, x.shape)) if k != axis)]
            if self.chance(0.25):
                shape = list(x.shape)
                shape[axis] = self.random.randint(1, 4)
                parts.append(self.constant(shape, x.scale, x.zero))
            else:
                other = self.random.choice(fitting)
                same = (other.scale, other.zero) == (x.scale, x.zero)
                if other.scale < x.scale * RATIO_MAX:
                    parts.append(other if same else self.add("QUANTIZE", [other], other.shape, x.scale, x.zero))
        self.random.shuffle(parts)
        self.concatenate(parts, axis)

    def concatenate(self, parts, axis):
        shape = list(parts[0].shape)
        shape[axis] = sum(part.shape[axis] for part in parts)
        given = axis - len(shape) if self.chance(0.3) else axis
        self.add("CONCATENATION", parts, shape, parts[0].scale, parts[0].zero, "ConcatenationOptions", axis=given)

    def join_ends(self):
        """All results that nothing takes become one, so that each byte of theirs is seen."""
        ends = [one for one in self.values if one.index not in self.used]
        first, parts = ends[-1], []
        if len(ends) < 2 or sum(one.count for one in ends) > 2 * ELEMENTS_MAX or any(
                one.scale >= first.scale * RATIO_MAX for one in ends):
            return
        for one in ends:
            flat = self.keep("RESHAPE", one, [1, one.count])
            same = (one.scale, one.zero) == (first.scale, first.zero)
            parts.append(flat if same else self.add("QUANTIZE", [flat], flat.shape, first.scale, first.zero))
        self.concatenate(parts, 1)

    # -- layers of two

    def second(self, x, likely_scale):
        """What x can be combined with, element by element: a result, or a constant."""
        fitting = [one for one in self.values if one.shape == x.shape or
                   (len(one.shape) == len(x.shape) and one.shape[-1:] == x.shape[-1:] and one.count == one.shape[-1])]
        if fitting and self.chance(0.7):
            return self.random.choice(fitting)
        tail = x.shape[self.random.randint(0, len(x.shape)):]
        return self.constant(self.random.choice([[], [1], tail, x.shape[-1:]]), as_float(likely_scale), self.any_zero())

    def make_sum(self, x):
        if not x.shape:
            return
        y = self.second(x, x.scale * math.exp(self.random.uniform(-2, 2)))
        pair = [x, y] if self.chance(0.5) else [y, x]
        code, options = self.random.choice([("ADD", "AddOptions"), ("SUB", "SubOptions")])
        self.add(code, pair, x.shape, self.result_scale(SPREAD * max(x.scale, y.scale)), self.any_zero(), options,
                 fused=self.random.choice(FUSED))

    def make_product(self, x):
        if not x.shape:
            return
        y = self.second(x, self.any_scale(-4, 0))
        if not 1e-8 < x.scale * y.scale < 1e4:
            return
        pair = [x, y] if self.chance(0.5) else [y, x]
        self.add("MUL", pair, x.shape, self.result_scale(SPREAD * x.scale * SPREAD * y.scale), self.any_zero(),
                 "MulOptions", fused=self.random.choice(FUSED))

    # -- layers of one

    def make_relu(self, x):
        self.add("RELU", [x], x.shape, self.result_scale(SPREAD * x.scale), self.any_zero())

    def make_relu6(self, x):
        self.keep("RELU6", x)

    def make_relu_n1_to_1(self, x):
        self.add("RELU_N1_TO_1", [x], x.shape, self.held_scale(min(SPREAD * x.scale, 1), x), self.any_zero())

    def make_relu_0_to_1(self, x):
        self.add("RELU_0_TO_1", [x], x.shape, self.held_scale(min(SPREAD * x.scale, 1), x), self.any_zero())

    def make_leaky_relu(self, x):
        alpha = self.random.choice([0.1, 0.2, 0.3, 0.5, 0.25, 1.5, 0.0, -0.5, self.random.uniform(-1, 1)])
        self.add("LEAKY_RELU", [x], x.shape, self.result_scale(SPREAD * x.scale), self.any_zero(), "LeakyReluOptions",
                 alpha=as_float(alpha))

    def make_hard_swish(self, x):
        self.add("HARD_SWISH", [x], x.shape, max(self.result_scale(SPREAD * x.scale), as_float(x.scale / 100)),
                 self.any_zero())

    # With larger scales the results of TensorFlow Lite Micro are far from what the model means.
    def make_logistic(self, x):
        if 1e-6 < x.scale < 4:
            self.add("LOGISTIC", [x], x.shape, 1 / 256, -128)

    def make_tanh(self, x):
        if 1e-6 < x.scale < 8:
            self.add("TANH", [x], x.shape, 1 / 128, 0)

    def make_quantize(self, x):
        self.add("QUANTIZE", [x], x.shape, self.result_scale(SPREAD * x.scale), self.any_zero())

    # -- inputs

    def samples(self):
        """Numbers for the input, some of them extreme."""
        count = self.values[0].count
        zero = self.values[0].zero
        near = [min(max(zero + self.random.randint(-9, 9), -128), 127) for _ in range(count)]
        ends = [self.random.choice([-128, 127]) for _ in range(count)]
        return [self.bytes(count), near, ends, self.bytes(count)]
