"""What a rule's helpers come to, once ranks and lengths are known.

A rule says `dx = unreduce(dy, x, axis, keepdims)`; what a person would write
depends on the rank of `x`: nothing at all for `axis=0`, `dy[:, None]` for
`axis=1`.  Each function here gives that expression, or None where types cannot
settle it, and then the helper of the same name in `runtime` is called.
"""

from __future__ import annotations

import ast
import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from adgen.algebra import Product, build, negate, product_of
from adgen.ir import Gate, name, parse
from adgen.rules.shapes import Dims, axes_of, broadcast
from adgen.types import Dim, Facts, Known, ListOf, Num, Seq, Type

Expr = ast.expr


@dataclass
class Context:
    """What a helper may ask about the program around it."""

    facts: Facts
    type_of: Callable[[Expr], Type]
    definition: Callable[[str], Gate | None]

    def dims(self, node: Expr) -> Dims | None:
        type_ = self.type_of(node)
        return type_.dims if isinstance(type_, Num) else None


class CannotSettle(Exception):
    """What a rule's helper has to refuse; says why."""


Settler = Callable[..., Expr | None]
SETTLERS: dict[str, Settler] = {}
# helpers that make do with an adjoint that is smaller than what it stands for
TOLERANT = {"unreduce", "fitted", "last_element", "all_but_last"}


def settles(function: Settler) -> Settler:
    SETTLERS[function.__name__] = function
    return function


def call(function: str, *args: Expr, **keywords: Expr) -> ast.Call:
    """A call of a NumPy function, `call("sum", x, axis=...)`."""
    func = ast.Attribute(name("@np"), function, ast.Load())
    return ast.Call(func, list(args), [ast.keyword(k, v) for k, v in keywords.items()])


def shape_of(node: Expr) -> Expr:
    return ast.Attribute(node, "shape", ast.Load())


def length(node: Expr, axis: int) -> Expr:
    """`x.shape[0]`"""
    return ast.Subscript(shape_of(node), ast.Constant(axis), ast.Load())


def axis_argument(axes: tuple[int, ...]) -> Expr:
    """`axis=0`, or `axis=(0, 1)`."""
    if len(axes) == 1:
        return ast.Constant(axes[0])
    return ast.Tuple([ast.Constant(a) for a in axes], ast.Load())


def helper(function: str, *args: Expr) -> ast.Call:
    """A call of a function of `runtime`."""
    return ast.Call(name(f"@rt.{function}"), list(args), [])


# -- broadcasting ---------------------------------------------------------------


def unbroadcast(context: Context, dx: Expr, x: Expr, y: Expr) -> Expr:
    """The adjoint of the operand `x` of an elementwise `y`, summed where `x` was stretched.

    `dx` may be smaller than `y`: what is constant along an axis is multiplied by
    the axis' length instead of being summed.
    """
    small, full, given = context.dims(x), context.dims(y), context.dims(dx)
    if small == ():
        if full == ():
            return dx
    if given is None and small is not None and small == full:
        return dx  # what helpers give is whole
    if small is None or full is None or given is None:
        return helper("unbroadcast", dx, numpy_shape(context, x), numpy_shape(context, y))
    lead = len(full) - len(small)
    gone: list[int] = list(range(lead))
    stretched: list[int] = []
    for i, dim in enumerate(small):
        one, wide = context.facts.is_one(dim), context.facts.is_one(full[lead + i])
        if context.facts.same(dim, full[lead + i]) or one is False:
            continue
        if one is None or wide is None:
            return helper("unbroadcast", dx, numpy_shape(context, x), numpy_shape(context, y))
        if one and not wide:
            stretched.append(lead + i)
    return summed_over(context, dx, given, full, gone, stretched, x, y)


def numpy_shape(context: Context, node: Expr) -> Expr:
    type_ = context.type_of(node)
    if isinstance(type_, Num) and type_.form in ("array", "np"):
        return shape_of(node)
    return call("shape", node)


