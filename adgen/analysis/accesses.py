"""Which elements of an array a read or write names, and whether a write may hit a read later.

In: a staged program.  The indices of reads and writes are sums of loops' indices and of
lengths, and so are the bounds of the loops; so "is `A[i, k]` with k < j < i written
again?" is a question about linear conditions, which `integers` answers.  What is not known is
taken to be possible.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import product
from typing import NamedTuple

from adgen.analysis.integers import is_possible
from adgen.ir import Block, Branch, Gate, Loop, Program, Region, name
from adgen.types import Atom, Dim, Known, Num, Type

# atoms that are the same whenever they are asked for
_STEADY = ("shape", "int")
_MADE_OF_OTHERS = ("times", "over", "clamp")


class Span(NamedTuple):
    """The positions of one axis of a length, from `first` up to `stop`, or at `first` alone.

    Where they are not known they are None.  A negative one counts from the end.
    """

    size: Dim
    first: Dim | None = None
    stop: Dim | None = None
    is_one: bool = False


class Access(NamedTuple):
    """A read or a write: where it stands, and the elements that it names, axis by axis.

    Without `spans` it may be any of them.
    """

    region: Region
    order: int
    spans: tuple[Span, ...] | None = None


@dataclass(frozen=True)
class Trips:
    """What is known of a loop's index: `first + step * k` for the k-th trip, short of `stop`."""

    index: Atom
    first: Dim | None
    stop: Dim | None
    step: int
    turned: bool


