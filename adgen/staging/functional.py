"""Functions that take functions: `map`, `filter`, `reduce`, `partial`, `wraps`.

They are Python's own ways to call, so they are carried out while compiling: what
they call is staged, one call for each element of a tuple, list or range.
"""

from __future__ import annotations

import ast
import collections
import copy
import dataclasses
import functools
import inspect
import operator
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from adgen.ir import name
from adgen.staging import calls
from adgen.staging.terms import NotStatic, Term, call_of, item_of, static_value
from adgen.types import Known, Num, Opaque, Ref, Seq, Text

if TYPE_CHECKING:
    from adgen.staging.stager import Stager

LONGEST = 64


@dataclass(frozen=True, eq=False)
class Partial:
    """A function with some of its arguments given already."""

    callee: Term
    args: tuple[Term, ...]
    keywords: Mapping[str, Term] = field(default_factory=dict)
    __name__: str = "partial"

    def __call__(self) -> None:
        """Never called: what it stands for is staged."""
        raise TypeError("a partial function is staged, not called")


@dataclass(frozen=True, eq=False)
class Unchanged:
    """What `functools.wraps(f)` gives: a decorator that leaves a function as it is."""

    __name__: str = "wraps"

    def __call__(self) -> None:
        """Never called: what it stands for is staged."""
        raise TypeError("a decorator is staged, not called")


