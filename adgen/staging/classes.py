"""Classes that a function defines: made while compiling, as if they stood in its module."""

from __future__ import annotations

import ast
import dis
from collections.abc import Iterator, Sequence
from copy import deepcopy
from types import CodeType
from typing import TYPE_CHECKING, Any

from adgen.ir import name
from adgen.staging.terms import Term
from adgen.types import Known

if TYPE_CHECKING:
    from adgen.staging.stager import Stager


# what the function is called that carries a class statement out
MAKER = "class_made"


def class_inside(stager: Stager, node: ast.ClassDef) -> Term:
    """The class that a statement of the function's makes, the same in every run.

    Its methods may read functions and classes that the function has defined before, and what else
    is the same in every run, and nothing more but what they are given.
    """
    env = stager.env.items()
    known = {n: t.type.value for n, t in env if isinstance(t.type, Known)}
    read = [*_read_outside(_compiled(stager, node, []))]
    given = [author for author in dict.fromkeys(read) if author in known and author != node.name]
    for author in read:
        mine = author in stager.locals or any(author in names for names in stager.parents)
        if mine and author != node.name and author not in given:
            raise stager.refuse(
                node, f"a class inside of the function reads its `{author}`",
                help=f"give `{author}` to its `__init__`, or define the class in the module",
            )  # fmt: skip
    module = stager.scope.globals
    assert isinstance(module, dict)
    made: dict[str, Any] = {}
    try:
        exec(_compiled(stager, node, given), module, made)
        cls = made[MAKER](*(known[author] for author in given))
    except Exception as error:
        raise stager.refuse(node, f"this class cannot be made: {error}") from None
    return Term(name(node.name), Known(cls))


def _compiled(stager: Stager, node: ast.ClassDef, given: Sequence[str]) -> CodeType:
    """A function that carries out the statement, at home in the lines of the author's file.

    What it is given, and the class itself, are what methods read under these names.
    """
    source = stager.definition.source
    parameters = ast.arguments([], [ast.arg(author) for author in given], None, [], [], None, [])
    body = [deepcopy(node), ast.Return(ast.Name(node.name, ast.Load()))]
    maker = ast.copy_location(ast.FunctionDef(MAKER, parameters, body, []), node)
    module = ast.Module([ast.increment_lineno(maker, source.first - 1)], [])
    return compile(ast.fix_missing_locations(module), source.file, "exec")


def _looked_up(code: CodeType) -> Iterator[str]:
    """The names that code looks up as it runs, in a module or class."""
    for instruction in dis.get_instructions(code):
        if instruction.opname in ("LOAD_NAME", "LOAD_GLOBAL"):
            yield str(instruction.argval)


def _read_outside(code: CodeType) -> Iterator[str]:
    """The names that code, or a class or function in it, looks up where it was defined."""
    yield from _looked_up(code)
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _read_outside(constant)
