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
import itertools
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from adgen.errors import UserError
from adgen.frontend.control import declared, local_names
from adgen.frontend.source import Definition, Holder, Scope
from adgen.ir import (
    Gate,
    Program,
    Staged,
    Stmt,
    clone,
    homes,
    is_leaf,
    is_part,
    leaf_name,
    leaf_of,
    name,
    names_in,
    path_of,
    substitute,
    value_of,
)
from adgen.rules.registry import Catalogue, Given, Op
from adgen.rules.settle import constant_expr
from adgen.rules.shapes import count
from adgen.staging.calls import Calls, Frame, scope_of, structures
from adgen.staging.cells import CELL, is_entry
from adgen.staging.conditions import Conditions
from adgen.staging.expressions import Expressions
from adgen.staging.flow import Flow
from adgen.staging.functional import Functional
from adgen.staging.invocations import Invocations
from adgen.staging.lists import Lists, NeedList, Site
from adgen.staging.meetings import RESULT
from adgen.staging.objects import Objects
from adgen.staging.pairs import (
    Around,
    Names,
    Outline,
    Outlines,
    Pairs,
    Parameter,
    general,
    generalised,
    outline_of,
)
from adgen.staging.patterns import recognise
from adgen.staging.statements import Statements
from adgen.staging.storage import Memory, NeedCopy, Storages, View
from adgen.staging.tables import Layout
from adgen.staging.terms import (
    NeedValue,
    NoResultYet,
    NotStatic,
    Recursive,
    Term,
    call_of,
    constant_type,
    item_of,
    leaves,
    literal,
    numpy,
    static_value,
)
from adgen.staging.wording import a, called, describe
from adgen.staging.writes import Writes
from adgen.types import UNKNOWN, Facts, Known, ListOf, Num, Record, Ref, Seq, Sparse, Type

_NUMBERS = (int, float, complex, np.generic, np.ndarray)


def stage(
    definition: Definition,
    arguments: Mapping[str, Type],
    wrt: Sequence[str],
    catalogue: Catalogue,
    facts: Facts,
    watched: Sequence[tuple[Scope, str, Any]] = (),
) -> Staged:
    """The gates of a function for arguments of these types, differentiated in `wrt`."""
    copied: list[str] = []
    lists: dict[Site, Layout | None] = {}
    outline: Outline | None = None
    while True:
        stager = Stager(definition, catalogue, facts, lists, outline=outline)
        stager.watched += watched
        try:
            staged = stager.run(arguments, wrt, copied)
        except NeedCopy as need:
            copied.append(need.parameter)
            continue
        except NeedList as need_list:
            lists[need_list.site] = need_list.layout
            continue
        except Recursive:
            arguments, facts = generalised(arguments), Facts()
            outline = outline_of(definition, arguments, wrt)
            continue
        except NoResultYet:
            raise stager.refuse(
                definition.tree, f"`{definition.name}` calls itself on every path"
            ) from None
        if outline is None or stager.pairs.settles(outline, staged):
            return staged


