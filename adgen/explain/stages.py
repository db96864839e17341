"""What every stage gave, as Python-like text.

Names are the compiler's own, made readable: the operand `h:t1` is `h_t1`, the
second value of `h` is `h_2`, the adjoint of `h` is `dh`.  Before `accumulate`
has decided, every line of a backward that gives an adjoint a share is a `+=`, as
if all adjoints began at zero.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from adgen.adjoint import Backward
from adgen.emission import formatted
from adgen.emission.text import text_of
from adgen.explain.types import Shapes
from adgen.ir import (
    Contribution,
    Effect,
    Gate,
    Staged,
    Step,
    Substitute,
    clone,
    hint,
    leaf_of,
    name,
    names_in,
)
from adgen.pipeline import Compilation

Body = Iterable[Gate | Effect]


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
        self.staged: Staged = compilation.staged
        self.program = self.staged.program
        self.shapes = Shapes(self.staged.facts, self.staged.types)

    def run(self) -> Iterator[Stage]:
        it = self.compilation
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
        listing = it.listing
        yield Stage("emit", "the listing", formatted(f"{listing.forward}\n\n{listing.backward}"))

    # -- the stages -----------------------------------------------------------------

    def forward(self) -> str:
        types = self.staged.types
        given = [f"{readable(v)}: {self.shapes.type(types[v])}" for v in self.program.inputs]
        lines = [f"{self.head(self.program.name)}  # {', '.join(given)}"]
        lines += self.statements(self.program.body, types)
        lines.append(f"    return {self.expr(self.program.result)}")
        said = self.shapes.guards(self.staged.facts.guards)
        return "\n".join([*lines, *(f"# {s}" for s in said)])

    def backward(self, backward: Backward) -> str:
        seed = readable(backward.seed)
        lines = [f"def {self.program.name}_backward({seed}):"]
        lines += self.contributions(backward.lines, {p: gate for p, gate in self.program.gates()})
        return "\n".join([*lines, self.returned(backward.results)])

    def planned(self) -> str:
        plan = self.compilation.plan
        gates = _gates(plan.forward, plan.statement_of)
        lines = [self.head(f"{self.program.name}_gradient", readable(self.compilation.pair.seed))]
        lines += self.statements(plan.forward, {})
        for value, expr in plan.again.items():
            if any(value in names_in(line.expr) for line in self.compilation.folded.lines):
                lines.append(f"    # again where it is read: {readable(value)} = {self.expr(expr)}")
        lines += self.contributions(plan.lines, gates)
        return "\n".join([*lines, self.returned(self.compilation.pair.results)])

    def finished(self) -> str:
        plan, finished = self.compilation.plan, self.compilation.finished
        lines = [f"def {self.program.name}_backward({readable(finished.seed)}):"]
        lines += self.steps(finished.steps, _gates(plan.forward, plan.statement_of))
        return "\n".join([*lines, self.returned(finished.results)])

    def pair(self) -> str:
        pair = self.compilation.pair
        kept = [self.expr(residual.expr) for residual in pair.cache]
        targets = [readable(residual.target) for residual in pair.cache]
        cache = f"({', '.join(kept)}{',' if len(kept) == 1 else ''})"
        lines = [self.head(f"{self.program.name}_forward")]
        lines += self.statements(pair.forward, {})
        lines += [f"    cache = {cache}", f"    return {self.expr(self.program.result)}, cache"]
        lines += ["", "", f"def {self.program.name}_backward({readable(pair.seed)}, cache):"]
        lines += [f"    ({', '.join(targets)},) = cache"] if len(targets) == 1 else []
        lines += [f"    {', '.join(targets)} = cache"] if len(targets) > 1 else []
        lines += self.steps(pair.steps, _gates(pair.forward, pair.statement_of))
        return "\n".join([*lines, self.returned(pair.results)])

    # -- lines --------------------------------------------------------------------------

    def head(self, function: str, *more: str) -> str:
        inputs = [readable(value) for value in self.program.inputs]
        return f"def {function}({', '.join([*inputs, *more])}):"

    def returned(self, results: Iterable[str]) -> str:
        return f"    return {', '.join(readable(r) for r in results)}"

    def statements(self, body: Body, types: Mapping[str, Any]) -> Iterator[str]:
        for stmt in body:
            if isinstance(stmt, Effect):
                for line in self.expr(stmt.node).split("\n"):
                    yield f"    {line}"
                continue
            said = [self.shapes.type(types[t]) for t in stmt.targets if t in types]
            yield f"    {self.gate(stmt)}" + (f"  # {', '.join(said)}" if said else "")

    def gate(self, gate: Gate) -> str:
        targets = ", ".join(readable(t) for t in gate.targets)
        return f"{targets} = {self.expr(gate.expr)}"

    def contributions(
        self, lines: Iterable[Contribution], gates: Mapping[int, Gate]
    ) -> Iterator[str]:
        current: Gate | None = None
        for line in lines:
            gate = gates.get(line.gate)
            if gate is not None and gate is not current:
                current = gate
                yield f"    # {self.gate(gate)}"
            how = "+=" if line.target.startswith("d:") else "="
            yield f"    {self.target(line)} {how} {self.expr(line.expr)}"

    def steps(self, steps: Iterable[Step], gates: Mapping[int, Gate]) -> Iterator[str]:
        current: Gate | None = None
        for step in steps:
            gate = gates.get(step.gate)
            if gate is not None and gate is not current:
                current = gate
                yield f"    # {self.gate(gate)}"
            if step.how == "at" and step.index is not None:
                index = self.expr(step.index)
                yield f"    np.add.at({readable(step.target)}, {index}, {self.expr(step.expr)})"
            else:
                yield f"    {self.target(step)} {step.how} {self.expr(step.expr)}"

    def target(self, line: Contribution | Step) -> str:
        if line.index is None:
            return readable(line.target)
        return self.expr(ast.Subscript(name(line.target), line.index, ast.Load()))

    def expr(self, node: Any) -> str:
        readably = Substitute(lambda identifier: name(readable(identifier)))
        return text_of(readably.visit(clone(node)))


def _gates(forward: Iterable[Gate | Effect], statement_of: Mapping[int, int]) -> dict[int, Gate]:
    """The statement that each gate of the staged program became part of."""
    stmts = list(forward)
    found = {gate: stmts[at] for gate, at in statement_of.items()}
    return {gate: stmt for gate, stmt in found.items() if isinstance(stmt, Gate)}


def readable(identifier: str) -> str:
    """A name for a person: "d:h:t1" as `dh_t1`.

    >>> [readable(i) for i in ("h:1", "h:2", "h:t1", "d:h:t1", "w:1[0]", "d:w:1[0]", "@np")]
    ['h', 'h_2', 'h_t1', 'dh_t1', 'w[0]', 'dw0', 'np']
    """
    if identifier.startswith("d:"):
        value = identifier[2:]
        indices = "_".join(map(str, leaf_of(value)[1])) if "[" in value else ""
        return f"d{readable(leaf_of(value)[0] if indices else value)}{indices}"
    if identifier.startswith("@"):
        return identifier[1:].removeprefix("rt.")
    if ":" not in identifier:
        return identifier
    author, mark = hint(identifier), identifier.split(":", 1)[1]
    number, bracket, rest = mark.partition("[")
    if ":" in number or number == "1":
        number = ""
    return f"{author}{'_' if number else ''}{number}{bracket}{rest}"
