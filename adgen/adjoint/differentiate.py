"""From the staged program to the contributions that each adjoint receives.

Gates are taken in reverse.  An operand that staging introduced is taken right
after the gate that reads it, so that lines come in the order in which the author
wrote the operands.  Whether a contribution is printed as `=` or `+=` is not
decided here.
"""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from adgen.adjoint.collected import Collected
from adgen.adjoint.containers import assemble
from adgen.adjoint.contributions import Contributions
from adgen.adjoint.received import Received
from adgen.adjoint.stacks import Stacks
from adgen.analysis.expressions import handed_on
from adgen.errors import UserError
from adgen.ir import (
    FIRST,
    BackBranch,
    BackLoop,
    Block,
    Branch,
    Carried,
    Carry,
    Contribution,
    Gate,
    Line,
    Lines,
    Loop,
    Region,
    Staged,
    adjoint_of,
    altered,
    differentiated,
    is_introduced,
    is_within,
    name,
    places,
    slot_of,
    walk_lines,
)
from adgen.rules.lookup import Catalogue
from adgen.rules.settle import CannotSettle
from adgen.rules.settle.broadcasting import unbroadcast
from adgen.rules.settle.spelling import call
from adgen.rules.shapes import as_num
from adgen.rules.stacks import is_stack
from adgen.types import FLOAT, Num, Opaque, Type


@dataclass(frozen=True)
class Backward:
    """The backward program: contributions in order, and the adjoints to return."""

    lines: Lines
    types: Mapping[str, Type]
    seed: str
    results: tuple[str, ...]


def differentiate(staged: Staged, catalogue: Catalogue) -> Backward:
    """The adjoint of a staged program in its `wrt`."""
    received = Received(staged, catalogue)
    backward = Differentiator(received).run()
    vars(received).clear()  # which it is part of itself: freed at once, not by the collector
    return backward


