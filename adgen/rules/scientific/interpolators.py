"""Interpolators of `scipy.interpolate`: objects that are called with the points to look at.

`CubicSpline(x, y)(t)` is followed as `spline(t, x, y)`.  They are linear in the values y; in the
sites x those are differentiated that `spline_sites_back` and `interpolant_sites_back` are for.
"""

import ast

import numpy as np
from scipy import interpolate

from adgen.rules.formulas import Descending
from adgen.rules.registry import adjoint, const, elementwise, free, linear, unsupported, written_out
from adgen.rules.scientific import real
from adgen.rules.settle import CannotSettle, settles
from adgen.rules.settle.spelling import constant_expr, helper
from adgen.rules.shapes import as_num, dims_of
from adgen.runtime import (
    by_slopes,
    by_slopes_along,
    by_slopes_back,
    by_slopes_turned,
    interpolant,
    interpolant_back,
    looked_up,
    on_grid,
    on_grid_back,
    on_grid_bends,
    on_grid_slopes,
    on_grid_slopes_back,
    spline,
    spline_back,
    spline_integral,
    through,
    through_back,
)
from adgen.types import Num

IN_SITES = "where the sites are is not differentiated"


class Cubic:
    """A spline, or a derivative of one; without y, x is one that was made before."""

    def __init__(self, x, y, bc_type, order):
        self.x = x
        self.y = y
        self.bc_type = bc_type
        self.order = order

    def __call__(self, t, nu=0):
        if self.y is None:
            return looked_up(t, self.x, nu)
        return spline(t, self.x, self.y, self.bc_type, self.order + nu)

    def derivative(self, nu=1):
        return Cubic(self.x, self.y, self.bc_type, self.order + nu)

    def integrate(self, a, b):
        return spline_integral(a, b, self.x, self.y, self.bc_type)


@written_out(interpolate.CubicSpline, apart=lambda made: (made, None))
def cubic_spline(x, y, *, bc_type="not-a-knot"):
    return Cubic(x, y, bc_type, 0)


@written_out(interpolate.PchipInterpolator, apart=lambda made: (made, None))
def pchip(x, y):
    def at(t, nu=0):
        return looked_up(t, x, nu) if y is None else by_slopes(t, x, y, "pchip", nu)

    return at


@written_out(interpolate.Akima1DInterpolator, apart=lambda made: (made, None))
def akima(x, y):
    def at(t, nu=0):
        return looked_up(t, x, nu) if y is None else by_slopes(t, x, y, "akima", nu)

    return at


@written_out(interpolate.interp1d)
def interp1d(x, y, kind="linear", *, bounds_error=None, fill_value=None):
    def at(t):
        if fill_value is None and bounds_error is None:
            return interpolant(t, x, y, kind)
        if isinstance(fill_value, str):
            return interpolant(t, x, y, kind, 0, fill_value)
        low, high = fill_value if isinstance(fill_value, tuple) else (fill_value, fill_value)
        first, last = np.min(x), np.max(x)
        inside = interpolant(np.clip(t, first, last), x, y, kind)
        below = np.nan if low is None else low
        above = np.nan if high is None else high
        return np.where(t < first, below, np.where(t > last, above, inside))

    return at


def between_sites(op, facts, /, t, x, y, **options):
    t, x, y = real(t, x, y)
    if y.dims is None or len(y.dims) != 1 or t.dims is None:
        raise TypeError("it takes vectors of sites and of values")
    return Num("f8", t.dims, "array")


@adjoint(spline, shape=between_sites)
def spline_at(s, t, x, y, bc_type: const = "not-a-knot", nu: const = 0):
    dt = spline(t, x, y, bc_type, one_more(nu)) * ds
    dx = sites_of_spline(ds, t, x, y, bc_type, nu)
    dy = spline_back(ds, t, x, without_values(bc_type), nu)


@settles
def without_values(context, bc_type):
    """The conditions at the ends, with 0 for the slopes that are asked for: they do not move with
    the values."""
    if not isinstance(bc_type, tuple | list):
        return constant_expr(bc_type)
    ends = [end if isinstance(end, str) else (end[0], 0.0) for end in bc_type]
    return constant_expr(tuple(ends))


