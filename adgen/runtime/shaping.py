"""Adjoints of operations that repeat elements or pick a diagonal."""

from __future__ import annotations

from typing import Any

import numpy as np


def first_decides(found: Any) -> Any:
    """The array of what `np.vectorize` has got from its calls, of the type of the first.

    >>> first_decides([1.5, 0])
    array([1.5, 0. ])
    """
    made = np.array(found)
    if np.asarray(found[0]).dtype.kind in "bi" and made.dtype.kind not in "bi":
        raise TypeError(
            "the first call gives an integer, so np.vectorize makes integers of all: say `otypes`"
        )
    return made


def unrepeat(dy: Any, shape: tuple[int, ...], repeats: Any, axis: int | None = None) -> Any:
    """Sum up what `np.repeat` made of each element.

    >>> unrepeat(np.array([1.0, 2.0, 3.0]), (2,), [1, 2], None)
    array([1., 5.])
    """
    if axis is None:
        return unrepeat(dy, (int(np.prod(shape)),), repeats, 0).reshape(shape)
    dx = np.zeros(shape, dtype=dy.dtype)
    source = np.repeat(np.arange(shape[axis]), repeats)
    np.add.at(np.moveaxis(dx, axis, 0), source, np.moveaxis(dy, axis, 0))
    return dx


def untile(dy: Any, shape: tuple[int, ...]) -> Any:
    """Sum up the copies that `np.tile` laid side by side.

    >>> untile(np.array([1.0, 2.0, 3.0, 4.0]), (2,))
    array([4., 6.])
    """
    rank = max(dy.ndim, len(shape))
    tile = (1,) * (rank - len(shape)) + tuple(shape)
    whole = (1,) * (rank - dy.ndim) + dy.shape
    parts = [
        p for n, size in zip(whole, tile, strict=True) for p in (n // size if size else 1, size)
    ]
    return dy.reshape(parts).sum(axis=tuple(range(0, 2 * rank, 2))).reshape(shape)


def tiled_to(x: Any, shape: tuple[int, ...]) -> Any:
    """An array laid side by side until it has this shape.

    >>> tiled_to(np.array([4.0, 6.0]), (4,))
    array([4., 6., 4., 6.])
    """
    own = (1,) * (len(shape) - np.ndim(x)) + np.shape(x)
    return np.tile(x, [n // size if size else 1 for n, size in zip(shape, own, strict=True)])


def undiagonal(dy: Any, shape: tuple[int, ...], k: int) -> Any:
    """Put a vector on a diagonal of a matrix of zeros; of a matrix, take the diagonal.

    >>> undiagonal(np.array([1.0, 2.0]), (2, 3), 1)
    array([[0., 1., 0.],
           [0., 0., 2.]])
    """
    if len(shape) == 1:
        return np.diag(dy, k)
    dx = np.zeros(shape, dtype=dy.dtype)
    rows = np.arange(max(0, -k), max(0, -k) + len(dy))
    dx[rows, rows + k] = dy
    return dx


def scattered(dy: Any, places: Any, shape: tuple[int, ...]) -> Any:
    """The adjoint of `x`, of this shape, in `np.ravel(x)[places]`.

    >>> scattered(np.array([1.0, 2.0, 4.0]), np.array([1, 1, 0]), (2,))
    array([4., 3.])
    """
    dx = np.zeros(int(np.prod(shape)), dtype=np.asarray(dy).dtype)
    if dx.size:  # else it was filled with zeros
        np.add.at(dx, places, dy)
    return dx.reshape(shape)


def unpad(
    dy: Any, shape: tuple[int, ...], pad_width: Any, mode: Any, length: Any, reflect: Any
) -> Any:
    """The adjoint of `x`, of this shape, in `np.pad`, for modes that are linear in x.

    >>> unpad(np.ones(4), (2,), 1, "mean", None, "even")
    array([2., 2.])
    """
    options = {"mean": {"stat_length": length}, "linear_ramp": {}}.get(
        mode, {"reflect_type": reflect}
    )
    widths = np.broadcast_to(pad_width, (len(shape), 2))
    for axis, n in enumerate(shape):
        width = (tuple(widths[axis]), (0, 0))
        unit = np.pad(np.eye(n, dtype=dy.dtype), width, mode, **options)
        dy = np.moveaxis(np.tensordot(dy, unit, (axis, 0)), -1, axis)
    return dy


def unspaced(dy: Any, dstep: Any, num: int, endpoint: bool, axis: int, which: int) -> Any:
    """The adjoint of the start (0) or stop (1) in `np.linspace(start, stop, num, endpoint)`.

    >>> unspaced(np.array([1.0, 2.0, 4.0]), 0.0, 3, True, 0, 1)
    np.float64(5.0)
    """
    steps = num - 1 if endpoint else num
    share = np.arange(num) / max(steps, 1)
    rows = np.moveaxis(np.asarray(dy), axis, -1)
    dend = np.sum(rows * (share if which else 1 - share), axis=-1)
    change = dstep / max(steps, 1)
    return dend + change if which else dend - change
