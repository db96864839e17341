"""Quotients that the forward has worked out are used where they are divided out again.

In: the steps of a finished backward.  Out: the same, where a value over its divisor is the quotient
that is kept anyway: with `y = x / s`, there was

    dx = dy / s - np.sum(dy * y, axis=0) / n / s**2 * x

and is `dx = dy / s - np.sum(dy * y, axis=0) / n / s * y`, and what `x` was kept for is gone.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import NamedTuple

from adgen.algebra import Arranger, Product, Rewriter, build, product_of
from adgen.analysis.expressions import TypeOf
from adgen.caching.reads import read_in_full
from adgen.caching.shapes import step_expressions
from adgen.ir import (
    BackBranch,
    BackLoop,
    Nested,
    Region,
    Staged,
    Step,
    Steps,
    is_within,
    name,
)


class Quotient(NamedTuple):
    """A value that is one value over another, and the region that it is made in."""

    value: str
    numerator: str
    divisor: str
    home: Region


def with_quotients(staged: Staged, steps: Steps, type_of: TypeOf) -> Steps:
    """The steps, reading quotients where they read both parts of them."""
    every = list(_quotients(staged))
    if not every:
        return steps
    mentioned = {v for part in step_expressions(steps) for v in read_in_full(part)}
    found = [q for q in every if {q.value, q.numerator, q.divisor} <= mentioned]
    return _block(steps, found, (), type_of) if found else steps


def _quotients(staged: Staged) -> Iterator[Quotient]:
    at, changed = staged.program.homes, staged.program.overwritten
    for _, gate in staged.program.gates():
        match gate.expr:
            case ast.BinOp(ast.Name(id=numerator), ast.Div(), ast.Name(id=divisor)):
                value = gate.targets[0]
                plain = gate.op is not None and gate.op.kind == "elementwise"
                if plain and gate.place is None:
                    if not changed.intersection((value, numerator, divisor)):
                        yield Quotient(value, numerator, divisor, at.get(value, ()))


def _block(steps: Steps, found: list[Quotient], region: Region, type_of: TypeOf) -> Steps:
    here = {(q.numerator, q.divisor): q.value for q in found if is_within(region, q.home)}
    divided = Divided(here, type_of)
    kept: list[Nested[Step]] = []
    for step in steps:
        match step:
            case BackBranch():
                key = step.branch.key
                then = _block(step.then, found, (*region, ("then", key)), type_of)
                orelse = _block(step.orelse, found, (*region, ("else", key)), type_of)
                step = replace(step, then=then, orelse=orelse)
            case BackLoop():
                inside = (*region, ("loop", step.loop.key))
                step = replace(step, body=_block(step.body, found, inside, type_of))
            case Step() if here:
                step = replace(step, expr=divided.visit(step.expr))
        kept.append(step)
    return tuple(kept)


class Divided(Rewriter):
    """Puts quotients that are had in the place of their parts."""

    def __init__(self, had: Mapping[tuple[str, str], str], type_of: TypeOf) -> None:
        self.had = had
        self.type_of = type_of

    def visit_BinOp(self, node: ast.BinOp) -> ast.expr:
        node = self.generic_visit(node)
        whole = product_of(node)
        changed = whole
        while (found := self._had(changed)) is not None:
            changed = found
        if changed is whole:
            return node
        made: ast.expr = Arranger(self.type_of.rank).visit(build(changed))
        return made

    def _had(self, product: Product) -> Product | None:
        """A product with a quotient that is had in the place of a factor and a divisor."""
        for at, factor in enumerate(product.factors):
            for under, divisor in enumerate(product.divisors):
                base, left = _once_less(divisor)
                if isinstance(factor, ast.Name) and isinstance(base, ast.Name):
                    value = self.had.get((factor.id, base.id))
                    if value is not None:
                        above = [*product.factors[:at], name(value), *product.factors[at + 1 :]]
                        below = [*product.divisors[:under], *left, *product.divisors[under + 1 :]]
                        return Product(product.negative, above, below)
        return None


def _once_less(divisor: ast.expr) -> tuple[ast.expr, list[ast.expr]]:
    """What is divided by at least once, and the divisors that are left when that is done."""
    match divisor:
        case ast.BinOp(left=base, op=ast.Pow(), right=ast.Constant(value=int(power))) if power > 1:
            less = ast.BinOp(base, ast.Pow(), ast.Constant(power - 1)) if power > 2 else base
            return base, [less]
    return divisor, []
