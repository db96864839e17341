"""Adjoints with one element in each row are not laid out as arrays of zeros."""

import numpy as np
import pytest

from adgen import grad
from tests.check_program import check


def cross_entropy(z, y):
    z = z - np.max(z, axis=1, keepdims=True)
    log_p = z - np.log(np.sum(np.exp(z), axis=1, keepdims=True))
    return -np.mean(log_p[np.arange(len(y)), y])


def of_probabilities(z, y):
    e = np.exp(z)
    p = e / np.sum(e, axis=1, keepdims=True)
    return -np.sum(np.log(p[np.arange(len(y)), y]))


def of_each_part(z, y):
    p = np.exp(z - np.max(z, axis=1, keepdims=True))
    sum_p = np.sum(p, axis=1, keepdims=True)
    log_p = z - np.max(z, axis=1, keepdims=True) - np.log(sum_p)
    return log_p[np.arange(len(y)), y] @ np.arange(1.0, 4.0)


def in_columns(z, y):
    p = np.exp(z) / np.sum(np.exp(z), axis=0)
    return np.sum(np.log(p[y, np.arange(z.shape[1])]) ** 2)


def of_one_row(z, y):
    row = z[1]
    log_p = row - np.log(np.sum(np.exp(row)))
    return -log_p[y[0]] ** 2


def of_squares(z, y):
    p = np.exp(z) / np.sum(np.exp(z), axis=1, keepdims=True)
    return np.sum(p[np.arange(len(y)), y] ** 2)


def in_two_places(z, y):
    log_p = z - np.log(np.sum(np.exp(z), axis=1, keepdims=True))
    return log_p[np.arange(len(y)), y] @ log_p[np.arange(len(y)), y - 1]


def of_some_rows(z, y):
    log_p = z - np.log(np.sum(np.exp(z), axis=1, keepdims=True))
    return np.sum(log_p[np.arange(2), y[:2]]) + np.sum(log_p[y, y])


def in_a_loop(z, y):
    total = 0.0
    for _ in range(2):
        log_p = z - np.log(np.sum(np.exp(z), axis=1, keepdims=True))
        picked = log_p[np.arange(len(y)), y]
        z = z * picked[:, None]
        total += np.sum(picked)
    return total


def by_a_mask(z, y):
    log_p = z - np.log(np.sum(np.exp(z), axis=1, keepdims=True))
    return np.sum(log_p[np.arange(3), y == 0])


def of_pairs(z, y):
    logits = z @ z.T
    return np.mean(np.log(np.sum(np.exp(logits), axis=1)) - np.diag(logits)) + 0 * y[0]


Z = np.array([[0.3, -0.7, 1.1], [2.0, 0.4, -0.2], [-0.6, 0.9, 0.5]])
Y = np.array([2, 0, 1])

APART = [cross_entropy, of_probabilities, of_each_part, of_one_row]


@pytest.mark.parametrize(
    "f",
    [*APART, in_columns, of_squares, in_two_places, of_some_rows, in_a_loop, by_a_mask, of_pairs],
    ids=lambda f: f.__name__,
)
def test_gradients(f):
    check(f, (Z, Y))


@pytest.mark.parametrize("f", APART, ids=lambda f: f.__name__)
def test_no_array_of_zeros(f):
    assert "np.zeros_like(log_p)" not in grad(f).source(Z, Y)
    assert "np.zeros_like(p)" not in grad(f).source(Z, Y)


def test_as_it_is_taught():
    text = grad(cross_entropy).source(Z, Y, comments=False)
    assert """
    dz = (dout / y.shape[0]) * np.exp(log_p)
    dz[np.arange(len(y)), y] -= dout / y.shape[0]
""" in text


def test_a_number_on_a_diagonal():
    assert "- np.eye(" in grad(of_pairs, wrt="z").source(Z, Y, comments=False)
