"""A run of a function, gate by gate, forward and then backward.

What runs is the listing in full (every operation on a line of its own, every adjoint named),
with a note taken behind each line.  So the values are those of the emitted code, in loops,
branches and whatever else it has, and nothing is computed a second way.
"""

from __future__ import annotations

import ast
import copy
import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np

from adgen.algebra import Product, build, product_of, simplify
from adgen.api import Gradient
from adgen.backend.python import execute
from adgen.emission import Listing
from adgen.emission.text import text_of
from adgen.errors import Span, UserError
from adgen.frontend.source import every_parameter
from adgen.ir import Gate, adjoint_of, is_introduced, names_in
from adgen.parts import Place, held, leaves, part_at
from adgen.parts import said as way
from adgen.pipeline import finish
from adgen.rules import catalogue as standard_catalogue
from adgen.values import is_named_tuple

# containers with more parts than these are shown as one
MANY_PARTS = 12


@dataclass(frozen=True)
class Share:
    """A line of the backward as it ran: what it says, and what its target holds after it.

    `of` is the value whose adjoint the target is; `local` is the local derivative, where the line
    is a product of it and of the gate's adjoint; `slope` is its value.
    """

    text: str
    target: str
    value: Any
    local: str = ""
    slope: Any = None
    of: str | None = None


@dataclass(frozen=True)
class Around:
    """A loop or branch: its line in the listing and what it says; of a loop, the trip (from 0)."""

    line: int
    text: str
    trip: int | None


@dataclass(frozen=True)
class Visit:
    """A gate as it ran once: `number` is that of the listing, `turn` counts from 0.

    `reads` gives for each name that the line reads where it comes from: the position of
    another visit, or None for an argument.
    """

    number: int
    turn: int
    text: str
    target: str
    value: Any
    reads: Mapping[str, int | None]
    gradient: Any
    shares: tuple[Share, ...]
    span: Span | None
    # the loops and branches that it stands in, from the outermost
    inside: tuple[Around, ...] = ()
    # what the author calls its target, if anything
    author: str = ""
    # the statement of the author's that it is of: each call of a helper counts its own
    statement: int = 0
    # whether a gradient that it is given goes on to what it reads
    passes: bool = False


@dataclass(frozen=True)
class Argument:
    """A parameter's value, and what the gradient says of it (None: not differentiated)."""

    value: Any
    gradient: Any

    def slope_at(self, place: Place) -> Any:
        """The gradient of a part, or None where it has none."""
        try:
            return part_at(self.gradient, place)
        except (LookupError, TypeError, AttributeError):
            return None


@dataclass(frozen=True)
class NotedLine:
    """A line of a listing that notes are taken of: `of` is what its gate gives."""

    text: str
    reads: tuple[str, ...]
    targets: tuple[str, ...]
    of: str
    local: str
    inside: tuple[tuple[int, str], ...]


@dataclass(frozen=True)
class Noted:
    """The listing with the calls that take notes.

    `_ran_(line, gate, value)` stands behind a line of the forward, `_trip_(loop)` at the
    beginning of a trip, `_begun_(gate, adjoint)` before a gate is undone and
    `_undone_(line, value, slope)` behind a line of the backward.
    """

    forward: str
    backward: str
    lines: tuple[NotedLine, ...]


@dataclass(frozen=True)
class Walk:
    """All visits in the order of the forward; `gradients` are those that were asked for."""

    name: str
    arguments: Mapping[str, Argument]
    gradients: Mapping[str, Any]
    visits: tuple[Visit, ...]
    result: Any
    # the visits that made the result, or its parts
    results: tuple[int, ...]
    forward: str
    backward: str
    noted: Noted

    @cached_property
    def inputs(self) -> Mapping[str, Argument]:
        """The arguments, those that hold a few numbers and arrays part by part: `params['W']`."""
        found: dict[str, Argument] = {}
        for name, argument in self.arguments.items():
            parts = [p for p in leaves(argument.value) if is_number(p[1])]
            whole = held(argument.value) is None or is_number(as_row(argument.value))
            if whole or not 0 < len(parts) <= MANY_PARTS:
                found[name] = argument
                continue
            for place, part in parts:
                label = name + way(argument.value, place)
                found[label] = Argument(part, self.gradients.get(label, argument.slope_at(place)))
        return found

    def of(self, number: int) -> list[Visit]:
        """The visits of one gate."""
        return [visit for visit in self.visits if visit.number == number]


def walk(gradient: Gradient, args: Sequence[Any], dout: Any = None) -> Walk:
    """Run a function and its gradient gate by gate.

    `dout` is the adjoint of the result, with its structure; 1.0 where it is left out and the
    result is a number.

    >>> from adgen import grad
    >>> def f(x, y):
    ...     s = x + y
    ...     return s * s
    >>> [(v.text, v.value, v.gradient) for v in walk(grad(f), (1.0, 2.0)).visits]
    [('s = x + y', 3.0, 6.0), ('out = s * s', 9.0, 1.0)]
    """
    listing = in_full(gradient, args)
    values = gradient.bound(*args)
    return _Walker(listing, values).run(dout, gradient.differentiated(values)[0])


