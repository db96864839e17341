"""Adjoints of images that are sampled at other places, and of filters that pick a pixel.

An image of order n is a sum of B-splines of that degree, with the coefficients of
`ndimage.spline_filter`.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from adgen.runtime.filters import beyond, from_responses


def window_places(x: Any, size: Any, mode: str, cval: float, rank: int) -> Any:
    """Where the pixel stands that `ndimage.rank_filter(x, rank, size)` picks, counted row by row.

    It is -1 beyond the edges of an image that goes on with a constant; of pixels that are equal the
    first in the window counts.

    >>> window_places(np.array([3.0, 1.0, 2.0]), 3, "reflect", 0.0, 0)
    array([1, 1, 1])
    """
    sizes = tuple(np.broadcast_to(size, x.ndim))
    places = np.arange(x.size).reshape(x.shape)
    if not x.size:
        return places
    for axis, (n, k) in enumerate(zip(x.shape, sizes, strict=True)):
        before, after = k // 2, k - 1 - k // 2
        if mode in ("constant", "grid-constant"):
            widths = [(0, 0)] * x.ndim
            widths[axis] = (before, after)
            places = np.pad(places, widths, constant_values=-1)
        else:
            places = np.take(places, beyond(n, before, after, mode), axis=axis)
    windows = np.lib.stride_tricks.sliding_window_view(places, sizes)
    windows = windows.reshape(*x.shape, -1)
    values = np.where(windows < 0, cval, np.ravel(x)[windows])
    chosen = np.argsort(values, axis=-1, kind="stable")[..., rank, None]
    return np.take_along_axis(windows, chosen, axis=-1)[..., 0]


def resampled_back(
    dy: Any, shape: tuple[int, ...], by: str, amounts: Any, order: int, mode: str
) -> Any:
    """The adjoint of `x`, of this shape, in `ndimage.shift` or `ndimage.zoom`, as `by` says.

    They go along one axis after the other, each a matrix: what units come to.

    >>> resampled_back(np.array([1.0, 2.0, 4.0]), (3,), "shift", 0.5, 1, "constant")
    array([1., 3., 2.])
    """
    from scipy import ndimage

    if not np.prod(shape):
        return np.zeros(shape, dtype=dy.dtype)
    function = {"shift": ndimage.shift, "zoom": ndimage.zoom}[by]
    for axis, amount in enumerate(np.broadcast_to(amounts, len(shape))):
        units = np.eye(shape[axis], dtype=dy.dtype)
        made = [function(unit, amount, order=order, mode=mode) for unit in units]
        dy = from_responses(dy, np.transpose(made), axis)
    return dy


def b_spline(t: Any, degree: int) -> Any:
    """The B-spline of a degree, 1 or more, around 0: as a sum of truncated powers (Unser 1999).

    >>> b_spline(np.array([-1.0, 0.0, 0.5]), 3).round(6)
    array([0.166667, 0.666667, 0.479167])
    """
    total, factor = 0.0, 1.0 / float(np.prod(np.arange(1.0, degree + 1)))
    for i in range(degree + 2):
        total = total + factor * np.maximum(t + (degree + 1) / 2 - i, 0) ** degree
        factor = -factor * (degree + 1 - i) / (i + 1)
    return total


def spline_places(t: Any, shape: tuple[int, ...], order: int, mode: str, sloped: Any = None) -> Any:
    """The coefficients that an image is made of at the points t, and their shares.

    Along the axis `sloped` it is the slopes of the shares that are multiplied.

    >>> places, shares = spline_places(np.array([[0.25]]), (3,), 1, "mirror")
    >>> places.ravel(), shares.ravel()
    (array([0, 1]), array([0.75, 0.25]))
    """
    places, shares = np.zeros((1, *t.shape[1:]), dtype=int), np.ones((1, *t.shape[1:]))
    for axis, (at, n) in enumerate(zip(t, shape, strict=True)):
        first = np.floor(at if order % 2 else at + 0.5).astype(int) - order // 2
        found, parts = [], []
        for k in range(order + 1):
            off = at - (first + k)
            if axis != sloped:
                part = b_spline(off, order) if order else np.ones_like(at)
            elif order > 1:
                part = b_spline(off + 0.5, order - 1) - b_spline(off - 0.5, order - 1)
            else:  # from the pixel before to the one behind
                part = np.full_like(at, 2 * k - 1)
            if mode == "constant":
                part = np.where((at >= 0) & (at <= n - 1), part, 0.0)
            found.append(places * n + within(first + k, n, mode))
            parts.append(shares * part)
        places, shares = np.concatenate(found), np.concatenate(parts)
    return places, shares


def within(place: Any, n: int, mode: str) -> Any:
    """The coefficient that stands at a place, which may lie beyond the edges.

    >>> within(np.array([-2, 1, 4]), 3, "mirror"), within(np.array([-2, 1, 4]), 3, "reflect")
    (array([2, 1, 0]), array([1, 1, 1]))
    """
    if mode == "nearest":
        return np.clip(place, 0, n - 1)
    if mode == "grid-wrap":
        return place % n
    if mode in ("reflect", "grid-mirror"):
        turned = place % (2 * n)
        return np.minimum(turned, 2 * n - 1 - turned)
    turned = place % max(2 * n - 2, 1)
    return np.minimum(turned, 2 * n - 2 - turned)


def mapped_back(dy: Any, t: Any, shape: tuple[int, ...], order: int, mode: str) -> Any:
    """The adjoint of `x`, of this shape, in `ndimage.map_coordinates(x, t, ...)`.

    >>> mapped_back(np.array([4.0]), np.array([[0.25]]), (3,), 1, "mirror")
    array([3., 1., 0.])
    """
    from scipy import ndimage

    dx = np.zeros(int(np.prod(shape)))
    if dx.size:
        places, shares = spline_places(t, shape, order, mode)
        np.add.at(dx, places, shares * dy)
    dx = dx.reshape(shape)
    if order > 1 and dx.size:
        for axis, n in enumerate(shape):
            filtered = ndimage.spline_filter1d(np.eye(n), order, axis=0, mode=mode)
            dx = from_responses(dx, filtered, axis)
    return dx.astype(dy.dtype)


def mapped_slopes(x: Any, t: Any, order: int, mode: str) -> Any:
    """The slopes of `ndimage.map_coordinates(x, t, order=order, mode=mode)` in the coordinates.

    >>> mapped_slopes(np.array([1.0, 4.0, 9.0]), np.array([[0.25, 1.5]]), 1, "mirror")
    array([[3., 5.]])
    """
    from scipy import ndimage

    if not x.size:
        return np.zeros_like(t)
    made = ndimage.spline_filter(x, order, mode=mode) if order > 1 else x
    slopes = []
    for axis in range(x.ndim):
        places, shares = spline_places(t, x.shape, order, mode, axis)
        slopes.append(np.sum(shares * np.ravel(made)[places], axis=0))
    return np.stack(slopes).astype(t.dtype)


def regions_back(dy: Any, x: Any, labels: Any = None, index: Any = None) -> Any:
    """The adjoint of `x` in `ndimage.sum(x, labels, index)`: a region's share, at its pixels.

    >>> regions_back(np.array([2.0, 5.0]), np.ones(4), np.array([1, 2, 0, 1]), [1, 2])
    array([2., 5., 0., 2.])
    """
    if labels is None:
        return np.full(np.shape(x), dy)
    if index is None:
        return (np.broadcast_to(labels, np.shape(x)) > 0) * dy
    dx = np.zeros(np.shape(x))
    for label, share in zip(np.ravel(index), np.ravel(dy), strict=True):
        dx[np.broadcast_to(labels, dx.shape) == label] += share
    return dx


def labelled(x: Any, labels: Any = None, index: Any = None) -> Any:
    """How many pixels each of the regions of an image has.

    >>> labelled(np.ones(4), np.array([1, 2, 0, 1]), [1, 2])
    array([2, 1])
    """
    if labels is None:
        return np.size(x)
    labels = np.broadcast_to(labels, np.shape(x))
    if index is None:
        return np.sum(labels > 0)
    counts = [np.sum(labels == label) for label in np.ravel(index)]
    return np.reshape(counts, np.shape(index))
