"""An emitted gradient as a definition of its own, to be compiled again.

In: what the stages gave for a function, and which of its joint forms is wanted.
Out: a `Definition`, as of any function of the author's: the emitted text, with the
seed put in as 1 and without what only the function's value needs.  Errors in it
show the author's line that an emitted line comes from.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from adgen.algebra import simplify
from adgen.backend.python import execute
from adgen.caching import Pair
from adgen.caching.shapes import step_expressions
from adgen.emission import emit
from adgen.errors import Span
from adgen.frontend.source import Definition, find
from adgen.ir import (
    BackBranch,
    BackLoop,
    Block,
    Branch,
    Effect,
    Gate,
    Loop,
    Step,
    Steps,
    Stmt,
    is_adjoint,
    leaf_of,
    names_in,
    substitute,
    walk,
)
from adgen.pipeline import Compilation


@dataclass(frozen=True)
class Written:
    """An emitted function, and the names of the author's modules that it goes back to."""

    definition: Definition
    watched: tuple[tuple[Any, str, Any], ...]


def written(compilation: Compilation, kind: str, pack: bool) -> Written:
    """The joint form of a gradient: `kind` is "gradient" or "value_and_gradient"."""
    pair = seeded(compilation.pair)
    if kind == "gradient":
        pair = trimmed(pair)
    listing = emit(pair)
    text, name = listing.call(kind, pack)
    made = execute(text, compilation.definition.name, listing.namespace)[name]
    definition = find(made)
    origins = origins_of(text, listing.spans)
    source = replace(definition.source, origins=origins)
    watched = compilation.staged.program.watched
    return Written(replace(definition, source=source), watched)


def origins_of(text: str, spans: Mapping[int, Span]) -> dict[int, Span]:
    """For the lines of a listing, the author's statement that their comment names."""
    found: dict[int, Span] = {}
    current: Span | None = None
    for number, line in enumerate(text.split("\n"), start=1):
        said = re.search(r"# .*?\((\d+)\)$", line)
        if said:
            current = spans.get(int(said[1]))
        if current is not None:
            found[number] = current
    return found


# -- the seed -----------------------------------------------------------------------


def seeded(pair: Pair) -> Pair:
    """The same pair with 1 in place of the adjoint of the result."""
    if pair.seed in _targets(pair.steps):
        return pair
    one: dict[str, ast.expr] = {pair.seed: ast.Constant(1.0)}

    def put_in(expr: ast.expr) -> ast.expr:
        return simplify(substitute(expr, one)) if pair.seed in names_in(expr) else expr

    def block(steps: Steps) -> Steps:
        made: list[Any] = []
        for step in steps:
            match step:
                case Step():
                    made.append(replace(step, expr=put_in(step.expr)))
                case BackBranch():
                    made.append(replace(step, then=block(step.then), orelse=block(step.orelse)))
                case BackLoop():
                    made.append(replace(step, body=block(step.body)))
        return tuple(made)

    return replace(pair, steps=block(pair.steps))


def _targets(steps: Steps) -> set[str]:
    found: set[str] = set()
    for step in steps:
        match step:
            case Step():
                found |= {step.target, *step.more}
            case BackBranch():
                found |= _targets(step.then) | _targets(step.orelse)
            case BackLoop():
                found |= _targets(step.body)
    return found


# -- what only the value needs ------------------------------------------------------


def trimmed(pair: Pair) -> Pair:
    """The same pair without the forward's gates that nothing on the way back needs."""
    return replace(pair, forward=_block(pair.forward, needed(pair)))


def needed(pair: Pair) -> set[str]:
    """The values that the backward, tests, writes and effects read, directly or not."""
    found = {leaf_of(n)[0] for e in step_expressions(pair.steps) for n in names_in(e)}
    found |= {n for cache in pair.caches.values() for r in cache for n in names_in(r.expr)}
    flows = [flow for stmt in walk(pair.forward) for flow in _flows(stmt)]
    while True:
        before = len(found)
        for flow in flows:
            if not flow.targets or flow.targets & found:
                found |= {leaf_of(n)[0] for part in flow.parts for n in names_in(part)}
        if len(found) == before:
            return {n for n in found if not is_adjoint(n)}


class Flow(NamedTuple):
    """Values, and what they are made of; without targets, what is read in any case."""

    targets: set[str]
    parts: Sequence[ast.AST]


def _flows(stmt: Stmt) -> Iterator[Flow]:
    match stmt:
        case Gate():
            parts = [part for part in (stmt.expr, stmt.place) if part is not None]
            yield Flow(set(stmt.targets) if _is_pure(stmt) else set(), parts)
        case Effect():
            yield Flow(set(), [stmt.node])
        case Branch():
            yield Flow(set(), [stmt.test])
            for merge in stmt.merges:
                yield Flow({merge.target}, [e for e in (merge.then, merge.orelse) if e])
        case Loop():
            yield Flow(set(), [stmt.over])
            for c in stmt.carried:
                yield Flow({c.inner, c.after}, [e for e in (c.start, c.next) if e])


def _is_pure(gate: Gate) -> bool:
    """Whether a gate does nothing but give its values."""
    if gate.place is not None and not gate.virtual:
        return False
    return gate.op is not None or not any(isinstance(n, ast.Call) for n in ast.walk(gate.expr))


def _block(body: Block, keep: set[str]) -> Block:
    kept: list[Stmt] = []
    for stmt in body:
        match stmt:
            case Gate():
                if not _is_pure(stmt) or keep & set(stmt.targets):
                    kept.append(stmt)
            case Branch():
                then, orelse = _block(stmt.then, keep), _block(stmt.orelse, keep)
                if then or orelse or keep & {m.target for m in stmt.merges}:
                    kept.append(replace(stmt, then=then, orelse=orelse))
            case Loop():
                inside = _block(stmt.body, keep)
                if inside or keep & {v for c in stmt.carried for v in (c.inner, c.after)}:
                    kept.append(replace(stmt, body=inside))
            case _:
                kept.append(stmt)
    return tuple(kept)
