"""Distribution functions of `scipy.stats`, their logarithms and inverses.

The slope of a distribution function is the density, and that of its inverse is one
over it.  Shapes whose derivative has no closed form are `free`: a call that asks for
it is refused.
"""

import ast

import numpy as np
from scipy import stats

from adgen.rules.registry import elementwise, free
from adgen.rules.scientific import NO_CLOSED_FORM
from adgen.rules.scientific.densities import located, shifted, standard
from adgen.rules.settle import settles
from adgen.rules.settle.spelling import call

LOCATED = (
    stats.norm, stats.halfnorm, stats.expon, stats.uniform, stats.laplace, stats.cauchy,
    stats.halfcauchy, stats.logistic, stats.gumbel_r, stats.rayleigh, stats.maxwell, stats.levy,
    stats.wald, stats.gumbel_l, stats.hypsecant, stats.halflogistic, stats.moyal, stats.arcsine,
    stats.semicircular, stats.anglit, stats.cosine,
)  # fmt: skip
SHAPED = (
    stats.gamma, stats.invgamma, stats.t, stats.chi2, stats.invgauss, stats.chi,
    stats.nakagami, stats.rice, stats.foldnorm, stats.lomax, stats.genpareto, stats.gompertz,
    stats.fisk, stats.invweibull, stats.genlogistic, stats.loggamma, stats.gennorm,
    stats.laplace_asymmetric, stats.skewnorm, stats.exponnorm, stats.genextreme, stats.vonmises,
    stats.powerlaw, stats.triang, stats.truncexpon, stats.weibull_max,
)  # fmt: skip
WITH_TWO_SHAPES = (
    stats.beta, stats.burr12, stats.gengamma, stats.betaprime, stats.f, stats.loguniform,
    stats.reciprocal, stats.truncnorm,  stats.johnsonsu,
)  # fmt: skip
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


@elementwise(*of_each(LOCATED, "cdf", "sf", "logcdf", "logsf"), shape=located)
def cdf(y, x, loc=0.0, scale=1.0):
    s = slope_in(y, dy)
    dx = s
    dloc = -s
    dscale = -standard(x, loc, scale) * s


@elementwise(
    *of_each(SHAPED, "cdf", "sf", "logcdf", "logsf"),
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


@elementwise(*of_each((stats.lognorm,), "cdf", "sf", "logcdf", "logsf"), shape=located)
def lognorm_cdf(y, x, s, loc=0.0, scale=1.0):
    t = slope_in(y, dy)
    z = standard(x, loc, scale)
    dx = t
    ds = -shifted(x, loc) * np.log(np.where(t == 0, 1.0, z)) / s * t
    dloc = -t
    dscale = -z * t


@elementwise(*of_each((stats.weibull_min,), "cdf", "sf", "logcdf", "logsf"), shape=located)
def weibull_cdf(y, x, c, loc=0.0, scale=1.0):
    t = slope_in(y, dy)
    z = standard(x, loc, scale)
    dx = t
    dc = shifted(x, loc) * np.log(np.where(t == 0, 1.0, z)) / c * t
    dloc = -t
    dscale = -z * t


@elementwise(*of_each((stats.pareto,), "cdf", "sf", "logcdf", "logsf"), shape=located)
def pareto_cdf(y, x, b, loc=0.0, scale=1.0):
    t = slope_in(y, dy)
    z = standard(x, loc, scale)
    dx = t
    db = shifted(x, loc) * np.log(np.where(t == 0, 1.0, z)) / b * t
    dloc = -t
    dscale = -z * t


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


@elementwise(*of_each((stats.weibull_min,), "ppf", "isf"), shape=located)
def weibull_ppf(y, q, c, loc=0.0, scale=1.0):
    z = standard(y, loc, scale)
    dq = slope_of_inverse(y, dy)
    dc = -shifted(y, loc) * np.log(z) / c * dy
    dloc = dy
    dscale = z * dy


@elementwise(*of_each((stats.pareto,), "ppf", "isf"), shape=located)
def pareto_ppf(y, q, b, loc=0.0, scale=1.0):
    z = standard(y, loc, scale)
    dq = slope_of_inverse(y, dy)
    db = -shifted(y, loc) * np.log(z) / b * dy
    dloc = dy
    dscale = z * dy


# -- of two shapes, whatever they are called --------------------------------------------------


RULES = [
    elementwise(*of_each((one,), *methods), shape=located, why=NO_CLOSED_FORM,
                also=dict(zip(one.shapes.split(", "), ("first", "second"), strict=True)))(body)
    for one in WITH_TWO_SHAPES
    for methods, body in (
        (("cdf", "sf", "logcdf", "logsf"), cdf_with_shapes), (("ppf", "isf"), ppf_with_shapes),
    )
]  # fmt: skip
