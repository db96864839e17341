"""Products of matrices and vectors."""

import operator

import numpy as np

from adgen.rules.registry import (
    const,
    elementwise,
    in_numpy,
    linear,
)
from adgen.rules.settle.axes import in_shape_of, raveled, transposed, unreduce
from adgen.rules.settle.broadcasting import fitted
from adgen.rules.settle.complexes import conjugated
from adgen.rules.shapes import as_array, as_num, broadcast, promote, volume
from adgen.rules.shapes import elementwise as broadcasting
from adgen.runtime import (
    cross_back,
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
    dtype = promote(*map(as_array, (a, b)))
    return Num(dtype, dims, "any" if dims is None else "array" if dims else "np")


# -- a @ b, np.dot, np.inner --------------------------------------------------------

MATMUL = (operator.matmul, np.matmul, *in_numpy("linalg.matmul"))


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


def dot_shape(op, facts, /, a, b):
    """The last axis of a with the last but one of b."""
    a, b = as_num(a), as_num(b)
    if a.dims is None or b.dims is None:
        return product(a, b, None)
    if not a.dims or not b.dims:
        return product(a, b, a.dims + b.dims)
    return product(a, b, a.dims[:-1] + b.dims[:-2] + b.dims[-1:] * (len(b.dims) > 1))


def inner_shape(op, facts, /, a, b):
    """The last axis of a with the last of b."""
    a, b = as_num(a), as_num(b)
    if a.dims is None or b.dims is None:
        return product(a, b, None)
    if not a.dims or not b.dims:
        return product(a, b, a.dims + b.dims)
    return product(a, b, a.dims[:-1] + b.dims[:-1])


@elementwise(np.dot, np.inner, when=lambda a, b: a.ndim == 0 or b.ndim == 0)
def product_with_number(c, a, b):
    da = b * dc
    db = a * dc


@linear(*MATMUL, np.dot, np.inner, when=lambda a, b: a.ndim == b.ndim == 1)
def product_of_vectors(c, a, b):
    da = dc * b
    db = dc * a


@linear(*MATMUL, np.dot, when=lambda a, b: a.ndim == b.ndim == 2)
def product_of_matrices(c, a, b):
    da = dc @ b.T
    db = a.T @ dc


@linear(*MATMUL, np.dot, when=lambda a, b: a.ndim == 2 and b.ndim == 1)
def matrix_times_vector(c, a, b):
    da = np.outer(dc, b)
    db = a.T @ dc


@linear(*MATMUL, np.dot, when=lambda a, b: a.ndim == 1 and b.ndim == 2)
def vector_times_matrix(c, a, b):
    da = b @ dc
    db = np.outer(a, dc)


@linear(*MATMUL, when=lambda a, b: (a.ndim or 0) >= 2 and (b.ndim or 0) >= 2)
def matmul_stacks(c, a, b):
    """Stacks of matrices broadcast against each other, and their adjoints sum up."""
    da = fitted(dc @ transposed(b), a, dc @ transposed(b))
    db = fitted(transposed(a) @ dc, b, transposed(a) @ dc)


@linear(*MATMUL, shape=matmul_shape)
def matmul(c, a, b):
    da = matmul_left(dc, a, b)
    db = matmul_right(dc, a, b)


@linear(np.dot, shape=dot_shape)
def dot(c, a, b):
    da = dot_left(dc, a, b)
    db = dot_right(dc, a, b)


@linear(np.inner, when=lambda a, b: a.ndim == b.ndim == 2)
def inner_matrices(c, a, b):
    da = dc @ b
    db = dc.T @ a


@linear(np.inner, shape=inner_shape)
def inner(c, a, b):
    da = inner_left(dc, a, b)
    db = inner_right(dc, a, b)


# -- np.vdot, np.outer --------------------------------------------------------------


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
    da = conjugated(dc * in_shape_of(b, a))
    db = dc * conjugated(in_shape_of(a, b))


def outer_shape(op, facts, /, a, b):
    a, b = as_num(a), as_num(b)
    lengths = (facts.fresh() if n.dims is None else volume(n.dims) for n in (a, b))
    return product(a, b, tuple(lengths))


@linear(
    np.outer, *in_numpy("linalg.outer"), shape=outer_shape, when=lambda a, b: a.ndim == b.ndim == 1
)
def outer_vectors(c, a, b):
    da = dc @ b
    db = a @ dc


@linear(np.outer, *in_numpy("linalg.outer"), in_order=True)
def outer(c, a, b):
    """Both are taken as vectors, whatever their shapes are."""
    da = in_shape_of(dc @ raveled(b), a)
    db = in_shape_of(raveled(a) @ dc, b)


# -- np.cross ---------------------------------------------------------------------------


def cross_shape(op, facts, /, a, b, axisa=-1, axisb=-1, axisc=-1, axis=None):
    a, b = as_num(a), as_num(b)
    if a.dims is None or b.dims is None:
        return product(a, b, None)
    axisa, axisb, axisc = (axisa, axisb, axisc) if axis is None else (axis, axis, axis)
    if not all(
        n.dims and facts.number(n.dims[x]) in (3, None) for n, x in ((a, axisa), (b, axisb))
    ):
        raise TypeError("it takes vectors of length 3")
    first, second = (_at_the_end(n, x) for n, x in ((a, axisa), (b, axisb)))
    whole = broadcasting(op, facts, a=first, b=second)
    at = axisc % len(whole.dims)
    rest = whole.dims[:-1]
    return Num(whole.dtype, (*rest[:at], whole.dims[-1], *rest[at:]))


def _at_the_end(num, axis):
    at = axis % len(num.dims)
    return Num(num.dtype, (*num.dims[:at], *num.dims[at + 1 :], num.dims[at]))


def along_last_axis(axisa, axisb, axisc, axis):
    return axis in (None, -1) and axisa == axisb == axisc == -1


@linear(np.cross, shape=cross_shape, when=along_last_axis)
def cross(c, a, b):
    da = fitted(np.cross(b, dc), a, c)
    db = fitted(np.cross(dc, a), b, c)


@linear(np.cross)
def cross_along(
    c,
    a,
    b,
    axisa: const = -1,
    axisb: const = -1,
    axisc: const = -1,
    axis: const = None,
):
    da = cross_back(dc, a, b, (axisa, axisb, axisc, axis), 0)
    db = cross_back(dc, a, b, (axisa, axisb, axisc, axis), 1)


def cross_along_one(op, facts, /, a, b, axis=-1):
    return cross_shape(op, facts, a=a, b=b, axis=axis)


@linear(*in_numpy("linalg.cross"), shape=cross_along_one, when=lambda axis: axis == -1)
def cross_of_last(c, a, b, *, axis: const = -1):
    da = fitted(np.cross(b, dc), a, c)
    db = fitted(np.cross(dc, a), b, c)


@linear(*in_numpy("linalg.cross"))
def linalg_cross(c, a, b, *, axis: const = -1):
    da = cross_back(dc, a, b, (-1, -1, -1, axis), 0)
    db = cross_back(dc, a, b, (-1, -1, -1, axis), 1)


# -- np.vecdot, np.matvec, np.vecmat ------------------------------------------------------


def vecdot_shape(op, facts, /, a, b, axis=-1):
    a, b = as_num(a), as_num(b)
    if a.dims is None or b.dims is None:
        return product(a, b, None)
    if axis >= 0 and len(a.dims) != len(b.dims):
        raise TypeError("count the axis from the end")
    dims = broadcast(facts, a.dims, b.dims)
    at = axis % len(dims)
    return product(a, b, dims[:at] + dims[at + 1 :])


@linear(*in_numpy("vecdot", "linalg.vecdot"), shape=vecdot_shape)
def vecdot(c, a, b, *, axis: const = -1):
    """Of complex numbers it takes the conjugate of a."""
    da = fitted(conjugated(b * unreduce(dc, a * b, axis, False)), a, a * b)
    db = fitted(conjugated(a) * unreduce(dc, a * b, axis, False), b, a * b)


def matvec_shape(op, facts, /, a, b):
    a, b = as_num(a), as_num(b)
    if a.dims is None or b.dims is None:
        return product(a, b, None)
    lead = broadcast(facts, a.dims[:-2], b.dims[:-1])
    return product(a, b, (*lead, a.dims[-2]))


@linear(*in_numpy("matvec"), shape=matvec_shape)
def matvec(c, a, b):
    s = dc[..., None] * b[..., None, :]
    da = fitted(s, a, s)
    t = np.sum(a * dc[..., None], axis=-2)
    db = fitted(t, b, t)


def vecmat_shape(op, facts, /, a, b):
    a, b = as_num(a), as_num(b)
    if a.dims is None or b.dims is None:
        return product(a, b, None)
    lead = broadcast(facts, a.dims[:-1], b.dims[:-2])
    return product(a, b, (*lead, b.dims[-1]))


@linear(*in_numpy("vecmat"), shape=vecmat_shape)
def vecmat(c, a, b):
    """Of complex numbers it takes the conjugate of a."""
    s = np.sum(b * dc[..., None, :], axis=-1)
    da = fitted(conjugated(s), a, s)
    t = conjugated(a)[..., None] * dc[..., None, :]
    db = fitted(t, b, t)
