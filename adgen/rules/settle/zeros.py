"""Adjoints without the terms that are zero: those of results that nothing else is made of."""

from __future__ import annotations

import ast

from adgen.algebra import Paren, negate
from adgen.ir import kinds_in, nodes_in
from adgen.rules.settle import Expr
from adgen.rules.settle.adjoints import is_zero

# what is zero of zeros
LINEAR = (
    "sum", "cumsum", "diff", "reshape", "ravel", "transpose", "swapaxes", "moveaxis", "squeeze",
    "expand_dims", "flip", "conj", "tril", "triu", "diag",
)  # fmt: skip


def without_zeros(expr: Expr) -> Expr:
    """An adjoint without its terms that are zero; 0.0 if there is no other.

    Looks no further than sums, products and what is linear: options of functions stay as they are.
    """
    if _ZEROS.isdisjoint(kinds_in(expr)):
        return expr
    return _less(expr) if any(map(is_zero, nodes_in(expr))) else expr


# what a zero may be written as
_ZEROS = frozenset({ast.Constant, ast.Call})


def _less(expr: Expr) -> Expr:
    match expr:
        case ast.BinOp(left=left, op=ast.Add() | ast.Sub() as op, right=right):
            a, b = _less(left), _less(right)
            if is_zero(b):
                return a
            if is_zero(a):
                return b if isinstance(op, ast.Add) else negate(b)
            return expr if a is left and b is right else ast.BinOp(a, op, b)
        case ast.BinOp(left=left, op=ast.Mult() | ast.MatMult() as op, right=right):
            a, b = _less(left), _less(right)
            if is_zero(a) or is_zero(b):
                return ast.Constant(0.0)
            return expr if a is left and b is right else ast.BinOp(a, op, b)
        case ast.BinOp(left=left, op=ast.Div() as op, right=divisor):
            a = _less(left)
            if is_zero(a):
                return ast.Constant(0.0)
            return expr if a is left else ast.BinOp(a, op, divisor)
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            a = _less(operand)
            if is_zero(a):
                return ast.Constant(0.0)
            return expr if a is operand else negate(a)
        case Paren(value=value):
            a = _less(value)
            if is_zero(a):
                return a
            return expr if a is value else Paren(a)
        case ast.Attribute(value=part, attr="T" | "mT" | "real" | "imag") | ast.Subscript(
            value=part
        ) if is_zero(_less(part)):
            return ast.Constant(0.0)
        case ast.Call(
            func=ast.Attribute(value=ast.Name(id="@np"), attr=function), args=[part, *_]
        ) if function in LINEAR and is_zero(_less(part)):
            return ast.Constant(0.0)
    return expr
