"""A matrix made of blocks."""

import ast

import numpy as np

from adgen.rules.joining import added_up, length_of
from adgen.rules.registry import linear, several
from adgen.rules.settle import settles
from adgen.rules.settle.spelling import indexed
from adgen.rules.shapes import as_array, as_num, promote
from adgen.types import Dim, Num, Seq


def in_blocks(op, facts, /, xs):
    """Rows of blocks; a single row joins along the last axis."""
    rows = block_rows(xs)
    if rows is None:
        return as_num(xs)
    nums = [
        [_at_least(as_num(b), len(rows) and (2 if _is_nested(xs) else 1)) for b in row]
        for row in rows
    ]
    code = promote(*(as_array(n) for row in nums for n in row))
    width, height = Dim(0), Dim(0)
    for num in nums[0]:
        width = width + num.dims[-1]
    if not _is_nested(xs):
        return Num(code, (*nums[0][0].dims[:-1], width))
    for row in nums:
        height = height + row[0].dims[-2]
    return Num(code, (height, width))


def _is_nested(xs):
    return any(isinstance(item, Seq) for item in xs.items)


def block_rows(xs):
    if not isinstance(xs, Seq):
        return None
    rows = [item.items if isinstance(item, Seq) else (item,) for item in xs.items]
    if not _is_nested(xs):
        rows = [xs.items]
    if any(
        isinstance(b, Seq) or as_num(b).dims is None or len(as_num(b).dims) > 2
        for r in rows
        for b in r
    ):
        raise TypeError("it is supported for one or two levels of lists, of matrices")
    return rows


def _at_least(num, rank):
    return Num(num.dtype, (Dim(1),) * (rank - len(num.dims)) + num.dims)


@settles
def block_piece(context, dy, y, xs, position):
    """The block that one operand is."""
    nested = isinstance(position, tuple)
    i, j = position if nested else (None, position)
    row = xs.elts[i].elts if nested else xs.elts
    mine = row[j]
    rank = len(context.dims(mine))

    def across(x, axis):
        dims = context.dims(x)
        return length_of(context, [x], len(dims) + axis) if len(dims) >= -axis else ast.Constant(1)

    def part(before, axis, last):
        start = None
        for x in before:
            start = across(x, axis) if start is None else added_up(start, across(x, axis))
        if rank < -axis:
            return start or ast.Constant(0)
        stop = across(mine, axis) if start is None else added_up(start, across(mine, axis))
        return ast.Slice(start, None if last else stop)

    index = [part(row[:j], -1, j == len(row) - 1)]
    if nested:
        above = [r.elts[0] for r in xs.elts[:i]]
        index.insert(0, part(above, -2, i == len(xs.elts) - 1))
    elif len(context.dims(y)) == 2:
        index.insert(0, ast.Slice() if rank == 2 else ast.Constant(0))
    return indexed(dy, index[0] if len(index) == 1 else ast.Tuple(index, ast.Load()))


@linear(np.block, shape=in_blocks, when=lambda xs: xs.is_display)
def block(y, xs: several):
    dxs = block_piece(dy, y, xs, position)


@linear(np.block)
def block_of_one(y, xs: several):
    dxs = dy
