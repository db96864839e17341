"""Walk a function's syntax tree and write it as gates.

In: a definition and the types of its arguments.  Out: the program, one primitive
per gate, each value assigned once, and the type of every value.  What an
expression means depends on the types (`x.sum()` of an array or of an object), so
they are found on the way.

Integers that count or index (`n // 2`, `i - 1`) stay expressions: they cost
nothing and carry no derivative.
"""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from types import ModuleType
from typing import Any

import numpy as np

from adgen.errors import UserError
from adgen.frontend.resolve import OPERATORS, BindError, bind
from adgen.frontend.source import Definition, Scope
from adgen.ir import (
    Effect,
    Gate,
    Program,
    Staged,
    Stmt,
    clone,
    homes,
    is_introduced,
    name,
    names_in,
    substitute,
)
from adgen.rules.registry import Catalogue, Given, Op
from adgen.rules.shapes import as_num
from adgen.staging.calls import Frame, LocalFunction, inline, is_authors, local_function
from adgen.staging.flow import RESULT, RETURNED, Flow
from adgen.staging.patterns import recognise
from adgen.staging.storage import Memory, NeedCopy, Storages, View, is_array
from adgen.staging.terms import NotStatic, Term, constant_type, literal, static_value
from adgen.types import BOOL, INT, UNKNOWN, Dim, Facts, Known, Num, Opaque, Seq, Type

COPY = "copy"
_NUMBERS = (int, float, complex, np.generic, np.ndarray)


class NeedValue(Exception):
    """An argument whose value, not only its type, decides what the code is."""

    def __init__(self, parameter: str) -> None:
        super().__init__(parameter)
        self.parameter = parameter


def stage(
    definition: Definition,
    arguments: Mapping[str, Type],
    wrt: Sequence[str],
    catalogue: Catalogue,
    facts: Facts,
) -> Staged:
    """The gates of a function for arguments of these types, differentiated in `wrt`."""
    copied: list[str] = []
    while True:
        try:
            return Stager(definition, catalogue, facts).run(arguments, wrt, copied)
        except NeedCopy as need:
            copied.append(need.parameter)


