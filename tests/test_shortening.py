"""Shares added up in one line, and adjoints put where they are read."""

import math

import numpy as np
import pytest

from adgen import UserError, grad
from tests.check_program import check

X = np.array([0.5, -1.2, 2.0, 0.1])
Y = np.array([1.5, 0.3, -0.7, 2.0])


def fork(x, y):
    a = np.tanh(x * y)
    return np.sum(np.sin(a) * np.exp(a) / (2 + np.cos(a)))


def centred(x, y):
    c = x * y - np.mean(x * y)
    return np.sum(c**3)


def view_written_between(x, y):
    a = x * y
    b = a.copy()
    b[1:] = b[:-1] * a[1:]
    b[0] = a[0] ** 2
    return np.sum(a * b) + np.sum(b**2)


def read_between(x, y):
    a = np.sin(x)
    b = a * y
    c = b[::2] * a[::2]
    a[1] = np.sum(c)
    return np.sum(a**2) + np.sum(b * c[0])


def elements_in_a_loop(x, y):
    total = 0.0
    for i in range(len(x) - 1):
        u = x[i + 1] - x[i]
        v = x[i] * y[i]
        total = total + u * v * x[i] + np.sin(u) * y[i]
    return total


def handed_on(x, y, n=3):
    for _ in range(n):
        k = np.sin(x) * y
        m = x + 0.5 * k
        x = x + 0.1 * (k + 2 * m * y) + k * m
    return np.sum(x**2)


def on_one_side(x, y):
    a = x * y
    s = np.sum(a)
    if s > 0:
        a = a * s + a**2
        s = s * np.sum(a)
    return s + np.sum(a**3)


def through_a_swap(x, y):
    for _ in range(3):
        x, y = y * x[::-1], x + y[0]
    return np.sum(x * y)


@pytest.mark.parametrize(
    "f",
    [
        fork,
        centred,
        view_written_between,
        read_between,
        elements_in_a_loop,
        handed_on,
        on_one_side,
        through_a_swap,
    ],
    ids=lambda f: f.__name__,
)
@pytest.mark.parametrize("sign", [1, -1])
def test_gradients(f, sign):
    check(f, (X, sign * Y))
    short = X.astype("f4")
    check(f, (short, sign * Y), twin=(short.astype(float), sign * Y))


def lines(f, *args):
    return grad(f).source(*args, comments=False).split("_backward(")[-1].splitlines()


def test_an_inner_fork_is_one_line():
    assert sum("da " in line for line in lines(fork, X, Y)) == 1


def test_an_argument_adds_up_stage_by_stage():
    def twice(x):
        a = np.sin(x)
        return np.sum(a * x)

    text = "\n".join(lines(twice, X))
    assert "dx = dout * a" in text or "dx = a * dout" in text
    assert "dx += " in text


def test_elements_are_added_to_once():
    text = "\n".join(lines(elements_in_a_loop, X, Y))
    assert text.count("dx[i] ") == 1


def standardised(x):
    mu = np.mean(x)
    c = x - mu
    return np.sum(c**3)


def test_a_sum_of_what_is_read_anyway_needs_no_name():
    assert not any("dmu" in line for line in lines(standardised, X))


def test_a_long_line_stays_two():
    def long(first_ingredient, second_ingredient):
        both_together = first_ingredient * second_ingredient
        one = np.sin(both_together) * np.exp(first_ingredient * second_ingredient**2)
        other = np.cos(both_together) * np.log(2 + first_ingredient**2 * second_ingredient**2)
        return np.sum(one * other)

    assert max(map(len, lines(long, X, Y))) <= 100


def weighted(ws, xs, b):
    z = b
    for w, x in zip(ws, xs, strict=False):
        z += w * x
    return math.tanh(z)


def less_each(xs, b):
    total = 0.0
    for i in range(len(xs)):
        total -= b * xs[i] + i * xs[i]
    return total


def neighbours(xs):
    total = 0.0
    for i in range(len(xs) - 1):
        total += xs[i] * xs[i + 1]
    return total


def pairs_of(pairs):
    total = 0.0
    for a, b in pairs:
        total += a * b**2
    return total


def rows_of(x, ys):
    total = 0.0
    for row, y in zip(x, ys, strict=False):
        total += np.sum(np.sin(row)) * y
    return total


@pytest.mark.parametrize(
    ("f", "args"),
    [
        (weighted, ([1.0, -0.5, 2.0, 0.3] * 30, [0.2, 0.7, -1.1, 2.0] * 30, 0.1)),
        (less_each, ([1.0, -0.5, 2.0, 0.3], 0.7)),
        (neighbours, ([1.0, -0.5, 2.0, 0.3],)),
        (pairs_of, ([(1.0, 2.0), (0.5, -1.0), (2.0, 0.3), (1.0, 1.0)] * 5,)),
        (rows_of, (np.arange(60.0).reshape(20, 3), [0.2, 0.7, -1.1, 2.0] * 5)),
    ],
)
def test_lists(f, args):
    check(f, args)


def test_adjoints_of_lists_are_made_at_once():
    args = ([1.0, -0.5, 2.0, 0.3] * 30, [0.2, 0.7, -1.1, 2.0] * 30, 0.1)
    text = grad(weighted).source(*args, comments=False)
    assert "dws = [x * dz for x in xs]" in text and "dxs = [w * dz for w in ws]" in text
    assert "for w, x in zip(ws, xs):" in text
    assert "[at]" not in text


