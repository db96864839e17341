"""Adjoints of products where lengths are not known while compiling."""

from __future__ import annotations

from typing import Any

import numpy as np


def refitted(dx: Any, shape: tuple[int, ...]) -> Any:
    """Sum over axes that were stretched, and stretch what is the same along an axis.

    >>> refitted(np.array([[1.0, 2.0]]), (2, 1))
    array([[3.],
           [3.]])
    """
    lead = len(shape) - np.ndim(dx)
    long = [i for i, n in enumerate(np.shape(dx)) if n != 1 and shape[lead + i] == 1]
    dx = np.sum(dx, axis=tuple(long), keepdims=True)
    return np.array(np.broadcast_to(dx, shape)) if shape else dx
