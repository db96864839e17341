"""Functions of `numpy.polynomial.polynomial`: coefficients, the constant first.

They are those of NumPy's older functions, which have the highest power first.
"""

import numpy as np
from numpy.polynomial import polynomial

from adgen.rules.registry import written_out


@written_out(polynomial.polyadd)
def polyadd(c1, c2):
    return np.polyadd(c1[::-1], c2[::-1])[::-1]


@written_out(polynomial.polysub)
def polysub(c1, c2):
    return np.polysub(c1[::-1], c2[::-1])[::-1]


@written_out(polynomial.polymul)
def polymul(c1, c2):
    return np.convolve(c1, c2)


@written_out(polynomial.polymulx)
def polymulx(c):
    return np.concatenate((0 * c[:1], c))


@written_out(polynomial.polydiv)
def polydiv(c1, c2):
    quotient, rest = np.polydiv(c1[::-1], c2[::-1])
    return quotient[::-1], rest[::-1]


@written_out(polynomial.polyroots)
def polyroots(c):
    return np.sort(np.roots(c[::-1]))


@written_out(polynomial.polyder)
def polyder(c, m=1, scl=1):
    if len(c) <= m:
        return 0.0 * c[:1]
    return np.polyder(c[::-1], m)[::-1] * scl**m


@written_out(polynomial.polyint)
def polyint(c, m=1):
    return np.polyint(c[::-1], m)[::-1]


@written_out(polynomial.polyfit)
def polyfit(x, y, deg, w=None):
    return np.polyfit(x, y, deg, w=w)[::-1]


@written_out(polynomial.polyvander)
def polyvander(x, deg):
    return np.stack([np.atleast_1d(x) ** k for k in range(deg + 1)], axis=-1)


@written_out(polynomial.polyvalfromroots)
def polyvalfromroots(x, r):
    if np.ndim(r) != 1:
        raise TypeError("it takes a vector")
    value = 1.0 * np.ones_like(x)
    for root in r:
        value = value * (x - root)
    return value


@written_out(polynomial.polyfromroots)
def polyfromroots(roots):
    return np.poly(roots)[::-1]


@written_out(polynomial.polyval2d)
def polyval2d(x, y, c):
    if np.ndim(c) != 2:
        raise TypeError("the coefficients are a matrix")
    return np.sum([polynomial.polyval(y, row) * x**i for i, row in enumerate(c)], axis=0)


@written_out(polynomial.polygrid2d)
def polygrid2d(x, y, c):
    if np.ndim(c) != 2 or np.ndim(x) != 1 or np.ndim(y) != 1:
        raise TypeError("it takes two vectors, and a matrix of coefficients")
    rows = np.stack([x**k for k in range(np.shape(c)[0])])
    columns = np.stack([y**k for k in range(np.shape(c)[1])])
    return np.tensordot(rows, c @ columns, axes=(0, 0))
