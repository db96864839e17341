"""What a student handed in, read without running it: its statements, and how it wants to be run.

Three forms are known: a function of the function's own arguments, a `backward(dout, cache)` beside
a `forward`, and a straight script whose names are read.
"""

from __future__ import annotations

import ast
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from adgen.errors import UserError
from adgen.grading.runner import SIMPLE, is_blank, names_of, statements

# longer files are no homework
LONGEST = 200_000


class CannotGrade(UserError):
    """A submission of which nothing can be said but what is in the way."""


@dataclass(frozen=True)
class Entry:
    """How a submission is run: `kind` is "script", "function" or "pair" (with a `forward`)."""

    kind: str
    backward: str = ""
    forward: str = ""
    backward_parameters: tuple[str, ...] = ()
    forward_parameters: tuple[str, ...] = ()

    @property
    def scopes(self) -> tuple[str, ...]:
        """The functions whose names mean what the function's names mean."""
        if self.kind == "script":
            return ("<module>",)
        return tuple(name for name in (self.forward, self.backward) if name)


@dataclass(frozen=True)
class Unfinished:
    """The names with something left to fill in, and the statements of loops in which that is."""

    names: tuple[str, ...]
    loops: frozenset[int]


@dataclass(frozen=True)
class Submission:
    file: str
    source: str
    tree: ast.Module
    statements: tuple[ast.stmt, ...]
    entry: Entry

    @property
    def takes_dout(self) -> bool:
        """Whether it is a function that is given the gradient of the result."""
        usual = ("dout", "d_out", "dy", "dL", "dloss", "grad_out", "grad_output", "upstream")
        return self.entry.kind == "pair" or bool(set(usual) & set(self.entry.backward_parameters))

    def line(self, number: int) -> str:
        """What stands on a line."""
        lines = self.source.splitlines()
        return lines[number - 1].strip() if 1 <= number <= len(lines) else ""

    @property
    def backward(self) -> list[ast.stmt]:
        """The statements of the backward, or of the script, with those inside of others."""
        every = [n for s in self._straight() for n in ast.walk(s) if isinstance(n, ast.stmt)]
        return [stmt for stmt in every if isinstance(stmt, SIMPLE)]

    def blanks(self) -> dict[str, int]:
        """For each name with something left to fill in, the last statement that writes it."""
        inside = {id(s) for s in self._straight()}
        written: dict[str, list[int]] = {}
        for at, stmt in enumerate(self.statements):
            if id(stmt) in inside and not isinstance(stmt, ast.Expr):
                for name in names_of(stmt)[1]:
                    written.setdefault(name, []).append(at)
        return {
            name: places[-1]
            for name, places in written.items()
            if any(is_blank(self.statements[at]) for at in places)
        }

    @cached_property
    def unfinished(self) -> Unfinished:
        """What is left to fill in."""
        numbers = {id(stmt): at for at, stmt in enumerate(self.statements)}
        loops = [
            [s for s in ast.walk(loop) if isinstance(s, ast.stmt) and id(s) in numbers]
            for loop in ast.walk(self.tree)
            if isinstance(loop, ast.For | ast.While)
        ]
        blanks = [stmt for stmt in self.statements if is_blank(stmt)]
        return Unfinished(
            tuple(dict.fromkeys(name for stmt in blanks for name in names_of(stmt)[1])),
            frozenset(
                numbers[id(s)]
                for loop in loops
                if any(is_blank(stmt) for stmt in loop)
                for s in loop
            ),
        )

    def skipped(self) -> list[int]:
        """Blanks in loops that nothing but the result waits for: `dW += ...`."""
        filled = self.blanks()
        found = []
        for at, stmt in enumerate(self.statements):
            if is_blank(stmt) and isinstance(stmt, ast.AugAssign):
                name = names_of(stmt)[1][0]
                if name not in filled and not self._is_read(name):
                    found.append(at)
        return found

    def _is_read(self, name: str) -> bool:
        readers = [s for s in self.statements if name in names_of(s)[0]]
        return any(name not in names_of(s)[1] for s in readers if not isinstance(s, ast.Return))

    def _straight(self) -> Sequence[ast.stmt]:
        """The statements that run once, in order: those of the backward or of the script."""
        if self.entry.kind == "script":
            return self.tree.body
        return next(f for f in functions(self.tree) if f.name == self.entry.backward).body


