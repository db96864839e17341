"""The adjoint of an argument that is a tuple, list, dict or object: it has the same structure."""

from __future__ import annotations

import ast
from collections.abc import Sequence

from adgen.adjoint.received import Received
from adgen.analysis.activity import held
from adgen.ir import LAST, Contribution, adjoint_of, name
from adgen.rules.settle.adjoints import zeros_like
from adgen.types import Num, Record, Seq, Type


def assemble(received: Received, value: str) -> str:
    """The adjoint of an argument, which is put together where the argument is a container."""
    target, type_ = adjoint_of(value), received.types[value]
    if isinstance(type_, Seq | Record):
        received.lines.append(Contribution(target, _put_together(received, value, type_), LAST))
        received.types[target] = type_
        received.targets.add(target)
    return target


def _put_together(received: Received, value: str, type_: Type) -> ast.expr:
    """The adjoint of an argument, from those of what it holds."""
    if isinstance(type_, Seq | Record):
        leaves = [value + type_.path(i) for i in range(len(type_.items))]
        pairs = zip(leaves, type_.items, strict=True)
        parts = [_put_together(received, leaf, t) for leaf, t in pairs]
        return _container(received, type_, parts)
    if adjoint_of(value) in received.targets:
        return name(adjoint_of(value))
    if isinstance(type_, Num):
        return zeros_like(name(value), type_)
    return ast.Constant(None)


def _container(received: Received, type_: Seq | Record, parts: Sequence[ast.expr]) -> ast.expr:
    """The adjoint of a container, put together; what holds no floats is left out of dicts."""
    if isinstance(type_, Record):
        kept = held(type_)
        keys: list[ast.expr | None] = [ast.Constant(type_.keys[i]) for i in kept]
        return ast.Dict(keys, [parts[i] for i in kept])
    if type_.cls is not None:
        return ast.Call(name(_known_as(received, type_.cls)), list(parts), [])
    display = ast.Tuple if type_.kind == "tuple" else ast.List
    return display(list(parts), ast.Load())


def _known_as(received: Received, cls: type) -> str:
    """The name of a class in the author's module."""
    return next(n for n, value in received.program.externals.items() if value is cls)
