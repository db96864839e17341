"""Lists: those whose elements are known one by one, and those whose length a run decides.

A display is followed element by element as long as nothing changes it.  Once
something does (`xs.append(v)`, `xs[i] = v`), or reads it at a position that is not
known, the function is staged again with this display as a list of its own, of
type `ListOf`: a value with memory, like an array, of which every change makes a
new value.  A comprehension over what is not known element by element is the loop
that appends to such a list.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, cast

from adgen.errors import UserError
from adgen.ir import name
from adgen.paths import is_leaf
from adgen.rules.lists import RAGGED, common
from adgen.rules.operations import Op
from adgen.staging.changes import Changes
from adgen.staging.composed import Composed
from adgen.staging.comprehensions import Comprehensions
from adgen.staging.elements import Elements
from adgen.staging.list_kinds import LONGEST_LISTED, Kind, NeedList
from adgen.staging.placed import ByPlace, Placed, is_placed
from adgen.staging.queues import Queues
from adgen.staging.sugar import written_out
from adgen.staging.tables import Tables, with_texts
from adgen.staging.terms import Given, Site, Term
from adgen.types import INT, Columns, Dim, ListOf, Num, Ref, Seq, Type, list_of

if TYPE_CHECKING:
    from adgen.staging.stager import Stager


class Lists:
    """Stages lists, for a stager; `own` are the sites of those that are values of their own."""

    def __init__(self, stager: Stager, own: dict[Site, Kind]) -> None:
        self.stager = stager
        self.own = own
        # where the lists that are values of their own were made, by their storage
        self.sites: dict[str, Site] = {}
        self.tables = Tables(stager, self)
        self.placed = Placed(stager)
        self.comprehensions = Comprehensions(stager, self)
        self.elements = Elements(stager, self)
        self.changes = Changes(stager, self)
        self.composed = Composed(stager, self)
        self.queues = Queues(stager)

    # -- displays -----------------------------------------------------------------

    def site(self, node: ast.AST) -> Site:
        """What tells a display from all others, also when the function is staged again."""
        return (self.stager.definition.source.span(node), type(node).__name__)

    def display(self, node: ast.AST, terms: Sequence[Term], into: str | None) -> Term:
        """`[a, b]`, as elements or as a list of its own."""
        return self.display_at(self.site(node), node, terms, into)

    def display_at(
        self, site: Site, node: ast.AST, terms: Sequence[Term], into: str | None
    ) -> Term:
        """A list that is made at a site."""
        if site in self.own:
            return self.own_list(site, node, terms, into)
        expr = ast.List([t.expr for t in terms], ast.Load())
        type_ = Seq("list", tuple(t.type for t in terms))
        return Term(expr, type_, any(t.varied for t in terms), tuple(terms), site=site)

    def own_list(self, site: Site, node: ast.AST, terms: Sequence[Term], into: str | None) -> Term:
        """A list that is a value of its own, of the kind that has been found to be needed."""
        kind = self.own[site]
        if isinstance(kind, ByPlace):
            return self.placed.new(terms, kind)
        try:
            if kind is not None:
                made = self.tables.table(kind, terms, node)
            else:
                made = self.made(terms, node, into)
        except UserError as error:
            layout = self.layout_of_held(terms[0] if terms else None) or with_texts(kind)
            raise NeedList(site, ByPlace(error, layout)) from None
        for part in made.columns or (made,):
            assert isinstance(part.expr, ast.Name)
            self.sites[part.expr.id] = site
        return made

    def or_by_place(self, base: Term, error: UserError, put: Term | None = None) -> Exception:
        """Stage again, with a list followed place by place that cannot be followed otherwise:
        because of what is put into it."""
        layout = base.type.layout if isinstance(base.type, Columns) else None
        if base.columns:
            base = base.columns[0]
        if not isinstance(base.expr, ast.Name):
            return error
        storage = self.stager.storages.storage(base.expr.id)
        return self.storage_by_place(storage, error, self.layout_of_held(put) or with_texts(layout))

    def storage_by_place(self, storage: str, error: UserError, layout: Any = None) -> Exception:
        """The same for the list that has this storage; `layout` is what its elements hold."""
        site = self.sites.get(storage)
        return error if site is None else NeedList(site, ByPlace(error, layout))

    def layout_of_held(self, put: Term | None) -> Any:
        """What a dict or object holds that is put into a list, if lists can be made of that."""
        if put is None or not isinstance(put.type, Ref) or is_placed(put):
            return None
        try:
            return self.tables.fields(put, self.stager.definition.tree)
        except UserError:
            return None

    def made(self, terms: Sequence[Term], node: ast.AST, into: str | None = None) -> Term:
        """A list of these elements, as a value."""
        elements = [self.as_element(t, node) for t in terms]
        expr = ast.List([t.expr for t in elements], ast.Load())
        type_ = Seq("list", tuple(t.type for t in elements))
        shown = Term(expr, type_, any(t.varied for t in elements), tuple(elements))
        made = self.apply("list display", {"x": shown}, expr, node, into)
        for element in elements:
            self.stager.memory.contained.put(element, made, node)
        return made

    def as_element(self, term: Term, node: ast.AST) -> Term:
        """What is put into a list: a number, an array, or a list of its own."""
        if isinstance(term.type, Num):
            return term
        if term.items is None or not isinstance(term.type, Seq):
            raise self.stager.refuse(node, "this cannot be an element of a list that changes")
        if term.type.kind == "list":
            return self.as_list(term, node)
        raise self.stager.refuse(
            node,
            "a list of tuples that changes is not supported here",
            help="keep a list for each part of the tuples",
        )

    # -- arguments ------------------------------------------------------------------

    def site_of(self, value: str) -> Site | None:
        """What tells a list that is an argument from all others."""
        return None if is_leaf(value) else ("argument", value)

    def argument(self, value: str, type_: Type, within: Site | None) -> ListOf | None:
        """The type of a list argument that is long, or that the function changes; and of the
        elements of one that is followed place by place."""
        if not isinstance(type_, Seq) or type_.kind != "list":
            return None
        site = self.site_of(value)
        if site is None:  # an element of another container
            placed = within is not None and isinstance(self.own.get(within), ByPlace)
            return self.all_alike(type_) if placed else None
        if len(type_.items) <= LONGEST_LISTED and site not in self.own:
            return None
        if isinstance(self.own.get(site), ByPlace):
            return None
        made = self.all_alike(type_)
        if made is not None:
            self.sites[value] = site
        return made

    def all_alike(self, type_: Seq) -> ListOf | None:
        """The type of a list whose elements are all of one kind."""
        item: Num | None = None
        for given in type_.items:
            if isinstance(given, Seq) and given.kind == "list":
                given = self.all_alike(given) or given
            if not isinstance(given, Num) or not given.differentiable:
                return None
            try:
                item = common(self.stager.facts, item, replace(given, value=None))
            except TypeError:
                return None
        made = list_of(item, Dim(len(type_.items)))
        return None if RAGGED in (made.dims or ()) else made

    def operands(self, op: Op, bound: Mapping[str, Term], node: ast.AST) -> Mapping[str, Term]:
        """Displays that one of Python's functions goes over, as lists."""
        if not op.takes_lists:
            return bound
        several = any(rule.marked(key) == "several" for rule in op.rules for key in bound)
        made = {
            key: self.as_value(term, node)
            for key, term in bound.items()
            if term.items is not None and term.varied and not op.general.passes(key)
        }
        return bound if several else {**bound, **made}

    def as_value(self, term: Term, node: ast.AST) -> Term:
        """A display as a list, which is written down as the display is."""
        assert term.items is not None
        elements = [self.as_element(t, node) for t in term.items]
        expr = ast.List([t.expr for t in elements], ast.Load())
        type_ = Seq("list", tuple(t.type for t in elements))
        shown = Term(expr, type_, any(t.varied for t in elements), tuple(elements))
        return self.apply("list display", {"x": shown}, term.expr, node)

    def as_list(self, term: Term, node: ast.AST) -> Term:
        """A list as a value of its own."""
        if isinstance(term.type, ListOf):
            return term
        if isinstance(term.type, Ref):
            given = {"held": ast.copy_location(Given(term), node)}
            text = "listed = [v for v in held]"
            term = written_out(self.stager, cast(ast.expr, node), text, "listed", given)
            return self.as_list(term, node)
        if term.items is None:
            raise self.stager.refuse(node, "this is not a list or tuple of numbers")
        if isinstance(term.expr, ast.List):
            return self.made(term.items, node)
        if isinstance(term.type, Seq) and term.type.kind == "list":
            raise self.needed(term, node)
        return self.made(term.items, node)

    def needed(self, term: Term, node: ast.AST) -> Exception:
        """Stage again, with this list as one of its own."""
        if term.site is None or term.site in self.own:
            refusal = self.stager.refuse(
                node,
                "a list that the function did not make itself is not followed here",
                help="make a list of your own with a comprehension",
            )
            known = isinstance(self.own.get(term.site or ()), ByPlace)
            return refusal if term.site is None or known else NeedList(term.site, ByPlace(refusal))
        return NeedList(term.site, self.tables.layout_within(term, node))

    def apply(
        self,
        op: str,
        bound: Mapping[str, Term],
        expr: ast.expr,
        node: ast.AST,
        into: str | None = None,
    ) -> Term:
        found = self.stager.catalogue.find(op)
        assert found is not None
        made = self.stager.gates.apply(found, bound, expr, node, into)
        self.check(made, node)
        return made

    def check(self, term: Term, node: ast.AST) -> None:
        """The adjoint of a list is an array, so all rows have to be of one length."""
        if term.varied and isinstance(term.type, ListOf) and RAGGED in (term.type.dims or ()):
            raise self.stager.refuse(
                node,
                "the elements of this list are not all known to be of one shape",
                help="keep numbers, or arrays and lists of one length, in it",
            )

    # -- what lists are asked -------------------------------------------------------

    def method(
        self, node: ast.Call, base: Term, attr: str, args: Sequence[Term],
        keywords: Mapping[str, Term], into: str | None,
    ) -> Term:  # fmt: skip
        """`xs.append(v)`, `xs.pop()`, `xs.copy()`"""
        try:
            return self.changes.of_method(node, base, attr, args, keywords, into)
        except UserError as error:
            raise self.or_by_place(base, error, args[-1] if args else None) from None

    def counted(self, expr: ast.expr, node: ast.AST, into: str | None, type_: Num = INT) -> Term:
        """A whole number, or a truth, that is found out here and now."""
        target = into or self.stager.fresh(self.stager.hint, introduced=True)
        self.stager.types[target] = type_
        self.stager.gates.emit((target,), None, {}, expr, node)
        return Term(name(target), type_)
