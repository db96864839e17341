"""Adjoints without the terms that are zero: those of results that nothing else is made of."""

from __future__ import annotations

import ast

from adgen.algebra import Paren, negate
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
    match expr:
        case ast.BinOp(left=left, op=ast.Add() | ast.Sub() as op, right=right):
            return _sum(without_zeros(left), op, without_zeros(right))
        case ast.BinOp(left=left, op=ast.Mult() | ast.MatMult() as op, right=right):
            left, right = without_zeros(left), without_zeros(right)
            if is_zero(left) or is_zero(right):
                return ast.Constant(0.0)
            return ast.BinOp(left, op, right)
        case ast.BinOp(left=left, op=ast.Div() as op, right=divisor):
            left = without_zeros(left)
            return ast.Constant(0.0) if is_zero(left) else ast.BinOp(left, op, divisor)
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            operand = without_zeros(operand)
            return ast.Constant(0.0) if is_zero(operand) else negate(operand)
        case Paren(value=value):
            value = without_zeros(value)
            return value if is_zero(value) else Paren(value)
        case ast.Attribute(value=part, attr="T" | "mT" | "real" | "imag") | ast.Subscript(
            value=part
        ) if is_zero(without_zeros(part)):
            return ast.Constant(0.0)
        case ast.Call(
            func=ast.Attribute(value=ast.Name(id="@np"), attr=function), args=[part, *_]
        ) if function in LINEAR and is_zero(without_zeros(part)):
            return ast.Constant(0.0)
    return expr


def _sum(left: Expr, op: ast.operator, right: Expr) -> Expr:
    if is_zero(right):
        return left
    if is_zero(left):
        return right if isinstance(op, ast.Add) else negate(right)
    return ast.BinOp(left, op, right)
