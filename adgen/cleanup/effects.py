"""What the steps of a finished backward read and change, to tell which may change places."""

from __future__ import annotations

import ast
import heapq
import itertools
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence, Set
from dataclasses import dataclass, field

from adgen.analysis.expressions import TypeOf
from adgen.cleanup.storage import roots
from adgen.ir import (
    BackBranch,
    BackLoop,
    Leave,
    Loop,
    Nested,
    Step,
    Steps,
    hint,
    is_adjoint,
    names_in,
    walk,
    within,
)
from adgen.rules.settle.adjoints import is_fresh
from adgen.types import Stack


@dataclass(frozen=True)
class Effects:
    """The names whose arrays may be one, for each name that shares its array with another, and
    those of stacks."""

    shared: dict[str, set[str]] = field(default_factory=dict)
    stacks: set[str] = field(default_factory=set)

    @staticmethod
    def of(steps: Steps, type_of: TypeOf) -> Effects:
        """Names that are ever given each other's arrays, or views of these."""
        found = Effects(stacks={n for n, t in type_of.types.items() if isinstance(t, Stack)})
        for step in every(steps):
            if step.index is None and step.how in ("=", "put"):
                storage = roots(step.expr, type_of)
                if storage and type_of.rank(step.expr) != 0:
                    found._join({*storage, step.target, *step.more})
        return found

    def _join(self, names: set[str]) -> None:
        whole = names.union(*(self.shared.get(n, ()) for n in names))
        for n in whole:
            self.shared[n] = whole

    def group(self, names: Iterable[str]) -> set[str]:
        """These names, and those of what shares their arrays."""
        found = set(names)
        return found.union(*(self.shared.get(n, ()) for n in found))

    def changed(self, step: Nested[Step]) -> set[str]:
        """The names that mean something else after a step."""
        found: set[str] = set()
        for inner in steps_of(step):
            if binds(inner):
                found.update((inner.target, *inner.more))
            else:
                found |= self.group((inner.target,))
        return found

    def has_a_place(self, step: Step) -> bool:
        """Whether a step may only stand where it stands: it takes something off a stack."""
        return not self.stacks.isdisjoint(reads_of(step))

    def may_pass(self, steps: Sequence[Nested[Step]], reads: Set[str]) -> bool:
        """Whether what reads these names may stand behind some steps as well as before them."""
        new: set[str] = set()
        for step in steps:
            inside = steps_of(step)
            bound = {s.target for s in inside if binds(s)}
            if not all(
                self._may_pass(s, reads)
                for s in inside
                # what writes into an array that has been made since changes no other
                if binds(s) or s.target not in new or s.target in bound
            ):
                return False
            new -= bound
            if isinstance(step, Step) and binds(step) and is_fresh(step.expr):
                new.add(step.target)
        return True

    def _may_pass(self, step: Step, reads: Set[str]) -> bool:
        return is_adjoint(step.target) and not self.changed(step) & reads


class Row:
    """The steps of a block so far, and which of them mention a name, or change what it means."""

    def __init__(self, effects: Effects) -> None:
        self.effects = effects
        # by their places in the row, which stay what they are when a step is taken out
        self.steps: dict[int, Nested[Step]] = {}
        self.mentions: dict[str, list[int]] = defaultdict(list)
        self.changes: dict[str, int] = {}
        self.restores = -1

    def append(self, step: Nested[Step]) -> None:
        at = next(reversed(self.steps), -1) + 1
        self.steps[at] = step
        mentioned: set[str] = set()
        for inner in steps_of(step):
            mentioned.update((inner.target, *inner.more, *reads_of(inner)))
            if not is_adjoint(inner.target):
                self.restores = at
        for each in mentioned:
            self.mentions[each].append(at)
        for each in self.effects.changed(step):
            self.changes[each] = at

    def mentioning(self, names: Iterable[str]) -> Iterator[int]:
        """The places of the steps that mention one of these names, the last first."""
        lists = [self.mentions[n] for n in names if n in self.mentions]
        if len(lists) == 1:  # of places that are all different
            return (at for at in reversed(lists[0]) if at in self.steps)
        found = heapq.merge(*map(reversed, lists), reverse=True)
        return (at for at, _ in itertools.groupby(found) if at in self.steps)

    def may_wait(self, at: int, reads: Set[str]) -> bool:
        """Whether what reads these names at a place may as well stand behind all steps since."""
        if self.restores <= at and all(self.changes.get(n, -1) <= at for n in reads):
            return True
        since = [self.steps[k] for k in itertools.takewhile(lambda k: k > at, reversed(self.steps))]
        return self.effects.may_pass(since[::-1], reads)


