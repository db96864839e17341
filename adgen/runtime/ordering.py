"""Adjoints of operations that pick elements by their order."""

from __future__ import annotations

from typing import Any

import numpy as np


def heap_order(columns: Any, change: str) -> Any:
    """Where the elements of a list come from when a function of `heapq` has changed it.

    `columns` has the list, or for a list of tuples the list for each place in them. After
    `"heappush"` the last element has been put in; by `"heappop"` the one taken out comes last.

    >>> heap_order(([3.0, 1.0, 2.0, 0.5],), "heapify")
    array([3, 1, 2, 0])
    """
    import functools
    import heapq

    rows = list(zip(*columns, strict=True))

    def compare(a: int, b: int) -> int:
        return -1 if rows[a] < rows[b] else 1

    heap = list(map(functools.cmp_to_key(compare), range(len(rows))))
    places = {id(key): at for at, key in enumerate(heap)}
    if change == "heapify":
        heapq.heapify(heap)
    elif change == "heappush":
        last = heap.pop()
        heapq.heappush(heap, last)
    else:
        first = heapq.heappop(heap)
        heap.append(first)
    return np.array([places[id(key)] for key in heap], dtype=int)


def quantile_weights(x: Any, q: float, axis: Any = None) -> Any:
    """How much each element counts in the quantile `q` of those along the axis.

    >>> quantile_weights(np.array([3.0, 1.0, 2.0, 9.0]), 0.5, None)
    array([0.5, 0. , 0.5, 0. ])
    """
    x = np.asarray(x)
    axes = range(x.ndim) if axis is None else axis if isinstance(axis, tuple) else (axis,)
    last = [a % x.ndim for a in axes]
    first = [a for a in range(x.ndim) if a not in last]
    moved = np.transpose(x, first + last)
    flat = moved.reshape(*moved.shape[: len(first)], int(np.prod(moved.shape[len(first) :])))
    place = (flat.shape[-1] - 1) * q
    low = int(np.floor(place))
    high = min(low + 1, flat.shape[-1] - 1)
    order = np.argsort(flat, axis=-1)
    weights = np.zeros_like(flat)
    np.put_along_axis(weights, order[..., high : high + 1], place - low, axis=-1)
    weights_low = 1 - (place - low) if high > low else 1
    np.put_along_axis(weights, order[..., low : low + 1], weights_low, axis=-1)
    return np.transpose(weights.reshape(moved.shape), np.argsort(first + last))


def share_of_rest(x: Any, cut: float, axis: int | None = None) -> Any:
    """How much each element counts in the mean of what is left when a share is cut off both ends.

    >>> share_of_rest(np.array([3.0, 1.0, 2.0, 9.0]), 0.25, None)
    array([0.5, 0. , 0.5, 0. ])
    """
    along = 0 if axis is None else axis
    rows = np.ravel(x) if axis is None else x
    places = np.argsort(np.argsort(rows, axis=along), axis=along)
    length = rows.shape[along]
    gone = int(cut * length)
    kept = (places >= gone) & (places < length - gone)
    return np.reshape(kept / (length - 2 * gone), np.shape(x))


def quantile_rates(
    dy: Any, x: Any, q: Any, axis: Any = None, keepdims: bool = False, method: str = "linear"
) -> Any:
    """The adjoint of `q` in `np.quantile(x, q, axis, keepdims=keepdims, method=method)`: how far
    apart the two elements lie that a quantile is between.

    >>> quantile_rates(1.0, np.array([3.0, 1.0, 9.0]), 0.6)
    np.float64(12.0)
    """
    ends = {"linear": (1, 1), "hazen": (0.5, 0.5), "weibull": (0, 0),
            "median_unbiased": (1 / 3, 1 / 3), "normal_unbiased": (3 / 8, 3 / 8),
            "interpolated_inverted_cdf": (0, 1)}  # fmt: skip
    q, dy = np.asarray(q), np.asarray(dy)
    if method not in ends:
        return np.zeros(q.shape)[()]  # a quantile is one element, or the middle of two
    axes = range(x.ndim) if axis is None else axis if isinstance(axis, tuple) else (axis,)
    last = [a % x.ndim for a in axes]
    first = [a for a in range(x.ndim) if a not in last]
    moved = np.transpose(x, first + last)
    length = int(np.prod(moved.shape[len(first) :]))
    rows = np.sort(moved.reshape(-1, length), axis=-1)
    alpha, beta = ends[method]
    per = length + 1 - alpha - beta
    place = per * q.ravel() + alpha - 1
    low = np.clip(np.floor(place).astype(int), 0, length - 1)
    high = np.clip(np.floor(place).astype(int) + 1, 0, length - 1)
    apart = (rows[:, high] - rows[:, low]).T
    return np.reshape(per * np.sum(apart * dy.reshape(q.size, -1), axis=1), q.shape)[()]


