"""Which adjoints are needed at the same time, and so cannot share a name."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Set

from adgen.caching import Pair
from adgen.ir import BackBranch, BackLoop, Step, Steps, is_adjoint, names_in
from adgen.paths import is_part


class Meetings:
    """Which adjoints are needed at the same time, and so cannot share a name.

    Only those are compared that could have the same name.
    """

    def __init__(self, pair: Pair, wanted: Callable[[str], str]) -> None:
        self.met: dict[str, set[str]] = defaultdict(set)
        self.order: dict[str, None] = {}
        self.seed = pair.seed
        self._note(pair.seed)
        self._order_of(pair.steps)
        self.rivals = _rivals({adjoint: wanted(adjoint) for adjoint in self.order})
        self._define(pair.seed, self._block(pair.steps, set(pair.results)), None)

    def meet(self, adjoint: str, others: Iterable[str]) -> bool:
        """Whether an adjoint is needed at the same time as one of others."""
        return not self.met[adjoint].isdisjoint(others)

    def _note(self, adjoint: str) -> None:
        self.order.setdefault(adjoint)

    def _order_of(self, steps: Steps) -> None:
        for step in steps:
            match step:
                case Step():
                    for target in filter(is_adjoint, (step.target, *step.more)):
                        self._note(target)
                case BackBranch():
                    self._order_of(step.then)
                    self._order_of(step.orelse)
                case BackLoop():
                    self._order_of(step.body)

    def _define(self, target: str, alive: set[str], source: str | None) -> None:
        met = (self.rivals[target] & alive) - {target, source}
        self.met[target] |= met
        for other in met:
            self.met[other].add(target)

    def _block(self, steps: Steps, alive: set[str]) -> set[str]:
        """What is needed before the steps, given what is needed behind them, which it uses up."""
        for step in reversed(steps):
            match step:
                case Step():
                    self._step(step, alive)
                case BackBranch():
                    then = self._block(step.then, set(alive))
                    alive = then | self._block(step.orelse, alive)
                case BackLoop():
                    inside = self._block(step.body, set(alive))
                    while True:
                        again = self._block(step.body, alive | inside)
                        if again <= inside:
                            break
                        inside |= again
                    alive = alive | inside
        return alive

    def _step(self, step: Step, alive: set[str]) -> None:
        read = {n for part in (step.expr, step.index) if part is not None
                for n in names_in(part) if is_adjoint(n)}  # fmt: skip
        read = {self.seed if is_part(n, (self.seed,)) else n for n in read}
        if not is_adjoint(step.target):
            alive.update(read)  # an array gets back what it was
            return
        whole = step.how == "=" and step.index is None
        copied = step.expr.id if whole and isinstance(step.expr, ast.Name) else None
        for target in (step.target, *step.more):
            self._define(target, alive, copied)
        if whole:
            alive.difference_update((step.target, *step.more))
        else:
            read.add(step.target)
        alive.update(read)


def _rivals(wanted: Mapping[str, str]) -> dict[str, set[str]]:
    """For each adjoint those that may end up with the same name: `dx` with a number is `dx0`,
    and `dp_` with a number what the adjoint of `p_0` is."""
    names = set(wanted.values())
    groups: dict[str, set[str]] = defaultdict(set)
    found = {}
    for adjoint, name in wanted.items():
        found[adjoint] = groups[_unnumbered(name, names)]
        found[adjoint].add(adjoint)
    return found


def _unnumbered(name: str, names: Set[str]) -> str:
    """The shortest of some names that numbers, one after the other, make a name of."""
    for shorter in (name.rstrip("0123456789"), name.rstrip("0123456789").rstrip("_")):
        if shorter != name and shorter in names:
            return _unnumbered(shorter, names)
    return name
