"""Densities of `scipy.stats`, and their logarithms, in the variable and all parameters.

`in_logs` is the adjoint of the logarithm of the density, also where the density itself
is asked for; `z` is the variable without location and scale.  Outside of a
distribution's support the density is 0, and so is its gradient.
"""

import ast

import numpy as np
from scipy import special, stats

from adgen.rules.registry import elementwise
from adgen.rules.scientific import real
from adgen.rules.scientific.gammas import doubles
from adgen.rules.settle import settles
from adgen.rules.settle.spelling import call, constant_expr


def located(op, facts, /, **operands):
    """Double precision, of real numbers."""
    real(*operands.values())
    return doubles(op, facts, **operands)


@settles
def standard(context, x, loc, scale):
    """`(x - loc) / scale`, without those that the call leaves out."""
    if not _is(loc, 0.0):
        x = ast.BinOp(x, ast.Sub(), loc)
    return x if _is(scale, 1.0) else ast.BinOp(x, ast.Div(), scale)


def _is(node, value):
    return isinstance(node, ast.Constant) and node.value == value


@settles
def shifted(context, k, loc):
    """`k - loc`, or k where the call has no location."""
    return k if isinstance(loc, ast.Constant) and not loc.value else ast.BinOp(k, ast.Sub(), loc)


@settles
def in_logs(context, y, dy):
    """The adjoint of log(y) where y is the density, and that of y where it is the logarithm."""
    gate = context.definition(y.id)
    if gate.op.function.__name__.startswith("log"):
        return dy
    return ast.BinOp(y, ast.Mult(), dy)


@settles
def logarithm(context, y):
    """The logarithm of the density, where that or the density itself is asked for."""
    gate = context.definition(y.id)
    return y if gate.op.function.__name__.startswith("log") else call("log", y)


@settles
def inside(context, y, z, otherwise):
    """Where a density is 0, a number that lies in the support stands for z."""
    gate = context.definition(y.id)
    if gate.op.function.__name__.startswith("log"):
        return z
    other = otherwise if isinstance(otherwise, ast.expr) else constant_expr(otherwise)
    return call("where", ast.Compare(y, [ast.Eq()], [ast.Constant(0)]), other, z)


# -- location and scale ---------------------------------------------------------------------


@elementwise(stats.norm.logpdf, stats.norm.pdf, stats.halfnorm.logpdf, stats.halfnorm.pdf,
             shape=located)  # fmt: skip
def norm(y, x, loc=0.0, scale=1.0):
    s = in_logs(y, dy)
    z = standard(x, loc, scale)
    dx = -z * s / scale
    dloc = z * s / scale
    dscale = (z**2 - 1) * s / scale


@elementwise(stats.expon.logpdf, stats.expon.pdf, shape=located)
def expon(y, x, loc=0.0, scale=1.0):
    s = in_logs(y, dy)
    dx = -s / scale
    dloc = s / scale
    dscale = (standard(x, loc, scale) - 1) * s / scale


@elementwise(stats.uniform.logpdf, stats.uniform.pdf, shape=located)
def uniform(y, x, loc=0.0, scale=1.0):
    """Inside the support the variable and the location don't matter."""
    dx = np.zeros_like(y)
    dloc = np.zeros_like(y)
    dscale = -in_logs(y, dy) / scale


@elementwise(stats.laplace.logpdf, stats.laplace.pdf, shape=located)
def laplace(y, x, loc=0.0, scale=1.0):
    """At x = loc the gradient is 0."""
    s = in_logs(y, dy)
    z = standard(x, loc, scale)
    dx = -np.sign(z) * s / scale
    dloc = np.sign(z) * s / scale
    dscale = (np.abs(z) - 1) * s / scale


@elementwise(stats.cauchy.logpdf, stats.cauchy.pdf, stats.halfcauchy.logpdf,
             stats.halfcauchy.pdf, shape=located)  # fmt: skip
def cauchy(y, x, loc=0.0, scale=1.0):
    s = in_logs(y, dy)
    z = standard(x, loc, scale)
    slope = 2 * z / (1 + z**2)
    dx = -slope * s / scale
    dloc = slope * s / scale
    dscale = (z * slope - 1) * s / scale


@elementwise(stats.logistic.logpdf, stats.logistic.pdf, stats.halflogistic.logpdf,
             stats.halflogistic.pdf, shape=located)  # fmt: skip
def logistic(y, x, loc=0.0, scale=1.0):
    s = in_logs(y, dy)
    z = standard(x, loc, scale)
    slope = np.tanh(0.5 * z)
    dx = -slope * s / scale
    dloc = slope * s / scale
    dscale = (z * slope - 1) * s / scale


