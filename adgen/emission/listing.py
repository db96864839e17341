"""Forward and backward as text, with the comments that tie them together.

Every forward statement has a number; `# backprop` comments say which one is
being undone.  The text is complete: imports, constants of the author's module
and helpers that the listing calls stand above it.
"""

from __future__ import annotations

import ast
import inspect
import math
from collections.abc import Mapping
from dataclasses import dataclass
from types import ModuleType
from typing import Any

import numpy as np

from adgen import runtime
from adgen.caching import Pair
from adgen.emission.naming import module_names, printed_names
from adgen.emission.text import text_of
from adgen.ir import Effect, Gate, Step, Substitute, access, clone, leaf_of, name, names_in


@dataclass(frozen=True)
class Listing:
    """The printed program, and what its free names mean."""

    forward_name: str
    backward_name: str
    forward: str
    backward: str
    joint: str
    preamble: str
    namespace: Mapping[str, Any]

    @property
    def text(self) -> str:
        """Forward and backward as they are compiled."""
        return f"{self.forward}\n\n{self.backward}"


def emit(pair: Pair, comments: bool = True) -> Listing:
    """Print a pair."""
    return Printer(pair, comments).run()


def executable(pair: Pair, kind: str, pack: bool) -> tuple[str, str]:
    """Forward and backward in one function for a gradient call, and its name.

    It has the author's parameters and starts the backward from 1.0; nothing is
    put into a cache and taken out again.
    """
    return Printer(pair, comments=False).one_call(kind, pack)


class Printer:
    def __init__(self, pair: Pair, comments: bool) -> None:
        self.pair = pair
        self.comments = comments
        self.names = printed_names(pair)
        self.program = pair.staged.program
        self.externals = dict(self.program.externals)
        self.used: dict[str, Any] = {}
        self.helpers: dict[str, Any] = {}

    def run(self) -> Listing:
        function = self.program.name
        parameters = text_of(_without_annotations(self.program.params))
        stages = self.stages()
        backprop = self.backprop()
        out = self.expr(self.program.result)
        seed = self.names[self.pair.seed]
        results = ", ".join(self.names[r] for r in self.pair.results)
        cache, unpacked = self.cache()
        forward = [f"def {function}_forward({parameters}):", *stages]
        forward += [f"    cache = {cache}", f"    return {out}, cache"]
        backward = [f"def {function}_backward({seed}, cache):"]
        backward += [f"    {unpacked} = cache"] if unpacked else []
        backward += [*backprop, f"    return {results}"]
        joint = [f"def {function}_gradient({self.with_seed(parameters, seed)}):", *stages]
        joint += [*self.shapes(), *backprop, f"    return {out}, {_tuple(results, self.pair)}"]
        return Listing(
            forward_name=f"{function}_forward",
            backward_name=f"{function}_backward",
            forward="\n".join(forward),
            backward="\n".join(backward),
            joint="\n".join(joint),
            preamble=self.preamble(),
            namespace={**self.used, **self.helpers},
        )

    def one_call(self, kind: str, pack: bool) -> tuple[str, str]:
        function = f"{self.program.name}_{kind}"
        stages, backprop = self.stages(), self.backprop()
        lines = [f"def {function}({', '.join(self.parameters())}):", *stages, *self.shapes()]
        if any(self.pair.seed in names_in(step.expr) for step in self.pair.steps):
            lines.append(f"    {self.names[self.pair.seed]} = 1.0")
        results = ", ".join(self.names[r] for r in self.pair.results)
        gradient = f"({results},)" if pack else results
        if kind == "gradient":
            lines += [*backprop, f"    return {gradient}"]
        else:
            several = f"({results})" if len(self.pair.results) > 1 else gradient
            lines += [*backprop, f"    return {self.expr(self.program.result)}, {several}"]
        return "\n".join(lines), function

    def parameters(self) -> list[str]:
        arguments = self.program.params
        every = (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs)
        return [arg.arg for arg in every]

    def with_seed(self, parameters: str, seed: str) -> str:
        return f"{parameters}, *, {seed}=1.0" if "*" not in parameters else f"{parameters}, {seed}=1.0"

    # -- the two bodies -----------------------------------------------------------

    def stages(self) -> list[str]:
        lines = []
        for number, stmt in enumerate(self.pair.forward, 1):
            if isinstance(stmt, Effect):
                lines += _indented(text_of(self.renamed(stmt.node)))
                continue
            note = f"  # ({self.number(number - 1)})" if self.comments else ""
            lines.append(f"    {self.statement(stmt)}{note}")
        return lines

    def number(self, position: int) -> int:
        """A statement's number: prints and assertions have none."""
        return sum(isinstance(s, Gate) for s in self.pair.forward[: position + 1])

    def statement(self, gate: Gate) -> str:
        targets = ", ".join(self.names[t] for t in gate.targets)
        return f"{targets} = {self.expr(gate.expr)}"

    def backprop(self) -> list[str]:
        lines: list[str] = []
        current: int | None = None
        for step in self.pair.steps:
            statement = self.pair.statement_of.get(step.gate)
            if self.comments and statement is not None and statement != current:
                current = statement
                lines += self.heading(statement)
            lines.append(f"    {self.step(step)}")
        return lines

    def heading(self, statement: int) -> list[str]:
        gate = self.pair.forward[statement]
        if not isinstance(gate, Gate):
            return []
        said = " ".join(self.statement(gate).split())
        return [f"    # backprop {said}  ({self.number(statement)})"]

    def step(self, step: Step) -> str:
        target = self.names[step.target]
        expr = self.expr(step.expr)
        if step.index is None:
            return f"{target} {step.how} {expr}"
        index = self.expr(ast.Subscript(name(step.target), step.index, ast.Load()))
        if step.how == "at":
            inner = index[len(target) + 1 : -1]
            module = self.module(np, "np")
            return f"{module}.add.at({target}, {_index_argument(inner, step.index)}, {expr})"
        return f"{index} {step.how} {expr}"

    def cache(self) -> tuple[str, str]:
        """What the forward returns as `cache`, and the names the backward takes it apart into."""
        entries = [self.expr(residual.expr) for residual in self.pair.cache]
        targets = [self.names[residual.target] for residual in self.pair.cache]
        if not entries:
            return "()", ""
        if len(entries) == 1:
            return entries[0], targets[0] if targets[0] != "cache" else ""
        return f"({', '.join(entries)})", ", ".join(targets)

    def shapes(self) -> list[str]:
        """Shapes that the joint form needs under the names the backward has for them."""
        lines = []
        for residual in self.pair.cache:
            said, target = self.expr(residual.expr), self.names[residual.target]
            if said != target:
                lines.append(f"    {target} = {said}")
        return lines

    # -- names ----------------------------------------------------------------------

    def expr(self, node: ast.expr) -> str:
        return text_of(self.renamed(node))

    def renamed(self, node: Any) -> Any:
        for identifier in set(names_in(node)):
            self.note(identifier)
        return Substitute(self.printed).visit(clone(node))

    def printed(self, identifier: str) -> ast.expr | None:
        if identifier in self.names:
            return name(self.names[identifier])
        if identifier == "@np":
            return name(self.module(np, "np"))
        if identifier == "@math":
            return name(self.module(math, "math"))
        if identifier.startswith("@rt."):
            return name(identifier[4:])
        if ":" in identifier and not identifier.startswith("d:"):
            base, _ = leaf_of(identifier)
            return Substitute(self.printed).visit(clone(access(identifier))) if base else None
        return None

    def module(self, module: ModuleType, otherwise: str) -> str:
        found = module_names(self.externals, module, otherwise)
        self.used[found] = module
        return found

    def note(self, identifier: str) -> None:
        if identifier in self.externals:
            self.used[identifier] = self.externals[identifier]
        elif identifier.startswith("@rt."):
            self.helpers[identifier[4:]] = getattr(runtime, identifier[4:])

    def preamble(self) -> str:
        """Imports, constants and helpers, so that the text runs on its own."""
        used = dict(self.used)
        if self.helpers:
            used.setdefault("np", np)
        lines = [f"import {m.__name__}" + (f" as {n}" if n != m.__name__ else "")
                 for n, m in sorted(used.items()) if isinstance(m, ModuleType)]  # fmt: skip
        for identifier, value in sorted(used.items()):
            if isinstance(value, ModuleType):
                continue
            lines.append(_definition(identifier, value))
        blocks = ["\n".join(lines)] if lines else []
        blocks += [_source(helper) for _, helper in sorted(self.helpers.items())]
        return "\n\n\n".join(blocks)