@settles
def places_in(context: Context, x: Expr) -> Expr | None:
    """The elements' numbers, row by row, in the places of the elements."""
    dims = context.dims(x)
    type_ = context.type_of(x)
    if dims is None or not (isinstance(type_, Num) and type_.form == "array"):
        numbers = call("arange", call("size", x))
        reshape = ast.Attribute(numbers, "reshape", ast.Load())
        return ast.Call(reshape, [numpy_shape(context, x)], [])
    if len(dims) == 1:
        return call("arange", length(x, 0))
    numbers = call("arange", ast.Attribute(x, "size", ast.Load()))
    return ast.Call(ast.Attribute(numbers, "reshape", ast.Load()), [shape_of(x)], [])


@settles
def own_shape(context: Context, x: Expr) -> Expr | None:
    """`x.shape`; of what may be a Python number, `np.shape(x)`."""
    return numpy_shape(context, x)


def summed_over(
    context: Context,
    dx: Expr,
    given: Dims,
    full: Dims,
    gone: list[int],
    stretched: list[int],
    x: Expr,
    y: Expr,
) -> Expr:
    """`dx` summed over axes of `full`: `gone` disappear, `stretched` stay with length 1."""
    offset = len(full) - len(given)

    def present(axis: int) -> bool:
        return axis >= offset and not (
            context.facts.is_one(given[axis - offset])
            and not context.facts.same(given[axis - offset], full[axis])
        )

    missing = [axis for axis in (*gone, *stretched) if not present(axis)]
    dropped = [axis - offset for axis in gone if axis >= offset]
    kept = [axis - offset for axis in stretched if present(axis)]
    summed = [a for a in dropped if present(a + offset)]
    result = dx
    flat = [a for a in dropped if a not in summed]
    if dropped or kept:
        result = sum_axes(context, without_copy(dx) if summed else dx, given, summed, kept, flat)
    for axis in missing:
        if full[axis].known != 1:
            result = ast.BinOp(length(y, axis), ast.Mult(), result)
    return result


def sum_axes(
    context: Context,
    node: Expr,
    dims: Dims,
    gone: list[int],
    kept: list[int],
    flat: list[int],
) -> Expr:
    """A sum over axes of an expression; factors that it does not touch stay outside."""
    axes = sorted([*gone, *kept])
    if not axes:
        return _without_leading(node, len(flat))
    product = product_of(node)
    outside: list[Expr] = []
    inside: list[Expr] = []
    for factor in product.factors:
        (outside if _constant_over(context, factor, dims, axes) else inside).append(factor)
    under = [d for d in product.divisors if _constant_over(context, d, dims, axes)]
    within = [d for d in product.divisors if not _constant_over(context, d, dims, axes)]
    reshaped = bool(flat) or (bool(gone) and bool(kept))
    outside_ok = all(_fits(context, f, dims, gone) for f in (*outside, *under))
    if not inside or reshaped or not outside_ok:
        inside, outside, within, under = product.factors, [], product.divisors, []
    core = build(Product(False, inside, within))
    total = _sum(core, dims, gone, kept, flat)
    whole = build(Product(False, [*outside, total], under))
    return negate(whole) if product.negative else whole


def _constant_over(context: Context, factor: Expr, dims: Dims, axes: list[int]) -> bool:
    """Whether a factor has length 1, or no axis at all, along the axes that are summed."""
    own = context.dims(factor)
    if own is None:
        return False
    offset = len(dims) - len(own)
    return all(a < offset or own[a - offset].known == 1 or _one(context, own[a - offset])
               for a in axes)  # fmt: skip


def _one(context: Context, dim: Dim) -> bool:
    return context.facts.is_one(dim) is True


def _fits(context: Context, factor: Expr, dims: Dims, gone: list[int]) -> bool:
    """Whether a factor still lines up when the axes `gone` have disappeared."""
    own = context.dims(factor)
    if own is None:
        return False
    return not gone or len(own) <= len(dims) - (max(gone) + 1)


def _sum(node: Expr, dims: Dims, gone: list[int], kept: list[int], flat: list[int]) -> Expr:
    axes = sorted([*gone, *kept])
    if not kept and not flat:
        if len(gone) == len(dims):
            return call("sum", node)
        return call("sum", node, axis=axis_argument(tuple(axes)))
    total = call("sum", node, axis=axis_argument(tuple(axes)), keepdims=ast.Constant(True))
    return _without_leading(total, len(gone) + len(flat))


