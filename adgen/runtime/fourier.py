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


def cosine_back(dy: Any, name: str, type: int, axes: tuple[int, ...], norm: Any = None) -> Any:
    """The adjoint of `x` in `scipy.fft.dct(x, type, axis, norm=norm)` and its kin, along axes.

    But for the first and the last element, which count half in some types, the third type is the
    second transposed; the first and the fourth are symmetric.

    >>> cosine_back(np.array([1.0, 0.0]), "dct", 2, (0,))
    array([2., 2.])
    """
    from scipy import fft

    turned = {2: 3, 3: 2}.get(type, type)
    given, wanted = (type, turned) if name in ("dct", "dst") else (turned, type)

    def weights(n: int, type: int) -> Any:
        w = np.ones(n, dtype=np.real(dy).dtype)
        if norm == "ortho":
            return w
        if name in ("dct", "idct"):
            w[0] = 0.5 if type in (1, 3) else 1.0
            w[-1] = 0.5 if type == 1 else w[-1]
        else:
            w[-1] = 0.5 if type == 3 else 1.0
        return w

    transform = getattr(fft, name)
    for axis in axes:
        along = np.moveaxis(dy, axis, -1)
        n = along.shape[-1]
        whole = transform(along / weights(n, wanted), turned, norm=norm)
        dy = np.moveaxis(weights(n, given) * whole, -1, axis)
    return dy
