"""Filters of `scipy.ndimage` for edges, as the one-dimensional filters that they are made of."""

import numpy as np
from scipy import ndimage

from adgen.rules.registry import written_out

ONE_BY_ONE = "filter along each axis with ndimage.correlate1d"


@written_out(ndimage.sobel, why=ONE_BY_ONE)
def sobel(input, axis=-1, mode="reflect", cval=0.0):
    return edges_along(input, [1, 2, 1], axis, mode, cval)


@written_out(ndimage.prewitt, why=ONE_BY_ONE)
def prewitt(input, axis=-1, mode="reflect", cval=0.0):
    return edges_along(input, [1, 1, 1], axis, mode, cval)


def edges_along(image, weights, axis, mode, cval):
    """Differences along one axis, smoothed along the others."""
    image = np.asarray(image)
    found = ndimage.correlate1d(image, [-1, 0, 1], axis, mode=mode, cval=cval)
    for other in range(image.ndim):
        if other != axis % image.ndim:
            found = ndimage.correlate1d(found, weights, other, mode=mode, cval=cval)
    return found


edges = written_out(edges_along)(edges_along)  # it is followed, as what calls it is


@written_out(ndimage.laplace, why=ONE_BY_ONE)
def laplace(input, mode="reflect", cval=0.0):
    image = np.asarray(input)
    found = ndimage.correlate1d(image, [1, -2, 1], 0, mode=mode, cval=cval)
    for axis in range(1, image.ndim):
        found = found + ndimage.correlate1d(image, [1, -2, 1], axis, mode=mode, cval=cval)
    return found


@written_out(ndimage.gaussian_laplace, why=ONE_BY_ONE)
def gaussian_laplace(input, sigma, mode="reflect", cval=0.0):
    image = np.asarray(input)
    found = 0.0
    for axis in range(image.ndim):
        part = image
        for other in range(image.ndim):
            order = 2 if other == axis else 0
            part = ndimage.gaussian_filter1d(part, sigma, other, order, mode=mode, cval=cval)
        found = part if axis == 0 else found + part
    return found
