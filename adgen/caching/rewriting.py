"""Arrays that the way back puts into their earlier states, write by write.

In: the lines of a backward, which mention elements of arrays that were written to later.
Out: the same lines reading the arrays themselves, each write undone before the lines of
its statement, and a forward that keeps the one value that each of these writes destroys.

    for i in range(1, n):                      for i in reversed(range(1, n)):
        u0 = u[i]                                  u[i] = u0
        u[i] += c * u[i - 1] * u[i]                ... c * u[i - 1] ...

It is done where less is kept than without; `restoring` tells what may be.
"""

from __future__ import annotations

import ast
import math
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import NamedTuple

from adgen.analysis.accesses import Accesses
from adgen.analysis.expressions import TypeOf
from adgen.caching.lines import expressions, put, substituted
from adgen.caching.restoring import Choice, Copy, Form, Restoring, Spot
from adgen.ir import (
    FIRST,
    BackBranch,
    BackLoop,
    Block,
    Branch,
    Contribution,
    Gate,
    Lines,
    Loop,
    Region,
    Restore,
    Staged,
    Stmt,
    altered,
    dumped,
    hint,
    is_introduced,
    name,
    names_in,
    once_more,
)
from adgen.rules.settle import Context
from adgen.types import Num, Type

Numbered = Callable[[Staged, Lines], Mapping[int, int]]


class Restored(NamedTuple):
    """A program that keeps what writes destroy, and lines that put it back."""

    staged: Staged
    lines: Lines
    types: Mapping[str, Type]


def restored(
    staged: Staged,
    lines: Lines,
    context: Context,
    type_of: TypeOf,
    cheap: Mapping[str, ast.expr],
    numbered: Numbered,
) -> Restored:
    """The program and lines, with arrays put into their earlier states where that keeps less.

    `cheap` are values that are had again in any case. `numbered` tells the statement that
    each gate becomes part of; that depends on what is mentioned, so what has been chosen is
    held against the order that it leads to.
    """
    if not staged.program.memory:
        return Restored(staged, lines, {})
    lines = substituted(lines, _read_twice(staged, lines, type_of), context)
    restoring = Restoring(staged, lines, context, type_of, cheap, numbered(staged, lines))
    before = Restored(restoring.staged, lines, {})
    for choice in restoring.choices():
        if not choice.again:
            break
        made = Rewriting(restoring, choice).run()
        again = restoring.renumbered(numbered(made.staged, made.lines))
        if again.stands(choice):
            return Rewriting(again, choice).run()
    return before


def _read_twice(staged: Staged, lines: Lines, type_of: TypeOf) -> dict[str, ast.expr]:
    """Elements that a statement reads several times: the first of them is all of them."""
    accesses = Accesses(staged.program, type_of)
    mentioned = {v for part in expressions(lines) for v in names_in(part)}
    firsts: dict[tuple[Region, str], str] = {}
    found: dict[str, ast.expr] = {}
    for gate, region, _ in accesses.gates.values():
        target = gate.targets[0]
        if gate.virtual or not is_introduced(target) or target not in mentioned:
            continue
        if accesses.read(gate) is not None:
            first = firsts.setdefault((region, dumped(gate.expr)), target)
            if first != target:
                found[target] = name(first)
    return found


