"""What a `for` runs over, as a range of positions.

A loop over an array's rows, `enumerate`, `zip` or `reversed` becomes a loop over
positions that reads the elements; one over a tuple or list that is known
element by element is written out, trip by trip.
"""

from __future__ import annotations

import ast
import contextlib
import itertools
import operator
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from adgen.frontend.control import ways_out
from adgen.ir import name
from adgen.rules.shapes import as_num
from adgen.staging.terms import (
    Given,
    NeedTrips,
    NeedValue,
    NotStatic,
    Term,
    item_of,
    literal,
    static_value,
)
from adgen.types import FLOAT, INT, Columns, Dim, Known, Num, Ref, Seq

if TYPE_CHECKING:
    from adgen.staging.stager import Stager

LONGEST = 64
# a list of constants shorter than this is written out, trip by trip
FEW = 3


@dataclass(frozen=True)
class Positions:
    """`for index in over`, after which `bind(index)` binds the author's targets."""

    index: str
    over: ast.expr
    bind: Callable[[str], None] | None
    # how many trips there have been before one, and how many there are
    number: Dim | None = None
    count: Dim | None = None


# -- what there is to run over --------------------------------------------------------


class Source:
    """Elements one after the other: how many, and how each is had from its position."""

    # how many, as an expression; None if there is no end
    count: ast.expr | None = None
    dim: Dim | None = None

    def __init__(self, stager: Stager) -> None:
        self.stager = stager

    @property
    def is_listed(self) -> bool:
        """Whether elements are known one by one, and so may be told only while compiling."""
        return False

    def known_count(self) -> int | None:
        """How many elements; compiled code that asks serves that number alone."""
        return self.stager.facts.number(self.dim) if self.dim is not None else None

    def element(self, at: Term) -> Term:
        raise NotImplementedError

    def bind(self, target: ast.expr, at: Term) -> None:
        """Bind the author's target to the element at a position."""
        self.stager.statements.unpack_term(target, self.element(at), target)

    def hold(self, key: str) -> None:
        """Note what the loop goes on reading, whatever its name comes to mean."""


class Rows(Source):
    """The elements of an array along its first axis."""

    def __init__(self, stager: Stager, term: Term) -> None:
        super().__init__(stager)
        self.term = term
        self.count = ast.Call(name("len"), [term.expr], [])
        dims = as_num(term.type).dims
        self.dim = dims[0] if dims else None

    def element(self, at: Term) -> Term:
        return self._read(at, None)

    def bind(self, target: ast.expr, at: Term) -> None:
        if not isinstance(target, ast.Name):
            super().bind(target, at)
            return
        self.stager.hint = self.stager.own_name(target.id)
        row = self._read(at, self.stager.fresh(target.id), target)
        self.stager.env[target.id] = row

    def _read(self, at: Term, into: str | None, node: ast.AST | None = None) -> Term:
        stager = self.stager
        op = stager.catalogue.find(operator.getitem)
        assert op is not None
        where = node or stager.definition.tree
        term = stager.memory.fresh(None, self.term, where)
        expr = ast.Subscript(term.expr, at.expr, ast.Load())
        return stager.apply(op, {"x": term, "index": at}, expr, where, into)

    def hold(self, key: str) -> None:
        self.stager.env[key] = self.term


class Counting(Source):
    """`range(start, stop, step)`, or `itertools.count(start, step)`."""

    def __init__(
        self, stager: Stager, start: Term, step: Term, count: ast.expr | None, dim: Dim | None
    ) -> None:
        super().__init__(stager)
        self.start, self.step, self.count, self.dim = start, step, count, dim

    @property
    def is_plain(self) -> bool:
        """Whether the element is the position itself."""
        return _is_number(self.start, 0) and _is_number(self.step, 1)

    def element(self, at: Term) -> Term:
        scaled = at if _is_number(self.step, 1) else _product(at, self.step)
        return scaled if _is_number(self.start, 0) else _sum(self.start, scaled)

    def bind(self, target: ast.expr, at: Term) -> None:
        if self.is_plain and isinstance(target, ast.Name):
            self.stager.env[target.id] = at
        else:
            super().bind(target, at)


