"""Which values depend on a differentiated input."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping

from adgen.ir import Block, Branch, Gate, Loop, Program, Stmt, differentiated, names_in
from adgen.paths import is_part
from adgen.types import Num, Record, Seq, Type


def varied_values(program: Program, types: Mapping[str, Type]) -> set[str]:
    """The floating-point values that an input in `wrt` reaches."""
    varied = {v for v, t in types.items() if floats(t) and is_part(v, program.wrt)}
    every = [*as_they_flow(program.body)]
    repeats = any(isinstance(stmt, Loop) for stmt in every)
    while True:
        before = len(varied)
        for stmt in every:
            varied.update([v for v in _reached(stmt, varied) if floats(types[v])])
        if not repeats or len(varied) == before:
            return varied


def as_they_flow(body: Block) -> Iterator[Stmt]:
    """Every statement behind those that it joins: branches behind their sides, and loops, which
    begin trips and end them, before and behind what is in them."""
    for stmt in body:
        if isinstance(stmt, Branch):
            yield from as_they_flow(stmt.then)
            yield from as_they_flow(stmt.orelse)
        elif isinstance(stmt, Loop):
            yield stmt
            yield from as_they_flow(stmt.body)
        yield stmt


def _reached(stmt: object, varied: set[str]) -> set[str]:
    """What one statement makes of varied values."""
    if isinstance(stmt, Gate):
        if stmt.op is None or stmt.op.kind == "constant":
            return set()
        active = [e for key, e in stmt.operands.items() if not stmt.op.general.passes(key)]
        reads = any(e.value.id in varied for expr in active for e in differentiated(expr))
        return set(stmt.targets) if reads else set()
    return passed_on(stmt, varied)


def passed_on(stmt: object, found: set[str]) -> set[str]:
    """The values that some others are behind a branch, and in and behind a loop's trips."""
    if isinstance(stmt, Branch):
        return {m.target for m in stmt.merges if any_read(found, m.then, m.orelse)}
    if isinstance(stmt, Loop):
        reached = [c for c in stmt.carried if any_read(found, c.start, c.next)]
        return {c.inner for c in reached} | {c.after for c in reached}
    return set()


def any_read(found: set[str], *sources: ast.expr | None) -> bool:
    """Whether one of some expressions reads one of some values."""
    return any(n in found for source in sources if source is not None for n in names_in(source))


def held(type_: Seq | Record) -> list[int]:
    """The positions of what the adjoint of a container holds: of dicts, what holds floats."""
    every = range(len(type_.items))
    return [i for i in every if isinstance(type_, Seq) or floats(type_.items[i])]


def floats(type_: Type) -> bool:
    """Whether a value can carry a derivative."""
    if isinstance(type_, Seq | Record):
        return any(floats(item) for item in type_.items)
    return isinstance(type_, Num) and type_.differentiable
