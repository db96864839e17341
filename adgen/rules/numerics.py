"""Filters, sampled functions and polynomials; edges that are added to arrays."""

import ast

import numpy as np

from adgen.rules.joining import joined_along
from adgen.rules.products import product
from adgen.rules.registry import adjoint, const, free, linear, unsupported
from adgen.rules.settle import conjugated, indexed, length, settles, unreduce
from adgen.rules.shapes import as_num, floating, is_absent, promote, volume
from adgen.rules.shaping import array
from adgen.runtime import (
    gradient_back,
    interp_back,
    interp_back_values,
    trapezoid_back,
    uncut,
)
from adgen.types import Num, Seq

# -- convolutions -------------------------------------------------------------------


def filtered(op, facts, /, a, v, mode=None):
    """`full` has an element for each overlap, `valid` for each complete one."""
    a, v = as_num(a), as_num(v)
    if a.dims is None or v.dims is None or not len(a.dims) == len(v.dims) == 1:
        raise TypeError("it takes two vectors")
    mode = mode or ("full" if op.name == "np.convolve" else "valid")
    if mode not in ("full", "same", "valid"):
        raise TypeError(f"`mode={mode!r}` is not supported")
    (m,), (n,) = a.dims, v.dims
    if mode == "full":
        return product(a, v, (m + n - 1,))
    shorter = shorter_of(facts, m, n)
    if shorter is None:
        return product(a, v, (facts.fresh(),))
    longer = m if shorter is n else n
    return product(a, v, (longer if mode == "same" else longer - shorter + 1,))


def shorter_of(facts, m, n):
    """The one of two lengths that is no longer than the other, where sizes tell."""
    small, large = n.evaluate(facts.sizes), m.evaluate(facts.sizes)
    if small is None or large is None:
        return None
    return n if facts._note(("within", n, m, small <= large)) else m


@linear(np.convolve, shape=filtered, when=lambda mode: mode == "full")
def convolve_in_full(c, a, v, mode: const = "full"):
    da = np.correlate(dc, conjugated(v), "valid")
    dv = np.correlate(dc, conjugated(a), "valid")


@linear(np.convolve)
def convolve(c, a, v, mode: const = "full"):
    """The result stands in the middle of the full one."""
    full = uncut(dc, a, v, False)
    da = np.correlate(full, conjugated(v), "valid")
    dv = np.correlate(full, conjugated(a), "valid")


@linear(np.correlate, shape=filtered, when=lambda mode: mode == "full")
def correlate_in_full(c, a, v, mode: const = "valid"):
    """NumPy takes the conjugate of v."""
    da = np.convolve(dc, conjugated(v), "valid")
    dv = np.correlate(conjugated(dc), a, "valid")[::-1]


@linear(np.correlate)
def correlate(c, a, v, mode: const = "valid"):
    """The result stands in the middle of the full one; NumPy takes the conjugate of v."""
    full = uncut(dc, a, v, True)
    da = np.convolve(full, conjugated(v), "valid")
    dv = np.correlate(conjugated(full), a, "valid")[::-1]


# -- sampled functions ----------------------------------------------------------------


def interpolated(op, facts, /, x, xp, fp):
    x, xp, fp = as_num(x), as_num(xp), as_num(fp)
    if any(n.dims is not None and len(n.dims) != 1 for n in (xp, fp)):
        raise TypeError("`xp` and `fp` are vectors")
    form = "any" if x.dims is None else "np" if x.is_scalar else "array"
    return Num("c16" if fp.kind == "c" else "f8", x.dims, form)


@adjoint(np.interp, shape=interpolated)
def interp(y, x, xp: free, fp):
    """At a point of xp the slope is that of the segment to its right; outside it is 0."""
    dx = interp_back(dy, x, xp, fp)
    dfp = interp_back_values(dy, x, xp, fp)


def integral(op, facts, /, y, x=None, dx=1.0, axis=-1):
    y, step = as_num(y), as_num(dx)
    if y.dims == ():
        raise TypeError("a number has no axis")
    if step.dims != ():
        raise TypeError("`dx` has to be a number")
    kinds = [y, *(n for n in (step if is_absent(x) else as_num(x),))]
    dtype = floating(promote(*kinds))
    if y.dims is None:
        return Num(dtype, None, "any")
    dims = tuple(d for i, d in enumerate(y.dims) if i != axis % len(y.dims))
    return Num(dtype, dims, "array" if dims else "np")


@linear(*filter(None, [getattr(np, "trapezoid", None), getattr(np, "trapz", None)]),
        shape=integral)  # fmt: skip
def trapezoid(area, y, x: free = None, dx: free = 1.0, axis: const = -1):
    dy = trapezoid_back(unreduce(darea, y, axis, False), y, x, dx, axis)