class Stager:
    def __init__(
        self,
        definition: Definition,
        catalogue: Catalogue,
        facts: Facts,
        lists: dict[Site, Layout | None],
        outer: Stager | None = None,
        outline: Outline | None = None,
    ) -> None:
        """`outer` is the stager of a program that calls this one, for the signature `outline`."""
        self.definition = definition
        self.catalogue = catalogue
        self.facts = facts
        self.outer = outer
        self.outline = outline
        self.outlines: Outlines = outer.outlines if outer else Outlines.begun(outline)
        self.pairs = Pairs(self)
        self.function: Any = outline.function if outline else definition.function
        self.scope = scope_of(self.function, definition)
        self.env: dict[str, Term] = {}
        self.body: list[Stmt] = []
        self.keys = 0
        self.types: dict[str, Type] = {}
        self.defined: dict[str, Gate] = {}
        self.storages = Storages()
        self.memory = Memory(self)
        self.counts: dict[str, int] = {}
        self.externals: dict[str, Any] = outer.externals if outer else {}
        if outline is not None:
            self.externals |= outline.ends
        self.statement = 0
        self.hint = "out"
        self.flow = Flow(self)
        self.conditions = Conditions(self)
        self.objects = Objects(self)
        self.statements = Statements(self)
        self.expressions = Expressions(self)
        self.lists = Lists(self, lists)
        self.invocations = Invocations(self)
        self.functional = Functional(self)
        self.writes = Writes(self)
        self.inputs: list[str] = []
        self.wrt: tuple[str, ...] = ()
        self.lifted: dict[str, Term] = {}
        self.locals = local_names(definition.tree)
        # which function each name belongs to: those of the outermost come first
        self.owners: dict[str, Any] = dict.fromkeys([*self.locals, "out"], self.function)
        self.reserved = {n.arg for n in ast.walk(definition.tree.args) if isinstance(n, ast.arg)}
        if outer is not None:
            outer.reserved |= self.reserved
            self.reserved = outer.reserved
        self.frames: list[Frame] = []
        # the calls under way, and how the tuples and dicts that they were given are made up
        self.structures_given: list[tuple[Any, dict[str, Any]]] = []
        self.calls = Calls()
        if outer is not None:
            self.calls.count = outer.calls.count
            self.calls.begin(self.function)
        self.watched: list[tuple[Scope | Holder, Any, Any]] = outer.watched if outer else []

    # -- the function ---------------------------------------------------------

    def run(
        self, arguments: Mapping[str, Type], wrt: Sequence[str], copied: Sequence[str]
    ) -> Staged:
        self.wrt = tuple(map(value_of, wrt))
        for parameter, type_ in arguments.items():
            self.env[parameter] = self.input(parameter, type_)
        for parameter in copied:
            self.copy_argument(parameter)
        self.structures_given.append((self.function, structures(self, self.env)))
        self.flow.block(self.definition.tree.body)
        return self.program(copied)

    def program(self, copied: Sequence[str]) -> Staged:
        """What has been staged, as a program."""
        result = self.env.get(RESULT)
        if result is None and self.outlines.waits():
            raise NoResultYet
        if result is None or self.flow.left != "return":
            raise self.refuse(
                self.definition.tree,
                f"`{self.definition.name}` can end without returning a value",
                help="return a number on every path",
            )
        optional = isinstance(result.type, Num) and result.type.optional
        if not isinstance(result.type, Num | Seq | Ref) or optional:
            raise self.refuse(self.definition.tree, "the result is not a number on every path")
        overwritten = self.memory.overwritten(tuple(self.body), homes(tuple(self.body)))
        outline = self.outline
        finished = self.outlines.finished if self.outer is None else []
        program = Program(
            name=outline.name if outline else self.definition.name,
            source=self.definition.source,
            params=outline.arguments if outline and self.outer else self.definition.tree.args,
            inputs=tuple(self.inputs),
            body=self.pairs.guarded(tuple(self.body), overwritten),
            result=self.spelled(result.expr, self.definition.tree),
            wrt=self.wrt,
            externals=self.externals,
            watched=tuple(self.watched),
            copied=tuple(copied),
            overwritten=overwritten,
            helpers=tuple(o.staged for o in finished if o.staged is not None),
            recursive=outline is not None,
            pinned=self.memory.pinned(),
            unnamed=self.memory.unnamed(),
        )
        return Staged(program, self.types, self.facts)

    def input(self, parameter: str, type_: Type) -> Term:
        """A parameter of the emitted function."""
        value = self.fresh(parameter)
        self.inputs.append(value)
        self.types[value] = type_
        return self.argument(value, type_)

    def argument(self, value: str, type_: Type) -> Term:
        """An argument; what a container holds are values of their own."""
        if not isinstance(type_, Seq | Record):
            floating = isinstance(type_, Num) and type_.differentiable
            return Term(name(value), type_, floating and is_part(value, self.wrt))
        own = self.lists.argument(value, type_)
        if own is not None:
            self.types[value] = own
            return self.argument(value, own)
        items = []
        for i, item in enumerate(type_.items):
            leaf = value + type_.path(i)
            self.types[leaf] = item
            items.append(self.argument(leaf, item))
        if isinstance(type_, Seq) and type_.cls is not None:
            self.note_external(type_.cls.__name__, type_.cls)
        if isinstance(type_, Record):
            return self.objects.argument(value, type_, items)
        site = self.lists.site_of(value)
        return Term(name(value), type_, any(t.varied for t in items), tuple(items), site=site)

    def copy_argument(self, path: str) -> None:
        """The caller's array is left as it was: the function writes to a copy."""
        value = value_of(path)
        for key, term in list(self.env.items()):
            self.hint = self.objects.slot(key) if is_entry(key) else key
            if is_leaf(value) and not is_entry(key):
                # the whole is still read under its own name
                self.hint = self.spare(leaf_name(key, leaf_of(value)[1]))
            self.env[key] = self._with_copy(term, value)

    def _with_copy(self, term: Term, value: str) -> Term:
        """A term with a copy in place of an argument, or of an element of one."""
        if term.items is not None:
            items = tuple(self._with_copy(item, value) for item in term.items)
            changed = any(a is not b for a, b in zip(items, term.items, strict=True))
            return replace(term, items=items) if changed else term
        if not isinstance(term.expr, ast.Name) or term.expr.id != value:
            return term
        if term.num is None:
            raise self.refuse(
                self.definition.tree, f"`{path_of(value)}` is written to, and is not an array"
            )
        self.statement += 1
        target = self.version(self.hint) if is_leaf(value) else self.fresh(self.hint)
        return self.copied(term, self.definition.tree, target)

    def unique(self, wanted: str, owner: Any) -> str:
        """A name for values that no variable of the author's has.

        Two dicts or objects share one only if nothing means the first any more.
        """
        found, number = wanted, 2
        while (other := self.owners.setdefault(found, owner)) != owner:
            if isinstance(other, tuple) and not self.objects.is_alive(other[0]):
                self.owners[found] = owner
                break
            found = f"{wanted}{'_' if wanted[-1:].isdigit() else ''}{number}"
            number += 1
        return found

    def watch_attribute(self, cls: type, attr: str) -> None:
        """The code depends on what a class has under this name."""
        scope = Holder(cls)
        self.watched.append((scope, attr, scope.lookup(attr)[1]))

    def fresh(self, author: str, introduced: bool = False) -> str:
        if introduced:
            return self._numbered(f"{author}:t")
        return self._numbered(f"{self.own_name(author)}:")

    def version(self, value: str) -> str:
        """Another value under the name of one that there is."""
        return self._numbered(f"{value.split(':')[0]}:")

    def newest(self, value: str) -> str:
        """The last value so far under the name that a value has."""
        key = f"{value.split(':')[0]}:"
        return f"{key}{self.counts.get(key, 0)}"

    def _numbered(self, key: str) -> str:
        self.counts[key] = self.counts.get(key, 0) + 1
        return f"{key}{self.counts[key]}"

    def own_name(self, author: str) -> str:
        """A helper's name for a value, told from the same name in other functions."""
        owner = self.frames[-1].function if self.frames else self.function
        inside = [self.function, *(frame.function for frame in self.frames)].count(owner)
        if inside > 1:
            return self.unique(f"{self.definition.name}_{author}", ("call", owner, author, inside))
        if self.owners.setdefault(author, owner) is owner:
            return author
        if author in declared(self.definition.tree, ast.Nonlocal):
            return author
        return f"{self.definition.title}_{author}"

    def spare(self, wanted: str) -> str:
        """A name that the function has no use for."""
        while wanted in self.locals or self.scope.lookup(wanted)[0]:
            wanted += "_"
        return wanted

    def refuse(
        self, node: ast.AST, message: str, *, because: str = "", help: str = ""
    ) -> UserError:
        return UserError(message, self.definition.source.span(node), because=because, help=help)

    # -- statements -----------------------------------------------------------

    def copied(self, given: Term, node: ast.AST, into: str | None = None) -> Term:
        if isinstance(given.type, ListOf):
            return self.lists.deep_copy(given, node, into)
        op = self.catalogue.method("copy")
        assert op is not None
        expr = ast.Call(ast.Attribute(given.expr, "copy", ast.Load()), [], [])
        where = ast.copy_location(ast.Name("copy"), node)
        return self.apply(op, {"x": given}, expr, where, into)

    def is_made(self, value: str) -> bool:
        """Whether a value is the function's own, not an argument or part of one."""
        return ":" in value and not is_leaf(value) and value not in self.inputs

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

    def names_read_outside(self, stmts: Sequence[ast.stmt]) -> set[str]:
        """The names that the function reads elsewhere than in some of its statements.

        What another loop's trips read of its own target is what that loop binds.
        """
        left_out = {id(stmt) for stmt in stmts}
        found: set[str] = set()

        def visit(part: ast.AST, bound: frozenset[str]) -> None:
            if id(part) in left_out:
                return
            if isinstance(part, ast.Name) and isinstance(part.ctx, ast.Load):
                found.update({part.id} - bound)
            body: list[ast.stmt] = []
            if isinstance(part, ast.For) and not any(id(n) in left_out for n in ast.walk(part)):
                body = part.body
            for child in ast.iter_child_nodes(part):
                if child not in body:
                    visit(child, bound)
            for child in body:
                assert isinstance(part, ast.For)
                visit(child, bound | set(names_in(part.target)))

        visit(self.definition.tree, frozenset())
        return found

    def rewritten(self, node: Any) -> Any:
        """A piece of the author's code with values in place of names."""
        table = {}
        for identifier in set(names_in(node)):
            if identifier in self.env:
                if self.env[identifier].columns:
                    raise self.refuse(node, "a list of tuples that changes is used as a whole here")
                table[identifier] = self.env[identifier].expr
            elif identifier not in self.locals:
                found, value = self.scope.lookup(identifier)
                if found:
                    table[identifier] = name(self.note_external(identifier, value))
        return substitute(clone(node), table)

    # -- expressions ----------------------------------------------------------

    def expr(self, node: ast.expr, into: str | None = None) -> Term:
        """Stage an expression; its outermost operation gives the value `into`."""
        return self.expressions.expr(node, into)

    @property
    def parents(self) -> list[Names]:
        """The names of the functions that the current one is defined in, outermost first."""
        return [self.names_of(call) for call in self.calls.visible]

    def names_of(self, call: int) -> Names:
        """What names mean in a call: now, or at its end."""
        if call == self.calls.current:
            return self.env
        under_way = {frame.call: frame.env for frame in self.frames}
        if call not in under_way and call not in self.calls.ended and self.outer is not None:
            return Around(self, self.outer, call)
        return under_way[call] if call in under_way else self.calls.ended[call]

    def captured(self, call: int, author: str, term: Term) -> Term:
        """The argument that stands for a name of a call around this helper."""
        assert self.outline is not None
        key = (call, author)
        if key not in self.outline.captured:
            known_as = self.pairs.parameter_name(self.outline, author)
            found = Parameter(known_as, general(term.type, known_as), term.varied)
            self.outline.captured[key] = found
        parameter = self.outline.captured[key]
        if parameter.name not in self.lifted:
            self.wrt += (value_of(parameter.name),) if parameter.varied else ()
            self.lifted[parameter.name] = self.input(parameter.name, parameter.type)
        return self.lifted[parameter.name]

    def note_external(self, author: str, value: Any) -> str:
        """The name under which the emitted code knows an object of the author's module."""
        if self.scope.is_builtin(author):
            return author
        self.watched.append((self.scope, author, value))
        return self.external(author, value)

    def external(self, author: str, value: Any) -> str:
        """The name of an object in the emitted code, the author's own if it is free."""
        own = not self.frames and author in self.locals
        taken = author in self.reserved and not own
        if not taken and self.externals.setdefault(author, value) is value:
            return author
        # a helper of another module means something else by the same name
        known = next((n for n, v in self.externals.items() if v is value), None)
        if known is not None:
            return known
        wanted = f"{author}_of_{self.definition.name}"
        numbered = (f"{wanted}{number}" for number in itertools.count(2))
        found = next(n for n in itertools.chain([wanted], numbered) if n not in self.externals)
        self.externals[found] = value
        return found

    def constant(self, expr: ast.expr, value: Any) -> Term:
        """A value of the author's module."""
        type_ = constant_type(value)
        items = None
        if isinstance(type_, Seq):
            items = tuple(self.constant(item_of(expr, i), v) for i, v in enumerate(value))
        static = value if type(value) is float else None
        return Term(expr, type_, False, items, static)

    # -- calls ----------------------------------------------------------------

    def opaque(
        self,
        expr: ast.expr,
        node: ast.AST,
        into: str | None = None,
        sources: Iterable[Term] = (),
    ) -> Term:
        """A value that nothing is known of, and that carries no derivative.

        It may be, or be a view of, one of the arrays that it is made from.
        """
        if any(n.startswith(CELL) for n in names_in(expr)):
            raise self.refuse(
                node, "a dict or object is handed to code that cannot be followed",
                help="hand over what it holds, one by one",
            )  # fmt: skip
        target = into or self.fresh(self.hint, introduced=True)
        self.types[target] = UNKNOWN
        self.emit((target,), None, {}, expr, node)
        made = self.storages.terms[target] = Term(name(target), UNKNOWN)
        self.memory.join(target, self.env, "", *sources)
        return made

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
        effect: bool = False,
    ) -> Term:
        """The gate that applies an operation, or the expression if it only counts."""
        if not virtual:
            bound, expr = self.with_arrays(op, bound, expr, node)
            bound, expr = self.as_now(bound, expr, node)
        if any(isinstance(t.type, Sparse) and op.general.marked(k) != "sparse"
               for k, t in bound.items()):  # fmt: skip
            if not any(t.varied for t in bound.values()) or op.kind == "constant":
                return self.opaque(expr, node, into)
            raise self.refuse(
                node, f"{op.name} of a sparse matrix is not supported", help="write `A @ x`"
            )
        if op.kind == "unsupported":
            return self.unsupported(op, [*bound.values()], expr, node, into)
        operands = {key: self.operand(op, key, term, node) for key, term in bound.items()}
        defaults = {k: v for k, v in op.general.defaults.items() if k not in operands}
        try:
            result = op.shape(op, self.facts, **defaults, **operands)
        except (TypeError, ValueError, IndexError, AssertionError) as wrong:
            raise self.refuse(node, f"{called(op)} cannot be used like this: {wrong}") from None
        differentiable = {k: t for k, t in bound.items() if not op.general.passes(k)}
        varied = any(t.varied for t in differentiable.values()) and op.kind != "constant"
        if isinstance(result, Num) and not result.differentiable:
            varied = False
        if not varied and isinstance(result, Num) and _counts(result) and _cheap(bound):
            value = count(op.function, [t.type for t in bound.values()])
            return Term(expr, replace(result, value=value))
        if any(t.varied for t in differentiable.values()):
            self.check_supported(op, bound, operands, result, node)
        exprs = {k: element_wise(t) for k, t in bound.items()}
        exprs |= {k: constant_expr(operands[k]) for k in bound if op.general.marked(k) == "const"}
        if isinstance(result, Seq) and (varied or len(op.general.outputs) > 1):
            sources = [part for term in bound.values() for part in leaves(term)]
            return self.apply_several(op, exprs, expr, node, result, varied, sources)
        target = into or self.fresh(self.hint, introduced=True)
        self.types[target] = result
        self.emit((target,), op, exprs, expr, node, place, virtual, effect)
        if isinstance(result, Num) and not result.is_scalar:
            self.memory.note_view(target, op, bound, expr)
        recognised = recognise(self.defined[target], self.defined, self.catalogue)
        if recognised is not None:
            self.replace_gate(target, recognised)
        items = None
        if isinstance(result, Seq):
            items = tuple(Term(item_of(name(target), i), t) for i, t in enumerate(result.items))
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
        if len(items) == 1 and result.items:
            expr = item_of(expr, 0)  # the one result, without what it comes in
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

    def unsupported(
        self, op: Op, terms: Sequence[Term], expr: ast.expr, node: ast.AST, into: str | None
    ) -> Term:
        """An operation that is refused, unless nothing that is differentiated goes in."""
        if any(t.varied for t in terms):
            raise self.refuse(node, f"{called(op)} is not supported: {op.general.reason}")
        made = self.opaque(expr, node, into, terms)
        if not op.general.makes_sparse:
            return made
        assert isinstance(made.expr, ast.Name)
        type_ = self.types[made.expr.id] = op.shape(op, self.facts)
        return replace(made, type=type_)

    def with_arrays(
        self, op: Op, bound: Mapping[str, Term], expr: ast.expr, node: ast.AST
    ) -> tuple[Mapping[str, Term], ast.expr]:
        """Lists and tuples as the arrays that NumPy makes of them."""
        if op.kind in ("constant", "unsupported"):
            return bound, expr
        if not op.takes_arrays:
            return self.lists.operands(op, bound, node), expr
        made = {
            key: self.as_array(term, node)
            for key, term in bound.items()
            if (term.items is not None or isinstance(term.type, ListOf))
            and not op.general.passes(key)
            and not _takes_several(op, key)
        }
        for key, term in bound.items():
            if op.general.marked(key) == "arrays" and any(t.items for t in term.items or ()):
                made[key] = self.of_arrays(term, node)
        if not made:
            return bound, expr
        table = {id(bound[key].expr): term.expr for key, term in made.items()}
        return {**bound, **made}, _exchanged(expr, table)

    def of_arrays(self, term: Term, node: ast.AST) -> Term:
        """A list of arrays, of a list in which some are lists themselves."""
        items = tuple(t if t.items is None else self.as_array(t, node) for t in term.items or ())
        display = ast.Tuple([t.expr for t in items], ast.Load())
        assert isinstance(term.type, Seq)
        return replace(
            term, expr=display, type=Seq("tuple", tuple(t.type for t in items)), items=items
        )

    def as_array(self, term: Term, node: ast.AST) -> Term:
        """`np.array([a, b])`"""
        op = self.catalogue.find(np.array)
        assert op is not None
        return self.apply(op, {"x": term}, call_of(numpy("array"), [term], {}, None), node)

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
        inputs = op.general.inputs
        bound = {key: term for key, term in view.bound.items() if key in inputs}
        bound |= {"x": parent, "v": part} if "v" in inputs else {"x": part}
        if "whole" in inputs:
            bound["whole"] = replace(parent, varied=False)  # only its shape is asked for
        target = self.version(parent.expr.id)
        made = self.apply(op, bound, part.expr, node, target, virtual=True)
        assert isinstance(made.expr, ast.Name)
        self.storages.views.pop(made.expr.id, None)
        return made

    def check_supported(
        self,
        op: Op,
        bound: Mapping[str, Term],
        operands: Mapping[str, Any],
        result: Any,
        node: ast.AST,
    ) -> None:
        """Refuse what has no rule for these operands; numbers may be real or complex."""
        if any(rule.kind == "unsupported" for rule in op.rules):
            seen = {
                key: operands[key] if op.general.marked(key) == "const" else self.given(term)
                for key, term in bound.items()
            }
            rule = op.rule_for(seen)
            if rule.kind == "unsupported":
                raise self.refuse(node, f"{called(op)} is not supported here: {rule.reason}")
        unknown = isinstance(result, Num) and result.kind == ""
        given = [t.num for t in bound.values() if t.num is not None]
        if unknown and self.facts.assumes_real and any(n.kind == "c" for n in given):
            raise self.refuse(
                node,
                f"whether {called(op)} gives complex numbers here is not known",
                help="give example arguments, or annotations with dtypes",
            )

    def given(self, term: Term) -> Given:
        """What a rule's `when` sees of an operand."""
        is_complex = self.facts.may_be_complex(term.type)
        return Given(term.type, term.varied, literal(term.expr) is not None, is_complex)

    def operand(self, op: Op, key: str, term: Term, node: ast.AST) -> Any:
        mark = op.general.marked(key) if op.general.passes(key) else ""
        if mark and term.varied:
            because = f": {op.general.reason}" if op.general.reason else ""
            raise self.refuse(node, f"{called(op)} is not differentiated in `{key}`{because}")
        if mark != "const":
            several = op.kind == "constant" or _takes_several(op, key)
            if isinstance(term.type, Seq) and term.varied and not several:
                raise self.refuse(
                    node, f"{called(op)} of a {term.type.kind} of differentiated values"
                    " is not supported", help="make an array of them with np.array",
                )  # fmt: skip
            if isinstance(term.type, Known) and not mark and term.type.value is not None:
                raise self.refuse(node, f"{called(op)} is given {a(describe(term.type))}")
            return term.type
        try:
            return static_value(term)
        except NotStatic as unknown:
            if unknown.path is not None:
                raise NeedValue(unknown.path.split(":")[0]) from None
            raise self.refuse(
                node, f"`{key}` of {called(op)} is not known while compiling", help="write it out"
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
        effect: bool = False,
    ) -> None:
        span = self.definition.source.span(node)
        expr = self.spelled(expr, node)
        gate = Gate(
            targets, op, operands, expr, span, self.statement, self.new_key(),
            place, effect, virtual,
        )  # fmt: skip
        self.body.append(gate)
        for target in targets:
            self.defined[target] = gate

    def spelled(self, expr: Any, node: ast.AST) -> Any:
        """An expression with dicts and objects written out."""
        cells = {n for n in names_in(expr) if n.startswith(CELL)}
        table = {c: self.objects.display(self.objects.term(c), node) for c in cells}
        return substitute(expr, table)

    def replace_gate(self, target: str, gate: Gate) -> None:
        at = max(i for i, stmt in enumerate(self.body) if stmt is self.defined[target])
        self.body[at] = gate
        self.defined[target] = gate


