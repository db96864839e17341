"""Calls: of operations that the catalogue knows, of methods, and of functions of the author."""

from __future__ import annotations

import ast
import contextlib
import inspect
import math
import operator
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from adgen.errors import UserError
from adgen.frontend.generators import is_generator
from adgen.frontend.resolve import OPERATORS, UNTOLD, BindError, bind
from adgen.frontend.source import find
from adgen.ir import name, nodes_in
from adgen.rules.draws import (
    OF_NUMPY,
    OF_PYTHON,
    drawn_by,
    makes_generator,
    number_drawn,
    number_of,
)
from adgen.rules.operations import Op
from adgen.staging import heaps, sets
from adgen.staging.callbacks import Callbacks, as_fields, with_fields
from adgen.staging.calls import (
    LocalFunction,
    constant,
    inline,
    is_authors,
    is_callable_object,
    is_from_library,
    is_function,
    is_method,
    local_function,
)
from adgen.staging.cells import is_made_by_class
from adgen.staging.joins import is_either
from adgen.staging.lists import is_list
from adgen.staging.questions import answer, is_question, of_constants, refuse_forbidden
from adgen.staging.remembered import Method, Remembered, member, remembered, taken_apart
from adgen.staging.storage import is_array
from adgen.staging.terms import (
    Given,
    NeedTrips,
    NotStatic,
    Recursive,
    Term,
    as_tuple,
    call_of,
    is_text,
    static_value,
)
from adgen.staging.wording import a, describe, readable
from adgen.types import (
    BOOL,
    INT,
    Dim,
    Known,
    NeedValue,
    Num,
    Opaque,
    Ref,
    Seq,
    Sparse,
    Text,
    Type,
    is_sparse,
)

if TYPE_CHECKING:
    from adgen.staging.stager import Stager

# elements of an array that are given as arguments one by one
MOST_ARGUMENTS = 64


