"""Objects that stand for polynomials: `np.poly1d`, and `Polynomial` of `numpy.polynomial`.

Each is followed as an object of the class below, which has the coefficients and works with
NumPy's functions of them.
"""

import numpy as np
from numpy.polynomial import polynomial as ascending

from adgen.rules.registry import written_out


class Descending:
    """A polynomial by its coefficients, the highest power first."""

    def __init__(self, given):
        self.given = given

    def __call__(self, x):
        return np.polyval(self.given, x)

    @property
    def coeffs(self):
        if self.given[0] == 0:
            raise ValueError("np.poly1d drops leading coefficients that are 0")
        return self.given

    @property
    def c(self):
        return self.coeffs

    @property
    def coefficients(self):
        return self.coeffs

    @property
    def order(self):
        return len(self.coeffs) - 1

    @property
    def roots(self):
        return np.roots(self.given)

    @property
    def r(self):
        return np.roots(self.given)

    def deriv(self, m=1):
        return Descending(np.polyder(self.given, m))

    def integ(self, m=1):
        return Descending(np.polyint(self.given, m))

    def __getitem__(self, power):
        return self.coeffs[-1 - power] if power < len(self.coeffs) else 0

    def __neg__(self):
        return Descending(-self.given)

    def __add__(self, other):
        return Descending(np.polyadd(self.given, coefficients_of(other)))

    def __radd__(self, other):
        return Descending(np.polyadd(coefficients_of(other), self.given))

    def __sub__(self, other):
        return Descending(np.polysub(self.given, coefficients_of(other)))

    def __rsub__(self, other):
        return Descending(np.polysub(coefficients_of(other), self.given))

    def __mul__(self, other):
        if isinstance(other, Descending):
            return Descending(np.polymul(self.given, other.given))
        return Descending(self.given * other)

    def __rmul__(self, other):
        return Descending(other * self.given)

    def __truediv__(self, number):
        return Descending(self.given / number)


def coefficients_of(other):
    """Those of a polynomial; a number is one of its own."""
    return other.given if isinstance(other, Descending) else vector(other)


@written_out(np.poly1d, apart=lambda made: (made.coeffs,))
def poly1d(c_or_r, r=False):
    return Descending(np.poly(c_or_r) if r else vector(c_or_r))


def vector(given):
    return given if isinstance(given, np.ndarray) else np.atleast_1d(given)


def is_long(x, coef):
    """Whether numbers have 64 bits a part, as the domain makes of all others.

    A number of Python's does not make an array of 32 bits a longer one.
    """
    if np.iscomplexobj(x) or isinstance(x, float) and coef.dtype == np.float64:
        return True
    return isinstance(x, np.ndarray) and x.dtype == np.float64


class Ascending:
    """A polynomial by its coefficients, the constant first."""

    def __init__(self, coef):
        self.coef = coef

    def __call__(self, x):
        return ascending.polyval(x if is_long(x, self.coef) else np.float64(x), self.coef)

    def deriv(self, m=1):
        return Ascending(np.polyder(self.coef[::-1], m)[::-1])

    def integ(self, m=1):
        return Ascending(np.polyint(self.coef[::-1], m)[::-1])

    def degree(self):
        return len(self.coef) - 1


def of_plain_domain(made):
    """The coefficients, unless the variable is scaled first."""
    return (made.coef,) if tuple(made.domain) == tuple(made.window) else None


@written_out(
    np.polynomial.Polynomial, apart=of_plain_domain, why="use numpy.polynomial.polynomial.polyval"
)
def polynomial(coef):
    return Ascending(np.array(vector(coef)))
