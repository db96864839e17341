"""Names that stand for what is at hand anyway.

In: the steps of a finished backward.  Out: the same, without the adjoints that trips hand on and
that are what they were before all the time, and without names for slices that two lines of a
block read:

    du1 = du[1:-1].copy()                          dk += lap * du[1:-1]
    dk += lap * du1                                dlap = k * du[1:-1]
    dlap = k * du1
"""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence, Set
from typing import NamedTuple

from adgen.analysis.expressions import TypeOf
from adgen.cleanup.effects import Effects, binds, every, reads_of, stem
from adgen.cleanup.fold import is_unnamed
from adgen.cleanup.gathering import COLUMNS, columns
from adgen.ir import (
    BackBranch,
    BackLoop,
    Nested,
    Step,
    Steps,
    altered,
    name,
    names_in,
    substitute,
    within,
)
from adgen.rules.settle.spelling import without_copy

# a slice that takes more columns than this has a name
SHORT = 24


def without_copies(steps: Steps, seed: str, results: Collection[str], type_of: TypeOf) -> Steps:
    """The steps, without names that only repeat others."""
    steps = _without_the_seed_again(steps, seed, results)
    steps = _under_one_name(steps, results)
    reads = Counter(n for step in every(steps) for n in reads_of(step))
    made = Counter(t for step in every(steps) for t in (step.target, *step.more))
    twice = {t for t, times in made.items() if times == 1 and reads[t] == 2 and is_unnamed(t)}
    return Slices(Effects.of(steps, type_of), twice - set(results), type_of).block(steps, 0)


def _without_the_seed_again(steps: Steps, seed: str, results: Collection[str]) -> Steps:
    """The steps without adjoints that are the seed in every trip of a loop that hands them on."""
    given = _given(steps)
    same = {target for target, sources in given.items() if None not in sources}
    same -= {seed, *results}
    while True:
        more = {t for t in same if given[t] <= {*same, seed}}
        if more == same:
            break
        same = more
    if not any(target.endswith("/") for target in same):
        return steps
    return renamed(steps, {target: name(seed) for target in same})


def _given(steps: Steps) -> dict[str, set[str | None]]:
    """The names that each name is given the meaning of; None where it is given anything else."""
    given: dict[str, set[str | None]] = {}
    for step in every(steps):
        copied = step.expr.id if isinstance(step.expr, ast.Name) else None
        whole = binds(step) and not step.more
        given.setdefault(step.target, set()).add(copied if whole else None)
        for further in step.more:
            given.setdefault(further, set()).add(None)
    return given


def _under_one_name(steps: Steps, results: Collection[str]) -> Steps:
    """The steps, each adjoint that goes on under other names of its own under the first."""
    given = _given(steps)
    again = {
        target
        for target, sources in given.items()
        if all(source is not None and stem(source) == stem(target) for source in sources)
    }
    again -= set(results)
    if not again:
        return steps
    once = Counter(s.target for s in every(steps) if s.index is None)
    mentioned = Counter(n for step in every(steps) for n in (step.target, *reads_of(step)))
    firsts = {t for t, times in once.items() if times == 1}
    return Names(given, again, firsts, mentioned).block(steps)


class Names(NamedTuple):
    """What adjoints are given, those that are only given others of their name, those that are
    given a value in one place, and how often each is mentioned."""

    given: Mapping[str, Set[str | None]]
    again: Set[str]
    firsts: Set[str]
    mentioned: Mapping[str, int]

    def block(self, steps: Steps) -> Steps:
        made = list(steps)
        for at, step in enumerate(made):
            made[at] = within(step, self.block)
            if isinstance(step, Step) and binds(step) and step.target in self.firsts:
                same = self._names_of(step.target, made, at + 1)
                if same:
                    first: ast.expr = name(step.target)
                    behind = renamed(tuple(made[at + 1 :]), dict.fromkeys(same, first))
                    return (*made[: at + 1], *self.block(behind))
        return tuple(made)

    def _names_of(self, first: str, steps: Sequence[Nested[Step]], behind: int) -> set[str]:
        """The names that mean what an adjoint is, which the steps behind alone mention."""
        same = {t for t in self.again if stem(t) == stem(first) and t != first}
        if same:
            since = every(tuple(steps[behind:]))
            here = Counter(n for step in since for n in (step.target, *reads_of(step)))
            same = {target for target in same if here[target] == self.mentioned[target]}
        while True:
            more = {target for target in same if self.given[target] <= {*same, first}}
            if more == same:
                return same
            same = more


