"""Sums over the axes along which an operand was stretched; what they do not touch stays outside."""

from __future__ import annotations

import ast

from adgen.algebra import Product, build, negate, product_of
from adgen.rules.settle import Context, Expr, settles
from adgen.rules.settle.axes import numpy_shape
from adgen.rules.settle.spelling import axis_argument, call, helper, length, without_copy
from adgen.rules.settle.sums import summed_along
from adgen.rules.shapes import Dims, axes_of
from adgen.types import Dim


def unbroadcast(context: Context, dx: Expr, x: Expr, y: Expr) -> Expr:
    """The adjoint of the operand `x` of an elementwise `y`, summed where `x` was stretched.

    `dx` may be smaller than `y`: what is constant along an axis is multiplied by
    the axis' length instead of being summed.
    """
    small, full = context.dims(x), context.dims(y)
    if small == full == ():
        return dx
    given = context.dims(dx)
    if given is None and small is not None and full is not None and len(small) == len(full):
        if all(context.facts.same(a, b) for a, b in zip(small, full, strict=True)):
            return dx  # what helpers give is whole
    if small is None or full is None or given is None:
        return helper("unbroadcast", dx, numpy_shape(context, x), numpy_shape(context, y))
    lead = len(full) - len(small)
    gone: list[int] = list(range(lead))
    stretched: list[int] = []
    for i, dim in enumerate(small):
        one, wide = context.facts.is_one(dim), context.facts.is_one(full[lead + i])
        if context.facts.same(dim, full[lead + i]) or one is False:
            continue
        if one is None or wide is None:
            return helper("unbroadcast", dx, numpy_shape(context, x), numpy_shape(context, y))
        if one and not wide:
            stretched.append(lead + i)
    return summed_over(context, dx, given, full, gone, stretched, x, y)


def summed_over(
    context: Context,
    dx: Expr,
    given: Dims,
    full: Dims,
    gone: list[int],
    stretched: list[int],
    x: Expr,
    y: Expr,
) -> Expr:
    """`dx` summed over axes of `full`: `gone` disappear, `stretched` stay with length 1."""
    offset = len(full) - len(given)

    def present(axis: int) -> bool:
        return axis >= offset and not (
            context.facts.is_one(given[axis - offset])
            and not context.facts.same(given[axis - offset], full[axis])
        )

    missing = [axis for axis in (*gone, *stretched) if not present(axis)]
    dropped = [axis - offset for axis in gone if axis >= offset]
    kept = [axis - offset for axis in stretched if present(axis)]
    summed = [a for a in dropped if present(a + offset)]
    result = dx
    flat = [a for a in dropped if a not in summed]
    if dropped or kept:
        result = sum_axes(context, without_copy(dx) if summed else dx, given, summed, kept, flat)
    for axis in missing:
        if full[axis].known != 1:
            result = ast.BinOp(length(y, axis), ast.Mult(), result)
    return result


def summed_with(context: Context, factor: Expr, total: ast.Call) -> Expr | None:
    """What a sum is over, if a factor of the sum may be one of that: it is the same all along."""
    match total:
        case ast.Call(
            func=ast.Attribute(value=ast.Name(id="@np"), attr="sum"),
            args=[operand],
            keywords=[] | [ast.keyword(arg="axis")] as keywords,
        ):
            dims, own = context.dims(operand), context.dims(factor)
            if dims is None or own is None:
                return None
            axes = axes_of(ast.literal_eval(keywords[0].value) if keywords else None, len(dims))
            leading = axes == tuple(range(len(axes)))
            return operand if leading and len(own) <= len(dims) - len(axes) else None
    return None


def sum_axes(
    context: Context,
    node: Expr,
    dims: Dims,
    gone: list[int],
    kept: list[int],
    flat: list[int],
) -> Expr:
    """A sum over axes of an expression; factors that it does not touch stay outside."""
    axes = sorted([*gone, *kept])
    if not axes:
        return _without_leading(node, len(flat))
    product = product_of(node)
    outside: list[Expr] = []
    inside: list[Expr] = []
    for factor in product.factors:
        (outside if constant_over(context, factor, dims, axes) else inside).append(factor)
    under = [d for d in product.divisors if constant_over(context, d, dims, axes)]
    within = [d for d in product.divisors if not constant_over(context, d, dims, axes)]
    reshaped = bool(flat) or (bool(gone) and bool(kept))
    outside_ok = all(_fits(context, f, dims, gone) for f in (*outside, *under))
    if not inside or reshaped or not outside_ok:
        inside, outside, within, under = product.factors, [], product.divisors, []
    core = build(Product(False, inside, within))
    total = _sum(core, dims, gone, kept, flat)
    whole = build(Product(False, [*outside, total], under))
    return negate(whole) if product.negative else whole


def constant_over(context: Context, factor: Expr, dims: Dims, axes: list[int]) -> bool:
    """Whether a factor has length 1, or no axis at all, along the axes that are summed."""
    own = context.dims(factor)
    if own is None:
        return False
    offset = len(dims) - len(own)
    return all(a < offset or own[a - offset].known == 1 or _one(context, own[a - offset])
               for a in axes)  # fmt: skip


def _one(context: Context, dim: Dim) -> bool:
    return context.facts.is_one(dim) is True


def _fits(context: Context, factor: Expr, dims: Dims, gone: list[int]) -> bool:
    """Whether a factor still lines up when the axes `gone` have disappeared."""
    own = context.dims(factor)
    if own is None:
        return False
    return not gone or len(own) <= len(dims) - (max(gone) + 1)


def _sum(node: Expr, dims: Dims, gone: list[int], kept: list[int], flat: list[int]) -> Expr:
    axes = sorted([*gone, *kept])
    if not kept and not flat:
        node, axes, rank = _within(node, axes, len(dims))
        if len(axes) == rank:
            return call("sum", node)
        return call("sum", node, axis=axis_argument(tuple(axes)))
    total = call("sum", node, axis=axis_argument(tuple(axes)), keepdims=ast.Constant(True))
    return _without_leading(total, len(gone) + len(flat))


def _within(node: Expr, axes: list[int], rank: int) -> tuple[Expr, list[int], int]:
    """What a sum of a sum goes over, and all of its axes; else what is given."""
    along = summed_along(node)
    if along is None:
        return node, axes, rank
    operand, inner = along
    several = inner if isinstance(inner, tuple) else (inner,)
    rank += len(several)
    gone = {a % rank for a in several}
    left = [a for a in range(rank) if a not in gone]
    return operand, sorted([*gone, *(left[a] for a in axes)]), rank


def _without_leading(node: Expr, count: int) -> Expr:
    """`node[0]`, `node[0, 0]`: drop leading axes of length 1."""
    if not count:
        return node
    zeros: list[Expr] = [ast.Constant(0) for _ in range(count)]
    index = zeros[0] if count == 1 else ast.Tuple(zeros, ast.Load())
    return ast.Subscript(node, index, ast.Load())


@settles
def fitted(context: Context, dx: Expr, x: Expr, y: Expr) -> Expr | None:
    """`dx` summed to the shape of `x`, for rules that broadcast in part (batched products)."""
    return unbroadcast(context, dx, x, y)
