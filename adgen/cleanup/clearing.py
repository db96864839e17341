"""Adjoints of elements that are written once need not be cleared.

The rule for a write takes the adjoint of what it has written out of an array, and clears it
there: before the write, something else was in that place.  In: folded lines.  Out: the same
without the clearing where nothing reads these elements on the way back from there, and, where
nothing changes the array at all any more, without the copies of what is taken out.

    for i in reversed(range(n)):                  for i in reversed(range(n)):
        dt = dy[i].copy()                             dx[i] += 2 * dy[i]
        dy[i] = 0.0
        dx[i] += 2 * dt
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Collection, Iterator

from adgen.algebra import Rewriter
from adgen.analysis.accesses import Access, Accesses
from adgen.ir import (
    BackBranch,
    BackLoop,
    Carry,
    Contribution,
    Line,
    Lines,
    Program,
    adjoint_of,
    altered,
    dumped,
    name,
    names_in,
    nodes_in,
    primal_of,
    walk_lines,
)
from adgen.rules.settle.spelling import without_copy
from adgen.types import Type


def without_clearing(
    lines: Lines,
    program: Program,
    results: Collection[str],
    type_of: Callable[[ast.expr], Type],
) -> Lines:
    """Lines without the clearing of adjoints that nothing reads again."""
    accesses = Accesses(program, type_of)
    cleared = [primal_of(line.target) for line in walk_lines(lines)
               if isinstance(line, Contribution) and line.clears]  # fmt: skip
    for array in dict.fromkeys(program.firsts.get(value, value) for value in cleared):
        change = Unread(array, lines, accesses, results)
        if change.may_stay() or change.may_be_left():
            lines = change.block(lines)
    return lines


class Unread:
    """The adjoint of one array, under the names of all the values that the array takes."""

    def __init__(
        self, array: str, lines: Lines, accesses: Accesses, results: Collection[str]
    ) -> None:
        program = accesses.program
        values = [array, *(v for v, first in program.firsts.items() if first == array)]
        self.names = {adjoint_of(v) for v in values}
        self.names |= {f"{adjoint}/" for adjoint in self.names}
        self.accesses = accesses
        self.home = program.homes.get(array, ())
        self.is_result = bool(self.names.intersection(results))
        every = list(walk_lines(lines))
        self.clearing = {
            line.gate: line
            for line in every
            if isinstance(line, Contribution) and line.clears and line.target in self.names
        }
        self.every = every
        self.own = [line for line in every if _target(line) in self.names]
        self.readers = [line for line in every if _target(line) not in self.names
                        and self.names.intersection(_read_by(line))]  # fmt: skip
        # what is left where it is need not be put back: the lines that would
        self.put_back: list[Line] = []

    def may_stay(self) -> bool:
        """Whether no line reads an element that would have been cleared before."""
        if not self.clearing or self.is_result or not all(map(self._hands_on, self.own)):
            return False
        return all(self._is_early(line) or self._reads_apart(line) for line in self.readers)

    def may_be_left(self) -> bool:
        """Whether all that is taken out is put back into the one adjoint that gets the array in
        the end, as it is for `new = u.copy()` and then `new[i] = u[i] + ...`."""
        whole = [line for line in self.readers if self._is_whole(line)]
        if len(whole) != 1 or not self.clearing or self.is_result:
            return False
        target, end = _target(whole[0]), self._place(whole[0])
        read = [at for at, line in enumerate(self.every) if target in _read_by(line)]
        found = [self._put_back(line, target) for line in self.clearing.values()]
        if None in found or any(at < end for at in read):
            return False
        if not all(map(self._hands_on, self.own)):
            return False
        taken = [line for line in self.readers if line is not whole[0]]
        if not all(self._is_early(line) or self._reads_apart(line) for line in taken):
            return False
        self.put_back = [line for line in found if line is not None]
        return True

    def _is_whole(self, line: Line) -> bool:
        """Whether a line hands all of the adjoint on, once all clearing is over."""
        if not isinstance(line, Contribution) or line.index is not None or line.steady:
            return False
        if not isinstance(line.expr, ast.Name) or line.gate not in self.accesses.gates:
            return False
        _, region, order = self.accesses.gates[line.gate]
        late = all(order < self.accesses.order[key] for key in self.clearing)
        return late and region == self.home

    def _put_back(self, cleared: Contribution, target: str) -> Contribution | None:
        """The line right behind a clearing that adds what was there to another adjoint."""
        at = self._place(cleared)
        taken = [
            line.target
            for line in self.every[:at]
            if isinstance(line, Contribution)
            and line.gate == cleared.gate
            and self._is_just(line.expr, cleared.index)
        ]
        behind = self.every[at + 1] if at + 1 < len(self.every) else None
        if not isinstance(behind, Contribution) or behind.target != target or behind.repeats:
            return None
        same = behind.index is not None and dumped(behind.index) == dumped(cleared.index)
        back = isinstance(behind.expr, ast.Name) and [behind.expr.id] == taken
        return behind if same and back else None

    def _is_just(self, node: ast.expr, index: ast.expr | None) -> bool:
        """Whether an expression is the elements of the adjoint at an index, and nothing else."""
        match without_copy(node):
            case ast.Subscript(value=ast.Name(id=read), slice=place):
                return read in self.names and dumped(place) == dumped(index)
        return False

    def _place(self, line: Line) -> int:
        return next(at for at, other in enumerate(self.every) if other is line)

    def _hands_on(self, line: Line) -> bool:
        """Whether a line leaves each element in its place, or gives what is new."""
        if not isinstance(line, Contribution):
            return True
        return isinstance(line.expr, ast.Name) or not self.names.intersection(names_in(line.expr))

    def _is_early(self, line: Line) -> bool:
        """Whether a line stands before all clearing, on the way back."""
        at = self.accesses.order.get(getattr(line, "gate", -1))
        return at is not None and all(self._end(gate) < at for gate in self.clearing)

    def _end(self, key: int) -> int:
        """Where the loop or branch ends that a gate is in, the outermost of those that the array
        is made outside of."""
        _, region, order = self.accesses.gates[key]
        inside = region[len(self.home) :]
        return self.accesses.ends[inside[0][1]] if inside else order

    def _reads_apart(self, line: Line) -> bool:
        """Whether what a line reads was not cleared by the writes that are undone before."""
        reads = list(self._reads(line))
        written = [self.accesses.write(self.accesses.gates[key][0]) for key in self.clearing]
        return None not in reads and not any(
            self.accesses.may_follow(read, write, self.home)
            for read in reads
            if read is not None
            for write in written
        )

    def _reads(self, line: Line) -> Iterator[Access | None]:
        """The elements of the adjoint that a line reads; None for what cannot be told."""
        gate = self.accesses.gates.get(getattr(line, "gate", -1))
        if gate is None or not isinstance(line, Contribution):
            yield None
            return
        places = [
            ast.Subscript(name(primal_of(node.value.id)), node.slice, ast.Load())
            for node in nodes_in(line.expr)
            if isinstance(node, ast.Subscript)
            and isinstance(node.value, ast.Name)
            and node.value.id in self.names
        ]
        if len(places) < sum(n in self.names for n in _read_by(line)):
            yield None
        for place in places:
            yield self.accesses.elements(gate[0], place)

    # -- the new lines ------------------------------------------------------------------------

    def block(self, lines: Lines) -> Lines:
        finished = self._is_finished()
        kept: list[Line] = []
        for line in lines:
            if isinstance(line, BackBranch):
                line = altered(line, then=self.block(line.then), orelse=self.block(line.orelse))
            elif isinstance(line, BackLoop):
                line = altered(line, body=self.block(line.body))
            elif isinstance(line, Contribution):
                if line.clears and line.target in self.names:
                    continue
                if any(line is left for left in self.put_back):
                    continue
                if finished and any(line is reader for reader in self.readers):
                    line = altered(line, expr=Uncopied().visit(line.expr), steady=False)
                elif line.gate in self.clearing and line.target in self.names:
                    line = altered(line, steady=False)
            kept.append(line)
        return tuple(kept)

    def _is_finished(self) -> bool:
        """Whether nothing is added to the adjoint once something has been taken out."""
        return all(
            self._is_early(line)
            for line in self.own
            if isinstance(line, Contribution)
            and not line.clears
            and not (isinstance(line.expr, ast.Name) and line.expr.id in self.names)
        )


class Uncopied(Rewriter):
    """Takes what is only read where it stands, without a copy."""

    def visit_Call(self, node: ast.Call) -> ast.expr:
        node = self.generic_visit(node)
        return without_copy(node)


def _target(line: Line) -> str:
    return line.target if isinstance(line, Contribution | Carry) else ""


def _read_by(line: Line) -> Iterator[str]:
    match line:
        case Contribution():
            yield from names_in(line.expr)
            yield from names_in(line.index) if line.index is not None else ()
        case Carry(source=str() as source):
            yield source
        case BackBranch():
            yield from names_in(line.branch.test)