def _without_annotations(arguments: ast.arguments) -> ast.arguments:
    plain: ast.arguments = clone(arguments)
    for arg in (*plain.posonlyargs, *plain.args, *plain.kwonlyargs):
        arg.annotation = None
    return plain


def _definition(identifier: str, value: Any) -> str:
    """How a name of the author's module is had in a file of its own."""
    module, known_as = getattr(value, "__module__", None), getattr(value, "__name__", None)
    if module and known_as:
        renamed = f" as {identifier}" if identifier != known_as else ""
        return f"from {module} import {known_as}{renamed}"
    return f"{identifier} = {value!r}"


def _source(helper: Any) -> str:
    """A helper's text, without the example in its docstring."""
    tree = ast.parse(inspect.getsource(helper)).body[0]
    assert isinstance(tree, ast.FunctionDef)
    tree.returns = None
    for arg in tree.args.args:
        arg.annotation = None
    said = ast.get_docstring(tree) or ""
    tree.body[0] = ast.Expr(ast.Constant(said.split("\n\n")[0]))
    return text_of(tree)


def _index_argument(text: str, index: ast.expr) -> str:
    """An index as an argument: `x[i, j]` is `np.add.at(x, (i, j), ...)`."""
    if isinstance(index, ast.Tuple):
        return f"({text})"
    return text


def _tuple(results: str, pair: Pair) -> str:
    return results if len(pair.results) == 1 else f"({results})"


def _indented(text: str) -> list[str]:
    return [f"    {line}" for line in text.split("\n")]
