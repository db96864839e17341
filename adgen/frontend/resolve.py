"""One operation, one rule: `a * b`, `np.multiply(a, b)` and `x.sum()` meet here.

Operators are the functions of `operator`; a call's arguments are bound to the
names that the operation's rule has for them.
"""

from __future__ import annotations

import ast
import operator
from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

from adgen.rules.registry import Op

OPERATORS: dict[type[ast.AST], Any] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv,
    ast.Mod: operator.mod,
    ast.Pow: operator.pow,
    ast.MatMult: operator.matmul,
    ast.BitAnd: operator.and_,
    ast.BitOr: operator.or_,
    ast.BitXor: operator.xor,
    ast.LShift: operator.lshift,
    ast.RShift: operator.rshift,
    ast.USub: operator.neg,
    ast.UAdd: operator.pos,
    ast.Invert: operator.invert,
    ast.Not: operator.not_,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Is: operator.is_,
    ast.IsNot: operator.is_not,
    ast.In: operator.contains,
    ast.NotIn: operator.contains,
}

T = TypeVar("T")


class BindError(Exception):
    """Arguments that the operation's rule does not know; says which."""

    def __init__(self, message: str, argument: int | str) -> None:
        super().__init__(message)
        self.argument = argument


def bind(op: Op, args: Sequence[T], keywords: Mapping[str, T]) -> dict[str, T]:
    """The arguments by the names that the rule has for them, without defaults."""
    rule = op.general
    bound: dict[str, T] = dict(zip(rule.positional, args, strict=False))
    extra = args[len(rule.positional) :]
    if extra and rule.variadic:
        bound |= {f"{rule.variadic}{i}": value for i, value in enumerate(extra)}
    elif extra:
        at = len(rule.positional)
        raise BindError(f"{op.name} is given more arguments than adgen knows it to take", at)
    for name, value in keywords.items():
        name = _own_name(rule.inputs, name)
        if name not in rule.inputs:
            raise BindError(f"{op.name} with `{name}=` is not supported", name)
        if name in bound:
            raise BindError(f"{op.name} got two values for `{name}`", name)
        bound[name] = value
    for name in rule.inputs:
        if name not in bound and name not in rule.defaults:
            raise BindError(f"{op.name} is called without `{name}`", 0)
    return bound


def _own_name(inputs: Sequence[str], name: str) -> str:
    """NumPy calls the first operand `a`, `x`, `x1`, `arr`...; rules may say `x`."""
    if name not in inputs and name in ("a", "arr", "m", "ary", "v") and "x" in inputs:
        return "x"
    return name
