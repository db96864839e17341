"""Give every value a name that can be printed.

The author's values keep the author's names.  An introduced operand takes the
name of the value it feeds, numbered: `h0`.  An earlier value of a name that the
author used again, if it is still needed, is numbered the same way; where it is
one name on several paths, it is set aside instead, as `x_in`.  Adjoints are `d`
and the primal's name; where the author has a `dx`, ours is `d_x`.
"""

from __future__ import annotations

import ast
import keyword
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from adgen.caching import Pair
from adgen.caching.residuals import Cache, Residual, definition_order
from adgen.caching.shapes import step_expressions
from adgen.emission.meetings import Meetings
from adgen.emission.readings import Reads, are_apart, is_read_late, readings
from adgen.ir import (
    BackBranch,
    BackLoop,
    Branch,
    Loop,
    Region,
    Step,
    Steps,
    hint,
    is_introduced,
    is_within,
    made_first,
    names_in,
    walk,
)
from adgen.paths import leaf_name, leaf_of
from adgen.types import Saved


@dataclass
class Names:
    """Printed names: of the forward, of what is set aside for the backward, of adjoints."""

    forward: dict[str, str] = field(default_factory=dict)
    aside: dict[str, str] = field(default_factory=dict)
    backward: dict[str, str] = field(default_factory=dict)
    read_late: set[str] = field(default_factory=set)
    # what is kept of arrays that are written to later: copies, by their names
    copies: dict[str, str] = field(default_factory=dict)

    def later(self, value: str) -> str:
        """The name under which a value is known once the forward is over."""
        found = self.copies.get(value) or self.aside.get(value)
        return found or self.forward.get(value) or self.backward[value]


def printed_names(pair: Pair) -> Names:
    """A printable name for every value, adjoint and temporary of a pair."""
    return Namer(pair).run()