def quantile_back(
    dy: Any, x: Any, q: Any, axis: Any = None, keepdims: bool = False, method: Any = "linear"
) -> Any:
    """The adjoint of `x` in `np.quantile(x, q, axis, keepdims=keepdims, method=method)`.

    What is not a number takes no part.

    >>> quantile_back(np.ones(2), np.array([3.0, np.nan, 2.0]), [0.0, 1.0], None, False, "linear")
    array([1., 0., 1.])
    """
    x, dy = np.asarray(x), np.asarray(dy)
    axes = range(x.ndim) if axis is None else axis if isinstance(axis, tuple) else (axis,)
    last = [a % x.ndim for a in axes]
    first = [a for a in range(x.ndim) if a not in last]
    moved = np.transpose(x, first + last)
    sides = moved.shape[: len(first)], moved.shape[len(first) :]
    rows = moved.reshape([int(np.prod(lengths)) for lengths in sides])
    is_float = rows.dtype.kind == dy.dtype.kind == "f"
    shares = np.zeros(rows.shape, dtype=rows.dtype if is_float else dy.dtype)
    order = np.argsort(rows, axis=-1)
    counts = np.sum(~np.isnan(rows), axis=-1)
    q = np.asarray(q)
    given = dy.reshape(q.size, len(rows))
    for n in set(counts.tolist()) - {0}:
        mine = np.flatnonzero(counts == n)
        # where a quantile lies among n elements in order: a quantile of their places
        places = np.ravel(np.quantile(np.arange(n), q, method=method))
        for place, share in zip(places, given[:, mine], strict=True):
            low = int(place)
            high = min(low + 1, n - 1)
            shares[mine, order[mine, low]] += (1 - (place - low)) * share
            shares[mine, order[mine, high]] += (place - low) * share
    return np.transpose(shares.reshape(moved.shape), np.argsort(first + last))


def quantile_moved(
    dx: Any, x: Any, q: Any, axis: Any = None, keepdims: bool = False, method: Any = "linear"
) -> Any:
    """How fast `np.quantile(x, q, axis, keepdims=keepdims, method=method)` changes with x.

    >>> x = np.array([3.0, 1.0, 2.0])
    >>> quantile_moved(np.array([5.0, 0.0, 1.0]), x, [0.5, 1.0], None, False, "linear")
    array([1., 5.])
    """
    q, axes = np.asarray(q), axis if axis is None or isinstance(axis, tuple) else (axis,)
    one = np.shape(np.nanquantile(x, 0.5, axis=axes, keepdims=keepdims))
    found = []
    for k in range(q.size):
        chosen = np.zeros((q.size, *one), dtype=np.asarray(dx).dtype)
        chosen[k] = 1.0
        weights = quantile_back(chosen, x, q, axis, keepdims, method)
        found.append(np.sum(weights * dx, axis=axes, keepdims=keepdims))
    return np.array(found).reshape(q.shape + one)


def unpicked(dy: Any, shape: tuple[int, ...], indices: Any, axis: int) -> Any:
    """Add up what `np.take_along_axis` took from each place.

    >>> unpicked(np.array([1.0, 2.0, 4.0]), (2,), np.array([1, 0, 1]), 0)
    array([2., 5.])
    """
    dx = np.zeros(shape, dtype=dy.dtype)
    where: list[Any] = list(np.indices(dy.shape, sparse=True))
    where = [0 if n == 1 else places for n, places in zip(shape, where, strict=True)]
    where[axis] = indices
    np.add.at(dx, tuple(where), dy)
    return dx
