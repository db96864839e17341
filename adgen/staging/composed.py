"""Lists made of others: copies, `xs + ys`, `[v] * n`, `sorted(xs)`."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from adgen.errors import UserError
from adgen.ir import name, substitute
from adgen.rules.settle.adjoints import copy_of
from adgen.staging import sets
from adgen.staging.cells import sequence
from adgen.staging.choosing import MOST_EXCHANGED
from adgen.staging.comprehensions import LONGEST_WRITTEN_OUT
from adgen.staging.conditions import decided
from adgen.staging.list_kinds import LONGEST_LISTED, NeedList, has_elements
from adgen.staging.placed import ByPlace, is_placed
from adgen.staging.sources import tuple_of
from adgen.staging.sugar import identity, written_out
from adgen.staging.terms import Given, NotStatic, Term, call_of, listed, numpy, static_value
from adgen.types import BOOL, Known, ListOf, Num, Ref, Seq

if TYPE_CHECKING:
    from adgen.staging.lists import Lists
    from adgen.staging.stager import Stager

# the axes that an array may have, nearly always: so many integers are an index
MOST_AXES = 8


class Composed:
    """Stages what makes lists of others, for a stager."""

    def __init__(self, stager: Stager, lists: Lists) -> None:
        self.stager = stager
        self.lists = lists

    def sorted_rows(self, given: Term, node: ast.Call) -> Term:
        """`sorted(points)`: tuples by what comes first, then by what comes second."""
        if given.items is not None:
            layout = self.lists.tables.layout_within(given, node)
            given = self.lists.tables.table(layout or (), given.items, node)
        parts = {f"c{i}": column for i, column in enumerate(given.columns)}
        lexsort = Term(numpy("lexsort"), Known(np.lexsort))
        terms = {**parts, "xs": given, "lexsort": lexsort}
        names = {k: ast.copy_location(Given(term), node) for k, term in terms.items()}
        keys = ", ".join(reversed(parts))
        text = f"order = lexsort(({keys},))\nchosen = [xs[i] for i in order]"
        return written_out(self.stager, node, text, "chosen", names)

    def copied(self, given: Term, node: ast.AST, into: str | None = None) -> Term:
        """`xs.copy()`"""
        if given.items is not None:
            site = self.lists.site(node)
            if site in self.lists.own:
                return self.lists.own_list(site, node, given.items, into)
            return replace(given, expr=ast.List([t.expr for t in given.items], ast.Load()),
                           site=site)  # fmt: skip
        expr = ast.Call(ast.Attribute(given.expr, "copy", ast.Load()), [], [])
        return self.anew("list copied", given, expr, node, into)

    def deep_copy(self, given: Term, node: ast.AST, into: str | None) -> Term:
        """A list whose elements are its own, too."""
        assert isinstance(given.type, ListOf)
        return self.lists.apply(
            "list copied", {"xs": given}, copy_of(given.expr, given.type), node, into
        )

    def anew(self, op: str, given: Term, expr: ast.expr, node: ast.AST, into: str | None) -> Term:
        made = self.lists.apply(op, {"xs": given}, expr, node, into)
        self.stager.memory.contained.share(given, made, node)
        return made

    def builtin(
        self, function: Any, node: ast.Call, args: Sequence[Term], expr: ast.expr, into: str | None
    ) -> Term | None:
        """`list(xs)`, `sorted(xs)`, `max(points)`; None for what is no list's."""
        if function in (min, max) and len(args) > 1:
            if all(t.items is not None or isinstance(t.type, Ref) for t in args):
                args = [tuple_of(args)]
        if len(args) != 1 or node.keywords:
            return None
        (given,) = args
        if isinstance(given.type, Known) and isinstance(given.type.value, frozenset):
            return sets.of_known(self.stager, function, node, given.type.value, into)
        if function in (list, tuple):
            if given.items is not None:
                kind = function.__name__
                display = ast.List if kind == "list" else ast.Tuple
                made = display([t.expr for t in given.items], ast.Load())
                if kind == "list" and self.lists.site(node) in self.lists.own:
                    return self.lists.own_list(self.lists.site(node), node, given.items, into)
                type_ = Seq(kind, tuple(t.type for t in given.items))
                return replace(given, expr=made, type=type_, site=self.lists.site(node))
            if function is tuple and isinstance(given.type, Num) and given.type.kind in ("i", "b"):
                return self.tuple_of_integers(given, expr, node, into)
            return self.anew("list copied", given, expr, node, into)
        if function is sorted and (order := known_order(given)) is not None:
            return listed([(given.items or ())[at] for at in order])
        if function in (sorted, min, max) and (given.columns or holds_tuples(given)):
            rows = self.sorted_rows(given, node)
            if function is sorted:
                return rows
            end = ast.Subscript(Given(rows), ast.Constant(0 if function is min else -1), ast.Load())
            return self.stager.expr(ast.copy_location(end, node))
        if function in (sorted, min, max) and self.of_objects(given):
            assert given.items is not None
            choosing = self.stager.functional.choosing
            return choosing.by_trying(node, given.items, function, identity(node), False)
        if function is sorted:
            given = self.lists.as_list(given, node) if given.items is not None else given
            call = call_of(name("sorted"), [given], {}, None)
            return self.lists.apply("list sorted", {"xs": given}, call, node, into)
        return None

    def tuple_of_integers(
        self, given: Term, expr: ast.expr, node: ast.Call, into: str | None
    ) -> Term:
        """`tuple(at)`: what picks one element as an index, `x[tuple(at)]`, where a list picks
        rows."""
        num = given.num
        assert num is not None
        length = self.stager.facts.number(num.dims[0]) if num.dims else None
        if length is None or length > MOST_AXES:
            return self.anew("tuple copied", given, expr, node, into)
        if num.ndim == 1:
            return self.lists.apply("tuple of integers", {"xs": given}, expr, node, into)
        return sequence(self.stager.unpacking.elements(given, node))

    def of_objects(self, given: Term) -> bool:
        """Whether a list has few objects in it, which compare themselves."""
        return 0 < len(given.items or ()) <= MOST_EXCHANGED and all(
            isinstance(term.type, Ref) and not is_placed(term) for term in given.items or ()
        )

    def operation(
        self, node: ast.expr, kind: type[ast.AST], terms: list[Term], into: str | None
    ) -> Term | None:
        """`xs + ys`, `[0.0] * n`, `not xs`; None where it is arithmetic of arrays."""
        if kind in (ast.Not, ast.In, ast.NotIn, ast.Eq, ast.NotEq, ast.Is, ast.IsNot):
            if not any(has_elements(t) for t in terms):
                return None
            told = decided(self.stager, kind, *terms) if len(terms) == 2 else None
            if told is not None:
                return self.stager.conditions.truth(told)
            return Term(substitute(_with_operands(node, terms), {}), BOOL)
        if kind is ast.Add and any(t.columns for t in terms):
            return self.lists.tables.joined(terms, node)
        if kind is ast.Add and all(has_elements(t) for t in terms):
            return self.joined(node, terms, into)
        if kind is ast.Mult and any(has_elements(t) for t in terms):
            given, count = terms if has_elements(terms[0]) else reversed(terms)
            if isinstance(count.type, Num) and count.type.is_python and count.type.kind == "i":
                return self.repeated(node, given, count, into)
        return None

    def joined(self, node: ast.expr, terms: list[Term], into: str | None) -> Term:
        a, b = terms
        if a.items is not None and b.items is not None:
            both = (*a.items, *b.items)
            if isinstance(a.type, Seq) and a.type.kind == "tuple":
                shown = ast.Tuple([t.expr for t in both], ast.Load())
                type_ = Seq("tuple", tuple(t.type for t in both))
                return Term(shown, type_, a.varied or b.varied, both)
            return self.lists.display(node, both, into)
        a, b = (self.lists.as_list(t, node) for t in terms)
        expr = ast.BinOp(a.expr, ast.Add(), b.expr)
        made = self.lists.apply("list joined", {"xs": a, "more": b}, expr, node, into)
        for part in (a, b):
            self.stager.memory.contained.share(part, made, node)
        return made

    def repeated(self, node: ast.expr, given: Term, count: Term, into: str | None) -> Term:
        """`[v] * n`"""
        try:
            times = static_value(count)
        except NotStatic:
            times = None
        if isinstance(given.type, Seq) and given.type.kind == "tuple" and times is not None:
            if len(given.items or ()) * times <= LONGEST_WRITTEN_OUT:
                return sequence((given.items or ()) * times)
        if given.items is not None and times is not None:
            if (
                len(given.items) * times <= LONGEST_WRITTEN_OUT
                and self.lists.site(node) not in self.lists.own
            ):
                return self.lists.display(node, given.items * times, into)
        if given.items is not None and isinstance(
            self.lists.own.get(self.lists.site(node)), ByPlace
        ):
            return self.lists.display(node, given.items * self.times(count), into)
        if given.items is not None and len(given.items) == 1:
            try:
                value = self.lists.as_element(given.items[0], node)
            except UserError as error:
                if self.times(count) > LONGEST_LISTED:
                    raise
                raise NeedList(self.lists.site(node), ByPlace(error)) from None
            expr = ast.BinOp(ast.List([value.expr], ast.Load()), ast.Mult(), count.expr)
            made = self.lists.apply("list filled", {"v": value, "n": count}, expr, node, into)
            self.stager.memory.contained.put(value, made, node, often=True)
            return made
        given = self.lists.as_list(given, node)
        expr = ast.BinOp(given.expr, ast.Mult(), count.expr)
        made = self.lists.apply("list repeated", {"xs": given, "n": count}, expr, node, into)
        self.stager.memory.contained.share(given, made, node)
        return made

    def times(self, count: Term) -> int:
        """How often a list is repeated; a large number where that is not known."""
        value = count.type.value if isinstance(count.type, Num) else None
        number = self.stager.facts.number(value) if value is not None else None
        return LONGEST_LISTED + 1 if number is None else number

    def with_arrays(self, terms: list[Term], node: ast.AST) -> list[Term]:
        """Lists among the operands of an array, as arrays; of others they have no meaning."""
        if not any(isinstance(t.type, ListOf) for t in terms):
            return terms
        if not any(t.num is not None and t.num.form in ("array", "np") for t in terms):
            raise self.stager.refuse(
                node, "this operator of a list is not supported", help="use arrays, with np.array"
            )
        return [
            self.stager.gates.as_array(t, node) if isinstance(t.type, ListOf) else t for t in terms
        ]


def holds_tuples(term: Term) -> bool:
    """Whether a display has tuples of numbers in it."""
    rows = [t.items for t in term.items or ()]
    return bool(rows) and all(row and all(t.num is not None for t in row) for row in rows)


def known_order(term: Term) -> list[int] | None:
    """How elements are sorted that are known, or are tuples told apart by what comes first."""
    try:
        keys = [static_value(t.items[0] if t.items else t) for t in term.items or ()]
        if len(set(keys)) < len(keys) or not keys:
            return None
        return sorted(range(len(keys)), key=keys.__getitem__)
    except (NotStatic, TypeError):
        return None


def _with_operands(node: ast.expr, terms: Sequence[Term]) -> ast.expr:
    from adgen.staging.expressions import clone_with

    return clone_with(node, terms)
