"""Which values of arrays later writes destroy, once the program is staged."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from typing import TYPE_CHECKING

from adgen.ir import Branch, Loop, Region, Stmt, is_within, name, walk
from adgen.staging.storage import Storages, has_memory
from adgen.types import ListOf, Num

if TYPE_CHECKING:
    from adgen.staging.stager import Stager


class Overwriting:
    """Asks what has been noted of the memory of arrays, for a stager."""

    def __init__(self, stager: Stager) -> None:
        self.stager = stager

    @property
    def known(self) -> Storages:
        return self.stager.storages

    def firsts(self) -> dict[str, str]:
        """What arrays become by writes to them, and the first value of each."""
        return {value: self.first(value) for value in (*self.known.before, *self.known.of)}

    def first(self, value: str) -> str:
        """The value that an array had under the name that it has."""
        if value in self.known.of:
            return self.known.of[value]
        while value in self.known.before:
            value = self.known.before[value]
        return value

    def pinned(self) -> frozenset[str]:
        """The values of arrays that are written to."""
        known = self.known
        arrays = [(v, t) for v, t in self.stager.types.items() if isinstance(t, Num)]
        return frozenset(v for v, t in arrays if self.is_changed(known.storage(v), t))

    def traced(self, body: tuple[Stmt, ...]) -> dict[str, str]:
        """The array of each value, for arrays that are written to and always the same one."""
        known = self.known
        if not known.written:
            return {}
        together = self.together(body)
        found = {}
        for value, type_ in self.stager.types.items():
            if not has_memory(type_) or not self.is_followed(value):
                continue
            storage = known.storage(value)
            if storage in known.written and len(together.get(storage, {storage})) == 1:
                found[value] = storage
        return found

    def is_followed(self, value: str) -> bool:
        """Whether a value is an array, or certainly a view of one, that no list has part in."""
        known, storage = self.known, self.known.storage(value)
        lists = known.held | known.deep | known.inside.keys()
        while True:
            if value in known.mixed or isinstance(self.stager.types.get(value), ListOf):
                return False
            if value not in known.views:
                return storage not in lists and value not in lists
            if not known.views[value].certain:
                return False
            value = known.views[value].parent

    def overwritten(self, body: tuple[Stmt, ...], regions: Mapping[str, Region]) -> frozenset[str]:
        """The array values that a later write has destroyed, or may have."""
        found = set()
        together, behind = self.together(body), _loops_behind(body)
        for value, type_ in self.stager.types.items():
            if not isinstance(type_, Num) or type_.is_scalar:
                continue
            storage = self.known.storage(value)
            if self.stager.memory.contained.is_element(value) and storage not in self.known.deep:
                continue  # an object in a list stays what it is
            if self.known.inside.get(storage) in self.known.deep:
                found.add(value)  # the list that it was put into is written through
                continue
            home = regions.get(value, ())
            others = together.get(storage, set()) - {storage}
            written = [s for s in others if self.is_changed(s, type_)]
            if value in behind:
                written = [s for s in written if not self._is_done(s, regions, behind[value])]
            if not all(self._is_younger(s, regions, home) for s in written):
                found.add(value)
            seen = {storage: self.known.seen.get(value, value), **self.shown(value)}
            written = [s for s in seen if s in self.known.written]
            if written and regions.get(value, ()):
                found.add(value)
            if any(self.stager.memory.current(s) != seen[s] for s in written):
                found.add(value)
        return frozenset(found)

    def shown(self, value: str) -> Mapping[str, str]:
        """The arrays, as they were, that a value may be a view of which came with others: the
        parts of a split."""
        root = self.known.root(value)
        gate = self.stager.defined.get(root)
        several = gate is not None and gate.op is not None and len(gate.targets) > 1
        return self.known.mixed.get(root, {}) if several else {}

    def _is_done(self, storage: str, regions: Mapping[str, Region], loop: Region) -> bool:
        """Whether all writes into an array are those of a loop's trips, which have ended."""
        values = [v for v in self.stager.types if self.known.storage(v) == storage]
        return all(is_within(regions[v], loop) for v in values if v in regions)

    def _is_younger(self, storage: str, regions: Mapping[str, Region], home: Region) -> bool:
        """Whether each trip of a loop makes this array anew, after what stands before."""
        own = regions.get(storage, ())
        in_loop = any(kind == "loop" for kind, _ in own)
        return in_loop and storage in self.stager.defined and is_within(own, home)

    def is_changed(self, storage: str, type_: Num) -> bool:
        """Whether a storage is written to; for what is in a list, whether such elements are."""
        whole = self.stager.types.get(storage)
        if isinstance(whole, ListOf) and not isinstance(type_, ListOf):
            return storage in self.known.deep
        return storage in self.known.written

    def together(self, body: tuple[Stmt, ...]) -> dict[str, set[str]]:
        """For storages that are one array on some path, or in some trip: all of these."""
        groups: dict[str, set[str]] = {}

        def join(*exprs: ast.expr | None) -> None:
            values = [e.id for e in exprs if isinstance(e, ast.Name)]
            types = {v: self.stager.types.get(v) for v in values}
            arrays = [v for v, t in types.items() if isinstance(t, Num) and not t.is_scalar]
            whole: set[str] = set()
            for storage in map(self.known.storage, arrays):
                whole |= groups.get(storage, {storage})
            groups.update(dict.fromkeys(whole, whole))

        for stmt in walk(body):
            if isinstance(stmt, Branch):
                for merge in stmt.merges:
                    join(name(merge.target), merge.then, merge.orelse)
            elif isinstance(stmt, Loop):
                for carried in stmt.carried:
                    join(name(carried.inner), carried.start, carried.next, name(carried.after))
        return groups


def _loops_behind(body: tuple[Stmt, ...]) -> dict[str, Region]:
    """The loops that run once, by the values that their names have behind them."""
    loops = [stmt for stmt in body if isinstance(stmt, Loop)]
    return {c.after: (("loop", loop.key),) for loop in loops for c in loop.carried}
