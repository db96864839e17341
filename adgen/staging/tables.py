"""Lists of tuples, dicts or objects: a list for each place in them."""

from __future__ import annotations

import ast
import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from adgen.ir import is_introduced
from adgen.staging.placed import is_placed
from adgen.staging.sources import rows_of, tuple_of, width
from adgen.staging.terms import Given, Term
from adgen.types import TEXT, Columns, Contents, Known, Ref, Seq

if TYPE_CHECKING:
    from adgen.staging.lists import Lists
    from adgen.staging.stager import Stager

# what the tuples, dicts or objects of a list hold, place by place
Layout = tuple[Any, ...] | Contents


class Tables:
    """Stages lists of tuples, for a stager."""

    def __init__(self, stager: Stager, lists: Lists) -> None:
        self.stager = stager
        self.lists = lists

    def table(self, layout: Layout, terms: Sequence[Term], node: ast.AST) -> Term:
        """A list of tuples, as a list for each place in them."""
        rows = [self.leaves(layout, term, node) for term in terms]
        hint = self.stager.hint
        columns = []
        for at, said in enumerate(_names(layout)):
            self.stager.hint = self.lists.comprehensions.unused(f"{hint}_{said}")
            target = self.stager.fresh(self.stager.hint)
            columns.append(self.lists.made([row[at] for row in rows], node, target))
        self.stager.hint = hint
        if not columns:
            raise self.stager.refuse(node, "a list that changes of what holds no numbers")
        varied = any(c.varied for c in columns)
        return Term(columns[0].expr, Columns(layout), varied, columns=tuple(columns))

    def layout_of(self, term: Term, node: ast.AST, said: str) -> Any:
        """What a tuple holds, place by place."""
        if isinstance(term.type, Columns):
            return term.type
        if isinstance(term.type, Ref) and not is_placed(term):
            return self.fields(term, node)
        if isinstance(term.type, Known) and isinstance(term.type.value, str | None):
            return term.type
        if term.items is None or not isinstance(term.type, Seq) or term.type.kind != "tuple":
            return said
        if not term.items:
            raise self.stager.refuse(node, "an empty tuple in a list that changes")
        parts = term.items
        return tuple(self.layout_of(p, node, _said(p, i)) for i, p in enumerate(parts))

    def fields(self, term: Term, node: ast.AST) -> Contents:
        """What a dict or object holds, key by key."""
        assert isinstance(term.type, Ref)
        held = self.stager.objects.entries(term, node)
        places = tuple(self.layout_of(part, node, str(key)) for key, part in held.items())
        found = Contents(term.type.cls, tuple(held), places)
        if not width(found):
            raise self.stager.refuse(node, "a list that changes of what holds no numbers")
        return found

    def leaves(self, place: Any, term: Term, node: ast.AST) -> list[Term]:
        """The parts of a tuple that go into a list each."""
        if isinstance(place, Columns) and isinstance(term.type, Columns):
            if width(place) == width(term.type):
                return list(term.columns)
        elif isinstance(place, Contents) and isinstance(term.type, Ref):
            held = self.stager.objects.entries(term, node)
            if term.type.cls is place.cls and tuple(held) == place.keys:
                self.stager.objects.keep(term.type.cell)
                pairs = zip(place.places, held.values(), strict=True)
                return [leaf for inner, item in pairs for leaf in self.leaves(inner, item, node)]
        elif isinstance(place, Known) and term.type == place:
            return []
        elif isinstance(place, tuple) and term.items is not None and len(place) == len(term.items):
            pairs = zip(place, term.items, strict=True)
            return [leaf for inner, item in pairs for leaf in self.leaves(inner, item, node)]
        elif isinstance(place, str) and not isinstance(term.type, Columns):
            return [_told_by_a_run(term)]
        kind = "dicts or objects" if isinstance(place, Contents) else "tuples"
        raise self.stager.refuse(node, f"the {kind} in this list are not all of one kind")

    def row(self, term: Term, index: Term) -> Term:
        """`hist[-1]` of a list of tuples."""
        assert isinstance(term.type, Columns)
        return rows_of(self.stager, term.type.layout, term.columns).element(index)

    def part(self, node: ast.Subscript, base: Term) -> Term:
        """`hist[1:]` of a list of tuples: the same part of each of its lists."""
        columns = []
        for column in base.columns:
            given = ast.copy_location(Given(column), node)
            part = ast.copy_location(ast.Subscript(given, node.slice, ast.Load()), node)
            columns.append(self.stager.expr(part))
        varied = any(column.varied for column in columns)
        return Term(columns[0].expr, base.type, varied, columns=tuple(columns))

    def joined(self, terms: Sequence[Term], node: ast.expr) -> Term:
        """`hist + more`: each of the lists of the one with that of the other."""
        type_ = next(t.type for t in terms if isinstance(t.type, Columns))
        tables = [self.as_table(type_.layout, t, node) for t in terms]
        columns = []
        for left, right in zip(*(t.columns for t in tables), strict=True):
            both = ast.BinOp(Given(left), ast.Add(), Given(right))
            columns.append(self.stager.expr(ast.copy_location(both, node)))
        varied = any(column.varied for column in columns)
        return Term(columns[0].expr, type_, varied, columns=tuple(columns))

    def as_table(self, layout: Layout, term: Term, node: ast.AST) -> Term:
        """A list of tuples that are put together as a layout says."""
        if not term.columns:
            return self.table(layout, term.items or (), node)
        assert isinstance(term.type, Columns)
        if not _are_alike(term.type.layout, layout):
            raise self.stager.refuse(node, "the tuples in these lists are not of one kind")
        return term

    def changed_table(self, node: ast.Call, base: Term, attr: str, args: list[Term]) -> Term:
        """A call that changes a list of tuples: what it does to each of its lists."""
        assert isinstance(base.type, Columns)
        per_column: list[list[Term]] = [[] for _ in base.columns]
        if attr in ("append", "appendleft") and len(args) == 1:
            per_column = [[leaf] for leaf in self.leaves(base.type.layout, args[0], node)]
        elif attr == "insert" and len(args) == 2:
            leaves = self.leaves(base.type.layout, args[1], node)
            per_column = [[args[0], leaf] for leaf in leaves]
        elif attr == "extend" and len(args) == 1:
            more = self.as_table(base.type.layout, args[0], node)
            per_column = [[column] for column in more.columns]
        elif attr == "pop" and len(args) <= 1:
            per_column = [args for _ in base.columns]
        elif attr not in ("clear", "reverse", "popleft") or args:
            raise self.stager.refuse(node, f"`.{attr}()` of a list of tuples is not supported")
        owner = ast.copy_location(ast.Constant(None), node)
        hint, given = self.stager.hint, []
        for column, mine in zip(base.columns, per_column, strict=True):
            assert isinstance(column.expr, ast.Name)
            column = self.stager.memory.fresh(None, column, node)
            given.append(self.lists.changes.changed(node, owner, column, attr, mine, None))
        self.stager.hint = hint
        if attr in ("pop", "popleft"):
            return self.put_together(base.type.layout, given)
        return given[0]

    def layout_within(self, term: Term, node: ast.AST) -> Layout | None:
        """What the tuples are that a display has in it."""
        if not term.items or term.items[0].items is None:
            return None
        layout = self.layout_of(term.items[0], node, "part")
        return layout if isinstance(layout, tuple) else None

    def put_together(self, place: Any, leaves: Sequence[Term]) -> Term:
        """What a place of a layout has, made of its parts."""
        if isinstance(place, str):
            return leaves[0]
        if isinstance(place, Known):
            return self.stager.constant(ast.Constant(place.value), place.value)
        if isinstance(place, Columns):
            varied = any(t.varied for t in leaves)
            return Term(leaves[0].expr, place, varied, columns=tuple(leaves))
        items, rest = [], list(leaves)
        for inner in place.places if isinstance(place, Contents) else place:
            mine, rest = rest[: width(inner)], rest[width(inner) :]
            items.append(self.put_together(inner, mine))
        if isinstance(place, Contents):
            entries = dict(zip(place.keys, items, strict=True))
            return self.stager.objects.new_kept(place.cls, entries)
        return tuple_of(items)


