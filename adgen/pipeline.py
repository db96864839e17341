"""The stages, in order.

source ─► stage ─► share ─► hoist ─► differentiate ─► fold ─► plan ─► factored ─► accumulate
─► shortened ─► carry ─► emit ─► execute
"""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from adgen.adjoint import Backward, differentiate
from adgen.analysis.expressions import TypeOf
from adgen.backend.python import execute
from adgen.caching import Pair, Plan, carry, plan
from adgen.caching.lines import map_expressions
from adgen.caching.quotients import with_quotients
from adgen.cleanup import (
    Finished,
    accumulate,
    factored,
    fold,
    hoist,
    lifted,
    named_at_once,
    share,
    shared_sums,
    shortened,
    with_signs,
)
from adgen.emission import Listing, emit
from adgen.frontend.source import Definition, uncollected
from adgen.ir import Staged, remembered, substitute, walk_lines
from adgen.rules import catalogue as standard_catalogue
from adgen.rules.lookup import Catalogue
from adgen.rules.settle import Context
from adgen.staging import stage, without_caches
from adgen.types import Facts, Type


class Derivation(NamedTuple):
    """What the stages between the staged program and the pair of functions give."""

    backward: Backward
    folded: Backward
    plan: Plan
    finished: Finished


@dataclass(frozen=True)
class Compilation:
    """What is kept of the stages, for one signature."""

    definition: Definition
    catalogue: Catalogue
    staged: Staged
    # the adjoint of the result, where it is one number in every call
    seed: float | None
    pair: Pair
    listing: Listing
    # those of the helpers that are compiled by themselves
    helpers: tuple[Compilation, ...] = ()

    @property
    def derivation(self) -> Derivation:
        """What lies between, worked out once more: as large as all the rest, and seldom read."""
        with uncollected(), remembered():
            return derive(self.staged, self.catalogue, self.seed)

    @property
    def forward(self) -> Any:
        return self.functions[self.listing.forward_name]

    @property
    def functions(self) -> dict[str, Any]:
        listing = self.listing
        with uncollected(), remembered():
            text = listing.text
        return execute(text, self.definition.name, listing.namespace)


def compile(
    definition: Definition,
    arguments: Mapping[str, Type],
    wrt: Sequence[str],
    facts: Facts,
    catalogue: Catalogue | None = None,
    watched: Sequence[tuple[Any, str, Any]] = (),
    seed: float | None = None,
    again: bool = False,
) -> Compilation:
    """Take a definition through all stages.

    `watched` are names of the author's modules that the definition goes back to;
    `seed` is the adjoint of the result, where it is one number in every call; `again`
    tells that what is emitted will be compiled in turn.

    Raises `NeedValue` if the value of an integer argument decides what the code
    is; the caller compiles again with that value as part of the signature.
    """
    rules = catalogue or standard_catalogue()
    with uncollected(), remembered():
        staged = stage(definition, arguments, wrt, rules, facts, watched)
        if again:
            staged = without_caches(staged)
        return finish(definition, staged, rules, seed)


def finish(
    definition: Definition,
    staged: Staged,
    rules: Catalogue,
    seed: float | None = None,
    in_full: bool = False,
) -> Compilation:
    """From the staged program to text.

    `in_full` keeps every operation that the derivative goes through on a line of its own, and
    names every adjoint, as course notes do.
    """
    if not in_full:
        staged = hoist(share(named_at_once(staged)))
    found = derive(staged, rules, seed, in_full)
    helpers = tuple(finish(definition, helper, rules) for helper in staged.program.helpers)
    pair = carry(found.plan, found.finished)
    pair = replace(pair, helpers=tuple(helper.pair for helper in helpers))
    return Compilation(definition, rules, staged, seed, pair, emit(pair), helpers)


def derive(
    staged: Staged, rules: Catalogue, seed: float | None = None, in_full: bool = False
) -> Derivation:
    """The backward of a staged program, stage by stage."""
    backward = differentiate(staged, rules)
    if seed is not None:
        backward = seeded(backward, seed)
    gates = {t: gate for _, gate in staged.program.gates() for t in gate.targets}
    types = dict(backward.types)
    type_of = TypeOf(types, staged.facts, rules, staged.program.externals)
    context = Context(staged.facts, type_of, gates.get)
    folded = backward
    if not in_full:
        folded = fold(backward, context, type_of, staged.program)
        types |= folded.types
    planned = plan(staged, folded, context, type_of)
    if planned.types or folded.types is not backward.types:
        known = {**folded.types, **planned.types}
        type_of = TypeOf(known, staged.facts, rules, staged.program.externals)
        context = replace(context, type_of=type_of)
    if not in_full:
        lines = factored(planned.lines, planned.statement_of, type_of)
        planned = replace(planned, lines=lines)
    finished = accumulate(staged, backward, planned.lines, context, type_of, planned.statement_of)
    if not in_full:
        regions = staged.program.homes
        finished = shortened(finished, context, type_of, regions, planned.statement_of)
        steps = lifted(finished.steps, staged.program, type_of)
        steps, sums = shared_sums(with_quotients(staged, steps, type_of), type_of)
        finished = replace(finished, steps=steps, types={**finished.types, **sums})
    finished = replace(finished, steps=with_signs(finished.steps, type_of))
    return Derivation(backward, folded, planned, finished)


def seeded(backward: Backward, seed: float) -> Backward:
    """The same backward with a number in place of the adjoint of the result."""
    if any(getattr(line, "target", None) == backward.seed for line in walk_lines(backward.lines)):
        return backward
    table: dict[str, ast.expr] = {backward.seed: ast.Constant(seed)}
    lines = map_expressions(backward.lines, lambda expr: substitute(expr, table))
    return replace(backward, lines=lines)
