"""Several arrays or numbers made into one: each gets back its own part."""

import ast

import numpy as np

from adgen.ir import differentiated
from adgen.rules import lists
from adgen.rules.lists import is_list
from adgen.rules.reductions import first_axis
from adgen.rules.registry import (
    arrays,
    const,
    elementwise,
    in_numpy,
    linear,
    several,
)
from adgen.rules.settle import (
    axis_argument,
    call,
    constant_expr,
    element,
    fitted,
    indexed,
    length,
    own_shape,
    result,
    settles,
    shape_of,
)
from adgen.rules.shapes import (
    as_num,
    broadcast,
    dtype_of,
    promote,
    stacked,
    volume,
)
from adgen.rules.shaping import converted
from adgen.types import Dim, Num, Seq


def built(op, facts, /, x, dtype=None, ndmin=0):
    """`np.array([a, b])`: elements, or arrays of one shape, along a new first axis."""
    if not isinstance(x, Seq):
        return converted(op, facts, x=x, dtype=dtype, ndmin=ndmin)
    num = stacked(x)
    if num.dims is not None and len(num.dims) < ndmin:
        raise TypeError("`ndmin=` of a list is not supported: write the brackets")
    return Num(dtype_of(dtype, num.dtype), num.dims, num.form)


@linear(np.array, np.asarray, shape=built, when=lambda x: x.is_display)
def array_of(y, x: several, dtype: const = None):
    dx = dy[position]


def joined_along(op, facts, /, xs, axis=0, dtype=None):
    """Arrays one behind the other; of a single array, its parts along the first axis."""
    if not isinstance(xs, Seq):
        return _parts_joined(as_num(xs), axis, dtype)
    nums = [as_num(item) for item in xs.items]
    code = dtype_of(dtype, promote(*(Num(n.dtype, (), "np") for n in nums)))
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


def _parts_joined(x, axis, dtype):
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
    before = [element.value for element in elements_before(xs, position)]
    mine = xs.elts[position]
    last = position == len(xs.elts) - 1
    if axis is None:
        part = slice_between(context, before, mine, last, size_of)
        flat = indexed(dy, part)
        if len(context.dims(mine)) == 1:
            return flat
        return ast.Call(ast.Attribute(flat, "reshape", ast.Load()), [shape_of(mine)], [])
    at = axis % len(context.dims(y))
    part = slice_between(context, before, mine, last, lambda x: length_of(context, [x], at))
    index = [ast.Slice()] * at + [part]
    return indexed(dy, index[0] if at == 0 else ast.Tuple(index, ast.Load()))


def slice_between(context, before, mine, last, length):
    """The slice that comes after others, of this length."""
    start = None
    for x in before:
        start = length(x) if start is None else added_up(start, length(x))
    stop = None if last else length(mine) if start is None else added_up(start, length(mine))
    return ast.Slice(start, stop)


def added_up(a, b):
    if isinstance(a, ast.Constant) and isinstance(b, ast.Constant):
        return ast.Constant(a.value + b.value)
    return ast.BinOp(a, ast.Add(), b)


def size_of(x):
    return ast.Attribute(x, "size", ast.Load())


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


@linear(np.concatenate, shape=joined_along, when=lambda xs: xs.is_display)
def concatenate(y, xs: arrays, axis: const = 0, *, dtype: const = None):
    dxs = piece(dy, y, xs, position, axis)


@linear(np.concatenate, when=lambda axis: axis is None)
def concatenate_all_parts(y, xs, axis: const = 0, *, dtype: const = None):
    """Of a single array, all elements in order."""
    dxs = dy.reshape(own_shape(xs))


@linear(np.concatenate)
def concatenate_parts(y, xs: arrays, axis: const = 0, *, dtype: const = None):
    """Of a single array, its parts along the first axis."""
    dxs = np.stack(np.split(dy, np.shape(xs)[0], axis=axis))


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
    dxs = np.moveaxis(dy, axis, 0)


