"""Factorisations element by element, in place, as in a textbook."""

import math

import numpy as np


def cholesky_log_determinant(A):
    """log det A, from the lower factor that is written over A."""
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


def lu_solve(A, b):
    """The sum of x where A x = b, by elimination without pivots."""
    A, x = A.copy(), b.copy()
    n = len(x)
    for k in range(n - 1):
        for i in range(k + 1, n):
            A[i, k] /= A[k, k]
            A[i, k + 1 :] -= A[i, k] * A[k, k + 1 :]
            x[i] -= A[i, k] * x[k]
    for i in range(n - 1, -1, -1):
        for j in range(i + 1, n):
            x[i] -= A[i, j] * x[j]
        x[i] /= A[i, i]
    return np.sum(x)


_rng = np.random.default_rng(8)
_A = _rng.normal(size=(4, 4))
EXAMPLES = {
    "cholesky_log_determinant": (_A @ _A.T + 4 * np.eye(4),),
    "lu_solve": (_A + 4 * np.eye(4), _rng.normal(size=4)),
}


if __name__ == "__main__":
    from adgen import value_and_grad

    for name, args in EXAMPLES.items():
        value, gradient = value_and_grad(globals()[name])(*args)
        print(f"{name} = {value:.4f}, gradient:\n{gradient}")