def slopes(op, facts, /, x, h=1.0):
    """`np.gradient` of a vector."""
    x, h = as_num(x), as_num(h)
    if x.dims is None or len(x.dims) != 1:
        raise TypeError("it is supported for vectors alone")
    if h.dims != ():
        raise TypeError("it is supported for evenly spaced values alone")
    return Num(floating(promote(x, h)), x.dims)


@linear(np.gradient, shape=slopes)
def gradient(y, x, h: free = 1.0):
    dx = gradient_back(dy) / h


def polynomial(op, facts, /, p, x):
    p, x = as_num(p), as_num(x)
    if p.dims is None or len(p.dims) != 1:
        raise TypeError("the coefficients are a vector")
    dtype = product(p, x, ()).dtype
    return Num(dtype, x.dims, "any" if x.dims is None else "array" if x.dims else "np")


@adjoint(np.polyval, shape=polynomial)
def polyval(y, p, x):
    """The coefficients stand with powers of x, the slope with those of its derivative."""
    dp = np.ravel(dy) @ np.ravel(x)[:, None] ** np.arange(np.size(p) - 1, -1, -1)
    dx = np.polyval(p[:-1] * np.arange(np.size(p) - 1, 0, -1), x) * dy


# -- edges ----------------------------------------------------------------------------


def widths(pad_width, rank):
    """How much is added before and after each axis."""
    if isinstance(pad_width, dict):
        raise TypeError("a dictionary of widths is not supported")
    pairs = np.broadcast_to(np.asarray(pad_width), (rank, 2))
    return [(int(before), int(after)) for before, after in pairs]


def padded(op, facts, /, x, pad_width, mode="constant", constant_values=0):
    x = as_num(x)
    if mode != "constant":
        raise TypeError(f"`mode={mode!r}` is not supported")
    if x.dims is None:
        raise TypeError("the rank has to be known")
    pairs = widths(pad_width, len(x.dims))
    return array(x, tuple(d + (b + a) for d, (b, a) in zip(x.dims, pairs, strict=True)))


@settles
def unpadded(context, dy, x, pad_width):
    """What was not added: `dy[1:-1]`."""
    index = []
    for before, after in widths(pad_width, len(context.dims(x))):
        start = ast.Constant(before) if before else None
        stop = ast.UnaryOp(ast.USub(), ast.Constant(after)) if after else None
        index.append(ast.Slice(start, stop))
    while index and index[-1].lower is index[-1].upper is None:
        index.pop()
    if not index:
        return dy
    return indexed(dy, index[0] if len(index) == 1 else ast.Tuple(index, ast.Load()))


@linear(np.pad, shape=padded)
def pad(y, x, pad_width: const, mode: const = "constant", *, constant_values: free = 0):
    dx = unpadded(dy, x, pad_width)


def appended(op, facts, /, x, values, axis=None):
    x, values = as_num(x), as_num(values)
    if x.dims is None or values.dims is None:
        raise TypeError("the operands' ranks have to be known")
    if axis is None:
        dtype = promote(_as_array(x), _as_array(values))
        return Num(dtype, (volume(x.dims) + volume(values.dims),))
    return joined_along(op, facts, xs=Seq("tuple", (x, values)), axis=axis)


def _as_array(num):
    return Num(num.dtype, (), "np")


@settles
def first_part(context, dy, x, axis):
    """Where `np.append` has put its first operand."""
    return _part(dy, context.dims(x), None, _end(context, x, axis), axis, x)


@settles
def last_part(context, dy, x, values, axis):
    """Where `np.append` has put its second operand."""
    return _part(dy, context.dims(values), _end(context, x, axis), None, axis, values)


def _end(context, x, axis):
    """How many elements the first operand has along the axis, or in all."""
    dims = context.dims(x)
    if axis is not None:
        return length(x, axis % len(dims))
    if not dims:
        return ast.Constant(1)
    return length(x, 0) if len(dims) == 1 else ast.Attribute(x, "size", ast.Load())


def _part(dy, dims, start, stop, axis, operand):
    if axis is None and dims == ():
        return indexed(dy, ast.Constant(0 if start is None else -1))
    index = [ast.Slice()] * (axis % len(dims) if axis is not None else 0)
    index.append(ast.Slice(start, stop))
    part = indexed(dy, index[0] if len(index) == 1 else ast.Tuple(index, ast.Load()))
    if axis is not None or len(dims) == 1:
        return part
    shape = ast.Attribute(operand, "shape", ast.Load())
    return ast.Call(ast.Attribute(part, "reshape", ast.Load()), [shape], [])


@linear(np.append, shape=appended)
def append(y, x, values, axis: const = None):
    dx = first_part(dy, x, axis)
    dvalues = last_part(dy, x, values, axis)


@unsupported(np.delete, np.insert, why="use an index, or np.concatenate")
def delete(y, x, where, values=None, axis=None): ...