class Stager:
    def __init__(self, definition: Definition, catalogue: Catalogue, facts: Facts) -> None:
        self.definition = definition
        self.catalogue = catalogue
        self.facts = facts
        self.scope = Scope(definition.function)
        self.env: dict[str, Term] = {}
        self.body: list[Stmt] = []
        self.keys = 0
        self.types: dict[str, Type] = {}
        self.defined: dict[str, Gate] = {}
        self.storages = Storages()
        self.memory = Memory(self)
        self.counts: dict[str, int] = {}
        self.externals: dict[str, Any] = {}
        self.statement = 0
        self.hint = "out"
        self.flow = Flow(self)
        self.inputs: list[str] = []
        self.locals = assigned_names(definition.tree)
        self.function: Any = definition.function
        # which function each name belongs to: those of the outermost come first
        self.owners: dict[str, Any] = dict.fromkeys([*self.locals, "out"], definition.function)
        self.reserved = {n.arg for n in ast.walk(definition.tree.args) if isinstance(n, ast.arg)}
        self.frames: list[Frame] = []
        self.levels: tuple[int, ...] = ()
        self.watched: list[tuple[Scope, str, Any]] = []

    # -- the function ---------------------------------------------------------

    def run(
        self, arguments: Mapping[str, Type], wrt: Sequence[str], copied: Sequence[str]
    ) -> Staged:
        for parameter, type_ in arguments.items():
            value = self.fresh(parameter)
            self.inputs.append(value)
            self.types[value] = type_
            self.env[parameter] = self.argument(value, type_, parameter in wrt)
        for parameter in copied:
            self.copy_argument(parameter)
        self.flow.block(self.definition.tree.body)
        result = self.env.get(RESULT)
        if result is None or self.flow.left != "return":
            raise self.refuse(
                self.definition.tree,
                f"`{self.definition.name}` can end without returning a value",
                help="return a number on every path",
            )
        if not isinstance(result.type, Num):
            raise self.refuse(self.definition.tree, "the result is not a number on every path")
        program = Program(
            name=self.definition.name,
            source=self.definition.source,
            params=self.definition.tree.args,
            inputs=tuple(self.inputs),
            body=tuple(self.body),
            result=result.expr,
            wrt=tuple(f"{parameter}:1" for parameter in wrt),
            externals=self.externals,
            watched=tuple(self.watched),
            copied=tuple(copied),
            overwritten=self.memory.overwritten(tuple(self.body), homes(tuple(self.body))),
            pinned=self.memory.pinned(),
            unnamed=self.memory.unnamed(),
        )
        return Staged(program, self.types, self.facts)

    def argument(self, value: str, type_: Type, varied: bool) -> Term:
        """An argument; the elements of a tuple or list are values of their own."""
        if not isinstance(type_, Seq):
            floating = isinstance(type_, Num) and type_.differentiable
            return Term(name(value), type_, varied and floating)
        items = []
        for i, item in enumerate(type_.items):
            leaf = f"{value}[{i}]"
            self.types[leaf] = item
            items.append(self.argument(leaf, item, varied))
        return Term(name(value), type_, any(t.varied for t in items), tuple(items))

    def copy_argument(self, parameter: str) -> None:
        """The caller's array is left as it was: the function writes to a copy."""
        given = self.env[parameter]
        node = self.definition.tree
        if given.num is None:
            raise self.refuse(node, f"`{parameter}` is written to, and is not an array")
        self.hint = parameter
        self.statement += 1
        self.env[parameter] = self.copied(given, node, self.fresh(parameter))

    def fresh(self, author: str, introduced: bool = False) -> str:
        if introduced:
            return self._numbered(f"{author}:t")
        return self._numbered(f"{self.own_name(author)}:")

    def version(self, value: str) -> str:
        """Another value under the name of one that there is."""
        return self._numbered(f"{value.split(':')[0]}:")

    def _numbered(self, key: str) -> str:
        self.counts[key] = self.counts.get(key, 0) + 1
        return f"{key}{self.counts[key]}"

    def own_name(self, author: str) -> str:
        """A helper's name for a value, told from the same name in other functions."""
        owner = self.frames[-1].function if self.frames else self.function
        if self.owners.setdefault(author, owner) is owner:
            return author
        return f"{self.definition.name}_{author}"

    def refuse(
        self, node: ast.AST, message: str, *, because: str = "", help: str = ""
    ) -> UserError:
        return UserError(message, self.definition.source.span(node), because=because, help=help)

    # -- statements -----------------------------------------------------------

    def stmt(self, node: ast.stmt) -> None:
        self.statement += 1
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
                self.augmented(node)
            case ast.Return(value=value):
                self.returned(node, value)
            case ast.Expr(value=ast.Call() as call) if self.is_helper(call):
                self.call(call, None)
            case ast.FunctionDef():
                self.env[node.name] = local_function(self, node)
            case ast.Expr(value=ast.Call()) | ast.Assert():
                self.effect(node)
            case _:
                raise self.refuse(
                    node,
                    f"`{_keyword(node)}` is not supported",
                    help="keep loops, branches and definitions outside of the function for now",
                )

    def assign(self, target: ast.expr, value: ast.expr) -> None:
        match target:
            case ast.Name(id=author):
                self.hint = self.own_name(author)
                self.env[author] = self.bound(author, value)
            case ast.Tuple(elts=targets) | ast.List(elts=targets):
                self.unpack(target, targets, value)
            case ast.Starred():
                raise self.refuse(target, "a starred target is not supported")
            case ast.Subscript(value=ast.Name(id=author)):
                self.hint = self.hint_of(author)
                self.write_item(target, self.expr(value), value)
            case ast.Subscript():
                self.write_item(target, self.expr(value), value)
            case _:
                raise self.refuse(
                    target,
                    "writing into an object is not supported",
                    help="give the new value a name of its own",
                )

    def assign_all(self, targets: Sequence[ast.expr], value: ast.expr) -> None:
        """`a = b[:] = value`: one value, for each target in turn."""
        named = next((t.id for t in targets if isinstance(t, ast.Name)), None)
        self.hint = self.own_name(named) if named else self.hint
        term = self.expr(value)
        for target in targets:
            if isinstance(target, ast.Subscript):
                self.write_item(target, term, value)
            else:
                self.unpack_term(target, term, value)

    def hint_of(self, author: str) -> str:
        """What is written into an array is named after the array."""
        known = self.env.get(author)
        if known is not None and isinstance(known.expr, ast.Name):
            return known.expr.id.split(":")[0]
        return self.own_name(author)

    def write_item(self, target: ast.Subscript, value: Term, node: ast.expr) -> None:
        """`x[index] = value`."""
        base = self.expr(target.value)
        if isinstance(base.expr, ast.Name):
            self.hint = base.expr.id.split(":")[0]
        index = self.expr(target.slice)
        self.check_target(target, base, index)
        self.write_into(target, base, index, value, node)

    def write_into(
        self, target: ast.Subscript, base: Term, index: Term, value: Term, node: ast.expr
    ) -> None:
        assert isinstance(base.expr, ast.Name)
        if not isinstance(value.type, Num):
            if value.items is None:
                raise self.refuse(node, "what is written here is not a number or array")
            array = self.catalogue.find(np.array)
            assert array is not None
            value = self.apply(array, {"x": value}, _call(_numpy("array"), [value], {}, None), node)
        if isinstance(value.expr, ast.Name) and value.expr.id == base.expr.id:
            value = self.copied(value, node)
        op = self.catalogue.find("setitem")
        assert op is not None
        bound = {"x": base, "index": index, "v": value}
        place = ast.Subscript(base.expr, index.expr, ast.Load())
        after = self.apply(op, bound, value.expr, target, self.version(base.expr.id), place)
        self.rebind(target.value, base, after, target)

    def rebind(self, node: ast.expr, base: Term, after: Term, target: ast.expr) -> None:
        """After a write: what the author's name for the array now means."""
        self.memory.write(base, after, target)
        if isinstance(node, ast.Name):
            self.env[node.id] = after

    def copied(self, given: Term, node: ast.AST, into: str | None = None) -> Term:
        op = self.catalogue.method("copy")
        assert op is not None
        expr = ast.Call(ast.Attribute(given.expr, "copy", ast.Load()), [], [])
        where = ast.copy_location(ast.Name("copy"), node)
        return self.apply(op, {"x": given}, expr, where, into)

    def check_target(self, target: ast.Subscript, base: Term, index: Term) -> None:
        if base.num is None or base.num.is_scalar or not isinstance(base.expr, ast.Name):
            raise self.refuse(
                target,
                f"writing into a {_describe(base.type)} is not supported",
                help="give the new value a name of its own",
            )
        if index.varied:
            raise self.refuse(target.slice, "an index is differentiated")
        if self.memory.may_repeat(index):
            raise self.refuse(
                target.slice,
                "these positions may repeat, and then the last value written counts",
                help="use a slice, a mask or np.arange, or np.add.at to add up",
            )

    def bound(self, author: str, value: ast.expr) -> Term:
        """`author = value`, as a gate that the author's name is on."""
        target = self.fresh(author)
        term = self.expr(value, target)
        return self.as_target(target, term, value)

    def as_target(self, target: str, term: Term, node: ast.expr) -> Term:
        if isinstance(term.expr, ast.Name) and term.expr.id == target:
            return term
        if isinstance(term.type, Known) and callable(term.type.value):
            return term  # functions are followed while compiling; there is nothing to bind
        self.types[target] = term.type
        copy = self.catalogue.find(COPY) if term.items is None else None
        self.emit((target,), copy, {"x": term.expr}, term.expr, node)
        if copy is not None and isinstance(term.expr, ast.Name) and is_array(term):
            self.memory.note_view(target, copy, {"x": term}, term.expr)
        type_ = term.type
        if literal(term.expr) is not None:
            type_ = as_num(literal(term.expr))
            self.types[target] = type_
        made = Term(name(target), type_, term.varied, term.items)
        self.storages.terms[target] = made
        return made

    def unpack(self, target: ast.expr, targets: list[ast.expr], value: ast.expr) -> None:
        if any(isinstance(t, ast.Starred) for t in targets):
            raise self.refuse(target, "a starred target is not supported")
        if isinstance(value, ast.Tuple | ast.List) and len(value.elts) == len(targets):
            terms = []
            for t, v in zip(targets, value.elts, strict=True):
                self.hint = self.own_name(t.id) if isinstance(t, ast.Name) else self.hint
                into = self.fresh(t.id) if isinstance(t, ast.Name) else None
                terms.append((t, into, v, self.expr(v, into)))
            for t, into, v, term in terms:
                if into is None:
                    self.unpack_term(t, term, v)
                else:
                    assert isinstance(t, ast.Name)
                    self.env[t.id] = self.as_target(into, term, v)
            return
        names = [t.id for t in targets if isinstance(t, ast.Name)]
        self.hint = self.own_name(names[0]) if names else self.hint
        self.unpack_term(target, self.expr(value, None), value)

    def unpack_term(self, target: ast.expr, term: Term, node: ast.expr) -> None:
        if isinstance(target, ast.Name):
            self.env[target.id] = self.as_target(self.fresh(target.id), term, node)
            return
        if not isinstance(target, ast.Tuple | ast.List):
            raise self.refuse(target, "this target is not supported")
        items = self.elements(term, node)
        if len(items) != len(target.elts):
            count = len(target.elts)
            raise self.refuse(node, f"{len(items)} values are unpacked into {count} names")
        if self.takes_over(target, items):
            return
        together = all(isinstance(t, ast.Name) for t in target.elts) and not term.varied
        if together and not isinstance(term.type, Num):
            self.together(target, term, items, node)
            return
        for t, item in zip(target.elts, items, strict=True):
            self.unpack_term(t, item, node)

    def takes_over(self, target: ast.Tuple | ast.List, items: Sequence[Term]) -> bool:
        """`w, v = eigh(a)`: the author's names for what the last gate gives."""
        gate = self.body[-1] if self.body else None
        given = tuple(t.expr.id for t in items if isinstance(t.expr, ast.Name))
        if not isinstance(gate, Gate) or gate.targets != given or len(given) < 2:
            return False
        if not all(isinstance(t, ast.Name) for t in target.elts) or not is_introduced(given[0]):
            return False
        targets = []
        for t, item in zip(target.elts, items, strict=True):
            assert isinstance(t, ast.Name)
            value = self.fresh(t.id)
            targets.append(value)
            self.types[value] = item.type
            self.env[t.id] = self.storages.terms[value] = replace(item, expr=name(value))
        made = replace(gate, targets=tuple(targets))
        self.body[-1] = made
        for value in targets:
            self.defined[value] = made
        return True

    def together(
        self, target: ast.Tuple | ast.List, term: Term, items: Sequence[Term], node: ast.expr
    ) -> None:
        """`N, D = X.shape`: what carries no derivative is unpacked as the author wrote it."""
        targets = []
        for t, item in zip(target.elts, items, strict=True):
            assert isinstance(t, ast.Name)
            value = self.fresh(t.id)
            targets.append(value)
            self.types[value] = item.type
            self.env[t.id] = Term(name(value), item.type, False, item.items)
        self.emit(tuple(targets), None, {}, term.expr, node)

    def elements(self, term: Term, node: ast.expr) -> Sequence[Term]:
        """The elements of what is unpacked, one by one."""
        if term.items is not None:
            return term.items
        num = term.num
        if num is not None and num.dims:
            count = self.facts.number(num.dims[0])
            if count is not None:
                op = self.catalogue.find(operator.getitem)
                assert op is not None
                return [
                    self.apply(op, {"x": term, "index": _int_term(i)}, _item(term.expr, i), node)
                    for i in range(count)
                ]
        raise self.refuse(node, "how many values are unpacked here is not known while compiling")

    def augmented(self, node: ast.AugAssign) -> None:
        """`x += y`, which writes into `x` if that is an array."""
        value = ast.copy_location(ast.BinOp(_load(node.target), node.op, node.value), node)
        if isinstance(node.target, ast.Subscript):
            self.augmented_item(node, node.target, value)
            return
        if not isinstance(node.target, ast.Name):
            raise self.refuse(node.target, "writing into an object is not supported")
        author = node.target.id
        before = self.lookup(node.target, author)
        self.hint = self.own_name(author)
        if not is_array(before):
            self.env[author] = self.bound(author, value)
            return
        if before.num is None or before.num.form == "any":
            raise self.refuse(node, f"whether `{author}` is an array is not known")
        assert isinstance(before.expr, ast.Name)
        after = self.as_target(self.version(before.expr.id), self.expr(value), value)
        self.check_in_place(node, before, after)
        assert isinstance(after.expr, ast.Name)
        self.replace_gate(after.expr.id, replace(self.defined[after.expr.id], place=before.expr))
        self.storages.views.pop(after.expr.id, None)
        self.rebind(node.target, before, after, node.target)

    def augmented_item(self, node: ast.AugAssign, target: ast.Subscript, value: ast.BinOp) -> None:
        """`x[index] += y`: array and index are evaluated once."""
        if isinstance(target.value, ast.Name):
            self.hint = self.hint_of(target.value.id)
        base, index = self.expr(target.value), self.expr(target.slice)
        self.check_target(target, base, index)
        op = self.catalogue.find(operator.getitem)
        assert op is not None
        place = ast.Subscript(base.expr, index.expr, ast.Load())
        before = self.apply(op, {"x": base, "index": index}, place, target)
        made = self.operation(value, type(node.op), [before, self.expr(node.value)])
        self.write_into(target, self.memory.fresh(None, base, target), index, made, value)

    def check_in_place(self, node: ast.AugAssign, before: Term, after: Term) -> None:
        assert before.num is not None
        dims, whole = before.num.dims, after.num.dims if after.num else None
        same = dims is not None and whole is not None and len(dims) == len(whole)
        if after.num is None or before.num.dtype != after.num.dtype or not same:
            raise self.refuse(node, "this in-place operation changes the array's dtype or shape")

    def is_helper(self, call: ast.Call) -> bool:
        function = self.static_object(call.func)
        return self.catalogue.find(function) is None and is_authors(function)

    def returned(self, node: ast.Return, value: ast.expr | None) -> None:
        frame = self.frames[-1] if self.frames else None
        if value is None:
            if frame is None:
                raise self.refuse(node, "the function returns nothing", help="return a number")
            value = ast.copy_location(ast.Constant(None), node)
        self.hint = frame.hint if frame else "out"
        target = frame.into if frame and not self.flow.depth else None
        if not frame and not isinstance(value, ast.Name):
            target = self.fresh("out")
        term = self.expr(value, target)
        if frame is None:
            term = self.as_result(term, value, target)
        elif self.flow.depth:
            term = self.on_this_path(term, value)
        self.env[RESULT] = term
        self.flow.left = "return"
        if self.flow.loops:
            self.env[RETURNED] = self.bound("returned", ast.Constant(True))
            self.flow.leave(ast.Break())

    def as_result(self, term: Term, value: ast.expr, target: str | None) -> Term:
        """The function's own result: a number or array, under a name."""
        if isinstance(term.type, Seq) or term.items is not None:
            raise self.refuse(value, "a result of several values is not supported")
        if not isinstance(term.type, Num):
            raise self.refuse(value, "the result is not a number")
        made_here = isinstance(term.expr, ast.Name) and self.is_made(term.expr.id)
        if made_here and not self.flow.depth:
            return term
        return self.as_target(target or self.fresh("out"), term, value)

    def on_this_path(self, term: Term, value: ast.expr) -> Term:
        """What one of several returns gives, under names that all of them have."""
        if term.items is not None:
            items = [self.as_target(self.fresh(f"out_{i}"), item, value)
                     for i, item in enumerate(term.items)]  # fmt: skip
            for i, item in enumerate(items):
                self.env[f"{RESULT}{i}"] = item
            display = ast.Tuple([t.expr for t in items], ast.Load())
            return Term(display, term.type, term.varied, tuple(items))
        if not isinstance(term.type, Num):
            return term
        return self.as_target(self.fresh("out"), term, value)

    def effect(self, node: ast.stmt) -> None:
        """A statement that only does something; it may read values but not change them."""
        if isinstance(node, ast.Expr):
            call = node.value
            assert isinstance(call, ast.Call)
            function = self.static_object(call.func)
            if function is not print:
                raise self.refuse(
                    node,
                    f"`{ast.unparse(call.func)}` is called for its effect alone",
                    help="use its result, or call it outside of the function",
                )
        self.body.append(Effect(self.rewritten(node), self.statement, self.new_key()))

    def is_made(self, value: str) -> bool:
        """Whether a value is the function's own, not an argument or part of one."""
        return ":" in value and "[" not in value and value not in self.inputs

    def new_key(self) -> int:
        self.keys += 1
        return self.keys

    def snapshot(self) -> tuple[Any, ...]:
        """What staging a trip of a loop may change, to be tried again."""
        return (
            dict(self.env), list(self.body), dict(self.counts), self.storages.copy(),
            self.statement, self.keys, dict(self.defined),
        )  # fmt: skip

    def restore(self, state: tuple[Any, ...]) -> None:
        env, body, counts, storages, self.statement, self.keys, defined = state
        self.env, self.body, self.counts = dict(env), list(body), dict(counts)
        self.storages, self.defined = storages.copy(), dict(defined)

    def names_read_outside(self, node: ast.AST) -> set[str]:
        """The names that the function reads elsewhere than in one of its statements."""
        inside = {id(n) for n in ast.walk(node)}
        return {
            n.id
            for n in ast.walk(self.definition.tree)
            if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Load) and id(n) not in inside
        }

    def rewritten(self, node: Any) -> Any:
        """A piece of the author's code with values in place of names."""
        table = {}
        for identifier in set(names_in(node)):
            if identifier in self.env:
                table[identifier] = self.env[identifier].expr
            elif identifier not in self.locals:
                found, value = self.scope.lookup(identifier)
                if found:
                    table[identifier] = name(self.note_external(identifier, value))
        return substitute(clone(node), table)

    # -- expressions ----------------------------------------------------------

    def expr(self, node: ast.expr, into: str | None = None) -> Term:
        """Stage an expression; its outermost operation gives the value `into`."""
        match node:
            case ast.Constant(value=value):
                return Term(node, constant_type(value))
            case ast.Name(id=author):
                return self.lookup(node, author)
            case ast.BinOp(left=left, op=op, right=right):
                return self.operator(node, type(op), [left, right], into)
            case ast.UnaryOp(op=op, operand=operand):
                if literal(node) is not None:
                    return Term(node, constant_type(literal(node)))
                return self.operator(node, type(op), [operand], into)
            case ast.Compare(ops=[op], left=left, comparators=[right]):
                return self.operator(node, type(op), [left, right], into)
            case ast.Attribute():
                return self.attribute(node, into)
            case ast.Subscript():
                return self.subscript(node, into)
            case ast.Call():
                return self.call(node, into)
            case ast.Tuple(elts=elts) | ast.List(elts=elts):
                return self.display(node, [self.expr(e) for e in elts])
            case ast.Slice(lower=lower, upper=upper, step=step):
                return self.slice(node, [lower, upper, step])
            case ast.IfExp():
                return self.flow.conditional(node, into)
            case ast.BoolOp(values=values):
                return self.truth(node, [self.expr(v) for v in values])
            case ast.Compare(left=left, comparators=comparators):
                return self.truth(node, [self.expr(v) for v in (left, *comparators)])
            case ast.Lambda():
                return local_function(self, node)
            case ast.JoinedStr():
                return Term(self.rewritten(node), Opaque("str"))
            case _:
                raise self.refuse(node, f"`{_keyword(node)}` is not supported")

    @property
    def parents(self) -> list[dict[str, Term]]:
        """The names of the functions that the current one is defined in, outermost first."""
        return [self.frames[level].env for level in self.levels]

    def lookup(self, node: ast.expr, author: str) -> Term:
        if author in self.env:
            term = self.memory.fresh(author, self.env[author], node)
            self.env[author] = term
            return term
        for parent in () if author in self.locals else reversed(self.parents):
            if author in parent:
                return self.memory.fresh(author, parent[author], node)
        found, value = self.scope.lookup(author)
        if author in self.locals or not found:
            raise self.refuse(node, f"`{author}` has no value here")
        return self.constant(name(self.note_external(author, value)), value)

    def note_external(self, author: str, value: Any) -> str:
        """The name under which the emitted code knows an object of the author's module."""
        if self.scope.is_builtin(author):
            return author
        self.watched.append((self.scope, author, value))
        taken = author in self.reserved and bool(self.frames)
        if not taken and self.externals.setdefault(author, value) is value:
            return author
        # a helper of another module means something else by the same name
        known = next((n for n, v in self.externals.items() if v is value), None)
        known_as = known or f"{author}_of_{self.definition.name}"
        self.externals[known_as] = value
        return known_as

    def constant(self, expr: ast.expr, value: Any) -> Term:
        """A value of the author's module."""
        type_ = constant_type(value)
        items = None
        if isinstance(type_, Seq):
            items = tuple(self.constant(_item(expr, i), v) for i, v in enumerate(value))
        return Term(expr, type_, False, items)

    def display(self, node: ast.Tuple | ast.List, terms: list[Term]) -> Term:
        kind = "tuple" if isinstance(node, ast.Tuple) else "list"
        expr = type(node)([t.expr for t in terms], ast.Load())
        type_ = Seq(kind, tuple(t.type for t in terms))
        return Term(expr, type_, any(t.varied for t in terms), tuple(terms))

    def slice(self, node: ast.Slice, parts: list[ast.expr | None]) -> Term:
        terms = [None if part is None else self.expr(part) for part in parts]
        expr = ast.Slice(*[t.expr if t else None for t in terms])
        missing = Term(ast.Constant(None), Known(None))
        items = tuple(t or missing for t in terms)
        return Term(expr, Seq("slice", tuple(t.type for t in items)), False, items)

    def operator(
        self, node: ast.expr, kind: type[ast.AST], operands: list[ast.expr], into: str | None
    ) -> Term:
        terms = [self.expr(operand) for operand in operands]
        for term, operand in zip(terms, operands, strict=True):
            if not isinstance(term.type, Num | Known) and kind not in (ast.In, ast.NotIn):
                raise self.refuse(operand, f"an operator on a {_describe(term.type)}")
        return self.operation(node, kind, terms, into)

    def operation(
        self, node: ast.expr, kind: type[ast.AST], terms: list[Term], into: str | None = None
    ) -> Term:
        expr = clone_with(node, terms)
        op = self.catalogue.find(OPERATORS[kind])
        if op is None or any(not isinstance(t.type, Num) for t in terms):
            return self.plain(node, expr, terms, into)
        bound = dict(zip(op.general.inputs, terms, strict=True))
        return self.apply(op, bound, expr, node, into)

    def truth(self, node: ast.BoolOp | ast.Compare, terms: list[Term]) -> Term:
        """`a and b`, `a < b < c`: a truth value, evaluated as Python does."""
        exprs = [t.expr for t in terms]
        if isinstance(node, ast.Compare):
            return Term(ast.Compare(exprs[0], node.ops, exprs[1:]), BOOL)
        for term, value in zip(terms, node.values, strict=True):
            if term.varied:
                raise self.refuse(
                    value,
                    "`and`/`or` of numbers gives one of them, which is not supported",
                    help="write `a if a else b`, or compare with 0",
                )
        return Term(ast.BoolOp(node.op, exprs), BOOL)

    def plain(
        self, node: ast.expr, expr: ast.expr, terms: Sequence[Term], into: str | None
    ) -> Term:
        """What has no rule and needs none, since nothing differentiated goes in."""
        if any(t.varied for t in terms):
            raise self.refuse(
                node,
                f"no derivative rule for `{_operation(node)}`",
                help="see docs/rules.md for how to add one",
            )
        is_test = isinstance(node, ast.Compare) or _is_not(node)
        return Term(expr, BOOL if is_test else UNKNOWN)

    def attribute(self, node: ast.Attribute, into: str | None) -> Term:
        base = self.expr(node.value)
        expr = ast.Attribute(base.expr, node.attr, ast.Load())
        if isinstance(base.type, Known):
            try:
                value = getattr(base.type.value, node.attr)
            except AttributeError:
                raise self.refuse(node, f"`{ast.unparse(node)}` does not exist") from None
            if isinstance(value, float) and not isinstance(base.type.value, ModuleType):
                raise self.refuse(node, "the attribute of an object is not supported")
            return self.constant(expr, value)
        if base.num is None:
            raise self.refuse(node, f"an attribute of a {_describe(base.type)} is not supported")
        return self.array_attribute(node, base, expr, into)

    def array_attribute(
        self, node: ast.Attribute, base: Term, expr: ast.Attribute, into: str | None
    ) -> Term:
        num = base.num
        assert num is not None
        dims = num.dims
        match node.attr:
            case "shape":
                if dims is None:
                    return Term(expr, Opaque("shape"))
                items = tuple(
                    Term(_item(expr, i), replace(INT, value=d)) for i, d in enumerate(dims)
                )
                return Term(expr, Seq("tuple", tuple(t.type for t in items)), False, items)
            case "size":
                size = None
                if dims is not None:
                    size = Dim(1)
                    for dim in dims:
                        size = size * dim
                return Term(expr, replace(INT, value=size))
            case "ndim":
                rank = None if dims is None else Dim(len(dims))
                return Term(expr, replace(INT, value=rank))
            case "dtype":
                return Term(expr, Known(np.dtype(num.dtype)) if num.dtype else Opaque("dtype"))
        op = self.catalogue.find(f"attribute {node.attr}")
        if op is None:
            raise self.refuse(node, f"the attribute `.{node.attr}` of an array is not supported")
        return self.apply(op, {op.general.inputs[0]: base}, expr, node, into)

    def subscript(self, node: ast.Subscript, into: str | None) -> Term:
        base = self.expr(node.value)
        index = self.expr(node.slice)
        if isinstance(node.slice, ast.Tuple) and isinstance(index.type, Seq):
            index = replace(index, type=replace(index.type, kind="tuple"))
        expr = ast.Subscript(base.expr, index.expr, ast.Load())
        if index.varied:
            raise self.refuse(
                node.slice,
                "an index is differentiated",
                help="make it an integer, or wrap it in stop_gradient",
            )
        if base.items is not None:
            return self.element(node, base, index, expr)
        if base.num is None:
            return self.plain(node, expr, [base, index], into)
        op = self.catalogue.find(operator.getitem)
        assert op is not None
        return self.apply(op, {"x": base, "index": index}, expr, node, into)

    def element(self, node: ast.Subscript, base: Term, index: Term, expr: ast.expr) -> Term:
        assert base.items is not None
        try:
            at = static_value(index) if not isinstance(node.slice, ast.Slice) else None
        except NotStatic as unknown:
            if unknown.path:
                raise NeedValue(unknown.path) from None
            at = None
        if at is None and isinstance(node.slice, ast.Slice):
            return self.part(node, base, index, expr)
        if not isinstance(at, int):
            raise self.refuse(
                node.slice, "the index into a tuple or list is not known while compiling"
            )
        if not -len(base.items) <= at < len(base.items):
            raise self.refuse(node, f"index {at} is outside of {len(base.items)} elements")
        item = self.memory.fresh(None, base.items[at], node)
        if _is_leaf(item) or item.varied:
            return item
        return replace(item, expr=expr)

    def part(self, node: ast.Subscript, base: Term, index: Term, expr: ast.expr) -> Term:
        """A slice of a tuple or list."""
        assert base.items is not None and index.items is not None
        try:
            chosen = base.items[slice(*[static_value(part) for part in index.items])]
        except NotStatic:
            raise self.refuse(node, "this slice is not known while compiling") from None
        kind = base.type.kind if isinstance(base.type, Seq) else "tuple"
        type_ = Seq(kind, tuple(t.type for t in chosen))
        return Term(expr, type_, any(t.varied for t in chosen), chosen)

    # -- calls ----------------------------------------------------------------

    def static_object(self, node: ast.expr) -> Any:
        """The function or module that an expression names, or None."""
        match node:
            case ast.Name(id=author):
                return self.named_object(author)
            case ast.Lambda():
                made = local_function(self, node).type
                return made.value if isinstance(made, Known) else None
            case ast.Attribute(value=value, attr=attr):
                base = self.static_object(value)
                return getattr(base, attr, None) if base is not None else None
        return None

    def named_object(self, author: str) -> Any:
        """What a name stands for, if it is the same in every run."""
        tables = [self.env] if author in self.locals else [self.env, *reversed(self.parents)]
        for table in tables:
            if author in table:
                type_ = table[author].type
                return type_.value if isinstance(type_, Known) else None
        return None if author in self.locals else self.scope.lookup(author)[1]

    def call(self, node: ast.Call, into: str | None) -> Term:
        function = self.static_object(node.func)
        if function is None and isinstance(node.func, ast.Attribute):
            return self.method(node, node.func, into)
        if function is None:
            raise self.refuse(
                node.func,
                f"what `{ast.unparse(node.func)}` calls is not known while compiling",
            )
        if self.catalogue.find(function) is None and is_authors(function):
            return self.helper(node, function, into)
        func = self.expr(node.func)
        args, keywords = self.arguments(node)
        expr = _call(func.expr, args, keywords, node)
        if function is len and len(args) == 1:
            return self.length(node, args[0], expr)
        op = self.catalogue.find(function)
        if op is None:
            return self.unknown_call(node, function, [*args, *keywords.values()], expr)
        return self.invoke(node, op, args, keywords, expr, into)

    def helper(self, node: ast.Call, function: Any, into: str | None) -> Term:
        """A call of the author's own function."""
        if not isinstance(function, LocalFunction) and isinstance(node.func, ast.Name):
            self.watched.append((self.scope, node.func.id, function))
        args, keywords = self.arguments(node)
        terms = [*args, *keywords.values()]
        state = self.snapshot()
        try:
            return inline(self, node, function, args, keywords, into)
        except UserError:
            touched = any(t.varied or is_array(t) or t.items is not None for t in terms)
            if touched or isinstance(function, LocalFunction):
                raise
            self.restore(state)
        func = self.expr(node.func)
        return self.opaque(_call(func.expr, args, keywords, node), node, into)

    def arguments(self, node: ast.Call) -> tuple[list[Term], dict[str, Term]]:
        args: list[Term] = []
        for arg in node.args:
            if isinstance(arg, ast.Starred):
                inner = self.expr(arg.value)
                if inner.items is None:
                    raise self.refuse(arg, "how many arguments `*` gives is not known")
                args += inner.items
            else:
                args.append(self.expr(arg))
        keywords = {}
        for keyword in node.keywords:
            if keyword.arg is None:
                raise self.refuse(keyword.value, "`**` arguments are not supported")
            keywords[keyword.arg] = self.expr(keyword.value)
        return args, keywords

    def method(self, node: ast.Call, func: ast.Attribute, into: str | None) -> Term:
        base = self.expr(func.value)
        args, keywords = self.arguments(node)
        expr = _call(ast.Attribute(base.expr, func.attr, ast.Load()), args, keywords, node)
        if base.num is None:
            if not any(t.varied for t in [base, *args, *keywords.values()]):
                return self.opaque(expr, node, into)
            raise self.refuse(node, f"a method of a {_describe(base.type)} is not supported")
        op = self.catalogue.method(func.attr) if hasattr(np.ndarray, func.attr) else None
        if op is None:
            raise self.refuse(
                node,
                f"no derivative rule for the array method `.{func.attr}()`",
                help="see docs/rules.md for how to add one",
            )
        return self.invoke(node, op, [base, *args], keywords, expr, into)

    def invoke(
        self,
        node: ast.Call,
        op: Op,
        args: list[Term],
        keywords: dict[str, Term],
        expr: ast.expr,
        into: str | None,
    ) -> Term:
        rule = op.general
        if rule.collects and len(args) > len(rule.positional):
            args = self.collected(rule, args, node)
        try:
            bound = bind(op, args, keywords)
        except BindError as wrong:
            raise self.refuse(
                _argument(node, wrong.argument),
                str(wrong),
                help="see docs/rules.md for what the catalogue knows",
            ) from None
        return self.apply(op, bound, expr, node, into)

    def collected(self, rule: Any, args: list[Term], node: ast.Call) -> list[Term]:
        """`x.reshape(2, 3)` says what `np.reshape(x, (2, 3))` says."""
        at = rule.positional.index(rule.collects)
        parts = args[at:]
        whole = ast.Tuple([t.expr for t in parts], ast.Load())
        type_ = Seq("tuple", tuple(t.type for t in parts))
        return [*args[:at], Term(whole, type_, False, tuple(parts))]

    def length(self, node: ast.Call, arg: Term, expr: ast.expr) -> Term:
        if arg.items is not None:
            return Term(expr, replace(INT, value=Dim(len(arg.items))))
        dims = arg.num.dims if arg.num else None
        return Term(expr, replace(INT, value=dims[0] if dims else None))

    def unknown_call(
        self, node: ast.Call, function: Any, terms: Sequence[Term], expr: ast.expr
    ) -> Term:
        varied = next((t for t in terms if t.varied), None)
        if varied is None:
            return self.opaque(expr, node)
        called = ast.unparse(node.func)
        because = f"`{_readable(varied.expr)}` is differentiated"
        raise self.refuse(
            node.func,
            f"no derivative rule for {called}",
            because=because,
            help=f"keep `{_readable(varied.expr)}` out of `wrt`, or add a rule: see docs/rules.md",
        )

    def opaque(self, expr: ast.expr, node: ast.AST, into: str | None = None) -> Term:
        """A value that nothing is known of, and that carries no derivative."""
        target = into or self.fresh(self.hint, introduced=True)
        self.types[target] = UNKNOWN
        self.emit((target,), None, {}, expr, node)
        return Term(name(target), UNKNOWN)

    # -- gates ----------------------------------------------------------------

    def apply(
        self,
        op: Op,
        bound: Mapping[str, Term],
        expr: ast.expr,
        node: ast.AST,
        into: str | None = None,
        place: ast.expr | None = None,
        virtual: bool = False,
    ) -> Term:
        """The gate that applies an operation, or the expression if it only counts."""
        if not virtual:
            bound, expr = self.as_now(bound, expr, node)
        if op.kind == "unsupported":
            if not any(t.varied for t in bound.values()):
                return self.opaque(expr, node, into)
            raise self.refuse(node, f"{op.name} is not supported: {op.general.reason}")
        operands = {key: self.operand(op, key, term, node) for key, term in bound.items()}
        defaults = {k: v for k, v in op.general.defaults.items() if k not in operands}
        try:
            result = op.shape(op, self.facts, **defaults, **operands)
        except (TypeError, ValueError, IndexError, AssertionError) as wrong:
            raise self.refuse(node, f"{op.name} cannot be called like this: {wrong}") from None
        differentiable = {k: t for k, t in bound.items() if not op.general.passes(k)}
        varied = any(t.varied for t in differentiable.values()) and op.kind != "constant"
        if isinstance(result, Num) and not result.differentiable:
            varied = False
        if not varied and isinstance(result, Num) and _counts(result) and _cheap(bound):
            value = _count(op, [t.type for t in bound.values()], result)
            return Term(expr, replace(result, value=value))
        self.complex_refused(node, op, [*bound.values()], varied)
        exprs = {k: t.expr for k, t in bound.items()}
        if isinstance(result, Seq) and (varied or len(op.general.outputs) > 1):
            sources = list(bound.values())
            return self.apply_several(op, exprs, expr, node, result, varied, sources)
        target = into or self.fresh(self.hint, introduced=True)
        self.types[target] = result
        self.emit((target,), op, exprs, expr, node, place, virtual)
        if isinstance(result, Num) and not result.is_scalar:
            self.memory.note_view(target, op, bound, expr)
        recognised = recognise(self.defined[target], self.defined, self.catalogue)
        if recognised is not None:
            self.replace_gate(target, recognised)
        items = None
        if isinstance(result, Seq):
            items = tuple(Term(_item(name(target), i), t) for i, t in enumerate(result.items))
        made = Term(name(target), result, varied, items)
        self.storages.terms[target] = made
        return made

    def apply_several(
        self,
        op: Op,
        operands: Mapping[str, ast.expr],
        expr: ast.expr,
        node: ast.AST,
        result: Seq,
        varied: bool,
        sources: Sequence[Term],
    ) -> Term:
        """The gate of an operation with several results, each a value of its own."""
        items = []
        for type_ in result.items:
            value = self.fresh(self.hint, introduced=True)
            self.types[value] = type_
            item = Term(name(value), type_, varied and _is_float(type_))
            self.storages.terms[value] = item
            if op.general.aliases != "copy":
                # views, each of which would have to be taken anew after a write
                self.memory.join(value, self.env, "", *sources)
            items.append(item)
        targets = tuple(t.expr.id for t in items if isinstance(t.expr, ast.Name))
        self.emit(targets, op, operands, expr, node)
        display = ast.Tuple([t.expr for t in items], ast.Load())
        return Term(display, result, varied, tuple(items))

    def as_now(
        self, bound: Mapping[str, Term], expr: ast.expr, node: ast.AST
    ) -> tuple[Mapping[str, Term], ast.expr]:
        """Operands as they are when the operation is carried out, not when they were named.

        In `x + f(x)` the call may write to `x`.
        """
        table: dict[str, ast.expr] = {}

        def now(term: Term) -> Term:
            if term.items is not None:
                items = tuple(now(item) for item in term.items)
                if all(a is b for a, b in zip(items, term.items, strict=True)):
                    return term
                return replace(term, expr=substitute(term.expr, table), items=items)
            found = self.memory.fresh(None, term, node)
            if found is not term and isinstance(term.expr, ast.Name):
                table[term.expr.id] = found.expr
            return found

        bound = {key: now(term) for key, term in bound.items()}
        return bound, substitute(expr, table)

    def virtual(self, author: str, op: Op, bound: Mapping[str, Term], view: View) -> Term:
        """A view as it is after a write: the same memory, so nothing is printed."""
        where = self.definition.tree
        return self.apply(op, bound, view.expr, where, self.version(author), virtual=True)

    def put_back(self, view: View, parent: Term, part: Term, node: ast.AST) -> Term:
        """The array that a changed view belongs to, as it is then."""
        op = self.catalogue.find(view.op.general.put) if view.op.general.put else None
        if op is None or not isinstance(parent.expr, ast.Name):
            raise self.refuse(
                node,
                f"writing through {view.op.name} is not supported",
                help="write into the array itself",
            )
        bound = {"x": part}
        if "index" in op.general.inputs:
            bound = {"x": parent, "index": view.bound["index"], "v": part}
        target = self.version(parent.expr.id)
        made = self.apply(op, bound, part.expr, node, target, virtual=True)
        assert isinstance(made.expr, ast.Name)
        self.storages.views.pop(made.expr.id, None)
        return made

    def complex_refused(self, node: ast.AST, op: Op, terms: Sequence[Term], varied: bool) -> None:
        if varied and any(t.num is not None and t.num.kind == "c" for t in terms):
            raise self.refuse(node, f"{op.name} of complex values is not supported")

    def operand(self, op: Op, key: str, term: Term, node: ast.AST) -> Any:
        mark = op.general.marked(key) if op.general.passes(key) else ""
        if mark and term.varied:
            raise self.refuse(node, f"{op.name} is not differentiated in `{key}`")
        if mark != "const":
            if isinstance(term.type, Seq) and term.varied and not _takes_several(op, key):
                raise self.refuse(
                    node, f"{op.name} of a {term.type.kind} of differentiated values"
                    " is not supported", help="make an array of them with np.array",
                )  # fmt: skip
            if isinstance(term.type, Known) and not mark and term.type.value is not None:
                raise self.refuse(node, f"{op.name} is given a {_describe(term.type)}")
            return term.type
        try:
            return static_value(term)
        except NotStatic as unknown:
            if unknown.path is not None:
                raise NeedValue(unknown.path.split(":")[0]) from None
            raise self.refuse(
                node, f"`{key}` of {op.name} is not known while compiling", help="write it out"
            ) from None

    def emit(
        self,
        targets: tuple[str, ...],
        op: Op | None,
        operands: Mapping[str, ast.expr],
        expr: ast.expr,
        node: ast.AST,
        place: ast.expr | None = None,
        virtual: bool = False,
    ) -> None:
        span = self.definition.source.span(node)
        gate = Gate(
            targets, op, operands, expr, span, self.statement, self.new_key(), place, virtual
        )
        self.body.append(gate)
        for target in targets:
            self.defined[target] = gate

    def replace_gate(self, target: str, gate: Gate) -> None:
        at = max(i for i, stmt in enumerate(self.body) if stmt is self.defined[target])
        self.body[at] = gate
        self.defined[target] = gate


