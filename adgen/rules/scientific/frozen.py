"""Distributions of `scipy.stats` that remember their parameters: `stats.norm(mu, s)`."""

from scipy import stats

from adgen.rules.registry import remembers
from adgen.rules.scientific.distributions import (
    LOCATED,
    OF_GAMMA_AND_BETA,
    SHAPED,
    WITH_TWO_SHAPES,
)


def univariate(made):
    return getattr(stats, made.dist.name), made.args, made.kwds


def multivariate(made):
    return stats.multivariate_normal, (made.mean, made.cov), {}


@remembers(
    *LOCATED, *SHAPED, *WITH_TWO_SHAPES, *OF_GAMMA_AND_BETA, stats.lognorm, stats.weibull_min,
    stats.pareto, stats.poisson, stats.bernoulli, stats.binom, stats.nbinom, stats.geom,
    type(stats.norm()), type(stats.poisson(1.0)), apart=univariate,
)  # fmt: skip
def distribution(made, *parameters): ...


@remembers(
    stats.multivariate_normal, stats.dirichlet, type(stats.multivariate_normal()),
    apart=multivariate,
)  # fmt: skip
def distribution_of_vectors(made, *parameters): ...