class Namer:
    def __init__(self, pair: Pair) -> None:
        self.pair = pair
        program = pair.staged.program
        self.order = definition_order(pair.staged, pair.forward)
        self.homes = program.homes
        self.inputs = program.inputs
        self.webs = set(_joined(pair)) | program.pinned
        # what a helper gives, by the cache that it gives with it
        self.given_with = {
            gate.targets[-1]: gate.targets[0]
            for _, gate in program.gates()
            if isinstance(pair.types.get(gate.targets[-1]), Saved)
        }
        self.author = {hint(v) for v in self.order if v not in self.given_with}
        self.author |= set(program.externals)
        self.taken = self.author | {"cache", "value", "np", "math", "cmath"}
        self.names = Names()
        self.numbers: dict[str, int] = {}
        kept = [residual for cache in pair.caches.values() for residual in cache]
        self.lasting = {r.target for r in kept} | {v for r in kept for v in names_in(r.expr)}
        indices = set(_indices(pair.steps))
        if indices:
            read = {n for part in step_expressions(pair.steps) for n in names_in(part)}
            self.lasting |= indices & read
        # a sum of a copy may differ in the last bit from that of the view itself
        self.laid_out = {
            operand
            for _, gate in program.gates()
            if gate.op is None or gate.op.kind != "elementwise" and gate.op.function != "setitem"
            for expr in gate.operands.values()
            for operand in names_in(expr)
        }
        # the index of each loop, by the last part of the way to what is in it
        self.counters = {("loop", loop.key): loop.index for loop in walk(program.body)
                         if isinstance(loop, Loop)}  # fmt: skip
        self.groups: dict[str, list[str]] = {}
        for value in self.order:
            if not is_introduced(value) and value not in program.unnamed:
                self.groups.setdefault(hint(value), []).append(value)

    def run(self) -> Names:
        reads = readings(self.pair, self.order)
        for value in self.order:
            self.names.forward[value] = self.value(value, reads)
        self.set_outlived_aside(reads)
        self.keep_from_tapes(self.pair.steps, (), {})
        for region, cache in sorted(self.pair.caches.items(), key=lambda pair: len(pair[0])):
            for residual in cache:
                if residual.target not in self.order:
                    self.names.backward[residual.target] = self.saved(region, cache, residual)
        for index in _indices(self.pair.steps):
            if index not in self.order:  # the loop is there on the way back alone
                self.names.backward[index] = self.free(hint(index))
        for key in self.pair.tests:
            self.names.backward.setdefault(f"taken~{key}", self.free("taken"))
        self.stacks()
        self.adjoints()
        return self.names

    def stacks(self) -> None:
        """A name for each list that a value is put on in every trip."""
        if self.pair.stacked:
            for region, cache in self.pair.caches.items():
                for residual in cache if region else ():
                    said = self.free(f"{self.names.later(residual.target)}_tape")
                    self.names.backward[stack_of(residual.target)] = said

    def saved(self, region: Region, cache: Cache, residual: Residual) -> str:
        """The name of a tape, or of what a branch has saved: that of the branch around it, if
        there is nothing else to save on that side."""
        stem = hint(residual.target)
        if region and region[-1][0] != "loop" and len(cache) == 1 and stem == "saved":
            around = self.names.backward.get(f"saved~{region[-1][1]}")
            if around is not None:
                return around
        return self.free(stem)

    # -- values -----------------------------------------------------------------

    def value(self, value: str, reads: Reads) -> str:
        author = hint(value)
        if author == "_" and value in self.lasting:
            return self.free("i")  # the author did not read it, but the backward does
        if value in self.given_with:
            return self.free(f"{self.names.forward[self.given_with[value]]}_cache")
        unnamed = self.pair.staged.program.unnamed
        if value in unnamed or value in unnamed.values():
            return self.unnamed(value, unnamed.get(value, value))
        if value in self.laid_out and is_introduced(value):
            return self.unnamed(value, value)
        if value in self.lasting and value in self.pair.staged.program.overwritten:
            if not is_introduced(value):
                self.names.copies[value] = self.free(f"{author}_in")
            elif value in self.pair.staged.program.views:
                self.names.copies[value] = self.numbered(author)  # a copy from the beginning
                return self.names.copies[value]
            else:
                known_as = self.numbered(author)
                self.names.copies[value] = self.free(f"{known_as}_in")
                return known_as
        if is_introduced(value) or self.is_of_module(value):
            return self.numbered(author)
        if self.follows_kept_input(value, reads):
            return self.numbered(author)
        if not self.is_needed_after_rebinding(value, reads):
            return author
        if value not in self.webs and value not in self.inputs:
            return self.numbered(author)
        if value in self.inputs and not self.webs & set(self.groups[author]):
            return author  # the values after it are renamed
        self.names.aside[value] = self.free(f"{author}_in")
        return author

    def is_of_module(self, value: str) -> bool:
        """Whether the name of a value means something of the author's module.

        A parameter has it nonetheless: `i=i` gives it what that means.
        """
        known = hint(value) in self.pair.staged.program.externals
        return known and value not in self.inputs

    def first(self, value: str) -> str:
        """The first value of the array that a value is."""
        return self.pair.staged.program.firsts.get(value, value)

    def set_outlived_aside(self, reads: Reads) -> None:
        """A second name for arrays that are used when their own has been given to others."""
        gates = [gate for _, gate in self.pair.staged.program.gates() if not gate.virtual]
        used = {*reads, *self.lasting, *(target for gate in gates for target in gate.targets)}
        for group in self.groups.values():
            for value in group:
                if value in used and self.is_renamed_before(value, group):
                    first = self.first(value)
                    if first not in self.names.aside:
                        self.names.aside[first] = self.free(f"{hint(first)}_in")
                    self.names.forward[value] = self.names.aside[first]

    def keep_from_tapes(self, steps: Steps, region: Region, bound: dict[str, Region]) -> None:
        """A second name for what is read behind a loop whose tape gives its name to another.

        `bound` has the names that the regions before, on the way back, have taken from tapes.
        """
        for step in steps:
            match step:
                case Step() if bound:
                    read = {n for part in (step.expr, step.index) if part for n in names_in(part)}
                    for value in sorted(read & self.order.keys()):
                        place = bound.get(self.names.later(value))
                        if place is None or self.is_taken_again(value, region, place):
                            continue
                        if value not in self.kept_in(place):
                            self.names.aside[value] = self.free(f"{hint(value)}_in")
                case BackBranch():
                    for kind, part in (("then", step.then), ("else", step.orelse)):
                        self.keep_from_tapes(part, (*region, (kind, step.branch.key)), bound)
                case BackLoop():
                    inside = (*region, ("loop", step.loop.key))
                    self.keep_from_tapes(step.body, inside, bound)
                    bound |= {self.names.later(v): inside for v in self.kept_in(inside)}

    def is_taken_again(self, value: str, region: Region, place: Region) -> bool:
        """Whether one of the regions around takes a value from a tape of its own, or counts it,
        behind a place."""
        for depth in range(1, len(region) + 1):
            around = region[:depth]
            kept = {r.target for r in self.pair.caches.get(around, ())}
            if value in {*kept, self.counters.get(around[-1])} and not is_within(place, around):
                return True
        return False

    def kept_in(self, region: Region) -> set[str]:
        """The values of the forward that are kept of a region, and of those inside of it."""
        caches = self.pair.caches.items()
        kept = {r.target for place, cache in caches if is_within(place, region) for r in cache}
        return kept & self.order.keys()

    def is_renamed_before(self, value: str, group: Sequence[str]) -> bool:
        """Whether an array has lost its name to another before it becomes this value."""
        first, known_as = self.first(value), self.names.forward[value]
        at = self.order.get(first, self.order[value])
        between = [v for v in group if at < self.order[v] < self.order[value]]
        return any(self.first(v) != first and self.names.forward[v] == known_as for v in between)

    def unnamed(self, value: str, first: str) -> str:
        """One name for all that an array without a name of the author's becomes."""
        known = self.names.forward.get(first) or self.numbered(hint(first))
        if value in self.lasting and value in self.pair.staged.program.overwritten:
            self.names.copies[value] = self.free(f"{known}_in")
        return known

    def follows_kept_input(self, value: str, reads: Reads) -> bool:
        """Whether an argument has to keep this name, so that this value cannot have it."""
        group = self.groups[hint(value)]
        if value == group[0] or group[0] not in self.inputs or self.webs & set(group):
            return False
        return self.is_needed_after_rebinding(group[0], reads)

    def is_needed_after_rebinding(self, value: str, reads: Reads) -> bool:
        """Whether a value is still read, or kept, when its name is bound to another."""
        home = self.homes.get(value, ())
        group = self.groups[hint(value)]
        later = [
            v
            for v in group
            if self.order[v] > self.order[value] and is_within(self.homes.get(v, ()), home)
        ]
        late = is_read_late(value, group, self.order, self.homes, reads)
        if late:
            self.names.read_late.add(value)
        kept = value in self.lasting and value not in self.names.copies
        return late or bool(later) and kept

    def numbered(self, author: str) -> str:
        number = self.numbers.get(author, 0)
        while f"{author}{number}" in self.taken:
            number += 1
        self.numbers[author] = number + 1
        self.taken.add(f"{author}{number}")
        return f"{author}{number}"

    def free(self, wanted: str) -> str:
        found = wanted
        number = 0
        while found in self.taken or keyword.iskeyword(found):
            found = f"{wanted}{number}"
            number += 1
        self.taken.add(found)
        return found

    # -- adjoints ---------------------------------------------------------------

    def adjoints(self) -> None:
        """`d` and the primal's name; two adjoints share a name if they never meet."""
        caches = self.pair.caches.values()
        self.later = {self.names.later(r.target) for cache in caches for r in cache}
        meets = Meetings(self.pair, self.wanted)
        holders: dict[str, set[str]] = {}
        said = {f"d{value}" for value in self.names.forward.values()}
        # what is given to the caller is called after the argument
        for adjoint in dict.fromkeys((meets.seed, *self.pair.results, *meets.order)):
            own, wanted = self.own(adjoint), self.wanted(adjoint)
            for candidate in _candidates(wanted):
                if candidate in self.taken and candidate not in holders and candidate != own:
                    continue
                if candidate != wanted and candidate in said:
                    continue  # that is what the adjoint of another value is called
                if not meets.meet(adjoint, holders.get(candidate, ())):
                    holders.setdefault(candidate, set()).add(adjoint)
                    self.names.backward[adjoint] = candidate
                    break

    def wanted(self, adjoint: str) -> str:
        if not adjoint.startswith("d~"):
            return self.own(adjoint) or hint(adjoint)
        base, keys = leaf_of(adjoint[2:].rstrip("/"))
        stem = leaf_name(self.names.forward.get(base) or hint(base), keys)
        plain = f"d{stem}"  # that of `ef` would be `def`
        return f"d_{stem}" if plain in self.author or keyword.iskeyword(plain) else plain

    def own(self, made: str) -> str | None:
        """The name of what is made once more, unless that still means something else."""
        own = self.names.forward.get(made_first(made) or "")
        return None if own in self.later else own


