"""Slopes of the incomplete gamma and beta functions in their parameters.

Where the series or continued fraction of the function converges, each of its terms is
differentiated: Moore, "Derivatives of the incomplete gamma integral" (AS 187, 1982); Boik and
Robison-Cox, "Derivatives of the incomplete beta function" (1998).
"""

from __future__ import annotations

from typing import Any

import numpy as np


def gammainc_slope(a: Any, x: Any) -> Any:
    """The slope of `special.gammainc(a, x)` in a.

    >>> gammainc_slope(1.0, np.array([0.5, 3.0])).round(8)
    array([-0.48945758, -0.09648294])
    """
    from scipy import special

    a, x = np.broadcast_arrays(np.asarray(a, dtype=float), np.asarray(x, dtype=float))
    inside = (x > 0) & np.isfinite(x)
    below = x < a + 1
    lower, upper = inside & below, inside & ~below
    slope = np.where(np.isnan(a + x), np.nan, 0.0)
    if np.any(lower):
        s, z = a[lower], x[lower]
        total, dtotal = gamma_series(s, z)
        rate = (np.log(z) - special.digamma(s + 1)) * total + dtotal
        slope[lower] = np.exp(special.xlogy(s, z) - z - special.gammaln(s + 1)) * rate
    if np.any(upper):
        s, z = a[upper], x[upper]
        h, rate = gamma_fraction(s, z)
        weight = np.exp(special.xlogy(s, z) - z - special.gammaln(s)) * h
        slope[upper] = -weight * (np.log(z) - special.digamma(s) + rate)
    return slope[()]


def gamma_series(a: Any, x: Any) -> Any:
    """The sum of x**n / ((a + 1) ... (a + n)), and its slope in a (DLMF 8.7.1).

    >>> [part.round(6) for part in gamma_series(np.array([1.0]), np.array([0.5]))]
    [array([1.297443]), array([-0.166101])]
    """
    term, harmonic = np.ones_like(a), np.zeros_like(a)
    total, dtotal, n = np.ones_like(a), np.zeros_like(a), 0
    while np.any(term * (1 + harmonic) > 1e-17 * total):
        n += 1
        term = term * x / (a + n)
        harmonic = harmonic + 1 / (a + n)
        total = total + term
        dtotal = dtotal - term * harmonic
    return total, dtotal


def gamma_fraction(a: Any, x: Any) -> Any:
    """The fraction 1 / (x + 1 - a + (a - 1) / (x + 3 - a + ...)), and the slope of its logarithm in
    a (DLMF 8.9.2).

    >>> [part.round(6) for part in gamma_fraction(np.array([1.0]), np.array([3.0]))]
    [array([0.333333]), array([0.262084])]
    """
    b = x + 1 - a
    steps = ((-i * (i - a), i + 0 * a, b + 2 * i, -1.0) for i in range(1, 100_000))
    return continued(1 / b, 1 / b**2, np.inf, steps)


def betainc_slope(a: Any, b: Any, x: Any, which: int) -> Any:
    """The slope of `special.betainc(a, b, x)` in a (0) or b (1).

    >>> betainc_slope(2.0, 1.0, np.array([0.5, 0.9]), 0).round(8)
    array([-0.1732868 , -0.08534202])
    """
    from scipy import special

    a, b, x = (np.asarray(v, dtype=float) for v in np.broadcast_arrays(a, b, x))
    slope = np.where(np.isnan(a + b + x), np.nan, 0.0)
    inside = (x > 0) & (x < 1)
    below = x < (a + 1) / (a + b + 2)
    for part, turned in ((inside & below, False), (inside & ~below, True)):
        if not np.any(part):
            continue
        p, q, z, rest = a[part], b[part], x[part], 1 - x[part]
        if turned:  # I(a, b, x) = 1 - I(b, a, 1 - x)
            p, q, z, rest = q, p, rest, z
        first = (which == 0) != turned
        h, rate = beta_fraction(p, q, z, first)
        own, log = (p, np.log(z)) if first else (q, np.log(rest))
        rate = rate + log - special.digamma(own) + special.digamma(p + q) - (1 / p if first else 0)
        size = special.xlogy(p, z) + special.xlogy(q, rest) - special.betaln(p, q)
        slope[part] = (-1 if turned else 1) * np.exp(size) / p * h * rate
    return slope[()]


def beta_fraction(a: Any, b: Any, x: Any, first: bool) -> Any:
    """The fraction of DLMF 8.17.22, and the slope of its logarithm in a, or in b.

    >>> one = np.ones(1)
    >>> [part.round(6) for part in beta_fraction(2 * one, one, one / 2, False)]
    [array([2.]), array([0.272589])]
    """
    da, db = (1.0, 0.0) if first else (0.0, 1.0)

    def steps() -> Any:
        for m in range(1, 100_000):
            even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
            own = db * m * x / ((a + 2 * m - 1) * (a + 2 * m))
            yield even, own - even * da * (1 / (a + 2 * m - 1) + 1 / (a + 2 * m)), 1.0, 0.0
            odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
            growth = da / (a + m) + (da + db) / (a + b + m)
            yield odd, odd * (growth - da * (1 / (a + 2 * m) + 1 / (a + 2 * m + 1))), 1.0, 0.0

    size = 1 - (a + b) * x / (a + 1)
    dsize = -((da + db) / (a + 1) - (a + b) * da / (a + 1) ** 2) * x
    return continued(1 / size, -dsize / size**2, np.ones_like(a), steps())


def continued(d: Any, dd: Any, c: Any, steps: Any) -> Any:
    """A continued fraction, and the slope of its logarithm, as far as it changes (Lentz).

    It begins as d, with the slope dd, and as the quotient c; each step has a numerator and its
    slope, and a denominator and its slope.

    >>> one = np.ones(1)
    >>> [float(v[0]) for v in continued(one, 0 * one, np.inf, [(one, 0.0, 1.0, 0.0)])]
    [0.5, 0.0]
    """
    h, rate, dc = d, dd / d, 0.0
    for top, dtop, under, dunder in steps:
        size = under + top * d
        dsize = dunder + dtop * d + top * dd
        d, dd = 1 / size, -dsize / size**2
        c, dc = under + top / c, dunder + dtop / c - top * dc / c**2
        h = h * (c * d)
        change = dd / d + dc / c
        rate = rate + change
        noise = 1e-14 * np.abs(rate) + 1e-15 * np.abs(dc / c)
        if not np.any((np.abs(c * d - 1) > 1e-15) | (np.abs(change) > noise)):
            break
    return h, rate