def in_full(gradient: Gradient, args: Sequence[Any]) -> Listing:
    """The listing with every operation on a line of its own and every adjoint named."""
    found = gradient.compilation(*args)
    rules, facts = gradient.catalogue or standard_catalogue(), found.staged.facts
    # what is asked here is no matter of the code that runs
    apart = replace(facts, guards=[*facts.guards], noted={*facts.noted}, seen=[*facts.seen])
    staged = replace(found.staged, facts=apart)
    return finish(found.definition, staged, rules, in_full=True).listing


@dataclass
class _Ran:
    """What has been noted of one visit so far."""

    number: int
    turn: int
    target: str
    text: str
    reads: dict[str, int | None]
    value: Any
    inside: tuple[Around, ...]
    gradient: Any = None
    shares: list[Share] = field(default_factory=list)


class _Walker:
    def __init__(self, listing: Listing, values: Sequence[Any]) -> None:
        self.listing = listing
        self.gates = listing.numbered
        self.parameters = [arg.arg for arg in _parameters(listing.forward)]
        self.values = dict(zip(self.parameters, values, strict=True))
        self.lines: list[NotedLine] = []
        self.ran: list[_Ran] = []
        # by gate, the visits that are not undone yet
        self.open: defaultdict[int, list[_Ran]] = defaultdict(list)
        self.turns: defaultdict[int, int] = defaultdict(int)
        self.trips: defaultdict[int, int] = defaultdict(int)
        self.writers: dict[str, int] = {}
        self.undoing: _Ran | None = None
        # by the name of an adjoint, that of its value
        self.values_of = {
            listing.said(adjoint_of(value)): listing.said(value)
            for value in (
                *listing.program.inputs,
                *(t for g in self.gates.values() for t in g.targets),
            )
        }

    def run(self, dout: Any, asked: Sequence[str]) -> Walk:
        listing = self.listing
        forward, backward = self.noted(listing.forward, True), self.noted(listing.backward, False)
        text = "\n\n".join([*listing.parts[:-2], forward, backward])
        notes = {"_ran_": self.forward, "_undone_": self.backward, "_begun_": self.begun}
        notes["_trip_"] = self.trip
        made = execute(text, listing.program.name, {**listing.namespace, **notes})
        tree = listing.program.params
        positional = [self.values[a.arg] for a in (*tree.posonlyargs, *tree.args)]
        named = {a.arg: self.values[a.arg] for a in tree.kwonlyargs}
        if tree.vararg is not None:
            positional += self.values[tree.vararg.arg]
        if tree.kwarg is not None:
            named |= self.values[tree.kwarg.arg]
        result, cache = made[listing.forward_name](*positional, **named)
        if dout is None:
            dout = seed(result)
            if all(part is None for _, part in leaves(dout)):
                raise UserError(
                    f"the result of `{listing.program.name}` holds no float: nothing goes back",
                    help="return a float, such as a score before it is compared with anything",
                )
        found = made[listing.backward_name](dout, cache)
        found = found if len(listing.pair.results) > 1 else (found,)
        given = dict(zip((r for r in listing.program.wrt), found, strict=True))
        arguments = {
            p: Argument(self.values[p], given.get(value))
            for p, value in zip(self.parameters, listing.program.inputs, strict=True)
        }
        return Walk(
            listing.program.name, arguments, dict(zip(asked, found, strict=True)),
            tuple(self.finished()), result, tuple(self.results()),
            listing.forward, listing.backward, Noted(forward, backward, tuple(self.lines)),
        )  # fmt: skip

    def results(self) -> Iterator[int]:
        for value in names_in(self.listing.program.result):
            at = self.writers.get(self.listing.said(value) or "")
            if at is not None:
                yield at

    def finished(self) -> Iterator[Visit]:
        for it in self.ran:
            gate = self.gates[it.number]
            yield Visit(
                it.number, it.turn, it.text, it.target, it.value, it.reads, it.gradient,
                tuple(it.shares), gate.span, it.inside, _author(gate), gate.statement,
                gate.op is not None and gate.op.kind != "constant",
            )  # fmt: skip

    # -- what the notes call --------------------------------------------------------

    def forward(self, at: int, number: int, value: Any) -> None:
        line = self.lines[at]
        known = [r for r in line.reads if r in self.writers or r in self.values]
        sources = {r: self.writers.get(r) for r in known}
        target = ", ".join(line.targets)
        visit = _Ran(
            number, self.turns[number], target, line.text, sources, _kept(value),
            tuple(Around(at, text, self.trips.get(at)) for at, text in line.inside),
        )  # fmt: skip
        self.turns[number] += 1
        self.writers |= dict.fromkeys(line.targets, len(self.ran))
        self.ran.append(visit)
        self.open[number].append(visit)

    def trip(self, at: int, trip: int | None = None) -> None:
        """A loop begins its next trip, or stands before its first one."""
        self.trips[at] = self.trips[at] + 1 if trip is None else trip

    def begun(self, number: int, gradient: Any) -> None:
        """A gate begins to be undone: its adjoint is complete."""
        self.undoing = self.open[number].pop() if self.open[number] else None
        if self.undoing is not None:
            self.undoing.gradient = _spread(gradient, self.undoing.value)

    def backward(self, at: int, value: Any, slope: Any = None) -> None:
        line = self.lines[at]
        if self.undoing is not None:
            target = ", ".join(line.targets)
            of = self.values_of.get(target)
            share = Share(line.text, target, _kept(value), line.local, _kept(slope), of)
            self.undoing.shares.append(share)

    # -- notes between the lines ----------------------------------------------------

    def noted(self, text: str, forward: bool) -> str:
        """The text of a function with a call behind each line that belongs to a gate."""
        made: list[str] = []
        current, inside = None, ""
        around: list[tuple[int, str]] = []
        for at, line in enumerate(text.split("\n")):
            margin = line[: len(line) - len(line.lstrip())]
            del around[max(len(margin) // 4 - 1, 0) :]
            if line.endswith(":") and margin:
                around.append((at, line.strip().rstrip(":")))
            if line.lstrip().startswith("#"):
                current, inside = _number(line), margin
                if current is not None:
                    made.append(f"{margin}_begun_({current}, {self.adjoint(current)})")
                continue
            if not forward and len(margin) < len(inside):
                current = None  # what stands behind a loop is not of its last gate
            if forward and line.lstrip().startswith(("for ", "while ")):
                made += [f"{margin}_trip_({at}, -1)", line, f"{margin}    _trip_({at})"]
                continue
            made.append(line)
            number = _number(line) if forward else current
            stmt = _statement(line) if number is not None else None
            if stmt is None or number is None:
                continue
            call = self.note(line, stmt, number, forward, tuple(around))
            if call is not None:
                made.append(f"{margin}{call}")
        return "\n".join(made)

    def note(
        self,
        line: str,
        stmt: ast.stmt,
        number: int,
        forward: bool,
        inside: tuple[tuple[int, str], ...],
    ) -> str | None:
        """The call that notes what a line gave."""
        gate = self.gates[number]
        targets = self.targets(gate) if forward else _targets(stmt)
        if not targets or (not forward and self.makes_room(stmt, targets, gate)):
            return None
        local = None if forward else self.local(stmt, gate)
        said = re.sub(r"  # \(\d+\)$", "", line.strip())
        at = len(self.lines)
        self.lines.append(
            NotedLine(
                said, _reads(stmt), targets, ", ".join(self.targets(gate)), local or "", inside
            )
        )
        value = targets[0] if len(targets) == 1 else f"({', '.join(targets)})"
        if forward:
            return f"_ran_({at}, {number}, {value})"
        return f"_undone_({at}, {value}, {local})"

    def makes_room(self, stmt: ast.stmt, targets: Sequence[str], gate: Gate) -> bool:
        """Whether a line is no gate's: zeros, before a loop, for what its trips add up."""
        if not isinstance(getattr(stmt, "value", None), ast.Constant | ast.Call):
            return False
        reads = _reads(stmt)
        mine = {self.listing.said(name) for name in names_in(gate.expr)}
        gives = {self.values_of.get(target) for target in targets}
        adjoints = {*self.values_of, *(arg.arg for arg in _parameters(self.listing.backward)[:1])}
        return None not in gives and not gives & mine and not adjoints & set(reads)

    def local(self, stmt: ast.stmt, gate: Gate) -> str | None:
        """The local derivative in `dxpy += (2 * xpy) * dxpysqr`: `2 * xpy`."""
        if not isinstance(stmt, ast.Assign | ast.AugAssign):
            return None
        product = product_of(stmt.value)
        adjoints = {self.listing.said(adjoint_of(t)) for t in gate.targets}
        rest = [f for f in product.factors if not isinstance(f, ast.Name) or f.id not in adjoints]
        left = [n.id for f in [*rest, *product.divisors] for n in ast.walk(f)
                if isinstance(n, ast.Name)]  # fmt: skip
        if len(rest) != len(product.factors) - 1 or adjoints & set(left):
            return None
        negative = product.negative != isinstance(getattr(stmt, "op", None), ast.Sub)
        found = text_of(simplify(build(Product(negative, rest, product.divisors))))
        return {"1.0": "1", "-1.0": "-1"}.get(found, found)

    def targets(self, gate: Gate) -> tuple[str, ...]:
        """The names that a gate's line binds or writes to."""
        said = (self.listing.said(target) for target in gate.targets)
        return tuple(name for name in said if name is not None)

    def adjoint(self, number: int) -> str:
        """An expression for the adjoint that a gate hands on, or `None`."""
        said = [self.listing.said(adjoint_of(t)) for t in self.gates[number].targets]
        shown = [f"locals().get({name!r})" if name else "None" for name in said]
        return shown[0] if len(shown) == 1 else f"({', '.join(shown)})"


def _author(gate: Gate) -> str:
    names = [t.partition(":")[0] for t in gate.targets if not is_introduced(t)]
    return names[0] if len(names) == len(gate.targets) == 1 else ""


def _parameters(text: str) -> list[ast.arg]:
    tree = ast.parse(text).body[0]
    assert isinstance(tree, ast.FunctionDef)
    return every_parameter(tree.args)


def _number(line: str) -> int | None:
    found = re.search(r"# .*?\((\d+)\)$", line)
    return int(found[1]) if found else None


def _statement(line: str) -> ast.stmt | None:
    """What a line says, if it is a statement by itself that binds or does something."""
    try:
        stmt = ast.parse(line.strip()).body[0]
    except (SyntaxError, IndexError):
        return None
    return stmt if isinstance(stmt, ast.Assign | ast.AugAssign | ast.Expr) else None


def _targets(stmt: ast.stmt) -> tuple[str, ...]:
    """The names that a statement binds or writes into."""
    if isinstance(stmt, ast.Assign):
        found = [n for target in stmt.targets for n in _bases(target)]
    elif isinstance(stmt, ast.AugAssign):
        found = list(_bases(stmt.target))
    else:
        call = stmt.value if isinstance(stmt, ast.Expr) else None
        found = list(_bases(call.args[0])) if isinstance(call, ast.Call) and call.args else []
    return tuple(found)


def _bases(target: ast.expr) -> Iterator[str]:
    if isinstance(target, ast.Tuple):
        for element in target.elts:
            yield from _bases(element)
        return
    while isinstance(target, ast.Subscript | ast.Attribute | ast.Starred):
        target = target.value
    if isinstance(target, ast.Name):
        yield target.id


def _reads(stmt: ast.stmt) -> tuple[str, ...]:
    """The names that a statement reads; what is written into in part is read too."""
    plain = {id(n) for t in getattr(stmt, "targets", []) for n in ast.walk(t)
             if isinstance(t, ast.Name | ast.Tuple)}  # fmt: skip
    names = [n.id for n in ast.walk(stmt) if isinstance(n, ast.Name) and id(n) not in plain]
    return tuple(dict.fromkeys(names))


def _kept(value: Any) -> Any:
    """A copy that what runs later cannot write to."""
    if isinstance(value, np.ndarray):
        return value.copy()
    return copy.copy(value) if isinstance(value, list | tuple) else value


def _spread(gradient: Any, value: Any) -> Any:
    """An adjoint that holds one number for many, as one number for each."""
    if isinstance(value, np.ndarray) and value.dtype.kind in "fc" and gradient is not None:
        if np.ndim(gradient) <= value.ndim and np.shape(gradient) != value.shape:
            return np.broadcast_to(gradient, value.shape).copy()
    return _kept(gradient)


def as_row(value: Any) -> Any:
    """A list or tuple of plain numbers as an array; anything else as it is."""
    row = isinstance(value, list | tuple) and all(isinstance(v, int | float) for v in value)
    return np.array(value) if row else value


def is_number(value: Any) -> bool:
    """Whether a value is a number or an array of numbers."""
    return isinstance(value, np.ndarray | np.generic | int | float | complex) and (
        np.asarray(value).dtype.kind in "biufc"
    )


def seed(result: Any) -> Any:
    """The adjoint that a result has in itself: 1.0, for each of its elements and parts."""
    return seeded(result, np.ones)


def seeded(result: Any, draw: Callable[[tuple[int, ...]], Any]) -> Any:
    """An adjoint with the structure of a result, of numbers that `draw` gives for a shape.

    >>> seeded((2.0, {"hits": 3}), np.ones)
    (1.0, {'hits': None})
    """
    if isinstance(result, dict):
        return {key: seeded(part, draw) for key, part in result.items()}
    if is_named_tuple(type(result)):
        return type(result)(*[seeded(part, draw) for part in result])
    if isinstance(result, tuple | list):
        return type(result)([seeded(part, draw) for part in result])
    kind = np.asarray(result).dtype
    if kind.kind not in "fc":
        return None  # nothing goes back through a count, or a prediction
    drawn = draw(np.shape(result))
    return np.asarray(drawn, kind) if np.ndim(result) else float(drawn)
