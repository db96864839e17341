"""Matrices in `scipy.linalg`: inverses, factors, functions of a matrix, and matrices that are
built of vectors.

The formulas are those of `adgen/rules/decompositions.py`; functions of a matrix have
the adjoint that is their derivative at the transposed matrix (Higham 2008, 3.6).
"""

import ast
from dataclasses import replace

import numpy as np
from scipy import linalg

from adgen.rules import decompositions
from adgen.rules import linalg as of_numpy
from adgen.rules.decompositions import any_qr_back
from adgen.rules.joining import length_of, slice_between
from adgen.rules.linalg import over_matrices
from adgen.rules.registry import adjoint, arrays, const, free, linear
from adgen.rules.rule import Rule
from adgen.rules.scientific.systems import any_matrix, matrix, triangle
from adgen.rules.settle import settles
from adgen.rules.settle.axes import transposed
from adgen.rules.settle.complexes import conjugated
from adgen.rules.settle.spelling import indexed
from adgen.rules.shapes import as_array, as_num, floating, is_absent, promote, real_dtype
from adgen.runtime import (
    circulant_back,
    cofactors,
    complex_svd_back,
    hankel_back,
    lower_half,
    lu_back,
    lu_factor_back,
    over_gaps,
    svd_back,
    svdvals_back,
    toeplitz_back,
    toeplitz_pair_back,
)
from adgen.types import Dim, Known, Num, Seq

UNCHECKED = ("check_finite",)


def square(op, facts, /, a, **rest):
    (a,) = matrix(a)
    return Num(floating(a.dtype), a.dims)


def any_square(op, facts, /, a, **rest):
    (a,) = any_matrix(a)
    return Num(floating(a.dtype), a.dims)


@adjoint(linalg.inv, shape=of_numpy.square, ignores=UNCHECKED)
def inv(y, a):
    da = -transposed(y) @ dy @ transposed(y)


def number(op, facts, /, a):
    found = of_numpy.number_of_matrix(op, facts, a=a)
    return Num({"c": "c16", "f": "f8"}.get(found.kind, ""), found.dims, found.form)


@adjoint(linalg.det, shape=number, ignores=UNCHECKED)
def det(y, a):
    """Jacobi's formula, also where the matrix is singular."""
    da = over_matrices(dy, a) * cofactors(a)


def turned(op, facts, /, a):
    (a,) = any_matrix(a)
    return Num(floating(a.dtype), a.dims[::-1])


@adjoint(linalg.pinv, shape=turned, ignores=UNCHECKED)
def pinv(y, a):
    """Where the rank stays what it is (Golub and Pereyra 1973)."""
    b = conjugated(a)
    p = conjugated(y)
    s = conjugated(dy.T)
    t = y.T
    da = (s - b @ p @ s) @ p @ t + t @ p @ (s - s @ p @ b) - t @ dy @ t


# -- norms ------------------------------------------------------------------------------------


def norm_shape(op, facts, /, **operands):
    """LAPACK gives a Python number, of whatever dtype the matrix is."""
    num = of_numpy.norm_shape(op, facts, **operands)
    if num.dims != ():
        return num
    return Num(num.dtype if num.dtype == "f8" else "", (), "any")


RULES = [
    replace(rule, functions=(linalg.norm,), ignores=UNCHECKED, shape=rule.shape and norm_shape)
    for rule in vars(of_numpy).values()
    if isinstance(rule, Rule) and np.linalg.norm in rule.functions
]


# -- Cholesky -----------------------------------------------------------------------------------


@adjoint(linalg.cholesky, shape=any_square, when=lambda lower: lower, ignores=UNCHECKED)
def cholesky_lower(y, a, lower: const = False):
    """The gradient stands in the lower triangle, which is all that SciPy reads then."""
    i = linalg.inv(y)
    s = i.T @ lower_half(y.T @ dy) @ conjugated(i)
    da = lower_half(s + conjugated(s.T))


@adjoint(linalg.cholesky, ignores=UNCHECKED)
def cholesky(y, a, lower: const = False):
    """The gradient stands in the upper triangle, which is all that SciPy reads."""
    i = linalg.inv(y)
    s = i @ lower_half(y @ dy.T) @ conjugated(i.T)
    da = lower_half(s + conjugated(s.T)).T


def factor_and_side(op, facts, /, a, lower=False):
    return Seq("tuple", (any_square(op, facts, a=a), Known(bool(lower))))


@adjoint(linalg.cho_factor, shape=factor_and_side, when=lambda lower: lower, ignores=UNCHECKED)
def cho_factor_lower(c, side, /, a, lower: const = False):
    """The other triangle of c is that of a."""
    f = np.tril(c)
    i = linalg.inv(f)
    s = i.T @ lower_half(f.T @ np.tril(dc)) @ conjugated(i)
    da = lower_half(s + conjugated(s.T)) + np.triu(dc, 1)


