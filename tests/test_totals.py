"""Totals: `sum(f(x) for x in xs)`, and names that begin as a number and get arrays added."""

import math

import numpy as np
import pytest

from adgen import grad
from tests.check_program import check

W = np.arange(1.0, 13.0).reshape(3, 2, 2) / 7
X = np.array([0.4, -1.1])


def of_numbers(xs, p):
    return sum(x * p**2 for x in xs)


def of_some(xs, p):
    return sum([math.exp(-x * p) for x in xs if x > 0])


def of_pairs(xs, p):
    return p * sum(a * b for a in xs for b in xs[1:])


def from_a_start(xs, p):
    return sum((x * p for x in xs), p)


def from_an_array(w, x):
    return sum((part @ x for part in w), x) * sum((part[0] for part in w), start=x)


def under_its_own_name(xs, p):
    p = sum(x * p for x in xs)
    return p * sum(p * x for x in xs)


def of_arrays(w, x):
    return sum(w[i] @ x for i in range(len(w)))


def begins_as_zero(w, x):
    total = 0
    for part in w:
        total = total + np.tanh(part @ x)
    return total * x


def added_in_place(w, x):
    total = 0.0
    for part in w:
        total += part @ x
    return total * x


def two_of_them(w, x):
    total, rest = 0, 1.0
    for i in range(len(w)):
        total = total + w[i] @ x
        rest = rest - total * x
    return rest * total


def read_before_the_sum(w, x):
    total = 1
    for part in w:
        x = x * np.prod(total * part[0])
        total = total + part @ x
    return total


def on_some_paths(w, x):
    total = 0
    for part in w:
        if part[0, 0] > 0.5:
            total = total + part @ x
    return np.sum(total * x)


def left_early(w, x, least):
    total = 0.0
    for part in w:
        if part[0, 0] > least:
            break
        total = total + part @ x
    return total * x


def grows_in_rank(w, x):
    total = 0
    for i in range(len(w)):
        total = total + (x if i == 0 else w[i])
    return np.sum(total * x)


def kept_in_a_list(w, x):
    total, rows = 0.0, []
    for i in range(len(w)):
        total = total + w[i] @ x
        rows.append(total)
    return sum(rows) * total


def on_a_path_of_an_element(v, xs):
    v = v.copy()
    for _ in range(2):
        v[1] = v[1] + (sum(x * x for x in xs) if xs[0] > 0 else 2.0)
    return v[1] * v[0]


NUMBERS = (np.array([0.5, -1.5, 2.0]), 0.3)
FUNCTIONS = [
    (of_numbers, NUMBERS),
    (of_numbers, (np.zeros(0), 0.3)),
    (of_numbers, ([0.5] * 20, 0.3)),
    (of_some, NUMBERS),
    (of_pairs, NUMBERS),
    (from_a_start, NUMBERS),
    (from_an_array, (W, X)),
    (under_its_own_name, NUMBERS),
    (of_arrays, (W, X)),
    (begins_as_zero, (W, X)),
    (begins_as_zero, (W[:0], X)),
    (added_in_place, (W, X)),
    (added_in_place, (W[:0], X)),
    (two_of_them, (W, X)),
    (read_before_the_sum, (W, X)),
    (on_some_paths, (W, X)),
    (on_some_paths, (W * 0, X)),
    (left_early, (W, X, 0.1)),
    (left_early, (W, X, 0.5)),
    (grows_in_rank, (W, X)),
    (kept_in_a_list, (W, X)),
    (on_a_path_of_an_element, (X, X)),
    (on_a_path_of_an_element, (X, -X)),
]


@pytest.mark.parametrize("function, args", FUNCTIONS, ids=lambda v: getattr(v, "__name__", ""))
def test_totals(function, args):
    check(function, args)


def test_a_total_of_arrays_needs_no_tape():
    listing = grad(begins_as_zero).source(W, X)
    assert "unbroadcast" not in listing
    assert "total = total + h" in grad(added_up).source(W, X)


def added_up(w, x):
    total = 0
    for part in w:
        h = np.tanh(part @ x)
        total = total + h
    return total


def test_a_total_is_added_up_as_a_person_would():
    listing = grad(of_numbers).source(*NUMBERS)
    assert "append" not in listing
    assert "out = out + x * p**2" in listing


def test_a_comprehensions_target_is_its_own():
    listing = grad(neighbours).source(NUMBERS[0])
    assert "for i in range(1, len(xs)):" in listing
    assert "i_in" not in listing


def neighbours(xs):
    return sum((xs[i] - xs[i - 1]) ** 2 for i in range(1, len(xs)))
