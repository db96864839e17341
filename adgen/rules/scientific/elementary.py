"""Elementary functions of `scipy.special`: entropies, losses, powers, and the elementary ones
that NumPy has too."""

import math

import numpy as np
from scipy import special

from adgen.rules.registry import constant, elementwise
from adgen.rules.shapes import elementwise as broadcasting

# -- entropies ------------------------------------------------------------------------------


@elementwise(special.xlogy)
def xlogy(c, x, y):
    """At x = 0 the gradient of x is log(y), which is infinite at y = 0, too; that of y is 0."""
    dx = np.log(y) * dc
    dy = x / np.where(x == 0, 1.0, y) * dc


@elementwise(special.xlog1py)
def xlog1py(c, x, y):
    """At x = 0 the gradient of y is 0."""
    dx = np.log1p(y) * dc
    dy = x / np.where(x == 0, 1.0, 1 + y) * dc


@elementwise(special.entr)
def entr(y, x):
    """At x = 0 the gradient is infinite, as the slope is."""
    dx = -(np.log(x) + 1) * dy


@elementwise(special.rel_entr)
def rel_entr(c, x, y):
    """At x = 0 the gradient of x is infinite, as the slope is; that of y is 0."""
    dx = (np.log(x / y) + 1) * dc
    dy = -x / np.where(x == 0, 1.0, y) * dc


@elementwise(special.kl_div)
def kl_div(c, x, y):
    """At x = 0 the gradient of x is infinite, as the slope is."""
    dx = np.log(x / y) * dc
    dy = (1 - x / np.where(x == 0, 1.0, y)) * dc


# -- losses ---------------------------------------------------------------------------------


@elementwise(special.huber)
def huber(y, delta, r):
    ddelta = np.maximum(np.abs(r) - delta, 0.0) * dy
    dr = np.clip(r, -delta, delta) * dy


@elementwise(special.pseudo_huber)
def pseudo_huber(y, delta, r):
    """Of a positive delta."""
    s = np.sqrt(1 + (r / delta) ** 2)
    ddelta = (2 * y / delta - r**2 / (delta * s)) * dy
    dr = r / s * dy


# -- powers -----------------------------------------------------------------------------------


@elementwise(special.exprel)
def exprel(y, x):
    """Kummer's function (DLMF 13.6.2 and 13.3.15), which is exact at x = 0, too."""
    dx = 0.5 * special.hyp1f1(2, 3, x) * dy


@elementwise(special.boxcox)
def boxcox(y, x, lmbda):
    """log(x) * exprel(lmbda * log(x)), of a positive x."""
    dx = x ** (lmbda - 1) * dy
    log = np.log(x)
    dlmbda = 0.5 * log**2 * special.hyp1f1(2, 3, lmbda * log) * dy


@elementwise(special.boxcox1p)
def boxcox1p(y, x, lmbda):
    """log1p(x) * exprel(lmbda * log1p(x)), of x > -1."""
    dx = (1 + x) ** (lmbda - 1) * dy
    log = np.log1p(x)
    dlmbda = 0.5 * log**2 * special.hyp1f1(2, 3, lmbda * log) * dy


@elementwise(special.inv_boxcox)
def inv_boxcox(x, y, lmbda):
    """log1p(u) / u has a hypergeometric slope (DLMF 15.4.1), which is exact at u = 0, too."""
    dy = x ** (1 - lmbda) * dx
    dlmbda = -0.5 * x * y**2 * special.hyp2f1(2, 2, 3, -lmbda * y) * dx


@elementwise(special.inv_boxcox1p)
def inv_boxcox1p(x, y, lmbda):
    dy = (1 + x) ** (1 - lmbda) * dx
    dlmbda = -0.5 * (1 + x) * y**2 * special.hyp2f1(2, 2, 3, -lmbda * y) * dx


@elementwise(special.cbrt)
def cbrt(y, x):
    """At x = 0 the gradient is infinite, as the slope is."""
    dx = dy / (3 * y**2)


@elementwise(special.exp2)
def exp2(y, x):
    dx = (math.log(2) * y) * dy


@elementwise(special.exp10)
def exp10(y, x):
    dx = (math.log(10) * y) * dy


@elementwise(special.expm1)
def expm1(y, x):
    dx = (y + 1) * dy


@elementwise(special.log1p)
def log1p(y, x):
    dx = dy / (1 + x)


# -- trigonometry -----------------------------------------------------------------------------


@elementwise(special.cosm1)
def cosm1(y, x):
    dx = -np.sin(x) * dy


@elementwise(special.sindg)
def sindg(y, x):
    dx = math.pi / 180 * special.cosdg(x) * dy


@elementwise(special.cosdg)
def cosdg(y, x):
    dx = -math.pi / 180 * special.sindg(x) * dy


@elementwise(special.tandg)
def tandg(y, x):
    dx = math.pi / 180 * (1 + y**2) * dy


@elementwise(special.cotdg)
def cotdg(y, x):
    dx = -math.pi / 180 * (1 + y**2) * dy


# -- powers, and where exponentials meet themselves ---------------------------------------------


@elementwise(special.powm1)
def powm1(z, x, y):
    """Where x <= 0 the gradient of y is 0."""
    dx = y * x ** (y - 1) * dz
    dy = (z + 1) * np.log(np.where(x > 0, x, 1)) * dz


@elementwise(special.wrightomega)
def wrightomega(y, z):
    """y + log(y) is z (DLMF 4.13); on the cuts there is no slope."""
    dz = y / (1 + y) * dy


@elementwise(special.voigt_profile)
def voigt_profile(y, x, sigma, gamma):
    """The real part of the Faddeeva function w(z), whose slope is 2i / sqrt(pi) - 2 z w(z)."""
    z = (x + 1j * gamma) / (math.sqrt(2) * sigma)
    slope = (1j / math.pi - z * special.wofz(z) / math.sqrt(math.pi)) / sigma**2
    dx = slope.real * dy
    dsigma = -(y / sigma + math.sqrt(2) * (z * slope).real) * dy
    dgamma = -slope.imag * dy


@constant(special.gammasgn, special.round, shape=broadcasting)
def steps(y, x): ...
