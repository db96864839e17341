"""Which writes the way back undoes, and what it reads of the arrays then.

In: the lines of a backward, which mention elements of arrays that were written to later.
Out: the choice with which least is kept.  A line may read an element where it is proven that
the array holds there what it held when the forward read it: every write that may have hit
the element since has been undone, and no earlier one has.  Trips of a loop that the line
stands in are undone in their order; what is left is the order within a trip.
"""

from __future__ import annotations

import ast
import math
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from copy import copy
from dataclasses import replace
from functools import cached_property
from typing import NamedTuple

from adgen.analysis.accesses import Access, Accesses, is_apart, shared
from adgen.analysis.expressions import TypeOf
from adgen.caching.reads import is_primal, read_in_full
from adgen.cleanup.storage import roots
from adgen.ir import (
    FIRST,
    BackBranch,
    BackLoop,
    Branch,
    Contribution,
    Gate,
    Lines,
    Loop,
    Region,
    Staged,
    dumped,
    hint,
    is_introduced,
    is_within,
    name,
    names_in,
    substitute,
    walk,
)
from adgen.rules.settle import Context
from adgen.types import ListOf, Num, Type

# what a loop's trips, and the elements along an axis, are taken to be
MANY = 100
# more operations than this are not done again
MOST = 5


class Spot(NamedTuple):
    """A line of the backward: in which region, and which statement of the forward it undoes."""

    region: Region
    order: float
    # whether it is the first line of that statement, and whether it stands before what undoes
    # the statement's write, too
    first: bool = False
    ahead: bool = False


class Read(NamedTuple):
    """A read of an array: which elements, and how the place is said."""

    array: str
    access: Access
    place: str


class Copy(NamedTuple):
    """What an array is when a loop is over, kept under a name of its own."""

    value: str
    source: str
    loop: int


class Form(NamedTuple):
    """How a value is had again: an expression, and the reads of arrays in it.

    `needs` are values that it is made of; with `ahead` it is what that write has put
    into the array, read before the write is undone; with `copy` it is read from that copy.
    """

    expr: ast.expr
    reads: tuple[Read, ...] = ()
    needs: tuple[str, ...] = ()
    operations: int = 0
    ahead: Gate | None = None
    copy: Copy | None = None


class Choice(NamedTuple):
    """Which values are had again, which writes are undone for that, and what is kept then."""

    again: Mapping[str, Form]
    undone: tuple[Gate, ...]
    cost: float


