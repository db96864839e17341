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
import operator
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from adgen.errors import UserError
from adgen.ir import name, names_in, substitute
from adgen.paths import is_leaf
from adgen.rules.lists import RAGGED, common
from adgen.rules.operations import Op
from adgen.rules.settle.adjoints import copy_of
from adgen.staging import sets
from adgen.staging.comprehensions import LONGEST_WRITTEN_OUT, Comprehensions
from adgen.staging.orders import from_the_end, to_the_end
from adgen.staging.placed import ByPlace, Placed
from adgen.staging.sugar import filled, written_out
from adgen.staging.tables import Layout, Tables
from adgen.staging.terms import Given, NotStatic, Site, Term, call_of, listed, numpy, static_value
from adgen.types import BOOL, INT, Dim, Known, ListOf, Num, Opaque, Ref, Seq, Type, list_of

if TYPE_CHECKING:
    from adgen.staging.stager import Stager

# a list argument of more elements is not followed element by element
LONGEST_LISTED = 64
CHANGING = (
    "append", "appendleft", "clear", "extend", "insert", "pop", "popleft", "remove", "reverse",
    "sort",
)  # fmt: skip

Kind = Layout | ByPlace | None


class NeedList(Exception):
    """A display that has to be a list of its own, and the place that it is made at.

    `layout` tells what tuples are put into it, if any: see `Columns`; or that it
    has to be followed place by place.
    """

    def __init__(self, site: Site, layout: Kind = None) -> None:
        super().__init__(site)
        self.site = site
        self.layout = layout


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


