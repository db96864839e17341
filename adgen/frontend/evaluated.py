"""What a statement evaluates, and what it calls before, read off the syntax tree alone.

>>> stmt = ast.parse("y = f(x) + (g(x) if h(x) else 0) * k(x)").body[0]
>>> [ast.unparse(call.func) for call in evaluated(stmt, ast.Call)]
['f', 'h']
"""

from __future__ import annotations

import ast
import copy
from collections.abc import Iterator
from itertools import takewhile
from typing import Any, TypeVar

T = TypeVar("T", bound=ast.expr)
# statements that are nothing but expressions to evaluate, and what is done with them
SIMPLE = (ast.Assign, ast.AugAssign, ast.AnnAssign, ast.Expr, ast.Return)


def evaluated(stmt: ast.stmt, kind: type[T]) -> Iterator[T]:
    """The expressions of a kind that a statement evaluates once, whatever the others in it come
    to, as far as what it calls before them can be told."""
    for part, surely in _reached(_head(stmt)):
        if surely and isinstance(part, kind) and calls_before(stmt, part) is not None:
            yield part


def calls_before(stmt: ast.stmt, part: ast.expr) -> list[ast.Call] | None:
    """The calls that a statement makes before it comes to one of its expressions; None if that
    depends on what others come to, or names are bound on the way."""
    before = [
        (node, surely)
        for node, surely in takewhile(lambda found: found[0] is not part, _reached(_head(stmt)))
        if isinstance(node, ast.Call | ast.NamedExpr) and part not in ast.walk(node)
    ]
    if any(isinstance(node, ast.NamedExpr) or not surely for node, surely in before):
        return None
    inside = {id(inner) for node, _ in before for inner in ast.walk(node) if inner is not node}
    return [node for node, _ in before if isinstance(node, ast.Call) and id(node) not in inside]


def replaced(node: Any, part: ast.expr, by: ast.expr) -> Any:
    """A statement with another expression in the place of one in it."""
    if node is part:
        return by
    if not isinstance(node, ast.AST) or part not in ast.walk(node):
        return node
    made = copy.copy(node)
    for field, value in ast.iter_fields(node):
        if isinstance(value, list):
            setattr(made, field, [replaced(each, part, by) for each in value])
        else:
            setattr(made, field, replaced(value, part, by))
    return made


def _head(stmt: ast.stmt) -> ast.AST | None:
    """What a statement begins with: all of it, or what decides what is done."""
    if isinstance(stmt, SIMPLE):
        return stmt
    if isinstance(stmt, ast.If):
        return stmt.test
    return stmt.iter if isinstance(stmt, ast.For) else None


def _reached(node: ast.AST | None, surely: bool = True) -> Iterator[tuple[ast.AST, bool]]:
    """The expressions that may be evaluated, in order, the outer ones before those in them; and
    whether each is in any case."""
    parts: list[tuple[ast.AST, bool]]
    match node:
        case None | ast.Lambda():
            return
        case ast.BoolOp(values=[first, *others]):
            parts = [(first, surely), *((other, False) for other in others)]
        case ast.Compare(left=left, comparators=[second, *others]):
            parts = [(left, surely), (second, surely), *((other, False) for other in others)]
        case ast.IfExp(test=test, body=body, orelse=orelse):
            parts = [(test, surely), (body, False), (orelse, False)]
        case ast.ListComp() | ast.SetComp() | ast.DictComp() | ast.GeneratorExp():
            parts = [(node.generators[0].iter, surely)]
        case ast.Assign(targets=targets, value=value):
            parts = [(value, surely), *((target, surely) for target in targets)]
        case _:
            parts = [(part, surely) for part in ast.iter_child_nodes(node)]
    yield node, surely
    for part, always in parts:
        yield from _reached(part, always)
