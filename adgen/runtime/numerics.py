"""Adjoints of filters and of operations on sampled functions."""

from __future__ import annotations

from typing import Any

import numpy as np

from adgen.runtime.broadcasting import unbroadcast


def uncut(dc: Any, m: int, n: int, reverses: bool) -> Any:
    """The middle part of a full convolution of m and n elements, with zeros for the rest of it.

    `np.correlate` with the longer operand last cuts on the other side.

    >>> uncut(np.array([1.0, 2.0]), 2, 2, False)
    array([1., 2., 0.])
    """
    missing = m + n - 1 - len(dc)
    before = (missing + 1) // 2 if reverses and n > m else missing // 2
    return np.pad(dc, (before, missing - before))


def cut(full: Any, length: int, m: int, n: int, reverses: bool) -> Any:
    """The middle part, of this length, of a full convolution of m and n elements.

    >>> cut(np.array([1.0, 2.0, 3.0]), 2, 2, 2, False)
    array([1., 2.])
    """
    missing = m + n - 1 - length
    before = (missing + 1) // 2 if reverses and n > m else missing // 2
    return full[before : before + length]


def interp_back(dy: Any, x: Any, xp: Any, fp: Any) -> Any:
    """The adjoint of `x` in `np.interp(x, xp, fp)`: the segment's slope, and 0 outside.

    >>> interp_back(1.0, np.array([0.5, 1.0, 9.0]), [0.0, 1.0, 2.0], [0.0, 3.0, 4.0])
    array([3., 1., 0.])
    """
    x, xp, fp = np.asarray(x), np.asarray(xp) + 0.0, np.asarray(fp) + 0.0
    if len(xp) == 1:
        return (0.0 * x).astype(x.dtype)
    at = np.clip(np.searchsorted(xp, x, side="right") - 1, 0, len(xp) - 2)
    slope = (fp[at + 1] - fp[at]) / (xp[at + 1] - xp[at])
    inside = (x >= xp[0]) & (x < xp[-1])
    return np.real(np.where(inside, slope, 0.0) * dy).astype(x.dtype)


def interp_back_points(dy: Any, x: Any, xp: Any, fp: Any) -> Any:
    """The adjoint of `xp` in `np.interp(x, xp, fp)`: a segment's ends move it along its slope.

    >>> interp_back_points(np.array([1.0]), [0.25], np.array([0.0, 1.0]), np.array([0.0, 4.0]))
    array([-3., -1.])
    """
    x, xp, fp = np.asarray(x), np.asarray(xp) + 0.0, np.asarray(fp) + 0.0
    dxp = np.zeros_like(xp)
    if len(xp) == 1:
        return dxp
    at = np.clip(np.searchsorted(xp, x, side="right") - 1, 0, len(xp) - 2)
    width = xp[at + 1] - xp[at]
    inside = (x >= xp[0]) & (x <= xp[-1])
    fall = np.where(inside, -(fp[at + 1] - fp[at]) / width, 0.0) * dy
    share = (x - xp[at]) / width
    np.add.at(dxp, at, (1 - share) * fall)
    np.add.at(dxp, at + 1, share * fall)
    return dxp


def interp_back_values(
    dy: Any, x: Any, xp: Any, fp: Any, left: Any = None, right: Any = None
) -> Any:
    """The adjoint of `fp` in `np.interp(x, xp, fp)`: each value's two neighbours share.

    >>> interp_back_values(np.array([1.0, 1.0]), [0.25, 9.0], [0.0, 1.0], np.array([3.0, 5.0]))
    array([0.75, 1.25])
    """
    x, xp = np.asarray(x), np.asarray(xp) + 0.0
    if left is not None:
        dy = np.where(x < xp[0], 0.0, dy)
    if right is not None:
        dy = np.where(x > xp[-1], 0.0, dy)
    dfp = np.zeros_like(fp)
    if len(xp) == 1:
        return np.full_like(fp, np.sum(dy))
    at = np.clip(np.searchsorted(xp, x, side="right") - 1, 0, len(xp) - 2)
    share = np.clip((x - xp[at]) / (xp[at + 1] - xp[at]), 0.0, 1.0)
    np.add.at(dfp, at, (1 - share) * dy)
    np.add.at(dfp, at + 1, share * dy)
    return dfp