class Lists:
    """Stages lists, for a stager; `own` are the sites of those that are values of their own."""

    def __init__(self, stager: Stager, own: dict[Site, Kind]) -> None:
        self.stager = stager
        self.own = own
        # where the lists that are values of their own were made, by their storage
        self.sites: dict[str, Site] = {}
        self.tables = Tables(stager, self)
        self.placed = Placed(stager)
        # how long queues may become, by their storage or cell
        self.longest: dict[str, Term] = {}
        self.comprehensions = Comprehensions(stager, self)

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
            raise NeedList(site, ByPlace(error)) from None
        for part in made.columns or (made,):
            assert isinstance(part.expr, ast.Name)
            self.sites[part.expr.id] = site
        return made

    def or_by_place(self, base: Term, error: UserError) -> Exception:
        """Stage again, with a list followed place by place that cannot be followed otherwise."""
        if base.columns:
            base = base.columns[0]
        if not isinstance(base.expr, ast.Name):
            return error
        site = self.sites.get(self.stager.storages.storage(base.expr.id))
        return error if site is None else NeedList(site, ByPlace(error))

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

    def argument(self, value: str, type_: Type) -> ListOf | None:
        """The type of a list argument that is long, or that the function changes."""
        if not isinstance(type_, Seq) or type_.kind != "list" or is_leaf(value):
            return None
        if len(type_.items) <= LONGEST_LISTED and self.site_of(value) not in self.own:
            return None
        return self.all_alike(type_)

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

    def check_rows(self, base: Term, value: Term | None, node: ast.AST) -> None:
        """What each trip of a loop puts into a list has to be of one length."""
        assert isinstance(base.expr, ast.Name)
        storage = self.stager.storages.storage(base.expr.id)
        dims = value.num.dims if value is not None and value.num is not None else None
        if value is None or not (value.varied or base.varied):
            return
        if any(self.stager.flow.repeats.changes(dim, storage) for dim in dims or ()):
            raise self.stager.refuse(
                node,
                "the elements of this list are not of one shape",
                help="keep numbers, or arrays and lists of one length, in it",
            )

    # -- what lists are asked -------------------------------------------------------

    def method(
        self, node: ast.Call, base: Term, attr: str, args: Sequence[Term],
        keywords: Mapping[str, Term], into: str | None,
    ) -> Term:  # fmt: skip
        """`xs.append(v)`, `xs.pop()`, `xs.copy()`"""
        try:
            return self.of_method(node, base, attr, args, keywords, into)
        except UserError as error:
            raise self.or_by_place(base, error) from None

    def of_method(
        self, node: ast.Call, base: Term, attr: str, args: Sequence[Term],
        keywords: Mapping[str, Term], into: str | None,
    ) -> Term:  # fmt: skip
        func = node.func
        assert isinstance(func, ast.Attribute)
        if base.columns and attr == "sort":
            return self.sorted_by(node, func.value)
        if base.columns:
            if attr not in CHANGING or keywords:
                said = f"`.{attr}()` of a list of tuples"
                raise self.stager.refuse(node, f"{said} is not supported")
            return self.tables.changed_table(node, base, attr, list(args))
        if attr == "copy" and not args:
            return self.copied(base, node, into)
        if attr in ("index", "count"):
            expr = call_of(ast.Attribute(base.expr, attr, ast.Load()), args, keywords, node)
            return self.counted(expr, node, into)
        if attr not in CHANGING:
            raise self.stager.refuse(node, f"the method `.{attr}()` of a list is not supported")
        if not isinstance(base.type, ListOf):
            raise self.needed(base, node)
        if attr == "sort" and keywords:
            return self.sorted_by(node, func.value)
        if keywords:
            raise self.stager.refuse(node, f"`.{attr}()` with these arguments is not supported")
        given = self.changed(node, func.value, base, attr, list(args), into)
        if attr in ("append", "appendleft", "extend", "insert"):
            self.shorten(node, func.value, base, attr)
        return given

    def sorted_by(self, node: ast.Call, owner: ast.expr) -> Term:
        """`xs.sort(key=f)`: what `sorted` gives is put into the list."""
        call = ast.Call(ast.Name("sorted", ast.Load()), [owner], node.keywords)
        given = {"xs": owner, "order": ast.copy_location(call, node)}
        text = "ordered = order\nxs.clear()\nfor x in ordered:\n    xs.append(x)"
        if not self.stager.expr(owner).columns:
            text = "ordered = order\nxs.clear()\nxs.extend(ordered)"
        written_out(self.stager, node, text, "ordered", given)
        return Term(ast.Constant(None), Known(None))

    def sorted_rows(self, given: Term, node: ast.Call) -> Term:
        """`sorted(points)`: tuples by what comes first, then by what comes second."""
        if given.items is not None:
            layout = self.tables.layout_within(given, node)
            given = self.tables.table(layout or (), given.items, node)
        parts = {f"c{i}": column for i, column in enumerate(given.columns)}
        lexsort = Term(numpy("lexsort"), Known(np.lexsort))
        terms = {**parts, "xs": given, "lexsort": lexsort}
        names = {k: ast.copy_location(Given(term), node) for k, term in terms.items()}
        keys = ", ".join(reversed(parts))
        text = f"order = lexsort(({keys},))\nchosen = [xs[i] for i in order]"
        return written_out(self.stager, node, text, "chosen", names)

    def counted(self, expr: ast.expr, node: ast.AST, into: str | None, type_: Num = INT) -> Term:
        """A whole number, or a truth, that is found out here and now."""
        target = into or self.stager.fresh(self.stager.hint, introduced=True)
        self.stager.types[target] = type_
        self.stager.gates.emit((target,), None, {}, expr, node)
        return Term(name(target), type_)

    def changed(
        self, node: ast.Call, owner: ast.expr, base: Term, attr: str, args: list[Term],
        into: str | None,
    ) -> Term:  # fmt: skip
        """A call that changes a list, and what it gives."""
        call = ast.Call(ast.Attribute(base.expr, attr, ast.Load()), [t.expr for t in args], [])
        nothing = Term(ast.Constant(None), Known(None))
        match attr, len(args):
            case "append", 1:
                self.check_kind(base, args[0], node)
                value = self.as_element(args[0], node)
                self.put("list append", base, value, owner, node, call)
            case "appendleft", 1:
                zero = ast.Constant(0)
                call = ast.Call(_method(base, "insert"), [zero, args[0].expr], [])
                self.put("list prepend", base, self.as_element(args[0], node), owner, node, call)
            case "insert", 2 if self.is_zero(args[0]):
                self.put("list prepend", base, self.as_element(args[1], node), owner, node, call)
            case "extend", 1:
                self.extend(base, args[0], owner, node)
            case "reverse", 0:
                self.become("list reversed", {"xs": base}, base, owner, node, call)
            case "sort", 0:
                self.become("list sorted", {"xs": base}, base, owner, node, call)
            case "clear", 0:
                self.become("list cleared", {"xs": base}, base, owner, node, call)
            case "pop", 0:
                return self.taken(base, -1, owner, node, call, into)
            case "popleft", 0:
                call = ast.Call(_method(base, "pop"), [ast.Constant(0)], [])
                return self.taken(base, 0, owner, node, call, into)
            case "pop", 1 if self.is_zero(args[0]):
                return self.taken(base, 0, owner, node, call, into)
            case "pop", 1:
                return self.taken_at(base, args[0], owner, node, into)
            case "remove", 1:
                found = ast.Call(_method(base, "index"), [args[0].expr], [])
                self.taken_at(base, self.counted(found, node, None), owner, node, None)
            case "insert", 2:
                call = ast.Call(_method(base, "append"), [args[1].expr], [])
                self.put("list append", base, self.as_element(args[1], node), owner, node, call)
                at = as_position(args[0])
                from_the_end(self.stager, self.now(base, node), at, node)
            case _:
                said = ast.unparse(node.func)
                raise self.stager.refuse(node, f"`{said}` with these arguments is not supported")
        return nothing

    def note_longest(self, made: Term, most: Term, node: ast.AST) -> None:
        """A queue drops elements at its other end once there are so many."""
        if made.columns:
            raise self.stager.refuse(
                node, "a deque of tuples with `maxlen` is not supported",
                help="use a deque for each part of the tuples",
            )  # fmt: skip
        if isinstance(made.type, ListOf | Ref) and isinstance(made.expr, ast.Name):
            self.longest[self.queue(made)] = most

    def queue(self, term: Term) -> str:
        """What tells a list or cell from all others."""
        assert isinstance(term.expr, ast.Name)
        known = self.stager.storages
        return known.storage(term.expr.id) if isinstance(term.type, ListOf) else term.expr.id

    def shorten(self, node: ast.Call, owner: ast.expr, base: Term, attr: str) -> None:
        """What a queue drops when something is put into it."""
        most = self.longest.get(self.queue(base))
        if most is None:
            return
        if attr not in ("append", "appendleft"):
            raise self.stager.refuse(
                node, f"`.{attr}()` of a deque with `maxlen` is not supported",
                help="append the elements one by one",
            )  # fmt: skip
        first = "pop" if attr == "appendleft" else "popleft"
        given = {"xs": owner, "most": ast.copy_location(Given(most), node)}
        stmts = filled(f"if len(xs) > most:\n    xs.{first}()", given, node)
        self.stager.flow.block(stmts)

    def check_kind(self, base: Term, value: Term, node: ast.AST) -> None:
        """A list that tuples are put into is made as one of tuples."""
        assert isinstance(base.expr, ast.Name) and isinstance(base.type, ListOf)
        tuples = isinstance(value.type, Seq) and value.type.kind == "tuple"
        site = self.sites.get(self.stager.storages.storage(base.expr.id))
        if (tuples or value.columns) and base.type.item is None and site is not None:
            layout = self.tables.layout_of(value, node, "part")
            raise NeedList(site, layout if isinstance(layout, tuple) else (layout,))

    def is_zero(self, term: Term) -> bool:
        try:
            return bool(static_value(term) == 0)
        except NotStatic:
            return False

    def put(
        self, op: str, base: Term, value: Term, owner: ast.expr, node: ast.AST, call: ast.Call
    ) -> None:
        call = ast.Call(call.func, [*call.args[:-1], value.expr], [])
        after = self.become(op, {"xs": base, "v": value}, base, owner, node, call)
        self.stager.memory.contained.put(value, after, node)

    def extend(self, base: Term, more: Term, owner: ast.expr, node: ast.AST) -> None:
        """`xs.extend(more)`, `xs += more`"""
        more = more if isinstance(more.type, Num) else self.as_list(more, node)
        call = ast.Call(ast.Attribute(base.expr, "extend", ast.Load()), [more.expr], [])
        after = self.become("list joined", {"xs": base, "more": more}, base, owner, node, call)
        self.stager.memory.contained.share(more, after, node)

    def become(
        self, op: str, bound: Mapping[str, Term], base: Term, owner: ast.expr, node: ast.AST,
        call: ast.Call,
    ) -> Term:  # fmt: skip
        """What a list has become by a call that changes it."""
        stager = self.stager
        assert isinstance(base.expr, ast.Name)
        self.check_change(base, node)
        self.check_rows(base, bound.get("v"), node)
        after = self.apply(op, bound, call, node, stager.version(base.expr.id))
        self.printed_alone(after, base)
        stager.memory.contained.restructured(base)
        stager.writes.rebind(owner, base, after, node)
        return after

    def reorder(self, base: Term, order: Term, node: ast.AST) -> None:
        """`xs[:] = [xs[i] for i in order]`, of all positions in some order."""
        stager = self.stager
        assert isinstance(base.expr, ast.Name)
        place = ast.Name("i", ast.Load())
        over = ast.comprehension(ast.Name("i", ast.Store()), order.expr, [], 0)
        expr = ast.ListComp(ast.Subscript(base.expr, place, ast.Load()), [over])
        bound = {"xs": base, "order": order}
        after = self.apply("list reordered", bound, expr, node, stager.version(base.expr.id))
        assert isinstance(after.expr, ast.Name)
        whole = ast.Subscript(base.expr, ast.Slice(), ast.Store())
        gate = replace(stager.defined[after.expr.id], place=whole)
        stager.gates.replace_gate(after.expr.id, gate)
        stager.storages.views.pop(after.expr.id, None)
        stager.memory.contained.restructured(base)
        stager.writes.rebind(ast.copy_location(ast.Constant(None), node), base, after, node)

    def printed_alone(self, made: Term, base: Term) -> None:
        """The gate is printed as the call that it is."""
        stager = self.stager
        assert isinstance(made.expr, ast.Name)
        gate = replace(stager.defined[made.expr.id], place=base.expr, effect=True)
        stager.gates.replace_gate(made.expr.id, gate)
        stager.storages.views.pop(made.expr.id, None)

    def taken(
        self, base: Term, at: int, owner: ast.expr, node: ast.AST, call: ast.Call, into: str | None
    ) -> Term:
        """`xs.pop()`: the element, and the list without it."""
        stager = self.stager
        assert isinstance(base.expr, ast.Name)
        self.check_change(base, node)
        getitem = stager.catalogue.find(operator.getitem)
        assert getitem is not None
        index = Term(ast.Constant(at), replace(INT, value=Dim(at)))
        element = stager.gates.apply(getitem, {"x": base, "index": index}, call, node, into)
        if not isinstance(element.expr, ast.Name):
            element = stager.statements.as_target(stager.fresh(stager.hint, True), element, node)
        assert isinstance(element.expr, ast.Name)
        gate = stager.defined[element.expr.id]
        stager.gates.replace_gate(element.expr.id, replace(gate, effect=True))
        stager.memory.detach(element.expr.id)
        stager.memory.contained.put(element, base, node)
        op = stager.catalogue.find("list without last" if at else "list without first")
        assert op is not None
        target = stager.version(base.expr.id)
        after = stager.gates.apply(op, {"xs": base}, base.expr, node, target, virtual=True)
        stager.storages.views.pop(target, None)
        stager.memory.contained.restructured(base)
        stager.writes.rebind(owner, base, after, node)
        return element

    def taken_at(
        self, base: Term, at: Term, owner: ast.expr, node: ast.Call, into: str | None
    ) -> Term:
        """`xs.pop(i)`"""
        self.check_change(base, node)
        to_the_end(self.stager, base, as_position(at), node)
        base = self.now(base, node)
        return self.taken(base, -1, owner, node, ast.Call(_method(base, "pop"), [], []), into)

    def now(self, base: Term, node: ast.AST) -> Term:
        """A list as it is after what has changed it."""
        return self.stager.memory.fresh(None, base, node)

    def check_change(self, base: Term, node: ast.AST) -> None:
        """A loop over a list that changes its length, and lengths that were taken before."""
        stager, storage = self.stager, self.stager.storages.storage
        assert isinstance(base.expr, ast.Name)
        mine = storage(base.expr.id)
        for author, term in stager.env.items():
            held = author.startswith("^") and ":" in author.split(" ")[0]
            if held and isinstance(term.expr, ast.Name) and storage(term.expr.id) == mine:
                raise stager.refuse(node, "this changes the list that a loop runs over")
            if not author.startswith("@") and self.measures(term, mine):
                raise stager.refuse(
                    node, "this changes a list whose length is still asked for",
                    help="give the length a name before",
                )  # fmt: skip

    def measures(self, term: Term, storage: str) -> bool:
        """Whether an expression that is still to be written down asks a list for its length."""
        if any(self.measures(item, storage) for item in term.items or ()):
            return True
        if isinstance(term.expr, ast.Name) or term.items is not None:
            return False
        lists = [v for v in names_in(term.expr) if isinstance(self.stager.types.get(v), ListOf)]
        return any(self.stager.storages.storage(v) == storage for v in lists)

    # -- made of others -----------------------------------------------------------

    def copied(self, given: Term, node: ast.AST, into: str | None = None) -> Term:
        """`xs.copy()`"""
        if given.items is not None:
            site = self.site(node)
            if site in self.own:
                return self.own_list(site, node, given.items, into)
            return replace(given, expr=ast.List([t.expr for t in given.items], ast.Load()),
                           site=site)  # fmt: skip
        expr = ast.Call(ast.Attribute(given.expr, "copy", ast.Load()), [], [])
        return self.anew("list copied", given, expr, node, into)

    def deep_copy(self, given: Term, node: ast.AST, into: str | None) -> Term:
        """A list whose elements are its own, too."""
        assert isinstance(given.type, ListOf)
        return self.apply("list copied", {"xs": given}, copy_of(given.expr, given.type), node, into)

    def anew(self, op: str, given: Term, expr: ast.expr, node: ast.AST, into: str | None) -> Term:
        made = self.apply(op, {"xs": given}, expr, node, into)
        self.stager.memory.contained.share(given, made, node)
        return made

    def builtin(
        self, function: Any, node: ast.Call, args: Sequence[Term], expr: ast.expr, into: str | None
    ) -> Term | None:
        """`list(xs)`, `sorted(xs)`, `max(points)`; None for what is no list's."""
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
                if kind == "list" and self.site(node) in self.own:
                    return self.own_list(self.site(node), node, given.items, into)
                type_ = Seq(kind, tuple(t.type for t in given.items))
                return replace(given, expr=made, type=type_, site=self.site(node))
            return self.anew("list copied", given, expr, node, into)
        if function is sorted and (order := known_order(given)) is not None:
            return listed([(given.items or ())[at] for at in order])
        if function in (sorted, min, max) and (given.columns or holds_tuples(given)):
            rows = self.sorted_rows(given, node)
            if function is sorted:
                return rows
            end = ast.Subscript(Given(rows), ast.Constant(0 if function is min else -1), ast.Load())
            return self.stager.expr(ast.copy_location(end, node))
        if function is sorted:
            given = self.as_list(given, node) if given.items is not None else given
            call = call_of(name("sorted"), [given], {}, None)
            return self.apply("list sorted", {"xs": given}, call, node, into)
        return None

    def operation(
        self, node: ast.expr, kind: type[ast.AST], terms: list[Term], into: str | None
    ) -> Term | None:
        """`xs + ys`, `[0.0] * n`, `not xs`; None where it is arithmetic of arrays."""
        if kind in (ast.Not, ast.In, ast.NotIn, ast.Eq, ast.NotEq, ast.Is, ast.IsNot):
            if not any(_is_a_list(t) for t in terms):
                return None
            return Term(substitute(_with_operands(node, terms), {}), BOOL)
        if kind is ast.Add and any(t.columns for t in terms):
            return self.tables.joined(terms, node)
        if kind is ast.Add and all(_is_a_list(t) for t in terms):
            return self.joined(node, terms, into)
        if kind is ast.Mult and any(_is_a_list(t) for t in terms):
            given, count = terms if _is_a_list(terms[0]) else reversed(terms)
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
            return self.display(node, both, into)
        a, b = (self.as_list(t, node) for t in terms)
        expr = ast.BinOp(a.expr, ast.Add(), b.expr)
        made = self.apply("list joined", {"xs": a, "more": b}, expr, node, into)
        for part in (a, b):
            self.stager.memory.contained.share(part, made, node)
        return made

    def repeated(self, node: ast.expr, given: Term, count: Term, into: str | None) -> Term:
        """`[v] * n`"""
        try:
            times = static_value(count)
        except NotStatic:
            times = None
        if given.items is not None and times is not None:
            if len(given.items) * times <= LONGEST_WRITTEN_OUT and self.site(node) not in self.own:
                return self.display(node, given.items * times, into)
        if given.items is not None and isinstance(self.own.get(self.site(node)), ByPlace):
            return self.display(node, given.items * self.times(count), into)
        if given.items is not None and len(given.items) == 1:
            try:
                value = self.as_element(given.items[0], node)
            except UserError as error:
                if self.times(count) > LONGEST_LISTED:
                    raise
                raise NeedList(self.site(node), ByPlace(error)) from None
            expr = ast.BinOp(ast.List([value.expr], ast.Load()), ast.Mult(), count.expr)
            made = self.apply("list filled", {"v": value, "n": count}, expr, node, into)
            self.stager.memory.contained.put(value, made, node, often=True)
            return made
        given = self.as_list(given, node)
        expr = ast.BinOp(given.expr, ast.Mult(), count.expr)
        made = self.apply("list repeated", {"xs": given, "n": count}, expr, node, into)
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

    # -- elements -------------------------------------------------------------------

    def needed_at(self, base: Term, node: ast.AST) -> Exception:
        """A position in a list that is not known while compiling."""
        if isinstance(base.type, Seq) and base.type.kind == "list" and base.site not in self.own:
            if base.site is not None:
                return NeedList(base.site, self.tables.layout_within(base, node))
        return self.stager.refuse(
            node, "the index into a tuple or list is not known while compiling"
        )

    def may_be_own(self, base: Term) -> bool:
        """Whether a display of numbers can be a list of its own instead."""
        numbers = all(t.num is not None and t.num.is_scalar for t in base.items or ())
        return numbers and base.site is not None and base.site not in self.own

    def taken_part(self, base: Term, made: Term, node: ast.AST) -> None:
        """A slice of a list has the same objects in it."""
        if isinstance(base.type, ListOf) and isinstance(made.type, ListOf):
            self.check(made, node)
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
        index = self.stager.expressions.index(node)
        if _is_a_list(base):
            index = as_position(index)
        return Place(base, index, ast.Subscript(base.expr, index.expr, ast.Load()))

    def in_one(
        self, base: Term, whole: ast.expr, slices: Sequence[ast.expr], node: ast.Subscript
    ) -> Place:
        terms = [self.stager.expressions.index_of(part) for part in slices]
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
        index = self.stager.expressions.index(node)
        return Place(inner, index, ast.Subscript(inner.expr, index.expr, ast.Load()))

    # -- writes ---------------------------------------------------------------------

    def is_change(self, call: ast.Call) -> bool:
        """Whether a statement is a call such as `xs.append(v)` of a list."""
        func = call.func
        if not isinstance(func, ast.Attribute) or func.attr not in CHANGING:
            return False
        if isinstance(func.value, ast.Name):
            holder = self.stager.env.get(func.value.id)
            if holder is not None and isinstance(holder.type, Opaque):
                return False
        return self.stager.invocations.static_object(func) is None

    def written_element(self, place: Place, value: Term, node: ast.AST) -> Term:
        """What `xs[i] = value` puts into the list."""
        item: Any = place.base.type
        for _ in place.index.items or (place.index,):
            item = item.item if isinstance(item, ListOf) else None
        inside_array = item is None and (place.index.items is not None)
        return value if inside_array else self.as_element(value, node)

    def noted(self, place: Place, value: Term, after: Term, node: ast.AST) -> None:
        """An element has been exchanged, or an element's own elements."""
        memory = self.stager.memory
        if place.index.items is not None or place.in_place:
            memory.contained.deepened(place.base, node)
        else:
            memory.contained.restructured(place.base)
        if isinstance(after.type, ListOf):
            self.check_rows(place.base, value, node)
            memory.contained.put(value, place.base, node)

    def augmented(self, node: ast.AugAssign, target: ast.expr, before: Term, more: Term) -> None:
        """`xs += ys`, which changes the list itself."""
        if not isinstance(node.op, ast.Add):
            raise self.stager.refuse(node, "this operator changes a list in a way not supported")
        if not isinstance(before.type, ListOf):
            raise self.needed(before, node)
        self.extend(before, more, target, node)


