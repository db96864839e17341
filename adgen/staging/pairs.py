"""Helpers that are compiled by themselves: those that call themselves.

A helper that calls itself cannot be staged in place, so it becomes a forward and
a backward of its own, for one signature: the types of its arguments, and which
are differentiated.  What its calls give is found by iteration: paths that call
the helper again are left out at first, and then staged with the type that the
others have led to, until that stays what it is.

Names of the functions around a local helper that it reads become arguments.
"""

from __future__ import annotations

import ast
import itertools
from collections.abc import Iterator, Mapping
from dataclasses import replace
from types import FunctionType
from typing import TYPE_CHECKING, Any, Protocol

from adgen.errors import UserError
from adgen.frontend.source import Definition, parameter_names
from adgen.ir import Answer, Block, Branch, Gate, Loop, Staged, Stmt, hint, name, names_in
from adgen.paths import leaf_of, value_of
from adgen.rules.pairs import adjoints_of, is_pair, pair_op
from adgen.staging.calls import is_function, structures
from adgen.staging.list_kinds import NeedList
from adgen.staging.meetings import RESULT
from adgen.staging.signatures import (
    Outline,
    Parameter,
    general,
    given_type,
    instantiated,
    is_static,
    joined_parameters,
    joined_result,
    own_lengths,
    same_static,
)
from adgen.staging.storage import NeedCopy, has_memory, is_array
from adgen.staging.structures import display_of
from adgen.staging.terms import NoResultYet, Term, item_of, leaves
from adgen.staging.wording import describe
from adgen.types import Facts, Known, ListOf, NeedValue, Num, Opaque, Saved, Seq, Type

if TYPE_CHECKING:
    from adgen.staging.stager import Stager

ROUNDS = 24
MOST = 24


class Wider(Exception):
    """A helper calls itself with arguments of other types than it was begun with."""

    def __init__(self, outline: Outline, parameters: tuple[Parameter, ...]) -> None:
        super().__init__(outline.name)
        self.outline = outline
        self.parameters = parameters


