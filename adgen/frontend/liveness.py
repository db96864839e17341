"""Which names may still be read behind a trip of a loop, read off the syntax tree alone.

>>> tree = ast.parse('''
... def f(x):
...     for v in x:
...         s = v * v
...         t = s + 1
...     return t
... ''').body[0]
>>> live_behind_trip(tree, tree.body[0])
{'t'}
"""

from __future__ import annotations

import ast
from collections.abc import Sequence
from dataclasses import dataclass, replace

from adgen.frontend.control import bound_names

_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.ClassDef)
_NOTHING: frozenset[str] = frozenset()
Names = frozenset[str]


@dataclass(frozen=True)
class Around:
    """What is live where `break`, `continue` and an exception lead."""

    ended: Names = _NOTHING
    next: Names = _NOTHING
    caught: Names = _NOTHING


def live_behind_trip(tree: ast.FunctionDef, loop: ast.AST) -> set[str] | None:
    """The names that may be read once a trip of a loop is over, before they are bound anew;
    None if the loop is none of the function's."""
    liveness = Liveness(loop)
    liveness.block(tree.body, _NOTHING, Around())
    if liveness.found is None:
        return None
    return {*liveness.found, *_read_in_functions(tree)}


def live_before_loop(tree: ast.FunctionDef, loop: ast.AST, runs: bool) -> set[str] | None:
    """The names whose values from before a loop may be read in its trips or behind it; None if the
    loop is none of the function's.  A loop that surely `runs` has one trip at least.

    >>> tree = ast.parse('''
    ... def f(x):
    ...     y = 0
    ...     for v in x:
    ...         y = v
    ...     return y
    ... ''').body[0]
    >>> live_before_loop(tree, tree.body[1], False)
    {'y'}
    >>> live_before_loop(tree, tree.body[1], True)
    set()
    """
    liveness = Liveness(loop)
    liveness.block(tree.body, _NOTHING, Around())
    found = liveness.begun if runs else liveness.head
    return None if found is None else {*found, *_read_in_functions(tree)}


class Liveness:
    """Goes through statements backwards, on the watch for one loop."""

    def __init__(self, loop: ast.AST) -> None:
        self.loop = loop
        self.found: Names | None = None
        # what is live before its test, and before its first trip
        self.head: Names | None = None
        self.begun: Names | None = None

    def block(self, stmts: Sequence[ast.stmt], live: Names, around: Around) -> Names:
        """What is live before these statements, given what is live behind them."""
        for stmt in reversed(stmts):
            live = self.stmt(stmt, live, around) | around.caught
        return live

    def stmt(self, stmt: ast.stmt, live: Names, around: Around) -> Names:
        match stmt:
            case ast.Assign(targets=targets, value=value):
                bound = frozenset(t.id for target in targets for t in _plain(target))
                return (live - bound) | _reads(value) | _reads(*targets)
            case ast.AnnAssign(target=ast.Name(id=author), value=ast.expr() as value):
                return (live - {author}) | _reads(value)
            case ast.AugAssign(target=ast.Name(id=author), value=value):
                return live | {author} | _reads(value)
            case ast.Return():
                return _reads(stmt)
            case ast.Raise():
                return _reads(stmt) | around.caught
            case ast.Break():
                return around.ended
            case ast.Continue():
                return around.next
            case ast.If(test=test, body=body, orelse=orelse):
                sides = self.block(body, live, around) | self.block(orelse, live, around)
                return _reads(test) | sides
            case ast.For(target=target, iter=over, body=body, orelse=orelse):
                bound = frozenset(t.id for t in _plain(target))
                behind = self.block(orelse, live, around)
                return _reads(over) | self.trips(stmt, body, _NOTHING, bound, behind, live, around)
            case ast.While(test=test, body=body, orelse=orelse):
                behind = self.block(orelse, live, around)
                return self.trips(stmt, body, _reads(test), _NOTHING, behind, live, around)
            case ast.With(items=items, body=body):
                return _reads(*items) | self.block(body, live, around)
            case ast.Try(body=body, handlers=handlers, orelse=orelse, finalbody=final):
                live = self.block(final, live, around)
                caught = frozenset().union(
                    *(_reads(*filter(None, [h.type])) | self.block(h.body, live, around)
                      for h in handlers)
                )  # fmt: skip
                inside = replace(around, caught=around.caught | caught | live)
                return self.block([*body, *orelse], live, inside)
            case ast.Match():
                return (
                    live
                    | _reads(stmt)
                    | frozenset().union(
                        *(self.block(case.body, live, around) for case in stmt.cases)
                    )
                )
        return live | _reads(stmt)

    def trips(
        self, loop: ast.stmt, body: Sequence[ast.stmt], test: Names, bound: Names,
        behind: Names, ended: Names, around: Around,
    ) -> Names:  # fmt: skip
        """What is live where a trip begins or the loop ends."""
        head = behind | test
        while True:
            inside = replace(around, ended=ended, next=head)
            begun = self.block(body, head, inside) - bound
            more = head | begun
            if more == head:
                break
            head = more
        if loop is self.loop:
            self.found = head | ended | around.caught
            self.head, self.begun = head, test | begun
        return head


def _plain(target: ast.expr) -> list[ast.Name]:
    """The names that an assignment to this binds for certain."""
    if isinstance(target, ast.Name):
        return [target]
    if isinstance(target, ast.Tuple | ast.List):
        return [name for part in target.elts for name in _plain(part)]
    return [target.value] if _is_rest(target) else []  # type: ignore[attr-defined]


def _is_rest(target: ast.expr) -> bool:
    return isinstance(target, ast.Starred) and isinstance(target.value, ast.Name)


def _reads(*parts: ast.AST) -> Names:
    nodes = (node for part in parts for node in ast.walk(part))
    return frozenset(
        n.id for n in nodes if isinstance(n, ast.Name) and not isinstance(n.ctx, ast.Store)
    )


def _read_in_functions(tree: ast.FunctionDef) -> set[str]:
    """What functions inside of a function read, whenever they are called."""
    inner = [n for n in ast.walk(tree) if isinstance(n, _FUNCTIONS) and n is not tree]
    return {author for part in inner for author in {*_reads(part), *bound_names(part)}}