class Accesses:
    """The reads and writes of a program's arrays."""

    def __init__(self, program: Program, type_of: Callable[[ast.expr], Type]) -> None:
        self.program = program
        self.type_of = type_of
        self.gates: dict[int, tuple[Gate, Region, int]] = {}
        self.loops: dict[int, Loop] = {}
        # where each statement stands in the text, by its key, and where what is in it ends
        self.order: dict[int, int] = {}
        self.ends: dict[int, int] = {}
        # the moments that have been asked about
        self.points: dict[tuple[Region, str, tuple[int, ...]], Point] = {}
        self._number(program.body, ())
        # for each array, the gates that write to it
        self.writes: dict[str, list[Gate]] = {}
        for gate, _, _ in self.gates.values():
            for target in gate.targets:
                array = program.memory.get(target)
                if array is not None and target not in program.views and target != array:
                    self.writes.setdefault(array, []).append(gate)

    def _number(self, body: Block, region: Region) -> None:
        for stmt in body:
            self.order[stmt.key] = len(self.order)
            if isinstance(stmt, Gate):
                self.gates[stmt.key] = (stmt, region, self.order[stmt.key])
            elif isinstance(stmt, Branch):
                self._number(stmt.then, (*region, ("then", stmt.key)))
                self._number(stmt.orelse, (*region, ("else", stmt.key)))
            elif isinstance(stmt, Loop):
                self.loops[stmt.key] = stmt
                self._number(stmt.body, (*region, ("loop", stmt.key)))
            self.ends[stmt.key] = len(self.order) - 1

    @cached_property
    def definitions(self) -> dict[str, Gate]:
        """The gate that gives each value."""
        return {target: gate for gate, _, _ in self.gates.values() for target in gate.targets}

    # -- what is read and written --------------------------------------------------------

    def read(self, gate: Gate) -> tuple[str, Access] | None:
        """The array that a gate reads elements of, and which."""
        place = gate.expr
        if not isinstance(place, ast.Subscript) or not isinstance(place.value, ast.Name):
            return None
        array = self.program.memory.get(place.value.id)
        return None if array is None else (array, self.elements(gate, place))

    def write(self, gate: Gate) -> Access:
        """The elements that a gate may write to."""
        if gate.virtual:
            index = gate.operands.get("index")
            whole = next(iter(gate.operands.values()))
            place = None if index is None else ast.Subscript(whole, index, ast.Load())
            return self.elements(gate, place)
        return self.elements(gate, gate.place)

    def elements(self, gate: Gate, place: ast.expr | None) -> Access:
        """The elements that `x[index]` names where a gate stands; those of a view are among what it
        was taken from."""
        _, region, order = self.gates[gate.key]
        while isinstance(place, ast.Subscript) and isinstance(place.value, ast.Name):
            whole = place.value.id
            if whole not in self.program.views:
                return Access(region, order, self._spans(whole, place.slice))
            taken = self.definitions.get(whole)
            place = taken.expr if taken is not None and not taken.virtual else None
        return Access(region, order)

    def _spans(self, array: str, index: ast.expr) -> tuple[Span, ...] | None:
        type_ = self.type_of(name(array))
        dims = type_.dims if isinstance(type_, Num) else None
        parts = index.elts if isinstance(index, ast.Tuple) else [index]
        if dims is None or len(parts) > len(dims):
            return None
        spans = []
        for part, dim in zip(parts, dims, strict=False):
            if isinstance(part, ast.Slice):
                spans.append(self._slice(part, dim))
                continue
            found = self.type_of(part)
            if not isinstance(found, Num) or not found.is_scalar or found.kind != "i":
                return None  # an array, None or `...`: the axes are not those of the index
            spans.append(Span(dim, self._known(found.value), is_one=True))
        return tuple(spans)

    def _slice(self, part: ast.Slice, dim: Dim) -> Span:
        step = self._bound(part.step)
        if part.step is not None and (step is None or step.known is None or step.known <= 0):
            return Span(dim)
        first = Dim(0) if part.lower is None else self._bound(part.lower)
        return Span(dim, first, dim if part.upper is None else self._bound(part.upper))

    def _bound(self, node: ast.expr | None) -> Dim | None:
        found = self.type_of(node) if node is not None else None
        if isinstance(found, Known) and isinstance(found.value, int):
            return Dim(int(found.value))
        return self._known(found.value) if isinstance(found, Num) else None

    def _known(self, value: Dim | None) -> Dim | None:
        """A number made of loops' indices and of what never changes, or None."""
        return value if value is not None and all(_is_plain(a) for a, _ in value.terms) else None

    # -- whether they meet ----------------------------------------------------------------

    def may_follow(self, read: Access, write: Access, made: Region) -> bool:
        """Whether a write may hit what has been read, after it was read.

        `made` is where the array is: each trip of a loop that it is made in has another one.
        """
        loops = [key for kind, key in shared(read.region, write.region) if kind == "loop"]
        for level in range(sum(kind == "loop" for kind, _ in made), len(loops)):
            if self.may_meet(read, write, loops[:level], loops[level]):
                return True
        if is_apart(read.region, write.region) or write.order <= read.order:
            return False
        return self.may_meet(read, write, loops)

    def may_meet(
        self, read: Access, write: Access, same: Sequence[int], later: int | None = None
    ) -> bool:
        """Whether a write may hit what is read, in the same trips of some loops, and in a
        later trip of another one."""
        mine = self._point(read.region, "read", ())
        its = self._point(write.region, "write", same)
        inside = [*mine.inside, *its.inside]
        if later is not None:
            order = self._order(later, mine, its)
            if order is not None:
                inside.append(order)
        if read.spans is None or write.spans is None:
            return is_possible([*inside, *_lengths(inside)])
        sides = [
            (self._ways(span, mine), self._ways(other, its))
            for span, other in zip(read.spans, write.spans, strict=False)
        ]
        axes = [list(product(ours, theirs)) for ours, theirs in sides]
        for ways in product(*axes):
            meet, equal = list(inside), []
            for ours, theirs in ways:
                meet += [*ours.conditions, *theirs.conditions]
                if ours.is_one and theirs.is_one:
                    assert ours.first is not None and theirs.first is not None
                    equal.append(ours.first - theirs.first)
                    continue
                for low, high in ((ours.first, theirs.last), (theirs.first, ours.last)):
                    if low is not None and high is not None:
                        meet.append(high - low)
            if is_possible([*meet, *_lengths([*meet, *equal])], equal):
                return True
        return False

    def are_there(self, access: Access, region: Region) -> bool:
        """Whether single elements are there whenever a region is run through."""
        point = self._point(region, "read", ())
        for span in access.spans or ():
            first, size = point.of(span.first), point.of(span.size)
            if not span.is_one or first is None or size is None or not point.is_natural(first):
                return False
            behind = [*point.inside, first - size]
            if is_possible([*behind, *_lengths(behind)]):
                return False
        return access.spans is not None

    def _ways(self, span: Span, point: Point) -> list[Way]:
        """What the positions of an axis may be, by the sign of an index that has either."""
        first = point.of(span.first)
        if not span.is_one:
            stop = point.from_start(span.stop, span.size)
            return [
                Way(point.from_start(span.first, span.size), None if stop is None else stop - 1)
            ]
        size = point.of(span.size)
        if first is None or point.is_natural(first):
            return [Way(first, first)]
        if size is None:
            return [Way(None, None)]
        behind = first + size
        if not is_possible([*point.inside, first]):
            return [Way(behind, behind)]
        return [Way(first, first, (first,)), Way(behind, behind, (first * -1 - 1,))]

    def _point(self, region: Region, moment: str, same: Sequence[int]) -> Point:
        """The indices at one moment; those of some loops are the same as when it was read."""
        key = (region, moment, tuple(same))
        if key not in self.points:
            self.points[key] = self._new_point(*key)
        return self.points[key]

    def _new_point(self, region: Region, moment: str, same: Sequence[int]) -> Point:
        """The indices at one moment, and the conditions that their loops' bounds put on them."""
        point = Point({}, [])
        for kind, key in region:
            if kind != "loop":
                continue
            trips = self.trips(self.loops[key])
            if trips is None:
                continue
            moment_here = "read" if key in same else moment
            k = Dim.of(("index", trips.index[1], moment_here))
            first, stop = point.of(trips.first), point.of(trips.stop)
            if first is None or abs(trips.step) == 1:
                point.table[trips.index] = k
                index = k
                if first is not None:
                    point.inside.append((k - first) * trips.step)
            else:
                index = first + k * trips.step
                point.table[trips.index] = index
                point.inside.append(k)
            if stop is not None:
                sign = 1 if trips.step > 0 else -1
                point.inside.append((stop - index) * sign - 1)
        return point

    def _order(self, key: int, mine: Point, its: Point) -> Dim | None:
        """That one trip of a loop comes after another."""
        trips = self.trips(self.loops[key])
        if trips is None:
            return None
        sign = 1 if (trips.step > 0) != trips.turned else -1
        return (its.table[trips.index] - mine.table[trips.index]) * sign - 1

    def trips(self, loop: Loop) -> Trips | None:
        """The range that a loop's index runs through."""
        over, turned = loop.over, False
        match over:
            case ast.Call(func=ast.Name(id="reversed"), args=[inner]):
                over, turned = inner, True
        match over:
            case ast.Call(func=ast.Name(id="range"), args=args) if loop.index is not None:
                bounds = [self._bound(arg) for arg in args]
            case _:
                return None
        if len(bounds) == 1:
            bounds.insert(0, Dim(0))
        step = bounds[2] if len(bounds) == 3 else Dim(1)
        if step is None or not step.known:
            return None
        return Trips(("index", loop.index), bounds[0], bounds[1], step.known, turned)


