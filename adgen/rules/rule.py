"""How a rule is read: its lines, as a template, and what is wrong with them.

Source is read per rule, on first use: reading the catalogue costs an import.
"""

from __future__ import annotations

import ast
import builtins
import linecache
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from types import CodeType, FunctionType
from typing import Any, TypeVar

from adgen.algebra import KeepParentheses
from adgen.types import Type

Shape = Callable[..., Any]
T = TypeVar("T")


class RuleError(Exception):
    """A rule that is not well formed, with its file and line."""


@dataclass(frozen=True)
class Line:
    """One line of a rule: `target = expr`, or `target[index] += expr`."""

    target: str
    expr: ast.expr
    index: ast.expr | None = None
    clears: bool = False


@dataclass(frozen=True)
class Reading:
    """What a call is the same as: a call of `function` with some of its arguments, which are
    given by place, and with constants.  Of a name instead of a function, the call is written
    as it was."""

    function: Any
    args: tuple[int | str, ...]


@dataclass(frozen=True, eq=False)
class Rule:
    """One way to differentiate one operation."""

    functions: tuple[Any, ...]
    kind: str
    body: FunctionType
    shape: Shape | None
    when: Callable[..., Any] | None
    moves: bool = False
    distinct: bool | Callable[..., bool] = False
    cheap: bool = False
    collects: str = ""
    reason: str = ""
    views: bool = False
    aliases: str = ""
    put: Any = ""
    gathers: str = ""
    ignores: tuple[str, ...] = ()
    also: Mapping[str, str] = field(default_factory=dict)
    instead: Mapping[str, str] = field(default_factory=dict)
    real: bool = False
    apart: Callable[[Any], tuple[Any, ...] | None] | None = None
    writes: str = ""
    grows: str = ""
    in_order: bool = False
    hands_out: bool = False
    folds: bool = False
    silent: bool = False
    bounds: str = ""
    leading: Callable[..., list[Type]] | None = None
    leads: int = 0
    fields: tuple[str, ...] = ()
    makes_sparse: bool = False
    reads: Callable[[Sequence[Any]], Reading | None] | None = None

    @cached_property
    def name(self) -> str:
        return self.body.__name__

    @property
    def _code(self) -> CodeType:
        return self.body.__code__

    @property
    def where(self) -> str:
        return f"{self._code.co_filename}:{self._code.co_firstlineno}"

    @cached_property
    def parameters(self) -> tuple[str, ...]:
        """Outputs, then inputs, as the rule names them."""
        count = self._code.co_argcount + self._code.co_kwonlyargcount
        return self._code.co_varnames[:count]

    @cached_property
    def outputs(self) -> tuple[str, ...]:
        return self.parameters[: max(1, self._code.co_posonlyargcount)]

    @cached_property
    def inputs(self) -> tuple[str, ...]:
        return self.parameters[len(self.outputs) :]

    @cached_property
    def positional(self) -> tuple[str, ...]:
        """The inputs that may be given without a keyword."""
        return self._code.co_varnames[len(self.outputs) : self._code.co_argcount]

    @cached_property
    def variadic(self) -> str:
        """The input that collects any number of arguments (`*operands`), or ""."""
        if not self._code.co_flags & 0x04:
            return ""
        return self._code.co_varnames[len(self.parameters)]

    def marked(self, name: str) -> str:
        """ "const", "free", or "" for an input that is differentiated."""
        return self.marks.get(name, "")

    @cached_property
    def marks(self) -> dict[str, str]:
        """How the inputs are marked that are."""
        marks = self.body.__annotations__.items()
        return {name: mark if isinstance(mark, str) else mark.__name__ for name, mark in marks}

    def passes(self, name: str) -> bool:
        """Whether an input is never differentiated."""
        return name in self.passing

    @cached_property
    def passing(self) -> Mapping[str, str]:
        """The inputs that are never differentiated, and how they are marked."""
        kinds = ("const", "free", "callback", "sparse")
        return {name: mark for name, mark in self.marks.items() if mark in kinds}

    def packed(self, args: Sequence[T], pack: Callable[[Sequence[T]], T]) -> Sequence[T]:
        """Positional arguments of which one input takes all that are left, as a tuple."""
        whole = self.gathers or (self.collects if len(args) > len(self.positional) else "")
        if not whole:
            return args
        at = self.positional.index(whole)
        return [*args[:at], pack(args[at:])] if self.gathers or len(args) > at else args

    @cached_property
    def defaults(self) -> dict[str, Any]:
        given = self.body.__defaults__ or ()
        names = self._code.co_varnames[: self._code.co_argcount]
        pairs = dict(zip(names[len(names) - len(given) :], given, strict=True))
        return pairs | (self.body.__kwdefaults__ or {})

    @cached_property
    def doc(self) -> str:
        return (self.body.__doc__ or "").strip()

    @cached_property
    def definition(self) -> ast.FunctionDef:
        """The rule's own syntax tree, read from its file."""
        start = self._code.co_firstlineno - 1
        lines = linecache.getlines(self._code.co_filename)
        end = start + 1
        while not lines[end - 1].lstrip().startswith("def "):
            end += 1
        while end < len(lines) and (lines[end][:1].isspace() or lines[end].startswith(")")):
            end += 1
        tree = KeepParentheses().visit(ast.parse("".join(lines[start:end])).body[0])
        assert isinstance(tree, ast.FunctionDef)
        return tree

    def lines(self, consts: Mapping[str, Any]) -> list[Line]:
        """The body at the given constants: a straight line."""
        if self._chooses:
            return list(self._straighten(self.definition.body, consts))
        return self._only_lines

    @cached_property
    def _chooses(self) -> bool:
        return any(isinstance(stmt, ast.If) for stmt in self.definition.body)

    @cached_property
    def _only_lines(self) -> list[Line]:
        return list(self._straighten(self.definition.body, {}))

    def _straighten(self, body: list[ast.stmt], consts: Mapping[str, Any]) -> Iterable[Line]:
        for stmt in body:
            match stmt:
                case ast.Expr(value=ast.Constant()):
                    continue
                case ast.Assign(targets=[ast.Name(id=target)], value=value):
                    yield Line(target, value)
                case ast.AugAssign(
                    target=ast.Subscript(value=ast.Name(id=target), slice=index),
                    op=ast.Add(),
                    value=value,
                ):
                    yield Line(target, value, index)
                case ast.Assign(
                    targets=[ast.Subscript(value=ast.Name(id=target), slice=index)], value=value
                ):
                    yield Line(target, value, index, clears=True)
                case ast.If(test=test, body=then, orelse=otherwise):
                    code = compile(ast.Expression(test), self.where, "eval")
                    holds = eval(code, self.body.__globals__, dict(consts))
                    yield from self._straighten(then if holds else otherwise, consts)
                case _:
                    raise RuleError(f"{self.where}: a rule is made of `dx = ...` lines")

    def check(self) -> None:
        """Refuse unknown names, inputs without an answer, and adjoints of nothing."""
        if self.kind in ("constant", "unsupported", "remembers", "written out"):
            return
        known = set(self.parameters) | {f"d{name}" for name in self.outputs}
        known |= {self.variadic, "position"} | set(self.body.__globals__) | set(dir(builtins))
        answered: set[str] = set()
        for stmt in ast.walk(self.definition):
            if isinstance(stmt, ast.Assign) and isinstance(stmt.targets[0], ast.Name):
                answered.add(stmt.targets[0].id)
            elif isinstance(stmt, ast.AugAssign) and isinstance(stmt.target, ast.Subscript):
                answered |= {n.id for n in [stmt.target.value] if isinstance(n, ast.Name)}
        for stmt in self.definition.body:
            bound = {n.arg for n in ast.walk(stmt) if isinstance(n, ast.arg)}
            bound |= {
                n.id
                for n in ast.walk(stmt)
                if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)
            }
            for node in ast.walk(stmt):
                if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
                    if node.id not in known | answered | bound:
                        raise RuleError(f"{self.where}: unknown name `{node.id}`")
        active = {
            n
            for n in (*self.inputs, self.variadic)
            if n and self.marked(n) in ("", "several", "arrays")
        }
        for name in sorted(active):
            if f"d{name}" not in answered:
                raise RuleError(f"{self.where}: no adjoint for the input `{name}`")
        for name in sorted(answered - {f"d{n}" for n in active}):
            temporary = any(
                isinstance(n, ast.Name) and n.id == name and isinstance(n.ctx, ast.Load)
                for n in ast.walk(self.definition)
            )
            if not temporary:
                raise RuleError(f"{self.where}: `{name}` is the adjoint of no input")
