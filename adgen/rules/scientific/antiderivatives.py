"""Functions of `scipy.special` that are integrals: elliptic, exponential, Fresnel and others.

Formulas are those of DLMF, chapters 6, 7, 8, 19 and 25.
"""

import math

import numpy as np
from scipy import special

from adgen.rules.registry import adjoint, elementwise, free, unsupported
from adgen.rules.scientific import NO_CLOSED_FORM
from adgen.rules.scientific.polynomials import degree_below
from adgen.rules.shapes import as_num
from adgen.rules.shapes import elementwise as broadcasting
from adgen.runtime import elliprd_slope
from adgen.types import Dim, Num, Seq

# -- elliptic integrals: in Carlson's form there is no cancellation (DLMF 19.25.1, 19.18.1) --


@elementwise(special.elliprd)
def elliprd(f, x, y, z):
    """By duplication of the arguments (DLMF 19.26.20)."""
    dx = elliprd_slope(x, y, z, 0) * df
    dy = elliprd_slope(x, y, z, 1) * df
    dz = elliprd_slope(x, y, z, 2) * df


def of_first_three(op, facts, /, x, y, z, which):
    return broadcasting(op, facts, x=x, y=y, z=z)


@unsupported(
    elliprd_slope, why="second derivatives of special.elliprd are not in the catalogue",
    shape=of_first_three,
)  # fmt: skip
def second_derivative_of_elliprd(f, x, y, z, which): ...


@elementwise(special.elliprf)
def elliprf(f, x, y, z):
    """DLMF 19.18.1; R_F is symmetric."""
    dx = -special.elliprd(y, z, x) / 6 * df
    dy = -special.elliprd(z, x, y) / 6 * df
    dz = -special.elliprd(x, y, z) / 6 * df


@elementwise(special.ellipk)
def ellipk(y, m):
    dm = special.elliprd(0, 1, 1 - m) / 6 * dy


@elementwise(special.ellipkm1)
def ellipkm1(y, p):
    dp = -special.elliprd(0, 1, p) / 6 * dy


@elementwise(special.ellipe)
def ellipe(y, m):
    dm = -special.elliprd(0, 1 - m, 1) / 6 * dy


@elementwise(special.ellipkinc)
def ellipkinc(y, phi, m):
    """DLMF 19.25.5; half turns add complete integrals."""
    turns = np.round(phi / np.pi)
    s = np.sin(phi - turns * np.pi)
    dphi = dy / np.sqrt(1 - m * s**2)
    dm = (
        s**3 * special.elliprd(1 - s**2, 1, 1 - m * s**2)
        + 2 * turns * special.elliprd(0, 1, 1 - m)
    ) / 6 * dy  # fmt: skip


@elementwise(special.ellipeinc)
def ellipeinc(y, phi, m):
    """DLMF 19.25.9; half turns add complete integrals."""
    turns = np.round(phi / np.pi)
    s = np.sin(phi - turns * np.pi)
    dphi = np.sqrt(1 - m * s**2) * dy
    dm = -(
        s**3 * special.elliprd(1 - s**2, 1 - m * s**2, 1)
        + 2 * turns * special.elliprd(0, 1 - m, 1)
    ) / 6 * dy  # fmt: skip


# -- exponential and trigonometric integrals ------------------------------------------------


@elementwise(special.expi)
def expi(y, x):
    dx = np.exp(x) / x * dy


@elementwise(special.exp1)
def exp1(y, x):
    dx = -np.exp(-x) / x * dy


@elementwise(special.expn, when=lambda n: n.literal and as_num(n.type).value != Dim(0))
def expn_of_order(y, n: free, x):
    """DLMF 8.19.13."""
    dx = -special.expn(degree_below(n), x) * dy


@elementwise(special.expn, why=NO_CLOSED_FORM)
def expn(y, n: free, x):
    """DLMF 8.19.13."""
    dx = -np.where(n == 0, np.exp(-x) * (1 + x) / x**2, special.expn(degree_below(n), x)) * dy


def two_of_a_kind(op, facts, /, x):
    return Seq("tuple", (broadcasting(op, facts, x=x),) * 2)


@adjoint(special.sici, shape=two_of_a_kind)
def sici(si, ci, /, x):
    dx = np.sinc(x / np.pi) * dsi + np.cos(x) / x * dci


@adjoint(special.shichi, shape=two_of_a_kind)
def shichi(shi, chi, /, x):
    """Of x other than 0."""
    dx = (np.sinh(x) * dshi + np.cosh(x) * dchi) / x


@adjoint(special.fresnel, shape=two_of_a_kind)
def fresnel(s, c, /, x):
    dx = np.sin(0.5 * math.pi * x**2) * ds + np.cos(0.5 * math.pi * x**2) * dc


@elementwise(special.spence)
def spence(y, x):
    """DLMF 25.12.2; at x = 1 the slope is -1."""
    dx = np.where(x == 1, -1.0, np.log(x) / np.where(x == 1, 1.0, 1 - x)) * dy


# -- inverses of elementary functions -----------------------------------------------------------


def complex_numbers(op, facts, /, x, k=0, tol=1e-8):
    num = broadcasting(op, facts, x=x, k=k)
    return Num("c16", num.dims, num.form)


@elementwise(special.lambertw, shape=complex_numbers)
def lambertw(y, x, k: free = 0, tol: free = 1e-8):
    """On every branch y * exp(y) is x (DLMF 4.13.4); at x = -1 / e the gradient is infinite."""
    dx = dy / (x + np.exp(y))
