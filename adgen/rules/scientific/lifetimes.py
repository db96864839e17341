"""Densities of `scipy.stats` for what is positive: lifetimes, sizes, speeds."""

import numpy as np
from scipy import special, stats

from adgen.rules.registry import elementwise
from adgen.rules.scientific.densities import in_logs, inside, located, standard


@elementwise(stats.maxwell.logpdf, stats.maxwell.pdf, shape=located)
def maxwell(y, x, loc=0.0, scale=1.0):
    s = in_logs(y, dy)
    z = inside(y, standard(x, loc, scale), 1.0)
    slope = z - 2 / z
    dx = -slope * s / scale
    dloc = slope * s / scale
    dscale = (z * slope - 1) * s / scale


@elementwise(stats.levy.logpdf, stats.levy.pdf, shape=located)
def levy(y, x, loc=0.0, scale=1.0):
    s = in_logs(y, dy)
    z = inside(y, standard(x, loc, scale), 1.0)
    slope = (1.5 - 0.5 / z) / z
    dx = -slope * s / scale
    dloc = slope * s / scale
    dscale = (z * slope - 1) * s / scale


@elementwise(stats.wald.logpdf, stats.wald.pdf, shape=located)
def wald(y, x, loc=0.0, scale=1.0):
    s = in_logs(y, dy)
    z = inside(y, standard(x, loc, scale), 1.0)
    slope = 0.5 + (1.5 - 0.5 / z) / z
    dx = -slope * s / scale
    dloc = slope * s / scale
    dscale = (z * slope - 1) * s / scale


@elementwise(stats.invgauss.logpdf, stats.invgauss.pdf, shape=located)
def invgauss(y, x, mu, loc=0.0, scale=1.0):
    s = in_logs(y, dy)
    z = inside(y, standard(x, loc, scale), 1.0)
    slope = 0.5 / mu**2 + (1.5 - 0.5 / z) / z
    dx = -slope * s / scale
    dmu = (z / mu - 1) / mu**2 * s
    dloc = slope * s / scale
    dscale = (z * slope - 1) * s / scale


@elementwise(stats.chi.logpdf, stats.chi.pdf, shape=located)
def chi(y, x, df, loc=0.0, scale=1.0):
    s = in_logs(y, dy)
    z = inside(y, standard(x, loc, scale), 1.0)
    slope = z - (df - 1) / z
    dx = -slope * s / scale
    ddf = (np.log(z) - 0.5 * np.log(2) - 0.5 * special.digamma(0.5 * df)) * s
    dloc = slope * s / scale
    dscale = (z * slope - 1) * s / scale


@elementwise(stats.nakagami.logpdf, stats.nakagami.pdf, shape=located)
def nakagami(y, x, nu, loc=0.0, scale=1.0):
    s = in_logs(y, dy)
    z = inside(y, standard(x, loc, scale), 1.0)
    slope = 2 * nu * z - (2 * nu - 1) / z
    dx = -slope * s / scale
    dnu = (np.log(nu) + 1 - special.digamma(nu) + 2 * np.log(z) - z**2) * s
    dloc = slope * s / scale
    dscale = (z * slope - 1) * s / scale


@elementwise(stats.rice.logpdf, stats.rice.pdf, shape=located)
def rice(y, x, b, loc=0.0, scale=1.0):
    s = in_logs(y, dy)
    z = inside(y, standard(x, loc, scale), 1.0)
    ratio = special.i1e(b * z) / special.i0e(b * z)
    slope = z - 1 / z - b * ratio
    dx = -slope * s / scale
    db = (z * ratio - b) * s
    dloc = slope * s / scale
    dscale = (z * slope - 1) * s / scale


@elementwise(stats.foldnorm.logpdf, stats.foldnorm.pdf, shape=located)
def foldnorm(y, x, c, loc=0.0, scale=1.0):
    s = in_logs(y, dy)
    z = standard(x, loc, scale)
    slope = z - c * np.tanh(c * z)
    dx = -slope * s / scale
    dc = (z * np.tanh(c * z) - c) * s
    dloc = slope * s / scale
    dscale = (z * slope - 1) * s / scale


@elementwise(stats.lomax.logpdf, stats.lomax.pdf, shape=located)
def lomax(y, x, c, loc=0.0, scale=1.0):
    s = in_logs(y, dy)
    z = inside(y, standard(x, loc, scale), 1.0)
    slope = (c + 1) / (1 + z)
    dx = -slope * s / scale
    dc = (1 / c - np.log1p(z)) * s
    dloc = slope * s / scale
    dscale = (z * slope - 1) * s / scale


