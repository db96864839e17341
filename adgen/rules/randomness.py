"""Random numbers and arrays; read once a program has imported `numpy.random`.

With parameters that are differentiated, a number is what it moves with: the same standard one,
scaled and moved.
"""

import numpy as np

from adgen.rules.creation import made
from adgen.rules.registry import adjoint, constant, free
from adgen.rules.settle.broadcasting import fitted
from adgen.rules.shapes import as_num, broadcast, dims_of, is_absent
from adgen.types import Num, Seq


def drawn(op, facts, /, *parameters, size=None, **named):
    """One number, or an array of the size asked for; else as the parameters broadcast."""
    dtype = "i8" if op.name.endswith("randint") else "f8"
    if not is_absent(size):
        return made(dtype, dims_of(facts, size))
    nums = [as_num(v) for v in named.values() if not is_absent(v)]
    dims = broadcast(facts, *(n.dims for n in nums))
    return Num(dtype, dims, "any" if dims is None else "array" if dims else "py")


@adjoint(
    np.random.normal, np.random.laplace, np.random.logistic, np.random.gumbel, shape=drawn
)  # fmt: skip
def located(y, loc=0.0, scale=1.0, size: free = None):
    dloc = fitted(dy, loc, y)
    dscale = fitted((y - loc) / scale * dy, scale, y)


@adjoint(np.random.uniform, shape=drawn)
def uniform(y, low=0.0, high=1.0, size: free = None):
    share = (y - low) / (high - low)
    dlow = fitted((1 - share) * dy, low, y)
    dhigh = fitted(share * dy, high, y)


@adjoint(np.random.exponential, np.random.rayleigh, shape=drawn)
def scaled(y, scale=1.0, size: free = None):
    dscale = fitted(y / scale * dy, scale, y)


@adjoint(np.random.lognormal, shape=drawn)
def lognormal(y, mean=0.0, sigma=1.0, size: free = None):
    s = y * dy
    dmean = fitted(s, mean, y)
    dsigma = fitted((np.log(y) - mean) / sigma * s, sigma, y)


@adjoint(np.random.gamma, shape=drawn)
def gamma(y, shape: free, scale=1.0, size: free = None):
    dscale = fitted(y / scale * dy, scale, y)


@constant(np.random.randint, shape=drawn)
def randint(y, low: free, high: free = None, size: free = None): ...


@constant(np.random.random, np.random.random_sample, np.random.standard_normal, shape=drawn)
def standard(y, size: free = None): ...


def drawn_of_shape(op, facts, /, shape=None):
    """`np.random.rand(2, 3)` takes lengths, not a shape."""
    if shape is None:
        return Num("f8", (), "py")
    parts = shape if isinstance(shape, Seq) else Seq("tuple", (shape,))
    return made("f8", dims_of(facts, parts))


@constant(np.random.rand, np.random.randn, shape=drawn_of_shape, collects="shape")
def rand(y, shape: free = None): ...


@constant(np.random.permutation, shape=lambda op, facts, /, x: _shuffled(facts, as_num(x)))
def permutation(y, x: free): ...


def _shuffled(facts, x):
    """Of a number, that many integers in some order; of an array, its rows."""
    if x.dims != ():
        return x
    return Num("i8", (x.value if x.value is not None else facts.fresh(),))
