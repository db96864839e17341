"""What a loop's trips leave behind is made once more on the way back, where that costs little.

In: the lines of a backward.  Out: the same lines, reading values that are made again.

    for k in range(n):                         for k in reversed(range(n)):
        d = u[k + 1] - u[k]                        d = u[k + 1] - u[k]
        total += c[k] * d**2                       dc[k] += d**2 * dtotal
        tape.append((k, d))                        dd = (2 * d) * (c[k] * dtotal)

An array is made again by one operation on what is kept anyway, or by copying elements of it;
numbers, and views of arrays, where a trip then leaves nothing behind, so that there is no tape.
"""

from __future__ import annotations

import ast
from collections import Counter
from types import ModuleType
from typing import NamedTuple

from adgen.caching.lines import put, substituted
from adgen.caching.reads import read_in_full
from adgen.caching.rewriting import Restored
from adgen.ir import (
    FIRST,
    BackBranch,
    BackLoop,
    Contribution,
    Gate,
    Lines,
    Loop,
    Mark,
    Region,
    Staged,
    is_within,
    name,
    names_in,
    once_more,
    substitute,
    walk,
)
from adgen.rules.settle import Context
from adgen.rules.settle.indices import is_view
from adgen.types import ListOf, Num

# a number that takes more operations is kept
MOST = 5


class Recipe(NamedTuple):
    """How a value is made again: of what is kept (`needs`), or had without a tape."""

    expr: ast.expr
    needs: frozenset[str]
    # operations on numbers, and on arrays, and how often elements may be copied to other places
    numbers: int = 0
    arrays: int = 0
    copies: int = 0

    @property
    def is_view(self) -> bool:
        """Whether it is a look at a part of an array."""
        return not (self.numbers or self.arrays or self.copies)


def remade(found: Restored, context: Context) -> Restored:
    """Lines that make again what costs little, and the types of what they make."""
    every = [*walk(found.staged.program.body)]
    if not any(isinstance(stmt, Loop) for stmt in every):
        return found
    if any(isinstance(stmt, Mark) for stmt in every):
        return found  # what stands in a `with` or `try` means something else outside of it
    return Remaking(found.staged, found.lines, context).run()


