"""Linear algebra: inverses, systems of equations, determinants, norms."""

import numpy as np

from adgen.rules.registry import adjoint, const
from adgen.rules.settle import transposed, unreduce
from adgen.rules.shapes import as_num, floating, reduced, with_dtype
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
    a, b = as_num(a), as_num(b)
    if a.dims is None or b.dims is None or len(a.dims) != 2 or len(b.dims) > 2:
        raise TypeError("it takes one matrix, and a vector or a matrix")
    return with_dtype(b, floating(np.result_type(a.dtype, b.dtype).str[1:]))


@adjoint(np.linalg.solve, shape=solution, when=lambda b: b.ndim == 1)
def solve_vector(x, a, b):
    """With a.T @ db = dx: da = -db x.T."""
    s = np.linalg.solve(a.T, dx)
    da = -np.outer(s, x)
    db = s


@adjoint(np.linalg.solve)
def solve(x, a, b):
    """With a.T @ db = dx: da = -db @ x.T."""
    s = np.linalg.solve(a.T, dx)
    da = -s @ x.T
    db = s


def number_of_matrix(op, facts, /, a):
    a = as_num(a)
    if a.dims is None or len(a.dims) != 2:
        raise TypeError("it takes one matrix")
    return Num(floating(a.dtype), (), "np")


@adjoint(np.linalg.det, shape=number_of_matrix)
def det(y, a):
    """Of a matrix that can be inverted."""
    da = (y * dy) * np.linalg.inv(a).T


def norm_shape(op, facts, /, x, axis=None, keepdims=False):
    """The root of the sum of squares, of all elements or along one axis."""
    if axis is not None and not isinstance(axis, int):
        raise TypeError("the norm of a matrix is only supported for axis=None")
    num = reduced(op, facts, x=x, axis=axis, keepdims=keepdims)
    return with_dtype(num, floating(num.dtype))


@adjoint(np.linalg.norm, shape=norm_shape)
def norm(y, x, *, axis: const = None, keepdims: const = False):
    """At x = 0 there is no slope: 0 / 0."""
    dx = x * (unreduce(dy, x, axis, keepdims) / unreduce(y, x, axis, keepdims))
