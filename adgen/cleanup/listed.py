"""Adjoints of lists that a loop makes one number after the other, made at once.

In: the steps of a finished backward.  Out: the same, where a loop does nothing but give each
element of some lists its only share:

    dws = [0.0] * len(ws)                          dws = [x * dz for x in xs]
    for at in reversed(range(len(ws))):
        dws[at] += xs[at] * dz
"""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from adgen.algebra import Rewriter, negate
from adgen.analysis.expressions import TypeOf
from adgen.cleanup.effects import every, handed_on, may_end_early, reads_of
from adgen.ir import (
    BackBranch,
    BackLoop,
    Gate,
    Loop,
    Nested,
    Region,
    Step,
    Steps,
    altered,
    dumped,
    hint,
    is_adjoint,
    is_within,
    name,
    names_in,
    nodes_in,
    primal_of,
    substitute,
)
from adgen.rules.settle.adjoints import is_list_of_zeros
from adgen.types import Dim, ListOf

Made = list[Nested[Step]]


def listed(steps: Steps, type_of: TypeOf, homes: Mapping[str, Region]) -> Steps:
    """The steps, with lists in the place of loops where they may be."""
    made: Made = []
    for step in steps:
        match step:
            case BackBranch():
                then, orelse = (listed(s, type_of, homes) for s in (step.then, step.orelse))
                made.append(altered(step, then=then, orelse=orelse))
            case BackLoop():
                step = altered(step, body=listed(step.body, type_of, homes))
                if not AtOnce(made, step, type_of, homes).put():
                    made.append(step)
            case _:
                made.append(step)
    return tuple(made)


class AtOnce(NamedTuple):
    """A loop on the way back, and the steps before it."""

    before: Made
    step: BackLoop[Step]
    type_of: TypeOf
    homes: Mapping[str, Region]

    def put(self) -> bool:
        """Put lists behind the steps before, if that is all that the loop does."""
        loop = self.step.loop
        body = [s for s in self.step.body if isinstance(s, Step)]
        count = self._count(loop)
        if len(body) < len(self.step.body) or count is None:
            return False
        still = handed_on(self.before, body)
        shares = [s for s in body if s.target not in still]
        begun = [self._begun(s.target) for s in shares]
        targets = {s.target for s in shares}
        if not shares or len(targets) < len(shares) or None in begun:
            return False
        made = [self._list(s, still, count) for s in shares]
        if any(m is None or targets & set(reads_of(m)) for m in made):
            return False
        self.before[:] = [s for s in self.before if not any(s is b for b in begun)]
        self.before.extend(m for m in made if m is not None)
        return True

    def _count(self, loop: Loop) -> Dim | None:
        """The number of trips, where that is the length of a list and the index counts them."""
        if loop.index is None or may_end_early(loop):
            return None
        match loop.over:
            case ast.Call(
                func=ast.Name(id="range"),
                args=[ast.Call(func=ast.Name(id="len"), args=[ast.Name(id=value)])],
            ):
                return self._length(value)
        return None

    def _length(self, value: str) -> Dim | None:
        type_ = self.type_of.types.get(value)
        return type_.dims[0] if isinstance(type_, ListOf) and type_.dims else None

    def _begun(self, target: str) -> Step | None:
        """The step that begins a list as zeros, if nothing else is done with it before."""
        mine = [s for s in every(tuple(self.before)) if target in (s.target, *s.more, *reads_of(s))]
        if len(mine) != 1 or not any(s is mine[0] for s in self.before):
            return None
        whole = mine[0].how == "=" and mine[0].index is None
        return mine[0] if whole and is_list_of_zeros(mine[0].expr) else None

    def _list(self, step: Step, still: Mapping[str, str], count: Dim) -> Step | None:
        """The list of what a step gives to the elements."""
        index = self.step.loop.index
        at_index = isinstance(step.index, ast.Name) and step.index.id == index
        if step.how not in ("=", "+=", "-=") or not at_index:
            return None
        primal = primal_of(step.target)
        if self._length(primal) != count:
            return None
        table: dict[str, ast.expr] = {t: name(source) for t, source in still.items()}
        share = substitute(step.expr, table)
        share = negate(share) if step.how == "-=" else share
        inside = self.homes[index] if index is not None else ()
        for value in set(names_in(share)) - {index}:
            if not is_adjoint(value) and is_within(self.homes.get(value, ()), inside):
                return None  # only a tape would tell
        gate = next(iter(self._readers(step.gate)), step.gate)
        return Step(step.target, "=", self._comprehension(share, count), gate)

    def _readers(self, key: int) -> list[int]:
        """The gates of the loop that read what a gate of it makes."""
        gates = [s for s in self.step.loop.body if isinstance(s, Gate)]
        made = {t for gate in gates if gate.key == key for t in gate.targets}
        return [gate.key for gate in gates if made & set(names_in(gate.expr))]

    def _comprehension(self, share: ast.expr, count: Dim) -> ast.expr:
        """The list of shares; it runs over lists where the index is read for nothing else."""
        loop = self.step.loop
        assert loop.index is not None
        elements = self._elements(share, count)
        known_as = [variable for _, variable in elements.values()]
        made = Elements({said: v for said, (_, v) in elements.items()}).visit(share)
        taken = {hint(n.removeprefix("d~")) for n in names_in(share)}
        clear = taken.isdisjoint(known_as) and len({*known_as}) == len(known_as)
        if not elements or not clear or loop.index in names_in(made):
            variable = hint(loop.index)
            made = substitute(share, {loop.index: name(variable)})
            return comprehension(made, [variable], loop.over)
        lists: list[ast.expr] = [owner for owner, _ in elements.values()]
        over = ast.Call(name("zip"), lists, []) if len(lists) > 1 else lists[0]
        return comprehension(made, known_as, over)

    def _elements(self, share: ast.expr, count: Dim) -> dict[str, tuple[ast.Name, str]]:
        """The elements of lists that a share reads: the list of each, and the author's name."""
        loop = self.step.loop
        gates = (s for s in loop.body if isinstance(s, Gate) and s.place is None)
        named = {dumped(gate.expr): hint(gate.targets[0]) for gate in gates}
        found = {}
        for node in nodes_in(share):
            match node:
                case ast.Subscript(value=ast.Name(id=owner), slice=ast.Name(id=index)):
                    said = dumped(node)
                    if index == loop.index and self._length(owner) == count and said in named:
                        found[said] = (name(owner), named[said])
        return found


class Elements(Rewriter):
    """Puts variables in the places of elements."""

    def __init__(self, known_as: Mapping[str, str]) -> None:
        self.known_as = known_as

    def visit_Subscript(self, node: ast.Subscript) -> ast.expr:
        known_as = self.known_as.get(dumped(node))
        return name(known_as) if known_as is not None else self.generic_visit(node)


def comprehension(element: ast.expr, variables: Sequence[str], over: ast.expr) -> ast.expr:
    """`[element for variables in over]`."""
    names: list[ast.expr] = [ast.Name(v, ast.Store()) for v in variables]
    target = names[0] if len(names) == 1 else ast.Tuple(names, ast.Store())
    return ast.ListComp(element, [ast.comprehension(target, over, [], 0)])
