"""What every stage gave, as Python-like text.

Names are the compiler's own, made readable: the operand `h:t1` is `h_t1`, the
second value of `h` is `h_2`, the adjoint of `h` is `dh`.  Before `accumulate`
has decided, every line of a backward that gives an adjoint a share is a `+=`, as
if all adjoints began at zero.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from adgen.adjoint import Backward
from adgen.caching.residuals import Residual
from adgen.emission import formatted
from adgen.emission.text import text_of
from adgen.explain.types import Shapes
from adgen.ir import (
    BackBranch,
    BackLoop,
    Block,
    Branch,
    Carry,
    Contribution,
    Effect,
    Gate,
    Leave,
    Loop,
    Region,
    Staged,
    Step,
    Types,
    hint,
    name,
    renamed,
    walk,
)
from adgen.paths import is_leaf, leaf_name, leaf_of
from adgen.pipeline import Compilation

Caches = Mapping[Region, tuple[Residual, ...]]


@dataclass(frozen=True)
class Stage:
    """One stage: its name, what it does, and what it gave."""

    name: str
    says: str
    text: str


def stages(compilation: Compilation) -> list[Stage]:
    """All stages in order."""
    return list(_Renderer(compilation).run())


class _Renderer:
    def __init__(self, compilation: Compilation) -> None:
        self.compilation = compilation
        self.derivation = compilation.derivation
        self.staged: Staged = compilation.staged
        self.program = self.staged.program
        self.shapes = Shapes(self.staged.facts, self.staged.types)

    def run(self) -> Iterator[Stage]:
        it = self.derivation
        yield Stage("stage", "one operation per line, each value assigned once", self.forward())
        yield Stage(
            "differentiate",
            "backwards, every rule filled in; a `+=` is a share of an adjoint",
            self.backward(it.backward),
        )
        yield Stage(
            "fold",
            "needless names gone, products and signs as a person writes them",
            self.backward(it.folded),
        )
        yield Stage(
            "plan",
            "operands that the backward does not ask for, back in the author's expressions",
            self.planned(),
        )
        yield Stage("accumulate", "what is `=`, what is `+=`", self.finished())
        yield Stage("carry", "the backward reads a cache, of what it mentions", self.pair())
        listing = self.compilation.listing
        yield Stage("emit", "the listing", formatted(listing.text))

    # -- the stages -----------------------------------------------------------------

    def forward(self) -> str:
        types = self.staged.types
        given = [f"{readable(v)}: {self.shapes.type(types[v])}" for v in self.program.inputs]
        lines = [f"{self.head(self.program.name)}  # {', '.join(given)}"]
        lines += indented(Forward(self.shapes, types, {}).block(self.program.body))
        lines.append(f"    return {text(self.program.result)}")
        said = self.shapes.guards(self.staged.facts.guards)
        return "\n".join([*lines, *(f"# {s}" for s in said)])

    def backward(self, backward: Backward) -> str:
        gates = dict(self.program.gates())
        head = f"def {self.program.name}_backward({readable(backward.seed)}):"
        lines = indented(Undone(gates, {}).lines(backward.lines))
        return "\n".join([head, *lines, returned(backward.results)])

    def planned(self) -> str:
        plan, pair = self.derivation.plan, self.compilation.pair
        lines = [self.head(f"{self.program.name}_gradient", readable(pair.seed))]
        lines += indented(Forward(self.shapes, {}, {}).block(plan.forward))
        gates = _statements(plan.forward, plan.statement_of)
        lines += indented(Undone(gates, {}).lines(plan.lines))
        return "\n".join([*lines, returned(pair.results)])

    def finished(self) -> str:
        plan, finished = self.derivation.plan, self.derivation.finished
        head = f"def {self.program.name}_backward({readable(finished.seed)}):"
        undone = Undone(_statements(plan.forward, plan.statement_of), {})
        return "\n".join(
            [head, *indented(undone.lines(finished.steps)), returned(finished.results)]
        )

    def pair(self) -> str:
        pair = self.compilation.pair
        gates = _statements(pair.forward, pair.statement_of)
        kept = [text(residual.expr) for residual in pair.cache]
        targets = [readable(residual.target) for residual in pair.cache]
        lines = [self.head(f"{self.program.name}_forward")]
        lines += indented(Forward(self.shapes, {}, pair.caches).block(pair.forward))
        lines += [f"    cache = {_tuple(kept)}", f"    return {text(self.program.result)}, cache"]
        lines += ["", "", f"def {self.program.name}_backward({readable(pair.seed)}, cache):"]
        lines += [f"    {_tuple(targets).strip('()')} = cache"] if targets else []
        lines += indented(Undone(gates, pair.caches).lines(pair.steps))
        return "\n".join([*lines, returned(pair.results)])

    def head(self, function: str, *more: str) -> str:
        inputs = [readable(value) for value in self.program.inputs]
        return f"def {function}({', '.join([*inputs, *more])}):"


class Forward:
    """The lines of a block; `caches` says what is kept of loops and branches."""

    def __init__(self, shapes: Shapes, types: Types, caches: Caches) -> None:
        self.shapes = shapes
        self.types = types
        self.caches = caches

    def block(self, body: Block, region: Region = ()) -> Iterator[str]:
        for stmt in body:
            match stmt:
                case Gate():
                    said = [
                        self.shapes.type(self.types[t]) for t in stmt.targets if t in self.types
                    ]
                    yield said_gate(stmt) + (f"  # {', '.join(said)}" if said else "")
                case Effect():
                    yield from text(stmt.node).split("\n")
                case Branch():
                    yield from self.branch(stmt, region)
                case Loop():
                    yield from self.loop(stmt, region)
                case Leave():
                    yield "break"

    def branch(self, branch: Branch, region: Region) -> Iterator[str]:
        sides = []
        for kind, body in (("then", branch.then), ("else", branch.orelse)):
            inside = (*region, (kind, branch.key))
            joined = [(m.target, m.then if kind == "then" else m.orelse) for m in branch.merges]
            sides.append([*self.block(body, inside), *bindings(joined), *self.kept(inside)])
        yield from said_if(text(branch.test), *sides)

    def loop(self, loop: Loop, region: Region) -> Iterator[str]:
        inside = (*region, ("loop", loop.key))
        yield from bindings([(c.inner, c.start) for c in loop.carried])
        over = text(loop.over)
        yield f"for {readable(loop.index)} in {over}:" if loop.index else f"while {over}:"
        body = [*self.block(loop.body, inside)]
        body += bindings([(c.inner, c.next) for c in loop.carried])
        yield from indented([*body, *self.kept(inside)] or ["pass"])
        yield from bindings([(c.after, name(c.inner)) for c in loop.carried])

    def kept(self, region: Region) -> list[str]:
        kept = [text(residual.expr) for residual in self.caches.get(region, ())]
        return [f"# kept: {', '.join(kept)}"] if kept else []


class Undone:
    """The lines of a backward; `gates` has the statement that each line belongs to."""

    def __init__(self, gates: Mapping[int, Gate], caches: Caches) -> None:
        self.gates = gates
        self.caches = caches
        self.current: Gate | None = None

    def lines(self, lines: Iterable[Any], region: Region = ()) -> Iterator[str]:
        for line in lines:
            match line:
                case Contribution():
                    yield from self.heading(line.gate)
                    how = "+=" if line.target.startswith("d~") else "="
                    yield f"{said_target(line)} {how} {text(line.expr)}"
                case Carry():
                    source = readable(line.source) if line.source else "0.0"
                    yield f"{readable(line.target)} = {source}"
                case Step():
                    yield from self.heading(line.gate)
                    yield self.step(line)
                case BackBranch():
                    sides = []
                    for kind, part in (("then", line.then), ("else", line.orelse)):
                        inside = (*region, (kind, line.branch.key))
                        sides.append([*self.kept(inside), *self.lines(part, inside)])
                    yield from said_if(text(line.branch.test), *sides)
                case BackLoop():
                    inside = (*region, ("loop", line.loop.key))
                    yield self.head(line.loop)
                    body = [*self.kept(inside), *self.lines(line.body, inside)]
                    yield from indented(body or ["pass"])

    def head(self, loop: Loop) -> str:
        if loop.index:
            return f"for {readable(loop.index)} in reversed({text(loop.over)}):"
        return "for _ in reversed(trips):"

    def kept(self, region: Region) -> list[str]:
        kept = [readable(residual.target) for residual in self.caches.get(region, ())]
        return [f"# kept: {', '.join(kept)}"] if kept else []

    def heading(self, key: int) -> Iterator[str]:
        gate = self.gates.get(key)
        if gate is not None and gate is not self.current:
            self.current = gate
            yield f"# {said_gate(gate)}"

    def step(self, step: Step) -> str:
        if step.how == "at" and step.index is not None:
            return f"np.add.at({readable(step.target)}, {text(step.index)}, {text(step.expr)})"
        targets = ", ".join([said_target(step), *map(readable, step.more)])
        return f"{targets} {step.how} {text(step.expr)}"


# -- pieces of text -------------------------------------------------------------


def text(node: Any) -> str:
    return text_of(renamed(node, lambda identifier: name(readable(identifier))))


def said_gate(gate: Gate) -> str:
    return f"{', '.join(readable(t) for t in gate.targets)} = {text(gate.expr)}"


def said_target(line: Contribution | Step) -> str:
    if line.index is None:
        return readable(line.target)
    return text(ast.Subscript(name(line.target), line.index, ast.Load()))


def said_if(test: str, then: list[str], orelse: list[str]) -> Iterator[str]:
    yield f"if {test}:"
    yield from indented(then or ["pass"])
    if orelse:
        yield "else:"
        yield from indented(orelse)


def bindings(pairs: Iterable[tuple[str, ast.expr | None]]) -> Iterator[str]:
    """Names that are given values of other names where paths meet."""
    for target, value in pairs:
        if value is not None and text(value) != readable(target):
            yield f"{readable(target)} = {text(value)}"


def returned(results: Iterable[str]) -> str:
    return f"    return {', '.join(readable(r) for r in results)}"


def indented(lines: Iterable[str]) -> list[str]:
    return [f"    {line}" for line in lines]


def _tuple(parts: list[str]) -> str:
    return f"({', '.join(parts)}{',' if len(parts) == 1 else ''})"


def _statements(forward: Block, statement_of: Mapping[int, int]) -> dict[int, Gate]:
    """The statement that each gate of the staged program became part of."""
    found = {statement_of[s.key]: s for s in walk(forward) if isinstance(s, Gate)}
    return {key: found[at] for key, at in statement_of.items() if at in found}


def readable(identifier: str) -> str:
    """A name for a person: "d~h:t1" as `dh_t1`.

    >>> [readable(i) for i in ("h:1", "h:2", "h:t1", "d~h:t1", "w:1[0]", "d~w:1[0]", "@np")]
    ['h', 'h_2', 'h_t1', 'dh_t1', 'w[0]', 'dw0', 'np']
    """
    if identifier.endswith("/"):
        return f"{readable(identifier[:-1])}_carried"
    if identifier.startswith("d~"):
        value = identifier[2:]
        if not is_leaf(value):
            return f"d{readable(value)}"
        base, keys = leaf_of(value)
        return f"d{leaf_name(readable(base), keys)}"
    if identifier.startswith("@"):
        return identifier[1:].removeprefix("rt.")
    if ":" not in identifier:
        return identifier
    author, mark = hint(identifier), identifier.split(":", 1)[1]
    number = re.split(r"[\[.]", mark, maxsplit=1)[0]
    rest = mark[len(number) :]
    if ":" in number or number == "1":
        number = ""
    return f"{author}{'_' if number else ''}{number}{rest}"