class Constants(Source):
    """A list of the author's module whose elements are alike."""

    def __init__(self, stager: Stager, expr: ast.expr, values: Sequence[Any]) -> None:
        super().__init__(stager)
        self.expr, self.values = expr, values
        self.count, self.dim = ast.Call(name("len"), [expr], []), Dim(len(values))

    def element(self, at: Term) -> Term:
        return _alike(ast.Subscript(self.expr, at.expr, ast.Load()), self.values[0])


class Listed(Source):
    """Elements that are known one by one."""

    def __init__(self, stager: Stager, items: Sequence[Term]) -> None:
        super().__init__(stager)
        self.items = items
        self.dim = Dim(len(items))

    @property
    def is_listed(self) -> bool:
        return True

    def element(self, at: Term) -> Term:
        found: Term = self.items[static_value(at)]
        return found


class Repeated(Source):
    """`itertools.repeat(value, times)`"""

    def __init__(self, stager: Stager, value: Term, times: Term | None) -> None:
        super().__init__(stager)
        self.value = value
        if times is not None:
            self.count = times.expr
            dim = times.type.value if isinstance(times.type, Num) else None
            self.dim = dim.at_least_zero() if dim is not None and dim.known is not None else None

    def element(self, at: Term) -> Term:
        return self.value


class Zipped(Source):
    """`zip(a, b)`"""

    def __init__(self, stager: Stager, parts: Sequence[Source]) -> None:
        super().__init__(stager)
        self.parts = parts
        ending = [part for part in parts if part.count is not None]
        dims = [part.dim for part in ending if part.dim is not None]
        if not ending:
            return
        alike = len(dims) == len(ending) and all(stager.facts.same(dims[0], d) for d in dims[1:])
        counts = [part.count for part in ending if part.count is not None]
        if alike or len(counts) == 1:
            self.count, self.dim = counts[0], dims[0] if dims else None
        else:
            self.count = ast.Call(name("min"), counts, [])

    @property
    def is_listed(self) -> bool:
        return any(part.is_listed for part in self.parts)

    def known_count(self) -> int | None:
        counts = [p.known_count() for p in self.parts if p.count is not None or p.is_listed]
        return None if None in counts else min(c for c in counts if c is not None)

    def element(self, at: Term) -> Term:
        return _tuple([part.element(at) for part in self.parts])

    def bind(self, target: ast.expr, at: Term) -> None:
        if _takes(target, len(self.parts)):
            for each, part in zip(target.elts, self.parts, strict=True):  # type: ignore[attr-defined]
                part.bind(each, at)
        else:
            super().bind(target, at)

    def hold(self, key: str) -> None:
        for i, part in enumerate(self.parts):
            part.hold(f"{key} {i}")


class Together(Zipped):
    """The tuples of a list, each taken from a list for each of its places."""

    def __init__(self, stager: Stager, layout: Sequence[Any], columns: Sequence[Term]) -> None:
        self.stager = stager
        self.parts = []
        rest = list(columns)
        for place in layout:
            count = width(place)
            mine, rest = rest[:count], rest[count:]
            self.parts.append(_part(stager, place, mine))
        self.count, self.dim = self.parts[0].count, self.parts[0].dim


class Inner(Source):
    """The lists of tuples in a list of tuples."""

    def __init__(self, stager: Stager, kind: Columns, columns: Sequence[Term]) -> None:
        super().__init__(stager)
        self.kind, self.rows = kind, [Rows(stager, column) for column in columns]
        self.count, self.dim = self.rows[0].count, self.rows[0].dim

    def element(self, at: Term) -> Term:
        parts = tuple(row.element(at) for row in self.rows)
        return Term(parts[0].expr, self.kind, any(p.varied for p in parts), columns=parts)

    def hold(self, key: str) -> None:
        for i, row in enumerate(self.rows):
            row.hold(f"{key} {i}")


