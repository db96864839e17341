"""Matrices of `scipy.linalg` that are made of vectors, and functions of matrices that are made of
others."""

import numpy as np
from scipy import linalg

from adgen.rules.registry import adjoint, const, unsupported, written_out
from adgen.rules.scientific import real
from adgen.rules.scientific.systems import any_matrix
from adgen.rules.shapes import as_num, floating
from adgen.runtime import schur_back
from adgen.types import Num, Seq


@written_out(linalg.companion)
def companion(a):
    if np.ndim(a) != 1:
        raise TypeError("it takes a vector")
    n = len(a) - 1
    matrix = np.eye(n, k=-1) + 0.0 * a[0]
    matrix[0] = -a[1:] / (1.0 * a[0])
    return matrix


@written_out(linalg.leslie)
def leslie(f, s):
    if np.ndim(f) != 1:
        raise TypeError("it takes a vector")
    matrix = np.diag(s, k=-1) + 0.0 * f[0]
    matrix[0] = f
    return matrix


@written_out(linalg.convolution_matrix)
def convolution_matrix(a, n, mode="full"):
    whole = np.stack([np.concatenate((np.zeros(k), a, np.zeros(n - 1 - k))) for k in range(n)], 1)
    if mode == "same":
        first = (min(n, len(a)) - 1) // 2
        return whole[first : first + max(n, len(a))]
    if mode == "valid":
        return whole[min(n, len(a)) - 1 : max(n, len(a))]
    return whole


@written_out(linalg.matmul_toeplitz)
def matmul_toeplitz(c_or_cr, x):
    if isinstance(c_or_cr, tuple):
        return linalg.toeplitz(*c_or_cr) @ x
    return linalg.toeplitz(c_or_cr) @ x


@written_out(linalg.solve_circulant)
def solve_circulant(c, b):
    return np.linalg.solve(linalg.circulant(c), b)


@written_out(linalg.pinvh)
def pinvh(a):
    """It reads what stands below the diagonal alone."""
    if np.iscomplexobj(a):
        raise TypeError("it takes real matrices")
    whole = np.tril(a) + np.tril(a, -1).T
    return linalg.pinv(whole)


@written_out(linalg.orth)
def orth(A):
    u, s, vh = np.linalg.svd(A, full_matrices=False)
    least = 2.220446049250313e-16 * max(A.shape)
    return u[:, : np.sum(s > np.max(s) * least)]


@written_out(linalg.orthogonal_procrustes)
def orthogonal_procrustes(A, B):
    product = A.T @ B
    return linalg.polar(product)[0], np.sum(np.linalg.svd(product, compute_uv=False))


@written_out(linalg.fractional_matrix_power)
def fractional_matrix_power(A, t):
    return linalg.expm(t * linalg.logm(A))


@written_out(linalg.signm)
def signm(A):
    return A @ np.linalg.inv(linalg.sqrtm(A @ A))


def form_and_turn(op, facts, /, a, output="real"):
    if output not in ("real", "r"):
        raise TypeError("it is supported with output='real'")
    (a,) = any_matrix(*real(a))
    square = Num(floating(a.dtype), a.dims)
    return Seq("tuple", (square, square))


@unsupported(
    schur_back,
    why="it is differentiated once",
    shape=lambda op, facts, /, dt, dz, t, z: as_num(t),
)
def turned_again(da, dt, dz, t, z): ...


@adjoint(linalg.schur, shape=form_and_turn, ignores=("check_finite",))
def schur(t, z, /, a, output: const = "real"):
    """Where eigenvalues are equal, there is no slope."""
    da = schur_back(dt, dz, t, z)
