"""Classes that a function defines: made while compiling, as if they stood in its module."""

from __future__ import annotations

import ast
import dis
from collections.abc import Iterator
from copy import deepcopy
from types import CodeType
from typing import TYPE_CHECKING, Any

from adgen.ir import name
from adgen.staging.terms import Term
from adgen.types import Known

if TYPE_CHECKING:
    from adgen.staging.stager import Stager


def class_inside(stager: Stager, node: ast.ClassDef) -> Term:
    """The class that a statement of the function's makes, the same in every run.

    Its methods must read nothing of the function but what they are given; it may inherit from
    another such class.
    """
    code = _compiled(stager, node)
    env = stager.env.items()
    made: dict[str, Any] = {n: t.type.value for n, t in env if isinstance(t.type, Known)}
    known = {author for author in _looked_up(code) if author in made}
    for author in _read_outside(code):
        mine = author in stager.locals or any(author in names for names in stager.parents)
        if mine and author != node.name and author not in known:
            raise stager.refuse(
                node, f"a class inside of the function reads its `{author}`",
                help=f"give `{author}` to its `__init__`, or define the class in the module",
            )  # fmt: skip
    module = stager.scope.globals
    assert isinstance(module, dict)
    try:
        exec(code, module, made)
    except Exception as error:
        raise stager.refuse(node, f"this class cannot be made: {error}") from None
    return Term(name(node.name), Known(made[node.name]))


def _compiled(stager: Stager, node: ast.ClassDef) -> CodeType:
    """The statement's code, at home in the lines of the author's file."""
    source = stager.definition.source
    module = ast.Module([ast.increment_lineno(deepcopy(node), source.first - 1)], [])
    return compile(module, source.file, "exec")


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
