"""Operations that put elements in order: sorting, medians and quantiles."""

import builtins
from dataclasses import replace

import numpy as np

from adgen.rules.choices import NO_ORDER
from adgen.rules.reducing import largest_along, smallest_along, sum_along
from adgen.rules.registry import adjoint, const, constant, free, linear, unsupported
from adgen.rules.settle.axes import in_shape_of, own_shape, unreduce
from adgen.rules.shapes import (
    as_num,
    averaged,
    broadcast,
    dims_of,
    reduced,
    volume,
)
from adgen.runtime import (
    quantile_back,
    quantile_moved,
    quantile_rates,
    quantile_weights,
    scattered,
    unpicked,
)
from adgen.types import Num


def sorted_shape(op, facts, /, x, axis=-1):
    x = as_num(x)
    if axis is None:
        return Num(x.dtype, (facts.fresh() if x.dims is None else volume(x.dims),))
    if x.dims == ():
        raise TypeError("a number has no axis")
    return Num(x.dtype, x.dims, "any" if x.dims is None else "array")


@adjoint(np.sort, shape=sorted_shape, when=lambda x: x.ndim == 1)
def sort_of_vector(y, x, axis: const = -1):
    dx = dy[np.argsort(np.argsort(x))]


@adjoint(np.sort, when=lambda axis: axis is None)
def sort_of_all(y, x, axis: const = -1):
    dx = in_shape_of(dy[np.argsort(np.argsort(x, axis=None))], x)


@adjoint(np.sort, ignores=("kind", "stable"))
def sort(y, x, axis: const = -1):
    """The places of what was sorted, by sorting the order."""
    places = np.argsort(np.argsort(x, axis=axis), axis=axis)
    dx = np.take_along_axis(dy, places, axis=axis)


def parted(op, facts, /, x, kth, axis=-1):
    return sorted_shape(op, facts, x=x, axis=axis)


@adjoint(np.partition, shape=parted, when=lambda axis: axis is None)
def partition_of_all(y, x, kth: free, axis: const = -1):
    """Both in order, element by element."""
    in_order = dy[np.argsort(y)]
    dx = in_shape_of(in_order[np.argsort(np.argsort(x, axis=None))], x)


@adjoint(np.partition, ignores=("kind",))
def partition(y, x, kth: free, axis: const = -1):
    """Both in order, element by element."""
    in_order = np.take_along_axis(dy, np.argsort(y, axis=axis), axis=axis)
    places = np.argsort(np.argsort(x, axis=axis), axis=axis)
    dx = np.take_along_axis(in_order, places, axis=axis)


def those_once(op, facts, /, x):
    return Num(as_num(x).dtype, (facts.fresh(),))


@adjoint(np.unique, shape=those_once, instead={"axis": "use an index"})
def unique(y, x):
    """Among equals the first gets the gradient."""
    dx = scattered(dy, np.unique(x, return_index=True)[1], own_shape(x))


@unsupported(builtins.sorted, why="use np.sort of an array")
def python_sorted(y, x, key=None, reverse=False): ...


@adjoint("method sort", shape=sorted_shape, writes="x", when=lambda x: x.ndim == 1)
def sort_vector_in_place(y, x, axis: const = -1):
    dx = dy[np.argsort(np.argsort(x))]


@adjoint("method sort", writes="x")
def sort_in_place(y, x, axis: const = -1):
    places = np.argsort(np.argsort(x, axis=axis), axis=axis)
    dx = np.take_along_axis(dy, places, axis=axis)


@unsupported("method partition", why="it sorts in place: use np.partition")
def partition_in_place(y, x, kth, axis=-1): ...


def picked(op, facts, /, x, indices, axis=-1):
    """The indices' shape; along the other axes both broadcast."""
    x, indices = as_num(x), as_num(indices)
    if axis is None:
        return Num(x.dtype, indices.dims, "any" if indices.dims is None else "array")
    if x.dims is None or indices.dims is None or len(x.dims) != len(indices.dims):
        return Num(x.dtype, None, "any")
    dims = list(broadcast(facts, x.dims, indices.dims))
    dims[axis] = indices.dims[axis]
    return Num(x.dtype, tuple(dims))


@linear(np.take_along_axis, shape=picked, when=lambda axis: axis is None)
def take_along_all(y, x, indices: free, axis: const = -1):
    """Each element goes back to its place."""
    dx = scattered(dy, indices, own_shape(x))


@linear(np.take_along_axis)
def take_along_axis(y, x, indices: free, axis: const = -1):
    dx = unpicked(dy, own_shape(x), indices, axis)


def of_shape(op, facts, /, x, shape, **rest):
    dims = dims_of(facts, shape)
    return Num(as_num(x).dtype, dims, "any" if dims is None else "array")


@linear(unpicked, shape=of_shape)
def put_back_where_taken(y, x, shape: free, indices: free, axis: const):
    dx = np.take_along_axis(dy, indices, axis)


# -- medians and quantiles --------------------------------------------------------------


