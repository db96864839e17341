"""Parts of an adjoint that all go back to where they were are the whole.

In: the steps of a finished backward.  Out: the same, where an adjoint gets another one in parts
that follow each other from one end to the other, as for `u = np.concatenate([u[:1], v, u[-1:]])`:

    du0[:1] = du[:1]                               du0 += du
    du0[-1:] += du[-1:]
    du0[1:-1] += du[1:-1]
"""

from __future__ import annotations

import ast
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from adgen.algebra import number
from adgen.analysis.expressions import TypeOf
from adgen.cleanup.effects import Effects, binds, every, is_only_added_to, is_zeros
from adgen.ir import Nested, Step, Steps, altered, dumped, name, within
from adgen.rules.settle import Context
from adgen.rules.settle.spelling import without_copy
from adgen.types import Dim, ListOf, Num


def reassembled(steps: Steps, context: Context, type_of: TypeOf) -> Steps:
    """The steps, with wholes in the place of all their parts."""
    parts = _named_parts(steps)
    if not any(_part(step, parts) for step in every(steps)):
        return steps
    return Reassembling(Effects.of(steps, type_of), parts, context, type_of).block(steps)


class Part(NamedTuple):
    """What `target[first:last] += source[first:last]` adds; None is an end of the axis."""

    source: str
    first: int | None
    last: int | None


class Reassembling(NamedTuple):
    effects: Effects
    named: Mapping[str, Step]
    context: Context
    type_of: TypeOf

    def block(self, steps: Steps) -> Steps:
        made = [within(step, self.block) for step in steps]
        for begun in [s for s in made if isinstance(s, Step) and is_zeros(s)]:
            at = next(i for i, s in enumerate(made) if s is begun)
            for source, parts in self._parts(made, at, begun.target).items():
                last = max(parts)
                since = [self._named_at(made, made[part]) for part in parts]
                first = min(at, *since)
                still = first >= 0 and self.effects.may_pass(made[first:last], {source})
                if still and self._is_whole(begun.target, source, list(parts.values())):
                    whole = altered(begun, how="+=", expr=name(source), gate=made[last].gate)
                    made[last] = whole
                    made = [s for i, s in enumerate(made) if i == last or i not in parts]
                    break
        return tuple(made)

    def _parts(
        self, steps: Sequence[Nested[Step]], at: int, target: str
    ) -> Mapping[str, Mapping[int, Part]]:
        """The parts of others that an adjoint gets, by their places, until it is read."""
        found: dict[str, dict[int, Part]] = defaultdict(dict)
        for later in range(at + 1, len(steps)):
            step = steps[later]
            if not all(is_only_added_to(inner, target) for inner in every((step,))):
                break
            mine = isinstance(step, Step) and step.target == target
            part = _part(step, self.named) if isinstance(step, Step) and mine else None
            if part is not None:
                found[part.source][later] = part
        return found

    def _named_at(self, steps: Sequence[Nested[Step]], step: Nested[Step]) -> int:
        """The place where the part that a step reads has got a name, or where the step is; -1 if
        that is outside of the block."""
        assert isinstance(step, Step)
        read = step.expr.id if isinstance(step.expr, ast.Name) else None
        named = step if read is None else self.named[read]
        return next((i for i, s in enumerate(steps) if s is named), -1)

    def _is_whole(self, target: str, source: str, parts: Sequence[Part]) -> bool:
        """Whether parts follow each other from one end of an axis to the other."""
        in_order = sorted(parts, key=lambda part: (_is_from_end(part), part.first or 0))
        ends = [None, *(part.last for part in in_order)]
        if len(parts) < 2 or ends != [*(part.first for part in in_order), None]:
            return False
        if any(part.first is None for part in in_order[1:]):
            return False  # each of them is the whole already
        types = self.type_of(name(target)), self.type_of(name(source))
        if any(not isinstance(t, Num) or isinstance(t, ListOf) or not t.dims for t in types):
            return False
        mine, its = (t.dims for t in types if isinstance(t, Num) and t.dims)
        facts = self.context.facts
        # no element is in two parts
        cuts = [part.first for part in parts if part.first is not None]
        above, below = [c for c in cuts if c > 0], [c for c in cuts if c < 0]
        least = Dim(max(above, default=0) - min(below, default=0))
        return (
            len(mine) == len(its)
            and all(facts.same(a, b) is True for a, b in zip(mine, its, strict=True))
            and facts.exceeds(least, mine[0]) is False
        )


def _is_from_end(part: Part) -> bool:
    return part.first is not None and part.first < 0


def _named_parts(steps: Steps) -> dict[str, Step]:
    """The steps that give names to parts of others, for names that mean nothing else."""
    times = Counter(t for step in every(steps) for t in (step.target, *step.more))
    return {
        step.target: step
        for step in every(steps)
        if binds(step) and times[step.target] == 1 and isinstance(step.expr, ast.Subscript)
    }


def _part(step: Step, named: Mapping[str, Step]) -> Part | None:
    """The part of another adjoint that a step adds to the same part of its own."""
    if step.index is None or not (step.how == "+=" or step.begins):
        return None
    read = without_copy(step.expr)
    if isinstance(read, ast.Name) and read.id in named:
        read = named[read.id].expr
    match read:
        case ast.Subscript(value=ast.Name(id=source), slice=index) if source != step.target:
            ends = _ends(index) if dumped(index) == dumped(step.index) else None
            return None if ends is None else Part(source, *ends)
    return None


def _ends(index: ast.expr) -> tuple[int | None, int | None] | None:
    """Where an index begins and ends, if it says so in numbers; None is an end of the axis."""
    match index:
        case ast.Slice(step=None):
            first, last = (
                None if end is None else number(end) for end in (index.lower, index.upper)
            )
            told = (index.lower is None) == (first is None), (index.upper is None) == (last is None)
        case _:
            first = number(index)
            last = None if first is None else first + 1
            told = first is not None, True
    if not all(told) or isinstance(first, float) or isinstance(last, float):
        return None
    return first or None, last or None
