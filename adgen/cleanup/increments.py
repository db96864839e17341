"""`x[i] += v` leaves the adjoint of `x[i]` as it is.

The rule for a write takes the adjoint out and clears it; that for reading `x[i]`
puts it back.  In: folded lines.  Out: the same without the clearing and the putting
back, where nothing happens to that adjoint in between.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping
from dataclasses import replace

from adgen.ir import (
    BackBranch,
    BackLoop,
    Contribution,
    Gate,
    Line,
    Lines,
    alike,
    altered,
    is_adjoint,
    names_in,
    substitute,
    walk_lines,
)
from adgen.rules.settle.spelling import without_copy


def kept_as_it_is(lines: Lines, gates: Mapping[int, Gate]) -> Lines:
    """Lines without the adjoints that are cleared only to be put back."""
    every = [line for line in walk_lines(lines) if isinstance(line, Contribution)]
    return _block(lines, every, gates)


def _block(lines: Lines, every: list[Contribution], gates: Mapping[int, Gate]) -> Lines:
    kept: list[Line] = []
    for line in lines:
        if isinstance(line, BackBranch):
            then, orelse = (_block(part, every, gates) for part in (line.then, line.orelse))
            line = altered(line, then=then, orelse=orelse)
        elif isinstance(line, BackLoop):
            line = altered(line, body=_block(line.body, every, gates))
        kept.append(line)
    for clearing in [line for line in kept if isinstance(line, Contribution) and line.clears]:
        taken = _taken_out(kept, clearing)
        put_back = _put_back(kept, clearing, taken) if taken is not None else None
        if taken is None or put_back is None:
            continue
        if any(line.target == taken.target and line is not taken for line in every):
            continue  # more is put back than was taken out
        kept = [line for line in kept if line is not clearing and line is not put_back]
        reader = _only_reader(taken, put_back, every, gates)
        if reader is not None and any(line is reader for line in kept):
            # read where it stands: neither a copy nor a name is needed
            read = {taken.target: without_copy(taken.expr)}
            expr = substitute(reader.expr, read)
            kept[_position(kept, reader)] = replace(reader, expr=expr, steady=True)
            kept.remove(taken)
    return tuple(kept)


def _position(lines: list[Line], line: Line) -> int:
    return next(i for i, other in enumerate(lines) if other is line)


def _taken_out(lines: list[Line], clearing: Contribution) -> Contribution | None:
    """The line that reads what is cleared: `dt = dx[i]`."""
    for line in lines[: _position(lines, clearing)]:
        if isinstance(line, Contribution) and line.gate == clearing.gate and line.index is None:
            read = without_copy(line.expr)
            if isinstance(read, ast.Subscript) and _is_same(read.slice, clearing.index):
                return line
    return None


def _put_back(
    lines: list[Line], clearing: Contribution, taken: Contribution
) -> Contribution | None:
    """The line that puts back what was taken out: `dx[i] += dt`."""
    for line in lines[_position(lines, clearing) + 1 :]:
        if not isinstance(line, Contribution):
            return None
        if line.target == clearing.target and not line.repeats and not line.clears:
            back = isinstance(line.expr, ast.Name) and line.expr.id == taken.target
            return line if back and _is_same(line.index, clearing.index) else None
        if line.target in (clearing.target, taken.target):
            return None
        if clearing.target in names_in(line.expr):
            return None
    return None


def _only_reader(
    taken: Contribution, put_back: Contribution, every: list[Contribution],
    gates: Mapping[int, Gate],
) -> Contribution | None:  # fmt: skip
    """The one line that reads an adjoint, once, in the statement where it was taken."""
    readers = [
        line for line in every if line is not put_back and taken.target in names_in(line.expr)
    ]
    if len(readers) != 1 or isinstance(readers[0].expr, ast.Name):
        return None
    # what else it reads might be made only between here and there
    once = [n for n in names_in(readers[0].expr) if is_adjoint(n)] == [taken.target]
    statements = [gates[line.gate].statement for line in (taken, *readers) if line.gate in gates]
    here = len(statements) == 2 and statements[0] == statements[1]
    return readers[0] if once and here else None


def _is_same(a: ast.expr | None, b: ast.expr | None) -> bool:
    return a is not None and b is not None and alike(a, b)
