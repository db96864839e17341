"""The author's text behind a run: the function, and the helpers that its gates come from."""

from __future__ import annotations

import ast
import inspect
import linecache
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from adgen.errors import Span
from adgen.explain.walk import Walk


@dataclass(frozen=True)
class Source:
    """A definition of the author's: its text, and the number of its first line."""

    file: str
    first: int
    text: str

    @property
    def last(self) -> int:
        return self.first + self.text.count("\n")

    def holds(self, span: Span) -> bool:
        return span.file == self.file and self.first <= span.line <= self.last


def sources(run: Walk, primal: Any) -> list[Source]:
    """The function itself, and each helper that a gate of it stands in, in the order of the run."""
    lines, first = inspect.getsourcelines(primal)
    text = textwrap.dedent("".join(lines)).rstrip("\n")
    found = [Source(inspect.getsourcefile(primal) or "", first, text)]
    for visit in run.visits:
        span = visit.span
        if span is not None and not any(source.holds(span) for source in found):
            found += _around(span)
    return found


def _around(span: Span) -> Iterator[Source]:
    """The definition round a line, or else the statement that it belongs to."""
    lines = linecache.getlines(span.file)
    try:
        tree = ast.parse("".join(lines))
    except SyntaxError:  # of a notebook's cell, say
        return
    around = [
        node for node in ast.walk(tree)
        if isinstance(node, ast.stmt) and not isinstance(node, ast.ClassDef)
        and node.lineno <= span.line <= (node.end_lineno or node.lineno)
    ]  # fmt: skip
    functions = [node for node in around if isinstance(node, ast.FunctionDef)]
    for node in (functions or around)[:1]:
        text = textwrap.dedent("".join(lines[node.lineno - 1 : node.end_lineno]))
        yield Source(span.file, node.lineno, text.rstrip("\n"))
