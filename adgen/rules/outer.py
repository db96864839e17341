"""Every element of one array with every element of another: `np.kron`, and `outer` of ufuncs."""

import ast

import numpy as np

from adgen.rules.contractions import ranks
from adgen.rules.products import product
from adgen.rules.registry import adjoint, linear
from adgen.rules.settle import settles
from adgen.rules.settle.axes import or_one
from adgen.rules.settle.spelling import axis_argument, call, indexed
from adgen.rules.shapes import as_num, resolve
from adgen.runtime import kron_back
from adgen.types import Dim, Num

# -- np.kron ------------------------------------------------------------------------


def kron_shape(op, facts, /, a, b):
    a, b = as_num(a), as_num(b)
    if a.dims is None or b.dims is None:
        raise TypeError("the operands' ranks have to be known")
    rank = max(len(a.dims), len(b.dims))
    m, n = ((Dim(1),) * (rank - len(x.dims)) + x.dims for x in (a, b))
    return product(a, b, tuple(i * j for i, j in zip(m, n, strict=True)))


@linear(np.kron, shape=kron_shape, when=lambda a, b: a.ndim == b.ndim == 1)
def kron_of_vectors(c, a, b):
    da = dc.reshape(a.shape[0], b.shape[0]) @ b
    db = a @ dc.reshape(a.shape[0], b.shape[0])


@linear(np.kron, when=lambda a, b: a.ndim == b.ndim == 2)
def kron_of_matrices(c, a, b):
    blocks = dc.reshape(a.shape[0], b.shape[0], a.shape[1], b.shape[1])
    da = np.einsum("ikjl,kl->ij", blocks, b)
    db = np.einsum("ikjl,ij->kl", blocks, a)


@linear(np.kron)
def kron(c, a, b):
    da = kron_back(dc, a, b, 0)
    db = kron_back(dc, a, b, 1)


# -- the method `outer` of ufuncs -----------------------------------------------------


def outer_of_ufunc(op, facts, /, a, b):
    """Every element of a with every element of b."""
    a, b = as_num(a), as_num(b)
    if a.dims is None or b.dims is None:
        raise TypeError("the operands' ranks have to be known")
    known = a.dtype and b.dtype
    dtype = resolve(op.function.__self__, (a.dtype, False), (b.dtype, False)) if known else ""
    dims = a.dims + b.dims
    return Num(dtype, dims, "array" if dims else "np")


@settles
def summed_last(context, dc, a, b):
    """The sum over b's axes, which are the last of dc's."""
    rank, other = ranks(context, a, b)
    return _summed(dc, rank, rank + other, rank + other)


@settles
def summed_first(context, dc, a, b):
    """The sum over a's axes, which are the first of dc's."""
    rank, other = ranks(context, a, b)
    return _summed(dc, 0, rank, rank + other)


def _summed(node, start, stop, rank):
    if start == stop:
        return node
    if stop - start == rank:
        return call("sum", node)
    return call("sum", node, axis=axis_argument(tuple(range(start, stop))))


@linear(np.add.outer, shape=outer_of_ufunc)
def add_outer(c, a, b):
    da = summed_last(dc, a, b)
    db = summed_first(dc, a, b)


@linear(np.subtract.outer, shape=outer_of_ufunc)
def subtract_outer(c, a, b):
    da = summed_last(dc, a, b)
    db = -summed_first(dc, a, b)


@linear(np.multiply.outer, shape=outer_of_ufunc, when=lambda a, b: a.ndim == b.ndim == 1)
def multiply_outer_of_vectors(c, a, b):
    da = dc @ b
    db = a @ dc


@settles
def lined_up(context, a, b):
    """`a[:, None]`: with an axis behind for each of b's."""
    rank, other = ranks(context, a, b)
    if not rank or not other:
        return a
    index = [ast.Slice()] * rank + [ast.Constant(None)] * other
    return indexed(a, ast.Tuple(index, ast.Load()))


@linear(np.multiply.outer, shape=outer_of_ufunc)
def multiply_outer(c, a, b):
    da = summed_last(b * dc, a, b)
    db = summed_first(lined_up(a, b) * dc, a, b)


@adjoint(np.true_divide.outer, shape=outer_of_ufunc)
def divide_outer(c, a, b):
    da = summed_last(dc / b, a, b)
    db = summed_first(-dc * c / b, a, b)


@adjoint(np.power.outer, shape=outer_of_ufunc)
def power_outer(c, a, b):
    """Where a <= 0 the gradient of b is 0."""
    base = lined_up(a, b)
    da = summed_last(b * base ** (b - 1) * dc, a, b)
    db = summed_first(np.log(np.where(base > 0, base, 1)) * c * dc, a, b)


@adjoint(np.maximum.outer, np.fmax.outer, shape=outer_of_ufunc)
def maximum_outer(c, a, b):
    """Where a = b, the gradient goes to a."""
    first = lined_up(a, b) >= b
    da = summed_last(first * dc, a, b)
    db = summed_first(~first * dc, a, b)


@adjoint(np.minimum.outer, np.fmin.outer, shape=outer_of_ufunc)
def minimum_outer(c, a, b):
    """Where a = b, the gradient goes to a."""
    first = lined_up(a, b) <= b
    da = summed_last(first * dc, a, b)
    db = summed_first(~first * dc, a, b)


@adjoint(np.hypot.outer, shape=outer_of_ufunc)
def hypot_outer(c, a, b):
    """At a = b = 0 the gradient is 0."""
    ratio = dc / or_one(c)
    da = summed_last(lined_up(a, b) * ratio, a, b)
    db = summed_first(b * ratio, a, b)


@adjoint(np.arctan2.outer, shape=outer_of_ufunc)
def arctan2_outer(theta, a, b):
    ratio = dtheta / (b**2 + lined_up(a, b) ** 2)
    da = summed_last(b * ratio, a, b)
    db = -summed_first(lined_up(a, b) * ratio, a, b)
