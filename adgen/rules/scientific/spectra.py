"""Eigenvalues of general and tridiagonal matrices, and least squares, in `scipy.linalg`.

The formulas are those of `adgen/rules/decompositions.py` and `adgen/rules/linalg.py`.
"""

import numpy as np
from scipy import linalg

from adgen.rules.linalg import least_squares
from adgen.rules.registry import adjoint, const, free, unsupported
from adgen.rules.scientific import real
from adgen.rules.scientific.systems import any_matrix
from adgen.rules.shapes import floating, promote
from adgen.runtime import eigvals_back, lstsq_back, over_gaps
from adgen.types import Num, Seq

UNCHECKED = ("check_finite",)


def least_squares_shape(op, facts, /, a, b, cond=None):
    """SciPy's residuals are a number for one right-hand side, and none if the rank is not full."""
    a, b = any_matrix(a, b)
    if b.dims is None or len(b.dims) > 2:
        raise TypeError("it takes a vector or a matrix on the right")
    x, residuals, _, s = least_squares(op, facts, a=a, b=b).items
    found = Num(residuals.dtype, None, "any")
    return Seq("tuple", (x, found, Num("i8", (), "py"), s))


@adjoint(linalg.lstsq, shape=least_squares_shape, ignores=UNCHECKED)
def lstsq(x, residuals, rank, s, /, a, b, cond: free = None):
    """By the pseudo-inverse; where the rank stays what it is."""
    da = lstsq_back(dx, dresiduals, ds, a, b, x, 0)
    db = lstsq_back(dx, dresiduals, ds, a, b, x, 1)


def complex_of(dtype):
    return {"f4": "c8", "c8": "c8", "": ""}.get(floating(dtype), "c16")


def general_shape(op, facts, /, a):
    """Eigenvalues are complex, whatever they are."""
    (a,) = any_matrix(a)
    return Num(complex_of(a.dtype), a.dims[:1])


@adjoint(linalg.eigvals, shape=general_shape, ignores=UNCHECKED)
def eigvals(w, a):
    da = eigvals_back(dw, w, a)


@unsupported(linalg.eig, why="use np.linalg.eig, whose results are both real or both complex")
def eig(w, v, /, a): ...


def tridiagonal(op, facts, /, d, e, eigvals_only=False):
    d, e = real(d, e)
    if any(v.dims is None or len(v.dims) != 1 for v in (d, e)):
        raise TypeError("it takes the diagonal, and the one beside it")
    w = Num(floating(promote(d, e)), d.dims)
    return w if eigvals_only else Seq("tuple", (w, Num(w.dtype, d.dims * 2)))


@adjoint(linalg.eigh_tridiagonal, shape=tridiagonal, when=lambda eigvals_only: eigvals_only,
         ignores=UNCHECKED)  # fmt: skip
def eigh_tridiagonal_values(w, d, e, eigvals_only: const = False):
    v = linalg.eigh_tridiagonal(d, e)[1]
    dd = v**2 @ dw
    de = 2 * (v[:-1] * v[1:]) @ dw


@adjoint(linalg.eigh_tridiagonal, ignores=UNCHECKED)
def eigh_tridiagonal(w, v, /, d, e, eigvals_only: const = False):
    """Where eigenvalues are equal, their eigenvectors have no slope: the gradient is infinite, or
    not a number, if eigenvectors are used."""
    s = v @ (over_gaps(v.T @ dv, w) + np.diag(dw)) @ v.T
    dd = np.diagonal(s)
    de = np.diagonal(s, 1) + np.diagonal(s, -1)


def eigenvalues_alone(op, facts, /, d, e):
    return tridiagonal(op, facts, d=d, e=e, eigvals_only=True)


@adjoint(linalg.eigvalsh_tridiagonal, shape=eigenvalues_alone, ignores=UNCHECKED)
def eigvalsh_tridiagonal(w, d, e):
    v = linalg.eigh_tridiagonal(d, e)[1]
    dd = v**2 @ dw
    de = 2 * (v[:-1] * v[1:]) @ dw
