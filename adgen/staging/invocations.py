"""Calls: their arguments, and to which of the ways to be called a function belongs."""

from __future__ import annotations

import ast
import operator
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from types import BuiltinFunctionType
from typing import TYPE_CHECKING, Any

import numpy as np

from adgen.frontend.resolve import OPERATORS
from adgen.ir import name, names_in
from adgen.staging import searches, sets
from adgen.staging.callees import Callees, transforms
from adgen.staging.calls import is_function
from adgen.staging.cells import CELL, is_made_by_class
from adgen.staging.helpers import Helpers
from adgen.staging.joins import is_either
from adgen.staging.methods import Methods
from adgen.staging.operations import Operations
from adgen.staging.questions import answer, is_question, of_constants, refuse_forbidden
from adgen.staging.remembered import Method, remembered, taken_apart
from adgen.staging.terms import Given, Term, call_of, is_number
from adgen.types import (
    BOOL,
    INT,
    Dim,
    Known,
    ListOf,
    Ref,
    is_sparse,
)
from adgen.values import is_dict

if TYPE_CHECKING:
    from adgen.staging.stager import Stager

# elements of an array that are given as arguments one by one
MOST_ARGUMENTS = 64


class Invocations:
    """Stages calls, for a stager."""

    def __init__(self, stager: Stager) -> None:
        self.stager = stager
        self.callees = Callees(stager)
        self.helpers = Helpers(stager, self)
        self.methods = Methods(stager, self)
        self.operations = Operations(stager)

    def call(self, node: ast.Call, into: str | None) -> Term:
        function = self.callees.static_object(node.func)
        if isinstance(getattr(function, "__self__", None), np.ndarray | np.generic | str | dict):
            function = None  # a method of an array, string or dict of the module
        is_method = function is None or is_sparse(getattr(function, "__self__", None))
        if is_method and isinstance(node.func, ast.Attribute):
            return self.methods.method(node, node.func, into)
        if searches.is_search(self.stager, function, node):
            return searches.first(self.stager, node, into)
        if function is not None and self.stager.functional.is_form(function, node):
            return self.stager.functional.form(node, function, into)
        if transforms(function):
            return Term(name("gradient"), Known(self.callees.derivative(node, function)))
        if function in (any, all) and any(isinstance(arg, ast.GeneratorExp) for arg in node.args):
            return Term(self.stager.rewritten(node), BOOL)
        callee = self.callees.callee(node, function)
        args, keywords = self.arguments(node)
        return self.applied(node, callee, args, keywords, into)

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
        if _is_of_numbers(function) and not keywords and all(map(is_number, args)):
            op = self.stager.catalogue.find(function)
            if op is not None and op.kind == "elementwise" and not op.general.folds:
                expr = call_of(self.callees.printed(function, callee.expr), args, keywords, node)
                return self.operations.invoke(node, op, args, keywords, expr, into)
        if is_made_by_class(function) and self.stager.catalogue.find(function) is None:
            return self.stager.objects.constructors.construct(node, function, args, keywords)
        bound = self.stager.functional.unbound(function, callee)
        if bound is not None:
            return self.applied(
                node, bound.callee, [*bound.args, *args], {**bound.keywords, **keywords}, into
            )
        function = taken_apart(self.stager, function)
        if isinstance(function, Method):
            return self.methods.remembered_method(node, function, args, keywords, into)
        if self.stager.functional.leaves_unchanged(function, args):
            return args[0]
        if (written := self.helpers.written_out(node, function, args, keywords, into)) is not None:
            return written
        if self.callees.is_author(function):
            return self.helpers.helper(node, callee, args, keywords, into)
        if not keywords and (said := as_operator(function, args)) is not None:
            return self.stager.expr(ast.copy_location(said, node), into)
        placed = self.stager.lists.placed
        args = [placed.shown(arg, node) for arg in args]
        keywords = {key: placed.shown(term, node) for key, term in keywords.items()}
        own = self.stager.objects.dicts.builtin(node, function, args, into)
        if own is not None:
            return own
        func = self.callees.printed(function, callee.expr)
        expr = call_of(func, args, keywords, node)
        refuse_forbidden(self.stager, node, function)
        constant = of_constants(function, args) if not keywords else None
        if constant is not None:
            said = ast.Constant(constant) if isinstance(constant, str | int) else expr
            return self.stager.constant(said, constant)
        if is_question(function) and (told := answer(self.stager, node, function, args)):
            return told
        if function is len and len(args) == 1:
            return self.length(args[0], expr, node)
        made = self.stager.lists.composed.builtin(function, node, args, expr, into)
        if made is not None:
            return made
        op = self.stager.catalogue.find(function)
        if op is not None and op.general.apart is not None and function is op.function:
            return remembered(function, func, args, keywords)
        if op is not None and op.general.silent:
            return self.operations.silent(node, op, args[0], into)
        if op is None:
            return self.operations.unknown_call(node, function, [*args, *keywords.values()], expr)
        return self.operations.invoke(node, op, args, keywords, expr, into)

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
        holds_objects = isinstance(num, ListOf) and num.holds_objects
        if num is not None and num.dims and not holds_objects:
            count = self.stager.facts.number(num.dims[0])
            if count is not None and count <= MOST_ARGUMENTS:
                return self.stager.unpacking.elements(inner, node.value)
        raise self.stager.refuse(node, "how many arguments `*` gives is not known")

    def spread(self, node: ast.expr) -> dict[str, Term]:
        """What `**` gives: the contents of a dict, key by key."""
        term = self.stager.expr(node)
        if isinstance(term.type, Ref):
            return self.stager.objects.dicts.unpacked(term, node)
        if isinstance(term.type, Known) and is_dict(term.type.value):
            return {str(key): self.stager.subscripts.held(term, key) for key in term.type.value}
        raise self.stager.refuse(node, "what `**` gives is not known while compiling")

    def length(self, arg: Term, expr: ast.expr, node: ast.AST) -> Term:
        if arg.items is not None:
            cells = any(n.startswith(CELL) for n in names_in(arg.expr))
            if cells or is_function(arg):  # there is no such list in the emitted code
                expr = ast.Constant(len(arg.items))
            return Term(expr, replace(INT, value=Dim(len(arg.items))))
        if isinstance(arg.type, Known) and isinstance(arg.type.value, str):
            count = len(arg.type.value)
            return Term(expr, replace(INT, value=Dim(count)))
        if arg.type == sets.A_SET:
            return self.stager.lists.counted(expr, node, None)
        if arg.columns:
            arg = arg.columns[0]
        if isinstance(arg.type, ListOf) and arg.type.is_empty:
            return Term(expr, replace(INT, value=Dim(0)))
        dims = arg.num.dims if arg.num else None
        return Term(expr, replace(INT, value=dims[0] if dims else None))


def _is_of_numbers(function: Any) -> bool:
    """Whether this is a function of numbers and arrays alone, as `np.exp` and `math.sin` are."""
    kind = type(function)
    return kind is np.ufunc or kind is BuiltinFunctionType and function.__module__ == "math"


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
