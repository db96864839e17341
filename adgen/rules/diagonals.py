"""Diagonals and triangles of matrices."""

import ast

import numpy as np

from adgen.rules.registry import const, in_numpy, linear
from adgen.rules.settle import settles
from adgen.rules.settle.axes import in_shape_of, numpy_shape, own_shape, places_in
from adgen.rules.settle.spelling import call, constant_expr, helper, indexed, length
from adgen.rules.shapes import as_num, dtype_of, volume
from adgen.rules.shaping import array, same_shape
from adgen.runtime import scattered
from adgen.types import Num


def triangle_of(op, facts, /, x, k=0):
    if len(as_num(x).dims or (0, 0)) < 2:
        raise TypeError("it takes a matrix")
    return same_shape(op, facts, x=x)


@linear(np.tril, shape=triangle_of)
def tril(y, x, k: const = 0):
    dx = np.tril(dy, k)


@linear(np.triu, shape=triangle_of)
def triu(y, x, k: const = 0):
    dx = np.triu(dy, k)


def diagonal_of(op, facts, /, x, k=0):
    """Of a vector, the matrix that has it on a diagonal; of a matrix, the diagonal."""
    x = as_num(x)
    if x.dims is None:
        return array(x, None)
    if len(x.dims) == 1:
        return array(x, (x.dims[0] + abs(k),) * 2)
    if len(x.dims) != 2:
        raise TypeError("it takes a vector or a matrix")
    rows, columns = x.dims
    square = k == 0 and facts.same(rows, columns)
    return array(x, (rows if square else facts.fresh(),))


@settles
def laid_on_diagonal(context, dy, x, k):
    """A matrix of zeros, as large as x, with a vector on a diagonal."""
    dims = context.dims(x)
    if dims is not None and len(dims) == 2 and k == 0 and context.facts.same(*dims):
        match dy:
            case ast.Call(
                func=ast.Attribute(value=ast.Name(id="@np"), attr="broadcast_to"),
                args=[number, _],
            ) if (
                context.dims(number) == ()
            ):
                return ast.BinOp(number, ast.Mult(), call("eye", length(x, 0)))
        return call("diag", dy)
    return helper("undiagonal", dy, numpy_shape(context, x), constant_expr(k))


@linear(np.diag, shape=diagonal_of, when=lambda x: x.ndim == 1)
def diag_of_vector(y, x, k: const = 0):
    dx = np.diag(dy, k)


@linear(np.diag, views=True, aliases="of matrices")
def diag(y, x, k: const = 0):
    dx = laid_on_diagonal(dy, x, k)


def trace_shape(op, facts, /, x, offset=0, axis1=0, axis2=1, dtype=None):
    x = as_num(x)
    if x.dims is None:
        return array(x, None)
    dims = _without_two(x.dims, axis1, axis2)
    return Num(dtype_of(dtype, x.dtype), dims, "array" if dims else "np")


def _without_two(dims, axis1, axis2):
    if len(dims) < 2:
        raise TypeError("it takes a matrix")
    gone = (axis1 % len(dims), axis2 % len(dims))
    return tuple(d for i, d in enumerate(dims) if i not in gone)


@settles
def unit_like(context, x, offset):
    """Ones on a diagonal of a matrix as large as x, which has one side where it is square."""
    rows, columns = context.dims(x)
    sides = [length(x, 0)] if context.facts.same(rows, columns) else [length(x, 0), length(x, 1)]
    return call("eye", *sides, **({"k": constant_expr(offset)} if offset else {}))


@linear(
    np.trace,
    shape=trace_shape,
    when=lambda x, axis1, axis2: x.ndim == 2 and (axis1, axis2) == (0, 1),
)
def trace_of_matrix(y, x, offset: const = 0):
    dx = dy * unit_like(x, offset)


@linear(np.trace)
def trace(y, x, offset: const = 0, axis1: const = 0, axis2: const = 1, dtype: const = None):
    """Every element of a diagonal gets the adjoint of its sum."""
    places = np.diagonal(places_in(x), offset, axis1, axis2)
    dx = scattered(as_columns(dy), places, own_shape(x))


@settles
def as_columns(context, dy):
    """With an axis more, behind all others; a number becomes an array of one."""
    if context.dims(dy) in ((), None):
        dy = call("asarray", dy)
    return indexed(dy, ast.Tuple([ast.Constant(...), ast.Constant(None)], ast.Load()))


def last_trace_shape(op, facts, /, x, offset=0, dtype=None):
    return trace_shape(op, facts, x=x, offset=offset, axis1=-2, axis2=-1, dtype=dtype)


@linear(*in_numpy("linalg.trace"), shape=last_trace_shape)
def trace_of_last(y, x, *, offset: const = 0, dtype: const = None):
    """Every element of a diagonal gets the adjoint of its sum."""
    places = np.diagonal(places_in(x), offset, -2, -1)
    dx = scattered(as_columns(dy), places, own_shape(x))


def diagonals(op, facts, /, x, offset=0, axis1=0, axis2=1):
    x = as_num(x)
    if x.dims is None:
        return array(x, None)
    rows, columns = x.dims[axis1], x.dims[axis2]
    square = offset == 0 and facts.same(rows, columns)
    return array(x, (*_without_two(x.dims, axis1, axis2), rows if square else facts.fresh()))


@linear(np.diagonal, shape=diagonals, views=True)
def diagonal(y, x, offset: const = 0, axis1: const = 0, axis2: const = 1):
    """Each element goes back to its place."""
    places = np.diagonal(places_in(x), offset, axis1, axis2)
    dx = scattered(dy, places, own_shape(x))


def last_diagonals(op, facts, /, x, offset=0):
    return diagonals(op, facts, x=x, offset=offset, axis1=-2, axis2=-1)


@linear(*in_numpy("linalg.diagonal"), shape=last_diagonals, views=True)
def diagonal_of_last(y, x, *, offset: const = 0):
    """Each element goes back to its place."""
    places = np.diagonal(places_in(x), offset, -2, -1)
    dx = scattered(dy, places, own_shape(x))


def on_diagonal(op, facts, /, x, k=0):
    x = as_num(x)
    side = facts.fresh() if x.dims is None else volume(x.dims) + abs(k)
    return array(x, (side, side))


@linear(np.diagflat, shape=on_diagonal)
def diagflat(y, x, k: const = 0):
    dx = in_shape_of(np.diag(dy, k), x)
