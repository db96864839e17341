"""Elements of lists: the places that subscripts name, `xs[i]` and `xs[i][j]`."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from adgen.ir import name
from adgen.staging.list_kinds import NeedList, has_elements
from adgen.staging.terms import Term
from adgen.types import INT, Dim, ListOf, Num, Seq

if TYPE_CHECKING:
    from adgen.staging.lists import Lists
    from adgen.staging.stager import Stager


@dataclass(frozen=True)
class Place:
    """`xs[i]` or `xs[i][j]`: what is read there, or written to."""

    base: Term
    index: Term
    expr: ast.expr
    # the author's expression for the list, where it is not the one before the last index
    owner: ast.expr | None = None
    # an element that is changed itself, not exchanged: `hs[t] += h`
    in_place: bool = False


class Elements:
    """Stages places in lists, for a stager."""

    def __init__(self, stager: Stager, lists: Lists) -> None:
        self.stager = stager
        self.lists = lists

    def needed_at(self, base: Term, node: ast.AST) -> Exception:
        """A position in a list that is not known while compiling."""
        if (
            isinstance(base.type, Seq)
            and base.type.kind == "list"
            and base.site not in self.lists.own
        ):
            if base.site is not None:
                return NeedList(base.site, self.lists.tables.layout_within(base, node))
        return self.stager.refuse(
            node, "the index into a tuple or list is not known while compiling"
        )

    def may_be_own(self, base: Term) -> bool:
        """Whether a display of numbers can be a list of its own instead."""
        numbers = all(t.num is not None and t.num.is_scalar for t in base.items or ())
        return numbers and base.site is not None and base.site not in self.lists.own

    def taken_part(self, base: Term, made: Term, node: ast.AST) -> None:
        """A slice of a list has the same objects in it."""
        if isinstance(base.type, ListOf) and isinstance(made.type, ListOf):
            self.lists.check(made, node)
            if isinstance(made.expr, ast.Name) and made.expr.id not in self.stager.storages.views:
                self.stager.memory.contained.share(base, made, node)

    def place(self, node: ast.Subscript) -> Place:
        """What a subscript reads or writes: `xs[i][j]` is one place of a list of lists."""
        whole, slices = node.value, [node.slice]
        while isinstance(whole, ast.Subscript):
            slices.insert(0, whole.slice)
            whole = whole.value
        if len(slices) > 1 and isinstance(whole, ast.Name):
            base = self.stager.expr(whole)
            if isinstance(base.type, ListOf):
                return self.in_one(base, whole, slices, node)
        base = self.stager.expr(node.value)
        index = self.stager.subscripts.index(node)
        if has_elements(base):
            index = as_position(index)
        return Place(base, index, ast.Subscript(base.expr, index.expr, ast.Load()))

    def in_one(
        self, base: Term, whole: ast.expr, slices: Sequence[ast.expr], node: ast.Subscript
    ) -> Place:
        terms = [self.stager.subscripts.index_of(part) for part in slices]
        item: Any = base.type
        expr, parts, at, plain = base.expr, [], 0, True
        while at < len(terms):
            if not plain or not (isinstance(item, ListOf) or at == len(terms) - 1):
                break
            part = as_position(terms[at]) if isinstance(item, ListOf) else terms[at]
            parts.append(part)
            expr = ast.Subscript(expr, part.expr, ast.Load())
            plain = isinstance(part.type, Num)
            item = item.item if isinstance(item, ListOf) and plain else None
            at += 1
        if at < len(terms):
            return self.beyond(node)
        flat = [p for part in parts for p in (part.items if _is_tuple(part) else (part,)) or ()]
        shown = ast.Tuple([p.expr for p in flat], ast.Load())
        type_ = Seq("tuple", tuple(p.type for p in flat))
        index = Term(shown, type_, any(p.varied for p in flat), tuple(flat))
        return Place(base, index, expr, whole)

    def beyond(self, node: ast.Subscript) -> Place:
        """`hs[t][1:][0]`: the last index is one of what the others give."""
        inner = self.stager.expr(node.value)
        index = self.stager.subscripts.index(node)
        return Place(inner, index, ast.Subscript(inner.expr, index.expr, ast.Load()))

    def written_element(self, place: Place, value: Term, node: ast.AST) -> Term:
        """What `xs[i] = value` puts into the list."""
        item: Any = place.base.type
        for _ in place.index.items or (place.index,):
            item = item.item if isinstance(item, ListOf) else None
        inside_array = item is None and (place.index.items is not None)
        return value if inside_array else self.lists.as_element(value, node)

    def noted(self, place: Place, value: Term, after: Term, node: ast.AST) -> None:
        """An element has been exchanged, or an element's own elements."""
        memory = self.stager.memory
        if place.index.items is not None or place.in_place:
            memory.contained.deepened(place.base, node)
        else:
            memory.contained.restructured(place.base)
        if isinstance(after.type, ListOf):
            self.lists.changes.check_rows(place.base, value, node)
            memory.contained.put(value, place.base, node)


def as_position(index: Term) -> Term:
    """`xs[a > b]` reads `xs[0]` or `xs[1]`: of an array, a truth would choose all or nothing."""
    if not isinstance(index.type, Num) or not index.type.is_scalar or index.type.kind != "b":
        return index
    known = index.type.value.known if index.type.value is not None else None
    if known is not None:
        return replace(index, expr=ast.Constant(int(known)), type=replace(INT, value=Dim(known)))
    return Term(ast.Call(name("int"), [index.expr], []), INT)


def _is_tuple(term: Term) -> bool:
    return isinstance(term.type, Seq) and term.type.kind == "tuple"