def round_order(xp: Any, period: float) -> tuple[Any, Any]:
    """Which points stand one after the other in `np.interp(..., period=period)`, and where: in
    order, with the last one before them and the first one behind.

    >>> round_order([0.5, 2.5], 2.0)
    (array([1, 0, 1, 0]), array([-1.5,  0.5,  0.5,  2.5]))
    """
    xp = np.mod(np.asarray(xp, dtype=float), period)
    order = np.argsort(xp)
    order = np.concatenate((order[-1:], order, order[:1]))
    return order, xp[order] + period * np.repeat([-1, 0, 1], [1, len(xp), 1])


def interp_round_back(dy: Any, x: Any, xp: Any, fp: Any, period: float) -> Any:
    """The adjoint of `x` in `np.interp(x, xp, fp, period=period)`.

    >>> interp_round_back(1.0, np.array([0.5, 2.25]), [0.0, 1.0], [0.0, 3.0], 2.0)
    array([3., 3.])
    """
    order, xp = round_order(xp, abs(period))
    dx = interp_back(dy, np.mod(x, abs(period)), xp, np.asarray(fp)[order])
    return dx.astype(np.asarray(x).dtype)


def interp_round_back_values(dy: Any, x: Any, xp: Any, fp: Any, period: float) -> Any:
    """The adjoint of `fp` in `np.interp(x, xp, fp, period=period)`.

    >>> interp_round_back_values(np.ones(1), [2.25], [0.0, 1.0], np.array([0.0, 3.0]), 2.0)
    array([0.75, 0.25])
    """
    order, xp = round_order(xp, abs(period))
    shares = interp_back_values(dy, np.mod(x, abs(period)), xp, np.asarray(fp)[order])
    dfp = np.zeros_like(fp)
    np.add.at(dfp, order, shares)
    return dfp


def heights_back(
    darea: Any, shape: tuple[int, ...], x: Any = None, step: Any = 1.0, axis: int = -1
) -> Any:
    """The adjoint of `y` in `np.trapezoid(y, x, step, axis)`: half of the steps at its sides.

    >>> heights_back(1.0, (3,), None, 2.0, -1)
    array([1., 2., 1.])
    """
    behind = (1,) * (len(shape) - axis % len(shape) - 1)
    steps = step if x is None else np.diff(x, axis=axis if np.ndim(x) > 1 else -1)
    if np.ndim(steps) == 1:
        steps = np.reshape(steps, (-1, *behind))
    half = np.asarray(steps * darea / 2)
    between = list(shape)
    between[axis] = max(between[axis] - 1, 0)
    full = np.broadcast_shapes(half.shape, tuple(between))
    half = np.moveaxis(unbroadcast(half, tuple(between), full), axis, 0)
    dy = np.zeros(shape, dtype=half.dtype)
    np.moveaxis(dy, axis, 0)[1:] += half
    np.moveaxis(dy, axis, 0)[:-1] += half
    return dy


def sites_back(darea: Any, y: Any, shape: tuple[int, ...], axis: int) -> Any:
    """The adjoint of `x` in `np.trapezoid(y, x, axis=axis)`: the steps' adjoints, subtracted.

    >>> sites_back(1.0, np.array([1.0, 3.0, 7.0]), (3,), -1)
    array([-2., -3.,  5.])
    """
    rows = np.moveaxis(np.asarray(y), axis, -1)
    heights = np.moveaxis((rows[..., 1:] + rows[..., :-1]) / 2, -1, axis)
    dsteps = np.moveaxis(heights * darea, axis, -1)
    if len(shape) == 1:
        dsteps = np.sum(dsteps, axis=tuple(range(dsteps.ndim - 1)))
    if shape[axis if len(shape) > 1 else 0] == 2:  # one step, which may stand for all
        dsteps = np.sum(dsteps, axis=-1, keepdims=True)
    nothing = np.zeros((*dsteps.shape[:-1], 1), dtype=dsteps.dtype)
    dx = -np.diff(dsteps, axis=-1, prepend=nothing, append=nothing)
    dx = dx[..., : shape[axis if len(shape) > 1 else 0]]
    dx = dx if len(shape) == 1 else np.moveaxis(dx, -1, axis)
    return unbroadcast(dx, shape, dx.shape)