@settles
def sites_of_spline(context, ds, t, x, y, bc_type, nu):
    if bc_type not in ("not-a-knot", "natural", "clamped"):
        raise CannotSettle(f"with `bc_type={bc_type!r}` the sites are not differentiated")
    return helper("spline_sites_back", ds, t, x, y, constant_expr(bc_type), constant_expr(nu))


def area(op, facts, /, a, b, x, y, bc_type="not-a-knot"):
    a, b, x, y = real(a, b, x, y)
    if a.dims != () or b.dims != () or y.dims is None or len(y.dims) != 1:
        raise TypeError("it takes vectors of sites and of values, and two numbers")
    return Num("f8", (), "array")


@adjoint(spline_integral, shape=area, why=IN_SITES)
def area_below_spline(s, a, b, x: free, y, bc_type: const = "not-a-knot"):
    da = -spline(a, x, y, bc_type) * ds
    db = spline(b, x, y, bc_type) * ds
    dy = ds * spline_integral(a, b, x, np.eye(y.shape[0]), bc_type)


@settles
def one_more(context, nu):
    return constant_expr(nu + 1)


def one_for_each_site(op, facts, /, s, t, x, y=None, **options):
    s, t, x, _ = real(s, t, x, x if y is None else y)
    return Num("f8", x.dims, "any" if x.dims is None else "array")


@linear(spline_back, shape=one_for_each_site, why=IN_SITES)
def spline_weights(v, s, t, x: free, bc_type: const, nu: const):
    """What each value counts at each of the points."""
    ds = spline(t, x, dv, without_values(bc_type), nu)
    dt = spline(t, x, dv, without_values(bc_type), one_more(nu)) * s


@adjoint(interpolant, shape=between_sites)
def interpolant_at(
    s, t, x, y, kind: const = "linear", nu: const = 0, beyond: const = None
):  # fmt: skip
    """At a site the slope is that of the segment to its left."""
    dt = interpolant(t, x, y, kind, one_more(nu), beyond) * ds
    dx = sites_of_interpolant(ds, t, x, y, kind, nu)
    dy = interpolant_back(ds, t, x, kind, nu, beyond)


@settles
def sites_of_interpolant(context, ds, t, x, y, kind, nu):
    if kind not in ("linear", "slinear", 1) or nu:
        raise CannotSettle(f"with `kind={kind!r}` the sites are not differentiated")
    return helper("interpolant_sites_back", ds, t, x, y)


@linear(interpolant_back, shape=one_for_each_site, why=IN_SITES)
def interpolant_weights(
    v, s, t, x: free, kind: const, nu: const = 0, beyond: const = None
):  # fmt: skip
    """What each value counts at each of the points."""
    ds = interpolant(t, x, dv, kind, nu, beyond)
    dt = interpolant(t, x, dv, kind, one_more(nu), beyond) * s


@adjoint(by_slopes, shape=between_sites, why=IN_SITES)
def by_slopes_at(s, t, x: free, y, kind: const, nu: const = 0):
    """Where the slope at a site is about to change its sign the gradient is one-sided."""
    dt = by_slopes(t, x, y, kind, one_more(nu)) * ds
    dy = by_slopes_back(ds, t, x, y, kind, nu)


@adjoint(by_slopes_back, shape=one_for_each_site, why=IN_SITES)
def by_slopes_again(v, s, t, x: free, y, kind: const, nu: const):
    ds = by_slopes_along(dv, t, x, y, kind, nu)
    dt = by_slopes_along(dv, t, x, y, kind, one_more(nu)) * s
    dy = by_slopes_turned(dv, s, t, x, y, kind, nu)


@unsupported(
    by_slopes_along, why="in the values it is differentiated twice",
    shape=lambda op, facts, /, v, t, x, y, kind, nu: between_sites(op, facts, t=t, x=x, y=y),
)  # fmt: skip
def moved_along(u, v, t, x, y, kind, nu): ...


@unsupported(
    by_slopes_turned, why="in the values it is differentiated twice",
    shape=lambda op, facts, /, v, s, t, x, y, kind, nu: one_for_each_site(op, facts, s, t, x),
)  # fmt: skip
def turned_along(u, v, s, t, x, y, kind, nu): ...


