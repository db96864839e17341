"""Products of an array's elements, with derivatives where elements are 0, too."""

import ast

import numpy as np

from adgen.rules.reducing import is_left_out, is_there, of_all, only, sum_along, summed
from adgen.rules.registry import adjoint, const, free
from adgen.rules.settle import settles
from adgen.rules.settle.axes import unreduce
from adgen.rules.settle.broadcasting import fitted
from adgen.rules.settle.spelling import call
from adgen.rules.shapes import as_num, floating, with_dtype
from adgen.rules.sums import in_segments
from adgen.runtime import factors_in_segments, product_of_others


@adjoint(np.prod, shape=summed, when=of_all)
def prod_of_all(y, x, axis: const = None, *, dtype: const = None, keepdims: const = False):
    """Right where elements are 0, too."""
    dx = product_of_others(x, axis) * unreduce(dy, x, axis, keepdims)


@adjoint(np.prod)
def prod(
    y,
    x,
    axis: const = None,
    *,
    dtype: const = None,
    keepdims: const = False,
    initial=None,
    where: free = None,
):
    """Right where elements are 0, too."""
    factors = with_ones(x, where)
    others = product_of_others(factors, axis) * unreduce(dy, x, axis, keepdims)
    dx = only(starting_from(initial, others), where)
    dinitial = fitted(np.prod(factors, axis=axis, keepdims=keepdims) * dy, initial, y)


@settles
def with_ones(context, x, where):
    """`x`, with ones for what was left out."""
    return x if is_left_out(where) else call("where", where, x, ast.Constant(1))


@settles
def starting_from(context, initial, product):
    """A product with the factor that it started from."""
    return ast.BinOp(initial, ast.Mult(), product) if is_there(initial) else product


@adjoint(np.multiply.reduce, shape=summed, when=of_all)
def multiply_reduce(y, x, axis: const = 0, *, dtype: const = None, keepdims: const = False):
    """Right where elements are 0, too."""
    dx = product_of_others(x, axis) * unreduce(dy, x, axis, keepdims)


@adjoint(np.multiply.reduce)
def multiply_reduce_of_some(
    y,
    x,
    axis: const = 0,
    *,
    dtype: const = None,
    keepdims: const = False,
    initial=None,
    where: free = None,
):
    """Right where elements are 0, too."""
    factors = with_ones(x, where)
    others = product_of_others(factors, axis) * unreduce(dy, x, axis, keepdims)
    dx = only(starting_from(initial, others), where)
    dinitial = fitted(np.prod(factors, axis=axis, keepdims=keepdims) * dy, initial, y)


@adjoint(np.multiply.reduceat, shape=in_segments)
def multiply_reduceat(y, x, indices: free, axis: const = 0, *, dtype: const = None):
    """Right where elements are 0, too."""
    dx = factors_in_segments(dy, x, indices, axis)


@adjoint(np.nanprod, shape=summed)
def nanprod(y, x, axis: const = None, *, dtype: const = None, keepdims: const = False):
    """What is not a number counts as 1, and gets 0."""
    others = product_of_others(np.where(np.isnan(x), 1, x), axis)
    dx = np.where(np.isnan(x), 0.0, others * unreduce(dy, x, axis, keepdims))


def unchanged_floats(op, facts, /, x, axis=None):
    return with_dtype(as_num(x), floating(as_num(x).dtype))


@adjoint(product_of_others, shape=unchanged_floats)
def others(y, x, axis: const = None):
    """The second derivative of a product: by the quotient, so not where an element is 0."""
    dx = (sum_along(y * dy, axis) - y * dy) / x
