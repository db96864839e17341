"""Products of matrices that trips need not keep, where their last factor comes out of a sum.

In: the lines of a backward.  Out: the same, where of `V = K @ C` one line alone reads V, and
another multiplies by C what goes to the same adjoint:

    dP += V.T @ dU
    dP += C.T @ dS                             dP += C.T @ (dS + K.T @ dU)

That is as many products, and a trip keeps K alone.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import NamedTuple

from adgen.caching.lines import mentions_in
from adgen.ir import (
    BackBranch,
    BackLoop,
    Contribution,
    Line,
    Lines,
    Staged,
    is_adjoint,
    is_introduced,
    name,
    walk_lines,
)
from adgen.types import Num


class Chain(NamedTuple):
    """A product of two matrices that stay what they are, and are kept anyway."""

    left: str
    right: str


class Pulled(NamedTuple):
    """What a line multiplies an adjoint by: `x.T @ dy`, or `dy @ x.T` where it stands behind."""

    matrix: str
    adjoint: ast.Name
    behind: bool


def without_chains(staged: Staged, lines: Lines) -> Lines:
    """The lines, without products that no line has to read."""
    chains = dict(_chains(staged, lines))
    return _block(lines, chains) if chains else lines


def _chains(staged: Staged, lines: Lines) -> Iterator[tuple[str, Chain]]:
    """The products that trips make and one line reads, without a name of the author's."""
    at, program = staged.program.homes, staged.program
    if not any(at.values()):
        return  # there are no trips
    mentions = mentions_in(lines)
    written = {*program.overwritten, *program.pinned, *program.memory, *program.unnamed}
    for _, gate in program.gates():
        match gate.expr:
            case ast.BinOp(ast.Name(id=left), ast.MatMult(), ast.Name(id=right)):
                values = (gate.targets[0], left, right)
                of_a_trip = any(kind == "loop" for kind, _ in at.get(values[0], ()))
                if mentions[values[0]] != 1 or not (is_introduced(values[0]) and of_a_trip):
                    continue
                kept = mentions[left] and mentions[right] and not written.intersection(values)
                if kept and all(_is_matrix(staged, value) for value in values):
                    yield values[0], Chain(left, right)


def _is_matrix(staged: Staged, value: str) -> bool:
    type_ = staged.types.get(value)
    return isinstance(type_, Num) and len(type_.dims or ()) == 2


def _block(lines: Lines, chains: Mapping[str, Chain]) -> Lines:
    kept: list[Line] = []
    for line in lines:
        match line:
            case BackBranch():
                then, orelse = _block(line.then, chains), _block(line.orelse, chains)
                line = replace(line, then=then, orelse=orelse)
            case BackLoop():
                line = replace(line, body=_block(line.body, chains))
        kept.append(line)
    for line in lines:
        if isinstance(line, Contribution):
            pulled = _pulled(line)
            if pulled is not None and pulled.matrix in chains:
                _join(kept, line, pulled, chains[pulled.matrix])
    return tuple(kept)


def _join(kept: list[Line], line: Contribution, pulled: Pulled, chain: Chain) -> None:
    """Put what a line gives into a later one that multiplies by the outer factor."""
    outer, inner = (chain.left, chain.right) if pulled.behind else (chain.right, chain.left)
    at = next(i for i, other in enumerate(kept) if other is line)
    for later in range(at + 1, len(kept)):
        other = kept[later]
        if isinstance(other, Contribution) and other.target == line.target:
            found = _pulled(other)
            if found and (found.matrix, found.behind) == (outer, pulled.behind):
                share = _times(inner, pulled.adjoint, pulled.behind)
                total = ast.BinOp(found.adjoint, ast.Add(), share)
                kept[later] = replace(other, expr=_times(outer, total, pulled.behind))
                del kept[at]
                return
        if pulled.adjoint.id in {getattr(part, "target", "") for part in walk_lines((other,))}:
            return


def _pulled(line: Contribution) -> Pulled | None:
    if line.index is not None or line.clears or line.steady or line.repeats or line.parts:
        return None
    match line.expr:
        case ast.BinOp(
            ast.Attribute(value=ast.Name(id=matrix), attr="T"), ast.MatMult(), ast.Name() as adjoint
        ):
            return Pulled(matrix, adjoint, False) if is_adjoint(adjoint.id) else None
        case ast.BinOp(
            ast.Name() as adjoint, ast.MatMult(), ast.Attribute(value=ast.Name(id=matrix), attr="T")
        ):
            return Pulled(matrix, adjoint, True) if is_adjoint(adjoint.id) else None
    return None


def _times(matrix: str, other: ast.expr, behind: bool) -> ast.expr:
    turned = ast.Attribute(name(matrix), "T", ast.Load())
    sides = (other, turned) if behind else (turned, other)
    return ast.BinOp(sides[0], ast.MatMult(), sides[1])