def as_it_is(made):
    return (made,)


@written_out(
    interpolate.PPoly, interpolate.BSpline, apart=as_it_is,
    why="use CubicSpline, interp1d or np.interp, or make it outside of the function",
)  # fmt: skip
def made_before(made):
    """One that was made outside of the function, of which the points are differentiated."""

    def at(t, nu=0):
        return looked_up(t, made, nu)

    return at


def for_each_point(op, facts, /, t, made, nu=0):
    (t,) = real(t)
    if np.ndim(made.value(0.0)):
        raise TypeError("it is supported with one value at each site")
    return Num("f8", t.dims, "any" if t.dims is None else "array")


@elementwise(looked_up, shape=for_each_point)
def looked_up_at(s, t, made: free, nu: const = 0):
    dt = looked_up(t, made, one_more(nu)) * ds


# -- on a grid ----------------------------------------------------------------------------------


def grid_of(made):
    """What one was made of, if it is linear and raises at what lies outside."""
    plain = made.method == "linear" and made.bounds_error
    return (made.grid, made.values) if plain else None


@written_out(interpolate.RegularGridInterpolator, apart=grid_of, why="it is linear, inside")
def regular_grid(points, values):
    def at(xi):
        if isinstance(xi, tuple):
            xi = np.stack(np.broadcast_arrays(*xi), axis=-1)
        return on_grid(xi, points, values)

    return at


def inside_grid(op, facts, /, t, axes, values):
    t, values = real(t, values)
    if t.dims is None or values.dims is None or len(t.dims) < 2:
        raise TypeError("the coordinates of the points stand along the last of two axes or more")
    count = facts.number(t.dims[-1])
    if count is None:
        return Num("f8", None, "array")
    if count != len(values.dims):
        raise TypeError("it is supported with one value at each place")
    return Num("f8", t.dims[:-1])


@adjoint(on_grid, shape=inside_grid, why=IN_SITES)
def on_grid_at(s, t, axes: free, values):
    """At a place of the grid the slopes are those to the right."""
    dt = on_grid_slopes(t, axes, values) * ds[..., None]
    dvalues = on_grid_back(ds, t, axes, values.shape)


def of_this_shape(op, facts, /, s, t, axes, shape):
    real(s, t)
    return Num("f8", dims_of(facts, shape))


@linear(on_grid_back, shape=of_this_shape, why=IN_SITES)
def on_grid_shares(v, s, t, axes: free, shape: free):
    """How much each value counts at each of the points."""
    ds = on_grid(t, axes, dv)
    dt = on_grid_slopes(t, axes, dv) * s[..., None]


@adjoint(
    on_grid_slopes, shape=lambda op, facts, /, t, axes, values: real(t, values)[0], why=IN_SITES
)  # fmt: skip
def on_grid_curved(s, t, axes: free, values):
    dt = on_grid_bends(ds, t, axes, values)
    dvalues = on_grid_slopes_back(ds, t, axes, values.shape)


@linear(on_grid_slopes_back, shape=of_this_shape, why=IN_SITES)
def on_grid_slope_shares(v, s, t, axes: free, shape: free):
    ds = on_grid_slopes(t, axes, dv)
    dt = on_grid_bends(s, t, axes, dv)


@unsupported(
    on_grid_bends, why="in the points it is differentiated twice",
    shape=lambda op, facts, /, s, t, axes, values: as_num(t),
)  # fmt: skip
def on_grid_curved_again(u, s, t, axes, values): ...


# -- through all values, by other names -----------------------------------------------------------


@written_out(interpolate.make_interp_spline)
def make_interp_spline(x, y, k=3):
    def at(t, nu=0):
        return through(t, x, y, "make_interp_spline", k, nu)

    return at


@written_out(interpolate.InterpolatedUnivariateSpline)
def interpolated_spline(x, y, *, k=3):
    def at(t, nu=0):
        return through(t, x, y, "InterpolatedUnivariateSpline", k, nu)

    return at


