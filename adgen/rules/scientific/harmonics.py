"""Legendre functions, spherical harmonics, and Jacobi's elliptic functions of `scipy.special`."""

import numpy as np
from scipy import special

from adgen.rules.registry import adjoint, elementwise, free
from adgen.rules.scientific import NO_CLOSED_FORM
from adgen.rules.scientific.bessel import complex_doubles
from adgen.rules.scientific.gammas import doubles
from adgen.rules.scientific.polynomials import above, below
from adgen.rules.settle.broadcasting import fitted
from adgen.rules.shapes import as_num, broadcast
from adgen.types import Num, Seq

# -- Legendre functions (DLMF 14.10) and what is made of them ---------------------------------


@elementwise(special.lpmv, why=NO_CLOSED_FORM)
def lpmv(y, m: free, v: free, x):
    dx = (v * x * y - (v + m) * special.lpmv(m, below(v), x)) / (x**2 - 1) * dy


# of newer versions of SciPy
HARMONICS = [getattr(special, name) for name in ("sph_harm_y",) if hasattr(special, name)]


@elementwise(*HARMONICS, shape=complex_doubles, why=NO_CLOSED_FORM)
def sph_harm_y(y, n: free, m: free, theta, phi):
    """At the poles there is no slope in theta."""
    turned = np.sqrt((n - m) * (n + m + 1)) * np.exp(-1j * phi)
    next = special.sph_harm_y(n, above(m), theta, phi)
    side = np.sign(np.sin(theta))
    dtheta = (m * np.cos(theta) / np.sin(theta) * y + side * turned * next) * dy
    dphi = 1j * m * y * dy


def of_places(op, facts, /, x, n):
    x, n = as_num(x), as_num(n)
    return Num("f8", broadcast(facts, x.dims, n.dims))


@elementwise(special.diric, shape=of_places, why=NO_CLOSED_FORM)
def diric(y, x, n: free):
    """At multiples of 2 pi the slope is 0."""
    half = 2 * np.sin(x / 2)
    slope = (np.cos(n * x / 2) - y * np.cos(x / 2)) / np.where(half == 0, np.inf, half)
    dx = slope * dy


# -- Jacobi's elliptic functions (DLMF 22.13) ---------------------------------------------------


def four_of_a_kind(op, facts, /, u, m):
    return Seq("tuple", (doubles(op, facts, u=u, m=m),) * 4)


@adjoint(special.ellipj, shape=four_of_a_kind)
def ellipj(sn, cn, dn, phi, /, u, m):
    """In the parameter they move with the amplitude; at m = 0 that slope is not worked out."""
    turn = (dsn * cn - dcn * sn) * dn - ddn * (m * sn * cn) + dphi * dn
    per = ((1 - m) * u - special.ellipeinc(phi, m) + m * sn * cn / dn) / (2 * m * (1 - m))
    du = fitted(turn, u, sn)
    dm = fitted(turn * per - ddn * sn**2 / (2 * dn), m, sn)
