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
from collections import Counter
from collections.abc import Iterator

from adgen.adjoint import Backward
from adgen.caching.lines import expressions
from adgen.ir import (
    BackBranch,
    BackLoop,
    Contribution,
    Gate,
    Lines,
    Loop,
    Region,
    Staged,
    adjoint_of,
    homes,
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
    at = homes(staged.program.body)
    mentions = Counter(v for part in expressions(lines) for v in names_in(part))
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
