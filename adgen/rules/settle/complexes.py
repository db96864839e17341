"""Conjugates, and the real part that a real operand receives."""

from __future__ import annotations

import ast
from collections.abc import Callable

from adgen.algebra import Product, build, product_of
from adgen.rules.settle import SETTLERS, Context, Expr, settles
from adgen.rules.settle.spelling import call
from adgen.types import Num, Type


def part_for(context: Context, dx: Expr, wanted: Type, may_be_complex: Callable[[], bool]) -> Expr:
    """An adjoint for an operand of this type: that of a real one is real.

    `may_be_complex` tells of an adjoint whose own type is not known.
    """
    if not isinstance(wanted, Num) or wanted.kind not in ("f", "i", "b"):
        return dx
    given = context.type_of(dx)
    kind = given.kind if isinstance(given, Num) else ""
    return real_part(context, dx) if kind == "c" or (not kind and may_be_complex()) else dx


def real_part(context: Context, node: Expr, imaginary: bool = False) -> Expr:
    """`node.real`, with real factors left outside; of `1j * z` it is `-z.imag`."""
    product = product_of(node)
    negative = product.negative
    factors: list[Expr] = []
    inside: list[Expr] = []
    for factor in product.factors:
        size = _imaginary(factor)
        if size is not None:
            # 1j turns the real part into -imag, and the imaginary one into real
            negative, imaginary = negative != (not imaginary), not imaginary
            factors += [] if size == 1 else [ast.Constant(size)]
        else:
            (factors if _is_real(context, factor) else inside).append(factor)
    under = [d for d in product.divisors if _is_real(context, d)]
    within = [d for d in product.divisors if not _is_real(context, d)]
    part = "imag" if imaginary else "real"
    written = complex_literal(inside[0]) if len(inside) == 1 and not within else None
    if written is not None:
        core: Expr = ast.Constant(getattr(written, part))
    elif inside or within:
        core = ast.Attribute(build(Product(False, inside, within)), part, ast.Load())
    elif imaginary:
        core = ast.Constant(0.0)
    else:
        return build(Product(negative, factors, under))
    return build(Product(negative, [*factors, core], under))


def complex_literal(node: Expr) -> complex | None:
    """A complex number that is written out: `0.3 + 0.2j`."""
    try:
        value = ast.literal_eval(node)
    except (ValueError, TypeError):
        return None
    return value if isinstance(value, complex) else None


def _imaginary(node: Expr) -> float | None:
    """The size of a number on the imaginary axis that is written out: 2.0 for `2j`."""
    match node:
        case ast.Constant(value=complex() as value) if value.real == 0:
            return int(value.imag) if value.imag.is_integer() else value.imag
    return None


def _is_real(context: Context, node: Expr) -> bool:
    type_ = context.type_of(node)
    return isinstance(type_, Num) and type_.kind in ("f", "i", "b")


def conjugated(context: Context, x: Expr) -> Expr:
    """The complex conjugate: of a real number, the number itself; real factors stay outside."""
    product = product_of(x)
    real = [f for f in product.factors if not _may_be_complex(context, f)]
    under = [d for d in product.divisors if not _may_be_complex(context, d)]
    inside = [f for f in product.factors if f not in real]
    within = [d for d in product.divisors if d not in under]
    if not inside and not within:
        return x
    core = _conjugate(context, build(Product(False, inside, within)))
    return build(Product(product.negative, [*real, core], under))


SETTLERS["conjugated"] = conjugated


def _conjugate(context: Context, node: Expr) -> Expr:
    match node:
        case ast.Constant(value=complex() as value):
            flipped = ast.Constant(value.conjugate())
            return flipped if value.real else ast.UnaryOp(ast.USub(), node)
        case ast.Call(
            func=ast.Attribute(value=ast.Name(id="@np"), attr="conj" | "conjugate"), args=[inner]
        ):
            return inner
    type_ = context.type_of(node)
    if isinstance(type_, Num) and type_.is_scalar:
        return ast.Call(ast.Attribute(node, "conjugate", ast.Load()), [], [])
    return call("conj", node)


def _may_be_complex(context: Context, node: Expr) -> bool:
    return context.facts.may_be_complex(context.type_of(node))


@settles
def phase_back(context: Context, x: Expr) -> Expr | None:
    """The conjugate of x / |x|, and 0 where x is 0: the slope of |x|."""
    if not context.facts.may_be_complex(context.type_of(x)):
        return call("sign", x)
    zero = ast.Compare(x, [ast.Eq()], [ast.Constant(0)])
    size = call("where", zero, ast.Constant(1), call("abs", x))
    return ast.BinOp(call("conj", x), ast.Div(), size)
