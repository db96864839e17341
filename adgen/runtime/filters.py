"""Adjoints of filters: what they cut off, and what they see beyond the edges."""

from __future__ import annotations

from typing import Any

import numpy as np


def uncropped(dc: Any, a_shape: Any, v_shape: Any, mode: str) -> Any:
    """Part of a convolution, with zeros for the rest of the full one.

    >>> uncropped(np.array([1.0, 2.0]), (3,), (2,), "valid")
    array([0., 1., 2., 0.])
    """
    widths = []
    for m, n, length in zip(a_shape, v_shape, dc.shape, strict=True):
        before = (n - 1) // 2 if mode == "same" else min(m, n) - 1
        widths.append((before, m + n - 1 - length - before))
    return np.pad(dc, widths)


def lagged_products(dy: Any, w: Any, count: int, axis: int) -> Any:
    """The sums of dy[n] * w[n - k] along an axis, for k = 0, 1, ...

    >>> lagged_products(np.array([1.0, 2.0, 3.0]), np.array([1.0, 1.0, 2.0]), 2, -1)
    array([9., 5.])
    """
    dy, w = np.moveaxis(dy, axis, -1), np.moveaxis(w, axis, -1)
    n = dy.shape[-1]
    sums = [np.sum(dy[..., k:] * w[..., : max(n - k, 0)]) for k in range(count)]
    return np.array(sums)


def beyond(n: int, before: int, after: int, mode: str) -> Any:
    """The positions that a filter reads for those before and after an axis of length n.

    >>> beyond(3, 2, 1, "reflect")
    array([1, 0, 0, 1, 2, 2])
    """
    ways: Any = {"reflect": "symmetric", "grid-mirror": "symmetric", "mirror": "reflect",
            "nearest": "edge", "wrap": "wrap", "grid-wrap": "wrap"}  # fmt: skip
    return np.pad(np.arange(n), (before, after), mode=ways[mode])


def correlate_back(dy: Any, weights: Any, mode: str, reverses: bool) -> Any:
    """The adjoint of `x` in `ndimage.correlate(x, weights, mode=mode)`, or in `convolve`.

    >>> correlate_back(np.array([1.0, 0.0]), np.array([1.0, 2.0, 4.0]), "reflect", False)
    array([3., 4.])
    """
    if not dy.size:
        return np.zeros_like(dy)
    if reverses:
        weights = np.flip(weights)
    before = [(n - 1) // 2 if reverses else n // 2 for n in weights.shape]
    wide = np.zeros(
        [n + k - 1 for n, k in zip(dy.shape, weights.shape, strict=True)], dtype=dy.dtype
    )
    for place in np.ndindex(weights.shape):
        part = tuple(slice(k, k + n) for k, n in zip(place, dy.shape, strict=True))
        wide[part] += weights[place] * dy
    for axis, (n, start, k) in enumerate(zip(dy.shape, before, weights.shape, strict=True)):
        wide = np.moveaxis(wide, axis, 0)
        if mode in ("constant", "grid-constant"):
            narrow = wide[start : start + n]
        else:
            narrow = np.zeros((n, *wide.shape[1:]), dtype=wide.dtype)
            np.add.at(narrow, beyond(n, start, k - 1 - start, mode), wide)
        wide = np.moveaxis(narrow, 0, axis)
    return wide


def correlate_back_weights(
    dy: Any, x: Any, shape: tuple[int, ...], mode: str, cval: float, reverses: bool
) -> Any:
    """The adjoint of `weights` in `ndimage.correlate(x, weights, mode=mode)`, or in `convolve`.

    >>> correlate_back_weights(np.ones(2), np.array([1.0, 3.0]), (3,), "reflect", 0.0, False)
    array([2., 4., 6.])
    """
    if not x.size:
        return np.zeros(shape, dtype=dy.dtype)
    for axis, (n, k) in enumerate(zip(x.shape, shape, strict=True)):
        start = (k - 1) // 2 if reverses else k // 2
        if mode in ("constant", "grid-constant"):
            widths = [(0, 0)] * x.ndim
            widths[axis] = (start, k - 1 - start)
            x = np.pad(x, widths, constant_values=cval)
        else:
            x = np.take(x, beyond(n, start, k - 1 - start, mode), axis=axis)
    dweights = np.zeros(shape, dtype=dy.dtype)
    for place in np.ndindex(shape):
        part = tuple(slice(k, k + n) for k, n in zip(place, dy.shape, strict=True))
        dweights[place] = np.sum(dy * x[part])
    return np.flip(dweights) if reverses else dweights


def along_axis(weights: Any, axis: int, rank: int) -> Any:
    """The weights of a filter along one axis, as those of one in all.

    >>> along_axis(np.ones(3), 0, 2).shape
    (3, 1)
    """
    return np.reshape(weights, [-1 if i == axis % rank else 1 for i in range(rank)])


def gaussian_weights(sigma: float, truncate: float) -> Any:
    """The weights of `ndimage.gaussian_filter1d`.

    >>> gaussian_weights(0.5, 4.0).round(3)
    array([0.   , 0.106, 0.787, 0.106, 0.   ])
    """
    radius = int(truncate * sigma + 0.5)
    weights = np.exp(-0.5 * (np.arange(-radius, radius + 1) / sigma) ** 2)
    return weights / np.sum(weights)


def gaussian_filter_back(dy: Any, sigma: Any, mode: str, truncate: float) -> Any:
    """The adjoint of `x` in `ndimage.gaussian_filter(x, sigma, mode=mode)`.

    >>> gaussian_filter_back(np.array([1.0, 0.0]), 0.5, "nearest", 4.0).round(3)
    array([0.893, 0.107])
    """
    for axis, s in enumerate(np.broadcast_to(sigma, dy.ndim)):
        if s > 1e-15:
            weights = along_axis(gaussian_weights(s, truncate), axis, dy.ndim)
            dy = correlate_back(dy, weights.astype(dy.dtype), mode, False)
    return dy


def uniform_filter_back(dy: Any, size: Any, mode: str) -> Any:
    """The adjoint of `x` in `ndimage.uniform_filter(x, size, mode=mode)`.

    >>> uniform_filter_back(np.array([1.0, 0.0]), 2, "nearest")
    array([1., 0.])
    """
    for axis, n in enumerate(np.broadcast_to(size, dy.ndim)):
        weights = along_axis(np.full(n, 1 / n, dtype=dy.dtype), axis, dy.ndim)
        dy = correlate_back(dy, weights, mode, False)
    return dy


def from_responses(dy: Any, responses: Any, axis: int) -> Any:
    """The adjoint of what is linear along an axis; each column is what a unit there comes to.

    >>> from_responses(np.array([1.0, 2.0]), np.array([[1.0, 1.0, 0.0], [0.0, 1.0, 1.0]]), 0)
    array([1., 3., 2.])
    """
    return np.moveaxis(np.tensordot(dy, responses, ((axis,), (0,))), -1, axis)