# -- small questions ------------------------------------------------------------


def given(term: Term) -> Given:
    """What a rule's `when` sees of an operand."""
    return Given(term.type, term.varied, literal(term.expr) is not None)


def _takes_several(op: Op, key: str) -> bool:
    """Whether a rule says what to do with the elements of a display."""
    return any(rule.marked(key) == "several" for rule in op.rules)


def _is_float(type_: Type) -> bool:
    return isinstance(type_, Num) and type_.differentiable


def _numpy(function: str) -> ast.expr:
    return ast.Attribute(name("@np"), function, ast.Load())


def _counts(result: Num) -> bool:
    """A number that counts or decides: it has no derivative and costs nothing."""
    return result.is_python and result.kind in ("i", "b")


def _cheap(bound: Mapping[str, Term]) -> bool:
    return all(
        t.num is not None and t.num.is_python and t.num.kind in ("i", "b") for t in bound.values()
    )


_COUNTING: dict[Any, Callable[[Dim, Dim], Dim]] = {
    operator.add: operator.add,
    operator.sub: operator.sub,
    operator.mul: operator.mul,
    operator.floordiv: operator.floordiv,
}


def _count(op: Op, types: Sequence[Type], result: Num) -> Dim | None:
    """What an integer expression counts, where lengths can follow it."""
    values = [t.value if isinstance(t, Num) else None for t in types]
    if op.function in _COUNTING and len(values) == 2:
        a, b = values
        if a is not None and b is not None:
            return _COUNTING[op.function](a, b)
    if op.function is operator.neg and values[0] is not None:
        return values[0] * -1
    return None


