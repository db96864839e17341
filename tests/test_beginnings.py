"""Adjoints that begin as what they receive as a whole, in an array of their own or a dead one's."""

import numpy as np
import pytest

from adgen import grad
from tests.check_program import check

X = np.array([0.5, -1.2, 2.0, 0.1, 0.8])


def diffused(u, k, steps):
    for _ in range(steps):
        new = u.copy()
        new[1:-1] += k * (u[:-2] - 2 * u[1:-1] + u[2:])
        u = new
    return np.sum(u**2)


def diffused_by_elements(u, k, steps):
    for _ in range(steps):
        new = u.copy()
        for i in range(1, len(u) - 1):
            new[i] = u[i] + k * (u[i - 1] - 2 * u[i] + u[i + 1]) * u[i]
        u = new
    return np.sum(u**2)


def read_once_more(u, k, steps):
    total = 0.0
    for _ in range(steps):
        new = u.copy()
        new[1:] += k * u[:-1]
        total += np.sum(u * new)
        u = new
    return total + np.sum(u)


def returned(u, k, steps):
    for _ in range(steps):
        new = u.copy()
        new[1:] += k * u[:-1]
        u = new
    return u


def in_one_array_of_two(u, k, steps):
    v = u.copy()
    w = 1.0 * v
    w[1:] += k * v[:-1]
    w[0] = v[2]
    return np.sum(w**2) + steps * np.sum(v)


def a_second_name(u, k, steps):
    for _ in range(steps):
        new = u.copy()
        again = new
        new[1:] += k * u[:-1] * u[1:]
        u = again
    return np.sum(u * again)


def cleared_in_between(u, k, steps):
    v = u.copy()
    v[:2] = 0.0
    v[1:] += k * u[:-1]
    v[3] = 0.0
    return np.sum(v**3)


def with_ends(u, k, steps):
    for _ in range(steps):
        slope = k * (u[1:] - u[:-1])
        u = np.concatenate([u[:1], u[1:-1] + slope[1:] - slope[:-1], u[-1:]])
    return np.sum(u**2)


def with_ends_by_elements(u, k, steps):
    for _ in range(steps):
        new = np.zeros_like(u)
        new[0] = u[0]
        new[1:-1] = u[1:-1] + k * u[2:] * u[:-2]
        new[-1] = u[-1]
        u = new
    return np.sum(u**2)


def with_parts_that_overlap(u, k, steps):
    for _ in range(steps):
        new = k * u
        new[:3] += u[:3]
        new[3:] += u[3:]
        new[1:] += u[1:]
        u = new
    return np.sum(u**2)


def with_other_ends(u, k, steps):
    v = np.tanh(u)
    for _ in range(steps):
        v = np.concatenate([u[:1], k * v[1:-1], v[-1:]])
    return np.sum(v * u)


@pytest.mark.parametrize(
    "f",
    [with_ends, with_ends_by_elements, with_parts_that_overlap, with_other_ends, diffused,
     diffused_by_elements, read_once_more, returned, in_one_array_of_two, a_second_name,
     cleared_in_between],
    ids=lambda f: f.__name__,
)  # fmt: skip
def test_gradients(f):
    check(f, (X, 0.3, 3))
    check(f, (X[::-1].copy(), -0.7, 1))


def test_a_copy_goes_on_in_the_array_of_its_original():
    text = grad(diffused, wrt="u").source(X, 0.3, 3, comments=False)
    assert "zeros" not in text and "copy" not in text.partition("def diffused_backward")[2]


def test_a_copy_that_is_read_later_is_an_array_of_its_own():
    text = grad(diffused_by_elements, wrt="u").source(X, 0.3, 3, comments=False)
    assert "du = dnew.copy()" in text


def test_parts_that_go_back_to_where_they_were_are_the_whole():
    text = grad(with_ends, wrt="u").source(X, 0.3, 3, comments=False)
    assert "du[:1]" not in text and "np.zeros(u.shape)" not in text
    check(with_ends, (X[:2], 0.3, 2))
    gradient = grad(with_ends, wrt="u")
    for size in (5, 2, 3):
        assert np.array_equal(gradient(X[:size], 0.3, 2), grad(with_ends)(X[:size], 0.3, 2)[0])