def read(path: str, function: str, name: str) -> Submission:
    """The submission at `path`, about the function of this name."""
    try:
        source = Path(path).read_bytes()
    except OSError as wrong:
        raise UserError(f"{path} cannot be read: {wrong.strerror}") from None
    if len(source) > LONGEST:
        raise CannotGrade(f"{path} is longer than {LONGEST} bytes")
    try:
        text = source.decode("utf-8")
    except UnicodeDecodeError:
        raise CannotGrade(f"{path} is not a text in UTF-8") from None
    return understood(path, text, function, name)


def understood(file: str, source: str, function: str, name: str) -> Submission:
    """A submission with this text."""
    try:
        tree = ast.parse(source)
        compile(source, file, "exec")
    except SyntaxError as wrong:
        said = f"{file}:{wrong.lineno}: syntax error: {wrong.msg}"
        raise CannotGrade(f"{said}\n    {(wrong.text or '').strip()}".rstrip()) from None
    except (ValueError, RecursionError, MemoryError) as wrong:
        raise CannotGrade(f"{file} cannot be parsed: {wrong}") from None
    entry = _entry(file, tree, function, name)
    return Submission(file, source, tree, tuple(statements(tree)), entry)


def functions(tree: ast.Module) -> list[ast.FunctionDef]:
    return [stmt for stmt in tree.body if isinstance(stmt, ast.FunctionDef)]


def _entry(file: str, tree: ast.Module, wanted: str, name: str) -> Entry:
    found = {f.name: f for f in functions(tree)}
    if wanted and wanted not in found:
        has = f"it has {', '.join(found)}" if found else "it defines no function"
        raise CannotGrade(f"there is no function `{wanted}` in {file}; {has}")
    backward = found.get(wanted or _backward_of(found, name))
    if backward is None:
        if found and not _assigns_gradients(tree):
            raise CannotGrade(
                f"which function of {file} is the backward? it has {', '.join(found)}; "
                f"write {file}:FUNCTION, or call it `backward`"
            )
        return Entry("script")
    mine = _parameters(backward)
    forward = found.get(_forward_of(found, backward.name, name))
    if "cache" not in mine:
        return Entry("function", backward.name, "", mine)
    if forward is None:
        raise CannotGrade(
            f"`{backward.name}` takes a cache, and {file} has no `forward` that returns one"
        )
    return Entry("pair", backward.name, forward.name, mine, _parameters(forward))


def _backward_of(found: dict[str, ast.FunctionDef], name: str) -> str:
    usual = ["backward", f"{name}_backward", f"{name}_grad", f"grad_{name}", "grad", "gradient"]
    others = [n for n in found if n.rstrip("s").endswith(("backward", "gradient", "grad"))]
    known = [n for n in (*usual, *others) if n in found]
    return known[0] if known else ""


def _forward_of(found: dict[str, ast.FunctionDef], backward: str, name: str) -> str:
    usual = [backward.replace("backward", "forward"), "forward", f"{name}_forward"]
    return next((n for n in usual if n in found and n != backward), "")


def _parameters(function: ast.FunctionDef) -> tuple[str, ...]:
    args = function.args
    needed = [*args.posonlyargs, *args.args]
    return tuple(a.arg for a in needed)


def _assigns_gradients(tree: ast.Module) -> bool:
    straight = [s for s in tree.body if isinstance(s, ast.Assign | ast.AugAssign)]
    return any(name.startswith(("d", "grad")) for s in straight for name in names_of(s)[1])