def _int_term(value: int) -> Term:
    return Term(ast.Constant(value), replace(INT, value=Dim(value)))


def _item(expr: ast.expr, index: int) -> ast.expr:
    return ast.Subscript(expr, ast.Constant(index), ast.Load())


def _load(node: ast.expr) -> ast.expr:
    loaded: ast.expr = clone(node)
    for child in ast.walk(loaded):
        if hasattr(child, "ctx"):
            child.ctx = ast.Load()
    return loaded


def _call(
    func: ast.expr, args: Sequence[Term], keywords: Mapping[str, Term], node: ast.Call | None
) -> ast.Call:
    made = [ast.keyword(key, term.expr) for key, term in keywords.items()]
    call = ast.Call(func, [t.expr for t in args], made)
    return ast.copy_location(call, node) if node is not None else call


def clone_with(node: ast.expr, terms: Sequence[Term]) -> ast.expr:
    """The operator expression with staged operands."""
    exprs = [t.expr for t in terms]
    match node:
        case ast.BinOp(op=op):
            return ast.BinOp(exprs[0], op, exprs[1])
        case ast.UnaryOp(op=op):
            return ast.UnaryOp(op, exprs[0])
        case ast.Compare(ops=ops):
            return ast.Compare(exprs[0], ops, exprs[1:])
    raise TypeError(node)


