"""adgen writes the gradient of a Python function as source code.

>>> import math
>>> from adgen import grad
>>> def f(x, y):
...     return x * y + math.sin(x)
>>> grad(f)(2.0, 3.0) == (3 + math.cos(2), 2.0)
True
"""

from typing import Any

__version__ = "0.1.0"
__all__ = [
    "AdgenError",
    "Gradient",
    "GradientError",
    "NotFiniteError",
    "UserError",
    "check_grads",
    "debug_nans",
    "grad",
    "hessian",
    "hvp",
    "jacobian",
    "jvp",
    "stop_gradient",
    "value_and_grad",
    "vjp",
]

_HOMES = {
    "AdgenError": "adgen.errors",
    "UserError": "adgen.errors",
    "Gradient": "adgen.api",
    "GradientError": "adgen.checking",
    "check_grads": "adgen.checking",
    "debug_nans": "adgen.health",
    "NotFiniteError": "adgen.health",
    "grad": "adgen.api",
    "hessian": "adgen.higher",
    "hvp": "adgen.higher",
    "jacobian": "adgen.higher",
    "jvp": "adgen.higher",
    "stop_gradient": "adgen.runtime.marks",
    "value_and_grad": "adgen.api",
    "vjp": "adgen.api",
}


def __getattr__(name: str) -> Any:
    """Import a room when one of its names is first asked for."""
    if name not in _HOMES:
        raise AttributeError(f"module 'adgen' has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return sorted([*globals(), *_HOMES])
