"""A backward to fill in: the listing, with `...` where its lines say what a gradient is.

The forward and the comments stay, so that a student sees what each group of lines undoes.
`adgen grade` marks what comes back; what is still `...` counts as missing.
"""

from __future__ import annotations

import ast
import random
from collections.abc import Sequence
from typing import Any

from adgen.api import Gradient
from adgen.emission import emit, formatted
from adgen.errors import UserError


def exercise(
    gradient: Gradient, args: Sequence[Any], place: str, count: int | None = None, seed: int = 0
) -> str:
    """The text of an exercise; all lines of the backward are left out, or `count` of them.

    >>> def f(x, y):
    ...     s = x + y
    ...     return s * s
    >>> print(exercise(Gradient(f), (1.0, 2.0), "f.py:f"))
    # Fill in every `...`, then run:  adgen grade THIS_FILE --against f.py:f
    <BLANKLINE>
    <BLANKLINE>
    def f_forward(x, y):
        s = x + y  # (1)
        out = s * s  # (2)
        cache = s
        return out, cache
    <BLANKLINE>
    <BLANKLINE>
    def f_backward(dout, cache):
        s = cache
        # backprop out = s * s  (2)
        ds = ...
        # backprop s = x + y  (1)
        dx = ...
        dy = ...
        return dx, dy
    <BLANKLINE>
    """
    listing = emit(gradient.compilation(*args).pair)
    text = formatted("\n\n\n".join(p for p in (listing.preamble, *listing.parts) if p))
    lines = _lines_to_fill(text, listing.backward_name)
    if count is not None:
        if not 1 <= count <= len(lines):
            raise UserError(f"--blank has to be between 1 and {len(lines)} for this function")
        lines = sorted(random.Random(seed).sample(lines, count), key=lambda s: s.lineno)
    said = f"# Fill in every `...`, then run:  adgen grade THIS_FILE --against {place}"
    return f"{said}\n\n\n{_blanked(text, lines)}"


def _lines_to_fill(text: str, backward: str) -> list[ast.Assign | ast.AugAssign]:
    """The lines of the backward that say what a gradient is."""
    tree = ast.parse(text)
    function = next(s for s in tree.body if isinstance(s, ast.FunctionDef) and s.name == backward)
    found = [
        stmt
        for stmt in ast.walk(function)
        if isinstance(stmt, ast.Assign | ast.AugAssign) and not _prepares(stmt)
    ]
    return sorted(found, key=lambda stmt: stmt.lineno)


def _prepares(stmt: ast.Assign | ast.AugAssign) -> bool:
    """Whether a line only unpacks what was kept, or makes room for a sum."""
    if isinstance(stmt, ast.AugAssign):
        return not _is_adjoint(stmt.target)
    if not all(_is_adjoint(target) for target in stmt.targets):
        return True
    value = stmt.value
    if any(isinstance(t, ast.Name) and t.id == "dout" for t in stmt.targets):
        return True  # a copy of what is given, to be written into
    makes_room = isinstance(value, ast.Call) and ast.unparse(value.func).endswith(
        ("zeros_like", "zeros")
    )
    return makes_room or (isinstance(value, ast.Constant) and value.value == 0)


def _is_adjoint(target: ast.expr) -> bool:
    while isinstance(target, ast.Subscript):
        target = target.value
    return isinstance(target, ast.Name) and target.id.startswith("d")


def _blanked(text: str, statements: Sequence[ast.Assign | ast.AugAssign]) -> str:
    """The text with `...` for what these statements assign."""
    lines = text.split("\n")
    for stmt in reversed(statements):
        value = stmt.value
        end = value.end_lineno or value.lineno
        # black may have put brackets around a long value
        head = lines[value.lineno - 1].encode()[: value.col_offset].decode().rstrip("( ")
        first = stmt.lineno - 1
        if value.lineno != stmt.lineno:
            head = lines[first].rstrip("( ")
        last = stmt.end_lineno or end
        lines[first:last] = [f"{head} ..."]
    return "\n".join(lines)
