"""Filters of `scipy.ndimage`, with all the ways of going on beyond the edges.

A filter with symmetric weights is its own adjoint where the image goes on with zeros,
turned round or reflected.
"""

import numpy as np
from scipy import ndimage

from adgen.rules.registry import adjoint, const, free, linear
from adgen.rules.scientific import real
from adgen.rules.settle.axes import units
from adgen.rules.shapes import dims_of
from adgen.runtime import (
    along_axis,
    correlate_back,
    correlate_back_weights,
    from_responses,
    gaussian_filter_back,
    uniform_filter_back,
)
from adgen.types import Num

MODES = ("reflect", "grid-mirror", "constant", "grid-constant", "nearest", "mirror", "wrap",
         "grid-wrap")  # fmt: skip
# where a symmetric filter is its own adjoint
MIRRORED = ("constant", "grid-constant", "wrap", "grid-wrap", "reflect", "grid-mirror")


def image(op, facts, /, x, mode="reflect", **rest):
    (x,) = real(x)
    if x.dims is None or not x.dims:
        raise TypeError("the operand's rank has to be known")
    if x.kind != "f":
        raise TypeError("of integers the result is rounded: make them floats first")
    if mode not in MODES:
        raise TypeError(f"`mode={mode!r}` is not supported")
    return Num(x.dtype, x.dims)


def with_weights(op, facts, /, x, weights, mode="reflect", cval=0.0):
    whole = image(op, facts, x=x, mode=mode)
    (weights,) = real(weights)
    if weights.dims is None or len(weights.dims) != len(whole.dims):
        raise TypeError("the weights have to be of the image's rank")
    return whole


def along_one(op, facts, /, x, weights, axis=-1, mode="reflect", cval=0.0):
    (weights,) = real(weights)
    if weights.dims is None or len(weights.dims) != 1:
        raise TypeError("the weights have to be a vector")
    return image(op, facts, x=x, mode=mode)


# -- any weights --------------------------------------------------------------------------------


@adjoint(ndimage.correlate, shape=with_weights)
def correlate(y, x, weights, mode: const = "reflect", cval: free = 0.0):
    dx = correlate_back(dy, weights, mode, False)
    dweights = correlate_back_weights(dy, x, weights.shape, mode, cval, False)


@adjoint(ndimage.convolve, shape=with_weights)
def convolve(y, x, weights, mode: const = "reflect", cval: free = 0.0):
    dx = correlate_back(dy, weights, mode, True)
    dweights = correlate_back_weights(dy, x, weights.shape, mode, cval, True)


@adjoint(ndimage.correlate1d, shape=along_one)
def correlate1d(y, x, weights, axis: const = -1, mode: const = "reflect", cval: free = 0.0):
    wide = along_axis(weights, axis, x.ndim)
    dx = correlate_back(dy, wide, mode, False)
    dweights = np.ravel(correlate_back_weights(dy, x, wide.shape, mode, cval, False))


@adjoint(ndimage.convolve1d, shape=along_one)
def convolve1d(y, x, weights, axis: const = -1, mode: const = "reflect", cval: free = 0.0):
    wide = along_axis(weights, axis, x.ndim)
    dx = correlate_back(dy, wide, mode, True)
    dweights = np.ravel(correlate_back_weights(dy, x, wide.shape, mode, cval, True))


def of_shape(op, facts, /, z, x, shape, mode, cval, reverses):
    (z,) = real(z)
    return Num(z.dtype, dims_of(facts, shape))


@adjoint(correlate_back, shape=lambda op, facts, /, z, weights, mode, reverses: real(z)[0])
def correlated_back(y, z, weights, mode: const, reverses: const):
    """SciPy misreads arrays that have been broadcast."""
    whole = np.ascontiguousarray(dy)
    if reverses:
        dz = ndimage.convolve(whole, weights, mode=mode)
    else:
        dz = ndimage.correlate(whole, weights, mode=mode)
    dweights = correlate_back_weights(z, dy, weights.shape, mode, 0.0, reverses)


