"""Operations written out by hand, recognised as single gates.

The catalogue lists the ways of writing (`1 / (1 + exp(-x))`); here they are
matched against the gates that lead to a value.  The forward stays as the author
wrote it; only the backward is that of the operation as a whole.
"""

from __future__ import annotations

import ast
import operator
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import lru_cache

from adgen.frontend.resolve import OPERATORS
from adgen.ir import Gate, alike, is_introduced
from adgen.rules.lookup import Catalogue
from adgen.rules.registry import Pattern
from adgen.staging.terms import literal

_COMMUTES = (ast.Add, ast.Mult)


def recognise(gate: Gate, defined: Mapping[str, Gate], catalogue: Catalogue) -> Gate | None:
    """The gate as the operation that a pattern sees in it, or None."""
    patterns = gate.op and _by_name(catalogue).get(gate.op.general.name)
    if not patterns:
        return None
    made = [e.id for e in gate.operands.values() if isinstance(e, ast.Name) and e.id in defined]
    unnamed = sum(map(is_introduced, made))
    operations = {op.general.name for value in made if (op := defined[value].op) is not None}
    for pattern in patterns:
        if len(pattern.operands) > (len(made) if pattern.through else unnamed):
            continue
        if not pattern.called <= operations:
            continue
        bound = Matcher(pattern, defined, catalogue).match_gate(pattern.tree, gate)
        if bound is not None:
            op = catalogue.find(pattern.function)
            assert op is not None
            operands = {key: bound[key] for key in op.general.inputs if key in bound}
            return replace(gate, op=op, operands=operands)
    return None


@lru_cache(maxsize=8)
def _by_name(catalogue: Catalogue) -> Mapping[str, Sequence[Pattern]]:
    """The patterns, by the name of the rule for the last operation that they are made of."""
    found: dict[str, list[Pattern]] = {}
    for pattern in catalogue.patterns:
        match pattern.tree:
            case ast.Call(func=ast.Name(id=function)):
                found.setdefault(function, []).append(pattern)
            case ast.BinOp(op=sign) | ast.UnaryOp(op=sign):
                op = catalogue.find(OPERATORS[type(sign)])
                assert op is not None
                found.setdefault(op.general.name, []).append(pattern)
    return found


class Matcher:
    def __init__(self, pattern: Pattern, defined: Mapping[str, Gate], catalogue: Catalogue) -> None:
        self.pattern = pattern
        self.defined = defined
        self.catalogue = catalogue
        self.outermost = True

    def match_gate(self, tree: ast.expr, gate: Gate) -> dict[str, ast.expr] | None:
        return self.gate(tree, gate, dict(self.pattern.fixed))

    def gate(
        self, tree: ast.expr, gate: Gate, bound: dict[str, ast.expr]
    ) -> dict[str, ast.expr] | None:
        if gate.op is None:
            return None
        match tree:
            case ast.BinOp(left=left, op=op, right=right):
                if gate.op is not self.catalogue.find(OPERATORS[type(op)]):
                    if not self._same_rules(gate, OPERATORS[type(op)]):
                        return None
                a, b = gate.operands.values()
                found = self.all([(left, a), (right, b)], bound)
                if found is None and isinstance(op, _COMMUTES):
                    found = self.all([(left, b), (right, a)], bound)
                return found
            case ast.UnaryOp(op=op, operand=operand):
                if not self._same_rules(gate, OPERATORS[type(op)]):
                    return None
                (value,) = gate.operands.values()
                return self.all([(operand, value)], bound)
            case ast.Call(func=ast.Name(id=function), args=args, keywords=keywords):
                if gate.op.general.name != function:
                    return None
                wanted = dict(zip(gate.op.general.inputs, args, strict=False))
                wanted |= {k.arg: k.value for k in keywords if k.arg}
                if set(wanted) != set(gate.operands):
                    return None
                return self.all([(t, gate.operands[k]) for k, t in wanted.items()], bound)
            case ast.Subscript(value=value, slice=index):
                if gate.op is not self.catalogue.find(operator.getitem):
                    return None
                x, chosen = gate.operands.values()
                return self.all([(value, x)], bound) if alike(chosen, index) else None
        return None

    def _same_rules(self, gate: Gate, function: object) -> bool:
        op = self.catalogue.find(function)
        return gate.op is not None and op is not None and gate.op.rules == op.rules

    def all(
        self, pairs: list[tuple[ast.expr, ast.expr]], bound: dict[str, ast.expr]
    ) -> dict[str, ast.expr] | None:
        for tree, atom in pairs:
            found = self.atom(tree, atom, bound)
            if found is None:
                return None
            bound = found
        return bound

    def atom(
        self, tree: ast.expr, atom: ast.expr, bound: dict[str, ast.expr]
    ) -> dict[str, ast.expr] | None:
        if isinstance(tree, ast.Name):
            if tree.id in bound:
                return bound if alike(bound[tree.id], atom) else None
            return bound | {tree.id: atom}
        if isinstance(tree, ast.Constant):
            return bound if literal(atom) == tree.value and literal(atom) is not None else None
        if not isinstance(atom, ast.Name) or atom.id not in self.defined:
            return None
        if not (is_introduced(atom.id) or self.pattern.through):
            return None
        return self.gate(tree, self.defined[atom.id], bound)
