"""Totals: names that are a number before a loop, to which each trip adds an array.

    total = 0
    for row in rows:
        total = total + np.exp(row)

What `total` is at the start of the first trip differs from what it is in all others, but nothing
reads it there except the sum, and a number has no adjoint: so the trips take it for an array.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from typing import TYPE_CHECKING, Any

from adgen.ir import Gate, names_in
from adgen.staging.joins import is_of_this_loop, may_break
from adgen.staging.loops import Positions
from adgen.staging.terms import Term
from adgen.types import Dim, Facts, Num, Type

if TYPE_CHECKING:
    from adgen.staging.trips import Trip


def is_total(
    facts: Facts, types: Mapping[str, Type], start: Term | None, end: Term | None, inner: str,
    trip: Trip, plan: Positions,
) -> bool:  # fmt: skip
    """Whether a carried value is a number before a loop, and an array from the first trip on."""
    if start is None or end is None or not _is_number(start) or not _is_array(end):
        return False
    if plan.count is None or may_break(trip.block) or not facts.exceeds(plan.count, Dim(0)):
        return False
    assert isinstance(end.type, Num) and end.type.dims is not None
    if any(is_of_this_loop(dim, plan.index, trip.since) for dim in end.type.dims):
        return False
    sums = [stmt for stmt in trip.block if isinstance(stmt, Gate) and _adds(stmt, inner)]
    if len(sums) != 1 or not isinstance(end.expr, ast.Name):
        return False
    others = [stmt for stmt in trip.block if stmt is not sums[0]]
    if inner in _names_read((others, [term.expr for term in trip.env.values()])):
        return False
    more = [types.get(v) for v in names_in(sums[0].expr) if v != inner]
    return len(more) == 1 and _is_alike(more[0], types.get(sums[0].targets[0]), end.type)


def _is_number(term: Term) -> bool:
    return isinstance(term.type, Num) and term.type.is_python and not term.varied


def _is_array(term: Term) -> bool:
    return isinstance(term.type, Num) and bool(term.type.dims) and term.type.form == "array"


def _is_alike(more: Type | None, total: Type | None, end: Num) -> bool:
    """Whether what is added is an array like the total itself, which a number doesn't change."""
    return (
        isinstance(more, Num) and isinstance(total, Num) and more.differentiable
        and (more.dims, more.dtype) == (total.dims, total.dtype) == (end.dims, end.dtype)
    )  # fmt: skip


def _adds(gate: Gate, inner: str) -> bool:
    """`total + more` or `total - more`"""
    match gate.expr:
        case ast.BinOp(left=ast.Name(), op=ast.Add() | ast.Sub(), right=ast.Name()):
            return names_in(gate.expr).count(inner) == 1
    return False


def _names_read(parts: Any) -> Iterator[str]:
    """All names in statements and expressions, wherever they stand."""
    if isinstance(parts, ast.AST):
        yield from names_in(parts)
    elif is_dataclass(parts):
        yield from _names_read([getattr(parts, part.name) for part in fields(parts)])
    elif isinstance(parts, Mapping):
        yield from _names_read(list(parts.values()))
    elif isinstance(parts, list | tuple):
        for part in parts:
            yield from _names_read(part)
