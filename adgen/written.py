"""An emitted gradient as a definition of its own, to be compiled again.

In: what the stages gave for a function, and which of its joint forms is wanted.
Out: a `Definition`, as of any function of the author's: the emitted text, without
what only the function's value needs.  Errors in it
show the author's line that an emitted line comes from.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from adgen.backend.python import execute
from adgen.caching import Pair, carry
from adgen.caching.shapes import step_expressions
from adgen.emission import Listing, emit
from adgen.errors import Span
from adgen.frontend.source import Definition, find
from adgen.ir import (
    Block,
    Branch,
    Catch,
    Effect,
    Gate,
    Loop,
    Stmt,
    hint,
    is_adjoint,
    names_in,
    walk,
)
from adgen.paths import leaf_of
from adgen.pipeline import Compilation
from adgen.rules.stacks import is_stack

# how a stack of emitted code begins
EMPTY = ast.dump(ast.List([], ast.Load()))


@dataclass(frozen=True)
class Written:
    """An emitted function, and the names of the author's modules that it goes back to."""

    definition: Definition
    watched: tuple[tuple[Any, str, Any], ...]


def written(compilation: Compilation, kind: str, pack: bool) -> Written:
    """The joint form of a gradient: `kind` is "gradient" or "value_and_gradient"."""
    pair = stacked(compilation)
    if kind == "gradient":
        pair = trimmed(pair)
    listing = emit(pair)
    text, name = listing.call(kind, pack)
    functions = execute(text, compilation.definition.name, listing.namespace)
    for helper in listing.helpers:
        function = functions[helper.program.name]
        # where a function's definition is looked for
        function.definition = definition_of(function, helper)
    definition = definition_of(functions[name], listing)
    definition = replace(definition, primal=compilation.definition.title)
    return Written(definition, compilation.staged.program.watched)


def stacked(done: Compilation) -> Pair:
    """Forward and backward with stacks in the place of tapes, and the helpers' likewise."""
    found = done.derivation
    pair = carry(found.plan, found.finished, stacked=True)
    helpers = [stacked(helper) for helper in done.helpers]
    kept = (h if h.staged.program.form == "value" else trimmed(h) for h in helpers)
    return replace(pair, helpers=tuple(kept))


def definition_of(function: Any, listing: Listing) -> Definition:
    """The definition of an emitted function, which knows the author's lines."""
    found = find(function)
    origins = origins_of("".join(found.source.lines), listing.spans)
    return replace(found, source=replace(found.source, origins=origins), stacks=listing.stacks)


def origins_of(text: str, spans: Mapping[int, Span]) -> dict[int, Span]:
    """For the lines of a listing, the author's statement that their comment names."""
    found: dict[int, Span] = {}
    current: Span | None = None
    for number, line in enumerate(text.split("\n"), start=1):
        said = re.search(r"# .*?\((\d+)\)$", line)
        if said:
            current = spans.get(int(said[1]), current)
        if current is not None:
            found[number] = current
    return found


# -- what only the value needs ------------------------------------------------------


def trimmed(pair: Pair) -> Pair:
    """The same pair without the forward's gates that nothing on the way back needs."""
    kept = {residual.target for cache in pair.caches.values() for residual in cache}
    return replace(pair, forward=_block(pair.forward, needed(pair) | kept, kept))


def needed(pair: Pair) -> set[str]:
    """The values that the backward, tests, writes and effects read, directly or not."""
    read = {n for e in step_expressions(pair.steps) for n in names_in(e)}
    found = {leaf_of(n)[0] for n in read if not is_adjoint(n)}
    found |= {n for cache in pair.caches.values() for r in cache for n in names_in(r.expr)}
    gates = [stmt for stmt in walk(pair.forward) if isinstance(stmt, Gate)]
    views = {t for gate in gates if gate.virtual for t in gate.targets}
    tried = {id(stmt) for stmt in _tried(pair.forward)}
    flows = [flow for stmt in walk(pair.forward) for flow in _flows(stmt, id(stmt) in tried)]
    while True:
        before = len(found)
        for flow in flows:
            if not flow.targets or flow.targets & found:
                found |= {leaf_of(n)[0] for part in flow.parts for n in names_in(part)}
        # what a view has become is read under the name that it was given at first
        named = {hint(v) for v in found & views}
        found |= {t for gate in gates for t in gate.targets if hint(t) in named}
        if len(found) == before:
            return found


class Flow(NamedTuple):
    """Values, and what they are made of; without targets, what is read in any case."""

    targets: set[str]
    parts: Sequence[ast.AST]


def _tried(body: Block) -> Iterator[Stmt]:
    """The statements in `try` blocks: that one fails decides what is done instead."""
    for stmt in walk(body):
        if isinstance(stmt, Branch) and stmt.catches is not None:
            yield from walk(stmt.then)


def _flows(stmt: Stmt, tried: bool) -> Iterator[Flow]:
    match stmt:
        case Gate():
            parts = [part for part in (stmt.expr, stmt.place) if part is not None]
            yield Flow(set(stmt.targets) if _is_pure(stmt) and not tried else set(), parts)
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
    if is_stack(gate.op) or gate.op is None and ast.dump(gate.expr) == EMPTY:
        return False
    if gate.effect or gate.place is not None and not gate.virtual:
        return False
    return gate.op is not None or not any(isinstance(n, ast.Call) for n in ast.walk(gate.expr))


def _block(body: Block, keep: set[str], kept_later: set[str]) -> Block:
    """The statements that matter.

    A loop that is left with none matters only if its trips are counted, if what it carries is
    read, or if its last index is kept.
    """
    kept: list[Stmt] = []
    for stmt in body:
        match stmt:
            case Gate():
                if not _is_pure(stmt) or keep & set(stmt.targets):
                    kept.append(stmt)
            case Branch(catches=Catch()):
                kept.append(replace(stmt, orelse=_block(stmt.orelse, keep, kept_later)))
            case Branch():
                then = _block(stmt.then, keep, kept_later)
                orelse = _block(stmt.orelse, keep, kept_later)
                told = {f"taken~{stmt.key}", *(m.target for m in stmt.merges)}
                if then or orelse or keep & told:
                    kept.append(replace(stmt, then=then, orelse=orelse))
            case Loop():
                inside = _block(stmt.body, keep, kept_later)
                told = {f"trips~{stmt.key}"}
                told |= {v for c in stmt.carried for v in (c.inner, c.after)}
                if inside or keep & told or stmt.index in kept_later:
                    kept.append(replace(stmt, body=inside))
            case _:
                kept.append(stmt)
    return tuple(kept)