def _without_leading(node: Expr, count: int) -> Expr:
    """`node[0]`, `node[0, 0]`: drop leading axes of length 1."""
    if not count:
        return node
    zeros: list[Expr] = [ast.Constant(0) for _ in range(count)]
    index = zeros[0] if count == 1 else ast.Tuple(zeros, ast.Load())
    return ast.Subscript(node, index, ast.Load())


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


def part_for(context: Context, dx: Expr, wanted: Type, may_be_complex: bool) -> Expr:
    """An adjoint for an operand of this type: that of a real one is real.

    `may_be_complex` tells of an adjoint whose own type is not known.
    """
    if not isinstance(wanted, Num) or wanted.kind not in ("f", "i", "b"):
        return dx
    given = context.type_of(dx)
    kind = given.kind if isinstance(given, Num) else ""
    return real_part(context, dx) if kind == "c" or (not kind and may_be_complex) else dx


def real_part(context: Context, node: Expr, imaginary: bool = False) -> Expr:
    """`node.real`, with real factors left outside; of `1j * z` it is `-z.imag`."""
    product = product_of(node)
    negative = product.negative
    factors: list[Expr] = []
    inside: list[Expr] = []
    for factor in product.factors:
        size = _imaginary(factor)
        if size is not None:
            # 1j turns the real part into -imag, and the imaginary one into real
            negative, imaginary = negative != (not imaginary), not imaginary
            factors += [] if size == 1 else [ast.Constant(size)]
        else:
            (factors if _is_real(context, factor) else inside).append(factor)
    under = [d for d in product.divisors if _is_real(context, d)]
    within = [d for d in product.divisors if not _is_real(context, d)]
    part = "imag" if imaginary else "real"
    written = complex_literal(inside[0]) if len(inside) == 1 and not within else None
    if written is not None:
        core: Expr = ast.Constant(getattr(written, part))
    elif inside or within:
        core = ast.Attribute(build(Product(False, inside, within)), part, ast.Load())
    elif imaginary:
        core = ast.Constant(0.0)
    else:
        return build(Product(negative, factors, under))
    return build(Product(negative, [*factors, core], under))


def complex_literal(node: Expr) -> complex | None:
    """A complex number that is written out: `0.3 + 0.2j`."""
    try:
        value = ast.literal_eval(node)
    except (ValueError, TypeError):
        return None
    return value if isinstance(value, complex) else None


def _imaginary(node: Expr) -> float | None:
    """The size of a number on the imaginary axis that is written out: 2.0 for `2j`."""
    match node:
        case ast.Constant(value=complex() as value) if value.real == 0:
            return int(value.imag) if value.imag.is_integer() else value.imag
    return None


def _is_real(context: Context, node: Expr) -> bool:
    type_ = context.type_of(node)
    return isinstance(type_, Num) and type_.kind in ("f", "i", "b")


@settles
def fitted(context: Context, dx: Expr, x: Expr, y: Expr) -> Expr | None:
    """`dx` summed to the shape of `x`, for rules that broadcast in part (batched products)."""
    return unbroadcast(context, dx, x, y)


def conjugated(context: Context, x: Expr) -> Expr:
    """The complex conjugate: of a real number, the number itself; real factors stay outside."""
    product = product_of(x)
    real = [f for f in product.factors if not _may_be_complex(context, f)]
    under = [d for d in product.divisors if not _may_be_complex(context, d)]
    inside = [f for f in product.factors if f not in real]
    within = [d for d in product.divisors if d not in under]
    if not inside and not within:
        return x
    core = _conjugate(context, build(Product(False, inside, within)))
    return build(Product(product.negative, [*real, core], under))


SETTLERS["conjugated"] = conjugated


def _conjugate(context: Context, node: Expr) -> Expr:
    match node:
        case ast.Constant(value=complex() as value):
            flipped = ast.Constant(value.conjugate())
            return flipped if value.real else ast.UnaryOp(ast.USub(), node)
        case ast.Call(
            func=ast.Attribute(value=ast.Name(id="@np"), attr="conj" | "conjugate"), args=[inner]
        ):
            return inner
    type_ = context.type_of(node)
    if isinstance(type_, Num) and type_.is_scalar:
        return ast.Call(ast.Attribute(node, "conjugate", ast.Load()), [], [])
    return call("conj", node)


