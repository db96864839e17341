"""Densities of `scipy.stats` on an interval that ends somewhere."""

import numpy as np
from scipy import stats

from adgen.rules.registry import elementwise
from adgen.rules.scientific.densities import in_logs, inside, located, logarithm, standard


@elementwise(stats.arcsine.logpdf, stats.arcsine.pdf, shape=located)
def arcsine(y, x, loc=0.0, scale=1.0):
    s = in_logs(y, dy)
    z = inside(y, standard(x, loc, scale), 0.5)
    slope = 0.5 / z - 0.5 / (1 - z)
    dx = -slope * s / scale
    dloc = slope * s / scale
    dscale = (z * slope - 1) * s / scale


@elementwise(stats.semicircular.logpdf, stats.semicircular.pdf, shape=located)
def semicircular(y, x, loc=0.0, scale=1.0):
    s = in_logs(y, dy)
    z = inside(y, standard(x, loc, scale), 0.0)
    slope = z / (1 - z**2)
    dx = -slope * s / scale
    dloc = slope * s / scale
    dscale = (z * slope - 1) * s / scale


@elementwise(stats.anglit.logpdf, stats.anglit.pdf, shape=located)
def anglit(y, x, loc=0.0, scale=1.0):
    s = in_logs(y, dy)
    z = inside(y, standard(x, loc, scale), 0.0)
    slope = 2 * np.tan(2 * z)
    dx = -slope * s / scale
    dloc = slope * s / scale
    dscale = (z * slope - 1) * s / scale


@elementwise(stats.cosine.logpdf, stats.cosine.pdf, shape=located)
def cosine(y, x, loc=0.0, scale=1.0):
    s = in_logs(y, dy)
    z = inside(y, standard(x, loc, scale), 0.0)
    slope = np.tan(0.5 * z)
    dx = -slope * s / scale
    dloc = slope * s / scale
    dscale = (z * slope - 1) * s / scale


@elementwise(stats.powerlaw.logpdf, stats.powerlaw.pdf, shape=located)
def powerlaw(y, x, a, loc=0.0, scale=1.0):
    s = in_logs(y, dy)
    z = inside(y, standard(x, loc, scale), 0.5)
    slope = (1 - a) / z
    dx = -slope * s / scale
    da = (1 / a + np.log(z)) * s
    dloc = slope * s / scale
    dscale = (z * slope - 1) * s / scale


@elementwise(stats.triang.logpdf, stats.triang.pdf, shape=located)
def triang(y, x, c, loc=0.0, scale=1.0):
    """At the top the slope is that to the right."""
    s = in_logs(y, dy)
    z = inside(y, standard(x, loc, scale), 0.5)
    rises = z < c
    slope = np.where(rises, -1 / z, 1 / (1 - z))
    dx = -slope * s / scale
    dc = np.where(rises, -1 / c, 1 / (1 - c)) * s
    dloc = slope * s / scale
    dscale = (z * slope - 1) * s / scale


@elementwise(stats.truncexpon.logpdf, stats.truncexpon.pdf, shape=located)
def truncexpon(y, x, b, loc=0.0, scale=1.0):
    s = in_logs(y, dy)
    z = standard(x, loc, scale)
    slope = np.ones_like(z)
    dx = -slope * s / scale
    db = -1 / np.expm1(b) * s
    dloc = slope * s / scale
    dscale = (z * slope - 1) * s / scale


@elementwise(
    stats.loguniform.logpdf,
    stats.loguniform.pdf,
    stats.reciprocal.logpdf,
    stats.reciprocal.pdf,
    shape=located,
)
def loguniform(y, x, a, b, loc=0.0, scale=1.0):
    s = in_logs(y, dy)
    z = inside(y, standard(x, loc, scale), 1.0)
    width = np.log(b / a)
    slope = 1 / z
    dx = -slope * s / scale
    da = 1 / (a * width) * s
    db = -1 / (b * width) * s
    dloc = slope * s / scale
    dscale = (z * slope - 1) * s / scale


@elementwise(stats.weibull_max.logpdf, stats.weibull_max.pdf, shape=located)
def weibull_max(y, x, c, loc=0.0, scale=1.0):
    s = in_logs(y, dy)
    z = inside(y, standard(x, loc, scale), -1.0)
    excess = (-z) ** c - 1
    slope = (c * excess + 1) / z
    dx = -slope * s / scale
    dc = (1 / c - excess * np.log(-z)) * s
    dloc = slope * s / scale
    dscale = (z * slope - 1) * s / scale


@elementwise(stats.truncnorm.logpdf, stats.truncnorm.pdf, shape=located)
def truncnorm(y, x, a, b, loc=0.0, scale=1.0):
    """Phi(b) - Phi(a), by which the normal density is divided, follows from the result."""
    s = in_logs(y, dy)
    z = inside(y, standard(x, loc, scale), 0.0)
    inner = logarithm(y) + 0.5 * z**2
    slope = z
    dx = -slope * s / scale
    da = scale * np.exp(inner - 0.5 * a**2) * s
    db = -scale * np.exp(inner - 0.5 * b**2) * s
    dloc = slope * s / scale
    dscale = (z * slope - 1) * s / scale
