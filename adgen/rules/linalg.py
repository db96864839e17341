"""Linear algebra: inverses, systems of equations, determinants, norms."""

import ast
import math

import numpy as np

from adgen.rules.reducing import sum_along
from adgen.rules.registry import (
    adjoint,
    const,
    free,
    in_numpy,
)
from adgen.rules.settle import settles
from adgen.rules.settle.axes import (
    count,
    in_shape_of,
    or_one,
    own_shape,
    raveled,
    transposed,
    unreduce,
)
from adgen.rules.settle.broadcasting import fitted
from adgen.rules.settle.complexes import conjugated, phase_back
from adgen.rules.settle.spelling import indexed
from adgen.rules.shapes import (
    as_num,
    broadcast,
    floating,
    promote,
    real_dtype,
    reduced,
    with_dtype,
)
from adgen.runtime import (
    cofactors,
    cond_back,
    lower_half,
    lstsq_back,
    matrix_norm_back,
    matrix_power_back,
    tensorinv_back,
)
from adgen.types import (
    Num,
    Seq,
)


def square(op, facts, /, a):
    """A matrix of the operand's own shape."""
    a = as_num(a)
    if a.dims is not None and len(a.dims) < 2:
        raise TypeError("it takes a matrix, or a stack of them")
    return with_dtype(a, floating(a.dtype))


@adjoint(np.linalg.inv, shape=square)
def inv(y, a):
    da = -transposed(y) @ dy @ transposed(y)


def solution(op, facts, /, a, b):
    """One matrix with a vector or matrix, or stacks of matrices."""
    a, b = as_num(a), as_num(b)
    if a.dims is None or b.dims is None or len(a.dims) < 2:
        raise TypeError("it takes a matrix, and a vector or a matrix")
    dtype = floating(promote(a, b))
    if len(b.dims) == 1:
        return Num(dtype, a.dims[:-2] + b.dims)
    return Num(dtype, broadcast(facts, a.dims[:-2], b.dims[:-2]) + b.dims[-2:])


@adjoint(np.linalg.solve, shape=solution, when=lambda a, b: a.ndim == 2 and b.ndim == 1)
def solve_vector(x, a, b):
    """With a.T @ db = dx: da = -db x.T."""
    s = np.linalg.solve(a.T, dx)
    da = -np.outer(s, x)
    db = s


@adjoint(np.linalg.solve, when=lambda b: b.ndim == 1)
def solve_for_one_vector(x, a, b):
    """Each matrix of a stack is solved for the same vector."""
    s = np.linalg.solve(transposed(a), dx[..., None])[..., 0]
    da = -s[..., None] * x[..., None, :]
    db = fitted(s, b, s)


@adjoint(np.linalg.solve, when=lambda a, b: a.ndim == b.ndim == 2)
def solve_matrix(x, a, b):
    """With a.T @ db = dx: da = -db @ x.T."""
    s = np.linalg.solve(a.T, dx)
    da = -s @ x.T
    db = s


@adjoint(np.linalg.solve)
def solve(x, a, b):
    """Stacks of matrices broadcast against each other, and their adjoints sum up."""
    s = np.linalg.solve(transposed(a), dx)
    t = -s @ transposed(x)
    da = fitted(t, a, t)
    db = fitted(s, b, x)


@settles
def over_matrices(context, x, a):
    """A number for each matrix of a stack, lined up with them; for one matrix, a number."""
    dims = context.dims(x)
    if dims == ():
        return x
    none = ast.Constant(None)
    return indexed(x, ast.Tuple([ast.Constant(...), none, none], ast.Load()))


def matrix_dims(a):
    a = as_num(a)
    if a.dims is None or len(a.dims) < 2:
        raise TypeError("it takes a matrix, or a stack of them")
    return a.dims, floating(a.dtype)


def numbers(dtype, dims):
    return Num(dtype, dims, "array" if dims else "np")


def number_of_matrix(op, facts, /, a):
    dims, dtype = matrix_dims(a)
    return numbers(dtype, dims[:-2])


