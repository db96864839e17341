"""Where the forward reads each value, and whether a name means something else by then."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from adgen.caching import Pair
from adgen.ir import Block, Branch, Effect, Gate, Loop, Region, names_in
from adgen.paths import leaf_of


class Reading(NamedTuple):
    """A place of the forward that reads a value: by position and region."""

    position: float
    region: Region


Reads = Mapping[str, list[Reading]]


def readings(pair: Pair, order: Mapping[str, int]) -> Reads:
    """Where the forward reads each value."""
    reader = _Reader(order)
    reader.block(pair.forward, ())
    reader.here = len(order)
    reader.note(pair.staged.program.result, ())
    return reader.found


class _Reader:
    """Goes through the forward in the order of the text."""

    def __init__(self, order: Mapping[str, int]) -> None:
        self.order = order
        self.found: dict[str, list[Reading]] = {}
        self.here: float = 0

    def block(self, body: Block, region: Region) -> None:
        for stmt in body:
            match stmt:
                case Gate():
                    self.here = self.order[stmt.targets[0]]
                    for part in () if stmt.virtual else (stmt.expr, stmt.place):
                        if part is not None:
                            self.note(part, region)
                case Effect():
                    self.note(stmt.node, region, behind=True)
                case Branch():
                    self.note(stmt.test, region, behind=True)
                    self.block(stmt.then, (*region, ("then", stmt.key)))
                    self.block(stmt.orelse, (*region, ("else", stmt.key)))
                    self.reach(merge.target for merge in stmt.merges)
                case Loop():
                    # a test reads what a trip starts with before anything is bound
                    self.note(stmt.over, region, {c.inner for c in stmt.carried}, behind=True)
                    self.block(stmt.body, (*region, ("loop", stmt.key)))
                    self.reach(c.after for c in stmt.carried)

    def reach(self, values: Iterable[str]) -> None:
        """Go on behind what defines these."""
        self.here = max([self.here, *(self.order[value] for value in values)])

    def note(
        self, node: ast.AST, region: Region, besides: Iterable[str] = (), behind: bool = False
    ) -> None:
        # a gate reads before it binds its target, other statements behind the gate before them
        at = self.here + 0.5 if behind else self.here
        read = set(names_in(node)) - set(besides)
        for value in read | {leaf_of(part)[0] for part in read}:
            self.found.setdefault(value, []).append(Reading(at, region))


def is_read_late(
    value: str,
    group: Iterable[str],
    order: Mapping[str, int],
    regions: Mapping[str, Region],
    reads: Reads,
) -> bool:
    """Whether a value is read on a path where its name has been bound to another."""
    rebound = [v for v in group if order[v] > order[value]]
    home = regions.get(value, ())
    return any(
        _is_behind(reading, order[v], regions.get(v, ()), home)
        for reading in reads.get(value, ())
        for v in rebound
    )


def _is_behind(reading: Reading, position: int, region: Region, home: Region) -> bool:
    """Whether a place may be reached after a binding, perhaps on a later trip of a loop."""
    if reading.position > position and not are_apart(reading.region, region):
        return True
    shared = [step for step, other in zip(region, reading.region, strict=False) if step == other]
    return any(step[0] == "loop" and step not in home for step in shared)


def are_apart(region: Region, other: Region) -> bool:
    """Whether two regions are on different sides of a branch."""
    steps = zip(region, other, strict=False)
    return any(a != b and a[1] == b[1] for a, b in steps)
