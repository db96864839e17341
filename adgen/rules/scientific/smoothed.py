"""Densities made smooth of samples: `scipy.stats.gaussian_kde`, followed as an object."""

import numpy as np
from scipy import linalg, special, stats

from adgen.rules.registry import written_out


class Density:
    """A mixture of normal distributions about the columns of `dataset`."""

    def __init__(self, dataset, weights, factor):
        self.dataset = dataset
        self.weights = weights
        self.factor = factor
        self.d, self.n = dataset.shape

    @property
    def covariance(self):
        return spread(self.dataset, self.weights) * self.factor**2

    def logpdf(self, x):
        points = as_columns(x, self.d)
        lower = linalg.cholesky(self.covariance, lower=True)
        off = points[:, :, None] - self.dataset[:, None, :]
        white = linalg.solve_triangular(lower, off.reshape(self.d, -1), lower=True)
        energy = 0.5 * np.sum(white**2, axis=0).reshape(off.shape[1:])
        size = np.sum(np.log(np.diag(lower))) + 0.5 * self.d * np.log(2 * np.pi)
        return special.logsumexp(np.log(self.weights) - energy, axis=1) - size

    def evaluate(self, points):
        return np.exp(self.logpdf(points))

    def pdf(self, x):
        return self.evaluate(x)

    def __call__(self, points):
        return self.evaluate(points)

    def integrate_box_1d(self, low, high):
        width = np.sqrt(self.covariance[0, 0])
        within = special.ndtr((high - self.dataset[0]) / width)
        return np.sum(self.weights * (within - special.ndtr((low - self.dataset[0]) / width)))


def as_columns(x, count):
    points = np.atleast_2d(np.asarray(x))
    if points.shape[0] == 1 and count > 1:
        return points.reshape(count, 1)
    return points


def spread(dataset, weights):
    """The covariances, as `np.cov` has them with `aweights`."""
    off = dataset - (dataset @ weights)[:, None]
    return (off * weights) @ off.T / (1 - np.sum(weights**2))


@written_out(stats.gaussian_kde, apart=lambda made: (made.dataset, made.factor, made.weights))
def gaussian_kde(dataset, bw_method=None, weights=None):
    dataset = np.atleast_2d(np.asarray(dataset))
    d, n = dataset.shape
    weights = np.ones(n) / n if weights is None else weights / np.sum(weights)
    effective = 1 / np.sum(weights**2)
    if bw_method is None or bw_method == "scott":
        factor = effective ** (-1.0 / (d + 4))
    elif bw_method == "silverman":
        factor = (effective * (d + 2) / 4.0) ** (-1.0 / (d + 4))
    else:
        factor = bw_method
    return Density(dataset, weights, factor)