@adjoint(np.linalg.det, shape=number_of_matrix)
def det(y, a):
    """Jacobi's formula, also where the matrix is singular."""
    da = over_matrices(dy, a) * cofactors(a)


@adjoint(cofactors, shape=square)
def cofactors_of(c, a):
    """The second derivative of a determinant: of a matrix that can be inverted."""
    d = over_matrices(np.linalg.det(a), a)
    s = over_matrices(np.sum(c * dc, axis=(-2, -1)), a)
    da = (s * c - c @ transposed(dc) @ c) / d


def inverse_shape(op, facts, /, a, **options):
    a = square(op, facts, a=a)
    if a.dims is None:
        return a
    return Num(a.dtype, (*a.dims[:-2], a.dims[-1], a.dims[-2]))


@adjoint(np.linalg.pinv, shape=inverse_shape, when=lambda hermitian: hermitian)
def pinv_of_hermitian(
    y, a, rcond: free = None, hermitian: const = False, *, rtol: free = None
):  # fmt: skip
    """In the lower triangle, which is all that NumPy reads."""
    b = conjugated(np.linalg.pinv(y))
    p = conjugated(y)
    s = conjugated(transposed(dy))
    t = transposed(y)
    whole = (s - b @ p @ s) @ p @ t + t @ p @ (s - s @ p @ b) - t @ dy @ t
    da = lower_half(whole + conjugated(transposed(whole)))


@adjoint(np.linalg.pinv)
def pinv(y, a, rcond: free = None, hermitian: const = False, *, rtol: free = None):
    """Where the rank stays what it is (Golub and Pereyra 1973)."""
    b = conjugated(a)
    p = conjugated(y)
    s = conjugated(transposed(dy))
    t = transposed(y)
    da = (s - b @ p @ s) @ p @ t + t @ p @ (s - s @ p @ b) - t @ dy @ t


def power_shape(op, facts, /, a, n):
    if not isinstance(n, int):
        raise TypeError("the exponent has to be an integer")
    return as_num(a) if n >= 0 else square(op, facts, a=a)


@adjoint(np.linalg.matrix_power, shape=power_shape, when=lambda n: n == 1)
def matrix_power_of_one(y, a, n: const):
    da = dy.copy()


@adjoint(np.linalg.matrix_power, when=lambda n: n == 2)
def matrix_squared(y, a, n: const):
    da = dy @ transposed(a) + transposed(a) @ dy


@adjoint(np.linalg.matrix_power, aliases="maybe")
def matrix_power(y, a, n: const):
    """The first power is the matrix itself."""
    da = matrix_power_back(dy, a, n)


# -- norms ------------------------------------------------------------------------------


def norm_shape(op, facts, /, x, ord=None, axis=None, keepdims=False):
    """The root of the sum of squares, or what `ord` says of vectors or matrices."""
    num = as_num(x)
    of_matrix = isinstance(axis, tuple | list) and len(axis) == 2
    if axis is not None and not isinstance(axis, int) and not of_matrix:
        raise TypeError("it goes along one axis or two")
    if ord is not None and axis is None:
        if num.dims is None or len(num.dims) > 2:
            raise TypeError("`ord` is for a vector or a matrix")
        of_matrix = len(num.dims) == 2
    if of_matrix and ord not in (None, "fro", "nuc", 1, -1, 2, -2, math.inf, -math.inf):
        raise TypeError(f"of matrices `ord={ord!r}` is not supported")
    if not of_matrix and not (ord is None or isinstance(ord, int | float)):
        raise TypeError(f"of vectors `ord={ord!r}` is not supported")
    num = reduced(op, facts, x=x, axis=axis, keepdims=keepdims)
    return with_dtype(num, real_dtype(floating(num.dtype)))


def kind_of_norm(x, ord, axis):
    """Orders by what their slope is made of."""
    if ord in (None, "fro"):
        return "Euclidean"
    if isinstance(axis, tuple | list) or (axis is None and x.ndim == 2):
        return "of a matrix"
    return _KINDS.get(ord, "of powers")


_KINDS = {
    0: "a count",
    1: "of absolutes",
    2: "Euclidean",
    math.inf: "an extreme",
    -math.inf: "an extreme",
}


