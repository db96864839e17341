"""Matrices taken apart: Cholesky, eigenvalues, singular values, QR.

The formulas are those of Giles, "Collected matrix derivative results" (2008);
Murray, "Differentiation of the Cholesky decomposition" (2016); Townsend,
"Differentiating the singular value decomposition" (2016).  NumPy reads the lower
triangle alone of a matrix that it takes to be symmetric; so the gradient stands
there, and is 0 above the diagonal.
"""

import ast
from functools import lru_cache

import numpy as np

from adgen.ir import (
    name,
)
from adgen.rules.linalg import matrix_dims, numbers, over_matrices, square
from adgen.rules.registry import (
    adjoint,
    const,
    in_numpy,
    linear,
)
from adgen.rules.settle import settles
from adgen.rules.settle.adjoints import is_zero
from adgen.rules.settle.axes import transposed
from adgen.rules.settle.complexes import conjugated
from adgen.rules.settle.spelling import call, helper, indexed
from adgen.rules.shapes import as_num, real_dtype
from adgen.runtime import (
    complex_svd_back,
    eig_back,
    eigvals_back,
    lower_half,
    over_gaps,
    svd_back,
    svdvals_back,
)
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


def factor(op, facts, /, a, upper=False):
    return square(op, facts, a=a)


@adjoint(np.linalg.cholesky, shape=factor, when=lambda upper: upper)
def cholesky_upper(y, a, *, upper: const = False):
    """The gradient stands in the upper triangle, which is all that NumPy reads."""
    i = np.linalg.inv(y)
    s = i @ lower_half(y @ transposed(dy)) @ conjugated(transposed(i))
    da = transposed(lower_half(s + conjugated(transposed(s))))


@adjoint(np.linalg.cholesky)
def cholesky(y, a, *, upper: const = False):
    """The gradient stands in the lower triangle, which is all that NumPy reads."""
    i = np.linalg.inv(y)
    s = transposed(i) @ lower_half(transposed(y) @ dy) @ conjugated(i)
    da = lower_half(s + conjugated(transposed(s)))


def sign_and_log(op, facts, /, a):
    dims, dtype = matrix_dims(a)
    return named(op, *(numbers(d, dims[:-2]) for d in (dtype, real_dtype(dtype))))


@lru_cache
def _class_of(function):
    """The named tuple that a function gives."""
    found = type(function(np.eye(1)))
    return found if hasattr(found, "_fields") else None


def named(op, *items):
    return Seq("tuple", items, _class_of(op.function))


@settles
def turn_of(context, sign, dsign):
    """The adjoint of log(sign), which is imaginary; nothing if only the size is used."""
    if is_zero(dsign):
        return ast.Constant(0)
    turn = call("imag", ast.BinOp(sign, ast.Mult(), dsign))
    return ast.BinOp(ast.Constant(1j), ast.Mult(), turn)


@adjoint(np.linalg.slogdet, shape=sign_and_log, when=lambda a: a.is_complex)
def slogdet_complex(sign, logdet, /, a):
    """Of a matrix that can be inverted; log(det) is logdet, and log(sign) on the imaginary axis."""
    slope = dlogdet + turn_of(sign, dsign)
    da = over_matrices(slope, a) * transposed(np.linalg.inv(a))


@adjoint(np.linalg.slogdet)
def slogdet(sign, logdet, /, a):
    """Of a matrix that can be inverted; the sign has slope 0."""
    da = over_matrices(dlogdet, a) * transposed(np.linalg.inv(a))


def eigen_shape(op, facts, /, a, UPLO="L"):
    dims, dtype = matrix_dims(a)
    return named(op, Num(real_dtype(dtype), dims[:-1]), Num(dtype, dims))


@settles
def triangle_read(context, s, UPLO):
    """A symmetric adjoint, in the triangle of the matrix that NumPy reads."""
    lower = ast.Call(name("@rt.lower_half"), [s], [])
    return lower if UPLO.upper() == "L" else turned(context, lower, UPLO)


@adjoint(np.linalg.eigh, shape=eigen_shape)
def eigh(w, v, /, a, UPLO: const = "L"):
    """Where eigenvalues are equal, their eigenvectors have no slope: the gradient is infinite
    or not a number, if eigenvectors are used.  It stands in the triangle that NumPy
    reads.  What depends on the phases of complex eigenvectors has no slope.
    """
    inner = over_gaps(transposed(v) @ dv, w) + as_row(dw, v) * np.eye(w.shape[-1])
    s = conjugated(v) @ inner @ transposed(v)
    da = triangle_read(turned(s + conjugated(transposed(s)), UPLO), UPLO)