class Differentiator:
    def __init__(self, received: Received) -> None:
        self.received = received
        self.program = received.program
        self.types = received.types
        self.homes = received.homes
        self.contributions = Contributions(received)
        self.collected = Collected(received)
        self.stacks = Stacks(received)
        self.uses = self._uses()
        self.done: set[int] = set()

    def run(self) -> Backward:
        seed = self._seeds(self.program.result)
        self.block(self.program.body)
        results = tuple([assemble(self.received, parameter) for parameter in self.program.wrt])
        lines = (*self.stacks.begun(), *self.received.lines)
        return Backward(lines, self.types, seed, results)

    def _seeds(self, result: ast.expr) -> str:
        """The adjoint that the backward is given: the result's, or a structure like it."""
        if isinstance(result, ast.Name):
            seed = adjoint_of(result.id)
            self.types[seed] = self._seed_type(self.types[result.id])
            if result.id in self.received.varied:
                self.received.targets.add(seed)
            return seed
        seed = adjoint_of("out:0")
        self.types[seed] = Opaque("adjoint of several results")
        for path, part in places(result):
            if isinstance(part, ast.Name) and part.id in self.received.varied:
                source, target = f"{seed}{path}", adjoint_of(part.id)
                self.types[source] = self._seed_type(self.types[part.id])
                self.received.note(target, as_num(self.types[source]))
                self.received.lines.append(Contribution(target, name(source), FIRST))
        return seed

    def _seed_type(self, type_: Type) -> Type:
        if isinstance(type_, Num) and type_.dims == ():
            return FLOAT if type_.kind != "c" else type_
        return type_.of_adjoint if isinstance(type_, Num) else type_

    def _uses(self) -> Counter[str]:
        """How many gates read each value where it is differentiated."""
        uses: Counter[str] = Counter()
        for gate in self.received.gates.values():
            for key, expr in gate.operands.items():
                if gate.op is not None and not gate.op.general.passes(key):
                    uses.update(e.value.id for e in differentiated(expr))
        return uses

    def block(self, body: Block) -> None:
        """The adjoint of a block's statements, the last one first."""
        for stmt in reversed(body):
            if isinstance(stmt, Gate):
                self.gate(stmt)
            elif isinstance(stmt, Branch):
                self.branch(stmt)
            elif isinstance(stmt, Loop):
                self.loop(stmt)

    def gate(self, gate: Gate) -> None:
        if gate.key in self.done or gate.op is None:
            return
        self.done.add(gate.key)
        if is_stack(gate.op):
            self.stacks.undo(gate)
            return
        seeds = [adjoint_of(t) for t in gate.targets]
        collected = gate.targets[0] in self.collected.places
        if not collected and self.received.targets.isdisjoint(seeds):
            return
        try:
            made = self.collected.element(gate) if collected else self.contributions.of(gate)
        except CannotSettle as wrong:
            raise UserError(str(wrong), gate.span) from None
        if any(line.clears for _, lines in made for line in lines):
            # nothing may come between reading an adjoint and clearing it
            self.received.lines += [
                altered(line, steady=True) for _, lines in made for line in lines
            ]
            made = [(operand, []) for operand, _ in made]
        for operand, lines in made:
            self.received.lines += lines
            if operand is not None and self._follows(operand, gate):
                self.gate(self.received.gates[self.received.defined[operand]])

    # -- branches -----------------------------------------------------------------

    def branch(self, branch: Branch) -> None:
        """The same branch on the way back: what was merged flows to the side it came from."""
        before, types = set(self.received.targets), dict(self.types)
        then, then_received, then_types = self._side(branch, branch.then, "then", before)
        self._reset_types(types)
        orelse, else_received, else_types = self._side(branch, branch.orelse, "orelse", before)
        if not then and not orelse:
            return
        self.received.targets = before | then_received | else_received
        for target in (then_received | else_received) - before:
            if self._is_inside(target, branch):
                continue  # one side alone has it, as it is there
            self.types[target] = self._meet(target, then_types.get(target), else_types.get(target))
        for target in before:
            a, b = then_types.get(target), else_types.get(target)
            if a != b:
                self.types[target] = self._meet(target, a, b)
        self.received.lines.append(BackBranch(branch, tuple(then), tuple(orelse), branch.key))

    def _is_inside(self, target: str, branch: Branch) -> bool:
        """Whether an adjoint belongs to a value of one side of a branch."""
        if not target.startswith("d~"):
            return True
        home = self.homes.get(target[2:].rstrip("/"), ())
        return any(key == branch.key and kind != "loop" for kind, key in home)

    def _reset_types(self, types: Mapping[str, Type]) -> None:
        for target in self.received.targets:
            if target in types:
                self.types[target] = types[target]

    def _side(
        self, branch: Branch, body: Block, which: str, before: set[str]
    ) -> tuple[list[Line], set[str], dict[str, Type]]:
        received = self.received
        outer, received.lines, received.targets = received.lines, [], set(before)
        for merge in branch.merges:
            seed, source = adjoint_of(merge.target), getattr(merge, which)
            if seed in before:
                self._pass_on(seed, source)
        self.block(body)
        lines, received.lines = received.lines, outer
        return lines, received.targets, {t: self.types[t] for t in received.targets}

    def _pass_on(self, seed: str, source: ast.expr | None) -> None:
        """A value that was another under a new name: hand its adjoint on."""
        if not isinstance(source, ast.Name) or source.id not in self.received.varied:
            return
        target, expr = adjoint_of(source.id), self.received.part_for(source.id, name(seed))
        found = as_num(self.received.type_of(expr))
        if found.dims is None:
            found = as_num(self.received.full(target))  # it is whole, as helpers give it
        self.received.note(target, found)
        self.received.lines.append(Contribution(target, expr, FIRST))

    def _meet(self, target: str, a: Type | None, b: Type | None) -> Type:
        """The type of an adjoint that two paths have received differently."""
        return a if a is not None and a == b else self.received.full(target)

    # -- loops ----------------------------------------------------------------------

    def loop(self, loop: Loop) -> None:
        """The loop's trips in reverse.

        What the trips carry has one adjoint, handed from trip to trip; which names
        it is needed for is found by trying, since a trip may use what only the next
        trip makes.
        """
        received, collecting = self.received, self.collected.by(loop)
        flowing = [
            c
            for c in loop.carried
            if adjoint_of(c.after) in received.targets and c not in collecting
        ]
        before, types, done = set(received.targets), dict(self.types), set(self.done)
        while True:
            received.targets, self.done = set(before), set(done)
            self._begin_again(types)
            lines, outside = self._trip(loop, flowing, before)
            more = [
                c
                for c in loop.carried
                if c not in flowing
                and adjoint_of(c.inner) in received.targets
                and (received.is_varied(c.start) or received.is_varied(c.next))
            ]
            if not more:
                break
            flowing += more
        if not lines and not collecting:
            received.targets, self.done = before, done
            self._begin_again(types)
            return
        for target in before - outside:
            self.types[target] = types[target]
        received.targets = before | outside
        steady = [t for t in sorted(outside) if t not in before]
        for target in steady:
            received.lines.append(Carry(target, None, loop.key))
        for carried in flowing:
            source = adjoint_of(carried.after)
            given = source if source in before else None
            received.lines.append(Carry(slot_of(carried), given, loop.key))
        received.lines.append(BackLoop(loop, tuple(lines), loop.key))
        for carried in collecting:
            self.collected.hand_to_start(carried, loop)
        for carried in flowing:
            if isinstance(carried.start, ast.Name) and carried.start.id in received.varied:
                killed = Carry(slot_of(carried), None, loop.key) in lines
                expr = received.part_for(carried.start.id, self._at_start(carried, killed))
                received.add(adjoint_of(carried.start.id), expr, loop.key)

    def _begin_again(self, types: Mapping[str, Type]) -> None:
        """Forget what a trip that was tried has made of the types of adjoints."""
        self.types.clear()
        self.types.update(types)

    def _trip(
        self, loop: Loop, flowing: list[Carried], before: set[str]
    ) -> tuple[list[Line], set[str]]:
        """One trip's lines, and the adjoints from outside that they add to."""
        received, seeds, inside = self.received, self.collected.seeds, self._inside(loop)
        for target in before:
            if self._is_outside(target, inside) and target not in seeds:
                self.types[target] = received.full(target) if target.startswith("d~") else FLOAT
        outer, received.lines = received.lines, []
        for carried in flowing:
            slot = slot_of(carried)
            self.types[slot] = handed_on(
                received.facts, as_num(self.types[carried.after]), received.lengths
            )
            received.targets.add(slot)
            self._pass_on(slot, carried.next)
        self.block(loop.body)
        outside = set()
        for line in walk_lines(received.lines):
            if isinstance(line, Contribution | Carry) and self._is_outside(line.target, inside):
                outside.add(line.target)
        for target in outside:
            self.types[target] = received.full(target)
        for carried in flowing:
            inner = adjoint_of(carried.inner)
            source = inner if inner in received.targets else None
            received.lines.append(Carry(slot_of(carried), source, loop.key))
        lines, received.lines = received.lines, outer
        return lines, outside

    def _at_start(self, carried: Carried, killed: bool) -> ast.expr:
        """The adjoint that the first trip leaves, as large as what there was at the start.

        Where the trips made an array of a number, or a number of an array, it is zeros; these are
        like what a trip leaves if trips make the value anew (`killed`).
        """
        adjoint, start = name(slot_of(carried)), carried.start
        assert isinstance(start, ast.Name)
        rank = self.received.type_of.rank(start)
        if as_num(self.types[carried.inner]).dims is not None:
            return adjoint
        if rank == 0:
            return call("sum", adjoint)
        both = ast.BinOp(call("zeros_like", start), ast.Add(), adjoint)
        if killed:
            return unbroadcast(self.received.context, both, start, both)
        return adjoint if rank is None else both

    def _inside(self, loop: Loop) -> Region:
        home = self.homes.get(loop.index or "", ())
        if loop.index is not None:
            return home
        first = next((c.inner for c in loop.carried if c.inner in self.homes), None)
        return self.homes[first] if first else ()

    def _is_outside(self, target: str, inside: Region) -> bool:
        """Whether an adjoint belongs to a value from outside of the loop."""
        if not target.startswith("d~"):
            return False
        return not is_within(self.homes.get(target[2:].rstrip("/"), ()), inside)

    def _follows(self, operand: str, gate: Gate) -> bool:
        """Whether an operand was introduced for this gate alone."""
        position = self.received.defined.get(operand)
        if position is None or not is_introduced(operand):
            return False
        maker = self.received.gates[position]
        if self.homes.get(operand) != self.homes.get(gate.targets[0]):
            return False  # a loop's trips read it, one after the other
        readers = sum(self.uses[target] for target in maker.targets)
        return maker.statement == gate.statement and readers == 1
