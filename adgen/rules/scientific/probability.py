"""Logistic and error functions, and distribution functions of `scipy.special`.

Formulas are those of DLMF, chapters 7 and 8.  Parameters whose derivative has no
closed form are `free`: a call that asks for it is refused.
"""

import math

import numpy as np
from scipy import special

from adgen.rules.registry import elementwise, free
from adgen.rules.scientific import NO_CLOSED_FORM
from adgen.runtime import betainc_slope, gammainc_slope

# -- logistic functions -----------------------------------------------------------------


@elementwise(special.expit)
def expit(y, x):
    dx = y * (1 - y) * dy


@elementwise(special.logit)
def logit(y, x):
    dx = dy / (x * (1 - x))


@elementwise(special.log_expit)
def log_expit(y, x):
    dx = -np.expm1(y) * dy


@elementwise(*filter(None, [getattr(special, "softplus", None)]))
def softplus(y, x):
    dx = special.expit(x) * dy


# -- error functions ----------------------------------------------------------------------


@elementwise(special.erf)
def erf(y, x):
    dx = (2 / math.sqrt(math.pi) * np.exp(-(x**2))) * dy


@elementwise(special.erfc)
def erfc(y, x):
    dx = (-2 / math.sqrt(math.pi) * np.exp(-(x**2))) * dy


@elementwise(special.erfi)
def erfi(y, x):
    dx = (2 / math.sqrt(math.pi) * np.exp(x**2)) * dy


@elementwise(special.erfcx)
def erfcx(y, x):
    dx = (2 * x * y - 2 / math.sqrt(math.pi)) * dy


@elementwise(special.dawsn)
def dawsn(y, x):
    """DLMF 7.5.1."""
    dx = (1 - 2 * x * y) * dy


@elementwise(special.erfinv)
def erfinv(y, x):
    dx = (0.5 * math.sqrt(math.pi) * np.exp(y**2)) * dy


@elementwise(special.erfcinv)
def erfcinv(y, x):
    dx = (-0.5 * math.sqrt(math.pi) * np.exp(y**2)) * dy


@elementwise(special.owens_t)
def owens_t(y, h, a):
    """Owen 1956."""
    dh = -special.erf(a * h / math.sqrt(2)) * np.exp(-0.5 * h**2) / math.sqrt(8 * math.pi) * dy
    da = np.exp(-0.5 * h**2 * (1 + a**2)) / (2 * math.pi * (1 + a**2)) * dy


# -- the normal distribution --------------------------------------------------------------


@elementwise(special.ndtr)
def ndtr(y, x):
    dx = (1 / math.sqrt(2 * math.pi) * np.exp(-0.5 * x**2)) * dy


@elementwise(special.log_ndtr)
def log_ndtr(y, x):
    """The density over the distribution function, without the quotient of two tiny numbers."""
    dx = math.sqrt(2 / math.pi) / special.erfcx(-x / math.sqrt(2)) * dy


@elementwise(special.ndtri)
def ndtri(y, x):
    dx = (math.sqrt(2 * math.pi) * np.exp(0.5 * y**2)) * dy


@elementwise(*filter(None, [getattr(special, "ndtri_exp", None)]))
def ndtri_exp(y, x):
    dx = special.erfcx(-y / math.sqrt(2)) * math.sqrt(math.pi / 2) * dy


# -- other distribution functions -----------------------------------------------------------


@elementwise(special.bdtr, why=NO_CLOSED_FORM)
def bdtr(y, k: free, n: free, p):
    """It is betainc(n - k, k + 1, 1 - p), k rounded down (DLMF 8.17.5)."""
    m = np.floor(k)
    dp = -np.exp(special.xlogy(m, p) + special.xlog1py(n - m - 1, -p)
                 - special.betaln(n - m, m + 1)) * dy  # fmt: skip


@elementwise(special.bdtrc, why=NO_CLOSED_FORM)
def bdtrc(y, k: free, n: free, p):
    m = np.floor(k)
    dp = np.exp(special.xlogy(m, p) + special.xlog1py(n - m - 1, -p)
                - special.betaln(n - m, m + 1)) * dy  # fmt: skip


@elementwise(special.nbdtr, why=NO_CLOSED_FORM)
def nbdtr(y, k: free, n: free, p):
    """It is betainc(n, k + 1, p)."""
    dp = np.exp(special.xlogy(n - 1, p) + special.xlog1py(k, -p) - special.betaln(n, k + 1)) * dy


@elementwise(special.nbdtrc, why=NO_CLOSED_FORM)
def nbdtrc(y, k: free, n: free, p):
    dp = -np.exp(special.xlogy(n - 1, p) + special.xlog1py(k, -p) - special.betaln(n, k + 1)) * dy


