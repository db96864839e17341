"""Operations that write into an array they are given: the output is what it becomes."""

import numpy as np

from adgen.rules.indexing import item_shape
from adgen.rules.registry import adjoint, const, constant, free, linear, unsupported
from adgen.rules.settle import settles
from adgen.rules.settle.broadcasting import fitted
from adgen.rules.settle.indices import taken_out, uncycled
from adgen.rules.settle.spelling import call, length
from adgen.rules.shapes import as_num, with_dtype
from adgen.runtime import (
    extremes_back,
    factors_back,
    last_written,
    multiplied_at,
    places_along,
)
from adgen.runtime import uncycled as added_up
from adgen.types import UNKNOWN, Dim, Num, Seq


def written(op, facts, /, x, **rest):
    """The array keeps its shape and dtype."""
    return as_num(x)


def of_numbers_in_order(op, facts, /, x, v, **rest):
    if "c" in (as_num(x).kind, as_num(v).kind):
        raise TypeError("complex numbers have no order")
    return as_num(x)


def multiplied(op, facts, /, x, v, **rest):
    if as_num(v).kind == "c" and as_num(x).kind != "c":
        raise TypeError("of complex factors NumPy drops the imaginary part: write the real one")
    return as_num(x)


# -- at an index --------------------------------------------------------------------


@linear(np.add.at, shape=written, writes="x")
def add_at(y, x, index: free, v):
    dx = dy
    dv = fitted(dy[index], v, y[index])


@linear(np.subtract.at, shape=written, writes="x")
def subtract_at(y, x, index: free, v):
    dx = dy
    dv = -fitted(dy[index], v, y[index])


@adjoint(np.multiply.at, shape=multiplied, writes="x")
def multiply_at(y, x, index: free, v):
    dx = multiplied_at(dy, index, v)
    dv = fitted(factors_back(dy, x, index, v), v, y[index])


@adjoint(np.divide.at, shape=multiplied, writes="x")
def divide_at(y, x, index: free, v):
    dx = multiplied_at(dy, index, 1 / v)
    dv = fitted(-dy[index] * y[index] / v, v, y[index])


@adjoint(np.maximum.at, np.minimum.at, shape=of_numbers_in_order, writes="x")
def extreme_at(y, x, index: free, v):
    """Of equal values the first gets the gradient; what was there before comes first."""
    dx = np.where(x == y, dy, 0.0)
    dv = fitted(extremes_back(dy, x, y, index, v), v, y[index])


@linear(np.negative.at, shape=lambda op, facts, /, x, index: as_num(x), writes="x")
def negative_at(y, x, index: free):
    """An element that is named twice has its sign turned twice."""
    dx = multiplied_at(dy, index, -1.0)


@unsupported(
    np.power.at, np.exp.at, np.log.at, np.sqrt.at, np.square.at, np.absolute.at,
    why="write the loop out",
)  # fmt: skip
def other_at(y, x, index, v=None): ...


def is_last(op, facts, /, x, index):
    return with_dtype(item_shape(op, facts, x=x, index=index), "b1")


@constant(last_written, shape=is_last)
def last_written_to(y, x, index: free): ...


# -- everywhere, or where a mask says so ----------------------------------------------


@linear("method fill", shape=written, writes="x")
def fill(y, x, value):
    dx = 0.0
    dvalue = fitted(dy, value, y)


@linear(np.copyto, shape=written, writes="x", when=lambda where: where.absent)
def copyto(y, x, src, *, where: free = None):
    dx = 0.0
    dsrc = fitted(dy, src, y)


@linear(np.copyto, writes="x")
def copyto_where(y, x, src, *, where: free = None):
    dx = np.where(where, 0.0, dy)
    dsrc = fitted(np.where(where, dy, 0.0), src, y)


@linear(np.putmask, shape=written, writes="x")
def putmask(y, x, mask: free, values):
    """Values that are fewer than elements are used again from the start."""
    dx = np.where(mask, 0.0, dy)
    dvalues = uncycled(np.where(mask, dy, 0.0), values)


@linear(np.place, shape=written, writes="x", when=lambda vals: vals.ndim == 0)
def place_one(y, x, mask: free, vals):
    dx = np.where(mask, 0.0, dy)
    dvals = fitted(np.where(mask, dy, 0.0), vals, y)


@linear(np.place, writes="x")
def place(y, x, mask: free, vals):
    dx = np.where(mask, 0.0, dy)
    dvals = uncycled(dy[mask], vals)


def as_values(op, facts, /, x, v):
    return with_dtype(as_num(v), as_num(x).dtype)


@linear(added_up, shape=as_values)
def added_up_again(y, x, v):
    """Of the values it is only asked how many they are."""
    dv = 0.0
    dx = np.take(dy.ravel(), np.mod(np.arange(x.size), y.size)).reshape(x.shape)


# -- of the flat array ------------------------------------------------------------------


@linear(np.put, shape=written, writes="x", when=lambda x: x.ndim == 1)
def put_in_vector(y, x, ind: free, v):
    dv = uncycled(taken_out(dy, ind), v)
    dx = dy
    dx[ind] = 0.0


@linear(np.put, writes="x")
def put(y, x, ind: free, v):
    places = np.unravel_index(np.mod(ind, x.size), x.shape)
    dv = uncycled(taken_out(dy, places), v)
    dx = dy
    dx[places] = 0.0


def along_axis(op, facts, /, x, indices, values, axis):
    if axis is None:
        raise TypeError("of all elements at once it is not supported: ravel them first")
    return as_num(x)


def one_for_each_axis(op, facts, /, indices, x, axis):
    indices, x = as_num(indices), as_num(x)
    if x.dims is None or indices.dims is None:
        return UNKNOWN
    ones = [
        (Dim(1),) * at + (dim,) + (Dim(1),) * (x.ndim - at - 1) for at, dim in enumerate(x.dims)
    ]
    ones[axis] = indices.dims
    return Seq("tuple", tuple(Num("i8", dims) for dims in ones))


@constant(places_along, shape=one_for_each_axis)
def places_along_axis(y, indices: free, x, axis: const): ...


@linear(np.put_along_axis, shape=along_axis, writes="x")
def put_along_axis(y, x, indices: free, values, axis: const):
    places = places_along(indices, y, axis)
    dvalues = fitted(taken_out(dy, places), values, y[places])
    dx = dy
    dx[places] = 0.0


# -- diagonals --------------------------------------------------------------------------


def matrix(op, facts, /, x, val):
    x = as_num(x)
    if x.dims is not None and len(x.dims) != 2:
        raise TypeError("it takes a matrix")
    return x


@settles
def unit_matrix(context, x):
    """Ones on the diagonal, in the shape of x."""
    rows, columns = context.dims(x)
    square = context.facts.same(rows, columns)
    return call("eye", length(x, 0), *([] if square else [length(x, 1)]))


@linear(np.fill_diagonal, shape=matrix, writes="x", when=lambda val: val.ndim == 0)
def fill_diagonal_with_one(y, x, val):
    dx = dy * (1 - unit_matrix(y))
    dval = np.trace(dy)


@linear(np.fill_diagonal, writes="x")
def fill_diagonal(y, x, val):
    dx = dy * (1 - unit_matrix(y))
    dval = uncycled(np.diag(dy), val)
