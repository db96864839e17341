"""What an expression reads of the forward: a value in full, or only its shape."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from adgen.ir import children, nodes_in
from adgen.rules.settle.spelling import LIKE


def is_primal(value: str) -> bool:
    """Whether a name is a value of the forward, not an adjoint or a rule's temporary."""
    return ":" in value and not value.startswith("d~") and ":%" not in value


def read_in_full(node: ast.AST) -> Iterator[str]:
    """The primal values whose elements an expression reads."""
    match node:
        case ast.Attribute(value=ast.Name(), attr="shape" | "size"):
            return
        case ast.Call(func=ast.Attribute(value=ast.Name(id="@np"), attr=attr), args=args):
            if attr in LIKE and isinstance(args[0], ast.Name):
                for arg in args[1:]:
                    yield from read_in_full(arg)
                return
        case ast.Name(id=value) if is_primal(value):
            yield value
    for child in children(node):
        yield from read_in_full(child)


def read_for_shape(node: ast.AST) -> Iterator[str]:
    """The primal values whose shape an expression reads."""
    for child in nodes_in(node):
        match child:
            case ast.Attribute(value=ast.Name(id=value), attr="shape" | "size"):
                if is_primal(value):
                    yield value


def lenders(node: ast.AST) -> Iterator[str]:
    """The primal values that lend shape and dtype to arrays made like them."""
    for child in nodes_in(node):
        match child:
            case ast.Call(
                func=ast.Attribute(value=ast.Name(id="@np"), attr=attr),
                args=[ast.Name(id=value), *_],
            ) if attr in LIKE and is_primal(value):
                yield value
