"""Decide which gates stay: the author's statements, split only where needed.

An introduced operand keeps a line of its own if the backward mentions its value
or names its adjoint; all others go back into the author's expression.
"""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from adgen.adjoint import Backward
from adgen.analysis.expressions import TypeOf
from adgen.caching.reads import read_for_shape, read_in_full
from adgen.ir import (
    Contribution,
    Effect,
    Gate,
    Staged,
    adjoint_of,
    is_introduced,
    names_in,
    substitute,
)
from adgen.rules.settle import Context, is_view
from adgen.types import Num


@dataclass(frozen=True)
class Plan:
    """The forward's statements, in order, and the backward's lines sorted to match.

    `statement_of` gives for each gate of the staged program the statement that it
    became part of; `again` are values computed again where the backward needs them.
    """

    forward: tuple[Gate | Effect, ...]
    lines: tuple[Contribution, ...]
    statement_of: Mapping[int, int]
    again: Mapping[str, ast.expr]


def plan(staged: Staged, backward: Backward, context: Context, type_of: TypeOf) -> Plan:
    """Settle which introduced values are stages of their own."""
    gates = dict(staged.program.gates())
    again = recomputed(staged, backward, context)
    lines = [_with(line, again) for line in backward.lines]
    kept = _kept(staged, lines, gates)
    forward, statement_of = regrouped(staged, kept)
    order = sorted(lines, key=lambda line: -statement_of.get(line.gate, -1))
    return Plan(tuple(forward), tuple(order), statement_of, again)


def _with(line: Contribution, table: Mapping[str, ast.expr]) -> Contribution:
    index = substitute(line.index, table) if line.index is not None else None
    return replace(line, expr=substitute(line.expr, table), index=index)


def _kept(
    staged: Staged, lines: Iterable[Contribution], gates: Mapping[int, Gate]
) -> set[str]:
    """The introduced values that stay."""
    lines = list(lines)
    mentioned = _needed(staged, lines)
    named = {line.target for line in lines}
    read = Counter(n for gate in gates.values() for n in names_in(gate.expr))
    kept = set()
    for gate in gates.values():
        for target in gate.targets:
            needed = target in mentioned or adjoint_of(target) in named or read[target] > 1
            if is_introduced(target) and (needed or len(gate.targets) > 1):
                kept.add(target)
    if isinstance(staged.program.result, ast.Name):
        kept.add(staged.program.result.id)
    return kept


def _needed(staged: Staged, lines: Iterable[Contribution]) -> set[str]:
    """The primal values that lines read, or whose shape nothing else can tell."""
    needed: set[str] = set()
    for line in lines:
        for part in (line.expr, line.index):
            if part is not None:
                needed.update(read_in_full(part))
                needed.update(v for v in read_for_shape(part) if not _told(staged, v))
    return needed


def _told(staged: Staged, value: str) -> bool:
    """Whether values of the author's have every length that this value has."""
    type_ = staged.types.get(value)
    dims = type_.dims if isinstance(type_, Num) else None
    if dims is None:
        return False
    lasting = [t for v, t in staged.types.items() if not is_introduced(v) and isinstance(t, Num)]
    lengths = {dim for t in lasting for dim in t.dims or ()}
    return all(dim.known is not None or dim in lengths for dim in dims)


def regrouped(staged: Staged, kept: set[str]) -> tuple[list[Gate | Effect], dict[int, int]]:
    """The forward with every other introduced value back in the author's expression."""
    inlined: dict[str, ast.expr] = {}
    pending: dict[str, list[int]] = {}
    forward: list[Gate | Effect] = []
    statement_of: dict[int, int] = {}
    for position, stmt in enumerate(staged.program.body):
        if isinstance(stmt, Effect):
            forward.append(replace(stmt, node=_substituted(stmt.node, inlined)))
            continue
        members = [position]
        for read in names_in(stmt.expr):
            members += pending.pop(read, [])
        expr = substitute(stmt.expr, inlined)
        if len(stmt.targets) == 1 and is_introduced(stmt.targets[0]):
            if stmt.targets[0] not in kept:
                inlined[stmt.targets[0]] = expr
                pending[stmt.targets[0]] = members
                continue
        for member in members:
            statement_of[member] = len(forward)
        forward.append(replace(stmt, expr=expr))
    return forward, statement_of


def _substituted(node: ast.stmt, table: Mapping[str, ast.expr]) -> ast.stmt:
    return substitute(node, table)  # type: ignore[arg-type,return-value]


def recomputed(
    staged: Staged, backward: Backward, context: Context
) -> dict[str, ast.expr]:
    """Introduced values that cost less to compute again than to keep.

    Views, ranges, and what is made of numbers that carry no derivative.
    """
    table: dict[str, ast.expr] = {}
    active = {line.target for line in backward.lines}
    for _, gate in staged.program.gates():
        target = gate.targets[0]
        if not is_introduced(target) or len(gate.targets) > 1 or gate.op is None:
            continue
        rule = gate.op.general
        view = rule.moves and is_view(context, gate)
        number = _is_plain_number(staged.types[target]) and adjoint_of(target) not in active
        if rule.cheap or view or (number and not isinstance(gate.expr, ast.Call)):
            table[target] = substitute(gate.expr, table)
    return table


def _is_plain_number(type_: object) -> bool:
    return isinstance(type_, Num) and type_.is_python


