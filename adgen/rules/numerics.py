"""Filters, sampled functions and polynomials; edges that are added to arrays."""

import ast

import numpy as np
from numpy.polynomial import polynomial as polynomials

from adgen.rules.joining import joined_along
from adgen.rules.products import product
from adgen.rules.registry import (
    adjoint,
    const,
    elementwise,
    free,
    in_numpy,
    linear,
    several,
    unsupported,
)
from adgen.rules.settle import CannotSettle, settles
from adgen.rules.settle.axes import own_shape, places_in, unreduce
from adgen.rules.settle.complexes import conjugated
from adgen.rules.settle.spelling import call, constant_expr, indexed, length
from adgen.rules.shapes import as_num, floating, is_absent, promote, volume
from adgen.rules.shaping import array
from adgen.runtime import (
    gradient_back,
    heights_back,
    interp_back,
    interp_back_points,
    interp_back_values,
    polyder_back,
    polyfit_back,
    polyint_back,
    polymul_back,
    scattered,
    sites_back,
    slopes_back,
    uncut,
    unpad,
    vander_back,
)
from adgen.types import (
    Dim,
    Num,
    Seq,
)

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


def interpolated(op, facts, /, x, xp, fp, left=None, right=None):
    x, xp, fp = as_num(x), as_num(xp), as_num(fp)
    if any(n.dims is not None and len(n.dims) != 1 for n in (xp, fp)):
        raise TypeError("`xp` and `fp` are vectors")
    form = "any" if x.dims is None else "np" if x.is_scalar else "array"
    return Num("c16" if fp.kind == "c" else "f8", x.dims, form)


@adjoint(
    np.interp,
    shape=interpolated,
    instead={"period": "take x modulo the period, and repeat the first point at the end"},
)
def interp(y, x, xp, fp, left=None, right=None):
    """At a point of xp the slope is that of the segment to its right; outside it is 0."""
    dx = interp_back(dy, x, xp, fp)
    dxp = interp_back_points(dy, x, xp, fp)
    dfp = interp_back_values(dy, x, xp, fp, left, right)
    dleft = np.sum(dy * (x < xp[0]))
    dright = np.sum(dy * (x > xp[-1]))


def floats(op, facts, /, x, **options):
    x = as_num(x)
    return Num(floating(x.dtype), x.dims, "any" if x.dims is None else "array")


@elementwise(np.unwrap, shape=floats)
def unwrap(y, x, discont: free = None, axis: free = -1, *, period: free = 2 * np.pi):
    """Away from the jumps x moves by whole periods."""
    dx = dy


def integral(op, facts, /, y, x=None, step=1.0, axis=-1):
    y, step = as_num(y), as_num(step)
    if y.dims == ():
        raise TypeError("a number has no axis")
    if step.dims != ():
        raise TypeError("`dx` has to be a number")
    dtype = floating(promote(y, step if is_absent(x) else as_num(x)))
    if y.dims is None:
        return Num(dtype, None, "any")
    dims = tuple(d for i, d in enumerate(y.dims) if i != axis % len(y.dims))
    return Num(dtype, dims, "array" if dims else "np")


@linear(*in_numpy("trapezoid", "trapz"), shape=integral, also={"dx": "step"})
def trapezoid(area, y, x=None, step=1.0, axis: const = -1):
    """Each trapezoid has a width, and the mean of two heights."""
    dy = heights_back(unreduce(darea, y, axis, False), own_shape(y), x, step, axis)
    dx = sites_back(unreduce(darea, y, axis, False), y, own_shape(x), axis)
    dstep = np.sum(np.trapezoid(y, axis=axis) * darea)


def slopes(op, facts, /, x, spacings=(), axis=None, edge_order=1):
    """`np.gradient`: an array for one axis, several for several."""
    x, spacings = as_num(x), spaces(spacings)
    if x.dims is None:
        raise TypeError("of an array of unknown rank it is not supported")
    axes = gradient_axes(len(x.dims), axis)
    if len(spacings) not in (0, 1, len(axes)):
        raise TypeError("it takes one spacing, or one for each axis")
    parts = tuple(Num(floating(x.dtype), x.dims) for _ in axes)
    if len(parts) == 1:
        return Num(floating(promote(x, *(_as_array(as_num(s)) if as_num(s).dims else as_num(s)
                                         for s in spacings))), x.dims)  # fmt: skip
    return Seq("tuple" if np.__version__ >= "2" else "list", parts)


