"""Changes of lists: `xs.append(v)`, `xs.pop()`, `xs += ys`.

Each gives the next value of the list, which all names for it then mean.
"""

from __future__ import annotations

import ast
import operator
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from adgen.ir import names_in
from adgen.staging.elements import as_position
from adgen.staging.list_kinds import NeedList
from adgen.staging.orders import from_the_end, to_the_end
from adgen.staging.sugar import written_out
from adgen.staging.terms import NotStatic, Term, call_of, static_value
from adgen.types import INT, Dim, Known, ListOf, Num, Opaque, Seq

if TYPE_CHECKING:
    from adgen.staging.lists import Lists
    from adgen.staging.stager import Stager

CHANGING = (
    "append", "appendleft", "clear", "extend", "insert", "pop", "popleft", "remove", "reverse",
    "sort",
)  # fmt: skip


class Changes:
    """Stages what changes lists, for a stager."""

    def __init__(self, stager: Stager, lists: Lists) -> None:
        self.stager = stager
        self.lists = lists

    def check_rows(self, base: Term, value: Term | None, node: ast.AST) -> None:
        """What each trip of a loop puts into a list has to be of one length."""
        assert isinstance(base.expr, ast.Name)
        storage = self.stager.storages.storage(base.expr.id)
        dims = value.num.dims if value is not None and value.num is not None else None
        if value is None or not (value.varied or base.varied):
            return
        if any(self.stager.flow.repeats.handed_on.changes(dim, storage) for dim in dims or ()):
            raise self.stager.refuse(
                node,
                "the elements of this list are not of one shape",
                help="keep numbers, or arrays and lists of one length, in it",
            )

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
            return self.lists.tables.changed_table(node, base, attr, list(args))
        if attr == "copy" and not args:
            return self.lists.composed.copied(base, node, into)
        if attr in ("index", "count"):
            expr = call_of(ast.Attribute(base.expr, attr, ast.Load()), args, keywords, node)
            return self.lists.counted(expr, node, into)
        if attr not in CHANGING:
            raise self.stager.refuse(node, f"the method `.{attr}()` of a list is not supported")
        if not isinstance(base.type, ListOf):
            raise self.lists.needed(base, node)
        if attr == "sort" and keywords:
            return self.sorted_by(node, func.value)
        if keywords:
            raise self.stager.refuse(node, f"`.{attr}()` with these arguments is not supported")
        given = self.changed(node, func.value, base, attr, list(args), into)
        if attr in ("append", "appendleft", "extend", "insert"):
            self.lists.queues.shorten(node, func.value, base, attr)
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
                value = self.lists.as_element(args[0], node)
                self.put("list append", base, value, owner, node, call)
            case "appendleft", 1:
                zero = ast.Constant(0)
                call = ast.Call(_method(base, "insert"), [zero, args[0].expr], [])
                self.put(
                    "list prepend", base, self.lists.as_element(args[0], node), owner, node, call
                )
            case "insert", 2 if self.is_zero(args[0]):
                self.put(
                    "list prepend", base, self.lists.as_element(args[1], node), owner, node, call
                )
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
                self.taken_at(base, self.lists.counted(found, node, None), owner, node, None)
            case "insert", 2:
                call = ast.Call(_method(base, "append"), [args[1].expr], [])
                self.put(
                    "list append", base, self.lists.as_element(args[1], node), owner, node, call
                )
                at = as_position(args[0])
                from_the_end(self.stager, self.now(base, node), at, node)
            case _:
                said = ast.unparse(node.func)
                raise self.stager.refuse(node, f"`{said}` with these arguments is not supported")
        return nothing

    def check_kind(self, base: Term, value: Term, node: ast.AST) -> None:
        """A list that tuples are put into is made as one of tuples."""
        assert isinstance(base.expr, ast.Name) and isinstance(base.type, ListOf)
        tuples = isinstance(value.type, Seq) and value.type.kind == "tuple"
        site = self.lists.sites.get(self.stager.storages.storage(base.expr.id))
        if (tuples or value.columns) and base.type.item is None and site is not None:
            layout = self.lists.tables.layout_of(value, node, "part")
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
        more = more if isinstance(more.type, Num) else self.lists.as_list(more, node)
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
        after = self.lists.apply(op, bound, call, node, stager.version(base.expr.id))
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
        after = self.lists.apply("list reordered", bound, expr, node, stager.version(base.expr.id))
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

    def is_change(self, call: ast.Call) -> bool:
        """Whether a statement is a call such as `xs.append(v)` of a list."""
        func = call.func
        if not isinstance(func, ast.Attribute) or func.attr not in CHANGING:
            return False
        if isinstance(func.value, ast.Name):
            holder = self.stager.env.get(func.value.id)
            if holder is not None and isinstance(self.stager.parted.read(holder).type, Opaque):
                return False
        return self.stager.invocations.callees.static_object(func) is None

    def augmented(self, node: ast.AugAssign, target: ast.expr, before: Term, more: Term) -> None:
        """`xs += ys`, which changes the list itself."""
        if not isinstance(node.op, ast.Add):
            raise self.stager.refuse(node, "this operator changes a list in a way not supported")
        if not isinstance(before.type, ListOf):
            raise self.lists.needed(before, node)
        self.extend(before, more, target, node)


def _method(base: Term, attr: str) -> ast.expr:
    return ast.Attribute(base.expr, attr, ast.Load())