@adjoint(
    np.linalg.norm,
    shape=norm_shape,
    real=True,
    when=lambda x, ord, axis: kind_of_norm(x, ord, axis) == "Euclidean",
)
def norm(y, x, ord: const = None, axis: const = None, keepdims: const = False):
    """At x = 0 the gradient is 0."""
    size = unreduce(or_one(y), x, axis, keepdims)
    dx = conjugated(x) * (unreduce(dy, x, axis, keepdims) / size)


@adjoint(
    np.linalg.norm,
    when=lambda x, ord, axis: kind_of_norm(x, ord, axis) == "of absolutes",
    real=True,
)
def norm_of_absolutes(y, x, ord: const = None, axis: const = None, keepdims: const = False):
    """Where an element is 0, its gradient is 0."""
    dx = phase_back(x) * unreduce(dy, x, axis, keepdims)


@adjoint(
    np.linalg.norm, real=True, when=lambda x, ord, axis: kind_of_norm(x, ord, axis) == "an extreme"
)
def norm_of_extreme(y, x, ord: const = None, axis: const = None, keepdims: const = False):
    """Elements that tie share the gradient equally."""
    hit = np.abs(x) == unreduce(y, x, axis, keepdims)
    dx = phase_back(x) * hit * (unreduce(dy, x, axis, keepdims) / sum_along(hit, axis))


@adjoint(
    np.linalg.norm, real=True, when=lambda x, ord, axis: kind_of_norm(x, ord, axis) == "a count"
)
def norm_of_count(y, x, ord: const = None, axis: const = None, keepdims: const = False):
    """How many elements are not 0 has slope 0."""
    dx = np.zeros_like(x)


@adjoint(
    np.linalg.norm, real=True, when=lambda x, ord, axis: kind_of_norm(x, ord, axis) == "of a matrix"
)
def norm_of_matrix(y, x, ord: const = None, axis: const = None, keepdims: const = False):
    """Rows, columns or singular values that tie share the gradient equally."""
    dx = matrix_norm_back(dy, x, ord, axis, keepdims)


@adjoint(np.linalg.norm, real=True)
def norm_of_powers(y, x, ord: const = None, axis: const = None, keepdims: const = False):
    """At x = 0 the gradient is 0."""
    share = np.abs(x) / unreduce(or_one(y), x, axis, keepdims)
    dx = phase_back(x) * share ** (ord - 1) * unreduce(dy, x, axis, keepdims)


def vector_norm_shape(op, facts, /, x, axis=None, keepdims=False, ord=2):
    if not isinstance(ord, int | float):
        raise TypeError(f"`ord={ord!r}` is not supported")
    num = reduced(op, facts, x=x, axis=axis, keepdims=keepdims)
    return with_dtype(num, real_dtype(floating(num.dtype)))


@adjoint(
    *in_numpy("linalg.vector_norm"), real=True, shape=vector_norm_shape, when=lambda ord: ord == 2
)
def vector_norm(y, x, *, axis: const = None, keepdims: const = False, ord: const = 2):
    """At x = 0 the gradient is 0."""
    size = unreduce(or_one(y), x, axis, keepdims)
    dx = conjugated(x) * (unreduce(dy, x, axis, keepdims) / size)


@adjoint(*in_numpy("linalg.vector_norm"), real=True, when=lambda ord: ord == 0)
def vector_norm_of_count(y, x, *, axis: const = None, keepdims: const = False, ord: const = 2):
    """How many elements are not 0 has slope 0."""
    dx = np.zeros_like(x)


@adjoint(*in_numpy("linalg.vector_norm"), real=True, when=lambda ord: abs(ord) == math.inf)
def vector_norm_of_extreme(y, x, *, axis: const = None, keepdims: const = False, ord: const = 2):
    """Elements that tie share the gradient equally."""
    hit = np.abs(x) == unreduce(y, x, axis, keepdims)
    dx = phase_back(x) * hit * (unreduce(dy, x, axis, keepdims) / sum_along(hit, axis))


