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

    weights = interpolate.CubicSpline(x, np.eye(len(x)), bc_type=bc_type)(t, nu)
    return np.ravel(ds) @ weights.reshape(-1, len(x))


def looked_up(t: Any, made: Any, nu: int = 0) -> Any:
    """What an interpolator says, or one of its derivatives, at the points t.

    >>> looked_up(2.0, lambda t, nu: 3 * t)
    6.0
    """
    return made(t, nu)


def interpolant(t: Any, x: Any, y: Any, kind: Any = "linear") -> Any:
    """`interp1d(x, y, kind)(t)`

    >>> interpolant(0.5, [0.0, 1.0], [2.0, 4.0])
    array(3.)
    """
    from scipy import interpolate

    return interpolate.interp1d(x, y, kind=kind)(t)


def interpolant_back(ds: Any, t: Any, x: Any, kind: Any) -> Any:
    """The adjoint of `y` in `interpolant(t, x, y, kind)`, which is linear in it.

    >>> interpolant_back(np.array([2.0]), np.array([0.5]), np.arange(3.0), "linear")
    array([1., 1., 0.])
    """
    from scipy import interpolate

    weights = interpolate.interp1d(x, np.eye(len(x)), kind=kind, axis=0)(t)
    return np.ravel(ds) @ weights.reshape(-1, len(x))


def interpolant_slope(t: Any, x: Any, y: Any, kind: Any) -> Any:
    """The slope of `interpolant(t, x, y, kind)`.

    >>> interpolant_slope(np.array([0.5]), np.arange(3.0), np.array([0.0, 3.0, 4.0]), "linear")
    array([3.])
    """
    from scipy import interpolate

    order = np.argsort(x)
    x, y = np.asarray(x)[order], np.asarray(y)[order]
    degree = {"slinear": 1, "quadratic": 2, "cubic": 3}.get(kind, kind)
    if kind == "linear":
        right = np.clip(np.searchsorted(x, t), 1, len(x) - 1)
        return (np.diff(y) / np.diff(x))[right - 1]
    if isinstance(degree, int) and degree:
        return interpolate.make_interp_spline(x, y, k=degree)(t, 1)
    return np.zeros(np.shape(t))
