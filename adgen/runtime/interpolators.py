"""Interpolators of SciPy, as functions of the points, the sites and the values there."""

from __future__ import annotations

from typing import Any

import numpy as np


def spline(t: Any, x: Any, y: Any, bc_type: Any = "not-a-knot", nu: int = 0) -> Any:
    """The cubic spline through y at the sites x, or one of its derivatives, at the points t.

    >>> round(float(spline(1.5, np.arange(4.0), np.arange(4.0) ** 3)), 9)
    3.375
    """
    from scipy import interpolate

    return interpolate.CubicSpline(x, y, bc_type=bc_type)(t, nu)


def spline_back(ds: Any, t: Any, x: Any, bc_type: Any, nu: int) -> Any:
    """The adjoint of `y` in `spline(t, x, y, bc_type, nu)`, which is linear in it.

    >>> spline_back(np.array([2.0]), np.array([1.0]), np.arange(4.0), "not-a-knot", 0) + 0.0
    array([0., 2., 0., 0.])
    """
    from scipy import interpolate

    units, ends = np.eye(len(x)), bc_type
    if bc_type == "periodic":
        units[-1] = units[0]  # the last value is the first one
    elif not isinstance(bc_type, str):
        zeros = np.zeros(len(x))
        ends = tuple(end if isinstance(end, str) else (end[0], zeros) for end in bc_type)
    weights = interpolate.CubicSpline(x, units, bc_type=ends)(t, nu)
    return np.ravel(ds) @ weights.reshape(-1, len(x))


def spline_sites_back(ds: Any, t: Any, x: Any, y: Any, bc_type: str, nu: int) -> Any:
    """The adjoint of the sites `x` in `spline(t, x, y, bc_type, nu)`.

    As a site moves, the spline moves by minus its slope there, and bends by what its third
    derivative jumps by: that is a square which begins at the site, and which a spline takes off
    again at all sites.

    >>> x = np.arange(4.0)
    >>> spline_sites_back(np.ones(1), np.array([1.0]), x, 2 * x, "not-a-knot", 0).round(12) + 0.0
    array([ 0., -2.,  0.,  0.])
    """
    from scipy import interpolate

    x, t = np.asarray(x, dtype=float), np.ravel(t)
    made = interpolate.CubicSpline(x, y, bc_type=bc_type)
    jumps = np.concatenate([[0.0], np.diff(6 * made.c[0]), [0.0]])

    def bends(places: Any, order: int) -> Any:
        behind = np.maximum(places[:, None] - x, 0.0)
        power = (0.5 * behind**2, behind, 1.0 * (behind > 0), 0.0 * behind)[order]
        return -jumps * power

    values = -np.diag(made(x, 1)) - bends(x, 0)
    order = {"natural": 2, "clamped": 1}.get(bc_type)
    sides: Any = bc_type
    if order is not None:
        left, right = np.zeros(len(x)), -bends(x[-1:], order)[0]
        left[0] -= made(x[0], order + 1)
        right[-1] -= made(x[-1], order + 1)
        sides = ((order, left), (order, right))
    moved = bends(t, nu) + interpolate.CubicSpline(x, values, bc_type=sides)(t, nu)
    return np.ravel(ds) @ moved


def spline_integral(a: Any, b: Any, x: Any, y: Any, bc_type: Any = "not-a-knot") -> Any:
    """The integral of the cubic spline through y at the sites x from a to b.

    >>> spline_integral(0.0, 2.0, np.arange(4.0), 2 * np.arange(4.0))
    array(4.)
    """
    from scipy import interpolate

    return interpolate.CubicSpline(x, y, bc_type=bc_type).integrate(a, b)


def through(t: Any, x: Any, y: Any, by: str, degree: int | None = None, nu: int = 0) -> Any:
    """What another interpolator that goes through all values gives, or one of its derivatives.

    >>> through(0.5, np.arange(3.0), np.array([0.0, 1.0, 4.0]), "KroghInterpolator")
    array(0.25)
    """
    from scipy import interpolate

    options = {} if degree is None else {"k": degree}
    made = getattr(interpolate, by)(x, y, **options)
    if degree is not None:
        return made(t, nu)
    return np.reshape(made.derivative(np.ravel(t), nu), np.shape(t)) if nu else made(t)


def through_back(ds: Any, t: Any, x: Any, by: str, degree: int | None, nu: int) -> Any:
    """The adjoint of `y` in `through(t, x, y, by, degree, nu)`, which is linear in it.

    >>> through_back(np.ones(1), np.array([1.0]), np.arange(3.0), "KroghInterpolator", None, 0)
    array([0., 1., 0.])
    """
    weights = [through(np.ravel(t), x, unit, by, degree, nu) for unit in np.eye(len(x))]
    return np.array(weights) @ np.ravel(ds)


