"""A rule's body, filled in for one gate.

In: the gate, its rule and the types.  Out: the lines of the rule with operands in
the place of parameters, constants settled and helpers worked out.
"""

from __future__ import annotations

import ast
import cmath
import inspect
import math
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property, lru_cache
from types import ModuleType
from typing import Any

import numpy as np

from adgen import runtime
from adgen.algebra import Rewriter, simplify
from adgen.ir import name, names_in
from adgen.rules.rule import Line, Rule
from adgen.rules.settle import SETTLERS, CannotSettle, Context
from adgen.rules.settle.spelling import constant_expr

_MATH_NAME = {
    "arcsin": "asin", "arccos": "acos", "arctan": "atan", "arctan2": "atan2",
    "arcsinh": "asinh", "arccosh": "acosh", "arctanh": "atanh", "abs": "fabs",
    "absolute": "fabs", "power": "pow",
}  # fmt: skip

_MODULES = {"math": math, "cmath": cmath}

# what NumPy takes for an option that was left out
NO_VALUE = inspect.signature(np.sum).parameters["keepdims"].default


@lru_cache(maxsize=512)
def _defaults(function: Any) -> Mapping[str, Any]:
    """The options of a function in order, and what they are if nothing is said."""
    try:
        parameters = inspect.signature(function).parameters
    except (TypeError, ValueError):
        return {}
    defaults = {name: parameter.default for name, parameter in parameters.items()}
    if defaults.get("keepdims") is NO_VALUE:
        defaults["keepdims"] = False
    return defaults


def _is_default(option: str | None, value: ast.expr, defaults: Mapping[str, Any]) -> bool:
    """Whether what is handed on as an option is what the function does by default."""
    if option is None or option not in defaults or names_in(value):
        return False
    try:
        given = ast.literal_eval(value)
    except ValueError:
        return False
    default = defaults[option]
    return type(default) is type(given) and bool(default == given)


def _without_defaults(call: ast.Call, handed_on: Sequence[bool], function: Any) -> ast.Call:
    """A call without the options that a rule hands on, and that need not be said.

    `handed_on` tells of each argument whether the rule does not write it out itself.
    """
    defaults = _defaults(function)
    names = list(defaults)
    count = len(call.args)
    kept = [
        k
        for k, passed in zip(call.keywords, handed_on[count:], strict=True)
        if not (passed and _is_default(k.arg, k.value, defaults))
    ]
    while count and not kept and handed_on[count - 1] and count <= len(names):
        if not _is_default(names[count - 1], call.args[count - 1], defaults):
            break
        count -= 1
    return ast.Call(call.func, call.args[:count], kept)


class Template(Rewriter):
    """Put operands in the place of a rule's parameters."""

    unchanged = frozenset({ast.Constant})

    def __init__(
        self,
        rule: Rule,
        table: Mapping[str, ast.expr],
        consts: Mapping[str, Any],
        context: Context,
        plain: Callable[[], str],
    ) -> None:
        self.rule = rule
        self.table = table
        self.consts = consts
        self.context = context
        self._plain = plain
        self.globals = rule.body.__globals__

    @cached_property
    def plain(self) -> str:
        """What has NumPy's functions for Python's own numbers: "math", "cmath" or nothing."""
        return self._plain()

    def fill(self, node: ast.expr) -> ast.expr:
        return simplify(self.visit(node))

    def visit(self, node: Any) -> Any:
        found = self.table.get(node.id) if node.__class__ is ast.Name else None
        return super().visit(node) if found is None else found

    def visit_Name(self, node: ast.Name) -> ast.expr:
        if node.id in self.consts:
            return constant_expr(self.consts[node.id])
        meant = self.globals.get(node.id)
        if meant is np:
            return name("@np")
        if meant is math:
            return name("@math")
        if isinstance(meant, ModuleType):
            return name(f"@{meant.__name__}")
        if meant is not None and getattr(runtime, node.id, None) is meant:
            return name(f"@rt.{node.id}")
        if meant is not None and not callable(meant):
            return constant_expr(meant)
        return node

    def visit_Attribute(self, node: ast.Attribute) -> ast.expr:
        if isinstance(node.value, ast.Name) and self.globals.get(node.value.id) is np:
            if isinstance(getattr(np, node.attr, None), float):
                return self._module_constant(node.attr)
            attr = _MATH_NAME.get(node.attr, node.attr)
            if hasattr(_MODULES.get(self.plain), attr):
                return ast.Attribute(name(f"@{self.plain}"), attr, ast.Load())
        node = self.generic_visit(node)
        return node

    def _module_constant(self, attr: str) -> ast.expr:
        module = self.plain if hasattr(_MODULES.get(self.plain), attr) else "np"
        return ast.Attribute(name(f"@{module}"), attr, ast.Load())

    def visit_IfExp(self, node: ast.IfExp) -> ast.expr:
        """A choice between constants is made now."""
        node = self.generic_visit(node)
        try:
            return node.body if ast.literal_eval(node.test) else node.orelse
        except ValueError:
            return node

    def visit_Call(self, node: ast.Call) -> ast.expr:
        function = node.func.id if isinstance(node.func, ast.Name) else ""
        settler = SETTLERS.get(function)
        if settler is None:
            given = [*node.args, *(k.value for k in node.keywords)]
            handed_on = [not isinstance(value, ast.Constant) for value in given]
            called = self._object(node.func)
            return _without_defaults(self.generic_visit(node), handed_on, called)
        args = [self._argument(arg) for arg in node.args]
        settled = self._settled(settler, args)
        if settled is not None:
            return settled
        exprs = [a if isinstance(a, ast.expr) else constant_expr(a) for a in args]
        if function == "unreduce":
            shape = ast.Attribute(name("@np"), "shape", ast.Load())
            exprs[1] = ast.Call(shape, [exprs[1]], [])
        return ast.Call(name(f"@rt.{function}"), exprs, [])

    def _settled(self, settler: Callable[..., ast.expr | None], args: list[Any]) -> ast.expr | None:
        """What a helper comes to; one that counts axes cannot do so where they are not known."""
        try:
            return settler(self.context, *args)
        except (TypeError, IndexError):
            if all(self.context.dims(a) is not None for a in args if isinstance(a, ast.expr)):
                raise
            raise CannotSettle("how many axes there are is not known while compiling") from None

    def _object(self, node: ast.expr) -> Any:
        """What a dotted name of a rule's module stands for."""
        if isinstance(node, ast.Attribute):
            return getattr(self._object(node.value), node.attr, None)
        return self.globals.get(node.id) if isinstance(node, ast.Name) else None

    def _argument(self, node: ast.expr) -> Any:
        """A helper's argument: an expression, or the value of a constant."""
        if isinstance(node, ast.Name) and node.id in self.consts:
            return self.consts[node.id]
        if isinstance(node, ast.Constant):
            return node.value
        return self.visit(node)


def fill_line(template: Template, line: Line) -> tuple[ast.expr, ast.expr | None]:
    """The expression of a rule's line, and its index if it has one."""
    index = template.visit(line.index) if line.index is not None else None
    return template.fill(line.expr), index
