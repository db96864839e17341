"""Adjoints of elements that a program writes: cleared only where something reads them again."""

import re

import numpy as np
import pytest

from adgen import grad
from tests.check_program import check

X = np.array([0.3, -1.1, 0.8, 1.7])
M = np.array([[0.4, 1.2, -0.3], [0.9, -0.5, 0.6], [1.1, 0.2, 0.7]])


def one_by_one(x):
    y = np.zeros(len(x))
    for i in range(len(x)):
        y[i] = np.sin(x[i]) * x[i]
    return np.sum(y**2)


def rows(x):
    y = np.empty((3, 3))
    for i in range(3):
        y[i] = np.tanh(x[:, i]) * x[i]
    return np.sum(y**3)


def recurrence(x):
    y = np.zeros(len(x))
    y[0] = x[0]
    for i in range(1, len(x)):
        y[i] = 0.5 * y[i - 1] * x[i] + np.sin(x[i])
    return y[-1] + np.sum(y**2)


def table(x):
    t = np.zeros((4, 4))
    for i in range(1, 4):
        for j in range(1, 4):
            t[i, j] = t[i - 1, j] * x[i - 1, j - 1] + t[i, j - 1] + x[j - 1, i - 1]
    return t[3, 3] ** 2


def copied_first(x):
    y = x.copy()
    for i in range(1, len(x)):
        y[i] = np.sin(x[i]) * x[i - 1]
    return np.sum(y**2)


def written_twice(x):
    y = np.zeros(len(x))
    for i in range(len(x)):
        y[i] = x[i] ** 2
    for i in range(1, len(x)):
        y[i] = np.sin(y[i]) * y[i - 1]
    return np.sum(y**2)


def overwritten(x):
    y = np.zeros(len(x))
    total = 0.0
    for i in range(len(x)):
        y[0] = x[i] ** 2
        total += y[0] * x[i]
    return total + y[0]


def overlapping(x):
    y = np.zeros(len(x) + 1)
    for i in range(len(x)):
        y[i : i + 2] = np.sin(x[i]) * (i + 1)
    return np.sum(y**2)


def in_each_trip(x, n):
    for _ in range(n):
        y = np.zeros(len(x))
        for i in range(len(x)):
            y[i] = np.sin(x[i]) + x[i - 1]
        x = y
    return np.sum(x**2)


def kept_between_trips(x, n):
    y = np.zeros(len(x))
    total = 0.0
    for _ in range(n):
        for i in range(len(x)):
            y[i] = y[i] * x[i] + np.sin(x[i])
        total += np.sum(y**2)
    return total


def on_two_sides(x, n):
    y = np.zeros(len(x))
    for i in range(len(x)):
        if x[i] > n:
            y[i] = x[i] ** 2
        else:
            y[-1] = np.sin(x[i])
    return np.sum(y**2)


def read_on_the_way(x):
    y = np.zeros(len(x))
    total = 0.0
    for i in range(len(x)):
        y[i] = np.sin(x[i])
        total += np.sum(y) * x[i]
    return total


def by_a_view(x):
    y = np.zeros(2 * len(x))
    upper = y[2:]
    for i in range(len(x)):
        y[i] = np.sin(x[i])
        upper[i] = x[i] ** 2
    return np.sum(y**3)


def backwards(x, step):
    y = np.zeros(len(x))
    for i in range(len(x) - 1, -1, step):
        y[i] = np.sin(x[i])
    return np.sum(y**2)


def masked(x):
    y = np.zeros(len(x))
    for i in range(2):
        y[x > i] = np.sin(x[x > i])
    return np.sum(y**2)


def whole_result(x):
    y = np.zeros(len(x))
    for i in range(len(x)):
        y[i] = np.sin(x[i]) * x[-1]
    z = y * x
    y[1] = 0.5 * x[0]
    return np.sum(z * y)


def of_a_plain_sum(x):
    y = np.zeros(len(x))
    y[0] = x[0] ** 2
    y[2] = x[0] * x[1]
    return np.sum(y)


def of_a_plain_sum_in_a_loop(x):
    y = np.zeros(len(x))
    for i in range(len(x)):
        y[i] = x[i] ** 2
    return np.sum(y)


def steps_of_a_stencil(x, n):
    for _ in range(n):
        new = x.copy()
        for i in range(1, len(x) - 1):
            new[i] = x[i] + 0.3 * (x[i - 1] - np.sin(x[i]) + x[i + 1])
        x = new
    return np.sum(x**2)


def steps_on_slices(x, n):
    for _ in range(n):
        new = x + 0.0
        new[1:-1] = x[1:-1] + np.sin(x[2:]) * x[:-2]
        x = new
    return np.sum(x**2)


def ends_of_a_stencil(x):
    new = x.copy()
    for i in range(1, len(x)):
        new[i] = x[i] + np.sin(x[i - 1])
    new[0] = x[0] + np.cos(x[-1])
    return np.sum(new**2)


