"""Statements that bind names and write, as gates."""

from __future__ import annotations

import ast
import sys
from collections.abc import Sequence
from dataclasses import replace
from importlib import import_module
from typing import TYPE_CHECKING, Any

import numpy as np

from adgen.errors import UserError
from adgen.frontend.control import bound_names
from adgen.frontend.generators import may_be_read_again
from adgen.ir import Effect, is_introduced, name
from adgen.rules.shapes import as_num
from adgen.staging import sets
from adgen.staging.calls import is_function, local_function
from adgen.staging.cells import holds_cells
from adgen.staging.classes import class_inside
from adgen.staging.results import Results
from adgen.staging.storage import is_array
from adgen.staging.terms import Given, Term, literal
from adgen.staging.wording import a, describe, not_supported
from adgen.types import BOOL, Dim, Ref

if TYPE_CHECKING:
    from adgen.staging.stager import Stager


class Statements:
    """Stages statements, for a stager; those that choose and repeat are for `Flow`."""

    def __init__(self, stager: Stager) -> None:
        self.stager = stager
        self.results = Results(stager)

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
                self.results.returned(node, value)
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
                self.stager.unpacking.assign(target, targets, value)
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
            self.stager.unpacking.term(target, term, value)

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


def _from_module(module: str, known_as: str, package: str | None) -> Any:
    """What `from module import known_as` gives, which may be a module itself."""
    found = import_module(module, package)
    if not hasattr(found, known_as):
        return import_module(f"{found.__name__}.{known_as}")
    return getattr(found, known_as)
