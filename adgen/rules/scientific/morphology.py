"""Filters that pick a pixel of a window, as the filters of rank in `scipy.ndimage` they are."""

import numpy as np
from scipy import ndimage, signal

from adgen.rules.registry import written_out

FLAT = "it is followed with a size, and without a structure"


@written_out(ndimage.grey_erosion, why=FLAT)
def grey_erosion(input, size, *, mode="reflect", cval=0.0):
    return ndimage.minimum_filter(input, size, mode=mode, cval=cval)


@written_out(ndimage.grey_dilation, why=FLAT)
def grey_dilation(input, size, *, mode="reflect", cval=0.0):
    """A window of even size stands the other way round."""
    if isinstance(size, int) and size % 2:
        return ndimage.maximum_filter(input, size, mode=mode, cval=cval)
    return np.flip(ndimage.maximum_filter(np.flip(input), size, mode=mode, cval=cval))


@written_out(ndimage.grey_opening, why=FLAT)
def grey_opening(input, size, *, mode="reflect", cval=0.0):
    smaller = ndimage.grey_erosion(input, size, mode=mode, cval=cval)
    return ndimage.grey_dilation(smaller, size, mode=mode, cval=cval)


@written_out(ndimage.grey_closing, why=FLAT)
def grey_closing(input, size, *, mode="reflect", cval=0.0):
    larger = ndimage.grey_dilation(input, size, mode=mode, cval=cval)
    return ndimage.grey_erosion(larger, size, mode=mode, cval=cval)


@written_out(ndimage.morphological_gradient, why=FLAT)
def morphological_gradient(input, size, *, mode="reflect", cval=0.0):
    larger = ndimage.grey_dilation(input, size, mode=mode, cval=cval)
    return larger - ndimage.grey_erosion(input, size, mode=mode, cval=cval)


@written_out(ndimage.white_tophat, why=FLAT)
def white_tophat(input, size, *, mode="reflect", cval=0.0):
    return input - ndimage.grey_opening(input, size, mode=mode, cval=cval)


@written_out(ndimage.black_tophat, why=FLAT)
def black_tophat(input, size, *, mode="reflect", cval=0.0):
    return ndimage.grey_closing(input, size, mode=mode, cval=cval) - input


# -- along one axis, and at a share of the window -----------------------------------------------


@written_out(ndimage.maximum_filter1d)
def maximum_filter1d(input, size, axis=-1, *, mode="reflect", cval=0.0):
    sizes = [1] * np.ndim(input)
    sizes[axis] = size
    return ndimage.maximum_filter(input, tuple(sizes), mode=mode, cval=cval)


@written_out(ndimage.minimum_filter1d)
def minimum_filter1d(input, size, axis=-1, *, mode="reflect", cval=0.0):
    sizes = [1] * np.ndim(input)
    sizes[axis] = size
    return ndimage.minimum_filter(input, tuple(sizes), mode=mode, cval=cval)


@written_out(ndimage.percentile_filter, why=FLAT)
def percentile_filter(input, percentile, size, *, mode="reflect", cval=0.0):
    count = size ** np.ndim(input) if isinstance(size, int) else int(np.prod(size))
    share = percentile + 100 if percentile < 0 else percentile
    rank = count - 1 if share == 100 else int(count * share / 100)
    return ndimage.rank_filter(input, rank, size, mode=mode, cval=cval)


@written_out(signal.medfilt)
def medfilt(volume, kernel_size=3):
    return ndimage.median_filter(volume, kernel_size, mode="constant")


@written_out(signal.medfilt2d)
def medfilt2d(input, kernel_size=3):
    return ndimage.median_filter(input, kernel_size, mode="constant")


# -- edges, and where the weight of an image lies -------------------------------------------------


@written_out(ndimage.gaussian_gradient_magnitude, why="filter along each axis")
def gaussian_gradient_magnitude(input, sigma, *, mode="reflect", cval=0.0):
    image = np.asarray(input)
    squares = 0.0
    for axis in range(image.ndim):
        part = image
        for other in range(image.ndim):
            order = 1 if other == axis else 0
            part = ndimage.gaussian_filter1d(part, sigma, other, order, mode=mode, cval=cval)
        squares = part * part if axis == 0 else squares + part * part
    return np.sqrt(squares)


@written_out(ndimage.center_of_mass, why="it is followed for a whole image")
def center_of_mass(input):
    whole = np.sum(input)
    found = []
    for axis in range(np.ndim(input)):
        row = [1] * np.ndim(input)
        row[axis] = -1
        places = np.arange(float(input.shape[axis])).reshape(row)
        found.append(np.sum(input * places) / whole)
    return tuple(found)
