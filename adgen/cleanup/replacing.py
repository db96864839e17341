"""Elements that the forward replaces: their adjoint is taken out, cleared, and read.

In: the steps of a finished backward.  Out: the same, where the one line that reads what was taken
out stands before the clearing, so that it can read it where it is; and where an element is not
cleared first that gets a new value later:

    du0 = du[i]                                    du0 = 0.25 * du[i]
    du[i] = 0.0                                    du[i] = 0.0
    du0 = 0.25 * du0

    dx[i] = 0.0                                    dx[i] = dx0 / a[i]
    da[i] -= dx0 * x[i] / a[i]                     da[i] -= dx0 * x[i] / a[i]
    dx[i] += dx0 / a[i]
"""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from adgen.algebra import negate, number
from adgen.analysis.expressions import TypeOf
from adgen.cleanup.effects import Effects, binds, every, reads_of
from adgen.ir import Nested, Step, Steps, altered, dumped, names_in, within
from adgen.rules.settle.spelling import without_copy


def replaced(steps: Steps, type_of: TypeOf, statement_of: Mapping[int, int]) -> Steps:
    """The steps, clearings as late as they may be, and none where a value follows."""
    if not any(_clears(step) for step in every(steps)):
        return steps
    made = Counter(t for step in every(steps) for t in (step.target, *step.more))
    reads = Counter(n for step in every(steps) for n in reads_of(step))
    once = {t for t, times in made.items() if times == 1 and reads[t] == 1}
    return Replacing(Effects.of(steps, type_of), once, statement_of).block(steps)


class Replacing(NamedTuple):
    effects: Effects
    # the names that are given a value in one place, and read in one
    once: set[str]
    statement_of: Mapping[int, int]

    def block(self, steps: Steps) -> Steps:
        made = [within(step, self.block) for step in steps]
        for clearing in [s for s in made if isinstance(s, Step) and _clears(s)]:
            at = next(i for i, s in enumerate(made) if s is clearing)
            if not self._given_later(made, at, clearing):
                self._read_before(made, at, clearing)
        return tuple(made)

    def _given_later(self, steps: list[Nested[Step]], at: int, clearing: Step) -> bool:
        """Put the value that a cleared element gets in the place of the zero, if it gets one."""
        later = self._next_mention(steps, at, clearing)
        step = steps[later] if later is not None else None
        if later is None or not isinstance(step, Step) or step.how not in ("+=", "-="):
            return False
        same = step.target == clearing.target and dumped(step.index) == dumped(clearing.index)
        if not same or self.effects.group((step.target,)) & {*reads_of(step)}:
            return False
        expr = negate(step.expr) if step.how == "-=" else step.expr
        given = altered(step, how="=", expr=expr)
        between = steps[at + 1 : later]
        early = self._is_one_statement(clearing, step) and self.effects.may_pass(
            between, {*reads_of(step)}
        )
        steps[at : later + 1] = [given, *between] if early else [*between, given]
        return True

    def _read_before(self, steps: list[Nested[Step]], at: int, clearing: Step) -> None:
        """Put a clearing behind the one step that reads what was taken out before."""
        taken = next((s for s in steps[:at][::-1] if self._takes_out(s, clearing)), None)
        if not isinstance(taken, Step) or taken.target not in self.once:
            return
        later = next((i for i, s in enumerate(steps) if i > at and _reads(s, taken.target)), None)
        step = steps[later] if later is not None else None
        if later is None or not isinstance(step, Step):
            return
        mentioned = self._next_mention(steps, at, clearing)
        if (mentioned is None or mentioned > later) and self._is_one_statement(clearing, step):
            steps[at : later + 1] = [*steps[at + 1 : later + 1], clearing]

    def _takes_out(self, step: Nested[Step], clearing: Step) -> bool:
        """Whether a step gives a name to the elements that are cleared."""
        if not isinstance(step, Step) or not binds(step):
            return False
        match without_copy(step.expr):
            case ast.Subscript(value=ast.Name(id=array), slice=index):
                same = array in self.effects.group((clearing.target,))
                return same and dumped(index) == dumped(clearing.index)
        return False

    def _next_mention(self, steps: Sequence[Nested[Step]], at: int, clearing: Step) -> int | None:
        """The place of the next step that has to do with an adjoint of which a part is cleared,
        or with what says which part that is."""
        assert clearing.index is not None
        group = self.effects.group((clearing.target,))
        place = {*names_in(clearing.index)}
        for later in range(at + 1, len(steps)):
            inside = [s for s in every((steps[later],)) if not self._is_elsewhere(s, clearing)]
            if place & self.effects.changed(steps[later]) or any(
                group.intersection((s.target, *s.more, *reads_of(s))) for s in inside
            ):
                return later
        return None

    def _is_elsewhere(self, step: Step, clearing: Step) -> bool:
        """Whether a step gives something to another element than the one that is cleared."""
        one, other = (None if s.index is None else number(s.index) for s in (step, clearing))
        if one is None or other is None or one == other or (one < 0) != (other < 0):
            return False
        group = self.effects.group((clearing.target,))
        return step.how in ("=", "+=", "-=") and group.isdisjoint(reads_of(step))

    def _is_one_statement(self, one: Step, other: Step) -> bool:
        gates = (one.gate, other.gate)
        return len({self.statement_of.get(gate, gate) for gate in gates}) == 1


def _clears(step: Step) -> bool:
    """Whether a step sets elements of an adjoint to zero that may have been something else."""
    zero = isinstance(step.expr, ast.Constant) and step.expr.value == 0.0
    return zero and step.how == "=" and step.index is not None and not step.begins


def _reads(step: Nested[Step], adjoint: str) -> bool:
    return any(adjoint in reads_of(inner) for inner in every((step,)))
