"""Adjoints that are 0 where a value was not chosen.

What is made of such an adjoint is 0 there, too, whatever the slope would be: of
`np.where(x > 0, np.sqrt(x), 0.0)` at a negative x the slope is no number, and 0 times that is none.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass

from adgen.algebra import product_of
from adgen.ir import dumped, names_in
from adgen.rules.settle import Expr
from adgen.rules.settle.spelling import call


@dataclass(frozen=True)
class Mask:
    """An adjoint `np.where(condition, value, 0.0)`, or one with the 0 first, or several nested."""

    # each condition, from the outside in, and whether it has to hold
    conditions: tuple[tuple[Expr, bool], ...]
    value: Expr

    @property
    def reads(self) -> set[str]:
        """The values that the conditions are made of."""
        return {read for condition, _ in self.conditions for read in names_in(condition)}

    @property
    def is_short(self) -> bool:
        """Whether it is as well to read what is masked as the masked adjoint: `0.5 * dy`."""
        product = product_of(self.value)
        parts = [*product.factors, *product.divisors]
        plain = all(isinstance(part, ast.Name | ast.Constant) for part in parts)
        return plain and sum(isinstance(part, ast.Name) for part in parts) == 1

    def over(self, expr: Expr) -> Expr:
        """The expression where the value was chosen."""
        for condition, holds in reversed(self.conditions):
            zero = ast.Constant(0.0)
            expr = call("where", condition, *((expr, zero) if holds else (zero, expr)))
        return expr


def mask_of(expr: Expr) -> Mask | None:
    """The mask that an adjoint's expression is."""
    match expr:
        case ast.Call(
            func=ast.Attribute(value=ast.Name(id="@np"), attr="where"), args=[condition, a, b]
        ) if _is_zero(a) != _is_zero(b):
            holds = _is_zero(b)
            value = a if holds else b
            inner = mask_of(value) or Mask((), value)
            return Mask(((condition, holds), *inner.conditions), inner.value)
    return None


def _is_zero(node: Expr) -> bool:
    return isinstance(node, ast.Constant) and node.value == 0


def unmasked(expr: Expr, mask: Mask) -> Expr:
    """A product or quotient that is masked as a whole, without the same mask inside."""
    own = mask_of(expr)
    if own is not None:
        outside = {_said(condition) for condition in mask.conditions}
        left = tuple(c for c in own.conditions if _said(c) not in outside)
        return Mask(left, own.value).over(unmasked(own.value, mask))
    match expr:
        case ast.BinOp(left=left_side, op=op, right=right):
            return ast.BinOp(unmasked(left_side, mask), op, unmasked(right, mask))
        case ast.UnaryOp(op=op, operand=operand):
            return ast.UnaryOp(op, unmasked(operand, mask))
    return expr


def _said(condition: tuple[Expr, bool]) -> tuple[str, bool]:
    return dumped(condition[0]), condition[1]