class Rewriting:
    """Carries a choice out."""

    def __init__(self, restoring: Restoring, choice: Choice) -> None:
        self.restoring = restoring
        self.choice = choice
        self.staged = restoring.staged
        self.saved = {gate.key: self.save(gate) for gate in choice.undone}
        copies = {form.copy for form in choice.again.values() if form.copy is not None}
        self.copies = [self.copy(c) for c in sorted(copies, key=lambda c: c.value)]
        kept = {
            self.saved[gate.key].targets[0]: restoring.type_of(gate.place)
            for gate in choice.undone
            if gate.place is not None
        }
        kept |= {c.value: self.staged.types[c.source] for c in copies}
        self.types: dict[str, Type] = {once_more(v): t for v, t in self.staged.types.items()} | kept
        types, known = {**restoring.type_of.types, **self.types}, restoring.type_of
        type_of = TypeOf(types, known.facts, known.catalogue, known.externals)
        self.context = replace(restoring.context, type_of=type_of)

    def run(self) -> Restored:
        lines = self.lines(self.restoring.lines)
        for gate in self.choice.undone:
            lines = put(lines, self.restoring.region_of(gate), self.restore(gate))
        body = _with_saved(self.staged.program.body, self.saved)
        for loop, gate in self.copies:
            at = next(i for i, stmt in enumerate(body) if stmt.key == loop)
            body = (*body[: at + 1], gate, *body[at + 1 :])
        program = replace(self.staged.program, body=body)
        gates = [*self.saved.values(), *(gate for _, gate in self.copies)]
        kept = {g.targets[0]: self.types[g.targets[0]] for g in gates}
        staged = replace(self.staged, program=program, types={**self.staged.types, **kept})
        return Restored(staged, lines, self.types)

    # -- the forward -----------------------------------------------------------------------

    def save(self, gate: Gate) -> Gate:
        """What stands before a write: `u0 = u[i]`."""
        assert gate.place is not None
        type_ = self.restoring.type_of(gate.place)
        expr = _own(gate.place, type_)
        key = max(self.restoring.accesses.order) + gate.key
        value = f"{hint(gate.targets[0])}:t{gate.key}s"
        return Gate((value,), None, {}, expr, gate.span, gate.statement, key, saves=True)

    def copy(self, copy: Copy) -> tuple[int, Gate]:
        """A loop, and what stands behind it: `x0 = x.copy()`."""
        expr = _own(name(copy.source), self.staged.types[copy.source])
        key = max(self.restoring.accesses.order) + copy.loop
        loop = self.restoring.accesses.loops[copy.loop]
        return copy.loop, Gate((copy.value,), None, {}, expr, loop.span, 0, key, saves=True)

    # -- the backward ----------------------------------------------------------------------

    def restore(self, gate: Gate) -> Restore:
        array = self.restoring.program.memory[gate.targets[0]]
        index: ast.expr = ast.Constant(...)
        if isinstance(gate.place, ast.Subscript):
            index = gate.place.slice
        end = self.restoring.ends[array]
        return Restore(end, index, self.saved[gate.key].targets[0], gate.key)

    def lines(self, lines: Lines) -> Lines:
        """Lines with values had again, the last first: what they are made of may be, too."""
        wanted = dict(self.choice.again)
        waiting = [*wanted]
        while waiting:
            needs = wanted[waiting.pop()].needs
            more = {n: self.restoring.forms(n)[-1] for n in needs
                    if n not in self.restoring.spots}  # fmt: skip
            waiting += more.keys() - wanted.keys()
            wanted |= more
        for value in sorted(wanted, key=self.restoring.made_at, reverse=True):
            lines = self.again(value, wanted[value], lines)
        return lines

    def again(self, value: str, form: Form, lines: Lines) -> Lines:
        """Lines in which one value is had again: by an expression, or under a name."""
        write = self.restoring.same_as_saved(form, self.choice.undone)
        if write is not None:
            return self.substituted(lines, value, name(self.saved[write.key].targets[0]))
        uses = list(self.uses(value, lines, ()))
        if not uses:
            return lines
        spot = self.restoring.first_of([spot for spot, _ in uses])
        often = sum(count for _, count in uses) > 1
        if form.ahead is not None:
            region, key = self.restoring.region_of(form.ahead), form.ahead.key
            lines = self.substituted(lines, value, name(once_more(value)))
            expr = _own(form.expr, self.staged.types[value])
            line = Contribution(once_more(value), expr, key, again=True, steady=True)
            return put(lines, region, line)
        if not form.operations or not often or not self.holds(form, spot):
            return self.substituted(lines, value, form.expr)
        made = once_more(value)
        lines = self.substituted(lines, value, name(made))
        numbers = self.restoring.numbers.items()
        gate = FIRST if spot.order == math.inf else next(k for k, at in numbers if at == spot.order)
        return put(lines, spot.region, Contribution(made, form.expr, gate, again=True))

    def holds(self, form: Form, spot: Spot) -> bool:
        """Whether a value can be made in front of a line."""
        undone = self.choice.undone
        known = spot.order in (math.inf, *self.restoring.numbers.values())
        return known and all(self.restoring.holds(read, spot, undone) for read in form.reads)

    def substituted(self, lines: Lines, value: str, expr: ast.expr) -> Lines:
        return substituted(lines, {value: expr}, self.context)

    def uses(self, value: str, lines: Lines, region: Region) -> Iterator[tuple[Spot, int]]:
        for line in lines:
            match line:
                case Contribution():
                    parts = [p for p in (line.expr, line.index) if p is not None]
                    count = sum(Counter(names_in(p))[value] for p in parts)
                    if count:
                        yield Spot(region, self.restoring.order_of(line.gate)), count
                case BackBranch():
                    key = line.branch.key
                    yield from self.uses(value, line.then, (*region, ("then", key)))
                    yield from self.uses(value, line.orelse, (*region, ("else", key)))
                case BackLoop():
                    inside = (*region, ("loop", line.loop.key))
                    yield from self.uses(value, line.body, inside)


def _own(expr: ast.expr, type_: Type) -> ast.expr:
    """What an expression gives, as it is now."""
    if isinstance(type_, Num) and type_.is_scalar:
        return expr
    return ast.Call(ast.Attribute(expr, "copy", ast.Load()), [], [])


def _with_saved(body: Block, saved: Mapping[int, Gate]) -> Block:
    """Statements with what is saved before a write in front of it."""
    made: list[Stmt] = []
    for stmt in body:
        match stmt:
            case Gate() if stmt.key in saved:
                made.append(saved[stmt.key])
            case Branch():
                then, orelse = _with_saved(stmt.then, saved), _with_saved(stmt.orelse, saved)
                stmt = altered(stmt, then=then, orelse=orelse)
            case Loop():
                stmt = altered(stmt, body=_with_saved(stmt.body, saved))
        made.append(stmt)
    return tuple(made)
