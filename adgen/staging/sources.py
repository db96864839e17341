"""What a loop runs over, as its elements are read: rows, counts, lists, several in step."""

from __future__ import annotations

import ast
import operator
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from adgen.ir import name
from adgen.rules.shapes import as_num
from adgen.staging.terms import NotStatic, Term, item_of, literal, static_value
from adgen.types import FLOAT, INT, Columns, Contents, Dim, Known, Num, Seq

if TYPE_CHECKING:
    from adgen.staging.stager import Stager


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

    @property
    def may_change(self) -> bool:
        """Whether the trips of a loop may change what it runs over."""
        return False

    def known_count(self) -> int | None:
        """How many elements; compiled code that asks serves that number alone."""
        return self.stager.facts.number(self.dim) if self.dim is not None else None

    def element(self, at: Term) -> Term:
        raise NotImplementedError

    def bind(self, target: ast.expr, at: Term) -> None:
        """Bind the author's target to the element at a position."""
        self.stager.unpacking.term(target, self.element(at), target)

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
        return stager.gates.apply(op, {"x": term, "index": at}, expr, where, into)

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
        return scaled if _is_number(self.start, 0) else sum_of(self.start, scaled)

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
        expr = ast.Subscript(self.expr, at.expr, ast.Load())
        try:
            return self.stager.constant(expr, self.values[static_value(at)])
        except NotStatic:
            return alike(expr, self.values[0])


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


class Places(Source):
    """The elements of a list that is followed place by place, as it is at each trip."""

    def __init__(self, stager: Stager, term: Term, node: ast.AST) -> None:
        super().__init__(stager)
        self.term, self.node = term, node
        self.dim = Dim(self.known_count())

    @property
    def is_listed(self) -> bool:
        return True

    @property
    def may_change(self) -> bool:
        return True

    def known_count(self) -> int:
        return len(self.stager.objects.keys(self.term, self.node))

    def element(self, at: Term) -> Term:
        return self.stager.objects.read(self.term, static_value(at), self.node)


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
        known = [dim.known for dim in dims if dim.known is not None]
        if alike or len(counts) == 1:
            self.count, self.dim = counts[0], dims[0] if dims else None
        elif len(known) == len(ending):
            self.count, self.dim = ast.Constant(min(known)), Dim(min(known))
        else:
            self.count = ast.Call(name("min"), counts, [])

    @property
    def is_listed(self) -> bool:
        return any(part.is_listed for part in self.parts)

    @property
    def may_change(self) -> bool:
        return any(part.may_change for part in self.parts)

    def known_count(self) -> int | None:
        counts = [p.known_count() for p in self.parts if p.count is not None or p.is_listed]
        return None if None in counts else min(c for c in counts if c is not None)

    def element(self, at: Term) -> Term:
        return tuple_of([part.element(at) for part in self.parts])

    def bind(self, target: ast.expr, at: Term) -> None:
        if takes_apart(target, len(self.parts)):
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
            self.parts.append(rows_of(stager, place, mine))
        self.count, self.dim = next((p.count, p.dim) for p in self.parts if p.count is not None)


class Held(Together):
    """The dicts or objects of a list, each taken from a list for each of its keys."""

    def __init__(self, stager: Stager, fields: Contents, columns: Sequence[Term]) -> None:
        super().__init__(stager, fields.places, columns)
        self.fields = fields

    def element(self, at: Term) -> Term:
        parts = [part.element(at) for part in self.parts]
        entries = dict(zip(self.fields.keys, parts, strict=True))
        return self.stager.objects.new_kept(self.fields.cls, entries)

    def bind(self, target: ast.expr, at: Term) -> None:
        Source.bind(self, target, at)


class Same(Source):
    """What all tuples or dicts of a list have in one place."""

    def __init__(self, stager: Stager, held: Known) -> None:
        super().__init__(stager)
        self.held = held

    def element(self, at: Term) -> Term:
        return self.stager.constant(ast.Constant(self.held.value), self.held.value)


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


def rows_of(stager: Stager, place: Any, columns: Sequence[Term]) -> Source:
    """What a place of a layout has, row by row."""
    if isinstance(place, Contents):
        return Held(stager, place, columns)
    if isinstance(place, Known):
        return Same(stager, place)
    if isinstance(place, Columns):
        return Inner(stager, place, columns)
    if isinstance(place, tuple):
        return Together(stager, place, columns)
    return Rows(stager, columns[0])


def width(place: Any) -> int:
    """How many lists a place in a layout takes."""
    if isinstance(place, Columns):
        return width(place.layout)
    if isinstance(place, Known):
        return 0
    place = place.places if isinstance(place, Contents) else place
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
            count = self.dim.known if self.inner.may_change and self.dim else self.known_count()
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


def alike(expr: ast.expr, example: Any) -> Term:
    """An element of a list of constants, whose type the others have too."""
    if isinstance(example, tuple | list):
        items = tuple(alike(item_of(expr, i), v) for i, v in enumerate(example))
        kind = "tuple" if isinstance(example, tuple) else "list"
        return Term(expr, Seq(kind, tuple(t.type for t in items)), False, items)
    return Term(expr, FLOAT if type(example) is float else INT)


def takes_apart(target: ast.expr, count: int) -> bool:
    """Whether a target has a name for each of so many values."""
    return (
        isinstance(target, ast.Tuple | ast.List)
        and len(target.elts) == count
        and not any(isinstance(t, ast.Starred) for t in target.elts)
    )


def counting(index: str) -> Num:
    """The type of a loop's index: an integer that stands for itself."""
    return replace(INT, value=Dim.of(("index", index)))


def whole_number(value: int) -> Term:
    """A number written out."""
    return Term(ast.Constant(value), replace(INT, value=Dim(value)))


def tuple_of(items: Sequence[Term]) -> Term:
    display = ast.Tuple([t.expr for t in items], ast.Load())
    type_ = Seq("tuple", tuple(t.type for t in items))
    return Term(display, type_, any(t.varied for t in items), tuple(items))


def written_number(term: Term) -> int | None:
    """The integer that a term is written as, or None."""
    value = literal(term.expr)
    return value if type(value) is int else None


def _is_number(term: Term, value: int) -> bool:
    return written_number(term) == value


def sum_of(a: Term, b: Term) -> Term:
    counts = [t.type.value if isinstance(t.type, Num) else None for t in (a, b)]
    total = counts[0] + counts[1] if counts[0] is not None and counts[1] is not None else None
    type_ = replace(INT, value=total)
    first, second = written_number(a), written_number(b)
    if first is not None and second is not None:
        return whole_number(first + second)
    if second is not None and second < 0:
        return Term(ast.BinOp(a.expr, ast.Sub(), ast.Constant(-second)), type_)
    return Term(ast.BinOp(a.expr, ast.Add(), b.expr), type_)


def _product(a: Term, b: Term) -> Term:
    first, second = written_number(a), written_number(b)
    if first is not None and second is not None:
        return whole_number(first * second)
    return Term(ast.BinOp(a.expr, ast.Mult(), b.expr), INT)
