"""Elements that are replaced, and quotients that are there already."""

import math

import numpy as np
import pytest

from adgen import grad
from tests.check_program import check

X = np.array([0.5, -1.2, 2.0, 0.1, 0.8])
Y = np.array([1.5, 2.3, 1.7, 2.0, 0.6])


def relaxed(u, f):
    u = u.copy()
    for i in range(1, len(u) - 1):
        u[i] = 0.25 * (u[i - 1] + u[i + 1] + f[i])
    return np.sum(u**2)


def slices_replaced(u, f):
    u = u.copy()
    u[1:-1] = np.sin(u[1:-1]) * f[1:-1]
    u[1:] = 0.5 * f[1:]
    return np.sum(u**3)


def rows_replaced(u, f):
    A = np.outer(u, f)
    A[1] = 0.5 * f
    A[2] = A[1].T
    return np.sum(A**3)


def divided(u, f):
    u = u.copy()
    for i in range(len(u)):
        u[i] /= f[i]
        u[i - 1] = u[i] / f[i - 1]
    return np.sum(u**2)


def read_by_both(u, f):
    u = u.copy()
    for i in range(1, len(u)):
        u[i] = u[i] * f[i] / (2.0 + u[i - 1] ** 2)
    return np.sum(u**2)


def quotients(u, f):
    a = np.exp(u) / f
    b = a / (1 + f**2)
    for _ in range(2):
        b = u / b
    return np.sum(b / (a * f)) + math.sqrt(2.0) / np.sum(a)


def quotients_of_columns(u, f):
    A = np.outer(u, f)
    B = A / f
    C = B / np.sum(A**2, axis=1, keepdims=True)
    return np.sum(C**3)


@pytest.mark.parametrize(
    "f",
    [relaxed, slices_replaced, rows_replaced, divided, read_by_both, quotients,
     quotients_of_columns],
    ids=lambda f: f.__name__,
)  # fmt: skip
def test_gradients(f):
    check(f, (X, Y))
    check(f, (-Y, X + 3.0))


def test_what_was_taken_out_is_read_where_it_is():
    text = grad(relaxed).source(X, Y, comments=False)
    assert "du0 = 0.25 * du[i]\n        du[i] = 0.0" in text
    text = grad(slices_replaced).source(X, Y, comments=False)
    assert ".copy()" not in text.partition("_backward")[2]


def test_a_quotient_is_worked_out_once():
    assert "dout0 = -db * out1" in grad(quotients).source(X, Y, comments=False)


def test_an_element_that_is_divided_is_divided_once():
    def scaled(u, f):
        u = u.copy()
        for i in range(len(u)):
            u[i] /= f[i]
        return np.sum(u**2)

    text = grad(scaled).source(X, Y, comments=False)
    assert "du[i] /= f[i]" in text and "df[i] -= du[i] * u[i]" in text
