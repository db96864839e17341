"""Special functions that NumPy and `math` lack, where a derivative asks for them."""

from __future__ import annotations

from typing import Any

import numpy as np


def digamma(x: float) -> float:
    """The derivative of `math.lgamma`.

    Steps up to where the asymptotic series holds, and reflects what is negative
    (Abramowitz and Stegun, 6.3.5, 6.3.7 and 6.3.18).

    >>> round(digamma(1.0), 12), round(digamma(-0.5), 12)
    (-0.577215664902, 0.036489973979)
    """
    if x <= 0:
        return digamma(1 - x) - np.pi / float(np.tan(np.pi * x))
    total = 0.0
    while x < 10:
        total -= 1 / x
        x += 1
    t = 1 / (x * x)
    series = t * (1 / 12 - t * (1 / 120 - t * (1 / 252 - t * (1 / 240 - t * (1 / 132)))))
    return total + float(np.log(x)) - 0.5 / x - series


def trigamma(x: float) -> float:
    """The derivative of `digamma`.

    >>> round(trigamma(1.0), 12), round(trigamma(-0.5), 12)
    (1.644934066848, 8.934802200545)
    """
    if x <= 0:
        return float(np.pi / np.sin(np.pi * x)) ** 2 - trigamma(1 - x)
    total = 0.0
    while x < 10:
        total += 1 / (x * x)
        x += 1
    t = 1 / (x * x)
    series = 1 / 6 - t * (1 / 30 - t * (1 / 42 - t * (1 / 30 - t * (5 / 66))))
    return total + 1 / x + 0.5 * t + series * t / x


def digammas(x: Any) -> Any:
    """The derivative of `scipy.special.gammaln`, element by element.

    >>> np.round(digammas(np.array([1.0, -0.5])), 6)
    array([-0.577216,  0.03649 ])
    """
    x = np.asarray(x)
    mirrored = x <= 0
    z = np.where(mirrored, 1 - x, x).astype(np.float64)
    total = np.zeros(x.shape)
    for _ in range(10):
        total = total - np.where(z < 10, 1 / z, 0.0)
        z = np.where(z < 10, z + 1, z)
    t = 1 / (z * z)
    series = t * (1 / 12 - t * (1 / 120 - t * (1 / 252 - t * (1 / 240 - t * (1 / 132)))))
    total = total + np.log(z) - 0.5 / z - series
    back = np.pi / np.tan(np.pi * np.where(mirrored, x, 0.5))
    return (total - np.where(mirrored, back, 0.0)).astype(x.dtype)


def trigammas(x: Any) -> Any:
    """The derivative of `digammas`, element by element.

    >>> np.round(trigammas(np.array([1.0, -0.5])), 6)
    array([1.644934, 8.934802])
    """
    x = np.asarray(x)
    mirrored = x <= 0
    z = np.where(mirrored, 1 - x, x).astype(np.float64)
    total = np.zeros(x.shape)
    for _ in range(10):
        total = total + np.where(z < 10, 1 / (z * z), 0.0)
        z = np.where(z < 10, z + 1, z)
    t = 1 / (z * z)
    series = 1 / 6 - t * (1 / 30 - t * (1 / 42 - t * (1 / 30 - t * (5 / 66))))
    total = total + 1 / z + 0.5 * t + series * t / z
    back = (np.pi / np.sin(np.pi * np.where(mirrored, x, 0.5))) ** 2
    return np.where(mirrored, back - total, total)[()].astype(x.dtype)