# -- side by side, on top of each other ---------------------------------------------------

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
    code = dtype_of(dtype, promote(*(Num(n.dtype, (), "np") for n in nums)))
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
    return _parts_joined(x, 1, dtype)


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
    dxs = dy.reshape(own_shape(xs))


@linear(np.hstack)
def hstack_parts(y, xs: arrays, *, dtype: const = None):
    """Of a single array, its parts along the first axis."""
    dxs = np.stack(np.split(dy, np.shape(xs)[0], axis=1))


def on_top(op, facts, /, xs, dtype=None):
    return laid(op, facts, xs, "on top", dtype)


@linear(np.vstack, *in_numpy("row_stack"), shape=on_top, when=lambda xs: xs.is_display)
def vstack(y, xs: arrays):
    dxs = laid_piece(dy, y, xs, position, "on top")


@linear(np.vstack, *in_numpy("row_stack"))
def vstack_parts(y, xs: arrays, *, dtype: const = None):
    """Of a single array, its parts along the first axis."""
    dxs = dy.reshape(own_shape(xs))


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


def in_blocks(op, facts, /, xs):
    """Rows of blocks; a single row joins along the last axis."""
    rows = block_rows(xs)
    if rows is None:
        return as_num(xs)
    nums = [
        [_at_least(as_num(b), len(rows) and (2 if _is_nested(xs) else 1)) for b in row]
        for row in rows
    ]
    code = promote(*(Num(n.dtype, (), "np") for row in nums for n in row))
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


def added(op, facts, /, x, start=0):
    """The elements one after the other, from `start` on."""
    if not isinstance(start, Num | int | float):
        raise TypeError("from a start that is no number it is not supported")
    if not isinstance(x, Seq) and not is_list(x):
        return first_axis(op, facts, x=x, start=start)
    items = (lists.element(x),) if is_list(x) else x.items
    nums = [as_num(item) for item in (start, *items)]
    dims = broadcast(facts, *(n.dims for n in nums))
    form = "any" if dims is None else "array" if dims else "np"
    return Num(promote(*nums), dims, "py" if all(n.is_python for n in nums) else form)


@elementwise(sum, shape=added, when=lambda x: x.is_display)
def python_sum_of_several(y, x: several, start=0):
    dx = dy
    dstart = dy


# -- several results ----------------------------------------------------------------------


def parts_of(x, axis, lengths):
    at = axis % len(x.dims)
    return Seq("list", tuple(Num(x.dtype, (*x.dims[:at], n, *x.dims[at + 1 :])) for n in lengths))


def lengths_between(sections, length):
    starts = [Dim(0), *(Dim(s) for s in sections)]
    return [b - a for a, b in zip(starts, [*starts[1:], length], strict=True)]


