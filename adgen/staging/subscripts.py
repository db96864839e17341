"""Subscripts: an element or a part of an array, list, tuple, dict or text."""

from __future__ import annotations

import ast
import operator
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from adgen.frontend.resolve import bind
from adgen.frontend.source import Holder
from adgen.ir import name
from adgen.paths import is_leaf
from adgen.rules.contexts import gives_its_index
from adgen.rules.operations import Op
from adgen.staging.storage import is_array
from adgen.staging.terms import (
    Given,
    NeedTrips,
    NotStatic,
    Term,
    as_tuple,
    is_text,
    static_value,
)
from adgen.types import (
    Known,
    Num,
    Ref,
    Seq,
)
from adgen.values import is_dict

if TYPE_CHECKING:
    from adgen.staging.stager import Stager


class Subscripts:
    """Stages subscripts, for a stager."""

    def __init__(self, stager: Stager) -> None:
        self.stager = stager

    def subscript(self, node: ast.Subscript, into: str | None) -> Term:
        joiner = self.stager.invocations.callees.static_object(node.value)
        if gives_its_index(joiner):
            return self.stager.expr(as_values(node.slice), into)
        op = self.stager.catalogue.find(joiner)
        if op is not None:
            return self.joined(node, op, into)
        place = self.stager.lists.elements.place(node)
        base, index, expr = place.base, place.index, place.expr
        if isinstance(base.type, Ref):
            return self.stager.objects.item(node, base, index, into)
        if base.items is not None:
            return self.element(node, base, index, expr)
        if base.columns and isinstance(index.type, Num):
            return self.stager.lists.tables.row(base, index)
        if base.columns and isinstance(node.slice, ast.Slice):
            return self.stager.lists.tables.part(node, base)
        if isinstance(base.type, Known) and is_dict(base.type.value):
            return self.entry(node, base, index)
        if is_text(base):
            return self.part_of_text(base, index, expr, node)
        if base.num is None:
            return self.stager.expressions.plain(node, expr, [base, index], into)
        op = self.stager.catalogue.find(operator.getitem)
        assert op is not None
        made = self.stager.gates.apply(op, {"x": base, "index": index}, expr, node, into)
        self.stager.lists.elements.taken_part(base, made, node)
        return made

    def index(self, node: ast.Subscript) -> Term:
        """What stands in the brackets."""
        return self.index_of(node.slice)

    def index_of(self, node: ast.expr) -> Term:
        index = self.stager.expr(node)
        if isinstance(node, ast.Tuple) and isinstance(index.type, Seq):
            index = replace(index, type=replace(index.type, kind="tuple"))
        if index.varied:
            raise self.stager.refuse(
                node,
                "an index is differentiated",
                help="make it an integer, or wrap it in stop_gradient",
            )
        return index

    def part_of_text(self, base: Term, index: Term, expr: ast.expr, node: ast.expr) -> Term:
        """`name[0]`, `name[1:]`"""
        try:
            at = static_value(index)
            found = static_value(base)[slice(*at) if isinstance(at, list) else at]
        except NotStatic:
            return self.stager.expressions.plain(node, expr, [base, index], None)
        except IndexError:
            raise self.stager.refuse(node, f"the string has no letter {at}") from None
        return self.stager.constant(expr, found)

    def joined(self, node: ast.Subscript, op: Op, into: str | None) -> Term:
        """`np.r_[a, b]`: a call that is written with brackets."""
        index = self.stager.expr(node.slice)
        several = isinstance(node.slice, ast.Tuple) and index.items is not None
        parts = list(index.items or ()) if several else [index]
        if any(isinstance(part.type, Seq) and part.type.kind == "slice" and part.varied
               for part in parts):  # fmt: skip
            raise self.stager.refuse(
                node, "a bound of a slice is differentiated", help="use np.linspace"
            )
        bound = bind(op, op.general.packed(parts, as_tuple), {})
        base = self.stager.expr(node.value)
        return self.stager.gates.apply(
            op, bound, ast.Subscript(base.expr, index.expr, ast.Load()), node, into
        )

    def entry(self, node: ast.Subscript, base: Term, index: Term) -> Term:
        """What a dict of the author's module has under a key that is known."""
        assert isinstance(base.type, Known)
        try:
            key = static_value(index)
        except NotStatic as unknown:
            self.stager.ask_for(unknown)
            raise self.stager.refuse(
                node.slice, "the key into a dict is not known while compiling"
            ) from None
        if key not in base.type.value:
            raise self.stager.refuse(node.slice, f"the dict has no key {key!r}")
        return self.stager.expressions.of_module(self.held(base, key), node)

    def held(self, base: Term, key: Any) -> Term:
        """What a dict of the author's module has under a key."""
        assert isinstance(base.type, Known)
        value = base.type.value[key]
        self.stager.watched.append((Holder(base.type.value), key, value))
        expr = ast.Subscript(base.expr, ast.Constant(key), ast.Load())
        return self.stager.constant(expr, value)

    def element(self, node: ast.Subscript, base: Term, index: Term, expr: ast.expr) -> Term:
        assert base.items is not None
        try:
            at = static_value(index) if not isinstance(node.slice, ast.Slice) else None
        except NotStatic as unknown:
            self.stager.ask_for(unknown)
            if unknown.index and not self.stager.lists.elements.may_be_own(base):
                raise NeedTrips(unknown.index) from None
            at = None
        if at is None and isinstance(node.slice, ast.Slice):
            return self.part(node, base, index, expr)
        if not isinstance(at, int):
            raise self.stager.lists.elements.needed_at(base, node.slice)
        if not -len(base.items) <= at < len(base.items):
            raise self.stager.refuse(node, f"index {at} is outside of {len(base.items)} elements")
        item = self.stager.memory.fresh(None, base.items[at], node)
        written_out = isinstance(base.expr, ast.Tuple | ast.List)
        if _is_leaf(item) or item.varied or is_array(item) or written_out:
            return item
        return replace(item, expr=expr)

    def part(self, node: ast.Subscript, base: Term, index: Term, expr: ast.expr) -> Term:
        """A slice of a tuple or list."""
        assert base.items is not None and index.items is not None
        try:
            chosen = base.items[slice(*[static_value(part) for part in index.items])]
        except NotStatic:
            raise self.stager.lists.elements.needed_at(base, node.slice) from None
        kind = base.type.kind if isinstance(base.type, Seq) else "tuple"
        if kind == "list":
            return self.stager.lists.display(node, chosen, None)
        type_ = Seq(kind, tuple(t.type for t in chosen))
        varied = any(t.varied for t in chosen)
        if varied:  # what reads it reads its elements
            display = ast.Tuple if kind == "tuple" else ast.List
            expr = display([t.expr for t in chosen], ast.Load())
        return Term(expr, type_, varied, chosen)


def _is_leaf(term: Term) -> bool:
    return isinstance(term.expr, ast.Name) and is_leaf(term.expr.id)


def as_values(index: ast.expr) -> ast.expr:
    """An index as an expression of its own: `slice(1, None)` for `1:`."""
    if isinstance(index, ast.Tuple):
        parts = [as_values(part) for part in index.elts]
        return ast.copy_location(ast.Tuple(parts, ast.Load()), index)
    if not isinstance(index, ast.Slice):
        return index
    made: ast.expr = Given(Term(name("slice"), Known(slice)))
    given = [index.lower, index.upper, index.step]
    if index.step is None:
        given = [index.upper] if index.lower is None else given[:2]
    bounds = [part or ast.Constant(None) for part in given]
    call = ast.Call(made, bounds, [])
    for part in (made, *bounds, call):
        ast.copy_location(part, index)
    return call
