"""Lists that a loop only adds to, such as `hs.append(h)`.

The adjoint of what a trip puts in stands at its own place in that of the finished
list: `dh += dhs[t]`.  So nothing has to be handed from trip to trip.  Where the
adjoint is one number for all elements, as that of `sum(hs)` is, places do not count.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping

from adgen.ir import Block, Branch, Carried, Gate, Loop, differentiated, name
from adgen.types import Dim, ListOf, Type

Places = dict[str, ast.expr | None]


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
    length = before.dims[0] if isinstance(before, ListOf) and before.dims else None
    members.add(gate.targets[0])
    found[gate.targets[0]] = None if length is None else position(length)
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
