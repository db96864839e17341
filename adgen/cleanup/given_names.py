"""An adjoint that goes to a name of the author's has that name from the start.

In: the steps of a finished backward.  Out: the same, where what has no name is handed on as a whole
before anything else reads it, and is read again later:

    ds0 = np.sum(ds, axis=0)                       dlogits = np.sum(ds, axis=0)
    dlogits = ds0                                  da = ... + dlogits[:, None]
    da = ... + ds0[:, None]
"""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Collection
from typing import NamedTuple

from adgen.analysis.expressions import TypeOf
from adgen.cleanup.copies import renamed
from adgen.cleanup.effects import Effects, binds, every, reads_of
from adgen.cleanup.fold import is_unnamed
from adgen.ir import Nested, Step, Steps, altered, name, within


def under_given_names(steps: Steps, results: Collection[str], type_of: TypeOf) -> Steps:
    """The steps, adjoints that the author has a name for under that name alone."""
    if not any(_hands_on(step) for step in every(steps)):
        return steps
    made = Counter(t for step in every(steps) for t in (step.target, *step.more))
    reads = Counter(n for step in every(steps) for n in reads_of(step))
    once = {t for t, times in made.items() if times == 1 and is_unnamed(t)} - set(results)
    return GivenNames(Effects.of(steps, type_of), once, reads).block(steps)


class GivenNames(NamedTuple):
    effects: Effects
    # the adjoints without names that are made in one place, and how often each is read
    once: set[str]
    reads: Counter[str]

    def block(self, steps: Steps) -> Steps:
        made = [within(step, self.block) for step in steps]
        at = 0
        while at < len(made):
            given = made[at]
            if not (isinstance(given, Step) and self._named(made, at, given)):
                at += 1  # otherwise the next step has come here
        return tuple(made)

    def _named(self, steps: list[Nested[Step]], at: int, given: Step) -> bool:
        """Make an adjoint where it is given a name, if it may be, and read it under that name from
        there on."""
        if not _hands_on(given) or not isinstance(given.expr, ast.Name):
            return False
        adjoint = given.expr.id
        if adjoint not in self.once:
            return False
        first = next((i for i, s in enumerate(steps[:at]) if _is_made(s, adjoint)), None)
        made = steps[first] if first is not None else None
        if first is None or not isinstance(made, Step) or isinstance(made.expr, ast.Name):
            return False
        between = steps[first + 1 : at]
        mentioned = {n for s in every(tuple(between)) for n in (s.target, *s.more, *reads_of(s))}
        if mentioned & {adjoint, given.target} or self.effects.has_a_place(made):
            return False
        readers = [i for i in range(at + 1, len(steps)) if _reads(steps[i], adjoint)]
        behind = every(tuple(steps[at + 1 :]))
        seen = sum(read == adjoint for s in behind for read in reads_of(s))
        if not readers or seen + 1 < self.reads[adjoint]:
            return False  # another block reads it
        until = every(tuple(steps[at + 1 : readers[-1] + 1]))
        changes = any(given.target in (s.target, *s.more) for s in until)
        if changes or not self.effects.may_pass(between, {*reads_of(made)}):
            return False
        table: dict[str, ast.expr] = {adjoint: name(given.target)}
        steps[at] = altered(given, expr=made.expr)
        steps[at + 1 :] = renamed(tuple(steps[at + 1 :]), table)
        del steps[first]
        return True


def _hands_on(step: Step) -> bool:
    """Whether a step gives a name of the author's to what has none."""
    if not binds(step) or step.more or not isinstance(step.expr, ast.Name):
        return False
    return is_unnamed(step.expr.id) and not is_unnamed(step.target)


def _is_made(step: Nested[Step], adjoint: str) -> bool:
    return isinstance(step, Step) and step.target == adjoint and binds(step) and not step.more


def _reads(step: Nested[Step], adjoint: str) -> bool:
    return any(adjoint in reads_of(inner) for inner in every((step,)))
