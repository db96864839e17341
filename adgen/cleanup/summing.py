"""Sums that loops make slice by slice, made at once before them.

In: the steps of a finished backward.  Out: the same, where what an adjoint gets in each trip is a
slice of an array that no trip changes, and the trips go through all of these:

    db = np.zeros_like(b)                          db = np.sum(dy, axis=0)
    for i in reversed(range(n)):                   for i in reversed(range(n)):
        db += dy[i]                                    ...
        ...
"""

from __future__ import annotations

import ast
from collections.abc import Mapping
from dataclasses import replace
from typing import NamedTuple

from adgen.analysis.expressions import TypeOf
from adgen.cleanup.effects import Effects, every, handed_on, may_end_early, reads_of
from adgen.ir import (
    BackLoop,
    Nested,
    Region,
    Step,
    Steps,
    altered,
    is_adjoint,
    is_within,
    name,
    primal_of,
    within,
)
from adgen.rules.settle import Context
from adgen.rules.settle.adjoints import is_fresh, is_full
from adgen.rules.settle.sums import sum_of, taken_apart
from adgen.rules.shapes import as_num
from adgen.types import ListOf, Num

Made = list[Nested[Step]]


def summed(steps: Steps, type_of: TypeOf, homes: Mapping[str, Region], context: Context) -> Steps:
    """The steps, with sums over loops' trips taken out of the loops."""
    return Summing(Effects.of(steps, type_of), type_of, homes, context).block(steps)


class Summing(NamedTuple):
    effects: Effects
    type_of: TypeOf
    homes: Mapping[str, Region]
    context: Context

    def block(self, steps: Steps) -> Steps:
        made: Made = []
        for step in steps:
            step = within(step, self.block)
            made.append(self.loop(made, step) if isinstance(step, BackLoop) else step)
        return tuple(made)

    def loop(self, before: Made, loop: BackLoop[Step]) -> BackLoop[Step]:
        """A loop without the sums that can be had at once, which are put before it."""
        body = list(loop.body)
        for step in loop.body:
            if isinstance(step, Step):
                total = self._total(before, loop, step)
                if total is not None:
                    body.remove(step)
                    self._put(before, total)
        return altered(loop, body=tuple(body)) if len(body) < len(loop.body) else loop

    def _total(self, before: Made, loop: BackLoop[Step], step: Step) -> Step | None:
        """What all trips give to an adjoint by a step, if that is the sum over an axis."""
        if step.how not in ("+=", "-=") or step.index is not None:
            return None
        rank = self.type_of.rank(step.expr)
        if rank is None or self._touches(loop, step) > 1:
            return None
        operand, axes = taken_apart(step.expr, self.type_of.rank)
        operand = self._named(loop, operand)
        match operand:
            case ast.Subscript(value=ast.Name(id=array), slice=index):
                parts = list(index.elts) if isinstance(index, ast.Tuple) else [index]
            case _:
                return None
        at = self._through(loop, parts)
        still = handed_on(before, loop.body)
        array = still.get(array, array)
        changed = array not in still and self._is_bound(loop, array)
        if at is None or changed or self._is_written(loop, array):
            return None
        if not self._covers(loop, array, at):
            return None
        lead = sum(isinstance(part, ast.Slice) for part in parts[:at])
        parts[at] = ast.Slice()
        axes = (*(a + 1 if a >= lead else a for a in axes), lead)
        slices = self._sliced(array, parts)
        return altered(step, expr=sum_of(slices, axes, rank + len(axes)))

    def _touches(self, loop: BackLoop[Step], step: Step) -> int:
        """How many steps of a loop have to do with the adjoint that a step adds to."""
        group = self.effects.group((step.target,))
        return sum(not group.isdisjoint((s.target, *s.more, *reads_of(s)))
                   for s in every(loop.body))  # fmt: skip

    def _named(self, loop: BackLoop[Step], node: ast.expr) -> ast.expr:
        """What a trip has given a name to."""
        if isinstance(node, ast.Name):
            given = [s for s in every(loop.body) if s.target == node.id]
            if len(given) == 1 and given[0].how == "=" and given[0].index is None:
                return given[0].expr
        return node

    def _through(self, loop: BackLoop[Step], parts: list[ast.expr]) -> int | None:
        """The place where an index has the loop's; the others are the same in all trips."""
        places = [at for at, part in enumerate(parts)
                  if isinstance(part, ast.Name) and part.id == loop.loop.index]  # fmt: skip
        plain = all(_is_full(part) or self._is_the_same(loop, part) for part in parts)
        return places[0] if len(places) == 1 and plain else None

    def _is_the_same(self, loop: BackLoop[Step], part: ast.expr) -> bool:
        """Whether a part of an index is an integer that all trips share, or the loop's index."""
        if not isinstance(part, ast.Name) or self.type_of.rank(part) != 0:
            return False
        inside = (*self.homes.get(loop.loop.index or "", ()),)
        shared = not is_within(self.homes.get(part.id, ()), inside)
        return as_num(self.type_of(part)).kind == "i" and (shared or part.id == loop.loop.index)

    def _is_bound(self, loop: BackLoop[Step], array: str) -> bool:
        """Whether a trip gives an array's name to another."""
        return any(array in (step.target, *step.more) for step in every(loop.body))

    def _is_written(self, loop: BackLoop[Step], array: str) -> bool:
        """Whether a trip writes to an array, under whatever name."""
        written = (s for s in every(loop.body) if s.how != "=" or s.index is not None)
        return any(array in self.effects.group((step.target,)) for step in written)

    def _covers(self, loop: BackLoop[Step], array: str, axis: int) -> bool:
        """Whether the trips go through all of an axis."""
        type_ = self.type_of.types.get(array)
        listed = isinstance(self.type_of.types.get(primal_of(array)), ListOf)
        if listed or not isinstance(type_, Num) or not type_.dims or not is_adjoint(array):
            return False
        match loop.loop.over:
            case ast.Call(func=ast.Name(id="range"), args=[count]):
                trips = as_num(self.type_of(count)).value
                all_trips = loop.loop.index is not None and not may_end_early(loop.loop)
                return all_trips and trips is not None and trips == type_.dims[axis]
        return False

    def _sliced(self, array: str, parts: list[ast.expr]) -> ast.expr:
        if all(map(_is_full, parts)):
            return name(array)
        index = parts[0] if len(parts) == 1 else ast.Tuple(parts, ast.Load())
        return ast.Subscript(name(array), index, ast.Load())

    def _put(self, before: Made, total: Step) -> None:
        """Add a sum to an adjoint before the loop; where it was zeros, that is what it is."""
        mine = [s for s in every(tuple(before)) if total.target in (s.target, *reads_of(s))]
        begun = mine[0] if len(mine) == 1 and any(s is mine[0] for s in before) else None
        primal, given = (as_num(self.type_of.types.get(primal_of(total.target))),
                         as_num(self.type_of(total.expr)))  # fmt: skip
        # a number that is added to 0.0 is what it is
        form = primal.form == given.form or primal.is_scalar and given.is_scalar
        alike = form and primal.dtype == given.dtype and is_full(self.context, given, primal)
        if begun is not None and alike and total.how == "+=" and is_fresh(begun.expr):
            before[:] = [s for s in before if s is not begun]
            total = replace(total, how="=")
        before.append(total)


def _is_full(part: ast.expr) -> bool:
    match part:
        case ast.Slice(lower=None, upper=None, step=None):
            return True
    return False
