"""Which arrays may hold infinities: tables that begin as `np.full(n, np.inf)`, masked scores.

An infinite element has no part in a finite result: whatever is made of it has the slope 0 there.
Where it is a factor of an adjoint, 0 times infinity would be no number.  Numbers that have never
been in an array (`best = np.inf`) are left alone: they are replaced by what is compared with them.
"""

from __future__ import annotations

import ast
import math
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np

from adgen.analysis.activity import any_read, as_they_flow, passed_on
from adgen.ir import Gate, Program, Stmt
from adgen.rules.operations import Op
from adgen.types import Num, Type

Resolve = Callable[[ast.expr], Any]

# what stands for the other operands of an operation that is tried with an infinite one
OTHERS = (np.float64(0.7), np.float64(0.0))


def infinite_values(
    program: Program, types: Mapping[str, Type], resolve: Resolve
) -> frozenset[str]:
    """The values that may be infinite, or have elements that are."""
    every = [*as_they_flow(program.body)]
    found = {target for stmt in every for target in _begun(stmt, types, resolve)}
    before = 0
    while before < len(found):
        before = len(found)
        for stmt in every:
            found.update(_reached(stmt, found))
    return frozenset(found)


def _begun(stmt: Stmt, types: Mapping[str, Type], resolve: Resolve) -> Iterator[str]:
    """The array that a gate puts an infinity into that is written out."""
    if not isinstance(stmt, Gate) or stmt.op is None:
        return
    type_ = types.get(stmt.targets[0])
    if not (isinstance(type_, Num) and type_.dims != ()):
        return
    for key, operand in stmt.operands.items():
        if any(map(_is_infinity(resolve), ast.walk(operand))) and _lets_through(stmt, stmt.op, key):
            yield stmt.targets[0]


def _is_infinity(resolve: Resolve) -> Callable[[ast.AST], bool]:
    def asked(node: ast.AST) -> bool:
        match node:
            case ast.Constant(value=float() as value):
                return math.isinf(value)
            case ast.Call(func=ast.Name(id="float"), args=[ast.Constant(value=str() as text)]):
                return "inf" in text.lower()
            case ast.Name() | ast.Attribute():
                value = resolve(node)
                return isinstance(value, float) and math.isinf(value)
        return False

    return asked


def _reached(stmt: Stmt, found: set[str]) -> set[str]:
    """What one statement makes of infinite values."""
    if isinstance(stmt, Gate):
        read = [k for k, e in stmt.operands.items() if any_read(found, e)]
        op = stmt.op
        through = op is not None and any(_lets_through(stmt, op, key) for key in read)
        return set(stmt.targets) if through else set()
    return passed_on(stmt, found)


def _lets_through(gate: Gate, op: Op, key: str) -> bool:
    """Whether what an operation gives is infinite where this operand is, of either sign."""
    if op.kind == "linear" or op.general.moves:
        return not op.general.passes(key)
    if op.kind != "elementwise" or not callable(op.function):
        return False
    return any(_stays_infinite(op.function, [*gate.operands], key, other) for other in OTHERS)


def _stays_infinite(function: Any, keys: list[str], key: str, other: Any) -> bool:
    def tried(infinity: float) -> Any:
        return function(*(np.float64(infinity) if k == key else other for k in keys))

    try:
        with np.errstate(all="ignore"):
            return all(np.all(np.isinf(tried(infinity))) for infinity in (math.inf, -math.inf))
    except (TypeError, ValueError, ArithmeticError):
        return False
