"""Several arrays or numbers made into one: each gets back its own part."""

import ast

import numpy as np

from adgen.algebra import negate
from adgen.rules.registry import arrays, const, linear
from adgen.rules.settle import settles
from adgen.rules.settle.axes import in_shape_of, own_shape
from adgen.rules.settle.spelling import indexed, length, shape_of
from adgen.rules.shapes import as_array, as_num, dtype_of, promote, stacked, volume
from adgen.types import Dim, Num, Seq


def joined_along(op, facts, /, xs, axis=0, dtype=None):
    """Arrays one behind the other; of a single array, its parts along the first axis."""
    if not isinstance(xs, Seq):
        return parts_joined(as_num(xs), axis, dtype)
    nums = [as_num(item) for item in xs.items]
    code = dtype_of(dtype, promote(*map(as_array, nums)))
    first = nums[0]
    if any(n.dims is None for n in nums):
        return Num(code, None, "any")
    if axis is None:
        total = Dim(0)
        for num in nums:
            total = total + volume(num.dims)
        return Num(code, (total,))
    at = axis % len(first.dims)
    total = Dim(0)
    for num in nums:
        total = total + num.dims[at]
    return Num(code, (*first.dims[:at], total, *first.dims[at + 1 :]))


def parts_joined(x, axis, dtype):
    if x.dims is None or len(x.dims) < 2:
        raise TypeError("it takes several arrays")
    code = dtype_of(dtype, x.dtype)
    if axis is None:
        return Num(code, (volume(x.dims),))
    count, *rest = x.dims
    rest[axis] = rest[axis] * count
    return Num(code, tuple(rest))


@settles
def piece(context, dy, y, xs, position, axis):
    """The part of a concatenation that one of the arrays is."""
    before, mine, behind = xs.elts[:position], xs.elts[position], xs.elts[position + 1 :]
    if axis is None:
        part = slice_between(before, mine, behind, lambda x: size_of(context, x))
        if not context.dims(mine):
            return indexed(dy, part.lower or ast.Constant(0))
        flat = indexed(dy, part)
        if len(context.dims(mine)) == 1:
            return flat
        return ast.Call(ast.Attribute(flat, "reshape", ast.Load()), [shape_of(mine)], [])
    at = axis % len(context.dims(y))
    part = slice_between(before, mine, behind, lambda x: length_of(context, [x], at))
    index = [ast.Slice()] * at + [part]
    return indexed(dy, index[0] if at == 0 else ast.Tuple(index, ast.Load()))


def slice_between(before, mine, behind, length):
    """The slice that comes after some and before others, said with numbers where it may be: if
    need be, counted from the end."""
    own = length(mine)
    start = added_up(*map(length, before)) if before else None
    rest = added_up(*map(length, behind)) if behind else ast.Constant(0)
    from_end = added_up(own, rest)
    stop = own if start is None else added_up(start, own)
    if not behind:
        stop = None
    elif is_length(rest) and not is_length(stop):
        stop = negate(rest)
    if start is not None and is_length(from_end) and not is_length(start):
        start = negate(from_end)
    return ast.Slice(start, stop)


def added_up(*lengths):
    total = lengths[0]
    for more in lengths[1:]:
        both = isinstance(total, ast.Constant) and isinstance(more, ast.Constant)
        total = (
            ast.Constant(total.value + more.value) if both else ast.BinOp(total, ast.Add(), more)
        )
    return total


def is_length(node):
    """Whether a length is a number, and not 0."""
    return isinstance(node, ast.Constant) and node.value > 0


def size_of(context, x):
    return ast.Attribute(x, "size", ast.Load()) if context.dims(x) else ast.Constant(1)


def length_of(context, arrays, axis):
    """The lengths of arrays along an axis, added up."""
    known = [context.dims(array)[axis].known for array in arrays]
    if None not in known:
        return ast.Constant(sum(known))
    total = length(arrays[0], axis)
    for array in arrays[1:]:
        total = ast.BinOp(total, ast.Add(), length(array, axis))
    return total


@linear(np.concatenate, shape=joined_along, when=lambda xs: xs.is_display)
def concatenate(y, xs: arrays, axis: const = 0, *, dtype: const = None):
    dxs = piece(dy, y, xs, position, axis)


@linear(np.concatenate, when=lambda axis: not axis)
def concatenate_rows(y, xs, axis: const = 0, *, dtype: const = None):
    """Of a single array, all elements in order, or its parts one behind the other."""
    dxs = in_shape_of(dy, xs)


@linear(np.concatenate)
def concatenate_parts(y, xs: arrays, axis: const = 0, *, dtype: const = None):
    """Of a single array, its parts along the first axis."""
    dxs = np.stack(np.split(dy, own_shape(xs)[0], axis=axis))


def stacked_along(op, facts, /, xs, axis=0, dtype=None):
    whole = stacked(xs) if isinstance(xs, Seq) else as_num(xs)
    whole = Num(dtype_of(dtype, whole.dtype), whole.dims, "any" if whole.dims is None else "array")
    if whole.dims is None:
        return whole
    rest = whole.dims[1:]
    at = axis % len(whole.dims)
    return Num(whole.dtype, (*rest[:at], whole.dims[0], *rest[at:]))


@settles
def layer(context, dy, y, position, axis):
    """One of the arrays that a stack is made of."""
    at = axis % len(context.dims(y))
    index = [ast.Slice()] * at + [ast.Constant(position)]
    return indexed(dy, index[0] if at == 0 else ast.Tuple(index, ast.Load()))


@linear(np.stack, shape=stacked_along, when=lambda xs: xs.is_display)
def stack(y, xs: arrays, axis: const = 0):
    dxs = layer(dy, y, position, axis)


@linear(np.stack)
def stack_parts(y, xs: arrays, axis: const = 0, *, dtype: const = None):
    """Of a single array, its parts along the first axis."""
    if axis == 0:
        dxs = dy
    else:
        dxs = np.moveaxis(dy, axis, 0)
