"""Distribution functions of `scipy.stats`, their logarithms and inverses.

The slope of a distribution function is the density, and that of its inverse is one
over it.  Shapes whose derivative has no closed form are `free`: a call that asks for
it is refused.
"""

import ast
import math

import numpy as np
from scipy import special, stats

from adgen.rules.registry import elementwise, free
from adgen.rules.scientific import NO_CLOSED_FORM
from adgen.rules.scientific.densities import located, shifted, standard
from adgen.rules.settle import settles
from adgen.rules.settle.spelling import call
from adgen.runtime import betainc_slope, gammainc_slope

LOCATED = (
    stats.norm, stats.halfnorm, stats.expon, stats.uniform, stats.laplace, stats.cauchy,
    stats.halfcauchy, stats.logistic, stats.gumbel_r, stats.rayleigh, stats.maxwell, stats.levy,
    stats.wald, stats.gumbel_l, stats.hypsecant, stats.halflogistic, stats.moyal, stats.arcsine,
    stats.semicircular, stats.anglit, stats.cosine,
)  # fmt: skip
SHAPED = (
    stats.invgauss, stats.nakagami, stats.rice, stats.foldnorm, stats.lomax, stats.genpareto,
    stats.gompertz, stats.fisk, stats.invweibull, stats.genlogistic, stats.loggamma, stats.gennorm,
    stats.laplace_asymmetric, stats.skewnorm, stats.exponnorm, stats.genextreme, stats.vonmises,
    stats.powerlaw, stats.triang, stats.truncexpon, stats.weibull_max,
)  # fmt: skip
WITH_TWO_SHAPES = (
    stats.burr12, stats.gengamma, stats.betaprime, stats.loguniform,
    stats.reciprocal, stats.truncnorm,  stats.johnsonsu,
)  # fmt: skip
OF_GAMMA_AND_BETA = (
    stats.gamma, stats.invgamma, stats.chi2, stats.chi, stats.t, stats.beta, stats.f,
)  # fmt: skip
CUMULATIVE = ("cdf", "sf", "logcdf", "logsf")
# what the shapes are called
ONE_SHAPE = dict.fromkeys(("a", "b", "c", "df", "mu", "nu", "beta", "kappa", "K"), "shape")


def of_each(distributions, *methods):
    return [getattr(one, method) for one in distributions for method in methods]


@settles
def slope_in(context, y, dy):
    """What the variable of a distribution function, or of its logarithm, receives."""
    method = context.definition(y.id).op.function.__name__
    if method.startswith("log"):
        ratio = call("exp", ast.BinOp(density(context, y, "logpdf"), ast.Sub(), y))
    else:
        ratio = density(context, y, "pdf")
    made = ast.BinOp(ratio, ast.Mult(), dy)
    return ast.UnaryOp(ast.USub(), made) if method.endswith("sf") else made


@settles
def slope_of_inverse(context, y, dy):
    """What the probability receives whose quantile y is."""
    method = context.definition(y.id).op.function.__name__
    made = ast.BinOp(dy, ast.Div(), density(context, y, "pdf", at=y))
    return ast.UnaryOp(ast.USub(), made) if method == "isf" else made


@settles
def per_density(context, y, dy):
    """What a slope of the distribution function is multiplied by at a quantile y."""
    return ast.BinOp(ast.UnaryOp(ast.USub(), dy), ast.Div(), density(context, y, "pdf", at=y))


@settles
def of_cdf(context, y, dy):
    """What the distribution function receives where y is it, the rest to 1, or the logarithm of
    either."""
    method = context.definition(y.id).op.function.__name__
    if method.startswith("log"):
        dy = ast.BinOp(dy, ast.Mult(), call("exp", ast.UnaryOp(ast.USub(), y)))
    return ast.UnaryOp(ast.USub(), dy) if method.endswith("sf") else dy


def density(context, y, method, at=None):
    """The call of another function of the same distribution, with the same parameters."""
    gate = context.definition(y.id)
    known_as = gate.op.function.__self__.name
    owner = ast.Attribute(ast.Name("@scipy.stats", ast.Load()), known_as, ast.Load())
    args, keywords, skipped = [], [], False
    for i, known_as in enumerate(gate.op.general.inputs):
        if known_as not in gate.operands:
            skipped = True
            continue
        value = at if at is not None and i == 0 else gate.operands[known_as]
        if skipped:
            keywords.append(ast.keyword(known_as, value))
        else:
            args.append(value)
    return ast.Call(ast.Attribute(owner, method, ast.Load()), args, keywords)


