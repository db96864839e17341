"""Stacks on the way back: what a value receives is put on where the value was taken off.

The gates that take values off are undone before those that put them on, in the
reverse order, so that each adjoint is found on top when its value is reached.
"""

from __future__ import annotations

import ast
from collections import Counter
from typing import TYPE_CHECKING

from adgen.analysis.expressions import joined
from adgen.ir import FIRST, Contribution, Gate, adjoint_of, hint, name
from adgen.rules.settle.adjoints import is_full, spread, zeros_like
from adgen.rules.shapes import as_num
from adgen.rules.stacks import PUT, TAKEN
from adgen.types import FLOAT, Num, Stack

if TYPE_CHECKING:
    from adgen.adjoint.differentiate import Differentiator


class Stacks:
    """Undoes the gates of stacks, for a differentiator."""

    def __init__(self, adjoint: Differentiator) -> None:
        self.adjoint = adjoint
        # the stack of adjoints for each stack that has one, and whether they are whole
        self.whole: dict[str, bool] = {}
        gates = adjoint.gates.values()
        self.takers = Counter(_stack(gate) for gate in gates if gate.op is TAKEN)

    def begun(self) -> list[Contribution]:
        """`dxs = []`, before all other lines."""
        empty = ast.List([], ast.Load())
        return [Contribution(own(s), empty, FIRST, steady=True) for s in self.whole]

    def undo(self, gate: Gate) -> None:
        if gate.op is PUT:
            self.take_off(gate)
        else:
            self.put_on(gate)

    def put_on(self, gate: Gate) -> None:
        """What a value that was taken off has received."""
        value, stack = gate.targets[0], _stack(gate)
        adjoint, seed = self.adjoint, adjoint_of(gate.targets[0])
        if value not in adjoint.varied:
            return
        received, type_ = seed in adjoint.received, adjoint.types[value]
        alone = self.takers[stack] == 1
        if not received and alone:
            self.whole.pop(stack, None)
            return
        whole = received and is_full(adjoint.context, adjoint.types[seed], type_)
        is_number = received and as_num(adjoint.types[seed]).dims == ()
        expr: ast.expr = name(seed)
        if not received:
            expr = zeros_like(name(value), type_)
        elif not whole and not (alone and is_number):
            expr = spread(expr, name(value), type_)
        self.whole[stack] = not (alone and is_number and not whole)
        adjoint.types[own(stack)] = Stack(_item(type_))
        adjoint.lines.append(Contribution(own(stack), expr, gate.key, steady=True, puts=True))

    def take_off(self, gate: Gate) -> None:
        """What a value that was put on receives."""
        stack, value = _stack(gate), gate.operands["x"]
        adjoint = self.adjoint
        if stack not in self.whole:
            return
        call = ast.Call(ast.Attribute(name(own(stack)), "pop", ast.Load()), [], [])
        varied = isinstance(value, ast.Name) and value.id in adjoint.varied
        if not varied:
            target = f"_:%{gate.key}"
            adjoint.types[target] = FLOAT
        else:
            assert isinstance(value, ast.Name)
            target = adjoint_of(value.id)
            found = _item(adjoint.types[value.id]) if self.whole[stack] else FLOAT
            self.note(stack, found)
            adjoint._note(target, found)
        line = Contribution(target, call, gate.key, steady=True, taken_off=own(stack))
        adjoint.lines.append(line)

    def note(self, stack: str, found: Num) -> None:
        """What is taken off has a type that serves all places that put something on."""
        before = self.adjoint.types[own(stack)]
        assert isinstance(before, Stack)
        puts = [g for g in self.adjoint.gates.values() if g.op is PUT and _stack(g) == stack]
        if len(puts) > 1 and self.whole[stack]:
            found = joined(self.adjoint.facts, before.item, found)
        self.adjoint.types[own(stack)] = Stack(found)


def own(stack: str) -> str:
    """The stack of the adjoints of what is on a stack."""
    return f"d{hint(stack)}:%{stack.partition(':')[2]}"


def _stack(gate: Gate) -> str:
    stack = gate.operands["stack"]
    assert isinstance(stack, ast.Name)
    return stack.id


def _item(type_: object) -> Num:
    return as_num(type_).of_adjoint
