"""Linear algebra: inverses, systems of equations, determinants, norms."""

import ast

import numpy as np

from adgen.rules.registry import adjoint, const
from adgen.rules.settle import (
    conjugated,
    fitted,
    indexed,
    phase_back,
    settles,
    transposed,
    unreduce,
)
from adgen.rules.shapes import (
    as_num,
    broadcast,
    floating,
    promote,
    real_dtype,
    reduced,
    with_dtype,
)
from adgen.runtime import matrix_power_back
from adgen.types import Num


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
    if len(b.dims) < len(a.dims) and len(a.dims) != 2:
        raise TypeError("a stack of matrices is solved for a stack of matrices")
    dtype = floating(promote(a, b))
    if len(b.dims) < 3:
        return with_dtype(b, dtype)
    return Num(dtype, broadcast(facts, a.dims[:-2], b.dims[:-2]) + b.dims[-2:])


@adjoint(np.linalg.solve, shape=solution, when=lambda b: b.ndim == 1)
def solve_vector(x, a, b):
    """With a.T @ db = dx: da = -db x.T."""
    s = np.linalg.solve(a.T, dx)
    da = -np.outer(s, x)
    db = s


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
    """Of a matrix that can be inverted."""
    da = over_matrices(y * dy, a) * transposed(np.linalg.inv(a))


def inverse_shape(op, facts, /, a):
    a = square(op, facts, a=a)
    if a.dims is None:
        return a
    return Num(a.dtype, (*a.dims[:-2], a.dims[-1], a.dims[-2]))


@adjoint(np.linalg.pinv, shape=inverse_shape)
def pinv(y, a):
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
    """The root of the sum of squares, or what `ord` says of vectors."""
    num = as_num(x)
    of_matrix = isinstance(axis, tuple | list) and len(axis) == 2
    if axis is not None and not isinstance(axis, int) and not of_matrix:
        raise TypeError("it goes along one axis or two")
    if ord is not None and axis is None:
        if num.dims is None or len(num.dims) > 2:
            raise TypeError("`ord` is for a vector or a matrix")
        of_matrix = len(num.dims) == 2
    if of_matrix and ord not in (None, "fro"):
        raise TypeError(f"of matrices `ord={ord!r}` is not supported")
    if not of_matrix and not (ord is None or (isinstance(ord, int | float) and ord != 0)):
        raise TypeError(f"of vectors `ord={ord!r}` is not supported")
    num = reduced(op, facts, x=x, axis=axis, keepdims=keepdims)
    return with_dtype(num, real_dtype(floating(num.dtype)))


@adjoint(np.linalg.norm, shape=norm_shape, when=lambda ord: ord in (None, 2, "fro"), real=True)
def norm(y, x, ord: const = None, axis: const = None, keepdims: const = False):
    """At x = 0 there is no slope: 0 / 0."""
    dx = conjugated(x) * (unreduce(dy, x, axis, keepdims) / unreduce(y, x, axis, keepdims))


@adjoint(np.linalg.norm, when=lambda ord: ord == 1, real=True)
def norm_of_absolutes(y, x, ord: const = None, axis: const = None, keepdims: const = False):
    """Where an element is 0, its gradient is 0."""
    dx = phase_back(x) * unreduce(dy, x, axis, keepdims)


@adjoint(np.linalg.norm, real=True)
def norm_of_powers(y, x, ord: const = None, axis: const = None, keepdims: const = False):
    """At x = 0 there is no slope: 0 / 0."""
    share = np.abs(x) / unreduce(y, x, axis, keepdims)
    dx = phase_back(x) * share ** (ord - 1) * unreduce(dy, x, axis, keepdims)
