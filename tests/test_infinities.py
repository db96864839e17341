"""Infinities that a function puts into its arrays have no part in a finite result."""

import math

import numpy as np
import pytest

from adgen import grad
from tests.check_program import check

X = np.array([[0.5, -0.3], [0.8, 0.2], [-0.4, 1.1]])
FAR = float("inf")


def soft_minimum_of_three(x, gamma):
    table = np.full((4, 4), np.inf)
    table[0, 0] = 0.0
    for i in range(1, 4):
        for j in range(1, 3):
            near = np.array([table[i - 1, j], table[i, j - 1], table[i - 1, j - 1]])
            z = -near / gamma
            largest = z.max()
            soft = -gamma * (np.log(np.sum(np.exp(z - largest))) + largest)
            table[i, j] = x[i - 1, j - 1] ** 2 + soft
    return table[3, 2]


def soft_minimum_of_numbers(x, gamma):
    rows = [[FAR] * 3 for _ in range(3)]
    rows[0][0] = 0.0
    for i in range(1, 3):
        for j in range(1, 3):
            a, b = rows[i - 1][j] / -gamma, rows[i][j - 1] * (-1 / gamma)
            c = rows[i - 1][j - 1] / -gamma
            largest = max(a, b, c)
            total = math.exp(a - largest) + math.exp(b - largest) + math.exp(c - largest)
            rows[i][j] = abs(x[i, j - 1]) - gamma * (math.log(total) + largest)
    return rows[2][2]


def masked_scores(x, gamma):
    s = np.where(np.tril(np.ones((3, 2), bool)), x, -np.inf) / gamma
    e = np.exp(s - s.max(axis=1, keepdims=True))
    return np.sum(e / e.sum(axis=1, keepdims=True) * x)


def masked_in_place(x, gamma):
    scores = x * gamma
    scores[0, 1] = -math.inf
    p = np.exp(scores * gamma)
    return np.sum(p / (1 + p))


@pytest.mark.parametrize(
    "f",
    [soft_minimum_of_three, soft_minimum_of_numbers, masked_scores, masked_in_place],
    ids=lambda f: f.__name__,
)
@pytest.mark.parametrize("gamma", [0.4, 1.7])
def test_gradients(f, gamma):
    check(f, (X, gamma))


def test_a_bound_that_is_replaced_is_no_infinity():
    def nearest(x, gamma):
        best = np.inf
        distances = np.full(3, np.inf)
        for i, row in enumerate(x):
            distances[i] = row @ row
            best = min(best, distances[i])
        return best * gamma + np.min(distances) * gamma**2

    assert "isinf" not in grad(nearest).source(X, 0.4)