def coordinates_back(dy: Any, x: Any, places: Any, axis: int, edge_order: int) -> Any:
    """The adjoint of the coordinates in `np.gradient(x, places, axis=axis, edge_order=edge_order)`.

    A slope is a sum of samples; it tells how the weights move with the steps a and b between them.

    >>> coordinates_back(np.ones(3), np.array([0.0, 2.0, 3.0]), np.array([0.0, 1.0, 2.0]), 0, 1)
    array([ 3.25, -2.  , -1.25])
    """
    given, rows = np.moveaxis(dy, axis, -1), np.moveaxis(np.asarray(x), axis, -1)
    steps = np.diff(places)
    dsteps = np.zeros(given.shape[:-1] + steps.shape, np.result_type(given, rows, steps))
    a, b, inner = steps[:-1], steps[1:], given[..., 1:-1]
    rise, later = np.diff(rows)[..., :-1], np.diff(rows)[..., 1:]
    # of (rise b / a + later a / b) / (a + b)
    slope = (rise * b / a + later * a / b) / (a + b)
    dsteps[..., :-1] += inner * ((later / b - rise * b / a**2) - slope) / (a + b)
    dsteps[..., 1:] += inner * ((rise / a - later * a / b**2) - slope) / (a + b)
    first, last = given[..., 0], given[..., -1]
    if edge_order == 1:
        dsteps[..., 0] -= first * (rows[..., 1] - rows[..., 0]) / steps[0] ** 2
        dsteps[..., -1] -= last * (rows[..., -1] - rows[..., -2]) / steps[-1] ** 2
    else:
        # of s + (s - t) a / (a + b), with the rises s over a at the edge and t over b behind it
        edges = ((0, 1, first), (-1, -2, last))
        for edge, behind, seed in edges:
            a, b = steps[edge], steps[behind]
            s, t = (np.diff(rows)[..., at] / steps[at] for at in (edge, behind))
            bend = (s - t) / (a + b) ** 2
            dsteps[..., edge] += seed * (bend * b - s / a * (2 * a + b) / (a + b))
            dsteps[..., behind] += seed * (t / b * a / (a + b) - bend * a)
    dsteps = np.sum(dsteps, axis=tuple(range(dsteps.ndim - 1)))
    return -np.diff(dsteps, prepend=0.0, append=0.0)


def gradient_back(dy: Any) -> Any:
    """The adjoint of `np.gradient` of a vector with steps of length 1.

    >>> gradient_back(np.array([1.0, 0.0, 0.0]))
    array([-1.,  1.,  0.])
    """
    half = dy / 2
    half[0], half[-1] = dy[0], dy[-1]
    dx = np.zeros_like(half)
    dx[2:] += half[1:-1]
    dx[:-2] -= half[1:-1]
    dx[:2] += half[0] * np.array([-1, 1])
    dx[-2:] += half[-1] * np.array([-1, 1])
    return dx


