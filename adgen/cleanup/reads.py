"""Where the lines of a backward read and write what, in the order in which they run."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from adgen.ir import BackBranch, BackLoop, Carry, Contribution, Lines, blocks, names_in, walk_lines


@dataclass
class Reads:
    """Where each adjoint is read, and where a loop gives it a new value."""

    at: dict[str, list[int]] = field(default_factory=dict)
    renewed: dict[str, list[int]] = field(default_factory=dict)

    def note(self, adjoints: Iterable[str], position: int) -> None:
        for adjoint in adjoints:
            self.at.setdefault(adjoint, []).append(position)

    def is_read_after(self, adjoint: str, position: int, elsewhere: Sequence[range] = ()) -> bool:
        """Whether the value that an adjoint has at a position is read later.

        `elsewhere` are lines that are not on the way from there.
        """
        later = [r for r in self.at.get(adjoint, ()) if r > position]
        later = [r for r in later if not any(r in lines for lines in elsewhere)]
        if not later:
            return False
        return not any(position < r <= min(later) - 1 for r in self.renewed.get(adjoint, ()))


def reads_of(lines: Lines) -> Reads:
    """Every reading place; what a loop reads of outside, its next trip reads again."""
    found = Reads()
    _note_block(found, lines, 0)
    return found


def _note_block(found: Reads, block: Lines, position: int) -> int:
    """Note what the lines behind a position read; the position of the last of them."""
    for line in block:
        position += 1
        match line:
            case Contribution():
                found.note(names_in(line.expr), position)
                if line.index is not None:
                    found.note(names_in(line.index), position)
            case Carry():
                found.note([line.source] if line.source is not None else (), position)
                found.renewed.setdefault(line.target, []).append(position)
            case BackBranch():
                position = _note_block(found, line.then, position)
                position = _note_block(found, line.orelse, position)
            case BackLoop():
                position = _note_block(found, line.body, position)
                parts = list(walk_lines(line.body))
                own = {p.target for p in parts if isinstance(p, Contribution | Carry)}
                for inner in parts:
                    if isinstance(inner, Contribution):
                        found.note([n for n in names_in(inner.expr) if n not in own], position)
    return position


def written_in_loops(lines: Lines) -> set[str]:
    """The adjoints handed to loops whose trips write to single elements of them."""
    found: set[str] = set()
    for block in blocks(lines):
        for at, line in enumerate(block):
            if isinstance(line, BackLoop):
                written = _written_in(line.body)
                found |= {
                    p.source
                    for p in block[:at]
                    if isinstance(p, Carry) and p.gate == line.gate and p.source
                    and p.target in written
                }  # fmt: skip
    return found


def _written_in(body: Lines) -> set[str]:
    """The adjoints whose elements some lines write to, under this name or another."""
    every = list(walk_lines(body))
    found = {p.target for p in every if isinstance(p, Contribution) and p.index is not None}
    pairs = [(p.target, p.source) for p in every if isinstance(p, Carry) and p.source]
    pairs += [(p.target, p.expr.id) for p in every
              if isinstance(p, Contribution) and isinstance(p.expr, ast.Name)]  # fmt: skip
    while True:
        more = {n for pair in pairs if found & set(pair) for n in pair} - found
        if not more:
            return found
        found |= more
