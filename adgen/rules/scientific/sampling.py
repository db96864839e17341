"""Images of `scipy.ndimage` sampled at other places, and filters that pick a pixel of a window.

They are linear in the image: what it gives to each result is what it receives from there.
"""

import ast

import numpy as np
from scipy import ndimage, special

from adgen.rules.registry import adjoint, const, constant, free, linear, unsupported, written_out
from adgen.rules.scientific import real
from adgen.rules.scientific.images import image
from adgen.rules.settle import settles
from adgen.rules.settle.axes import own_shape
from adgen.rules.shapes import as_num, dims_of
from adgen.runtime import (
    mapped_back,
    mapped_slopes,
    resampled_back,
    scattered,
    window_places,
)
from adgen.types import Num

# -- a pixel of each window ---------------------------------------------------------------------


def picked(op, facts, /, x, size=None, **options):
    size = options.pop("percentile", None) if size is None else size
    return image(op, facts, x=x, mode=options.get("mode", "reflect"))


@constant(window_places, shape=lambda op, facts, /, x, **rest: Num("i8", as_num(x).dims))
def places_of_windows(y, x, size: free, mode: const, cval: free, rank: free): ...


@settles
def from_windows(context, dy, places, mode):
    """What pixels receive; what stands beyond the edges is none of them."""
    if mode not in ("constant", "grid-constant"):
        return dy
    there = ast.Compare(places, [ast.GtE()], [ast.Constant(0)])
    return ast.BinOp(dy, ast.Mult(), there)


@adjoint(ndimage.maximum_filter, shape=picked)
def maximum_filter(y, x, size: free, *, mode: const = "reflect", cval: free = 0.0):
    """Of pixels that are equal the first in the window gets all."""
    places = window_places(x, size, mode, cval, -1)
    dx = scattered(from_windows(dy, places, mode), places, own_shape(x))


@adjoint(ndimage.minimum_filter, shape=picked)
def minimum_filter(y, x, size: free, *, mode: const = "reflect", cval: free = 0.0):
    """Of pixels that are equal the first in the window gets all."""
    places = window_places(x, size, mode, cval, 0)
    dx = scattered(from_windows(dy, places, mode), places, own_shape(x))


