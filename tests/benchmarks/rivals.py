"""Other tools on the same workloads, where they are installed and can run them unmodified."""

import importlib.util
import time
from collections.abc import Callable
from typing import Any

from tests.benchmarks.workload import Workload

NAMES = tuple(name for name in ("autograd",) if importlib.util.find_spec(name))


class CannotRun(Exception):
    """The tool refuses the workload as it is written."""


def rival(name: str, workload: Workload, args: tuple[Any, ...]) -> tuple[Callable[[], Any], float]:
    """A call that gives value and gradients, and the seconds that it has taken once."""
    try:
        call = {"autograd": _autograd}[name](workload, args)
        start = time.perf_counter()
        call()
        return call, time.perf_counter() - start
    except Exception as wrong:
        raise CannotRun(f"{type(wrong).__name__}: {wrong}") from None


def _autograd(workload: Workload, args: tuple[Any, ...]) -> Callable[[], Any]:
    import autograd
    import autograd.numpy
    import autograd.scipy.special

    module = _module_with(
        workload, np=autograd.numpy, math=autograd.numpy, special=autograd.scipy.special
    )
    function = getattr(module, workload.name)
    gradient = autograd.value_and_grad(function, _positions(workload))
    return lambda: gradient(*args)


def _module_with(workload: Workload, **modules: Any) -> Any:
    """The workload's module once more, with other modules under the names that it uses."""
    spec = importlib.util.find_spec(workload.function.__module__)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    for name, other in modules.items():
        if hasattr(module, name):
            setattr(module, name, other)
    return module


def _positions(workload: Workload) -> tuple[int, ...]:
    code = workload.function.__code__
    parameters = code.co_varnames[: code.co_argcount]
    return tuple(parameters.index(name) for name in workload.wrt)
