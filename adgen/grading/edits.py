"""Small changes to an expression, each with the mistake that it would undo.

An edit is tried by evaluating the changed expression on recorded values (`evaluate.py`): nothing
here runs, and nothing here knows what is right.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from adgen.grading.causes import Cause
from adgen.grading.closeness import is_data


@dataclass(frozen=True)
class Edit:
    """A changed expression, and what was wrong if it is right."""

    cause: Cause
    expr: ast.expr
    says: str = ""


def edits(expr: ast.expr, names: Mapping[str, Any]) -> Iterator[Edit]:
    """All edits, the commonest mistakes first."""
    for kind in KINDS:
        yield from kind(expr, names)


def put(tree: Any, old: ast.AST, new: ast.AST) -> Any:
    """The tree with one of its nodes replaced; what is not on the way is shared."""
    if tree is old:
        return new
    if not isinstance(tree, ast.AST) or not any(n is old for n in ast.walk(tree)):
        return tree
    fields = {
        name: [put(v, old, new) for v in value] if isinstance(value, list) else put(value, old, new)
        for name, value in ast.iter_fields(tree)
    }
    return ast.copy_location(type(tree)(**fields), tree)


def parsed(text: str) -> ast.expr:
    return ast.parse(text, mode="eval").body


def _nodes(expr: ast.expr, *kinds: Any) -> list[Any]:
    return [node for node in ast.walk(expr) if isinstance(node, kinds)]


def _called(node: ast.expr) -> str:
    """The last name of what a call calls."""
    if not isinstance(node, ast.Call):
        return ""
    func = node.func
    return func.attr if isinstance(func, ast.Attribute) else getattr(func, "id", "")


def _is_method(node: ast.Call) -> bool:
    """Whether a call is `x.sum(...)` and not `np.sum(x, ...)`."""
    func = node.func
    if not isinstance(func, ast.Attribute):
        return False
    return not (isinstance(func.value, ast.Name) and func.value.id in ("np", "numpy"))


# -- transposes -----------------------------------------------------------------------------------


def transposes(expr: ast.expr, names: Mapping[str, Any]) -> Iterator[Edit]:
    """Operands of products transposed or not, and in the other order."""
    for node in _nodes(expr, ast.BinOp, ast.Call):
        pair = _factors_of(node)
        if pair is None:
            continue
        a, b = pair
        for first, second in ((a, b), (b, a)):
            for left in (first, _turned(first)):
                for right in (second, _turned(second)):
                    if left is not a or right is not b:
                        made = _product(node, left, right)
                        yield Edit(Cause.TRANSPOSE, put(expr, node, made))
    yield Edit(Cause.TRANSPOSE, _turned(expr))
    for element in _nodes(expr, ast.Subscript):
        if isinstance(element.slice, ast.Tuple) and len(element.slice.elts) == 2:
            turned = ast.Tuple(element.slice.elts[::-1], ast.Load())
            yield Edit(Cause.TRANSPOSE, put(expr, element.slice, turned))
    for name in _nodes(expr, ast.Name):
        value = names.get(name.id)
        if isinstance(value, np.ndarray) and value.ndim == 2:
            yield Edit(Cause.TRANSPOSE, put(expr, name, _turned(name)))


def _factors_of(node: ast.expr) -> tuple[ast.expr, ast.expr] | None:
    match node:
        case ast.BinOp(left=a, op=ast.MatMult(), right=b):
            return a, b
        case ast.Call(args=[a, b], keywords=[]) if _called(node) in (
            "dot", "matmul", "outer",
        ) and not _is_method(node):  # fmt: skip
            return a, b
        case ast.Call(func=ast.Attribute(value=a, attr="dot"), args=[b], keywords=[]):
            return a, b
    return None


def _product(node: Any, left: ast.expr, right: ast.expr) -> ast.expr:
    if isinstance(node, ast.BinOp):
        return ast.BinOp(left, node.op, right)
    if _is_method(node):
        return ast.Call(ast.Attribute(left, "dot", ast.Load()), [right], [])
    return ast.Call(node.func, [left, right], [])


def _turned(node: ast.expr) -> ast.expr:
    """`x.T`, or `x` of `x.T`."""
    if isinstance(node, ast.Attribute) and node.attr == "T":
        return node.value
    return ast.Attribute(node, "T", ast.Load())


# -- signs ----------------------------------------------------------------------------------------


def signs(expr: ast.expr, names: Mapping[str, Any]) -> Iterator[Edit]:
    """A minus more or less, and `+` for `-`."""
    yield Edit(Cause.SIGN, ast.UnaryOp(ast.USub(), expr))
    for node in _nodes(expr, ast.UnaryOp):
        if isinstance(node.op, ast.USub):
            yield Edit(Cause.SIGN, put(expr, node, node.operand))
    for node in _nodes(expr, ast.BinOp):
        if isinstance(node.op, ast.Add | ast.Sub):
            other: ast.operator = ast.Sub() if isinstance(node.op, ast.Add) else ast.Add()
            yield Edit(Cause.SIGN, put(expr, node, ast.BinOp(node.left, other, node.right)))
            if isinstance(node.op, ast.Sub):
                turned = ast.BinOp(node.right, node.op, node.left)
                yield Edit(Cause.SIGN, put(expr, node, turned))
        for part in (node.left, *(() if isinstance(node.op, ast.Pow) else (node.right,))):
            yield Edit(Cause.SIGN, put(expr, part, ast.UnaryOp(ast.USub(), part)))
    for node in _nodes(expr, ast.Call):
        for part in node.args:
            yield Edit(Cause.SIGN, put(expr, part, ast.UnaryOp(ast.USub(), part)))


# -- axes -----------------------------------------------------------------------------------------

_REDUCTIONS = ("sum", "mean", "max", "min", "amax", "amin", "prod")
_AXES = ("None", "0", "1", "2", "(0, 1)", "(0, 2)", "(1, 2)")


def axes(expr: ast.expr, names: Mapping[str, Any]) -> Iterator[Edit]:
    """Sums over other axes, with and without keepdims, one more and one less."""
    for node in _nodes(expr, ast.Call):
        if _called(node) not in _REDUCTIONS:
            continue
        of = node.func.value if _is_method(node) else (node.args[0] if node.args else None)
        if of is None:
            continue
        yield Edit(Cause.AXIS, put(expr, node, of), "there is one sum too many")
        for axis in _AXES:
            for kept in ("False", "True"):
                yield Edit(Cause.AXIS, put(expr, node, _sum(of, axis, kept, _called(node))))
    for axis in _AXES:
        for kept in ("False", "True"):
            says = "a sum is missing: the value was stretched in the forward"
            yield Edit(Cause.AXIS, _sum(expr, axis, kept), says)
    for node in _nodes(expr, ast.BinOp):
        for part in (node.left, node.right):
            for axis in _AXES[:3]:
                for kept in ("False", "True"):
                    yield Edit(Cause.AXIS, put(expr, part, _sum(part, axis, kept)))


def _sum(of: ast.expr, axis: str, kept: str, function: str = "sum") -> ast.expr:
    call = parsed(f"np.{function}(x, axis={axis}, keepdims={kept})")
    assert isinstance(call, ast.Call)
    call.args[0] = of
    return call


# -- branches -------------------------------------------------------------------------------------

_OTHER_SIDE: dict[type[ast.cmpop], tuple[type[ast.cmpop], ...]] = {
    ast.Gt: (ast.Lt, ast.LtE, ast.GtE), ast.GtE: (ast.Lt, ast.LtE, ast.Gt),
    ast.Lt: (ast.Gt, ast.GtE, ast.LtE), ast.LtE: (ast.Gt, ast.GtE, ast.Lt),
    ast.Eq: (ast.NotEq,), ast.NotEq: (ast.Eq,),
}  # fmt: skip


def branches(expr: ast.expr, names: Mapping[str, Any]) -> Iterator[Edit]:
    """Comparisons turned round, the operands of choices changed over."""
    for node in _nodes(expr, ast.Compare):
        if len(node.ops) == 1:
            for side in _OTHER_SIDE.get(type(node.ops[0]), ()):
                made = ast.Compare(node.left, [side()], node.comparators)
                yield Edit(Cause.BRANCH, put(expr, node, made))
    for node in _nodes(expr, ast.Call):
        if _called(node) == "where" and len(node.args) == 3:
            test, yes, no = node.args
            yield Edit(Cause.BRANCH, put(expr, node, ast.Call(node.func, [test, no, yes], [])))
        for one, other in (("maximum", "minimum"), ("minimum", "maximum")):
            if _called(node) == one:
                made_call = ast.Call(parsed(f"np.{other}"), node.args, node.keywords)
                yield Edit(Cause.BRANCH, put(expr, node, made_call))
    for node in _nodes(expr, ast.IfExp):
        yield Edit(Cause.BRANCH, put(expr, node, ast.IfExp(node.test, node.orelse, node.body)))
    for node in _nodes(expr, ast.UnaryOp):
        if isinstance(node.op, ast.Invert):
            yield Edit(Cause.BRANCH, put(expr, node, node.operand))
    forgotten = "the gradient goes to one side alone, so it has to be masked"
    for mask in _masks(names):
        yield Edit(Cause.BRANCH, ast.BinOp(expr, ast.Mult(), mask), forgotten)
    yield from _other_masks(expr, names)


def _other_masks(expr: ast.expr, names: Mapping[str, Any]) -> Iterator[Edit]:
    for node in _nodes(expr, ast.Compare):
        for mask in _masks(names):
            yield Edit(Cause.BRANCH, put(expr, node, mask))


def _masks(names: Mapping[str, Any]) -> Iterator[ast.expr]:
    floats = [n for n, v in names.items() if is_data(v) and not n.startswith("d")][:12]
    for name in floats:
        yield parsed(f"({name} > 0)")
    for one in floats:
        for other in floats:
            if one != other and np.shape(names[one]) == np.shape(names[other]):
                yield parsed(f"({one} > {other})")


# -- names and factors ----------------------------------------------------------------------------


def turned_masks(expr: ast.expr, names: Mapping[str, Any]) -> Iterator[Edit]:
    """The other side of a mask that has a name."""
    for node in _nodes(expr, ast.Name):
        value = names.get(node.id)
        if isinstance(value, np.ndarray) and value.dtype.kind == "b":
            yield Edit(Cause.BRANCH, put(expr, node, ast.UnaryOp(ast.Invert(), node)))


def gradient_names(expr: ast.expr, names: Mapping[str, Any]) -> Iterator[Edit]:
    """Another gradient in place of one."""
    mine = {n: v for n, v in names.items() if n.startswith("d")}
    yield from _swapped(expr, mine, mine)


def other_names(expr: ast.expr, names: Mapping[str, Any]) -> Iterator[Edit]:
    """Another name in place of one."""
    yield from _swapped(expr, names, names)


def _swapped(expr: ast.expr, others: Mapping[str, Any], names: Mapping[str, Any]) -> Iterator[Edit]:
    for node in _nodes(expr, ast.Name):
        for name, value in others.items():
            if name != node.id and node.id in names and is_data(value):
                says = f"`{name}` instead of `{node.id}`?"
                yield Edit(Cause.NAME, put(expr, node, ast.Name(name, ast.Load())), says)


def simple_factors(expr: ast.expr, names: Mapping[str, Any]) -> Iterator[Edit]:
    """A factor less, a mean for a sum, a number or a length more."""
    for node in _nodes(expr, ast.BinOp):
        if isinstance(node.op, ast.Mult | ast.Div):
            yield Edit(Cause.FACTOR, put(expr, node, node.left), "there is a factor too many")
            turned: ast.operator = ast.Div() if isinstance(node.op, ast.Mult) else ast.Mult()
            yield Edit(Cause.FACTOR, put(expr, node, ast.BinOp(node.left, turned, node.right)))
            if isinstance(node.op, ast.Mult):
                yield Edit(Cause.FACTOR, put(expr, node, node.right), "there is a factor too many")
    for node in _nodes(expr, ast.Call):
        for one, other in (("mean", "sum"), ("sum", "mean")):
            if _called(node) == one:
                func = (ast.Attribute(node.func.value, other, ast.Load())
                        if isinstance(node.func, ast.Attribute) else node.func)  # fmt: skip
                yield Edit(Cause.FACTOR, put(expr, node, ast.Call(func, node.args, node.keywords)))
    lengths = [f"{n}.shape[{axis}]" for n, v in names.items() if is_data(v)
               for axis in range(np.ndim(v))]  # fmt: skip
    numbers = ["2", "0.5", "3", "4", "0.25", "1 / 3", "0.1", "0.01"]
    yield from _multiplied(expr, [*numbers, *[f"1 / {n}" for n in lengths], *lengths])
    for node in _nodes(expr, ast.Name):
        value = names.get(node.id)
        if not is_data(value) or np.asarray(value).dtype.kind not in "fc":
            continue
        for text in (f"{node.id}**2", f"(1 - {node.id})"):
            yield Edit(Cause.FACTOR, put(expr, node, parsed(text)))


def divisors(expr: ast.expr, names: Mapping[str, Any]) -> Iterator[Edit]:
    """Divided by one more value."""
    yield from _multiplied(expr, [f"1 / {n}" for n, v in names.items() if is_data(v)])


def factors(expr: ast.expr, names: Mapping[str, Any]) -> Iterator[Edit]:
    """A factor more, somewhere in the expression."""
    yield from _multiplied(expr, _factors_among(names))


def _multiplied(expr: ast.expr, texts: Sequence[str]) -> Iterator[Edit]:
    pool = [(text, parsed(text)) for text in texts]
    for node in [expr, *_nodes(expr, ast.Name)]:
        for text, factor in pool:
            made = put(expr, node, ast.BinOp(node, ast.Mult(), factor))
            yield Edit(Cause.FACTOR, made, f"the factor `{text}`?")


def _factors_among(names: Mapping[str, Any]) -> list[str]:
    """Factors that may have been forgotten."""
    texts = []
    counters = [name for name, value in names.items() if type(value) is int]
    for name, value in names.items():
        if isinstance(value, list):
            texts += [f"{name}[{i}]" for i in (*counters, *[f"{i} + 1" for i in counters], "-1")]
        if isinstance(value, dict):
            texts += [f"{name}[{key!r}]" for key, part in value.items() if is_data(part)]
        if not is_data(value):
            continue
        texts.append(name)
        if not name.startswith("d"):
            texts += [f"(1 - {name})", f"{name}**2", f"(1 - {name}**2)", f"{name} * (1 - {name})",
                      f"2 * {name}", f"1 / {name}**2", f"0.5 / {name}", f"1 / {name}**3",
                      f"np.cos({name})", f"np.sin({name})", f"np.exp({name})"]  # fmt: skip
            if np.ndim(value) > 1:
                texts.append(f"1 / {name}.size")
    return texts


def functions(expr: ast.expr, names: Mapping[str, Any]) -> Iterator[Edit]:
    """Another function, power or number."""
    pairs = [("sin", "cos"), ("sinh", "cosh"), ("exp", "log"), ("sqrt", "square")]
    for node in _nodes(expr, ast.Call):
        for one, other in [*pairs, *[(b, a) for a, b in pairs]]:
            if _called(node) == one and isinstance(node.func, ast.Attribute):
                func = ast.Attribute(node.func.value, other, ast.Load())
                made = ast.Call(func, node.args, node.keywords)
                yield Edit(Cause.FACTOR, put(expr, node, made), f"`{other}` instead of `{one}`?")
    for node in _nodes(expr, ast.Constant):
        if isinstance(node.value, int | float) and not isinstance(node.value, bool):
            near = (node.value + 1, node.value - 1, 2 * node.value, node.value / 2)
            for value in near:
                yield Edit(Cause.FACTOR, put(expr, node, ast.Constant(value)))
    for node in _nodes(expr, ast.BinOp):
        if isinstance(node.op, ast.Pow):
            yield Edit(Cause.FACTOR, put(expr, node, node.left))
            upside_down = ast.BinOp(node.left, node.op, ast.UnaryOp(ast.USub(), node.right))
            yield Edit(Cause.FACTOR, put(expr, node, upside_down))
            if isinstance(node.left, ast.BinOp) and isinstance(node.left.op, ast.Add | ast.Sub):
                power = ast.BinOp(node.left.right, node.op, node.right)
                inside = ast.BinOp(node.left.left, node.left.op, power)
                yield Edit(Cause.FACTOR, put(expr, node, inside), "the power is of one term alone")


def neighbours(expr: ast.expr, names: Mapping[str, Any]) -> Iterator[Edit]:
    """The element before or behind: `hs[t]` for `hs[t + 1]`."""
    for node in _nodes(expr, ast.Subscript):
        shifted: list[ast.expr] = []
        match node.slice:
            case ast.BinOp(left=ast.Name() as name, op=ast.Add() | ast.Sub(), right=ast.Constant()):
                shifted = [name]
            case ast.Name() as name:
                shifted = [ast.BinOp(name, op, ast.Constant(1)) for op in (ast.Add(), ast.Sub())]
        for index in shifted:
            made = ast.Subscript(node.value, index, ast.Load())
            yield Edit(Cause.NAME, put(expr, node, made), "the element beside it?")


# the commonest mistakes first; the last ones may come out right by chance
KINDS = (
    axes, transposes, signs, branches, simple_factors, functions, neighbours, gradient_names,
    divisors, other_names, factors,
)  # fmt: skip