# -- distribution functions -----------------------------------------------------------------

# whose logarithms grow so fast that their difference from the log-density would have no digits
STEEP = (stats.norm.logcdf, stats.norm.logsf, stats.gumbel_r.logcdf, stats.gumbel_l.logsf)


@elementwise(*(one for one in of_each(LOCATED, *CUMULATIVE) if one not in STEEP), shape=located)
def cdf(y, x, loc=0.0, scale=1.0):
    s = slope_in(y, dy)
    dx = s
    dloc = -s
    dscale = -standard(x, loc, scale) * s


@elementwise(stats.norm.logcdf, shape=located)
def norm_logcdf(y, x, loc=0.0, scale=1.0):
    """By the scaled function of what is left (DLMF 7.2.3), as far out as one likes."""
    z = standard(x, loc, scale)
    s = math.sqrt(2 / math.pi) / special.erfcx(-z / math.sqrt(2)) / scale * dy
    dx = s
    dloc = -s
    dscale = -z * s


@elementwise(stats.norm.logsf, shape=located)
def norm_logsf(y, x, loc=0.0, scale=1.0):
    z = standard(x, loc, scale)
    s = -math.sqrt(2 / math.pi) / special.erfcx(z / math.sqrt(2)) / scale * dy
    dx = s
    dloc = -s
    dscale = -z * s


@elementwise(stats.gumbel_r.logcdf, shape=located)
def gumbel_r_logcdf(y, x, loc=0.0, scale=1.0):
    """It is -exp(-z)."""
    s = -y / scale * dy
    dx = s
    dloc = -s
    dscale = -standard(x, loc, scale) * s


@elementwise(stats.gumbel_l.logsf, shape=located)
def gumbel_l_logsf(y, x, loc=0.0, scale=1.0):
    """It is -exp(z)."""
    s = y / scale * dy
    dx = s
    dloc = -s
    dscale = -standard(x, loc, scale) * s


@elementwise(
    *of_each(SHAPED, *CUMULATIVE),
    shape=located,
    also=ONE_SHAPE,
    why=NO_CLOSED_FORM,
)
def cdf_with_shape(y, x, shape: free, loc=0.0, scale=1.0):
    s = slope_in(y, dy)
    dx = s
    dloc = -s
    dscale = -standard(x, loc, scale) * s


def cdf_with_shapes(y, x, first: free, second: free, loc=0.0, scale=1.0):
    s = slope_in(y, dy)
    dx = s
    dloc = -s
    dscale = -standard(x, loc, scale) * s


@elementwise(*of_each((stats.lognorm,), *CUMULATIVE), shape=located)
def lognorm_cdf(y, x, s, loc=0.0, scale=1.0):
    t = slope_in(y, dy)
    z = standard(x, loc, scale)
    dx = t
    ds = -shifted(x, loc) * np.log(np.where(t == 0, 1.0, z)) / s * t
    dloc = -t
    dscale = -z * t


@elementwise(*of_each((stats.weibull_min, stats.pareto), *CUMULATIVE),
             shape=located, also=ONE_SHAPE)  # fmt: skip
def cdf_of_powers(y, x, shape, loc=0.0, scale=1.0):
    t = slope_in(y, dy)
    z = standard(x, loc, scale)
    dx = t
    dshape = shifted(x, loc) * np.log(np.where(t == 0, 1.0, z)) / shape * t
    dloc = -t
    dscale = -z * t


# -- of incomplete gamma and beta functions ---------------------------------------------------


@elementwise(*of_each((stats.gamma,), *CUMULATIVE), shape=located)
def gamma_cdf(y, x, a, loc=0.0, scale=1.0):
    s = slope_in(y, dy)
    z = standard(x, loc, scale)
    dx = s
    da = gammainc_slope(a, z) * of_cdf(y, dy)
    dloc = -s
    dscale = -z * s


