"""Decide which gates stay: the author's statements, split only where needed.

An introduced operand keeps a line of its own if the backward mentions its value
or names its adjoint; all others go back into the author's expression.
"""

from __future__ import annotations

import ast
import math
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, TypeGuard

from adgen.adjoint import Backward
from adgen.analysis.expressions import TypeOf
from adgen.caching.chains import without_chains
from adgen.caching.lines import expressions, substituted
from adgen.caching.reads import lenders, read_for_shape, read_in_full
from adgen.caching.recomputing import arrays_again, numbers_again, recomputed
from adgen.caching.remaking import remade
from adgen.caching.results import with_results
from adgen.caching.rewriting import restored
from adgen.ir import (
    FIRST,
    BackBranch,
    BackLoop,
    Block,
    Branch,
    Carry,
    Contribution,
    Effect,
    Gate,
    Line,
    Lines,
    Loop,
    Restore,
    Staged,
    Stmt,
    adjoint_of,
    altered,
    hint,
    is_introduced,
    names_in,
    substitute,
    walk,
    walk_lines,
)
from adgen.rules.settle import Context
from adgen.staging.repeatable import acts
from adgen.types import Dim, ListOf, Num, Type


@dataclass(frozen=True)
class Plan:
    """The forward's statements, and the backward's lines sorted to match.

    `statement_of` gives for each gate, branch and loop of the staged program the
    number, in the order of the text, of the statement that it became part of.
    """

    forward: Block
    lines: Lines
    statement_of: Mapping[int, int]
    staged: Staged
    # the types of what the backward makes once more
    types: Mapping[str, Type]


def plan(staged: Staged, backward: Backward, context: Context, type_of: TypeOf) -> Plan:
    """Settle which introduced values are stages of their own."""
    again = recomputed(staged, backward, context)
    lines = substituted(backward.lines, again, context)
    lines = without_chains(staged, with_results(staged, lines, context))
    lines = substituted(lines, numbers_again(staged, lines), context)
    lines = substituted(lines, arrays_again(staged, lines, again), context)
    found = restored(staged, lines, context, type_of, again, _numbered)
    if not found.types:  # else what is mentioned decides in which order arrays are put back
        found = remade(found, context)
    forward, statement_of = _regrouped(found.staged, found.lines)
    own = {gate.key: hint(gate.targets[0]) for _, gate in found.staged.program.gates()}
    lines = _sorted(found.lines, statement_of, own)
    return Plan(forward, lines, statement_of, found.staged, found.types)


def _regrouped(staged: Staged, lines: Lines) -> tuple[Block, Mapping[int, int]]:
    """The forward's statements, and the number of the one that each gate is part of."""
    staged = _without_unread(staged, lines)
    regrouped = Regrouping(_kept(staged, lines))
    return regrouped.block(staged.program.body), regrouped.statement_of


def _numbered(staged: Staged, lines: Lines) -> Mapping[int, int]:
    return _regrouped(staged, lines)[1]


def _sorted(lines: Lines, statement_of: Mapping[int, int], own: Mapping[int, str]) -> Lines:
    """Lines in the order of the statements that they undo, the last statement first.

    In `x = x + s * x` the adjoint of the old `x` comes last: it takes the name
    that the adjoint of the new one has until then.
    """
    inner: list[Line] = []
    for line in lines:
        if isinstance(line, BackBranch):
            then, orelse = (_sorted(p, statement_of, own) for p in (line.then, line.orelse))
            line = altered(line, then=then, orelse=orelse)
        elif isinstance(line, BackLoop):
            # what the trip hands on comes last
            ends = tuple(p for p in line.body if _hands_on(p, line))
            rest = tuple(p for p in line.body if not _hands_on(p, line))
            line = altered(line, body=(*_sorted(rest, statement_of, own), *ends))
        elif isinstance(line, Contribution) and line.parts:
            line = altered(line, gate=min(line.parts, key=lambda key: statement_of.get(key, -1)))
        inner.append(line)
    return tuple(sorted(inner, key=lambda line: (_rank(line, statement_of), _turn(line, own))))


def _hands_on(line: Line, loop: BackLoop[Any]) -> bool:
    return isinstance(line, Carry) and line.gate == loop.gate


