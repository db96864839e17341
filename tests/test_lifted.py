"""Elements of adjoints that no trip of a loop changes are read before it."""

import math

import numpy as np
import pytest

from adgen import grad
from tests.check_program import check


def forward_substitution(A, b):
    x = b.copy()
    for i in range(len(x)):
        for j in range(i):
            x[i] -= A[i, j] * x[j]
    return np.sum(x**2)


def of_what_may_be_itself(A, b):
    x = b.copy()
    for i in range(len(x)):
        for j in range(i + 1):
            x[i] -= A[i, j] * x[j]
    return np.sum(x**2)


def of_two_arrays_in_turn(A, b):
    x, y = b.copy(), 2 * b
    for j in range(3):
        x[3] += A[0, j] * x[j]
        x, y = y, x
    return np.sum(x**3) + np.sum(y**2)


def of_an_array_made_anew(A, b):
    x = b.copy()
    for j in range(3):
        x[3] += A[0, j] * x[j] * x[3]
        x = np.sin(x)
    return np.sum(x**3)


def no_trip_and_no_element(A, b):
    x = b.copy()
    n = len(x)
    for i in range(n + 1):
        for j in range(i, n):
            x[i] += A[i, j] * x[j] * 0.5
    return np.sum(x**2)


def no_trip_behind_the_end(A, b, n):
    x = b.copy()
    for i in range(n):
        for j in range(i - n, 0):
            x[i] -= A[i, j] * x[j]
    return np.sum(x**2)


def of_a_row_that_is_written(A, b):
    A = A.copy()
    for i in range(1, 4):
        for k in range(i):
            A[i, 0] -= A[k, 1] * A[i, k]
            A[k, :] *= b[k]
    return np.sum(A**2)


def on_a_side(A, b):
    x = b.copy()
    for i in range(4):
        for j in range(i):
            if j % 2:
                x[i] -= A[i, j] * x[j]
            else:
                x[i] += math.sin(x[j])
    return np.sum(x**2)


def until(A, b):
    x, j = b.copy(), 0
    while x[3] < 2.0 and j < 3:
        x[3] += (A[3, j] * x[j]) ** 2
        j += 1
    return np.sum(x**2)


A = np.sin(np.arange(16.0) + 1).reshape(4, 4)
B = np.array([0.4, -0.7, 1.1, 0.3])


@pytest.mark.parametrize(
    "f",
    [
        forward_substitution,
        of_what_may_be_itself,
        of_two_arrays_in_turn,
        of_an_array_made_anew,
        no_trip_and_no_element,
        of_a_row_that_is_written,
        on_a_side,
        until,
    ],
)
def test_gradients(f):
    check(f, (A, B))


def test_a_loop_without_trips_reads_nothing():
    check(no_trip_behind_the_end, (A, B, 4))
    check(no_trip_behind_the_end, (A, B, 0))


def test_it_stands_before_the_loop():
    text = grad(forward_substitution).source(A, B, comments=False)
    assert """
        dx0 = dx[i]
        for j in reversed(range(i)):
""" in text
    assert "dx0 = dx[i]\n            for" not in grad(no_trip_and_no_element).source(A, B)