class Pairs:
    """Stages calls of helpers that are compiled by themselves, for a stager."""

    def __init__(self, stager: Stager) -> None:
        self.stager = stager

    def call(
        self,
        node: ast.AST,
        function: Any,
        definition: Definition,
        env: Mapping[str, Term],
        into: str | None,
    ) -> Term:
        """The result of a call, as a gate of the pair for its signature."""
        env = {key: env[key] for key in parameter_names(definition)}
        static = {key: self.static(term) for key, term in env.items() if is_static(term)}
        given = {key: term for key, term in env.items() if key not in static}
        parameters = tuple(self.parameter(node, key, term) for key, term in given.items())
        outline = self.known(function, parameters, static)
        if outline is None:
            outline = self.compiled(node, function, definition, parameters, static)
            # an argument whose value counts has become part of the signature
            given = {key: term for key, term in given.items() if key not in outline.static}
        if outline.result is None:
            raise NoResultYet
        return self.gate(node, outline, given, static, into)

    # -- signatures -----------------------------------------------------------------

    def parameter(self, node: ast.AST, key: str, term: Term) -> Parameter:
        """What a call says about a parameter."""
        if is_function(term) or not isinstance(term.type, Num | Seq | Opaque):
            raise self.stager.refuse(
                node, f"a function that calls itself is given a {describe(term.type)}"
            )
        if term.varied and isinstance(term.type, Opaque):
            raise self.stager.refuse(
                node, f"a function that calls itself is given a {term.type.note}"
            )
        return Parameter(key, general(term.type, key), term.varied)

    def static(self, term: Term) -> Term:
        """An argument that is the same in every call, free of names of the caller."""
        assert isinstance(term.type, Known)
        value = term.type.value
        if not any(":" in n for n in names_in(term.expr)):
            return term
        if callable(value):
            return replace(term, expr=self.stager.invocations.callees.named(value))
        return replace(term, expr=ast.Constant(value))

    def known(
        self, function: Any, parameters: tuple[Parameter, ...], static: Mapping[str, Term]
    ) -> Outline | None:
        """A signature that serves these arguments; one under way is widened for them."""
        for outline in self.stager.outlines.of(function):
            if not same_static(outline.static, static):
                continue
            fixed = [p for p in parameters if p.name not in outline.static]
            joined = joined_parameters(self.stager.facts, outline.parameters, fixed)
            if joined == outline.parameters:
                return outline
            if joined is not None and outline in self.stager.outlines.under_way:
                if not outline.fixed:
                    raise Wider(outline, joined)
        return None

    # -- compiling ------------------------------------------------------------------

    def compiled(
        self,
        node: ast.AST,
        function: Any,
        definition: Definition,
        parameters: tuple[Parameter, ...],
        static: dict[str, Term],
    ) -> Outline:
        """A new signature of a helper, staged."""
        outlines = self.stager.outlines
        if sum(1 for _ in outlines.of(function)) >= MOST:
            raise self.stager.refuse(
                node, f"`{definition.name}` calls itself with arguments of ever new types",
                help="write it as a loop",
            )  # fmt: skip
        known_as = self.free_name(definition.name)
        outline = Outline(function, definition, known_as, parameters, dict(static))
        outlines.add(function)
        outlines.names.add(known_as)
        self.settle(node, outline)
        return outline

    def free_name(self, wanted: str) -> str:
        """A name for a pair that nothing else in the author's modules has."""
        scope = self.stager.scope
        taken = {*self.stager.outlines.names, *self.stager.externals, *scope.globals}
        numbered = (f"{wanted}{number}" for number in itertools.count(2))
        for found in itertools.chain([wanted], numbered):
            ends = {f"{found}_forward", f"{found}_backward"}
            if found not in self.stager.outlines.names and not ends & taken:
                return found
        raise AssertionError

    def settle(self, node: ast.AST, outline: Outline) -> None:
        """Stage a helper until the type of its result, and what it reads, stay what they are."""
        outlines = self.stager.outlines
        for _ in range(ROUNDS):
            finished = len(outlines.finished)
            outlines.under_way.append(outline)
            before = dict(outline.captured)
            try:
                inner = self.inner(outline)
                staged = self.staged(node, outline, inner)
            except Wider as wider:
                if wider.outline is not outline:
                    raise
                outline.parameters, outline.result, settled = wider.parameters, None, False
            except NeedList as found:
                outline.lists[found.site] = found.layout
                outline.result, settled = None, False
            except NeedValue as need:
                self.fix(node, outline, need)
                outline.result, settled = None, False
            else:
                settled = inner.pairs.settles(outline, staged) and before == outline.captured
            finally:
                outlines.under_way.pop()
            if settled:
                outlines.finished.append(outline)
                return
            # what was compiled on the way may have relied on what has changed
            del outlines.finished[finished:]
        raise self.stager.refuse(
            node, f"the types of what `{outline.definition.name}` gives do not settle"
        )

    def inner(self, outline: Outline) -> Stager:
        """What stages a helper's program."""
        from adgen.staging.stager import Stager

        return Stager(
            outline.definition, self.stager.catalogue, Facts(), outline.lists, self.stager, outline
        )

    def staged(self, node: ast.AST, outline: Outline, inner: Stager) -> Staged:
        """One round: the helper's program, with what is known of its result so far."""
        try:
            return inner.pairs.run(outline)
        except NeedCopy as need:
            raise self.stager.refuse(
                node,
                f"`{outline.definition.name}` calls itself and writes into `{need.parameter}`",
                help="write into a copy, and return it",
            ) from None
        except NoResultYet:
            if outline.result is not None or len(self.stager.outlines.under_way) > 1:
                raise
            raise self.stager.refuse(
                node, f"`{outline.definition.name}` calls itself on every path"
            ) from None

    def run(self, outline: Outline) -> Staged:
        """The helper's own program."""
        stager = self.stager
        stager.env |= outline.static
        stager.wrt = tuple(value_of(p.name) for p in outline.parameters if p.varied)
        for p in outline.parameters:
            stager.env[p.name] = stager.input(p.name, p.type)
        for (call, author), p in outline.captured.items():
            stager.captured(call, author, Term(name(p.name), p.type, p.varied))
        stager.structures_given.append((outline.function, structures(stager, stager.env)))
        stager.flow.block(stager.definition.tree.body)
        result = stager.env.get(RESULT)
        if result is not None and result.items == () and result.site is not None:
            raise NeedList(result.site)  # on other paths there is something in it
        return stager.program(())

    def parameter_name(self, outline: Outline, author: str) -> str:
        """A name for what a helper reads of a function around it."""
        taken = {*parameter_names(outline.definition), *(p.name for p in outline.inputs)}
        taken |= {*self.stager.locals, *self.stager.externals}
        numbered = (f"{author}{number}" for number in itertools.count(2))
        return next(n for n in itertools.chain([author], numbered) if n not in taken)

    def guarded(self, body: Block, overwritten: frozenset[str]) -> Block:
        """The program with copies of what is written to: of the arrays that a helper is given,
        since its cache may keep them, and of those that it gives."""
        made: list[Stmt] = []
        for stmt in body:
            match stmt:
                case Gate() if is_pair(stmt.op):
                    made += self.apart(guarded(stmt, overwritten))
                case Branch():
                    then = self.guarded(stmt.then, overwritten)
                    orelse = self.guarded(stmt.orelse, overwritten)
                    made.append(replace(stmt, then=then, orelse=orelse))
                case Loop():
                    made.append(replace(stmt, body=self.guarded(stmt.body, overwritten)))
                case _:
                    made.append(stmt)
        return tuple(made)

    def apart(self, gate: Gate) -> Iterator[Gate]:
        """A call, and copies of the arrays that it gives and that are written to."""
        stager, made = self.stager, self.stager.storages
        written = [v for v in gate.targets if has_memory(stager.types[v])
                   and made.storage(v) in made.written]  # fmt: skip
        op = stager.catalogue.method("copy")
        given: dict[str, str] = {}
        for value in written:
            type_ = stager.types[value]
            assert isinstance(type_, Num)
            if type_.dims is None:
                raise UserError(
                    "what a function that calls itself has given is written into, and may be "
                    "a number or an array",
                    gate.span,
                    help="write into a copy of it, made with .copy()",
                )
            given[value] = stager.fresh(hint(value), introduced=True)
            stager.types[given[value]] = type_
        yield replace(gate, targets=tuple(given.get(value, value) for value in gate.targets))
        for at, (value, before) in enumerate(given.items(), 1):
            copy = ast.Call(ast.Attribute(name(before), "copy", ast.Load()), [], [])
            key, operands = gate.key + at, {"x": name(before)}
            yield replace(gate, targets=(value,), op=op, operands=operands, expr=copy, key=key)

    def settles(self, outline: Outline, staged: Staged) -> bool:
        """Whether a round has given what it began with."""
        result, shares = self.result_of(outline, staged), self.shares()
        same = result == outline.result and shares == outline.shares
        outline.result, outline.shares, outline.staged = result, shares, staged
        return same

    def shares(self) -> tuple[frozenset[str | int], ...]:
        """What the arrays of this program's result may share memory with."""
        stager = self.stager
        memory = [stager.memory.memory_of(leaf) for leaf in leaves(stager.env[RESULT])]
        found: list[frozenset[str | int]] = []
        for at, own in enumerate(memory):
            roots = {leaf_of(storage)[0] for storage in own}
            given = [hint(value) for value in stager.inputs if value in roots]
            others = [other for other in range(at) if memory[other] & own]
            found.append(frozenset([*given, *others]))
        return tuple(found)

    def result_of(self, outline: Outline, staged: Staged) -> Num | Seq:
        """What the helper gives, in terms of its parameters' lengths."""
        found = given_type(staged.program.result, staged.types)
        if found is not None and outline.result is not None:
            found = joined_result(staged.facts, outline.result, found)
        if found is None:
            definition = outline.definition
            raise UserError(
                f"`{definition.name}` calls itself, and gives something else than a number, "
                "an array, or a tuple of these",
                definition.source.span(definition.tree),
                help="write it as a loop",
            )
        return own_lengths(found)

    def fix(self, node: ast.AST, outline: Outline, need: NeedValue) -> None:
        """Make an argument's value part of the signature."""
        raise self.stager.refuse(
            node,
            f"what `{outline.definition.name}` does depends on the value of `{need.parameter}`, "
            "which is not known while compiling",
            help="write it as a loop",
        )

    # -- the gate -------------------------------------------------------------------

    def gate(
        self, node: ast.AST, outline: Outline, given: Mapping[str, Term],
        static: Mapping[str, Term], into: str | None,
    ) -> Term:  # fmt: skip
        """`out, out_cache = f_forward(x, n)`"""
        stager = self.stager
        args = {}
        for p in outline.parameters:
            term = given[p.name]
            if isinstance(p.type, ListOf):
                term = stager.lists.as_list(term, node)
            args[p.name] = stager.memory.fresh(None, term, node)
        for (call, author), parameter in outline.captured.items():
            found = stager.names_of(call)[author]
            args[parameter.name] = stager.memory.fresh(author, found, node)
        assert outline.result is not None
        result = instantiated(stager.facts, outline.result, args)
        if not outline.varied and isinstance(outline.function, FunctionType):
            outline.staged = None  # nothing of it is needed
            return self.plain(node, outline, args, static, result, into)
        made = self.received(result, bool(outline.varied), into)
        values = [leaf.expr.id for leaf in leaves(made) if isinstance(leaf.expr, ast.Name)]
        cache = stager.fresh(f"{hint(values[0])}_cache")
        inputs = [(p.type, p.varied) for p in outline.inputs]
        stager.types[cache] = Saved(
            adjoints_of(inputs, [args[p.name].type for p in outline.inputs])
        )
        operands: dict[str, ast.expr] = {}
        answers: list[Answer] = []
        several = len(outline.varied) > 1
        for at, parameter in enumerate(outline.varied):
            place = (at,) if several else ()
            for answer, leaf in answered(parameter.name, args[parameter.name], place):
                answers.append(answer)
                operands[answer.operand] = leaf.expr
        others = [p.name for p in outline.inputs if not p.varied]
        operands |= {key: args[key].expr for key in others}
        op = pair_op(outline.forward, outline.backward.name, answers, others, result)
        func = name(outline.forward.name)
        if outline.fixed:
            given_all = {**{key: self.static(term) for key, term in static.items()}, **args}
            expr = as_defined(func, outline.definition, given_all)
        else:
            expr = ast.Call(func, [args[p.name].expr for p in outline.inputs], [])
        stager.gates.emit((*values, cache), op, operands, expr, node)
        for value, shared in zip(values, outline.shares, strict=False):
            stager.new_key()  # of its copy, if it is written to
            terms = [leaf for p in shared if isinstance(p, str) for leaf in leaves(args[p])]
            arrays = [t.expr.id for t in terms if isinstance(t.expr, ast.Name) and is_array(t)]
            others = [values[at] for at in shared if isinstance(at, int)]
            stager.memory.may_be(value, [*arrays, *others])
        return made

    def received(self, type_: Type, varied: bool, into: str | None) -> Term:
        """What a call gives, as values of the program."""
        stager = self.stager
        if isinstance(type_, Seq):
            items = [self.received(item, varied, None) for item in type_.items]
            return display_of(stager, type_.kind, type_.cls, items)
        assert isinstance(type_, Num)
        value = into or stager.fresh(stager.hint, introduced=True)
        stager.types[value] = type_
        made = Term(name(value), type_, varied and type_.differentiable)
        stager.storages.terms[value] = made
        return made

    def plain(
        self, node: ast.AST, outline: Outline, args: Mapping[str, Term],
        static: Mapping[str, Term], result: Num | Seq, into: str | None,
    ) -> Term:  # fmt: skip
        """A call that carries no derivative: of the author's function itself."""
        stager = self.stager
        given = {**args, **{key: self.static(term) for key, term in static.items()}}
        func = stager.invocations.callees.named(outline.function)
        value = into or stager.fresh(stager.hint, introduced=True)
        stager.types[value] = result
        stager.gates.emit((value,), None, {}, as_defined(func, outline.definition, given), node)
        made = Term(name(value), result, items=parts_of(name(value), result))
        stager.storages.terms[value] = made
        stager.memory.join(value, stager.env, "", *args.values())
        return made


