"""Polynomials, by their coefficients."""

import numpy as np
from numpy.polynomial import polynomial as polynomials

from adgen.rules.convolutions import shorter_of
from adgen.rules.products import product
from adgen.rules.registry import adjoint, const, free, linear, written_out
from adgen.rules.settle.axes import count, raveled
from adgen.rules.shapes import as_array, as_num, dims_of, floating, is_absent, promote
from adgen.runtime import (
    constants_back,
    fit_weights_back,
    fitted_sites_back,
    poly_back,
    polyder_back,
    polyfit_back,
    polyint_back,
    polymul_back,
    vander_back,
)
from adgen.types import Dim, Num, code


def polynomial(op, facts, /, p, x, **options):
    p, x = as_num(p), as_num(x)
    if p.dims is None or len(p.dims) != 1:
        raise TypeError("the coefficients are a vector")
    dtype = product(p, x, ()).dtype
    return Num(dtype, x.dims, "any" if x.dims is None else "array" if x.dims else "np")


@adjoint(np.polyval, shape=polynomial)
def polyval(y, p, x):
    """The coefficients stand with powers of x, the slope with those of its derivative."""
    dp = raveled(dy) @ np.vander(raveled(x), count(p, None))
    dx = np.polyval(np.polyder(p), x) * dy


@adjoint(polynomials.polyval, shape=polynomial, also={"c": "p"})
def polyval_ascending(y, x, p):
    """As `np.polyval`, with the coefficients in ascending order."""
    dx = np.polyval(np.polyder(p[::-1]), x) * dy
    dp = raveled(dy) @ np.vander(raveled(x), count(p, None), increasing=True)


def derivative_of(op, facts, /, p, m=1):
    p = as_num(p)
    if p.dims is None or len(p.dims) != 1 or m < 1:
        raise TypeError("it takes a vector of coefficients, and derives it once or more")
    return Num(beside_integers(p.dtype), ((p.dims[0] - m).at_least_zero(),))


def beside_integers(dtype):
    """What powers that NumPy counts in integers make of float32."""
    return code(np.result_type(dtype, int)) if dtype else ""


@linear(np.polyder, shape=derivative_of)
def polyder(y, p, m: const = 1):
    """Each coefficient was multiplied by its power, and the last ones dropped."""
    dp = polyder_back(dy, count(p, None), m)


def integral_of(op, facts, /, p, m=1, k=None):
    p = as_num(p)
    if p.dims is None or len(p.dims) != 1 or m < 1:
        raise TypeError("it takes a vector of coefficients, and integrates it once or more")
    dtype = floating(p.dtype)
    if not is_absent(k):
        dtype = promote(Num(dtype, ()), as_array(k))
    return Num(dtype, (p.dims[0] + m,))


@linear(np.polyint, shape=integral_of)
def polyint(y, p, m: const = 1, k=None):
    """Each coefficient was divided by its new power; the constants were integrated, too."""
    dp = polyint_back(dy, m)
    dk = constants_back(dy, np.shape(k), m)


def longer(op, facts, /, a, b):
    a, b = as_num(a), as_num(b)
    if a.dims is None or b.dims is None or not len(a.dims) == len(b.dims) == 1:
        raise TypeError("the coefficients are vectors")
    shorter = shorter_of(facts, a.dims[0], b.dims[0])
    known = facts.fresh() if shorter is None else a.dims[0] if shorter is b.dims[0] else b.dims[0]
    return Num(promote(as_array(a), as_array(b)), (known,))


@linear(np.polyadd, shape=longer, also={"a1": "a", "a2": "b"})
def polyadd(c, a, b):
    """The last coefficients stand with the same powers."""
    da = dc[count(c, None) - count(a, None) :]
    db = dc[count(c, None) - count(b, None) :]


@linear(np.polysub, shape=longer, also={"a1": "a", "a2": "b"})
def polysub(c, a, b):
    """The last coefficients stand with the same powers."""
    da = dc[count(c, None) - count(a, None) :]
    db = -dc[count(c, None) - count(b, None) :]