@elementwise(special.pdtr, why=NO_CLOSED_FORM)
def pdtr(y, k: free, m):
    """It is gammaincc(k + 1, m), k rounded down (DLMF 8.4.10)."""
    n = np.floor(k)
    dm = -np.exp(special.xlogy(n, m) - m - special.gammaln(n + 1)) * dy


@elementwise(special.pdtrc, why=NO_CLOSED_FORM)
def pdtrc(y, k: free, m):
    n = np.floor(k)
    dm = np.exp(special.xlogy(n, m) - m - special.gammaln(n + 1)) * dy


@elementwise(special.chdtr)
def chdtr(y, v, x):
    """It is gammainc(v / 2, x / 2)."""
    dv = 0.5 * gammainc_slope(v / 2, x / 2) * dy
    dx = 0.5 * np.exp(special.xlogy(v / 2 - 1, x / 2) - x / 2 - special.gammaln(v / 2)) * dy


@elementwise(special.chdtrc)
def chdtrc(y, v, x):
    dv = -0.5 * gammainc_slope(v / 2, x / 2) * dy
    dx = -0.5 * np.exp(special.xlogy(v / 2 - 1, x / 2) - x / 2 - special.gammaln(v / 2)) * dy


@elementwise(special.chdtri)
def chdtri(x, v, p):
    """The inverse of chdtrc."""
    s = 2 * np.exp(x / 2 - special.xlogy(v / 2 - 1, x / 2) + special.gammaln(v / 2)) * dx
    dv = -0.5 * gammainc_slope(v / 2, x / 2) * s
    dp = -s


@elementwise(special.gdtr)
def gdtr(y, a, b, x):
    """It is gammainc(b, a * x)."""
    slope = np.exp(special.xlogy(b - 1, a * x) - a * x - special.gammaln(b)) * dy
    da = x * slope
    db = gammainc_slope(b, a * x) * dy
    dx = a * slope


@elementwise(special.gdtrc)
def gdtrc(y, a, b, x):
    slope = np.exp(special.xlogy(b - 1, a * x) - a * x - special.gammaln(b)) * dy
    da = -x * slope
    db = -gammainc_slope(b, a * x) * dy
    dx = -a * slope


@elementwise(special.fdtr)
def fdtr(y, m, n, x):
    """It is betainc(m / 2, n / 2, m * x / (m * x + n))."""
    r = m / n
    share = m * x / (m * x + n)
    powers = special.xlogy(m / 2, r) + special.xlogy(m / 2 - 1, x)
    s = np.exp(powers - special.xlog1py((m + n) / 2, r * x) - special.betaln(m / 2, n / 2)) * dy
    dm = 0.5 * betainc_slope(m / 2, n / 2, share, 0) * dy + x / m * s
    dn = 0.5 * betainc_slope(m / 2, n / 2, share, 1) * dy - x / n * s
    dx = s


@elementwise(special.fdtrc)
def fdtrc(y, m, n, x):
    r = m / n
    share = m * x / (m * x + n)
    powers = special.xlogy(m / 2, r) + special.xlogy(m / 2 - 1, x)
    s = np.exp(powers - special.xlog1py((m + n) / 2, r * x) - special.betaln(m / 2, n / 2)) * dy
    dm = -0.5 * betainc_slope(m / 2, n / 2, share, 0) * dy - x / m * s
    dn = -0.5 * betainc_slope(m / 2, n / 2, share, 1) * dy + x / n * s
    dx = -s


@elementwise(special.stdtr)
def stdtr(y, df, t):
    """The density of Student's distribution; beyond t lies half of betainc(df / 2, 1 / 2, x) at
    x = df / (df + t**2)."""
    s = np.exp(-special.xlog1py((df + 1) / 2, t**2 / df) - special.betaln(df / 2, 0.5)
               - 0.5 * np.log(df)) * dy  # fmt: skip
    tail = 0.25 * betainc_slope(df / 2, 0.5, df / (df + t**2), 0)
    ddf = -np.sign(t) * tail * dy - t / (2 * df) * s
    dt = s


@elementwise(special.stdtrit)
def stdtrit(t, df, p):
    """The slopes of stdtr, over the density."""
    s = np.exp(special.xlog1py((df + 1) / 2, t**2 / df) + special.betaln(df / 2, 0.5)
               + 0.5 * np.log(df)) * dt  # fmt: skip
    tail = 0.25 * betainc_slope(df / 2, 0.5, df / (df + t**2), 0)
    ddf = np.sign(t) * tail * s + t / (2 * df) * dt
    dp = s