def renamed(steps: Steps, table: Mapping[str, ast.expr]) -> Steps:
    """The steps with expressions in the place of names, which nothing makes any more."""
    kept: list[Nested[Step]] = []
    for step in steps:
        match step:
            case BackBranch():
                then, orelse = renamed(step.then, table), renamed(step.orelse, table)
                kept.append(altered(step, then=then, orelse=orelse))
            case BackLoop():
                kept.append(altered(step, body=renamed(step.body, table)))
            case Step() if step.target not in table:
                kept.append(altered(step, expr=substitute(step.expr, table)))
    return tuple(kept)


class Slices(NamedTuple):
    effects: Effects
    twice: set[str]
    type_of: TypeOf

    def block(self, steps: Steps, depth: int) -> Steps:
        kept = [within(step, lambda s: self.block(s, depth + 1)) for step in steps]
        for step in [s for s in kept if isinstance(s, Step) and s.target in self.twice]:
            self._spread(kept, step, depth)
        return tuple(kept)

    def _spread(self, kept: list[Nested[Step]], made: Step, depth: int) -> None:
        """Put a slice where it is read, if it is the same at both places."""
        part = without_copy(made.expr)
        if made.how != "=" or made.index is not None or not self._is_short_slice(part):
            return
        at = next(i for i, s in enumerate(kept) if s is made)
        readers = [i for i in range(at + 1, len(kept)) if self._reads(kept[i], made.target)]
        reads = set(reads_of(made))
        if len(readers) != 2:
            return
        if not self.effects.may_pass(kept[at + 1 : readers[-1]], reads):
            return
        table = {made.target: part}
        spread: dict[int, Step] = {}
        for i in readers:
            step = kept[i]
            assert isinstance(step, Step)
            spread[i] = altered(step, expr=substitute(step.expr, table))
            if 4 * depth + columns(spread[i].expr) > COLUMNS - 8:
                return
        kept[:] = [spread.get(i, s) for i, s in enumerate(kept) if i != at]

    def _is_short_slice(self, node: ast.expr) -> bool:
        """Whether an expression is a view of an array that has a name."""
        match node:
            case ast.Subscript(value=ast.Name()):
                several = self.type_of.rank(node) not in (0, None)
                return several and columns(node) <= SHORT and _slices_only(node.slice)
        return False

    def _reads(self, step: Nested[Step], target: str) -> bool:
        """Whether a step works something out of an adjoint, or puts it into another."""
        if not isinstance(step, Step) or target not in names_in(step.expr):
            return False
        whole = isinstance(step.expr, ast.Name) and step.index is None
        return not whole and step.how in ("=", "+=", "-=") and self._is_taken_as_it_is(step, target)

    def _is_taken_as_it_is(self, step: Step, target: str) -> bool:
        """Whether what an adjoint's array holds is read at once, and is the adjoint not written."""
        aliases = self.effects.shared.get(step.target, set()) if step.how == "=" else set()
        return target not in aliases or step.index is not None


def _slices_only(index: ast.expr) -> bool:
    """Whether an index makes a view: slices and integers that are written out."""
    parts: Iterator[ast.expr] = iter(index.elts if isinstance(index, ast.Tuple) else [index])
    return all(isinstance(part, ast.Slice) for part in parts)
