"""The circuit of a run: gates and wires, as course notes draw them.

A gate that ran several times is one node, or with `unrolled` a node for each turn.  Wires carry
the value forward and the gradient back.  Functions with many gates are drawn a node per statement.
"""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from adgen.emission.text import text_of
from adgen.explain.values import in_full, said
from adgen.explain.walk import Argument, Around, Visit, Walk, is_number

# the colours of values, gradients, and all that is beside the matter
GREEN, RED, GREY = "#1a7f37", "#cf222e", "#6e7781"
# a circuit with more gates is drawn by statement
LEGIBLE = 60
SIGNS: dict[type[ast.operator], str] = {
    ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/", ast.MatMult: "@", ast.Pow: "**",
    ast.Mod: "%", ast.FloorDiv: "//",
}  # fmt: skip


@dataclass(frozen=True)
class Node:
    """A gate, an argument or the result; `groups` are the boxes round it, the outermost first."""

    key: str
    kind: str
    label: str
    hover: str
    groups: tuple[tuple[str, str], ...] = ()
    # the number that the listing gives the gate
    number: int | None = None
    line: int | None = None


def identity(node: Node) -> str:
    """What a node is known as in a drawing; wires are `wire0`, `wire1`, ... in their order."""
    return re.sub(r"\W+", "-", node.key).strip("-")


@dataclass(frozen=True)
class Wire:
    """What one node hands to another; `again` is a wire from one trip to the next."""

    start: str
    end: str
    value: str
    gradient: str
    hover: str
    again: bool = False


@dataclass(frozen=True)
class Circuit:
    """A drawing without positions."""

    title: str
    nodes: tuple[Node, ...]
    wires: tuple[Wire, ...]
    # the node that each visit of the run is drawn as, if it is drawn
    drawn_as: tuple[str | None, ...] = ()


def circuit(walk: Walk, unrolled: int = 0, by_statement: bool | None = None) -> Circuit:
    """The gates and wires of a run.

    Of loops the first `unrolled` turns are drawn one by one (0: loops are folded).
    `by_statement` draws a node for each statement of the author's; left out, that is done for
    more than 60 gates.
    """
    if by_statement is None:
        by_statement = len(_gates(walk, unrolled)) > LEGIBLE
    return _Drawing(walk, unrolled, by_statement).drawn()


def _gates(walk: Walk, unrolled: int) -> set[tuple[int, int]]:
    return {(v.number, min(v.turn, unrolled)) for v in walk.visits if _is_drawn(v)}


def _is_drawn(visit: Visit) -> bool:
    """Whether the derivative goes through a gate."""
    return visit.gradient is not None


