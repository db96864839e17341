"""Elements added at the edges of an array."""

import ast

import numpy as np

from adgen.rules.joining import joined_along
from adgen.rules.registry import const, linear, unsupported
from adgen.rules.settle import settles
from adgen.rules.settle.axes import own_shape, places_in
from adgen.rules.settle.spelling import indexed, length
from adgen.rules.shapes import as_array, as_num, promote, volume
from adgen.rules.shaping import array
from adgen.runtime import scattered, unpad
from adgen.types import Num, Seq


def widths(pad_width, rank):
    """How much is added before and after each axis."""
    if isinstance(pad_width, dict):
        raise TypeError("a dictionary of widths is not supported")
    pairs = np.broadcast_to(np.asarray(pad_width), (rank, 2))
    return [(int(before), int(after)) for before, after in pairs]


_GATHERING = ("edge", "reflect", "symmetric", "wrap")


_AVERAGING = ("mean", "linear_ramp")


@unsupported(
    np.pad,
    why="one number alone is differentiated that stands at all ends",
    when=lambda constant_values, end_values: any(
        v.active and v.ndim != 0 for v in (constant_values, end_values)
    ),
)
def padded_with_several(y, x, pad_width, mode="constant", constant_values=0, end_values=0): ...


def padded(op, facts, /, x, pad_width, mode="constant", **options):
    x = as_num(x)
    if mode not in ("constant", *_GATHERING, *_AVERAGING):
        raise TypeError(f"`mode={mode!r}` is not supported: join the edges with np.concatenate")
    if x.dims is None:
        raise TypeError("the rank has to be known")
    pairs = widths(pad_width, len(x.dims))
    return array(x, tuple(d + (b + a) for d, (b, a) in zip(x.dims, pairs, strict=True)))


@settles
def unpadded(context, dy, x, pad_width):
    """What was not added: `dy[1:-1]`."""
    index = []
    for before, after in widths(pad_width, len(context.dims(x))):
        start = ast.Constant(before) if before else None
        stop = ast.UnaryOp(ast.USub(), ast.Constant(after)) if after else None
        index.append(ast.Slice(start, stop))
    while index and index[-1].lower is index[-1].upper is None:
        index.pop()
    if not index:
        return dy
    return indexed(dy, index[0] if len(index) == 1 else ast.Tuple(index, ast.Load()))


@linear(np.pad, shape=padded, when=lambda mode: mode == "constant")
def pad(y, x, pad_width: const, mode: const = "constant", *, constant_values=0):
    """One number stands in all that was added."""
    dx = unpadded(dy, x, pad_width)
    dconstant_values = np.sum(dy) - np.sum(unpadded(dy, x, pad_width))


@linear(np.pad, when=lambda mode, reflect_type: mode in _GATHERING and reflect_type == "even")
def pad_with_elements(y, x, pad_width: const, mode: const = "constant"):
    """What is added are elements of x: each gets what it has in all places."""
    places = np.pad(places_in(x), pad_width, mode)
    dx = scattered(dy, places, own_shape(x))


@linear(np.pad)
def pad_with_sums(
    y,
    x,
    pad_width: const,
    mode: const = "constant",
    *,
    constant_values=0,
    end_values=0,
    stat_length: const = None,
    reflect_type: const = "even",
):
    """What is added is linear in x, axis by axis."""
    dx = unpad(dy, own_shape(x), pad_width, mode, stat_length, reflect_type)
    dconstant_values = 0.0
    dend_values = np.sum(dy * np.pad(0.0 * x, pad_width, mode, end_values=1.0))


def appended(op, facts, /, x, values, axis=None):
    x, values = as_num(x), as_num(values)
    if x.dims is None or values.dims is None:
        raise TypeError("the operands' ranks have to be known")
    if axis is None:
        dtype = promote(as_array(x), as_array(values))
        return Num(dtype, (volume(x.dims) + volume(values.dims),))
    return joined_along(op, facts, xs=Seq("tuple", (x, values)), axis=axis)


@settles
def first_part(context, dy, x, axis):
    """Where `np.append` has put its first operand."""
    return _part(dy, context.dims(x), None, _end(context, x, axis), axis, x)


@settles
def last_part(context, dy, x, values, axis):
    """Where `np.append` has put its second operand."""
    return _part(dy, context.dims(values), _end(context, x, axis), None, axis, values)


def _end(context, x, axis):
    """How many elements the first operand has along the axis, or in all."""
    dims = context.dims(x)
    if axis is not None:
        return length(x, axis % len(dims))
    if not dims:
        return ast.Constant(1)
    return length(x, 0) if len(dims) == 1 else ast.Attribute(x, "size", ast.Load())


def _part(dy, dims, start, stop, axis, operand):
    if axis is None and dims == ():
        return indexed(dy, ast.Constant(0 if start is None else -1))
    index = [ast.Slice()] * (axis % len(dims) if axis is not None else 0)
    index.append(ast.Slice(start, stop))
    part = indexed(dy, index[0] if len(index) == 1 else ast.Tuple(index, ast.Load()))
    if axis is not None or len(dims) == 1:
        return part
    shape = ast.Attribute(operand, "shape", ast.Load())
    return ast.Call(ast.Attribute(part, "reshape", ast.Load()), [shape], [])


@linear(np.append, shape=appended)
def append(y, x, values, axis: const = None):
    dx = first_part(dy, x, axis)
    dvalues = last_part(dy, x, values, axis)
