"""Axes that an operation took away, exchanged or counted, and one operand of several."""

from __future__ import annotations

import ast
from typing import Any

from adgen.rules.settle import Context, Expr, settles
from adgen.rules.settle.spelling import call, constant_expr, indexed, length, shape_of
from adgen.rules.shapes import axes_of
from adgen.types import Num


def numpy_shape(context: Context, node: Expr) -> Expr:
    type_ = context.type_of(node)
    # a value that is of NumPy on one path may be Python's own number on another
    if isinstance(type_, Num) and type_.form == "array":
        return shape_of(node)
    return call("shape", node)


@settles
def places_in(context: Context, x: Expr) -> Expr | None:
    """The elements' numbers, row by row, in the places of the elements."""
    dims = context.dims(x)
    type_ = context.type_of(x)
    if dims is None or not (isinstance(type_, Num) and type_.form == "array"):
        numbers = call("arange", call("size", x))
        reshape = ast.Attribute(numbers, "reshape", ast.Load())
        return ast.Call(reshape, [numpy_shape(context, x)], [])
    if len(dims) == 1:
        return call("arange", length(x, 0))
    numbers = call("arange", ast.Attribute(x, "size", ast.Load()))
    return ast.Call(ast.Attribute(numbers, "reshape", ast.Load()), [shape_of(x)], [])


@settles
def own_shape(context: Context, x: Expr) -> Expr | None:
    """`x.shape`; of what may be a Python number, `np.shape(x)`."""
    return numpy_shape(context, x)


@settles
def in_shape_of(context: Context, dy: Expr, x: Expr) -> Expr | None:
    """As many elements as x has, in its shape: of a number, the only element."""
    given, wanted = context.dims(dy), context.dims(x)
    if given is not None and wanted is not None:
        if not wanted:
            zeros: list[Expr] = [ast.Constant(0) for _ in given]
            index = zeros[0] if len(zeros) == 1 else ast.Tuple(zeros, ast.Load())
            return indexed(dy, index) if zeros else dy
        if given == wanted or len(given) == len(wanted) == 1:
            return dy
    if given == ():
        return call("reshape", dy, numpy_shape(context, x))
    if given is not None and wanted is not None and len(wanted) == 1:
        return ast.Call(ast.Attribute(dy, "ravel", ast.Load()), [], [])
    return ast.Call(ast.Attribute(dy, "reshape", ast.Load()), [numpy_shape(context, x)], [])


@settles
def raveled(context: Context, x: Expr) -> Expr | None:
    """All elements in a row; a vector is one."""
    dims = context.dims(x)
    return x if dims is not None and len(dims) == 1 else call("ravel", x)


@settles
def element(context: Context, xs: Expr, position: Any) -> Expr | None:
    """One of several operands."""
    places = position if isinstance(position, tuple) else (position,)
    for place in places:
        if isinstance(xs, ast.Tuple | ast.List):
            xs = xs.elts[place]
        else:
            xs = ast.Subscript(xs, ast.Constant(place), ast.Load())
    return xs


@settles
def result(context: Context, ys: Expr, position: Any) -> Expr | None:
    """One of several results, which is all there is where it is the only one."""
    places = position if isinstance(position, tuple) else (position,)
    return ys.elts[places[0]] if isinstance(ys, ast.List) else ys


@settles
def unreduce(context: Context, dy: Expr, x: Expr, axis: Any, keepdims: Any) -> Expr | None:
    """`dy`, with the axes back that a reduction of `x` took away."""
    given, full = context.dims(dy), context.dims(x)
    if given == () or keepdims or axis is None:
        return dy
    if full is not None and len(axes_of(axis, len(full))) == len(full):
        return dy
    if given is None or full is None:
        return None
    gone = axes_of(axis, len(full))
    kept = [a for a in range(len(full)) if a not in gone][len(full) - len(gone) - len(given) :]
    if not kept:
        return dy
    index: list[Expr] = []
    for a in range(kept[0], len(full)):
        index.append(ast.Slice() if a in kept else ast.Constant(None))
    while index and isinstance(index[-1], ast.Slice):
        index.pop()
    if all(isinstance(part, ast.Slice) for part in index):
        return dy
    inner = index[0] if len(index) == 1 else ast.Tuple(index, ast.Load())
    return indexed(dy, inner)


@settles
def units(context: Context, x: Expr, axis: Any) -> Expr | None:
    """A unit at each place along an axis, one in a column."""
    dims = context.dims(x)
    return None if dims is None else call("eye", length(x, axis % len(dims)))


@settles
def or_one(context: Context, y: Expr) -> Expr | None:
    """A divisor, and 1 where it is 0: what is divided by it is 0 there, and stays so."""
    type_ = context.type_of(y)
    if isinstance(type_, Num) and type_.is_scalar:
        return ast.BoolOp(ast.Or(), [y, ast.Constant(1.0)])
    zero = ast.Compare(y, [ast.Eq()], [ast.Constant(0)])
    return call("where", zero, ast.Constant(1.0), y)


@settles
def count(context: Context, x: Expr, axis: Any) -> Expr | None:
    """How many elements each result of a reduction is made of."""
    full = context.dims(x)
    if full is None:
        if axis is None:
            return call("size", x)
        return call("size", x, axis=constant_expr(axis)) if isinstance(axis, int) else None
    axes = axes_of(axis, len(full))
    if not axes:
        return ast.Constant(1)
    if axis is None and len(full) != 1:
        return ast.Attribute(x, "size", ast.Load()) if full else ast.Constant(1)
    result: Expr = length(x, axes[0])
    for a in axes[1:]:
        result = ast.BinOp(result, ast.Mult(), length(x, a))
    return result


@settles
def transposed(context: Context, x: Expr) -> Expr | None:
    """The last two axes exchanged."""
    dims = context.dims(x)
    if dims is None:
        return None
    if len(dims) == 2:
        return ast.Attribute(x, "T", ast.Load())
    return call("swapaxes", x, ast.Constant(-1), ast.Constant(-2))


@settles
def permuted_back(context: Context, dy: Expr, x: Expr, axes: Any) -> Expr | None:
    """The transposition that undoes `np.transpose(x, axes)`."""
    dims = context.dims(x)
    if axes is None:
        return ast.Attribute(dy, "T", ast.Load())
    if dims is None:
        return call("transpose", dy, call("argsort", constant_expr(axes)))
    normal = [a % len(dims) for a in axes]
    inverse = tuple(normal.index(a) for a in range(len(dims)))
    return call("transpose", dy, constant_expr(inverse))
