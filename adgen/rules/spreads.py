"""Variances and standard deviations."""

import numpy as np

from adgen.rules.reducing import (
    is_there,
    mean_along,
    mean_of_some,
    mean_shape,
    number_taken,
    numbers_in,
    only,
    sum_along,
)
from adgen.rules.registry import adjoint, const, free
from adgen.rules.settle import settles
from adgen.rules.settle.axes import count, or_one, unreduce
from adgen.rules.settle.broadcasting import fitted
from adgen.rules.settle.complexes import conjugated
from adgen.rules.shapes import real_dtype, with_dtype


def spread_shape(op, facts, /, **operands):
    """Variances are real."""
    num = mean_shape(op, facts, **operands)
    return with_dtype(num, real_dtype(num.dtype))


def _around_its_own_mean(mean, where):
    return mean.absent and where.absent


@adjoint(np.var, shape=spread_shape, real=True, when=_around_its_own_mean)
def var_around_its_mean(
    y, x, axis: const = None, *, dtype: const = None, ddof: const = 0, keepdims: const = False
):
    centered = conjugated(x - mean_along(x, axis))
    dx = (2 / (count(x, axis) - ddof)) * centered * unreduce(dy, x, axis, keepdims)


@adjoint(np.var, real=True, also={"correction": "ddof"})
def var(
    y,
    x,
    axis: const = None,
    *,
    dtype: const = None,
    ddof: const = 0,
    keepdims: const = False,
    mean=None,
    where: free = None,
):
    """Around a mean that is given, that mean is an operand like any other."""
    n = number_taken(x, axis, where) - ddof
    off = only(conjugated(x - center(x, axis, mean, where)), where)
    dx = (2 / n) * off * unreduce(dy, x, axis, keepdims)
    dmean = fitted((-2 / n) * off * unreduce(dy, x, axis, keepdims), mean, x)


@settles
def center(context, x, axis, mean, where):
    """The mean that deviations are taken from."""
    if is_there(mean):
        return mean
    return mean_of_some(context, x, axis, "mean", where)


@adjoint(np.std, shape=spread_shape, real=True, when=_around_its_own_mean)
def std_around_its_mean(
    y, x, axis: const = None, *, dtype: const = None, ddof: const = 0, keepdims: const = False
):
    """Where all elements are equal the gradient is 0."""
    n = count(x, axis) - ddof
    dx = conjugated(x - mean_along(x, axis)) * (
        unreduce(dy, x, axis, keepdims) / (n * unreduce(or_one(y), x, axis, keepdims))
    )


@adjoint(np.std, real=True, also={"correction": "ddof"})
def std(
    y,
    x,
    axis: const = None,
    *,
    dtype: const = None,
    ddof: const = 0,
    keepdims: const = False,
    mean=None,
    where: free = None,
):
    """Where all elements are equal the gradient is 0."""
    n = number_taken(x, axis, where) - ddof
    share = unreduce(dy, x, axis, keepdims) / (n * unreduce(or_one(y), x, axis, keepdims))
    off = only(conjugated(x - center(x, axis, mean, where)), where)
    dx = off * share
    dmean = fitted(-off * share, mean, x)


@settles
def center_of(context, x, axis, mean, where):
    """The mean of those elements that are numbers."""
    if is_there(mean):
        return mean
    return mean_of_some(context, x, axis, "nanmean", where)


@adjoint(np.nanvar, shape=spread_shape, real=True, also={"correction": "ddof"})
def nanvar(
    y,
    x,
    axis: const = None,
    *,
    dtype: const = None,
    ddof: const = 0,
    keepdims: const = False,
    mean=None,
    where: free = None,
):
    """What is not a number gets 0."""
    there = numbers_in(x, where)
    off = np.where(there, conjugated(x - center_of(x, axis, mean, where)), 0.0)
    share = unreduce(dy, x, axis, keepdims) / (sum_along(there, axis) - ddof)
    dx = 2 * off * share
    dmean = fitted(-2 * off * share, mean, x)


@adjoint(np.nanstd, shape=spread_shape, real=True, also={"correction": "ddof"})
def nanstd(
    y,
    x,
    axis: const = None,
    *,
    dtype: const = None,
    ddof: const = 0,
    keepdims: const = False,
    mean=None,
    where: free = None,
):
    """What is not a number gets 0, and so does all where the elements are equal."""
    there = numbers_in(x, where)
    off = np.where(there, conjugated(x - center_of(x, axis, mean, where)), 0.0)
    spread = unreduce(or_one(y), x, axis, keepdims) * (sum_along(there, axis) - ddof)
    dx = off * (unreduce(dy, x, axis, keepdims) / spread)
    dmean = fitted(-off * (unreduce(dy, x, axis, keepdims) / spread), mean, x)
