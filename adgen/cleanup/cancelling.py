"""What one line divides by and the next multiplies by is gone from both.

In: the steps of a finished backward.  Out: the same, where an adjoint that one later line reads,
once, stands there as what it is, if the divisions in it go away.  The adjoint of a logistic loss
becomes what it is on paper:

    dp = (dout / n) * ((1 - y) / (1 - p) - y / p)      dz = (dout / n) * (p - y)
    dz = (1 - p) * p * dp

That is also right where `p` is so near to 0 or 1 that the quotients are infinite.
"""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from itertools import product as every_choice
from typing import NamedTuple

from adgen.algebra import Product, build, number, product_of, summed, terms, without_one
from adgen.analysis.expressions import TypeOf
from adgen.cleanup.effects import Effects, Row, every, given_and_read_once, reads_of, row_by_row
from adgen.ir import (
    Step,
    Steps,
    alike,
    altered,
    dumped,
    kinds_in,
    names_in,
    operators_in,
    substitute,
)
from adgen.rules.settle import Context
from adgen.types import Num

# sums of more products than this are left as they are
MOST = 6


def cancelled(
    steps: Steps,
    results: Collection[str],
    context: Context,
    type_of: TypeOf,
    arranged: Callable[[ast.expr], ast.expr],
) -> Steps:
    """The steps, without divisions that the line after takes back."""
    if not any(_divides(step) for step in every(steps)):
        return steps
    once = given_and_read_once(steps, results)
    effects = Effects.of(steps, type_of)
    return row_by_row(steps, effects, Cancelling(effects, once, context, arranged).line)


class Cancelling(NamedTuple):
    effects: Effects
    # the adjoints that are given a value in one place, and read in one
    once: set[str]
    context: Context
    arranged: Callable[[ast.expr], ast.expr]

    def line(self, row: Row, step: Step, depth: int) -> Step:
        """A step, with a quotient that it alone reads multiplied out."""
        for read in [n for n in names_in(step.expr) if n in self.once]:
            at = next(row.mentioning([read]), -1)
            made = row.steps.get(at)
            if not isinstance(made, Step) or made.target != read or not _divides(made):
                continue
            if made.index is not None or made.more or self.effects.has_a_place(made):
                continue
            expr = _multiplied_out(step.expr, read, made.expr)
            if expr is None or not row.may_wait(at, set(reads_of(made))):
                continue
            expr = self.arranged(expr)
            if self._is_like(expr, substitute(step.expr, {read: made.expr})):
                del row.steps[at]
                step = altered(step, expr=expr)
        return step

    def _is_like(self, one: ast.expr, other: ast.expr) -> bool:
        """Whether what has gone has lent the product neither its shape nor its dtype."""
        ours, theirs = self.context.type_of(one), self.context.type_of(other)
        if not isinstance(ours, Num) or not isinstance(theirs, Num):
            return False
        if ours.dims is None or theirs.dims is None or len(ours.dims) != len(theirs.dims):
            return False
        alike = all(map(self.context.facts.same, ours.dims, theirs.dims))
        return alike and bool(ours.dtype) and ours.dtype == theirs.dtype


def _divides(step: Step) -> bool:
    """Whether a step gives an adjoint a value in which something is divided."""
    plain = step.how == "=" and step.index is None
    return plain and ast.Div in kinds_in(step.expr)


def _multiplied_out(node: ast.expr, read: str, given: ast.expr) -> ast.expr | None:
    """A sum in which a factor is given, if the divisions in that go away; else None."""
    found = terms(node)
    for at, (minus, term) in enumerate(found):
        whole = product_of(term)
        factors = [f for f in whole.factors if not (isinstance(f, ast.Name) and f.id == read)]
        if len(factors) < len(whole.factors):
            times = _times(replace(whole, factors=factors), given)
            if times is None:
                return None
            more = (minus != times.negative, build(replace(times, negative=False)))
            return summed([*found[:at], more, *found[at + 1 :]])
    return None


def _times(outer: Product, given: ast.expr) -> Product | None:
    """A product times what is given, without the divisions in that; None if some stay."""
    whole = product_of(given)
    inner = next((f for f in whole.factors if len(terms(f)) > 1), None)
    negative = outer.negative != whole.negative
    if inner is None:
        gone = [d for d in whole.divisors if _without(outer.factors, [d]) is not None]
        left = _without(outer.factors, gone)
        if not gone or left is None:
            return None
        below = [d for d in whole.divisors if d not in gone]
        return Product(negative, [*whole.factors, *left], [*below, *outer.divisors])
    pieces: list[Product] = []
    for minus, term in terms(inner):
        piece = product_of(term)
        left = _without(outer.factors, piece.divisors)
        if left is None or not piece.divisors:
            return None
        above = [f for f in (*piece.factors, *left) if number(f) != 1]
        pieces.append(Product(minus != piece.negative, above))
    beside = without_one(whole.factors, inner)
    return Product(negative, [*beside, _expanded(pieces)], [*whole.divisors, *outer.divisors])


def _without(factors: Sequence[ast.expr], divisors: Sequence[ast.expr]) -> list[ast.expr] | None:
    """What is left of a product's factors; None if not all the divisors are among them."""
    left = list(factors)
    for divisor in divisors:
        at = next((i for i, factor in enumerate(left) if alike(factor, divisor)), None)
        if at is None:
            return None
        del left[at]
    return left


def _expanded(pieces: list[Product]) -> ast.expr:
    """A sum of products, with those in parentheses multiplied out if that makes it shorter."""
    plain = summed([(p.negative, build(replace(p, negative=False))) for p in pieces])
    if len(pieces) > MOST:
        return plain
    times: dict[tuple[str, ...], float] = defaultdict(float)
    said: dict[tuple[str, ...], list[ast.expr]] = {}
    for piece in pieces:
        for choice in every_choice(*(terms(factor) for factor in piece.factors)):
            one = Product(piece.negative)
            for minus, term in choice:
                part = product_of(term)
                one.negative ^= minus != part.negative
                one.factors += part.factors
                one.divisors += part.divisors
            if one.divisors:
                return plain
            size, atoms = _apart(one.factors)
            key = tuple(sorted(map(dumped, atoms)))
            said.setdefault(key, atoms)
            times[key] += -size if one.negative else size
    left = [(count, said[key]) for key, count in times.items() if count]
    if not left:
        return plain
    short = summed([(count < 0, _scaled(abs(count), atoms)) for count, atoms in left])
    return short if len(operators_in(short)) < len(operators_in(plain)) else plain


def _scaled(size: float, atoms: list[ast.expr]) -> ast.expr:
    """Atoms times a number."""
    size = int(size) if size == int(size) else size
    return build(Product(False, atoms if size == 1 and atoms else [ast.Constant(size), *atoms]))


def _apart(factors: list[ast.expr]) -> tuple[float, list[ast.expr]]:
    """The number that some factors come to, and those that are none."""
    size: float = 1
    atoms: list[ast.expr] = []
    for factor in factors:
        known = number(factor)
        if known is None:
            atoms.append(factor)
        else:
            size *= known
    return size, atoms