def _may_be_complex(context: Context, node: Expr) -> bool:
    return context.facts.may_be_complex(context.type_of(node))


@settles
def phase_back(context: Context, x: Expr) -> Expr | None:
    """The conjugate of x / |x|, and 0 where x is 0: the slope of |x|."""
    if not context.facts.may_be_complex(context.type_of(x)):
        return call("sign", x)
    zero = ast.Compare(x, [ast.Eq()], [ast.Constant(0)])
    size = call("where", zero, ast.Constant(1), call("abs", x))
    return ast.BinOp(call("conj", x), ast.Div(), size)


@settles
def element(context: Context, xs: Expr, position: Any) -> Expr | None:
    """One of several operands."""
    places = position if isinstance(position, tuple) else (position,)
    for place in places:
        if isinstance(xs, ast.Tuple | ast.List):
            xs = xs.elts[place]
        else:
            xs = ast.Subscript(xs, ast.Constant(place), ast.Load())
    return xs


@settles
def result(context: Context, ys: Expr, position: Any) -> Expr | None:
    """One of several results, which is all there is where it is the only one."""
    places = position if isinstance(position, tuple) else (position,)
    return ys.elts[places[0]] if isinstance(ys, ast.List) else ys


# -- reductions -------------------------------------------------------------------


@settles
def unreduce(context: Context, dy: Expr, x: Expr, axis: Any, keepdims: Any) -> Expr | None:
    """`dy`, with the axes back that a reduction of `x` took away."""
    given, full = context.dims(dy), context.dims(x)
    if given == () or keepdims or axis is None:
        return dy
    if full is not None and len(axes_of(axis, len(full))) == len(full):
        return dy
    if given is None or full is None:
        return None
    gone = axes_of(axis, len(full))
    kept = [a for a in range(len(full)) if a not in gone][len(full) - len(gone) - len(given) :]
    if not kept:
        return dy
    index: list[Expr] = []
    for a in range(kept[0], len(full)):
        index.append(ast.Slice() if a in kept else ast.Constant(None))
    while index and isinstance(index[-1], ast.Slice):
        index.pop()
    if all(isinstance(part, ast.Slice) for part in index):
        return dy
    inner = index[0] if len(index) == 1 else ast.Tuple(index, ast.Load())
    return indexed(dy, inner)


def indexed(node: Expr, index: Expr) -> Expr:
    """`node[index]`, with a product's sign and scalars left outside."""
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        return negate(indexed(node.operand, index))
    return ast.Subscript(node, index, ast.Load())


@settles
def count(context: Context, x: Expr, axis: Any) -> Expr | None:
    """How many elements each result of a reduction is made of."""
    full = context.dims(x)
    if full is None:
        if axis is None:
            return call("size", x)
        return call("size", x, axis=constant_expr(axis)) if isinstance(axis, int) else None
    axes = axes_of(axis, len(full))
    if not axes:
        return ast.Constant(1)
    if axis is None and len(full) != 1:
        return ast.Attribute(x, "size", ast.Load()) if full else ast.Constant(1)
    result: Expr = length(x, axes[0])
    for a in axes[1:]:
        result = ast.BinOp(result, ast.Mult(), length(x, a))
    return result


def constant_expr(value: Any) -> Expr:
    """A constant of a rule, written out."""
    if isinstance(value, tuple | list):
        display = ast.Tuple if isinstance(value, tuple) else ast.List
        return display([constant_expr(v) for v in value], ast.Load())
    if isinstance(value, float) and not math.isfinite(value):
        bare = ast.Attribute(name("@np"), "nan" if value != value else "inf", ast.Load())
        return ast.UnaryOp(ast.USub(), bare) if value < 0 else bare
    if isinstance(value, type):
        if issubclass(value, np.generic):
            return ast.Attribute(name("@np"), value.__name__, ast.Load())
        return name(value.__name__)
    if isinstance(value, np.dtype):
        return ast.Attribute(name("@np"), value.name, ast.Load())
    return parse(repr(value))


# -- shaping ----------------------------------------------------------------------


@settles
def transposed(context: Context, x: Expr) -> Expr | None:
    """The last two axes exchanged."""
    dims = context.dims(x)
    if dims is None:
        return None
    if len(dims) == 2:
        return ast.Attribute(x, "T", ast.Load())
    return call("swapaxes", x, ast.Constant(-1), ast.Constant(-2))


