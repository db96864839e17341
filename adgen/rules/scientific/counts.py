"""Distributions of counts in `scipy.stats`: poisson, bernoulli, binom, nbinom, geom.

What is counted, and a location, are integers: they are not differentiated.
"""

import numpy as np
from scipy import special, stats

from adgen.rules.registry import elementwise, free
from adgen.rules.scientific import NO_CLOSED_FORM
from adgen.rules.scientific.densities import in_logs, located, shifted

WHOLE = "it counts something"


@elementwise(stats.poisson.logpmf, shape=located, why=WHOLE)
def poisson_logpmf(y, k: free, mu, loc: free = 0):
    n = shifted(k, loc)
    dmu = (n / np.where(n == 0, 1.0, mu) - 1) * dy


@elementwise(stats.poisson.pmf, shape=located, why=WHOLE)
def poisson_pmf(y, k: free, mu, loc: free = 0):
    """The slope is the difference to the probability of one less."""
    dmu = (stats.poisson.pmf(shifted(k, loc) - 1, mu) - y) * dy


@elementwise(stats.poisson.cdf, shape=located, why=WHOLE)
def poisson_cdf(y, k: free, mu, loc: free = 0):
    dmu = -stats.poisson.pmf(np.floor(shifted(k, loc)), mu) * dy


@elementwise(stats.poisson.sf, shape=located, why=WHOLE)
def poisson_sf(y, k: free, mu, loc: free = 0):
    dmu = stats.poisson.pmf(np.floor(shifted(k, loc)), mu) * dy


@elementwise(stats.poisson.logcdf, shape=located, why=WHOLE)
def poisson_logcdf(y, k: free, mu, loc: free = 0):
    dmu = -np.exp(stats.poisson.logpmf(np.floor(shifted(k, loc)), mu) - y) * dy


@elementwise(stats.poisson.logsf, shape=located, why=WHOLE)
def poisson_logsf(y, k: free, mu, loc: free = 0):
    dmu = np.exp(stats.poisson.logpmf(np.floor(shifted(k, loc)), mu) - y) * dy


@elementwise(stats.bernoulli.logpmf, shape=located, why=WHOLE)
def bernoulli_logpmf(y, k: free, p, loc: free = 0):
    dp = dy / np.where(shifted(k, loc) == 0, p - 1, p)


@elementwise(stats.bernoulli.pmf, shape=located, why=WHOLE)
def bernoulli_pmf(y, k: free, p, loc: free = 0):
    n = shifted(k, loc)
    dp = np.where(n == 0, -1.0, np.where(n == 1, 1.0, 0.0)) * dy


@elementwise(stats.binom.logpmf, shape=located, why=WHOLE)
def binom_logpmf(y, k: free, n: free, p, loc: free = 0):
    m = shifted(k, loc)
    dp = (m / np.where(m == 0, 1.0, p) - (n - m) / np.where(m == n, 1.0, 1 - p)) * dy


@elementwise(stats.binom.pmf, shape=located, why=WHOLE)
def binom_pmf(y, k: free, n: free, p, loc: free = 0):
    """The slope is a difference of probabilities of one trial less."""
    m = shifted(k, loc)
    dp = n * (stats.binom.pmf(m - 1, n - 1, p) - stats.binom.pmf(m, n - 1, p)) * dy


@elementwise(stats.binom.cdf, shape=located, why=WHOLE)
def binom_cdf(y, k: free, n: free, p, loc: free = 0):
    dp = -n * stats.binom.pmf(np.floor(shifted(k, loc)), n - 1, p) * dy


@elementwise(stats.binom.sf, shape=located, why=WHOLE)
def binom_sf(y, k: free, n: free, p, loc: free = 0):
    dp = n * stats.binom.pmf(np.floor(shifted(k, loc)), n - 1, p) * dy


@elementwise(stats.nbinom.logpmf, stats.nbinom.pmf, shape=located, why=WHOLE)
def nbinom(y, k: free, n, p, loc: free = 0):
    s = in_logs(y, dy)
    m = shifted(k, loc)
    dn = (special.digamma(n + m) - special.digamma(n) + np.log(p)) * s
    dp = (n / p - m / np.where(m == 0, 1.0, 1 - p)) * s


@elementwise(stats.nbinom.cdf, shape=located, why=NO_CLOSED_FORM)
def nbinom_cdf(y, k: free, n: free, p, loc: free = 0):
    """It is betainc(n, k + 1, p)."""
    m = np.floor(shifted(k, loc))
    dp = np.exp(special.xlogy(n - 1, p) + special.xlog1py(m, -p) - special.betaln(n, m + 1)) * dy


@elementwise(stats.geom.logpmf, stats.geom.pmf, shape=located, why=WHOLE)
def geom(y, k: free, p, loc: free = 0):
    m = shifted(k, loc)
    dp = (1 / p - (m - 1) / np.where(m == 1, 1.0, 1 - p)) * in_logs(y, dy)


@elementwise(stats.geom.cdf, shape=located, why=WHOLE)
def geom_cdf(y, k: free, p, loc: free = 0):
    m = np.maximum(np.floor(shifted(k, loc)), 0)
    dp = m * (1 - p) ** (m - 1) * dy


@elementwise(stats.geom.sf, shape=located, why=WHOLE)
def geom_sf(y, k: free, p, loc: free = 0):
    m = np.maximum(np.floor(shifted(k, loc)), 0)
    dp = -m * (1 - p) ** (m - 1) * dy
