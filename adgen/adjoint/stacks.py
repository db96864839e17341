"""Stacks on the way back: what a value receives is put on where the value was taken off.

The gates that take values off are undone before those that put them on, in the
reverse order, so that each adjoint is found on top when its value is reached.
"""

from __future__ import annotations

import ast
from collections import Counter

from adgen.adjoint.received import Received
from adgen.analysis.expressions import joined
from adgen.ir import FIRST, Contribution, Gate, adjoint_of, hint, name
from adgen.rules.settle.adjoints import is_full, spread, zeros_like
from adgen.rules.shapes import as_num
from adgen.rules.stacks import PUT, TAKEN
from adgen.types import FLOAT, Num, Stack


class Stacks:
    """Undoes the gates of stacks, for the walk."""

    def __init__(self, received: Received) -> None:
        self.received = received
        # the stack of adjoints for each stack that has one, and whether they are whole
        self.whole: dict[str, bool] = {}
        gates = received.gates.values()
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
        received, seed = self.received, adjoint_of(value)
        if value not in received.varied:
            return
        given, type_ = seed in received.targets, received.types[value]
        alone = self.takers[stack] == 1
        if not given and alone:
            self.whole.pop(stack, None)
            return
        whole = given and is_full(received.context, received.types[seed], type_)
        is_number = given and as_num(received.types[seed]).dims == ()
        expr: ast.expr = name(seed)
        if not given:
            expr = zeros_like(name(value), type_)
        elif not whole and not (alone and is_number):
            expr = spread(expr, name(value), type_)
        self.whole[stack] = not (alone and is_number and not whole)
        received.types[own(stack)] = Stack(_item(type_))
        received.lines.append(Contribution(own(stack), expr, gate.key, steady=True, puts=True))

    def take_off(self, gate: Gate) -> None:
        """What a value that was put on receives."""
        stack, value = _stack(gate), gate.operands["x"]
        received = self.received
        if stack not in self.whole:
            return
        call = ast.Call(ast.Attribute(name(own(stack)), "pop", ast.Load()), [], [])
        if not received.is_varied(value):
            target = f"_:%{gate.key}"
            received.types[target] = FLOAT
        else:
            assert isinstance(value, ast.Name)
            target = adjoint_of(value.id)
            found = _item(received.types[value.id]) if self.whole[stack] else FLOAT
            self.note(stack, found)
            received.note(target, found)
        line = Contribution(target, call, gate.key, steady=True, taken_off=own(stack))
        received.lines.append(line)

    def note(self, stack: str, found: Num) -> None:
        """What is taken off has a type that serves all places that put something on."""
        before = self.received.types[own(stack)]
        assert isinstance(before, Stack)
        puts = [g for g in self.received.gates.values() if g.op is PUT and _stack(g) == stack]
        if len(puts) > 1 and self.whole[stack]:
            found = joined(self.received.facts, before.item, found)
        self.received.types[own(stack)] = Stack(found)


def own(stack: str) -> str:
    """The stack of the adjoints of what is on a stack."""
    return f"d{hint(stack)}:%{stack.partition(':')[2]}"


def _stack(gate: Gate) -> str:
    stack = gate.operands["stack"]
    assert isinstance(stack, ast.Name)
    return stack.id


def _item(type_: object) -> Num:
    return as_num(type_).of_adjoint
