"""The first of what an iterator gives: `next((x for x in xs if x > a), default)`.

It is staged as a call of the function that it stands for:

    def first():
        for x in xs:
            if x > a:
                return x
        return default
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, Any

from adgen.staging.calls import inline, local_function
from adgen.staging.sugar import drawn
from adgen.staging.terms import Given, Term
from adgen.types import Known

if TYPE_CHECKING:
    from adgen.staging.stager import Stager


def is_search(stager: Stager, function: Any, node: ast.Call) -> bool:
    """Whether a call asks for the first of what it makes an iterator of itself."""
    if function is not next or node.keywords or len(node.args) not in (1, 2):
        return False
    return _searched(stager, node.args[0]) is not None


def first(stager: Stager, node: ast.Call, into: str | None) -> Term:
    """What a search gives."""
    searched = _searched(stager, node.args[0])
    assert searched is not None
    default = [Given(stager.expr(arg)) for arg in node.args[1:]]
    body: list[ast.stmt] = [ast.Return(searched.elt)]
    for part in reversed(searched.generators):
        for test in reversed(part.ifs):
            body = [ast.If(test, body, [])]
        body = [ast.For(part.target, part.iter, body, [])]
    nothing = ast.Raise(ast.Name("StopIteration", ast.Load()))
    body.append(ast.Return(default[0]) if default else nothing)
    nobody = ast.arguments([], [], None, [], [], None, [])
    made = ast.FunctionDef("first", nobody, body, [])
    for each in ast.walk(made):
        if isinstance(each, ast.expr | ast.stmt) and not hasattr(each, "lineno"):
            ast.copy_location(each, node)
    function = local_function(stager, made).type
    assert isinstance(function, Known)
    return inline(stager, node, function.value, (), {}, into)


def _searched(stager: Stager, node: ast.expr) -> ast.GeneratorExp | ast.ListComp | None:
    """What a search goes through: a generator, or `iter(xs)`."""
    if isinstance(node, ast.GeneratorExp):
        return node
    if isinstance(node, ast.Call) and len(node.args) == 1 and not node.keywords:
        if stager.invocations.callees.static_object(node.func) is iter:
            made = ast.copy_location(drawn(node.args[0]), node)
            assert isinstance(made, ast.ListComp)
            return made
    return None