@elementwise(*of_each((stats.invgamma,), *CUMULATIVE), shape=located)
def invgamma_cdf(y, x, a, loc=0.0, scale=1.0):
    s = slope_in(y, dy)
    z = standard(x, loc, scale)
    dx = s
    da = -gammainc_slope(a, 1 / z) * of_cdf(y, dy)
    dloc = -s
    dscale = -z * s


@elementwise(*of_each((stats.chi2,), *CUMULATIVE), shape=located)
def chi2_cdf(y, x, df, loc=0.0, scale=1.0):
    s = slope_in(y, dy)
    z = standard(x, loc, scale)
    dx = s
    ddf = 0.5 * gammainc_slope(df / 2, z / 2) * of_cdf(y, dy)
    dloc = -s
    dscale = -z * s


@elementwise(*of_each((stats.chi,), *CUMULATIVE), shape=located)
def chi_cdf(y, x, df, loc=0.0, scale=1.0):
    s = slope_in(y, dy)
    z = standard(x, loc, scale)
    dx = s
    ddf = 0.5 * gammainc_slope(df / 2, np.maximum(z, 0.0) ** 2 / 2) * of_cdf(y, dy)
    dloc = -s
    dscale = -z * s


@elementwise(*of_each((stats.t,), *CUMULATIVE), shape=located)
def t_cdf(y, x, df, loc=0.0, scale=1.0):
    """Beyond z lies half of betainc(df / 2, 1 / 2, df / (df + z**2))."""
    s = slope_in(y, dy)
    z = standard(x, loc, scale)
    dx = s
    tail = 0.25 * betainc_slope(df / 2, 0.5, df / (df + z**2), 0)
    ddf = -np.sign(z) * tail * of_cdf(y, dy) - shifted(x, loc) / (2 * df) * s
    dloc = -s
    dscale = -z * s


@elementwise(*of_each((stats.beta,), *CUMULATIVE), shape=located)
def beta_cdf(y, x, a, b, loc=0.0, scale=1.0):
    s = slope_in(y, dy)
    z = standard(x, loc, scale)
    dx = s
    da = betainc_slope(a, b, z, 0) * of_cdf(y, dy)
    db = betainc_slope(a, b, z, 1) * of_cdf(y, dy)
    dloc = -s
    dscale = -z * s


@elementwise(*of_each((stats.f,), *CUMULATIVE), shape=located)
def f_cdf(y, x, dfn, dfd, loc=0.0, scale=1.0):
    """It is betainc(dfn / 2, dfd / 2, dfn * z / (dfn * z + dfd))."""
    s = slope_in(y, dy)
    z = standard(x, loc, scale)
    dx = s
    share = dfn * z / (dfn * z + dfd)
    off = shifted(x, loc)
    ddfn = 0.5 * betainc_slope(dfn / 2, dfd / 2, share, 0) * of_cdf(y, dy) + off / dfn * s
    ddfd = 0.5 * betainc_slope(dfn / 2, dfd / 2, share, 1) * of_cdf(y, dy) - off / dfd * s
    dloc = -s
    dscale = -z * s


# -- their inverses -------------------------------------------------------------------------


@elementwise(*of_each(LOCATED, "ppf", "isf"), shape=located)
def ppf(y, q, loc=0.0, scale=1.0):
    dq = slope_of_inverse(y, dy)
    dloc = dy
    dscale = standard(y, loc, scale) * dy


@elementwise(
    *of_each(SHAPED, "ppf", "isf"),
    shape=located,
    also=ONE_SHAPE,
    why=NO_CLOSED_FORM,
)
def ppf_with_shape(y, q, shape: free, loc=0.0, scale=1.0):
    dq = slope_of_inverse(y, dy)
    dloc = dy
    dscale = standard(y, loc, scale) * dy


def ppf_with_shapes(y, q, first: free, second: free, loc=0.0, scale=1.0):
    dq = slope_of_inverse(y, dy)
    dloc = dy
    dscale = standard(y, loc, scale) * dy


@elementwise(*of_each((stats.lognorm,), "ppf", "isf"), shape=located)
def lognorm_ppf(y, q, s, loc=0.0, scale=1.0):
    z = standard(y, loc, scale)
    dq = slope_of_inverse(y, dy)
    ds = shifted(y, loc) * np.log(z) / s * dy
    dloc = dy
    dscale = z * dy


