"""An element of an adjoint that no trip of a loop changes is read once, before it.

In: the steps of a finished backward.  Out: the same, where it is proven that what the trips write
to are other elements:

    for k in reversed(range(j)):                   dA0 = dA[i, j]
        dA0 = dA[i, j]                             for k in reversed(range(j)):
        dA[i, k] -= A[j, k] * dA0                      dA[i, k] -= A[j, k] * dA0

A loop may make no trip: the element has to be there all the same.
"""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import cached_property

from adgen.analysis.accesses import Access, Accesses
from adgen.analysis.expressions import TypeOf
from adgen.cleanup.effects import Effects, binds, every
from adgen.ir import (
    BackBranch,
    BackLoop,
    Nested,
    Program,
    Region,
    Step,
    Steps,
    alike,
    homes,
    is_adjoint,
    is_within,
    name,
    names_in,
    nodes_in,
)


def lifted(steps: Steps, program: Program, type_of: TypeOf) -> Steps:
    """The steps, elements that trips do not change read in front of their loops."""
    loops = any(isinstance(step, BackLoop) for step in steps)
    return Lifting(steps, program, type_of).block(steps, ()) if loops else steps


class Lifting:
    def __init__(self, steps: Steps, program: Program, type_of: TypeOf) -> None:
        self.steps = steps
        self.program = program
        self.type_of = type_of
        self.times = Counter(t for step in every(steps) for t in (step.target, *step.more))

    @cached_property
    def effects(self) -> Effects:
        return Effects.of(self.steps, self.type_of)

    @cached_property
    def accesses(self) -> Accesses:
        return Accesses(self.program, self.type_of)

    @cached_property
    def homes(self) -> Mapping[str, Region]:
        return homes(self.program.body)

    def block(self, steps: Steps, region: Region) -> Steps:
        made: list[Nested[Step]] = []
        for step in steps:
            match step:
                case BackBranch():
                    key = step.branch.key
                    then = self.block(step.then, (*region, ("then", key)))
                    orelse = self.block(step.orelse, (*region, ("else", key)))
                    made.append(replace(step, then=then, orelse=orelse))
                case BackLoop():
                    inside = (*region, ("loop", step.loop.key))
                    step = replace(step, body=self.block(step.body, inside))
                    first, loop = self.loop(made, step, region)
                    made += [*first, loop]
                case _:
                    made.append(step)
        return tuple(made)

    def loop(
        self, before: list[Nested[Step]], loop: BackLoop[Step], region: Region
    ) -> tuple[list[Step], BackLoop[Step]]:
        """What can be read before a loop, and the loop without it."""
        found: list[Step] = []
        for step in loop.body:
            match step:
                case Step(expr=ast.Subscript(value=ast.Name(id=array), slice=index)) if (
                    binds(step) and self.times[step.target] == 1 and is_adjoint(array)
                ):
                    begun = _all_the_time(loop, step, array)
                    if begun and self._stays(before, loop, step, region):
                        whole = ast.Subscript(name(begun), index, ast.Load())
                        found.append(replace(step, expr=whole))
        read = {step.target for step in found}
        if not read:
            return [], loop
        body = tuple(s for s in loop.body if not (isinstance(s, Step) and s.target in read))
        return found, replace(loop, body=body)

    def _stays(
        self, before: list[Nested[Step]], loop: BackLoop[Step], step: Step, region: Region
    ) -> bool:
        """Whether the element that a step reads is there before a loop, and no trip changes it."""
        inside = (*region, ("loop", loop.loop.key))
        read = self._access(step, step.expr)
        if read is None or self.type_of.rank(step.expr) != 0:
            return False
        assert isinstance(step.expr, ast.Subscript) and isinstance(step.expr.value, ast.Name)
        if any(is_within(self.homes.get(n, ()), inside) for n in names_in(step.expr.slice)):
            return False
        group = self.effects.group((step.expr.value.id,))
        around = [key for kind, key in region if kind == "loop"]
        for write in every(loop.body):
            if write.target in group and not binds(write):
                place = write.index and ast.Subscript(name(write.target), write.index, ast.Load())
                hit = place and self._access(write, place)
                if not hit or self.accesses.may_meet(read, hit, around):
                    return False
        return self._is_there(before, step, group) or self.accesses.are_there(read, region)

    def _access(self, step: Step, place: ast.expr) -> Access | None:
        """Which elements a step reads or writes to, if that can be told."""
        if step.gate not in self.accesses.gates:
            return None
        gate, _, _ = self.accesses.gates[step.gate]
        access = self.accesses.elements(gate, place)
        return None if access.spans is None else access

    def _is_there(self, before: list[Nested[Step]], step: Step, group: set[str]) -> bool:
        """Whether the same element has been read or written in the same block."""
        assert isinstance(step.expr, ast.Subscript)
        index = step.expr.slice
        for other in before:
            if isinstance(other, Step) and any(
                array in group and alike(place, index) for array, place in _elements(other)
            ):
                return True
        return False


def _all_the_time(loop: BackLoop[Step], reader: Step, array: str) -> str | None:
    """The name, in front of a loop, of the array that a step of it reads, if that is one in all
    trips: a trip finds it under this name and leaves it under it."""
    meant: dict[str, str | None] = {}
    begun: str | None = None
    for step in loop.body:
        if step is reader:
            begun = meant.get(array, array)
        match step:
            case Step(expr=ast.Name(id=source), more=()) if binds(step):
                meant[step.target] = meant.get(source, source)
            case _:
                bound = (t for s in every((step,)) if binds(s) for t in (s.target, *s.more))
                meant |= dict.fromkeys(bound)
    return begun if begun is not None and meant.get(begun, begun) == begun else None


def _elements(step: Step) -> Iterator[tuple[str, ast.expr]]:
    """The elements that a step reads or writes to: their arrays and indices."""
    if step.index is not None:
        yield step.target, step.index
    for part in nodes_in(step.expr):
        match part:
            case ast.Subscript(value=ast.Name(id=array), slice=index):
                yield array, index
