"""Tests of several samples in `scipy.stats`: whether they are of one distribution."""

from typing import NamedTuple

import numpy as np
from scipy import special, stats

from adgen.rules.registry import constant, written_out
from adgen.rules.scientific.relations import NUMBER, two_vectors
from adgen.types import Seq

RANKS = type(stats.spearmanr([0.0, 1.0, 3.0], [0.0, 3.0, 1.0]))


class Comparison(NamedTuple):
    """A statistic, and how likely one as large is by chance."""

    statistic: float
    pvalue: float


@written_out(stats.f_oneway)
def f_oneway(sample1, sample2, sample3=None, sample4=None):
    """Of two to four vectors: the spread of their means, over that within them."""
    samples = [one for one in (sample1, sample2, sample3, sample4) if one is not None]
    if any([np.ndim(one) != 1 for one in samples]):
        raise TypeError("it takes vectors")
    together = np.concatenate(samples)
    groups, count = len(samples), len(together)
    mean = np.mean(together)
    between = sum(len(one) * (np.mean(one) - mean) ** 2 for one in samples) / (groups - 1)
    within = sum(np.sum((one - np.mean(one)) ** 2) for one in samples) / (count - groups)
    statistic = between / within
    return Comparison(statistic, special.fdtrc(groups - 1, count - groups, statistic))


@written_out(stats.chisquare)
def chisquare(f_obs, f_exp=None, ddof=0):
    if np.ndim(f_obs) != 1:
        raise TypeError("it takes a vector")
    expected = np.mean(f_obs) if f_exp is None else f_exp
    statistic = np.sum((f_obs - expected) ** 2 / expected)
    return Comparison(statistic, special.chdtrc(len(f_obs) - 1 - ddof, statistic))


@written_out(stats.jarque_bera)
def jarque_bera(x):
    if np.ndim(x) != 1:
        raise TypeError("it takes a vector")
    off = x - np.mean(x)
    square = np.mean(off**2)
    skewness, peak = np.mean(off**3) / square**1.5, np.mean(off**4) / square**2
    statistic = len(x) / 6 * (skewness**2 + (peak - 3) ** 2 / 4)
    return Comparison(statistic, special.chdtrc(2, statistic))


def of_ranks(op, facts, /, x, y):
    two_vectors(x, y)
    return Seq("tuple", (NUMBER, NUMBER), RANKS)


@constant(stats.spearmanr, stats.kendalltau, shape=of_ranks, also={"a": "x", "b": "y"})
def correlation_of_ranks(statistic, pvalue, /, x, y):
    """Ranks stay as they are where numbers change a little."""
