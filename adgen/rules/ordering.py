"""Operations that put elements in order: sorting, medians and quantiles."""

import numpy as np

from adgen.rules.choices import NO_ORDER
from adgen.rules.reductions import sum_along
from adgen.rules.registry import adjoint, const, free, linear, unsupported
from adgen.rules.settle import unreduce
from adgen.rules.shapes import as_num, averaged, broadcast, reduced
from adgen.rules.shaping import own_shape
from adgen.runtime import quantile_weights, unpicked
from adgen.types import Num


def sorted_shape(op, facts, /, x, axis=-1):
    x = as_num(x)
    if axis is None:
        raise TypeError("of all elements at once it is not supported: ravel them first")
    if x.dims == ():
        raise TypeError("a number has no axis")
    return Num(x.dtype, x.dims, "any" if x.dims is None else "array")


@adjoint(np.sort, shape=sorted_shape, when=lambda x: x.ndim == 1)
def sort_of_vector(y, x, axis: const = -1):
    dx = dy[np.argsort(np.argsort(x))]


@adjoint(np.sort)
def sort(y, x, axis: const = -1):
    """The places of what was sorted, by sorting the order."""
    places = np.argsort(np.argsort(x, axis=axis), axis=axis)
    dx = np.take_along_axis(dy, places, axis=axis)


@adjoint("method sort", shape=sorted_shape, writes="x", when=lambda x: x.ndim == 1)
def sort_vector_in_place(y, x, axis: const = -1):
    dx = dy[np.argsort(np.argsort(x))]


@adjoint("method sort", writes="x")
def sort_in_place(y, x, axis: const = -1):
    places = np.argsort(np.argsort(x, axis=axis), axis=axis)
    dx = np.take_along_axis(dy, places, axis=axis)


def picked(op, facts, /, x, indices, axis=-1):
    """The indices' shape; along the other axes both broadcast."""
    x, indices = as_num(x), as_num(indices)
    if axis is None:
        raise TypeError("of all elements at once it is not supported: ravel them first")
    if x.dims is None or indices.dims is None or len(x.dims) != len(indices.dims):
        return Num(x.dtype, None, "any")
    dims = list(broadcast(facts, x.dims, indices.dims))
    dims[axis] = indices.dims[axis]
    return Num(x.dtype, tuple(dims))


@linear(np.take_along_axis, shape=picked)
def take_along_axis(y, x, indices: free, axis: const = -1):
    dx = unpicked(dy, own_shape(x), indices, axis)


# -- medians and quantiles --------------------------------------------------------------


def one_quantile(op, facts, /, x, q=0.5, axis=None, keepdims=False, method="linear"):
    """As many results as a mean has, for a single `q`."""
    if as_num(q).dims != ():
        raise TypeError("of several quantiles at once it is not supported")
    if method != "linear":
        raise TypeError(f'`method="{method}"` is not supported')
    return averaged(op, facts, x=x, axis=axis, keepdims=keepdims)


@unsupported(np.median, np.ptp, why=NO_ORDER, when=lambda x: x.kind == "c")
def middle_or_range(y, x, axis: const = None, *, keepdims: const = False): ...


@adjoint(np.median, shape=one_quantile)
def median(y, x, axis: const = None, *, keepdims: const = False):
    """Among equals, those get the gradient that `np.argsort` puts in the middle."""
    dx = quantile_weights(x, 0.5, axis) * unreduce(dy, x, axis, keepdims)


@adjoint(np.quantile, shape=one_quantile)
def quantile(
    y, x, q: free, axis: const = None, *, method: const = "linear", keepdims: const = False
):
    """The two elements that lie next to the quantile share the gradient."""
    dx = quantile_weights(x, q, axis) * unreduce(dy, x, axis, keepdims)


@adjoint(np.percentile, shape=one_quantile)
def percentile(
    y, x, q: free, axis: const = None, *, method: const = "linear", keepdims: const = False
):
    """The two elements that lie next to the percentile share the gradient."""
    dx = quantile_weights(x, q / 100, axis) * unreduce(dy, x, axis, keepdims)


@adjoint(np.ptp, shape=reduced)
def ptp(y, x, axis: const = None, *, keepdims: const = False):
    """Elements that tie share the gradient equally."""
    high = x == np.max(x, axis=axis, keepdims=True)
    low = x == np.min(x, axis=axis, keepdims=True)
    slope = high / sum_along(high, axis) - low / sum_along(low, axis)
    dx = slope * unreduce(dy, x, axis, keepdims)
