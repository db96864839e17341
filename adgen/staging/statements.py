"""Statements that bind, write and return, as gates."""

from __future__ import annotations

import ast
import operator
import sys
from collections.abc import Sequence
from dataclasses import replace
from importlib import import_module
from typing import TYPE_CHECKING, Any

import numpy as np

from adgen.errors import UserError
from adgen.frontend.control import bound_names, statements
from adgen.frontend.generators import may_be_read_again
from adgen.ir import Effect, Gate, is_introduced, name
from adgen.rules.shapes import as_num
from adgen.staging import sets
from adgen.staging.calls import is_function, local_function
from adgen.staging.cells import holds_cells
from adgen.staging.classes import class_inside
from adgen.staging.joins import is_none
from adgen.staging.meetings import RESULT
from adgen.staging.storage import is_array
from adgen.staging.structures import gather, spread, structure_of
from adgen.staging.terms import Given, Term, item_of, listed, literal
from adgen.staging.wording import a, describe, not_supported
from adgen.types import BOOL, INT, UNKNOWN, Dim, Known, ListOf, Num, Ref

if TYPE_CHECKING:
    from adgen.staging.stager import Stager


def is_untold(term: Term) -> bool:
    """Whether nothing is known of what a call has given, and it carries no derivative."""
    return term.type == UNKNOWN and term.items is None and not term.varied