def _part(stager: Stager, place: Any, columns: Sequence[Term]) -> Source:
    if isinstance(place, Columns):
        return Inner(stager, place, columns)
    if isinstance(place, tuple):
        return Together(stager, place, columns)
    return Rows(stager, columns[0])


def width(place: Any) -> int:
    """How many lists a place in a layout takes."""
    if isinstance(place, Columns):
        return width(place.layout)
    return sum(map(width, place)) if isinstance(place, tuple) else 1


class Enumerated(Zipped):
    """`enumerate(a, start)`"""

    def __init__(self, stager: Stager, inner: Source, start: Term) -> None:
        one = Term(ast.Constant(1), replace(INT, value=Dim(1)))
        super().__init__(stager, [Counting(stager, start, one, None, None), inner])


class Backwards(Source):
    """`reversed(a)`"""

    def __init__(self, stager: Stager, inner: Source) -> None:
        super().__init__(stager)
        self.inner = inner
        self.count, self.dim = inner.count, inner.dim

    @property
    def is_listed(self) -> bool:
        return self.inner.is_listed

    def known_count(self) -> int | None:
        return self.inner.known_count()

    def turned(self, at: Term) -> Term:
        if self.is_listed:
            count = self.known_count()
            assert count is not None
            return whole_number(count - 1 - static_value(at))
        assert self.count is not None
        last = Term(ast.BinOp(self.count, ast.Sub(), ast.Constant(1)), INT)
        return Term(ast.BinOp(last.expr, ast.Sub(), at.expr), INT)

    def element(self, at: Term) -> Term:
        return self.inner.element(self.turned(at))

    def bind(self, target: ast.expr, at: Term) -> None:
        self.inner.bind(target, self.turned(at))

    def hold(self, key: str) -> None:
        self.inner.hold(key)


# -- how a loop runs over it ------------------------------------------------------------


def counting(index: str) -> Num:
    """The type of a loop's index: an integer that stands for itself."""
    return replace(INT, value=Dim.of(("index", index)))


def plan_for(stager: Stager, node: ast.For) -> Positions | list[Callable[[], None]]:
    """The positions that a loop runs over; for one to be written out, what binds each trip."""
    called = _called(stager, node.iter)
    if called is range:
        return _over_range(stager, node, _call(node.iter))
    if called is reversed:
        inner = _call(node.iter).args[0]
        if _called(stager, inner) is range and isinstance(node.target, ast.Name):
            plan = _over_range(stager, node, _call(inner))
            number = None
            if plan.number is not None and plan.count is not None:
                number = plan.count - 1 - plan.number
            return replace(plan, over=ast.Call(name("reversed"), [plan.over], []), number=number)
    source = source_of(stager, node.iter)
    if source.is_listed:
        return _written_out(stager, node, source)
    if source.count is None:
        raise stager.refuse(
            node.iter, "this loop has no end that is known while compiling",
            help="write `while True:` and count yourself",
        )  # fmt: skip
    return _positions(stager, node, source)


def trips_of(stager: Stager, node: ast.For) -> list[Callable[[], None]]:
    """What binds each trip of a loop whose index decides what the code is."""
    call, backwards = node.iter, _called(stager, node.iter) is reversed
    if backwards:
        call = _call(call).args[0]
    if _called(stager, call) is not range:
        return _written_out(stager, node, source_of(stager, node.iter))
    numbers = list(range(*(_bound(stager, arg) for arg in _call(call).args)))
    source = Listed(stager, [whole_number(i) for i in (numbers[::-1] if backwards else numbers)])
    return _written_out(stager, node, source)


def _bound(stager: Stager, node: ast.expr) -> int:
    """A bound of a range whose trips are written out."""
    try:
        return int(static_value(stager.expr(node)))
    except NotStatic as unknown:
        if unknown.index is not None:
            raise NeedTrips(unknown.index) from None
        if unknown.path is not None:
            raise NeedValue(unknown.path) from None
        raise stager.refuse(node, "how many trips there are is not known while compiling") from None