def spaces(spacings):
    return spacings.items if isinstance(spacings, Seq) else tuple(spacings)


def gradient_axes(rank, axis):
    axes = range(rank) if axis is None else axis if isinstance(axis, tuple | list) else (axis,)
    return tuple(a % rank for a in axes)


@settles
def gradient_axes_of(context, x, axis):
    return constant_expr(gradient_axes(len(context.dims(x)), axis))


@settles
def spacing_back(context, dys, ys, spacings, position):
    """Of a number h that everything is divided by: -dy y / h."""
    h = spacings.elts[position]
    if context.dims(h) != ():
        raise CannotSettle("np.gradient is not differentiated in coordinates")
    pairs = [(dys, ys)]
    if isinstance(ys, ast.List):
        pairs = list(zip(dys.elts, ys.elts, strict=True))
        pairs = pairs if len(spacings.elts) == 1 else [pairs[position]]
    total = None
    for dy, y in pairs:
        product = call("sum", ast.BinOp(y, ast.Mult(), dy))
        total = product if total is None else ast.BinOp(total, ast.Add(), product)
    return ast.UnaryOp(ast.USub(), ast.BinOp(total, ast.Div(), h))


@linear(np.gradient, shape=slopes, gathers="spacings", also={"f": "x"},
        when=lambda x, spacings, axis, edge_order: x.ndim == 1 and edge_order == 1
        and all(not as_num(s).dims for s in spaces(spacings.type)))  # fmt: skip
def gradient_of_vector(y, x, spacings: several = (), *, axis: const = None, edge_order: const = 1):
    dx = over_spacing(gradient_back(dy), spacings)
    dspacings = spacing_back(dy, y, spacings, position)


@settles
def over_spacing(context, dx, spacings):
    return ast.BinOp(dx, ast.Div(), spacings.elts[0]) if spacings.elts else dx


@linear(np.gradient, gathers="spacings", also={"f": "x"})
def gradient(y, x, spacings: several = (), *, axis: const = None, edge_order: const = 1):
    """The differences of neighbours, over the spacing."""
    dx = slopes_back(dy, spacings, gradient_axes_of(x, axis), edge_order)
    dspacings = spacing_back(dy, y, spacings, position)


# -- polynomials -------------------------------------------------------------------------


def polynomial(op, facts, /, p, x, **options):
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


@adjoint(polynomials.polyval, shape=polynomial, also={"c": "p"})
def polyval_ascending(y, x, p):
    """As `np.polyval`, with the coefficients in ascending order."""
    dx = np.polyval(p[:0:-1] * np.arange(np.size(p) - 1, 0, -1), x) * dy
    dp = np.ravel(dy) @ np.ravel(x)[:, None] ** np.arange(np.size(p))


def coefficients(op, facts, /, p, *others, **options):
    """A vector of some length; leading zeros may be dropped."""
    nums = [as_num(v) for v in (p, *others, *options.values()) if isinstance(v, Num)]
    return Num(floating(promote(*(_as_array(n) for n in nums))), (facts.fresh(),))


def derivative_of(op, facts, /, p, m=1):
    p = as_num(p)
    if p.dims is None or len(p.dims) != 1 or m < 1:
        raise TypeError("it takes a vector of coefficients, and derives it once or more")
    return Num(p.dtype, ((p.dims[0] - m).at_least_zero(),))


@linear(np.polyder, shape=derivative_of)
def polyder(y, p, m: const = 1):
    """Each coefficient was multiplied by its power, and the last ones dropped."""
    dp = polyder_back(dy, np.size(p), m)


def integral_of(op, facts, /, p, m=1, k=None):
    p = as_num(p)
    if p.dims is None or len(p.dims) != 1 or m < 1:
        raise TypeError("it takes a vector of coefficients, and integrates it once or more")
    return Num(floating(p.dtype), (p.dims[0] + m,))


@linear(np.polyint, shape=integral_of, instead={"k": "add the constants to the result"})
def polyint(y, p, m: const = 1, k: free = None):
    """Each coefficient was divided by its new power."""
    dp = polyint_back(dy, m)


def longer(op, facts, /, a, b):
    a, b = as_num(a), as_num(b)
    if a.dims is None or b.dims is None or not len(a.dims) == len(b.dims) == 1:
        raise TypeError("the coefficients are vectors")
    shorter = shorter_of(facts, a.dims[0], b.dims[0])
    known = facts.fresh() if shorter is None else a.dims[0] if shorter is b.dims[0] else b.dims[0]
    return Num(promote(_as_array(a), _as_array(b)), (known,))


