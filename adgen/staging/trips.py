"""One trip of a loop, staged for what names may be at its start."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, NoReturn

from adgen.ir import Gate, Leave, Stmt, homes, names_in
from adgen.staging.cells import is_slot
from adgen.staging.handed_on import HandedOn, Start
from adgen.staging.joins import may_break, retargeted
from adgen.staging.meetings import Side, before_leaving
from adgen.staging.storage import is_array
from adgen.staging.structures import Structure, met
from adgen.staging.terms import NeedTrips, Term
from adgen.types import Ref

if TYPE_CHECKING:
    from adgen.staging.flow import Flow
    from adgen.staging.stager import Stager


class Involved(Exception):
    """The condition of a `while` takes statements, which each trip has to begin with."""


class Other(Exception):
    """What a trip leaves under a name has other parts than it has been taken apart into."""

    def __init__(self, author: str, structure: Structure, term: Term) -> None:
        super().__init__(author)
        self.author = author
        self.structure = structure
        self.term = term


@dataclass
class Trip:
    """A loop's body, staged once."""

    block: tuple[Stmt, ...]
    env: dict[str, Term]
    inner: dict[str, str]
    over: ast.expr
    index: str | None
    known_before: set[str]
    since: int

    def as_side(self) -> Side:
        return Side(self.block, self.env, None)


class Trips:
    """Stages trips of loops, for a stager."""

    def __init__(self, stager: Stager, flow: Flow, handed_on: HandedOn) -> None:
        self.stager = stager
        self.flow = flow
        self.handed_on = handed_on

    def stays(self, author: str) -> bool:
        """Whether a name is, before the loop, an array that writes can follow."""
        term = self.stager.env.get(author)
        return term is not None and (is_array(term) or isinstance(term.type, Ref))

    def trip(
        self, node: Any, index: str | None, over: Any, bind: Any, names: list[str],
        arrays: list[str], rebound: set[str], guess: dict[str, Term],
        structures: Mapping[str, Structure],
    ) -> Trip:  # fmt: skip
        """Stage one trip, given what the carried names are at its start."""
        stager = self.stager
        before = stager.env
        known_before = set(stager.storages.terms)
        moved = [n for n in names if n in rebound or not self.stays(n)]
        inner: dict[str, str] = {}
        env = dict(before)
        for key in arrays:
            value = stager.version(key[1:])
            inner[key] = value
            stager.types[value] = guess[key].type
            stager.storages.of[value] = key[1:]
            env[key] = stager.storages.terms[value] = retargeted(guess[key], value)
        for author in names:
            if author not in guess:
                env.pop(author, None)
            elif author in rebound or not self.stays(author):
                value = self.flow.meetings.new_value(author)
                inner[author] = value
                term = guess[author]
                stager.types[value] = term.type
                env[author] = retargeted(term, value)
                stager.storages.terms[value] = env[author]
                stager.memory.join(value, before, author, before.get(author))
        for author, structure in structures.items():
            self.flow.meetings.put_together(author, structure, env)
        stager.env = env
        if isinstance(node, ast.While):
            first, over = stager.conditions.tried(lambda: stager.conditions.test(node.test))
            if first.block:
                raise Involved
            if isinstance(over, bool):
                over = ast.Constant(over)
        self.handed_on.starts.append(Start(known_before, stager.env, index))
        try:
            side = self.side_with(lambda: bind(index) if bind else None, node.body)
            staged = side.block
            for author, structure in structures.items():
                self.apart_at_the_end(side, author, structure, index, node)
            self.at_the_end(side, moved, node)
            meetings = self.flow.meetings
            for at in moved:
                if is_slot(at) and at in side.env:
                    meetings.done_in(side, partial(meetings.bind_entry, at, node))
                elif at in side.env and isinstance(side.env[at].expr, ast.Constant):
                    # the number of a trip that was written out
                    meetings.done_in(side, partial(meetings.bind_number, at, node))
            self.before_breaks(side, staged, node)
        finally:
            self.handed_on.starts.pop()
        ends = {n: side.env[n] for n in names if n in inner and n in side.env}
        live = stager.definition.liveness.behind_trip(node)
        lasting = {n: t for n, t in side.env.items() if n in before or n in names}
        if live is not None:
            lasting = {n: t for n, t in lasting.items() if not n.isidentifier() or n in live}
        for author, end in ends.items():
            mine = self.handed_on.handed_round(author, inner, ends)
            self.handed_on.check_alone(node, author, mine, side.block, end, lasting)
        stager.env = before
        return Trip(side.block, side.env, inner, over, index, known_before, side.since)

    def apart_at_the_end(
        self, side: Side, author: str, structure: Structure, index: str | None, node: ast.AST
    ) -> None:
        """What a trip leaves under a name, part by part."""
        if author not in side.env:
            return
        if not self.flow.meetings.is_sole(side, author):
            self.refuse_structure(author, index, node)
        found = self.flow.meetings.made_up_in(side, author, node)
        if met(found, structure) != structure:
            raise Other(author, found, side.env[author])
        self.flow.meetings.spread_in(side, author, structure, node)

    def refuse_structure(self, author: str, index: str | None, node: ast.AST) -> NoReturn:
        """A list, dict or tuple is put together in another way: each trip is one of its own."""
        if index is not None:
            raise NeedTrips(index)
        raise self.stager.refuse(
            node,
            f"`{self.handed_on.said(author)}` is put together in another way from trip to trip",
        )

    def before_breaks(self, side: Side, staged: Sequence[Stmt], node: ast.AST) -> None:
        """What names mean at a trip's end is bound before a branch that may leave the loop."""
        known = {id(stmt) for stmt in staged}
        at = next((i for i, stmt in enumerate(side.block) if may_break([stmt])), len(side.block))
        rest = side.block[at:]
        added = [s for s in rest if isinstance(s, Gate) and id(s) not in known and not s.virtual]
        if not added or isinstance(rest[0], Leave):
            return
        behind = tuple(stmt for stmt in rest if stmt not in added)
        if any(set(names_in(gate.expr)) & homes(behind).keys() for gate in added):
            raise self.stager.refuse(
                node,
                "this loop may be left where it has put a list, dict or tuple together anew",
                help="bind what changes to names of its own",
            )
        side.block = (*side.block[:at], *added, *behind)

    def at_the_end(self, side: Side, authors: Iterable[str], node: ast.AST) -> None:
        """What a trip hands on is what its last write has made of it."""
        stager = self.stager
        env, body = stager.env, stager.body
        stager.env, stager.body = side.env, list(side.block)
        self.flow.meetings.refresh(sorted(authors), node)
        side.env, side.block = stager.env, before_leaving(stager.body)
        stager.env, stager.body = env, body

    def side_with(self, first: Any, stmts: Sequence[ast.stmt]) -> Side:
        stager = self.stager
        env, body, left, since = stager.env, stager.body, self.flow.left, stager.calls.count
        stager.env, stager.body, self.flow.left = dict(env), [], None
        self.flow.depth += 1
        try:
            first()
            self.flow.block(stmts)
            return Side(tuple(stager.body), stager.env, self.flow.left, since)
        finally:
            self.flow.depth -= 1
            stager.env, stager.body, self.flow.left = env, body, left