def _written_out(stager: Stager, node: ast.For, source: Source) -> list[Callable[[], None]]:
    count = source.known_count()
    if count is None:
        raise stager.refuse(node.iter, "how often this loop runs is not known while compiling")
    if count > LONGEST:
        raise stager.refuse(
            node.iter, f"a loop over a list of {count} elements", help="use an array"
        )
    if isinstance(source, Listed) and _is_bound_here_alone(stager, node):
        elements = [source.element(whole_number(at)) for at in range(count)]
        if all(_written(element) is not None for element in elements):
            # the numbers stand where they are read
            author = node.target.id  # type: ignore[attr-defined]
            return [lambda e=e: stager.env.update({author: e}) for e in elements]  # type: ignore[misc]
    return [lambda at=at: source.bind(node.target, whole_number(at)) for at in range(count)]  # type: ignore[misc]


def _is_bound_here_alone(stager: Stager, node: ast.For) -> bool:
    """Whether a loop's target is one name, which nothing else binds and only the loop reads."""
    if not isinstance(node.target, ast.Name):
        return False
    author = node.target.id
    bound = [
        n for n in ast.walk(stager.definition.tree)
        if isinstance(n, ast.Name) and n.id == author and not isinstance(n.ctx, ast.Load)
    ]  # fmt: skip
    return len(bound) == 1 and author not in stager.names_read_outside([node])


def _positions(stager: Stager, node: ast.For, source: Source) -> Positions:
    """A loop over positions, named after the author's counter where there is one."""
    assert source.count is not None
    author, start = _counter(node.target, source)
    index = stager.fresh(author)
    stager.types[index] = counting(index)
    source.hold(f"^{index}")
    if isinstance(source, Backwards):
        minus = ast.BinOp(source.count, ast.Sub(), ast.Constant(1))
        over = ast.Call(name("range"), [minus, ast.Constant(-1), ast.Constant(-1)], [])
        inner = source.inner
        number = None if source.dim is None else source.dim - 1 - Dim.of(("index", index))
        return Positions(
            index, over, lambda i: inner.bind(node.target, _index(i)), number, source.dim
        )
    if start:
        first = ast.Constant(start)
        over = ast.Call(name("range"), [first, ast.BinOp(source.count, ast.Add(), first)], [])
        number = Dim.of(("index", index)) - start
        return Positions(
            index, over, lambda i: _bind_from(stager, node.target, source, i, start),
            number, source.dim,
        )  # fmt: skip
    over = ast.Call(name("range"), [source.count], [])
    number = Dim.of(("index", index))
    return Positions(index, over, lambda i: source.bind(node.target, _index(i)), number, source.dim)


def _bind_from(stager: Stager, target: ast.expr, source: Source, index: str, start: int) -> None:
    """`for k in range(1, n + 1)`: the author's counter runs, and the position follows it."""
    assert isinstance(source, Zipped) and isinstance(target, ast.Tuple)
    position = _sum(_index(index), whole_number(-start))
    for each, part in zip(target.elts, source.parts, strict=True):
        if isinstance(part, Counting) and isinstance(each, ast.Name):
            stager.env[each.id] = _index(index)
        else:
            part.bind(each, position)


def _counter(target: ast.expr, source: Source) -> tuple[str, int]:
    """What the author calls the position, and from where it is counted."""
    if isinstance(source, Zipped) and _takes(target, len(source.parts)):
        counted = [
            (each.id, part)
            for each, part in zip(target.elts, source.parts, strict=True)  # type: ignore[attr-defined]
            if isinstance(part, Counting) and isinstance(each, ast.Name)
        ]
        if counted and counted[0][1].is_plain:
            return counted[0][0], 0
        if isinstance(source, Enumerated) and counted:
            try:
                return counted[0][0], int(static_value(counted[0][1].start))
            except NotStatic:
                pass
        return "at", 0
    return (f"{target.id}_at" if isinstance(target, ast.Name) else "at"), 0


