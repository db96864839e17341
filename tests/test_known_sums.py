"""A sum that follows from others is not worked out again."""

import numpy as np
import pytest

from adgen import grad
from tests.check_program import check


def normalised(x, gamma, beta):
    xc = x - np.mean(x, axis=0)
    std = np.sqrt(np.mean(xc**2, axis=0) + 1e-5)
    y = gamma * (xc / std) + beta
    return np.sum(np.sin(y))


def by_variance(x, gamma, beta):
    xhat = (x - x.mean(axis=0)) / np.sqrt(x.var(axis=0) + 1e-5)
    return np.sum((gamma * xhat + beta) ** 3)


def of_rows(x, gamma, beta):
    xc = x - np.mean(x, axis=1, keepdims=True)
    y = gamma * xc / np.sqrt(np.mean(xc**2, axis=1, keepdims=True)) + beta
    return np.sum(np.cos(y))


def one_mean(x, gamma, beta):
    xc = x - np.mean(x)
    y = gamma[0] * xc / np.sqrt(np.mean(xc**2)) + beta[0]
    return np.sum(np.exp(y))


def not_centred(x, gamma, beta):
    xc = x - np.mean(x, axis=0)
    z = xc * x
    y = gamma * z / np.sqrt(np.mean(z**2, axis=0)) + beta
    return np.sum(np.sin(y))


def mean_of_another(x, gamma, beta):
    xc = x - np.mean(x**2, axis=0)
    y = gamma * xc / np.sqrt(np.mean(xc**2, axis=0)) + beta
    return np.sum(np.sin(y))


def twice(x, gamma, beta):
    for _ in range(2):
        xc = x - np.mean(x, axis=0)
        x = np.tanh(gamma * xc / np.sqrt(np.mean(xc**2, axis=0) + 0.1) + beta)
    return np.sum(x**2)


def two_layers(x, gamma, beta):
    a = gamma * x + beta
    b = gamma * np.tanh(a) + beta
    return np.sum(b**2) + np.sum(np.sum(a, axis=0) ** 2)


PROGRAMS = [
    normalised,
    by_variance,
    of_rows,
    one_mean,
    not_centred,
    mean_of_another,
    twice,
    two_layers,
]
X = np.array([[0.3, -1.2], [1.9, 0.4], [-0.7, 0.8]])
GAMMA, BETA = np.array([1.3, 0.6]), np.array([0.2, -0.4])


@pytest.mark.parametrize("f", PROGRAMS, ids=lambda f: f.__name__)
def test_gradients(f):
    check(f, (X, GAMMA, BETA))


@pytest.mark.parametrize("f", [normalised, by_variance], ids=lambda f: f.__name__)
def test_no_other_sums(f):
    backward = grad(f).source(X, GAMMA, BETA, comments=False).split("_backward(")[1]
    assert backward.count("np.sum(") == 2


@pytest.mark.parametrize("f", [not_centred, mean_of_another], ids=lambda f: f.__name__)
def test_what_is_not_centred_is_summed(f):
    backward = grad(f).source(X, GAMMA, BETA, comments=False).split("_backward(")[1]
    assert backward.count("np.sum(") == 4


def stretched(x, gamma, beta):
    row = np.mean(x, axis=0, keepdims=True)
    y = gamma * (x + row) + beta
    return np.sum(np.sum(y, axis=0) ** 2) + np.sum(row**3) + np.sum(y * (x - row))


def test_what_is_stretched_counts_as_often():
    check(stretched, (X, GAMMA, BETA))
