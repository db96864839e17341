"""A function defined inside of another, as one that stands alone.

What it reads of the functions around it becomes parameters, so that its gradient
can be compiled by itself; functions around it that it calls are taken along.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from adgen.frontend.source import Definition, Scope
from adgen.ir import clone
from adgen.staging.calls import LocalFunction
from adgen.staging.terms import Term
from adgen.types import Known

if TYPE_CHECKING:
    from adgen.staging.stager import Stager


def standing_alone(
    stager: Stager, function: LocalFunction, node: ast.AST
) -> tuple[Definition, dict[str, Term]]:
    """The definition with what it captures as further parameters, and their values now."""
    captured: dict[str, Term] = {}
    tree = _with_functions(stager, function, node, captured, function.scope)
    arguments = tree.args
    plain = [*arguments.posonlyargs, *arguments.args]
    more = [ast.arg(name) for name in captured]
    tree.args = ast.arguments([], [*plain, *arguments.kwonlyargs, *more], None, [], [], None, [])
    return replace(function.definition, tree=tree), captured


def _with_functions(
    stager: Stager,
    function: LocalFunction,
    node: ast.AST,
    captured: dict[str, Term],
    scope: Scope,
) -> ast.FunctionDef:
    """The tree, with the local functions that it calls defined inside of it.

    Names of modules are those of `scope`; others become parameters.
    """
    tree: ast.FunctionDef = clone(function.definition.tree)
    bound = _bound_in(tree)
    inner: list[ast.stmt] = []
    for name in _free_names(tree):
        term = _found(stager, function, name, node) or _of_its_module(stager, function, name, scope)
        if term is None:
            continue
        if isinstance(term.type, Known) and isinstance(term.type.value, LocalFunction):
            helper = _with_functions(stager, term.type.value, node, captured, scope)
            helper.name = name
            taken = sorted(set(_free_names(helper)) & bound & captured.keys())
            for other in taken:
                raise stager.refuse(
                    node,
                    f"`{name}` reads `{other}`, which `{tree.name}` binds anew",
                    help="give one of them another name",
                )
            inner.append(helper)
        else:
            known = captured.setdefault(name, term)
            if known is not term and known != term:
                raise stager.refuse(node, f"`{name}` means several things here")
    tree.body = [*inner, *tree.body]
    return tree


def _found(stager: Stager, function: LocalFunction, name: str, node: ast.AST) -> Term | None:
    """What a name means to a local function; None for a name of the module."""
    for call in reversed(function.calls):
        env = stager.names_of(call)
        if name in env:
            return stager.memory.fresh(name, env[name], node)
    return None


def _of_its_module(stager: Stager, function: LocalFunction, name: str, scope: Scope) -> Term | None:
    """What a name means in a function's own module, if it means something else in `scope`."""
    found, value = function.scope.lookup(name)
    known, other = scope.lookup(name)
    if not found or (known and other is value):
        return None
    stager.watched.append((function.scope, name, value))
    return stager.constant(ast.Name(stager.external(name, value), ast.Load()), value)


def _free_names(tree: ast.FunctionDef) -> Iterator[str]:
    bound = _bound_in(tree)
    names = (n.id for n in ast.walk(tree) if isinstance(n, ast.Name))
    return (name for name in dict.fromkeys(names) if name not in bound)


def _bound_in(tree: ast.FunctionDef) -> set[str]:
    names = {n.id for n in ast.walk(tree)
             if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}  # fmt: skip
    names |= {n.arg for n in ast.walk(tree) if isinstance(n, ast.arg)}
    inner = {n.name for n in ast.walk(tree) if isinstance(n, ast.FunctionDef) and n is not tree}
    return names | inner