def _index(index: str) -> Term:
    return Term(name(index), counting(index))


def _over_range(stager: Stager, node: ast.For, call: ast.Call) -> Positions:
    bounds = _bounds(stager, call)
    over = ast.Call(name("range"), [t.expr for t in bounds], [])
    if not isinstance(node.target, ast.Name):
        raise stager.refuse(node.target, "the target of a loop over a range is one name")
    author = node.target.id
    index = stager.fresh(author)
    stager.types[index] = counting(index)

    def bind(value: str) -> None:
        stager.env[author] = _index(value)

    ends = [t.type.value if isinstance(t.type, Num) else None for t in bounds]
    first, last = (Dim(0), ends[0]) if len(ends) == 1 else ends[:2]
    if first is None or last is None or len(ends) > 2:
        return Positions(index, over, bind)
    number = Dim.of(("index", index)) - first
    return Positions(index, over, bind, number, (last - first).at_least_zero())


def _bounds(stager: Stager, call: ast.Call) -> list[Term]:
    args = [stager.expr(arg) for arg in call.args]
    for term, arg in zip(args, call.args, strict=True):
        whole = isinstance(term.type, Num) and term.type.dims == () and term.type.kind in ("i", "")
        if not whole or term.varied:
            raise stager.refuse(arg, "a bound of this range is not an integer")
    return args


# -- which source an expression is --------------------------------------------------------


def source_of(stager: Stager, node: ast.expr) -> Source:
    """What an expression gives to run over."""
    called = _called(stager, node)
    if called is not None and called in _MAKERS:
        return _MAKERS[called](stager, _call(node))
    term = stager.expr(node)
    values = term.type.value if isinstance(term.type, Known) else _of_module(stager, term, node)
    if isinstance(values, list | tuple) and values and _are_alike(values):
        return Constants(stager, term.expr, values)
    if isinstance(term.type, Ref):
        return Listed(stager, stager.objects.listed(term, node))
    written = _written_floats(term)
    if written is not None:
        return Constants(stager, _under_a_name(stager, term, node), written)
    if term.items is not None:
        return Listed(stager, term.items)
    if isinstance(term.type, Columns):
        return Together(stager, term.type.layout, term.columns)
    return Rows(stager, _array(stager, term, node))


def _of_module(stager: Stager, term: Term, node: ast.expr) -> Any:
    """The list of a module that an expression names, if its elements are floats."""
    if not isinstance(node, ast.Name | ast.Attribute) or term.items is None:
        return None
    if any(isinstance(n, ast.Name) and ":" in n.id for n in ast.walk(term.expr)):
        return None
    values = stager.invocations.static_object(node)
    return values if values and _has_floats(values[0]) else None


def _written_floats(term: Term) -> Sequence[Any] | None:
    """The elements of a list of floats that the function itself writes out."""
    if term.varied or term.items is None or len(term.items) < FEW:
        return None
    try:
        values = [static_value(item) for item in term.items]
    except NotStatic:
        return None
    return values if _are_alike(values) and _has_floats(values[0]) else None


def _under_a_name(stager: Stager, term: Term, node: ast.expr) -> ast.expr:
    if isinstance(term.expr, ast.Name):
        return term.expr
    target = stager.fresh("table", introduced=True)
    return stager.statements.as_target(target, replace(term, items=None), node).expr


def _has_floats(value: Any) -> bool:
    return any(map(_has_floats, value)) if isinstance(value, tuple | list) else type(value) is float


def _are_alike(values: Sequence[Any]) -> bool:
    """Whether the elements of a list are numbers, or tuples of numbers, of one type."""
    types = [_plain_type(v) for v in values]
    return types[0] is not None and all(t == types[0] for t in types)


def _plain_type(value: Any) -> Any:
    if isinstance(value, tuple | list):
        parts = tuple(_plain_type(v) for v in value)
        return None if None in parts else (type(value), parts)
    return type(value) if type(value) in (int, float) else None


