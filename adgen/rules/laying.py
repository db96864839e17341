"""Arrays side by side, on top of each other, in depth: joined once they have the axes for it."""

import ast

import numpy as np

from adgen.rules.joining import added_up, joined_along, length_of, parts_joined, piece
from adgen.rules.registry import arrays, const, in_numpy, linear
from adgen.rules.settle import settles
from adgen.rules.settle.axes import in_shape_of, own_shape
from adgen.rules.settle.spelling import indexed
from adgen.rules.shapes import as_array, as_num, dtype_of, promote, volume
from adgen.types import Dim, Num, Seq

# what an array of few axes is made before it is joined: for each axis, the operand's axis that
# it is, or None for a new one; and the axis along which they are joined
_LAID = {
    "side by side": lambda rank: [0] if rank == 1 else [None] if rank == 0 else list(range(rank)),
    "on top": lambda rank: (
        [None, None] if rank == 0 else [None, 0] if rank == 1 else list(range(rank))
    ),
    "columns": lambda rank: (
        [None, None] if rank == 0 else [0, None] if rank == 1 else list(range(rank))
    ),
    "in depth": lambda rank: (
        [[None, None, None], [None, 0, None], [0, 1, None]][rank] if rank < 3 else list(range(rank))
    ),
}


def _joined_axis(way, rank):
    """The axis along which arrays that are laid this way are joined."""
    if way == "side by side":
        return 0 if rank == 1 else 1
    return {"on top": 0, "columns": rank - 1 if rank == 2 else 1, "in depth": 2}[way]


def laid(op, facts, xs, way, dtype=None):
    """The result of laying arrays side by side, on top of each other, ..."""
    if not isinstance(xs, Seq):
        return _parts_laid(op, facts, as_num(xs), way, dtype)
    nums = [as_num(item) for item in xs.items]
    if not all(isinstance(item, Num) for item in xs.items):
        raise TypeError("it takes arrays and numbers")
    code = dtype_of(dtype, promote(*map(as_array, nums)))
    if any(n.dims is None for n in nums):
        return Num(code, None, "any")
    wide = [
        tuple(Dim(1) if a is None else n.dims[a] for a in _LAID[way](len(n.dims))) for n in nums
    ]
    if len({len(dims) for dims in wide}) > 1:
        raise TypeError("the arrays' ranks differ")
    return joined_along(op, facts, xs=Seq("list", tuple(Num(code, dims) for dims in wide)),
                        axis=_joined_axis(way, len(wide[0])))  # fmt: skip


def _parts_laid(op, facts, x, way, dtype):
    if x.dims is None or way == "in depth" or (way == "columns" and len(x.dims) != 2):
        raise TypeError("it takes several arrays, or vectors")
    rank = len(x.dims)
    if way == "columns":
        return Num(dtype_of(dtype, x.dtype), x.dims[::-1])
    if way == "on top":
        dims = (volume(x.dims), Dim(1)) if rank == 1 else x.dims
        dims = (x.dims[0] * x.dims[1], *x.dims[2:]) if rank > 2 else dims
        return Num(dtype_of(dtype, x.dtype), dims)
    if rank < 3:
        return Num(dtype_of(dtype, x.dtype), (volume(x.dims),))
    return parts_joined(x, 1, dtype)


@settles
def laid_piece(context, dy, y, xs, position, way):
    """The part that one operand is of what was laid in this way."""
    rank = len(context.dims(y))
    axis = _joined_axis(way, rank)
    start, steps = None, 0
    for x in xs.elts[:position]:
        ranks = _LAID[way](len(context.dims(x)))
        if ranks[axis] is None:
            steps += 1
        else:
            mine = length_of(context, [x], ranks[axis])
            start = mine if start is None else added_up(start, mine)
    if steps:
        start = ast.Constant(steps) if start is None else added_up(start, ast.Constant(steps))
    mine = xs.elts[position]
    axes = _LAID[way](len(context.dims(mine)))
    index = []
    for at, own in enumerate(axes):
        if at == axis and own is None:
            index.append(start or ast.Constant(0))
        elif at == axis:
            extent = length_of(context, [mine], own)
            stop = extent if start is None else added_up(start, extent)
            index.append(ast.Slice(start, None if position == len(xs.elts) - 1 else stop))
        else:
            index.append(ast.Constant(0) if own is None else ast.Slice())
    while len(index) > 1 and isinstance(index[-1], ast.Slice) and _is_all(index[-1]):
        index.pop()
    return indexed(dy, index[0] if len(index) == 1 else ast.Tuple(index, ast.Load()))


def _is_all(part):
    return part.lower is part.upper is part.step is None


def side_by_side(op, facts, /, xs, dtype=None):
    return laid(op, facts, xs, "side by side", dtype)


@linear(np.hstack, shape=side_by_side, when=lambda xs: xs.is_display)
def hstack(y, xs: arrays):
    dxs = laid_piece(dy, y, xs, position, "side by side")


@linear(np.hstack, when=lambda xs: (xs.ndim or 0) < 3)
def hstack_rows(y, xs: arrays):
    """Of a single array, its rows."""
    dxs = in_shape_of(dy, xs)


@linear(np.hstack)
def hstack_parts(y, xs: arrays, *, dtype: const = None):
    """Of a single array, its parts along the first axis."""
    dxs = np.stack(np.split(dy, own_shape(xs)[0], axis=1))


def on_top(op, facts, /, xs, dtype=None):
    return laid(op, facts, xs, "on top", dtype)


@linear(np.vstack, *in_numpy("row_stack"), shape=on_top, when=lambda xs: xs.is_display)
def vstack(y, xs: arrays):
    dxs = laid_piece(dy, y, xs, position, "on top")


@linear(np.vstack, *in_numpy("row_stack"))
def vstack_parts(y, xs: arrays, *, dtype: const = None):
    """Of a single array, its parts along the first axis."""
    dxs = in_shape_of(dy, xs)


def columns(op, facts, /, xs):
    return laid(op, facts, xs, "columns")


@linear(np.column_stack, shape=columns, when=lambda xs: xs.is_display)
def column_stack(y, xs: arrays):
    dxs = laid_piece(dy, y, xs, position, "columns")


@linear(np.column_stack)
def column_stack_rows(y, xs: arrays):
    """Of a single array, its rows."""
    dxs = dy.T


@linear(np.c_, shape=columns, gathers="xs")
def columns_of(y, xs: arrays):
    dxs = laid_piece(dy, y, xs, position, "columns")


def in_depth(op, facts, /, xs):
    return laid(op, facts, xs, "in depth")


@linear(np.dstack, shape=in_depth)
def dstack(y, xs: arrays):
    dxs = laid_piece(dy, y, xs, position, "in depth")


def in_a_row(op, facts, /, xs):
    """`np.r_[a, 0.0, b]`: vectors and numbers in a row, or arrays on top of each other."""
    ranks = {len(as_num(item).dims or ()) for item in xs.items}
    if ranks <= {0, 1}:
        return laid(op, facts, xs, "side by side")
    if len(ranks) > 1:
        raise TypeError("the arrays' ranks differ")
    return joined_along(op, facts, xs=xs)


@linear(np.r_, shape=in_a_row, gathers="xs")
def row_of(y, xs: arrays):
    dxs = row_piece(dy, y, xs, position)


@settles
def row_piece(context, dy, y, xs, position):
    if len(context.dims(y)) == 1:
        return laid_piece(context, dy, y, xs, position, "side by side")
    return piece(context, dy, y, xs, position, 0)
