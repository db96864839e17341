"""Operations that take axes away."""

import numpy as np

from adgen.rules.registry import const, linear
from adgen.rules.settle import count, unreduce
from adgen.rules.shapes import averaged, reduced


@linear(np.sum, shape=reduced)
def sum(y, x, axis: const = None, keepdims: const = False):
    dx = unreduce(dy, x, axis, keepdims)


@linear(np.mean, shape=averaged)
def mean(y, x, axis: const = None, keepdims: const = False):
    dx = unreduce(dy, x, axis, keepdims) / count(x, axis)