def _turn(line: Line, own: Mapping[int, str]) -> int:
    """The order within a statement: a write is undone before anything else is added."""
    if isinstance(line, Restore):
        return 1
    if isinstance(line, Contribution) and line.again:
        return 0 if line.steady else 2
    if isinstance(line, Carry) and line.source == line.target:
        return 2  # an adjoint is made whole, for a write to clear a part of it
    if isinstance(line, Contribution) and line.steady:
        return 3
    return 5 if _is_own(line, own) else 4


def _is_own(line: Line, own: Mapping[int, str]) -> bool:
    """Whether a line's adjoint is of an earlier value of the name that its gate binds."""
    if not isinstance(line, Contribution) or not line.target.startswith("d~"):
        return False
    return not is_introduced(line.target) and hint(line.target[2:]) == own.get(line.gate)


def _rank(line: Line, statement_of: Mapping[int, int]) -> float:
    if line.gate == FIRST:
        return -math.inf
    return -statement_of.get(line.gate, -1)


def _kept(staged: Staged, lines: Lines) -> set[str]:
    """The introduced values that stay."""
    mentioned = _needed(staged, lines)
    named = {line.target for line in walk_lines(lines) if isinstance(line, Contribution)}
    gates = [gate for _, gate in staged.program.gates()]
    read = Counter(
        [
            n
            for gate in gates
            if not gate.virtual
            for part in (gate.expr, gate.place)
            if part is not None
            for n in set(names_in(part))
        ]
    )
    flowing = {n for stmt in walk(staged.program.body) for n in _joined(stmt)}
    # what is written into an array has its adjoint taken from there, under a name;
    # one that is made element by element begins as zeros, which are like the value
    writes = {gate.key for gate in gates if gate.place is not None}
    named -= {line.target for line in walk_lines(lines) if isinstance(line, Contribution)
              and line.index is None and (line.steady or line.gate in writes)}  # fmt: skip
    kept = flowing | _overtaken(staged)
    if staged.program.unnamed:
        printed = {*read, *mentioned, *flowing, *names_in(staged.program.result)}
        printed |= {n for part in expressions(lines) for n in names_in(part)}
        printed |= {line.target[2:] for line in walk_lines(lines) if isinstance(line, Contribution)}
        kept |= {first for value, first in staged.program.unnamed.items() if value in printed}
    for gate in gates:
        for target in gate.targets:
            needed = target in mentioned or adjoint_of(target) in named or read[target] > 1
            if not is_introduced(target):
                continue
            acts_alone = not read[target] and not gate.virtual and acts(gate, staged)
            if needed or len(gate.targets) > 1 or gate.effect or acts_alone:
                kept.add(target)
    return kept | set(names_in(staged.program.result))


def _without_unread(staged: Staged, lines: Lines) -> Staged:
    """The program without tuples and lists that are only ever read element by element."""
    if not any(_is_display(gate) for _, gate in staged.program.gates()):
        return staged
    read = set(names_in(staged.program.result))
    read |= {n for part in expressions(lines) for n in names_in(part)}
    for stmt in walk(staged.program.body):
        read.update(_joined(stmt), (n for part in _parts(stmt) for n in names_in(part)))

    def block(body: Block) -> Block:
        kept: list[Stmt] = []
        for stmt in body:
            if isinstance(stmt, Branch):
                stmt = altered(stmt, then=block(stmt.then), orelse=block(stmt.orelse))
            elif isinstance(stmt, Loop):
                stmt = altered(stmt, body=block(stmt.body))
            elif isinstance(stmt, Gate) and _is_display(stmt) and not read & set(stmt.targets):
                continue
            kept.append(stmt)
        return tuple(kept)

    program = replace(staged.program, body=block(staged.program.body))
    return replace(staged, program=program)


def _is_display(gate: Gate) -> bool:
    """Whether a statement only puts values together."""
    if gate.op is not None or not isinstance(gate.expr, ast.Tuple | ast.List):
        return False
    return all(isinstance(part, ast.Name | ast.Constant) for part in gate.expr.elts)


def _overtaken(staged: Staged) -> set[str]:
    """The introduced values that are read only after something has been written to."""
    every = [*walk(staged.program.body)]
    if all(map(_only_makes, every)):
        return set()
    made: dict[str, int] = {}
    found: set[str] = set()
    writes = 0
    for stmt in every:
        if isinstance(stmt, Gate) and stmt.virtual:
            continue
        for part in _parts(stmt):
            found |= {v for v in names_in(part) if made.get(v, writes) != writes}
        if _only_makes(stmt):
            made |= {target: writes for target in stmt.targets if is_introduced(target)}
        else:
            writes += 1
    return found


