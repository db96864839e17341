"""Matrices taken apart: Cholesky, eigenvalues, singular values, QR.

The formulas are those of Giles, "Collected matrix derivative results" (2008);
Murray, "Differentiation of the Cholesky decomposition" (2016); Townsend,
"Differentiating the singular value decomposition" (2016).  NumPy reads the lower
triangle alone of a matrix that it takes to be symmetric; so the gradient stands
there, and is 0 above the diagonal.
"""

import ast

import numpy as np

from adgen.rules.linalg import matrix_dims, numbers, over_matrices, square
from adgen.rules.registry import adjoint, const, linear, unsupported
from adgen.rules.settle import conjugated, indexed, settles, transposed
from adgen.rules.shapes import as_num, real_dtype
from adgen.runtime import lower_half, over_gaps, qr_back, svd_back, svdvals_back
from adgen.types import Num, Seq


@settles
def as_row(context, x, a):
    """A vector as a row that lines up with the matrix a, also in a stack of them."""
    dims = context.dims(a)
    if dims is not None and len(dims) == 2:
        return x
    return indexed(x, ast.Tuple([ast.Constant(...), ast.Constant(None), ast.Slice()], ast.Load()))


# -- what several rules share ---------------------------------------------------------


def same_square(op, facts, /, x):
    return as_num(x)


@linear(lower_half, shape=same_square)
def lower_half_of(y, x):
    dx = lower_half(dy)


@adjoint(over_gaps, shape=lambda op, facts, /, x, w: as_num(x))
def over_gaps_of(y, x, w):
    s = over_gaps(y * dy, w)
    dx = over_gaps(dy, w)
    dw = np.sum(s, axis=-1) - np.sum(s, axis=-2)


# -- symmetric matrices -----------------------------------------------------------------


@adjoint(np.linalg.cholesky, shape=square)
def cholesky(y, a):
    """The gradient stands in the lower triangle, which is all that NumPy reads."""
    i = np.linalg.inv(y)
    s = transposed(i) @ lower_half(transposed(y) @ dy) @ conjugated(i)
    da = lower_half(s + conjugated(transposed(s)))


def sign_and_log(op, facts, /, a):
    dims, dtype = matrix_dims(a)
    return Seq("tuple", tuple(numbers(d, dims[:-2]) for d in (dtype, real_dtype(dtype))))


@adjoint(np.linalg.slogdet, shape=sign_and_log, when=lambda a: a.is_complex)
def slogdet_complex(sign, logdet, /, a):
    """Of a matrix that can be inverted; log(det) is logdet, and log(sign) on the imaginary axis."""
    slope = dlogdet + 1j * np.imag(sign * dsign)
    da = over_matrices(slope, a) * transposed(np.linalg.inv(a))


@adjoint(np.linalg.slogdet)
def slogdet(sign, logdet, /, a):
    """Of a matrix that can be inverted; the sign has slope 0."""
    da = over_matrices(dlogdet, a) * transposed(np.linalg.inv(a))


def eigen_shape(op, facts, /, a):
    dims, dtype = matrix_dims(a)
    return Seq("tuple", (Num(real_dtype(dtype), dims[:-1]), Num(dtype, dims)))


@adjoint(np.linalg.eigh, shape=eigen_shape)
def eigh(w, v, /, a):
    """Where eigenvalues are equal, their eigenvectors have no slope: the gradient is infinite
    or not a number, if eigenvectors are used.  It stands in the lower triangle, which is all
    that NumPy reads.  What depends on the phases of complex eigenvectors has no slope."""
    inner = over_gaps(transposed(v) @ dv, w) + as_row(dw, v) * np.eye(w.shape[-1])
    s = conjugated(v) @ inner @ transposed(v)
    da = lower_half(s + conjugated(transposed(s)))


def eigenvalues_shape(op, facts, /, a):
    dims, dtype = matrix_dims(a)
    return Num(real_dtype(dtype), dims[:-1])


@adjoint(np.linalg.eigvalsh, shape=eigenvalues_shape, real=True)
def eigvalsh(w, a):
    """The gradient stands in the lower triangle, which is all that NumPy reads."""
    v = np.linalg.eigh(a)[1]
    da = lower_half(2 * (conjugated(v) * as_row(dw, v)) @ transposed(v))


# -- any matrices -------------------------------------------------------------------------


def svd_shape(op, facts, /, a, full_matrices=True, compute_uv=True):
    dims, dtype = matrix_dims(a)
    *lead, m, n = dims
    k = fewer(facts, m, n)
    s = Num(real_dtype(dtype), (*lead, k))
    if not compute_uv:
        return s
    if full_matrices:
        raise TypeError("it is supported with `full_matrices=False`")
    return Seq("tuple", (Num(dtype, (*lead, m, k)), s, Num(dtype, (*lead, k, n))))


def fewer(facts, m, n):
    """The smaller of two lengths."""
    if facts.same(m, n):
        return m
    rows, columns = m.evaluate(facts.sizes), n.evaluate(facts.sizes)
    if rows is None or columns is None:
        return facts.fresh()
    return n if facts._note(("within", n, m, columns <= rows)) else m


@adjoint(np.linalg.svd, shape=svd_shape, when=lambda compute_uv: not compute_uv)
def svdvals(s, a, full_matrices: const = True, compute_uv: const = True):
    da = svdvals_back(ds, a)


@unsupported(np.linalg.svd, why="the vectors' phases are free", when=lambda a: a.kind == "c")
def svd_complex(u, s, vh, /, a, full_matrices: const = True, compute_uv: const = True): ...


@adjoint(np.linalg.svd)
def svd(u, s, vh, /, a, full_matrices: const = True, compute_uv: const = True):
    """Where singular values are equal, or 0, the vectors have no slope: the gradient is
    infinite or not a number."""
    da = svd_back(du, ds, dvh, u, s, vh)


def qr_shape(op, facts, /, a, mode="reduced"):
    dims, dtype = matrix_dims(a)
    if mode != "reduced":
        raise TypeError(f"`mode={mode!r}` is not supported")
    *lead, m, n = dims
    if not facts.same(m, n) and fewer(facts, m, n) is m:
        raise TypeError("of a matrix with more columns than rows it is not supported")
    return Seq("tuple", (Num(dtype, dims), Num(dtype, (*lead, n, n))))


@unsupported(np.linalg.qr, why="the matrix is complex", when=lambda a: a.kind == "c")
def qr_complex(q, r, /, a, mode: const = "reduced"): ...


@adjoint(np.linalg.qr, shape=qr_shape)
def qr(q, r, /, a, mode: const = "reduced"):
    """Of a matrix with as many rows as columns, or more, and of full rank."""
    da = qr_back(dq, dr, q, r)
