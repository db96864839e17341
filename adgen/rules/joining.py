"""Several arrays or numbers made into one: each gets back its own part."""

import ast

import numpy as np

from adgen.ir import differentiated
from adgen.rules.lists import element, is_list
from adgen.rules.reductions import first_axis
from adgen.rules.registry import const, linear, several
from adgen.rules.settle import indexed, length, settles
from adgen.rules.shapes import as_num, dtype_of, promote, stacked
from adgen.rules.shaping import converted
from adgen.types import Dim, Num, Seq


def built(op, facts, /, x, dtype=None):
    """`np.array([a, b])`: elements, or arrays of one shape, along a new first axis."""
    if not isinstance(x, Seq):
        return converted(op, facts, x=x, dtype=dtype)
    num = stacked(x)
    return Num(dtype_of(dtype, num.dtype), num.dims, num.form)


@linear(np.array, np.asarray, shape=built, when=lambda x: x.is_display)
def array_of(y, x: several, dtype: const = None):
    dx = dy[position]


def joined_along(op, facts, /, xs, axis=0):
    if not isinstance(xs, Seq):
        return rows_joined(xs, axis)
    nums = [as_num(item) for item in xs.items]
    first = nums[0]
    if any(n.dims is None for n in nums):
        return Num(promote(*nums), None, "any")
    at = axis % len(first.dims)
    total = Dim(0)
    for num in nums:
        total = total + num.dims[at]
    return Num(promote(*nums), (*first.dims[:at], total, *first.dims[at + 1 :]))


@settles
def piece(context, dy, xs, position, axis):
    """The part of a concatenation that one of the arrays is."""
    dims = context.dims(dy)
    at = axis % len(dims)
    before = [element.value for element in elements_before(xs, position)]
    mine = length_of(context, [xs.elts[position]], at)
    start = length_of(context, before, at) if before else None
    stop = mine if start is None else ast.BinOp(start, ast.Add(), mine)
    last = position == len(xs.elts) - 1
    part = ast.Slice(start, None if last else stop)
    index = [ast.Slice()] * at + [part]
    return indexed(dy, index[0] if at == 0 else ast.Tuple(index, ast.Load()))


def elements_before(xs, position):
    return list(differentiated(ast.List(xs.elts[:position], ast.Load())))


def length_of(context, arrays, axis):
    """The lengths of arrays along an axis, added up."""
    known = [context.dims(array)[axis].known for array in arrays]
    if None not in known:
        return ast.Constant(sum(known))
    total = length(arrays[0], axis)
    for array in arrays[1:]:
        total = ast.BinOp(total, ast.Add(), length(array, axis))
    return total


def rows_of(xs):
    """How many arrays a list or array holds, and the axes of each of them."""
    dims = as_num(xs).dims
    if dims is None or len(dims) < 2:
        raise TypeError("the arrays that it holds are not known")
    return dims[0], dims[1:]


def rows_joined(xs, axis):
    """Arrays of one shape, as many as a run makes, one after the other."""
    count, dims = rows_of(xs)
    if axis % len(dims):
        raise TypeError("of a list that grows it is supported along the first axis only")
    return Num(as_num(xs).dtype, (count * dims[0], *dims[1:]))


def rows_stacked(xs, axis):
    count, dims = rows_of(xs)
    at = axis % (len(dims) + 1)
    return Num(as_num(xs).dtype, (*dims[:at], count, *dims[at:]))


def not_written_out(xs):
    """Whether arrays are in a list or array whose length only a run tells."""
    return not xs.is_display


@linear(np.concatenate, shape=joined_along, when=not_written_out)
def concatenate_rows(y, xs, axis: const = 0):
    dxs = np.reshape(dy, xs.shape)


@linear(np.concatenate)
def concatenate(y, xs: several, axis: const = 0):
    dxs = piece(dy, xs, position, axis)


def stacked_along(op, facts, /, xs, axis=0):
    if not isinstance(xs, Seq):
        return rows_stacked(xs, axis)
    whole = stacked(xs)
    if whole.dims is None:
        return whole
    rest = whole.dims[1:]
    at = axis % len(whole.dims)
    return Num(whole.dtype, (*rest[:at], whole.dims[0], *rest[at:]))


@settles
def layer(context, dy, position, axis):
    """One of the arrays that a stack is made of."""
    at = axis % len(context.dims(dy))
    index = [ast.Slice()] * at + [ast.Constant(position)]
    return indexed(dy, index[0] if at == 0 else ast.Tuple(index, ast.Load()))


@linear(np.stack, shape=stacked_along, when=not_written_out)
def stack_rows(y, xs, axis: const = 0):
    if axis == 0:
        dxs = dy
    else:
        dxs = np.moveaxis(dy, axis, 0)


@linear(np.stack)
def stack(y, xs: several, axis: const = 0):
    dxs = layer(dy, position, axis)


def side_by_side(op, facts, /, xs):
    if not isinstance(xs, Seq):
        if len(rows_of(xs)[1]) > 1:
            raise TypeError("of a list that grows it is supported for vectors only")
        return rows_joined(xs, 0)
    axis = 0 if len(as_num(xs.items[0]).dims or ()) == 1 else 1
    return joined_along(op, facts, xs=xs, axis=axis)