def _alike(expr: ast.expr, example: Any) -> Term:
    """An element of a list of constants, whose type the others have too."""
    if isinstance(example, tuple | list):
        items = tuple(_alike(item_of(expr, i), v) for i, v in enumerate(example))
        kind = "tuple" if isinstance(example, tuple) else "list"
        return Term(expr, Seq(kind, tuple(t.type for t in items)), False, items)
    return Term(expr, FLOAT if type(example) is float else INT)


def _array(stager: Stager, term: Term, node: ast.expr) -> Term:
    if isinstance(term.type, Num) and term.type.dims == ():
        raise stager.refuse(node, "a loop over a number", help="write `range(n)`")
    if not (isinstance(term.type, Num) and term.type.dims):
        raise stager.refuse(
            node,
            "what this loop runs over is not known while compiling",
            help="run over an array, a list, or a range of positions",
        )
    if not isinstance(term.expr, ast.Name):
        target = stager.fresh(stager.hint, introduced=True)
        return stager.statements.as_target(target, term, node)
    return term


def _range(stager: Stager, call: ast.Call) -> Source:
    args = _bounds(stager, call)
    zero, one = whole_number(0), whole_number(1)
    if len(args) == 1:
        stop = args[0]
        dim = stop.type.value if isinstance(stop.type, Num) else None
        if dim is not None and dim.known is not None:
            return Counting(stager, zero, one, stop.expr, dim.at_least_zero())
        return Counting(stager, zero, one, stop.expr, None)
    count = ast.Call(name("len"), [ast.Call(name("range"), [t.expr for t in args], [])], [])
    step = args[2] if len(args) == 3 else one
    dim = None
    with contextlib.suppress(NotStatic):
        dim = Dim(len(range(*[static_value(t) for t in args])))
    return Counting(stager, args[0], step, count, dim)


def _count(stager: Stager, call: ast.Call) -> Source:
    args = [stager.expr(arg) for arg in call.args]
    start, step = [*args, whole_number(0), whole_number(1)][:2] if args else (
        whole_number(0), whole_number(1))  # fmt: skip
    if len(args) == 1:
        step = whole_number(1)
    return Counting(stager, start, step, None, None)


def _enumerate(stager: Stager, call: ast.Call) -> Source:
    given = [*call.args[1:], *(k.value for k in call.keywords)]
    start = stager.expr(given[0]) if given else whole_number(0)
    return Enumerated(stager, source_of(stager, call.args[0]), start)


def _zip(stager: Stager, call: ast.Call) -> Source:
    return Zipped(stager, [source_of(stager, arg) for arg in call.args])


def _reversed(stager: Stager, call: ast.Call) -> Source:
    return Backwards(stager, source_of(stager, call.args[0]))


def _same(stager: Stager, call: ast.Call) -> Source:
    return source_of(stager, call.args[0])


def _pairwise(stager: Stager, call: ast.Call) -> Source:
    term = stager.expr(call.args[0])
    if term.items is not None:
        pairs = itertools.pairwise(term.items)
        return Listed(stager, [_tuple(list(pair)) for pair in pairs])
    given = ast.copy_location(Given(_array(stager, term, call.args[0])), call.args[0])
    minus = ast.UnaryOp(ast.USub(), ast.Constant(1))
    parts = [ast.Slice(None, minus, None), ast.Slice(ast.Constant(1), None, None)]
    slices = [ast.copy_location(ast.Subscript(given, p, ast.Load()), call) for p in parts]
    return Zipped(stager, [source_of(stager, part) for part in slices])


def _choices(stager: Stager, call: ast.Call) -> Source:
    """Combinations of what is known one by one."""
    function = _called(stager, call)
    sources = [source_of(stager, arg) for arg in call.args[:1]]
    if not all(source.is_listed for source in sources):
        raise stager.refuse(
            call,
            f"`{ast.unparse(call.func)}` of what is not known one by one is not supported",
            help="write nested loops over positions",
        )
    others = [static_value(stager.expr(arg)) for arg in call.args[1:]]
    items = [[s.element(whole_number(i)) for i in range(s.known_count() or 0)] for s in sources]
    return Listed(stager, [_tuple(list(row)) for row in function(*items, *others)])