def slopes_back(dys: Any, spacings: Any, axes: Any, edge_order: int) -> Any:
    """The adjoint of `x` in `np.gradient(x, *spacings, axis=axes, edge_order=edge_order)`.

    >>> slopes_back(np.array([1.0, 0.0, 0.0]), (0.5,), (0,), 2)
    array([-3.,  4., -1.])
    """
    dys = dys if isinstance(dys, list | tuple) else [dys]
    spacings = spacings or (1.0,)
    spacings = spacings * len(axes) if len(spacings) == 1 else spacings
    dx = np.zeros_like(dys[0])
    for dy, spacing, axis in zip(dys, spacings, axes, strict=True):
        rows, into = np.moveaxis(dy, axis, -1), np.moveaxis(dx, axis, -1)
        steps = np.diff(spacing) if np.ndim(spacing) else np.full(rows.shape[-1] - 1, spacing)
        left, right = steps[:-1], steps[1:]
        inner = rows[..., 1:-1]
        into[..., :-2] -= right / (left * (left + right)) * inner
        into[..., 1:-1] += (right - left) / (left * right) * inner
        into[..., 2:] += left / (right * (left + right)) * inner
        if edge_order == 1:
            into[..., 0] -= rows[..., 0] / steps[0]
            into[..., 1] += rows[..., 0] / steps[0]
            into[..., -2] -= rows[..., -1] / steps[-1]
            into[..., -1] += rows[..., -1] / steps[-1]
            continue
        (a, b), first = steps[:2], rows[..., 0]
        into[..., 0] -= (2 * a + b) / (a * (a + b)) * first
        into[..., 1] += (a + b) / (a * b) * first
        into[..., 2] -= a / (b * (a + b)) * first
        (a, b), last = steps[-2:], rows[..., -1]
        into[..., -3] += b / (a * (a + b)) * last
        into[..., -2] -= (a + b) / (a * b) * last
        into[..., -1] += (2 * b + a) / (b * (a + b)) * last
    return dx


def polyder_back(dy: Any, size: int, m: int = 1) -> Any:
    """The adjoint of `p`, of this size, in `np.polyder(p, m)`.

    >>> polyder_back(np.array([1.0, 1.0]), 3, 1)
    array([2., 1., 0.])
    """
    powers = np.arange(size - 1, m - 1, -1)
    for i in range(m):
        dy = dy * (powers - i) if len(powers) else dy
    return np.concatenate([dy[: len(powers)], np.zeros(size - len(powers), dtype=dy.dtype)])


def polyint_back(dy: Any, m: int = 1) -> Any:
    """The adjoint of `p` in `np.polyint(p, m)`.

    >>> polyint_back(np.array([2.0, 1.0, 5.0]), 1)
    array([1., 1.])
    """
    dp = dy[: len(dy) - m]
    powers = np.arange(len(dp) - 1, -1, -1)
    for i in range(m):
        dp = dp / (powers + i + 1)
    return dp


def constants_back(dy: Any, shape: tuple[int, ...], m: int = 1) -> Any:
    """The adjoint of the constants in `np.polyint(p, m, k)`: one for all integrations, or for each.

    >>> constants_back(np.array([1.0, 6.0, 5.0, 7.0]), (3,), 3)
    array([3., 5., 7.])
    """
    factorials = np.cumprod(np.maximum(np.arange(m), 1))[::-1]
    dk = dy[len(dy) - m :] / factorials
    return dk if shape == dk.shape else np.reshape(np.sum(dk), shape)[()]


def polymul_back(dc: Any, a: Any, b: Any) -> Any:
    """The adjoint of `a` in `np.polymul(a, b)`, which drops leading zeros.

    >>> polymul_back(np.array([1.0, 2.0, 3.0]), np.ones(2), np.array([1.0, 10.0]))
    array([21., 32.])
    """
    a, b = np.atleast_1d(a), np.atleast_1d(b)
    missing = len(a) + len(b) - 1 - len(dc)
    full = np.concatenate([np.zeros(missing, dtype=dc.dtype), dc])
    return np.convolve(full, b[::-1], "full")[len(b) - 1 : len(b) - 1 + len(a)]