# -- types in signatures --------------------------------------------------------------


def answered(key: str, term: Term, place: tuple[int, ...]) -> Iterator[tuple[Answer, Term]]:
    """The differentiated values that an argument is made of, and where their adjoints are."""
    if term.items is None:
        yield Answer(key, place, isinstance(term.type, ListOf)), term
        return
    for i, item in enumerate(term.items):
        yield from answered(f"{key}[{i}]", item, (*place, i))


def as_defined(func: ast.expr, definition: Definition, given: Mapping[str, Term]) -> ast.Call:
    """A call of a function with the parameters that the author has given it."""
    tree = definition.tree.args
    positional = [given[arg.arg].expr for arg in (*tree.posonlyargs, *tree.args)]
    if tree.vararg is not None:
        positional.append(ast.Starred(given[tree.vararg.arg].expr, ast.Load()))
    keywords = [ast.keyword(arg.arg, given[arg.arg].expr) for arg in tree.kwonlyargs]
    return ast.Call(func, positional, keywords)


def parts_of(expr: ast.expr, type_: Type) -> tuple[Term, ...] | None:
    """The parts of a tuple that has one name."""
    if not isinstance(type_, Seq):
        return None
    exprs = [item_of(expr, at) for at in range(len(type_.items))]
    pairs = zip(exprs, type_.items, strict=True)
    return tuple(Term(part, item, items=parts_of(part, item)) for part, item in pairs)


