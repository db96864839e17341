"""What an expression reads of the forward: a value in full, or only its shape."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import Any

from adgen.ir import asked_once, calls_in, children, kinds_in, names_in, nodes_in
from adgen.rules.settle.spelling import LIKE


def is_primal(value: str) -> bool:
    """Whether a name is a value of the forward, not an adjoint or a rule's temporary."""
    return ":" in value and not value.startswith("d~") and ":%" not in value


@asked_once
def read_in_full(node: Any) -> tuple[str, ...]:
    """The primal values whose elements an expression reads."""
    if ast.Attribute not in kinds_in(node):
        return tuple(filter(is_primal, names_in(node)))
    found = []
    nodes = [node]
    for node in nodes:  # grows on the way
        match node:
            case ast.Name(id=value):
                if is_primal(value):
                    found.append(value)
            case ast.BinOp(left=left, right=right):
                nodes += (left, right)
            case ast.Constant() | ast.Attribute(value=ast.Name(), attr="shape" | "size"):
                pass
            case ast.Call(
                func=ast.Attribute(value=ast.Name(id="@np"), attr=attr), args=[ast.Name(), *rest]
            ) if (attr in LIKE):
                nodes += rest
            case _:
                nodes += children(node)
    return tuple(found)


@asked_once
def read_for_shape(node: ast.AST) -> tuple[str, ...]:
    """The primal values whose shape an expression reads."""
    if ast.Attribute not in kinds_in(node):
        return ()
    return tuple(
        [
            part.value.id
            for part in nodes_in(node)
            if part.__class__ is ast.Attribute
            and part.attr in ("shape", "size")
            and isinstance(part.value, ast.Name)
            and is_primal(part.value.id)
        ]
    )


def lenders(node: ast.AST) -> Iterator[str]:
    """The primal values that lend shape and dtype to arrays made like them."""
    for child in calls_in(node):
        match child:
            case ast.Call(
                func=ast.Attribute(value=ast.Name(id="@np"), attr=attr),
                args=[ast.Name(id=value), *_],
            ) if attr in LIKE and is_primal(value):
                yield value
