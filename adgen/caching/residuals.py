"""The cache: what the backward reads of the forward, and nothing else.

A value that is only asked for its shape is not kept: the length is taken from an
integer of the author's, from another value that is kept anyway, or else as a
tuple, `x_shape`.  What a loop's trip leaves behind goes onto a tape, one entry
per trip; what one side of a branch leaves behind is `saved` with it.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

from adgen.caching.plan import Plan
from adgen.caching.reads import is_primal
from adgen.caching.shapes import Remade, Shapes, shape_of_value
from adgen.cleanup import Finished
from adgen.ir import (
    BackBranch,
    BackLoop,
    Block,
    Branch,
    Gate,
    Leave,
    Loop,
    Mark,
    Region,
    Staged,
    Step,
    Steps,
    name,
    names_in,
    walk,
)
from adgen.paths import leaf_of
from adgen.types import Num, Type


class Residual(NamedTuple):
    """One entry of a cache: `expr` on the forward way, `target` on the way back."""

    target: str
    expr: ast.expr


Cache = tuple[Residual, ...]


@dataclass(frozen=True)
class Pair:
    """Forward and backward, ready to be printed.

    `caches` has, for the function (), for each loop and each side of a branch,
    what is kept of it.  `tests` are the branches whose condition is kept, `counts` the
    loops whose trips are counted, `paired` those whose index is not on their tape but comes
    from their range, and `broken` those that may end early.
    """

    staged: Staged
    forward: Block
    caches: Mapping[Region, Cache]
    tests: frozenset[int]
    counts: frozenset[int]
    paired: frozenset[int]
    broken: frozenset[int]
    steps: Steps
    types: Mapping[str, Type]
    statement_of: Mapping[int, int]
    seed: str
    results: tuple[str, ...]
    # those of the helpers that are compiled by themselves
    helpers: tuple[Pair, ...] = ()
    # whether what trips and sides leave behind is put on stacks, a value on each
    stacked: bool = False

    @property
    def cache(self) -> Cache:
        return self.caches.get((), ())

    @cached_property
    def restored(self) -> tuple[str, ...]:
        """The arrays that the way back puts into their earlier states."""
        return tuple(dict.fromkeys(_restored(self.steps)))


def carry(plan: Plan, finished: Finished, stacked: bool = False) -> Pair:
    """Decide the cache of a finished backward.

    `stacked` is for code that is compiled again: tapes and what is saved are taken
    apart into stacks of single values.
    """
    staged = plan.staged
    order = definition_order(staged, plan.forward)
    steps = Remade().all(finished.steps)
    shapes = Shapes(staged, order, steps)
    steps = shapes.all(steps)
    keeper = Keeper(staged, order, shapes.shapes, stacked)
    keeper.block(steps, ())
    return Pair(
        staged=staged,
        forward=plan.forward,
        caches=keeper.caches(),
        tests=frozenset(keeper.tests),
        counts=frozenset(keeper.counts),
        paired=frozenset(keeper.paired),
        broken=frozenset(
            s.key for s in walk(plan.forward) if isinstance(s, Loop) and _breaks(s.body)
        ),
        steps=steps,
        types=finished.types,
        statement_of=plan.statement_of,
        seed=finished.seed,
        results=finished.results,
        stacked=stacked,
    )


def _restored(steps: Steps) -> Iterator[str]:
    for step in steps:
        match step:
            case Step():
                yield from [step.target] if is_primal(step.target) else []
            case BackBranch():
                yield from _restored((*step.then, *step.orelse))
            case BackLoop():
                yield from _restored(step.body)


def definition_order(staged: Staged, forward: Block) -> dict[str, int]:
    """Where each value is defined: arguments first, then in the order of the text."""
    values = [*staged.program.inputs, *_defined(forward)]
    return {value: position for position, value in enumerate(values)}


def _defined(block: Block) -> Iterator[str]:
    for stmt in block:
        match stmt:
            case Gate():
                yield from stmt.targets
            case Mark():
                yield from stmt.targets
            case Branch():
                yield from _defined(stmt.then)
                if stmt.catches is not None and stmt.catches.target is not None:
                    yield stmt.catches.target
                yield from _defined(stmt.orelse)
                yield from (merge.target for merge in stmt.merges)
            case Loop():
                yield from ([stmt.index] if stmt.index else [])
                yield from (c.inner for c in stmt.carried)
                yield from _defined(stmt.body)
                yield from (c.after for c in stmt.carried if c.after != c.inner)


def _breaks(body: Block) -> bool:
    """Whether a loop of this body may end early."""
    return any(
        isinstance(stmt, Leave)
        or isinstance(stmt, Branch)
        and (_breaks(stmt.then) or _breaks(stmt.orelse))
        for stmt in body
    )


class Keeper:
    """Collects, region by region, what the backward reads."""

    def __init__(
        self,
        staged: Staged,
        order: Mapping[str, int],
        shapes: Mapping[str, str],
        stacked: bool = False,
    ) -> None:
        self.order = order
        self.stacked = stacked
        self.shapes = shapes
        self.types = staged.types
        self.homes = staged.program.homes
        self.indices = {s.index for s in walk(staged.program.body) if isinstance(s, Loop)}
        self.kept: dict[Region, dict[str, Residual]] = {}
        self.tests: set[int] = set()
        self.counts: set[int] = set()
        self.paired: set[int] = set()

    def caches(self) -> dict[Region, Cache]:
        return {
            region: tuple(sorted(kept.values(), key=self._rank))
            for region, kept in self.kept.items()
        }

    def _rank(self, residual: Residual) -> tuple[int, str]:
        of = self.shapes.get(residual.target, residual.target)
        return (self.order.get(leaf_of(of)[0], len(self.order)), residual.target)

    # -- the walk -----------------------------------------------------------------

    def block(self, steps: Steps, region: Region) -> None:
        for step in steps:
            match step:
                case Step():
                    for part in (step.expr, step.index):
                        if part is not None:
                            self.keep_all(part)
                    if is_primal(step.target):
                        self.keep(step.target)
                case BackBranch():
                    self.block(step.then, (*region, ("then", step.branch.key)))
                    self.block(step.orelse, (*region, ("else", step.branch.key)))
                case BackLoop():
                    self.block(step.body, (*region, ("loop", step.loop.key)))
        for step in steps:
            if isinstance(step, BackLoop):
                self.loop(step.loop, region)
            elif isinstance(step, BackBranch):
                self.branch(step, region)

    def keep_all(self, node: ast.expr) -> None:
        for value in names_in(node):
            if is_primal(value):
                self.keep(value)

    def keep(self, value: str) -> None:
        if value in self.shapes:
            base = leaf_of(self.shapes[value])[0]
            shape = shape_of_value(self.types, self.shapes[value])
            self._put(self.homes.get(base, ()), value, shape)
            return
        base = leaf_of(value)[0]
        self._put(self.homes.get(base, ()), base, name(base))

    def _put(self, region: Region, target: str, expr: ast.expr) -> None:
        self.kept.setdefault(region, {})[target] = Residual(target, expr)

    def loop(self, loop: Loop, region: Region) -> None:
        """Keep a loop's tape, or what its trips are counted by."""
        inside = (*region, ("loop", loop.key))
        kept = self.kept.get(inside, {})
        if set(kept) - {loop.index} and not self.stacked:
            if loop.index in kept and self._is_paired(loop, kept):
                del kept[loop.index]
                self.paired.add(loop.key)
                self.keep_all(loop.over)
            tape = f"tape~{loop.key}"
            self._put(region, tape, name(tape))
            return
        ends_early = loop.index is None or _breaks(loop.body)
        if not (self.stacked and ends_early):
            kept.pop(loop.index or "", None)
        if not kept:
            self.kept.pop(inside, None)
        if loop.index is not None and not (self.stacked and ends_early):
            self.keep_all(loop.over)
        if ends_early:
            self.counts.add(loop.key)
            trips = f"trips~{loop.key}"
            self._put(region, trips, name(trips))

    def _is_paired(self, loop: Loop, kept: Mapping[str, Residual]) -> bool:
        """Whether a tape of single numbers is read beside the loop's range."""
        rest = [self.types.get(value) for value in kept if value != loop.index]
        single = len(rest) == 1 and isinstance(rest[0], Num) and rest[0].is_scalar
        return single and all(self._is_had(v) for v in names_in(loop.over) if is_primal(v))

    def _is_had(self, value: str) -> bool:
        """Whether a value is there anyway, or is a single number that all trips share."""
        base, type_ = leaf_of(value)[0], self.types.get(value)
        home = self.homes.get(base, ())
        if base not in self.homes or value in self.indices or base in self.kept.get(home, {}):
            return True
        looping = any(kind == "loop" for kind, _ in home)
        return isinstance(type_, Num) and type_.is_scalar and not looping

    def branch(self, step: BackBranch[Step], region: Region) -> None:
        """Keep which side was taken, and what that side has saved."""
        branch = step.branch
        sides = [(*region, (kind, branch.key)) for kind in ("then", "else")]
        if any(self.kept.get(side) for side in sides) and not self.stacked:
            saved = f"saved~{branch.key}"
            self._put(region, saved, name(saved))
        if branch.catches is None and (
            self._is_kept_truth(branch.test) or self._can_repeat(branch.test)
        ):
            self.keep_all(branch.test)
        else:
            self.tests.add(branch.key)
            taken = f"taken~{branch.key}"
            self._put(region, taken, name(taken))

    def _is_kept_truth(self, test: ast.expr) -> bool:
        """Whether a test is a truth value of the author's, which is as good as a note of it."""
        if isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
            return self._is_kept_truth(test.operand)
        type_ = self.types.get(test.id) if isinstance(test, ast.Name) else None
        return isinstance(type_, Num) and type_.is_python and type_.kind == "b"

    def _can_repeat(self, test: ast.expr) -> bool:
        """Whether a condition is made of numbers that are at hand on the way back."""
        values = [v for v in names_in(test) if ":" in v]
        plain = (ast.Compare, ast.Name, ast.Constant, ast.UnaryOp, ast.BinOp, ast.cmpop,
                 ast.operator, ast.unaryop, ast.expr_context, ast.BoolOp, ast.boolop)  # fmt: skip
        if not all(isinstance(node, plain) for node in ast.walk(test)):
            return False
        if sum(isinstance(node, ast.BinOp | ast.Compare) for node in ast.walk(test)) > 3:
            return False
        return all(self._at_hand(value) for value in values)

    def _at_hand(self, value: str) -> bool:
        type_ = self.types.get(value)
        if not (isinstance(type_, Num) and type_.is_scalar):
            return False
        base = leaf_of(value)[0]
        home = self.homes.get(base, ())
        return base in self.kept.get(home, {}) or base not in self.homes
