"""Operations that rearrange, repeat or convert an array's elements."""

import numpy as np

from adgen.rules.registry import (
    const,
    elementwise,
    free,
    in_numpy,
    linear,
    unsupported,
)
from adgen.rules.settle import (
    call,
    constant_expr,
    fitted,
    own_shape,
    permuted_back,
    places_in,
    settles,
)
from adgen.rules.shapes import as_num, axes_of, dims_of, dtype_of, volume
from adgen.runtime import (
    scattered,
    undiagonal,
    unrepeat,
    untile,
)
from adgen.types import Dim, Num, Seq


def array(x, dims):
    """An array of other shape, also where it has no axes."""
    return Num(x.dtype, dims, "any" if dims is None else "array")


# -- the same elements in another shape -------------------------------------------


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
    dx = dy.reshape(own_shape(x))


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
    dx = dy.reshape(own_shape(x))


@linear(np.ravel, moves=True, aliases="layout", put="reshaped back")
def ravel(y, x, order: const = "C"):
    dx = dy.reshape(own_shape(x), order=order)


@linear("method flatten", shape=flat, moves=True, aliases="copy", when=lambda order: order == "C")
def flatten_by_rows(y, x):
    dx = dy.reshape(own_shape(x))


@linear("method flatten", moves=True, aliases="copy")
def flatten(y, x, order: const = "C"):
    dx = dy.reshape(own_shape(x), order=order)


@linear("attribute flat", shape=flat, moves=True, put="laid out again", hands_out=True)
def attribute_flat(y, x):
    dx = dy.reshape(own_shape(x))


def as_whole(op, facts, /, x, whole, **rest):
    """The array that a part of it is put back into."""
    return as_num(whole)


@linear("laid out again", shape=as_whole, moves=True)
def laid_out_again(y, x, whole: free):
    dx = dy.ravel()


@linear("reshaped back", shape=as_whole, moves=True)
def reshaped_back(y, x, whole: free):
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
    dx = np.swapaxes(dy, -1, -2)


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


def expanded(op, facts, /, x, axis):
    x = as_num(x)
    if x.dims is None:
        return array(x, None)
    axes = axis if isinstance(axis, tuple | list) else (axis,)
    rank = len(x.dims) + len(axes)
    given = iter(x.dims)
    new = {a % rank for a in axes}
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
    dx = dy.reshape(own_shape(x))


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
    dx = dy.reshape(own_shape(x))


def same_shape(op, facts, /, x, *rest, **options):
    return array(as_num(x), as_num(x).dims)


def triangle_of(op, facts, /, x, k=0):
    if len(as_num(x).dims or (0, 0)) < 2:
        raise TypeError("it takes a matrix")
    return same_shape(op, facts, x=x)


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
def roll_all(y, x, shift: const, axis: const = None):
    dx = np.roll(dy, opposite(shift))


@linear(np.roll)
def roll(y, x, shift: const, axis: const = None):
    dx = np.roll(dy, opposite(shift), axis=axis)


@settles
def opposite(context, shift):
    """-shift, for one axis or several."""
    several = isinstance(shift, tuple | list)
    return constant_expr(tuple(-s for s in shift) if several else -shift)


@linear(np.tril, shape=triangle_of)
def tril(y, x, k: const = 0):
    dx = np.tril(dy, k)


@linear(np.triu, shape=triangle_of)
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


@linear(np.trace, shape=trace_shape, when=lambda x, offset: x.ndim == 2 and offset == 0)
def trace_of_diagonal(y, x):
    dx = dy * np.eye(x.shape[0], x.shape[1])


@linear(np.trace, when=lambda x, axis1, axis2: x.ndim == 2 and (axis1, axis2) == (0, 1))
def trace_of_matrix(y, x, offset: const = 0):
    dx = dy * np.eye(x.shape[0], x.shape[1], offset)


@linear(np.trace)
def trace(y, x, offset: const = 0, axis1: const = 0, axis2: const = 1, dtype: const = None):
    """Every element of a diagonal gets the adjoint of its sum."""
    places = np.diagonal(places_in(x), offset, axis1, axis2)
    dx = scattered(np.asarray(dy)[..., None], places, own_shape(x))


def last_trace_shape(op, facts, /, x, offset=0, dtype=None):
    return trace_shape(op, facts, x=x, offset=offset, axis1=-2, axis2=-1, dtype=dtype)


@linear(*in_numpy("linalg.trace"), shape=last_trace_shape)
def trace_of_last(y, x, *, offset: const = 0, dtype: const = None):
    """Every element of a diagonal gets the adjoint of its sum."""
    places = np.diagonal(places_in(x), offset, -2, -1)
    dx = scattered(np.asarray(dy)[..., None], places, own_shape(x))


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
    dx = np.diag(dy, k).reshape(own_shape(x))


# -- elements picked by their places ----------------------------------------------------


def some_elements(op, facts, /, x, where, axis=None):
    """All but some elements, or more than there were: how many is known at run time."""
    x = as_num(x)
    if axis is None:
        return array(x, (facts.fresh(),))
    if x.dims is None:
        return array(x, None)
    dims = list(x.dims)
    dims[axis] = facts.fresh()
    return array(x, tuple(dims))