@elementwise(stats.gumbel_r.logpdf, stats.gumbel_r.pdf, shape=located)
def gumbel_r(y, x, loc=0.0, scale=1.0):
    s = in_logs(y, dy)
    z = inside(y, standard(x, loc, scale), 0.0)
    slope = -np.expm1(-z)
    dx = -slope * s / scale
    dloc = slope * s / scale
    dscale = (z * slope - 1) * s / scale


@elementwise(stats.rayleigh.logpdf, stats.rayleigh.pdf, shape=located)
def rayleigh(y, x, loc=0.0, scale=1.0):
    s = in_logs(y, dy)
    z = standard(x, loc, scale)
    dx = (1 / z - z) * s / scale
    dloc = (z - 1 / z) * s / scale
    dscale = (z**2 - 2) * s / scale


# -- one shape or two -----------------------------------------------------------------------


@elementwise(stats.gamma.logpdf, stats.gamma.pdf, shape=located)
def gamma(y, x, a, loc=0.0, scale=1.0):
    s = in_logs(y, dy)
    z = inside(y, standard(x, loc, scale), 1.0)
    slope = 1 - (a - 1) / z
    dx = -slope * s / scale
    da = (np.log(z) - special.digamma(a)) * s
    dloc = slope * s / scale
    dscale = (z * slope - 1) * s / scale


@elementwise(stats.invgamma.logpdf, stats.invgamma.pdf, shape=located)
def invgamma(y, x, a, loc=0.0, scale=1.0):
    s = in_logs(y, dy)
    z = inside(y, standard(x, loc, scale), 1.0)
    slope = (a + 1 - 1 / z) / z
    dx = -slope * s / scale
    da = -(np.log(z) + special.digamma(a)) * s
    dloc = slope * s / scale
    dscale = (z * slope - 1) * s / scale


@elementwise(stats.chi2.logpdf, stats.chi2.pdf, shape=located)
def chi2(y, x, df, loc=0.0, scale=1.0):
    s = in_logs(y, dy)
    z = inside(y, standard(x, loc, scale), 1.0)
    slope = 0.5 - (0.5 * df - 1) / z
    dx = -slope * s / scale
    ddf = 0.5 * (np.log(0.5 * z) - special.digamma(0.5 * df)) * s
    dloc = slope * s / scale
    dscale = (z * slope - 1) * s / scale


@elementwise(stats.beta.logpdf, stats.beta.pdf, shape=located)
def beta(y, x, a, b, loc=0.0, scale=1.0):
    s = in_logs(y, dy)
    z = inside(y, standard(x, loc, scale), 0.5)
    slope = (b - 1) / (1 - z) - (a - 1) / z
    both = special.digamma(a + b)
    dx = -slope * s / scale
    da = (np.log(z) - special.digamma(a) + both) * s
    db = (np.log1p(-z) - special.digamma(b) + both) * s
    dloc = slope * s / scale
    dscale = (z * slope - 1) * s / scale


@elementwise(stats.t.logpdf, stats.t.pdf, shape=located)
def student(y, x, df, loc=0.0, scale=1.0):
    s = in_logs(y, dy)
    z = standard(x, loc, scale)
    slope = (df + 1) * z / (df + z**2)
    gap = special.digamma(0.5 * (df + 1)) - special.digamma(0.5 * df)
    dx = -slope * s / scale
    ddf = 0.5 * (gap + (z * slope - 1) / df - np.log1p(z**2 / df)) * s
    dloc = slope * s / scale
    dscale = (z * slope - 1) * s / scale


@elementwise(stats.lognorm.logpdf, stats.lognorm.pdf, shape=located)
def lognorm(y, x, s, loc=0.0, scale=1.0):
    t = in_logs(y, dy)
    z = inside(y, standard(x, loc, scale), 1.0)
    u = np.log(z) / s
    slope = (1 + u / s) / z
    dx = -slope * t / scale
    ds = (u**2 - 1) / s * t
    dloc = slope * t / scale
    dscale = (z * slope - 1) * t / scale


@elementwise(stats.weibull_min.logpdf, stats.weibull_min.pdf, shape=located)
def weibull_min(y, x, c, loc=0.0, scale=1.0):
    s = in_logs(y, dy)
    z = inside(y, standard(x, loc, scale), 1.0)
    excess = z**c - 1
    slope = (c * excess + 1) / z
    dx = -slope * s / scale
    dc = (1 / c - excess * np.log(z)) * s
    dloc = slope * s / scale
    dscale = (z * slope - 1) * s / scale


@elementwise(stats.pareto.logpdf, stats.pareto.pdf, shape=located)
def pareto(y, x, b, loc=0.0, scale=1.0):
    s = in_logs(y, dy)
    z = inside(y, standard(x, loc, scale), 1.0)
    slope = (b + 1) / z
    dx = -slope * s / scale
    db = (1 / b - np.log(z)) * s
    dloc = slope * s / scale
    dscale = b * s / scale