class Restoring:
    """Weighs what there is to keep."""

    def __init__(
        self, staged: Staged, lines: Lines, context: Context, type_of: TypeOf,
        cheap: Mapping[str, ast.expr], numbers: Mapping[int, int],
    ) -> None:  # fmt: skip
        self.staged = staged
        self.program = staged.program
        self.lines = lines
        self.accesses = Accesses(staged.program, type_of)
        self.context = context
        self.type_of = type_of
        self.cheap = cheap
        self.homes = self.program.homes
        self.ends = self._ends()
        # an array that is made inside of a loop or branch and written to there is done in the end
        done = {end for array, end in self.ends.items() if self.homes.get(array)}
        self.program = replace(self.program, overwritten=self.program.overwritten - done)
        self.staged = replace(staged, program=self.program)
        self.indices = {loop.index for loop in self.accesses.loops.values()}
        self.known: dict[str, list[Form]] = {}
        self.from_copies: dict[str, list[Form]] = {}
        self._number(numbers)
        self.written = dict(self._written())

    def _number(self, numbers: Mapping[int, int]) -> None:
        self.numbers = numbers
        self.spots: dict[str, list[Spot]] = {}
        # values that stay what they are: read by what is not a line
        self.fixed: set[str] = set()
        # arrays that a line hands on as they are
        self.lent: set[str] = set()
        self.regions: set[Region] = {()}
        self._look(self.lines, ())

    def renumbered(self, numbers: Mapping[int, int]) -> Restoring:
        """The same, with gates in other statements."""
        made = copy(self)
        made._number(numbers)
        return made

    def _ends(self) -> dict[str, str]:
        """For each array that is written to, the value that it has when all is written."""
        unbound = self.program.unbound
        found: dict[str, str] = {}
        for value, point in sorted(self.points.items(), key=lambda item: item[1].order):
            array = self.program.memory[value]
            home, writes = self.homes.get(array, ()), self.accesses.writes.get(array, ())
            last = point.region == home and value not in unbound
            if home or value not in self.program.overwritten:
                orders = [self.accesses.gates[gate.key][2] for gate in writes]
                if last and orders and point.order >= max(orders):
                    found[array] = value
        return found

    def _written(self) -> Iterator[tuple[str, tuple[Form, ...]]]:
        """The values that are put into an array as they are: of the same shape and dtype."""
        for array, gates in self.accesses.writes.items():
            for gate in gates:
                place = gate.place
                if array not in self.ends or gate.effect or not isinstance(place, ast.Subscript):
                    continue
                there, value = self.type_of(place), self.type_of(gate.expr)
                if not isinstance(there, Num) or not isinstance(value, Num):
                    continue
                same = there.dims == value.dims is not None and there.dtype == value.dtype != ""
                form = self._element(place, array, self.accesses.write(gate)) if same else None
                if form is not None and isinstance(gate.expr, ast.Name):
                    # what is there afterwards, not what the write destroys
                    form = form._replace(reads=(form.reads[0]._replace(place=""),))
                    yield gate.expr.id, (form, form._replace(operations=1, ahead=gate))

    def _look(self, lines: Lines, region: Region) -> None:
        """Note where values are mentioned."""
        for line in lines:
            match line:
                case Contribution():
                    self._mention(line, region)
                case BackBranch():
                    self.fixed.update(_contents_read(line.branch.test))
                    for kind, part in (("then", line.then), ("else", line.orelse)):
                        inside = (*region, (kind, line.branch.key))
                        self.regions.add(inside)
                        self._look(part, inside)
                case BackLoop():
                    self.fixed.update(_contents_read(line.loop.over))
                    inside = (*region, ("loop", line.loop.key))
                    self.regions.add(inside)
                    self._look(line.body, inside)

    def _mention(self, line: Contribution, region: Region) -> None:
        spot = Spot(region, self.order_of(line.gate))
        for part in (line.expr, line.index):
            if part is None:
                continue
            for value in dict.fromkeys(_contents_read(part)):
                self.spots.setdefault(value, []).append(spot)
                if line.parts:
                    self.fixed.add(value)
        self.lent |= {v for v in roots(line.expr, self.type_of) if is_primal(v)}

    def order_of(self, key: int) -> float:
        """The number of the statement that a line undoes."""
        return math.inf if key == FIRST else self.numbers.get(key, -1)

    # -- what is had again ---------------------------------------------------------------

    def forms(self, value: str) -> list[Form]:
        """How a value may be had from arrays as they were, the plainest first."""
        if value not in self.known:
            self.known[value] = []
            self.known[value] = list(self._forms(value))
        return self.known[value]

    def _forms(self, value: str) -> Iterator[Form]:
        type_ = self.staged.types.get(value)
        if not isinstance(type_, Num) or isinstance(type_, ListOf) or value in self.fixed:
            return
        if value in self.points:
            yield from self._whole(value)
            return
        gate = self.accesses.definitions.get(value)
        if gate is None or gate.op is None or len(gate.targets) > 1:
            return
        if gate.effect or gate.virtual or gate.place is not None:
            return
        read = self.accesses.read(gate)
        form = None
        if read is not None:
            form = self._element(gate.expr, *read)
        elif gate.op.kind == "elementwise" and isinstance(gate.expr, ast.BinOp | ast.UnaryOp):
            form = self._operation(gate)
        if value in self.written:
            yield from self.written[value]
        if form is not None:
            yield form

    def _element(self, place: ast.expr, array: str, access: Access) -> Form | None:
        """Elements of an array, from the name that it has in the end."""
        assert isinstance(place, ast.Subscript) and isinstance(place.value, ast.Name)
        plain = place.value.id not in self.program.views and access.spans is not None
        if array not in self.ends or not plain:
            return None
        if not all(self.is_at_hand(n) for n in names_in(place.slice)):
            return None
        element = ast.Subscript(name(self.ends[array]), place.slice, ast.Load())
        return Form(element, (Read(array, access, dumped(place)),))

    def copied(self, value: str) -> list[Form]:
        """How a value may be had from a copy of an array."""
        if value not in self.from_copies:
            self.from_copies[value] = list(self._copied(value))
        return self.from_copies[value]

    def _copied(self, value: str) -> Iterator[Form]:
        """An element from a copy of its array as the loop leaves it, if that is less to keep."""
        gate = self.accesses.definitions.get(value)
        read = self.accesses.read(gate) if gate is not None and value not in self.fixed else None
        if gate is None or read is None or not read[1].region or self.homes.get(read[0]):
            return
        array, access = read
        (kind, key), *_ = access.region
        form = self._element(gate.expr, array, access)
        if kind != "loop" or form is None or self._size_of(array) >= self.weight(value):
            return
        writes = self.accesses.writes.get(array, ())
        inside = [w for w in writes if self.region_of(w)[:1] == access.region[:1]]
        source = next((c.after for c in self.accesses.loops[key].carried
                       if self.program.memory.get(c.after) == array), None)  # fmt: skip
        if source is None or any(self._follows(access, write) for write in inside):
            return
        assert isinstance(form.expr, ast.Subscript)
        copy = Copy(f"{hint(source)}:t{key}s{source.partition(':')[2]}", source, key)
        element = ast.Subscript(name(copy.value), form.expr.slice, ast.Load())
        yield Form(element, copy=copy)

    def _size_of(self, array: str) -> float:
        return _size(self.staged.types.get(array), ())

    def _whole(self, value: str) -> Iterator[Form]:
        """An earlier state of an array, as a whole."""
        array = self.program.memory[value]
        if array in self.ends and value != self.ends[array]:
            read = Read(array, self.points[value], dumped(name(value)))
            yield Form(name(self.ends[array]), (read,))

    def made_at(self, value: str) -> int:
        """Where the forward makes a value."""
        if value in self.points:
            return self.points[value].order
        return self.accesses.order[self.accesses.definitions[value].key]

    @cached_property
    def points(self) -> dict[str, Access]:
        """Where arrays that are written to become what each of their values is."""
        made = {t: at for gate, _, at in self.accesses.gates.values() for t in gate.targets}
        for stmt in walk(self.program.body):
            if isinstance(stmt, Loop):
                made |= {c.inner: self.accesses.order[stmt.key] for c in stmt.carried}
                made |= {c.after: self.accesses.ends[stmt.key] for c in stmt.carried
                         if c.after != c.inner}  # fmt: skip
            elif isinstance(stmt, Branch):
                made |= {m.target: self.accesses.ends[stmt.key] for m in stmt.merges}
        memory, views = self.program.memory, self.program.views
        return {
            value: Access(self.homes.get(value, ()), at)
            for value, at in made.items()
            if value in memory and value not in views
        }

    def _operation(self, gate: Gate) -> Form | None:
        """A sum, product or the like of what is at hand, elements of arrays among it."""
        reads: tuple[Read, ...] = ()
        needs, operations = [], 1
        expr = substitute(gate.expr, self.cheap)
        for operand in dict.fromkeys(names_in(expr)):
            if self.is_at_hand(operand):
                continue
            needs.append(operand)
            forms = self.forms(operand)
            if forms:
                reads += forms[-1].reads
                operations += forms[-1].operations
            elif operand not in self.spots:
                return None
        if not reads or operations > MOST:
            return None
        return Form(expr, reads, tuple(needs), operations)

    def is_at_hand(self, value: str) -> bool:
        """Whether the backward has a value without a tape: it is the same in all trips."""
        if not is_primal(value) or value in self.indices:
            return True
        if value in self.program.memory or value in self.program.overwritten:
            return False
        looping = any(kind == "loop" for kind, _ in self.homes.get(value, ()))
        type_ = self.staged.types.get(value)
        counts = isinstance(type_, Num) and type_.is_scalar and type_.kind == "i"
        return not looping or (counts and value in self.spots)

    # -- what it takes ---------------------------------------------------------------------

    def choices(self) -> list[Choice]:
        """The one with which least is kept, and the one that restores nothing."""
        plain = self.weighed(frozenset())
        assert plain is not None
        best, left = plain, frozenset(a for value in self.spots for a in self._arrays(value))
        while left:
            tried = self.weighed(left)
            if tried is not None and tried.cost < best.cost:
                best = tried
            without = {array: self.weighed(left - {array}) for array in sorted(left)}
            costs = [(c.cost, array) for array, c in without.items() if c is not None]
            if not costs:
                break
            left = left - {min(costs)[1]}
        return [best, plain] if best.undone else [plain]

    def stands(self, choice: Choice) -> bool:
        """Whether a choice is right with the statements that gates are part of now."""
        return all(self.is_right(v, choice.again, choice.undone) for v in choice.again) and (
            self.is_consistent(choice.again, choice.undone)
        )

    def _arrays(self, value: str) -> set[str]:
        return {read.array for form in self.forms(value) for read in form.reads}

    def weighed(self, arrays: frozenset[str]) -> Choice | None:
        """What is kept if these arrays are restored; None where that cannot be."""
        left = {v: [*self.forms(v), *self.copied(v)] for v in self.spots if self.is_kept(v)}
        left = {v: forms for v, forms in left.items() if forms}
        while True:
            again = {v: forms[0] for v, forms in left.items()}
            undone = self.undone(arrays, again.values())
            wrong = [v for v in again if not self.is_right(v, again, undone)]
            if not wrong:
                break
            left |= {v: left[v][1:] for v in wrong}
            left = {v: forms for v, forms in left.items() if forms}
        if undone and not self.is_consistent(again, undone):
            return None
        cost = sum(self.weight(v) for v in self.spots if v not in again and self.is_kept(v))
        cost += sum(self.cost(gate) for gate in undone)
        copies = {form.copy for form in again.values() if form.copy is not None}
        cost += sum(self._size_of(copy.source) for copy in copies)
        # the way back works on copies
        copied = {self.program.memory[gate.targets[0]] for gate in undone}
        cost += sum(_size(self.staged.types.get(array), ()) / 2 for array in copied)
        return Choice(again, tuple(undone), cost)

    def undone(self, arrays: Iterable[str], forms: Iterable[Form]) -> list[Gate]:
        """The writes that may have hit what is read since."""
        reads = [read for form in forms for read in form.reads]
        return [
            gate
            for array in sorted(arrays)
            for gate in self.accesses.writes.get(array, ())
            if self.can_be_undone(gate)
            and any(
                read.array == array and not self.is_saved(read, gate)
                and self._follows(read.access, gate)
                for read in reads
            )
        ]  # fmt: skip

    def is_saved(self, read: Read, gate: Gate) -> bool:
        """Whether what a write destroys is just what has been read."""
        return (
            gate.place is not None
            and dumped(gate.place) == read.place
            and self.region_of(gate) == read.access.region
        )

    def _follows(self, read: Access, gate: Gate) -> bool:
        key = (read, gate.key)
        if key not in self._followed:
            home = self.homes.get(self.program.memory[gate.targets[0]], ())
            write = self.accesses.write(gate)
            self._followed[key] = self.accesses.may_follow(read, write, home)
        return self._followed[key]

    @cached_property
    def _followed(self) -> dict[tuple[Access, int], bool]:
        return {}

    def can_be_undone(self, gate: Gate) -> bool:
        """Whether a write is one at an index that the backward has, on a path that it follows."""
        if gate.virtual or gate.effect or self.region_of(gate) not in self.regions:
            return False
        if self.homes.get(self.program.memory[gate.targets[0]]):
            return False  # the way back has no copy of it to work on
        if any(key in self._attempts for _, key in self.region_of(gate)):
            return False
        match gate.place:
            case ast.Name():
                return True
            case ast.Subscript(value=ast.Name(), slice=index):
                return self.accesses.write(gate).spans is not None and all(
                    self.is_at_hand(n) for n in names_in(index)
                )
        return False

    @cached_property
    def _attempts(self) -> set[int]:
        """The `try` statements, of which a part may have been carried out."""
        every = walk(self.program.body)
        return {s.key for s in every if isinstance(s, Branch) and s.catches is not None}

    def region_of(self, gate: Gate) -> Region:
        return self.accesses.gates[gate.key][1]

    def is_right(self, value: str, again: Mapping[str, Form], undone: Sequence[Gate]) -> bool:
        """Whether a value comes out as it was, at each line that mentions it."""
        form = again[value]
        for needed in form.needs:
            forms = self.forms(needed)
            if forms and needed in self.spots and again.get(needed) is not forms[-1]:
                return False
        spots = self.spots[value]
        if form.ahead is not None:
            ahead = self.ahead_of(form.ahead)
            if not all(self.comes_before(ahead, spot) for spot in spots):
                return False
            spots = [ahead]
        elif form.operations:
            spots = [*spots, self.first_of(spots)]
        return all(self.holds(read, spot, undone) for read in form.reads for spot in spots)

    def ahead_of(self, gate: Gate) -> Spot:
        """Before a write is undone."""
        return Spot(self.region_of(gate), self.numbers[gate.key], first=True, ahead=True)

    def comes_before(self, ahead: Spot, spot: Spot) -> bool:
        """Whether a line comes after the undoing of a write, in the same trip."""
        if not is_within(spot.region, ahead.region) or ahead.region not in self.regions:
            return False
        return self._at(spot, ahead.region) <= ahead.order

    def first_of(self, spots: Sequence[Spot]) -> Spot:
        """Before the first of some lines, in the region that they share."""
        region = spots[0].region
        for spot in spots:
            region = shared(region, spot.region)
        return Spot(region, max(self._at(spot, region) for spot in spots), first=True)

    def _at(self, spot: Spot, region: Region) -> float:
        """Where a line, or the loop or branch that it is in, stands in a region."""
        if len(spot.region) == len(region):
            return spot.order
        return self.numbers[spot.region[len(region)][1]]

    def holds(self, read: Read, spot: Spot, undone: Sequence[Gate]) -> bool:
        """Whether an array holds, at a line, what it held when it was read."""
        if any(self.is_saved(read, gate) for gate in undone):
            return True  # it has a name
        if not is_within(spot.region, read.access.region):
            return False
        return all(
            self._is_settled(gate, read.access, spot, gate in undone)
            for gate in self.accesses.writes.get(read.array, ())
        )

    def _is_settled(self, gate: Gate, read: Access, spot: Spot, undone: bool) -> bool:
        """Whether one write is undone by then if it came later, and only then."""
        if not undone:
            return not self._follows(read, gate)
        write = self.accesses.write(gate)
        if is_apart(read.region, write.region):
            return True
        region = shared(read.region, write.region)
        direct, here = len(write.region) == len(region), len(spot.region) == len(region)
        at = self.numbers[gate.key if direct else write.region[len(region)][1]]
        line = self._at(spot, region)
        before = at >= line if direct and here and not spot.ahead else at > line
        # in one loop or branch with the line, or with no telling which comes first
        together = not direct and at == line and not (here and spot.first)
        if not together and before == (write.order > read.order):
            return True
        loops = [key for kind, key in region if kind == "loop"]
        return not self.accesses.may_meet(read, write, loops)

    def is_consistent(self, again: Mapping[str, Form], undone: Sequence[Gate]) -> bool:
        """Whether lines that read an array as it is in the end do so before it is changed."""
        changed = {self.program.memory[gate.targets[0]] for gate in undone}
        for value, spots in self.spots.items():
            array = self.program.memory.get(value)
            if value in self.program.overwritten or value in again:
                continue  # it is a copy, or has been looked at
            if array is None and changed and value in self.program.pinned:
                return False  # it may be a view, or not
            if array not in changed:
                continue
            whole = Read(array, Access((), len(self.accesses.order)), "")
            if not all(self.holds(whole, spot, undone) for spot in spots):
                return False
        lent = {self.program.memory.get(value) for value in self.lent}
        touched = {v for v in self.fixed if self.program.memory.get(v) in changed}
        return not (changed & lent) and not touched

    def same_as_saved(self, form: Form, undone: Sequence[Gate]) -> Gate | None:
        """The write that destroys just what a value was read from."""
        if form.operations or not form.reads:
            return None
        return next((gate for gate in undone if self.is_saved(form.reads[0], gate)), None)

    # -- what is kept ------------------------------------------------------------------------

    def is_kept(self, value: str) -> bool:
        """Whether a value takes a place on a tape or in the cache."""
        if value in self.indices:
            return False
        if is_introduced(value):
            return True
        looping = any(kind == "loop" for kind, _ in self.homes.get(value, ()))
        return looping or value in self.program.overwritten

    def weight(self, value: str) -> float:
        """About how many numbers are kept of a value."""
        return _size(self.staged.types.get(value), self.homes.get(value, ()))

    def cost(self, gate: Gate) -> float:
        """About how many numbers are kept of what a write destroys."""
        assert gate.place is not None
        return _size(self.type_of(gate.place), self.region_of(gate))


def _size(type_: Type | None, region: Region) -> float:
    rank = type_.ndim if isinstance(type_, Num) else None
    loops = sum(kind == "loop" for kind, _ in region)
    return float(MANY ** (loops + (1 if rank is None else rank)))


def _contents_read(node: ast.AST) -> Iterator[str]:
    """The values that an expression reads for more than their shape or length."""
    lengths = Counter(
        child.args[0].id
        for child in ast.walk(node)
        if isinstance(child, ast.Call)
        and isinstance(child.func, ast.Name)
        and child.func.id == "len"
        and isinstance(child.args[0], ast.Name)
    )
    yield from Counter(read_in_full(node)) - lengths