def quantiles(op, facts, /, x, q=0.5, axis=None, keepdims=False, method="linear"):
    """As many results as a mean has, for each `q`."""
    one = averaged(op, facts, x=x, axis=axis, keepdims=keepdims)
    several = as_num(q).dims
    if several == ():
        return one
    if several is None or one.dims is None:
        return Num(one.dtype, None, "any")
    return Num(one.dtype, several + one.dims)


@unsupported(
    np.median,
    np.nanmedian,
    np.ptp,
    np.quantile,
    np.percentile,
    np.nanquantile,
    np.nanpercentile,
    why=NO_ORDER,
    when=lambda x: x.kind == "c",
)
def middle_or_range(y, x, axis: const = None, *, keepdims: const = False): ...


def like_the_second(op, facts, /, v, x, **rest):
    return replace(as_num(x), dtype=as_num(v).dtype)


def like(op, facts, /, x, **rest):
    return as_num(x)


@constant(quantile_weights, shape=like)
def weights_of_quantile(y, x, q: free, axis: const = None): ...


@linear(quantile_back, shape=like_the_second)
def shares_of_quantile(
    y, v, x, q: free, axis: const = None, keepdims: const = False, method: const = "linear"
):
    """The elements say in what order they are, which a small change leaves as it is."""
    dv = quantile_moved(dy, x, q, axis, keepdims, method)
    dx = 0.0


def quantiles_of(op, facts, /, v, x, q, axis=None, keepdims=False, method="linear"):
    return quantiles(op, facts, x=v, q=q, axis=axis, keepdims=keepdims)


@linear(quantile_moved, shape=quantiles_of)
def change_of_quantile(
    y, v, x, q: free, axis: const = None, keepdims: const = False, method: const = "linear"
):
    """The elements say in what order they are, which a small change leaves as it is."""
    dv = quantile_back(dy, x, q, axis, keepdims, method)
    dx = 0.0


@adjoint(np.median, shape=quantiles)
def median(y, x, axis: const = None, *, keepdims: const = False):
    """Among equals, those get the gradient that `np.argsort` puts in the middle."""
    dx = quantile_weights(x, 0.5, axis) * unreduce(dy, x, axis, keepdims)


def single(q, method):
    """Whether one quantile is wanted, with the usual way between two elements."""
    return q.ndim == 0 and method == "linear"


@adjoint(np.quantile, shape=quantiles, when=single)
def quantile_of_one(
    y, x, q, axis: const = None, *, method: const = "linear", keepdims: const = False
):
    """The two elements that lie next to the quantile share the gradient."""
    dx = quantile_weights(x, q, axis) * unreduce(dy, x, axis, keepdims)
    dq = quantile_rates(dy, x, q, axis, keepdims)


@adjoint(np.quantile)
def quantile(y, x, q, axis: const = None, *, method: const = "linear", keepdims: const = False):
    """The elements that lie next to a quantile share its gradient, as `method` says."""
    dx = quantile_back(dy, x, q, axis, keepdims, method)
    dq = quantile_rates(dy, x, q, axis, keepdims, method)


@adjoint(np.percentile, shape=quantiles, when=single)
def percentile_of_one(
    y, x, q, axis: const = None, *, method: const = "linear", keepdims: const = False
):
    """The two elements that lie next to the percentile share the gradient."""
    dx = quantile_weights(x, q / 100, axis) * unreduce(dy, x, axis, keepdims)
    dq = quantile_rates(dy, x, q / 100, axis, keepdims) / 100


@adjoint(np.percentile)
def percentile(y, x, q, axis: const = None, *, method: const = "linear", keepdims: const = False):
    """The elements that lie next to a percentile share its gradient, as `method` says."""
    dx = quantile_back(dy, x, np.asarray(q) / 100, axis, keepdims, method)
    dq = quantile_rates(dy, x, np.asarray(q) / 100, axis, keepdims, method) / 100


@adjoint(np.nanmedian, shape=quantiles)
def nanmedian(y, x, axis: const = None, *, keepdims: const = False):
    """What is not a number gets 0."""
    dx = quantile_back(dy, x, 0.5, axis, keepdims)


@adjoint(np.nanquantile, shape=quantiles)
def nanquantile(
    y, x, q: free, axis: const = None, *, method: const = "linear", keepdims: const = False
):
    """What is not a number gets 0."""
    dx = quantile_back(dy, x, q, axis, keepdims, method)


@adjoint(np.nanpercentile, shape=quantiles)
def nanpercentile(
    y, x, q: free, axis: const = None, *, method: const = "linear", keepdims: const = False
):
    """What is not a number gets 0."""
    dx = quantile_back(dy, x, np.asarray(q) / 100, axis, keepdims, method)


@adjoint(np.ptp, shape=reduced)
def ptp(y, x, axis: const = None, *, keepdims: const = False):
    """Elements that tie share the gradient equally."""
    high = x == largest_along(x, axis)
    low = x == smallest_along(x, axis)
    slope = high / sum_along(high, axis) - low / sum_along(low, axis)
    dx = slope * unreduce(dy, x, axis, keepdims)
