"""Arrays made from nothing: of a shape, of a range."""

import numpy as np

from adgen.rules.registry import constant, free, linear
from adgen.rules.settle import fitted
from adgen.rules.shapes import as_num, broadcast, dims_of, dtype_of, is_absent
from adgen.types import Dim, Num


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
    columns = rows if is_absent(M) else (dims_of(facts, M) or (facts.fresh(),))[0]
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


# -- of a range ---------------------------------------------------------------------


def ranged(op, facts, /, start, stop=None, step=None, dtype=None):
    """`np.arange`: its length where it counts in ones."""
    given = [as_num(v) for v in (start, stop, step) if not is_absent(v)]
    integral = all(n.kind == "i" for n in given)
    code = dtype_of(dtype, "i8" if integral else "f8")
    first, last = (Dim(0), given[0].value)
    if not is_absent(stop):
        first, last = given[0].value, as_num(stop).value
    if not integral or not is_absent(step) or first is None or last is None:
        return Num(code, (facts.fresh(),))
    return Num(code, ((last - first).at_least_zero(),))


def counts_up(start, stop, step):
    """Whether a range has no negative numbers, which as positions count from the end."""
    if stop is None or is_absent(stop):
        return True
    first = as_num(start).value
    return first is not None and first.is_natural and (step is None or is_absent(step))


@constant(np.arange, shape=ranged, distinct=counts_up, cheap=True)
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