def _are_alike(one: Any, other: Any) -> bool:
    """Whether tuples of two layouts have the same form, whatever their parts are called."""
    if isinstance(one, Columns) and isinstance(other, Columns):
        return _are_alike(one.layout, other.layout)
    if isinstance(one, Contents) and isinstance(other, Contents):
        same = (one.cls, one.keys) == (other.cls, other.keys)
        return same and _are_alike(one.places, other.places)
    if isinstance(one, tuple) and isinstance(other, tuple):
        return len(one) == len(other) and all(map(_are_alike, one, other))
    return isinstance(one, str) and isinstance(other, str)


def with_texts(layout: Any) -> Any:
    """A layout with a list for each string, which is not the same in all tuples; None if there
    are no strings in it."""
    if not isinstance(layout, tuple) or not _has_texts(layout):
        return None
    return tuple(
        str(at) if isinstance(place, Known) and isinstance(place.value, str)
        else with_texts(place) or place
        for at, place in enumerate(layout)
    )  # fmt: skip


def _has_texts(place: Any) -> bool:
    if isinstance(place, tuple):
        return any(map(_has_texts, place))
    return isinstance(place, Known) and isinstance(place.value, str)


def _told_by_a_run(term: Term) -> Term:
    """A string as one that only a run can tell; any other value as it is."""
    told = isinstance(term.type, Known) and isinstance(term.type.value, str)
    return Term(term.expr, TEXT) if told else term


def _names(layout: Layout) -> list[str]:
    """A name for each list of a list of tuples."""
    found: list[str] = []
    for place in layout.places if isinstance(layout, Contents) else layout:
        if isinstance(place, str):
            found.append(place)
        elif not isinstance(place, Known):
            found += _names(place.layout if isinstance(place, Columns) else place)
    return [n if found.count(n) == 1 else f"{n}{i}" for i, n in enumerate(found)]


def _said(term: Term, place: int) -> str:
    """What the author calls a part of a tuple."""
    if isinstance(term.expr, ast.Name) and not is_introduced(term.expr.id):
        return re.split(r"[:\[.]", term.expr.id)[0]
    return str(place)
