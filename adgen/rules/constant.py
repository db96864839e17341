"""Operations whose derivative is zero: run as they are, they contribute nothing."""

import operator

import numpy as np

from adgen.rules.registry import constant, free
from adgen.rules.shapes import as_num, dims_of, dtype_of, elementwise
from adgen.types import Known, Num


def compared(op, facts, /, a, b):
    """A comparison gives truth values, element by element."""
    num = elementwise(op, facts, a=a, b=b)
    return Num("b1", num.dims, num.form)


@constant(operator.lt, np.less, shape=compared)
def less(c, a, b): ...


@constant(operator.le, np.less_equal, shape=compared)
def less_equal(c, a, b): ...


@constant(operator.gt, np.greater, shape=compared)
def greater(c, a, b): ...


@constant(operator.ge, np.greater_equal, shape=compared)
def greater_equal(c, a, b): ...


@constant(operator.eq, np.equal, shape=compared)
def equal(c, a, b): ...


@constant(operator.ne, np.not_equal, shape=compared)
def not_equal(c, a, b): ...


def ranged(op, facts, /, start, stop=None, step=None, dtype=None):
    """`np.arange`: its length where it counts from 0 in ones."""
    start = as_num(start)
    plain = isinstance(stop, Known) or stop is None
    integral = start.kind == "i" and (plain or as_num(stop).kind == "i")
    code = dtype_of(dtype, "i8" if integral and step is None else "f8")
    if plain and step is None and start.kind == "i" and start.value is not None:
        return Num(code, (start.value,))
    return Num(code, (facts.fresh(),))


@constant(np.arange, shape=ranged, distinct=True, cheap=True)
def arange(y, start, stop: free = None, step: free = None, dtype: free = None): ...


def filled(op, facts, /, shape, dtype=None, **rest):
    dims = dims_of(facts, shape)
    return Num(dtype_of(dtype, "f8"), dims, "any" if dims is None else "array")


@constant(np.zeros, np.ones, np.empty, shape=filled)
def zeros(y, shape: free, dtype: free = None): ...


def like(op, facts, /, x, dtype=None):
    x = as_num(x)
    return Num(dtype_of(dtype, x.dtype), x.dims, "any" if x.dims is None else "array")


@constant(np.zeros_like, np.ones_like, np.empty_like, shape=like)
def zeros_like(y, x, dtype: free = None): ...