@settles
def permuted_back(context: Context, dy: Expr, x: Expr, axes: Any) -> Expr | None:
    """The transposition that undoes `np.transpose(x, axes)`."""
    dims = context.dims(x)
    if axes is None:
        return ast.Attribute(dy, "T", ast.Load())
    if dims is None:
        return call("transpose", dy, call("argsort", constant_expr(axes)))
    normal = [a % len(dims) for a in axes]
    inverse = tuple(normal.index(a) for a in range(len(dims)))
    return call("transpose", dy, constant_expr(inverse))


# -- indexing -----------------------------------------------------------------------


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
    if all(_is_whole(p) or _is_ellipsis(p) for p in parts):
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


def as_argument(index: Expr) -> Expr:
    """An index as an argument: `np.s_[:, i]` where it has slices."""
    if any(isinstance(node, ast.Slice) for node in ast.walk(index)):
        return ast.Subscript(ast.Attribute(name("@np"), "s_", ast.Load()), index, ast.Load())
    return index


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


def _is_whole_shape(context: Context, own: Dims | None, whole: Dims) -> bool:
    """Whether an index array is not stretched over others beside it."""
    if own is None or len(own) != len(whole):
        return False
    return all(context.facts.same(a, b) for a, b in zip(own, whole, strict=True))


def _basic(context: Context, part: Expr) -> bool:
    if isinstance(part, ast.Slice | ast.Constant):
        return True
    type_ = context.type_of(part)
    if isinstance(type_, Known):
        return True
    if isinstance(type_, Seq):
        return type_.kind == "tuple" and all(
            not (isinstance(t, Num) and t.dims != ()) for t in type_.items
        )
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


def zeros_like(x: Expr, type_: Type) -> Expr:
    """Zeros for an adjoint of this primal."""
    if isinstance(type_, Num) and type_.is_scalar:
        return ast.Constant(0j if type_.kind == "c" else 0.0)
    if isinstance(type_, ListOf):
        # its numbers may be integers, of which `zeros_like` would make more
        return call("zeros", shape_of_primal(x, type_), *_dtype_argument(type_))
    return call("zeros_like", x)


def is_zero(adjoint: Expr) -> bool:
    """Whether an adjoint is the zeros of a value that nothing has been received for."""
    match adjoint:
        case ast.Constant(value=value):
            return bool(value == 0)
        case ast.Call(func=ast.Attribute(value=ast.Name(id="@np"), attr="zeros_like")):
            return True
    return False


def full_like(x: Expr, value: Expr, type_: Type) -> Expr:
    """An array like `x` filled with what broadcasts to it."""
    if isinstance(type_, ListOf):
        return call("full", shape_of_primal(x, type_), value, *_dtype_argument(type_))
    return call("full_like", x, value)


def as_list(node: Expr, type_: ListOf) -> Expr:
    """An adjoint that is an array, as a list like that of its primal."""
    if type_.item is not None and not isinstance(type_.item, ListOf) and not type_.item.is_python:
        return ast.Call(name("list"), [node], [])
    return ast.Call(ast.Attribute(node, "tolist", ast.Load()), [], [])


def _dtype_argument(type_: Num) -> list[Expr]:
    if type_.dtype in ("", "f8") or type_.dtype not in DTYPES:
        return []
    return [ast.Attribute(name("@np"), DTYPES[type_.dtype], ast.Load())]


DTYPES = {"f4": "float32", "f2": "float16", "f8": "float64", "f16": "longdouble"}


def copied(node: Expr) -> Expr:
    """A copy of an array, for the caller to keep."""
    return ast.Call(ast.Attribute(node, "copy", ast.Load()), [], [])


def copy_of(node: Expr, type_: Type) -> Expr:
    """A copy of an array, or of a list and of what is in it."""
    if not isinstance(type_, ListOf) or not type_.holds_objects:
        return copied(node)
    assert type_.item is not None
    each = ast.comprehension(ast.Name("row", ast.Store()), node, [], 0)
    return ast.ListComp(copy_of(name("row"), type_.item), [each])


