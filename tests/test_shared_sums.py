"""Sums of which two adjoints receive multiples are worked out once."""

import pytest

from adgen import grad
from tests.check_program import check


def prey(x, y, a, b, c, d):
    k = a * x - b * x * y
    p = c * x * y - d * y
    return k * k + 2 * k * p


def prey_by_steps(x, y, a, b, c, d):
    for i in range(3):
        k = a * x - b * x * y
        p = c * x * y - d * y
        x, y = x + 0.1 * k, y + 0.1 * p
        if i:
            x = x - b * x * y * d + c * x * y * a
    return x * y


def in_the_other_order(x, y, a, b, c, d):
    k = a * x - b * x * y * d
    p = d * y + c * y * x * a - 2 * x * y
    return k * p + k


def what_is_subtracted(x, y, a, b, c, d):
    k = -b * x * y - c * x
    p = -c * y * x * d - a
    return k * k - p * k


def spins(x, y, a, b, c, d):
    for _ in range(2):
        u = a * y * x - b * y * c
        v = c * x * a - b * x * y
        x, y = x - u * v, y + v
    return x * y * u


NUMBERS = (0.7, 1.3, 0.9, -0.4, 0.6, 1.1)


@pytest.mark.parametrize("f", [prey, prey_by_steps, in_the_other_order, what_is_subtracted, spins])
def test_gradients(f):
    check(f, NUMBERS)


def test_it_has_a_name():
    text = grad(spins, wrt=("x", "y")).source(*NUMBERS, comments=False)
    assert """
        s = a * du - b * dv
        dy += x_in * s - b * c * du
        dx += c * a * dv + y_in * s
""" in text


def test_what_arguments_receive_at_the_top_is_taught_stage_by_stage():
    assert " s = " not in grad(prey).source(*NUMBERS)
