"""Gamma and beta functions of `scipy.special`, their kin and inverses.

Formulas are those of DLMF, chapters 5, 8 and 25.  Parameters whose derivative has
no closed form are `free`: a call that asks for it is refused.
"""

import numpy as np
from scipy import special

from adgen.rules.registry import const, elementwise, free, unsupported
from adgen.rules.scientific import FOR_REAL_NUMBERS, NO_CLOSED_FORM, real
from adgen.rules.scientific.polynomials import above
from adgen.rules.shapes import elementwise as broadcasting
from adgen.runtime import betainc_slope, gammainc_slope
from adgen.types import Num

ONCE = "in the parameters it is differentiated once"


@elementwise(special.gammaln, special.loggamma)
def gammaln(y, x):
    dx = special.digamma(x) * dy


@elementwise(special.gamma)
def gamma(y, x):
    dx = (y * special.digamma(x)) * dy


@elementwise(special.rgamma)
def rgamma(y, x):
    """At the poles of gamma the slope is (-1)**n * n!."""
    poles = (x <= 0) & (y == 0)
    at_poles = np.cos(np.pi * x) * special.gamma(1 - x)
    dx = np.where(poles, at_poles, -y * special.digamma(np.where(poles, 1.0, x))) * dy


@unsupported(special.digamma, why=FOR_REAL_NUMBERS, when=lambda x: x.kind == "c")
def digamma_of_complex(y, x): ...


@elementwise(special.digamma)
def digamma(y, x):
    dx = special.polygamma(1, x) * dy


def always_doubles(op, facts, /, **operands):
    """Double precision, and an array also for a single number."""
    num = broadcasting(op, facts, **operands)
    return Num("f8", num.dims, "any" if num.dims is None else "array")


@elementwise(special.polygamma, shape=always_doubles, why=NO_CLOSED_FORM)
def polygamma(y, n: free, x):
    dx = special.polygamma(above(n), x) * dy


@elementwise(special.zeta, why=NO_CLOSED_FORM)
def zeta(y, x: free, q=None):
    """DLMF 25.11.17."""
    dq = -x * special.zeta(above(x), q) * dy


def doubles(op, facts, /, **operands):
    num = broadcasting(op, facts, **operands)
    return Num("f8", num.dims, num.form)


@elementwise(
    special.multigammaln,
    shape=lambda op, facts, /, x, d: doubles(op, facts, x=x),
    why=NO_CLOSED_FORM,
)
def multigammaln(y, x, d: free):
    dx = np.sum(special.digamma(np.subtract.outer(x, np.arange(d) / 2)), axis=-1) * dy


@elementwise(special.poch)
def poch(y, x, n):
    """gamma(x + n) / gamma(x), where that is finite and not 0."""
    dx = y * (special.digamma(x + n) - special.digamma(x)) * dy
    dn = y * special.digamma(x + n) * dy


@elementwise(special.binom)
def binom(y, n, k):
    """Where it is not 0."""
    dn = y * (special.digamma(n + 1) - special.digamma(n - k + 1)) * dy
    dk = y * (special.digamma(n - k + 1) - special.digamma(k + 1)) * dy


def counted(op, facts, /, exact=False, repetition=False, extend="zero", **operands):
    if exact or repetition or extend != "zero":
        raise TypeError("it is supported without `exact`, `repetition` and `extend`")
    return doubles(op, facts, **operands)


@elementwise(special.factorial, shape=counted)
def factorial(y, n, exact: const = False, extend: const = "zero"):
    """gamma(n + 1), where that is not 0."""
    dn = y * special.digamma(np.where(y == 0, 1.0, n + 1)) * dy


@elementwise(special.comb, shape=counted, also={"N": "n"})
def comb(y, n, k, *, exact: const = False, repetition: const = False):
    """Where it is not 0."""
    there = y != 0
    drawn = special.digamma(np.where(there, n - k + 1, 1.0))
    dn = np.where(there, y * (special.digamma(np.where(there, n + 1, 1.0)) - drawn), 0.0) * dy
    dk = np.where(there, y * (drawn - special.digamma(np.where(there, k + 1, 1.0))), 0.0) * dy


@elementwise(special.perm, shape=counted, also={"N": "n"})
def perm(y, n, k, exact: const = False):
    """gamma(n + 1) / gamma(n - k + 1), where it is not 0."""
    there = y != 0
    drawn = special.digamma(np.where(there, n - k + 1, 1.0))
    dn = np.where(there, y * (special.digamma(np.where(there, n + 1, 1.0)) - drawn), 0.0) * dy
    dk = np.where(there, y * drawn, 0.0) * dy