def without_copy(node: Expr) -> Expr:
    """What is copied, where only its sum is wanted."""
    match node:
        case ast.Call(func=ast.Attribute(value=ast.Subscript() as part, attr="copy"), args=[]):
            return part
    return node


def uncopied(node: Expr) -> Expr:
    """What is only added to something need not be a copy."""
    match node:
        case ast.Call(func=ast.Attribute(value=value, attr="copy"), args=[], keywords=[]):
            return value
        case ast.Attribute(value=value, attr="real" | "imag" as part):
            return ast.Attribute(uncopied(value), part, ast.Load())
    return node


def add_at(target: Expr, index: Expr, value: Expr) -> Expr:
    """`np.add.at(target, index, value)`: repeated positions add up."""
    at = ast.Attribute(ast.Attribute(name("@np"), "add", ast.Load()), "at", ast.Load())
    return ast.Call(at, [target, index, value], [])


_DTYPES = {
    "f2": "float16",
    "f4": "float32",
    "f8": "float64",
    "f16": "longdouble",
    "c8": "complex64",
    "c16": "complex128",
    "c32": "clongdouble",
}


def cast(node: Expr, primal: Num) -> Expr:
    """An adjoint in the dtype of its primal."""
    if primal.is_python:
        return ast.Call(name("complex" if primal.kind == "c" else "float"), [node], [])
    if not primal.dtype:
        return node
    kind = ast.Attribute(name("@np"), _DTYPES[primal.dtype], ast.Load())
    if primal.dims == () and primal.form == "np":
        return ast.Call(kind, [node], [])
    return ast.Call(ast.Attribute(node, "astype", ast.Load()), [kind], [])


def broadcast_dims(context: Context, a: Dims | None, b: Dims | None) -> Dims | None:
    return broadcast(context.facts, a, b)


class _Sums(ast.NodeTransformer):
    """Take what a sum does not touch out of it again, after expressions were put in."""

    def __init__(self, context: Context) -> None:
        self.context = context

    def visit_Attribute(self, node: ast.Attribute) -> Expr:
        """`x.T.T` is `x`, `(x.T @ y).T` is `y.T @ x`; parts leave real factors outside."""
        self.generic_visit(node)
        match node:
            case ast.Attribute(value=ast.Attribute(value=inner, attr="T"), attr="T"):
                return inner
            case ast.Attribute(
                value=ast.BinOp(left=left, op=ast.MatMult(), right=right), attr="T"
            ) if self._is_turned(left, right):
                return ast.BinOp(_turned(right), ast.MatMult(), _turned(left))
            case ast.Attribute(value=ast.BinOp() | ast.UnaryOp() as inner, attr="real" | "imag"):
                return real_part(self.context, inner, node.attr == "imag")
        return node

    def _is_turned(self, left: Expr, right: Expr) -> bool:
        """Whether one of two matrices is transposed already."""
        transposes = any(isinstance(m, ast.Attribute) and m.attr == "T" for m in (left, right))
        return transposes and all(len(self.context.dims(m) or ()) == 2 for m in (left, right))

    def visit_Subscript(self, node: ast.Subscript) -> Expr:
        """`np.sum(x, axis=(0, 2), keepdims=True)[0, :, 0]` keeps what it then drops."""
        self.generic_visit(node)
        match node.value:
            case ast.Call(
                func=ast.Attribute(value=ast.Name(id="@np"), attr="sum"),
                args=[operand],
                keywords=[ast.keyword(arg="axis", value=axis), ast.keyword(arg="keepdims")],
            ):
                dims = self.context.dims(operand)
                if dims is not None:
                    return _dropped(node, operand, axes_of(ast.literal_eval(axis), len(dims)), dims)
            case ast.Subscript(value=inner, slice=first) if self.is_array(inner):
                joined = _joined_index(first, node.slice)
                if joined is not None and isinstance(self.context.type_of(inner), Num):
                    whole: Expr = self.visit(ast.Subscript(inner, joined, ast.Load()))
                    return whole
            case ast.UnaryOp(op=ast.USub(), operand=inner):
                return negate(self.visit(ast.Subscript(inner, node.slice, ast.Load())))
        return node

    def is_array(self, node: Expr) -> bool:
        """Whether this is known to be no tuple or list, for which `[0, 0]` is not `[0][0]`."""
        known = not isinstance(self.context.type_of(node), Seq | ListOf)
        return known and self.context.dims(node) is not None

    def visit_Call(self, node: ast.Call) -> Expr:
        self.generic_visit(node)
        match node:
            case ast.Call(
                func=ast.Attribute(value=ast.Name(id="@np"), attr="conj"),
                args=[ast.BinOp() as inner],
            ):
                return conjugated(self.context, inner)
            case ast.Call(func=ast.Attribute(value=ast.Name(id="@np"), attr="sum"), args=[operand]):
                dims = self.context.dims(operand)
                if dims is None:
                    return node
                keywords = {k.arg: ast.literal_eval(k.value) for k in node.keywords}
                axes = list(axes_of(keywords.get("axis"), len(dims)))
                keep = bool(keywords.get("keepdims"))
                gone, kept = ([], axes) if keep else (axes, [])
                return sum_axes(self.context, operand, dims, gone, kept, [])
        return node


