"""Context managers, what stands for `range` or `slice`, and limits of dtypes, of which adgen knows
something."""

from __future__ import annotations

import contextlib
import functools
from typing import Any

import numpy as np


def counts_like_range(function: Any) -> bool:
    """Whether this is Numba's `prange`: a `range` whose trips may be made at once."""
    home = (getattr(function, "__module__", None) or "").split(".")[0]
    return home == "numba" and getattr(function, "__name__", "") == "prange"


def gives_its_index(value: Any) -> bool:
    """Whether this gives what stands in its brackets: `np.s_[1:-1, ::2]`."""
    return value is np.s_


def tells_limits(function: Any) -> bool:
    """Whether a call tells how large and small the numbers of a dtype are."""
    return function is np.finfo or function is np.iinfo


@functools.cache
def limits(function: Any, dtype: Any) -> Any:
    """One object for each dtype: `np.finfo(float)`."""
    return function(dtype)


def holds_on_the_way_back(manager: Any) -> bool:
    """Whether what a manager does to a block it does to the block's adjoint, too."""
    return manager is np.errstate


def may_end_an_exception(manager: Any) -> bool:
    """Whether a manager is there to suppress exceptions."""
    return manager is contextlib.suppress or manager is contextlib.ExitStack
