"""Adjoints of Fourier transforms that cut their operand, or give half of a spectrum."""

from __future__ import annotations

from typing import Any

import numpy as np


def resized(dx: Any, shape: tuple[int, ...], axes: tuple[int, ...]) -> Any:
    """Cut along axes, or filled up with zeros, as the transform did to its operand.

    >>> resized(np.array([1.0, 2.0]), (3,), (0,)), resized(np.array([1.0, 2.0]), (1,), (0,))
    (array([1., 2., 0.]), array([1.]))
    """
    for axis in axes:
        missing = shape[axis] - dx.shape[axis]
        ends = [(0, 0)] * dx.ndim
        ends[axis] = (0, max(0, missing))
        dx = np.pad(np.take(dx, range(min(shape[axis], dx.shape[axis])), axis), ends)
    return dx


def half_spectrum(n: int) -> Any:
    """How often each frequency of half a spectrum stands in that of n real numbers.

    >>> half_spectrum(6), half_spectrum(5)
    (array([1, 2, 2, 1], dtype=int8), array([1, 2, 2], dtype=int8))
    """
    weights = np.full(n // 2 + 1, 2, dtype=np.int8)
    weights[0] = 1
    if n % 2 == 0:
        weights[-1] = 1
    return weights
