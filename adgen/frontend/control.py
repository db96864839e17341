"""What statements do to control and to names, read off the syntax tree alone.

>>> body = ast.parse("for v in x:\\n    if v < 0: break\\nelse:\\n    y = 1").body
>>> leaves(body), ways_out(body), bound_names(body[0])
('never', [], ['v', 'y'])
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence

from adgen.ir import children, nodes_in

_SCOPES = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)
COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
_WAYS = {ast.Return: "return", ast.Break: "break", ast.Continue: "continue"}


class Ends(ast.Break):
    """Where a loop ends since its condition no longer holds: no `break` of the author's."""


def blocks_of(stmt: ast.AST) -> Iterator[list[ast.stmt]]:
    """The blocks that a statement is made of, one after the other."""
    for field in ("body", "orelse", "handlers", "finalbody", "cases"):
        part = stmt.__dict__.get(field)
        if not part or not isinstance(part, list):
            continue
        if isinstance(part[0], ast.ExceptHandler | ast.match_case):
            for each in part:
                yield each.body
        else:
            yield part


def statements(stmts: Sequence[ast.stmt]) -> Iterator[ast.stmt]:
    """The statements of a block and of what it is made of, functions inside left out."""
    for stmt in stmts:
        yield stmt
        if not isinstance(stmt, _SCOPES):
            for block in blocks_of(stmt):
                yield from statements(block)


def ways_out(stmts: Sequence[ast.stmt]) -> list[str]:
    """How control may leave a block, other than at its end or by an exception."""
    found: set[str] = set()
    for stmt in stmts:
        if type(stmt) in _WAYS:
            found.add(_WAYS[type(stmt)])
        elif isinstance(stmt, ast.For | ast.While):
            inside = set(ways_out(stmt.body)) & {"return"}
            found |= inside | set(ways_out(stmt.orelse))
        elif not isinstance(stmt, _SCOPES):
            for block in blocks_of(stmt):
                found |= set(ways_out(block))
    return [way for way in _WAYS.values() if way in found]


def leaves(stmts: Sequence[ast.stmt]) -> str:
    """Whether control leaves a block before its end: "always", "never" or "sometimes"."""
    found = {_leaves(stmt) for stmt in stmts}
    return next((how for how in ("always", "sometimes") if how in found), "never")


def _leaves(stmt: ast.stmt) -> str:
    match stmt:
        case ast.Return() | ast.Break() | ast.Continue() | ast.Raise():
            return "always"
        case ast.If():
            return _meet([leaves(stmt.body), leaves(stmt.orelse)])
        case ast.Match():
            whole = any(is_irrefutable(case) for case in stmt.cases)
            return _meet([*(leaves(c.body) for c in stmt.cases), *([] if whole else ["never"])])
        case ast.With():
            return leaves(stmt.body)
        case ast.Try():
            ends = leaves([*stmt.body, *stmt.orelse])
            return _meet([ends, *(leaves(handler.body) for handler in stmt.handlers)])
        case ast.For() | ast.While():
            return "sometimes" if ways_out([stmt]) else "never"
    return "never"


def _meet(sides: Sequence[str]) -> str:
    return sides[0] if len(set(sides)) == 1 else "sometimes"


def is_irrefutable(case: ast.match_case) -> bool:
    """Whether a `case` is taken whatever the subject is."""
    pattern = case.pattern
    return isinstance(pattern, ast.MatchAs) and pattern.pattern is None and case.guard is None


def open_ends(stmts: Sequence[ast.stmt]) -> int:
    """On how many paths control reaches the end of a block, told apart by what leaves."""
    ends = 1
    for stmt in stmts:
        found = _leaves(stmt)
        if found == "always":
            return 0
        if found == "sometimes":
            if not isinstance(stmt, ast.If):
                return 2  # more than one
            ends *= open_ends(stmt.body) + open_ends(stmt.orelse)
    return ends


def is_endless(node: ast.AST) -> bool:
    """Whether a loop ends only where its body leaves the function."""
    return (
        isinstance(node, ast.While)
        and isinstance(node.test, ast.Constant)
        and bool(node.test.value)
        and "break" not in ways_out(node.body)
        and not any(isinstance(stmt, Ends) for stmt in statements(node.body))
    )


def may_be_left(body: Sequence[ast.stmt]) -> bool:
    """Whether a loop's body may leave it, by a `break`, a `return` or an exception."""
    raises = any(isinstance(stmt, ast.Raise | ast.Assert) for stmt in statements(body))
    return raises or bool({"break", "return"} & {*ways_out(body)})


def bound_names(node: ast.AST) -> list[str]:
    """The names that a statement or function binds itself, in the order of the text."""
    return list(dict.fromkeys(_bound(node, outermost=True)))


def _bound(node: ast.AST, outermost: bool) -> Iterator[str]:
    match node:
        case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef() | ast.Lambda():
            if not outermost:
                if not isinstance(node, ast.Lambda):
                    yield node.name
                return
        case ast.Name(id=author, ctx=context):
            if not isinstance(context, ast.Load):
                yield author
            return
        case ast.arg(arg=author):
            yield author
        case ast.alias(name=module, asname=author):
            yield author or module.partition(".")[0]
        case ast.ExceptHandler(name=str() as author):
            yield author
        case ast.MatchAs(name=str() as author) | ast.MatchStar(name=str() as author):
            yield author
        case ast.MatchMapping(rest=str() as author):
            yield author
    if isinstance(node, COMPREHENSIONS):
        yield from _bound_in_comprehension(node)
        return
    for child in children(node):
        if not (isinstance(child, ast.expr) and _only_reads(child)):
            yield from _bound(child, outermost=False)


def _only_reads(expr: ast.expr) -> bool:
    contexts = [node.ctx.__class__ for node in nodes_in(expr) if node.__class__ is ast.Name]
    return contexts.count(ast.Load) == len(contexts)


def _bound_in_comprehension(node: ast.AST) -> Iterator[str]:
    """A comprehension has names of its own, but for those bound with `:=`."""
    for child in nodes_in(node):
        if isinstance(child, ast.NamedExpr):
            yield child.target.id


def declared(tree: ast.AST, kind: type[ast.Global] | type[ast.Nonlocal]) -> set[str]:
    """The names that a function declares to be another scope's."""
    body = getattr(tree, "body", [])
    stmts = statements(body) if isinstance(body, list) else ()
    return {author for stmt in stmts if isinstance(stmt, kind) for author in stmt.names}


def local_names(tree: ast.AST) -> set[str]:
    """The names that are a function's own."""
    elsewhere = declared(tree, ast.Global) | declared(tree, ast.Nonlocal)
    return set(bound_names(tree)) - elsewhere


def shared_names(tree: ast.AST) -> set[str]:
    """The names that functions inside of a function bind in the one around them."""
    stmts = (node for node in nodes_in(tree) if isinstance(node, ast.Nonlocal))
    return {author for stmt in stmts for author in stmt.names}
