"""Loops that run over lists and arrays themselves, as the author wrote them.

Staging counts the trips of `for w, x in zip(ws, xs)` and begins each with `w = ws[at]` and
`x = xs[at]`, as the way back may need the index.  Where nothing does, the author's loop is printed.
"""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterator

from adgen.caching import Pair
from adgen.caching.shapes import step_expressions
from adgen.emission.naming import Names
from adgen.ir import Branch, Effect, Gate, Loop, Stmt, hint, names_in, walk


def loops_over_elements(pair: Pair, names: Names) -> dict[int, tuple[Gate, ...]]:
    """For each such loop the gates that its head stands for."""
    loops = [stmt for stmt in walk(pair.forward) if isinstance(stmt, Loop)]
    counted = {loop.key: tuple(_elements(loop, pair, names)) for loop in loops
               if _is_counted_by_staging(loop)}  # fmt: skip
    if not any(counted.values()):
        return {}
    reads = Counter(_reads(pair))
    return {
        loop.key: gates
        for loop in loops
        if (gates := counted.get(loop.key, ()))
        and reads[loop.index or ""] == len(gates)
        and _is_as_long(loop, gates)
    }


def _is_counted_by_staging(loop: Loop) -> bool:
    """Whether the author has no name for the index."""
    known_as = hint(loop.index or "")
    return known_as == "at" or known_as.endswith("_at")


def _elements(loop: Loop, pair: Pair, names: Names) -> Iterator[Gate]:
    """The gates at the beginning of a trip that take an element of what the loop runs over."""
    for stmt in loop.body:
        if not isinstance(stmt, Gate) or stmt.place is not None or stmt.virtual:
            return
        match stmt.expr:
            case ast.Subscript(value=ast.Name(id=owner), slice=ast.Name(id=index)):
                renamed = {*names.aside, *names.copies}.intersection(stmt.targets)
                if index != loop.index or renamed or _is_changed(owner, pair):
                    return
                yield stmt
            case _:
                return


def _is_changed(value: str, pair: Pair) -> bool:
    """Whether a list or array is ever written to."""
    program = pair.staged.program
    return value in program.overwritten or value in program.pinned or value in program.memory


def _is_as_long(loop: Loop, gates: tuple[Gate, ...]) -> bool:
    """Whether there are as many trips as the first of these has elements."""
    match loop.over, gates[0].expr:
        case (
            ast.Call(
                func=ast.Name(id="range"),
                args=[ast.Call(func=ast.Name(id="len"), args=[ast.Name(id=counted)])],
            ),
            ast.Subscript(value=ast.Name(id=owner)),
        ):
            return counted == owner
    return False


def _reads(pair: Pair) -> Iterator[str]:
    """Every reading of a value, by the forward, by the backward and for the cache."""
    for stmt in walk(pair.forward):
        for part in _parts(stmt):
            if part is not None:
                yield from names_in(part)
        if isinstance(stmt, Loop) and stmt.key in pair.paired and stmt.index is not None:
            yield stmt.index
    for part in step_expressions(pair.steps):
        yield from names_in(part)
    for cache in pair.caches.values():
        for residual in cache:
            yield from (residual.target, *names_in(residual.expr))


def _parts(stmt: Stmt) -> Iterator[ast.AST | None]:
    match stmt:
        case Gate():
            yield from (stmt.expr, stmt.place)
        case Effect():
            yield stmt.node
        case Branch():
            yield from (stmt.test, *(p for m in stmt.merges for p in (m.then, m.orelse)))
        case Loop():
            yield from (stmt.over, *(p for c in stmt.carried for p in (c.start, c.next)))