def row_by_row(
    steps: Steps, effects: Effects, change: Callable[[Row, Step, int], Step], depth: int = 0
) -> Steps:
    """The steps, each as `change` has it, which may take steps out of the row before it.

    It is told how deep in loops and branches the row is.
    """
    row = Row(effects)
    for step in steps:
        if isinstance(step, Step):
            row.append(change(row, step, depth))
        else:
            row.append(within(step, lambda s: row_by_row(s, effects, change, depth + 1)))
    return tuple(row.steps.values())


def every(steps: Steps) -> Iterator[Step]:
    """Every step, those inside of branches and loops too."""
    for step in steps:
        if isinstance(step, Step):
            yield step
        elif isinstance(step, BackBranch):
            yield from every((*step.then, *step.orelse))
        elif isinstance(step, BackLoop):
            yield from every(step.body)


def steps_of(step: Nested[Step]) -> Sequence[Step]:
    """A step, or those inside of a branch or loop."""
    return (step,) if isinstance(step, Step) else [*every((step,))]


def given_and_read_once(steps: Steps, results: Collection[str]) -> set[str]:
    """The adjoints that are given a value in one place and read in one, results left out."""
    targets = Counter(t for step in every(steps) for t in (step.target, *step.more))
    reads = Counter(n for step in every(steps) for n in reads_of(step))
    return {t for t, times in targets.items() if times == 1 and reads[t] == 1} - set(results)


def binds(step: Step) -> bool:
    """Whether a step gives names what they mean, and writes into no array."""
    return step.how == "=" and step.index is None


def is_zeros(step: Step) -> bool:
    """Whether a step has an adjoint begin as an array of zeros."""
    match step:
        case Step(how="=", index=None, expr=ast.Call(func=ast.Attribute(value=ast.Name(id="@np")))):
            made = step.expr.func.attr  # type: ignore[attr-defined]
            return made in ("zeros", "zeros_like") and not step.more
    return False


def is_only_added_to(step: Step, target: str) -> bool:
    """Whether a step leaves an adjoint alone, or adds to some of its elements."""
    if target in (*reads_of(step), *step.more):
        return False
    if step.target != target:
        return True
    return step.index is not None and (step.how in ("+=", "-=", "at") or step.begins)


def reads_of(step: Step) -> tuple[str, ...]:
    """The names that a step reads; what it adds to is not among them."""
    reads = names_in(step.expr)
    return reads if step.index is None else (*reads, *names_in(step.index))


def hands_on(step: Step) -> bool:
    """Whether a step will have nothing to say: an adjoint goes on under the same name."""
    if not isinstance(step.expr, ast.Name) or not is_adjoint(step.expr.id):
        return False
    return step.how == "=" and stem(step.expr.id) == stem(step.target)


def stem(adjoint: str) -> str:
    """What an adjoint's name is made from."""
    return hint(adjoint.removeprefix("d~"))


def handed_on(before: Sequence[Nested[Step]], body: Sequence[Nested[Step]]) -> dict[str, str]:
    """The adjoints that a loop's trips only hand on, and what each of them is all the time."""
    given = {s.target for s in before if isinstance(s, Step) and s.index is None}
    times = Counter(t for s in _changing(body) for t in (s.target, *s.more))
    source = {s.target: s.expr.id for s in body if isinstance(s, Step) and times[s.target] == 1
              if s.how == "=" and s.index is None and isinstance(s.expr, ast.Name)}  # fmt: skip

    def begins_as(adjoint: str) -> str:
        """The adjoint from before the loop that is handed on under this name."""
        for _ in source:
            if adjoint in given or adjoint not in source:
                break
            adjoint = source[adjoint]
        return adjoint

    still = {n for n in given if n in source and begins_as(source[n]) == n}
    return {n: begins_as(n) for n in {*source, *still} if begins_as(n) in still}


def _changing(body: Sequence[Nested[Step]]) -> Iterator[Step]:
    """The steps of a block that give adjoints new values, not what they are all the time."""
    for at, step in enumerate(body):
        if isinstance(step, BackLoop):
            still = handed_on(body[:at], step.body)
            yield from (s for s in _changing(step.body) if s.target not in still)
        else:
            yield from every((step,))


def may_end_early(loop: Loop) -> bool:
    """Whether a loop may leave before its last trip."""
    return any(isinstance(stmt, Leave) for stmt in walk(loop.body))