@linear(np.delete, shape=some_elements, also={"obj": "where"})
def delete(y, x, where: free, axis: const = None):
    """What was left out gets 0."""
    places = np.delete(places_in(x), where, axis)
    dx = scattered(dy, places, own_shape(x))


def with_more(op, facts, /, x, where, values, axis=None):
    return some_elements(op, facts, x=x, where=where, axis=axis)


@linear(np.insert, shape=with_more, also={"obj": "where"})
def insert(y, x, where: free, values, axis: const = None):
    """Elements of x and of the values, which may be stretched, go back to their places."""
    n = np.size(x)
    more = n + np.arange(np.size(values)).reshape(np.shape(values))
    places = np.insert(places_in(x), where, more, axis)
    both = scattered(dy, places, (n + np.size(values),))
    dx = both[:n].reshape(own_shape(x))
    dvalues = both[n:].reshape(np.shape(values))


def resized(op, facts, /, x, new_shape):
    return array(as_num(x), dims_of(facts, new_shape))


@linear(np.resize, shape=resized)
def resize(y, x, new_shape: free):
    """Elements are taken in order, again and again."""
    places = np.resize(places_in(x), new_shape)
    dx = scattered(dy, places, own_shape(x))


def windows(op, facts, /, x, window_shape, axis=None):
    x = as_num(x)
    sizes = window_shape if isinstance(window_shape, tuple | list) else (window_shape,)
    if x.dims is None:
        return array(x, None)
    axes = (
        axis if isinstance(axis, tuple | list) else range(len(x.dims)) if axis is None else (axis,)
    )
    if len(sizes) != len(axes):
        raise TypeError("a window has a length for each axis")
    dims = list(x.dims)
    for at, size in zip(axes, sizes, strict=True):
        dims[at] = dims[at] - (size - 1)
    return array(x, (*dims, *(Dim(size) for size in sizes)))


@linear(np.lib.stride_tricks.sliding_window_view, shape=windows, views=True)
def sliding_window_view(y, x, window_shape: const, axis: const = None):
    """An element gets what it has in all windows that it is in."""
    places = np.lib.stride_tricks.sliding_window_view(places_in(x), window_shape, axis)
    dx = scattered(dy, places, own_shape(x))


@unsupported(
    np.lib.stride_tricks.as_strided,
    why="which elements it shows depends on memory: use sliding_window_view, or an index",
)
def as_strided(y, x, shape=None, strides=None): ...


@unsupported(np.trim_zeros, why="how much is cut off depends on the values: use a slice")
def trim_zeros(y, x, trim="fb", axis=None): ...


# -- conversions --------------------------------------------------------------------


def converted(op, facts, /, x, dtype=None, ndmin=0, requirements=None, order="C"):
    x = as_num(x)
    form = "any" if x.dims is None else "array"
    least = 1 if op.name in ("np.ascontiguousarray", "np.asfortranarray") else ndmin
    missing = 0 if x.dims is None else max(0, least - len(x.dims))
    dims = None if x.dims is None else (Dim(1),) * missing + x.dims
    return Num(dtype_of(dtype, x.dtype), dims, form)


@elementwise(
    np.asarray,
    np.asanyarray,
    shape=converted,
    moves=True,
    aliases="dtype",
    put="reshaped back",
    ignores=("order",),
)
def asarray(y, x, dtype: const = None):
    dx = dy


@elementwise(
    np.ascontiguousarray,
    np.asfortranarray,
    shape=converted,
    moves=True,
    aliases="maybe",
    ignores=("order",),
)
def ascontiguousarray(y, x, dtype: const = None):
    dx = dy


@elementwise(np.require, shape=converted, moves=True, aliases="maybe")
def require(y, x, dtype: const = None, requirements: free = None):
    dx = dy


@elementwise(np.array, np.copy, shape=converted, ignores=("order", "subok"))
def copy(y, x, dtype: const = None, *, ndmin: const = 0):
    dx = dy


@elementwise("method copy", shape=converted, in_order=True)
def copy_of_array(y, x, order: const = "C"):
    dx = dy


def as_type(op, facts, /, x, dtype):
    num = converted(op, facts, x=x, dtype=dtype)
    scalar = isinstance(x, Num) and x.is_scalar
    return Num(num.dtype, num.dims, "np" if scalar else num.form)


@elementwise(
    "method astype",
    *in_numpy("astype"),
    shape=as_type,
    ignores=("order", "casting", "subok"),
    instead={"copy": "leave it out"},
)
def astype(y, x, dtype: const):
    dx = dy


def as_item(op, facts, /, x, index=None):
    return Num(as_num(x).dtype, (), "py")


@linear("method item", shape=as_item, when=lambda index: index.absent)
def item(y, x):
    """Of an array with one element: as a scalar its adjoint stands for all of them."""
    dx = dy


@linear("method item", when=lambda x, index: x.ndim == 1 or index.is_display)
def item_at(y, x, index: free):
    dx[index] += dy


@linear("method item", collects="index")
def item_in_order(y, x, index: free = None):
    """A single number counts elements row by row."""
    dx[np.unravel_index(index, x.shape)] += dy


@unsupported("method resize", why="it changes the array itself: use np.resize")
def resize_in_place(y, x, new_shape): ...


@unsupported("method tolist", why="index the array itself")
def tolist(y, x): ...


@unsupported("method view", why="use the array itself, or `.astype`")
def method_view(y, x, dtype=None): ...