@elementwise(
    *of_each((stats.weibull_min, stats.pareto), "ppf", "isf"), shape=located, also=ONE_SHAPE
)  # fmt: skip
def ppf_of_powers(y, q, shape, loc=0.0, scale=1.0):
    z = standard(y, loc, scale)
    dq = slope_of_inverse(y, dy)
    dshape = -shifted(y, loc) * np.log(z) / shape * dy
    dloc = dy
    dscale = z * dy


@elementwise(*of_each((stats.gamma,), "ppf", "isf"), shape=located)
def gamma_ppf(y, q, a, loc=0.0, scale=1.0):
    z = standard(y, loc, scale)
    dq = slope_of_inverse(y, dy)
    da = gammainc_slope(a, z) * per_density(y, dy)
    dloc = dy
    dscale = z * dy


@elementwise(*of_each((stats.invgamma,), "ppf", "isf"), shape=located)
def invgamma_ppf(y, q, a, loc=0.0, scale=1.0):
    z = standard(y, loc, scale)
    dq = slope_of_inverse(y, dy)
    da = -gammainc_slope(a, 1 / z) * per_density(y, dy)
    dloc = dy
    dscale = z * dy


@elementwise(*of_each((stats.chi2,), "ppf", "isf"), shape=located)
def chi2_ppf(y, q, df, loc=0.0, scale=1.0):
    z = standard(y, loc, scale)
    dq = slope_of_inverse(y, dy)
    ddf = 0.5 * gammainc_slope(df / 2, z / 2) * per_density(y, dy)
    dloc = dy
    dscale = z * dy


@elementwise(*of_each((stats.chi,), "ppf", "isf"), shape=located)
def chi_ppf(y, q, df, loc=0.0, scale=1.0):
    z = standard(y, loc, scale)
    dq = slope_of_inverse(y, dy)
    ddf = 0.5 * gammainc_slope(df / 2, z**2 / 2) * per_density(y, dy)
    dloc = dy
    dscale = z * dy


@elementwise(*of_each((stats.t,), "ppf", "isf"), shape=located)
def t_ppf(y, q, df, loc=0.0, scale=1.0):
    z = standard(y, loc, scale)
    dq = slope_of_inverse(y, dy)
    tail = 0.25 * betainc_slope(df / 2, 0.5, df / (df + z**2), 0)
    ddf = -np.sign(z) * tail * per_density(y, dy) + shifted(y, loc) / (2 * df) * dy
    dloc = dy
    dscale = z * dy


@elementwise(*of_each((stats.beta,), "ppf", "isf"), shape=located)
def beta_ppf(y, q, a, b, loc=0.0, scale=1.0):
    z = standard(y, loc, scale)
    dq = slope_of_inverse(y, dy)
    da = betainc_slope(a, b, z, 0) * per_density(y, dy)
    db = betainc_slope(a, b, z, 1) * per_density(y, dy)
    dloc = dy
    dscale = z * dy


@elementwise(*of_each((stats.f,), "ppf", "isf"), shape=located)
def f_ppf(y, q, dfn, dfd, loc=0.0, scale=1.0):
    z = standard(y, loc, scale)
    dq = slope_of_inverse(y, dy)
    share = dfn * z / (dfn * z + dfd)
    off = shifted(y, loc)
    ddfn = 0.5 * betainc_slope(dfn / 2, dfd / 2, share, 0) * per_density(y, dy) - off / dfn * dy
    ddfd = 0.5 * betainc_slope(dfn / 2, dfd / 2, share, 1) * per_density(y, dy) + off / dfd * dy
    dloc = dy
    dscale = z * dy


# -- of two shapes, whatever they are called --------------------------------------------------


RULES = [
    elementwise(*of_each((one,), *methods), shape=located, why=NO_CLOSED_FORM,
                also=dict(zip(one.shapes.split(", "), ("first", "second"), strict=True)))(body)
    for one in WITH_TWO_SHAPES
    for methods, body in (
        (CUMULATIVE, cdf_with_shapes), (("ppf", "isf"), ppf_with_shapes),
    )
]  # fmt: skip
