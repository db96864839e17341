"""One array made into several: each part's adjoint goes back to its place."""

import ast

import numpy as np

from adgen.rules.indexing import slice_length
from adgen.rules.registry import arrays, const, in_numpy, linear
from adgen.rules.settle import settles
from adgen.rules.settle.axes import element, own_shape, result
from adgen.rules.settle.broadcasting import fitted
from adgen.rules.settle.spelling import axis_argument, call, constant_expr
from adgen.rules.shapes import as_num, broadcast
from adgen.types import Dim, Known, Num, Seq


def parts_of(x, axis, lengths):
    at = axis % len(x.dims)
    return Seq("list", tuple(Num(x.dtype, (*x.dims[:at], n, *x.dims[at + 1 :])) for n in lengths))


def lengths_between(facts, sections, length):
    """The lengths of slices one behind the other, of which the last ones may be empty."""
    places = [facts.number(length + s) if s < 0 else s for s in sections]
    if None in places or any(b < a for a, b in zip([0, *places], places, strict=False)):
        raise TypeError("the places to split at have to be in order, and known from the front")
    bounds = [None, *places, None]
    slices = [tuple(map(bound, pair)) for pair in zip(bounds, bounds[1:], strict=False)]
    return [slice_length(facts, length, Seq("slice", (*pair, Known(None)))) for pair in slices]


def bound(place):
    return Known(None) if place is None else as_num(place)


def split_along(op, facts, /, x, sections, axis=0):
    x = as_num(x)
    if x.dims is None:
        raise TypeError("of an array of unknown rank it is not supported")
    length = x.dims[axis]
    if not isinstance(sections, int):
        return parts_of(x, axis, lengths_between(facts, sections, length))
    if op.name != "np.array_split":
        return parts_of(x, axis, [length // sections] * sections)
    n = facts.number(length)
    if n is None:
        return parts_of(x, axis, [facts.fresh() for _ in range(sections)])
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