def looked_up(t: Any, made: Any, nu: int = 0) -> Any:
    """What an interpolator says, or one of its derivatives, at the points t.

    >>> looked_up(2.0, lambda t, nu: 3 * t)
    6.0
    """
    return made(t, nu)


def interpolant(
    t: Any, x: Any, y: Any, kind: Any = "linear", nu: int = 0, beyond: Any = None
) -> Any:
    """`interp1d(x, y, kind, axis=0)(t)`, or one of its derivatives; `beyond` is "extrapolate".

    >>> interpolant(0.5, [0.0, 1.0], [2.0, 4.0]), interpolant(0.5, [0.0, 1.0], [2.0, 4.0], nu=1)
    (array(3.), np.float64(2.0))
    """
    from scipy import interpolate

    if nu == 0 and beyond is None:
        return interpolate.interp1d(x, y, kind=kind, axis=0)(t)
    if nu == 0:
        return interpolate.interp1d(x, y, kind=kind, axis=0, fill_value=beyond)(t)
    order = np.argsort(x)
    x, y = np.asarray(x)[order], np.asarray(y)[order]
    degree = {"slinear": 1, "quadratic": 2, "cubic": 3}.get(kind, kind)
    if kind == "linear" and nu == 1:
        right = np.clip(np.searchsorted(x, t), 1, len(x) - 1)
        return ((y[1:] - y[:-1]).T / (x[1:] - x[:-1])).T[right - 1]
    if isinstance(degree, int) and degree >= nu:
        return interpolate.make_interp_spline(x, y, k=degree)(t, nu)
    return np.zeros((*np.shape(t), *y.shape[1:]))


def interpolant_sites_back(ds: Any, t: Any, x: Any, y: Any) -> Any:
    """The adjoint of the sites `x` in `interpolant(t, x, y)`: the slope of a segment, shared.

    >>> interpolant_sites_back(np.array([2.0]), np.array([0.25]), np.arange(3.0), np.arange(3.0))
    array([-1.5, -0.5,  0. ])
    """
    order = np.argsort(x)
    x, y, t = np.asarray(x)[order], np.asarray(y)[order], np.ravel(t)
    right = np.clip(np.searchsorted(x, t), 1, len(x) - 1)
    steps = x[right] - x[right - 1]
    share = (t - x[right - 1]) / steps
    moved = -np.ravel(ds) * (y[right] - y[right - 1]) / steps
    dx = np.bincount(order[right - 1], (1 - share) * moved, len(x))
    return dx + np.bincount(order[right], share * moved, len(x))


def interpolant_back(ds: Any, t: Any, x: Any, kind: Any, nu: int = 0, beyond: Any = None) -> Any:
    """The adjoint of `y` in `interpolant(t, x, y, kind, nu, beyond)`, which is linear in it.

    >>> interpolant_back(np.array([2.0]), np.array([0.5]), np.arange(3.0), "linear")
    array([1., 1., 0.])
    """
    weights = interpolant(t, x, np.eye(len(x)), kind, nu, beyond)
    return np.ravel(ds) @ weights.reshape(-1, len(x))


def by_slopes(t: Any, x: Any, y: Any, kind: str, nu: int = 0) -> Any:
    """The "pchip" or "akima" interpolator through y at the sites x, or one of its derivatives.

    >>> by_slopes(0.5, np.arange(3.0), np.array([0.0, 2.0, 4.0]), "pchip")
    array(1.)
    """
    from scipy import interpolate

    made = {"pchip": interpolate.PchipInterpolator, "akima": interpolate.Akima1DInterpolator}
    return made[kind](x, y)(t, nu)


def by_slopes_back(ds: Any, t: Any, x: Any, y: Any, kind: str, nu: int) -> Any:
    """The adjoint of `y` in `by_slopes(t, x, y, kind, nu)`.

    Between two sites the interpolator is linear in the values and the slopes there.

    >>> x = np.arange(3.0)
    >>> by_slopes_back(np.array([1.0]), np.array([1.0]), x, 2 * x, "pchip", 0) + 0.0
    array([0., 1., 0.])
    """
    from scipy import interpolate

    x, n = np.asarray(x, dtype=float), len(x)
    unit, zeros = np.eye(n), np.zeros((n, n))
    ds = np.ravel(ds)

    def weighed(values: Any, slopes: Any) -> Any:
        return ds @ interpolate.CubicHermiteSpline(x, values, slopes)(np.ravel(t), nu)

    return weighed(unit, zeros) + site_slopes_back(weighed(zeros, unit), x, y, kind)


