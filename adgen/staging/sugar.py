"""Functions that stand for a loop or a comprehension: `filter`, `accumulate`, `sorted` by a key.

Each is written out as the statements that it is short for, and these are staged.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping
from typing import TYPE_CHECKING

from adgen.staging.terms import GIVES_NONE, Continuation, Given, Term, leaves

if TYPE_CHECKING:
    from adgen.staging.stager import Stager


def written_out(
    stager: Stager, node: ast.expr, text: str, result: str, given: Mapping[str, ast.expr]
) -> Term:
    """What a name holds after these statements, in which `given` names stand for expressions.

    All other names that the statements bind are new ones.
    """
    body = ast.parse(text).body
    bound = {n.id for s in body for n in ast.walk(s) if isinstance(n, ast.Name) and _stores(n)}
    table = {name: new_name(stager, name) for name in sorted(bound - set(given))}
    stmts = filled(text, given, node, table)
    before = dict(stager.env)
    hint = stager.hint

    def given_back() -> Term:
        stager.hint = hint
        found = stager.expr(ast.copy_location(ast.Name(table[result], ast.Load()), node))
        for name in table.values():
            stager.env.pop(name, None)
            if name in before:
                stager.env[name] = before[name]
        return found

    pending = stager.continued.take(node, is_form=True)
    if pending is not None:
        stager.flow.block([*stmts, Continuation(lambda: pending.go_on(given_back()))])
        return GIVES_NONE
    stager.flow.block(stmts)
    found = given_back()
    for part in (found, *leaves(found)):
        stager.parted.note(part, stager.lists.site(node))
    return found


def filled(
    text: str, given: Mapping[str, ast.expr], node: ast.expr, table: Mapping[str, str] = {}
) -> list[ast.stmt]:
    """Statements in which `given` names stand for expressions, as if they stood at a node."""
    renamed = Filled(table, given, node)
    return [renamed.visit(stmt) for stmt in ast.parse(text).body]


def once(stager: Stager, node: ast.expr) -> ast.expr:
    """An expression that may be read several times: staged, unless it costs nothing."""
    if isinstance(node, ast.Name | ast.Lambda):
        return node
    return ast.copy_location(Given(stager.expr(node)), node)


def drawn(node: ast.expr) -> ast.expr:
    """`[item for item in xs]`"""
    target = ast.comprehension(ast.Name("item", ast.Store()), node, [], 0)
    made = ast.ListComp(ast.Name("item", ast.Load()), [target])
    for part in (made, made.elt, target.target):
        ast.copy_location(part, node)
    return made


def identity(node: ast.AST) -> ast.expr:
    """`lambda v: v`"""
    made = ast.parse("lambda v: v", mode="eval").body
    for part in ast.walk(made):
        ast.copy_location(part, node)
    return made


def new_name(stager: Stager, wanted: str) -> str:
    """A name that neither the function nor its module has."""
    found = stager.lists.comprehensions.unused(wanted)
    while stager.scope.lookup(found)[0]:
        found = stager.lists.comprehensions.unused(f"{found}_")
    return found


def _stores(node: ast.Name) -> bool:
    return isinstance(node.ctx, ast.Store)


class Filled(ast.NodeTransformer):
    """Puts names and expressions in, and everything where the author's call stands."""

    def __init__(
        self, table: Mapping[str, str], given: Mapping[str, ast.expr], where: ast.AST
    ) -> None:
        self.table, self.given, self.where = table, given, where

    def generic_visit(self, node: ast.AST) -> ast.AST:
        if isinstance(node, ast.expr | ast.stmt):
            ast.copy_location(node, self.where)
        return super().generic_visit(node)

    def visit_Name(self, node: ast.Name) -> ast.expr:
        if node.id in self.given:
            return self.given[node.id]
        return ast.copy_location(ast.Name(self.table.get(node.id, node.id), node.ctx), self.where)
