"""What is the same in all trips of a loop is worked out once, before it.

In: the staged program.  Out: the same one, where arrays that no trip changes, operands of the
author's expressions, stand in front of the loop.  Forward and backward do less: what they are made
of gets its share behind the loop, once.  An operation on arrays fails in a loop that makes no trip
no more than in others; one on Python's own numbers might, and costs next to nothing.

    for _ in range(n):                            u0 = dt * k
        u = u + dt * k * lap                      for _ in range(n):
                                                      u = u + u0 * lap
"""

from __future__ import annotations

from dataclasses import replace

from adgen.analysis.activity import varied_values
from adgen.cleanup.sharing import used_up, works_out, written_to
from adgen.ir import (
    Block,
    Branch,
    Gate,
    Loop,
    Mark,
    Staged,
    Stmt,
    altered,
    homes,
    is_introduced,
    names_in,
    walk,
)
from adgen.types import Num


def hoist(staged: Staged) -> Staged:
    """The program with what no trip changes in front of its loops."""
    if not any(isinstance(stmt, Loop) for stmt in staged.program.body):
        return staged
    body = Hoisting(staged).block(staged.program.body)
    return replace(staged, program=replace(staged.program, body=body))


class Hoisting:
    """Moves gates out of loops, the inner ones first."""

    def __init__(self, staged: Staged) -> None:
        program = staged.program
        self.types = staged.types
        self.varied = varied_values(program, staged.types)
        self.written = written_to(program)
        self.used = used_up(program.body) - set(names_in(program.result))

    def block(self, body: Block) -> Block:
        kept: list[Stmt] = []
        for stmt in body:
            match stmt:
                case Loop():
                    kept += self.loop(altered(stmt, body=self.block(stmt.body)))
                case Branch():
                    then, orelse = self.block(stmt.then), self.block(stmt.orelse)
                    kept.append(altered(stmt, then=then, orelse=orelse))
                case _:
                    kept.append(stmt)
        return tuple(kept)

    def loop(self, loop: Loop) -> list[Stmt]:
        """What is moved out of a loop, and the loop."""
        if any(isinstance(stmt, Mark) for stmt in walk(loop.body)):
            return [loop]
        inside = set(homes((loop,))) - {c.after for c in loop.carried}
        moved: list[Stmt] = []
        for stmt in loop.body:
            if isinstance(stmt, Gate) and self._may_move(stmt, inside):
                moved.append(stmt)
                inside -= set(stmt.targets)
        if not moved:
            return [loop]
        return [*moved, altered(loop, body=tuple(s for s in loop.body if s not in moved))]

    def _may_move(self, gate: Gate, inside: set[str]) -> bool:
        target = gate.targets[0]
        if gate.op is None or gate.op.kind != "elementwise" or not works_out(gate):
            return False
        if not is_introduced(target) or target not in self.varied or target not in self.used:
            return False
        reads = set(names_in(gate.expr))
        if reads & inside or self.written & {target, *reads}:
            return False
        type_ = self.types[target]
        return type(type_) is Num and bool(type_.dims)
