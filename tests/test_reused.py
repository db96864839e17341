"""Values that the forward has anyway are read where a rule would work them out again."""

import numpy as np
import pytest

from adgen import check_grads, grad
from tests.check_program import check

X = np.array([[0.3, -1.2, 2.0], [1.1, 0.4, -0.7]])


def normalised(x):
    mu = np.mean(x, axis=0)
    v = np.var(x, axis=0)
    return np.sum(np.tanh((x - mu) / np.sqrt(v + 0.1)) * x)


def in_one_line(x):
    return np.sum((x - np.mean(x)) / np.std(x) * x**2)


def by_a_method(x):
    return np.sum(np.cos(x.mean() * x) * np.std(x))


def row_by_row(x):
    total = 0.0
    for row in x:
        mu = np.mean(row)
        total += np.var(row) * mu
    return total


@pytest.mark.parametrize("f", [normalised, in_one_line, by_a_method, row_by_row])
def test_a_mean_that_is_there_is_read(f):
    gradient = grad(f)
    backward = gradient.source(X).split("\n\n\n")[1]
    code = [line for line in backward.splitlines() if "# backprop" not in line]
    assert "mean" not in "".join(code)
    assert check_grads(gradient, (X,)).ok


def changed_in_between(x):
    u = x * 1.0
    mu = np.mean(u)
    u[0] = 2 * u[1]
    return np.var(u) * mu


def written_over(x):
    mu = np.mean(x, axis=0)
    v = np.var(x, axis=0)
    mu[0] = 5.0
    return np.sum(v * mu)


def of_another_axis(x):
    return np.sum(np.mean(x, axis=0)) + np.sum(np.var(x, axis=1) ** 2)


def behind(x):
    v = np.var(x)
    return v * np.mean(x)


def on_one_side(x):
    if x[0, 0] > 0:
        mu = np.mean(x)
    else:
        mu = 1.0
    return np.std(x) * mu


def of_the_last_trip(x):
    mu = 0.0
    total = 0.0
    for row in x:
        total += np.var(row) * mu
        mu = np.mean(row)
    return total


@pytest.mark.parametrize(
    "f",
    [changed_in_between, written_over, of_another_axis, behind, on_one_side, of_the_last_trip],
)
def test_what_is_another_value_is_not(f):
    for x in (X, -X):
        assert check_grads(grad(f), (x,)).ok


def turned(x, angle):
    c, s = np.cos(angle), np.sin(angle)
    return np.sum(c * x[0] - s * x[1]) ** 2 + np.sum(s * x[0] + c * x[1])


def turned_until_small(x, angle):
    for i in range(5):
        c = np.cos(angle * x[i])
        if c < 0.5:
            break
        s = np.sin(angle * x[i])
        angle = angle - 0.3 * s * c
    return angle * c


def test_sines_and_cosines_of_one_angle_are_read():
    x = np.array([0.5, 1.2, -0.4, 2.9, 0.3])
    check(turned, (x, 0.7))
    text = grad(turned).source(x, 0.7, comments=False).partition("turned_backward")[2]
    assert "cos(" not in text and "sin(" not in text
    check(turned_until_small, (x, 0.7))
    check(turned_until_small, (x, 0.2))
    check(turned_until_small, (x, 9.0))


def with_variance(x):
    mu, v = np.mean(x, axis=0), np.var(x, axis=0)
    c = x - mu
    return np.sum(c**3 / np.sqrt(v + 0.1))


def test_a_difference_that_has_a_name_is_read():
    check(with_variance, (X,))
    text = grad(with_variance).source(X, comments=False).partition("_backward")[2]
    assert "x - mu" not in text and "mu" not in text.partition("\n")[0]