class Statements:
    """Stages statements, for a stager; those that choose and repeat are for `Flow`."""

    def __init__(self, stager: Stager) -> None:
        self.stager = stager

    def stmt(self, node: ast.stmt) -> None:
        self.stager.statement += 1
        if self.stager.stacks.takes(node):
            return
        match node:
            case ast.Expr(value=ast.Constant()) | ast.Pass():
                pass
            case ast.Assign(targets=targets, value=value):
                if len(targets) == 1:
                    self.assign(targets[0], value)
                else:
                    self.assign_all(targets, value)
            case ast.AnnAssign(target=target, value=value):
                if value is not None:
                    self.assign(target, value)
            case ast.AugAssign():
                self.stager.writes.augmented(node)
            case ast.Return(value=value):
                self.returned(node, value)
            case ast.Expr(value=ast.Call() as call) if self.stager.invocations.callees.is_staged(
                call
            ):
                self.stager.invocations.call(call, None)
            case ast.Import() | ast.ImportFrom():
                self.imported(node)
            case ast.FunctionDef():
                self.stager.env[node.name] = self.decorated(node)
            case ast.ClassDef():
                self.stager.env[node.name] = class_inside(self.stager, node)
            case ast.Expr(value=ast.Call() as call) if self.stager.lists.changes.is_change(call):
                self.stager.invocations.call(call, None)
            case ast.Expr(value=ast.Call()):
                self.effect(node)
            case ast.Assert():
                self.asserted(node)
            case ast.Delete(targets=targets):
                self.deleted(targets)
            case ast.Nonlocal():
                pass  # calls share these names with the function around
            case ast.Expr(value=value) if not isinstance(value, ast.Call):
                self.evaluated(value)
            case ast.Global(names=names):
                self.declared_global(node, names)
            case _:
                said, help = not_supported(node)
                raise self.stager.refuse(node, said, help=help)

    def imported(self, node: ast.Import | ast.ImportFrom) -> None:
        """An `import` inside of a function: names for what is the same in every run."""
        package = self.stager.scope.globals.get("__package__")
        for alias in node.names:
            known_as = alias.asname or alias.name.partition(".")[0]
            try:
                if isinstance(node, ast.Import):
                    module = import_module(alias.name)
                    value = module if alias.asname else sys.modules[known_as]
                else:
                    home = "." * node.level + (node.module or "")
                    value = _from_module(home, alias.name, package)
            except (ImportError, AttributeError):
                raise self.stager.refuse(node, f"`{alias.name}` cannot be imported") from None
            external = name(self.stager.external(known_as, value))
            self.stager.env[known_as] = self.stager.constant(external, value)

    def decorated(self, node: ast.FunctionDef) -> Term:
        """An inner function, as its decorators make it."""
        made = local_function(self.stager, node)
        for decorator in reversed(node.decorator_list):
            call = ast.copy_location(ast.Call(decorator, [], []), decorator)
            static = self.stager.invocations.callees.static_object(decorator)
            callee = self.stager.invocations.callees.callee(call, static)
            made = self.stager.invocations.applied(call, callee, [made], {}, None)
        return made

    def evaluated(self, node: ast.expr) -> None:
        """An expression whose value nobody uses: what it binds counts."""
        conditions = self.stager.conditions
        side, term = conditions.tried(lambda: self.stager.expr(node))
        before = self.stager.env
        changes = any(before.get(key) is not held for key, held in side.env.items())
        if changes or conditions.folded(term.expr, side) is None:
            conditions.carry_out(side)

    def deleted(self, targets: Sequence[ast.expr]) -> None:
        """`del x`: the name means nothing any more; `del xs[i]` takes an element out."""
        for target in targets:
            if isinstance(target, ast.Tuple | ast.List):
                self.deleted(target.elts)
            elif isinstance(target, ast.Subscript):
                self.stmt(_without(target))
            elif not isinstance(target, ast.Name):
                raise self.stager.refuse(target, "`del` of an attribute is not supported")
            elif self.stager.env.pop(target.id, None) is None:
                raise self.stager.refuse(target, f"`{target.id}` has no value here")

    def declared_global(self, node: ast.stmt, names: Sequence[str]) -> None:
        """`global name`, for a name that is only read."""
        written = bound_names(self.stager.definition.tree)
        for author in names:
            if author in written:
                raise self.stager.refuse(
                    node, f"writing to the global `{author}` is not supported",
                    help="return the value, and bind it outside of the function",
                )  # fmt: skip

    def assign(self, target: ast.expr, value: ast.expr) -> None:
        match target:
            case ast.Name(id=author):
                self.check_drawn_once(author, value)
                self.stager.hint = self.stager.own_name(author)
                if isinstance(value, ast.ListComp):
                    self.stager.env[author] = self.comprehended(author, value)
                else:
                    self.stager.env[author] = self.bound(author, value)
                self.stager.lazily.note(author, value)
            case ast.Tuple(elts=targets) | ast.List(elts=targets):
                self.unpack(target, targets, value)
            case ast.Attribute() if self.stager.writes.is_view(target):
                self.assign(self.stager.writes.everywhere(target), value)
            case ast.Attribute() | ast.Subscript() if self.stager.objects.place(target):
                self.assign_entry(target, value)
            case ast.Subscript(value=ast.Name(id=author)):
                self.stager.hint = self.stager.writes.hint_of(author)
                self.put(target, self.stager.expr(value), value)
            case _:
                self.put(target, self.stager.expr(value), value)

    def check_drawn_once(self, author: str, value: ast.expr) -> None:
        """An iterator is used up by what reads it, and staging makes a list of it."""
        if not self.stager.invocations.callees.gives_iterator(value):
            return
        if may_be_read_again(self.stager.definition.tree, author, value):
            raise self.stager.refuse(
                value,
                f"`{author}` is an iterator, which is empty once it has been read, and may be"
                " read again here",
                help=f"make it a list, with `list({ast.unparse(value)})`",
            )

    def assign_entry(self, target: ast.expr, value: ast.expr) -> None:
        """`self.h = ...`, `state["x"] = ...`: a value under a name of its own."""
        at = self.stager.objects.place(target)
        assert at is not None
        self.stager.hint = self.stager.objects.slot(at)
        into = self.stager.version(self.stager.hint)
        self.put(target, self.stager.expr(value, into), value)

    def put(self, target: ast.expr, term: Term, node: ast.expr) -> None:
        """Let a target mean a value, or write the value into it."""
        objects = self.stager.objects
        match target:
            case ast.Attribute(value=holder):
                base = self.stager.expr(holder)
                if not isinstance(base.type, Ref):
                    objects.adopted.check(base)
                    raise self.stager.refuse(
                        target, f"writing into {a(describe(base.type))} is not supported"
                    )
                objects.assign_attribute(target, base, term)
            case ast.Subscript(value=holder):
                base = self.stager.expr(holder)
                if isinstance(base.type, Ref):
                    objects.assign_item(target, base, term)
                else:
                    self.stager.writes.item(target, term, node)
            case _:
                raise self.stager.refuse(target, "this target is not supported")

    def comprehended(self, author: str, value: ast.ListComp) -> Term:
        """`xs = [f(y) for y in ys]`: as a loop, it appends to the author's own name."""
        target = self.stager.fresh(author)
        term = self.stager.lists.comprehensions.comprehension(value, target, author)
        if isinstance(term.expr, ast.Name) and term.expr.id.split(":")[0] == target.split(":")[0]:
            return term
        return self.as_target(target, term, value)

    def assign_all(self, targets: Sequence[ast.expr], value: ast.expr) -> None:
        """`a = b[:] = value`: one value, for each target in turn."""
        named = next((t.id for t in targets if isinstance(t, ast.Name)), None)
        self.stager.hint = self.stager.own_name(named) if named else self.stager.hint
        term = self.stager.expr(value)
        for target in targets:
            self.unpack_term(target, term, value)

    def bound(self, author: str, value: ast.expr) -> Term:
        """`author = value`, as a gate that the author's name is on."""
        target = self.stager.fresh(author)
        term = self.stager.expr(value, target)
        return self.as_target(target, term, value)

    def as_target(self, target: str, term: Term, node: ast.AST) -> Term:
        if isinstance(term.expr, ast.Name) and self.has_name_of(target, term.expr.id):
            return term
        if is_function(term) or holds_cells(term) or term.columns:
            return term
        term = self.stager.memory.fresh(None, term, node)
        self.stager.types[target] = term.type
        copy = self.stager.catalogue.find("copy") if term.items is None else None
        self.stager.gates.emit((target,), copy, {"x": term.expr}, term.expr, node)
        if copy is not None and isinstance(term.expr, ast.Name) and is_array(term):
            self.stager.memory.note_view(target, copy, {"x": term}, term.expr)
        type_ = term.type
        if literal(term.expr) is not None:
            type_ = as_num(literal(term.expr))
            if type(literal(term.expr)) is bool:
                type_ = replace(type_, value=Dim(int(literal(term.expr))))
            self.stager.types[target] = type_
        made = Term(name(target), type_, term.varied, term.items, site=term.site)
        self.stager.parted.rename(term, target)
        self.stager.storages.terms[target] = made
        return made

    def has_name_of(self, target: str, value: str) -> bool:
        """Whether a value stands under the name of a target already."""
        named = not is_introduced(self.stager.memory.overwriting.first(value))
        return value == target or (value == self.stager.newest(target) and named)

    def unpack(self, target: ast.expr, targets: list[ast.expr], value: ast.expr) -> None:
        if _match_one_by_one(targets, value):
            assert isinstance(value, ast.Tuple | ast.List)
            terms = []
            for t, v in zip(targets, value.elts, strict=True):
                self.stager.hint = (
                    self.stager.own_name(t.id) if isinstance(t, ast.Name) else self.stager.hint
                )
                into = self.stager.fresh(t.id) if isinstance(t, ast.Name) else None
                terms.append((t, into, v, self.stager.expr(v, into)))
            if exchanges(targets, value.elts):
                terms = [(t, into, v, self.set_aside(term, v)) for t, into, v, term in terms]
            last = {t.id: t for t, *_ in terms if isinstance(t, ast.Name)}
            for t, into, v, term in terms:
                if isinstance(t, ast.Name) and last[t.id] is not t:
                    continue  # `a, a = x, y` binds the last
                if into is None:
                    self.unpack_term(t, term, v)
                else:
                    assert isinstance(t, ast.Name)
                    self.stager.env[t.id] = self.as_target(into, term, v)
            return
        names = [t.id for t in targets if isinstance(t, ast.Name)]
        self.stager.hint = self.stager.own_name(names[0]) if names else self.stager.hint
        self.unpack_term(target, self.stager.expr(value, None), value)

    def set_aside(self, term: Term, node: ast.expr) -> Term:
        """An element that changes places with another: a copy of it, which is as good."""
        in_list = isinstance(term.expr, ast.Name) and self.stager.memory.contained.is_element(
            term.expr.id
        )
        return self.stager.copied(term, node) if in_list and is_array(term) else term

    def unpack_term(self, target: ast.expr, term: Term, node: ast.expr) -> None:
        if isinstance(target, ast.Name):
            self.stager.env[target.id] = self.as_target(self.stager.fresh(target.id), term, node)
            return
        if not isinstance(target, ast.Tuple | ast.List):
            self.put(target, term, node)
            return
        starred = any(isinstance(t, ast.Starred) for t in target.elts)
        if starred and isinstance(term.type, Num) and term.type.dims:
            self.unpack_slices(target.elts, term, node)
            return
        if is_untold(term) and all(isinstance(t, ast.Name) for t in target.elts):
            self.untold(target, term, node)
            return
        items = self.elements(term, node)
        if starred:
            self.unpack_starred(target.elts, items, node)
            return
        if len(items) != len(target.elts):
            count = len(target.elts)
            raise self.stager.refuse(node, f"{len(items)} values are unpacked into {count} names")
        if self.takes_over(target, items):
            return
        together = all(isinstance(t, ast.Name) for t in target.elts) and not term.varied
        together = together and not is_function(term)
        together = together and not any(is_array(t) and isinstance(t.expr, ast.Name) for t in items)
        if together and len(items) > 1 and not isinstance(term.type, Num | Ref):
            self.together(target, term, items, node)
            return
        for t, item in zip(target.elts, items, strict=True):
            self.unpack_term(t, item, node)

    def unpack_starred(
        self, targets: Sequence[ast.expr], items: Sequence[Term], node: ast.expr
    ) -> None:
        """`first, *others = items`"""
        at = next(i for i, t in enumerate(targets) if isinstance(t, ast.Starred))
        behind = len(targets) - at - 1
        if len(items) < len(targets) - 1:
            raise self.stager.refuse(node, f"{len(items)} values are too few for these names")
        middle = listed(items[at : len(items) - behind])
        starred = targets[at]
        assert isinstance(starred, ast.Starred)
        pairs = [*zip(targets[:at], items, strict=False), (starred.value, middle)]
        pairs += zip(targets[at + 1 :], items[len(items) - behind :], strict=True)
        for target, item in pairs:
            self.unpack_term(target, item, node)

    def unpack_slices(self, targets: Sequence[ast.expr], term: Term, node: ast.expr) -> None:
        """`first, *others = x`, as `x[0]` and `x[1:]`, of a list or an array."""
        at = next(i for i, t in enumerate(targets) if isinstance(t, ast.Starred))
        behind = len(targets) - at - 1
        whole = ast.copy_location(Given(term), node)
        for i, target in enumerate(targets):
            index: ast.expr = ast.Constant(i if i < at else i - len(targets))
            if isinstance(target, ast.Starred):
                last = ast.Constant(-behind) if behind else None
                index, target = ast.Slice(ast.Constant(at), last, None), target.value
            part: ast.expr = ast.Subscript(whole, index, ast.Load())
            if isinstance(index, ast.Slice) and not isinstance(term.type, ListOf):
                part = ast.Call(ast.Name("list", ast.Load()), [part], [])
            for made in (*ast.walk(part),):
                ast.copy_location(made, node)
            self.unpack_term(target, self.stager.expr(part), node)

    def takes_over(self, target: ast.Tuple | ast.List, items: Sequence[Term]) -> bool:
        """`w, v = eigh(a)`: the author's names for what the last gate gives."""
        gate = self.stager.body[-1] if self.stager.body else None
        given = tuple(t.expr.id for t in items if isinstance(t.expr, ast.Name))
        if not isinstance(gate, Gate) or gate.targets[: len(given)] != given or len(given) < 2:
            return False
        if not all(isinstance(t, ast.Name) for t in target.elts) or not is_introduced(given[0]):
            return False
        targets = []
        for t, item in zip(target.elts, items, strict=True):
            assert isinstance(t, ast.Name)
            assert isinstance(item.expr, ast.Name)
            value = self.stager.fresh(t.id)
            targets.append(value)
            self.stager.types[value] = item.type
            self.stager.env[t.id] = self.stager.storages.terms[value] = replace(
                item, expr=name(value)
            )
            self.stager.memory.rename(item.expr.id, value)
        made = replace(gate, targets=(*targets, *gate.targets[len(given) :]))
        self.stager.body[-1] = made
        for value in targets:
            self.stager.defined[value] = made
        return True

    def together(
        self, target: ast.Tuple | ast.List, term: Term, items: Sequence[Term], node: ast.expr
    ) -> None:
        """`N, D = X.shape`: what carries no derivative is unpacked as the author wrote it."""
        targets = []
        for t, item in zip(target.elts, items, strict=True):
            assert isinstance(t, ast.Name)
            value = self.stager.fresh(t.id)
            targets.append(value)
            self.stager.types[value] = item.type
            made = Term(name(value), item.type, False, item.items)
            self.stager.env[t.id] = self.stager.storages.terms[value] = made
        self.stager.gates.emit(tuple(targets), None, {}, term.expr, node)

    def untold(self, target: ast.Tuple | ast.List, term: Term, node: ast.expr) -> None:
        """`a, b = f(n)`, of which nothing is known but that it carries no derivative."""
        parts = tuple(Term(item_of(term.expr, i), UNKNOWN) for i in range(len(target.elts)))
        self.together(target, term, parts, node)
        for t in target.elts:
            assert isinstance(t, ast.Name)
            made = self.stager.env[t.id].expr
            assert isinstance(made, ast.Name)
            self.stager.memory.join(made.id, self.stager.env, "", term)

    def elements(self, term: Term, node: ast.expr) -> Sequence[Term]:
        """The elements of what is unpacked, one by one."""
        if isinstance(term.type, Ref):
            return self.stager.objects.dicts.listed(term, node)
        if term.items is not None:
            return term.items
        num = term.num
        if num is not None and num.dims == ():
            raise self.stager.refuse(node, "a number cannot be unpacked")
        if num is not None and num.dims:
            count = self.stager.facts.number(num.dims[0])
            if count is not None:
                op = self.stager.catalogue.find(operator.getitem)
                assert op is not None
                return [
                    self.stager.gates.apply(
                        op, {"x": term, "index": _int_term(i)}, item_of(term.expr, i), node
                    )
                    for i in range(count)
                ]
        raise self.stager.refuse(
            node, "how many values are unpacked here is not known while compiling"
        )

    def returned(self, node: ast.Return, value: ast.expr | None) -> None:
        frame = self.stager.frames[-1] if self.stager.frames else None
        if value is None:
            if frame is None:
                raise self.stager.refuse(
                    node, "the function returns nothing", help="return a number"
                )
            value = ast.copy_location(ast.Constant(None), node)
        self.stager.hint = frame.hint if frame else "out"
        target = frame.into if frame and not self.stager.flow.depth else None
        if not frame and not isinstance(value, ast.Name):
            target = self.stager.fresh("out")
        term = self.stager.expr(value, target)
        if frame is None:
            term = self.as_result(term, value, target)
        elif self.stager.flow.depth:
            term = self.on_this_path(term, value)
        self.stager.env[RESULT] = term
        self.stager.flow.go("return")

    def not_none(self, term: Term, node: ast.expr) -> Term:
        """A result that no path may leave as None, which has no derivative."""
        test = ast.Compare(term.expr, [ast.Is()], [ast.Constant(None)])
        said = ast.Constant("the result is None on this path")
        error = ast.Call(name("ValueError"), [said], [])
        note = ast.copy_location(ast.If(test, [ast.Raise(error, None)], []), node)
        self.stager.body.append(Effect(note, self.stager.statement, self.stager.new_key()))
        assert isinstance(term.type, Num)
        return replace(term, type=replace(term.type, optional=False))

    def as_result(self, term: Term, value: ast.expr, target: str | None) -> Term:
        """The function's own result: a number or array, under a name."""
        if self.stager.definition.packs and term.items is not None:
            term = self.stager.gates.as_array(term, value)
        if isinstance(term.type, Ref) or term.items is not None:
            return self.as_results(term, value)
        if isinstance(term.type, Known):
            return term
        if not isinstance(term.type, Num):
            raise self.stager.refuse(value, "the result is not a number")
        # what a tuple holds may have been written to since it was made
        term = self.stager.memory.fresh(None, term, value)
        assert isinstance(term.type, Num)
        if term.type.optional:
            term = self.not_none(term, value)
        made_here = isinstance(term.expr, ast.Name) and self.stager.is_made(term.expr.id)
        if made_here and not self.stager.flow.depth:
            return term
        return self.as_target(target or self.stager.fresh("out"), term, value)

    def as_results(self, term: Term, value: ast.expr) -> Term:
        """A result of several values, each under a name."""
        structure = structure_of(self.stager, term, value)
        if not structure.kind:
            return self.as_target(self.stager.fresh("out"), term, value)
        parts = spread(self.stager, RESULT, term, structure, value)
        for at, part in parts.items():
            self.stager.hint = self.stager.objects.slot(at)
            target = self.stager.version(self.stager.hint)
            parts[at] = self.as_result(part, value, target)
        made = gather(self.stager, RESULT, structure, parts)
        assert made is not None
        return replace(made, site=term.site)

    def on_this_path(self, term: Term, value: ast.expr) -> Term:
        """What one of several returns gives, under a name that all of them have."""
        if not isinstance(term.type, Num) and not (is_none(term) and self.may_return_number()):
            return term
        return self.as_target(self.stager.fresh("out"), term, value)

    def may_return_number(self) -> bool:
        """Whether a helper gives something else than None on some path that meets this one."""
        if self.stager.frames[-1].pending is not None:
            return False
        returns = (s for s in statements(self.stager.definition.tree.body)
                   if isinstance(s, ast.Return))  # fmt: skip
        return any(s.value is not None and not _is_none(s.value) for s in returns)

    def refuse_arrays(self, call: ast.Call) -> None:
        """A function that adgen knows nothing of might write into what it is given."""
        for arg in [*call.args, *(keyword.value for keyword in call.keywords)]:
            inner = arg
            while isinstance(inner, ast.Attribute | ast.Subscript | ast.Starred):
                inner = inner.value
            if not isinstance(inner, ast.Name) or inner.id not in self.stager.env:
                continue
            term = self.stager.env[inner.id]
            if is_array(term) or term.items is not None:
                raise self.stager.refuse(
                    arg,
                    f"`{ast.unparse(call.func)}` may change `{inner.id}`",
                    help="give it a copy, or call it outside of the function",
                )

    def effect(self, node: ast.stmt) -> None:
        """A statement that only does something; it may read values but not change them."""
        if isinstance(node, ast.Expr):
            call = node.value
            assert isinstance(call, ast.Call)
            if self.stager.writes.by_call(call):
                return
            if sets.changed(self.stager, call):
                return
            function = self.stager.invocations.callees.static_object(call.func)
            if function is None or changes_something(function):
                raise self.stager.refuse(
                    node,
                    f"`{ast.unparse(call.func)}` is called for its effect alone",
                    help="use its result, or call it outside of the function",
                )
            if not only_reads(function):
                self.refuse_arrays(call)
        self.stager.body.append(
            Effect(self.stager.rewritten(node), self.stager.statement, self.stager.new_key())
        )

    def asserted(self, node: ast.Assert) -> None:
        """`assert`, of what objects and helpers tell if the text does not."""
        state = self.stager.snapshot()
        try:
            self.effect(node)
            return
        except UserError:
            self.stager.restore(state)
        test = self.stager.conditions.test(node.test)
        if test is not True:
            given = ast.Constant(test) if isinstance(test, bool) else Given(Term(test, BOOL))
            self.effect(ast.copy_location(ast.Assert(given, node.msg), node))