def _repeat(stager: Stager, call: ast.Call) -> Source:
    args = [stager.expr(arg) for arg in [*call.args, *(k.value for k in call.keywords)]]
    return Repeated(stager, args[0], args[1] if len(args) > 1 else None)


_MAKERS: dict[Any, Callable[[Any, ast.Call], Source]] = {
    range: _range,
    enumerate: _enumerate,
    zip: _zip,
    reversed: _reversed,
    list: _same,
    tuple: _same,
    itertools.count: _count,
    itertools.repeat: _repeat,
    itertools.pairwise: _pairwise,
    itertools.combinations: _choices,
    itertools.permutations: _choices,
}


def _called(stager: Stager, node: ast.expr) -> Any:
    """The function that an expression calls, if it is known and can be looked up."""
    if not isinstance(node, ast.Call):
        return None
    function = stager.invocations.static_object(node.func)
    try:
        hash(function)
    except TypeError:
        return None
    return function


def _call(node: ast.expr) -> ast.Call:
    assert isinstance(node, ast.Call)
    return node


# -- loops that are several -----------------------------------------------------------------


def as_loops(stager: Stager, node: ast.For) -> list[ast.stmt] | None:
    """`itertools.product` and its like as the loops that they stand for; None for others."""
    function = _called(stager, node.iter)
    if function is itertools.chain:
        parts = _call(node.iter).args
        _refuse_leaving(stager, node)
        return [_for(node.target, part, node.body, node) for part in parts]
    if function is itertools.product:
        return [_nested(stager, node, _factors(stager, _call(node.iter)))]
    if function is itertools.combinations:
        return _pairs(stager, node, _call(node.iter))
    if function is np.ndindex or function is np.ndenumerate:
        return [_over_indices(stager, node, function is np.ndenumerate)]
    return None


def _refuse_leaving(stager: Stager, node: ast.For) -> None:
    if "break" in ways_out(node.body) or node.orelse:
        raise stager.refuse(
            node.iter,
            f"`break` out of a loop over `{ast.unparse(node.iter)}` is not supported",
            help="write the loops that it stands for, and leave them by a flag",
        )


def _for(target: ast.expr, over: ast.expr, body: list[ast.stmt], node: ast.For) -> ast.For:
    return ast.copy_location(ast.For(target, over, body, []), node)


def _factors(stager: Stager, call: ast.Call) -> list[ast.expr]:
    times = 1
    for keyword in call.keywords:
        times = static_value(stager.expr(keyword.value))
    return list(call.args) * times


def _nested(stager: Stager, node: ast.For, factors: Sequence[ast.expr]) -> ast.For:
    _refuse_leaving(stager, node)
    if not _takes(node.target, len(factors)):
        raise stager.refuse(node.target, "write a name for each of these values")
    made = node.body
    for target, factor in reversed(list(zip(node.target.elts, factors, strict=True))):  # type: ignore[attr-defined]
        made = [_for(target, factor, made, node)]
    assert isinstance(made[0], ast.For)
    return made[0]


