"""A matrix that a block inverts is inverted once, and its inverse solves what there is to solve.

dS = dout * np.linalg.inv(S).T            inverse = np.linalg.inv(S)
s = np.linalg.solve(S.T, dx)              dS = dout * inverse.T
                                          s = inverse.T @ dx
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from dataclasses import replace

from adgen.adjoint import Backward
from adgen.ir import (
    Contribution,
    Line,
    Lines,
    Program,
    alike,
    altered,
    dumped,
    name,
    names_in,
    substitute,
    within,
)
from adgen.rules.settle import Context
from adgen.rules.settle.inverses import ByInverse, inverted, solved
from adgen.types import Type


def inverted_once(backward: Backward, context: Context, program: Program) -> Backward:
    """The same backward, with a name for each inverse that is of use several times."""
    types: dict[str, Type] = {}
    order = {key: at for at, (key, _) in enumerate(program.gates())}
    lines = _block(backward.lines, context, types, order)
    if not types:
        return backward
    return replace(backward, lines=lines, types={**backward.types, **types})


def _block(
    lines: Lines, context: Context, types: dict[str, Type], order: Mapping[int, int]
) -> Lines:
    kept = [within(line, lambda inner: _block(inner, context, types, order)) for line in lines]
    for matrix, taken in _worth_it(kept, context):
        inverse = f"inverse:%{len(types)}"
        types[inverse] = context.type_of(matrix)
        kept = _with_inverse(kept, matrix, taken, inverse, order)
    return tuple(kept)


def _worth_it(lines: list[Line], context: Context) -> Iterator[tuple[ast.expr, ast.expr]]:
    """The matrices that are inverted, and solved with besides."""
    every = [line.expr for line in lines if isinstance(line, Contribution)]
    systems = {dumped(matrix) for expr in every for matrix in solved(expr)}
    if not systems:
        return
    found = {dumped(matrix): (matrix, taken) for expr in every for matrix, taken in inverted(expr)}
    for said, (matrix, taken) in found.items():
        square = isinstance(matrix, ast.Name) and len(context.dims(matrix) or ()) == 2
        if square and said in systems:
            yield matrix, taken


def _with_inverse(
    lines: list[Line], matrix: ast.expr, taken: ast.expr, inverse: str, order: Mapping[int, int]
) -> list[Line]:
    """Lines that read the inverse, which is taken in the statement that is undone first."""
    change = ByInverse(matrix, inverse)
    made: list[Line] = []
    readers: dict[int, int] = {}
    same: dict[str, ast.expr] = {}  # what a rule has called the inverse
    for line in lines:
        if isinstance(line, Contribution):
            expr = change.visit(substitute(line.expr, same))
            if inverse in names_in(expr):
                readers[len(made)] = line.gate
                line = altered(line, expr=expr)
            if alike(expr, name(inverse)) and not line.target.startswith("d~"):
                same[line.target] = expr
                continue
        made.append(line)
    last = max(readers.values(), key=lambda key: order.get(key, -1))
    made.insert(min(readers), Contribution(inverse, taken, last))
    return made