class Remaking:
    def __init__(self, staged: Staged, lines: Lines, context: Context) -> None:
        self.staged = staged
        self.lines = lines
        self.context = context
        gates = [gate for _, gate in staged.program.gates()]
        self.gates = {gate.targets[0]: gate for gate in gates if len(gate.targets) == 1}
        self.homes = staged.program.homes
        self.indices = {s.index for s in walk(staged.program.body) if isinstance(s, Loop)}
        program = staged.program
        self.written = {*program.overwritten, *program.pinned, *program.memory, *program.unnamed}
        # where lines read values, and what is read by what is not a line
        self.spots: dict[str, list[Region]] = {}
        self.fixed: set[str] = set()
        # the regions in which the way back asks which side was taken
        self.branching: set[Region] = set()
        self._look(lines, ())
        self.chosen: dict[str, Recipe] = {}
        self.recipes: dict[str, Recipe | None] = {}

    def _look(self, lines: Lines, region: Region) -> None:
        for line in lines:
            match line:
                case Contribution():
                    for part in (line.expr, line.index):
                        for value in read_in_full(part) if part is not None else ():
                            self.spots.setdefault(value, []).append(region)
                            if line.parts:
                                self.fixed.add(value)
                case BackBranch():
                    self.fixed.update(names_in(line.branch.test))
                    self.branching.add(region)
                    self._look(line.then, (*region, ("then", line.branch.key)))
                    self._look(line.orelse, (*region, ("else", line.branch.key)))
                case BackLoop():
                    self.fixed.update(names_in(line.loop.over))
                    self._look(line.body, (*region, ("loop", line.loop.key)))

    def run(self) -> Restored:
        self._choose_arrays()
        self._choose_numbers_and_views()
        order = [value for value in self.gates if value in self.chosen]
        spots = {v: [*self.spots[v]] for v in order}
        for value in order:
            for read in names_in(self.chosen[value].expr):
                spots.get(read, []).append(self.homes[value])
        table: dict[str, ast.expr] = {}
        made: list[tuple[Region, Contribution]] = []
        for value in order:
            expr, home = substitute(self.chosen[value].expr, table), self.homes[value]
            if self.chosen[value].is_view or spots[value] == [home]:
                table[value] = expr
            else:
                table[value] = name(once_more(value))
                made.append((home, Contribution(once_more(value), expr, FIRST, again=True)))
        lines = substituted(self.lines, table, self.context)
        for home, line in reversed(made):
            lines = put(lines, home, line)
        types = {once_more(value): self.staged.types[value] for value in order}
        return Restored(self.staged, lines, types)

    # -- what is made again ------------------------------------------------------------

    def _choose_arrays(self) -> None:
        """From the last to the first: what an array is made of has to stay."""
        stay: set[str] = set()
        for value in reversed(self.gates):
            if value in stay or value not in self.spots or not self._is_array(value):
                continue
            recipe = self.recipe(value)
            if recipe is None or recipe.numbers > MOST or recipe.needs & self.chosen.keys():
                continue
            often = len(self.spots[value]) > 1
            if recipe.arrays + recipe.copies == 1 and not (recipe.copies and often):
                self.chosen[value] = recipe
                stay |= recipe.needs

    def _choose_numbers_and_views(self) -> None:
        """Those of trips that leave nothing behind then."""
        stay = {need for recipe in self.chosen.values() for need in recipe.needs}
        left: dict[Region, list[str]] = {}
        for value in self.spots:
            if value not in self.chosen and value not in self.indices:
                left.setdefault(self.homes.get(value, ()), []).append(value)
        keeping: list[Region] = []
        for region, values in sorted(left.items(), key=lambda item: -len(item[0])):
            recipes = {v: self.recipe(v) for v in values if v not in stay}
            few = {v: r for v, r in recipes.items()
                   if r and not (r.arrays or r.copies) and r.numbers <= MOST}  # fmt: skip
            inner = any(is_within(kept, region) for kept in keeping)
            if inner or region in self.branching or len(few) < len(values):
                keeping.append(region)
            else:
                self.chosen |= few

    def recipe(self, value: str) -> Recipe | None:
        """How a value of a trip is made again, if what it is made of is at hand."""
        if value not in self.recipes:
            self.recipes[value] = None
            self.recipes[value] = self._recipe(value)
        return self.recipes[value]

    def _recipe(self, value: str) -> Recipe | None:
        gate, home = self.gates.get(value), self.homes.get(value, ())
        if gate is None or not home or home[-1][0] != "loop" or not self._is_plain(gate):
            return None
        moves = gate.op.general.moves
        array = self._is_array(value)
        numbers, arrays = int(not array), int(array and not moves)
        copies = int(array and moves and not self._is_view(gate))
        needs: set[str] = set()
        table: dict[str, ast.expr] = {}
        for operand, count in Counter(names_in(gate.expr)).items():
            if self.is_at_hand(operand):
                continue
            if operand in self.spots:
                needs.add(operand)
                continue
            inner = self.recipe(operand)
            if inner is None:
                return None
            table[operand] = inner.expr
            needs |= inner.needs
            numbers += count * inner.numbers
            arrays += count * inner.arrays
            copies += count * inner.copies
        expr = substitute(gate.expr, table)
        return Recipe(expr, frozenset(needs), numbers, arrays, copies)

    # -- what is known of values ---------------------------------------------------------

    def is_at_hand(self, value: str) -> bool:
        """Whether the way back has a value without a tape, as it was."""
        if ":" not in value:
            meant = self.staged.program.externals.get(value)
            return value.startswith("@") or isinstance(meant, int | float | ModuleType)
        if value in self.indices:
            return True
        if value in self.written or any(kind == "loop" for kind, _ in self.homes.get(value, ())):
            return False
        if isinstance(self.staged.types.get(value), ListOf):
            return value in self.staged.program.inputs
        return value in self.staged.program.inputs or value in self.spots or self._is_number(value)

    def _is_plain(self, gate: Gate) -> bool:
        """Whether a gate is an operator, or reads elements, and nothing writes to what it gives."""
        value = gate.targets[0]
        if gate.op is None or gate.place is not None or gate.effect or gate.virtual or gate.saves:
            return False
        if value in self.fixed or value in self.written:
            return False
        operator = gate.op.kind == "elementwise" and isinstance(gate.expr, ast.BinOp | ast.UnaryOp)
        known = self._is_array(value) or self._is_number(value)
        return known and (operator or gate.op.general.moves)

    def _is_view(self, gate: Gate) -> bool:
        return is_view(self.context, gate) and gate.op.general.aliases in ("", "index")

    def _is_array(self, value: str) -> bool:
        type_ = self.staged.types.get(value)
        return isinstance(type_, Num) and not isinstance(type_, ListOf) and bool(type_.dims)

    def _is_number(self, value: str) -> bool:
        type_ = self.staged.types.get(value)
        return isinstance(type_, Num) and not isinstance(type_, ListOf) and type_.dims == ()