class _Drawing:
    def __init__(self, walk: Walk, unrolled: int, by_statement: bool) -> None:
        self.walk = walk
        self.unrolled = unrolled
        self.by_statement = by_statement
        self.visits: defaultdict[str, list[Visit]] = defaultdict(list)
        self.key_of: dict[int, str] = {}
        self.frames = _frames(walk)
        # the first gate of each loop and branch
        self.begins: dict[int, int] = {}
        for visit in walk.visits:
            for around in visit.inside:
                first = self.begins.get(around.line, visit.number)
                self.begins[around.line] = min(first, visit.number)
        self.calls = _calls(walk, self.frames)
        for at, visit in enumerate(walk.visits):
            if _is_drawn(visit):
                key = self.key(visit)
                self.key_of[at] = key
                self.visits[key].append(visit)

    def key(self, visit: Visit) -> str:
        if self.by_statement and visit.span is not None:
            call = self.calls[visit.number]
            return f"line {visit.span.line} {f'call {call} ' if call else ''}{self.trips(visit)}"
        return f"gate {visit.number} {self.trips(visit)}"

    def trips(self, visit: Visit) -> tuple[int, ...]:
        """The trip of each loop that a gate is in, as far as trips are told apart."""
        return tuple(self.drawn_trip(around) for around in visit.inside)

    def drawn_trip(self, around: Around) -> int:
        return self.unrolled if around.trip is None else min(around.trip, self.unrolled)

    def drawn(self) -> Circuit:
        wires = list({(w.start, w.end, w.hover.split(":")[0]): w for w in self.wires()}.values())
        used = {w.start for w in wires}
        arguments = [n for n in self.arguments() if n.key in used]
        in_order = sorted(self.visits.items(), key=lambda item: self.place(item[1][0]))
        nodes = [*arguments, *(self.gate(key, visits) for key, visits in in_order)]
        if any(w.end == "out" for w in wires):
            nodes.append(Node("out", "result", "out", in_full(self.walk.result)))
        places = tuple(self.key_of.get(at) for at in range(len(self.walk.visits)))
        return Circuit(self.walk.name, tuple(nodes), tuple(wires), places)

    def arguments(self) -> Iterator[Node]:
        for name, argument in self.walk.arguments.items():
            for label, part in {name: argument, **self.parts(name)}.items():
                yield Node(f"argument {label}", "argument", label, in_full(part.value))

    def gate(self, key: str, visits: Sequence[Visit]) -> Node:
        first = visits[0]
        times = max(sum(v.number == visit.number for v in visits) for visit in visits)
        label = self.statement(visits) if self.by_statement else symbol(first.text)
        if times > 1:
            label += f"  ({times} times)"
        hover = "\n".join([v.text for v in _each(visits)] + ["backward:"] + _rules(visits))
        line = first.span.line if first.span is not None else None
        kind = "statement" if self.by_statement else "gate"
        return Node(key, kind, label, hover, self.groups(first), first.number, line)

    def statement(self, visits: Sequence[Visit]) -> str:
        """The author's text of a statement, on one line."""
        span = visits[0].span
        said = span.text.strip() if span is not None else visits[0].text
        return said if len(said) <= 60 else f"{said[:57]}..."

    def groups(self, visit: Visit) -> tuple[tuple[str, str], ...]:
        trips = self.trips(visit)
        found = []
        for around, trip in zip(visit.inside, trips, strict=True):
            found.append((f"box {around.line} {trip}", self.said_of(around, trip)))
        if not self.by_statement and visit.span is not None:
            found.append((f"line {self.frames[visit.number]}", f"line {visit.span.line}"))
        return tuple(found)

    def said_of(self, around: Around, trip: int) -> str:
        """What stands on the frame round a branch, or round trips of a loop."""
        if around.trip is None or not self.unrolled:
            return around.text
        trips = f"trip {trip + 1}" if trip < self.unrolled else f"from trip {trip + 1} on"
        return f"{around.text}: {trips}"

    def place(self, visit: Visit) -> tuple[int, ...]:
        """Where a gate stands among all: trips in their order, then the listing's."""
        loops = zip(visit.inside, self.trips(visit), strict=True)
        around = [number for a, trip in loops for number in (self.begins[a.line], trip)]
        return *around, visit.number

    def is_from_trip_to_trip(self, visit: Visit, later: Visit) -> bool:
        """Whether a value goes from a trip that is not drawn apart to another one."""
        if self.place(visit) >= self.place(later):
            return True
        for one, other in zip(visit.inside, later.inside, strict=False):
            if (one.line, self.drawn_trip(one)) != (other.line, self.drawn_trip(other)):
                break
            if one.trip != other.trip:
                return True
        return False

    def wires(self) -> Iterator[Wire]:
        for at, visit in enumerate(self.walk.visits):
            if at in self.key_of:
                for name, source, text in self.reads(visit):
                    yield from self.wire(name, source, text, at)
        for at in self.walk.results:
            if at in self.key_of:
                visit = self.walk.visits[at]
                value, gradient = said(visit.value), said(visit.gradient)
                yield Wire(self.key_of[at], "out", value, gradient, in_full(visit.value))

    def reads(self, visit: Visit) -> Iterator[tuple[str, int | None, str]]:
        """What a gate reads, where that comes from, and the line that reads it.

        Where a gate has no gradient of its own, what it reads is named in its place: a copy hands
        on what it is given, and a softmax written out, that is one gate, hands its gradient to
        the scores past their exponentials.
        """
        handed = {share.of for share in visit.shares}
        found: set[str] = set()
        past: list[tuple[str, int | None, str, bool]] = []
        for name, source in visit.reads.items():
            if source is None or source in self.key_of:
                found.add(name)
                yield name, source, visit.text
            else:
                past.append((name, source, visit.text, name in handed))
        for name, source, text, takes in past:  # it grows
            if source is not None and source not in self.key_of:
                gate = self.walk.visits[source]
                through = takes and gate.passes
                more = [
                    (n, s, gate.text, n in handed or (through and self.varies(n, s)))
                    for n, s in gate.reads.items()
                ]
                past += [one for one in more if one not in past]
            elif takes and name not in found:
                found.add(name)
                yield name, source, text

    def varies(self, name: str, source: int | None) -> bool:
        """Whether a gradient can go to what a gate reads: not to a count or a length."""
        if source is None:
            return name in self.walk.arguments and self.walk.arguments[name].gradient is not None
        value = self.walk.visits[source].value
        return not is_number(value) or np.asarray(value).dtype.kind in "fc"

    def wire(self, name: str, source: int | None, text: str, at: int) -> Iterator[Wire]:
        end = self.key_of[at]
        if source is None:
            for label, argument in self.parts_read(name, text).items():
                gradient = "" if argument.gradient is None else said(argument.gradient)
                hover = f"{label}: {in_full(argument.value)}"
                yield Wire(f"argument {label}", end, said(argument.value), gradient, hover)
            return
        start, visit = self.key_of[source], self.walk.visits[source]
        later = self.walk.visits[at]
        again = self.is_from_trip_to_trip(visit, later)
        if start == end and not again:
            return  # within one statement
        shown = self.shown(visit)
        hover = f"{name}: {in_full(shown.value)}"
        if shown.gradient is not None:
            hover += f"\nd{name}: {in_full(shown.gradient)}"
        yield Wire(start, end, said(shown.value), said(shown.gradient), hover, again)

    def parts_read(self, name: str, text: str) -> dict[str, Argument]:
        """The parts of an argument that a line reads; the whole where it names none."""
        if name not in self.walk.arguments:
            return {}
        read = {
            label: part
            for label, part in self.parts(name).items()
            if re.search(rf"(?<!\w){re.escape(label)}(?!\w)", text)
        }
        return read or {name: self.walk.arguments[name]}

    def parts(self, name: str) -> dict[str, Argument]:
        """The numbers and arrays that an argument holds."""
        mine = (f"{name}[", f"{name}.")
        return {label: a for label, a in self.walk.inputs.items() if label.startswith(mine)}

    def shown(self, visit: Visit) -> Visit:
        """Of a gate that is drawn once for many turns, the last turn."""
        same = [v for v in self.visits[self.key(visit)] if v.number == visit.number]
        return same[-1]


