"""Indices: what they may name twice, whether they show a view, and what undoes them."""

from __future__ import annotations

import ast

from adgen.ir import Gate
from adgen.rules.settle import Context, Expr, settles
from adgen.rules.settle.spelling import as_argument, call, copied, helper, indexed
from adgen.rules.shapes import Dims, broadcast
from adgen.types import Known, Num, Seq, Type


@settles
def taken_out(context: Context, dy: Expr, index: Expr) -> Expr | None:
    """What `dy` has for values that were written to `index`, before it is cleared there.

    A view is copied; of values written to one element, the last counts.
    """
    part = ast.Subscript(dy, index, ast.Load())
    if repeats(context, index):
        return ast.BinOp(part, ast.Mult(), helper("last_written", dy, as_argument(index)))
    parts = index.elts if isinstance(index, ast.Tuple) else [index]
    is_view = all(
        _basic(context, p) and getattr(context.type_of(p), "kind", "") != "b" for p in parts
    )
    return copied(part) if is_view and context.dims(part) != () else part


@settles
def seen_through(context: Context, dy: Expr, index: Expr) -> Expr | None:
    """`dy[index]`, which for `:` and `...` is `dy`."""
    parts = index.elts if isinstance(index, ast.Tuple) else [index]
    if all(is_whole(p) or is_ellipsis(p) for p in parts):
        return dy
    return ast.Subscript(dy, index, ast.Load())


@settles
def uncycled(context: Context, dy: Expr, v: Expr) -> Expr | None:
    """The adjoint of values that are used again from the start where they are too few."""
    given, wanted = context.dims(dy), context.dims(v)
    if wanted == ():
        return call("sum", dy)
    if given is None or wanted is None or len(given) != len(wanted):
        return None
    return dy if all(map(context.facts.same, given, wanted)) else None


def repeats(context: Context, index: Expr) -> bool:
    """Whether an index may name one element twice."""
    parts = index.elts if isinstance(index, ast.Tuple) else [index]
    arrays = [part for part in parts if not _basic(context, part)]
    if not arrays:
        return False
    shapes = [context.dims(part) for part in arrays]
    whole = broadcast(context.facts, *shapes)
    return not any(
        _distinct(context, part) and whole is not None and _is_whole_shape(context, shape, whole)
        for part, shape in zip(arrays, shapes, strict=True)
    )


def one_in_each(context: Context, index: Expr, dims: Dims) -> int | None:
    """The axis along which an index names one element wherever one looks along it: 1 for
    `np.arange(n), y` of n rows, 0 for an element of a row."""
    parts = index.elts if isinstance(index, ast.Tuple) else [index]
    shapes = [context.dims(part) for part in parts]
    if len(parts) != len(dims) or any(isinstance(part, ast.Slice) for part in parts):
        return None
    if shapes == [()]:
        return 0
    if len(parts) != 2 or any(shape is None or len(shape) != 1 for shape in shapes):
        return None
    if any(getattr(context.type_of(part), "kind", "") != "i" for part in parts):
        return None  # an array of truth values names as many as are true
    for at, part in enumerate(parts):
        (own,) = shapes[at] or ()
        if _distinct(context, part) and context.facts.same(own, dims[at]):
            return 1 - at
    return None


def _is_whole_shape(context: Context, own: Dims | None, whole: Dims) -> bool:
    """Whether an index array is not stretched over others beside it."""
    if own is None or len(own) != len(whole):
        return False
    return all(context.facts.same(a, b) for a, b in zip(own, whole, strict=True))


def _basic(context: Context, part: Expr) -> bool:
    if isinstance(part, ast.Slice | ast.Constant):
        return True
    type_ = context.type_of(part)
    if isinstance(type_, Seq) and type_.kind == "tuple":
        return all(not (isinstance(t, Num) and t.dims != ()) for t in type_.items)
    if isinstance(type_, Known | Seq):
        return isinstance(type_, Known) or type_.kind == "slice"
    return isinstance(type_, Num) and (type_.dims == () or type_.kind == "b")


def _distinct(context: Context, part: Expr) -> bool:
    """Whether an index array names each position once: a range, or numbers written out."""
    if isinstance(part, ast.List):
        numbers = [e.value for e in part.elts if isinstance(e, ast.Constant)]
        return len(set(numbers)) == len(part.elts)
    if not isinstance(part, ast.Name):
        return False
    gate = context.definition(part.id)
    while gate is not None and gate.op is not None and gate.op.name == "copy":
        source = gate.operands["x"]
        gate = context.definition(source.id) if isinstance(source, ast.Name) else None
    if gate is None or gate.op is None:
        return False
    rule = gate.op.general
    if not callable(rule.distinct):
        return bool(rule.distinct)
    asked = rule.distinct.__code__.co_varnames[: rule.distinct.__code__.co_argcount]
    given = {k: context.type_of(e) for k, e in gate.operands.items()}
    return bool(rule.distinct(*(given.get(key) for key in asked)))


def is_whole(part: Expr) -> bool:
    return isinstance(part, ast.Slice) and part.lower is part.upper is part.step is None


def is_ellipsis(part: Expr) -> bool:
    return isinstance(part, ast.Constant) and part.value is Ellipsis


@settles
def narrowed(context: Context, dy: Expr, x: Expr, index: Expr) -> Expr | None:
    """The adjoint of `x` in `x[:, None]`: the axes that None made have one element."""
    type_ = context.type_of(index)
    items = type_.items if isinstance(type_, Seq) and type_.kind == "tuple" else (type_,)
    parts = [_written_out(item) for item in items]  # `:` may have a name
    dims = context.dims(x)
    assert dims is not None
    if any(map(is_ellipsis, parts)):
        at = next(i for i, p in enumerate(parts) if getattr(p, "value", 0) is Ellipsis)
        taken = sum(is_whole(p) for p in parts)
        parts[at : at + 1] = [ast.Slice()] * (len(dims) - taken)
    picks: list[Expr] = [p if is_whole(p) else ast.Constant(0) for p in parts]
    while picks and isinstance(picks[-1], ast.Slice):
        picks.pop()
    if not picks:
        return dy
    return indexed(dy, picks[0] if len(picks) == 1 else ast.Tuple(picks, ast.Load()))


def _written_out(part: Type) -> Expr:
    """`:`, `...` or None, as a part of an index is written."""
    return ast.Constant(part.value) if isinstance(part, Known) else ast.Slice()


def is_view(context: Context, gate: Gate) -> bool:
    """Whether a gate that only moves elements does so without copying them."""
    index = gate.operands.get("index")
    if index is None:
        return True
    parts = index.elts if isinstance(index, ast.Tuple) else [index]
    return all(_basic(context, p) and getattr(context.type_of(p), "kind", "") != "b" for p in parts)
