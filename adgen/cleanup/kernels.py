"""A sum of which two adjoints receive multiples is worked out once.

In: the steps of a finished backward.  Out: the same, where lines about numbers share what stands
in parentheses once their factors are taken out (a kernel, as algebra has it):

    dx4 = c * y4 * dl + (a - b * y4) * dk          s = c * dl - b * dk
    dy4 = (c * x4 - d) * dl - b * x4 * dk          dx4 = a * dk + y4 * s
                                                   dy4 = x4 * s - d * dl
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import combinations
from typing import NamedTuple

from adgen.algebra import Product, build, product_of, summed, terms, without_one
from adgen.analysis.expressions import TypeOf
from adgen.cleanup.effects import reads_of
from adgen.cleanup.factors import in_common
from adgen.ir import Nested, Step, Steps, asked_once, kinds_in, name, names_in, nodes_in, within
from adgen.types import Type

# how near the other line has to be, the most terms that are looked at, and what has to be saved
NEAR = 4
MOST = 6
GAIN = 2


def shared_sums(steps: Steps, type_of: TypeOf) -> tuple[Steps, Mapping[str, Type]]:
    """The steps, and the types of the sums that have got a name."""
    sharing = Sharing(type_of, {})
    return sharing.block(steps), sharing.types


class Kernel(NamedTuple):
    """Two terms of a sum over the factors that they have in common, the first of them positive."""

    first: Product
    second: Product
    outside: Product
    rest: tuple[Product, ...]

    @property
    def total(self) -> ast.expr:
        return _sum_of([self.first, self.second])

    def made_of(self, value: str) -> ast.expr:
        """The whole sum, with a name for the two terms over their common factors."""
        times = replace(self.outside, factors=[*self.outside.factors, name(value)])
        return _sum_of([*self.rest, times])

    def is_same(self, other: Kernel) -> bool:
        """Whether the other's two terms come to the same, their sign aside."""
        if self.second.negative != other.second.negative:
            return False
        pairs = ((other.first, other.second), (other.second, other.first))
        return any(_alike(self.first, a) and _alike(self.second, b) for a, b in pairs)

    def facing(self, other: Kernel) -> Kernel:
        """These terms in the other's order, which changes the sign of a difference."""
        if _alike(self.first, other.first) or not self.second.negative:
            return self
        outside = replace(self.outside, negative=not self.outside.negative)
        return self._replace(outside=outside)


class Sharing(NamedTuple):
    type_of: TypeOf
    types: dict[str, Type]

    def block(self, steps: Steps) -> Steps:
        made = [within(step, self.block) for step in steps]
        at = 0
        while at < len(made):
            at += 2 if self._shares(made, at) else 1
        return tuple(made)

    def _shares(self, made: list[Nested[Step]], at: int) -> bool:
        """Name what a step has in common with one that follows; whether there is such a sum."""
        step = made[at]
        if not isinstance(step, Step) or not self._is_sum(step):
            return False
        changed: set[str] = set()
        for later in range(at + 1, min(at + NEAR, len(made))):
            before, other = made[later - 1], made[later]
            if not isinstance(before, Step) or not isinstance(other, Step):
                return False
            changed.add(before.target)
            found = _shared(step.expr, other.expr) if self._is_sum(other) else None
            if found is not None and not changed.intersection(names_in(found[0].total)):
                one, another = found
                shared = f"s:%k{len(self.types)}"
                self.types[shared] = self.type_of(one.total)
                made[later] = replace(other, expr=another.made_of(shared))
                made[at : at + 1] = [
                    Step(shared, "=", one.total, step.gate),
                    replace(step, expr=one.made_of(shared)),
                ]
                return True
        return False

    def _is_sum(self, step: Step) -> bool:
        """Whether a step adds up products of numbers, some of which have factors in common."""
        if step.more or step.index is not None or step.how not in ("=", "+=", "-="):
            return False
        if not kinds_in(step.expr) <= _PLAIN:
            return False
        if not _kernels(step.expr):
            return False
        return all(self.type_of.rank(name(n)) == 0 for n in (step.target, *reads_of(step)))


_PLAIN = {ast.Name, ast.Constant, ast.BinOp, ast.UnaryOp, *ast.operator.__subclasses__()}
_SUMS = frozenset({ast.Add, ast.Sub})


def _shared(one: ast.expr, other: ast.expr) -> tuple[Kernel, Kernel] | None:
    """The kernel that two sums share, in each of them, if it saves enough."""
    for mine in _kernels(one):
        for theirs in _kernels(other):
            if mine.is_same(theirs):
                theirs = theirs.facing(mine)
                after = [mine.total, mine.made_of("s"), theirs.made_of("s")]
                if _operations(one, other) - _operations(*after) >= GAIN:
                    return mine, theirs
    return None


@asked_once
def _kernels(node: ast.expr) -> tuple[Kernel, ...]:
    if _SUMS.isdisjoint(kinds_in(node)):
        return ()
    products = _products(node)
    return tuple(_among(products)) if len(products) <= MOST else ()


def _among(products: list[Product]) -> Iterator[Kernel]:
    for one, other in combinations(products, 2):
        if one.negative and not other.negative:
            one, other = other, one
        outside, first, second = in_common(one.factors, other.factors)
        if outside and len(first) + len(second) > 3 and not (one.divisors or other.divisors):
            yield Kernel(
                Product(False, first),
                Product(one.negative != other.negative, second),
                Product(one.negative, outside),
                tuple(p for p in products if p is not one and p is not other),
            )


def _products(node: ast.expr) -> list[Product]:
    """The terms of a sum, those of sums in parentheses multiplied out."""
    found: list[Product] = []
    for minus, term in terms(node):
        whole = product_of(term)
        negative = minus != whole.negative
        inner = next((f for f in whole.factors if len(terms(f)) > 1), None)
        if inner is None:
            found.append(Product(negative, whole.factors, whole.divisors))
            continue
        factors = without_one(whole.factors, inner)
        for less, part in terms(inner):
            one = product_of(part)
            sign = negative != (less != one.negative)
            found.append(Product(sign, [*one.factors, *factors], [*one.divisors, *whole.divisors]))
    return found


def _sum_of(products: list[Product]) -> ast.expr:
    return summed([(p.negative, build(replace(p, negative=False))) for p in products])


def _alike(one: Product, other: Product) -> bool:
    _, left, right = in_common(one.factors, other.factors)
    return not (left or right)


def _operations(*nodes: ast.expr) -> int:
    return sum(isinstance(p, ast.BinOp | ast.UnaryOp) for node in nodes for p in nodes_in(node))
