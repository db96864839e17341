"""Loops: a trip is staged until the types of the names that it carries have settled."""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple

from adgen.frontend.control import bound_names, ways_out
from adgen.ir import Carried, Loop, dumped, hint, name
from adgen.staging.cells import is_entry, is_held, is_slot
from adgen.staging.handed_on import HandedOn
from adgen.staging.joins import (
    is_filled,
    is_of_this_loop,
    is_same,
    join_terms,
    length_of,
    may_break,
    reads,
    settles,
    shorter,
    widened,
    with_length,
)
from adgen.staging.loops import Positions
from adgen.staging.meetings import RESULT, RETURNED
from adgen.staging.placed import is_placed
from adgen.staging.storage import is_array
from adgen.staging.structures import PLAIN, Structure, made_up, met, slots, spread, structure_of
from adgen.staging.terms import Term
from adgen.staging.totals import is_total
from adgen.staging.trips import Other, Trip, Trips
from adgen.types import Cell, Dim, Known, Num, Ref

if TYPE_CHECKING:
    from adgen.staging.flow import Flow
    from adgen.staging.stager import Stager


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
        self.learnt: dict[tuple[int, int, int], Learnt] = {}
        self.handed_on = HandedOn(stager)
        self.trips = Trips(stager, flow, self.handed_on)

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
        listed: set[str] = set()
        for _ in range(16):
            stager.restore(state)
            stager.storages.detached |= detached
            for cell in listed:
                stager.objects.keep(cell)
            names = self.opened(authors, entries, structures, rebound, node, plan)
            names = [n for n in names if n not in idle]
            guess = {n: learnt.of(n, stager.env[n]) for n in names if n in stager.env} | {
                n: t for n, t in guess.items() if n in names or n in arrays
            }
            try:
                trip = self.trips.trip(
                    node, index, over, bind, names, arrays, rebound, guess, structures
                )
            except Other as other:
                stager.restore(state)
                self.take_apart_further(other, structures, plan.index or None, node)
                continue
            if self.found_more(trip, authors, entries, structures, node):
                continue
            put = {cell for cell in stager.env if self.is_listed(cell, trip)} - listed
            if put:
                listed |= put  # a later trip may not change them either
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
            carried = [*arrays, *(n for n in names if n in rebound or not self.trips.stays(n))]
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

    def take_apart_further(
        self, other: Other, structures: dict[str, Structure], index: str | None, node: ast.AST
    ) -> None:
        """Have the parts that trips change: `1.0` in `[[x, 0.0], [1.0, 0.0]]`, which powers of
        the matrix have something else for."""
        start = self.stager.env.get(other.author)
        self.flow.meetings.check_lists(start, other.term)
        finer = met(made_up(self.stager, start, node), other.structure)
        if finer is None or finer == structures[other.author]:
            self.trips.refuse_structure(other.author, index, node)
        structures[other.author] = finer

    def is_listed(self, cell: str, trip: Trip) -> bool:
        """Whether a trip puts a dict or object from before the loop into a list."""
        before, after = self.stager.env[cell].type, trip.env.get(cell)
        return isinstance(before, Cell) and after is not None and after.type.kept  # type: ignore

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
                    self.trips.refuse_structure(author, plan.index or None, node)
                else:
                    stager.env[author] = term
        for entry in entries:
            cell, key = entry.split("/", 1)
            stager.objects.may_have(cell, ast.literal_eval(key))
        names += entries
        self.flow.meetings.refresh([at for at in names if is_slot(at)], node)
        for at in names:
            if is_slot(at) and at in stager.env and (at in rebound or not self.trips.stays(at)):
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
            self.flow.meetings.check_lists(start, end)
            if start and end and is_placed(start) and not is_placed(end):
                self.trips.refuse_structure(author, trip.index, node)
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