@adjoint(linalg.cho_factor, ignores=UNCHECKED)
def cho_factor(c, side, /, a, lower: const = False):
    """The other triangle of c is that of a."""
    f = np.triu(c)
    i = linalg.inv(f)
    s = i @ lower_half(f @ np.triu(dc).T) @ conjugated(i.T)
    da = lower_half(s + conjugated(s.T)).T + np.tril(dc, -1)


# -- LU, QR, eigenvalues, singular values -------------------------------------------------------


def one_sided(op, facts, a):
    (a,) = any_matrix(a)
    if facts.same(*a.dims) is False:
        raise TypeError("it is supported for square matrices")
    return Num(floating(a.dtype), a.dims)


def factor_and_pivots(op, facts, /, a):
    a = one_sided(op, facts, a)
    return Seq("tuple", (a, Num("i4", a.dims[:1])))


@adjoint(linalg.lu_factor, shape=factor_and_pivots, ignores=UNCHECKED)
def lu_factor(lu, pivots, /, a):
    """Of a square matrix that can be inverted."""
    da = lu_factor_back(dlu, lu, pivots)


def three_factors(op, facts, /, a):
    return Seq("tuple", (one_sided(op, facts, a),) * 3)


@adjoint(linalg.lu, shape=three_factors, ignores=UNCHECKED)
def lu(p, l, u, /, a):
    """Of a square matrix that can be inverted; the permutation has slope 0."""
    da = p @ lu_back(dl, du, l, u)


def qr_shape(op, facts, /, a, mode="full"):
    (a,) = any_matrix(a)
    if mode not in ("full", "economic"):
        raise TypeError(f"`mode={mode!r}` is not supported")
    if mode == "full" and not facts.same(*a.dims):
        raise TypeError("of a matrix that is not square it is supported with `mode='economic'`")
    return decompositions.qr_shape(op, facts, a=a)


@adjoint(linalg.qr, shape=qr_shape, ignores=UNCHECKED)
def qr(q, r, /, a, mode: const = "full"):
    """Of a matrix of full rank."""
    da = any_qr_back(dq, dr, q, r, a)


def eigh_shape(op, facts, /, a, b=None, lower=True, eigvals_only=False):
    (a,) = any_matrix(a)
    dtype = floating(a.dtype)
    if not is_absent(b):
        if (of_reals := matrix(a, b))[1].dims is None:
            raise TypeError("it takes two matrices")
        dtype = floating(promote(*of_reals))
    w = Num(real_dtype(dtype), a.dims[:1])
    return w if eigvals_only else Seq("tuple", (w, Num(dtype, a.dims)))


@adjoint(linalg.eigh, shape=eigh_shape, when=lambda b, eigvals_only: b.absent and eigvals_only,
         ignores=UNCHECKED, real=True)  # fmt: skip
def eigh_values(w, a, *, lower: const = True, eigvals_only: const = False):
    v = linalg.eigh(a, lower=lower)[1]
    da = triangle(2 * (conjugated(v) * dw) @ v.T, lower)


@adjoint(linalg.eigh, when=lambda b: b.absent, ignores=UNCHECKED)
def eigh(w, v, /, a, *, lower: const = True, eigvals_only: const = False):
    """Where eigenvalues are equal, their eigenvectors have no slope: the gradient is infinite
    or not a number, if eigenvectors are used.  It stands in the triangle that is read.
    What depends on the phases of complex eigenvectors has no slope."""
    s = conjugated(v) @ (over_gaps(v.T @ dv, w) + np.diag(dw)) @ v.T
    da = triangle(s + conjugated(s.T), lower)


@adjoint(linalg.eigh, when=lambda eigvals_only: eigvals_only, ignores=UNCHECKED)
def eigh_values_of_two(w, a, b=None, lower: const = True, eigvals_only: const = False):
    """Of a v = b v w, for real matrices."""
    v = linalg.eigh(a, b, lower=lower)[1]
    da = triangle(2 * (v * dw) @ v.T, lower)
    db = triangle(-2 * (v * (w * dw)) @ v.T, lower)


@adjoint(linalg.eigh, ignores=UNCHECKED)
def eigh_of_two(w, v, /, a, b=None, lower: const = True, eigvals_only: const = False):
    """Of a v = b v w, for real matrices, with v.T b v = 1."""
    p = v.T @ dv
    inner = over_gaps(p, w) + np.diag(dw)
    s = v @ inner @ v.T
    t = -v @ (inner * w + np.diag(np.diag(p)) / 2) @ v.T
    da = triangle(s + s.T, lower)
    db = triangle(t + t.T, lower)


