"""Values that the forward has anyway, in the place of what a rule works out again.

The rule of `np.var(x)` says `x - np.mean(x)`; where the author has `mu = np.mean(x)`, that is
`x - mu`, and the adjoint of `s = np.sin(x)` is `c * ds` where there is a `c = np.cos(x)`.
"""

from __future__ import annotations

import ast
from collections.abc import Container, Mapping
from functools import cached_property

from adgen.algebra import Rewriter
from adgen.analysis.expressions import TypeOf
from adgen.frontend.resolve import BindError, bind
from adgen.ir import Gate, Region, dumped, is_adjoint, kinds_in, name, names_in
from adgen.rules.lookup import Catalogue
from adgen.rules.operations import Op

KINDS = ("linear", "adjoint", "elementwise")


class Reused(Rewriter):
    """Puts names of values in the place of the calls that have given them."""

    def __init__(
        self,
        gates: Mapping[int, Gate],
        homes: Mapping[str, Region],
        overwritten: Container[str],
        left: Container[int],
        catalogue: Catalogue,
        type_of: TypeOf,
    ) -> None:
        """`left` are the loops of which a trip may end before all that is in it has run."""
        self.gates = gates
        self.homes = homes
        self.overwritten = overwritten
        self.left = left
        self.catalogue = catalogue
        self.type_of = type_of

    @cached_property
    def made(self) -> dict[tuple[Op, str], tuple[str, int]]:
        """What each call says, with its value and the key of its gate."""
        found: dict[tuple[Op, str], tuple[str, int]] = {}
        for key, gate in self.gates.items():
            if _gives_a_value(gate) and gate.targets[0] not in self.overwritten:
                found.setdefault((gate.op, _said(gate.op, gate.operands)), (gate.targets[0], key))
        return found

    @cached_property
    def differences(self) -> dict[str, tuple[str, int]]:
        """What each sum or difference of two arrays says, with its value and the key of its
        gate."""
        found: dict[str, tuple[str, int]] = {}
        for key, gate in self.gates.items():
            plain = gate.op is not None and len(gate.targets) == 1 and gate.place is None
            if plain and _is_of_two_names(gate.expr) and gate.targets[0] not in self.overwritten:
                found.setdefault(dumped(gate.expr), (gate.targets[0], key))
        return found

    @cached_property
    def operations(self) -> set[Op]:
        return {op for op, _ in self.made}

    def within(self, expr: ast.expr, gate: Gate) -> ast.expr:
        """A line for a gate, with the values that there are in its block."""
        if not self.operations or _THERE.isdisjoint(kinds_in(expr)):
            return expr
        self.gate = gate
        return self.visit(expr)  # type: ignore[no-any-return]

    def visit_Call(self, node: ast.Call) -> ast.expr:
        node = self.generic_visit(node)
        function = self.type_of.resolve(node.func)
        op = self.catalogue.find(function) if function is not None else None
        if op is None or op not in self.operations or any(map(is_adjoint, names_in(node))):
            return node
        try:
            keywords = {k.arg: k.value for k in node.keywords if k.arg}
            operands = bind(op, node.args, keywords)
        except BindError:
            return node
        return self.read(node, *self.made.get((op, _said(op, operands)), ("", 0)))

    def visit_BinOp(self, node: ast.BinOp) -> ast.expr:
        node = self.generic_visit(node)
        if not _is_of_two_names(node) or not self.type_of.rank(node):
            return node
        return self.read(node, *self.differences.get(dumped(node), ("", 0)))

    def read(self, node: ast.expr, value: str, key: int) -> ast.expr:
        """The value of a gate in the place of what it is made of, where it is there."""
        region = self.homes.get(self.gate.targets[0], ())
        ends = not any(kind == "loop" and loop in self.left for kind, loop in region)
        there = value and self.homes.get(value, ()) == region and (ends or key < self.gate.key)
        return name(value) if there else node


# what may be there already: calls, sums and differences
_THERE = frozenset({ast.Call, ast.Add, ast.Sub})


def _is_of_two_names(node: ast.AST) -> bool:
    match node:
        case ast.BinOp(ast.Name(id=left), ast.Add() | ast.Sub(), ast.Name(id=right)):
            return not is_adjoint(left) and not is_adjoint(right)
    return False


def _gives_a_value(gate: Gate) -> bool:
    if gate.op is None or len(gate.targets) > 1 or gate.place is not None or gate.effect:
        return False
    return gate.op.kind in KINDS and not gate.op.general.writes and isinstance(gate.expr, ast.Call)


def _said(op: Op, operands: Mapping[str, ast.expr]) -> str:
    """What a call says beside its defaults."""
    defaults = op.general.defaults
    given = sorted(
        f"{key}={dumped(expr)}"
        for key, expr in operands.items()
        if not (isinstance(expr, ast.Constant) and expr.value is defaults.get(key, operands))
    )
    return ", ".join(given)