class Way(NamedTuple):
    """The positions of an axis, where conditions hold."""

    first: Dim | None
    last: Dim | None
    conditions: tuple[Dim, ...] = ()

    @property
    def is_one(self) -> bool:
        return self.first is not None and self.first == self.last


class Point:
    """Loops' indices at one moment, in the terms of the conditions on them."""

    def __init__(self, table: dict[Atom, Dim], inside: list[Dim]) -> None:
        self.table = table
        self.inside = inside
        self.natural: dict[Dim, bool] = {}

    def of(self, dim: Dim | None) -> Dim | None:
        """A number at this moment; None if it depends on an index of which nothing is known."""
        if dim is None:
            return None
        made = Dim(dim.const)
        for atom, times in dim.terms:
            if atom[0] != "index":
                made += Dim.of(atom) * times
            elif atom in self.table:
                made += self.table[atom] * times
            else:
                return None
        return made

    def is_natural(self, dim: Dim) -> bool:
        """Whether a number, in the terms of this moment, is certainly not negative."""
        if dim not in self.natural:
            self.natural[dim] = dim.is_natural or not is_possible(
                [*self.inside, *_lengths([dim]), dim * -1 - 1]
            )
        return self.natural[dim]

    def from_start(self, bound: Dim | None, size: Dim) -> Dim | None:
        """A slice's bound, counted from the start; None unless its sign is known."""
        dim = self.of(bound)
        if dim is not None and dim.known is not None and dim.known < 0:
            return self.of(size + dim)
        return dim if dim is not None and self.is_natural(dim) else None


def _lengths(dims: Iterable[Dim]) -> list[Dim]:
    """That the lengths which some numbers are made of are not negative."""
    atoms = {atom for dim in dims for atom, _ in dim.terms}
    return [Dim.of(atom) for atom in atoms if atom[0] in ("shape", "clamp")]


def _is_plain(atom: Atom, inside: bool = False) -> bool:
    if atom[0] in _MADE_OF_OTHERS:
        return all(_is_plain(a, True) for part in atom[1:] for a, _ in part.terms)
    return atom[0] in _STEADY or (atom[0] == "index" and not inside)


def shared(a: Region, b: Region) -> Region:
    """The region that two regions are parts of."""
    count = 0
    while count < min(len(a), len(b)) and a[count] == b[count]:
        count += 1
    return a[:count]


def is_apart(a: Region, b: Region) -> bool:
    """Whether two regions are different sides of one branch."""
    count = len(shared(a, b))
    if min(len(a), len(b)) == count:
        return False
    return a[count][1] == b[count][1]