@written_out(interpolate.UnivariateSpline)
def univariate_spline(x, y, *, k=3, s=None):
    if s != 0:
        raise TypeError("it is supported with `s=0`: through all values")

    def at(t, nu=0):
        return through(t, x, y, "InterpolatedUnivariateSpline", k, nu)

    return at


class Fitted:
    """What `splrep` gives: FITPACK's knots and coefficients are not followed one by one."""

    def __init__(self, x, y, k):
        self.x = x
        self.y = y
        self.k = k


@written_out(interpolate.splrep)
def splrep(x, y, *, k=3, s=0):
    if s != 0:
        raise TypeError("it is supported with `s=0`: through all values")
    return Fitted(x, y, k)


@written_out(interpolate.splev)
def splev(x, tck, der=0):
    if not isinstance(tck, Fitted):
        raise TypeError("it is supported for what scipy.interpolate.splrep gives in the function")
    return through(x, tck.x, tck.y, "InterpolatedUnivariateSpline", tck.k, der)


@written_out(interpolate.lagrange)
def lagrange(x, w):
    return Descending(np.linalg.solve(np.vander(x), w))


@written_out(interpolate.CubicHermiteSpline)
def cubic_hermite_spline(x, y, dydx):
    """At a site the slope of what comes after counts."""
    if np.ndim(y) != 1:
        raise TypeError("it is supported with one value at each site")

    def at(t):
        place = np.clip(np.searchsorted(x, t, side="right") - 1, 0, len(x) - 2)
        width = x[place + 1] - x[place]
        u = (t - x[place]) / width
        rest = 1 - u
        values = (1 + 2 * u) * rest**2 * y[place] + u**2 * (3 - 2 * u) * y[place + 1]
        return values + width * (u * rest**2 * dydx[place] - u**2 * rest * dydx[place + 1])

    return at


@written_out(interpolate.BarycentricInterpolator)
def barycentric(xi, yi):
    def at(t):
        return through(t, xi, yi, "BarycentricInterpolator")

    return at


@written_out(interpolate.KroghInterpolator)
def krogh(xi, yi):
    def at(t):
        return through(t, xi, yi, "KroghInterpolator")

    return at


@written_out(interpolate.barycentric_interpolate)
def barycentric_interpolate(xi, yi, x):
    return through(x, xi, yi, "BarycentricInterpolator")


@written_out(interpolate.pchip_interpolate)
def pchip_interpolate(xi, yi, x, der=0):
    return by_slopes(x, xi, yi, "pchip", der)


@adjoint(through, shape=between_sites)
def through_values(s, t, x, y, by: const, degree: const = None, nu: const = 0):
    """As a site of a polynomial moves, its value there is as if it fell by the slope."""
    dt = through(t, x, y, by, degree, one_more(nu)) * ds
    dx = sites_of_polynomial(ds, t, x, y, by, degree, nu)
    dy = through_back(ds, t, x, by, degree, nu)


@settles
def sites_of_polynomial(context, ds, t, x, y, by, degree, nu):
    if degree is not None:
        raise CannotSettle("where the sites of a spline are is not differentiated")
    shares = helper("through_back", ds, t, x, *map(constant_expr, (by, degree, nu)))
    slopes = helper("through", x, x, y, *map(constant_expr, (by, degree, 1)))
    return ast.UnaryOp(ast.USub(), ast.BinOp(slopes, ast.Mult(), shares))


@linear(through_back, shape=one_for_each_site, why=IN_SITES)
def through_values_weights(v, s, t, x: free, by: const, degree: const, nu: const):
    """What each value counts at each of the points."""
    ds = through(t, x, dv, by, degree, nu)
    dt = through(t, x, dv, by, degree, one_more(nu)) * s


@written_out(interpolate.interpn, why="it is linear, inside")
def interpn(points, values, xi):
    if isinstance(xi, tuple):
        xi = np.stack(np.broadcast_arrays(*xi), axis=-1)
    return on_grid(np.asarray(xi), points, values)


# -- what is not done ---------------------------------------------------------------------------


@unsupported(
    interpolate.griddata, interpolate.RectBivariateSpline,
    why="use CubicSpline, interp1d or np.interp",
)  # fmt: skip
def other_interpolators(x, y, *options): ...
