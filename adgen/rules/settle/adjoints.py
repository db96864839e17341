"""The arrays that adjoints start as, and are when they are handed out."""

from __future__ import annotations

import ast

from adgen.ir import name
from adgen.rules.settle import Context, Expr
from adgen.rules.settle.spelling import call, copied, length, shape_of
from adgen.types import Dim, ListOf, Num, Type

DTYPES = {
    "f2": "float16",
    "f4": "float32",
    "f8": "float64",
    "f16": "longdouble",
    "c8": "complex64",
    "c16": "complex128",
    "c32": "clongdouble",
}


def is_full(context: Context, given: Type, wanted: Type) -> bool:
    """Whether an adjoint of this type has an element for each of the primal's."""
    if not (isinstance(given, Num) and isinstance(wanted, Num)):
        return True
    if given.dims is None or wanted.dims is None:
        # an adjoint of unknown shape comes from helpers, which give full ones
        return given.dims is None or wanted.dims == ()
    if len(given.dims) != len(wanted.dims):
        return False
    pairs = zip(given.dims, wanted.dims, strict=True)
    return all(_as_long(context, a, b) for a, b in pairs)


def _as_long(context: Context, given: Dim, wanted: Dim) -> bool:
    """Whether an adjoint's axis is not one that stands for a longer one."""
    if given.known == 1:
        return context.facts.is_one(wanted) is True
    return context.facts.same(given, wanted) is not False


def spread(dy: Expr, y: Expr, type_: Type) -> Expr:
    """An adjoint that is smaller than its primal, at the primal's shape, for reading."""
    return call("broadcast_to", dy, shape_of_primal(y, type_))


def shape_of_primal(x: Expr, type_: Type) -> Expr:
    """`x.shape`; for a list of numbers its length."""
    one = isinstance(type_, ListOf) and not type_.holds_objects
    return length(x, 0) if one else shape_of(x)


def zeros_like(x: Expr, type_: Type) -> Expr:
    """Zeros for an adjoint of this primal."""
    if isinstance(type_, Num) and type_.is_scalar:
        return ast.Constant(0j if type_.kind == "c" else 0.0)
    if isinstance(type_, ListOf):
        # its numbers may be integers, of which `zeros_like` would make more
        return call("zeros", shape_of_primal(x, type_), *dtype_argument(type_))
    return call("zeros_like", x)


def list_of_zeros(x: Expr) -> Expr:
    """Zeros for an adjoint that is a list, as its primal is one of numbers."""
    one: Expr = ast.List([ast.Constant(0.0)], ast.Load())
    return ast.BinOp(one, ast.Mult(), length(x, 0))


def is_zero(adjoint: Expr) -> bool:
    """Whether an adjoint is the zeros of a value that nothing has been received for."""
    if isinstance(adjoint, ast.Constant):
        return bool(adjoint.value == 0)
    match adjoint:
        case ast.Call(func=ast.Attribute(value=ast.Name(id="@np"), attr="zeros_like")):
            return True
    return False


def is_fresh(adjoint: Expr) -> bool:
    """Whether an adjoint is set up for what is added to it later: as zeros, or filled."""
    match adjoint:
        case ast.Call(func=ast.Attribute(value=ast.Name(id="@np"), attr=made)):
            return made in ("zeros", "zeros_like", "full", "full_like")
    return is_zero(adjoint) or is_list_of_zeros(adjoint)


def is_list_of_zeros(adjoint: Expr) -> bool:
    """Whether an adjoint is set up as a list of Python's numbers."""
    match adjoint:
        case ast.BinOp(left=ast.List(elts=[ast.Constant()]), op=ast.Mult()):
            return True
    return False


def full_like(x: Expr, value: Expr, type_: Type) -> Expr:
    """An array like `x` filled with what broadcasts to it."""
    if isinstance(type_, ListOf):
        return call("full", shape_of_primal(x, type_), value, *dtype_argument(type_))
    if isinstance(type_, Num) and type_.form == "any" and type_.dims is not None:
        # an iterator is nothing to be like
        return call("full", shape_of(x), value, *dtype_argument(type_))
    return call("full_like", x, value)


def as_list(node: Expr, type_: ListOf) -> Expr:
    """An adjoint that is an array, as a list like that of its primal."""
    if type_.item is not None and not isinstance(type_.item, ListOf) and not type_.item.is_python:
        return ast.Call(name("list"), [node], [])
    return ast.Call(ast.Attribute(node, "tolist", ast.Load()), [], [])


def dtype_argument(type_: Num) -> list[Expr]:
    if type_.dtype in ("", "f8") or type_.dtype not in DTYPES:
        return []
    return [ast.Attribute(name("@np"), DTYPES[type_.dtype], ast.Load())]


def copy_of(node: Expr, type_: Type) -> Expr:
    """A copy of an array, or of a list and of what is in it."""
    if isinstance(type_, Num) and type_.form == "any":
        return call("copy", node)  # on some path it may be a Python number
    if not isinstance(type_, ListOf) or not type_.holds_objects:
        return copied(node)
    assert type_.item is not None
    each = ast.comprehension(ast.Name("row", ast.Store()), node, [], 0)
    return ast.ListComp(copy_of(name("row"), type_.item), [each])


def cast(node: Expr, primal: Num) -> Expr:
    """An adjoint in the dtype of its primal."""
    if primal.is_python:
        return ast.Call(name("complex" if primal.kind == "c" else "float"), [node], [])
    if not primal.dtype:
        return node
    kind = ast.Attribute(name("@np"), DTYPES[primal.dtype], ast.Load())
    if primal.dims is None or (primal.dims == () and primal.form == "np"):
        return ast.Call(kind, [node], [])  # of an array it makes one, too
    return ast.Call(ast.Attribute(node, "astype", ast.Load()), [kind], [])
