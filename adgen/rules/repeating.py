"""Elements repeated: stretched, tiled, seen through windows."""

import numpy as np

from adgen.rules.registry import const, free, linear, unsupported
from adgen.rules.settle.axes import own_shape, places_in
from adgen.rules.settle.broadcasting import fitted
from adgen.rules.shapes import as_num, dims_of, volume
from adgen.rules.shaping import array
from adgen.runtime import scattered, tiled_to, unrepeat, untile
from adgen.types import Dim, Num


def stretched(op, facts, /, x, shape):
    dims = dims_of(facts, shape)
    return array(as_num(x), dims)


@linear(np.broadcast_to, shape=stretched, views=True)
def broadcast_to(y, x, shape: free):
    dx = fitted(dy, x, y)


def repeated(op, facts, /, x, repeats, axis=None):
    x = as_num(x)
    count = repeats.value if isinstance(repeats, Num) and repeats.dims == () else None
    if axis is None:
        known = x.dims is not None and count is not None
        return array(x, (volume(x.dims) * count if known else facts.fresh(),))
    if x.dims is None:
        return array(x, None)
    dims = list(x.dims)
    dims[axis] = facts.fresh() if count is None else dims[axis] * count
    return array(x, tuple(dims))


@linear(np.repeat, shape=repeated)
def repeat(y, x, repeats: free, axis: const = None):
    dx = unrepeat(dy, own_shape(x), repeats, axis)


def tiled(op, facts, /, x, reps):
    x, reps = as_num(x), dims_of(facts, reps)
    if x.dims is None or reps is None:
        return array(x, None)
    rank = max(len(x.dims), len(reps))
    dims = (Dim(1),) * (rank - len(x.dims)) + x.dims
    times = (Dim(1),) * (rank - len(reps)) + reps
    return array(x, tuple(d * t for d, t in zip(dims, times, strict=True)))


@linear(np.tile, shape=tiled)
def tile(y, x, reps: free):
    dx = untile(dy, own_shape(x))


def of_shape(op, facts, /, x, shape):
    return array(as_num(x), dims_of(facts, shape))


@linear(untile, shape=of_shape)
def summed_tiles(y, x, shape: free):
    dx = tiled_to(dy, own_shape(x))


@linear(tiled_to, shape=of_shape)
def tiles(y, x, shape: free):
    dx = untile(dy, own_shape(x))


def resized(op, facts, /, x, new_shape):
    return array(as_num(x), dims_of(facts, new_shape))


@linear(np.resize, shape=resized)
def resize(y, x, new_shape: free):
    """Elements are taken in order, again and again."""
    places = np.resize(places_in(x), new_shape)
    dx = scattered(dy, places, own_shape(x))


def windows(op, facts, /, x, window_shape, axis=None):
    x = as_num(x)
    sizes = window_shape if isinstance(window_shape, tuple | list) else (window_shape,)
    if x.dims is None:
        return array(x, None)
    axes = (
        axis if isinstance(axis, tuple | list) else range(len(x.dims)) if axis is None else (axis,)
    )
    if len(sizes) != len(axes):
        raise TypeError("a window has a length for each axis")
    dims = list(x.dims)
    for at, size in zip(axes, sizes, strict=True):
        dims[at] = dims[at] - (size - 1)
    return array(x, (*dims, *(Dim(size) for size in sizes)))


@linear(np.lib.stride_tricks.sliding_window_view, shape=windows, views=True)
def sliding_window_view(y, x, window_shape: const, axis: const = None):
    """An element gets what it has in all windows that it is in."""
    places = np.lib.stride_tricks.sliding_window_view(places_in(x), window_shape, axis)
    dx = scattered(dy, places, own_shape(x))


@unsupported(
    np.lib.stride_tricks.as_strided,
    why="which elements it shows depends on memory: use sliding_window_view, or an index",
)
def as_strided(y, x, shape=None, strides=None): ...
