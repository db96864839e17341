"""Generators of random numbers, of which nothing is differentiated.

Their methods are the functions of `numpy.random` under the same names, or names of
their own.
"""

from __future__ import annotations

import random
import sys
from typing import Any

from adgen.types import FLOAT, INT, Num

OF_PYTHON = "generator of Python's random numbers"
OF_NUMPY = "generator of NumPy's random numbers"

_FLOATS = ("random", "uniform", "gauss", "normalvariate", "expovariate", "betavariate",
           "gammavariate", "lognormvariate", "triangular")  # fmt: skip
_WHOLE = ("randint", "randrange", "getrandbits")
_MAKERS = ("default_rng", "RandomState", "Generator")
_ALIKE = {"integers": "randint", "random_sample": "random"}


def makes_generator(function: Any) -> str | None:
    """What kind of generator of random numbers a call of this gives; None if it gives none."""
    if function is random.Random:
        return OF_PYTHON
    module = sys.modules.get("numpy.random")
    if module is not None and any(function is getattr(module, name) for name in _MAKERS):
        return OF_NUMPY
    return None


def number_drawn(function: Any) -> Num | None:
    """The type of what `random.random()` and its like give; None for any other function."""
    if not isinstance(getattr(function, "__self__", None), random.Random):
        return None
    return number_of(function.__name__)


def number_of(method: str) -> Num | None:
    """What a method of this name of `random.Random` gives."""
    return FLOAT if method in _FLOATS else INT if method in _WHOLE else None


def drawn_by(method: str) -> Any:
    """The function of `numpy.random` that a generator's method is; None if there is none."""
    module = sys.modules.get("numpy.random")
    return getattr(module, _ALIKE.get(method, method), None)


def draws(function: Any) -> bool:
    """Whether a function, or a method of a generator, gives random numbers."""
    owner = getattr(function, "__self__", None)
    modules = (getattr(function, "__module__", None), type(owner).__module__)
    return any((m or "").startswith(("numpy.random", "random")) for m in modules)