def split_along(op, facts, /, x, sections, axis=0):
    x = as_num(x)
    if x.dims is None:
        raise TypeError("of an array of unknown rank it is not supported")
    length = x.dims[axis]
    if not isinstance(sections, int):
        return parts_of(x, axis, lengths_between(sections, length))
    if op.name != "np.array_split":
        return parts_of(x, axis, [length // sections] * sections)
    n = facts.number(length)
    if n is None:
        return parts_of(x, axis, [facts.fresh()] * sections)
    least, more = divmod(n, sections)
    return parts_of(x, axis, [Dim(least + (i < more)) for i in range(sections)])


@linear(np.split, np.array_split, shape=split_along, views=True)
def split(parts, x, sections: const, axis: const = 0):
    dx = joined(dparts, axis)


@settles
def joined(context, dparts, axis):
    """Parts joined again, which may be one."""
    if not isinstance(dparts, ast.List):
        return dparts
    return call("concatenate", dparts, **({} if axis == 0 else {"axis": constant_expr(axis)}))


def split_sideways(op, facts, /, x, sections):
    axis = 0 if len(as_num(x).dims or (0, 0)) == 1 else 1
    return split_along(op, facts, x=x, sections=sections, axis=axis)


@linear(np.hsplit, shape=split_sideways, views=True, when=lambda x: x.ndim == 1)
def hsplit_vector(parts, x, sections: const):
    dx = joined(dparts, 0)


@linear(np.hsplit, views=True)
def hsplit(parts, x, sections: const):
    dx = joined(dparts, 1)


def split_down(op, facts, /, x, sections):
    return split_along(op, facts, x=x, sections=sections)


@linear(np.vsplit, shape=split_down, views=True)
def vsplit(parts, x, sections: const):
    dx = joined(dparts, 0)


def split_in_depth(op, facts, /, x, sections):
    return split_along(op, facts, x=x, sections=sections, axis=2)


@linear(np.dsplit, shape=split_in_depth, views=True)
def dsplit(parts, x, sections: const):
    dx = joined(dparts, 2)


def layers_of(op, facts, /, x, axis=0):
    x = as_num(x)
    count = None if x.dims is None else facts.number(x.dims[axis])
    if count is None:
        raise TypeError("how many parts there are is not known while compiling")
    at = axis % len(x.dims)
    dims = x.dims[:at] + x.dims[at + 1 :]
    return Seq("tuple", (Num(x.dtype, dims, "array" if dims else "np"),) * count)


@linear(*in_numpy("unstack"), shape=layers_of, views=True)
def unstack(parts, x, *, axis: const = 0):
    dx = stacked_again(dparts, axis)


@settles
def stacked_again(context, dparts, axis):
    whole = dparts if isinstance(dparts, ast.List) else ast.List([dparts], ast.Load())
    return call("stack", whole, axis=constant_expr(axis))


def all_stretched(op, facts, /, xs):
    nums = [as_num(item) for item in xs.items]
    dims = broadcast(facts, *(n.dims for n in nums))
    if dims is None:
        raise TypeError("the operands' ranks have to be known")
    return Seq("tuple" if np.__version__ >= "2" else "list",
               tuple(Num(n.dtype, dims) for n in nums))  # fmt: skip


@linear(np.broadcast_arrays, shape=all_stretched, views=True, gathers="xs", ignores=("subok",))
def broadcast_arrays(ys, xs: arrays):
    dxs = fitted(result(dys, position), element(xs, position), result(ys, position))


def grid(op, facts, /, xs, sparse=False, indexing="xy"):
    nums = [as_num(item) for item in xs.items]
    if any(n.dims is None or len(n.dims) > 1 for n in nums):
        raise TypeError("it takes vectors and numbers")
    lengths = [n.dims[0] if n.dims else Dim(1) for n in nums]
    found = []
    for i, num in enumerate(nums):
        own = [Dim(1)] * len(nums) if sparse else list(lengths)
        own[i] = lengths[i]
        if indexing == "xy" and len(own) > 1:
            own[0], own[1] = own[1], own[0]
        found.append(Num(num.dtype, tuple(own)))
    return Seq("tuple" if np.__version__ >= "2" else "list", tuple(found))


@linear(np.meshgrid, shape=grid, gathers="xs")
def meshgrid(ys, xs: arrays, *, sparse: const = False, indexing: const = "xy"):
    """Each vector varies along an axis of its own."""
    dxs = off_grid(dys, xs, position, sparse, indexing)


@settles
def off_grid(context, dys, xs, position, sparse, indexing):
    dy = result(context, dys, position)
    mine = element(context, xs, position)
    count = len(xs.elts)
    place = position if indexing == "ij" or count < 2 or position > 1 else 1 - position
    rest = tuple(a for a in range(count) if a != place)
    if sparse or not rest or not context.dims(mine):
        total = dy if sparse or not rest else call("sum", dy)
        shape = own_shape(context, mine)
        return call("reshape", total, shape) if sparse or not context.dims(mine) else total
    return call("sum", dy, axis=axis_argument(rest))
