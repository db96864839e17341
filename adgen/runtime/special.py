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
    total, x = 0.0, float(x)  # an array without axes would be stepped up in place
    while x < 10:
        total -= 1 / x
        x += 1
    t = 1 / (x * x)
    series = t * (1 / 12 - t * (1 / 120 - t * (1 / 252 - t * (1 / 240 - t * (1 / 132)))))
    return total + float(np.log(x)) - 0.5 / x - series


def polygamma(n: int, x: float) -> float:
    """The n-th derivative of `digamma`, n >= 1.

    Steps up to where the asymptotic series holds (DLMF 5.15.5 and 5.15.9).

    >>> round(polygamma(1, 1.0), 12), round(polygamma(1, -0.5), 12)
    (1.644934066848, 8.934802200545)
    """
    factorial = float(np.prod(np.arange(1.0, n)))
    total, x = 0.0, float(x)
    while x < 10 + n:
        total += n * factorial / x ** (n + 1)
        x += 1
    total += (1 + 0.5 * n / x) * factorial / x**n
    for k, bernoulli in ((2, 1 / 6), (4, -1 / 30), (6, 1 / 42), (8, -1 / 30), (10, 5 / 66)):
        total += bernoulli * float(np.prod(np.arange(k + 1.0, k + n))) / x ** (k + n)
    return total if n % 2 else -total


def elliprd_slope(x: Any, y: Any, z: Any, which: int) -> Any:
    """The slope of `special.elliprd(x, y, z)` in x (0), y (1) or z (2).

    R_D(x, y, z) is 3 / (sqrt(z) (z + s)) and a quarter of R_D of (x + s) / 4, (y + s) / 4 and
    (z + s) / 4, where s is the sum of the three products of two roots (DLMF 19.26.20): arguments
    approach each other, and each step is differentiated.

    >>> elliprd_slope(1.0, 1.0, 1.0, 2).round(12)
    np.float64(-0.9)
    """
    a = 1.0 * np.stack(np.broadcast_arrays(x, y, z))
    da = np.zeros_like(a)
    da[which] = 1.0
    slope, share = 0.0, 1.0
    for _ in range(40):
        roots = np.sqrt(a)
        halves = np.divide(da, 2 * roots, out=np.zeros_like(a), where=da != 0)
        s = roots[0] * roots[1] + (roots[0] + roots[1]) * roots[2]
        ds = np.sum(halves * (np.sum(roots, axis=0) - roots), axis=0)
        size = roots[2] * (a[2] + s)
        slope = slope - share * 3 * (halves[2] * (a[2] + s) + roots[2] * (da[2] + ds)) / size**2
        a, da = (a + s) / 4, (da + ds) / 4
        share = share / 4
    return slope


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