def stack_of(target: str) -> str:
    """The stack of what is kept of each trip."""
    return f"stack~{target}"


def _indices(steps: Steps) -> Iterator[str]:
    """The indices of the loops of a backward."""
    for step in steps:
        match step:
            case BackBranch():
                yield from _indices((*step.then, *step.orelse))
            case BackLoop():
                yield from [step.loop.index] if step.loop.index is not None else []
                yield from _indices(step.body)


def _candidates(wanted: str) -> Iterable[str]:
    yield wanted
    number = 0
    while True:
        yield f"{wanted}{number}" if not wanted[-1:].isdigit() else f"{wanted}_{number}"
        number += 1


def _joined(pair: Pair) -> Iterator[str]:
    """The values that share a name with others, since paths meet in them."""
    for stmt in walk(pair.forward):
        parts: list[ast.expr | None] = []
        if isinstance(stmt, Branch):
            yield from (m.target for m in stmt.merges)
            parts = [*(m.then for m in stmt.merges), *(m.orelse for m in stmt.merges)]
        elif isinstance(stmt, Loop):
            yield from (v for c in stmt.carried for v in (c.inner, c.after))
            yield from ([stmt.index] if stmt.index else [])
            parts = [*(c.start for c in stmt.carried), *(c.next for c in stmt.carried)]
        for part in parts:
            if part is not None:
                yield from names_in(part)