def test_longer_and_shorter_lists_go_on_being_right():
    gradient = grad(weighted, wrt=("ws", "xs", "b"))
    for n in (90, 110, 90, 1):
        ws, xs = [0.5 * i + 1 for i in range(n)], [0.1 * i - 1 for i in range(n)]
        slope = 1 - math.tanh(sum(w * x for w, x in zip(ws, xs, strict=True)) + 0.1) ** 2
        dws, dxs, db = gradient(ws, xs, 0.1)
        assert np.allclose(dws, [x * slope for x in xs]) and np.isclose(db, slope)
        assert np.allclose(dxs, [w * slope for w in ws])
    with pytest.raises(UserError):
        gradient([1.0, "a"], [1.0, 2.0], 0.1)


def until_it_is_large(ws, xs, b):
    z = b
    for w, x in zip(ws, xs, strict=False):
        z += w * x
        if z > 3:
            break
    return z**2


@pytest.mark.parametrize("scale", [0.01, 1.0])
def test_loops_that_end_early_are_no_lists(scale):
    n = 90
    args = ([scale * (i % 3 + 0.5) for i in range(n)], [0.1 * (i % 7) for i in range(n)], 0.1)
    check(until_it_is_large, args)


def biased(x, b):
    y = np.zeros_like(x)
    for i in range(x.shape[0]):
        for j in range(x.shape[1]):
            y[i, j] = np.sin(x[i, j]) + b[j]
    return np.sum(y**2)


def one_bias(x, b):
    n, m = x.shape
    y = np.zeros((n, m))
    for i in range(n):
        y[i] = x[i] * 2 + b[0]
    return np.sum(y**3)


def bias_by_rows(x, b):
    y = np.zeros_like(x)
    for j in range(x.shape[1]):
        y[:, j] = x[:, j] + b[j] * b[0]
    return np.sum(y**2)


def bias_in_part(x, b):
    y = np.zeros_like(x)
    for i in range(1, x.shape[0]):
        y[i] = x[i] + b
    return np.sum(y**2)


def bias_till_large(x, b):
    y = np.zeros_like(x)
    for i in range(x.shape[0]):
        y[i] = x[i] + b
        if y[i, 0] > 1:
            break
    return np.sum(y**2)


def bias_that_is_carried(x, b):
    y = np.zeros_like(x)
    for i in range(x.shape[0]):
        y[i] = x[i] + b + (y[i - 1] if i > 0 else 0.0)
    return np.sum(y**2)


def negative_bias(x, b):
    y = np.zeros_like(x)
    for i in range(len(x)):
        y[i, :] = x[i, :] - b
    return np.sum(np.exp(y))


@pytest.mark.parametrize(
    "f",
    [
        biased,
        one_bias,
        bias_by_rows,
        bias_in_part,
        bias_till_large,
        bias_that_is_carried,
        negative_bias,
    ],
    ids=lambda f: f.__name__,
)
def test_sums_over_trips(f):
    rng = np.random.default_rng(3)
    x = rng.normal(size=(4, 3))
    check(f, (x, np.array([0.3, -0.7, 1.1])))
    check(f, (x[:0], np.array([0.3, -0.7, 1.1])))


def test_a_bias_is_summed_once():
    args = (np.ones((4, 3)), np.ones(3))
    assert "db -= np.sum(dy, axis=0)" in grad(negative_bias).source(*args)
    assert "db += " in grad(bias_in_part).source(*args)


def slices_read_twice(x, y):
    x = x.copy()
    total = 0.0
    for _ in range(3):
        mid = x[:-2] * y[1:-1] + x[2:]
        x[1:-1] += 0.1 * y[1:-1] * mid
        total += np.sum(mid**2)
    return total + np.sum(x**3)


def written_between_two_readings(x, y):
    x = x.copy()
    for i in range(1, len(x)):
        x[i] = x[i] * x[i - 1]
        x[0] = x[i] * y[i] + x[0]
        x[i - 1] = np.sin(x[i])
    return np.sum(x * y)


def scaled_loss(x, y):
    loss = 0.0
    for i in range(3):
        loss = loss + np.sum(np.sin(i * x) * y)
    return 2.0 * np.sum(x) + loss


@pytest.mark.parametrize("f", [slices_read_twice, written_between_two_readings, scaled_loss])
def test_slices_and_seeds_without_names(f):
    check(f, (X, Y))
    check(f, (Y, -X))


def test_what_trips_hand_on_unchanged_is_dout():
    assert "dloss" not in grad(scaled_loss).source(X, Y)


def sums_of_rows(x, y):
    """What goes to `a` as a whole is read again under its name."""
    A = np.outer(x, y)
    a = np.sin(x)
    s = a + np.sum(np.log(1.0 + A**2), axis=0)
    return np.sum(s**3)


def smaller_first(x, y):
    """The first share of `b` is a column, the second has all its elements."""
    A = np.outer(x, y)
    b = np.exp(A) * 0.1
    c = np.sum(b, axis=1)
    return np.sum(np.tanh(b * A)) + np.sum(c**2)


def handed_on_and_changed(x, y):
    a = x * 1.0
    for _ in range(2):
        s = a + y * np.sum(a)
        a = a * 0.5 + s
    return np.sum(s * a)


@pytest.mark.parametrize("f", [sums_of_rows, smaller_first, handed_on_and_changed])
def test_names_that_adjoints_have_from_the_start(f):
    check(f, (X, Y))
    check(f, (Y[::-1].copy(), -X))


def test_what_is_handed_on_as_a_whole_has_the_name_that_it_goes_to():
    def f(x, y):
        s = x + np.sum(np.outer(y, y) ** 2, axis=1) - np.log(1.5 + x * y)
        return np.sum(s**2)

    check(f, (np.abs(X), np.abs(Y)))
    text = grad(f).source(np.abs(X), np.abs(Y), comments=False)
    assert "dx = ds\n" in text or "dx = ds " in text
