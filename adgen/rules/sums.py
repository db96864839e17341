"""Sums over axes: of all elements, of some, of those that are numbers, in segments."""

import numpy as np

from adgen.rules.reducing import of_all, only, summed, wide
from adgen.rules.registry import const, free, linear
from adgen.rules.settle.axes import own_shape, unreduce
from adgen.rules.settle.broadcasting import fitted
from adgen.rules.shapes import as_num
from adgen.runtime import back_to_segments
from adgen.types import Num


@linear(np.sum, shape=summed, when=of_all)
def sum_of_all(y, x, axis: const = None, *, dtype: const = None, keepdims: const = False):
    dx = unreduce(dy, x, axis, keepdims)


@linear(np.sum)
def sum(
    y,
    x,
    axis: const = None,
    *,
    dtype: const = None,
    keepdims: const = False,
    initial=None,
    where: free = None,
):
    dx = only(unreduce(dy, x, axis, keepdims), where)
    dinitial = fitted(dy, initial, y)


@linear(np.add.reduce, shape=summed, when=of_all)
def add_reduce(y, x, axis: const = 0, *, dtype: const = None, keepdims: const = False):
    dx = unreduce(dy, x, axis, keepdims)


@linear(np.add.reduce)
def add_reduce_of_some(
    y,
    x,
    axis: const = 0,
    *,
    dtype: const = None,
    keepdims: const = False,
    initial=None,
    where: free = None,
):
    dx = only(unreduce(dy, x, axis, keepdims), where)
    dinitial = fitted(dy, initial, y)


@linear(np.nansum, shape=summed)
def nansum(
    y,
    x,
    axis: const = None,
    *,
    dtype: const = None,
    keepdims: const = False,
    initial=None,
    where: free = None,
):
    """What is not a number gets 0."""
    dx = np.where(np.isnan(x), 0.0, only(unreduce(dy, x, axis, keepdims), where))
    dinitial = fitted(dy, initial, y)


def in_segments(op, facts, /, x, indices, axis=0, dtype=None):
    """`np.add.reduceat`: a sum from each index to the next."""
    x, indices = as_num(x), as_num(indices)
    if x.dims is None or indices.dims is None:
        return Num(wide(x.dtype), None, "any")
    at = axis % len(x.dims)
    return Num(wide(x.dtype), (*x.dims[:at], *indices.dims, *x.dims[at + 1 :]))


@linear(np.add.reduceat, shape=in_segments)
def add_reduceat(y, x, indices: free, axis: const = 0, *, dtype: const = None):
    dx = back_to_segments(dy, own_shape(x), indices, axis)
