"""Densities of `scipy.stats` on the whole line, or round the circle."""

import numpy as np
from scipy import special, stats

from adgen.rules.registry import elementwise
from adgen.rules.scientific.densities import in_logs, inside, located, standard


@elementwise(stats.gumbel_l.logpdf, stats.gumbel_l.pdf, shape=located)
def gumbel_l(y, x, loc=0.0, scale=1.0):
    s = in_logs(y, dy)
    z = inside(y, standard(x, loc, scale), 0.0)
    slope = np.expm1(z)
    dx = -slope * s / scale
    dloc = slope * s / scale
    dscale = (z * slope - 1) * s / scale


@elementwise(stats.hypsecant.logpdf, stats.hypsecant.pdf, shape=located)
def hypsecant(y, x, loc=0.0, scale=1.0):
    s = in_logs(y, dy)
    z = standard(x, loc, scale)
    slope = np.tanh(z)
    dx = -slope * s / scale
    dloc = slope * s / scale
    dscale = (z * slope - 1) * s / scale


@elementwise(stats.moyal.logpdf, stats.moyal.pdf, shape=located)
def moyal(y, x, loc=0.0, scale=1.0):
    s = in_logs(y, dy)
    z = inside(y, standard(x, loc, scale), 0.0)
    slope = -0.5 * np.expm1(-z)
    dx = -slope * s / scale
    dloc = slope * s / scale
    dscale = (z * slope - 1) * s / scale


@elementwise(stats.genlogistic.logpdf, stats.genlogistic.pdf, shape=located)
def genlogistic(y, x, c, loc=0.0, scale=1.0):
    s = in_logs(y, dy)
    z = standard(x, loc, scale)
    slope = 1 - (c + 1) * special.expit(-z)
    dx = -slope * s / scale
    dc = (1 / c - np.logaddexp(0, -z)) * s
    dloc = slope * s / scale
    dscale = (z * slope - 1) * s / scale


@elementwise(stats.loggamma.logpdf, stats.loggamma.pdf, shape=located)
def loggamma(y, x, c, loc=0.0, scale=1.0):
    s = in_logs(y, dy)
    z = inside(y, standard(x, loc, scale), 0.0)
    slope = np.exp(z) - c
    dx = -slope * s / scale
    dc = (z - special.digamma(c)) * s
    dloc = slope * s / scale
    dscale = (z * slope - 1) * s / scale


@elementwise(stats.gennorm.logpdf, stats.gennorm.pdf, shape=located)
def gennorm(y, x, beta, loc=0.0, scale=1.0):
    s = in_logs(y, dy)
    z = standard(x, loc, scale)
    w = np.abs(z) ** beta
    slope = beta * np.abs(z) ** (beta - 1) * np.sign(z)
    dx = -slope * s / scale
    dbeta = (1 / beta + special.digamma(1 / beta) / beta**2 - special.xlogy(w, np.abs(z))) * s
    dloc = slope * s / scale
    dscale = (z * slope - 1) * s / scale


@elementwise(stats.laplace_asymmetric.logpdf, stats.laplace_asymmetric.pdf, shape=located)
def laplace_asymmetric(y, x, kappa, loc=0.0, scale=1.0):
    """At x = loc the slope is that to the right."""
    s = in_logs(y, dy)
    z = standard(x, loc, scale)
    right = z >= 0
    slope = np.where(right, kappa, -1 / kappa)
    dx = -slope * s / scale
    dkappa = ((1 / kappa**2 - 1) / (kappa + 1 / kappa) - np.where(right, z, z / kappa**2)) * s
    dloc = slope * s / scale
    dscale = (z * slope - 1) * s / scale


@elementwise(stats.skewnorm.logpdf, stats.skewnorm.pdf, shape=located)
def skewnorm(y, x, a, loc=0.0, scale=1.0):
    s = in_logs(y, dy)
    z = standard(x, loc, scale)
    hazard = np.exp(-0.5 * (a * z) ** 2 - special.log_ndtr(a * z)) / np.sqrt(2 * np.pi)
    slope = z - a * hazard
    dx = -slope * s / scale
    da = z * hazard * s
    dloc = slope * s / scale
    dscale = (z * slope - 1) * s / scale


@elementwise(stats.exponnorm.logpdf, stats.exponnorm.pdf, shape=located)
def exponnorm(y, x, K, loc=0.0, scale=1.0):
    s = in_logs(y, dy)
    z = standard(x, loc, scale)
    u = z - 1 / K
    hazard = np.exp(-0.5 * u**2 - special.log_ndtr(u)) / np.sqrt(2 * np.pi)
    slope = 1 / K - hazard
    dx = -slope * s / scale
    dK = ((u + hazard) / K - 1) / K * s
    dloc = slope * s / scale
    dscale = (z * slope - 1) * s / scale


@elementwise(stats.johnsonsu.logpdf, stats.johnsonsu.pdf, shape=located)
def johnsonsu(y, x, a, b, loc=0.0, scale=1.0):
    s = in_logs(y, dy)
    z = standard(x, loc, scale)
    u = a + b * np.arcsinh(z)
    slope = z / (1 + z**2) + b * u / np.sqrt(1 + z**2)
    dx = -slope * s / scale
    da = -u * s
    db = (1 / b - u * np.arcsinh(z)) * s
    dloc = slope * s / scale
    dscale = (z * slope - 1) * s / scale


@elementwise(stats.genextreme.logpdf, stats.genextreme.pdf, shape=located)
def genextreme(y, x, c, loc=0.0, scale=1.0):
    """Of a shape c other than 0."""
    s = in_logs(y, dy)
    z = inside(y, standard(x, loc, scale), 0.0)
    u = 1 - c * z
    w = u ** (1 / c)
    slope = (1 - c - w) / u
    dx = -slope * s / scale
    dc = ((w - 1) * np.log(u) / c + (w - 1 + c) * z / u) / c * s
    dloc = slope * s / scale
    dscale = (z * slope - 1) * s / scale


@elementwise(stats.vonmises.logpdf, stats.vonmises.pdf, shape=located)
def vonmises(y, x, kappa, loc=0.0, scale=1.0):
    s = in_logs(y, dy)
    z = standard(x, loc, scale)
    slope = kappa * np.sin(z)
    dx = -slope * s / scale
    dkappa = (np.cos(z) - special.i1e(kappa) / special.i0e(kappa)) * s
    dloc = slope * s / scale
    dscale = (z * slope - 1) * s / scale