def polyfit_back(dp: Any, x: Any, deg: int, w: Any = None) -> Any:
    """The adjoint of `y` in `np.polyfit(x, y, deg, w=w)`.

    >>> polyfit_back(np.array([0.0, 1.0]), np.array([0.0, 1.0]), 1, None).round(12) + 0
    array([1., 0.])
    """
    powers = np.vander(np.asarray(x, dtype=float), deg + 1)
    if w is not None:
        powers = powers * np.asarray(w)[:, None]
    dy = np.linalg.pinv(powers).T @ dp
    if w is None:
        return dy
    return dy * (np.asarray(w) if dy.ndim == 1 else np.asarray(w)[:, None])


def poly_back(dp: Any, r: Any) -> Any:
    """The adjoint of the roots in `np.poly(r)`.

    >>> poly_back(np.array([0.0, 1.0, 1.0]), np.array([2.0, 3.0]))
    array([2., 1.])
    """
    others = [np.concatenate([r[:i], r[i + 1 :]]) for i in range(len(r))]
    return np.array([-np.sum(dp[1:] * np.poly(rest)) for rest in others])


def vander_back(dy: Any, x: Any, increasing: bool = False) -> Any:
    """The adjoint of `x` in `np.vander(x, N, increasing)`.

    >>> vander_back(np.ones((1, 3)), np.array([2.0]), False)
    array([5.])
    """
    count = dy.shape[1]
    slopes = np.vander(x, max(count - 1, 0), increasing=True) * np.arange(1, count)
    return np.sum((dy if increasing else dy[:, ::-1])[:, 1:] * slopes, axis=1)


def running_sites_back(dc: Any, y: Any, axis: int) -> Any:
    """The adjoint of the places in `cumulative_trapezoid(y, x, axis=axis)`.

    >>> running_sites_back(np.array([0.0, 1.0]), np.array([1.0, 3.0, 7.0]), -1)
    array([-2., -3.,  5.])
    """
    rows, dc = np.moveaxis(y, axis, -1), np.moveaxis(dc, axis, -1)
    heights = (rows[..., 1:] + rows[..., :-1]) / 2
    dc = dc[..., dc.shape[-1] - heights.shape[-1] :]
    dsteps = np.flip(np.cumsum(np.flip(dc, -1), -1), -1) * heights
    dsteps = np.sum(dsteps, axis=tuple(range(dsteps.ndim - 1)))
    return -np.diff(dsteps, prepend=0.0, append=0.0)


def simpson_sites_back(darea: Any, y: Any, x: Any, axis: int) -> Any:
    """The adjoint of the places in `simpson(y, x=x, axis=axis)`: of pairs of steps a and b, and of
    the last step where their number is odd.

    >>> simpson_sites_back(1.0, np.array([1.0, 1.0, 1.0]), np.array([0.0, 1.0, 3.0]), -1) + 0.0
    array([-1.,  0.,  1.])
    """
    rows, steps = np.moveaxis(np.asarray(y), axis, -1), np.diff(x)
    darea = np.asarray(darea)[..., None]
    dsteps = np.zeros(rows.shape[:-1] + steps.shape)
    if len(steps) == 1:
        dsteps += darea * (rows[..., 1:] + rows[..., :-1]) / 2
    pairs = len(steps) // 2 * 2
    a, b = steps[0:pairs:2], steps[1:pairs:2]
    one, two, three = rows[..., 0:pairs:2], rows[..., 1:pairs:2], rows[..., 2 : pairs + 1 : 2]
    whole = one * (2 - b / a) + two * (a + b) ** 2 / (a * b) + three * (2 - a / b)
    turned = (a + b) / 6
    by_a = one * b / a**2 + two * (1 / b - b / a**2) - three / b
    by_b = three * a / b**2 + two * (1 / a - a / b**2) - one / a
    dsteps[..., 0:pairs:2] += darea * (whole / 6 + turned * by_a)
    dsteps[..., 1:pairs:2] += darea * (whole / 6 + turned * by_b)
    if len(steps) % 2 and pairs:
        (a, b), (one, two, three) = steps[-2:], np.moveaxis(rows[..., -3:], -1, 0)
        # of three (2b^2 + 3ab) / (6(a + b)) + two (b^2 + 3ab) / 6a - one b^3 / (6a(a + b))
        by_a = three * b**2 / (6 * (a + b) ** 2) - two * b**2 / (6 * a**2)
        by_a += one * b**3 * (2 * a + b) / (6 * a**2 * (a + b) ** 2)
        by_b = three * (2 * b**2 + 4 * a * b + 3 * a**2) / (6 * (a + b) ** 2)
        by_b += two * (2 * b + 3 * a) / (6 * a) - one * b**2 * (3 * a + 2 * b) / (
            6 * a * (a + b) ** 2
        )
        dsteps[..., -2] += darea[..., 0] * by_a
        dsteps[..., -1] += darea[..., 0] * by_b
    dsteps = np.sum(dsteps, axis=tuple(range(dsteps.ndim - 1)))
    return -np.diff(dsteps, prepend=0.0, append=0.0)