@settles
def turned(context, s, UPLO):
    """Transposed, where NumPy reads the upper triangle."""
    return s if UPLO.upper() == "L" else transposed(context, s) or helper("transposed", s)


def eigenvalues_shape(op, facts, /, a, UPLO="L"):
    dims, dtype = matrix_dims(a)
    return Num(real_dtype(dtype), dims[:-1])


@adjoint(np.linalg.eigvalsh, shape=eigenvalues_shape, real=True)
def eigvalsh(w, a, UPLO: const = "L"):
    """The gradient stands in the triangle that NumPy reads."""
    v = np.linalg.eigh(a, UPLO)[1]
    s = 2 * (conjugated(v) * as_row(dw, v)) @ transposed(v)
    da = triangle_read(turned(s, UPLO), UPLO)


def general_eigen_shape(op, facts, /, a):
    """Complex, unless the eigenvalues turn out to be real."""
    dims, dtype = matrix_dims(a)
    code = dtype if dtype[:1] == "c" else ""
    return named(op, Num(code, dims[:-1]), Num(code, dims))


@adjoint(np.linalg.eig, shape=general_eigen_shape)
def eig(w, v, /, a):
    """Where eigenvalues are equal, their eigenvectors have no slope.  What depends on the phases
    of complex eigenvectors has none, either.
    """
    da = eig_back(dw, dv, w, v)


def general_eigenvalues_shape(op, facts, /, a):
    return general_eigen_shape(op, facts, a=a).items[0]


@adjoint(np.linalg.eigvals, shape=general_eigenvalues_shape)
def eigvals(w, a):
    da = eigvals_back(dw, w, a)


# -- any matrices -------------------------------------------------------------------------


def svd_shape(op, facts, /, a, full_matrices=True, compute_uv=True):
    dims, dtype = matrix_dims(a)
    *lead, m, n = dims
    k = fewer(facts, m, n)
    s = Num(real_dtype(dtype), (*lead, k))
    if not compute_uv:
        return s
    if full_matrices and not facts.same(m, n):
        raise TypeError("of a matrix that is not square it is supported with `full_matrices=False`")
    return named(op, Num(dtype, (*lead, m, k)), s, Num(dtype, (*lead, k, n)))


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


def values_alone(op, facts, /, a):
    return svd_shape(op, facts, a=a, compute_uv=False)


@adjoint(*in_numpy("linalg.svdvals"), shape=values_alone, real=True)
def linalg_svdvals(s, a):
    da = svdvals_back(ds, a)


@adjoint(np.linalg.svd, when=lambda a: a.kind == "f")
def svd(u, s, vh, /, a, full_matrices: const = True, compute_uv: const = True):
    """Where singular values are equal, or 0, the vectors have no slope: the gradient is
    infinite or not a number."""
    da = svd_back(du, ds, dvh, u, s, vh)


@adjoint(np.linalg.svd)
def complex_svd(u, s, vh, /, a, full_matrices: const = True, compute_uv: const = True):
    """What depends on the phases of complex vectors has no slope, either."""
    da = complex_svd_back(du, ds, dvh, u, s, vh)


def qr_shape(op, facts, /, a, mode="reduced"):
    dims, dtype = matrix_dims(a)
    *lead, m, n = dims
    k = fewer(facts, m, n)
    if mode not in ("reduced", "complete", "r"):
        raise TypeError(f"`mode={mode!r}` is not supported")
    if mode == "complete" and not facts.same(m, n):
        raise TypeError("`mode='complete'` is supported for square matrices")
    r = Num(dtype, (*lead, k, n))
    return r if mode == "r" else named(op, Num(dtype, (*lead, m, k)), r)


@adjoint(np.linalg.qr, shape=qr_shape, when=lambda mode: mode == "r")
def qr_triangle(r, a, mode: const = "reduced"):
    """Of a matrix of full rank."""
    q = np.linalg.qr(a)[0]
    da = any_qr_back(np.zeros_like(q), dr, q, r, a)


@adjoint(np.linalg.qr)
def qr(q, r, /, a, mode: const = "reduced"):
    """Of a matrix of full rank."""
    da = any_qr_back(dq, dr, q, r, a)


@settles
def any_qr_back(context, dq, dr, q, r, a):
    """Of a matrix with as many rows as columns, or more; else that is asked at run time."""
    m, n = context.dims(a)[-2:]
    if context.facts.same(m, n) or fewer(context.facts, m, n) is n:
        return helper("qr_back", dq, dr, q, r)
    return helper("wide_qr_back", dq, dr, q, r, a)