def _without(place: ast.Subscript) -> ast.stmt:
    """`xs[a:b] = []` for a slice that is deleted, and `xs.pop(i)` for an element."""
    owner = place.value
    last = ast.unparse(place.slice) == "-1"
    if isinstance(place.slice, ast.Slice):
        part = ast.Subscript(owner, place.slice, ast.Store())
        made: ast.stmt = ast.Assign([part], ast.List([], ast.Load()))
    else:
        pop = ast.Attribute(owner, "pop", ast.Load())
        made = ast.Expr(ast.Call(pop, [] if last else [place.slice], []))
    for node in ast.walk(made):
        if not hasattr(node, "lineno"):
            ast.copy_location(node, place)
    return made


def exchanges(targets: Sequence[ast.expr], values: Sequence[ast.expr]) -> bool:
    """`rows[i], rows[j] = rows[j], rows[i]`: elements of a list that change places."""
    if not all(isinstance(t, ast.Subscript) for t in targets):
        return False
    said = [sorted(ast.unparse(part) for part in side) for side in (targets, values)]
    return said[0] == said[1]


def _int_term(value: int) -> Term:
    return Term(ast.Constant(value), replace(INT, value=Dim(value)))


def only_reads(function: Any) -> bool:
    """Whether a function leaves what it is given as it is: `print`, and those of `logging`."""
    owner = getattr(function, "__self__", None)
    logging = sys.modules.get("logging")  # where nobody has imported it, there is no logger
    logs = logging is not None and isinstance(owner, logging.Logger)
    return function is print or logs or getattr(function, "__module__", None) == "logging"


def changes_something(function: Any) -> bool:
    """Whether a method changes a list, dict, set or array of the module."""
    owner = getattr(function, "__self__", None)
    return isinstance(owner, list | dict | set | bytearray | np.ndarray)


def _match_one_by_one(targets: Sequence[ast.expr], value: ast.expr) -> bool:
    """Whether a display has one expression for each target."""
    if not isinstance(value, ast.Tuple | ast.List) or len(value.elts) != len(targets):
        return False
    return not any(isinstance(part, ast.Starred) for part in (*targets, *value.elts))


def _from_module(module: str, known_as: str, package: str | None) -> Any:
    """What `from module import known_as` gives, which may be a module itself."""
    found = import_module(module, package)
    if not hasattr(found, known_as):
        return import_module(f"{found.__name__}.{known_as}")
    return getattr(found, known_as)


def _is_none(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value is None
