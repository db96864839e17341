"""What is kept for the way back: on a tape, on stacks, in the cache, or under names at hand."""

from __future__ import annotations

import ast
from collections import Counter
from functools import cached_property

from adgen.caching import Pair
from adgen.emission.naming import at_hand, stack_of
from adgen.emission.words import Words
from adgen.ir import Branch, Gate, Region, Stmt, homes, names_in, walk


class Keeping:
    def __init__(self, pair: Pair, words: Words, joint: bool) -> None:
        self.pair = pair
        self.words = words
        self.names = words.names
        # in one function, what a branch makes is at hand under its own name
        self.at_hand = at_hand(pair, words.names) if joint else frozenset()
        # the sides of branches that are written once for both ways
        self.in_one: frozenset[Region] = frozenset()

    def begun(self) -> list[str]:
        """The stacks, before anything is put on them."""
        return [f"{stack} = []" for stack in self.stacks]

    @property
    def stacks(self) -> list[str]:
        """The lists that loops put values on and take them off again."""
        if not self.pair.stacked:
            return []
        return [
            self.names.backward[stack_of(residual.target)]
            for region, cache in self.pair.caches.items()
            if region and region not in self.at_hand | self.in_one
            for residual in cache
        ]

    def put_on_stacks(self, region: Region) -> list[str]:
        """What is kept of a region, each value on a stack of its own."""
        return [
            f"{self.names.backward[stack_of(r.target)]}.append({self.words.expr(r.expr)})"
            for r in self.pair.caches.get(region, ())
            if r.target not in self.put_at_once
        ]

    @cached_property
    def put_at_once(self) -> frozenset[str]:
        """What goes onto its stack where it is made, since its name is soon another's.

        Where a trip may end early, or a block fail, all is put on at the end.
        """
        if not self.pair.stacked:
            return frozenset()
        places = homes(self.pair.forward)
        tried = {s.key for s in walk(self.pair.forward) if isinstance(s, Branch) and s.catches}
        cut_short = tried | self.pair.broken
        saved = {
            t for _, gate in self.pair.staged.program.gates() if gate.saves for t in gate.targets
        }
        kept = [r for cache in self.pair.caches.values() for r in cache]
        read = Counter(n for r in kept for n in names_in(r.expr))
        return frozenset(
            r.target
            for region, cache in self.pair.caches.items()
            if region and region not in self.at_hand | self.in_one
            if not any(key in cut_short for _, key in region)
            for r in cache
            if isinstance(r.expr, ast.Name) and r.expr.id == r.target
            if r.target in self.names.aside or r.target in self.names.copies
            if places.get(r.target) == region and read[r.target] == 1
            if r.target not in self.names.read_late and r.target not in saved
        )

    def taken_off_stacks(self, region: Region) -> list[str]:
        return [
            f"{self.names.later(r.target)} = {self.names.backward[stack_of(r.target)]}.pop()"
            for r in self.pair.caches.get(region, ())
        ]

    def tape_of_one(self, stmt: Stmt, region: Region) -> str | None:
        """The tape of a loop whose trips keep nothing but what a write of theirs destroys."""
        saves = isinstance(stmt, Gate) and stmt.saves and not self.pair.stacked
        if not saves or not region or region[-1][0] != "loop":
            return None
        assert isinstance(stmt, Gate)
        kept = [residual.target for residual in self.pair.caches.get(region, ())]
        if kept != [stmt.targets[0]] or region[-1][1] in self.pair.broken:
            return None
        return self.names.backward[f"tape~{region[-1][1]}"]

    def packed(self, region: Region) -> str:
        """What is kept of a region, as one value."""
        entries = [self.words.expr(residual.expr) for residual in self.pair.caches.get(region, ())]
        if len(entries) == 1:
            return entries[0]
        return f"({', '.join(entries)})"

    def unpacked(self, region: Region) -> str:
        """The names that what is kept of a region is taken apart into."""
        targets = [self.names.later(r.target) for r in self.pair.caches.get(region, ())]
        return ", ".join(targets)

    def shapes(self, region: Region = ()) -> list[str]:
        """What the joint form needs of a region under the names the backward has for it."""
        lines = []
        for residual in self.pair.caches.get(region, ()):
            said, target = self.words.expr(residual.expr), self.names.later(residual.target)
            if said != target:
                lines.append(f"{target} = {said}")
        return lines
