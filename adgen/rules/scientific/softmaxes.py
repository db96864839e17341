"""logsumexp, softmax and log_softmax of `scipy.special`."""

import numpy as np
from scipy import special

from adgen.rules.reducing import sum_along
from adgen.rules.registry import adjoint, const, free
from adgen.rules.settle.axes import unreduce
from adgen.rules.settle.broadcasting import fitted
from adgen.rules.shapes import as_num, averaged, broadcast, floating, is_absent, promote
from adgen.types import Num


def log_sum(op, facts, /, x, axis=None, b=None, keepdims=False, return_sign=False):
    if keepdims and as_num(x).dims == ():
        raise TypeError("`keepdims=True` of a number is not supported: leave it out")
    if return_sign:
        raise TypeError("`return_sign=True` is not supported")
    if not is_absent(b):
        x, b = as_num(x), as_num(b)
        dims = broadcast(facts, x.dims, b.dims)
        x = Num(floating(promote(x, b)), dims, "any" if dims is None else "array")
    return averaged(op, facts, x=x, axis=axis, keepdims=keepdims)


@adjoint(special.logsumexp, shape=log_sum, when=lambda b: b.absent)
def logsumexp(
    y, x, axis: const = None, b: free = None, keepdims: const = False, return_sign: const = False
):
    dx = np.exp(x - unreduce(y, x, axis, keepdims)) * unreduce(dy, x, axis, keepdims)


@adjoint(special.logsumexp)
def weighted_logsumexp(
    y, x, axis: const = None, b=None, keepdims: const = False, return_sign: const = False
):
    """Elements and weights broadcast against each other, and their adjoints sum up."""
    both = x + b
    s = np.exp(x - unreduce(y, both, axis, keepdims)) * unreduce(dy, both, axis, keepdims)
    t = b * s
    dx = fitted(t, x, both)
    db = fitted(s, b, both)


def array_of_floats(op, facts, /, x, axis=None):
    x = as_num(x)
    form = "any" if x.dims is None else "array" if x.dims else "np"
    return Num(floating(x.dtype), x.dims, form)


@adjoint(special.softmax, shape=array_of_floats)
def softmax(y, x, axis: const = None):
    dx = y * (dy - sum_along(y * dy, axis))


@adjoint(special.log_softmax, shape=array_of_floats)
def log_softmax(y, x, axis: const = None):
    dx = dy - np.exp(y) * sum_along(dy, axis)