@settles
def piece_sideways(context, dy, xs, position):
    return piece(context, dy, xs, position, 0 if len(context.dims(dy)) == 1 else 1)


@linear(np.hstack, shape=side_by_side, when=not_written_out)
def hstack_rows(y, xs):
    dxs = np.reshape(dy, xs.shape)


@linear(np.hstack)
def hstack(y, xs: several):
    dxs = piece_sideways(dy, xs, position)


def at_least_two_axes(xs, axis):
    """The operands as `vstack` and `column_stack` take them: a vector is a row or a column."""
    for item in xs.items:
        num = as_num(item)
        if num.dims is not None and len(num.dims) == 1:
            yield num.with_dims((Dim(1), *num.dims) if axis == 0 else (*num.dims, Dim(1)))
        else:
            yield num


def on_top(op, facts, /, xs):
    if not isinstance(xs, Seq):
        return rows_stacked(xs, 0) if len(rows_of(xs)[1]) == 1 else rows_joined(xs, 0)
    return joined_along(op, facts, xs=Seq("list", tuple(at_least_two_axes(xs, 0))), axis=0)


def columns(op, facts, /, xs):
    if not isinstance(xs, Seq):
        if len(rows_of(xs)[1]) > 1:
            raise TypeError("of a list that grows it is supported for vectors only")
        return rows_stacked(xs, 1)
    return joined_along(op, facts, xs=Seq("list", tuple(at_least_two_axes(xs, 1))), axis=1)


@settles
def row_or_rows(context, dy, xs, position, axis):
    """The part that one operand is: a row (column) if it is a vector, else several."""
    before = xs.elts[:position]
    whole = [x for x in before if len(context.dims(x)) > 1]
    vectors = len(before) - len(whole)
    start = length_of(context, whole, axis) if whole else None
    if vectors:
        count = ast.Constant(vectors)
        start = count if start is None else ast.BinOp(start, ast.Add(), count)
    if len(context.dims(xs.elts[position])) == 1:
        part = start or ast.Constant(0)
    else:
        mine = length_of(context, [xs.elts[position]], axis)
        stop = mine if start is None else ast.BinOp(start, ast.Add(), mine)
        part = ast.Slice(start, None if position == len(xs.elts) - 1 else stop)
    index = [ast.Slice()] * axis + [part]
    return indexed(dy, index[0] if axis == 0 else ast.Tuple(index, ast.Load()))


@linear(np.vstack, shape=on_top, when=not_written_out)
def vstack_rows(y, xs):
    dxs = np.reshape(dy, xs.shape)


@linear(np.vstack)
def vstack(y, xs: several):
    dxs = row_or_rows(dy, xs, position, 0)


@linear(np.column_stack, shape=columns, when=not_written_out)
def column_stack_rows(y, xs):
    dxs = dy.T


@linear(np.column_stack)
def column_stack(y, xs: several):
    dxs = row_or_rows(dy, xs, position, 1)


def added(op, facts, /, x, start=0):
    total = all_added(op, facts, x)
    if not isinstance(start, Num | int | float):
        raise TypeError("from a start that is no number it is not supported")
    start = as_num(start)
    if start.value == Dim(0):
        return total
    if total.dims != () or start.dims != ():
        raise TypeError("of arrays, from a start, it is not supported")
    python = total.is_python and start.is_python
    return Num(promote(total, start), (), "py" if python else "np")


def all_added(op, facts, x):
    if is_list(x):
        return element(x)
    if not isinstance(x, Seq):
        return first_axis(op, facts, x=x)
    nums = [as_num(item) for item in x.items]
    dtype = promote(*nums)
    python = all(n.is_python for n in nums)
    if any(n.dims != () for n in nums):
        return as_num(stacked(x)).with_dims(one_shape(facts, nums))
    return Num(dtype, (), "py" if python else "np")


def one_shape(facts, nums):
    """The shape that arrays have in common."""
    first = nums[0].dims
    for num in nums[1:]:
        alike = None not in (first, num.dims) and len(first) == len(num.dims)
        if not alike or not all(map(facts.same, first, num.dims)):
            raise TypeError("of arrays of different shapes it is not supported")
    return first


@linear(sum, shape=added, when=lambda x: x.is_display)
def python_sum_of_several(y, x: several, start=0):
    dx = dy
    dstart = dy


# -- taking apart -------------------------------------------------------------------


def split_along(op, facts, /, x, sections, axis=0):
    x = as_num(x)
    if x.dims is None:
        raise TypeError("of an array of unknown rank it is not supported")
    at = axis % len(x.dims)
    if isinstance(sections, int):
        lengths = [x.dims[at] // sections] * sections
    else:
        starts = [Dim(0), *(Dim(s) for s in sections)]
        lengths = [b - a for a, b in zip(starts, [*starts[1:], x.dims[at]], strict=True)]
    parts = [Num(x.dtype, (*x.dims[:at], n, *x.dims[at + 1 :])) for n in lengths]
    return Seq("list", tuple(parts))


@linear(np.split, shape=split_along, views=True)
def split(parts, x, sections: const, axis: const = 0):
    dx = np.concatenate(dparts, axis)
