"""Whether a program does the same when it is run twice, as what is worked out anew has to."""

from __future__ import annotations

import ast
import builtins
import cmath
import math
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from adgen.errors import Span, UserError
from adgen.ir import Branch, Effect, Gate, Loop, Mark, PairFunction, Staged, Stmt, walk
from adgen.rules.draws import draws
from adgen.types import Num

MODULES = {"@np": np, "@math": math, "@cmath": cmath}
# builtins that give something else the next time, or do more than give it
UNSTEADY = ("eval", "exec", "id", "input", "next", "open", "print", "__import__")


def refuse_unrepeatable(staged: Staged) -> None:
    """Refuse a helper of which it would show that it is run twice."""
    program = staged.program
    for stmt in walk(program.body):
        done = next(_not_the_same_again(stmt, staged), None)
        if done is not None:
            raise UserError(
                f"`{program.name}` calls itself, so that second derivatives run it more than "
                f"once, and `{ast.unparse(done)}` would be done again",
                _span(stmt, staged),
                help="do it outside of the function, and pass on what it gives",
            )


def _span(stmt: Stmt, staged: Staged) -> Span | None:
    if isinstance(stmt, Gate | Branch | Loop):
        return stmt.span
    return staged.program.source.span(stmt.node) if isinstance(stmt, Effect) else None


def acts(gate: Gate, staged: Staged) -> bool:
    """Whether a gate does something besides giving a value: it draws a number, or prints."""
    return next(_not_the_same_again(gate, staged), None) is not None


def _not_the_same_again(stmt: Stmt, staged: Staged) -> Iterator[ast.expr]:
    """The calls of a statement that do something, or give something else the next time."""
    match stmt:
        case Mark():
            return
        case Effect(node=ast.Expr(value=call)):
            yield call
            return
        case Gate(op=None, expr=expr) | Branch(test=expr) | Loop(over=expr):
            pass
        case Gate(op=op, expr=expr) if draws(op.function):
            yield expr
            return
        case _:
            return
    for node in ast.walk(expr):
        if isinstance(node, ast.Call) and not _is_steady(node.func, staged):
            yield node


def _is_steady(func: ast.expr, staged: Staged) -> bool:
    function = _meant(func, staged.program.externals)
    if function is None:  # a method of an array
        type_ = staged.types.get(getattr(getattr(func, "value", None), "id", ""))
        return isinstance(type_, Num)
    if isinstance(function, PairFunction):
        return True
    if draws(function):
        return False
    module = getattr(function, "__module__", None) or ""
    if module == "builtins":
        return getattr(function, "__name__", "") not in UNSTEADY
    known = isinstance(function, np.ufunc) or module.split(".")[0] in ("numpy", "scipy")
    return known or module in ("math", "cmath")


def _meant(node: ast.expr, externals: Mapping[str, Any]) -> Any:
    """What a dotted name stands for in every run, or None."""
    match node:
        case ast.Name(id=known_as):
            own = MODULES.get(known_as) or externals.get(known_as)
            return own if own is not None else getattr(builtins, known_as, None)
        case ast.Attribute(value=value, attr=attr):
            return getattr(_meant(value, externals), attr, None)
    return None