def product_of_polynomials(op, facts, /, a, b):
    a, b = as_num(a), as_num(b)
    if a.dims is None or b.dims is None or not len(a.dims) == len(b.dims) == 1:
        raise TypeError("the coefficients are vectors")
    return Num(promote(as_array(a), as_array(b)), (facts.fresh(),))


@linear(np.polymul, shape=product_of_polynomials, also={"a1": "a", "a2": "b"})
def polymul(c, a, b):
    """A convolution; leading zeros were dropped."""
    da = polymul_back(dc, a, b)
    db = polymul_back(dc, b, a)


def fitted_polynomial(op, facts, /, x, y, deg, w=None, **options):
    if any(v is not None and v is not False for v in options.values()):
        raise TypeError("the coefficients alone are supported")
    x, y = as_num(x), as_num(y)
    if y.dims is None:
        raise TypeError("the operand's rank has to be known")
    if x.kind == "c" or not is_absent(w) and as_num(w).kind == "c":
        raise TypeError("places and weights are real")
    return Num("c16" if y.kind == "c" else "f8" if y.kind else "", (Dim(deg + 1), *y.dims[1:]))


@adjoint(np.polyfit, shape=fitted_polynomial,
         instead={"cov": "leave it out", "full": "leave it out"})  # fmt: skip
def polyfit(p, x, y, deg: const, rcond: const = None, w=None):
    """Linear in the values: by the pseudo-inverse of the powers of x."""
    dx = fitted_sites_back(dp, p, x, y, deg, w)
    dy = polyfit_back(dp, x, deg, w)
    dw = fit_weights_back(dp, p, x, y, deg, w)


def powers_of(op, facts, /, x, N=None, increasing=False):
    x = as_num(x)
    if x.dims is None or len(x.dims) != 1:
        raise TypeError("it takes a vector")
    columns = x.dims if is_absent(N) else dims_of(facts, N)
    return Num(beside_integers(x.dtype), (x.dims[0], *(columns or (facts.fresh(),))))


@adjoint(np.vander, shape=powers_of)
def vander(y, x, N: free = None, increasing: const = False):
    """Each column is a power of x."""
    dx = vander_back(dy, x, increasing)


def roots_shape(op, facts, /, p):
    """Whether they are complex depends on the values, as does how many there are."""
    p = as_num(p)
    if p.dims is None or len(p.dims) != 1:
        raise TypeError("the coefficients are a vector")
    return Num("c16" if p.kind == "c" else "", (facts.fresh(),))


@adjoint(np.roots, shape=roots_shape)
def roots(r, p):
    """With p(r) = 0: what a coefficient adds at a root, over the slope there."""
    dp = -(dr / np.polyval(np.polyder(p), r)) @ np.vander(r, count(p, None))


def with_these_roots(op, facts, /, r):
    r = as_num(r)
    if r.dims is None or len(r.dims) != 1:
        raise TypeError("it takes a vector of roots")
    if r.kind == "c":
        raise TypeError("of complex roots the coefficients may turn out real: multiply them out")
    return Num(floating(r.dtype), (r.dims[0] + 1,))


@adjoint(np.poly, shape=with_these_roots)
def poly(p, r):
    """For each root, the polynomial of the others."""
    dr = poly_back(dp, r)


@written_out(np.polydiv)
def polydiv(u, v):
    """Long division; of the rest, leading coefficients that are nearly 0 are dropped."""
    if np.ndim(u) != 1 or np.ndim(v) != 1:
        raise TypeError("the coefficients are vectors")
    rest, scale = u + 0.0 * v[0], 1.0 / v[0]
    count = len(u) - len(v) + 1
    quotient = np.zeros(max(count, 1), dtype=rest.dtype)
    for k in range(count):
        quotient[k] = scale * rest[k]
        rest[k : k + len(v)] -= quotient[k] * v
    while len(rest) > 1 and abs(rest[0]) <= 1e-8:
        rest = rest[1:]
    return quotient, rest
