"""A sum that follows from others is not worked out again.

In: the steps of a finished backward.  Out: the same, where what is summed is made of arrays whose
sums are there already, times what is the same all along the axis; and what has had its mean taken
off sums up to nothing.  So the adjoint of a normalised layer is what it is on paper:

    dgamma = np.sum(xhat * dy, axis=0)          dgamma = np.sum(xhat * dy, axis=0)
    dbeta = np.sum(dy, axis=0)                  dbeta = np.sum(dy, axis=0)
    dxhat = gamma * dy                          dxhat = gamma * dy
    dstd = -np.sum(dxhat * xhat, axis=0) / std  dstd = -gamma * dgamma / std
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import NamedTuple

from adgen.algebra import Product, Rewriter, build, product_of, summed, terms, without_one
from adgen.analysis.expressions import TypeOf
from adgen.cleanup.effects import Effects, binds, every, reads_of
from adgen.cleanup.fold import LONGEST, weight
from adgen.ir import (
    Nested,
    Step,
    Steps,
    altered,
    dumped,
    name,
    within,
)
from adgen.rules.settle import Context
from adgen.rules.settle.centred import is_centred
from adgen.rules.settle.sums import sum_of, taken_apart
from adgen.rules.settle.tidying import tidied

# how many adjoints are looked through
DEEP = 3


def with_known_sums(
    steps: Steps, context: Context, type_of: TypeOf, arranged: Callable[[ast.expr], ast.expr]
) -> Steps:
    """The steps, with sums that follow from others made of these."""
    if not any(_is_sum(step, type_of) for step in every(steps)):
        return steps
    return Sums(Effects.of(steps, type_of), context, type_of, arranged).block(steps)


def _is_sum(step: Step, type_of: TypeOf) -> bool:
    return binds(step) and not step.more and bool(taken_apart(step.expr, type_of.rank)[1])


Terms = list[tuple[bool, ast.expr]]


class Sums(NamedTuple):
    effects: Effects
    context: Context
    type_of: TypeOf
    arranged: Callable[[ast.expr], ast.expr]

    def block(self, steps: Steps) -> Steps:
        row = Row(self, [], {}, {})
        for step in steps:
            row.append(row.changed(step) if isinstance(step, Step) else within(step, self.block))
        return tuple(row.made)


class Row(NamedTuple):
    """The steps of a block so far, where they give adjoints values, and where sums."""

    around: Sums
    made: list[Nested[Step]]
    given: dict[str, int]
    sums: dict[str, int]

    def append(self, step: Nested[Step]) -> None:
        if isinstance(step, Step) and binds(step) and step.target not in reads_of(step):
            if isinstance(step.expr, ast.BinOp | ast.UnaryOp):
                self.given[step.target] = len(self.made)
            elif not step.more and (said := self._said(step.expr)) is not None:
                self.sums[said] = len(self.made)
        self.made.append(step)

    def changed(self, step: Step) -> Step:
        """A step that reads sums that are there in the place of those that follow from them."""
        if not self.sums or _is_sum(step, self.around.type_of):
            return step
        expr = Known(self).visit(step.expr)
        return step if expr is step.expr else altered(step, expr=self.around.arranged(expr))

    def known(self, operand: ast.expr, axes: tuple[int, ...]) -> ast.expr | None:
        """What a sum comes to, if that follows from others."""
        found = self._sum(operand, Product(), operand, axes, DEEP)
        total = summed(found) if found else None
        return total if total is not None and weight(total) <= LONGEST else None

    def _sum(
        self,
        operand: ast.expr,
        times: Product,
        like: ast.expr,
        axes: tuple[int, ...],
        deep: int,
    ) -> Terms | None:
        """What the sums of an operand's terms, times a product, come to; None if one of them is
        not known, or is not all of what is summed, but is stretched to that."""
        found: Terms = []
        for one in _multiplied_out(operand):
            term = build(
                Product(False, [*one.factors, *times.factors], [*one.divisors, *times.divisors])
            )
            if not _is_like(self.around.context, term, like):
                return None
            more = self._product(term, like, axes, deep)
            if more is None:
                return None
            negative = one.negative != times.negative
            found += [(minus != negative, part) for minus, part in more]
        return found

    def _product(
        self, term: ast.expr, like: ast.expr, axes: tuple[int, ...], deep: int
    ) -> Terms | None:
        """The same for a product, from which the sum leaves out what is the same all along."""
        rank = self.around.type_of.rank(like) or 0
        whole = product_of(tidied(self.around.context, sum_of(term, axes, rank)))
        inner = [(f, *taken_apart(f, self.around.type_of.rank)) for f in whole.factors]
        sums = [(f, core) for f, core, along in inner if along]
        if len(sums) != 1:
            return None
        (factor, core), outside = sums[0], [f for f, _, along in inner if not along]
        at = self.sums.get(self._said(factor) or "")
        if at is not None and self._still_holds(at):
            made = self.made[at]
            assert isinstance(made, Step)
            product = Product(False, [*outside, name(made.target)], whole.divisors)
            return [(whole.negative, build(product))]
        if is_centred(self.around.context, core, axes):
            return []
        product = product_of(core)
        for part in product.factors if deep else []:
            at = self.given.get(part.id) if isinstance(part, ast.Name) else None
            if at is not None and self._still_holds(at):
                made = self.made[at]
                assert isinstance(made, Step)
                others = without_one(product.factors, part)
                times = Product(
                    whole.negative, [*outside, *others], [*whole.divisors, *product.divisors]
                )
                return self._sum(made.expr, times, like, axes, deep - 1)
        return None

    def _still_holds(self, at: int) -> bool:
        """Whether a step would give today what it has given."""
        step = self.made[at]
        assert isinstance(step, Step)
        names = {step.target, *reads_of(step)}
        return self.around.effects.may_pass(self.made[at + 1 :], names)

    def _said(self, node: ast.expr) -> str | None:
        """What is summed and over which axes, in one spelling; None of what is no sum."""
        operand, axes = taken_apart(node, self.around.type_of.rank)
        product = product_of(operand)
        if not axes or product.divisors or product.negative:
            return None
        return f"{axes} {sorted(map(dumped, product.factors))}"


class Known(Rewriter):
    """Puts what sums follow from in their place."""

    def __init__(self, row: Row) -> None:
        self.row = row

    def visit_Call(self, node: ast.Call) -> ast.expr:
        around = self.row.around
        operand, axes = taken_apart(node, around.type_of.rank)
        known = self.row.known(operand, axes) if axes else None
        if known is None or not _is_like(around.context, known, node):
            return self.generic_visit(node)  # type: ignore[no-any-return]
        return known


def _is_like(context: Context, one: ast.expr, other: ast.expr) -> bool:
    """Whether two expressions have one shape."""
    ours, theirs = context.dims(one), context.dims(other)
    if ours is None or theirs is None or len(ours) != len(theirs):
        return False
    return all(map(context.facts.same, ours, theirs))


def _multiplied_out(node: ast.expr) -> Iterator[Product]:
    """The terms of a sum, those of sums in parentheses multiplied out."""
    for minus, term in terms(node):
        whole = product_of(term)
        whole = replace(whole, negative=minus != whole.negative)
        inner = next((f for f in whole.factors if len(terms(f)) > 1), None)
        if inner is None:
            yield whole
            continue
        beside = without_one(whole.factors, inner)
        for one in _multiplied_out(inner):
            negative = one.negative != whole.negative
            yield Product(negative, [*one.factors, *beside], [*one.divisors, *whole.divisors])