def as_position(index: Term) -> Term:
    """`xs[a > b]` reads `xs[0]` or `xs[1]`: of an array, a truth would choose all or nothing."""
    if not isinstance(index.type, Num) or not index.type.is_scalar or index.type.kind != "b":
        return index
    known = index.type.value.known if index.type.value is not None else None
    if known is not None:
        return replace(index, expr=ast.Constant(int(known)), type=replace(INT, value=Dim(known)))
    return Term(ast.Call(name("int"), [index.expr], []), INT)


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


def _method(base: Term, attr: str) -> ast.expr:
    return ast.Attribute(base.expr, attr, ast.Load())


def is_list(term: Term) -> bool:
    """Whether a value is a list, of either kind."""
    if isinstance(term.type, ListOf):
        return True
    return isinstance(term.type, Seq) and term.type.kind == "list" and term.items is not None


def _is_a_list(term: Term) -> bool:
    return isinstance(term.type, ListOf) or isinstance(term.type, Seq) and term.items is not None


def _is_tuple(term: Term) -> bool:
    return isinstance(term.type, Seq) and term.type.kind == "tuple"


def _with_operands(node: ast.expr, terms: Sequence[Term]) -> ast.expr:
    from adgen.staging.expressions import clone_with

    return clone_with(node, terms)
