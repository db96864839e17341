"""What an adjoint receives in several places, in one line where the last of them is.

In: the steps of a finished backward.  Out: the same, where an adjoint that nothing reads in
between gets several shares at once:

    dangle = c * ds                                dangle = c * ds - s * dc
    dangle -= s * dc

What an argument receives at the top of the function stays where it is: there gradients add up
stage by stage, as they are taught.
"""

from __future__ import annotations

import ast
from collections.abc import Collection
from dataclasses import replace
from typing import NamedTuple

from adgen.algebra import Paren, summed, terms
from adgen.analysis.expressions import TypeOf
from adgen.cleanup.effects import Effects, Row, every, hands_on, reads_of, row_by_row, stem
from adgen.cleanup.factors import sum_of_two
from adgen.ir import (
    Step,
    Steps,
    altered,
    asked_once,
    dumped,
    is_adjoint,
    is_introduced,
    names_in,
    nodes_in,
)
from adgen.paths import is_part
from adgen.rules.settle.adjoints import is_fresh
from adgen.rules.shapes import as_num

# a line that would be longer than this stays two
COLUMNS = 92


def gathered(steps: Steps, results: Collection[str], type_of: TypeOf) -> Steps:
    """The steps, with shares of one adjoint added up in one line where they may be."""
    effects = Effects.of(steps, type_of)
    return row_by_row(steps, effects, Gathering(effects, frozenset(results), type_of).share)


class Gathering(NamedTuple):
    effects: Effects
    results: frozenset[str]
    type_of: TypeOf

    def share(self, row: Row, step: Step, depth: int) -> Step:
        """A step, with what its target received before if that may wait for it."""
        if step.how not in ("+=", "-=") or depth == 0 and self._is_given(step.target):
            return step
        at = self._earlier(row, step)
        if at is None:
            return step
        before = row.steps[at]
        assert isinstance(before, Step)
        together = self._together(before, step)
        room = COLUMNS - 4 * depth - len(stem(step.target))
        if together is None or columns(together.expr) > room:
            return step
        del row.steps[at]
        return together

    def _is_given(self, target: str) -> bool:
        """Whether an adjoint is an argument's, or that of an element of one."""
        return is_part(target, self.results)

    def _earlier(self, row: Row, step: Step) -> int | None:
        """The place of the last share before, if it may be given as late as this one."""
        group = self.effects.group((step.target,))
        added = False  # to other elements, since then
        for at in row.mentioning(group):
            other = row.steps[at]
            if not isinstance(other, Step):
                if any(group & {s.target, *s.more, *reads_of(s)} for s in every((other,))):
                    return None
                continue
            if group & set(reads_of(other)) and other.target != step.target:
                return None
            if other.target != step.target:
                if other.target in group:
                    return None
                continue
            if dumped(other.index) == dumped(step.index):
                if other.how not in ("+=", "-=") and (other.how != "=" or added or other.more):
                    return None
                if step.target in names_in(other.expr) or hands_on(other):
                    return None
                if self.effects.has_a_place(other):
                    return None
                reads = set(reads_of(other)) - {step.target}
                return at if row.may_wait(at, reads) else None
            if other.index is None or other.how not in ("+=", "-=", "at"):
                return None
            if group & set(names_in(other.expr)):
                return None
            added = True
        return None

    def _together(self, before: Step, step: Step) -> Step | None:
        """Two shares in one step; None if their sum is not what they give one by one."""
        if is_fresh(before.expr) or not self._add_up(before.expr, step.expr):
            return None
        one, other = (terms(s.expr, s.how == "-=") for s in (before, step))
        expr = sum_of_two(summed(one), summed(other), self.type_of)
        every_term = [*one, *other] if expr is None else terms(expr)
        if before.how == "=":
            return altered(step, how="=", expr=summed(every_term))
        less = all(minus for minus, _ in every_term)
        return replace(
            step,
            how="-=" if less else "+=",
            expr=summed([(minus != less, term) for minus, term in every_term]),
        )

    def _add_up(self, one: ast.expr, other: ast.expr) -> bool:
        """Whether a sum is one of numbers, and of what is no array without axes."""
        types = [as_num(self.type_of(e)) for e in (one, other)]
        if any(t.dims == () and t.form == "array" for t in types):
            return False
        return all(t.kind for t in types) and any(t.kind in ("f", "c") for t in types)


@asked_once
def _columns_of_name(identifier: str) -> int:
    known_as = stem(identifier).removeprefix("@")
    return len(known_as) + is_adjoint(identifier) + is_introduced(identifier)


@asked_once
def columns(node: ast.expr) -> int:
    """About how many columns an expression takes."""
    total = 0
    for part in nodes_in(node):
        match part:
            case ast.Name(id=identifier):
                total += _columns_of_name(identifier)
            case ast.Constant(value=value):
                total += len(repr(value))
            case ast.BinOp():
                total += 3
            case ast.Attribute(attr=attr):
                total += len(attr) + 1
            case ast.Call(args=args, keywords=keywords):
                total += 2 * max(1, len(args) + len(keywords))
                total += sum(len(k.arg or "") + 1 for k in keywords)
            case ast.UnaryOp():
                total += 1
            case ast.Subscript() | Paren() | ast.Tuple():
                total += 2
    return total