@settles
def middle(context, x, size):
    """The rank of the median of a window."""
    rank = len(context.dims(x))
    count = size ** rank if isinstance(size, int) else int(np.prod(size))
    return ast.Constant(count // 2)


@adjoint(ndimage.median_filter, shape=picked)
def median_filter(y, x, size: const, *, mode: const = "reflect", cval: free = 0.0):
    """Of pixels that are equal the first in the window gets all."""
    places = window_places(x, size, mode, cval, middle(x, size))
    dx = scattered(from_windows(dy, places, mode), places, own_shape(x))


@adjoint(ndimage.rank_filter, shape=picked)
def rank_filter(y, x, rank: free, size: free, *, mode: const = "reflect", cval: free = 0.0):
    """Of pixels that are equal the first in the window gets all."""
    places = window_places(x, size, mode, cval, rank)
    dx = scattered(from_windows(dy, places, mode), places, own_shape(x))


# -- shifted and zoomed ---------------------------------------------------------------------------


def moved(op, facts, /, x, shift, order=3, mode="constant", cval=0.0):
    return image(op, facts, x=x, mode=mode)


def zoomed(op, facts, /, x, zoom, order=3, mode="constant", cval=0.0):
    x = image(op, facts, x=x, mode=mode)
    return Num(x.dtype, tuple(facts.fresh() for _ in x.dims))


def in_this_shape(op, facts, /, dy, shape, **options):
    (dy,) = real(dy)
    return Num(dy.dtype, dims_of(facts, shape))


@linear(ndimage.shift, shape=moved)
def shift(y, x, shift: free, *, order: const = 3, mode: const = "constant", cval: free = 0.0):
    dx = resampled_back(dy, own_shape(x), "shift", shift, order, mode)


@linear(ndimage.zoom, shape=zoomed)
def zoom(y, x, zoom: free, *, order: const = 3, mode: const = "constant", cval: free = 0.0):
    dx = resampled_back(dy, own_shape(x), "zoom", zoom, order, mode)


@linear(resampled_back, shape=in_this_shape, when=lambda by: by == "shift")
def shifted_back(z, dy, shape: free, by: const, amounts: free, order: const, mode: const):
    ddy = ndimage.shift(dz, amounts, order=order, mode=mode)


@linear(resampled_back)
def zoomed_back(z, dy, shape: free, by: const, amounts: free, order: const, mode: const):
    ddy = ndimage.zoom(dz, amounts, order=order, mode=mode)


# -- at given coordinates -------------------------------------------------------------------------

EXACT = ("constant", "mirror", "reflect", "grid-mirror", "grid-wrap")


def mapped(op, facts, /, x, t, order=3, mode="constant", cval=0.0):
    x, t = real(x, t)
    if x.dims is None or t.dims is None or len(t.dims) < 2:
        raise TypeError("the coordinates are an array of two axes or more, one row for each axis")
    if x.kind != "f":
        raise TypeError("of integers the result is rounded: make them floats first")
    if mode not in EXACT and (mode != "nearest" or order > 1):
        raise TypeError(f"`mode={mode!r}` is not supported with `order={order}`")
    return Num(x.dtype, t.dims[1:])


@adjoint(ndimage.map_coordinates, shape=mapped)
def map_coordinates(y, x, t, *, order: const = 3, mode: const = "constant", cval: free = 0.0):
    """Where the image ends in a constant, and at the places of pixels with `order=1`, the slope in
    the coordinates is one-sided."""
    dx = mapped_back(dy, t, own_shape(x), order, mode)
    if order == 0:
        dt = np.zeros_like(t)
    else:
        dt = mapped_slopes(x, t, order, mode) * dy


@linear(mapped_back, shape=in_this_shape)
def mapped_shares(z, dy, t, shape: free, order: const, mode: const):
    ddy = ndimage.map_coordinates(dz, t, order=order, mode=mode)
    if order == 0:
        dt = np.zeros_like(t)
    else:
        dt = mapped_slopes(dz, t, order, mode) * dy


@unsupported(
    mapped_slopes, why="in the coordinates it is differentiated once",
    shape=lambda op, facts, /, x, t, order, mode: as_num(t),
)  # fmt: skip
def mapped_slopes_again(s, x, t, order, mode): ...


@written_out(ndimage.affine_transform, why="it is followed with `matrix` and `offset`")
def affine_transform(input, matrix, offset=0.0, order=3, mode="constant", cval=0.0):
    image = np.asarray(input)
    places = np.indices(image.shape).reshape(image.ndim, -1)
    origin = np.broadcast_to(offset, (image.ndim,))
    t = (matrix @ places + origin[:, None]).reshape(image.ndim, *image.shape)
    return ndimage.map_coordinates(image, t, order=order, mode=mode, cval=cval)


@written_out(ndimage.rotate, why="it is followed for an image of two axes")
def rotate(input, angle, axes=(1, 0), reshape=True, *, order=3, mode="constant", cval=0.0):
    rows, columns = np.shape(input)
    c, s = special.cosdg(angle), special.sindg(angle)
    turn = np.array([[c, s], [-s, c]])
    shape = (rows, columns)
    if reshape:
        corners = turn @ np.array([[0, 0, rows, rows], [0, columns, 0, columns]])
        wide = (np.ptp(corners, axis=1) + 0.5).astype(int)
        shape = (wide[0], wide[1])
    places = np.indices(shape).reshape(2, -1)
    half = np.array([(rows - 1) / 2, (columns - 1) / 2])
    origin = half - turn @ np.array([(shape[0] - 1) / 2, (shape[1] - 1) / 2])
    t = (turn @ places + origin[:, None]).reshape(2, *shape)
    return ndimage.map_coordinates(input, t, order=order, mode=mode, cval=cval)


@unsupported(
    ndimage.geometric_transform, why="use ndimage.affine_transform, or ndimage.map_coordinates"
)  # fmt: skip
def other_transforms(input, angle, **options): ...
