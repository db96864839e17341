"""Lists that a loop only adds to, such as `hs.append(h)`.

The adjoint of what a trip puts in stands at its own place in that of the finished
list: `dh += dhs[t]`.  So nothing has to be handed from trip to trip.  Where the
adjoint is one number for all elements, as that of `sum(hs)` is, places do not count.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping

from adgen.adjoint.received import Made, Received
from adgen.ir import (
    Block,
    Branch,
    Carried,
    Contribution,
    Gate,
    Loop,
    adjoint_of,
    differentiated,
    name,
)
from adgen.rules.settle.spelling import length
from adgen.rules.shapes import as_num
from adgen.types import Dim, ListOf, Type

Places = dict[str, ast.expr | None]


class Collected:
    """The lists that loops only add to, and where their elements' adjoints stand."""

    def __init__(self, received: Received) -> None:
        self.received = received
        self.types = received.types
        # by the list that a gate gives: the adjoint of the finished list, and the place in it
        self.places: dict[str, tuple[str, ast.expr | None]] = {}

    @property
    def seeds(self) -> set[str]:
        """The adjoints of the finished lists."""
        return {seed for seed, _ in self.places.values()}

    def by(self, loop: Loop) -> list[Carried]:
        """The lists that a loop only adds to, each element at a place that is known."""
        found = []
        for carried in loop.carried:
            seed, whole = adjoint_of(carried.after), self.types.get(carried.after)
            if seed not in self.received.targets or not isinstance(whole, ListOf):
                continue
            known = places_in(loop, carried, self.types)
            alike = self._stands_for_all(seed, whole)
            if known is None or (not alike and None in known.values()):
                continue
            found.append(carried)
            one = ast.Constant(0) if self._has_one_for_all(seed, whole) else None
            self.places |= {v: (seed, None if alike else one or at) for v, at in known.items()}
        return found

    def _stands_for_all(self, seed: str, whole: ListOf) -> bool:
        """Whether a list's adjoint is that of each element alike."""
        given = as_num(self.types[seed])
        return given.ndim is not None and whole.ndim is not None and given.ndim < whole.ndim

    def _has_one_for_all(self, seed: str, whole: ListOf) -> bool:
        """Whether a list's adjoint has a single element, which is that of each."""
        given = as_num(self.types[seed])
        if not given.dims or not whole.dims:
            return False
        is_one = self.received.facts.is_one
        return is_one(given.dims[0]) is True and is_one(whole.dims[0]) is not True

    def element(self, gate: Gate) -> Made:
        """What an element that is put into a list receives from the finished list."""
        seed, place = self.places[gate.targets[0]]
        expr: ast.expr = name(seed)
        if place is not None:
            expr = ast.Subscript(expr, place, ast.Load())
        value = gate.operands[gate.op.general.grows]
        if not isinstance(value, ast.Name) or value.id not in self.received.varied:
            return []
        target = adjoint_of(value.id)
        self.received.note(target, as_num(self.received.type_of(expr)))
        return [(value.id, [Contribution(target, expr, gate.key)])]

    def hand_to_start(self, carried: Carried, loop: Loop) -> None:
        """What a list held before a loop added to it has the first part of its adjoint."""
        start = carried.start
        if not isinstance(start, ast.Name) or start.id not in self.received.varied:
            return
        whole = self.types[start.id]
        assert isinstance(whole, ListOf) and whole.dims
        seed = adjoint_of(carried.after)
        expr: ast.expr = name(seed)
        if not self._stands_for_all(seed, whole):
            known = whole.dims[0].known
            stop = length(start, 0) if known is None else ast.Constant(known)
            expr = ast.Subscript(expr, ast.Slice(None, stop), ast.Load())
        self.received.add(adjoint_of(start.id), expr, loop.key)


def places_in(loop: Loop, carried: Carried, types: Mapping[str, Type]) -> Places | None:
    """Where each gate of a loop puts an element, by the list that the gate gives.

    None for a list that the loop does something else with; a place is None where
    the length of the list at that moment is not known.
    """
    found: Places = {}
    members = {carried.inner}
    if not isinstance(types.get(carried.inner), ListOf) or not _follow(
        loop.body, members, found, types
    ):
        return None
    return found if _is_in(carried.next, members) and found else None


def _follow(body: Block, members: set[str], found: Places, types: Mapping[str, Type]) -> bool:
    """Whether statements only add to a list; its values on the way are noted."""
    for stmt in body:
        if isinstance(stmt, Gate):
            if not _gate(stmt, members, found, types):
                return False
        elif isinstance(stmt, Branch):
            sides = (stmt.then, stmt.orelse)
            if not all(_follow(side, members, found, types) for side in sides):
                return False
            for merge in stmt.merges:
                ends = [_is_in(end, members) for end in (merge.then, merge.orelse)]
                if any(ends) and not all(ends):
                    return False
                members |= {merge.target} if all(ends) else set()
        elif isinstance(stmt, Loop) and not _loop(stmt, members, found, types):
            return False
    return True


def _loop(loop: Loop, members: set[str], found: Places, types: Mapping[str, Type]) -> bool:
    mine = [c for c in loop.carried if _is_in(c.start, members)]
    members |= {c.inner for c in mine}
    if not _follow(loop.body, members, found, types):
        return False
    members |= {c.after for c in mine}
    return all(_is_in(c.next, members) for c in mine) and not any(
        _is_in(c.next, members) for c in loop.carried if c not in mine
    )


def _gate(gate: Gate, members: set[str], found: Places, types: Mapping[str, Type]) -> bool:
    if gate.op is None or gate.op.kind == "constant":
        return True
    rule = gate.op.general
    read = {
        key
        for key, expr in gate.operands.items()
        if not rule.passes(key) and any(e.value.id in members for e in differentiated(expr))
    }
    if not read:
        return True
    grown = rule.inputs[0]
    whole = gate.operands[grown]
    if not rule.grows or read != {grown} or not isinstance(whole, ast.Name):
        return False
    before = types[whole.id]
    place = before.dims[0] if isinstance(before, ListOf) and before.dims else None
    members.add(gate.targets[0])
    found[gate.targets[0]] = None if place is None else position(place)
    return True


def _is_in(end: ast.expr | None, members: set[str]) -> bool:
    return isinstance(end, ast.Name) and end.id in members


def position(length: Dim) -> ast.expr | None:
    """A length as an expression of loops' indices, if it is made of these alone.

    >>> ast.unparse(position(Dim(1, ((("index", "t"), 1),))))
    't + 1'
    """
    made: ast.expr | None = None
    for atom, times in length.terms:
        if atom[0] != "index":
            return None
        index: ast.expr = name(atom[1])
        if abs(times) != 1:
            index = ast.BinOp(ast.Constant(abs(times)), ast.Mult(), index)
        if made is None:
            made = index if times > 0 else ast.UnaryOp(ast.USub(), index)
        else:
            made = ast.BinOp(made, ast.Add() if times > 0 else ast.Sub(), index)
    if made is None:
        return ast.Constant(length.const)
    if not length.const:
        return made
    sign = ast.Add() if length.const > 0 else ast.Sub()
    return ast.BinOp(made, sign, ast.Constant(abs(length.const)))
