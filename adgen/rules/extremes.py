"""The largest and smallest elements, and the smooth functions of all elements near them."""

import ast

import numpy as np

from adgen.rules.reducing import is_left_out, of_all, sum_along
from adgen.rules.registry import adjoint, const, free
from adgen.rules.scans import running_along
from adgen.rules.settle import settles
from adgen.rules.settle.axes import or_one, unreduce
from adgen.rules.settle.broadcasting import fitted
from adgen.rules.shapes import averaged, reduced
from adgen.rules.sums import in_segments
from adgen.runtime import back_to_extreme, extremes_in_segments, softmaxes_back


@settles
def taken(context, hit, where):
    """Those of the elements that were not left out."""
    return hit if is_left_out(where) else ast.BinOp(hit, ast.BitAnd(), where)


EXTREMES = (np.max, np.amax, np.nanmax, np.min, np.amin, np.nanmin)


@adjoint(*EXTREMES, shape=reduced, when=of_all)
def extreme_of_all(y, x, axis: const = None, *, keepdims: const = False):
    """Elements that tie share the gradient equally."""
    hit = x == unreduce(y, x, axis, keepdims)
    dx = hit * (unreduce(dy, x, axis, keepdims) / sum_along(hit, axis))


@adjoint(*EXTREMES)
def extreme(y, x, axis: const = None, *, keepdims: const = False, initial=None, where: free = None):
    """Elements that tie share the gradient equally; `initial` gets it where none reaches it."""
    hit = taken(x == unreduce(y, x, axis, keepdims), where)
    dx = hit * (unreduce(dy, x, axis, keepdims) / np.maximum(sum_along(hit, axis), 1))
    dinitial = fitted(dy * ~np.any(hit, axis=axis, keepdims=keepdims), initial, y)


ALONG = (np.maximum.reduce, np.minimum.reduce, np.fmax.reduce, np.fmin.reduce)


@adjoint(*ALONG, shape=reduced, when=of_all)
def extreme_along(y, x, axis: const = 0, *, keepdims: const = False):
    """Elements that tie share the gradient equally."""
    hit = x == unreduce(y, x, axis, keepdims)
    dx = hit * (unreduce(dy, x, axis, keepdims) / sum_along(hit, axis))


@adjoint(*ALONG)
def extreme_of_some(
    y, x, axis: const = 0, *, keepdims: const = False, initial=None, where: free = None
):
    """Elements that tie share the gradient equally; `initial` gets it where none reaches it."""
    hit = taken(x == unreduce(y, x, axis, keepdims), where)
    dx = hit * (unreduce(dy, x, axis, keepdims) / np.maximum(sum_along(hit, axis), 1))
    dinitial = fitted(dy * ~np.any(hit, axis=axis, keepdims=keepdims), initial, y)


@adjoint(np.maximum.reduceat, np.minimum.reduceat, shape=in_segments)
def extreme_in_segments(y, x, indices: free, axis: const = 0):
    """Elements that tie share the gradient equally."""
    dx = extremes_in_segments(dy, x, y, indices, axis)


@adjoint(np.maximum.accumulate, np.minimum.accumulate, shape=running_along)
def extreme_so_far(y, x, axis: const = 0):
    """Among equals the gradient goes to the first."""
    dx = back_to_extreme(dy, x, y, axis)


@adjoint(np.logaddexp.reduce, shape=averaged)
def logaddexp_reduce(y, x, axis: const = 0, *, keepdims: const = False):
    dx = np.exp(x - unreduce(y, x, axis, keepdims)) * unreduce(dy, x, axis, keepdims)


@adjoint(np.logaddexp.accumulate, shape=running_along)
def logaddexp_accumulate(y, x, axis: const = 0):
    dx = softmaxes_back(dy, x, y, axis)


@adjoint(np.logaddexp2.reduce, shape=averaged)
def logaddexp2_reduce(y, x, axis: const = 0, *, keepdims: const = False):
    dx = np.exp2(x - unreduce(y, x, axis, keepdims)) * unreduce(dy, x, axis, keepdims)


@adjoint(np.hypot.reduce, shape=averaged)
def hypot_reduce(y, x, axis: const = 0, *, keepdims: const = False):
    """At x = 0 the gradient is 0."""
    dx = x * (unreduce(dy, x, axis, keepdims) / unreduce(or_one(y), x, axis, keepdims))