def by_slopes_along(v: Any, t: Any, x: Any, y: Any, kind: str, nu: int) -> Any:
    """How `by_slopes(t, x, y, kind, nu)` moves as the values y move along v.

    >>> x = np.arange(3.0)
    >>> by_slopes_along(np.ones(3), 0.5, x, 2 * x, "akima", 0).round(12)
    np.float64(1.0)
    """
    from scipy import interpolate

    slopes = [site_slopes_back(unit, x, y, kind) @ v for unit in np.eye(len(x))]
    return interpolate.CubicHermiteSpline(x, v, slopes)(t, nu)


def by_slopes_turned(v: Any, ds: Any, t: Any, x: Any, y: Any, kind: str, nu: int) -> Any:
    """How `by_slopes_back(ds, t, x, y, kind, nu)` moves as the values y move along v.

    A step along the imaginary axis tells, without rounding.

    >>> x, v = np.arange(3.0), np.array([0.0, 1.0, 0.0])
    >>> by_slopes_turned(v, np.array([1.0]), np.array([0.5]), x, x, "pchip", 0)
    array([-0.125,  0.25 , -0.125])
    """
    step = 1e-20
    moved = by_slopes_back(ds, t, x, np.asarray(y) + 1j * step * v, kind, nu)
    return np.imag(moved) / step


def site_slopes_back(dslope: Any, x: Any, y: Any, kind: str) -> Any:
    """The adjoint of the values y in the slopes at the sites x.

    >>> site_slopes_back(np.array([1.0, 0.0]), np.arange(2.0), np.ones(2), "pchip")
    array([-1.,  1.])
    """
    steps = np.diff(x)
    back = pchip_slopes_back if kind == "pchip" else akima_slopes_back
    dm = back(dslope, np.diff(y) / steps, steps) / steps
    return np.concatenate([-dm[:1], dm[:-1] - dm[1:], dm[-1:]])


def pchip_slopes_back(dslope: Any, m: Any, steps: Any) -> Any:
    """The adjoint of the secants m in the slopes of a "pchip" interpolator (Fritsch and Butland).

    >>> pchip_slopes_back(np.array([0.0, 1.0, 0.0]), np.array([2.0, 2.0]), np.ones(2))
    array([0.5, 0.5])
    """
    if len(m) == 1:
        return np.sum(dslope, keepdims=True)
    dm = np.zeros_like(m)
    left, right = m[:-1], m[1:]
    inner = np.real(left) * np.real(right) > 0
    left, right = np.where(inner, left, 1.0), np.where(inner, right, 1.0)
    first, second = 2 * steps[1:] + steps[:-1], steps[1:] + 2 * steps[:-1]
    slope = (first + second) / (first / left + second / right)
    share = np.where(inner, dslope[1:-1] * slope**2 / (first + second), 0.0)
    dm[:-1] += share * first / left**2
    dm[1:] += share * second / right**2
    for end, other, d in ((0, 1, dslope[0]), (-1, -2, dslope[-1])):
        a, b = steps[end], steps[other]
        slope = ((2 * a + b) * m[end] - a * m[other]) / (a + b)
        signs = np.sign(np.real([slope, m[end], m[other]]))
        if signs[0] != signs[1]:
            continue
        if signs[1] != signs[2] and abs(slope) > 3 * abs(m[end]):
            dm[end] += 3 * d
        else:
            dm[end] += (2 * a + b) / (a + b) * d
            dm[other] -= a / (a + b) * d
    return dm


def akima_slopes_back(dslope: Any, m: Any, steps: Any) -> Any:
    """The adjoint of the secants m in the slopes of an "akima" interpolator.

    >>> akima_slopes_back(np.array([1.0, 0.0, 0.0]), np.array([2.0, 3.0]), np.ones(2))
    array([ 1.5, -0.5])
    """
    n = len(m)
    if n == 1:
        return np.sum(dslope, keepdims=True)
    # two more secants at each end go on in a straight line
    rows = np.zeros((n + 4, n))
    rows[2:-2] = np.eye(n)
    rows[1], rows[0] = 2 * rows[2] - rows[3], 3 * rows[2] - 2 * rows[3]
    rows[-2], rows[-1] = 2 * rows[-3] - rows[-4], 3 * rows[-3] - 2 * rows[-4]
    wide = rows @ m
    before, behind = wide[1:-2], wide[2:-1]
    after, ahead = np.diff(wide)[2:], np.diff(wide)[:-2]
    up, upward = np.sign(np.real(after)), np.sign(np.real(ahead))
    total = up * after + upward * ahead
    even = np.real(total) <= 1e-9 * np.max(np.real(total), initial=0.0)
    total = np.where(even, 1.0, total)
    slope = (up * after * before + upward * ahead * behind) / total
    dwide = np.zeros(n + 4, dtype=m.dtype)
    dwide[1:-2] += np.where(even, 0.5, up * after / total) * dslope
    dwide[2:-1] += np.where(even, 0.5, upward * ahead / total) * dslope
    dafter = np.where(even, 0.0, up * (before - slope) / total) * dslope
    dahead = np.where(even, 0.0, upward * (behind - slope) / total) * dslope
    dwide[3:] += dafter
    dwide[2:-1] -= dafter
    dwide[1:-2] += dahead
    dwide[:-3] -= dahead
    return dwide @ rows


