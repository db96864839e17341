"""Loops: a trip is staged until the types of the names that it carries have settled."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple, NoReturn

from adgen.frontend.control import bound_names, ways_out
from adgen.ir import Carried, Gate, Leave, Loop, Stmt, dumped, hint, homes, name, names_in
from adgen.paths import is_leaf, path_of
from adgen.staging.cells import is_entry, is_held, is_slot
from adgen.staging.joins import (
    indices_in,
    is_filled,
    is_of_this_loop,
    is_same,
    join_terms,
    length_of,
    may_break,
    reads,
    retargeted,
    settles,
    shorter,
    widened,
    with_length,
)
from adgen.staging.loops import Positions
from adgen.staging.meetings import RESULT, RETURNED, Side, before_leaving
from adgen.staging.placed import is_placed
from adgen.staging.storage import NeedCopy, is_array, key_of
from adgen.staging.structures import (
    PLAIN,
    Structure,
    made_up,
    met,
    slots,
    spread,
    structure_of,
)
from adgen.staging.terms import NeedTrips, Term
from adgen.staging.totals import is_total
from adgen.types import Dim, Known, Num, Ref

if TYPE_CHECKING:
    from adgen.staging.flow import Flow
    from adgen.staging.stager import Stager


class Involved(Exception):
    """The condition of a `while` takes statements, which each trip has to begin with."""


class Learnt(NamedTuple):
    """What staging a loop has shown, to start with where loops around it stage it again.

    Without it, loops inside each other take three times as long for each level.
    """

    arrays: tuple[str, ...] = ()
    rebound: frozenset[str] = frozenset()
    varied: frozenset[str] = frozenset()

    def of(self, author: str, term: Term) -> Term:
        """What a name may be at the start of a trip."""
        floating = isinstance(term.type, Num) and term.type.differentiable
        return replace(term, varied=True) if author in self.varied and floating else term


class Repeats:
    """Stages what loops repeat, for a stager."""

    def __init__(self, stager: Stager, flow: Flow) -> None:
        self.stager = stager
        self.flow = flow
        # for each loop, what is known at the start of a trip
        self.starts: list[Start] = []
        self.learnt: dict[tuple[int, int, int], Learnt] = {}
        # arrays from before a loop that its trips put into lists
        self.put_again: set[str] = set()

    def repeat(self, node: ast.For | ast.While, plan: Positions) -> None:
        """Stage a loop's trip until the types that it starts with are those it ends with."""
        stager = self.stager
        index, over, bind = plan.index or None, plan.over, plan.bind
        growth: dict[str, Dim] | None = None
        self.name_entries(node)
        authors = self.carried_names(node)
        for author in authors:
            if author in stager.env and isinstance(stager.env[author].expr, ast.Constant):
                self.flow.meetings.bind_number(author, node)
        entries: list[str] = []
        structures = {
            author: structure_of(stager, stager.env[author], node)
            for author in authors
            if author in stager.env
            and is_held(stager.env[author])
            and not isinstance(stager.env[author].type, Ref)
        }
        # where the loop stands in the program; trips of loops around it stage it again
        place = (stager.statement, node.lineno, node.col_offset)
        learnt = self.learnt.get(place, Learnt())
        known = {*stager.env, *(f"@{storage}" for storage in stager.storages.terms)}
        arrays = [key for key in learnt.arrays if key in known]
        rebound = {n for n in learnt.rebound if n in authors}
        self.flow.meetings.refresh(authors, node)
        state = stager.snapshot()
        since = stager.facts.fresh_count
        guess: dict[str, Term] = {k: learnt.of(k, self.whole(k)) for k in arrays}
        idle: set[str] = set()
        totals: set[str] = set()
        no_totals: set[str] = set()
        taken, detached = set(stager.storages.views), set(stager.storages.detached)
        for _ in range(16):
            stager.restore(state)
            stager.storages.detached |= detached
            names = self.opened(authors, entries, structures, rebound, node, plan)
            names = [n for n in names if n not in idle]
            guess = {n: learnt.of(n, stager.env[n]) for n in names if n in stager.env} | {
                n: t for n, t in guess.items() if n in names or n in arrays
            }
            trip = self.trip(node, index, over, bind, names, arrays, rebound, guess, structures)
            if self.found_more(trip, authors, entries, structures, node):
                continue
            let_go = stager.storages.detached & taken
            if not let_go <= detached:
                detached |= let_go  # the trip before this one has done so, too
                continue
            more = self.written_in(trip, arrays)
            moved = {n for n in names if n not in rebound and self.is_rebound(n, trip)}
            if more or moved:
                arrays += more
                rebound |= moved
                guess |= {k: self.whole(k) for k in more}
                continue
            kept = {
                n: t for n, t in trip.env.items() if n in names and self.flow.meetings.is_unsure(t)
            }
            if kept.keys() - guess.keys():
                guess = {**kept, **guess}  # what a trip leaves alone is that of the trip before
                continue
            carried = [*arrays, *(n for n in names if n in rebound or not self.stays(n))]
            ends = {a: shorter(trip.env.get(a), (growth or {}).get(a)) for a in carried}
            before, totals = totals, {
                a for a in carried if a not in no_totals and self.is_total(a, trip, plan)
            }
            if not before <= totals:
                no_totals |= before
                guess |= {a: stager.env[a] for a in before}
                continue
            settled = {a: widened(stager.facts, guess.get(a), ends[a], since) for a in carried}
            settled |= {a: ends[a] for a in totals}
            if all(settles(guess.get(a), settled[a]) for a in carried):
                alone = {n for n in names if n in trip.inner and self.is_idle(n, trip)}
                if alone:  # in each trip it is what it was before the loop
                    idle |= alone
                    guess = {n: t for n, t in guess.items() if n not in idle}
                    continue
                if growth is None:
                    growth, plain = self.growth(trip, guess, arrays, plan, since), dict(guess)
                    if growth:
                        guess |= self.growing(guess, growth, plan)
                        continue
                self.close(node, index, trip, carried, totals, growth, plan.count)
                varied = {a for a in carried if (t := settled[a]) is not None and t.varied}
                self.learnt[place] = Learnt(tuple(arrays), frozenset(rebound), frozenset(varied))
                for author, structure in structures.items():
                    self.flow.meetings.put_together(author, structure, stager.env)
                return
            if growth:
                growth, guess = {}, plain  # what a trip puts in depends on how much there is
                continue
            filled = [a for a, t in settled.items() if t is not None and is_filled(guess.get(a), t)]
            if filled:
                # what was read of lists that nothing had been put into was a guess
                guess = {n: stager.env[n] for n in names if n in stager.env}
                guess |= {k: self.whole(k) for k in arrays}
                guess |= {a: t for a, t in settled.items() if t is not None and a in filled}
                continue
            guess |= {a: t for a, t in settled.items() if t is not None}
        raise stager.refuse(node, "the types of this loop's values do not settle")

    def is_total(self, author: str, trip: Trip, plan: Positions) -> bool:
        """Whether a name is a number before the loop, to which each trip adds an array."""
        start, end, inner = (
            self.stager.env.get(author),
            trip.env.get(author),
            trip.inner.get(author),
        )
        if inner is None:
            return False
        return is_total(self.stager.facts, self.stager.types, start, end, inner, trip, plan)

    def is_idle(self, author: str, trip: Trip) -> bool:
        """Whether a trip ends with the value of a name that it began with."""
        end = trip.env.get(author)
        return end is not None and author in self.stager.env and reads(end, trip.inner[author])

    def opened(
        self, authors: Sequence[str], entries: Sequence[str],
        structures: Mapping[str, Structure], rebound: set[str], node: ast.AST, plan: Positions,
    ) -> list[str]:  # fmt: skip
        """The names that a loop carries, with structures taken apart before it begins."""
        stager = self.stager
        names: list[str] = []
        for author in authors:
            if author not in structures:
                names.append(author)
                continue
            names += slots(author, structures[author])
            if author in stager.env:
                term = stager.env.pop(author)
                if met(made_up(stager, term, node), structures[author]) == structures[author]:
                    stager.env |= spread(stager, author, term, structures[author], node)
                elif self.is_needed(author, term, node, plan):
                    self.refuse_structure(author, plan.index or None, node)
                else:
                    stager.env[author] = term
        for entry in entries:
            cell, key = entry.split("/", 1)
            stager.objects.may_have(cell, ast.literal_eval(key))
        names += entries
        self.flow.meetings.refresh([at for at in names if is_slot(at)], node)
        for at in names:
            if is_slot(at) and at in stager.env and (at in rebound or not self.stays(at)):
                self.flow.meetings.bind_entry(at, node)
        return names

    def is_needed(self, author: str, start: Term, node: ast.AST, plan: Positions) -> bool:
        """Whether a value from before the loop, without parts, is read where trips leave parts."""
        if is_held(start) or (isinstance(start.type, Known) and start.type.value is None):
            return False
        runs = plan.count is not None and bool(plan.count.known)
        live = self.stager.definition.liveness.before_loop(node, runs)
        return live is None or author in live

    def found_more(
        self, trip: Trip, authors: Sequence[str], entries: list[str],
        structures: dict[str, Structure], node: ast.AST,
    ) -> bool:  # fmt: skip
        """Whether a trip changes what dicts and objects hold, or which ones names mean."""
        before = self.stager.env
        more = [
            key
            for key, term in trip.env.items()
            if is_entry(key)
            and key.split("/")[0] in before
            and key not in entries
            and not (key in before and is_same(term, before[key]))
        ]
        entries += more
        anew: dict[str, Structure] = {}
        for author in authors:
            end, start = trip.env.get(author), before.get(author)
            if start and end and is_placed(start) and not is_placed(end):
                self.refuse_structure(author, trip.index, node)
            if author in structures or end is None or not is_held(end):
                continue
            if isinstance(end.type, Ref) and end.type.cell in before and start is None:
                continue  # it means something that was there before the loop
            if start is None or not is_same(start, end):
                ended = self.flow.meetings.made_up_in(trip.as_side(), author, node)
                begun = made_up(self.stager, start, node)
                anew[author] = met(begun, ended) or met(ended, ended) or PLAIN
        structures |= anew
        return bool(more or anew)

    def growth(
        self, trip: Trip, guess: dict[str, Term], arrays: list[str], plan: Positions, since: int
    ) -> dict[str, Dim]:
        """The lists that each trip makes longer by as much."""
        found: dict[str, Dim] = {}
        if plan.count is None or plan.number is None or may_break(trip.block):
            return found
        for key in arrays:
            end = trip.env.get(key)
            start, before = length_of(self.whole(key)), length_of(guess[key])
            after = length_of(end) if end is not None else None
            if start is None or before is None or after is None:
                continue
            more = after - before
            if more != Dim(0) and not is_of_this_loop(more, plan.index, since):
                found[key] = more
        return found

    def growing(
        self, guess: Mapping[str, Term], growth: Mapping[str, Dim], plan: Positions
    ) -> dict[str, Term]:
        """The lists as long as they are at the start of a trip, told by its number."""
        assert plan.number is not None
        return {
            key: with_length(guess[key], length_of(self.whole(key)) + more * plan.number)
            for key, more in growth.items()
        }

    def whole(self, key: str) -> Term:
        """The whole array of a storage before the loop."""
        found = self.stager.env.get(key) or self.stager.storages.terms[key[1:]]
        return found

    def stays(self, author: str) -> bool:
        """Whether a name is, before the loop, an array that writes can follow."""
        term = self.stager.env.get(author)
        return term is not None and (is_array(term) or isinstance(term.type, Ref))

    def written_in(self, trip: Trip, arrays: list[str]) -> list[str]:
        """The arrays from before the loop that a trip has written to."""
        known = trip.known_before
        return [
            key
            for key, term in trip.env.items()
            if key.startswith("@")
            and key not in arrays
            and key[1:] in known
            and dumped(term.expr) != dumped(self.whole(key).expr)
        ]

    def is_rebound(self, author: str, trip: Trip) -> bool:
        """Whether a trip gives a name another array than it had."""
        start, end = self.stager.env.get(author), trip.env.get(author)
        if start is None or end is None or not is_array(start):
            return False
        if not (isinstance(start.expr, ast.Name) and isinstance(end.expr, ast.Name)):
            return True
        known = self.stager.storages
        if end.expr.id not in known.terms and end.expr.id not in self.stager.types:
            return True
        same = known.storage(start.expr.id) == known.storage(end.expr.id)
        return not same or known.shape(start.expr.id) != known.shape(end.expr.id)

    def name_entries(self, node: ast.For | ast.While) -> None:
        """What a dict or object holds under the name of a variable that the loop binds anew."""
        stager = self.stager
        bound = set(bound_names(node))
        for at, term in list(stager.env.items()):
            if is_slot(at) and is_array(term) and isinstance(term.expr, ast.Name):
                if hint(term.expr.id) in bound:
                    self.flow.meetings.bind_entry(at, node)

    def carried_names(self, node: ast.For | ast.While) -> list[str]:
        """The names that a loop binds and that matter to the next trip or behind it."""
        stager = self.stager
        ways = ways_out(node.body)
        shared = sorted(stager.definition.shared)
        bound = list(dict.fromkeys([*bound_names(node), *shared]))
        bound += (
            [self.flow.flag("break")] if self.flow.inside[-1].flagged and "break" in ways else []
        )
        bound += [RESULT, RETURNED] if "return" in ways else []
        outside = stager.names_read_outside(node.body)
        names = [n for n in bound if n in stager.env or n in outside or n == RESULT]
        return [n for n in names if not self.is_unread_number(n, node)]

    def is_unread_number(self, author: str, node: ast.AST) -> bool:
        """Whether this is the number of a trip written out before, which nobody asks for."""
        term = self.stager.env.get(author)
        if term is None or not isinstance(term.expr, ast.Constant):
            return False
        liveness = self.stager.definition.liveness
        live = (liveness.before_loop(node, False), liveness.behind_trip(node))
        return author.isidentifier() and all(
            names is not None and author not in names for names in live
        )

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
        self.starts.append(Start(known_before, stager.env, index))
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
            self.starts.pop()
        ends = {n: side.env[n] for n in names if n in inner and n in side.env}
        live = stager.definition.liveness.behind_trip(node)
        lasting = {n: t for n, t in side.env.items() if n in before or n in names}
        if live is not None:
            lasting = {n: t for n, t in lasting.items() if not n.isidentifier() or n in live}
        for author, end in ends.items():
            mine = self.handed_round(author, inner, ends)
            self.check_alone(node, author, mine, side.block, end, lasting)
        stager.env = before
        return Trip(side.block, side.env, inner, over, index, known_before, side.since)

    def apart_at_the_end(
        self, side: Side, author: str, structure: Structure, index: str | None, node: ast.AST
    ) -> None:
        """What a trip leaves under a name, part by part."""
        if author not in side.env:
            return
        found = self.flow.meetings.made_up_in(side, author, node)
        if met(found, structure) != structure or not self.flow.meetings.is_sole(side, author):
            self.refuse_structure(author, index, node)
        self.flow.meetings.spread_in(side, author, structure, node)

    def refuse_structure(self, author: str, index: str | None, node: ast.AST) -> NoReturn:
        """A list, dict or tuple is put together in another way: each trip is one of its own."""
        if index is not None:
            raise NeedTrips(index)
        raise self.stager.refuse(
            node, f"`{self.said(author)}` is put together in another way from trip to trip"
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

    def said(self, author: str) -> str:
        """What messages call a name, or a part of a structure."""
        return self.stager.objects.slot(author) if is_slot(author) else author

    def at_the_end(self, side: Side, authors: Iterable[str], node: ast.AST) -> None:
        """What a trip hands on is what its last write has made of it."""
        stager = self.stager
        env, body = stager.env, stager.body
        stager.env, stager.body = side.env, list(side.block)
        self.flow.meetings.refresh(sorted(authors), node)
        side.env, side.block = stager.env, before_leaving(stager.body)
        stager.env, stager.body = env, body

    def check_put(self, storage: str, node: ast.AST) -> None:
        """What is put into a list trip after trip must not change in between."""
        for start in self.starts:
            before = start.env.get(key_of(storage))
            now = self.stager.env.get(key_of(storage))
            if storage in start.known:
                self.put_again.add(storage)
                if now is not None and now is not before:
                    raise self.refuse_put(node)

    def check_deep(self, storage: str, node: ast.AST) -> None:
        """An array in a list is, or may be, written to as an element of it."""
        if storage in self.put_again:
            raise self.refuse_put(node)

    def refuse_put(self, node: ast.AST) -> Exception:
        return self.stager.refuse(
            node,
            "each trip puts the same array into a list, and writes to it",
            help="put a copy into the list, with .copy()",
        )

    def changes(self, dim: Dim, storage: str) -> bool:
        """Whether a length is another one in each trip that what this storage holds outlasts."""
        lasting = {s.index for s in self.starts if storage in s.known}
        return any(index in lasting for index in indices_in(dim))

    def handed_round(self, author: str, inner: dict[str, str], ends: dict[str, Term]) -> set[str]:
        """The storages that a name may have in one trip or another: names swap them."""
        storage = self.stager.storages.storage
        found = {storage(inner[author])}
        while True:
            more = {
                other
                for n, end in ends.items()
                if isinstance(end.expr, ast.Name) and is_array(end)
                for pair in [{storage(inner[n]), storage(end.expr.id)}]
                if pair & found
                for other in pair - found
            }
            if not more:
                return found
            found |= more

    def check_alone(
        self, node: ast.AST, author: str, mine: set[str], body: Sequence[Stmt], end: Term,
        env: dict[str, Term],
    ) -> None:  # fmt: skip
        """What a trip leaves under a name may share memory with what other names have."""
        memory = self.stager.memory
        if not is_array(end) or not isinstance(end.expr, ast.Name):
            return
        storage = self.stager.storages.storage(end.expr.id)
        own = storage not in self.stager.inputs and not is_leaf(storage)
        if memory.is_exclusive(end.expr.id, author, env):
            return
        if own and self.is_unseen(end.expr.id, author, mine | {storage}, env):
            return
        if memory.contained.is_element(end.expr.id):
            memory.contained.hold(storage, node)
            return
        # loops and branches in the trip give an array further names, which may be written to
        together = memory.overwriting.together(tuple(body))
        mine = mine.union({storage}, *(together.get(s, ()) for s in mine))
        if mine & self.stager.storages.written:
            for shared in (storage, *self.stager.storages.mixed.get(end.expr.id, {})):
                if shared in self.stager.inputs or is_leaf(shared):
                    raise NeedCopy(path_of(shared))
            raise self.stager.refuse(
                node,
                f"`{self.said(author)}` shares memory with another name from one trip to the next, "
                "and is written to",
                help="make it an array of its own with .copy()",
            )

    def is_unseen(self, value: str, author: str, mine: set[str], env: Mapping[str, Term]) -> bool:
        """Whether a view is all that is left of an array: no name that is read again sees it."""
        known, memory = self.stager.storages, self.stager.memory
        if memory.contained.is_element(value) or value in known.mixed or mine & known.inside.keys():
            return False
        if any(s in self.stager.inputs or is_leaf(s) for s in mine):
            return False
        if not all(known.views[v].certain for v in memory.taken_from(value)):
            return False
        return not any(
            other != author and not other.startswith("@") and memory.sees(term, storage)
            for other, term in env.items()
            for storage in mine
        )

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

    def close(
        self, node: Any, index: str | None, trip: Trip, carried: list[str], totals: set[str],
        growth: Mapping[str, Dim], count: Dim | None,
    ) -> None:  # fmt: skip
        """The loop of a settled trip, and what names mean behind it."""
        stager = self.stager
        found: list[Carried] = []
        env = dict(stager.env)
        for author in carried:
            is_whole = author.startswith("@")
            start = self.whole(author) if is_whole else stager.env.get(author)
            end = trip.env.get(author)
            if start is None and end is None:
                continue
            inner = trip.inner.get(author)
            if inner is not None and end is not None and reads(end, inner):
                continue
            if end is not None and isinstance(end.type, Ref):
                env[author] = end
                continue
            after = stager.version(author[1:]) if is_whole else self.flow.meetings.new_value(author)
            ways = (None, end) if author in totals else (start, end)
            term = self.flow.meetings.lasting(join_terms(stager.facts, after, *ways), trip.since)
            if author in growth and start is not None and count is not None:
                term = with_length(term, length_of(start) + growth[author] * count)
            stager.types[after] = term.type
            stager.storages.terms[after] = term
            if is_whole:
                stager.storages.of[after] = author[1:]
            else:
                stager.memory.join(after, {**stager.env, **trip.env}, author, start, end)
            env[author] = term
            if start is None:
                self.flow.meetings.unsure.add(after)
            if inner is None:
                inner = self.flow.meetings.new_value(author)
                stager.types[inner] = term.type
            found.append(
                Carried(inner, start.expr if start else None, end.expr if end else None, after)
            )
        for author, inner in trip.inner.items():
            # what a trip only reads keeps the value it had before the loop
            known = author in env or author.startswith("@")
            if known and not any(c.inner == inner for c in found):
                same = self.whole(author) if author.startswith("@") else stager.env[author]
                found.append(Carried(inner, same.expr, name(inner), inner))
        span = stager.definition.source.span(node)
        stager.body.append(Loop(index, trip.over, tuple(found), trip.block, span, stager.new_key()))
        stager.env = env


@dataclass(frozen=True)
class Start:
    """The start of a loop's trip: the values that there are, what names mean, and the index."""

    known: set[str]
    env: dict[str, Term]
    index: str | None


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
