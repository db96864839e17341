"""What goes wrong, said with the author's own line and a caret.

`UserError` is for code that adgen does not accept; `InternalError` is for our
own mistakes.  Both print the way compilers do:

>>> span = Span("model.py", 14, 8, 17, "    y = np.interp(t, ts, v)")
>>> print(UserError("no derivative rule for np.interp", span, help="add a rule"))
model.py:14:9: error: no derivative rule for np.interp
   14 |     y = np.interp(t, ts, v)
      |         ^^^^^^^^^
  help: add a rule
"""

from __future__ import annotations

import ast
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple


class Span(NamedTuple):
    """A stretch of one source line: `col` and `end_col` count from 0."""

    file: str
    line: int
    col: int
    end_col: int
    text: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.col + 1}"

    def underlined(self) -> str:
        """The source line with a caret under the stretch."""
        number = f"{self.line:>5} | "
        width = max(1, self.end_col - self.col)
        return f"{number}{self.text}\n{' ' * 5} | {' ' * self.col}{'^' * width}"


class AdgenError(Exception):
    """Everything that adgen raises on its own account."""


class UserError(AdgenError):
    """Code or arguments that adgen does not accept, and the way round."""

    def __init__(
        self, message: str, span: Span | None = None, *, because: str = "", help: str = ""
    ) -> None:
        super().__init__(message)
        self.message = message
        self.span = span
        self.because = because
        self.help = help

    def __str__(self) -> str:
        lines = [f"{self.span}: error: {self.message}" if self.span else self.message]
        if self.span:
            lines.append(self.span.underlined())
        if self.because:
            lines.append(f"  because {self.because}")
        if self.help:
            lines.append(f"  help: {self.help}")
        return "\n".join(lines)


class InternalError(AdgenError):
    """A mistake of adgen's own: which stage, and on what."""

    def __init__(self, stage: str, message: str, program: str = "") -> None:
        super().__init__(message)
        self.stage = stage
        self.message = message
        self.program = program

    def __str__(self) -> str:
        said = f"adgen made a mistake in `{self.stage}`: {self.message}"
        return f"{said}\nthe program it was given:\n{self.program}" if self.program else said


@dataclass(frozen=True)
class SourceText:
    """The author's file, as far as spans need it: lines of one definition.

    `first` is the file's number of `lines[0]`; `indent` is how far the text
    given to the parser was shifted to the left.  Of emitted code, `origins` has the
    author's statement that a line comes from.
    """

    file: str
    lines: tuple[str, ...]
    first: int
    indent: int = 0
    origins: Mapping[int, Span] = field(default_factory=dict, compare=False)

    def span(self, node: ast.AST) -> Span | None:
        """The span of a node that the parser made from this text."""
        line, column = getattr(node, "lineno", None), getattr(node, "col_offset", 0)
        if line is None or not 1 <= line <= len(self.lines):
            return None
        if line in self.origins:
            return self.origins[line]
        text = self.lines[line - 1].rstrip("\n")
        col = column + self.indent
        end = len(text)
        if getattr(node, "end_lineno", None) == line:
            end = getattr(node, "end_col_offset", 0) + self.indent
        return Span(self.file, self.first + line - 1, col, max(col + 1, end), text)
