"""Arrays made from nothing: of a shape, of a range, at random."""

import numpy as np

from adgen.rules.registry import constant, free, linear
from adgen.rules.settle import fitted
from adgen.rules.shapes import as_num, broadcast, dims_of, dtype_of
from adgen.types import Dim, Known, Num, Seq


def made(dtype, dims):
    return Num(dtype, dims, "any" if dims is None else "array")


# -- of a shape ---------------------------------------------------------------------


def filled(op, facts, /, shape, dtype=None):
    return made(dtype_of(dtype, "f8"), dims_of(facts, shape))


@constant(np.zeros, np.ones, np.empty, shape=filled)
def zeros(y, shape: free, dtype: free = None): ...


def like(op, facts, /, x, dtype=None):
    x = as_num(x)
    return made(dtype_of(dtype, x.dtype), x.dims)


@constant(np.zeros_like, np.ones_like, np.empty_like, shape=like)
def zeros_like(y, x, dtype: free = None): ...


def full_of(op, facts, /, shape, fill_value, dtype=None):
    value = as_num(fill_value)
    dims = dims_of(facts, shape)
    if value.dims and dims is not None:
        broadcast(facts, value.dims, dims)
    return made(dtype_of(dtype, value.dtype), dims)


@linear(np.full, shape=full_of)
def full(y, shape: free, fill_value, dtype: free = None):
    dfill_value = fitted(dy, fill_value, y)


def full_as(op, facts, /, x, fill_value, dtype=None):
    return like(op, facts, x=x, dtype=dtype)


@linear(np.full_like, shape=full_as)
def full_like(y, x, fill_value, dtype: free = None):
    """Of x, only the shape counts."""
    dx = np.zeros_like(x)
    dfill_value = fitted(dy, fill_value, y)


def unit_matrix(op, facts, /, N, M=None, k=0, dtype=None):
    (rows,) = dims_of(facts, N) or (facts.fresh(),)
    columns = rows if _absent(M) else (dims_of(facts, M) or (facts.fresh(),))[0]
    return made(dtype_of(dtype, "f8"), (rows, columns))


@constant(np.eye, shape=unit_matrix)
def eye(y, N: free, M: free = None, k: free = 0, dtype: free = None): ...


def square_unit_matrix(op, facts, /, n, dtype=None):
    return unit_matrix(op, facts, N=n, dtype=dtype)


@constant(np.identity, shape=square_unit_matrix)
def identity(y, n: free, dtype: free = None): ...


def triangle(op, facts, /, N, M=None, k=0, dtype=None):
    return unit_matrix(op, facts, N=N, M=M, dtype=dtype)


@constant(np.tri, shape=triangle)
def tri(y, N: free, M: free = None, k: free = 0, dtype: free = None): ...


def _absent(value):
    return value is None or (isinstance(value, Known) and value.value is None)


# -- of a range ---------------------------------------------------------------------


def ranged(op, facts, /, start, stop=None, step=None, dtype=None):
    """`np.arange`: its length where it counts in ones."""
    given = [as_num(v) for v in (start, stop, step) if not _absent(v)]
    integral = all(n.kind == "i" for n in given)
    code = dtype_of(dtype, "i8" if integral else "f8")
    first, last = (Dim(0), given[0].value)
    if not _absent(stop):
        first, last = given[0].value, as_num(stop).value
    if not integral or not _absent(step) or first is None or last is None:
        return Num(code, (facts.fresh(),))
    return Num(code, ((last - first).at_least_zero(),))


@constant(np.arange, shape=ranged, distinct=True, cheap=True)
def arange(y, start: free, stop: free = None, step: free = None, dtype: free = None): ...


def spaced(op, facts, /, start, stop, num=50, dtype=None, **options):
    ends = broadcast(facts, as_num(start).dims, as_num(stop).dims)
    count = dims_of(facts, num) or (facts.fresh(),)
    return made(dtype_of(dtype, "f8"), None if ends is None else count + ends)


@constant(np.linspace, shape=spaced)
def linspace(
    y, start: free, stop: free, num: free = 50, endpoint: free = True, *, dtype: free = None
): ...


@constant(np.logspace, shape=spaced)
def logspace(
    y,
    start: free,
    stop: free,
    num: free = 50,
    endpoint: free = True,
    base: free = 10.0,
    *,
    dtype: free = None,
): ...


@constant(np.geomspace, shape=spaced)
def geomspace(
    y, start: free, stop: free, num: free = 50, endpoint: free = True, *, dtype: free = None
): ...


# -- at random ------------------------------------------------------------------------


def drawn(op, facts, /, *parameters, size=None, **named):
    """One number, or an array of the size asked for; else as the parameters broadcast."""
    dtype = "i8" if op.name.endswith("randint") else "f8"
    if not _absent(size):
        return made(dtype, dims_of(facts, size))
    nums = [as_num(v) for v in named.values() if not _absent(v)]
    dims = broadcast(facts, *(n.dims for n in nums))
    return Num(dtype, dims, "any" if dims is None else "array" if dims else "py")


@constant(np.random.normal, shape=drawn)
def normal(y, loc: free = 0.0, scale: free = 1.0, size: free = None): ...


@constant(np.random.uniform, shape=drawn)
def uniform(y, low: free = 0.0, high: free = 1.0, size: free = None): ...


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
