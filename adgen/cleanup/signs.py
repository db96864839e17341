"""A truth value has no sign: a number beside it carries it.

In: the steps of a finished backward.  Out: the same, where NumPy would refuse the sign.  With one
truth value `b`, there was `-b * dout / s`, and is `-dout * b / s`.
"""

from __future__ import annotations

import ast

from adgen.algebra import Product, Rewriter, build, product_of
from adgen.analysis.expressions import TypeOf
from adgen.ir import Step, Steps, altered, kinds_in, map_steps
from adgen.types import Num


def with_signs(steps: Steps, type_of: TypeOf) -> Steps:
    """The steps, without signs of truth values."""
    return map_steps(steps, Signed(type_of).step)


class Signed(Rewriter):
    """Moves signs from truth values to numbers."""

    def __init__(self, type_of: TypeOf) -> None:
        self.type_of = type_of

    def step(self, step: Step) -> Step:
        if ast.UnaryOp not in kinds_in(step.expr):
            return step
        expr = self.visit(step.expr)
        return step if expr is step.expr else altered(step, expr=expr)

    def visit_BinOp(self, node: ast.BinOp) -> ast.expr:
        if self._is_signed_truth(_first(node)):
            product = product_of(node)
            at = next((i for i, f in enumerate(product.factors) if not self._is_truth(f)), None)
            if at is None:
                return build(Product(True, [ast.Constant(1.0), *product.factors], product.divisors))
            numbers = [product.factors.pop(at)]
            return build(Product(True, [*numbers, *product.factors], product.divisors))
        return self.generic_visit(node)  # type: ignore[no-any-return]

    def visit_UnaryOp(self, node: ast.UnaryOp) -> ast.expr:
        if self._is_signed_truth(node):
            return build(Product(True, [ast.Constant(1.0), node.operand], []))
        return self.generic_visit(node)  # type: ignore[no-any-return]

    def _is_signed_truth(self, node: ast.expr) -> bool:
        match node:
            case ast.UnaryOp(op=ast.USub(), operand=operand):
                return self._is_truth(operand)
        return False

    def _is_truth(self, node: ast.expr) -> bool:
        type_ = self.type_of(node)
        return isinstance(type_, Num) and type_.kind == "b"


def _first(node: ast.expr) -> ast.expr:
    """The first factor of a product."""
    while isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mult | ast.Div):
        node = node.left
    return node
