"""Algebraic Riccati equations of `scipy.linalg`.

The solution x gives the gain k of the best feedback; what x receives goes through the equation
of Lyapunov for the system a - b k with that feedback (Kao and Hennequin 2020).
"""

import numpy as np
from scipy import linalg

from adgen.rules.registry import adjoint
from adgen.rules.scientific.systems import matrix
from adgen.types import Num


def of_state(op, facts, /, a, b, q, r):
    matrix(a, b, q, r)
    return Num("f8", matrix(a)[0].dims)


@adjoint(linalg.solve_continuous_are, shape=of_state)
def solve_continuous_are(x, a, b, q, r):
    """q and r are symmetric, as are their gradients."""
    k = np.linalg.solve(r, b.T @ x)
    s = linalg.solve_continuous_lyapunov(a - b @ k, -(dx + dx.T) / 2)
    da = 2 * x @ s
    db = -2 * x @ s @ k.T
    dq = s
    dr = k @ s @ k.T


@adjoint(linalg.solve_discrete_are, shape=of_state)
def solve_discrete_are(x, a, b, q, r):
    """q and r are symmetric, as are their gradients."""
    k = np.linalg.solve(r + b.T @ x @ b, b.T @ x @ a)
    s = linalg.solve_discrete_lyapunov(a - b @ k, (dx + dx.T) / 2)
    da = 2 * x @ (a - b @ k) @ s
    db = -2 * x @ (a - b @ k) @ s @ k.T
    dq = s
    dr = k @ s @ k.T
