"""Adjoints of filters and of operations on sampled functions."""

from __future__ import annotations

from typing import Any

import numpy as np


def uncut(dc: Any, a: Any, v: Any, reverses: bool) -> Any:
    """The middle part of a full convolution, with zeros for the rest of it.

    `np.correlate` with the longer operand last cuts on the other side.

    >>> uncut(np.array([1.0, 2.0]), np.zeros(2), np.zeros(2), False)
    array([1., 2., 0.])
    """
    missing = len(a) + len(v) - 1 - len(dc)
    before = (missing + 1) // 2 if reverses and len(v) > len(a) else missing // 2
    return np.pad(dc, (before, missing - before))


def interp_back(dy: Any, x: Any, xp: Any, fp: Any) -> Any:
    """The adjoint of `x` in `np.interp(x, xp, fp)`: the segment's slope, and 0 outside.

    >>> interp_back(1.0, np.array([0.5, 1.0, 9.0]), [0.0, 1.0, 2.0], [0.0, 3.0, 4.0])
    array([3., 1., 0.])
    """
    x, xp, fp = np.asarray(x), np.asarray(xp), np.asarray(fp)
    if len(xp) == 1:
        return (0.0 * x).astype(x.dtype)
    at = np.clip(np.searchsorted(xp, x, side="right") - 1, 0, len(xp) - 2)
    slope = (fp[at + 1] - fp[at]) / (xp[at + 1] - xp[at])
    inside = (x >= xp[0]) & (x < xp[-1])
    return np.real(np.where(inside, slope, 0.0) * dy).astype(x.dtype)


def interp_back_values(dy: Any, x: Any, xp: Any, fp: Any) -> Any:
    """The adjoint of `fp` in `np.interp(x, xp, fp)`: each value's two neighbours share.

    >>> interp_back_values(np.array([1.0, 1.0]), [0.25, 9.0], [0.0, 1.0], np.array([3.0, 5.0]))
    array([0.75, 1.25])
    """
    x, xp = np.asarray(x), np.asarray(xp)
    dfp = np.zeros_like(fp)
    if len(xp) == 1:
        return np.full_like(fp, np.sum(dy))
    at = np.clip(np.searchsorted(xp, x, side="right") - 1, 0, len(xp) - 2)
    share = np.clip((x - xp[at]) / (xp[at + 1] - xp[at]), 0.0, 1.0)
    np.add.at(dfp, at, (1 - share) * dy)
    np.add.at(dfp, at + 1, share * dy)
    return dfp


def trapezoid_back(darea: Any, y: Any, x: Any, dx: Any, axis: int) -> Any:
    """The adjoint of `y` in `np.trapezoid(y, x, dx, axis)`: half of the steps at its sides.

    >>> trapezoid_back(1.0, np.zeros(3), None, 2.0, -1)
    array([1., 2., 1.])
    """
    dy = np.zeros_like(y)
    behind = (1,) * (y.ndim - axis % y.ndim - 1)
    steps = dx if x is None else np.diff(x, axis=axis) if np.ndim(x) > 1 else np.diff(x)
    if np.ndim(steps) == 1:
        steps = np.reshape(steps, (-1, *behind))
    half = np.moveaxis(np.broadcast_to(steps * darea / 2, np.diff(y, axis=axis).shape), axis, 0)
    np.moveaxis(dy, axis, 0)[1:] += half
    np.moveaxis(dy, axis, 0)[:-1] += half
    return dy


def gradient_back(dy: Any) -> Any:
    """The adjoint of `np.gradient` of a vector with steps of length 1.

    >>> gradient_back(np.array([1.0, 0.0, 0.0]))
    array([-1.,  1.,  0.])
    """
    half = dy / 2
    half[0], half[-1] = dy[0], dy[-1]
    dx = np.zeros_like(half)
    dx[2:] += half[1:-1]
    dx[:-2] -= half[1:-1]
    dx[:2] += half[0] * np.array([-1, 1])
    dx[-2:] += half[-1] * np.array([-1, 1])
    return dx
