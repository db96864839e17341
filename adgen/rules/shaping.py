"""Operations that rearrange, repeat or convert an array's elements."""

import numpy as np

from adgen.rules.registry import const, elementwise, free, linear
from adgen.rules.settle import constant_expr, fitted, numpy_shape, permuted_back, settles
from adgen.rules.shapes import as_num, axes_of, dims_of, dtype_of, volume
from adgen.runtime import undiagonal, unrepeat, untile
from adgen.types import Dim, Num, Seq


def array(x, dims):
    """An array of other shape, also where it has no axes."""
    return Num(x.dtype, dims, "any" if dims is None else "array")


@settles
def own_shape(context, x):
    """`x.shape`; of what may be a Python number, `np.shape(x)`."""
    return numpy_shape(context, x)


# -- the same elements in another shape -------------------------------------------


def reshaped(op, facts, /, x, shape):
    """A length of -1 is what the others leave of the elements."""
    x = as_num(x)
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


def _left_over(whole, taken):
    """The number of elements over what `taken` says; lengths in both cancel."""
    whole, under = list(whole), []
    for dim in taken:
        if dim in whole:
            whole.remove(dim)
        else:
            under.append(dim)
    return volume(tuple(whole)) // volume(tuple(under))


@linear(np.reshape, shape=reshaped, moves=True, collects="shape", aliases="maybe")
def reshape(y, x, shape: free):
    dx = dy.reshape(own_shape(x))


def flat(op, facts, /, x):
    x = as_num(x)
    return Num(x.dtype, (facts.fresh() if x.dims is None else volume(x.dims),))


@linear(np.ravel, "method flatten", shape=flat, moves=True, aliases="maybe")
def ravel(y, x):
    dx = dy.reshape(own_shape(x))


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


@linear(np.transpose, shape=permuted, moves=True, collects="axes")
def transpose(y, x, axes: const = None):
    dx = permuted_back(dy, x, axes)


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


@linear("attribute mT", *filter(None, [getattr(np, "matrix_transpose", None)]),
        shape=last_two_exchanged, moves=True)  # fmt: skip
def matrix_transpose(y, x):
    dx = np.swapaxes(dy, -1, -2)


def exchanged(op, facts, /, x, axis1, axis2):
    x = as_num(x)
    if x.dims is None:
        return array(x, None)
    dims = list(x.dims)
    dims[axis1], dims[axis2] = dims[axis2], dims[axis1]
    return array(x, tuple(dims))


@linear(np.swapaxes, shape=exchanged, moves=True)
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


@linear(np.moveaxis, shape=moved, moves=True)
def moveaxis(y, x, source: const, destination: const):
    dx = np.moveaxis(dy, destination, source)


def expanded(op, facts, /, x, axis):
    x = as_num(x)
    if x.dims is None:
        return array(x, None)
    axes = axis if isinstance(axis, tuple | list) else (axis,)
    rank = len(x.dims) + len(axes)
    given = iter(x.dims)
    new = {a % rank for a in axes}
    return array(x, tuple(Dim(1) if i in new else next(given) for i in range(rank)))


@linear(np.expand_dims, shape=expanded, moves=True)
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
    dx = dy.reshape(own_shape(x))


@linear(np.squeeze, moves=True)
def squeeze(y, x, axis: const = None):
    dx = np.expand_dims(dy, axis)


def at_least(op, facts, /, x):
    x = as_num(x)
    if x.dims is None:
        return array(x, None)
    rank = 1 if op.name == "np.atleast_1d" else 2
    return array(x, (Dim(1),) * (rank - len(x.dims)) + x.dims)


@linear(np.atleast_1d, np.atleast_2d, shape=at_least, moves=True, aliases="maybe")
def atleast(y, x):
    dx = dy.reshape(own_shape(x))


def same_shape(op, facts, /, x, *rest, **options):
    return array(as_num(x), as_num(x).dims)


@linear(np.flip, shape=same_shape, moves=True)
def flip(y, x, axis: const = None):
    dx = np.flip(dy, axis)


@linear(np.fliplr, shape=same_shape, moves=True)
def fliplr(y, x):
    dx = np.fliplr(dy)


@linear(np.flipud, shape=same_shape, moves=True)
def flipud(y, x):
    dx = np.flipud(dy)


def turned(op, facts, /, x, k=1, axes=(0, 1)):
    """A quarter turn exchanges the two axes."""
    x = as_num(x)
    if x.dims is None or k % 2 == 0:
        return array(x, x.dims)
    return exchanged(op, facts, x=x, axis1=axes[0], axis2=axes[1])


