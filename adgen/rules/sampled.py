"""Functions given by samples: between them, their integral and their slopes."""

import ast

import numpy as np

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
from adgen.rules.settle import settles
from adgen.rules.settle.axes import own_shape, unreduce
from adgen.rules.settle.spelling import call, constant_expr, helper
from adgen.rules.shapes import as_num, broadcast, floating, is_absent, promote
from adgen.runtime import (
    gradient_back,
    heights_back,
    interp_back,
    interp_back_points,
    interp_back_values,
    interp_round_back,
    interp_round_back_values,
    sites_back,
    slopes_back,
)
from adgen.types import Num, Seq


def interpolated(op, facts, /, x, xp, fp, left=None, right=None, period=None):
    x, xp, fp = as_num(x), as_num(xp), as_num(fp)
    if any(n.dims is not None and len(n.dims) != 1 for n in (xp, fp)):
        raise TypeError("`xp` and `fp` are vectors")
    if not is_absent(period) and "c" in (x.kind, xp.kind):
        raise TypeError("with `period=` the places are real")
    form = "any" if x.dims is None else "np" if x.is_scalar else "array"
    return Num("c16" if fp.kind == "c" else "f8", x.dims, form)


@unsupported(
    np.interp,
    why="with `period=` the places of the points are not differentiated",
    when=lambda xp, period: xp.active and not period.absent,
)
def interp_of_moved_points(y, x, xp, fp, left=None, right=None, period=None): ...


@adjoint(np.interp, shape=interpolated, when=lambda period: not period.absent)
def interp_round(y, x, xp, fp, left=None, right=None, period: free = None):
    """Everything is taken modulo the period, and `left` and `right` mean nothing."""
    dx = interp_round_back(dy, x, xp, fp, period)
    dxp = 0.0
    dfp = interp_round_back_values(dy, x, xp, fp, period)
    dleft = 0.0
    dright = 0.0


@adjoint(np.interp, shape=interpolated)
def interp(y, x, xp, fp, left=None, right=None, period: free = None):
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
    whole = y.dims if is_absent(x) else with_sites(facts, y.dims, as_num(x).dims, axis)
    dims = tuple(d for i, d in enumerate(whole) if i != axis % len(whole))
    return Num(dtype, dims, "array" if dims else "np")


def with_sites(facts, dims, sites, axis):
    """What heights of these lengths are beside sites: a vector of them counts along the axis."""
    if sites is not None and len(sites) < 2:
        return dims
    if sites is None or len(sites) > len(dims) or len(sites) < len(dims) and axis >= 0:
        raise TypeError("the places are a vector, or have the axes of the heights")
    return broadcast(facts, dims, sites)


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
    if any(as_num(s).kind == "c" for s in spacings):
        raise TypeError("the spacing is a real number")
    slope = Num(floating(x.dtype), x.dims)
    if len(axes) == 1:
        return slope
    return Seq("tuple" if np.__version__ >= "2" else "list", (slope,) * len(axes))


def spaces(spacings):
    return spacings.items if isinstance(spacings, Seq) else tuple(spacings)


def gradient_axes(rank, axis):
    axes = range(rank) if axis is None else axis if isinstance(axis, tuple | list) else (axis,)
    return tuple(a % rank for a in axes)


@settles
def gradient_axes_of(context, x, axis):
    return constant_expr(gradient_axes(len(context.dims(x)), axis))


@settles
def spacing_back(context, dys, ys, x, spacings, position, axis, edge_order):
    """Of a number h that everything is divided by: -dy y / h."""
    h = spacings.elts[position]
    if context.dims(h) != ():
        several = isinstance(ys, ast.List)
        of_axis = gradient_axes(len(context.dims(x)), axis)[position]
        dy = dys.elts[position] if several else dys
        options = constant_expr(of_axis), constant_expr(edge_order)
        return helper("coordinates_back", dy, x, h, *options)
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
    dspacings = spacing_back(dy, y, x, spacings, position, axis, edge_order)


@settles
def over_spacing(context, dx, spacings):
    return ast.BinOp(dx, ast.Div(), spacings.elts[0]) if spacings.elts else dx


@linear(np.gradient, gathers="spacings", also={"f": "x"})
def gradient(y, x, spacings: several = (), *, axis: const = None, edge_order: const = 1):
    """The differences of neighbours, over the spacing."""
    dx = slopes_back(dy, spacings, gradient_axes_of(x, axis), edge_order)
    dspacings = spacing_back(dy, y, x, spacings, position, axis, edge_order)
