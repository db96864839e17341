"""Sums over axes, taken apart and put together."""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import Any

from adgen.rules.settle import Context, Expr
from adgen.rules.settle.spelling import axis_argument, call
from adgen.rules.shapes import axes_of


def summed_along(node: Expr) -> tuple[Expr, Any] | None:
    """The operand of `np.sum(x, axis=...)`, and the axes as they are written; else None."""
    match node:
        case ast.Call(
            func=ast.Attribute(value=ast.Name(id="@np"), attr="sum"),
            args=[operand],
            keywords=[ast.keyword(arg="axis", value=axis)],
        ):
            return operand, ast.literal_eval(axis)
    return None


def taken_apart(node: Expr, rank: Callable[[Expr], int | None]) -> tuple[Expr, tuple[int, ...]]:
    """What is summed and over which axes; what is no sum is summed over none."""
    along = summed_along(node)
    if along is not None:
        operand, axis = along
        axes = rank(operand)
        return (node, ()) if axes is None else (operand, axes_of(axis, axes))
    match node:
        case ast.Call(
            func=ast.Attribute(value=ast.Name(id="@np"), attr="sum"), args=[operand], keywords=[]
        ):
            axes = rank(operand)
            return (node, ()) if axes is None else (operand, tuple(range(axes)))
    return node, ()


def sum_of(node: Expr, axes: tuple[int, ...], rank: int) -> Expr:
    """The sum over these axes, which are all of them if there are as many as the rank."""
    if len(axes) == rank:
        return call("sum", node)
    return call("sum", node, axis=axis_argument(tuple(sorted(axes))))


def totalled(context: Context, node: Expr, axis: int) -> Expr | None:
    """What is summed over an axis, where the sums line up with it again; else None.

    These are `np.sum(x, axis=0)`, `np.sum(x, axis=1, keepdims=True)`, and `np.sum(x)` of a row.
    """
    match node:
        case ast.Call(
            func=ast.Attribute(value=ast.Name(id="@np"), attr="sum"),
            args=[operand],
            keywords=keywords,
        ):
            dims = context.dims(operand)
            if dims is None:
                return None
            given = {k.arg: ast.literal_eval(k.value) for k in keywords}
            along = axes_of(given.pop("axis", None), len(dims))
            kept = given.pop("keepdims", False)
            return operand if along == (axis,) and (kept or axis == 0) and not given else None
    return None
