"""Factorisations by loops over elements, in place."""

import math

import numpy as np

from tests.benchmarks.workload import Workload


def cholesky(A):
    """log det A."""
    A = A.copy()
    n = A.shape[0]
    total = 0.0
    for j in range(n):
        for k in range(j):
            A[j, j] -= A[j, k] * A[j, k]
        A[j, j] = math.sqrt(A[j, j])
        for i in range(j + 1, n):
            for k in range(j):
                A[i, j] -= A[i, k] * A[j, k]
            A[i, j] = A[i, j] / A[j, j]
        total += 2.0 * math.log(A[j, j])
    return total


def cholesky_forward(A):
    A = A.copy()
    n = A.shape[0]
    total = 0.0
    for j in range(n):
        for k in range(j):
            A[j, j] -= A[j, k] * A[j, k]
        A[j, j] = math.sqrt(A[j, j])
        for i in range(j + 1, n):
            for k in range(j):
                A[i, j] -= A[i, k] * A[j, k]
            A[i, j] = A[i, j] / A[j, j]
        total += 2.0 * math.log(A[j, j])
    return total, A


def cholesky_backward(dout, A):
    n = A.shape[0]
    dA = np.zeros_like(A)
    for j in reversed(range(n)):
        dA[j, j] += 2.0 * dout / A[j, j]
        for i in reversed(range(j + 1, n)):
            d = dA[i, j] / A[j, j]
            dA[i, j] = d
            dA[j, j] -= A[i, j] * d
            for k in range(j):
                dA[i, k] -= A[j, k] * d
                dA[j, k] -= A[i, k] * d
        d = 0.5 * dA[j, j] / A[j, j]
        dA[j, j] = d
        for k in range(j):
            dA[j, k] -= 2 * A[j, k] * d
    return dA


def lu(A, b):
    """The squared length of x where A x = b, by elimination without pivots."""
    A, x = A.copy(), b.copy()
    n = len(x)
    for k in range(n - 1):
        for i in range(k + 1, n):
            A[i, k] /= A[k, k]
            for j in range(k + 1, n):
                A[i, j] -= A[i, k] * A[k, j]
    for i in range(n):
        for j in range(i):
            x[i] -= A[i, j] * x[j]
    for i in range(n - 1, -1, -1):
        for j in range(i + 1, n):
            x[i] -= A[i, j] * x[j]
        x[i] /= A[i, i]
    return np.sum(x**2)


def lu_forward(A, b):
    A, x = A.copy(), b.copy()
    n = len(x)
    for k in range(n - 1):
        for i in range(k + 1, n):
            A[i, k] /= A[k, k]
            for j in range(k + 1, n):
                A[i, j] -= A[i, k] * A[k, j]
    for i in range(n):
        for j in range(i):
            x[i] -= A[i, j] * x[j]
    y = x.copy()
    for i in range(n - 1, -1, -1):
        for j in range(i + 1, n):
            x[i] -= A[i, j] * x[j]
        x[i] /= A[i, i]
    return np.sum(x**2), (A, x, y)


def lu_backward(dout, cache):
    A, x, y = cache
    n = len(x)
    dA = np.zeros_like(A)
    dx = (2 * dout) * x
    for i in range(n):
        d = dx[i] / A[i, i]
        dx[i] = d
        dA[i, i] -= x[i] * d
        for j in range(i + 1, n):
            dA[i, j] -= x[j] * d
            dx[j] -= A[i, j] * d
    for i in reversed(range(n)):
        d = dx[i]
        for j in range(i):
            dA[i, j] -= y[j] * d
            dx[j] -= A[i, j] * d
    for k in reversed(range(n - 1)):
        for i in reversed(range(k + 1, n)):
            for j in range(k + 1, n):
                d = dA[i, j]
                dA[i, k] -= A[k, j] * d
                dA[k, j] -= A[i, k] * d
            dA[i, k] /= A[k, k]
            dA[k, k] -= A[i, k] * dA[i, k]
    return dA, dx


def positive_definite(rng, n):
    A = rng.normal(size=(n, n))
    return A @ A.T + n * np.eye(n)


SIZES = {"tiny": (3,), "standard": (16,), "large": (60,)}

WORKLOADS = (
    Workload(
        cholesky,
        cholesky_forward,
        cholesky_backward,
        wrt=("A",),
        arguments=lambda rng, n: (positive_definite(rng, n),),
        sizes=SIZES,
    ),
    Workload(
        lu,
        lu_forward,
        lu_backward,
        wrt=("A", "b"),
        arguments=lambda rng, n: (positive_definite(rng, n), rng.normal(size=n)),
        sizes=SIZES,
    ),
)