def values(op, facts, /, a, b=None, lower=True):
    return eigh_shape(op, facts, a=a, b=b, lower=lower, eigvals_only=True)


@adjoint(
    linalg.eigvalsh, shape=values, when=lambda b: b.absent, ignores=UNCHECKED, real=True
)  # fmt: skip
def eigvalsh(w, a, *, lower: const = True):
    v = linalg.eigh(a, lower=lower)[1]
    da = triangle(2 * (conjugated(v) * dw) @ v.T, lower)


@adjoint(linalg.eigvalsh, ignores=UNCHECKED)
def eigvalsh_of_two(w, a, b=None, lower: const = True):
    """Of a v = b v w, for real matrices."""
    v = linalg.eigh(a, b, lower=lower)[1]
    da = triangle(2 * (v * dw) @ v.T, lower)
    db = triangle(-2 * (v * (w * dw)) @ v.T, lower)


# -- a rotation and a stretch -------------------------------------------------------------------


def rotation_and_stretch(op, facts, /, a, side="right"):
    (a,) = matrix(a)
    if facts.same(*a.dims) is False or side != "right":
        raise TypeError("it is supported for square matrices, with side='right'")
    return Seq("tuple", (Num(floating(a.dtype), a.dims),) * 2)


@adjoint(linalg.polar, shape=rotation_and_stretch)
def polar(u, p, /, a, side: const = "right"):
    """How u turns, the solution y of p y + y p = what turns it, is antisymmetric."""
    y = linalg.solve_sylvester(p, p, u.T @ du - dp @ p)
    da = u @ (dp + y - y.T)


def svd_shape(op, facts, /, a, full_matrices=True, compute_uv=True):
    (a,) = any_matrix(a)
    if full_matrices and compute_uv and facts.same(*a.dims):
        full_matrices = False
    return decompositions.svd_shape(
        op, facts, a=a, full_matrices=full_matrices, compute_uv=compute_uv
    )


@adjoint(linalg.svd, shape=svd_shape, when=lambda compute_uv: not compute_uv, ignores=UNCHECKED)
def svd_values(s, a, full_matrices: const = True, compute_uv: const = True):
    da = svdvals_back(ds, a)


@adjoint(linalg.svd, when=lambda a: a.kind == "f", ignores=UNCHECKED)
def svd(u, s, vh, /, a, full_matrices: const = True, compute_uv: const = True):
    """Where singular values are equal, or 0, the vectors have no slope: the gradient is
    infinite or not a number."""
    da = svd_back(du, ds, dvh, u, s, vh)


@adjoint(linalg.svd, ignores=UNCHECKED)
def complex_svd(u, s, vh, /, a, full_matrices: const = True, compute_uv: const = True):
    """What depends on the phases of complex vectors has no slope, either."""
    da = complex_svd_back(du, ds, dvh, u, s, vh)


@adjoint(
    linalg.svdvals, ignores=UNCHECKED,
    shape=lambda op, facts, /, a: svd_shape(op, facts, a=a, compute_uv=False),
)  # fmt: skip
def svdvals(s, a):
    da = svdvals_back(ds, a)


# -- functions of a matrix ----------------------------------------------------------------------


@adjoint(linalg.expm, shape=any_square)
def expm(y, a):
    """Its derivative at a.T (Al-Mohy and Higham 2009)."""
    da = linalg.expm_frechet(a.T, dy, compute_expm=False)


def frechet(op, facts, /, a, e, compute_expm=True):
    if compute_expm:
        raise TypeError("it is supported with `compute_expm=False`")
    kind = promote(any_square(op, facts, a=a), as_num(e))[:1]
    return Num({"f": "f8", "c": "c16"}.get(kind, ""), as_num(a).dims)


@adjoint(linalg.expm_frechet, shape=frechet)
def expm_frechet(y, a, e, compute_expm: const = True):
    """It is a block of the exponential of [[a, e], [0, a]]."""
    zeros = np.zeros_like(a)
    wide = np.block([[a, e], [zeros, a]])
    along = np.block([[zeros, dy], [zeros, zeros]])
    g = linalg.expm_frechet(wide.T, along, compute_expm=False)
    da = g[: len(a), : len(a)] + g[len(a) :, len(a) :]
    de = g[: len(a), len(a) :]


def along_a_diagonal(op, facts, /, blocks):
    """Blocks one after the other; a vector is a row, a number one element."""
    nums = [as_num(block) for block in blocks.items]
    if any(n.dims is None or len(n.dims) > 2 for n in nums):
        raise TypeError("it takes matrices, vectors and numbers")
    rows = columns = Dim(0)
    for num in nums:
        rows = rows + (num.dims[0] if len(num.dims) == 2 else 1)
        columns = columns + (num.dims[-1] if num.dims else 1)
    return Num(promote(*map(as_array, nums)), (rows, columns))