@unsupported(special.factorial2, special.factorialk, why="use scipy.special.gamma")
def other_factorials(n, k=None, exact=False): ...


# -- beta -----------------------------------------------------------------------------------


@elementwise(special.beta)
def beta(y, a, b):
    da = y * (special.digamma(a) - special.digamma(a + b)) * dy
    db = y * (special.digamma(b) - special.digamma(a + b)) * dy


@elementwise(special.betaln)
def betaln(y, a, b):
    da = (special.digamma(a) - special.digamma(a + b)) * dy
    db = (special.digamma(b) - special.digamma(a + b)) * dy


@elementwise(special.betainc)
def betainc(y, a, b, x):
    """The integrand (DLMF 8.17.1); in a and b its continued fraction, differentiated."""
    da = betainc_slope(a, b, x, 0) * dy
    db = betainc_slope(a, b, x, 1) * dy
    dx = np.exp(special.xlogy(a - 1, x) + special.xlog1py(b - 1, -x) - special.betaln(a, b)) * dy


@elementwise(*filter(None, [getattr(special, "betaincc", None)]))
def betaincc(y, a, b, x):
    da = -betainc_slope(a, b, x, 0) * dy
    db = -betainc_slope(a, b, x, 1) * dy
    dx = -np.exp(special.xlogy(a - 1, x) + special.xlog1py(b - 1, -x) - special.betaln(a, b)) * dy


@elementwise(special.betaincinv)
def betaincinv(x, a, b, y):
    """One over the integrand."""
    s = np.exp(special.betaln(a, b) - special.xlogy(a - 1, x) - special.xlog1py(b - 1, -x)) * dx
    da = -betainc_slope(a, b, x, 0) * s
    db = -betainc_slope(a, b, x, 1) * s
    dy = s


@elementwise(*filter(None, [getattr(special, "betainccinv", None)]))
def betainccinv(x, a, b, y):
    s = np.exp(special.betaln(a, b) - special.xlogy(a - 1, x) - special.xlog1py(b - 1, -x)) * dx
    da = -betainc_slope(a, b, x, 0) * s
    db = -betainc_slope(a, b, x, 1) * s
    dy = -s


def real_doubles(op, facts, /, which=0, **operands):
    real(*operands.values())
    return doubles(op, facts, **operands)


@elementwise(betainc_slope, shape=real_doubles, when=lambda which: which == 0, why=ONCE)
def slope_of_betainc_in_a(s, a: free, b: free, x, which: const):
    """The slope of the integrand in a."""
    y = np.exp(special.xlogy(a - 1, x) + special.xlog1py(b - 1, -x) - special.betaln(a, b))
    dx = y * (np.log(x) - special.digamma(a) + special.digamma(a + b)) * ds


@elementwise(betainc_slope, why=ONCE)
def slope_of_betainc_in_b(s, a: free, b: free, x, which: const):
    """The slope of the integrand in b."""
    y = np.exp(special.xlogy(a - 1, x) + special.xlog1py(b - 1, -x) - special.betaln(a, b))
    dx = y * (np.log1p(-x) - special.digamma(b) + special.digamma(a + b)) * ds


# -- incomplete gamma functions ---------------------------------------------------------------


@elementwise(special.gammainc)
def gammainc(y, a, x):
    """The integrand (DLMF 8.2.4); in a its series or continued fraction, differentiated."""
    da = gammainc_slope(a, x) * dy
    dx = np.exp(special.xlogy(a - 1, x) - x - special.gammaln(a)) * dy


@elementwise(special.gammaincc)
def gammaincc(y, a, x):
    da = -gammainc_slope(a, x) * dy
    dx = -np.exp(special.xlogy(a - 1, x) - x - special.gammaln(a)) * dy


@elementwise(special.gammaincinv)
def gammaincinv(x, a, y):
    """One over the integrand."""
    s = np.exp(x + special.gammaln(a) - special.xlogy(a - 1, x)) * dx
    da = -gammainc_slope(a, x) * s
    dy = s


@elementwise(special.gammainccinv)
def gammainccinv(x, a, y):
    s = np.exp(x + special.gammaln(a) - special.xlogy(a - 1, x)) * dx
    da = -gammainc_slope(a, x) * s
    dy = -s


@elementwise(gammainc_slope, shape=real_doubles, why=ONCE)
def slope_of_gammainc(s, a: free, x):
    """The slope of the integrand in a."""
    y = np.exp(special.xlogy(a - 1, x) - x - special.gammaln(a))
    dx = y * (np.log(x) - special.digamma(a)) * ds