class Invocations:
    """Stages calls, for a stager."""

    def __init__(self, stager: Stager) -> None:
        self.stager = stager
        self.made: dict[Any, Any] = {}
        self.callbacks = Callbacks(stager)

    def is_staged(self, call: ast.Call) -> bool:
        """Whether what a call does is part of the program, statement by statement."""
        if isinstance(call.func, ast.Attribute):
            holder = self.stager.objects.peek(call.func.value)
            if holder is not None or _is_super(call.func.value):
                return True
            if isinstance(call.func.value, ast.Call) and self.is_staged(call.func.value):
                return True
        if isinstance(call.func, ast.Name) and call.func.id in self.stager.env:
            if is_either(self.stager.env[call.func.id]):
                return True
        function = self.static_object(call.func)
        if heaps.is_change(function, call):
            return True
        return self.is_author(function) or is_callable_object(function)

    def static_object(self, node: ast.expr) -> Any:
        """The function or module that an expression names, or None."""
        match node:
            case ast.Name(id=author):
                return self.named_object(author)
            case ast.Lambda():
                made = local_function(self.stager, node).type
                return made.value if isinstance(made, Known) else None
            case ast.Attribute(value=value, attr=attr):
                base = self.static_object(value)
                if base is None or isinstance(base, np.ndarray | np.generic):
                    return None  # a method of an array is looked up by its name
                return member(base, attr)
            case ast.Call(func=func, args=[owner, attr]) if self.static_object(func) is getattr:
                return self.static_member(owner, attr)
            case ast.Call(func=func):
                maker = self.static_object(func)
                return self.derivative(node, maker) if _transforms(maker) else None
        return None

    def gives_iterator(self, node: ast.expr) -> bool:
        """Whether an expression gives what can be run over once: `zip(a, b)`, a generator."""
        if isinstance(node, ast.GeneratorExp):
            return True
        function = self.static_object(node.func) if isinstance(node, ast.Call) else None
        if isinstance(function, type):
            return issubclass(function, Iterator)
        if function is iter:
            return True
        return self.is_author(function) and is_generator(find(function).tree)

    def static_member(self, owner: ast.expr, attr: ast.expr) -> Any:
        """`getattr(module, "sin")`"""
        base = self.static_object(owner)
        if base is None or isinstance(base, np.ndarray | np.generic):
            return None
        type_ = self.stager.expr(attr).type
        if not isinstance(type_, Known) or not isinstance(type_.value, str):
            return None
        return member(base, type_.value)

    def derivative(self, node: ast.Call, maker: Any) -> Any:
        """`grad(f, wrt="x")` in a function: made while compiling."""
        functions = [self.static_object(arg) for arg in node.args]
        if not functions or not callable(functions[0]):
            raise self.stager.refuse(
                node, f"what `{ast.unparse(node)}` differentiates is not known while compiling"
            )
        options = {}
        for keyword in node.keywords:
            try:
                options[str(keyword.arg)] = static_value(self.stager.expr(keyword.value))
            except NotStatic:
                raise self.stager.refuse(
                    keyword.value, f"`{keyword.arg}` is not known while compiling"
                ) from None
        key = (maker, *functions, *map(str, options.items()))
        if key not in self.made:
            try:
                self.made[key] = maker(*functions, **options)
            except UserError as error:
                raise self.stager.refuse(node, error.message, help=error.help) from None
        return self.made[key]

    def named_object(self, author: str) -> Any:
        """What a name stands for, if it is the same in every run."""
        tables = (
            [self.stager.env]
            if author in self.stager.locals
            else [self.stager.env, *reversed(self.stager.parents)]
        )
        for table in tables:
            if author in table:
                type_ = table[author].type
                return type_.value if isinstance(type_, Known) else None
        return None if author in self.stager.locals else self.stager.scope.lookup(author)[1]

    def call(self, node: ast.Call, into: str | None) -> Term:
        function = self.static_object(node.func)
        if isinstance(getattr(function, "__self__", None), np.ndarray | np.generic | str):
            function = None  # a method of an array or string of the module
        is_method = function is None or is_sparse(getattr(function, "__self__", None))
        if is_method and isinstance(node.func, ast.Attribute):
            return self.method(node, node.func, into)
        if function is not None and self.stager.functional.is_form(function, node):
            return self.stager.functional.form(node, function, into)
        if _transforms(function):
            return Term(name("gradient"), Known(self.derivative(node, function)))
        if function in (any, all) and any(isinstance(arg, ast.GeneratorExp) for arg in node.args):
            return Term(self.stager.rewritten(node), BOOL)
        callee = self.callee(node, function)
        args, keywords = self.arguments(node)
        return self.applied(node, callee, args, keywords, into)

    def callee(self, node: ast.Call, function: Any) -> Term:
        """The function that is called: the same in every run, or the call is refused."""
        if self.is_author(function) and isinstance(node.func, ast.Name | ast.Lambda):
            self.watch(node.func)
            return Term(name("function"), Known(function))
        if isinstance(node.func, ast.Call) and self.static_object(node.func.func) is getattr:
            if function is not None:
                return Term(self.named(function), Known(function))
        found = self.stager.expr(node.func)
        if isinstance(found.type, Known) and found.type.value is not None:
            return found
        if isinstance(found.type, Ref) or is_either(found):
            return found
        called = ast.unparse(node.func)
        raise self.stager.refuse(node.func, f"what `{called}` calls is not known while compiling")

    def either(
        self,
        node: ast.Call,
        callee: Term,
        args: list[Term],
        keywords: dict[str, Term],
        into: str | None,
    ) -> Term:
        """A call of the function that an `if` before has chosen: on each path its own."""
        ways = self.stager.flow.meetings.ways_of(callee)
        if ways is None:
            raise self.stager.refuse(
                node.func,
                f"which function `{ast.unparse(node.func)}` is depends on the path taken",
                help="call each of the functions on its own path",
            )
        parts = [
            partial(self.applied, node, function, args, keywords)
            for function in (ways.then, ways.orelse)
        ]
        conditions = self.stager.conditions
        return conditions.either(conditions.author(into), ways.test, parts, node)

    def watch(self, func: ast.expr) -> None:
        """A function of the author's module may be defined anew between calls."""
        if isinstance(func, ast.Name) and func.id not in self.stager.env:
            found, value = self.stager.scope.lookup(func.id)
            if found and not isinstance(value, LocalFunction):
                self.stager.watched.append((self.stager.scope, func.id, value))

    def is_author(self, function: Any) -> bool:
        return self.stager.catalogue.find(function) is None and is_authors(function)

    def is_method_of_constant(self, base: Term, attr: str) -> bool:
        """Whether this is a method of an object of the author's module."""
        if not isinstance(base.type, Known):
            return False
        found = getattr(base.type.value, attr, None)
        return inspect.ismethod(found) and is_method(found) or is_callable_object(found)

    def applied(
        self,
        node: ast.Call,
        callee: Term,
        args: list[Term],
        keywords: dict[str, Term],
        into: str | None,
    ) -> Term:
        """The result of calling a function with arguments that are staged already."""
        if isinstance(callee.type, Ref):
            return self.stager.objects.special(node, "__call__", [callee, *args], keywords, into)
        if is_either(callee):
            return self.either(node, callee, args, keywords, into)
        assert isinstance(callee.type, Known)
        function = callee.type.value
        if is_made_by_class(function) and self.stager.catalogue.find(function) is None:
            return self.stager.objects.constructors.construct(node, function, args, keywords)
        bound = self.stager.functional.unbound(function, callee)
        if bound is not None:
            return self.applied(
                node, bound.callee, [*bound.args, *args], {**bound.keywords, **keywords}, into
            )
        function = taken_apart(self.stager, function)
        if isinstance(function, Method):
            return self.remembered_method(node, function, args, keywords, into)
        if self.stager.functional.leaves_unchanged(function, args):
            return args[0]
        if (written := self.written_out(node, function, args, keywords, into)) is not None:
            return written
        if self.is_author(function):
            return self.helper(node, callee, args, keywords, into)
        if not keywords and (said := as_operator(function, args)) is not None:
            return self.stager.expr(ast.copy_location(said, node), into)
        placed = self.stager.lists.placed
        args = [placed.shown(arg, node) for arg in args]
        keywords = {key: placed.shown(term, node) for key, term in keywords.items()}
        own = self.stager.objects.dicts.builtin(node, function, args, into)
        if own is not None:
            return own
        func = self.printed(function, callee.expr)
        expr = call_of(func, args, keywords, node)
        refuse_forbidden(self.stager, node, function)
        constant = of_constants(function, args) if not keywords else None
        if constant is not None:
            said = expr if isinstance(constant, float) else ast.Constant(constant)
            return self.stager.constant(said, constant)
        if is_question(function):
            return answer(self.stager, node, function, args)
        if function is len and len(args) == 1:
            return self.length(args[0], expr, node)
        made = self.stager.lists.builtin(function, node, args, expr, into)
        if made is not None:
            return made
        op = self.stager.catalogue.find(function)
        if op is not None and op.general.apart is not None and function is op.function:
            return remembered(function, func, args, keywords)
        if op is not None and op.general.silent:
            return self.silent(node, op, args[0], into)
        if op is None:
            return self.unknown_call(node, function, [*args, *keywords.values()], expr)
        return self.invoke(node, op, args, keywords, expr, into)

    def written_out(
        self,
        node: ast.Call,
        function: Any,
        args: list[Term],
        keywords: dict[str, Term],
        into: str | None,
    ) -> Term | None:
        """What a library's function gives that calls the author's, as it is written out."""
        op = self.stager.catalogue.find(function)
        made = op is None or op.kind != "written out"
        if made:
            op = self.stager.catalogue.find(type(function))
        if op is None or op.kind != "written out":
            return None
        body = op.general.body
        if not made:
            self.check_written(node, op, args, keywords)
            return self.author(node, body, args, keywords, into)
        given = op.general.apart(function) if op.general.apart is not None else None
        if given is None:
            return None
        known_as = getattr(node.func, "id", "function")
        remembered = [constant(self.stager, known_as, value) for value in given]
        maker = self.author(node, body, remembered, {}, None)
        return self.applied(node, maker, args, keywords, into)

    def check_written(
        self, node: ast.Call, op: Op, args: list[Term], keywords: dict[str, Term]
    ) -> None:
        """Refuse what a function takes that is written out without it."""
        rule = op.general
        other = next((key for key in keywords if key not in rule.parameters), None)
        if other is not None:
            raise self.stager.refuse(node, f"{op.name} with `{other}=` is not supported")
        if len(args) > len(rule.parameters):
            raise self.stager.refuse(
                node, f"{op.name} is not supported like this", help=rule.reason
            )

    def author(
        self,
        node: ast.AST,
        function: Any,
        args: Sequence[Term],
        keywords: Mapping[str, Term],
        into: str | None,
    ) -> Term:
        """What one of the author's functions gives for these terms."""
        return inline(self.stager, node, function, args, keywords, into)

    def remembered_method(
        self,
        node: ast.Call,
        method: Method,
        args: list[Term],
        keywords: dict[str, Term],
        into: str | None,
    ) -> Term:
        """`stats.norm(mu, s).logpdf(x)`, as `stats.norm.logpdf(x, mu, s)`."""
        for term in method.of.terms:
            if self.stager.memory.fresh(None, term, node) is not term:
                raise self.stager.refuse(
                    node, f"`{readable(term.expr)}` was written to after it was handed over"
                )
        args = [*args, *method.of.args]
        keywords = {**method.of.keywords, **keywords}
        func = ast.Attribute(method.of.expr, method.attr, ast.Load())
        expr = call_of(func, args, keywords, node)
        op = self.stager.catalogue.find(method.function)
        if op is None:
            return self.unknown_call(node, method.function, [*args, *keywords.values()], expr)
        return self.invoke(node, op, args, keywords, expr, into)

    def printed(self, function: Any, expr: ast.expr) -> ast.expr:
        """How a function is written that was taken from a table, or made by a call."""
        if not any(isinstance(n, ast.Subscript | ast.Call) for n in nodes_in(expr)):
            return expr
        return self.named(function)

    def named(self, function: Any) -> ast.expr:
        """The name of a function in the emitted code, wherever it has come from."""
        known_as = getattr(function, "__name__", "function")
        for module, mark in ((np, "@np"), (math, "@math")):
            if getattr(module, known_as, None) is function:
                return ast.Attribute(name(mark), known_as, ast.Load())
        return name(self.stager.external(known_as, function))

    def helper(
        self,
        node: ast.Call,
        callee: Term,
        args: list[Term],
        keywords: dict[str, Term],
        into: str | None,
    ) -> Term:
        """A call of the author's own function."""
        assert isinstance(callee.type, Known)
        function = callee.type.value
        terms = [*args, *keywords.values()]
        state = self.stager.snapshot()
        try:
            return self.inlined(node, function, args, keywords, into)
        except UserError as error:
            touched = any(
                t.varied or is_array(t) or t.items is not None or isinstance(t.type, Ref)
                for t in terms
            )
            if touched or any(is_function(t) for t in terms) or isinstance(function, LocalFunction):
                if is_from_library(function):
                    called = ast.unparse(node.func)
                    raise self.stager.refuse(
                        node.func, f"no derivative rule for {called}", because=error.message
                    ) from None
                raise
            self.stager.restore(state)
        func = self.stager.expr(node.func)
        expr = self.printed(function, func.expr)
        if isinstance(callee.expr, ast.Attribute) and callee.expr.attr == "__func__":
            args = args[1:]  # the call names the method together with its object
        made = call_of(expr, args, keywords, node)
        return self.stager.gates.opaque(made, node, into, [*args, *keywords.values()])

    def inlined(
        self,
        node: ast.Call,
        function: Any,
        args: list[Term],
        keywords: dict[str, Term],
        into: str | None,
    ) -> Term:
        """A call staged in place, or as one of a helper that is compiled by itself."""
        stager = self.stager
        state = stager.snapshot()
        try:
            return inline(stager, node, function, args, keywords, into)
        except Recursive as found:
            outside = all(frame.function is not function for frame in stager.frames)
            if found.function is not function or not outside or function is stager.function:
                raise
        stager.restore(state)
        stager.outlines.add(function)
        try:
            return inline(stager, node, function, args, keywords, into)
        except UserError as refusal:
            if stager.outer is not None:
                raise
            stager.restore(state)
            return self.unrolled(node, function, args, keywords, into, refusal)

    def unrolled(
        self,
        node: ast.Call,
        function: Any,
        args: list[Term],
        keywords: dict[str, Term],
        into: str | None,
        refusal: UserError,
    ) -> Term:
        """A function that calls itself, call by call: its integers tell where that ends."""
        stager = self.stager
        for term in (*args, *keywords.values()):
            settle_count(term)
        stager.outlines.functions[:] = [f for f in stager.outlines.functions if f is not function]
        stager.unrolling.append(function)
        try:
            return inline(stager, node, function, args, keywords, into)
        except (UserError, RecursionError):
            raise refusal from None
        finally:
            stager.unrolling.remove(function)

    def arguments(self, node: ast.Call) -> tuple[list[Term], dict[str, Term]]:
        args: list[Term] = []
        for arg in node.args:
            if isinstance(arg, ast.Starred):
                args += self.starred(arg)
            else:
                args.append(self.stager.expr(arg))
        keywords: dict[str, Term] = {}
        for keyword in node.keywords:
            given = self.spread(keyword.value) if keyword.arg is None else {
                keyword.arg: self.stager.expr(keyword.value)
            }  # fmt: skip
            for key, term in given.items():
                if key in keywords:
                    raise self.stager.refuse(keyword.value, f"`{key}` is given twice")
                keywords[key] = term
        return args, keywords

    def starred(self, node: ast.Starred) -> Sequence[Term]:
        """What `*` gives: the elements of a tuple or list, or of an array that is not too long."""
        inner = self.stager.expr(node.value)
        if inner.items is not None:
            return inner.items
        num = inner.num
        if num is not None and num.dims and not is_list(inner):
            count = self.stager.facts.number(num.dims[0])
            if count is not None and count <= MOST_ARGUMENTS:
                return self.stager.statements.elements(inner, node.value)
        raise self.stager.refuse(node, "how many arguments `*` gives is not known")

    def spread(self, node: ast.expr) -> dict[str, Term]:
        """What `**` gives: the contents of a dict, key by key."""
        term = self.stager.expr(node)
        if isinstance(term.type, Ref):
            return self.stager.objects.dicts.unpacked(term, node)
        if isinstance(term.type, Known) and type(term.type.value) is dict:
            return {str(key): self.stager.expressions.held(term, key) for key in term.type.value}
        raise self.stager.refuse(node, "what `**` gives is not known while compiling")

    def method_of_text(
        self, base: Term, method: str, args: Sequence[Term], expr: ast.expr, node: ast.AST
    ) -> Term | None:
        """What a string's method gives, if that is known: `spec.split(",")`, `"w{}".format(i)`."""
        function = getattr(str, method, None)
        try:
            given = [static_value(term) for term in (base, *args)]
        except NotStatic:
            if method not in ("format", "join"):
                return None
            return Term(self.stager.gates.spelled(expr, node), Text(function, (base, *args)))
        if function is None:
            return None
        found = function(*given)
        if isinstance(found, bool):
            return self.stager.conditions.truth(found)
        return self.stager.constant(expr, found)

    def method(self, node: ast.Call, func: ast.Attribute, into: str | None) -> Term:
        if _is_super(func.value):
            return self.method_of_parent(node, func, into)
        base = self.stager.expr(func.value)
        args, keywords = self.arguments(node)
        if isinstance(base.type, Ref):
            return self.stager.objects.call_method(node, func, base, args, keywords, into)
        if isinstance(base.type, Seq) and base.type.cls is not None:
            return self.stager.objects.named_method(node, func, base, args, keywords, into)
        expr = call_of(ast.Attribute(base.expr, func.attr, ast.Load()), args, keywords, node)
        if isinstance(base.type, Known) and isinstance(base.type.value, Remembered):
            found = Method(base.type.value, func.attr)
            return self.remembered_method(node, found, args, keywords, into)
        if is_list(base) or base.columns:
            return self.stager.lists.method(node, base, func.attr, args, keywords, into)
        if isinstance(base.type, Sparse):
            found_op = self.stager.catalogue.find(f"sparse {func.attr}")
            if found_op is not None:
                return self.invoke(node, found_op, [base, *args], keywords, expr, into)
        if base.type in (Opaque(OF_PYTHON), Opaque(OF_NUMPY)):
            return self.draw(node, base, func.attr, args, keywords, expr, into)
        if isinstance(base.type, Known) and isinstance(base.type.value, LocalFunction):
            made = ast.unparse(func.value)
            raise self.stager.refuse(
                node, f"the method `.{func.attr}()` of `{made}` is not supported",
                help="it is followed as a function that can be called, and nothing else",
            )  # fmt: skip
        if is_text(base) and not keywords:
            text = self.method_of_text(base, func.attr, args, expr, node)
            if text is not None:
                return text
        if self.is_method_of_constant(base, func.attr):
            assert isinstance(base.type, Known)
            found = getattr(base.type.value, func.attr)
            return self.applied(node, Term(expr.func, Known(found)), args, keywords, into)
        sets.check_method(self.stager, node, base, func.attr)
        if base.num is None:
            if not any(t.varied for t in [base, *args, *keywords.values()]):
                return self.stager.gates.opaque(expr, node, into, [base, *args, *keywords.values()])
            raise self.stager.refuse(node, f"a method of {a(describe(base.type))} is not supported")
        if func.attr == "tolist":
            return self.stager.lists.apply("list of array", {"x": base}, expr, node, into)
        op = self.stager.catalogue.method(func.attr) if hasattr(np.ndarray, func.attr) else None
        if op is None:
            raise self.stager.refuse(
                node,
                f"no derivative rule for the array method `.{func.attr}()`",
                help="see docs/rules.md for how to add one",
            )
        return self.invoke(node, op, [base, *args], keywords, expr, into)

    def draw(
        self, node: ast.Call, base: Term, method: str, args: list[Term],
        keywords: dict[str, Term], expr: ast.Call, into: str | None,
    ) -> Term:  # fmt: skip
        """`rng.normal(size=3)`: numbers that the derivative takes as they come."""
        terms = [*args, *keywords.values()]
        varied = next((t for t in terms if t.varied), None)
        if varied is not None:
            raise self.stager.refuse(
                node, f"random numbers are drawn with `{readable(varied.expr)}`,"
                " which is differentiated",
                help="draw standard ones, then scale and move them",
            )  # fmt: skip
        op = self.stager.catalogue.find(drawn_by(method))
        if op is not None and base.type != Opaque(OF_PYTHON):
            with contextlib.suppress(BindError):
                bound = bind(op, op.general.packed(args, as_tuple), keywords, _value_of)
                return self.stager.gates.apply(op, bound, expr, node, into)
        made = self.stager.gates.opaque(expr, node, into, terms)
        number = number_of(method) if base.type == Opaque(OF_PYTHON) else None
        return self.of_type(made, number or made.type)

    def of_type(self, made: Term, type_: Type) -> Term:
        """A value of which nothing was known, once something is."""
        assert isinstance(made.expr, ast.Name)
        self.stager.types[made.expr.id] = type_
        return replace(made, type=type_)

    def method_of_parent(self, node: ast.Call, func: ast.Attribute, into: str | None) -> Term:
        """`super().method(...)`."""
        stager = self.stager
        cls = stager.scope.cells.get("__class__")
        first = stager.definition.tree.args.args[:1]
        if cls is None or not first:
            raise stager.refuse(func.value, "which class `super()` begins at is not known")
        own = stager.env[first[0].arg]
        args, keywords = self.arguments(node)
        mro = own.type.cls.__mro__ if isinstance(own.type, Ref) else ()
        for parent in mro[mro.index(cls.cell_contents) + 1 :] if mro else ():
            if func.attr in parent.__dict__ and parent is not object:
                return self.author(node, parent.__dict__[func.attr], [own, *args], keywords, into)
        if func.attr == "__init__" and not args:
            return Term(ast.Constant(None), Known(None))
        raise stager.refuse(node, f"no parent class has `{func.attr}`")

    def silent(self, node: ast.Call, op: Op, given: Term, into: str | None) -> Term:
        """What a call makes of its operand, written as the operand alone."""
        if given.items is not None:
            items = tuple(self.silent(node, op, item, None) for item in given.items)
            return replace(given, varied=False, items=items)
        if given.num is None:
            return given
        return self.stager.gates.apply(op, {"x": given}, given.expr, node, into)

    def invoke(
        self,
        node: ast.Call,
        op: Op,
        args: list[Term],
        keywords: dict[str, Term],
        expr: ast.Call,
        into: str | None,
    ) -> Term:
        writes = self.stager.writes
        out = writes.out_of(op, args, keywords)
        op, args, expr = self.read(op, args, keywords, expr, out)
        rule = op.general
        where = keywords.pop("where", None) if out and isinstance(op.function, np.ufunc) else None
        if rule.folds and not keywords:
            several = self.operands(args)
            if several is not args or len(args) > len(rule.positional):
                return self.folded(node, op, several, expr.func, into)
        if op.kind == "unsupported":
            given = [*args, *keywords.values()]
            self.check_functions(node, op.name, given, op.general.reason)
            return self.stager.gates.unsupported(op, given, expr, node, into)
        try:
            bound = bind(op, rule.packed(args, as_tuple), keywords, _value_of)
        except BindError as wrong:
            terms = [*args, *keywords.values()]
            if out is None and not rule.writes and not any(t.varied for t in terms):
                self.check_functions(node, op.name, terms)
                return self.stager.gates.opaque(expr, node, into, terms)
            raise self.stager.refuse(
                _argument(node, wrong.argument),
                str(wrong),
                help=wrong.help or "see docs/catalogue.md for what the catalogue knows",
            ) from None
        if out is not None:
            return writes.out(op, bound, where, out, node, expr)
        if rule.writes:
            return writes.operand(op, bound, expr, node)
        if rule.leading is None or not self.callbacks.takes_part(op, bound):
            return self.stager.gates.apply(op, bound, expr, node, into)
        operands, call = self.callbacks.prepared(op, bound, expr, node)
        if not rule.fields:
            return self.stager.gates.apply(op, operands, call, node, into)
        return as_fields(op, self.stager.gates.apply(op, operands, with_fields(op, call), node))

    def read(
        self,
        op: Op,
        args: list[Term],
        keywords: Mapping[str, Term],
        expr: ast.Call,
        out: Term | None,
    ) -> tuple[Op, list[Term], ast.Call]:
        """The operation, arguments and text of a call that is the same as another."""
        reading = op.reading([_value_of(term) for term in args])
        if reading is None or (out is not None and isinstance(reading.function, str)):
            return op, args, expr  # what is put into an array is no view
        other = self.stager.catalogue.find(reading.function)
        assert other is not None
        args = [
            Term(ast.Constant(part), Known(part)) if isinstance(part, str) else args[part]
            for part in reading.args
        ]
        if isinstance(reading.function, str):
            return other, args, expr
        expr = call_of(expr.func, args, keywords, expr)
        return self.read(other, args, keywords, expr, out)

    def operands(self, args: list[Term]) -> list[Term]:
        """The operands of `max`: the arguments, or the elements of a list of numbers."""
        items = args[0].items if len(args) == 1 else None
        numbers = items is not None and all(item.num is not None for item in items)
        return list(items) if items and numbers else args

    def folded(
        self, node: ast.Call, op: Op, args: list[Term], func: ast.expr, into: str | None
    ) -> Term:
        """`max(max(a, b, c), d, e)`, which is what `max([a, b, c, d, e])` is."""
        if len(args) == 1:
            return args[0]
        most = len(op.general.positional)
        first, rest = args[:most], args[most:]
        expr = call_of(func, first, {}, node)
        bound = bind(op, first, {}, _value_of)
        made = self.stager.gates.apply(op, bound, expr, node, None if rest else into)
        return self.folded(node, op, [made, *rest], func, into) if rest else made

    def length(self, arg: Term, expr: ast.expr, node: ast.AST) -> Term:
        if arg.items is not None:
            if is_function(arg):  # there is no such list in the emitted code
                expr = ast.Constant(len(arg.items))
            return Term(expr, replace(INT, value=Dim(len(arg.items))))
        if isinstance(arg.type, Known) and isinstance(arg.type.value, str):
            count = len(arg.type.value)
            return Term(expr, replace(INT, value=Dim(count)))
        if arg.type == sets.A_SET:
            return self.stager.lists.counted(expr, node, None)
        if arg.columns:
            arg = arg.columns[0]
        dims = arg.num.dims if arg.num else None
        return Term(expr, replace(INT, value=dims[0] if dims else None))

    def unknown_call(
        self, node: ast.Call, function: Any, terms: Sequence[Term], expr: ast.expr
    ) -> Term:
        varied = next((t for t in terms if t.varied), None)
        given = [*node.args, *(k.value for k in node.keywords)]
        said = {id(t): ast.unparse(e) for t, e in zip(terms, given, strict=False)}
        called = ast.unparse(node.func)
        if varied is None:
            self.check_functions(node, called, terms)
            made = self.stager.gates.opaque(expr, node, None, terms)
            generator = makes_generator(function)
            if generator is not None:
                return self.of_type(made, Opaque(generator))
            if function is set:
                return sets.known_set(self.stager, terms, expr) or self.of_type(made, sets.A_SET)
            return self.of_type(made, number_drawn(function) or made.type)
        argument = said.get(id(varied)) or readable(varied.expr)
        because = f"`{argument}` is differentiated"
        raise self.stager.refuse(
            node.func,
            f"no derivative rule for {called}",
            because=because,
            help=f"keep `{argument}` out of `wrt`, or add a rule: see docs/rules.md",
        )

    def check_functions(
        self, node: ast.Call, called: str, terms: Sequence[Term], instead: str = ""
    ) -> None:
        """Refuse functions of the author's that would be handed to what is not followed."""
        for term in terms:
            if isinstance(term.type, Known) and isinstance(term.type.value, LocalFunction):
                raise self.stager.refuse(
                    node, f"a function defined here is handed to {called}, which is not supported",
                    help=instead or "call the function itself, or define it outside of this one",
                )  # fmt: skip


