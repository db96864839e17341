"""Loops that stand for several: `itertools.product`, `np.ndindex` and their like."""

from __future__ import annotations

import ast
import itertools
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from adgen.frontend.control import may_be_left, ways_out
from adgen.ir import name
from adgen.staging.sugar import filled, new_name, once
from adgen.staging.terms import Given, literal

if TYPE_CHECKING:
    from adgen.staging.stager import Stager
from adgen.staging.iterables import as_call, function_called, has_no_end
from adgen.staging.sources import takes_apart


def as_loops(stager: Stager, node: ast.For) -> list[ast.stmt] | None:
    """`itertools.product` and its like as the loops that they stand for; None for others."""
    function = function_called(stager, node.iter)
    if function is itertools.chain:
        parts = as_call(node.iter).args
        _refuse_leaving(stager, node)
        return [_for(node.target, part, node.body, node) for part in parts]
    if function is itertools.count:
        return _counting(stager, node, as_call(node.iter))
    if function is itertools.product:
        return [_nested(stager, node, _factors(stager, as_call(node.iter)))]
    if function is itertools.combinations:
        return _pairs(stager, node, as_call(node.iter))
    if function is np.ndindex or function is np.ndenumerate:
        return [_over_indices(stager, node, function is np.ndenumerate)]
    return None


def _counting(stager: Stager, node: ast.For, call: ast.Call) -> list[ast.stmt] | None:
    """`for i in count(start, step)`: a `while` that counts."""
    if call.keywords or any(isinstance(arg, ast.Starred) for arg in call.args):
        return None
    if not may_be_left(node.body):
        raise has_no_end(stager, node.iter)
    names: dict[str, ast.expr] = {"start": ast.Constant(0), "step": ast.Constant(1)}
    names |= dict(zip(names, (once(stager, arg) for arg in call.args), strict=False))
    count = new_name(stager, "count")
    text = f"{count} = start\nwhile True:\n    {count} = {count} + step"
    begun, loop = filled(text, names, node.iter)
    assert isinstance(loop, ast.While)
    now = ast.copy_location(ast.Name(count, ast.Load()), node.iter)
    bound = ast.copy_location(ast.Assign([node.target], now), node)
    loop.body = [bound, *loop.body, *node.body]
    return [begun, loop]


def _refuse_leaving(stager: Stager, node: ast.For) -> None:
    if "break" in ways_out(node.body) or node.orelse:
        raise stager.refuse(
            node.iter,
            f"`break` out of a loop over `{ast.unparse(node.iter)}` is not supported",
            help="write the loops that it stands for, and leave them by a flag",
        )


def _for(target: ast.expr, over: ast.expr, body: list[ast.stmt], node: ast.For) -> ast.For:
    return ast.copy_location(ast.For(target, over, body, []), node)


def _factors(stager: Stager, call: ast.Call) -> list[ast.expr]:
    times = 1
    for keyword in call.keywords:
        times = stager.objects.dicts.static_key(stager.expr(keyword.value), keyword.value)
    return list(call.args) * times


def _nested(stager: Stager, node: ast.For, factors: Sequence[ast.expr]) -> ast.For:
    _refuse_leaving(stager, node)
    if not takes_apart(node.target, len(factors)):
        raise stager.refuse(node.target, "write a name for each of these values")
    made = node.body
    for target, factor in reversed(list(zip(node.target.elts, factors, strict=True))):  # type: ignore[attr-defined]
        made = [_for(target, factor, made, node)]
    assert isinstance(made[0], ast.For)
    return made[0]


def _over_indices(stager: Stager, node: ast.For, with_values: bool) -> ast.For:
    """`np.ndindex` and `np.ndenumerate`: a loop for each axis."""
    given, _ = stager.invocations.arguments(as_call(node.iter))
    target, first = node.target, []
    lengths = given[0].items if len(given) == 1 and given[0].items is not None else tuple(given)
    if with_values:
        lengths = stager.attributes.shape_of(given[0]).items or ()
        if not takes_apart(target, 2):
            raise stager.refuse(target, "np.ndenumerate gives an index and a value")
        target, value = target.elts  # type: ignore[attr-defined]
    if not lengths:
        raise stager.refuse(node.iter, "the number of axes is not known while compiling")
    if isinstance(target, ast.Name):
        names = [stager.spare(f"{target.id}{axis}") for axis in range(len(lengths))]
        index = ast.Tuple([name(n) for n in names], ast.Load())
        first.append(ast.Assign([target], index))
        target = ast.Tuple([ast.Name(n, ast.Store()) for n in names], ast.Store())
    if with_values:
        index = ast.Tuple([name(t.id) for t in target.elts if isinstance(t, ast.Name)], ast.Load())  # type: ignore[attr-defined]
        first.append(ast.Assign([value], ast.Subscript(Given(given[0]), index, ast.Load())))
    for stmt in first:
        for part in ast.walk(stmt):
            ast.copy_location(part, node.target)
    factors: list[ast.expr] = [ast.Call(name("range"), [Given(n)], []) for n in lengths]
    for part in (p for factor in factors for p in ast.walk(factor)):
        ast.copy_location(part, node.iter)
    loop = ast.copy_location(ast.For(target, node.iter, [*first, *node.body], node.orelse), node)
    return _nested(stager, loop, factors)


def _pairs(stager: Stager, node: ast.For, call: ast.Call) -> list[ast.stmt] | None:
    """`combinations(range(n), 2)`: nested loops, each from behind the one around it."""
    inner, size = call.args
    plain = function_called(stager, inner) is range and len(as_call(inner).args) == 1
    count = literal(size)
    if not (plain and isinstance(count, int) and takes_apart(node.target, count)):
        return None
    targets = node.target.elts  # type: ignore[attr-defined]
    if not all(isinstance(target, ast.Name) for target in targets):
        return None
    _refuse_leaving(stager, node)
    stop, function = as_call(inner).args[0], as_call(inner).func
    body = node.body
    for at in reversed(range(len(targets))):
        before = [ast.BinOp(name(targets[at - 1].id), ast.Add(), ast.Constant(1))] if at else []
        over = ast.Call(function, [*before, stop], [])
        for part in ast.walk(over):
            if isinstance(part, ast.expr) and not hasattr(part, "lineno"):
                ast.copy_location(part, inner)
        body = [_for(targets[at], over, body, node)]
    return body