def _over_indices(stager: Stager, node: ast.For, with_values: bool) -> ast.For:
    """`np.ndindex` and `np.ndenumerate`: a loop for each axis."""
    given, _ = stager.invocations.arguments(_call(node.iter))
    target, first = node.target, []
    lengths = given[0].items if len(given) == 1 and given[0].items is not None else tuple(given)
    if with_values:
        lengths = stager.expressions.shape_of(given[0]).items or ()
        if not _takes(target, 2):
            raise stager.refuse(target, "np.ndenumerate gives an index and a value")
        target, value = target.elts  # type: ignore[attr-defined]
    if not lengths:
        raise stager.refuse(node.iter, "the number of axes is not known while compiling")
    if isinstance(target, ast.Name):
        names = [stager.spare(f"{target.id}{axis}") for axis in range(len(lengths))]
        index = ast.Tuple([name(n) for n in names], ast.Load())
        first.append(ast.Assign([target], index))
        target = ast.Tuple([ast.Name(n, ast.Store()) for n in names], ast.Store())
    if with_values:
        index = ast.Tuple([name(t.id) for t in target.elts if isinstance(t, ast.Name)], ast.Load())  # type: ignore[attr-defined]
        first.append(ast.Assign([value], ast.Subscript(Given(given[0]), index, ast.Load())))
    for stmt in first:
        for part in ast.walk(stmt):
            ast.copy_location(part, node.target)
    factors: list[ast.expr] = [ast.Call(name("range"), [Given(n)], []) for n in lengths]
    for part in (p for factor in factors for p in ast.walk(factor)):
        ast.copy_location(part, node.iter)
    loop = ast.copy_location(ast.For(target, node.iter, [*first, *node.body], node.orelse), node)
    return _nested(stager, loop, factors)


def _pairs(stager: Stager, node: ast.For, call: ast.Call) -> list[ast.stmt] | None:
    """`combinations(range(n), 2)`: nested loops, each from behind the one around it."""
    inner, size = call.args
    plain = _called(stager, inner) is range and len(_call(inner).args) == 1
    count = literal(size)
    if not (plain and isinstance(count, int) and _takes(node.target, count)):
        return None
    targets = node.target.elts  # type: ignore[attr-defined]
    if not all(isinstance(target, ast.Name) for target in targets):
        return None
    _refuse_leaving(stager, node)
    stop, function = _call(inner).args[0], _call(inner).func
    body = node.body
    for at in reversed(range(len(targets))):
        before = [ast.BinOp(name(targets[at - 1].id), ast.Add(), ast.Constant(1))] if at else []
        over = ast.Call(function, [*before, stop], [])
        for part in ast.walk(over):
            if isinstance(part, ast.expr) and not hasattr(part, "lineno"):
                ast.copy_location(part, inner)
        body = [_for(targets[at], over, body, node)]
    return body


# -- small questions ------------------------------------------------------------------------


def whole_number(value: int) -> Term:
    """A number written out."""
    return Term(ast.Constant(value), replace(INT, value=Dim(value)))


def _takes(target: ast.expr, count: int) -> bool:
    """Whether a target has a name for each of so many values."""
    return (
        isinstance(target, ast.Tuple | ast.List)
        and len(target.elts) == count
        and not any(isinstance(t, ast.Starred) for t in target.elts)
    )


def _tuple(items: Sequence[Term]) -> Term:
    display = ast.Tuple([t.expr for t in items], ast.Load())
    type_ = Seq("tuple", tuple(t.type for t in items))
    return Term(display, type_, any(t.varied for t in items), tuple(items))


def _written(term: Term) -> int | None:
    """The integer that a term is written as, or None."""
    value = literal(term.expr)
    return value if type(value) is int else None


def _is_number(term: Term, value: int) -> bool:
    return _written(term) == value


def _sum(a: Term, b: Term) -> Term:
    counts = [t.type.value if isinstance(t.type, Num) else None for t in (a, b)]
    total = counts[0] + counts[1] if counts[0] is not None and counts[1] is not None else None
    type_ = replace(INT, value=total)
    first, second = _written(a), _written(b)
    if first is not None and second is not None:
        return whole_number(first + second)
    if second is not None and second < 0:
        return Term(ast.BinOp(a.expr, ast.Sub(), ast.Constant(-second)), type_)
    return Term(ast.BinOp(a.expr, ast.Add(), b.expr), type_)


def _product(a: Term, b: Term) -> Term:
    first, second = _written(a), _written(b)
    if first is not None and second is not None:
        return whole_number(first * second)
    return Term(ast.BinOp(a.expr, ast.Mult(), b.expr), INT)