# -- what a local helper reads of the functions around it ------------------------------


class Names(Protocol):
    """What names mean in a call."""

    def __contains__(self, author: object, /) -> bool: ...

    def __getitem__(self, author: str, /) -> Term: ...


class Around:
    """The names of a call around a local helper; what the helper reads becomes an argument."""

    def __init__(self, stager: Stager, outer: Stager, call: int) -> None:
        self.stager = stager
        self.outer = outer
        self.call = call

    def __contains__(self, author: object, /) -> bool:
        return author in self.outer.names_of(self.call)

    def __getitem__(self, author: str, /) -> Term:
        term = self.outer.names_of(self.call)[author]
        if is_static(term):
            return self.stager.pairs.static(term)
        return term if is_function(term) else self.stager.captured(self.call, author, term)


# -- after the program ------------------------------------------------------------------


def guarded(gate: Gate, overwritten: frozenset[str]) -> Gate:
    """A call whose helper may keep what it is given: arrays that are written to later are
    passed as copies."""
    assert isinstance(gate.expr, ast.Call)

    def safe(arg: ast.expr) -> ast.expr:
        if isinstance(arg, ast.Name) and arg.id in overwritten:
            return ast.Call(ast.Attribute(arg, "copy", ast.Load()), [], [])
        return arg

    keywords = [ast.keyword(k.arg, safe(k.value)) for k in gate.expr.keywords]
    expr = ast.Call(gate.expr.func, [safe(arg) for arg in gate.expr.args], keywords)
    return replace(gate, expr=expr)
