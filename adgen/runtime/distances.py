"""Slopes of distances between points, for distances that are not made of squares alone."""

from __future__ import annotations

from typing import Any

import numpy as np


def distance_slope(u: Any, v: Any, y: Any, metric: str, option: Any = None) -> Any:
    """The slope in u of the distances y between points u and v, whose coordinates are last.

    `option` is what the metric takes: the power, the variances, or the inverse covariance.  Where
    there is a kink, or no distance at all, the slope is 0; coordinates that tie share it.

    >>> u, v = np.array([1.0, 5.0]), np.array([0.0, 2.0])
    >>> distance_slope(u, v, np.array(3.0), "chebyshev")
    array([0., 1.])
    """
    off = u - v
    y = np.asarray(y)[..., None]
    apart = np.where(y == 0, np.inf, y)
    if metric == "minkowski":
        return np.sign(off) * (np.abs(off) / apart) ** (option - 1)
    if metric == "chebyshev":
        hit = np.abs(off) == np.max(np.abs(off), axis=-1, keepdims=True, initial=0.0)
        return np.sign(off) * hit / np.sum(hit, axis=-1, keepdims=True)
    if metric == "seuclidean":
        return off / option / apart
    if metric == "mahalanobis":
        return off @ ((option + np.transpose(option)) / 2) / apart
    if metric == "canberra":
        size = np.abs(u) + np.abs(v)
        size = np.where(size == 0, np.inf, size)
        return np.sign(off) / size - np.abs(off) * np.sign(u) / size**2
    if metric == "braycurtis":
        total = np.sum(np.abs(u + v), axis=-1, keepdims=True)
        return (np.sign(off) - y * np.sign(u + v)) / total
    if metric == "jensenshannon":
        total = np.sum(u, axis=-1, keepdims=True)
        p, q = u / total, v / np.sum(v, axis=-1, keepdims=True)
        there = p > 0
        log = np.log(np.where(there, 2 * p / np.where(there, p + q, 1.0), 1.0)) / (4 * apart)
        if option is not None:
            log = log / np.log(option)
        return (log - np.sum(log * p, axis=-1, keepdims=True)) / total
    if metric == "correlation":
        u = u - np.mean(u, axis=-1, keepdims=True)
        v = v - np.mean(v, axis=-1, keepdims=True)
    a = np.sqrt(np.sum(u * u, axis=-1, keepdims=True))
    b = np.sqrt(np.sum(v * v, axis=-1, keepdims=True))
    return ((1 - y) * u / a - v / b) / a
