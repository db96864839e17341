"""What each adjoint has received so far, and the lines that say so.

The walk over the program, the rules of its gates and the stacks all add to this
one account.  Branches and loops set `lines` and `targets` aside while they try one
side or one trip.
"""

from __future__ import annotations

import ast

from adgen.analysis.activity import varied_values
from adgen.analysis.expressions import Lengths, TypeOf, joined
from adgen.analysis.infinities import infinite_values
from adgen.ir import Contribution, Gate, Line, Staged
from adgen.rules.lookup import Catalogue
from adgen.rules.settle import Context
from adgen.rules.settle.complexes import part_for
from adgen.rules.settle.masks import Mask
from adgen.rules.shapes import as_num
from adgen.types import FLOAT, Num, Type

# lines, by the operand that they are for; None for the intermediate results of a rule
Made = list[tuple[str | None, list[Contribution]]]


class Received:
    def __init__(self, staged: Staged, catalogue: Catalogue) -> None:
        self.program = staged.program
        self.facts = staged.facts
        self.catalogue = catalogue
        self.types: dict[str, Type] = dict(staged.types)
        self.type_of = TypeOf(self.types, staged.facts, catalogue, self.program.externals)
        self.lengths = Lengths.of(self.types)
        self.gates = dict(self.program.gates())
        self.defined = {t: key for key, gate in self.gates.items() for t in gate.targets}
        self.homes = self.program.homes
        infinite = infinite_values(self.program, self.types, self.type_of.resolve)
        self.context = Context(staged.facts, self.type_of, self._definition, infinite)
        self.varied = varied_values(self.program, self.types)
        self.lines: list[Line] = []
        self.targets: set[str] = set()
        # adjoints that are 0 where the value was not chosen
        self.masks: dict[str, Mask] = {}

    def _definition(self, value: str) -> Gate | None:
        key = self.defined.get(value)
        return None if key is None else self.gates[key]

    def is_varied(self, source: ast.expr | None) -> bool:
        """Whether this is a value that adjoints flow to."""
        return isinstance(source, ast.Name) and source.id in self.varied

    def note(self, target: str, found: Num) -> None:
        """An adjoint receives something of this type."""
        self.masks.pop(target, None)
        primal = self.types.get(target[2:])
        if found.dims is None and isinstance(primal, Num) and primal.dims is not None:
            found = found.with_dims(primal.dims)  # helpers give adjoints as large as their primals
        if target in self.targets:
            before = self.types[target]
            assert isinstance(before, Num)
            found = joined(self.facts, before, found)
        self.types[target] = found
        self.targets.add(target)

    def add(self, target: str, expr: ast.expr, gate: int) -> None:
        """One more line, whose type is that of its expression."""
        self.note(target, as_num(self.type_of(expr)))
        self.lines.append(Contribution(target, expr, gate))

    def part_for(self, value: str, adjoint: ast.expr) -> ast.expr:
        """The adjoint of a value that was another under a new name."""
        return part_for(self.context, adjoint, self.types[value], lambda: True)

    def full(self, target: str) -> Type:
        """The type of an adjoint with an element for each of its primal's."""
        primal = self.types.get(target[2:].rstrip("/"))
        return self.lengths.whole_adjoint(primal) if isinstance(primal, Num) else FLOAT