@linear(np.polyadd, shape=longer, also={"a1": "a", "a2": "b"})
def polyadd(c, a, b):
    """The last coefficients stand with the same powers."""
    da = dc[np.size(c) - np.size(a) :]
    db = dc[np.size(c) - np.size(b) :]


@linear(np.polysub, shape=longer, also={"a1": "a", "a2": "b"})
def polysub(c, a, b):
    """The last coefficients stand with the same powers."""
    da = dc[np.size(c) - np.size(a) :]
    db = -dc[np.size(c) - np.size(b) :]


def product_of_polynomials(op, facts, /, a, b):
    a, b = as_num(a), as_num(b)
    return Num(promote(_as_array(a), _as_array(b)), (facts.fresh(),))


@linear(np.polymul, shape=product_of_polynomials, also={"a1": "a", "a2": "b"})
def polymul(c, a, b):
    """A convolution; leading zeros were dropped."""
    da = polymul_back(dc, a, b)
    db = polymul_back(dc, b, a)


def fitted_polynomial(op, facts, /, x, y, deg, w=None, **options):
    if any(v is not None and v is not False for v in options.values()):
        raise TypeError("the coefficients alone are supported")
    x, y = as_num(x), as_num(y)
    if y.dims is None:
        raise TypeError("the operand's rank has to be known")
    return Num("f8", (Dim(deg + 1), *y.dims[1:]))


@linear(np.polyfit, shape=fitted_polynomial,
        instead={"cov": "leave it out", "full": "leave it out"})  # fmt: skip
def polyfit(p, x: free, y, deg: const, rcond: const = None, w: free = None):
    """Linear in the values: by the pseudo-inverse of the powers of x."""
    dy = polyfit_back(dp, x, deg, w)


def powers_of(op, facts, /, x, N=None, increasing=False):
    x = as_num(x)
    if x.dims is None or len(x.dims) != 1:
        raise TypeError("it takes a vector")
    return Num(x.dtype, (x.dims[0], x.dims[0] if N is None else Dim(N)))


@adjoint(np.vander, shape=powers_of)
def vander(y, x, N: const = None, increasing: const = False):
    """Each column is a power of x."""
    dx = vander_back(dy, x, increasing)


@unsupported(
    np.polydiv, np.roots, np.poly,
    why="work with the coefficients, or fit the roots with a solver of your own",
)  # fmt: skip
def other_polynomials(y, p, q=None): ...


# -- edges ----------------------------------------------------------------------------


def widths(pad_width, rank):
    """How much is added before and after each axis."""
    if isinstance(pad_width, dict):
        raise TypeError("a dictionary of widths is not supported")
    pairs = np.broadcast_to(np.asarray(pad_width), (rank, 2))
    return [(int(before), int(after)) for before, after in pairs]


_GATHERING = ("edge", "reflect", "symmetric", "wrap")
_AVERAGING = ("mean", "linear_ramp")


def padded(op, facts, /, x, pad_width, mode="constant", **options):
    x = as_num(x)
    if mode not in ("constant", *_GATHERING, *_AVERAGING):
        raise TypeError(f"`mode={mode!r}` is not supported: join the edges with np.concatenate")
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


@linear(np.pad, shape=padded, when=lambda mode: mode == "constant")
def pad(y, x, pad_width: const, mode: const = "constant", *, constant_values: free = 0):
    dx = unpadded(dy, x, pad_width)


@linear(np.pad, when=lambda mode, reflect_type: mode in _GATHERING and reflect_type == "even")
def pad_with_elements(y, x, pad_width: const, mode: const = "constant"):
    """What is added are elements of x: each gets what it has in all places."""
    places = np.pad(places_in(x), pad_width, mode)
    dx = scattered(dy, places, own_shape(x))


@linear(np.pad)
def pad_with_sums(
    y,
    x,
    pad_width: const,
    mode: const = "constant",
    *,
    constant_values: free = 0,
    end_values: free = 0,
    stat_length: const = None,
    reflect_type: const = "even",
):
    """What is added is linear in x, axis by axis."""
    dx = unpad(dy, np.shape(x), pad_width, mode, stat_length, reflect_type)


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
