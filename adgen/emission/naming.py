"""Give every value a name that can be printed.

The author's values keep the author's names.  An introduced operand takes the
name of the value it feeds, numbered: `h0`.  An earlier value of a name that the
author used again, if it is still needed, is numbered the same way.  Adjoints are
`d` and the primal's name; where the author has a `dx`, ours is `d_x`.
"""

from __future__ import annotations

import ast
import keyword
from collections.abc import Iterable, Mapping

from adgen.caching import Pair
from adgen.ir import Effect, Gate, hint, is_introduced, leaf_of, names_in


def printed_names(pair: Pair) -> dict[str, str]:
    """A printable name for every value, adjoint and temporary of a pair."""
    return Namer(pair).run()


class Namer:
    def __init__(self, pair: Pair) -> None:
        self.pair = pair
        self.values = _values(pair)
        program = pair.staged.program
        authors = {hint(v) for v in self.values} | set(program.externals)
        self.author = authors
        self.taken = authors | {"cache", "np", "math"}
        self.names: dict[str, str] = {}
        self.numbers: dict[str, int] = {}

    def run(self) -> dict[str, str]:
        lasting = {residual.target for residual in self.pair.cache}
        for value in self.values:
            self.names[value] = self.value(value, lasting)
        for residual in self.pair.cache:
            if residual.target not in self.names:
                self.names[residual.target] = self.free(hint(residual.target))
        self.adjoints()
        return self.names

    def value(self, value: str, lasting: Iterable[str]) -> str:
        author = hint(value)
        if is_introduced(value) or self.is_hidden(value, lasting):
            return self.numbered(author)
        return author

    def is_hidden(self, value: str, lasting: Iterable[str]) -> bool:
        """Whether a value needs a name of its own, since the author's is used again."""
        author = hint(value)
        others = [v for v in self.values if hint(v) == author and not is_introduced(v)]
        if len(others) == 1:
            return False
        inputs = self.pair.staged.program.inputs
        if value in inputs:
            return False
        first = others[0]
        if first in inputs and self.overlaps(first, others, lasting):
            return True
        return value != others[-1] and self.overlaps(value, others, lasting)

    def overlaps(self, value: str, others: list[str], lasting: Iterable[str]) -> bool:
        """Whether a value is still needed after the author's name is bound again."""
        after = others[others.index(value) + 1 :]
        if not after:
            return False
        if value in lasting:
            return True
        bound = self._position(after[0])
        return any(
            value in _reads(stmt) for stmt in self.pair.forward[bound + 1 :]
        )

    def _position(self, value: str) -> int:
        for position, gate in enumerate(self.pair.forward):
            if isinstance(gate, Gate) and value in gate.targets:
                return position
        return -1

    def numbered(self, author: str) -> str:
        number = self.numbers.get(author, 0)
        while f"{author}{number}" in self.taken:
            number += 1
        self.numbers[author] = number + 1
        self.taken.add(f"{author}{number}")
        return f"{author}{number}"

    def free(self, wanted: str) -> str:
        found = wanted
        number = 0
        while found in self.taken or keyword.iskeyword(found):
            found = f"{wanted}{number}"
            number += 1
        self.taken.add(found)
        return found

    # -- adjoints ---------------------------------------------------------------

    def adjoints(self) -> None:
        """`d` and the primal's name; two adjoints share a name if they never meet."""
        lives = _lives(self.pair)
        holders: dict[str, list[str]] = {}
        for adjoint in lives:
            wanted = self.wanted(adjoint)
            for candidate in _candidates(wanted):
                if candidate in self.taken and candidate not in holders:
                    continue
                if all(_apart(lives[adjoint], lives[o]) for o in holders.get(candidate, ())):
                    holders.setdefault(candidate, []).append(adjoint)
                    self.names[adjoint] = candidate
                    break

    def wanted(self, adjoint: str) -> str:
        if not adjoint.startswith("d:"):
            return hint(adjoint)
        value = adjoint[2:]
        base, indices = leaf_of(value)
        stem = self.names.get(base) or hint(base)
        stem += "_".join(str(i) for i in indices)
        plain = f"d{stem}"
        return f"d_{stem}" if plain in self.author else plain


def _candidates(wanted: str) -> Iterable[str]:
    yield wanted
    number = 0
    while True:
        yield f"{wanted}{number}" if not wanted[-1:].isdigit() else f"{wanted}_{number}"
        number += 1


Life = tuple[int, int]


def _lives(pair: Pair) -> dict[str, Life]:
    """From which step to which each adjoint is needed; -1 is before the first."""
    first: dict[str, int] = {pair.seed: -1}
    last: dict[str, int] = {pair.seed: -1}
    for at, step in enumerate(pair.steps):
        for part in (step.expr, step.index):
            for read in names_in(part) if part is not None else ():
                if read.startswith("d:") or ":r" in read:
                    last[read] = at
        first.setdefault(step.target, at)
        last[step.target] = max(last.get(step.target, at), at)
    for result in pair.results:
        last[result] = len(pair.steps)
    return {adjoint: (first[adjoint], last[adjoint]) for adjoint in first}


def _apart(a: Life, b: Life) -> bool:
    """Whether one is read for the last time no later than the other is first bound."""
    return a[1] <= b[0] or b[1] <= a[0]


def _values(pair: Pair) -> list[str]:
    """The forward's values in order of definition."""
    values = list(pair.staged.program.inputs)
    for gate in pair.forward:
        if isinstance(gate, Gate):
            values += gate.targets
    return values


def _reads(stmt: Gate | Effect) -> set[str]:
    node: ast.AST = stmt.expr if isinstance(stmt, Gate) else stmt.node
    return set(names_in(node))


def module_names(externals: Mapping[str, object], module: object, otherwise: str) -> str:
    """The author's own name for a module."""
    return next((n for n, value in externals.items() if value is module), otherwise)
