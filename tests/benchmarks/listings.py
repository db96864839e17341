"""How long a backward is: its statements, one for each name that a tuple of values is given to."""

import ast
import inspect
import textwrap
from types import FunctionType
from typing import Any

from adgen.api import Gradient


def statements(text: str) -> int:
    """The statements of the functions in a text, docstrings left out."""
    tree = ast.parse(textwrap.dedent(text))
    return sum(_length(node) for node in ast.walk(tree) if isinstance(node, ast.stmt))


def _length(node: ast.stmt) -> int:
    match node:
        case ast.FunctionDef() | ast.Expr(value=ast.Constant()) | ast.Import():
            return 0
        case ast.Assign(targets=[ast.Tuple()], value=ast.Tuple(elts=values)):
            return len(values)
    return 1


def by_hand(backward: FunctionType) -> int:
    """The length of a hand-written backward, with the helpers that it calls."""
    called = [backward.__globals__.get(name) for name in backward.__code__.co_names]
    helpers = [f for f in called if isinstance(f, FunctionType)]
    return sum(statements(inspect.getsource(f)) for f in (backward, *helpers))


def emitted(gradient: Gradient, args: tuple[Any, ...]) -> int:
    """The length of the backward that adgen writes."""
    return statements(gradient.compilation(*args).listing.parts[-1])
