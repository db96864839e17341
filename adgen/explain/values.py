"""Values in the few characters that a picture or a table has for them."""

from __future__ import annotations

from typing import Any

import numpy as np

# arrays of at most so many elements are written out
FEW = 4


def said(value: Any) -> str:
    """A number, the elements of a small array, or shape and norm of a large one.

    >>> said(2.0), said(-1 / 3), said(np.array([1.0, -0.0])), said(np.ones((3, 4)))
    ('2', '-0.3333', '[1 0]', '(3, 4) |3.464|')
    """
    if isinstance(value, tuple | list):
        if len(value) > FEW:
            return f"{len(value)} values"
        inner = ", ".join(said(v) for v in value)
        return f"({inner})" if isinstance(value, tuple) else f"[{inner}]"
    if isinstance(value, dict):
        return f"{len(value)} entries"
    if isinstance(value, np.ndarray) and value.ndim:
        if value.size <= FEW:
            return _elements(value)
        if value.dtype.kind not in "fciu":
            return f"{value.shape}"
        return f"{value.shape} |{norm(value):.4g}|"
    return _number(value)


def norm(value: Any) -> float:
    """The Euclidean norm of all elements."""
    return float(np.linalg.norm(np.asarray(value).ravel()))


def in_full(value: Any) -> str:
    """What is said of a value on a closer look: shape, range and norm."""
    if not isinstance(value, np.ndarray) or not value.ndim:
        return repr(value.item() if isinstance(value, np.generic | np.ndarray) else value)
    if not value.size or value.dtype.kind not in "fiu":
        return f"shape {value.shape}, {value.dtype}"
    low, high = np.min(value), np.max(value)
    return f"shape {value.shape}, {low:.4g} to {high:.4g}, norm {norm(value):.4g}"


def _elements(value: np.ndarray) -> str:
    if value.ndim > 1:
        return f"[{' '.join(_elements(row) for row in value)}]"
    return f"[{' '.join(_number(v) for v in value)}]"


def _number(value: Any) -> str:
    if isinstance(value, bool | np.bool_ | str) or value is None:
        return str(value)
    try:
        return f"{value + 0:.4g}"  # no minus before a zero
    except (TypeError, ValueError):
        return type(value).__name__