def at_hand(pair: Pair, names: Names) -> frozenset[Region]:
    """The sides of branches whose values still have their names when the forward is over."""
    order = definition_order(pair.staged, pair.forward)
    places = pair.staged.program.homes
    merged = {
        source.id: merge.target
        for stmt in walk(pair.forward)
        for merge in (stmt.merges if isinstance(stmt, Branch) else ())
        for source in (merge.then, merge.orelse)
        if isinstance(source, ast.Name)
    }
    holders: dict[str, list[str]] = {}
    for value in order:
        holders.setdefault(names.forward[value], []).append(value)

    def lasts(value: str) -> bool:
        if value not in order or names.later(value) != names.forward[value]:
            return True  # a name for it alone
        same = {value}
        while (after := merged.get(max(same, key=order.__getitem__))) is not None:
            same.add(after)
        return all(
            other in same
            or order[other] < order[value]
            or are_apart(places.get(other, ()), places.get(value, ()))
            for other in holders[names.forward[value]]
        )

    found: set[Region] = set()
    for region, cache in sorted(pair.caches.items(), key=lambda item: len(item[0])):
        around = (region[:end] for end in range(1, len(region)))
        if (
            region
            and not any(kind == "loop" for kind, _ in region)
            # a side that is saved holds what is saved of sides in it
            and all(outer in found or outer not in pair.caches for outer in around)
            and all(lasts(residual.target) for residual in cache)
        ):
            found.add(region)
    return frozenset(found)


def module_names(externals: Mapping[str, object], module: object, otherwise: str) -> str:
    """The author's own name for a module."""
    return next((n for n, value in externals.items() if value is module), otherwise)