class Functional:
    """Stages calls of functions that take functions, for a stager."""

    def __init__(self, stager: Stager) -> None:
        self.stager = stager
        self.forms: dict[Any, Callable[[ast.Call], Term]] = {
            map: self.mapped,
            filter: self.filtered,
            functools.reduce: self.reduced,
            functools.partial: self.partial,
            functools.wraps: self.wraps,
            dict: self.dictionary,
            collections.OrderedDict: self.dictionary,
            collections.defaultdict: self.with_default,
            dataclasses.replace: self.replaced,
            copy.copy: self.replaced,
            str: self.string,
        }

    def is_form(self, function: Any) -> bool:
        """Whether a call of this function is carried out while compiling."""
        return any(function is form for form in self.forms)

    def form(self, node: ast.Call, function: Any, into: str | None) -> Term:
        """The result of a call of one of these functions."""
        stage = next(stage for form, stage in self.forms.items() if form is function)
        return stage(node)

    def unbound(self, function: Any, callee: Term) -> Partial | None:
        """The function and arguments that a partial function stands for."""
        if isinstance(function, Partial):
            return function
        if inspect.ismethod(function) and calls.is_method(function):
            return self.method(function, callee)
        if not isinstance(function, functools.partial):
            return None
        whole = self.stager.invocations.printed(function, callee.expr)
        args = [
            self.given(item_of(_part(whole, "args"), i), v) for i, v in enumerate(function.args)
        ]
        keywords = {
            key: self.given(ast.Subscript(_part(whole, "keywords"), ast.Constant(key)), value)
            for key, value in function.keywords.items()
        }
        inner = Term(_part(whole, "func"), Known(function.func))
        return Partial(inner, tuple(args), keywords)

    def method(self, function: Any, callee: Term) -> Partial:
        """A method of a class, or of an object of the author's module."""
        holder: ast.expr = ast.Attribute(callee.expr, "__self__", ast.Load())
        if isinstance(callee.expr, ast.Attribute):
            holder = callee.expr.value
        inner = Term(_part(callee.expr, "__func__"), Known(function.__func__))
        return Partial(inner, (self.stager.constant(holder, function.__self__),))

    def leaves_unchanged(self, function: Any, args: Sequence[Term]) -> bool:
        """Whether a call gives the function that it is given: `functools.wraps(f)(g)`."""
        return isinstance(function, Unchanged) and len(args) == 1

    def given(self, expr: ast.expr, value: Any) -> Term:
        """An argument that a partial function of the author's module has already."""
        plain = type(value) in (int, float, bool, str, type(None))
        return self.stager.constant(ast.Constant(value) if plain else expr, value)

    # -- the forms ----------------------------------------------------------------

    def mapped(self, node: ast.Call) -> Term:
        function = self.function(node)
        rows = zip(*(self.elements(arg) for arg in node.args[1:]), strict=False)
        return _list([self.call(node, function, list(row)) for row in rows])

    def filtered(self, node: ast.Call) -> Term:
        function = self.function(node)
        kept = []
        for item in self.elements(node.args[1]):
            try:
                if static_value(self.call(node, function, [item])):
                    kept.append(item)
            except NotStatic:
                raise self.stager.refuse(
                    node, "which elements `filter` keeps is not known while compiling",
                    help="write it as a loop with `if`",
                ) from None  # fmt: skip
        return _list(kept)

    def reduced(self, node: ast.Call) -> Term:
        function = self.function(node)
        items = list(self.elements(node.args[1]))
        if len(node.args) > 2:
            items = [self.stager.expr(node.args[2]), *items]
        if not items:
            raise self.stager.refuse(node, "`reduce` of nothing has no value")
        found = items[0]
        for item in items[1:]:
            found = self.call(node, function, [found, item])
        return found

    def partial(self, node: ast.Call) -> Term:
        args, keywords = self.stager.invocations.arguments(node)
        if not args or not calls.is_function(args[0]):
            raise self.stager.refuse(node, "what `partial` is given is not known while compiling")
        return Term(name("partial"), Known(Partial(args[0], tuple(args[1:]), keywords)))

    def dictionary(self, node: ast.Call) -> Term:
        args, keywords = self.stager.invocations.arguments(node)
        objects = self.stager.objects
        return objects.new(dict, objects.dicts.updates(args, keywords, node))

    def with_default(self, node: ast.Call) -> Term:
        args, keywords = self.stager.invocations.arguments(node)
        objects = self.stager.objects
        made = objects.new(dict, objects.dicts.updates(args[1:], keywords, node))
        factory = args[0] if args else Term(ast.Constant(None), Known(None))
        if isinstance(made.type, Ref) and factory.type != Known(None):
            call = ast.copy_location(ast.Call(node.args[0], [], []), node)
            objects.factories[made.type.cell] = lambda: self.fresh_value(call, factory)
        return made

    def fresh_value(self, node: ast.Call, factory: Term) -> Term:
        """What `float()` or `list()` gives, or a function of the author's."""
        function = factory.type.value if isinstance(factory.type, Known) else None
        if function in (int, float, bool):
            value = function()
            return self.stager.constant(ast.Constant(value), value)
        if function is list:
            empty = ast.copy_location(ast.List([], ast.Load()), node)
            return self.stager.expr(empty)
        if function is dict:
            return self.stager.objects.new(dict, {})
        return self.stager.invocations.applied(node, factory, [], {}, None)

    def replaced(self, node: ast.Call) -> Term:
        args, keywords = self.stager.invocations.arguments(node)
        if len(args) != 1 or not isinstance(args[0].type, Ref):
            raise self.stager.refuse(node, "what is copied here cannot be followed")
        return self.stager.objects.constructors.copied(args[0], keywords, node)

    def string(self, node: ast.Call) -> Term:
        args, keywords = self.stager.invocations.arguments(node)
        call = call_of(name("str"), args, keywords, node)
        return Term(call, Text(str, tuple(args)) if not keywords else Opaque("str"))

    def wraps(self, node: ast.Call) -> Term:
        return Term(name("wraps"), Known(Unchanged()))

    # -- what they are made of ------------------------------------------------------

    def function(self, node: ast.Call) -> Term:
        """The function that is given as the first argument."""
        if node.keywords or len(node.args) < 2 or _starred(node):
            raise self.stager.refuse(node, "a call of this form is not supported")
        inner = ast.copy_location(ast.Call(node.args[0], [], []), node.args[0])
        invocations = self.stager.invocations
        return invocations.callee(inner, invocations.static_object(node.args[0]))

    def call(self, node: ast.Call, function: Term, args: list[Term]) -> Term:
        made = self.stager.invocations.applied(node, function, args, {}, None)
        if isinstance(made.type, Num) and not isinstance(made.expr, ast.Name | ast.Constant):
            target = self.stager.fresh(self.stager.hint, introduced=True)
            return self.stager.statements.as_target(target, made, node)
        return made

    def elements(self, node: ast.expr) -> Iterator[Term]:
        """The elements of what a form runs over, one by one."""
        term = self.stager.expr(node)
        if term.items is not None:
            yield from term.items
            return
        numbers = self.counted(node)
        yield from self.rows(node, term) if numbers is None else numbers

    def counted(self, node: ast.expr) -> list[Term] | None:
        """The numbers of a range of known length."""
        if not isinstance(node, ast.Call):
            return None
        if self.stager.invocations.static_object(node.func) is not range:
            return None
        try:
            parts = [static_value(self.stager.expr(arg)) for arg in node.args]
        except NotStatic:
            return None
        numbers = range(*parts)
        return [self.stager.constant(ast.Constant(n), n) for n in numbers[:LONGEST]]

    def rows(self, node: ast.expr, term: Term) -> list[Term]:
        """The elements of an array of known length."""
        num = term.num
        count = self.stager.facts.number(num.dims[0]) if num is not None and num.dims else None
        if count is None or count > LONGEST:
            raise self.stager.refuse(
                node, "how many elements there are is not known while compiling",
                help="write it as a loop",
            )  # fmt: skip
        op = self.stager.catalogue.find(operator.getitem)
        assert op is not None
        found = []
        for i in range(count):
            bound = {"x": term, "index": self.stager.constant(ast.Constant(i), i)}
            found.append(self.stager.gates.apply(op, bound, item_of(term.expr, i), node))
        return found


def _list(items: list[Term]) -> Term:
    display = ast.List([t.expr for t in items], ast.Load())
    type_ = Seq("list", tuple(t.type for t in items))
    return Term(display, type_, any(t.varied for t in items), tuple(items))


def _part(whole: ast.expr, attr: str) -> ast.expr:
    return ast.Attribute(whole, attr, ast.Load())


def _starred(node: ast.Call) -> bool:
    return any(isinstance(arg, ast.Starred) for arg in node.args)