def _frames(walk: Walk) -> dict[int, int]:
    """The frame of each gate, by its number: one for each row of gates of one line.

    A helper that is called twice has two: in one frame its gates would stand both before and
    behind those of the caller, and no layout has room for that.
    """
    first: dict[int, Visit] = {}
    for visit in walk.visits:
        if _is_drawn(visit):
            first.setdefault(visit.number, visit)
    found: dict[int, int] = {}
    frame, latest = 0, None
    for number, visit in sorted(first.items()):
        place = visit.span and visit.span.line, [around.line for around in visit.inside]
        frame = frame if place == latest else number
        found[number], latest = frame, place
    return found


def _calls(walk: Walk, frames: Mapping[int, int]) -> dict[int, int]:
    """Of each gate, how often its line has begun anew before: a helper's does at each call.

    A line that goes on behind a call in it is of the helper's last statement, or does not begin
    with the same operation again.
    """
    found: dict[int, int] = {}
    latest: dict[object, tuple[int, str]] = {}
    statement = 0
    for visit in sorted({v.number: v for v in walk.visits}.values(), key=lambda v: v.number):
        if visit.number not in frames or visit.span is None:
            continue
        line = (visit.span.file, visit.span.line, tuple(a.line for a in visit.inside))
        # the operation, whatever it is applied to
        does = symbol(visit.text)
        does = does if does.isidentifier() else re.sub(r"[A-Za-z_]\w*", "", does)
        call, first = latest.get(line, (0, does))
        call += line in latest and visit.statement > statement and does == first
        latest[line], statement = (call, first), visit.statement
        found[visit.number] = call
    return found


def symbol(text: str) -> str:
    """What stands in a gate: the sign or function that it applies, or what it computes.

    >>> symbol("num = x + sigy"), symbol("s = math.sin(s0)"), symbol("q = p**2"), symbol("x[i] = y")
    ('+', 'sin', 'p**2', 'x[i] = y')
    """
    try:
        stmt = ast.parse(text).body[0]
    except SyntaxError:
        return text
    if isinstance(stmt, ast.AugAssign):
        return f"{SIGNS.get(type(stmt.op), '')}="
    expr = getattr(stmt, "value", None)
    if isinstance(expr, ast.Name) and not isinstance(getattr(stmt, "targets", [expr])[0], ast.Name):
        return text  # an element is written to, and nothing computed
    match expr:
        case ast.BinOp(left=ast.Name(), right=ast.Name(), op=op):
            return SIGNS.get(type(op), text)
        case ast.UnaryOp(op=ast.USub(), operand=ast.Name()):
            return "*-1"
        case ast.Call(func=func, args=args) if any(isinstance(a, ast.Name) for a in args):
            return func.attr if isinstance(func, ast.Attribute) else text_of(func)
        case ast.expr():
            return text_of(expr)
    return text


def _each(visits: Iterable[Visit]) -> list[Visit]:
    """The first visit of each gate."""
    return list({visit.number: visit for visit in reversed(list(visits))}.values())[::-1]


def _rules(visits: Sequence[Visit]) -> list[str]:
    return [share.text for visit in reversed(_each(visits)) for share in visit.shares]
