"""What one line divides by and the next multiplies by is gone from both."""

import math

import numpy as np
import pytest

from adgen import grad
from tests.check_program import check


def logistic(z, y):
    p = 1 / (1 + np.exp(-z))
    return -np.mean(y * np.log(p) + (1 - y) * np.log(1 - p))


def weighted(z, y):
    p = 1 / (1 + np.exp(-z))
    return np.sum(np.array([0.5, 2.0, 1.0]) * (2 * y * np.log(p) + 3 * (1 - y) * np.log(1 - p)))


def read_twice(z, y):
    p = 1 / (1 + np.exp(-z))
    return np.sum(np.log(p) * y) + np.sum(np.log(1 - p) * p)


def normal(z, log_s):
    s = np.exp(log_s)
    r = (z - 1.0) / s
    return np.sum(0.5 * r**2 + log_s)


def of_one_number(z, log_s):
    s = np.exp(log_s[0])
    return np.sum((z / s) ** 2) + log_s[1]


def powers(z, y):
    s = np.exp(z)
    q = y / s**2
    return np.sum(q * z + np.log(s) * y)


def by_steps(z, y):
    total = 0.0
    for i in range(3):
        p = 1 / (1 + np.exp(-z))
        total -= np.sum(y * np.log(p) + (1 - y) * np.log(1 - p))
        if i:
            p = p / np.exp(y)
        z = z * p
    return total


def numbers(z, y):
    p = 1 / (1 + math.exp(-z[0]))
    s = math.exp(y[0])
    return -y[1] * math.log(p) - (1 - y[1]) * math.log(1 - p) + z[1] / s


PROGRAMS = [
    logistic,
    weighted,
    read_twice,
    normal,
    of_one_number,
    powers,
    by_steps,
    numbers,
]
Z, Y = np.array([0.4, -1.2, 2.0]), np.array([1.0, 0.0, 0.3])


@pytest.mark.parametrize("f", PROGRAMS, ids=lambda f: f.__name__)
def test_gradients(f):
    check(f, (Z, Y))


def test_as_it_is_on_paper():
    text = grad(logistic, wrt="z").source(Z, Y, comments=False)
    assert "    dz = (dout / y.shape[0]) * (p - y)\n" in text


def test_a_sum_that_is_no_shorter_stays_a_sum():
    text = grad(weighted, wrt="z").source(Z, Y, comments=False)
    assert "/" not in text[text.index("_backward") :]


def test_of_what_is_certain():
    with np.errstate(all="ignore"):
        assert grad(logistic, wrt="z")(
            np.array([800.0, -800.0]), np.array([1.0, 0.0])
        ).tolist() == [
            0.0,
            0.0,
        ]
