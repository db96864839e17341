"""An adjoint begins as what it receives as a whole.

In: the steps of a finished backward.  Out: the same, where zeros that elements are added to, and
then a whole array, begin as that array; where nothing else needs it, in the array that is there:

    dnew0 = k * dnew[1:-1]                         dnew0 = k * du[1:-1]
    du = np.zeros_like(u)                          du[:-2] += dnew0
    du[:-2] = dnew0                                du[2:] += dnew0
    du[2:] += dnew0
    du += dnew
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from typing import NamedTuple

from adgen.algebra import negate
from adgen.analysis.expressions import TypeOf
from adgen.cleanup.effects import Effects, binds, every, is_only_added_to, is_zeros, reads_of, stem
from adgen.cleanup.storage import roots
from adgen.ir import (
    BackBranch,
    BackLoop,
    Nested,
    Step,
    Steps,
    altered,
    is_adjoint,
    name,
    substitute,
)
from adgen.paths import is_part
from adgen.rules.settle import Context
from adgen.rules.settle.adjoints import is_full
from adgen.rules.settle.spelling import copied
from adgen.rules.shapes import as_num
from adgen.types import ListOf, Num, Record, Seq, Stack


def begun_whole(
    steps: Steps,
    seed: str,
    results: Collection[str],
    context: Context,
    type_of: TypeOf,
    statement_of: Mapping[int, int],
) -> Steps:
    """The steps, without zeros that a whole array is added to."""
    zeros = {step.target for step in every(steps) if is_zeros(step)}
    if not any(step.target in zeros and _adds_whole(step) for step in every(steps)):
        return steps
    while True:
        effects = Effects.of(steps, type_of)
        change = Beginnings(steps, effects, seed, results, context, type_of, statement_of)
        changed = change.block(steps, ())
        if changed is None:
            return steps
        steps = changed


class Beginnings(NamedTuple):
    whole: Steps
    effects: Effects
    seed: str
    results: Collection[str]
    context: Context
    type_of: TypeOf
    statement_of: Mapping[int, int]

    def block(self, steps: Steps, around: tuple[Nested[Step], ...]) -> Steps | None:
        """A block, in the loops and branches around it, with one beginning changed."""
        for at, step in enumerate(steps):
            inside = (*around, step)
            changed: Nested[Step] | None = None
            match step:
                case BackBranch():
                    then = self.block(step.then, inside)
                    orelse = self.block(step.orelse, inside) if then is None else None
                    if then is not None or orelse is not None:
                        changed = altered(
                            step, then=then or step.then, orelse=orelse or step.orelse
                        )
                case BackLoop():
                    body = self.block(step.body, inside)
                    changed = altered(step, body=body) if body is not None else None
                case Step() if is_zeros(step):
                    added = self._added(steps, at, outermost=not around)
                    if added is not None:
                        return tuple(self._changed(list(steps), at, added, around))
            if changed is not None:
                return (*steps[:at], changed, *steps[at + 1 :])
        return None

    def _added(self, steps: Sequence[Nested[Step]], at: int, outermost: bool) -> int | None:
        """The place where a whole array is added to what begins as zeros, if that may be first."""
        begun = steps[at]
        assert isinstance(begun, Step)
        target = begun.target
        for later in range(at + 1, len(steps)):
            step = steps[later]
            if isinstance(step, Step) and step.target == target and _adds_whole(step):
                between = steps[at:later]
                taught = outermost and is_part(target, self.results)
                if taught and not self._is_one_statement(step, between):
                    return None
                early = self.effects.may_pass(between, {*reads_of(step)} - {target})
                return later if early and self._fills(step) else None
            if not all(is_only_added_to(inner, target) for inner in every((step,))):
                return None
        return None

    def _is_one_statement(self, step: Step, between: Sequence[Nested[Step]]) -> bool:
        gates = [s.gate for s in every(tuple(between)) if s.target == step.target]
        return len({self.statement_of.get(gate, gate) for gate in (*gates, step.gate)}) == 1

    def _fills(self, step: Step) -> bool:
        """Whether what is added is an array like those that an adjoint begins as."""
        if step.target in reads_of(step):
            return False
        given, wanted = as_num(self.type_of(step.expr)), self.type_of(name(step.target))
        if not isinstance(wanted, Num) or isinstance(wanted, ListOf) or not given.dims:
            return False
        if {given.form, wanted.form} != {"array"}:
            return False
        return given.dtype == wanted.dtype != "" and is_full(self.context, given, wanted)

    def _changed(
        self,
        steps: list[Nested[Step]],
        at: int,
        added: int,
        around: tuple[Nested[Step], ...],
    ) -> list[Nested[Step]]:
        """The steps of a block, of which one adds all of an adjoint to another."""
        step, begun = steps[added], steps[at]
        assert isinstance(step, Step) and isinstance(begun, Step)
        expr = negate(step.expr) if step.how == "-=" else step.expr
        rest = [*steps[at + 1 : added], *steps[added + 1 :]]
        # where it is first mentioned, if not where all of it is added
        late = next(i for i, s in enumerate(steps[at + 1 :]) if _mentions(s, begun.target))
        before, behind = [*steps[:at], *rest[:late]], rest[late:]
        behind = [_without_beginning(s, begun.target) for s in behind]
        if roots(expr, self.type_of):
            if isinstance(expr, ast.Name) and self._may_take(
                expr.id, begun.target, before, behind, around
            ):
                before, expr = self._under_one_name(before, expr, begun.target)
            else:
                expr = copied(expr)
        return [*before, altered(step, how="=", expr=expr), *behind]

    # -- the array of another adjoint --------------------------------------------------------

    def _may_take(
        self,
        source: str,
        target: str,
        before: Sequence[Nested[Step]],
        behind: Sequence[Nested[Step]],
        around: tuple[Nested[Step], ...],
    ) -> bool:
        """Whether an adjoint's array is the backward's own, and nothing reads it from here on."""
        group = self.effects.group((source,))
        if not all(is_adjoint(n) and not is_part(n, (self.seed,)) for n in group):
            return False
        if any(self._keeps(step, group) for step in every(self.whole)):
            return False
        trips = around and isinstance(around[-1], BackLoop)
        later = [*behind, *before] if trips else behind
        return all(
            self._is_read_no_more(n, later, around)
            for n in group - {target}
            if self._may_be(n, around)
        )

    def _keeps(self, step: Step, group: set[str]) -> bool:
        """Whether a step puts an array of these into something that holds several."""
        if group.isdisjoint(reads_of(step)):
            return False
        holds = isinstance(self.type_of.types.get(step.target), Seq | Record | Stack)
        return holds or isinstance(step.expr, ast.Tuple | ast.List | ast.Dict)

    def _may_be(self, adjoint: str, around: tuple[Nested[Step], ...]) -> bool:
        """Whether a name may have been given an array before the outermost step around ends."""
        if not around:
            return True
        end = next(i for i, s in enumerate(self.whole) if s is around[0])
        return any(adjoint in (s.target, *s.more) for s in every(self.whole[: end + 1]))

    def _is_read_no_more(
        self, adjoint: str, later: Sequence[Nested[Step]], around: tuple[Nested[Step], ...]
    ) -> bool:
        """Whether a name is given a new array, or never read again."""
        for step in later:
            if any(adjoint in reads_of(inner) for inner in every((step,))):
                return False
            if isinstance(step, Step) and adjoint == step.target:
                return binds(step)
        return adjoint not in self.results and not any(
            adjoint in (s.target, *reads_of(s)) for s in self._reached(around)
        )

    def _reached(self, around: tuple[Nested[Step], ...]) -> Iterator[Step]:
        """The steps outside of a block that may run behind it."""
        if not around:
            return
        at = next(i for i, s in enumerate(self.whole) if s is around[0])
        yield from every(self.whole[at + 1 :])
        if len(around) > 1:  # its loop may have it run again
            own = {id(s) for s in every((around[-1],))}
            yield from (s for s in every((around[0],)) if id(s) not in own)

    def _under_one_name(
        self, before: list[Nested[Step]], source: ast.Name, target: str
    ) -> tuple[list[Nested[Step]], ast.Name]:
        """The steps before, without a name that an adjoint goes through between two of its own:
        `dnew = du`, and then `du = dnew`."""
        names, given, at = self._names_since(before, source, target)
        if given is None:
            return before, source
        here = [*every(tuple(before[at:]))]
        inside = sum(s.target in names for s in here), _reads(here, names) + 1
        all_of_them = [*every(self.whole)]
        whole = sum(s.target in names for s in all_of_them), _reads(all_of_them, names)
        bound = [s for s in here if binds(s) and s.target in {*names, given.id}]
        rebound = not all(_renames(s, names, given) for s in bound)
        if inside != whole or rebound:
            return before, source
        since = [s for s in before[at:] if not (isinstance(s, Step) and _renames(s, names, given))]
        return [*before[:at], *(_renamed(s, dict.fromkeys(names, given)) for s in since)], given

    def _names_since(
        self, before: Sequence[Nested[Step]], source: ast.Name, target: str
    ) -> tuple[set[str], ast.Name | None, int]:
        """The names that an adjoint goes through, what it was before under a name of the target's,
        and the place where it gets the first of these names."""
        names: set[str] = set()
        given = source
        for at in range(len(before) - 1, -1, -1):
            step = before[at]
            if isinstance(step, Step) and binds(step) and step.target == given.id:
                names.add(given.id)
                if not isinstance(step.expr, ast.Name) or not is_adjoint(step.expr.id):
                    break
                given = step.expr
                if stem(given.id) == stem(target):
                    return names, given, at
        return names, None, 0


def _reads(steps: Sequence[Step], names: set[str]) -> int:
    return sum(read in names for step in steps for read in reads_of(step))


def _renames(step: Step, names: set[str], given: ast.Name) -> bool:
    """Whether a step only gives an adjoint one of these names."""
    again = isinstance(step.expr, ast.Name) and step.expr.id in {*names, given.id}
    return binds(step) and step.target in names and again


def _mentions(step: Nested[Step], adjoint: str) -> bool:
    return any(adjoint in (s.target, *reads_of(s)) for s in every((step,)))


def _adds_whole(step: Step) -> bool:
    return step.how in ("+=", "-=") and step.index is None


def _each(step: Nested[Step], change: Callable[[Step], Step]) -> Nested[Step]:
    """A step with every step in it changed."""
    match step:
        case BackBranch():
            then, orelse = (tuple(_each(s, change) for s in side)
                            for side in (step.then, step.orelse))  # fmt: skip
            return altered(step, then=then, orelse=orelse)
        case BackLoop():
            return altered(step, body=tuple(_each(s, change) for s in step.body))
    return change(step)


def _without_beginning(step: Nested[Step], target: str) -> Nested[Step]:
    """A step that adds to elements, where it was the first to give them something."""

    def added(inner: Step) -> Step:
        first = inner.target == target and inner.begins
        return altered(inner, how="+=", begins=False) if first else inner

    return _each(step, added)


def _renamed(step: Nested[Step], table: dict[str, ast.Name]) -> Nested[Step]:
    def read(inner: Step) -> Step:
        index = substitute(inner.index, table) if inner.index is not None else None
        target = table.get(inner.target, name(inner.target)).id
        return altered(inner, target=target, expr=substitute(inner.expr, table), index=index)

    return _each(step, read)
