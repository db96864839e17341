"""Sums of quotients of one divisor are divided once, and quotients of quotients are simple."""

import math

import numpy as np
import pytest

from adgen import grad
from tests.check_program import check


def normalised(x):
    c = np.sum(x)
    y = x / c
    return np.sum(y**2) + np.log(c)


def standardised(x):
    xc = x - np.mean(x, axis=0)
    y = xc / np.sqrt(np.mean(xc**2, axis=0) + 1e-5)
    return np.sum(y**3)


def lengths(x):
    r = np.sqrt(np.sum(x**2, axis=1))
    return np.sum(1 / r) + np.sum(x[:, 0] / r)


def recursion(x):
    total = 0.0
    for _ in range(3):
        c = np.sum(x**2)
        x = x / c + x[::-1] / c
        total += np.sum(np.exp(x)) / c
    return total


def logsumexp_of_columns(x):
    m = np.max(x, axis=0, keepdims=True)
    z = np.squeeze(m + np.log(np.sum(np.exp(x - m), axis=0, keepdims=True)), 0)
    return np.sum(z**2)


X = np.array([[0.9, 1.3], [2.0, 0.4], [0.7, 1.9]])


@pytest.mark.parametrize(
    "f",
    [normalised, standardised, lengths, recursion, logsumexp_of_columns],
    ids=lambda f: f.__name__,
)
def test_gradients(f):
    check(f, (X,))


def test_one_division():
    text = grad(normalised).source(X, comments=False)
    assert "dc = (dout - np.sum(dy * y)) / c" in text


def test_numbers_are_not_hidden_in_a_column():
    text = grad(lengths).source(X, comments=False)
    assert "0.5" not in text


def test_what_lines_up_is_not_stretched():
    text = grad(logsumexp_of_columns).source(X, comments=False)
    assert "expand_dims" not in text


def log_of_ratio(s, k, r):
    return math.log(s / k) / r + s / (k / s)


def test_quotients_of_quotients():
    check(log_of_ratio, (3.0, 2.0, 1.5))
    assert "dout / r / s" in grad(log_of_ratio).source(3.0, 2.0, 1.5)
