"""One operation, one rule: `a * b`, `np.multiply(a, b)` and `x.sum()` meet here.

Operators are the functions of `operator`; a call's arguments are bound to the
names that the operation's rule has for them.
"""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, TypeVar

from adgen.rules.operations import Op
from adgen.rules.registry import INSTEAD
from adgen.types import Sparse

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

# how the author writes them
SIGNS: dict[type[ast.AST], str] = {
    ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/", ast.FloorDiv: "//", ast.Mod: "%",
    ast.Pow: "**", ast.MatMult: "@", ast.BitAnd: "&", ast.BitOr: "|", ast.BitXor: "^",
    ast.LShift: "<<", ast.RShift: ">>", ast.USub: "-", ast.UAdd: "+", ast.Invert: "~",
    ast.Not: "not", ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">=", ast.Eq: "==",
    ast.NotEq: "!=", ast.Is: "is", ast.IsNot: "is not", ast.In: "in", ast.NotIn: "not in",
}  # fmt: skip

T = TypeVar("T")


class BindError(Exception):
    """Arguments that the operation's rule does not know; says which, and what to do instead."""

    def __init__(self, message: str, argument: int | str, help: str = "") -> None:
        super().__init__(message)
        self.argument = argument
        self.help = help


# the value of an argument that is not known while compiling
UNTOLD = object()


def bind(
    op: Op,
    args: Sequence[T],
    keywords: Mapping[str, T],
    value_of: Callable[[T], Any] = lambda _: UNTOLD,
) -> dict[str, T]:
    """The arguments by the names that the rule has for them, without defaults.

    An option that the rule does not know may stand where it changes nothing:
    where `value_of` it is what it would be anyway.
    """
    rule = op.general
    bound: dict[str, T] = {}
    for place, value, said in _named(op, args, keywords):
        name = _own_name(op, said)
        if name in rule.ignores:
            continue
        if name not in rule.inputs:
            extra = said.removeprefix(rule.variadic) if rule.variadic else ""
            if not extra.isdigit():
                if _says_nothing(op, said, value_of(value)):
                    continue
                raise BindError(*_unknown(op, said, place))
        if name in bound:
            raise BindError(f"{op.name} got two values for `{name}`", place)
        bound[name] = value
    for name in rule.inputs:
        if name not in bound and name not in rule.defaults:
            raise BindError(f"{op.name} is called without `{name}`", 0)
    return bound


def _named(
    op: Op, args: Sequence[T], keywords: Mapping[str, T]
) -> Iterable[tuple[int | str, T, str]]:
    """Each argument with its place in the call and the name that the function has for it."""
    rule = op.general
    theirs = op.signature.positional
    names = theirs if len(args) <= len(theirs) else rule.positional
    names += tuple(f"{rule.variadic}{i}" for i in range(len(args) - len(names)))
    if len(names) < len(args) or (len(args) > len(rule.positional) and not rule.variadic
                                  and names is not theirs):  # fmt: skip
        at = len(rule.positional)
        raise BindError(f"{op.name} is given more arguments than adgen knows it to take", at)
    yield from zip(range(len(args)), args, names, strict=False)
    for name, value in keywords.items():
        yield name, value, name


def _own_name(op: Op, name: str) -> str:
    """The rule's name for what the function calls `name`: it stands at the same place."""
    rule, theirs = op.general, op.signature.positional
    if name in rule.inputs:
        return name
    if name in rule.also:
        return rule.also[name]
    if name in theirs:
        at = theirs.index(name)
        if at < len(rule.positional) and rule.positional[at] not in theirs:
            return rule.positional[at]
    return name


def _says_nothing(op: Op, name: str, value: Any) -> bool:
    """Whether an option has the value that it would have anyway."""
    if name not in op.signature.defaults or value is UNTOLD:
        return False
    default = op.signature.defaults[name]
    return value is default or (type(value) is type(default) and bool(value == default))


def _unknown(op: Op, name: str, place: int | str) -> tuple[str, int | str, str]:
    help = op.general.instead.get(name, "") or INSTEAD.get(name, "")
    return f"{op.name} with `{name}=` is not supported", place, help


def operation_of_types(kind: type[ast.AST], types: Sequence[Any]) -> Any:
    """What an operator's operation is found by; of a sparse matrix it is another one."""
    if not any(isinstance(t, Sparse) for t in types):
        return OPERATORS[kind]
    if kind is not ast.MatMult:
        return None
    return "sparse @" if isinstance(types[0], Sparse) else "@ sparse"
