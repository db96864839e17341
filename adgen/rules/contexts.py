"""Context managers that adgen knows something of."""

from __future__ import annotations

import contextlib
from typing import Any

import numpy as np


def holds_on_the_way_back(manager: Any) -> bool:
    """Whether what a manager does to a block it does to the block's adjoint, too."""
    return manager is np.errstate


def may_end_an_exception(manager: Any) -> bool:
    """Whether a manager is there to suppress exceptions."""
    return manager is contextlib.suppress or manager is contextlib.ExitStack
