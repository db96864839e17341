"""Which names may still be read around the loops of a function, read off the syntax tree alone.

>>> tree = ast.parse('''
... def f(x):
...     y = 0
...     for v in x:
...         s = v * v
...         y = s + 1
...     return y
... ''').body[0]
>>> liveness, loop = Liveness(tree), tree.body[1]
>>> [*liveness.behind_trip(loop)], [*liveness.before_loop(loop, runs=False)]
(['y'], ['y'])
>>> [*liveness.before_loop(loop, runs=True)]
[]
"""

from __future__ import annotations

import ast
from collections.abc import Sequence
from typing import NamedTuple

from adgen.frontend.control import bound_names
from adgen.ir import nodes_in

_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.ClassDef)
_NOTHING: frozenset[str] = frozenset()
Names = frozenset[str]


class Around(NamedTuple):
    """What is live where `break`, `continue` and an exception lead, and at the ends of the blocks
    around, up to that of the trip."""

    ended: Names = _NOTHING
    next: Names = _NOTHING
    caught: Names = _NOTHING
    ends: Names = _NOTHING


class Live(NamedTuple):
    """What is live behind a loop's trips, before its test, and before its first trip."""

    behind: Names
    head: Names
    begun: Names


class Liveness:
    """Goes through a function's statements backwards, and notes what it finds at the loops."""

    def __init__(self, tree: ast.FunctionDef) -> None:
        self.loops: dict[ast.AST, Live] = {}
        # what is live behind branches, and wherever the blocks that they stand in may end
        self.branches: dict[ast.AST, Names] = {}
        self.ends: dict[ast.AST, Names] = {}
        self.block(tree.body, _NOTHING, Around())
        # what functions inside of this one read, whenever they are called
        self.in_functions = frozenset(
            author
            for inner in nodes_in(tree)
            if isinstance(inner, _FUNCTIONS) and inner is not tree
            for author in (*_reads(inner), *bound_names(inner))
        )

    def behind_trip(self, loop: ast.AST) -> Names | None:
        """The names that may be read once a trip of a loop is over, before they are bound anew;
        None if the loop is none of the function's."""
        live = self.loops.get(loop)
        return None if live is None else live.behind | self.in_functions

    def before_loop(self, loop: ast.AST, runs: bool) -> Names | None:
        """The names whose values from before a loop may be read in its trips or behind it; None if
        the loop is none of the function's.  A loop that surely `runs` has one trip at least."""
        live = self.loops.get(loop)
        return None if live is None else (live.begun if runs else live.head) | self.in_functions

    def behind_branch(self, branch: ast.AST) -> Names | None:
        """The names that may be read behind an `if`, before they are bound anew; None if it is
        none of the function's."""
        live = self.branches.get(branch)
        return None if live is None else live | self.in_functions

    def behind_block(self, branch: ast.AST) -> Names | None:
        """The same behind all blocks that an `if` stands in, whichever is staged with it."""
        live = self.ends.get(branch)
        return None if live is None else live | self.in_functions

    def block(self, stmts: Sequence[ast.stmt], live: Names, around: Around) -> Names:
        """What is live before these statements, given what is live behind them."""
        around = around._replace(ends=around.ends | live)
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
                again = self.branches.get(stmt, _NOTHING)  # of a loop's trips before
                self.branches[stmt] = live | around.caught | again
                ends = self.ends.get(stmt, _NOTHING)
                self.ends[stmt] = ends.union(self.branches[stmt], *around)
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
                inside = around._replace(caught=around.caught | caught | live)
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
            inside = around._replace(ended=ended, next=head, ends=_NOTHING)
            begun = self.block(body, head, inside) - bound
            more = head | begun
            if more == head:
                break
            head = more
        self.loops[loop] = Live(head | ended | around.caught, head, test | begun)
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
    nodes = (node for part in parts for node in nodes_in(part))
    return frozenset(
        n.id for n in nodes if isinstance(n, ast.Name) and not isinstance(n.ctx, ast.Store)
    )