def settle_count(term: Term) -> None:
    """Let an integer that the caller may tell be one that is known while compiling."""
    if not isinstance(term.type, Num) or term.type.dims != () or term.type.kind != "i":
        return
    try:
        static_value(term)
    except NotStatic as unknown:
        if unknown.path is not None:
            raise NeedValue(unknown.path) from None
        if unknown.index is not None:
            raise NeedTrips(unknown.index) from None


def _value_of(term: Term) -> Any:
    """What an argument is in every run, or `UNTOLD`."""
    try:
        return static_value(term)
    except NotStatic:
        return UNTOLD


def _transforms(function: Any) -> bool:
    """Whether a function, such as `grad`, makes a gradient of another."""
    return getattr(function, "transforms", None) is True


def as_operator(function: Any, args: Sequence[Term]) -> ast.expr | None:
    """`operator.mul(a, b)` as it is said with the sign; None for any other function."""
    kind = next((k for k, f in OPERATORS.items() if f is function), None)
    given: list[ast.expr] = [Given(term) for term in args]
    if kind is None or any(isinstance(term.type, Ref) for term in args):
        return None
    if issubclass(kind, ast.operator) and len(given) == 2:
        return ast.BinOp(given[0], kind(), given[1])
    if issubclass(kind, ast.cmpop) and function is not operator.contains and len(given) == 2:
        return ast.Compare(given[0], [kind()], [given[1]])
    if kind is ast.USub and len(given) == 1:
        return ast.UnaryOp(kind(), given[0])
    return None


def _argument(node: ast.Call, which: int | str) -> ast.AST:
    """The argument that a message is about."""
    if isinstance(which, int):
        return node.args[which] if which < len(node.args) and which else node
    return next((k.value for k in node.keywords if k.arg == which), node)


def _is_super(node: ast.expr) -> bool:
    """Whether an expression is `super()`."""
    match node:
        case ast.Call(func=ast.Name(id="super"), args=[]):
            return True
    return False
