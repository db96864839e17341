"""What the way back works out again, as that costs less than keeping it.

In: the lines of a backward, which mention whatever value makes them short.  Out: for some of
these values the expressions to put in their places.

    for i in range(n):                         for x_in, s in reversed(tape):
        s = np.sin(a * x)                          ... np.cos(a * x_in) ...
        x = x + s * x
        tape.append((x_in, s))
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping, Set
from dataclasses import dataclass
from functools import cached_property

from adgen.adjoint import Backward
from adgen.caching.lines import expressions, mentions_in
from adgen.caching.reads import read_in_full
from adgen.ir import (
    BackBranch,
    BackLoop,
    Contribution,
    Gate,
    Lines,
    Loop,
    Mark,
    Region,
    Staged,
    adjoint_of,
    is_introduced,
    is_within,
    names_in,
    nodes_in,
    substitute,
    walk,
    walk_lines,
)
from adgen.rules.settle import Context
from adgen.rules.settle.indices import is_view
from adgen.types import ListOf, Num

# a number's place on a tape costs about as much as this many operations on numbers
PLACE = 2
# an array that takes more operations is kept
SWEEPS = 3


def recomputed(staged: Staged, backward: Backward, context: Context) -> dict[str, ast.expr]:
    """Introduced values that cost next to nothing to have again.

    Views, ranges, and what is made of numbers that carry no derivative.
    """
    table: dict[str, ast.expr] = {}
    active = {line.target for line in walk_lines(backward.lines) if isinstance(line, Contribution)}
    for _, gate in staged.program.gates():
        target = gate.targets[0]
        if not is_introduced(target) or len(gate.targets) > 1 or gate.op is None:
            continue
        if any(read in staged.program.overwritten for read in names_in(gate.expr)):
            continue
        if isinstance(staged.types[target], ListOf):
            continue  # a slice of a list is a copy
        rule = gate.op.general
        view = rule.moves and is_view(context, gate)
        number = _is_plain_number(gate, staged.types[target]) and adjoint_of(target) not in active
        if rule.cheap or view or number:
            table[target] = substitute(gate.expr, table)
    return table


def _is_plain_number(gate: Gate, type_: object) -> bool:
    """Whether a number is had by an operator, or from what is written out: `np.sqrt(2.0)`."""
    if not isinstance(type_, Num):
        return False
    if isinstance(gate.expr, ast.Call):
        written_out = all(isinstance(arg, ast.Constant) for arg in gate.expr.args)
        return type_.dims == () and written_out and gate.op.kind == "elementwise"
    # the attribute may be one of what a call gives: `root_scalar(...).root`
    return type_.is_python and not isinstance(gate.expr, ast.Attribute)


def numbers_again(staged: Staged, lines: Lines) -> dict[str, ast.expr]:
    """Numbers of a loop's trips that are had again from what the trips leave behind anyway."""
    indices = {stmt.index for stmt in walk(staged.program.body) if isinstance(stmt, Loop)}
    if not indices:
        return {}
    at = staged.program.homes
    mentions = mentions_in(lines)
    fixed = set(_read_by_statements(lines))
    table: dict[str, ast.expr] = {}
    # the values that others are made from: these have to stay
    stay: set[str] = set()

    def is_at_hand(value: str, home: Region) -> bool:
        """Whether the way back has a value: it is mentioned anyway, or all trips share it."""
        if value in staged.program.overwritten or value in staged.program.memory:
            return False
        own = at.get(value, ())
        if mentions[value] and value not in table:
            return is_within(home, own)
        return value not in indices and not any(kind == "loop" for kind, _ in own)

    for _, gate in reversed(list(staged.program.gates())):
        target = gate.targets[0]
        home = at.get(target, ())
        if not mentions[target] or target in fixed or target in stay:
            continue
        if not any(kind == "loop" for kind, _ in home):
            continue
        if not (_is_arithmetic(gate, staged) or _is_element(gate, staged)):
            continue
        operands = [n for n in names_in(gate.expr) if ":" in n]
        if mentions[target] <= PLACE and all(is_at_hand(n, home) for n in operands):
            table[target] = gate.expr
            stay.update(operands)
    return table


def arrays_again(
    staged: Staged, lines: Lines, cheap: Mapping[str, ast.expr]
) -> dict[str, ast.expr]:
    """Arrays without a name of the author's that are read once, and are an array that is kept
    anyway, or given, and numbers: `np.cos(2 * x)`.

    `cheap` are values that are had again in any case.
    """
    if any(isinstance(stmt, Mark) for stmt in walk(staged.program.body)):
        return {}  # what stands in a `with` or `try` means something else outside of it
    gates = [gate for _, gate in staged.program.gates() if _is_unnamed_array(gate, staged)]
    if not gates:
        return {}
    mentions = mentions_in(lines)
    gates = [gate for gate in gates if mentions[gate.targets[0]] == 1]
    if not gates:
        return {}
    in_full = {v for part in expressions(lines) for v in read_in_full(part)}
    again = OneArray(staged, in_full, cheap)
    fixed = {*_read_by_statements(lines), *_read_together(lines)}
    table: dict[str, ast.expr] = {}
    # the values that others are made from: these have to stay
    stay: set[str] = set()
    for gate in reversed(gates):
        target = gate.targets[0]
        if target not in in_full or target in fixed or target in stay:
            continue
        found = again.made_of(target, SWEEPS)
        if found is not None:
            table[target] = found
            stay.update(names_in(found))
    return table


