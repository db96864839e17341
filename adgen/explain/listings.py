"""A listing with a line above it that says what it is the adjoint of."""

from __future__ import annotations

import ast
import os
import textwrap
from collections.abc import Sequence
from typing import Any

from adgen.api import Gradient
from adgen.emission import emit, formatted
from adgen.explain.types import Shapes
from adgen.ir import hint
from adgen.pipeline import Compilation


def described(
    gradient: Gradient,
    args: Sequence[Any] | None,
    joint: bool = False,
    comments: bool = True,
    preamble: bool = False,
) -> str:
    """The listing for arguments of these types, or for the annotations.

    Helpers are printed wherever the listing calls one; imports and constants are
    what `preamble` adds.
    """
    compilation = gradient.compilation(*(args or ()))
    listing = emit(compilation.pair, comments=comments)
    parts = [listing.preamble] if preamble else _helpers(listing.preamble)
    parts += listing.joint_parts if joint else listing.parts
    if comments:
        parts.insert(0, header(compilation))
    return formatted("\n\n\n".join(part for part in parts if part))


def header(compilation: Compilation) -> str:
    """`# adjoint of f with respect to x, y, for x: float, y: float (samples/staged.py:4)`."""
    program, staged = compilation.staged.program, compilation.staged
    wrt = ", ".join(hint(value) for value in program.wrt)
    shapes = Shapes(staged.facts, staged.types)
    types = [f"{hint(v)}: {shapes.type(staged.types[v])}" for v in program.inputs]
    said = (
        f"adjoint of {program.name} with respect to {wrt}, for {', '.join(types)} "
        f"({where(compilation)})"
    )
    return "\n".join(f"# {line}" for line in textwrap.wrap(said, 98, break_on_hyphens=False))


def where(compilation: Compilation) -> str:
    """File and line of the definition, as seen from the working directory."""
    function = compilation.definition.function
    code = function.__code__
    span = compilation.definition.source.span(compilation.definition.tree)
    line = span.line if span is not None else code.co_firstlineno
    file = code.co_filename
    if os.path.isabs(file):
        near = os.path.relpath(file)
        file = near if not near.startswith(os.pardir) else os.path.basename(file)
    return f"{file}:{line}"


def _helpers(preamble: str) -> list[str]:
    """The preamble, if there are helpers in it."""
    has_functions = any(isinstance(s, ast.FunctionDef) for s in ast.parse(preamble).body)
    return [preamble] if has_functions else []
