"""Distributions of vectors in `scipy.stats`, and summaries of samples.

Formulas for the normal distribution are those of the Matrix Cookbook, 57 and 61.
"""

import ast
import math

import numpy as np
from scipy import special, stats

from adgen.rules.reducing import mean_along, sum_along
from adgen.rules.registry import adjoint, const, constant
from adgen.rules.scientific import real
from adgen.rules.scientific.densities import in_logs, shifted
from adgen.rules.settle import settles
from adgen.rules.settle.axes import count, unreduce
from adgen.rules.settle.broadcasting import fitted
from adgen.rules.settle.spelling import constant_expr
from adgen.rules.shapes import as_num, averaged, floating, is_absent
from adgen.runtime import lower_half
from adgen.types import Num

# -- vectors ----------------------------------------------------------------------------------


def of_vectors(op, facts, /, x, mean=None, cov=1):
    """One vector, or one in each row; SciPy has other readings where lengths differ."""
    given = mean
    x, mean, cov = real(x, [0.0] if is_absent(mean) else mean, cov)
    if x.dims is None or len(x.dims) not in (1, 2) or cov.dims is None or len(cov.dims) > 2:
        raise TypeError("it takes a vector or a matrix, and covariances")
    if mean.dims is None or len(mean.dims) > 1:
        raise TypeError("the mean has to be a vector")
    if len(x.dims) == 2 and facts.is_one(x.dims[0]):
        raise TypeError("a single row is taken for one vector: give it as a vector")
    if not cov.dims and (is_absent(given) or not mean.dims):
        raise TypeError("with one variance the mean has to be a vector, which tells how many")
    if facts.is_one(x.dims[-1]) or any(facts.same(x.dims[-1], d) is False for d in cov.dims):
        raise TypeError("there has to be a covariance for each pair of at least two variables")
    return Num("f8", x.dims[:-1], "array" if x.dims[1:] else "np")


@adjoint(stats.multivariate_normal.logpdf, stats.multivariate_normal.pdf,
         shape=of_vectors, when=lambda x, cov: x.ndim == 1 and (cov.ndim or 0) < 2)  # fmt: skip
def independent_normals(y, x, mean=None, cov=1):
    """A variance for each, or one for all."""
    r = shifted(x, mean) / cov
    s = in_logs(y, dy)
    dx = -s * r
    dmean = s * r
    dcov = fitted(0.5 * s * (r**2 - 1 / cov), cov, r)


@adjoint(stats.multivariate_normal.logpdf, stats.multivariate_normal.pdf,
         when=lambda cov: (cov.ndim or 0) < 2)  # fmt: skip
def independent_normals_in_rows(y, x, mean=None, cov=1):
    """A variance for each, or one for all."""
    r = shifted(x, mean) / cov
    s = in_logs(y, dy)[:, None]
    dx = -s * r
    dmean = np.sum(s * r, axis=0)
    dcov = fitted(0.5 * s * (r**2 - 1 / cov), cov, r)


@adjoint(stats.multivariate_normal.logpdf, stats.multivariate_normal.pdf,
         when=lambda x: x.ndim == 1)  # fmt: skip
def normal_vector(y, x, mean=None, cov=1):
    """The gradient of the covariance stands in the lower triangle: SciPy reads no more."""
    p = np.linalg.inv(cov)
    r = p @ shifted(x, mean)
    s = in_logs(y, dy)
    dx = -s * r
    dmean = s * r
    dcov = lower_half(s * (np.outer(r, r) - p))


@adjoint(stats.multivariate_normal.logpdf, stats.multivariate_normal.pdf)
def normal_vectors(y, x, mean=None, cov=1):
    """The gradient of the covariance stands in the lower triangle: SciPy reads no more."""
    p = np.linalg.inv(cov)
    r = shifted(x, mean) @ p
    s = in_logs(y, dy)[:, None] * r
    dx = -s
    dmean = np.sum(s, axis=0)
    dcov = lower_half(r.T @ s - np.sum(in_logs(y, dy)) * p)


def of_shares(op, facts, /, x, alpha):
    x, alpha = real(x, alpha)
    if x.dims is None or alpha.dims is None or len(x.dims) != 1 or len(alpha.dims) != 1:
        raise TypeError("it takes two vectors")
    if facts.same(x.dims[0], alpha.dims[0]) is False:
        raise TypeError("the two vectors have to be of one length")
    return Num("f8", (), "np")


@adjoint(stats.dirichlet.logpdf, stats.dirichlet.pdf, shape=of_shares)
def dirichlet(y, x, alpha):
    s = in_logs(y, dy)
    dx = s * (alpha - 1) / x
    dalpha = s * (np.log(x) - special.digamma(alpha) + special.digamma(np.sum(alpha)))