def on_grid(t: Any, axes: Any, values: Any) -> Any:
    """What lies between values on a grid, linearly in each direction, at the points t.

    >>> on_grid(np.array([[0.5, 1.0]]), (np.arange(2.0), np.arange(2.0)), np.eye(2))
    array([0.5])
    """
    from scipy import interpolate

    return interpolate.RegularGridInterpolator(axes, values)(t)


def grid_corners(t: Any, axes: Any, sloped: Any = ()) -> list[Any]:
    """The corners of the cells that points lie in: their places and shares.

    Along the axes that are `sloped` it is the slopes of the shares that are multiplied.

    >>> [float(share) for _, share in grid_corners(np.array([0.25]), (np.arange(2.0),))]
    [0.75, 0.25]
    """
    found: list[Any] = [((), 1.0)]
    for k, axis in enumerate(axes):
        axis = np.asarray(axis)
        low = np.clip(np.searchsorted(axis, t[..., k], side="right") - 1, 0, len(axis) - 2)
        width = axis[low + 1] - axis[low]
        share = 1 / width if k in sloped else (t[..., k] - axis[low]) / width
        rest = -share if k in sloped else 1 - share
        found = [
            ((*place, at), whole * part)
            for place, whole in found
            for at, part in ((low, rest), (low + 1, share))
        ]
    return found


def on_grid_back(ds: Any, t: Any, axes: Any, shape: tuple[int, ...]) -> Any:
    """The adjoint of `values`, which have this shape, in `on_grid(t, axes, values)`.

    >>> on_grid_back(np.array([2.0]), np.array([[0.25]]), (np.arange(3.0),), (3,))
    array([1.5, 0.5, 0. ])
    """
    dvalues = np.zeros(shape)
    for place, share in grid_corners(t, axes):
        np.add.at(dvalues, place, share * ds)
    return dvalues


def on_grid_slopes(t: Any, axes: Any, values: Any) -> Any:
    """The slopes of `on_grid(t, axes, values)` in each coordinate of the points.

    >>> on_grid_slopes(np.array([[0.25]]), (np.arange(2.0),), np.array([1.0, 4.0]))
    array([[3.]])
    """
    slopes = [
        sum(values[place] * share for place, share in grid_corners(t, axes, (k,)))
        for k in range(len(axes))
    ]
    return np.stack(slopes, axis=-1)


def on_grid_slopes_back(ds: Any, t: Any, axes: Any, shape: tuple[int, ...]) -> Any:
    """The adjoint of `values`, which have this shape, in `on_grid_slopes(t, axes, values)`.

    >>> on_grid_slopes_back(np.array([[2.0]]), np.array([[0.25]]), (np.arange(3.0),), (3,))
    array([-2.,  2.,  0.])
    """
    dvalues = np.zeros(shape)
    for k in range(len(axes)):
        for place, share in grid_corners(t, axes, (k,)):
            np.add.at(dvalues, place, share * ds[..., k])
    return dvalues


def on_grid_bends(ds: Any, t: Any, axes: Any, values: Any) -> Any:
    """The adjoint of the points in `on_grid_slopes(t, axes, values)`: along an axis that is the
    slope's own it does not change.

    >>> axes = (np.arange(2.0), np.arange(2.0))
    >>> on_grid_bends(np.array([[3.0, 0.0]]), np.array([[0.2, 0.7]]), axes, np.eye(2))
    array([[0., 6.]])
    """
    dt = np.zeros_like(t)
    for k in range(len(axes)):
        for j in set(range(len(axes))) - {k}:
            bend = sum(values[place] * share for place, share in grid_corners(t, axes, (j, k)))
            dt[..., j] += bend * ds[..., k]
    return dt