# -- small questions ------------------------------------------------------------


class _Exchange(ast.NodeTransformer):
    def __init__(self, table: Mapping[int, ast.expr]) -> None:
        self.table = table

    def visit(self, node: ast.AST) -> Any:
        return self.table.get(id(node)) or super().visit(node)


def _exchanged(expr: ast.expr, table: Mapping[int, ast.expr]) -> ast.expr:
    """The expression with other nodes in the place of these."""
    exchanged: ast.expr = _Exchange(table).visit(expr)
    return exchanged


def element_wise(term: Term) -> ast.expr:
    """An operand; a list or tuple with differentiated elements is written out, as its adjoint
    goes to them, also where the author has a name for the whole."""
    if term.items is None or not term.varied:
        return term.expr
    kind = ast.List if isinstance(term.type, Seq) and term.type.kind == "list" else ast.Tuple
    return kind([element_wise(item) for item in term.items], ast.Load())


def _takes_several(op: Op, key: str) -> bool:
    """Whether a rule says what to do with the elements of a display."""
    return any(rule.marked(key) in ("several", "arrays") for rule in op.rules)


def _is_float(type_: Type) -> bool:
    return isinstance(type_, Num) and type_.differentiable


def _counts(result: Num) -> bool:
    """A number that counts or decides: it has no derivative and costs nothing."""
    return result.is_python and result.kind in ("i", "b")


def _cheap(bound: Mapping[str, Term]) -> bool:
    return all(
        t.num is not None and t.num.is_python and t.num.kind in ("i", "b") for t in bound.values()
    )
