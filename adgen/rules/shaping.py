"""The same elements in another shape."""

from dataclasses import replace

import numpy as np

from adgen.rules.registry import const, free, linear
from adgen.rules.settle.axes import in_shape_of, own_shape
from adgen.rules.shapes import as_num, axes_of, dims_of, volume
from adgen.types import Dim, Num, Seq


def array(x, dims):
    """An array of other shape, also where it has no axes."""
    return Num(x.dtype, dims, "any" if dims is None else "array")


def reshaped(op, facts, /, x, shape, order="C"):
    """A length of -1 is what the others leave of the elements."""
    x = as_num(x)
    known_order(order)
    if isinstance(shape, Seq) and any(as_num(item).kind != "i" for item in shape.items):
        raise TypeError("a shape is made of integers")
    dims = dims_of(facts, shape)
    if dims is None:
        return array(x, None)
    for at, dim in enumerate(dims):
        if dim.known == -1:
            others = dims[:at] + dims[at + 1 :]
            rest = facts.fresh() if x.dims is None else _left_over(x.dims, others)
            dims = dims[:at] + (rest,) + dims[at + 1 :]
    return array(x, dims)


def known_order(order):
    if order not in ("C", "F"):
        raise TypeError(f"`order={order!r}` depends on how the array is stored")


def _left_over(whole, taken):
    """The number of elements over what `taken` says; lengths in both cancel."""
    whole, under = list(whole), []
    for dim in taken:
        if dim in whole:
            whole.remove(dim)
        else:
            under.append(dim)
    return volume(tuple(whole)) // volume(tuple(under))


@linear(
    np.reshape,
    "method reshape",
    shape=reshaped,
    moves=True,
    aliases="maybe",
    when=lambda order: order == "C",
)
def reshape_by_rows(y, x, shape: free):
    dx = in_shape_of(dy, x)


@linear(np.reshape, moves=True, aliases="layout", put="reshaped back", also={"newshape": "shape"})
def reshape(y, x, shape: free, order: const = "C"):
    dx = dy.reshape(own_shape(x), order=order)


@linear("method reshape", moves=True, aliases="layout", put="reshaped back", collects="shape")
def reshape_method(y, x, shape: free, *, order: const = "C"):
    dx = dy.reshape(own_shape(x), order=order)


def flat(op, facts, /, x, order="C"):
    known_order(order)
    x = as_num(x)
    return Num(x.dtype, (facts.fresh() if x.dims is None else volume(x.dims),))


@linear(
    np.ravel,
    shape=flat,
    moves=True,
    aliases="maybe",
    when=lambda order: order == "C",
)
def ravel_by_rows(y, x):
    dx = in_shape_of(dy, x)


@linear(np.ravel, moves=True, aliases="layout", put="reshaped back")
def ravel(y, x, order: const = "C"):
    dx = dy.reshape(own_shape(x), order=order)


@linear("method flatten", shape=flat, moves=True, aliases="copy", when=lambda order: order == "C")
def flatten_by_rows(y, x):
    dx = in_shape_of(dy, x)


@linear("method flatten", moves=True, aliases="copy")
def flatten(y, x, order: const = "C"):
    dx = dy.reshape(own_shape(x), order=order)


def iterator(op, facts, /, x):
    """An iterator is no array: it has no shape to ask for."""
    return replace(flat(op, facts, x), form="any")


@linear("attribute flat", shape=iterator, moves=True, put="laid out again", hands_out=True)
def attribute_flat(y, x):
    dx = in_shape_of(dy, x)


def as_whole(op, facts, /, x, whole, **rest):
    """The array that a part of it is put back into."""
    return as_num(whole)


@linear("laid out again", shape=as_whole, moves=True)
def laid_out_again(y, x, whole: free):
    dx = dy.ravel()


@linear("reshaped back", shape=as_whole, moves=True)
def reshaped_back(y, x, whole: free):
    dx = in_shape_of(dy, x)


def expanded(op, facts, /, x, axis):
    x = as_num(x)
    if x.dims is None:
        return array(x, None)
    axes = axis if isinstance(axis, tuple | list) else (axis,)
    rank = len(x.dims) + len(axes)
    given = iter(x.dims)
    new = {a % rank for a in axes}
    if len(new) < len(axes):
        raise TypeError("an axis is out of range, or given twice")
    return array(x, tuple(Dim(1) if i in new else next(given) for i in range(rank)))


@linear(np.expand_dims, shape=expanded, moves=True, put="reshaped back")
def expand_dims(y, x, axis: const):
    dx = np.squeeze(dy, axis)


def squeezed(op, facts, /, x, axis=None):
    """Which axes have length 1 is known from the arguments' sizes, or not at all."""
    x = as_num(x)
    if x.dims is None:
        return array(x, None)
    if axis is not None:
        gone = axes_of(axis, len(x.dims))
        return array(x, tuple(d for i, d in enumerate(x.dims) if i not in gone))
    ones = [facts.is_one(d) for d in x.dims]
    if None in ones:
        return array(x, None)
    return array(x, tuple(d for d, one in zip(x.dims, ones, strict=True) if not one))


@linear(np.squeeze, shape=squeezed, moves=True, when=lambda axis: axis is None)
def squeeze_all(y, x, axis: const = None):
    dx = in_shape_of(dy, x)


@linear(np.squeeze, moves=True, put="reshaped back")
def squeeze(y, x, axis: const = None):
    dx = np.expand_dims(dy, axis)


def at_least(op, facts, /, x):
    x = as_num(x)
    if x.dims is None:
        return array(x, None)
    one = (Dim(1),)
    if op.name == "np.atleast_3d":
        given = len(x.dims)
        return array(x, one * (given < 2) + x.dims + one * (2 if given == 0 else given < 3))
    rank = 1 if op.name == "np.atleast_1d" else 2
    return array(x, one * (rank - len(x.dims)) + x.dims)


@linear(
    np.atleast_1d, np.atleast_2d, np.atleast_3d, shape=at_least, moves=True, put="reshaped back"
)
def atleast(y, x):
    dx = in_shape_of(dy, x)


def same_shape(op, facts, /, x, *rest, **options):
    return array(as_num(x), as_num(x).dims)