def _argument(node: ast.Call, which: int | str) -> ast.AST:
    """The argument that a message is about."""
    if isinstance(which, int):
        return node.args[which] if which < len(node.args) and which else node
    return next((k.value for k in node.keywords if k.arg == which), node)


def _is_leaf(term: Term) -> bool:
    return isinstance(term.expr, ast.Name) and "[" in term.expr.id


def _is_not(node: ast.expr) -> bool:
    return isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not)


def assigned_names(tree: ast.AST) -> set[str]:
    """The names that a function binds."""
    bound = {n.id for n in ast.walk(tree) if isinstance(n, ast.Name) and _stores(n)}
    return bound | {n.arg for n in ast.walk(tree) if isinstance(n, ast.arg)}


def _stores(node: ast.Name) -> bool:
    return isinstance(node.ctx, ast.Store | ast.Del)


def _keyword(node: ast.AST) -> str:
    """What the author calls this kind of statement or expression."""
    if isinstance(node, ast.Expr):
        node = node.value
    names = {
        "If": "if", "For": "for", "While": "while", "FunctionDef": "def", "With": "with",
        "Try": "try", "Raise": "raise", "Delete": "del", "IfExp": "... if ... else ...",
        "BoolOp": "and/or", "ListComp": "a list comprehension", "Lambda": "lambda",
        "Dict": "a dict", "NamedExpr": ":=", "Compare": "a chained comparison",
        "Import": "import", "ImportFrom": "import", "Global": "global", "Match": "match",
        "GeneratorExp": "a generator", "Await": "await", "Yield": "yield", "Starred": "*",
        "ClassDef": "class", "Nonlocal": "nonlocal", "Set": "a set", "AsyncFor": "async for",
    }  # fmt: skip
    return names.get(type(node).__name__, type(node).__name__)


def _operation(node: ast.expr) -> str:
    symbols: dict[Any, str] = {ast.FloorDiv: "//", ast.Mod: "%", ast.BitAnd: "&", ast.BitOr: "|"}
    op = getattr(node, "op", None)
    return symbols.get(type(op), type(op).__name__ if op else _keyword(node))


def _describe(type_: Type) -> str:
    match type_:
        case Num():
            return "number"
        case Seq(kind=kind):
            return kind
        case Known(value=value):
            return type(value).__name__
        case Opaque(note=note):
            return note


def _readable(expr: ast.expr) -> str:
    """An expression of staged names, as the author would write it."""
    plain = clone(expr)
    for child in ast.walk(plain):
        if isinstance(child, ast.Name):
            child.id = child.id.split(":")[0]
    return ast.unparse(plain)
