"""Differences of neighbours."""

import ast

import numpy as np

from adgen.rules.reducing import is_there
from adgen.rules.registry import const, free, linear
from adgen.rules.settle import settles
from adgen.rules.settle.axes import in_shape_of, own_shape
from adgen.rules.shapes import as_array, as_num, is_absent, promote, volume
from adgen.runtime import undiff, unediff
from adgen.types import Num


def differences(op, facts, /, x, n=1, axis=-1, prepend=None, append=None):
    """`np.diff`: one element less along an axis, more for what is added at the ends."""
    x = as_num(x)
    if x.dims == ():
        raise TypeError("a number has no axis")
    if n < 1:
        raise TypeError("of order 0 it is the array itself")
    ends = [as_num(end) for end in (prepend, append) if not is_absent(end)]
    dtype = promote(x, *map(as_array, ends))
    if x.dims is None or any(end.dims is None for end in ends):
        return Num(dtype, None, "any")
    dims = list(x.dims)
    for end in ends:
        dims[axis] = dims[axis] + (end.dims[axis] if end.dims else 1)
    dims[axis] = (dims[axis] - n).at_least_zero()
    return Num(dtype, tuple(dims))


def ends(n, prepend, append):
    """Which ends have a number added that is no operand, for neighbours subtracted once."""
    if n != 1 or any(e.active or not (e.absent or e.ndim == 0) for e in (prepend, append)):
        return "any"
    there = [name for name, e in (("before", prepend), ("behind", append)) if not e.absent]
    return " and ".join(there) or "none"


@linear(
    np.diff, shape=differences, when=lambda n, prepend, append: ends(n, prepend, append) == "none"
)
def diff(y, x, n: const = 1, axis: const = -1):
    """d(x[i+1] - x[i]): what comes in from the left less what goes out to the right."""
    dx = -np.diff(dy, axis=axis, prepend=0.0, append=0.0)


@linear(np.diff, when=lambda n, prepend, append: ends(n, prepend, append) == "before")
def diff_after(y, x, n: const = 1, axis: const = -1, prepend: free = None):
    dx = -np.diff(dy, axis=axis, append=0.0)


@linear(np.diff, when=lambda n, prepend, append: ends(n, prepend, append) == "behind")
def diff_before(y, x, n: const = 1, axis: const = -1, append: free = None):
    dx = -np.diff(dy, axis=axis, prepend=0.0)


@linear(np.diff, when=lambda n, prepend, append: ends(n, prepend, append) == "before and behind")
def diff_between(y, x, n: const = 1, axis: const = -1, prepend: free = None, append: free = None):
    dx = -np.diff(dy, axis=axis)


@linear(np.diff)
def diff_of_order(y, x, n: const = 1, axis: const = -1, prepend=None, append=None):
    """Differences of a row of three parts: what stands before, x, and what stands behind."""
    row = shapes_of(prepend, x, append)
    dprepend = undiff(dy, n, axis, row, 0)
    dx = undiff(dy, n, axis, row, 1)
    dappend = undiff(dy, n, axis, row, 2)


@settles
def shapes_of(context, *parts):
    """The shapes of the parts, None for one that is not there."""
    return ast.Tuple(
        [own_shape(context, p) if is_there(p) else ast.Constant(None) for p in parts], ast.Load()
    )


def neighbours(op, facts, /, x, to_end=None, to_begin=None):
    """`np.ediff1d`: differences of all elements in order, with more at the ends."""
    x = as_num(x)
    ends = [as_num(end) for end in (to_begin, to_end) if not is_absent(end)]
    if x.dims is None or any(end.dims is None for end in ends):
        return Num(x.dtype, (facts.fresh(),))
    length = (volume(x.dims) - 1).at_least_zero()
    for end in ends:
        length = length + volume(end.dims)
    return Num(x.dtype, (length,))


def nothing_added(to_end, to_begin):
    return to_end.absent and to_begin.absent


@linear(np.ediff1d, shape=neighbours, when=nothing_added)
def ediff1d_of_elements(y, x):
    """d(x[i+1] - x[i]): what comes in from the left less what goes out to the right."""
    dx = -in_shape_of(np.diff(dy, prepend=0.0, append=0.0), x)


@linear(np.ediff1d)
def ediff1d(y, x, to_end=None, to_begin=None):
    """d(x[i+1] - x[i]): what comes in from the left less what goes out to the right."""
    row = shapes_of(to_begin, x, to_end)
    dx = unediff(dy, row, 1)
    dto_begin = unediff(dy, row, 0)
    dto_end = unediff(dy, row, 2)