# -- summaries --------------------------------------------------------------------------------


def standardised(op, facts, /, x, axis=0, ddof=0):
    (x,) = real(x)
    return Num(floating(x.dtype), x.dims, "any" if x.dims is None else "array")


@adjoint(stats.zscore, shape=standardised)
def zscore(y, x, axis: const = 0, ddof: const = 0):
    s = np.std(x, axis=axis, ddof=ddof, keepdims=True)
    dx = (dy - mean_along(dy, axis) - y * sum_along(y * dy, axis) / (count(x, axis) - ddof)) / s


def summary(op, facts, /, x, axis=0, **rest):
    real(x)
    return averaged(op, facts, x=x, axis=axis, keepdims=False)


@adjoint(stats.gmean, shape=summary)
def gmean(y, x, axis: const = 0):
    dx = unreduce(y * dy, x, axis, False) / (count(x, axis) * x)


@adjoint(stats.hmean, shape=summary)
def hmean(y, x, axis: const = 0):
    dx = unreduce(y**2 * dy, x, axis, False) / (count(x, axis) * x**2)


@adjoint(stats.sem, shape=summary)
def sem(y, x, axis: const = 0, ddof: const = 1):
    n = count(x, axis)
    dx = (x - mean_along(x, axis)) * (
        unreduce(dy, x, axis, False) / (n * (n - ddof) * unreduce(y, x, axis, False))
    )


def biased(op, facts, /, x, axis=0, bias=True, fisher=True):
    if not bias:
        raise TypeError("`bias=False` is not supported: scale the result")
    return summary(op, facts, x=x, axis=axis)


@adjoint(stats.skew, shape=biased)
def skew(y, x, axis: const = 0, bias: const = True):
    """The mean of cubes, in standard deviations s: of a sample without spread there is none."""
    s = np.std(x, axis=axis, keepdims=True)
    z = (x - mean_along(x, axis)) / s
    slope = 3 / (count(x, axis) * s) * (z**2 - 1 - unreduce(y, x, axis, False) * z)
    dx = slope * unreduce(dy, x, axis, False)


@adjoint(stats.kurtosis, shape=biased)
def kurtosis(y, x, axis: const = 0, fisher: const = True, bias: const = True):
    """The mean of fourth powers, in standard deviations s."""
    s = np.std(x, axis=axis, keepdims=True)
    z = (x - mean_along(x, axis)) / s
    cubes = mean_along(z**3, axis)
    slope = 4 / (count(x, axis) * s) * (z**3 - cubes - mean_along(z**4, axis) * z)
    dx = slope * unreduce(dy, x, axis, False)


def entropies(op, facts, /, x, qk=None, base=None, axis=0):
    if not is_absent(qk):
        other, mine = as_num(qk), as_num(x)
        if other.dims is None or mine.dims is None or len(other.dims) != len(mine.dims):
            raise TypeError("the two distributions have to be of one shape")
        if any(facts.same(a, b) is False for a, b in zip(other.dims, mine.dims, strict=True)):
            raise TypeError("the two distributions have to be of one shape")
    real(x)
    return averaged(op, facts, x=x, axis=axis, keepdims=False)


@adjoint(stats.entropy, shape=entropies, when=lambda qk: qk.absent)
def entropy(y, x, *, base: const = None, axis: const = 0):
    """Of weights, which are divided by their sum."""
    total = sum_along(x, axis)
    s = unreduce(dy, x, axis, False) / total
    dx = -(in_base(np.log(x / total), base) + unreduce(y, x, axis, False)) * s


@adjoint(stats.entropy)
def relative_entropy(y, x, qk=None, base: const = None, axis: const = 0):
    """Of weights, which are divided by their sums."""
    s = unreduce(dy, x, axis, False)
    ratio = (x / sum_along(x, axis)) / (qk / sum_along(qk, axis))
    dx = (in_base(np.log(ratio), base) - unreduce(y, x, axis, False)) * s / sum_along(x, axis)
    dqk = in_base(1 - ratio, base) * s / sum_along(qk, axis)


@settles
def in_base(context, x, base):
    """Natural units in those of a base."""
    return x if base is None else ast.BinOp(x, ast.Div(), constant_expr(math.log(base)))


def ranks(op, facts, /, a, **options):
    (a,) = real(a)
    along = options.get("axis")
    whole = along is None and a.dims is not None and len(a.dims) != 1
    return Num("f8", (facts.fresh(),) if whole else a.dims)


@constant(stats.rankdata, shape=ranks)
def rankdata(y, a, method: const = "average", *, axis: const = None): ...