@adjoint(correlate_back_weights, shape=of_shape)
def correlated_back_weights(y, z, x, shape: free, mode: const, cval: free, reverses: const):
    whole = np.ascontiguousarray(dy)
    if reverses:
        dz = ndimage.convolve(x, whole, mode=mode, cval=cval)
    else:
        dz = ndimage.correlate(x, whole, mode=mode, cval=cval)
    dx = correlate_back(z, dy, mode, reverses)


# -- blurs ----------------------------------------------------------------------------------------


@linear(ndimage.gaussian_filter, shape=image, when=lambda mode: mode in MIRRORED)
def gaussian_filter_mirrored(
    y, x, sigma: free, mode: const = "reflect", cval: free = 0.0, truncate: free = 4.0
):
    dx = ndimage.gaussian_filter(dy, sigma, mode=mode, truncate=truncate)


@linear(ndimage.gaussian_filter)
def gaussian_filter(
    y, x, sigma: free, mode: const = "reflect", cval: free = 0.0, truncate: free = 4.0
):
    dx = gaussian_filter_back(dy, sigma, mode, truncate)


def is_plain_blur(order, radius):
    return order == 0 and radius.absent


@linear(
    ndimage.gaussian_filter1d, shape=image,
    when=lambda mode, order, radius: mode in MIRRORED and is_plain_blur(order, radius),
)  # fmt: skip
def gaussian_filter1d_mirrored(
    y, x, sigma: free, axis: const = -1, order: const = 0, mode: const = "reflect",
    cval: free = 0.0, truncate: free = 4.0, *, radius: free = None,
):  # fmt: skip
    dx = ndimage.gaussian_filter1d(dy, sigma, axis=axis, mode=mode, truncate=truncate)


@linear(ndimage.gaussian_filter1d, when=is_plain_blur)
def gaussian_filter1d(
    y, x, sigma: free, axis: const = -1, order: const = 0, mode: const = "reflect",
    cval: free = 0.0, truncate: free = 4.0, *, radius: free = None,
):  # fmt: skip
    sigmas = np.eye(dy.ndim)[axis] * sigma
    dx = gaussian_filter_back(dy, sigmas, mode, truncate)


@linear(ndimage.gaussian_filter1d)
def derivative_of_a_blur(
    y, x, sigma: free, axis: const = -1, order: const = 0, mode: const = "reflect",
    cval: free = 0.0, truncate: free = 4.0, *, radius: free = None,
):  # fmt: skip
    """Made of what it gives for units, as many as there are along the axis."""
    made = ndimage.gaussian_filter1d(
        units(x, axis), sigma, 0, order, mode=mode, truncate=truncate, radius=radius
    )
    dx = from_responses(dy, made, axis)


@linear(ndimage.uniform_filter1d, shape=image)
def uniform_filter1d(
    y, x, size: free, axis: const = -1, *, mode: const = "reflect", cval: free = 0.0,
    origin: free = 0,
):  # fmt: skip
    """Made of what it gives for units, as many as there are along the axis."""
    made = ndimage.uniform_filter1d(units(x, axis), size, 0, mode=mode, origin=origin)
    dx = from_responses(dy, made, axis)


def is_odd(size):
    return isinstance(size, int) and size % 2 == 1


@linear(
    ndimage.uniform_filter, shape=image,
    when=lambda mode, size: mode in MIRRORED and is_odd(size),
)  # fmt: skip
def uniform_filter_mirrored(y, x, size: const = 3, mode: const = "reflect", cval: free = 0.0):
    dx = ndimage.uniform_filter(dy, size, mode=mode)


@linear(ndimage.uniform_filter)
def uniform_filter(y, x, size: const = 3, mode: const = "reflect", cval: free = 0.0):
    dx = uniform_filter_back(dy, size, mode)