@linear(linalg.block_diag, shape=along_a_diagonal, gathers="blocks")
def block_diag(y, blocks: arrays):
    dblocks = block_of(dy, blocks, position)


@settles
def block_of(context, dy, blocks, position):
    """Where one of the blocks stands."""
    before, mine, behind = (
        blocks.elts[:position],
        blocks.elts[position],
        blocks.elts[position + 1 :],
    )

    def part(axis):
        def extent(x):
            rank = len(context.dims(x))
            return length_of(context, [x], rank + axis) if rank >= -axis else ast.Constant(1)

        found = slice_between(before, mine, behind, extent)
        return found if len(context.dims(mine)) >= -axis else found.lower or ast.Constant(0)

    return indexed(dy, ast.Tuple([part(-2), part(-1)], ast.Load()))


def perhaps_complex(op, facts, /, a):
    """Whether the result is real depends on the eigenvalues."""
    (a,) = any_matrix(a)
    return Num("c16" if a.dtype == "c16" else "", a.dims)


@adjoint(linalg.sqrtm, shape=perhaps_complex)
def sqrtm(y, a):
    """y dy + dy y = da, transposed; of a matrix without eigenvalues that are 0 or negative."""
    da = linalg.solve_sylvester(y.T, y.T, dy)


@adjoint(linalg.logm, shape=perhaps_complex)
def logm(y, a):
    """The corner of the logarithm of a block matrix (Higham 2008, 3.16)."""
    n = len(a)
    blocks = np.block([[a.T, dy], [np.zeros_like(a), a.T]])
    da = linalg.logm(blocks)[:n, n:]


@settles
def same_of(context, y, x):
    """The function that gave y, of another matrix."""
    function = context.definition(y.id).op.function.__name__
    owner = ast.Name("@scipy.linalg", ast.Load())
    return ast.Call(ast.Attribute(owner, function, ast.Load()), [x], [])


@adjoint(
    linalg.cosm, linalg.sinm, linalg.tanm, linalg.coshm, linalg.sinhm, linalg.tanhm,
    shape=any_square,
)  # fmt: skip
def of_matrix(y, a):
    """The corner of the same function of a block matrix (Higham 2008, 3.16)."""
    n = len(a)
    blocks = np.block([[a.T, dy], [np.zeros_like(a), a.T]])
    da = same_of(y, blocks)[:n, n:]


# -- built of vectors -----------------------------------------------------------------------------


def vectors(*operands):
    nums = [as_num(operand) for operand in operands]
    if any(n.dims is None or len(n.dims) != 1 for n in nums):
        raise TypeError("it takes vectors")
    return nums


def toeplitz_shape(op, facts, /, c, r=None):
    c, r = vectors(c, c if is_absent(r) else r)
    return Num(promote(c, r), (c.dims[0], r.dims[0]))


@linear(linalg.toeplitz, shape=toeplitz_shape, when=lambda r: r.absent)
def toeplitz_hermitian(y, c, r: free = None):
    dc = toeplitz_back(dy)


@linear(linalg.toeplitz)
def toeplitz(y, c, r=None):
    """The row's first element is not read."""
    dc = toeplitz_pair_back(dy, 0)
    dr = toeplitz_pair_back(dy, 1)


@linear(linalg.circulant, shape=lambda op, facts, /, c: toeplitz_shape(op, facts, c=c))
def circulant(y, c):
    dc = circulant_back(dy)


@linear(linalg.hankel, shape=toeplitz_shape, when=lambda r: r.absent)
def hankel_alone(y, c, r: free = None):
    """Below the anti-diagonal there are zeros."""
    dc = hankel_back(dy)[: len(c)]


@linear(linalg.hankel)
def hankel(y, c, r=None):
    """The row's first element is not read."""
    s = hankel_back(dy)
    dc = s[: len(c)]
    dr = np.append(0.0, s[len(c) :])


# -- put together ---------------------------------------------------------------------------------


@linear(linalg.khatri_rao, shape=lambda op, facts, /, a, b: columnwise(a, b))
def khatri_rao(c, a, b):
    """Each column is the outer product of two columns."""
    blocks = dc.reshape(len(a), len(b), a.shape[1])
    da = np.einsum("ikj,kj->ij", blocks, b)
    db = np.einsum("ikj,ij->kj", blocks, a)


def columnwise(a, b):
    a, b = any_matrix(a, b)
    if b.dims is None or len(b.dims) != 2:
        raise TypeError("it takes two matrices")
    return Num(promote(a, b), (a.dims[0] * b.dims[0], a.dims[1]))
