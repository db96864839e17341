"""A call of a helper that is compiled by itself, as an operation.

In the forward, `out, cache = f_forward(x, n)`; on the way back its one rule says
`dx = f_backward(dout, cache)`, or takes a tuple apart where there are several.  Without
a cache these are `out = f(x, n)` and `dx = f_vjp(dout, x, n)`.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from adgen.ir import Answer, PairFunction, name
from adgen.rules.operations import Op
from adgen.rules.rule import Line, Rule
from adgen.types import FLOAT, Num, Seq, Type


@dataclass(frozen=True, eq=False)
class PairRule(Rule):
    """The adjoint of a call: what the helper's backward answers."""

    backward: str = ""
    # the inputs that have an adjoint, and where it stands in what the backward gives
    answers: tuple[Answer, ...] = ()
    others: tuple[str, ...] = ()
    # the type of the helper's result: a number, or a tuple of several
    gives: Type = FLOAT
    # what the call was given, if its backward is called with that instead of a cache
    given: tuple[str, ...] = ()

    @cached_property
    def results(self) -> tuple[str, ...]:
        count = sum(1 for _ in numbers_in(self.gives))
        return tuple(f"out{at}" for at in range(count))

    @cached_property
    def outputs(self) -> tuple[str, ...]:
        return self.results if self.given else (*self.results, "cache")

    @cached_property
    def inputs(self) -> tuple[str, ...]:
        return (*(answer.operand for answer in self.answers), *self.others, *self.given)

    @cached_property
    def marks(self) -> dict[str, str]:
        return dict.fromkeys((*self.others, *self.given), "free")

    @cached_property
    def defaults(self) -> dict[str, Any]:
        return {}

    def lines(self, consts: Mapping[str, Any]) -> list[Line]:
        """The call of the backward, and what each input gets of it."""
        dout = like(self.gives, [name(f"d{result}") for result in self.results])
        rest = map(name, self.given or ("cache",))
        call = ast.Call(name(self.backward), [dout, *rest], [])
        if all(answer.place == () for answer in self.answers):
            return [Line(f"d{answer.operand}", summed(answer, call)) for answer in self.answers]
        made = [Line("given", call)]
        for answer in self.answers:
            part: ast.expr = name("given")
            for at in answer.place:
                part = ast.Subscript(part, ast.Constant(at), ast.Load())
            made.append(Line(f"d{answer.operand}", summed(answer, part)))
        return made


def summed(answer: Answer, adjoint: ast.expr) -> ast.expr:
    """An adjoint that may be added to others: of a list it is an array."""
    if not answer.listed:
        return adjoint
    return ast.Call(ast.Attribute(name("@np"), "array", ast.Load()), [adjoint], [])


def pair_op(
    function: PairFunction,
    backward: str,
    answers: Sequence[Answer],
    others: Sequence[str],
    gives: Type,
) -> Op:
    """The operation that a call of one helper is."""
    rule = PairRule(
        (function,), "adjoint", _body, None, None,
        backward=backward, answers=tuple(answers), others=tuple(others), gives=gives,
    )  # fmt: skip
    return Op(function, (rule,))


def vjp_op(pair: PairRule, value: PairFunction, vjp: str, given: Sequence[str]) -> Op:
    """The same call without a cache: of the function of its value."""
    rule = replace(pair, functions=(value,), backward=vjp, given=tuple(given))
    return Op(value, (rule,))


def numbers_in(type_: Type) -> Iterator[Type]:
    """What a result consists of, part by part."""
    if isinstance(type_, Seq):
        for item in type_.items:
            yield from numbers_in(item)
    else:
        yield type_


def like(type_: Type, parts: Iterable[ast.expr]) -> ast.expr:
    """These parts, put together as a result of this type is."""
    rest = iter(parts)

    def shown(part: Type) -> ast.expr:
        if isinstance(part, Seq):
            return ast.Tuple([shown(item) for item in part.items], ast.Load())
        return next(rest)

    return shown(type_)


def adjoints_of(inputs: Sequence[tuple[Type, bool]], arguments: Sequence[Type]) -> Type:
    """The type of what a backward gives: `inputs` has what each parameter is, and whether
    it is differentiated."""
    pairs = zip(inputs, arguments, strict=True)
    found = tuple(_adjoint(type_, argument) for (type_, varied), argument in pairs if varied)
    return found[0] if len(found) == 1 else Seq("tuple", found)


def _adjoint(parameter: Type, argument: Type) -> Type:
    """An adjoint: as the parameter says, with the lengths of the argument."""
    if isinstance(parameter, Seq) and isinstance(argument, Seq):
        pairs = zip(parameter.items, argument.items, strict=True)
        return replace(parameter, items=tuple(_adjoint(p, a) for p, a in pairs))
    if isinstance(parameter, Num) and isinstance(argument, Num):
        return replace(parameter, dims=argument.dims, value=None)
    return parameter


def is_pair(op: Any) -> bool:
    """Whether an operation is a call of a helper that is compiled by itself."""
    return op is not None and isinstance(op.function, PairFunction)


def _body(out: Any, cache: Any) -> None:
    """Never called, like all rules; `PairRule` has its own lines."""