def fitted_sites_back(dp: Any, p: Any, x: Any, y: Any, deg: int, w: Any = None) -> Any:
    """The adjoint of `x` where `p` is `np.polyfit(x, y, deg, w=w)`: what is left of the values
    stands at right angles to all powers.

    >>> x, y = np.array([0.0, 1.0, 3.0]), np.array([1.0, 3.0, 7.0])
    >>> fitted_sites_back(np.array([1.0, 0.0]), np.array([2.0, 1.0]), x, y, 1).round(12)
    array([ 0.57142857,  0.14285714, -0.71428571])
    """
    x = np.asarray(x, dtype=float)
    weights = np.ones_like(x) if w is None else np.asarray(w) ** 2
    powers = np.vander(x, deg + 1)
    matrix = powers.T @ (weights[:, None] * powers)
    moved = np.linalg.solve(matrix, np.reshape(dp, (deg + 1, -1)))
    p = np.reshape(p, (deg + 1, -1))
    rest = np.reshape(y, (len(x), -1)) - powers @ p
    dpowers = weights[:, None] * (rest @ moved.T - powers @ moved @ p.T)
    slopes = np.zeros_like(powers)
    slopes[:, :-1] = powers[:, 1:] * np.arange(deg, 0, -1)
    return np.sum(dpowers * slopes, axis=1)


def fit_weights_back(dp: Any, p: Any, x: Any, y: Any, deg: int, w: Any) -> Any:
    """The adjoint of `w` where `p` is `np.polyfit(x, y, deg, w=w)`.

    >>> x, y = np.array([0.0, 1.0, 3.0]), np.array([1.0, 3.0, 7.0])
    >>> fit_weights_back(np.ones(2), np.array([2.0, 1.0]), x, y, 1, np.ones(3)).round(9) + 0.0
    array([0., 0., 0.])
    """
    powers, w = np.vander(np.asarray(x, dtype=float), deg + 1), np.asarray(w)
    matrix = powers.T @ (w[:, None] ** 2 * powers)
    moved = powers @ np.linalg.solve(matrix, np.reshape(dp, (deg + 1, -1)))
    rest = np.reshape(y, (len(w), -1)) - powers @ np.reshape(p, (deg + 1, -1))
    return 2 * w * np.sum(moved * rest, axis=1)


def cumulative_trapezoid_back(
    dc: Any, shape: Any, x: Any = None, dx: Any = 1.0, axis: int = -1
) -> Any:
    """The adjoint of `y` in `cumulative_trapezoid(y, x, dx, axis)`.

    >>> cumulative_trapezoid_back(np.array([1.0, 1.0]), (3,), None, 2.0, -1)
    array([2., 3., 1.])
    """
    dc = np.moveaxis(dc, axis, -1)
    n = shape[axis]
    dc = dc[..., dc.shape[-1] - (n - 1) :]
    half = np.flip(np.cumsum(np.flip(dc, -1), -1), -1) * (dx if x is None else np.diff(x)) / 2
    dy = np.zeros((*dc.shape[:-1], n), dtype=half.dtype)
    dy[..., :-1] += half
    dy[..., 1:] += half
    return np.moveaxis(dy, -1, axis)