def _is_unnamed_array(gate: Gate, staged: Staged) -> bool:
    """Whether a gate gives what may be an array, which the author has no name for."""
    type_ = staged.types.get(gate.targets[0])
    is_number = isinstance(type_, Num) and type_.is_python
    return is_introduced(gate.targets[0]) and not is_number


@dataclass(frozen=True)
class OneArray:
    """What introduced arrays are made of, in operations on one array and numbers."""

    staged: Staged
    kept: Set[str]
    cheap: Mapping[str, ast.expr]

    @cached_property
    def gates(self) -> Mapping[str, Gate]:
        return {gate.targets[0]: gate for _, gate in self.staged.program.gates()}

    @cached_property
    def homes(self) -> Mapping[str, Region]:
        return self.staged.program.homes

    @cached_property
    def written(self) -> set[str]:
        program = self.staged.program
        return {*program.overwritten, *program.pinned, *program.memory, *program.unnamed}

    def made_of(self, value: str, most: int) -> ast.expr | None:
        """An expression of at most so many operations, if what it reads is at hand."""
        gate = self.gates.get(value)
        if gate is None or most < 1 or not self._is_operator(gate):
            return None
        table: dict[str, ast.expr] = {}
        arrays = 0
        for read in names_in(gate.expr):
            if read in self.cheap:
                table[read] = self.cheap[read]
            elif not self._is_number(read):
                arrays += 1
                inner = None if self._stays(read) else self.made_of(read, most - 1)
                if inner is not None:
                    table[read] = inner
                elif not self._stays(read):
                    return None
        return substitute(gate.expr, table) if arrays == 1 else None

    def _is_operator(self, gate: Gate) -> bool:
        """Whether this is arithmetic that takes no longer than reading and writing elements."""
        value = gate.targets[0]
        if not is_introduced(value) or value in self.written or self._is_of_a_trip(value):
            return False
        if gate.op is None or gate.op.kind != "elementwise" or gate.place is not None:
            return False
        match gate.expr:
            case ast.BinOp(op=ast.Add() | ast.Sub() | ast.Mult() | ast.Div()) | ast.UnaryOp():
                return True
            case ast.BinOp(op=ast.Pow(), right=ast.Constant(value=2)):
                return True
        return False

    def _stays(self, value: str) -> bool:
        """Whether the way back has a value without keeping more than it does."""
        if value in self.written or self._is_of_a_trip(value):
            return False
        return value in self.staged.program.inputs or value in self.kept

    def _is_number(self, value: str) -> bool:
        if ":" not in value:
            return isinstance(self.staged.program.externals.get(value), int | float)
        type_ = self.staged.types.get(value)
        lasting = value not in self.written and not self._is_of_a_trip(value)
        return lasting and isinstance(type_, Num) and type_.is_python

    def _is_of_a_trip(self, value: str) -> bool:
        return any(kind == "loop" for kind, _ in self.homes.get(value, ()))


def _read_together(lines: Lines) -> Iterator[str]:
    """The values that lines of several gates read, which stand where these are."""
    for line in walk_lines(lines):
        if isinstance(line, Contribution) and line.parts:
            yield from names_in(line.expr)


def _is_arithmetic(gate: Gate, staged: Staged) -> bool:
    """Whether a gate is a single operator on numbers, of which the author has not named the
    result."""
    if gate.op is None or gate.op.kind != "elementwise" or gate.place is not None:
        return False
    if not is_introduced(gate.targets[0]):
        return False
    if not isinstance(gate.expr, ast.BinOp | ast.UnaryOp):
        return False
    if any(isinstance(node, ast.Subscript | ast.Call) for node in nodes_in(gate.expr)):
        return False
    types = [staged.types.get(value) for value in (*gate.targets, *names_in(gate.expr))]
    return all(isinstance(type_, Num) and type_.is_scalar for type_ in types)


def _is_element(gate: Gate, staged: Staged) -> bool:
    """Whether a gate reads a number of a list that stays as it was given."""
    match gate.expr:
        case ast.Subscript(value=ast.Name(id=value), slice=ast.Name()):
            given = value in staged.program.inputs and value not in staged.program.copied
            type_ = staged.types.get(gate.targets[0])
            number = isinstance(type_, Num) and type_.is_python
            return given and number and isinstance(staged.types.get(value), ListOf)
    return False


def _read_by_statements(lines: Lines) -> Iterator[str]:
    """The values that tests and ranges read, which are not lines."""
    for line in walk_lines(lines):
        if isinstance(line, BackBranch):
            yield from names_in(line.branch.test)
        elif isinstance(line, BackLoop):
            yield from names_in(line.loop.over)