@linear(np.rot90, shape=turned, moves=True)
def rot90(y, x, k: const = 1, axes: const = (0, 1)):
    dx = np.rot90(dy, opposite(k), axes)


@linear(np.roll, shape=same_shape, when=lambda axis: axis is None)
def roll_all(y, x, shift: const, axis: const = None):
    dx = np.roll(dy, opposite(shift))


@linear(np.roll)
def roll(y, x, shift: const, axis: const = None):
    dx = np.roll(dy, opposite(shift), axis=axis)


@settles
def opposite(context, shift):
    """-shift, for one axis or several."""
    return constant_expr(tuple(-s for s in shift) if isinstance(shift, tuple) else -shift)


@linear(np.tril, shape=same_shape)
def tril(y, x, k: const = 0):
    dx = np.tril(dy, k)


@linear(np.triu, shape=same_shape)
def triu(y, x, k: const = 0):
    dx = np.triu(dy, k)


# -- elements repeated --------------------------------------------------------------


def stretched(op, facts, /, x, shape):
    dims = dims_of(facts, shape)
    return array(as_num(x), dims)


@linear(np.broadcast_to, shape=stretched, views=True)
def broadcast_to(y, x, shape: free):
    dx = fitted(dy, x, y)


def repeated(op, facts, /, x, repeats, axis=None):
    x = as_num(x)
    count = repeats.value if isinstance(repeats, Num) and repeats.dims == () else None
    if axis is None:
        known = x.dims is not None and count is not None
        return array(x, (volume(x.dims) * count if known else facts.fresh(),))
    if x.dims is None:
        return array(x, None)
    dims = list(x.dims)
    dims[axis] = facts.fresh() if count is None else dims[axis] * count
    return array(x, tuple(dims))


@linear(np.repeat, shape=repeated)
def repeat(y, x, repeats: free, axis: const = None):
    dx = unrepeat(dy, own_shape(x), repeats, axis)


def tiled(op, facts, /, x, reps):
    x, reps = as_num(x), dims_of(facts, reps)
    if x.dims is None or reps is None:
        return array(x, None)
    rank = max(len(x.dims), len(reps))
    dims = (Dim(1),) * (rank - len(x.dims)) + x.dims
    times = (Dim(1),) * (rank - len(reps)) + reps
    return array(x, tuple(d * t for d, t in zip(dims, times, strict=True)))


@linear(np.tile, shape=tiled)
def tile(y, x, reps: free):
    dx = untile(dy, own_shape(x))


# -- diagonals ----------------------------------------------------------------------


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


@linear(np.diag, shape=diagonal_of, when=lambda x: x.ndim == 1)
def diag_of_vector(y, x, k: const = 0):
    dx = np.diag(dy, k)


@linear(np.diag, views=True)
def diag(y, x, k: const = 0):
    dx = undiagonal(dy, own_shape(x), k)


def trace_shape(op, facts, /, x, offset=0):
    x = as_num(x)
    if x.dims is not None and len(x.dims) != 2:
        raise TypeError("it takes a matrix")
    return Num(x.dtype, (), "np")


@linear(np.trace, shape=trace_shape, when=lambda offset: offset == 0)
def trace_of_diagonal(y, x, offset: const = 0):
    dx = dy * np.eye(x.shape[0], x.shape[1])


@linear(np.trace)
def trace(y, x, offset: const = 0):
    dx = dy * np.eye(x.shape[0], x.shape[1], offset)


# -- conversions --------------------------------------------------------------------


def converted(op, facts, /, x, dtype=None):
    x = as_num(x)
    form = "any" if x.dims is None else "array"
    return Num(dtype_of(dtype, x.dtype), x.dims, form)


@elementwise(
    np.asarray, np.ascontiguousarray, np.asanyarray, shape=converted, moves=True, aliases="maybe"
)
def asarray(y, x, dtype: const = None):
    dx = dy


@elementwise(np.array, np.copy, "method copy", shape=converted)
def copy(y, x, dtype: const = None):
    dx = dy


def as_type(op, facts, /, x, dtype):
    num = converted(op, facts, x=x, dtype=dtype)
    scalar = isinstance(x, Num) and x.is_scalar
    return Num(num.dtype, num.dims, "np" if scalar else num.form)


@elementwise("method astype", shape=as_type)
def astype(y, x, dtype: const):
    dx = dy


def as_item(op, facts, /, x):
    return Num(as_num(x).dtype, (), "py")


@linear("method item", shape=as_item)
def item(y, x):
    """Of an array with one element: as a scalar its adjoint stands for all of them."""
    dx = dy
