"""Which function a call goes to, as far as that is the same in every run."""

from __future__ import annotations

import ast
import inspect
import math
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from adgen.errors import UserError
from adgen.frontend.generators import is_generator
from adgen.frontend.source import find
from adgen.ir import name, nodes_in
from adgen.staging import heaps
from adgen.staging.calls import (
    LocalFunction,
    is_authors,
    is_callable_object,
    is_method,
    local_function,
)
from adgen.staging.joins import is_either
from adgen.staging.questions import is_question
from adgen.staging.remembered import member
from adgen.staging.terms import NotStatic, Term, static_value
from adgen.types import Known, Ref

if TYPE_CHECKING:
    from adgen.staging.stager import Stager


class Callees:
    """Tells what calls call, for a stager."""

    def __init__(self, stager: Stager) -> None:
        self.stager = stager
        # the gradients that calls of `grad` in the function have made
        self.made: dict[Any, Any] = {}

    def is_staged(self, call: ast.Call) -> bool:
        """Whether what a call does is part of the program, statement by statement."""
        if isinstance(call.func, ast.Attribute):
            holder = self.stager.objects.peek(call.func.value)
            if holder is not None or is_super(call.func.value):
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
                return self.derivative(node, maker) if transforms(maker) else None
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

    def watch(self, func: ast.expr) -> None:
        """A function of the author's module may be defined anew between calls."""
        if isinstance(func, ast.Name) and func.id not in self.stager.env:
            found, value = self.stager.scope.lookup(func.id)
            if found and not isinstance(value, LocalFunction):
                self.stager.watched.append((self.stager.scope, func.id, value))

    def is_author(self, function: Any) -> bool:
        known = self.stager.catalogue.find(function) is not None or is_question(function)
        return not known and is_authors(function)

    def is_method_of_constant(self, base: Term, attr: str) -> bool:
        """Whether this is a method of an object of the author's module."""
        if not isinstance(base.type, Known):
            return False
        found = getattr(base.type.value, attr, None)
        return inspect.ismethod(found) and is_method(found) or is_callable_object(found)

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


def transforms(function: Any) -> bool:
    """Whether a function, such as `grad`, makes a gradient of another."""
    return getattr(function, "transforms", None) is True


def is_super(node: ast.expr) -> bool:
    """Whether an expression is `super()`."""
    match node:
        case ast.Call(func=ast.Name(id="super"), args=[]):
            return True
    return False
