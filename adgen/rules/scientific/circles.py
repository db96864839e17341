"""Statistics of angles in `scipy.stats`."""

import numpy as np
from scipy import stats

from adgen.rules.registry import written_out


def mean_direction(samples, high, low, axis):
    """The means of the sines and of the cosines of angles."""
    angles = (samples - low) * 2.0 * np.pi / (high - low)
    return np.mean(np.sin(angles), axis=axis), np.mean(np.cos(angles), axis=axis)


@written_out(stats.circmean)
def circmean(samples, high=2 * np.pi, low=0, axis=None):
    sine, cosine = mean_direction(samples, high, low, axis)
    angle = np.arctan2(sine, cosine)
    return np.where(angle < 0, angle + 2 * np.pi, angle) * (high - low) / (2.0 * np.pi) + low


@written_out(stats.circvar)
def circvar(samples, high=2 * np.pi, low=0, axis=None):
    sine, cosine = mean_direction(samples, high, low, axis)
    return 1.0 - np.hypot(sine, cosine)


@written_out(stats.circstd)
def circstd(samples, high=2 * np.pi, low=0, axis=None, *, normalize=False):
    sine, cosine = mean_direction(samples, high, low, axis)
    spread = np.sqrt(-2 * np.log(np.hypot(sine, cosine)))
    return spread if normalize else spread * (high - low) / (2.0 * np.pi)


@written_out(stats.gzscore)
def gzscore(a, *, axis=0, ddof=0):
    return stats.zscore(np.log(a), axis=axis, ddof=ddof)
