"""Averages over axes, with weights or without."""

import ast
import builtins

import numpy as np

from adgen.rules.reducing import many, mean_shape, number_taken, numbers_in, only, sum_along
from adgen.rules.registry import adjoint, const, free, linear
from adgen.rules.settle import settles
from adgen.rules.settle.axes import count, unreduce
from adgen.rules.settle.spelling import axis_argument, call, constant_expr
from adgen.rules.shapes import as_array, as_num, averaged, floating, is_absent, promote, with_dtype
from adgen.types import Seq


@linear(np.mean, shape=mean_shape, when=lambda where: where.absent)
def mean_of_all(y, x, axis: const = None, *, dtype: const = None, keepdims: const = False):
    dx = unreduce(dy, x, axis, keepdims) / count(x, axis)


@linear(np.mean)
def mean(
    y,
    x,
    axis: const = None,
    *,
    dtype: const = None,
    keepdims: const = False,
    where: free = None,
):
    dx = only(unreduce(dy, x, axis, keepdims) / number_taken(x, axis, where), where)


@linear(np.nanmean, shape=mean_shape)
def nanmean(
    y,
    x,
    axis: const = None,
    *,
    dtype: const = None,
    keepdims: const = False,
    where: free = None,
):
    """What is not a number gets 0."""
    there = numbers_in(x, where)
    dx = np.where(there, unreduce(dy, x, axis, keepdims) / sum_along(there, axis), 0.0)


def weighted(op, facts, /, x, axis=None, weights=None, returned=False, keepdims=False):
    """`np.average`: weights for all elements, or for those along some axes."""
    num = weighted_mean(op, facts, x, axis, weights, keepdims)
    return Seq("tuple", (num, num)) if returned else num


def weighted_mean(op, facts, x, axis, weights, keepdims):
    num = averaged(op, facts, x=x, axis=axis, keepdims=keepdims)
    if is_absent(weights):
        return num
    x, weights = as_num(x), as_num(weights)
    if x.dims is None or weights.dims is None:
        raise TypeError("the operands' ranks have to be known")
    if len(weights.dims) != len(x.dims) and (axis is None or len(weights.dims) != many(axis)):
        raise TypeError("weights are one for each element, or for each along the axes")
    dtype = floating(promote(x, as_array(weights)))
    return with_dtype(num, dtype)


@settles
def lined_up_along(context, weights, x, axis):
    """Weights of some axes, with the axes of x that they do not have."""
    rank = len(context.dims(x))
    axes = [a % rank for a in (axis if isinstance(axis, tuple | list) else (axis,))]
    if axes != sorted(axes):
        order = tuple(axes.index(a) for a in sorted(axes))
        weights = call("transpose", weights, constant_expr(order))
    index = [
        ast.Slice() if a in axes else ast.Constant(None) for a in range(builtins.min(axes), rank)
    ]
    while index and isinstance(index[-1], ast.Slice):
        index.pop()
    if not index:
        return weights
    return ast.Subscript(weights, ast.Tuple(index, ast.Load()), ast.Load())


@settles
def sum_across(context, dx, x, axis):
    """The sum over all axes of x but these."""
    rank = len(context.dims(x))
    axes = [a % rank for a in (axis if isinstance(axis, tuple | list) else (axis,))]
    rest = tuple(a for a in range(rank) if a not in axes)
    total = call("sum", dx, axis=axis_argument(rest)) if rest else dx
    if axes == sorted(axes):
        return total
    order = tuple(sorted(axes).index(a) for a in axes)
    return call("transpose", total, constant_expr(order))


def _returned_alone(weights, returned):
    return weights.absent and not returned


@linear(np.average, shape=weighted, when=_returned_alone)
def average(y, x, axis: const = None, *, keepdims: const = False):
    dx = unreduce(dy, x, axis, keepdims) / count(x, axis)


@linear(np.average, when=lambda weights: weights.absent)
def average_and_count(y, n, /, x, axis: const = None, *, returned: const = False,
                      keepdims: const = False):  # fmt: skip
    """The sum of weights is the number of elements."""
    dx = unreduce(dy, x, axis, keepdims) / count(x, axis)


@adjoint(np.average, when=lambda x, weights, returned: x.ndim == weights.ndim and not returned)
def average_with_weights(y, x, axis: const = None, weights=None, *, keepdims: const = False):
    share = unreduce(dy, x, axis, keepdims) / sum_along(weights, axis)
    dx = weights * share
    dweights = (x - unreduce(y, x, axis, keepdims)) * share


@adjoint(np.average, when=lambda returned: not returned)
def average_along(y, x, axis: const = None, weights=None, *, keepdims: const = False):
    share = unreduce(dy, x, axis, keepdims) / np.sum(weights)
    dx = lined_up_along(weights, x, axis) * share
    dweights = sum_across((x - unreduce(y, x, axis, keepdims)) * share, x, axis)


@adjoint(np.average, when=lambda x, weights: x.ndim == weights.ndim)
def average_and_weights(
    y,
    total,
    /,
    x,
    axis: const = None,
    weights=None,
    *,
    returned: const = False,
    keepdims: const = False,
):
    share = unreduce(dy, x, axis, keepdims) / sum_along(weights, axis)
    dx = weights * share
    dweights = (x - unreduce(y, x, axis, keepdims)) * share + unreduce(dtotal, x, axis, keepdims)


@adjoint(np.average)
def average_and_weights_along(
    y,
    total,
    /,
    x,
    axis: const = None,
    weights=None,
    *,
    returned: const = False,
    keepdims: const = False,
):
    share = unreduce(dy, x, axis, keepdims) / np.sum(weights)
    dx = lined_up_along(weights, x, axis) * share
    dweights = sum_across((x - unreduce(y, x, axis, keepdims)) * share, x, axis) + np.sum(dtotal)
