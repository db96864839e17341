"""Means, spreads and entropies of distributions of `scipy.stats`: what they are for the location 0
and the scale 1, moved and scaled."""

from scipy import stats

from adgen.rules.registry import elementwise
from adgen.rules.scientific.densities import located
from adgen.rules.scientific.distributions import of_each
from adgen.types import Dim

# those that have a mean and a variance
WITH_MOMENTS = (
    stats.norm, stats.expon, stats.uniform, stats.laplace, stats.logistic, stats.gumbel_r,
    stats.rayleigh, stats.halfnorm,
)  # fmt: skip


def one_for_each(op, facts, /, loc=0.0, scale=1.0):
    found = located(op, facts, loc=loc, scale=scale)
    if any(facts.same(length, Dim(0)) for length in found.dims or ()):
        raise TypeError("of an empty array SciPy gives one number")
    return found


@elementwise(*of_each(WITH_MOMENTS, "mean", "median"), shape=located)
def centre(y, loc=0.0, scale=1.0):
    dloc = dy
    dscale = (y - loc) / scale * dy


@elementwise(*of_each(WITH_MOMENTS, "std"), shape=one_for_each)
def spread(y, loc=0.0, scale=1.0):
    dloc = 0.0 * dy
    dscale = y / scale * dy


@elementwise(*of_each(WITH_MOMENTS, "var"), shape=one_for_each)
def variance(y, loc=0.0, scale=1.0):
    dloc = 0.0 * dy
    dscale = 2 * y / scale * dy


@elementwise(*of_each(WITH_MOMENTS, "entropy"), shape=one_for_each)
def entropy(y, loc=0.0, scale=1.0):
    dloc = 0.0 * dy
    dscale = dy / scale