@adjoint(*in_numpy("linalg.vector_norm"), real=True)
def vector_norm_of_powers(y, x, *, axis: const = None, keepdims: const = False, ord: const = 2):
    """At x = 0 the gradient is 0."""
    share = np.abs(x) / unreduce(or_one(y), x, axis, keepdims)
    dx = phase_back(x) * share ** (ord - 1) * unreduce(dy, x, axis, keepdims)


def matrix_norm_shape(op, facts, /, x, keepdims=False, ord="fro"):
    dims, _ = matrix_dims(x)
    return norm_shape(op, facts, x=x, ord=ord, axis=(-2, -1), keepdims=keepdims)


@adjoint(*in_numpy("linalg.matrix_norm"), real=True, shape=matrix_norm_shape)
def matrix_norm(y, x, *, keepdims: const = False, ord: const = "fro"):
    """Rows, columns or singular values that tie share the gradient equally."""
    dx = matrix_norm_back(dy, x, ord, (-2, -1), keepdims)


def condition_shape(op, facts, /, x, p=None):
    dims, dtype = matrix_dims(x)
    return numbers(real_dtype(dtype), dims[:-2])


@adjoint(np.linalg.cond, real=True, shape=condition_shape, when=lambda p: p in (None, 2, -2))
def cond(y, x, p: const = None):
    """The quotient of the largest and the smallest singular value."""
    dx = cond_back(dy, x, p)


@adjoint(np.linalg.cond, real=True)
def cond_of_norms(y, x, p: const = None):
    """The norm of x times that of its inverse."""
    i = np.linalg.inv(x)
    own = matrix_norm_back(dy * np.linalg.norm(i, p, axis=(-2, -1)), x, p, (-2, -1), False)
    other = matrix_norm_back(dy * np.linalg.norm(x, p, axis=(-2, -1)), i, p, (-2, -1), False)
    dx = own - transposed(i) @ other @ transposed(i)


def least_squares(op, facts, /, a, b, rcond=None):
    a, b = as_num(a), as_num(b)
    if a.dims is None or b.dims is None:
        raise TypeError("the operands' ranks have to be known")
    dtype = floating(promote(a, b))
    x = Num(dtype, (a.dims[1], *b.dims[1:]))
    rank = Num("i4", (), "np")
    sizes = (Num(real_dtype(dtype), (facts.fresh(),)) for _ in range(2))
    return Seq("tuple", (x, next(sizes), rank, next(sizes)))


@adjoint(np.linalg.lstsq, shape=least_squares)
def lstsq(x, residuals, rank, s, /, a, b, rcond: free = None):
    """By the pseudo-inverse; where the rank stays what it is."""
    da = lstsq_back(dx, dresiduals, ds, a, b, x, 0)
    db = lstsq_back(dx, dresiduals, ds, a, b, x, 1)


# -- tensors ----------------------------------------------------------------------------


def tensor_solution(op, facts, /, a, b):
    """With as many axes behind b's as make `a` square."""
    a, b = as_num(a), as_num(b)
    if a.dims is None or b.dims is None:
        raise TypeError("the operands' ranks have to be known")
    dims = a.dims[len(b.dims) :]
    return Num(floating(promote(a, b)), dims)


@adjoint(np.linalg.tensorsolve, shape=tensor_solution)
def tensorsolve(x, a, b):
    """With a.T @ db = dx: da = -db x.T, of the matrix that a is as."""
    n = count(b, None)
    s = np.linalg.solve(a.reshape(n, n).T, raveled(dx))
    da = -np.outer(s, x).reshape(a.shape)
    db = in_shape_of(s, b)


def tensor_inverse(op, facts, /, a, ind=2):
    a = as_num(a)
    if a.dims is None:
        raise TypeError("the operand's rank has to be known")
    return Num(floating(a.dtype), a.dims[ind:] + a.dims[:ind])


@adjoint(np.linalg.tensorinv, shape=tensor_inverse)
def tensorinv(y, a, ind: const = 2):
    """As of the inverse of the matrix that a is as."""
    da = tensorinv_back(dy, y, own_shape(a), ind)