@elementwise(stats.genpareto.logpdf, stats.genpareto.pdf, shape=located)
def genpareto(y, x, c, loc=0.0, scale=1.0):
    """Where c = 0 the gradient of c is not a number."""
    s = in_logs(y, dy)
    z = inside(y, standard(x, loc, scale), 0.0)
    u = 1 + c * z
    slope = (1 + c) / u
    dx = -slope * s / scale
    dc = (np.log(u) / c - (1 + c) * z / u) / c * s
    dloc = slope * s / scale
    dscale = (z * slope - 1) * s / scale


@elementwise(stats.gompertz.logpdf, stats.gompertz.pdf, shape=located)
def gompertz(y, x, c, loc=0.0, scale=1.0):
    s = in_logs(y, dy)
    z = inside(y, standard(x, loc, scale), 0.0)
    slope = c * np.exp(z) - 1
    dx = -slope * s / scale
    dc = (1 / c - np.expm1(z)) * s
    dloc = slope * s / scale
    dscale = (z * slope - 1) * s / scale


@elementwise(stats.fisk.logpdf, stats.fisk.pdf, shape=located)
def fisk(y, x, c, loc=0.0, scale=1.0):
    s = in_logs(y, dy)
    z = inside(y, standard(x, loc, scale), 1.0)
    share = special.expit(c * np.log(z))
    slope = (1 - c + 2 * c * share) / z
    dx = -slope * s / scale
    dc = (1 / c + (1 - 2 * share) * np.log(z)) * s
    dloc = slope * s / scale
    dscale = (z * slope - 1) * s / scale


@elementwise(stats.burr12.logpdf, stats.burr12.pdf, shape=located)
def burr12(y, x, c, d, loc=0.0, scale=1.0):
    s = in_logs(y, dy)
    z = inside(y, standard(x, loc, scale), 1.0)
    share = special.expit(c * np.log(z))
    slope = (1 - c + (d + 1) * c * share) / z
    dx = -slope * s / scale
    dc = (1 / c + (1 - (d + 1) * share) * np.log(z)) * s
    dd = (1 / d - np.log1p(z**c)) * s
    dloc = slope * s / scale
    dscale = (z * slope - 1) * s / scale


@elementwise(stats.invweibull.logpdf, stats.invweibull.pdf, shape=located)
def invweibull(y, x, c, loc=0.0, scale=1.0):
    s = in_logs(y, dy)
    z = inside(y, standard(x, loc, scale), 1.0)
    w = z**-c
    slope = (c + 1 - c * w) / z
    dx = -slope * s / scale
    dc = (1 / c + (w - 1) * np.log(z)) * s
    dloc = slope * s / scale
    dscale = (z * slope - 1) * s / scale


@elementwise(stats.gengamma.logpdf, stats.gengamma.pdf, shape=located)
def gengamma(y, x, a, c, loc=0.0, scale=1.0):
    s = in_logs(y, dy)
    z = inside(y, standard(x, loc, scale), 1.0)
    w = z**c
    slope = (1 - c * a + c * w) / z
    dx = -slope * s / scale
    da = (c * np.log(z) - special.digamma(a)) * s
    dc = (1 / c + (a - w) * np.log(z)) * s
    dloc = slope * s / scale
    dscale = (z * slope - 1) * s / scale


@elementwise(stats.betaprime.logpdf, stats.betaprime.pdf, shape=located)
def betaprime(y, x, a, b, loc=0.0, scale=1.0):
    s = in_logs(y, dy)
    z = inside(y, standard(x, loc, scale), 1.0)
    both = special.digamma(a + b)
    slope = (a + b) / (1 + z) - (a - 1) / z
    dx = -slope * s / scale
    da = (np.log(z) - np.log1p(z) - special.digamma(a) + both) * s
    db = (both - np.log1p(z) - special.digamma(b)) * s
    dloc = slope * s / scale
    dscale = (z * slope - 1) * s / scale


@elementwise(stats.f.logpdf, stats.f.pdf, shape=located)
def f(y, x, dfn, dfd, loc=0.0, scale=1.0):
    s = in_logs(y, dy)
    z = inside(y, standard(x, loc, scale), 1.0)
    u = dfd + dfn * z
    both = special.digamma(0.5 * (dfn + dfd)) + 1 - np.log(u)
    slope = 0.5 * (dfn + dfd) * dfn / u - (0.5 * dfn - 1) / z
    dx = -slope * s / scale
    ddfn = 0.5 * (both + np.log(dfn * z) - (dfn + dfd) * z / u - special.digamma(0.5 * dfn)) * s
    ddfd = 0.5 * (both + np.log(dfd) - (dfn + dfd) / u - special.digamma(0.5 * dfd)) * s
    dloc = slope * s / scale
    dscale = (z * slope - 1) * s / scale
