"""Products of matrices and vectors."""

import operator

import numpy as np

from adgen.rules.registry import elementwise, linear
from adgen.rules.settle import conjugated, fitted, transposed
from adgen.rules.shapes import as_num, broadcast, promote, volume
from adgen.rules.shapes import elementwise as broadcasting
from adgen.runtime import (
    dot_left,
    dot_right,
    inner_left,
    inner_right,
    matmul_left,
    matmul_right,
)
from adgen.types import Num


def product(a, b, dims):
    # of a Python number NumPy makes a float64 array first
    dtype = promote(*(Num(n.dtype, (), "np") for n in (a, b)))
    return Num(dtype, dims, "any" if dims is None else "array" if dims else "np")


# -- a @ b ------------------------------------------------------------------------


def matmul_shape(op, facts, /, a, b):
    a, b = as_num(a), as_num(b)
    if a.dims == () or b.dims == ():
        raise TypeError("it takes vectors and matrices, not numbers")
    if a.dims is None or b.dims is None:
        return product(a, b, None)
    rows = a.dims[-2:-1]
    columns = b.dims[-1:] if len(b.dims) > 1 else ()
    lead = broadcast(facts, a.dims[:-2], b.dims[:-2])
    return product(a, b, lead + rows + columns)


@linear(np.matmul, operator.matmul, shape=matmul_shape, when=lambda a, b: a.ndim == b.ndim == 2)
def matmul_matrices(c, a, b):
    da = dc @ b.T
    db = a.T @ dc


@linear(np.matmul, operator.matmul, when=lambda a, b: a.ndim == 2 and b.ndim == 1)
def matmul_matrix_vector(c, a, b):
    da = np.outer(dc, b)
    db = a.T @ dc


@linear(np.matmul, operator.matmul, when=lambda a, b: a.ndim == 1 and b.ndim == 2)
def matmul_vector_matrix(c, a, b):
    da = b @ dc
    db = np.outer(a, dc)


@linear(np.matmul, operator.matmul, when=lambda a, b: a.ndim == b.ndim == 1)
def matmul_vectors(c, a, b):
    da = dc * b
    db = dc * a


@linear(np.matmul, operator.matmul, when=lambda a, b: (a.ndim or 0) >= 2 and (b.ndim or 0) >= 2)
def matmul_stacks(c, a, b):
    """Stacks of matrices broadcast against each other, and their adjoints sum up."""
    da = fitted(dc @ transposed(b), a, dc @ transposed(b))
    db = fitted(transposed(a) @ dc, b, transposed(a) @ dc)


@linear(np.matmul, operator.matmul)
def matmul(c, a, b):
    da = matmul_left(dc, a, b)
    db = matmul_right(dc, a, b)


# -- np.dot, np.inner, np.vdot, np.outer --------------------------------------------


def dot_shape(op, facts, /, a, b):
    """The last axis of a with the last but one of b."""
    a, b = as_num(a), as_num(b)
    if a.dims is None or b.dims is None:
        return product(a, b, None)
    if not a.dims or not b.dims:
        return product(a, b, a.dims + b.dims)
    return product(a, b, a.dims[:-1] + b.dims[:-2] + b.dims[-1:] * (len(b.dims) > 1))


@elementwise(np.dot, shape=dot_shape, when=lambda a, b: a.ndim == 0 or b.ndim == 0)
def dot_number(c, a, b):
    da = b * dc
    db = a * dc


@linear(np.dot, when=lambda a, b: a.ndim == b.ndim == 2)
def dot_matrices(c, a, b):
    da = dc @ b.T
    db = a.T @ dc


@linear(np.dot, when=lambda a, b: a.ndim == 2 and b.ndim == 1)
def dot_matrix_vector(c, a, b):
    da = np.outer(dc, b)
    db = a.T @ dc


@linear(np.dot, when=lambda a, b: a.ndim == 1 and b.ndim == 2)
def dot_vector_matrix(c, a, b):
    da = b @ dc
    db = np.outer(a, dc)


@linear(np.dot, when=lambda a, b: a.ndim == b.ndim == 1)
def dot_vectors(c, a, b):
    da = dc * b
    db = dc * a


@linear(np.dot)
def dot(c, a, b):
    da = dot_left(dc, a, b)
    db = dot_right(dc, a, b)


def inner_shape(op, facts, /, a, b):
    """The last axis of a with the last of b."""
    a, b = as_num(a), as_num(b)
    if a.dims is None or b.dims is None:
        return product(a, b, None)
    if not a.dims or not b.dims:
        return product(a, b, a.dims + b.dims)
    return product(a, b, a.dims[:-1] + b.dims[:-1])


@elementwise(np.inner, shape=inner_shape, when=lambda a, b: a.ndim == 0 or b.ndim == 0)
def inner_number(c, a, b):
    da = b * dc
    db = a * dc


@linear(np.inner, when=lambda a, b: a.ndim == b.ndim == 1)
def inner_vectors(c, a, b):
    da = dc * b
    db = dc * a


@linear(np.inner, when=lambda a, b: a.ndim == b.ndim == 2)
def inner_matrices(c, a, b):
    da = dc @ b
    db = dc.T @ a


@linear(np.inner)
def inner(c, a, b):
    da = inner_left(dc, a, b)
    db = inner_right(dc, a, b)


def vdot_shape(op, facts, /, a, b):
    return product(as_num(a), as_num(b), ())


@linear(np.vdot, shape=vdot_shape, when=lambda a, b: a.ndim == b.ndim == 1)
def vdot_vectors(c, a, b):
    """sum(conj(a) * b)"""
    da = conjugated(dc * b)
    db = dc * conjugated(a)


@linear(np.vdot)
def vdot(c, a, b):
    """Both are taken as vectors, whatever their shapes are."""
    da = conjugated(dc * np.reshape(b, np.shape(a)))
    db = dc * conjugated(np.reshape(a, np.shape(b)))


def outer_shape(op, facts, /, a, b):
    a, b = as_num(a), as_num(b)
    lengths = (facts.fresh() if n.dims is None else volume(n.dims) for n in (a, b))
    return product(a, b, tuple(lengths))


@linear(np.outer, shape=outer_shape, when=lambda a, b: a.ndim == b.ndim == 1)
def outer_vectors(c, a, b):
    da = dc @ b
    db = a @ dc


@linear(np.outer)
def outer(c, a, b):
    """Both are taken as vectors, whatever their shapes are."""
    da = np.reshape(dc @ np.ravel(b), np.shape(a))
    db = np.reshape(np.ravel(a) @ dc, np.shape(b))


# -- np.cross ---------------------------------------------------------------------------


def cross_shape(op, facts, /, a, b):
    a, b = as_num(a), as_num(b)
    if a.dims is None or b.dims is None:
        return product(a, b, None)
    if not all(n.dims and facts.number(n.dims[-1]) in (3, None) for n in (a, b)):
        raise TypeError("it takes vectors of length 3")
    return broadcasting(op, facts, a=a, b=b)


@linear(np.cross, shape=cross_shape)
def cross(c, a, b):
    da = fitted(np.cross(b, dc), a, c)
    db = fitted(np.cross(dc, a), b, c)
