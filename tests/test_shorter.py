"""Work that is done once instead of twice: the same operand again, the same factor again."""

import math

import numpy as np
import pytest

from adgen import grad
from tests.check_program import check

X = np.array([0.5, -1.2, 2.0, 0.1])
Y = np.array([1.5, 0.3, -0.7, 2.0])


def standardised(x):
    return np.sum(((x - np.mean(x)) / np.sqrt(np.mean((x - np.mean(x)) ** 2) + 0.1)) ** 3)


def products(x, y):
    return np.sum(np.exp(x * y) - (x * y) ** 2)


def in_branches(x, y):
    if y[0] > 0:
        z = np.sin(x * y) + (x * y) ** 2
    else:
        z = np.cos(x * y)
    return np.sum(z * np.tanh(x * y))


def in_a_loop(x, y, n):
    for _ in range(n):
        x = np.tanh(x * y) + 0.1 * (x * y) ** 2
    return np.sum(x)


def written_in_between(x, y):
    x = x.copy()
    a = np.sum(np.exp(x * y))
    x[1:] = x[:-1] * 2
    return a + np.sum(np.exp(x * y))


def helper_that_writes(z):
    z[0] = 3.0
    return np.sum(z**2)


def written_by_a_helper(x, y):
    return helper_that_writes(x * y) + np.sum((x * y) ** 3)


def given_twice(x, y):
    pair = (x * y, x * y)
    pair[0][1] = 2.0
    return np.sum(pair[0] ** 2) + np.sum(pair[1] ** 3)


def named_then_repeated(x, y):
    s = np.tanh(x * y)
    return np.sum(s * y) + np.sum(np.tanh(x * y) * x)


def named_and_bound_anew(x, y):
    s = np.tanh(x)
    s = s * y
    return np.sum(s * np.tanh(x))


def named_and_written(x, y):
    s = np.tanh(x)
    s[0] = 0.3
    return np.sum(s * y) + np.sum(np.tanh(x) ** 2)


@pytest.mark.parametrize(
    "f",
    [standardised, products, in_branches, written_in_between, written_by_a_helper, given_twice,
     named_then_repeated, named_and_bound_anew, named_and_written],
    ids=lambda f: f.__name__,
)  # fmt: skip
def test_operands_that_come_again(f):
    args = (X,) if f is standardised else (X, Y)
    check(f, args)
    if len(args) == 2:
        check(f, (Y[::-1].copy(), -X))


def test_operands_that_come_again_in_a_loop():
    check(in_a_loop, (X, Y, 3))


def test_what_comes_again_is_worked_out_once():
    text = grad(products).source(X, Y)
    assert text.count("x * y") == 2, text  # once as code, once in a comment
    text = grad(standardised).source(X, comments=False)
    assert text.count("np.mean(x)") == 1


def test_an_array_that_is_given_back_twice_is_two_arrays():
    def twice(x):
        return np.exp(x), np.exp(x)

    (one, other), _ = grad(twice).forward(X)
    assert not np.shares_memory(one, other)


def lotka(x, y, a, b):
    return a * x - b * x * y


def masks(x, y):
    return np.sum(y * (x > 0) * x + y * (x < 1) * x)


def broadcast(A, b):
    C = A * b + A * np.exp(b) * 2.0
    return np.sum(C**2)


def chosen(x, y):
    return np.sum(np.where(x > 0, x * y, 0.1 * x**2) * np.where(y > x, x, y))


def one_of_them_bare(x, y):
    z = x + y * x
    return np.sum(z**3)


@pytest.mark.parametrize(
    ("f", "args"),
    [
        (lotka, (1.5, -0.3, 0.7, 2.0)),
        (lotka, (X, Y, 0.7, 2.0)),
        (masks, (X, Y)),
        (chosen, (X, Y)),
        (broadcast, (np.outer(X, Y), Y)),
        (one_of_them_bare, (X, Y)),
    ],
)
def test_factors_in_common(f, args):
    check(f, args)


def test_shares_of_one_statement_are_one_line():
    text = grad(lotka, wrt="x").source(1.5, -0.3, 0.7, 2.0)
    assert "dx = (a - b * y) * dout" in text


def test_truth_values_are_not_added_up():
    def both(x):
        return np.sum((x > 0) * x + (x < 1) * x)

    check(both, (X,))
    assert grad(both)(X).tolist() == [2.0, 1.0, 1.0, 2.0]


def neighbours(xs, n):
    total = 0.0
    for i in range(n):
        if xs[i] > 0:
            total += xs[i] * xs[i - 1]
        else:
            total -= math.sin(xs[-1 - i])
    return total


def some_in_an_array(xs, v):
    total = np.sum(v)
    for i in range(len(xs)):
        total = total + xs[i] * v[i]
    return total


def also_as_a_whole(xs, n):
    total = sum(xs)
    for i in range(n):
        total += xs[i] ** 2
    return total


def one_of_them(xs, i):
    return xs[i] * 3.0 if i > 1 else 2.0 * xs[0]


@pytest.mark.parametrize(
    ("f", "args"),
    [
        (neighbours, ([0.5, -1.0, 2.0, 0.3], 4)),
        (neighbours, ([0.5, -1.0, 2.0, 0.3], 0)),
        (some_in_an_array, ([0.5, -1.0, 2.0, 0.3], X)),
        (also_as_a_whole, ([0.5, -1.0, 2.0, 0.3], 3)),
        (one_of_them, ([0.5, -1.0, 2.0, 0.3], 2)),
        (one_of_them, ([0.5, -1.0, 2.0, 0.3], 0)),
    ],
)
def test_adjoints_of_lists(f, args):
    check(f, args)


def test_the_adjoint_of_a_list_in_a_loop_over_elements_is_a_list():
    text = grad(neighbours).source([0.5, -1.0, 2.0, 0.3], 4)
    assert "dxs = [0.0] * 4" in text
    assert "tolist" not in text
