"""Names that stand for what is at hand anyway.

In: the steps of a finished backward.  Out: the same, without the adjoints that trips hand on and
that are `dout` all the time, and without names for slices that two lines of a block read:

    du1 = du[1:-1].copy()                          dk += lap * du[1:-1]
    dk += lap * du1                                dlap = k * du[1:-1]
    dlap = k * du1
"""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace

from adgen.analysis.expressions import TypeOf
from adgen.cleanup.effects import Effects, every, reads_of
from adgen.cleanup.fold import is_unnamed
from adgen.cleanup.gathering import COLUMNS, columns
from adgen.ir import BackBranch, BackLoop, Nested, Step, Steps, name, names_in, substitute
from adgen.rules.settle.spelling import without_copy

# a slice that takes more columns than this has a name
SHORT = 24


def without_copies(steps: Steps, seed: str, results: Collection[str], type_of: TypeOf) -> Steps:
    """The steps, without names that only repeat others."""
    steps = _without_the_seed_again(steps, seed, results)
    reads = Counter(n for step in every(steps) for n in reads_of(step))
    made = Counter(t for step in every(steps) for t in (step.target, *step.more))
    twice = {t for t, times in made.items() if times == 1 and reads[t] == 2 and is_unnamed(t)}
    return Slices(Effects.of(steps, type_of), twice - set(results), type_of).block(steps, 0)


def _without_the_seed_again(steps: Steps, seed: str, results: Collection[str]) -> Steps:
    """The steps without adjoints that are the seed in every trip of a loop that hands them on."""
    given: dict[str, set[str | None]] = {}
    for step in every(steps):
        copied = step.expr.id if isinstance(step.expr, ast.Name) else None
        whole = step.how == "=" and step.index is None and not step.more
        given.setdefault(step.target, set()).add(copied if whole else None)
    same = {target for target, sources in given.items() if None not in sources}
    same -= {seed, *results}
    while True:
        more = {t for t in same if given[t] <= {*same, seed}}
        if more == same:
            break
        same = more
    if not any(target.endswith("/") for target in same):
        return steps
    return _renamed(steps, {target: name(seed) for target in same})


def _renamed(steps: Steps, table: Mapping[str, ast.expr]) -> Steps:
    """The steps with expressions in the place of names, which nothing makes any more."""
    kept: list[Nested[Step]] = []
    for step in steps:
        match step:
            case BackBranch():
                then, orelse = _renamed(step.then, table), _renamed(step.orelse, table)
                kept.append(replace(step, then=then, orelse=orelse))
            case BackLoop():
                kept.append(replace(step, body=_renamed(step.body, table)))
            case Step() if step.target not in table:
                kept.append(replace(step, expr=substitute(step.expr, table)))
    return tuple(kept)


@dataclass(frozen=True)
class Slices:
    effects: Effects
    twice: set[str]
    type_of: TypeOf

    def block(self, steps: Steps, depth: int) -> Steps:
        kept: list[Nested[Step]] = []
        for step in steps:
            match step:
                case BackBranch():
                    then, orelse = (self.block(s, depth + 1) for s in (step.then, step.orelse))
                    kept.append(replace(step, then=then, orelse=orelse))
                case BackLoop():
                    kept.append(replace(step, body=self.block(step.body, depth + 1)))
                case _:
                    kept.append(step)
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
            spread[i] = replace(step, expr=substitute(step.expr, table))
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
