"""Expressions of NumPy, made as a person spells them."""

from __future__ import annotations

import ast
import math
from typing import Any

import numpy as np

from adgen.algebra import negate
from adgen.ir import name, parse
from adgen.rules.settle import Expr


def call(function: str, *args: Expr, **keywords: Expr) -> ast.Call:
    """A call of a NumPy function, `call("sum", x, axis=...)`."""
    func = ast.Attribute(name("@np"), function, ast.Load())
    return ast.Call(func, list(args), [ast.keyword(k, v) for k, v in keywords.items()])


def shape_of(node: Expr) -> Expr:
    return ast.Attribute(node, "shape", ast.Load())


def length(node: Expr, axis: int) -> Expr:
    """`x.shape[0]`"""
    return ast.Subscript(shape_of(node), ast.Constant(axis), ast.Load())


def axis_argument(axes: tuple[int, ...]) -> Expr:
    """`axis=0`, or `axis=(0, 1)`."""
    if len(axes) == 1:
        return ast.Constant(axes[0])
    return ast.Tuple([ast.Constant(a) for a in axes], ast.Load())


def helper(function: str, *args: Expr) -> ast.Call:
    """A call of a function of `runtime`."""
    return ast.Call(name(f"@rt.{function}"), list(args), [])


def indexed(node: Expr, index: Expr) -> Expr:
    """`node[index]`, with a product's sign and scalars left outside."""
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        return negate(indexed(node.operand, index))
    return ast.Subscript(node, index, ast.Load())


def constant_expr(value: Any) -> Expr:
    """A constant of a rule, written out."""
    if isinstance(value, tuple | list):
        display = ast.Tuple if isinstance(value, tuple) else ast.List
        return display([constant_expr(v) for v in value], ast.Load())
    if isinstance(value, float) and not math.isfinite(value):
        bare = ast.Attribute(name("@np"), "nan" if value != value else "inf", ast.Load())
        return ast.UnaryOp(ast.USub(), bare) if value < 0 else bare
    if isinstance(value, type):
        if issubclass(value, np.generic):
            return ast.Attribute(name("@np"), value.__name__, ast.Load())
        return name(value.__name__)
    if isinstance(value, np.dtype):
        return ast.Attribute(name("@np"), value.name, ast.Load())
    return parse(repr(value))


def as_argument(index: Expr) -> Expr:
    """An index as an argument: `np.s_[:, i]` where it has slices."""
    if any(isinstance(node, ast.Slice) for node in ast.walk(index)):
        return ast.Subscript(ast.Attribute(name("@np"), "s_", ast.Load()), index, ast.Load())
    return index


def copied(node: Expr) -> Expr:
    """A copy of an array, for the caller to keep."""
    return ast.Call(ast.Attribute(node, "copy", ast.Load()), [], [])


def without_copy(node: Expr) -> Expr:
    """What is copied, where only its sum is wanted."""
    match node:
        case ast.Call(func=ast.Attribute(value=ast.Subscript() as part, attr="copy"), args=[]):
            return part
    return node


def uncopied(node: Expr) -> Expr:
    """What is only added to something need not be a copy."""
    match node:
        case ast.Call(func=ast.Attribute(value=value, attr="copy"), args=[], keywords=[]):
            return value
        case ast.Attribute(value=value, attr="real" | "imag" as part):
            return ast.Attribute(uncopied(value), part, ast.Load())
    return node


def add_at(target: Expr, index: Expr, value: Expr) -> Expr:
    """`np.add.at(target, index, value)`: repeated positions add up."""
    at = ast.Attribute(ast.Attribute(name("@np"), "add", ast.Load()), "at", ast.Load())
    return ast.Call(at, [target, index, value], [])


# functions whose first operand lends only its shape and dtype
LIKE = ("zeros_like", "full_like", "ones_like", "empty_like")
