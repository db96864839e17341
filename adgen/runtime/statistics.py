"""Adjoints of covariances and histograms."""

from __future__ import annotations

from typing import Any

import numpy as np


def cov_back(
    dc: Any,
    which: int,
    x: Any,
    y: Any = None,
    rowvar: bool = True,
    bias: bool = False,
    ddof: Any = None,
    fweights: Any = None,
    aweights: Any = None,
) -> Any:
    """The adjoint of `x` (0) or `y` (1) in `np.cov(x, y, rowvar, ...)`.

    >>> cov_back(1.0, 0, np.array([0.0, 1.0, 5.0]))
    array([-2., -1.,  3.])
    """
    parts = [np.asarray(v) for v in (x, y) if v is not None]
    rows = [p.T if p.ndim == 2 and not rowvar else np.atleast_2d(p) for p in parts]
    whole = np.concatenate(rows)
    given = [np.asarray(w, dtype=float) for w in (fweights, aweights) if w is not None]
    w = np.prod(given, axis=0) if given else np.ones(whole.shape[1])
    off = 1 - int(bias) if ddof is None else ddof
    total = np.sum(w)
    if aweights is not None and off:
        off = off * np.sum(w * np.asarray(aweights)) / total
    deviations = whole - np.average(whole, axis=1, weights=w)[:, None]
    dc = np.atleast_2d(dc)
    dwhole = (dc + np.conj(dc.T)) @ np.conj(deviations * w) / (total - off)
    start = 0 if which == 0 else len(rows[0])
    part = dwhole[start : start + len(rows[which])]
    mine = parts[which]
    return part.T if mine.ndim == 2 and not rowvar else part.reshape(mine.shape)


def corrcoef_back(dr: Any, which: int, r: Any, x: Any, y: Any = None, rowvar: bool = True) -> Any:
    """The adjoint of `x` (0) or `y` (1) in `r = np.corrcoef(x, y, rowvar)`.

    >>> x = np.array([[0.0, 2.0], [1.0, 3.0]])
    >>> corrcoef_back(np.ones((2, 2)), 0, np.ones((2, 2)), x).round(9) + 0
    array([[0., 0.],
           [0., 0.]])
    """
    dr, r = np.atleast_2d(dr), np.atleast_2d(r)
    variances = np.real(np.diag(np.atleast_2d(np.cov(x, y, rowvar))))
    root = np.sqrt(variances)
    dc = dr / np.outer(root, root)
    # the diagonal's share, through the roots
    through = dr * r
    dc = dc - np.diag(np.sum(np.real(through + through.T), axis=1) / (2 * variances))
    return cov_back(dc, which, x, y, rowvar)


def bins_back(dh: Any, x: Any, edges: Any) -> Any:
    """The adjoint of `weights` in `h, edges = np.histogram(x, weights=weights)`.

    >>> bins_back(np.array([1.0, 2.0]), np.array([0.0, 1.0, 2.0, 9.0]), np.array([0.0, 1.0, 2.0]))
    array([1., 2., 2., 0.])
    """
    at = np.searchsorted(edges, x, side="right") - 1
    at = np.where(x == edges[-1], len(dh) - 1, at)
    inside = (at >= 0) & (at < len(dh))
    return np.where(inside, dh[np.clip(at, 0, len(dh) - 1)], 0.0)


def cells_back(dh: Any, points: Any, edges: Any) -> Any:
    """The adjoint of `weights` in `h, edges = np.histogramdd(points.T, weights=weights)`.

    >>> edges = [np.array([0.0, 1.0, 2.0]), np.array([0.0, 1.0])]
    >>> cells_back(np.array([[3.0], [4.0]]), ([0.5, 2.0, 9.0], [0.5, 1.0, 0.5]), edges)
    array([3., 4., 0.])
    """
    inside, cells = np.array(True), []
    for places, bounds in zip(points, edges, strict=True):
        x, last = np.asarray(places), len(bounds) - 2
        at = np.where(x == bounds[-1], last, np.searchsorted(bounds, x, side="right") - 1)
        inside = inside & (at >= 0) & (at <= last)
        cells.append(np.clip(at, 0, last))
    return np.where(inside, dh[tuple(cells)], 0.0)


def carried_back(dd: Any, u: Any, v: Any) -> Any:
    """The adjoint of `u` in `wasserstein_distance(u, v)`, the area between the shares of both that
    lie below a value.

    >>> carried_back(1.0, np.array([0.0, 4.0]), np.array([1.0, 3.0]))
    array([-0.5,  0.5])
    """
    every = np.sort(np.concatenate([u, v]))
    below, others = (np.searchsorted(np.sort(w), every[:-1], "right") / len(w) for w in (u, v))
    carried = np.concatenate([[0.0], np.abs(below - others), [0.0]])
    return dd * -np.diff(carried)[np.searchsorted(every, u)]
