"""The expressions of a backward's lines: reading all of them, and changing them."""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Callable, Iterator, Mapping

from adgen.algebra import Arranger, simplify
from adgen.ir import (
    BackBranch,
    BackLoop,
    Contribution,
    Line,
    Lines,
    Region,
    Restore,
    altered,
    name,
    names_in,
    substitute,
    walk_lines,
)
from adgen.rules.settle import Context
from adgen.rules.settle.tidying import retidied


def substituted(lines: Lines, table: Mapping[str, ast.expr], context: Context) -> Lines:
    """Lines with expressions in the place of values."""
    if not table:
        return lines

    def rank(node: ast.expr) -> int | None:
        dims = context.dims(node)
        return None if dims is None else len(dims)

    def changed(node: ast.expr) -> ast.expr:
        made = substitute(node, table)
        if made is node:
            return node
        arranged: ast.expr = Arranger(rank).visit(simplify(retidied(context, made)))
        return arranged

    return map_expressions(lines, changed)


def map_expressions(lines: Lines, change: Callable[[ast.expr], ast.expr]) -> Lines:
    """The same lines with every expression changed."""
    kept: list[Line] = []
    for line in lines:
        match line:
            case Contribution():
                index = change(line.index) if line.index is not None else None
                expr = change(line.expr)
                same = expr is line.expr and index is line.index
                kept.append(line if same else altered(line, expr=expr, index=index))
            case BackBranch():
                then = map_expressions(line.then, change)
                kept.append(altered(line, then=then, orelse=map_expressions(line.orelse, change)))
            case BackLoop():
                kept.append(altered(line, body=map_expressions(line.body, change)))
            case _:
                kept.append(line)
    return tuple(kept)


def expressions(lines: Lines) -> Iterator[ast.expr]:
    """Every expression of some lines."""
    for line in walk_lines(lines):
        if isinstance(line, Contribution):
            yield line.expr
            if line.index is not None:
                yield line.index
        elif isinstance(line, Restore):
            yield from (line.index, name(line.saved))


def mentions_in(lines: Lines) -> Counter[str]:
    """How often some lines mention each name."""
    return Counter([n for part in expressions(lines) for n in names_in(part)])


def put(lines: Lines, region: Region, new: Line) -> Lines:
    """Lines with another one in the block of a region; they are sorted later."""
    if not region:
        return (new, *lines)
    (kind, key), *rest = region
    made: list[Line] = []
    for line in lines:
        if isinstance(line, BackLoop) and (kind, key) == ("loop", line.loop.key):
            line = altered(line, body=put(line.body, tuple(rest), new))
        elif isinstance(line, BackBranch) and (kind, key) == ("then", line.branch.key):
            line = altered(line, then=put(line.then, tuple(rest), new))
        elif isinstance(line, BackBranch) and (kind, key) == ("else", line.branch.key):
            line = altered(line, orelse=put(line.orelse, tuple(rest), new))
        made.append(line)
    return tuple(made)
