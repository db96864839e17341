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


def bessel_i1(x: Any) -> Any:
    """The modified Bessel function of order 1, the slope of `np.i0`.

    It is the mean of exp(x cos t) cos t round a circle, which a mean over evenly
    spaced angles gives to full precision.

    >>> round(float(bessel_i1(1.0)), 12)
    0.565159103992
    """
    x = np.asarray(x)
    count = 64 + 2 * int(np.ceil(np.max(np.abs(x), initial=0.0)))
    c = np.cos(2 * np.pi * np.arange(count) / count)
    return np.mean(np.exp(x[..., None] * c) * c, axis=-1).astype(x.dtype)