def _only_makes(stmt: Stmt) -> TypeGuard[Gate]:
    """Whether a statement gives new values, and changes nothing that there was."""
    return isinstance(stmt, Gate) and stmt.place is None and not stmt.effect


def _parts(stmt: Stmt) -> Iterator[ast.AST]:
    """What a statement reads, those inside of it left out."""
    if isinstance(stmt, Gate):
        yield from (part for part in (stmt.expr, stmt.place) if part is not None)
    elif isinstance(stmt, Effect):
        yield stmt.node


def _joined(stmt: Stmt) -> Iterator[str]:
    """The values that meet others where paths do, and those that a test or range reads."""
    parts: list[ast.expr | None] = []
    if isinstance(stmt, Branch):
        parts = [stmt.test, *(m.then for m in stmt.merges), *(m.orelse for m in stmt.merges)]
    elif isinstance(stmt, Loop):
        parts = [stmt.over, *(c.start for c in stmt.carried), *(c.next for c in stmt.carried)]
    for part in parts:
        if part is not None:
            yield from names_in(part)


def _needed(staged: Staged, lines: Lines) -> set[str]:
    """The primal values that lines read, or whose shape nothing else can tell."""
    needed: set[str] = set()
    inside, unbound = staged.program.homes, staged.program.unbound
    lasting = [
        type_
        for value, type_ in staged.types.items()
        if isinstance(type_, Num)
        and not is_introduced(value)
        and not inside.get(value)
        and value not in unbound
    ]
    lengths = {dim for type_ in lasting for dim in type_.dims or ()}
    for part in expressions(lines):
        needed.update(read_in_full(part))
        needed.update(v for v in read_for_shape(part) if not _told(staged, v, lengths))
        needed.update(v for v in lenders(part) if is_introduced(v))
    return needed


def _told(staged: Staged, value: str, lengths: set[Dim]) -> bool:
    """Whether values of the author's, known on every path, have each length of this value."""
    type_ = staged.types.get(value)
    dims = type_.dims if isinstance(type_, Num) else None
    if dims is None:
        return False
    if isinstance(type_, ListOf):
        return any((dims[0] - other).known is not None for other in (Dim(0), *lengths))
    return all(dim.known is not None or dim in lengths for dim in dims)


class Regrouping:
    """Puts every other introduced value back into the author's expression."""

    def __init__(self, kept: set[str]) -> None:
        self.kept = kept
        self.inlined: dict[str, ast.expr] = {}
        self.pending: dict[str, list[int]] = {}
        self.statement_of: dict[int, int] = {}
        self.count = 0

    def block(self, body: Block) -> Block:
        forward: list[Stmt] = []
        for stmt in body:
            made = self.statement(stmt)
            if made is not None:
                forward.append(made)
        return tuple(forward)

    def statement(self, stmt: Stmt) -> Stmt | None:
        match stmt:
            case Gate():
                return self.gate(stmt)
            case Effect():
                return altered(stmt, node=substitute(stmt.node, self.inlined))
            case Branch():
                self.place([stmt.key])
                test = substitute(stmt.test, self.inlined)
                then, orelse = self.block(stmt.then), self.block(stmt.orelse)
                return altered(stmt, test=test, then=then, orelse=orelse)
            case Loop():
                self.place([stmt.key])
                over = substitute(stmt.over, self.inlined)
                return altered(stmt, over=over, body=self.block(stmt.body))
        return stmt

    def gate(self, gate: Gate) -> Gate | None:
        members = [gate.key]
        reads = [*names_in(gate.expr), *(names_in(gate.place) if gate.place is not None else ())]
        for read in reads:
            members += self.pending.pop(read, [])
        expr = substitute(gate.expr, self.inlined)
        place = substitute(gate.place, self.inlined) if gate.place is not None else None
        target = gate.targets[0]
        if len(gate.targets) == 1 and is_introduced(target) and target not in self.kept:
            self.inlined[target] = expr
            self.pending[target] = members
            return None
        self.place(members)
        same = expr is gate.expr and place is gate.place
        return gate if same else altered(gate, expr=expr, place=place)

    def place(self, members: list[int]) -> None:
        for member in members:
            self.statement_of[member] = self.count
        self.count += 1
