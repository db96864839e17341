"""Choices that are a factor of an adjoint, `dc * (a > 0)`, where that factor may meet infinity.

Of `np.sqrt(np.maximum(x, 0))` at a negative x the root has an infinite slope, and infinity times
False is no number.  Whether that can happen is tried out: the operations behind are carried out
for one number that is not chosen, and the lines of their adjoints with what they give.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

import numpy as np

from adgen.algebra import Paren, Rewriter, build, product_of
from adgen.ir import (
    Contribution,
    Gate,
    Lines,
    clone,
    is_adjoint,
    kinds_in,
    name,
    names_in,
    renamed,
    walk_lines,
)
from adgen.staging.terms import literal

Resolve = Callable[[ast.expr], Any]

# what stands for numbers of which nothing is known
ANY_NUMBER = np.float64(0.7)


def choice_of(expr: ast.expr, seed: str) -> tuple[ast.expr, ast.expr] | None:
    """The condition that an adjoint is multiplied by, and the rest of the product."""
    if ast.Compare not in kinds_in(expr):
        return None
    product = product_of(expr)
    conditions = [f for f in product.factors if _is_condition(f)]
    if len(conditions) != 1 or product.divisors:
        return None
    rest = [f for f in product.factors if f is not conditions[0]]
    if not any(isinstance(f, ast.Name) and f.id == seed for f in rest):
        return None
    product.factors = rest
    return conditions[0], build(product)


def _is_condition(node: ast.expr) -> bool:
    match node:
        case Paren(value=value):
            return _is_condition(value)
        case ast.BinOp(left=left, op=ast.BitAnd() | ast.BitOr(), right=right):
            return _is_condition(left) and _is_condition(right)
    return isinstance(node, ast.Compare)


class Trial:
    """The operations behind one that chooses, carried out for a single number."""

    def __init__(self, gates: Iterable[tuple[int, Gate]], lines: Lines, resolve: Resolve) -> None:
        self.gates = gates
        self.lines = lines
        self.resolve = resolve

    def meets_infinity(self, gate: Gate, condition: ast.expr) -> bool:
        """Whether an adjoint is infinite, or no number, where the condition does not hold."""
        with np.errstate(all="ignore"):
            return any(
                self._slopes_are_infinite(gate, operands)
                for operands in self._candidates(gate)
                if self._value(condition, operands) == False  # noqa: E712
            )

    def _candidates(self, gate: Gate) -> Iterator[Mapping[str, Any]]:
        """Operands on both sides of each number that the operation's call has written out."""
        numbers = [literal(operand) for operand in gate.operands.values()]
        names = [operand.id for operand in gate.operands.values() if isinstance(operand, ast.Name)]
        for number in numbers:
            if isinstance(number, int | float):
                for at in (number - 1.0, number + 1.0):
                    yield dict.fromkeys(names, np.float64(at))

    def _slopes_are_infinite(self, gate: Gate, operands: Mapping[str, Any]) -> bool:
        values = {gate.targets[0]: self._value(gate.expr, operands)}
        behind: set[int] = set()
        for key, later in self.gates:
            reads = any(read in values for read in names_in(later.expr))
            if (
                reads
                and key != gate.key
                and later.op is not None
                and later.op.kind == "elementwise"
            ):
                behind.add(key)
                values[later.targets[0]] = self._value(later.expr, values)
        for line in walk_lines(self.lines):
            if isinstance(line, Contribution) and line.gate in behind:
                value = self._value(line.expr, values)
                if not line.target.startswith("d~"):
                    values[line.target] = value
                elif line.target[2:] in values and not np.all(np.isfinite(value)):
                    return True
        return False

    def _value(self, expr: ast.expr, values: Mapping[str, Any]) -> Any:
        """What an expression is at these values; a number like any other where that fails."""
        known: dict[str, Any] = {}

        def stand_in(identifier: str) -> ast.expr:
            found = values.get(identifier)
            if found is None:
                found = self.resolve(name(identifier))
            if found is None:
                found = np.float64(1.0) if is_adjoint(identifier) else ANY_NUMBER
            known[f"v{len(known)}"] = found
            return name(f"v{len(known) - 1}")

        tree = ast.Expression(_Plain().visit(clone(renamed(expr, stand_in))))
        try:
            return eval(compile(ast.fix_missing_locations(tree), "<trial>", "eval"), known)
        except ZeroDivisionError:
            return np.inf
        except Exception:
            return ANY_NUMBER


class _Plain(Rewriter):
    """Syntax trees as Python has them, without parentheses of their own."""

    def visit_Paren(self, node: Paren) -> ast.expr:
        inner: ast.expr = self.visit(node.value)
        return inner