def _turned(matrix: Expr) -> Expr:
    match matrix:
        case ast.Attribute(value=inner, attr="T"):
            return inner
    return ast.Attribute(matrix, "T", ast.Load())


def _dropped(node: ast.Subscript, operand: Expr, axes: tuple[int, ...], dims: Dims) -> Expr:
    """A sum that does not keep the axes of which the first element is then taken."""
    parts = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
    zeros = {i for i, p in enumerate(parts) if isinstance(p, ast.Constant) and p.value == 0}
    plain = all(i in zeros or _is_whole(p) for i, p in enumerate(parts))
    if not plain or zeros != set(axes):
        return node
    if len(axes) == len(dims):
        return call("sum", operand)
    return call("sum", operand, axis=axis_argument(axes))


def _is_whole(part: Expr) -> bool:
    return isinstance(part, ast.Slice) and part.lower is part.upper is part.step is None


def _is_ellipsis(part: Expr) -> bool:
    return isinstance(part, ast.Constant) and part.value is Ellipsis


def _joined_index(first: Expr, second: Expr) -> Expr | None:
    """The one index that `[first][second]` amounts to, for zeros and whole slices."""
    outer = list(first.elts) if isinstance(first, ast.Tuple) else [first]
    inner = list(second.elts) if isinstance(second, ast.Tuple) else [second]
    if not all(_is_whole(p) or (isinstance(p, ast.Constant) and p.value == 0)
               for p in (*outer, *inner)):  # fmt: skip
        return None
    rest = iter(inner)
    joined = [next(rest, p) if _is_whole(p) else p for p in outer]
    return ast.Tuple([*joined, *rest], ast.Load())


@settles
def narrowed(context: Context, dy: Expr, x: Expr, index: Expr) -> Expr | None:
    """The adjoint of `x` in `x[:, None]`: the axes that None made have one element."""
    parts = list(index.elts) if isinstance(index, ast.Tuple) else [index]
    dims = context.dims(x)
    assert dims is not None
    if any(map(_is_ellipsis, parts)):
        at = next(i for i, p in enumerate(parts) if getattr(p, "value", 0) is Ellipsis)
        taken = sum(_is_whole(p) for p in parts)
        parts[at : at + 1] = [ast.Slice()] * (len(dims) - taken)
    picks: list[Expr] = [p if _is_whole(p) else ast.Constant(0) for p in parts]
    while picks and isinstance(picks[-1], ast.Slice):
        picks.pop()
    if not picks:
        return dy
    return indexed(dy, picks[0] if len(picks) == 1 else ast.Tuple(picks, ast.Load()))


def retidied(context: Context, node: Expr) -> Expr:
    """The expression with signs and untouched factors outside of its sums."""
    tidied: Expr = _Sums(context).visit(node)
    return tidied


def is_view(context: Context, gate: Gate) -> bool:
    """Whether a gate that only moves elements does so without copying them."""
    index = gate.operands.get("index")
    if index is None:
        return True
    parts = index.elts if isinstance(index, ast.Tuple) else [index]
    return all(_basic(context, p) and getattr(context.type_of(p), "kind", "") != "b" for p in parts)


# functions whose first operand lends only its shape and dtype
LIKE = ("zeros_like", "full_like", "ones_like", "empty_like")
