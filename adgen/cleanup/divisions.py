"""A quotient that has a name, or is an element, is not worked out again.

In: the steps of a finished backward.  Out: the same, where a product that has all of a quotient's
factors and divisors among its own is made of it, as a person writes the adjoint of a division:

    dtop = dd1 / width                             dtop = dd1 / width
    dwidth = -dd1 * d1 / width                     dwidth = -dtop * d1

What an argument receives at the top of the function says what its gradient is by itself.
"""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Callable, Collection, Iterator
from typing import NamedTuple

from adgen.algebra import Product, Rewriter, build, product_of
from adgen.analysis.expressions import TypeOf
from adgen.cleanup.effects import Effects, binds, every, reads_of
from adgen.ir import (
    BackBranch,
    BackLoop,
    Nested,
    Step,
    Steps,
    alike,
    altered,
    is_adjoint,
    name,
    names_in,
)
from adgen.paths import is_part


def divided_once(
    steps: Steps,
    results: Collection[str],
    type_of: TypeOf,
    arranged: Callable[[ast.expr], ast.expr],
) -> Steps:
    """The steps, with quotients that are there already in the place of what they are made of."""
    if not any(_quotient(step) for step in every(steps)):
        return steps
    return Quotients(Effects.of(steps, type_of), results, arranged).block(steps, 0)


class Known(NamedTuple):
    """A quotient, where it is made, and how it can be read from there on."""

    product: Product
    at: int
    read: ast.expr
    # the names that may not have changed since
    names: frozenset[str]


class Quotients(NamedTuple):
    effects: Effects
    results: Collection[str]
    arranged: Callable[[ast.expr], ast.expr]

    def block(self, steps: Steps, depth: int) -> Steps:
        made: list[Nested[Step]] = []
        # by the adjoint that is divided
        known: dict[str, list[Known]] = defaultdict(list)
        for step in steps:
            match step:
                case BackBranch():
                    then, orelse = (self.block(s, depth + 1) for s in (step.then, step.orelse))
                    step = altered(step, then=then, orelse=orelse)
                case BackLoop():
                    step = altered(step, body=self.block(step.body, depth + 1))
                case Step():
                    for read in dict.fromkeys(names_in(step.expr)):
                        for quotient in known.get(read, ()):
                            step = self._with(step, quotient, made)
                    if depth or not is_part(step.target, self.results):
                        for quotient in self._known(step, len(made)):
                            known[_divided(quotient.product)].append(quotient)
            made.append(step)
        return tuple(made)

    def _known(self, step: Step, at: int) -> Iterator[Known]:
        product = _quotient(step)
        if product is None or self.effects.has_a_place(step):
            return
        read: ast.expr = name(step.target)
        if step.index is not None:
            read = ast.Subscript(read, step.index, ast.Load())
        names = frozenset((step.target, *reads_of(step)))
        if not self.effects.changed(step) & {*reads_of(step)}:
            yield Known(product, at, read, names)

    def _with(self, step: Step, known: Known, before: list[Nested[Step]]) -> Step:
        """A step that reads a quotient in the place of all that it is made of."""
        mine = {*names_in(step.expr)}
        if not known.names - {*names_in(known.read)} <= mine:
            return step
        expr = Reused(known.product, known.read).visit(step.expr)
        if expr is step.expr or not self.effects.may_pass(before[known.at + 1 :], known.names):
            return step
        return altered(step, expr=self.arranged(expr))


class Reused(Rewriter):
    """Puts a quotient in the place of its factors and divisors."""

    def __init__(self, quotient: Product, read: ast.expr) -> None:
        self.quotient, self.read = quotient, read

    def visit_BinOp(self, node: ast.BinOp) -> ast.expr:
        if isinstance(node.op, ast.Mult | ast.Div):
            product = product_of(node)
            factors = self._with_quotient(product.factors)
            below = _places_without(product.divisors, self.quotient.divisors)
            if factors is not None and below is not None:
                negative = product.negative != self.quotient.negative
                return build(Product(negative, factors, [product.divisors[i] for i in below]))
        return self.generic_visit(node)  # type: ignore[no-any-return]

    def _with_quotient(self, factors: list[ast.expr]) -> list[ast.expr] | None:
        """Factors with the quotient where the adjoint in it was; None if it is not in them."""
        left = _places_without(factors, self.quotient.factors)
        if left is None:
            return None
        adjoint = next(f for f in self.quotient.factors if any(map(is_adjoint, names_in(f))))
        at = next(i for i, factor in enumerate(factors) if alike(factor, adjoint))
        before = [factors[i] for i in left if i < at]
        behind = [factors[i] for i in left if i > at]
        return [*before, self.read, *behind]


def _quotient(step: Step) -> Product | None:
    """The product that a step gives an adjoint, if something is divided there."""
    given = binds(step) or (step.how == "=" and step.index is not None)
    if not given or step.more or not isinstance(step.expr, ast.BinOp | ast.UnaryOp):
        return None
    product = product_of(step.expr)
    divides = product.divisors and any(is_adjoint(n) for f in product.factors for n in names_in(f))
    return product if divides else None


def _divided(quotient: Product) -> str:
    """The first adjoint among what is divided."""
    return next(n for factor in quotient.factors for n in names_in(factor) if is_adjoint(n))


def _places_without(parts: list[ast.expr], others: list[ast.expr]) -> list[int] | None:
    """The places of the factors that are left without others; None if not all are among them."""
    left = list(range(len(parts)))
    for other in others:
        at = next((i for i in left if alike(parts[i], other)), None)
        if at is None:
            return None
        left.remove(at)
    return left
