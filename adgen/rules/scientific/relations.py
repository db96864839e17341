"""How two samples go together, or differ: lines through points, correlations and tests.

The probabilities that go with them move with the statistic alone.
"""

import ast

import numpy as np
from scipy import stats

from adgen.rules.registry import adjoint, const
from adgen.rules.scientific import real
from adgen.rules.settle import settles
from adgen.rules.settle.axes import count
from adgen.rules.settle.spelling import call
from adgen.runtime import carried_back
from adgen.types import Num, Seq

NUMBER = Num("f8", (), "np")


def two_vectors(*samples):
    """The samples are vectors of one length."""
    dims = [one.dims for one in real(*samples)]
    if any(d is None or len(d) != 1 for d in dims):
        raise TypeError("it takes two vectors")


LINE = type(stats.linregress([0.0, 1.0, 2.0], [0.0, 1.0, 3.0]))
CORRELATION = type(stats.pearsonr([0.0, 1.0, 2.0], [0.0, 1.0, 3.0]))
TEST = type(stats.ttest_1samp([0.0, 1.0, 3.0], 0.0))


def line(op, facts, /, x, y, alternative="two-sided"):
    two_vectors(x, y)
    if alternative != "two-sided":
        raise TypeError("it is supported with alternative='two-sided'")
    return Seq("tuple", (NUMBER,) * 5, LINE)


@settles
def asked(context, *given):
    """What adjoints give, the last of these; nothing where nobody reads the values they are of."""
    *adjoints, share = given
    return ast.Constant(0.0) if all(map(is_nothing, adjoints)) else share


@settles
def of_statistic(context, dt, t, dp, density):
    """The adjoint of a statistic with its probability, that of a larger one on either side."""
    if is_nothing(dp):
        return dt
    moved = ast.BinOp(ast.BinOp(ast.Constant(2), ast.Mult(), density), ast.Mult(), dp)
    moved = ast.BinOp(call("sign", t), ast.Mult(), moved)
    return ast.UnaryOp(ast.USub(), moved) if is_nothing(dt) else ast.BinOp(dt, ast.Sub(), moved)


def is_nothing(adjoint):
    return isinstance(adjoint, ast.Constant) and adjoint.value == 0


@adjoint(stats.linregress, shape=line)
def linregress(slope, intercept, r, p, error, /, x, y, alternative: const = "two-sided"):
    """By the sums of squares and of products of what differs from the means."""
    n = count(x, None)
    u = x - np.mean(x)
    v = y - np.mean(y)
    xx = np.sum(u**2)
    ratio = np.sum(v**2) / xx
    s = of_statistic(dr, r, dp, stats.beta.pdf((r + 1) / 2, n / 2 - 1, n / 2 - 1) / 2)
    rise = (
        dslope
        - asked(dintercept, np.mean(x) * dintercept)
        - asked(derror, slope * derror / ((n - 2) * error))
        + asked(dr, dp, s / np.sqrt(ratio))
    )
    spread = asked(derror, derror / (2 * (n - 2) * error)) - asked(dr, dp, r * s / (2 * ratio))
    dx = (rise * (v - 2 * slope * u) - asked(derror, dr, dp, 2 * ratio * spread * u)) / xx - asked(
        dintercept, slope * dintercept / n
    )
    dy = (rise * u + asked(derror, dr, dp, 2 * spread * v)) / xx + asked(dintercept, dintercept / n)


def correlation(op, facts, /, x, y, alternative="two-sided"):
    line(op, facts, x=x, y=y, alternative=alternative)
    return Seq("tuple", (NUMBER, NUMBER), CORRELATION)


@adjoint(stats.pearsonr, shape=correlation)
def pearsonr(r, p, /, x, y, *, alternative: const = "two-sided"):
    n = count(x, None)
    u = x - np.mean(x)
    v = y - np.mean(y)
    s = of_statistic(dr, r, dp, stats.beta.pdf((r + 1) / 2, n / 2 - 1, n / 2 - 1) / 2)
    both = np.sqrt(np.sum(u**2) * np.sum(v**2))
    dx = s * (v / both - r * u / np.sum(u**2))
    dy = s * (u / both - r * v / np.sum(v**2))


# -- Student's tests of means -------------------------------------------------------------------


def of_mean(op, facts, /, a, popmean, axis=0, alternative="two-sided"):
    vector, mean = real(a, popmean)
    if vector.dims is None or len(vector.dims) != 1 or mean.dims != ():
        raise TypeError("it takes a vector and a number")
    if alternative != "two-sided":
        raise TypeError("it is supported with alternative='two-sided'")
    return Seq("tuple", (NUMBER, NUMBER), TEST)


@adjoint(stats.ttest_1samp, shape=of_mean)
def ttest_1samp(t, p, /, a, popmean, axis: const = 0, *, alternative: const = "two-sided"):
    n = count(a, None)
    error = np.std(a, ddof=1) / np.sqrt(n)
    s = of_statistic(dt, t, dp, stats.t.pdf(t, n - 1)) / error
    da = s * (1 / n - t * (a - np.mean(a)) / (n * (n - 1) * error))
    dpopmean = -s


def of_two_means(op, facts, /, a, b, axis=0, equal_var=True, alternative="two-sided"):
    if not equal_var:
        raise TypeError("it is supported with equal_var=True")
    a, b = real(a, b)
    of_mean(op, facts, a=a, popmean=0.0, alternative=alternative)
    return of_mean(op, facts, a=b, popmean=0.0, alternative=alternative)


@adjoint(stats.ttest_rel, shape=of_two_means)
def ttest_rel(t, p, /, a, b, axis: const = 0, *, alternative: const = "two-sided"):
    n = count(a, None)
    d = a - b
    error = np.std(d, ddof=1) / np.sqrt(n)
    s = of_statistic(dt, t, dp, stats.t.pdf(t, n - 1)) / error
    da = s * (1 / n - t * (d - np.mean(d)) / (n * (n - 1) * error))
    db = -s * (1 / n - t * (d - np.mean(d)) / (n * (n - 1) * error))


@adjoint(stats.ttest_ind, shape=of_two_means)
def ttest_ind(
    t, p, /, a, b, *, axis: const = 0, equal_var: const = True, alternative: const = "two-sided"
):
    n = count(a, None)
    m = count(b, None)
    u = a - np.mean(a)
    v = b - np.mean(b)
    per = (1 / n + 1 / m) / (n + m - 2)
    error = np.sqrt(per * (np.sum(u**2) + np.sum(v**2)))
    s = of_statistic(dt, t, dp, stats.t.pdf(t, n + m - 2)) / error
    da = s * (1 / n - per * t * u / error)
    db = -s * (1 / m + per * t * v / error)


# -- how far apart two samples are ----------------------------------------------------------------


def of_values(op, facts, /, u_values, v_values):
    if any(one.dims is None or len(one.dims) != 1 for one in real(u_values, v_values)):
        raise TypeError("it takes two vectors")
    return NUMBER


@adjoint(stats.wasserstein_distance, shape=of_values)
def wasserstein_distance(d, u_values, v_values):
    """At each value the share that was carried past it changes."""
    du_values = carried_back(dd, u_values, v_values)
    dv_values = carried_back(dd, v_values, u_values)
