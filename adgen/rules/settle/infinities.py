"""Factors of adjoints that may be infinite."""

from __future__ import annotations

import ast

from adgen.algebra import build, product_of
from adgen.ir import name
from adgen.rules.settle import Context, Expr
from adgen.rules.settle.spelling import call
from adgen.types import Num


def with_finite_factors(context: Context, expr: Expr) -> Expr:
    """An adjoint, with 0 for each factor that is infinite.

    Nothing finite depends on what is infinite, so that the adjoint is 0 there, and 0 times infinity
    is no number.
    """
    if not context.infinite:
        return expr
    product = product_of(expr)
    factors = [_finite(context, factor) for factor in product.factors]
    if all(new is old for new, old in zip(factors, product.factors, strict=True)):
        return expr
    product.factors = factors
    return build(product)


def _finite(context: Context, x: Expr) -> Expr:
    if not (isinstance(x, ast.Name) and x.id in context.infinite):
        return x
    zero, type_ = ast.Constant(0.0), context.type_of(x)
    if isinstance(type_, Num) and type_.is_python:
        in_math = ast.Attribute(name("@math"), "isinf", ast.Load())
        return ast.IfExp(ast.Call(in_math, [x], []), zero, x)
    if context.dims(x) == ():
        return ast.IfExp(call("isinf", x), zero, x)
    return call("where", call("isinf", x), zero, x)