def put_back_on_one_side(x, n):
    new = x.copy()
    for i in range(len(x)):
        if x[i] > n:
            new[i] = x[i] + np.sin(x[i - 1])
        else:
            new[i] = 2 * x[i]
    return np.sum(new**2)


def put_back_twice(x):
    new = x.copy()
    for i in range(len(x)):
        new[i] = x[i] + np.sin(x[i - 1])
    for i in range(1, len(x)):
        new[i] = x[i] + new[i - 1] ** 2
    return np.sum(new**2)


def put_back_elsewhere(x):
    new = x.copy()
    for i in range(1, len(x)):
        new[i] = x[i - 1] + np.sin(x[i])
    return np.sum(new**2)


def put_back_and_read(x):
    new = x.copy()
    total = 0.0
    for i in range(len(x)):
        new[i] = x[i] + np.sin(x[i - 1])
        total += new[i - 1] * new[0]
    return total + np.sum(new**2)


def broadcast(m):
    new = m.copy()
    for i in range(3):
        new[i] = m[i, 0] + np.sin(m[0])
    return np.sum(new**2)


def real_part(x):
    z = np.exp(1j * x)
    new = z.copy()
    for i in range(len(x)):
        new[i] = z[i].real + z[i - 1] ** 2
    return np.sum(np.abs(new) ** 2)


EXAMPLES = [
    (of_a_plain_sum, (X,)),
    (of_a_plain_sum_in_a_loop, (X,)),
    (steps_of_a_stencil, (X, 2)),
    (steps_on_slices, (X, 2)),
    (ends_of_a_stencil, (X,)),
    (put_back_on_one_side, (X, 0)),
    (put_back_twice, (X,)),
    (put_back_elsewhere, (X,)),
    (put_back_and_read, (X,)),
    (broadcast, (M,)),
    (real_part, (X,)),
    (one_by_one, (X,)),
    (rows, (M,)),
    (recurrence, (X,)),
    (table, (M,)),
    (copied_first, (X,)),
    (written_twice, (X,)),
    (overwritten, (X,)),
    (overlapping, (X,)),
    (in_each_trip, (X, 2)),
    (kept_between_trips, (X, 2)),
    (on_two_sides, (X, 0)),
    (read_on_the_way, (X,)),
    (by_a_view, (X,)),
    (backwards, (X, -1)),
    (masked, (X,)),
    (whole_result, (X,)),
]


@pytest.mark.parametrize(("function", "args"), EXAMPLES, ids=[f.__name__ for f, _ in EXAMPLES])
def test_gradients(function, args):
    check(function, args)


@pytest.mark.parametrize(
    ("function", "args"),
    [
        (one_by_one, (X,)),
        (rows, (M,)),
        (recurrence, (X,)),
        (table, (M,)),
        (steps_of_a_stencil, (X, 2)),
        (steps_on_slices, (X, 2)),
    ],
)
def test_not_cleared(function, args):
    backward = grad(function).source(*args, comments=False).split("_backward(")[1]
    assert "= 0.0\n" not in backward


@pytest.mark.parametrize(
    "function", [copied_first, written_twice, overwritten, overlapping], ids=lambda f: f.__name__
)
def test_cleared(function):
    assert "] = 0.0\n" in grad(function).source(X)


def apart(x):
    return x[0] * x[1] + np.sum(x[2:] ** 2)


def perhaps_the_same(x, i):
    return x[0] ** 2 + np.sin(x[i])


def overlapping_parts(x):
    return np.sum(x[1:] * x[:-1]) + x[1]


def in_a_trip_after_another(x, n):
    total = 0.0
    for i in range(n):
        y = x * i
        total += y[0] * y[1] ** 2 + y[i]
    return total


def by_arrays(x):
    return np.sum(x[np.array([0, 2])] ** 2) + np.sum(x[np.array([0, 0])]) + x[1] ** 2


def added_as_a_whole(x):
    y = np.sin(x)
    return y[1] ** 2 + np.sum(y) * y[1]


def of_real_parts(x):
    y = np.exp(1j * x)
    return np.abs(y[0] * y[1]) + y[2].real ** 2


PARTS = [
    (apart, (X,), 3),
    (perhaps_the_same, (X, 0), 1),
    (perhaps_the_same, (X, 2), 1),
    (overlapping_parts, (X,), 1),
    (in_a_trip_after_another, (X, 3), 2),
    (by_arrays, (X,), 0),
    (added_as_a_whole, (X,), 1),
    (of_real_parts, (X,), 3),
]


@pytest.mark.parametrize(("function", "args", "assigned"), PARTS)
def test_elements_of_a_new_adjoint(function, args, assigned):
    check(function, args)
    listing = grad(function).source(*args)
    assert len(re.findall(r"^ *d\w+\[.*\] = ", listing, re.MULTILINE)) == assigned
