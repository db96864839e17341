"""Running sums and products along an axis."""

import ast

import numpy as np

from adgen.rules.reducing import wide
from adgen.rules.registry import adjoint, const, in_numpy, linear, unsupported
from adgen.rules.settle import settles
from adgen.rules.settle.axes import in_shape_of
from adgen.rules.settle.spelling import indexed
from adgen.rules.shapes import as_num, dtype_of, volume
from adgen.runtime import cumprod_back
from adgen.types import Num


def running(op, facts, /, x, axis=None, dtype=None, include_initial=False):
    """`np.cumsum`: along an axis, or over all elements in order."""
    x = as_num(x)
    if isinstance(axis, tuple | list):
        raise TypeError("`axis` is one axis")
    code = dtype_of(dtype, wide(x.dtype))
    if axis is not None and x.dims == ():
        raise TypeError("a number has no axis")
    if axis is None and x.dims is not None and len(x.dims) != 1:
        return Num(code, (volume(x.dims),))
    if not include_initial or x.dims is None:
        return Num(code, x.dims, "any" if x.dims is None else "array")
    at = (axis or 0) % len(x.dims)
    return Num(code, (*x.dims[:at], x.dims[at] + 1, *x.dims[at + 1 :]))


@linear(np.cumsum, shape=running, when=lambda x, axis: x.ndim == 1)
def cumsum_of_vector(y, x, axis: const = None, *, dtype: const = None):
    dx = np.cumsum(dy[::-1])[::-1]


@linear(np.cumsum, when=lambda axis: axis is None)
def cumsum_of_all(y, x, axis: const = None, *, dtype: const = None):
    dx = in_shape_of(np.cumsum(dy[::-1])[::-1], x)


@linear(np.cumsum)
def cumsum(y, x, axis: const = None, *, dtype: const = None):
    dx = np.flip(np.cumsum(np.flip(dy, axis), axis), axis)


def running_along(op, facts, /, x, axis=0, dtype=None):
    if as_num(x).dims == ():
        raise TypeError("a number has no axis")
    if axis is None:
        raise TypeError("`axis` is one axis")
    return running(op, facts, x=x, axis=axis, dtype=dtype)


@linear(np.add.accumulate, shape=running_along, when=lambda x: x.ndim == 1)
def add_accumulate_of_vector(y, x, axis: const = 0, *, dtype: const = None):
    dx = np.cumsum(dy[::-1])[::-1]


@linear(np.add.accumulate)
def add_accumulate(y, x, axis: const = 0, *, dtype: const = None):
    dx = np.flip(np.cumsum(np.flip(dy, axis), axis), axis)


@linear(np.nancumsum, shape=running, when=lambda axis: axis is None)
def nancumsum_of_all(y, x, axis: const = None, *, dtype: const = None):
    """What is not a number gets 0."""
    dx = np.where(np.isnan(x), 0.0, in_shape_of(np.cumsum(dy[::-1])[::-1], x))


@linear(np.nancumsum)
def nancumsum(y, x, axis: const = None, *, dtype: const = None):
    """What is not a number gets 0."""
    dx = np.where(np.isnan(x), 0.0, np.flip(np.cumsum(np.flip(dy, axis), axis), axis))


@adjoint(np.cumprod, shape=running)
def cumprod(y, x, axis: const = None, *, dtype: const = None):
    """Right where elements are 0, too."""
    dx = cumprod_back(dy, x, axis)


@adjoint(np.multiply.accumulate, shape=running_along)
def multiply_accumulate(y, x, axis: const = 0, *, dtype: const = None):
    """Right where elements are 0, too."""
    dx = cumprod_back(dy, x, axis)


@adjoint(np.nancumprod, shape=running)
def nancumprod(y, x, axis: const = None, *, dtype: const = None):
    """What is not a number counts as 1, and gets 0."""
    dx = np.where(np.isnan(x), 0.0, cumprod_back(dy, np.where(np.isnan(x), 1, x), axis))


@settles
def from_the_second(context, dy, axis, include_initial):
    """What belongs to elements: all but the 0 or 1 that the result may start with."""
    if not include_initial:
        return dy
    at = (axis or 0) % len(context.dims(dy))
    index = [ast.Slice()] * at + [ast.Slice(ast.Constant(1))]
    return indexed(dy, index[0] if at == 0 else ast.Tuple(index, ast.Load()))


@linear(*in_numpy("cumulative_sum"), shape=running, when=lambda x: x.ndim == 1)
def cumulative_sum_of_vector(
    y, x, *, axis: const = 0, dtype: const = None, include_initial: const = False
):
    dx = np.cumsum(from_the_second(dy, axis, include_initial)[::-1])[::-1]


@linear(*in_numpy("cumulative_sum"))
def cumulative_sum(y, x, *, axis: const = 0, dtype: const = None, include_initial: const = False):
    later = from_the_second(dy, axis, include_initial)
    dx = np.flip(np.cumsum(np.flip(later, axis), axis), axis)


@adjoint(*in_numpy("cumulative_prod"), shape=running)
def cumulative_prod(y, x, *, axis: const = 0, dtype: const = None, include_initial: const = False):
    """Right where elements are 0, too."""
    dx = cumprod_back(from_the_second(dy, axis, include_initial), x, axis)


@unsupported(
    np.logaddexp2.accumulate,
    np.subtract.reduce,
    np.subtract.accumulate,
    np.true_divide.reduce,
    np.true_divide.accumulate,
    np.power.reduce,
    why="write the loop out",
)
def other_scans(y, x, axis=0): ...
