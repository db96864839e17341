"""Axes in another order, and elements in another order along them."""

import ast

import numpy as np

from adgen.rules.registry import const, free, in_numpy, linear
from adgen.rules.settle import settles
from adgen.rules.settle.axes import permuted_back, transposed
from adgen.rules.settle.spelling import call, constant_expr
from adgen.rules.shapes import as_num
from adgen.rules.shaping import array, as_whole, same_shape


def permuted(op, facts, /, x, axes=None):
    x = as_num(x)
    if x.dims is None:
        return array(x, None)
    if axes is None:
        return array(x, x.dims[::-1])
    if isinstance(axes, int):
        axes = (axes,)
    if sorted(a % len(x.dims) for a in axes) != list(range(len(x.dims))):
        raise ValueError("every axis has to be named once")
    return array(x, tuple(x.dims[a] for a in axes))


@linear(np.transpose, shape=permuted, moves=True, collects="axes", put="transposed back")
def transpose(y, x, axes: const = None):
    dx = permuted_back(dy, x, axes)


@linear("transposed back", shape=as_whole, moves=True)
def transposed_back(y, x, whole: free, axes: const = None):
    dx = np.transpose(dy, axes)


@linear("attribute T", shape=permuted, moves=True, put="attribute T")
def attribute_T(y, x):
    dx = dy.T


def last_two_exchanged(op, facts, /, x):
    x = as_num(x)
    if x.dims is None:
        return array(x, None)
    if len(x.dims) < 2:
        raise TypeError("it takes at least two axes")
    return array(x, (*x.dims[:-2], x.dims[-1], x.dims[-2]))


@linear(
    "attribute mT",
    *in_numpy("matrix_transpose", "linalg.matrix_transpose"),
    shape=last_two_exchanged,
    moves=True,
    put="attribute mT",
)
def matrix_transpose(y, x):
    dx = transposed(dy)


def exchanged(op, facts, /, x, axis1, axis2):
    x = as_num(x)
    if x.dims is None:
        return array(x, None)
    dims = list(x.dims)
    dims[axis1], dims[axis2] = dims[axis2], dims[axis1]
    return array(x, tuple(dims))


@linear(np.swapaxes, shape=exchanged, moves=True, put=np.swapaxes)
def swapaxes(y, x, axis1: const, axis2: const):
    dx = np.swapaxes(dy, axis1, axis2)


def moved(op, facts, /, x, source, destination):
    x = as_num(x)
    if x.dims is None:
        return array(x, None)
    rank = len(x.dims)
    sources, places = (
        [a % rank for a in (axis if isinstance(axis, tuple | list) else (axis,))]
        for axis in (source, destination)
    )
    order = [a for a in range(rank) if a not in sources]
    for place, axis in sorted(zip(places, sources, strict=True)):
        order.insert(place, axis)
    return array(x, tuple(x.dims[a] for a in order))


def rolled_axis(op, facts, /, x, axis, start=0):
    x = as_num(x)
    if x.dims is None:
        return array(x, None)
    return moved(
        op, facts, x=x, source=axis, destination=_place_rolled_to(len(x.dims), axis, start)
    )


def _place_rolled_to(rank, axis, start):
    """Where `np.rollaxis` puts an axis: before the one that was at `start`."""
    axis, start = axis % rank, start + rank if start < 0 else start
    return start - 1 if axis < start else start


@settles
def rolled_back(context, dy, x, axis, start):
    rank = len(context.dims(x))
    there = _place_rolled_to(rank, axis, start)
    return call("moveaxis", dy, constant_expr(there), constant_expr(axis % rank))


@linear(np.rollaxis, shape=rolled_axis, moves=True)
def rollaxis(y, x, axis: const, start: const = 0):
    dx = rolled_back(dy, x, axis, start)


@linear(np.moveaxis, shape=moved, moves=True, put="moved back")
def moveaxis(y, x, source: const, destination: const):
    dx = np.moveaxis(dy, destination, source)


@linear("moved back", shape=as_whole, moves=True)
def moved_back(y, x, whole: free, source: const, destination: const):
    dx = np.moveaxis(dy, source, destination)


@linear(np.flip, shape=same_shape, moves=True, put=np.flip)
def flip(y, x, axis: const = None):
    dx = np.flip(dy, axis)


@linear(np.fliplr, shape=same_shape, moves=True, put=np.fliplr)
def fliplr(y, x):
    dx = np.fliplr(dy)


@linear(np.flipud, shape=same_shape, moves=True, put=np.flipud)
def flipud(y, x):
    dx = np.flipud(dy)


def turned(op, facts, /, x, k=1, axes=(0, 1)):
    """A quarter turn exchanges the two axes."""
    x = as_num(x)
    if x.dims is None or k % 2 == 0:
        return array(x, x.dims)
    return exchanged(op, facts, x=x, axis1=axes[0], axis2=axes[1])


@linear(np.rot90, shape=turned, moves=True, put="turned back")
def rot90(y, x, k: const = 1, axes: const = (0, 1)):
    dx = np.rot90(dy, opposite(k), axes)


@linear("turned back", shape=as_whole, moves=True)
def turned_back(y, x, whole: free, k: const = 1, axes: const = (0, 1)):
    dx = np.rot90(dy, k, axes)


@linear(np.roll, shape=same_shape, when=lambda axis: axis is None)
def roll_all(y, x, shift: free, axis: const = None):
    dx = np.roll(dy, rolled(shift))


@linear(np.roll)
def roll(y, x, shift: free, axis: const = None):
    dx = np.roll(dy, rolled(shift), axis=axis)


@settles
def rolled(context, shift):
    """-shift, for one axis or several, whatever it is in a run."""
    if isinstance(shift, ast.Tuple | ast.List):
        return type(shift)([rolled(context, s) for s in shift.elts], ast.Load())
    if isinstance(shift, ast.Constant):
        return constant_expr(-shift.value)
    if isinstance(shift, ast.UnaryOp) and isinstance(shift.op, ast.USub):
        return shift.operand
    if context.dims(shift) != ():
        return call("negative", shift)  # a tuple that has a name
    return ast.UnaryOp(ast.USub(), shift)


@settles
def opposite(context, shift):
    """-shift, for one axis or several."""
    several = isinstance(shift, tuple | list)
    return constant_expr(tuple(-s for s in shift) if several else -shift)
