"""The adjoints that are returned: each has its argument's shape and dtype, and is the caller's
own array."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator

from adgen.analysis.activity import held
from adgen.cleanup.account import Account
from adgen.ir import (
    BackBranch,
    BackLoop,
    Nested,
    Step,
    altered,
    is_adjoint,
    name,
    parts_of,
    primal_of,
    with_parts,
)
from adgen.paths import is_part
from adgen.rules.settle.adjoints import (
    as_list,
    cast,
    full_like,
    is_fresh,
    is_full,
    is_zero,
    list_of_zeros,
    zeros_like,
)
from adgen.rules.settle.spelling import copied
from adgen.rules.shapes import as_num
from adgen.types import ListOf, Num, Record, Seq


def finish(account: Account, result: str, earlier: Iterable[str]) -> None:
    """Give a result its argument's shape and dtype, and the caller its own array."""
    primal = primal_of(result)
    type_ = account.type_of.types[primal]
    if not isinstance(type_, Num):
        _finish_display(account, result, earlier)
        return
    if result in account.held:
        held = account.held.pop(result)
        account.assign(result, held.expr, held.gate)
    if result not in account.given:
        account.assign(result, zeros_like(name(primal), type_), 0)
    if isinstance(type_, ListOf):
        _finish_list(account, result, type_, earlier)
        return
    given = account.given[result]
    boxed = type_.dims == () and type_.form == "array" and given.is_scalar
    if boxed or not is_full(account.context, given, type_):
        account.wrap(result, lambda e: full_like(name(primal), e, type_))
    elif account.needs_cast(given, type_) and not _is_made_like(account.steps, result, primal):
        account.wrap(result, lambda e: cast(e, type_))
    elif type_.dims != () and _is_shared(account, result, earlier):
        account.wrap(result, copied)


def _finish_list(account: Account, result: str, type_: ListOf, earlier: Iterable[str]) -> None:
    """The adjoint of a list argument: a list of its own elements."""
    if not is_full(account.context, account.given[result], type_):
        account.wrap(result, lambda e: full_like(name(primal_of(result)), e, type_))
    elif type_.holds_objects and _is_shared(account, result, earlier):
        account.wrap(result, copied)
    if type_.holds_objects and account.needs_cast(account.given[result], type_.array):
        account.wrap(result, lambda e: cast(e, type_.array))
    if result not in account.lists:
        account.wrap(result, lambda e: as_list(e, type_))


def _is_shared(account: Account, result: str, earlier: Iterable[str]) -> bool:
    mine = account.shares.get(result, set())
    if any(is_part(other, (account.seed,)) or not is_adjoint(other) for other in mine):
        return True
    return any(
        other in mine or result in account.shares.get(other, set()) or
        mine & account.shares.get(other, set())
        for other in earlier
    )  # fmt: skip


def _finish_display(account: Account, result: str, earlier: Iterable[str]) -> None:
    """A tuple's or list's adjoint: its elements belong to the caller, too."""
    at = max(
        i
        for i, step in enumerate(account.steps)
        if isinstance(step, Step) and step.target == result
    )
    taken = {s for other in earlier for s in (other, *account.shares.get(other, ()))}
    step = account.steps[at]
    assert isinstance(step, Step)
    before = set(taken)
    expr = _element(account, step.expr, primal_of(result), taken)
    account.steps[at] = altered(step, expr=expr)
    account.shares[result] = taken - before


def _element(account: Account, expr: ast.expr, primal: str, taken: set[str]) -> ast.expr:
    type_ = account.type_of.types[primal]
    if isinstance(type_, Seq | Record):
        paths = [primal + type_.path(i) for i in held(type_)]
        pairs = zip(parts_of(expr), paths, strict=True)
        return with_parts(expr, [_element(account, e, path, taken) for e, path in pairs])
    given = as_num(account.type_of(expr))
    if not isinstance(type_, Num) or not type_.differentiable:
        return expr
    if isinstance(type_, ListOf):
        return _list(account, expr, primal, type_)
    if not is_full(account.context, given, type_):
        return full_like(name(primal), expr, type_)
    if account.needs_cast(given, type_) and not is_zero(expr):
        return cast(expr, type_)
    storage = account.storage(expr)
    borrowed = any(is_part(s, (account.seed,)) or not is_adjoint(s) for s in storage)
    if type_.dims != () and (borrowed or storage & taken):
        return copied(expr)
    taken |= storage
    return expr


def _list(account: Account, expr: ast.expr, primal: str, type_: ListOf) -> ast.expr:
    """The adjoint of a list that is an element of an argument: a list of its own elements."""
    is_of_numbers = type_.ndim == 1 and not type_.holds_objects
    if is_of_numbers and is_fresh(expr):
        return list_of_zeros(name(primal))
    given = as_num(account.type_of(expr))
    if not is_full(account.context, given, type_):
        expr = full_like(name(primal), expr, type_)
    elif type_.holds_objects:
        expr = copied(expr)
    return as_list(expr, type_)


def _is_made_like(steps: Iterable[Nested[Step]], target: str, primal: str) -> bool:
    """Whether an adjoint is all along an array that was made with the primal's dtype."""
    wholes = list(_assigned(steps, target))
    return bool(wholes) and all(_is_like(expr, primal) for expr in wholes)


def _assigned(steps: Iterable[Nested[Step]], target: str) -> Iterator[ast.expr]:
    """What an adjoint is set to, as a whole."""
    for step in steps:
        if isinstance(step, BackBranch):
            yield from _assigned((*step.then, *step.orelse), target)
        elif isinstance(step, BackLoop):
            yield from _assigned(step.body, target)
        elif step.target == target and step.how == "=" and step.index is None:
            yield step.expr


def _is_like(expr: ast.expr, primal: str) -> bool:
    match expr:
        case ast.Call(
            func=ast.Attribute(value=ast.Name(id="@np"), attr="zeros_like" | "full_like"),
            args=[ast.Name(id=like), *_],
        ):
            return like == primal
    return False
